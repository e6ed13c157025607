//! Whether every statement of the common requests names one county (按县区定位): what an engine spread over machines by county
//! must know to ask one machine only. Shown from plans and not from texts: in a copy of the schema the tables of
//! `linli::distribution` are split into partitions by county, each statement is planned there without its values, and
//! one that names its county is seen to leave all partitions but one out, whichever county it will be.
//!
//! What does not is the committed list, which gets no longer: a statement that is written anew may take the place of an old
//! one.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::Path,
};

use diesel::{QueryableByName, RunQueryDsl, connection::SimpleConnection, sql_query, sql_types};
use linli::{
    distribution::{COUNTY, Placement, placed},
    house,
};
use store::{Conn, on};

use crate::{statements::walk, world::World};

/// Into how many parts each table is split.
const PARTS: usize = 4;
/// The committed list.
const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/generated/fanout.md");

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = sql_types::Text)]
    line: String,
}

fn lines(conn: &mut Conn, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = on!(conn, c => sql_query(sql).load(c)).unwrap();
    rows.into_iter().map(|r| r.line).collect()
}

fn run(conn: &mut Conn, sql: &str) -> Result<(), String> {
    on!(conn, c => c.batch_execute(sql)).map_err(|e| e.to_string())
}

/// Splits the tables of casework by county and makes the views over them anew.
fn split(conn: &mut Conn) {
    let views = "SELECT format('CREATE VIEW %I AS %s', relname, pg_get_viewdef(oid)) AS line FROM pg_class \
        WHERE relkind = 'v' AND relnamespace = current_schema()::regnamespace ORDER BY oid";
    let views = lines(conn, views);
    for name in lines(conn, "SELECT viewname::text AS line FROM pg_views WHERE schemaname = current_schema()")
    {
        run(conn, &format!("DROP VIEW IF EXISTS {name} CASCADE")).unwrap();
    }
    for table in placed(Placement::County) {
        run(
            conn,
            &format!(
                "ALTER TABLE {table} RENAME TO whole; \
             CREATE TABLE {table} (LIKE whole INCLUDING DEFAULTS) PARTITION BY HASH ({COUNTY}); \
             DROP TABLE whole CASCADE"
            ),
        )
        .unwrap();
        for n in 0..PARTS {
            run(conn, &format!(
                "CREATE TABLE {table}_part{n} PARTITION OF {table} FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {n})"
            ))
            .unwrap();
        }
    }
    views.iter().for_each(|view| run(conn, view).unwrap());
    run(conn, "SET plan_cache_mode = force_generic_plan").unwrap();
}

/// The split tables of which a statement looks at more than one part, or why it cannot be planned.
fn fans_out(conn: &mut Conn, statement: &str) -> Result<BTreeSet<String>, String> {
    run(conn, "DEALLOCATE ALL")?;
    run(conn, &format!("PREPARE s AS {statement}"))?;
    let kinds = "SELECT t::text AS line FROM pg_prepared_statements, unnest(parameter_types) WITH ORDINALITY AS u (t, n) \
        WHERE name = 's' ORDER BY n";
    // A list may hold many counties, and it is planned with many.
    let value = |kind: &String| if kind == "bigint[]" { "'{1,2,3,4,5,6,7,8,9,10,11,12}'" } else { "NULL" };
    let values: Vec<&str> = lines(conn, kinds).iter().map(value).collect();
    let call = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
    let mut parts: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in plan(conn, &format!("EXPLAIN (COSTS OFF) EXECUTE s{call}"))? {
        // The parts that a change might touch are named whatever it asks for; those that it looks through tell.
        if ["Update on", "Delete on"].iter().any(|head| line.trim_start().starts_with(head)) {
            continue;
        }
        for word in line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let Some((table, part)) = word.rsplit_once("_part") else { continue };
            // An alias has a number behind: case_item_part2_1.
            let part = part.split('_').next().unwrap_or_default();
            if line.contains(" on ") && part.parse::<usize>().is_ok() {
                parts.entry(table.to_owned()).or_default().insert(part.to_owned());
            }
        }
    }
    Ok(parts.into_iter().filter(|(_, seen)| seen.len() > 1).map(|(table, _)| table).collect())
}

fn plan(conn: &mut Conn, sql: &str) -> Result<Vec<String>, String> {
    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = sql_types::Text, column_name = "QUERY PLAN")]
        line: String,
    }
    let rows: Vec<Step> = on!(conn, c => sql_query(sql).load(c)).map_err(|e| e.to_string())?;
    Ok(rows.into_iter().map(|r| r.line).collect())
}

/// A statement as the list shows it: what it does to which tables, and by what.
fn shown(statement: &str) -> String {
    let text = statement.replace('"', "").replace('|', "/");
    let (verb, rest) = text.split_once(' ').unwrap_or((&text, ""));
    let kept = match verb {
        "SELECT" => rest.split_once(" FROM ").map_or(rest, |(_, from)| from),
        _ => rest,
    };
    let kept = kept.split(" VALUES ").next().unwrap_or_default();
    // The numbers of this run's records say nothing.
    let words = kept.split_whitespace().map(|word| {
        let is_number = |w: &str| w.len() > 4 && w.bytes().all(|b| b.is_ascii_digit());
        let bare = word.trim_end_matches([')', ',']);
        if is_number(bare) { word.replacen(bare, "…", 1) } else { word.to_owned() }
    });
    let mut out: String = words.collect::<Vec<_>>().join(" ").chars().take(180).collect();
    if out.len() < kept.len() {
        out.push('…');
    }
    format!("{verb} {out}")
}

/// Statements of the walk by how they are shown, with one text each and the requests that send them.
async fn asked(world: &World) -> BTreeMap<String, (String, BTreeSet<String>)> {
    let mut all: BTreeMap<String, (String, BTreeSet<String>)> = BTreeMap::new();
    for (request, statements, _) in walk(world).await {
        for statement in statements {
            if ["SELECT", "INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.starts_with(verb)) {
                let entry = all.entry(shown(&statement)).or_insert_with(|| (statement, BTreeSet::new()));
                entry.1.insert(request.clone());
            }
        }
    }
    all
}

#[tokio::test]
async fn what_does_not_name_its_county_is_the_committed_list_which_gets_no_longer() {
    let Ok(server) = std::env::var("LINLI_TEST_POSTGRES") else { return };
    let worlds = World::all();
    let world = worlds.iter().find(|w| w.engine == "postgres").unwrap();
    let all = asked(world).await;
    let now = tokio::task::spawn_blocking(move || {
        let t = store::testing::postgres(&server, &house::migrations()[store::KERNEL_MIGRATIONS.len()..])
            .unwrap();
        std::thread::spawn(move || {
            let mut conn = store::open(&t.url, false).unwrap();
            split(&mut conn);
            the_control_holds(&mut conn);
            listed(&mut conn, &all)
        })
        .join()
        .unwrap()
    })
    .await
    .unwrap();
    let committed = fs::read_to_string(LIST).unwrap_or_default();
    let rows = |text: &str| -> BTreeSet<String> {
        text.lines()
            .filter_map(|l| l.strip_prefix("| `")?.split_once('`').map(|(s, _)| s.to_owned()))
            .collect()
    };
    let new: Vec<String> = rows(&now).difference(&rows(&committed)).cloned().collect();
    let (many, most) = (rows(&now).len(), rows(&committed).len());
    assert!(
        many <= most || most == 0,
        "{many} statements do not name their county, {most} were known; new: {new:#?}"
    );
    if std::env::var("LINLI_ACCEPT").is_ok() {
        fs::write(Path::new(LIST), &now).unwrap();
        return;
    }
    assert_eq!(
        rows(&committed),
        rows(&now),
        "the list is no longer than it was: run the stories with LINLI_ACCEPT=1"
    );
}

/// A statement that names a county and one that does not are told apart, and so are two counties from one.
fn the_control_holds(conn: &mut Conn) {
    let seen = |conn: &mut Conn, sql: &str| fans_out(conn, sql).unwrap().len();
    assert_eq!(seen(conn, "SELECT id FROM case_item WHERE county_id = $1 AND id = $2"), 0);
    assert_eq!(seen(conn, "SELECT id FROM case_item WHERE id = $1"), 1);
    assert_eq!(seen(conn, "SELECT id FROM case_item WHERE county_id = ANY($1)"), 1);
    assert_eq!(seen(conn, "UPDATE case_item SET version = $1 WHERE id = $2"), 1);
    assert_eq!(seen(conn, "UPDATE case_item SET version = $1 WHERE county_id = $2 AND id = $3"), 0);
    assert_eq!(
        seen(conn, "SELECT a.id FROM case_act a JOIN case_item i ON i.id = a.case_id WHERE a.county_id = $1"),
        1
    );
}

fn listed(conn: &mut Conn, all: &BTreeMap<String, (String, BTreeSet<String>)>) -> String {
    let split: Vec<&str> = placed(Placement::County).collect();
    let on_split =
        |text: &str| split.iter().any(|t| text.contains(&format!("\"{t}\""))) || text.contains("pub_case_");
    let (mut rows, mut named, mut planned) = (String::new(), 0, 0);
    for (shown, (statement, requests)) in all.iter().filter(|(_, (statement, _))| on_split(statement)) {
        planned += 1;
        let tables = match fans_out(conn, statement) {
            Ok(tables) if tables.is_empty() => {
                named += 1;
                continue;
            }
            Ok(tables) => tables.into_iter().collect::<Vec<_>>().join(", "),
            // ON CONFLICT by a key without the county.
            Err(error) if error.contains("ON CONFLICT") => "a key without the county".to_owned(),
            Err(error) => panic!("{error}: {statement}"),
        };
        let requests: Vec<&str> = requests.iter().map(String::as_str).collect();
        writeln!(rows, "| `{shown}` | {tables} | {} |", requests.join("; ")).unwrap();
    }
    assert!(planned > 40, "only {planned} statements were planned");
    format!(
        "# Statements that do not name one county (跨县区语句)\n\nOf {planned} statements that the walk of `statements.md` sends to tables \
         which are split by county (`app/src/distribution.rs`), {named} name one county and {} do not; those would be sent to every \
         machine. Read from plans over a schema in partitions (`stories/tests/fanout.rs`). A run with more \
         of them fails; one with fewer, or with others, takes its list with `LINLI_ACCEPT=1`.\n\n| statement | looks everywhere in | requests |\n|---|---|---|\n{rows}",
        planned - named
    )
}
