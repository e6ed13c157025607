//! The figures: the indicators of urban management from cases that give exactly one city's published week, the cases behind a
//! number, the load to come with its reasons, the auditor's queries with an innocent twin each, and every query's index.
//!
//! The cases are rows, not deeds: 54,005 matters through the deeds take minutes on each engine and would show nothing more
//! about the page, which reads what stands in the tables whoever put it there. That deeds leave such rows is what the
//! other stories show.

use access::{Duty, Level, Place};
use base::{DAY_MS, HOUR_MS, Id, MINUTE_MS, Millis, Zone};
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

    /// One act of a case.
    pub fn act(&self, id: i64, case: i64, at: i64, act: &str, (by, from): (&str, &str), unit: i64) -> String {
        let county = self.place.county;
        format!(
            "INSERT INTO case_act (id, case_id, county_id, at_ms, act, by_role, from_stage, to_stage, account, post, unit_id, \
             to_unit, to_account) VALUES ({id}, {case}, {county}, {at}, '{act}', '{by}', '{from}', '{from}', 7, 7, {unit}, 0, 0)"
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
             to_unit, to_account) {} SELECT {FIRST} + {first} + i, {FIRST} + {first} + i, {county}, {due}, '{act}', 'clerk', \
             'verifying', 'handling', 7, 7, {unit}, 0, 0 FROM n",
            numbers(n)
        )
    };
    vec![
        format!("INSERT INTO case_item ({COLUMNS}) {} SELECT {item} FROM n", numbers(54_005)),
        format!(
            "INSERT INTO case_dispatch (id, case_id, county_id, at_ms, from_unit, to_unit, to_account, account, \
             suggested_unit, route_rule, route_why) {} SELECT {FIRST} + i, {FIRST} + i, {county}, {created}, 1, {unit}, 0, 7, \
             {unit}, 0, '' FROM n",
            numbers(49_151)
        ),
        acts(0, 276, "reject"),
        acts(1_000, 104, "extend"),
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
        rows.push(here.one(32, "handling", now + 9 * DAY_MS, now - 4 * DAY_MS, None));
        rows.push(here.dispatch(32, 32, now - 4 * DAY_MS, None));
        put(&world.db, rows).await;
        let mut leader = world.member("leader").await;
        let page = leader.get("/figure/forecast").await.ok().words();
        assert!(page.contains("同类件这个单位 80% 需要 6 天；这件已用 4 天，只剩 1 天"), "{page}");
        assert!(page.contains("T-31") && !page.contains("T-32"), "{page}");
        assert!(page.contains("回测：") && page.contains("只看单位，不看个人"), "{page}");
    }
}

/// Cases with something bent, and one beside each that looks alike and is not.
fn planted(here: &Here) -> Vec<String> {
    let day = |d| Zone::default().start_of(date(2026, 2, d)).0 + 10 * HOUR_MS;
    let (later, clerk) = (day(28), "clerk");
    let mut rows: Vec<String> = (1..=12).map(|n| here.one(n, "handling", later, day(1), None)).collect();
    rows.extend([
        // 1: answered on the third, contested on the fifth. 2: reopened fifty days after.
        here.closure(1, 1, day(3)),
        here.act(1, 1, day(5), "contest", ("sender", "closed"), 0),
        here.closure(2, 2, day(3) - 48 * DAY_MS),
        here.act(2, 2, day(5), "reopen", (clerk, "confirmed"), here.unit),
        // 3: a due time moved by hand. 4: by a published calendar.
        here.act(3, 3, day(5), "retime", (clerk, "handling"), here.unit),
        here.act(4, 4, day(5), "retime", ("system", "handling"), 0),
        // 5: another category five days later. 6: within the hour.
        here.act(5, 5, day(6), "recategorise", (clerk, "handling"), here.unit),
        here.act(6, 6, day(1) + HOUR_MS, "recategorise", (clerk, "received"), here.unit),
        // 9: stopped three times. 10: twice.
        here.act(91, 9, day(5), "pause", ("handler", "handling"), here.unit),
        here.act(92, 9, day(7), "pause", ("handler", "handling"), here.unit),
        here.act(93, 9, day(9), "pause", ("handler", "handling"), here.unit),
        here.act(94, 10, day(5), "pause", ("handler", "handling"), here.unit),
        here.act(95, 10, day(7), "pause", ("handler", "handling"), here.unit),
        // 21: closed ten minutes before. 22: two hours before.
        here.one(21, "closed", day(20), day(1), Some(day(20) - 10 * MINUTE_MS)),
        here.closure(21, 21, day(20) - 10 * MINUTE_MS),
        here.one(22, "closed", day(20), day(1), Some(day(20) - 2 * HOUR_MS)),
        here.closure(22, 22, day(20) - 2 * HOUR_MS),
    ]);
    // 101 to 120: twenty in hand sent on within forty minutes. 201 to 220: twenty first dispatches of a morning.
    for n in 0..20 {
        rows.push(here.one(101 + n, "dispatched", later, day(1), None));
        rows.push(here.act(
            101 + n,
            101 + n,
            day(12) + 2 * n * MINUTE_MS,
            "dispatch",
            (clerk, "handling"),
            77,
        ));
        rows.push(here.one(201 + n, "dispatched", later, day(1), None));
        rows.push(here.act(
            201 + n,
            201 + n,
            day(12) + 2 * n * MINUTE_MS,
            "dispatch",
            (clerk, "accepted"),
            78,
        ));
    }
    rows
}

#[tokio::test]
async fn each_query_of_the_auditor_finds_what_is_bent_and_not_its_innocent_twin() {
    for world in World::all() {
        let here = Here::of(&world).await;
        put(&world.db, planted(&here)).await;
        let mut auditor = world.member("auditor").await;
        let page = auditor.get("/figure/irregular?month=2026-02").await.ok().words();
        for shown in
            ["办结后又重办 1 ", "人工改期 1 ", "改分类 1 ", "成批改派 20 ", "到期前才办结 1 ", "中止过多 3 "]
        {
            assert!(page.contains(shown), "{}: {shown} in {page}", world.engine);
        }
        for (code, found, twin) in [
            ("reopened", "T-1 ", "T-2 "),
            ("retimed", "T-3 ", "T-4 "),
            ("recategorised", "T-5 ", "T-6 "),
            ("reassigned", "T-101 ", "T-201 "),
            ("last_minute", "T-21 ", "T-22 "),
            ("paused", "T-9 ", "T-10 "),
        ] {
            let rows = auditor.get(&format!("/figure/irregular/{code}?month=2026-02")).await.ok().words();
            assert!(rows.contains(found) && !rows.contains(twin), "{} {code}: {rows}", world.engine);
            let sheet = auditor.get(&format!("/figure/irregular/{code}/sheet.xlsx?month=2026-02")).await.ok();
            let rows = rows_of(&sheet);
            assert!(rows.iter().any(|r| format!("{} ", r[0]) == found), "{code}: {rows:?}");
            assert!(rows.iter().all(|r| format!("{} ", r[0]) != twin), "{code}: {rows:?}");
            // Another month has nothing of it.
            let rows = auditor.get(&format!("/figure/irregular/{code}?month=2025-02")).await.ok().words();
            assert!(!rows.contains("T-"), "{rows}");
        }
        // A number opens the acts, without names and words.
        let acts = format!("/figure/acts/{}", Id::<()>::of(9));
        let page = auditor.get(&acts).await.ok().words();
        assert!(page.contains("T-9") && page.contains("2026-02-09"), "{page}");
        // An auditor of another county is told that there is nothing.
        let county = Place { county: here.place.county + 1, town: 0, village: 0, grid: 0, ..here.place };
        let mut far = stranger(&world, "faraudit", &[Duty::Audit], county).await;
        far.get(&acts).await.is(404);
        let page = far.get("/figure/irregular/paused?month=2026-02").await.ok().words();
        assert!(!page.contains("T-9"), "{page}");
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
