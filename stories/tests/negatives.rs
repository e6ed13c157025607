//! What the house must be structurally unable to do to people (RIGHTS.md, N1 to N18), held against the
//! schema as it stands, the routes as they are, and the source as it is written.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use base::Millis;
use linli::house;

/// Tables with their columns, as a fresh database has them.
fn schema() -> BTreeMap<String, Vec<String>> {
    let folder = tempfile::tempdir().unwrap();
    let mut conn = store::open(&format!("sqlite:{}", folder.path().join("s.db").display()), false).unwrap();
    store::migrate(&mut conn, &house::migrations(), Millis(0)).unwrap();
    let mut tables = BTreeMap::new();
    let mut open = String::new();
    for line in store::schema_dump(&mut conn).unwrap().lines() {
        match line.strip_prefix("  ") {
            None => {
                open = line.to_owned();
                tables.insert(open.clone(), Vec::new());
            }
            Some(column) => {
                let name = column.split(' ').next().unwrap_or_default().to_owned();
                tables.entry(open.clone()).or_default().push(name);
            }
        }
    }
    assert!(tables.len() > 20, "the schema was not read");
    tables
}

/// Words that a column or table about people may not carry, in parts between underscores.
fn words_of(name: &str) -> Vec<&str> {
    name.split('_').collect()
}

/// Names that carry such a word and are about no person.
const ABOUT_NO_PERSON: &[(&str, &str)] = &[
    // The blinded digest of a name that somebody tried to sign in with; gone after the window.
    ("access_try", "name_tag"),
    // Pixels of a picture.
    ("parts_file", "height"),
    ("case_draft_photo", "height"),
    // What an office says of an office; its columns are held by n3.
    ("case_whistle_rating", "case_whistle_rating"),
    ("case_whistle_rating", "rating"),
];

fn assert_no_word(banned: &[&str], why: &str) {
    for (table, columns) in schema() {
        for name in columns.iter().chain([&table]) {
            if ABOUT_NO_PERSON.contains(&(table.as_str(), name.as_str())) {
                continue;
            }
            for word in words_of(name) {
                assert!(!banned.contains(&word), "{why}: {table}.{name}");
            }
        }
    }
}

#[test]
fn n1_no_table_or_column_classifies_a_person() {
    assert_no_word(
        &[
            "tag",
            "tags",
            "label",
            "flag",
            "flags",
            "tier",
            "watch",
            "watchlist",
            "blacklist",
            "suspect",
            "risk",
            "danger",
            "persontype",
        ],
        "a word that classifies",
    );
}

#[test]
fn n2_no_column_for_belief_ethnicity_politics_bodies_accounts_elsewhere_or_relations() {
    assert_no_word(
        &[
            "religion",
            "belief",
            "ethnic",
            "ethnicity",
            "nationality",
            "politics",
            "party",
            "sex",
            "gender",
            "face",
            "fingerprint",
            "iris",
            "voice",
            "dna",
            "wechat",
            "qq",
            "weibo",
            "douyin",
            "imei",
            "device",
            "mac",
            "plate",
            "relation",
            "relations",
            "relative",
            "friend",
            "kin",
            "birth",
            "blood",
            "height",
        ],
        "a field that must not exist",
    );
}

#[test]
fn n3_nothing_scores_or_ranks() {
    assert_no_word(&["score", "points", "credit", "rating", "rank", "ranking", "grade"], "a score");
    // Offices rate offices: the one table of it has no column that could hold a person.
    assert_eq!(
        schema()["case_whistle_rating"],
        ["call_id", "of_unit", "by_unit", "county_id", "at_ms", "rating", "words"]
    );
}

#[test]
fn n4_there_is_no_search_over_persons() {
    for (room, right) in web::rights_of(&house::rooms()) {
        for word in ["person", "people", "resident", "reporter", "citizen", "petitioner", "phone", "identity"]
        {
            let is_own = right.path.starts_with("/account");
            assert!(
                is_own || !right.path.split(['/', '-']).any(|p| p.trim_end_matches('s') == word),
                "{room}: {}",
                right.path
            );
        }
    }
    let reporter = &schema()["case_reporter"];
    assert_eq!(
        reporter,
        &["case_id", "county_id", "sealed", "is_confidential"],
        "who brought a matter is sealed and not indexed"
    );
}

/// Columns that name a person, and tables in which such a column may stand beside a place and a time.
#[test]
fn n6_no_table_is_a_movement_trail() {
    let persons = [
        "account",
        "account_id",
        "registered_by",
        "handler_account",
        "holder_account",
        "leader_account",
        "person_account",
        "person_id",
        "worker_id",
    ];
    let places = ["lat", "lon", "lat_e7", "lon_e7", "spot", "grid_id", "village_id"];
    let allowed = [
        // The place is the matter's; the accounts are of the office that registers and handles it.
        "case_item",
        // The place is the matter's; leader and person are officers who answer for it.
        "supervision_entry",
        // The place is the meeting's, whose unit gave the task; the account is of the office that did it.
        "supervision_task",
        // The village or grid that was looked at; the account is of the office that returned.
        "supervision_return",
        // Which grids somebody is appointed to, by day; not where anybody was.
        "territory_grid_worker",
    ];
    for (table, columns) in schema() {
        let has = |set: &[&str]| columns.iter().any(|c| set.contains(&c.as_str()));
        let timed = columns.iter().any(|c| c.ends_with("_ms") || c.ends_with("_day"));
        let trail = has(&persons) && has(&places) && timed;
        assert!(!trail || allowed.contains(&table.as_str()), "{table} holds a person, a place and a time");
    }
}

#[test]
fn n7_nothing_that_sees_hears_or_embeds_is_in_the_dependency_tree() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let names: Vec<&str> =
        lock.lines().filter_map(|l| l.strip_prefix("name = ")).map(|n| n.trim_matches('"')).collect();
    assert!(names.len() > 100);
    for name in names {
        for banned in [
            "opencv",
            "onnx",
            "ort",
            "ort-sys",
            "tract",
            "candle",
            "burn",
            "whisper",
            "face",
            "tch",
            "tokenizers",
            "leptess",
            "tesseract",
            "gstreamer",
            "retina",
            "rtsp",
        ] {
            let hit = name == banned
                || (banned.len() > 3 && name.starts_with(banned) && !name.starts_with("tracing"));
            assert!(!hit, "{name} is in the tree");
        }
    }
}

#[test]
fn n9_a_matter_comes_in_by_a_closed_list_of_ways_and_none_is_a_rule_about_a_person() {
    let all: Vec<&str> = case::model::Channel::ALL.iter().map(|c| c.code()).collect();
    assert_eq!(all, ["web", "counter", "phone", "visit", "grid", "excel", "api"]);
    let origins: Vec<&str> = supervision::model::Origin::ALL.iter().map(|o| o.code()).collect();
    let five = [
        "resident_request",
        "worker_hazard_report",
        "scheduled_facility_check",
        "statutory_deadline",
        "organisation_request",
    ];
    assert_eq!(origins, five, "the closed list of rights");
}

#[test]
fn n10_nothing_counts_or_links_matters_by_who_brought_them() {
    for (table, columns) in schema() {
        for column in columns {
            let links = column.contains("petitioner")
                || column.contains("reporter_count")
                || column == "reporter_id"
                || column == "phone";
            assert!(!links, "{table}.{column} links matters by a person");
        }
    }
}

#[test]
fn n13_nobody_can_subscribe_to_a_person() {
    for table in schema().keys() {
        assert!(!table.contains("subscri") && !table.contains("follow"), "{table}");
    }
}

#[test]
fn n16_every_table_that_refers_to_a_person_is_known_here() {
    // A member of staff sees the first group on the own page or in the journal list; the others hold what
    // a resident sees with number and code. A new table has to be put on one of the lists with its reason.
    let known: BTreeMap<&str, &str> = BTreeMap::from([
        ("access_account", "own account page"),
        ("access_holding", "own posts on the account page"),
        ("access_recovery", "digests of unused codes; made anew at will"),
        ("access_try", "blinded, gone after the window"),
        ("web_session", "own sessions on the account page"),
        ("callback_call", "who made the call, on the call's page and in the journal list"),
        ("callback_try", "who tried to call, on the call's page and in the journal list"),
        ("calendar_table", "who published the table, in the journal list"),
        ("case_act", "timeline of the case"),
        ("case_batch", "import list, by who imported"),
        ("case_closure", "timeline of the case"),
        ("case_dispatch", "timeline of the case"),
        ("case_draft", "the resident's own unfinished form"),
        ("case_item", "the case page with number and code"),
        ("case_link", "the timeline of both cases"),
        ("case_pack", "who loaded the pack"),
        ("case_read", "who opened the record, shown to the resident"),
        ("case_route_publication", "who published the routing table, on its page and in the journal list"),
        ("case_route_table", "who changed the routing table, on its page and in the journal list"),
        ("case_reporter", "the case page with number and code"),
        ("case_whistle_act", "course of the whistle, on its page"),
        ("journal_entry", "references only; the case's receipt"),
        ("notice_contact", "own page of where one is reached"),
        ("notice_feed", "own page of calendar links"),
        ("notice_item", "an address is sealed, and emptied after sending; the log says that it was sent"),
        ("notice_read", "own inbox"),
        ("notice_seen", "own inbox"),
        ("notice_silence", "own page of where one is reached"),
        ("supervision_act", "timeline of the entry"),
        ("supervision_entry", "the entry's page: officers who answer for it"),
        ("supervision_return", "the return's page: who of the office returned"),
        ("supervision_task", "the task's page: who of the office did it"),
        ("parts_file", "the case page"),
        ("parts_note", "the case page; internal notes are the office's"),
        ("territory_grid_worker", "public duty of the office"),
    ]);
    let persons = [
        "account",
        "account_id",
        "registered_by",
        "handler_account",
        "holder_account",
        "leader_account",
        "person_account",
        "sealed",
        "name_tag",
    ];
    for (table, columns) in schema() {
        let refers = columns.iter().any(|c| persons.contains(&c.as_str()));
        assert!(
            !refers || known.contains_key(table.as_str()),
            "{table} refers to a person: say where that person sees it"
        );
    }
}

#[test]
fn the_schema_is_the_committed_one_on_both_engines() {
    let mut dumps = Vec::new();
    let folder = tempfile::tempdir().unwrap();
    let mut conn = store::open(&format!("sqlite:{}", folder.path().join("s.db").display()), false).unwrap();
    store::migrate(&mut conn, &house::migrations(), Millis(0)).unwrap();
    dumps.push(store::schema_dump(&mut conn).unwrap());
    if let Ok(url) = std::env::var("LINLI_TEST_POSTGRES") {
        let t =
            store::testing::postgres(&url, &house::migrations()[store::KERNEL_MIGRATIONS.len()..]).unwrap();
        dumps.push(t.db.read_now(store::schema_dump).unwrap());
    }
    assert!(dumps.iter().all(|d| *d == dumps[0]), "the engines' schemas differ");
    let file = root().join("docs/generated/schema.txt");
    if std::env::var("LINLI_ACCEPT").is_ok() {
        fs::write(&file, &dumps[0]).unwrap();
    }
    assert_eq!(
        fs::read_to_string(&file).unwrap(),
        dumps[0],
        "run the stories with LINLI_ACCEPT=1 to take the new schema"
    );
}

/// What goes upwards is sums: the fields of a report are a closed list, and none takes a record, a name or a sentence.
#[test]
fn n18_what_goes_upwards_is_sums_by_division_and_category() {
    let doc: serde_json::Value = serde_json::to_value(web::openapi_of(&house::rooms())).unwrap();
    let fields = |name: &str| -> BTreeSet<String> {
        let schema = &doc["components"]["schemas"][name];
        assert_eq!(schema["additionalProperties"], false, "{name} takes what is not listed");
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    };
    let these = |all: &[&str]| -> BTreeSet<String> { all.iter().map(|f| (*f).to_owned()).collect() };
    let report = ["installation", "sequence", "day", "revision", "complete", "made_ms", "missing", "rows"];
    assert_eq!(fields("Report"), these(&report));
    assert_eq!(fields("Row"), these(&["division", "category", "numbers"]));
    let counted =
        ["received", "due", "done", "on_time", "missed", "extended", "reopened", "said", "satisfied"];
    assert_eq!(fields("Numbers"), these(&counted));
    for n in counted {
        assert_eq!(doc["components"]["schemas"]["Numbers"]["properties"][n]["type"], "integer", "{n}");
    }
    assert_eq!(fields("Beat"), these(&["installation", "last_sequence"]));
    // The only texts are codes, and a code cannot hold a sentence.
    for bad in ["凉州区张三", "zhang san", "13912345678x", ""] {
        assert!(upward::DivisionCode::parse(bad).is_none(), "{bad}");
    }
    for bad in ["张三家漏水", "zhang san", "a-long-word-that-is-no-code", "A"] {
        assert!(upward::CategoryCode::parse(bad).is_none(), "{bad}");
    }
    let columns = &schema()["upward_cell"];
    assert!(columns.iter().all(|c| !["account", "case_id", "name", "words", "body"].contains(&c.as_str())));
}

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
