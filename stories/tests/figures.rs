//! The figures: the indicators of urban management from cases that give exactly one city's published week, the cases behind a
//! number, the load to come with its reasons, the auditor's queries with an innocent twin each, and every query's index.
//!
//! The cases are rows, not deeds: 54,005 matters through the deeds take minutes on each engine and would show nothing more
//! about the page, which reads what stands in the tables whoever put it there. That deeds leave such rows is what the
//! other stories show.

use access::{Duty, Level, Place};
use base::{DAY_MS, HOUR_MS, Id, Millis, Zone};
use calamine::{Reader, Xlsx};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use figure::{Ask, Thresholds, area_of};
use jiff::civil::date;
use store::{Db, on};

use crate::gates::{place_and_number, stranger};
use crate::world::{Answer, START, World};

const COLUMNS: &str = "id, county_id, province_id, city_id, town_id, village_id, grid_id, number, stage, level, category_id, \
     channel, title, body, spot, holder_unit, holder_account, handler_unit, handler_account, back_unit, registered_by, \
     due_ms, created_ms, accepted_ms, closed_ms, version, is_public, metoo_count";

const CLOCK_COLUMNS: &str = "id, case_id, county_id, kind, round, unit_id, state, n, unit, source, start_ms, due_ms, \
     amber_ms, red_ms, ended_ms, paused_times, extended_times, told";

/// Runs statements outside of any deed.
pub async fn put(db: &Db, texts: Vec<String>) {
    db.keep_house(move |tx| {
        for text in &texts {
            on!(tx.conn, c => sql_query(text).execute(c))?;
        }
        Ok(())
    })
    .await
    .unwrap();
}

/// Where a matter of the town's desk lies, which unit has it, and of which category it is.
pub struct Here {
    pub place: Place,
    pub unit: i64,
    pub category: i64,
}

impl Here {
    pub async fn of(world: &World) -> Here {
        let case = crate::staff::taken(world, "小区物业三个月不清运垃圾").await;
        let (place, _) = place_and_number(world, &case).await;
        let id: Id<case::model::Case> = case.trim_start_matches("/cases/").parse().unwrap();
        let found = world.db.read(move |conn| case::store::case_by_id(conn, id)).await.unwrap().unwrap();
        Here { place, unit: found.handler.unit, category: found.category }
    }

    /// The columns of a case that are the same for all, around its own.
    pub fn item(
        &self,
        id: &str,
        number: &str,
        stage: &str,
        due: &str,
        created: &str,
        rest: [&str; 2],
    ) -> String {
        let (p, unit, category) = (&self.place, self.unit, self.category);
        let [accepted, closed] = rest;
        format!(
            "{id}, {}, {}, {}, {}, {}, 0, {number}, {stage}, 'town', {category}, 'counter', 'x', 'x', '', {unit}, 0, {unit}, \
             0, 0, 0, {due}, {created}, {accepted}, {closed}, 1, FALSE, 0",
            p.county, p.province, p.city, p.town, p.village
        )
    }

    /// One case.
    pub fn one(&self, id: i64, stage: &str, due: i64, created: i64, closed: Option<i64>) -> String {
        let number = format!("'T-{id}'");
        let closed = closed.map_or("NULL".to_owned(), |at| at.to_string());
        let (due, created) = (due.to_string(), created.to_string());
        let row =
            self.item(&id.to_string(), &number, &format!("'{stage}'"), &due, &created, [&created, &closed]);
        format!("INSERT INTO case_item ({COLUMNS}) VALUES ({row})")
    }

    /// Its clock of the answer, as its acts would have left it.
    pub fn clock(&self, id: i64, due: i64, created: i64, closed: Option<i64>) -> String {
        let state = match closed {
            Some(at) if at <= due => "met",
            Some(_) => "met_late",
            None => "running",
        };
        let ended = closed.map_or("NULL".to_owned(), |at| at.to_string());
        let (county, unit) = (self.place.county, self.unit);
        format!(
            "INSERT INTO case_clock ({CLOCK_COLUMNS}) VALUES ({id}, {id}, {county}, 'answer', 1, {unit}, '{state}', 15, 'd', \
             'x', {created}, {due}, {due}, {due}, {ended}, 0, 0, 0)"
        )
    }

    /// One answer.
    pub fn closure(&self, id: i64, case: i64, at: i64) -> String {
        let (county, unit) = (self.place.county, self.unit);
        format!(
            "INSERT INTO case_closure (id, case_id, county_id, at_ms, account, unit_id, ending, answer, same_as, referred_to, \
             answered_ms, in_time) VALUES ({id}, {case}, {county}, {at}, 7, {unit}, 'fixed', 'x', 0, '', {at}, TRUE)"
        )
    }

    /// One dispatch to the unit, answered after a while or not yet.
    pub fn dispatch(&self, id: i64, case: i64, at: i64, ended: Option<i64>) -> String {
        let (county, unit) = (self.place.county, self.unit);
        let (ended, by) = ended.map_or(("NULL".to_owned(), "NULL"), |at| (at.to_string(), "'verify'"));
        format!(
            "INSERT INTO case_dispatch (id, case_id, county_id, at_ms, from_unit, to_unit, to_account, account, suggested_unit, \
             route_rule, route_why, ended_ms, ended_by) \
             VALUES ({id}, {case}, {county}, {at}, 1, {unit}, 0, 7, {unit}, 0, '', {ended}, {by})"
        )
    }
}

/// The rows of a sheet below its heading.
pub fn rows_of(answer: &Answer) -> Vec<Vec<String>> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(answer.bytes.clone())).unwrap();
    let sheet = book.worksheet_range_at(0).unwrap().unwrap();
    sheet.rows().skip(4).map(|r| r.iter().map(ToString::to_string).collect()).collect()
}

/// One city's published week (2019-04-08 to 14), as rows of January: 51,571 brought, 342 of them never accepted, 1,229 due
/// later; 2,434 carried over from December.
fn published_week(here: &Here) -> Vec<String> {
    const FIRST: i64 = 7_000_000_000_000;
    let zone = Zone::default();
    let at = |day| zone.start_of(day).0 + 12 * HOUR_MS;
    let (created, carried) = (at(date(2026, 1, 5)), at(date(2025, 12, 20)));
    let (due, later) = (at(date(2026, 1, 15)), at(date(2026, 2, 15)));
    let item = here.item(
        &format!("{FIRST} + i"),
        "'J-' || CAST(i AS TEXT)",
        "CASE WHEN i <= 43523 THEN 'closed' WHEN i BETWEEN 51230 AND 51571 THEN 'received' ELSE 'handling' END",
        &format!("CASE WHEN i BETWEEN 50001 AND 51229 THEN {later} ELSE {due} END"),
        &format!("CASE WHEN i > 51571 THEN {carried} ELSE {created} END"),
        [
            &format!(
                "CASE WHEN i BETWEEN 51230 AND 51571 THEN NULL WHEN i > 51571 THEN {carried} ELSE {created} END"
            ),
            &format!(
                "CASE WHEN i <= 40394 THEN {due} - {HOUR_MS} WHEN i <= 43523 THEN {due} + {HOUR_MS} END"
            ),
        ],
    );
    let (county, unit) = (here.place.county, here.unit);
    let numbers = |n: i64| {
        format!(
            "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < {n})"
        )
    };
    let acts = |first: i64, n: i64, act: &str| {
        format!(
            "INSERT INTO case_act (id, case_id, county_id, at_ms, act, by_role, from_stage, to_stage, account, post, unit_id, \
             to_unit, to_account) {} SELECT {FIRST} + {first} + i, {FIRST} + {first} + i, {county}, {created} + {HOUR_MS}, '{act}', 'clerk', \
             'verifying', 'handling', 7, 7, {unit}, 0, 0 FROM n",
            numbers(n)
        )
    };
    // The clocks, by which they are counted: those from 1,001 on were given more time.
    let clocks = format!(
        "INSERT INTO case_clock ({CLOCK_COLUMNS}) {} SELECT {FIRST} + i, {FIRST} + i, {county}, 'answer', 1, {unit}, \
         CASE WHEN i <= 40394 THEN 'met' WHEN i <= 43523 THEN 'met_late' ELSE 'running' END, 15, 'd', 'x', \
         CASE WHEN i > 51571 THEN {carried} ELSE {created} END, \
         CASE WHEN i BETWEEN 50001 AND 51229 THEN {later} ELSE {due} END, {due}, {due}, \
         CASE WHEN i <= 40394 THEN {due} - {HOUR_MS} WHEN i <= 43523 THEN {due} + {HOUR_MS} END, 0, \
         CASE WHEN i BETWEEN 1001 AND 1104 THEN 1 ELSE 0 END, 0 FROM n",
        numbers(54_005)
    );
    vec![
        format!("INSERT INTO case_item ({COLUMNS}) {} SELECT {item} FROM n", numbers(54_005)),
        format!(
            "INSERT INTO case_dispatch (id, case_id, county_id, at_ms, from_unit, to_unit, to_account, account, \
             suggested_unit, route_rule, route_why) {} SELECT {FIRST} + i, {FIRST} + i, {county}, {created}, 1, {unit}, 0, 7, \
             {unit}, 0, '' FROM n",
            numbers(49_151)
        ),
        acts(0, 276, "reject"),
        clocks,
    ]
}

#[tokio::test]
async fn the_indicators_are_those_of_the_published_week_each_with_what_it_divides() {
    for world in World::all() {
        let here = Here::of(&world).await;
        put(&world.db, published_week(&here)).await;
        let mut leader = world.member("leader").await;
        let page = leader.get("/figure?month=2026-01").await.ok().words();
        for shown in [
            "立案率 99.34% 51229 立案 51571 受理",
            "派遣率 95.94% 49151 派遣 51229 立案",
            "结案率 83.01% 43523 结案 52434 应结案",
            "按期结案率 77.04% 40394 按期结案 52434 应结案",
            "返工率 0.53% 276 返工 52434 应结案",
            "延期率 0.20% 104 延期 52434 应结案",
            "四舍五入",
        ] {
            assert!(page.contains(shown), "{}: {shown} in {}", world.engine, &page[..page.len().min(2_000)]);
        }
        // Every number opens exactly its rows.
        for (count, n) in [("extended", 104), ("rework", 276)] {
            let sheet =
                leader.get(&format!("/figure/cases/sheet.xlsx?month=2026-01&count={count}")).await.ok();
            assert_eq!(rows_of(&sheet).len(), n, "{count}");
        }
        let rows = leader.get("/figure/cases?month=2026-01&count=missed").await.ok();
        assert!(rows.words().contains("J-40395") && !rows.words().contains("J-40394 "), "{}", rows.words());
        let month = rows_of(&leader.get("/figure/sheet.xlsx?month=2026-01").await.ok());
        assert!(
            month
                .iter()
                .any(|r| r[1] == "按期结案率" && r[2] == "40394" && r[3] == "52434" && r[4] == "77.04"),
            "{month:?}"
        );
        // Another month, or another place, has none of it.
        let other = leader.get("/figure?month=2025-06").await.ok().words();
        assert!(other.contains("立案率 — 0 立案 0 受理"), "{other}");
        let county = Place { county: here.place.county + 1, town: 0, village: 0, grid: 0, ..here.place };
        let mut far = stranger(&world, "farleader", &[Duty::Lead], county).await;
        let page = far.get("/figure?month=2026-01").await.ok().words();
        assert!(page.contains("立案率 — 0 立案 0 受理"), "{page}");
        // A wider place in the address widens nothing.
        let county = Id::<territory::Division>::of(here.place.county);
        let page = far.get(&format!("/figure?month=2026-01&county={county}")).await.ok().words();
        assert!(page.contains("立案率 — 0 立案 0 受理"), "{page}");
    }
}

#[tokio::test]
async fn a_case_is_told_to_be_likely_late_with_the_reason() {
    for world in World::all() {
        let here = Here::of(&world).await;
        let now = START.0;
        let mut rows = Vec::new();
        for n in 1..=20 {
            let sent = now - (10 + 2 * n) * DAY_MS;
            rows.push(here.one(n, "closed", sent + 30 * DAY_MS, sent, Some(sent + 6 * DAY_MS)));
            rows.push(here.dispatch(n, n, sent, Some(sent + 6 * DAY_MS)));
        }
        // Four days gone and one left: such cases need six. And one that has all the time.
        rows.push(here.one(31, "handling", now + DAY_MS + HOUR_MS, now - 4 * DAY_MS, None));
        rows.push(here.dispatch(31, 31, now - 4 * DAY_MS, None));
        rows.push(here.clock(31, now + DAY_MS + HOUR_MS, now - 4 * DAY_MS, None));
        rows.push(here.one(32, "handling", now + 9 * DAY_MS, now - 4 * DAY_MS, None));
        rows.push(here.dispatch(32, 32, now - 4 * DAY_MS, None));
        rows.push(here.clock(32, now + 9 * DAY_MS, now - 4 * DAY_MS, None));
        put(&world.db, rows).await;
        let mut leader = world.member("leader").await;
        let page = leader.get("/figure/forecast").await.ok().words();
        assert!(page.contains("同类件这个单位 80% 需要 6 天；这件已用 4 天，只剩 1 天"), "{page}");
        assert!(page.contains("答复时限：同类件") && page.contains("这个单位手上现有 3 件"), "{page}");
        assert!(page.contains("T-31") && !page.contains("T-32"), "{page}");
        assert!(page.contains("回测：") && page.contains("只看单位，不看个人"), "{page}");
    }
}

#[tokio::test]
async fn bent_clocks_are_for_the_auditor_of_the_place_and_nobody_else() {
    for world in World::all() {
        let case = crate::staff::taken(&world, "小区物业三个月不清运垃圾").await;
        let (place, number) = place_and_number(&world, &case).await;
        let acts = format!("/figure/acts/{}", case.trim_start_matches("/cases/"));
        let mut auditor = world.member("auditor").await;
        let page = auditor.get(&acts).await.ok().words();
        assert!(page.contains(&number) && page.contains("接单") && !page.contains("周女士"), "{page}");
        // An auditor of another county is told that there is nothing.
        let county = Place { county: place.county + 1, town: 0, village: 0, grid: 0, ..place };
        let mut far = stranger(&world, "faraudit", &[Duty::Audit], county).await;
        far.get(&acts).await.is(404);
        // Casework and oversight stay apart.
        for name in ["clerk", "leader", "admin", "outsider"] {
            let mut browser = world.member(name).await;
            browser.get("/figure/irregular").await.is(403);
            browser.get(&acts).await.is(403);
        }
        auditor.get("/figure").await.is(403);
        auditor.get("/figure/irregular/nonsense").await.is(404);
    }
}

#[derive(QueryableByName)]
struct Plan {
    #[diesel(sql_type = sql_types::Text)]
    detail: String,
}

/// How the engine would find the rows.
pub fn plan(conn: &mut store::Conn, engine: &str, text: &str) -> Vec<String> {
    let rows: Vec<Plan> = if engine == "sqlite" {
        on!(conn, c => sql_query(format!("EXPLAIN QUERY PLAN {text}")).load(c)).unwrap()
    } else {
        let ask = "SELECT plan AS detail FROM plan_of($1) AS plan";
        on!(conn, c => sql_query(ask).bind::<sql_types::Text, _>(text).load(c)).unwrap()
    };
    rows.into_iter().map(|r| r.detail).collect()
}

/// Teaches the server to give a plan as rows.
pub async fn prepare_plans(world: &World) {
    const PLAN_OF: &str = "CREATE FUNCTION plan_of(question TEXT) RETURNS SETOF TEXT AS $$ \
         BEGIN SET LOCAL enable_seqscan = off; RETURN QUERY EXECUTE 'EXPLAIN ' || question; END $$ LANGUAGE plpgsql";
    if world.engine != "sqlite" {
        put(&world.db, vec![PLAN_OF.to_owned()]).await;
    }
}

#[tokio::test]
async fn every_question_of_the_figures_finds_an_index() {
    for world in World::all() {
        let here = Here::of(&world).await;
        prepare_plans(&world).await;
        let rules = Thresholds::read(include_str!("../../packs/wuwei/figure.toml")).unwrap();
        let (engine, unit, place) = (world.engine, here.unit, here.place);
        let asked = world
            .db
            .keep_house(move |tx| {
                let atlas = territory::load_atlas(tx.conn)?;
                let mut asked = 0;
                let whole = |line: &String| {
                    line.trim_start().starts_with("SCAN case_") || line.contains("Seq Scan on case_")
                };
                // The control: a question that no index answers is seen.
                let control = plan(tx.conn, engine, "SELECT id FROM pub_case_act WHERE to_unit = 5");
                assert!(control.iter().any(whole), "{control:?}");
                for (level, id) in [
                    (Level::Country, 0),
                    (Level::Province, place.province),
                    (Level::City, place.city),
                    (Level::County, place.county),
                    (Level::Town, place.town),
                    (Level::Village, place.village),
                ] {
                    let ask = Ask {
                        scope: vec![area_of(&atlas, level, id)],
                        place: None,
                        from: Millis(START.0 - 30 * DAY_MS),
                        to: START,
                        now: START,
                        unit: 0,
                        categories: Vec::new(),
                        level: None,
                        clock: None,
                        state: None,
                    };
                    for (name, text) in figure::questions(&ask, &rules, &[unit, 5]) {
                        let plan = plan(tx.conn, engine, &text);
                        assert!(
                            !plan.iter().any(whole),
                            "{engine} {level:?} {name} reads a whole table:\n{text}\n{}",
                            plan.join("\n")
                        );
                        asked += 1;
                    }
                }
                Ok(asked)
            })
            .await
            .unwrap();
        assert!(asked > 400, "{asked}");
    }
}

/// An empty database in the place of a copy: the page must come from it while it is fresh, and say so.
#[tokio::test]
async fn figures_from_a_copy_say_as_of_when_and_a_stale_copy_is_passed_over() {
    let copies = tokio::task::spawn_blocking(|| {
        store::testing::databases(&linli::house::migrations()[store::KERNEL_MIGRATIONS.len()..]).unwrap()
    });
    for (world, copy) in World::all().into_iter().zip(copies.await.unwrap()) {
        let mut leader = world.member("leader").await;
        let says = |page: &str| page.contains("读自数据库的只读副本");
        assert!(!says(&leader.get("/figure").await.ok().text()));
        world.db.overlook_at(&copy.url, 1).unwrap();
        let beat = |at: base::Millis| {
            copy.db.keep_house(move |tx| {
                let set = format!("UPDATE store_beat SET at_ms = {}", at.0);
                store::on!(tx.conn, c => diesel::RunQueryDsl::execute(diesel::sql_query(set), c))?;
                Ok(())
            })
        };
        let now = base::Clock::now(&*world.clock);
        beat(now.plus(-3_000)).await.unwrap();
        let page = leader.get("/figure").await.ok().text();
        assert!(says(&page) && page.contains("截至 2026"), "{page}");
        assert!(says(&leader.get("/figure/forecast").await.ok().text()));
        beat(now.plus(-store::MOST_BEHIND_MS - 1)).await.unwrap();
        assert!(!says(&leader.get("/figure").await.ok().text()), "too far behind");
    }
}
