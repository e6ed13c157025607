//! A clerk's day (办件一天): people of offices all over the city look at their queue, open a case of it, do its next step,
//! and search, over HTTP with sessions and forms as a browser sends them.

use std::sync::Arc;

use linli_loader::{
    dice::{by_weight, drawn, one_of},
    http::{Answer, encode},
    pace::{self, Client, Course, Said},
};

use super::{Set, all_good, enter_all, search};
use crate::{
    browser::{Browser, Form, forms, linked},
    record::{Point, Told, clients_word},
    staff::{Sort, let_in},
};

/// What somebody at a desk does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Queue,
    Open,
    Act,
    Search,
}

/// Of a hundred clicks so many are each.
const MIX: [(Wish, u64); 4] = [(Wish::Queue, 35), (Wish::Open, 30), (Wish::Act, 15), (Wish::Search, 20)];
/// Tabs of the queue: the own work mostly.
const TABS: [(&str, u64); 3] = [("/queue", 60), ("/queue?tab=all", 25), ("/queue?tab=closed", 15)];
/// The cast's people: a town's clerks, a county's desk, a department, a village's verifier.
const CAST: [&str; 5] = ["clerk", "clerk2", "county", "liaison", "village"];
/// Steps that need no more than a click, in the order in which they are looked for.
const STEPS: [&str; 2] = ["/acceptance", "/taking"];

/// Somebody at a desk.
struct Desk {
    browser: Browser,
    words: Arc<Vec<String>>,
    seed: u64,
    /// Cases of the last list.
    listed: Vec<String>,
    /// The page of the case that was opened last, until something was done there.
    page: Option<String>,
}

impl Desk {
    /// What is done: what is wished, or what must come before it.
    fn next(&self, wish: Wish) -> Wish {
        match wish {
            Wish::Act if self.page.is_none() => self.next(Wish::Open),
            Wish::Open if self.listed.is_empty() => Wish::Queue,
            other => other,
        }
    }

    async fn queue(&mut self, dice: u64) -> Said {
        let tab = by_weight(&TABS, drawn(dice, 2)).unwrap_or("/queue");
        let said = self.browser.get(tab).await;
        if let Ok(page) = &said {
            self.listed = linked(&page.text(), "/cases/");
        }
        Said::of("queue", 200, said)
    }

    async fn open(&mut self, dice: u64) -> Said {
        let Some(id) = one_of(&self.listed, drawn(dice, 3)) else { return Said::bad("open", "no case") };
        let said = self.browser.get(&format!("/cases/{id}")).await;
        self.page = said.as_ref().ok().filter(|p| p.status == 200).map(Answer::text);
        Said::of("open", 200, said)
    }

    /// The next step, where a click is enough for it; otherwise a note.
    async fn act(&mut self, n: u64) -> Said {
        let page = self.page.take().unwrap_or_default();
        let Some(form) = step(&page, n) else { return self.note_missing().await };
        match self.browser.send(&form).await {
            // Somebody else was faster, and the page says so.
            Ok(a) if a.status == 409 => Said::good("told who was faster", a.body.len()),
            // The page offers a note to every unit that had a part; the deed takes it only from who may work on the case.
            Ok(a) if a.status == 403 && form.action.ends_with("/notes") => {
                Said::good("refused a note that the page offered", a.body.len())
            }
            said => Said::of("act", 303, said),
        }
    }

    /// A case on which this person may do nothing: back to the list.
    async fn note_missing(&mut self) -> Said {
        Said::of("queue", 200, self.browser.get("/queue").await)
    }

    async fn search(&mut self, dice: u64) -> Said {
        let word = one_of(&self.words, drawn(dice, 4)).map_or("", |w| w);
        let path = format!("/queue?whose=area&tab=all&q={}", encode(word));
        Said::of("search", 200, self.browser.get(&path).await)
    }
}

fn step(page: &str, n: u64) -> Option<Form> {
    let all = forms(page);
    let by = |end: &str| all.iter().find(|f| f.action.starts_with("/cases/") && f.action.ends_with(end));
    let click = STEPS.iter().find_map(|end| by(end)).cloned();
    let note = || {
        let form = by("/notes")?.clone().with("note", &format!("第{n}次联系：已约好上门时间。"));
        Some(form.with("note_reader", "offices"))
    };
    click.or_else(note)
}

impl Client for Desk {
    async fn call(&mut self, n: u64) -> Said {
        let dice = drawn(self.seed, n);
        match self.next(by_weight(&MIX, dice).unwrap_or(Wish::Queue)) {
            Wish::Queue => self.queue(dice).await,
            Wish::Open => self.open(dice).await,
            Wish::Act => self.act(n).await,
            Wish::Search => self.search(dice).await,
        }
    }
}

/// Measures with as many people as the set says, one measurement after another.
///
/// # Errors
/// When the city cannot be served.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let words = Arc::new(search::words(set)?);
    let most = set.size.clients.iter().max().copied().unwrap_or(1);
    let mut names: Vec<String> = CAST.iter().map(|n| (*n).to_owned()).collect();
    names.extend(let_in(&set.city, Sort::Office, most.saturating_sub(CAST.len()), set.seed)?);
    let mut told = Told::default().with("mix", "queue 35, open 30, act 15, search 20");
    let mut first = 0;
    for clients in set.size.clients.iter().copied() {
        let server = set.serve()?;
        let mut browsers = set.runtime.block_on(enter_all(&server.address, &names, clients))?.into_iter();
        let course = Course::closed(clients, set.time()).from(first);
        let (seen, next) = set.runtime.block_on(async {
            let make = |_| Desk {
                browser: browsers.next().unwrap_or_else(|| Browser::new("127.0.0.1:0", String::new())),
                words: words.clone(),
                seed: set.seed,
                listed: Vec::new(),
                page: None,
            };
            pace::drive(&course, make).await
        });
        first = next;
        drop(server);
        all_good("clerk", &seen)?;
        let mut point = Point::seen(clients_word(clients), "clicks", &seen).of_clients(clients);
        set.hold_to_http(&mut point, &seen, clients)?;
        told.points.push(point);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_comes_before_a_note() {
        let note = "<form method=post action=/cases/7/notes><textarea name=note></textarea></form>";
        let take =
            "<form method=post action=/cases/7/taking></form><form method=post action=/sign-out></form>";
        assert_eq!(step(&format!("{note}{take}"), 1).unwrap().action, "/cases/7/taking");
        let form = step(note, 1).unwrap();
        assert!(form.action.ends_with("/notes") && form.fields[1].1 == "offices", "{form:?}");
        assert_eq!(step("<form method=post action=/sign-out></form>", 1), None);
    }
}
