//! The lists that are made from the code and committed, so that a change of what the house offers or allows is
//! read by somebody: the document of the programming interface, and the matrix of rights of all rooms.

use std::{fmt::Write, fs, path::Path};

use access::{Duty, Kind, POLICY};
use linli::house;
use web::{Lang, Need, Words};

/// Compares a committed list with what the code says now, or takes the new one when told to.
#[track_caller]
pub fn is_committed(name: &str, now: &str) {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/generated")).join(name);
    if std::env::var("LINLI_ACCEPT").is_ok() {
        fs::write(&file, now).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert!(committed == now, "docs/generated/{name} is not the code's: run the stories with LINLI_ACCEPT=1");
}

#[test]
fn the_document_of_the_interface_is_the_committed_one() {
    let mut text = web::openapi_of(&house::rooms()).to_pretty_json().unwrap();
    text.push('\n');
    is_committed("openapi.json", &text);
}

#[test]
fn every_answer_of_the_interface_is_described() {
    let doc: serde_json::Value = serde_json::to_value(web::openapi_of(&house::rooms())).unwrap();
    let mut operations = 0;
    for (path, item) in doc["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            operations += 1;
            assert!(path.starts_with("/api/"), "{path}");
            assert!(
                operation["summary"].as_str().is_some_and(|s| s.len() > 5),
                "{method} {path} says nothing"
            );
            for (status, said) in operation["responses"].as_object().unwrap() {
                let kind =
                    if status.starts_with('2') { "application/json" } else { "application/problem+json" };
                assert!(said["content"][kind]["schema"].is_object(), "{method} {path} {status} has no body");
            }
        }
    }
    assert!(operations >= 9, "{operations}");
}

#[test]
fn the_matrix_of_rights_is_the_committed_one() {
    is_committed("rights.md", &matrix());
}

fn matrix() -> String {
    let words = house::words().unwrap();
    let mut out = String::from(
        "# Rights (权限矩阵)\n\nMade from `rooms/access/src/rules/policy.rs` and the route tables of all rooms; the \
         stories fail when it differs from the code, and take the new one with `LINLI_ACCEPT=1`. That the routes let \
         in and refuse as it stands here is held by `stories/tests/gates.rs`.\n\n## What a duty reaches\n\nA post has \
         duties and a scope, which is one division with everything below it. What has no cell is refused. A sealed \
         record is open only to posts of the unit that holds it now, whatever the cell says.\n\n",
    );
    let heads: Vec<String> = Duty::ALL.iter().map(|d| both(&words, d.word())).collect();
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len())).unwrap();
    for kind in Kind::ALL {
        let cells: Vec<String> = Duty::ALL.iter().map(|d| cell(&words, kind, *d)).collect();
        writeln!(out, "| {} | {} |", both(&words, kind.word()), cells.join(" | ")).unwrap();
    }
    out.push_str("\nNobody verifies what they handled or reported done, whatever the cell says.\n\n");
    separation(&mut out, &words, &heads);
    out.push_str(
        "\nNobody changes their own account's posts, state or second factor as an administrator.\n\n## Routes\n\nThe \
         coarse gate, before any record is looked at; the deed then decides about the record.\n",
    );
    for room in house::rooms() {
        write!(out, "\n### {}\n\n| | route | who | why |\n|---|---|---|---|\n", room.name).unwrap();
        for r in room.rights {
            writeln!(out, "| {} | `{}` | {} | {} |", r.method, r.path, need(&words, r.need), r.why).unwrap();
        }
    }
    out
}

/// A word in both languages.
fn both(words: &Words, key: &str) -> String {
    format!("{} {}", words.get(Lang::En, key), words.get(Lang::Zh, key))
}

fn cell(words: &Words, kind: Kind, duty: Duty) -> String {
    let lines = POLICY.iter().filter(|(k, d, _)| *k == kind && *d == duty);
    let reaches: Vec<String> = lines.map(|(_, _, reach)| both(words, reach.word())).collect();
    if reaches.is_empty() { "—".to_owned() } else { reaches.join("<br>") }
}

fn separation(out: &mut String, words: &Words, heads: &[String]) {
    out.push_str("## What nobody holds together\n\nEach pair of duties in one post, or in one person at one time (三员分立):\n\n");
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len())).unwrap();
    let always = access::Period::since(base::Millis(0));
    for a in Duty::ALL {
        let held = [(access::Duties::of(&[a]), always)];
        let cells = Duty::ALL.map(|b| match access::may_join(&held, access::Duties::of(&[b]), always) {
            Ok(()) => "yes",
            Err(_) => "**no**",
        });
        writeln!(out, "| {} | {} |", both(words, a.word()), cells.join(" | ")).unwrap();
    }
}

fn need(words: &Words, need: Need) -> String {
    let duty = |code: &str| both(words, Duty::parse(code).unwrap().word());
    match need {
        Need::Public => "everybody".to_owned(),
        Need::SignedIn => "whoever is signed in".to_owned(),
        Need::Duty(code) => duty(code),
        Need::AnyDuty(codes) => codes.iter().map(|c| duty(c)).collect::<Vec<_>>().join(" or "),
    }
}

/// What goes first under a crowd, and what costs as much as many pages, is said by the rows and nowhere else.
#[test]
fn under_a_crowd_signing_in_and_reports_go_first_and_sheets_last() {
    let all = web::rights_of(&house::rooms());
    let class = |method: &str, path: &str| {
        let row = all.iter().find(|(_, r)| r.method == method && r.path == path);
        row.unwrap_or_else(|| panic!("{method} {path}")).1.class
    };
    for (method, path) in [
        ("GET", "/sign-in"),
        ("POST", "/sign-in"),
        ("POST", "/sign-in/code"),
        ("GET", "/say"),
        ("POST", "/say/{draft}/submission"),
        ("POST", "/api/v1/cases"),
        ("POST", "/intake"),
        ("POST", "/grid/report"),
        ("POST", "/grid/cases/{case}/finish"),
    ] {
        assert_eq!(class(method, path), web::Class::Urgent, "{method} {path}");
    }
    for (_, row) in &all {
        let is_sheet = row.path.ends_with("/sheet.xlsx");
        assert!(!is_sheet || row.class == web::Class::Heavy, "{} is not heavy", row.path);
        assert!(
            row.class != web::Class::Free || ["/health", "/assets/{file}"].contains(&row.path),
            "{}",
            row.path
        );
    }
    assert_eq!(class("GET", "/brief"), web::Class::Heavy);
    assert_eq!(class("GET", "/queue"), web::Class::Ordinary);
}
