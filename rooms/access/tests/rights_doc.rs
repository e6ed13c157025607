//! The printed matrix of rights, `docs/generated/rights.md`: made from the policy table and from the route
//! table, so that it cannot say anything else than what the house does.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::{fmt::Write, fs, path::Path};

use access::{Duty, Kind, POLICY, Reach};
use web::{Lang, Need, Words};

fn words() -> Words {
    web::words_of(&[web::room(), access::room()]).unwrap()
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

fn need(words: &Words, need: Need) -> String {
    let duty = |code: &str| both(words, Duty::parse(code).unwrap().word());
    match need {
        Need::Public => "everybody".to_owned(),
        Need::SignedIn => "whoever is signed in".to_owned(),
        Need::Duty(code) => duty(code),
        Need::AnyDuty(codes) => codes.iter().map(|c| duty(c)).collect::<Vec<_>>().join(" or "),
    }
}

fn document() -> String {
    let words = words();
    let mut out = String::from(
        "# Rights (权限矩阵)\n\nMade from `rooms/access/src/rules/policy.rs` and the route table of room access by \
         `LINLI_ACCEPT=1 cargo test -p access --test rights_doc`; a test fails when it differs from the code.\n\n\
         ## What a duty reaches\n\nA post has duties and a scope, which is one division with everything below it. \
         What has no cell is refused. A sealed record is open only to posts of the unit that holds it now, whatever \
         the cell says.\n\n",
    );
    let heads: Vec<String> = Duty::ALL.iter().map(|d| both(&words, d.word())).collect();
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len())).unwrap();
    for kind in Kind::ALL {
        let cells: Vec<String> = Duty::ALL.iter().map(|d| cell(&words, kind, *d)).collect();
        writeln!(out, "| {} | {} |", both(&words, kind.word()), cells.join(" | ")).unwrap();
    }
    out.push_str(
        "\nNobody verifies what they handled or reported done, whatever the cell says.\n\n## What nobody holds \
         together\n\nEach pair of duties in one post, or in one person at one time (三员分立):\n\n",
    );
    writeln!(out, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len())).unwrap();
    for a in Duty::ALL {
        let cells = Duty::ALL.map(|b| {
            if access::may_join(&[held(a)], access::Duties::of(&[b]), always()).is_ok() {
                "yes"
            } else {
                "**no**"
            }
        });
        writeln!(out, "| {} | {} |", both(&words, a.word()), cells.join(" | ")).unwrap();
    }
    out.push_str("\nNobody changes their own account's posts, state or second factor as an administrator.\n\n## Routes of room access\n\n| | route | who | why |\n|---|---|---|---|\n");
    for right in access::room().rights {
        writeln!(
            out,
            "| {} | `{}` | {} | {} |",
            right.method,
            right.path,
            need(&words, right.need),
            right.why
        )
        .unwrap();
    }
    out
}

fn always() -> access::Period {
    access::Period::since(base::Millis(0))
}

fn held(duty: Duty) -> (access::Duties, access::Period) {
    (access::Duties::of(&[duty]), always())
}

#[test]
fn the_committed_matrix_is_the_codes() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/generated/rights.md");
    #[expect(clippy::disallowed_methods, reason = "whoever runs the test says whether to accept the change")]
    if std::env::var("LINLI_ACCEPT").is_ok() {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, document()).unwrap();
    }
    let committed = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(committed, document(), "run the test with LINLI_ACCEPT=1 to take the new matrix");
}

#[test]
fn the_separated_powers_stay_separated_in_the_table() {
    for (kind, duty, reach) in POLICY {
        let case =
            matches!(kind, Kind::CaseNew | Kind::CaseWork | Kind::CaseView | Kind::Batch | Kind::Figures);
        assert!(!(case && matches!(duty, Duty::Admin | Duty::Audit)), "{duty:?} reaches {kind:?}");
        let writes = matches!(
            kind,
            Kind::CaseNew | Kind::CaseWork | Kind::Batch | Kind::Staff | Kind::Territory | Kind::Pack
        );
        assert!(!(writes && *duty == Duty::Audit), "an auditor writes {kind:?}");
        let log = *kind == Kind::Journal;
        assert!(!log || *duty == Duty::Audit, "{duty:?} reads the journal");
        assert!(*reach != Reach::Anywhere || *kind == Kind::CaseNew, "{duty:?} has {kind:?} everywhere");
    }
}
