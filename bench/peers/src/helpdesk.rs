//! django-helpdesk: a ticket desk in Python over PostgreSQL, with gunicorn in front.

use std::{process::Command, sync::Arc};

use anyhow::{Context, Result};
use base64::Engine as _;
use bytes::Bytes;
use linli_loader::{http::Ask, pace::Maker};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    peer::{Fact, Ground, Peer, Scenario},
    plan::{self, LISTED_UNIT, Matter, PAGE, UNITS, unit_word},
    postgres,
    process::{Running, free_port, run, tied},
};

const DATABASE: &str = "peers_helpdesk";

/// The peer, and what its filling said.
#[derive(Debug, Default)]
pub struct Helpdesk {
    token: String,
    session: String,
    /// The id of the first of the units' queues; the others follow it.
    first: u64,
}

impl Helpdesk {
    fn with_site(ground: &Ground, mut command: Command) -> Result<Command> {
        let (host, port, user) = postgres::parts(&ground.postgres)?;
        command.current_dir(ground.source.join("helpdesk")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.envs([("PEER_HOST", &*host), ("PEER_PORT", &*port), ("PEER_USER", &*user)]);
        command.env("PEER_DATABASE", DATABASE);
        Ok(command)
    }

    fn queue(&self, unit: u64) -> u64 {
        self.first + unit
    }
}

impl Peer for Helpdesk {
    fn name(&self) -> &'static str {
        "django-helpdesk"
    }

    fn database(&self) -> Option<&'static str> {
        Some(DATABASE)
    }

    fn differs(&self) -> &'static str {
        "From PyPI, with gunicorn: four processes of two threads, which keep connections open. One transaction for a request; \
         PostgreSQL commits with its defaults. A receiver of its own signal looks the unit, a queue here, up in a table of \
         2,400 routes; place, category and contact are custom fields; the audit row is its own follow-up. *Create* goes \
         through its REST interface with a token. Its REST list reads every ticket that the account may see, with a \
         question for each, before it cuts a page, so *list* is what its own screen asks: the table's JSON with a session, \
         filtered by queue and status, with the total. *Board* is its report of queues by status, in HTML: the only place \
         where it counts so. No mail goes out. It does not seal, limit callers, count working time or keep a verifiable \
         journal."
    }

    fn install(&mut self, ground: &Ground) -> Result<String> {
        let own = ground.own("helpdesk")?;
        Ok(run(Command::new(ground.source.join("helpdesk/install.sh")).arg(own))?.trim().to_owned())
    }

    fn fill(&mut self, ground: &Ground, _: &Runtime) -> Result<()> {
        postgres::fresh(&ground.postgres, DATABASE)?;
        let python = ground.own("helpdesk")?.join("venv/bin/python");
        let mut command = Self::with_site(ground, Command::new(python))?;
        let said = run(command.arg("prepare.py").arg(ground.rows.to_string()).arg(plan::text()))?;
        let said: Value = serde_json::from_str(said.trim()).with_context(|| format!("not JSON: {said}"))?;
        let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
        (self.token, self.session) = (word("token"), word("session"));
        self.first = said["first"].as_u64().context("no queue")?;
        Ok(())
    }

    fn start(&mut self, ground: &Ground, runtime: &Runtime) -> Result<Running> {
        let (own, port) = (ground.own("helpdesk")?, free_port()?);
        let mut command = Self::with_site(ground, tied(own.join("venv/bin/gunicorn")))?;
        command.arg("site_of_peer.wsgi").arg(format!("--bind=127.0.0.1:{port}"));
        command.args(["--workers=4", "--threads=2", "--worker-class=gthread", "--keep-alive=30"]);
        command.args(["--log-level=error", "--worker-tmp-dir=/dev/shm"]);
        runtime.block_on(Running::start(&mut command, port, "/login/", &own.join("log")))
    }

    fn maker(&self, what: Scenario) -> Maker {
        let (token, session) = (format!("Token {}", self.token), self.session.clone());
        let query = json!({ "filtering": { "queue__id__in": [self.queue(LISTED_UNIT)], "status__in": [1, 2] },
            "filtering_null": {}, "search_string": "", "sorting": "created", "sortreverse": false });
        let query = base64::engine::general_purpose::STANDARD.encode(query.to_string());
        // Every matter is sent to one queue; the receiver moves it to its unit's.
        let door = self.queue(UNITS - 1);
        Arc::new(move |n| match what {
            Scenario::Create | Scenario::CreateSignedIn => {
                let m = Matter::drawn(1, n);
                let body = json!({ "queue": door, "title": format!("{}：路灯三天没有亮", m.spot()), "priority": 3,
                    "description": m.text(), "custom_place": m.place_word(),
                    "custom_category": m.category_word(), "custom_contact": m.contact() });
                Ask::json("/api/tickets/", &body).with("authorization", &*token)
            }
            Scenario::List | Scenario::ListPage => {
                Ask::get(format!("/datatables_ticket_list/{query}?draw=1&start=0&length={PAGE}"))
                    .with("cookie", &*session)
            }
            Scenario::Board | Scenario::BriefPage => {
                Ask::get("/reports/queuestatus/").with("cookie", &*session)
            }
        })
    }

    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact> {
        let json = |text: &str| serde_json::from_str::<Value>(text).context("not JSON");
        let text = String::from_utf8_lossy(body);
        Ok(match what {
            Scenario::List | Scenario::ListPage => {
                let said = json(&text)?;
                let rows = said["data"].as_array().context("no data")?.len() as u64;
                Fact { rows: Some(rows), total: said["recordsFiltered"].as_u64(), ..Fact::default() }
            }
            Scenario::Board | Scenario::BriefPage => {
                let chart = text.split_once("type=\"application/json\">").context("no chart")?.1;
                let said = json(chart.split("</script>").next().unwrap_or_default())?;
                let sets = said["datasets"].as_array().context("no counts")?;
                let all = sets.iter().filter_map(|set| set["data"].as_array()).flatten();
                Fact { sum: Some(all.filter_map(Value::as_u64).sum()), ..Fact::default() }
            }
            Scenario::Create | Scenario::CreateSignedIn => {
                let queue = json(&text)?["queue"].as_u64().context("no queue")?;
                Fact { unit: Some(unit_word(queue.saturating_sub(self.first))), ..Fact::default() }
            }
        })
    }
}
