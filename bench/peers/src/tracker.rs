//! Request Tracker 5: a ticket system in Perl over PostgreSQL, extended by a scrip.

use std::{fs, process::Command, sync::Arc};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use linli_loader::{
    http::{Ask, Line, encode},
    pace::Maker,
};
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::{
    peer::{Fact, Ground, Peer, Scenario},
    plan::{self, LISTED_UNIT, Matter, PAGE, UNITS, unit_word},
    postgres,
    process::{Running, free_port, run, tied},
};

const DATABASE: &str = "peers_tracker";
/// Where Debian puts the program that a web server runs.
const PROGRAM: &str = "/usr/share/request-tracker5/libexec/rt-server";

/// The peer, and what its filling said.
#[derive(Debug, Default)]
pub struct Tracker {
    token: String,
    session: String,
    /// The id of the first of the units' queues; the others follow it.
    first: u64,
    database: String,
}

impl Tracker {
    fn with_site(ground: &Ground, mut command: Command, port: u16) -> Result<Command> {
        let (host, server_port, user) = postgres::parts(&ground.postgres)?;
        command.env("RT_SITE_CONFIG", ground.source.join("tracker/config.pm"));
        command.envs([("RT_SITE_CONFIG_DIR", "/dev/null"), ("PEER_DATABASE", DATABASE)]);
        command.envs([("PEER_HOST", &*host), ("PEER_PORT", &*server_port), ("PEER_USER", &*user)]);
        command.env("PEER_WEB_PORT", port.to_string()).current_dir(ground.own("tracker")?);
        Ok(command)
    }
}

impl Peer for Tracker {
    fn name(&self) -> &'static str {
        "Request Tracker"
    }

    fn database(&self) -> Option<&'static str> {
        Some(DATABASE)
    }

    fn differs(&self) -> &'static str {
        "From Debian, version 5 (system packages, not under `target/peers`), on PostgreSQL with its defaults, with Starman: \
         four processes. A scrip on creation looks the unit, a queue here, up in a table of 2,400 routes and moves the \
         ticket; place, category and contact are custom fields; its own transactions are the audit rows. All of its other \
         scrips are switched off, and no mail goes out. *Create* and *list* go through its REST 2 interface with a token of \
         an account that may do everything, so that no right has to be looked up; the list carries its total. *Board* is its \
         chart of tickets by queue and status, in HTML, with a session. Its rows before the measurement are copied from one \
         ticket that it brought itself. It does not seal, limit callers or keep a verifiable journal."
    }

    fn install(&mut self, ground: &Ground) -> Result<String> {
        Ok(run(&mut Command::new(ground.source.join("tracker/install.sh")))?.trim().to_owned())
    }

    fn fill(&mut self, ground: &Ground, _: &Runtime) -> Result<()> {
        self.database = postgres::fresh(&ground.postgres, DATABASE)?;
        let source = ground.source.join("tracker");
        let mut init = Self::with_site(ground, Command::new("rt-setup-database-5"), 80)?;
        init.args(["--action", "init", "--skip-create", "--dba-password", "none"]);
        init.args(["--dba", &postgres::parts(&ground.postgres)?.2]);
        run(&mut init)?;
        let said = run(Self::with_site(ground, Command::new("perl"), 80)?.arg(source.join("prepare.pl")))?;
        let said: Value = serde_json::from_str(said.trim()).with_context(|| format!("not JSON: {said}"))?;
        said["token"].as_str().context("no token")?.clone_into(&mut self.token);
        self.first = said["first"].as_u64().context("no queue")?;
        let (rows, template, first) =
            (ground.rows.to_string(), said["template"].to_string(), self.first.to_string());
        let text = plan::text();
        let variables = [("rows", &*rows), ("template", &*template), ("first", &*first), ("text", &*text)];
        postgres::file(&self.database, &source.join("fill.sql"), &variables)
    }

    fn start(&mut self, ground: &Ground, runtime: &Runtime) -> Result<Running> {
        let (own, port) = (ground.own("tracker")?, free_port()?);
        // Templates of pages are compiled into a cache, which a start would otherwise find or not find.
        fs::create_dir_all(own.join("var"))?;
        let mut command = Self::with_site(ground, tied("/usr/bin/starman"), port)?;
        command.args(["--workers", "4", "--keepalive-timeout", "30", "--listen"]);
        command.arg(format!("127.0.0.1:{port}")).arg(PROGRAM);
        let door = "/NoAuth/Login.html";
        let running = runtime.block_on(Running::start(&mut command, port, door, &own.join("log")))?;
        let who = Ask::form(door, &[("user", "clerk"), ("pass", "linli-demo-2026")]);
        let said = runtime.block_on(Line::to(&running.address).ask(&who))?;
        self.session = said.cookies.join("; ");
        ensure!(!self.session.is_empty(), "nobody is let in: {}", said.status);
        Ok(running)
    }

    fn maker(&self, what: Scenario) -> Maker {
        let (token, session) = (format!("token {}", self.token), self.session.clone());
        let door = unit_word(UNITS - 1);
        let mine = encode(&format!("Queue = '{}' AND Status = 'new'", unit_word(LISTED_UNIT)));
        let every = encode("Status != 'deleted'");
        Arc::new(move |n| {
            match what {
            Scenario::Create | Scenario::CreateSignedIn => {
                let m = Matter::drawn(1, n);
                let fields = json!({ "Place": m.place_word(), "Category": m.category_word(), "Contact": m.contact() });
                let body = json!({ "Queue": door, "Subject": format!("{}：路灯三天没有亮", m.spot()),
                    "Content": m.text(), "ContentType": "text/plain", "CustomFields": fields });
                Ask::json("/REST/2.0/ticket", &body).with("authorization", &*token)
            }
            Scenario::List | Scenario::ListPage => Ask::get(format!(
                "/REST/2.0/tickets?query={mine}&per_page={PAGE}&orderby=Created&fields=Subject,Status,Created,Queue"
            ))
            .with("authorization", &*token),
            Scenario::Board | Scenario::BriefPage => {
                Ask::get(format!("/Search/Chart.html?Query={every}&GroupBy=Queue&GroupBy=Status&ChartFunction=COUNT"))
                    .with("cookie", &*session)
            }
        }
        })
    }

    fn read(&self, what: Scenario, body: &Bytes) -> Result<Fact> {
        let text = String::from_utf8_lossy(body);
        let json = || serde_json::from_str::<Value>(&text).context("not JSON");
        Ok(match what {
            Scenario::List | Scenario::ListPage => {
                let said = json()?;
                let rows = said["items"].as_array().context("no items")?.len() as u64;
                Fact { rows: Some(rows), total: said["total"].as_u64(), ..Fact::default() }
            }
            Scenario::Board | Scenario::BriefPage => Fact { sum: Some(charted(&text)?), ..Fact::default() },
            Scenario::Create | Scenario::CreateSignedIn => {
                // The answer has no more than the number, so the database is asked which queue it was moved to.
                let id: u64 = json()?["id"].as_str().context("no id")?.parse()?;
                let queue =
                    postgres::ask(&self.database, &format!("SELECT queue FROM tickets WHERE id = {id}"))?;
                Fact {
                    unit: Some(unit_word(queue.parse::<u64>()?.saturating_sub(self.first))),
                    ..Fact::default()
                }
            }
        })
    }
}

/// The sum of a chart's cells that are split by queue and by status.
fn charted(page: &str) -> Result<u64> {
    let table = page.split_once("<tbody>").context("no chart")?.1;
    let table = table.split("</tbody>").next().unwrap_or_default();
    let rows = table.matches("<tr").count();
    ensure!(rows as u64 >= UNITS, "{rows} rows, which is not by unit and status");
    let cells = table.split("collection-as-table value\">").skip(1);
    Ok(cells.filter_map(|cell| cell.split_once('>')?.1.split('<').next()?.trim().parse::<u64>().ok()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cells_of_a_chart_are_added_and_its_foot_is_not() {
        let row =
            |n: u64| format!("<tr><td class=\"collection-as-table value\"><a href=\"/x\">{n}</a></td></tr>");
        let rows: String = (0..UNITS).map(row).collect();
        let page = format!("<table><tbody>{rows}</tbody><tfoot><tr>{}</tr></tfoot></table>", row(7));
        assert_eq!(charted(&page).unwrap(), (0..UNITS).sum::<u64>());
        assert!(charted("<tbody></tbody>").is_err());
    }
}
