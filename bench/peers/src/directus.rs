//! Directus: a Node server over PostgreSQL, extended by a hook.

use std::{process::Command, sync::Arc};

use anyhow::{Context, Result};
use bytes::Bytes;
use linli_loader::{http::Ask, pace::Maker};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    peer::{Fact, Ground, Peer, Scenario},
    plan::{self, LISTED_UNIT, Matter, PAGE, unit_word},
    postgres,
    process::{Running, free_port, run, tied},
};

/// Static tokens of this bench's own installation, which listens on loopback while it is measured.
const ADMIN: &str = "administrator-of-the-bench";
const CLERK: &str = "clerk-of-the-bench";
const DATABASE: &str = "peers_directus";

/// The peer.
pub struct Directus;

impl Directus {
    fn command(ground: &Ground, verb: &str, port: u16) -> Result<Command> {
        let (host, server_port, user) = postgres::parts(&ground.postgres)?;
        let own = ground.own("directus")?;
        let mut node = tied("node");
        node.arg(own.join("node_modules/directus/cli.js")).arg(verb).current_dir(&own);
        let number = port.to_string();
        let public = format!("http://127.0.0.1:{port}");
        node.envs([
            ("HOST", "127.0.0.1"),
            ("PORT", &number),
            ("PUBLIC_URL", &public),
            ("SECRET", "a secret of the bench, which is nobody's"),
            ("DB_CLIENT", "pg"),
            ("DB_HOST", &host),
            ("DB_PORT", &server_port),
            ("DB_USER", &user),
            ("DB_PASSWORD", "none"),
            ("DB_DATABASE", DATABASE),
            ("ADMIN_EMAIL", "admin@example.org"),
            ("ADMIN_PASSWORD", "linli-demo-2026"),
            ("ADMIN_TOKEN", ADMIN),
            ("NODE_ENV", "production"),
            ("LOG_LEVEL", "error"),
            ("TELEMETRY", "false"),
            ("PRESSURE_LIMITER_ENABLED", "false"),
            ("EXTENSIONS_AUTO_RELOAD", "false"),
        ]);
        node.env("EXTENSIONS_PATH", ground.source.join("directus/extensions"));
        Ok(node)
    }

    async fn serve(ground: &Ground) -> Result<Running> {
        let port = free_port()?;
        let log = ground.own("directus")?.join("log");
        Running::start(&mut Self::command(ground, "start", port)?, port, "/server/ping", &log).await
    }
}

impl Peer for Directus {
    fn name(&self) -> &'static str {
        "Directus"
    }

    fn database(&self) -> Option<&'static str> {
        Some(DATABASE)
    }

    fn differs(&self) -> &'static str {
        "From npm, version 11, which asks for Node 22 and is run with the Node that is here. One process, as `directus \
         start` gives it; PostgreSQL commits with its defaults, that is with a sync. A hook looks the unit up in a table of \
         2,400 routes in the matter's own transaction; the audit row is its own `directus_activity`, which it writes in the \
         same transaction (revisions, on by default, are off: they would be a second row). The token is a static one of a \
         user whose policy lets it create and read cases. Its cache, telemetry and limiter under pressure are off. It does \
         not number, seal, count a deadline, limit callers or keep a verifiable journal."
    }

    fn install(&mut self, ground: &Ground) -> Result<String> {
        let own = ground.own("directus")?;
        Ok(run(Command::new(ground.source.join("directus/install.sh")).arg(own))?.trim().to_owned())
    }

    fn fill(&mut self, ground: &Ground, runtime: &Runtime) -> Result<()> {
        let url = postgres::fresh(&ground.postgres, DATABASE)?;
        run(&mut Self::command(ground, "bootstrap", free_port()?)?)?;
        let running = runtime.block_on(Self::serve(ground))?;
        let mut schema = Command::new("node");
        schema.arg(ground.source.join("directus/schema.mjs")).arg(format!("http://{}", running.address));
        run(schema.args([ADMIN, CLERK]))?;
        drop(running);
        let (rows, text) = (ground.rows.to_string(), plan::text());
        postgres::file(&url, &ground.source.join("directus/fill.sql"), &[("rows", &rows), ("text", &text)])
    }

    fn start(&mut self, ground: &Ground, runtime: &Runtime) -> Result<Running> {
        runtime.block_on(Self::serve(ground))
    }

    fn maker(&self, what: Scenario) -> Maker {
        let list = format!(
            "/items/cases?filter%5Bunit%5D%5B_eq%5D={}&filter%5Bstatus%5D%5B_eq%5D=open&sort=created&limit={PAGE}&meta=filter_count",
            unit_word(LISTED_UNIT)
        );
        let board = "/items/cases?aggregate%5Bcount%5D=*&groupBy%5B%5D=unit&groupBy%5B%5D=status&limit=-1";
        Arc::new(move |n| {
            let ask = match what {
                Scenario::Create | Scenario::CreateSignedIn => {
                    let m = Matter::drawn(1, n);
                    let body = json!({ "place": m.place_word(), "spot": m.spot(), "category": m.category_word(),
                        "text": m.text(), "contact": m.contact() });
                    Ask::json("/items/cases", &body)
                }
                Scenario::List | Scenario::ListPage => Ask::get(&*list),
                Scenario::Board | Scenario::BriefPage => Ask::get(board),
            };
            ask.with("authorization", format!("Bearer {CLERK}"))
        })
    }

    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact> {
        let said: Value = serde_json::from_slice(body)?;
        let rows = || said["data"].as_array().context("no data");
        Ok(match what {
            Scenario::List | Scenario::ListPage => {
                let total = said["meta"]["filter_count"].as_u64();
                Fact { rows: Some(rows()?.len() as u64), total, ..Fact::default() }
            }
            Scenario::Board | Scenario::BriefPage => {
                let count = |row: &Value| row["count"].as_str().and_then(|n| n.parse::<u64>().ok());
                Fact { sum: Some(rows()?.iter().filter_map(count).sum()), ..Fact::default() }
            }
            Scenario::Create | Scenario::CreateSignedIn => {
                Fact { unit: said["data"]["unit"].as_str().map(str::to_owned), ..Fact::default() }
            }
        })
    }
}
