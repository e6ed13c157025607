//! What every process keeps in memory (内存中的目录): a commit that writes one of its tables tells the other processes, or they
//! would go on by what they had read. The list of tables is held against what is read, and every request of every story
//! against the list.

use std::{collections::BTreeSet, sync::Arc};

use crate::world::World;

/// The tables that are read into memory: places, calendars, units, categories, rules.
const KEPT: &[&str] = &[
    "access_unit",
    "calendar_table",
    "case_category",
    "case_pack",
    "case_route_publication",
    "case_route_rule",
    "territory_code",
    "territory_division",
    "territory_edition",
    "territory_former",
    "territory_grid",
    "territory_successor",
];

/// The table that a statement writes.
fn written(statement: &str) -> Option<&str> {
    let rest = ["INSERT INTO ", "UPDATE ", "DELETE FROM ", "DELETE  FROM "]
        .into_iter()
        .find_map(|verb| statement.strip_prefix(verb))?;
    rest.split([' ', '(']).map(|word| word.trim_matches(['"', '`'])).next()
}

/// Holds what a request wrote against the list.
pub fn seen(method: &str, path: &str, status: http::StatusCode, statements: &[String]) {
    // What was refused was taken back.
    if status.is_client_error() || status.is_server_error() {
        return;
    }
    let tables: BTreeSet<&str> = statements.iter().filter_map(|s| written(s)).collect();
    let kept: Vec<&&str> = tables.iter().filter(|t| KEPT.contains(t)).collect();
    assert!(
        kept.is_empty() || tables.contains("store_edition"),
        "{method} {path} writes {kept:?}, which every process keeps in memory, and its fact stands in no room's `stirs`"
    );
}

#[tokio::test]
async fn what_is_kept_in_memory_is_read_from_the_tables_of_the_list() {
    for world in World::all() {
        let db = world.db.clone();
        let schema = db.read(store::schema_dump).await.unwrap();
        let tables: BTreeSet<&str> = schema.lines().filter(|l| !l.starts_with(' ')).collect();
        world.asked();
        tokio::task::spawn_blocking(move || {
            let atlas = Arc::new(territory::LiveAtlas::open(&db).unwrap());
            case::store::Desk::open(&db, atlas, base::Zone::default()).map(drop).unwrap();
        })
        .await
        .unwrap();
        let asked = world.asked();
        let words = asked.iter().flat_map(|s| s.split(|c: char| !c.is_ascii_lowercase() && c != '_'));
        let read: BTreeSet<&str> = words.filter(|word| tables.contains(word)).collect();
        assert_eq!(read.into_iter().collect::<Vec<_>>(), KEPT, "{}", world.engine);
    }
}

/// The control: a write is seen whichever way it is spelt.
#[test]
fn a_write_is_seen_in_the_statement() {
    for (statement, table) in [
        ("INSERT INTO \"case_pack\" (\"id\") VALUES ($1)", Some("case_pack")),
        ("INSERT INTO `case_pack` (`id`) VALUES (?)", Some("case_pack")),
        ("UPDATE \"access_unit\" SET \"until_ms\" = $1", Some("access_unit")),
        ("DELETE  FROM `territory_grid` WHERE 1", Some("territory_grid")),
        ("SELECT 1", None),
    ] {
        assert_eq!(written(statement), table);
    }
}
