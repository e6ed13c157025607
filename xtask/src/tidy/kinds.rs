//! Which line may stand in which file of a room: the layers are files, and this is their wall.

use std::collections::BTreeMap;

use super::{
    Finding,
    source::{Kind, Source, Word},
    tree::Tree,
};

/// The kinds of file of a room, with their floor: a file uses only kinds on floors below its own.
const KINDS: [(&str, u8); 9] = [
    ("model", 0),
    ("rules", 1),
    ("store", 1),
    ("deeds", 2),
    ("pages", 3),
    ("api", 3),
    ("jobs", 3),
    ("samples", 4),
    ("lib", 5),
];

/// What each kind may not name, and why.
const BANS: [(&str, &[&str], &str); 6] = [
    ("model", &["async", "diesel", "axum", "tokio", "askama", "Clock", "Chance"], "nouns are plain values"),
    ("rules", &["async", "diesel", "axum", "tokio", "askama", "Clock", "Chance"], "rules are pure decisions"),
    ("store", &["axum", "askama", "Clock"], "the store only asks and keeps"),
    ("deeds", &["axum", "askama", "diesel", "Clock"], "a deed loads, decides, saves, records"),
    ("jobs", &["axum", "askama", "diesel"], "a job calls a deed"),
    ("pages", &["diesel"], "a page parses, calls, renders"),
];

/// Words that make a line SQL.
const SQL_NAMES: [&str; 3] = ["diesel", "sql_query", "table"];
const SQL_BEGINS: [&str; 7] =
    ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "CREATE INDEX ", "WITH "];

/// The room and the kind of a path such as `rooms/case/src/store/queue.rs`.
fn place(path: &str) -> Option<(&str, &str)> {
    let rest = path.strip_prefix("rooms/")?;
    let (room, rest) = rest.split_once("/src/")?;
    let first = rest.split('/').next()?;
    Some((room, first.strip_suffix(".rs").unwrap_or(first)))
}

/// Every file of a room has one of the kinds' names, names nothing that its kind may not know,
/// and calls only what lies below it.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for (path, error) in &tree.broken {
        found.push(Finding::new(path, 0, format!("does not parse: {error}")));
    }
    for source in &tree.rust {
        let Some((_, kind)) = place(&source.path) else { continue };
        let Some((_, floor)) = KINDS.iter().find(|(name, _)| *name == kind) else {
            found.push(Finding::new(
                &source.path,
                0,
                format!("{kind} is no kind of file; put it under one of them"),
            ));
            continue;
        };
        found.extend(banned(source, kind));
        found.extend(upward(source, kind, *floor));
    }
    found
}

fn banned(source: &Source, kind: &str) -> Vec<Finding> {
    let Some((_, names, why)) = BANS.iter().find(|(name, ..)| *name == kind) else { return Vec::new() };
    let pure = matches!(kind, "model" | "rules");
    let mut found = Vec::new();
    for (at, word) in source.live().filter(|(_, w)| w.kind == Kind::Name) {
        let is_store = pure && word.text == "store" && (source.reads(at + 1, &[":", ":"]));
        if word.text == "Clock" && is_of_deadline(source) {
            continue;
        }
        if names.contains(&word.text.as_str()) || is_store {
            found.push(Finding::new(&source.path, word.line, format!("{kind} names `{}`: {why}", word.text)));
        }
    }
    found
}

/// Whether `Clock` is the deadline library's (时限), which reads no time, and not the machine's.
fn is_of_deadline(source: &Source) -> bool {
    let names = |room: &str| {
        source.live().any(|(at, word)| {
            word.text == room
                && source.reads(at + 1, &[":", ":"])
                && heads(source.all_words(), at + 3).iter().any(|w| w.text == "Clock")
        })
    };
    names("deadline") && !names("base")
}

/// Uses of `crate::KIND` (and `super::KIND` in a file directly under src) on this floor or above.
fn upward(source: &Source, kind: &str, floor: u8) -> Vec<Finding> {
    let top = source.path.matches('/').count() == 3;
    let mut found = Vec::new();
    for (at, word) in source.live().filter(|(_, w)| w.kind == Kind::Name) {
        let from_root = word.text == "crate" || (word.text == "super" && top && kind != "lib");
        if !from_root || !source.reads(at + 1, &[":", ":"]) {
            continue;
        }
        for named in heads(source.all_words(), at + 3) {
            let above = KINDS.iter().any(|(name, theirs)| *name == named.text && *theirs >= floor);
            if above && named.text != kind {
                let what = format!("{kind} uses {}, which does not lie below it", named.text);
                found.push(Finding::new(&source.path, named.line, what));
            }
        }
    }
    found
}

/// The first names of a path or of the group of paths at `at`: `store::x` or `{rules, store::{a, b}}`.
fn heads(words: &[Word], at: usize) -> Vec<&Word> {
    let Some(first) = words.get(at) else { return Vec::new() };
    if first.text != "{" {
        return vec![first];
    }
    let (mut depth, mut heads, mut fresh) = (0_u32, Vec::new(), false);
    for word in &words[at..] {
        match word.text.as_str() {
            "{" => {
                depth += 1;
                fresh = depth == 1;
            }
            "}" if depth <= 1 => break,
            "}" => depth -= 1,
            "," => fresh = depth == 1,
            _ if fresh => {
                heads.push(word);
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

/// SQL outside of store files, of the store itself, and of the kernel's files that declare a table.
pub fn sql(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in &tree.rust {
        let path = source.path.as_str();
        let crates = ["rooms/", "kernel/", "app/"];
        let in_store =
            path.starts_with("kernel/store/") || path.contains("/src/store/") || path.ends_with("/store.rs");
        // In the kernel a table and all of its SQL share one file.
        let allowed = in_store || (path.starts_with("kernel/") && declares_table(source));
        if allowed || !crates.iter().any(|c| path.starts_with(c)) {
            continue;
        }
        for (at, word) in source.live().filter(|(_, w)| !w.attribute) {
            let name = word.text.as_str();
            let is_sql = match word.kind {
                Kind::Name if name == "table" || name == "on" => source.reads(at + 1, &["!"]),
                Kind::Name => SQL_NAMES.contains(&name),
                Kind::Text => is_statement(name),
                _ => false,
            };
            if is_sql {
                let shown: String = name.chars().take(30).collect();
                found.push(Finding::new(path, word.line, format!("SQL: `{shown}`")));
            }
        }
    }
    found
}

fn declares_table(source: &Source) -> bool {
    source.live().any(|(at, word)| word.text == "table" && source.reads(at + 1, &["!"]))
}

/// A text that begins like a statement and goes on like one.
fn is_statement(text: &str) -> bool {
    let text = text.trim_start();
    let second = [" FROM ", " INTO ", " SET ", " TABLE ", " INDEX ", " AS ("];
    SQL_BEGINS.iter().any(|begin| text.starts_with(begin)) && second.iter().any(|word| text.contains(word))
}

/// Asking which engine it is, outside of the one file that may.
pub fn engine(tree: &Tree) -> Vec<Finding> {
    // The macro `on!` and the opening of a connection have to name both.
    let allowed = ["kernel/store/src/dialect.rs", "kernel/store/src/conn.rs"];
    let mut found = Vec::new();
    for source in
        tree.rust.iter().filter(|s| !allowed.contains(&s.path.as_str()) && !s.path.starts_with("xtask/"))
    {
        for (at, word) in source.live().filter(|(_, w)| w.kind == Kind::Name) {
            let asks = match word.text.as_str() {
                "Conn" => {
                    source.reads(at + 1, &[":", ":", "Sqlite"]) || source.reads(at + 1, &[":", ":", "Pg"])
                }
                "Engine" => {
                    source.reads(at + 1, &[":", ":", "Sqlite"])
                        || source.reads(at + 1, &[":", ":", "Postgres"])
                }
                _ => false,
            };
            if asks {
                found.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("asks the engine: `{}::`", word.text),
                ));
            }
        }
    }
    found
}

/// The tables that migrations make, with their room.
pub fn made_tables(tree: &Tree) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for (path, text) in tree.named("rooms/", ".sql") {
        let Some(room) = path.split('/').nth(1) else { continue };
        for line in text.lines().map(str::trim) {
            let rest =
                line.strip_prefix("CREATE TABLE ").map(|r| r.strip_prefix("IF NOT EXISTS ").unwrap_or(r));
            let name: String =
                rest.unwrap_or_default().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            if !name.is_empty() {
                tables.insert(name, room.to_owned());
            }
        }
    }
    tables
}

/// A room that names another room's table.
pub fn tables(tree: &Tree) -> Vec<Finding> {
    let tables = made_tables(tree);
    let mut found = Vec::new();
    for (table, room) in &tables {
        if !table.starts_with(&format!("{room}_")) && !table.starts_with(&format!("pub_{room}_")) {
            found.push(Finding::new(
                &format!("rooms/{room}"),
                0,
                format!("table {table} does not begin with {room}_"),
            ));
        }
    }
    for source in &tree.rust {
        let Some((room, _)) = place(&source.path) else { continue };
        for (_, word) in source.live().filter(|(_, w)| matches!(w.kind, Kind::Name | Kind::Text)) {
            let names = word.text.split(|c: char| !c.is_alphanumeric() && c != '_');
            for name in names.filter(|n| tables.get(*n).is_some_and(|owner| owner != room)) {
                found.push(Finding::new(
                    &source.path,
                    word.line,
                    format!("names {name}, a table of another room"),
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        check(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn rules_and_model_are_pure() {
        for bad in [
            "use diesel::prelude::*;",
            "async fn f() {}",
            "fn f(t: tokio::Time) {}",
            "fn f() { store::by_id(); }",
        ] {
            assert_eq!(count(check, "rooms/case/src/rules.rs", bad), 1, "{bad}");
            assert_eq!(count(check, "rooms/case/src/model/stage.rs", bad), 1, "{bad}");
        }
        assert_eq!(count(check, "rooms/case/src/rules.rs", "fn f() { let store = 1; }"), 0);
        assert_eq!(count(check, "rooms/case/src/rules.rs", "#[cfg(test)]\nmod tests { use diesel; }"), 0);
    }

    #[test]
    fn files_call_only_downwards() {
        assert_eq!(count(check, "rooms/case/src/store.rs", "use crate::{deeds::x, model::{y, z}};"), 1);
        assert_eq!(count(check, "rooms/case/src/rules.rs", "use super::store;"), 1);
        assert_eq!(count(check, "rooms/case/src/deeds/accept.rs", "use crate::{rules, store::queue};"), 0);
        assert_eq!(count(check, "rooms/case/src/deeds.rs", "fn f() { crate::pages::x() }"), 1);
        assert_eq!(count(check, "rooms/case/src/lib.rs", "use crate::pages;"), 0);
    }

    #[test]
    fn a_file_has_a_kind() {
        assert_eq!(count(check, "rooms/case/src/utils.rs", ""), 1);
        assert_eq!(count(check, "rooms/case/src/rules/sla.rs", ""), 0);
        assert_eq!(count(check, "rooms/case/src/rules.rs", "fn ("), 1, "what does not parse is said");
    }

    #[test]
    fn sql_stands_in_the_store() {
        for bad in [
            "use diesel::prelude::*;",
            "const Q: &str = \"SELECT 1 FROM t\";",
            "table! { a (id) { id -> BigInt } }",
        ] {
            assert_eq!(count(sql, "rooms/case/src/deeds.rs", bad), 1, "{bad}");
            assert_eq!(count(sql, "rooms/case/src/store/queue.rs", bad), 0, "{bad}");
            assert_eq!(count(sql, "kernel/store/src/tx.rs", bad), 0, "{bad}");
        }
        assert_eq!(count(sql, "app/src/main.rs", "const S: &str = \"SELECT a place\";"), 0);
        let part = "table! { a (id) { id -> BigInt } }\nuse diesel::prelude::*;";
        assert_eq!(count(sql, "kernel/parts/src/notes.rs", part), 0);
        assert_eq!(count(sql, "kernel/parts/src/lib.rs", "use diesel::prelude::*;"), 1);
    }

    #[test]
    fn only_the_dialect_asks_the_engine() {
        let bad = "fn f(c: Conn) { matches!(c, Conn::Sqlite(_)) }";
        assert_eq!(count(engine, "rooms/case/src/store.rs", bad), 1);
        assert_eq!(count(engine, "kernel/store/src/dialect.rs", bad), 0);
    }

    #[test]
    fn tables_belong_to_their_room() {
        let files = [
            ("rooms/territory/migrations/0001_a.sql", "CREATE TABLE territory_place (\n  id {id});"),
            ("rooms/case/src/store.rs", "const Q: &str = \"SELECT x FROM territory_place\";"),
            ("rooms/territory/src/store.rs", "const Q: &str = \"SELECT x FROM territory_place\";"),
        ];
        assert_eq!(tables(&Tree::sample(&files)).len(), 1);
        assert_eq!(
            tables(&Tree::sample(&[("rooms/case/migrations/0001_a.sql", "CREATE TABLE place (")])).len(),
            1
        );
    }
}
