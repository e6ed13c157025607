//! Search (检索): two-character words, drawn as often as they stand in the texts, within the searcher's reach and with the
//! filters of the list; the first page. The goal is 50 ms for 99 of 100 at ten million cases, on both engines.

use std::sync::Arc;

use access::{Clause, Level, ScopeFilter, Touch};
use base::{Clock, SystemClock};
use case::store::{CaseFilter, QueueOrder, queue};
use linli_loader::{
    dice::{drawn, one_of},
    http::encode,
};

use super::{Eyes, Set, View, looked};
use crate::{
    load::PLACE,
    measure::apart,
    record::Told,
    store::{self as sql, Drawn},
};

/// Words that are searched for.
const WORDS: usize = 400;
/// Rows of a page.
const PAGE: usize = 30;
/// What 99 of 100 searches are to stay within.
const LIMIT_MS: f64 = 50.0;
/// Who searches: a town's clerk, a county's desk, a county's leader.
const WHO: [&str; 3] = ["clerk", "county", "leader"];
/// The filters of a list, each as often as the others: none, a stage, an open stage, what came in since spring, all of that.
const FILTERS: [&str; 5] = [
    "tab=all",
    "tab=closed",
    "tab=handling",
    "tab=all&from=2026-04-01",
    "tab=closed&from=2026-04-01&channel=web",
];

fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// Two-character words of these texts: a text is drawn by itself, then a place in it, so that what stands in many texts
/// is searched for often.
pub fn words_of(cases: &[Drawn], seed: u64) -> Vec<String> {
    let word = |(n, case): (usize, &Drawn)| {
        let text = if n.is_multiple_of(2) { &case.title } else { &case.body };
        let letters: Vec<char> = text.chars().collect();
        let pairs: Vec<&[char]> = letters.windows(2).filter(|p| p.iter().all(|c| is_han(*c))).collect();
        one_of(&pairs, drawn(seed, n as u64)).map(|p| p.iter().collect())
    };
    cases.iter().enumerate().filter_map(word).collect()
}

/// The words that a city's searches are drawn from.
///
/// # Errors
/// When its texts cannot be read.
pub fn words(set: &Set) -> anyhow::Result<Vec<String>> {
    let cases = apart(|| {
        let mut conn = sql::writing(set.city.database())?;
        sql::drawn_cases(&mut conn, set.seed ^ 5, WORDS, false)
    })?;
    Ok(words_of(&cases, set.seed))
}

/// Measures with one searcher and with eight.
///
/// # Errors
/// When the city cannot be served.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let words = Arc::new(words(set)?);
    let paths = |filter: &str| {
        words.iter().map(|w| format!("/queue?whose=area&{filter}&q={}", encode(w))).collect::<Vec<_>>()
    };
    let kinds = ["no filter", "closed", "in hand", "since spring", "closed since spring, by web"];
    let views: Arc<[View]> = kinds
        .into_iter()
        .zip(FILTERS)
        .map(|(kind, filter)| View { kind, weight: 1, paths: paths(filter) })
        .collect();
    let mut told = Told::default().with("words", words.len()).with("who", WHO.join(", "));
    let names: Vec<String> = WHO.iter().map(|n| (*n).to_owned()).collect();
    for clients in [1, 8] {
        let mut point = looked(set, "searches", clients, &views, Eyes::Staff(&names))?;
        if clients == 1 {
            let p99_ms = set.hold_to_query(&mut point, town(set)?.asking(words.clone()))?;
            told.fact("p99_of_the_question_alone_ms", p99_ms);
            told.fact("limit_ms", LIMIT_MS);
        }
        told.points.push(point);
    }
    Ok(told)
}

/// Everything in one town.
struct Town(i64);

fn town(set: &Set) -> anyhow::Result<Town> {
    let id = apart(|| sql::division(&mut sql::writing(set.city.database())?, PLACE))?;
    Ok(Town(id))
}

impl Town {
    /// The list's own question for one word after another.
    fn asking(self, words: Arc<Vec<String>>) -> impl Fn(&mut store::Conn, u64) -> base::Outcome<()> + Send {
        move |conn, n| {
            let clause = Clause { touch: Touch::Place(Level::Town, self.0), unit: 0 };
            let words = one_of(&words, n).cloned().unwrap_or_default();
            let filter = CaseFilter { words, ..CaseFilter::within(ScopeFilter { clauses: vec![clause] }) };
            queue(conn, &filter, QueueOrder::DueFirst, None, PAGE, SystemClock.now()).map(drop)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_drawn_as_often_as_they_stand_in_the_texts() {
        let case = |id: i64| Drawn {
            id,
            title: if id % 10 < 8 { "路灯" } else { "噪音" }.to_owned(),
            body: "1号：a路".to_owned(),
        };
        let cases: Vec<Drawn> = (0..2_000).map(case).collect();
        let words = words_of(&cases, 3);
        // No pair stands in the bodies, so only titles give words: every second case, of which four in five say so.
        assert_eq!(words.len(), 1_000);
        assert_eq!(words.iter().filter(|w| *w == "路灯").count(), 800);
    }
}
