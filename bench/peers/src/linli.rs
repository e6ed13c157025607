//! Linli itself: its release program over SQLite or PostgreSQL, with a whole city's places, units and accounts.

use std::{fs, process::Command, sync::Arc};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use linli_loader::{
    http::{Answer, Ask, Line},
    pace::{self, Maker},
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    peer::{Fact, Ground, Peer, Scenario},
    plan::{CATEGORIES, Matter, PAGE, PLACES, UNITS, is_open, unit_word},
    postgres,
    process::{Running, free_port, run, tied},
};

/// The county whose towns are the plan's units; the demo's clerk sits in its first town, its leader over all.
const COUNTY: &str = "620602000000";
const DATABASE: &str = "peers_linli";
/// Clients that fill.
const FILLERS: usize = 64;
/// The demo's accounts that may bring a matter for somebody; each may bring sixty a minute.
const INTAKE: [&str; 3] = ["clerk", "clerk2", "county"];
/// As many addresses as callers are told apart by; each may bring sixty a minute.
const CALLERS: u64 = 1 << 16;

/// A signed-in browser.
#[derive(Debug, Clone, Default)]
struct Session {
    cookie: String,
    /// What must come back with whatever it sends.
    token: String,
}

/// The house, on one of its engines.
pub struct Linli {
    on_postgres: bool,
    /// Codes of the plan's places, in order.
    places: Arc<Vec<String>>,
    /// Names of the units that answer for them.
    desks: Vec<String>,
    /// Codes of the plan's categories.
    categories: Arc<Vec<String>>,
    /// The year in which what was filled is due.
    year: String,
    clerk: Session,
    leader: Session,
    intake: Vec<Session>,
}

impl Linli {
    /// On PostgreSQL, or on SQLite.
    pub fn on(on_postgres: bool) -> Self {
        Self {
            on_postgres,
            places: Arc::default(),
            desks: Vec::new(),
            categories: Arc::default(),
            year: String::new(),
            clerk: Session::default(),
            leader: Session::default(),
            intake: Vec::new(),
        }
    }

    fn own(&self) -> &'static str {
        if self.on_postgres { "linli-postgres" } else { "linli-sqlite" }
    }

    fn url(&self, ground: &Ground) -> Result<String> {
        Ok(if self.on_postgres {
            postgres::database(&ground.postgres, DATABASE)
        } else {
            format!("sqlite:{}", ground.own(self.own())?.join("data/linli.db").display())
        })
    }

    async fn serve(&self, ground: &Ground) -> Result<Running> {
        let (own, port) = (ground.own(self.own())?, free_port()?);
        let mut command = tied(&ground.linli);
        command.args(["serve", "--json", "--proxies", "1", "--log", "error", "--require-totp", "false"]);
        command.arg(format!("--listen=127.0.0.1:{port}")).arg("--database").arg(self.url(ground)?);
        command.arg("--keys").arg(own.join("data/linli.keys"));
        Running::start(&mut command, port, "/", &own.join("log")).await
    }

    /// Takes the plan's places from the house: the first villages of the county's first towns that have enough.
    async fn learn(&mut self, line: &mut Line) -> Result<()> {
        let mut county = Value::Null;
        while county["codes"].as_array().is_none_or(|all| all.iter().all(|c| c["code"] != COUNTY)) {
            let under = county["id"].as_str().map(str::to_owned);
            let below = children(line, under.as_deref()).await?;
            county = below.into_iter().find(leads_to_county).context("the county is not there")?;
        }
        let (mut places, each) = (Vec::new(), usize::try_from(PLACES / UNITS)?);
        for town in children(line, county["id"].as_str()).await? {
            let codes: Vec<String> =
                children(line, town["id"].as_str()).await?.iter().filter_map(code_of).take(each).collect();
            if codes.len() == each && places.len() < usize::try_from(PLACES)? {
                places.extend(codes);
            }
        }
        ensure!(places.len() as u64 == PLACES, "{} places, not {PLACES}", places.len());
        let all = line.ask(&Ask::get("/api/v1/categories")).await?.json()?;
        let plain = |c: &&Value| {
            let asks = |q: &Value| q["required"] == true;
            c["choosable"] == true && !c["questions"].as_array().is_some_and(|all| all.iter().any(asks))
        };
        let codes = all.as_array().context("no categories")?.iter().filter(plain);
        let categories: Vec<String> = codes.filter_map(|c| c["code"].as_str().map(str::to_owned)).collect();
        let step = categories.len() / usize::try_from(CATEGORIES)?;
        ensure!(step > 0, "only {} categories", categories.len());
        self.categories =
            Arc::new(categories.into_iter().step_by(step).take(usize::try_from(CATEGORIES)?).collect());
        self.places = Arc::new(places);
        Ok(())
    }

    fn bring(&self, m: Matter) -> Ask {
        bring(&self.places, &self.categories, m)
    }
}

/// The public door: no session, and a limit for each caller.
fn bring(places: &[String], categories: &[String], m: Matter) -> Ask {
    let caller = m.n % CALLERS;
    Ask::json("/api/v1/cases", &matter(places, categories, m))
        .with("x-forwarded-for", format!("10.7.{}.{}", caller >> 8, caller & 255))
}

fn matter(places: &[String], categories: &[String], m: Matter) -> Value {
    let of = |all: &[String], n: u64| {
        usize::try_from(n).ok().and_then(|n| all.get(n)).cloned().unwrap_or_default()
    };
    json!({
        "place": { "code": of(places, m.place) }, "spot": m.spot(), "category": of(categories, m.category),
        "text": m.text(), "contact": { "contact": m.contact() },
    })
}

async fn children(line: &mut Line, parent: Option<&str>) -> Result<Vec<Value>> {
    let path = match parent {
        Some(id) => format!("/api/territory/divisions?parent={id}"),
        None => "/api/territory/divisions".to_owned(),
    };
    let mut all = line.ask(&Ask::get(path)).await?.json()?.as_array().cloned().unwrap_or_default();
    all.sort_by_key(code_of);
    Ok(all)
}

fn code_of(division: &Value) -> Option<String> {
    let codes = division["codes"].as_array()?;
    codes.iter().find(|c| c["system"] == "nbs12")?["code"].as_str().map(str::to_owned)
}

/// Whether a division is the county or lies above it: its code ends in zeros where the county's goes on.
fn leads_to_county(division: &Value) -> bool {
    code_of(division).is_some_and(|code| COUNTY.starts_with(code.trim_end_matches('0')))
}

/// Signs in as a browser does.
async fn sign_in(line: &mut Line, address: &str, name: &str) -> Result<Session> {
    let page = line.ask(&Ask::get("/sign-in")).await?;
    let token = hidden(&page, "_token").context("the sign-in page has no token")?;
    let form = Ask::form("/sign-in", &[("_token", &token), ("name", name), ("password", "linli-demo-2026")]);
    let form = form.with("cookie", page.cookies.join("; ")).with("origin", format!("http://{address}"));
    let said = line.ask(&form).await?;
    ensure!(
        said.status == 303 && !said.location.starts_with("/sign-in"),
        "{name} is not let in: {}",
        said.text()
    );
    let cookie = said.cookies.join("; ");
    let list = line.ask(&Ask::get("/api/v1/cases?limit=1").with("cookie", &*cookie)).await?.json()?;
    Ok(Session { cookie, token: list["token"].as_str().unwrap_or_default().to_owned() })
}

fn hidden(page: &Answer, name: &str) -> Option<String> {
    let text = page.text();
    let (_, rest) = text.split_once(&format!("name=\"{name}\" value=\""))?;
    Some(rest.split('"').next()?.to_owned())
}

impl Peer for Linli {
    fn name(&self) -> &'static str {
        if self.on_postgres { "Linli on PostgreSQL" } else { "Linli on SQLite" }
    }

    fn database(&self) -> Option<&'static str> {
        self.on_postgres.then_some(DATABASE)
    }

    fn is_wide(&self) -> bool {
        true
    }

    fn more(&self) -> &'static [Scenario] {
        &[Scenario::ListPage, Scenario::BriefPage, Scenario::CreateSignedIn]
    }

    fn differs(&self) -> &'static str {
        "The release program over a whole city (28,175 grids, 34,639 accounts), which the others do not carry. *Create* is \
         the public door: no session, but a limit for each caller, a number, a receipt code, a sealed contact, routing, \
         clocks with their timers, full text, and a fact in the verifiable journal, in one durable transaction; commits \
         are grouped. A signed-in account may bring sixty a minute, so *create signed in* is a short row of one client over \
         three accounts. *List* is the JSON interface as the town's clerk (session, posts and scope read at every request; \
         25 rows and their total, soonest due first). *Board* is the whole page of indicators as the county's leader, in \
         HTML, with its rates, units, levels, categories and clocks: there is no JSON of it. What is closed was taken back \
         by its sender. *List page* and *brief page* are the queue and the leader's brief in HTML."
    }

    fn install(&mut self, ground: &Ground) -> Result<String> {
        let hint = "build it with `cargo build --release -p linli`";
        let said = run(Command::new(&ground.linli).arg("--version")).context(hint)?;
        Ok(said.trim().trim_start_matches("linli ").to_owned())
    }

    fn fill(&mut self, ground: &Ground, runtime: &Runtime) -> Result<()> {
        let data = ground.own(self.own())?.join("data");
        let _ = fs::remove_dir_all(&data);
        fs::create_dir_all(&data)?;
        if self.on_postgres {
            postgres::fresh(&ground.postgres, DATABASE)?;
        }
        let mut demo = Command::new(&ground.linli);
        demo.args(["demo", "--bare", "--no-serve", "--folder"]).arg(&data);
        run(demo.arg("--database").arg(self.url(ground)?))?;
        let rows = ground.rows;
        runtime.block_on(async {
            let running = self.serve(ground).await?;
            self.learn(&mut Line::to(&running.address)).await?;
            let asks = (0..rows).map(|n| self.bring(Matter::filled(n))).collect();
            let receipts = pace::all(&running.address, FILLERS, asks).await?;
            let mut withdrawals = Vec::new();
            for (n, body) in (0..rows).zip(&receipts) {
                let said: Value = serde_json::from_slice(body)?;
                if n < PLACES {
                    self.desks.push(said["unit"].as_str().unwrap_or_default().to_owned());
                }
                let word = |field: &str| said[field].as_str().unwrap_or_default().to_owned();
                self.year = word("due").chars().take(4).collect();
                if !is_open(n) {
                    let path = format!("/api/v1/cases/{}/acts?code={}", word("number"), word("code"));
                    let caller = n % CALLERS;
                    let address = format!("10.8.{}.{}", caller >> 8, caller & 255);
                    withdrawals.push(
                        Ask::json(path, &json!({ "act": "withdraw" })).with("x-forwarded-for", address),
                    );
                }
            }
            pace::all(&running.address, FILLERS, withdrawals).await.map(drop)
        })
    }

    fn start(&mut self, ground: &Ground, runtime: &Runtime) -> Result<Running> {
        runtime.block_on(async {
            let running = self.serve(ground).await?;
            let mut line = Line::to(&running.address);
            self.clerk = sign_in(&mut line, &running.address, "clerk").await?;
            self.leader = sign_in(&mut line, &running.address, "leader").await?;
            self.intake.clear();
            for name in INTAKE {
                self.intake.push(sign_in(&mut line, &running.address, name).await?);
            }
            Ok(running)
        })
    }

    fn maker(&self, what: Scenario) -> Maker {
        let (places, categories) = (self.places.clone(), self.categories.clone());
        let (clerk, leader, intake) = (self.clerk.clone(), self.leader.clone(), self.intake.clone());
        let board = format!("/figure?month={}", self.year);
        Arc::new(move |n| match what {
            Scenario::Create => bring(&places, &categories, Matter::drawn(1, n)),
            Scenario::CreateSignedIn => {
                let session = &intake[usize::try_from(n).unwrap_or(0) % intake.len()];
                // The clerks may bring what lies in their own town: the first place of the plan.
                let m = Matter { place: 0, ..Matter::drawn(1, n) };
                let mut body = matter(&places, &categories, m);
                body["channel"] = json!("phone");
                let ask = Ask::json("/api/v1/cases", &body).with("cookie", &*session.cookie);
                ask.with("x-csrf-token", &*session.token)
            }
            Scenario::List => {
                Ask::get(format!("/api/v1/cases?stage=received&limit={PAGE}")).with("cookie", &*clerk.cookie)
            }
            Scenario::ListPage => Ask::get("/queue").with("cookie", &*clerk.cookie),
            Scenario::Board => Ask::get(&*board).with("cookie", &*leader.cookie),
            Scenario::BriefPage => Ask::get("/brief").with("cookie", &*leader.cookie),
        })
    }

    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact> {
        let text = String::from_utf8_lossy(body);
        let json = || serde_json::from_slice::<Value>(body).context("not JSON");
        Ok(match what {
            Scenario::List => {
                let said = json()?;
                let rows = said["rows"].as_array().context("no rows")?.len();
                Fact { rows: Some(rows as u64), total: said["total"].as_u64(), ..Fact::default() }
            }
            Scenario::Board => {
                Fact { sum: Some(counted(&text, &["count=open", "unit="])), ..Fact::default() }
            }
            Scenario::ListPage => {
                Fact { rows: Some(text.matches("href=\"/cases/").count() as u64), ..Fact::default() }
            }
            Scenario::BriefPage => {
                Fact { sum: Some(counted(&text, &["figure=received", "town="])), ..Fact::default() }
            }
            Scenario::Create | Scenario::CreateSignedIn => {
                let said = json()?;
                let desk = said["unit"].as_str().unwrap_or_default();
                let place = self.desks.iter().position(|d| d == desk).context("a desk that no place has")?;
                let unit = place as u64 * UNITS / PLACES;
                Fact { unit: Some(unit_word(unit)), ..Fact::default() }
            }
        })
    }

    fn counted(&self, rows: u64) -> u64 {
        // What was taken back is in no figure of an office.
        (0..rows).filter(|n| is_open(*n)).count() as u64
    }
}

/// The sum of the numbers that stand in links whose address has all these words.
fn counted(page: &str, words: &[&str]) -> u64 {
    let links = page.split("<a href=\"").skip(1);
    let with = links.filter(|link| {
        let address = link.split('"').next().unwrap_or_default();
        words.iter().all(|w| address.contains(w))
    });
    with.filter_map(|link| link.split_once('>')?.1.split('<').next()?.trim().parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_behind_links_are_added() {
        let page = "<a href=\"/f?count=open&amp;unit=1\">12</a><a href=\"/f?count=due&amp;unit=1\">5</a>\
                    <a href=\"/f?count=open&amp;unit=2\"> 30</a><a href=\"/f?count=open\">42</a>";
        assert_eq!(counted(page, &["count=open", "unit="]), 42);
        assert_eq!(counted("", &["x"]), 0);
    }

    #[test]
    fn the_way_to_the_county_is_seen_from_codes() {
        let division = |code: &str| json!({ "codes": [{ "system": "nbs12", "code": code }] });
        assert!(leads_to_county(&division("620000000000")) && leads_to_county(&division("620600000000")));
        assert!(leads_to_county(&division("620602000000")) && !leads_to_county(&division("620621000000")));
    }
}
