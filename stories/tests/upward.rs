//! Upwards: installations that know of each other only what they send over HTTP. Three counties under a city under a province, one
//! of them offline for a day; an answer that is lost; a correction; and what is replayed, forged, changed or off the clock.

mod cable;

use access::{Duty, Place};
use base::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, Zone};
use base64::{Engine, prelude::BASE64_STANDARD};
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use jiff::civil::{Date, date};
use store::on;
use upward::{Link, Messenger, Report, Said, current_link, digest, encode, signed_text};

use self::cable::Cable;
use crate::figures::{Here, put, rows_of};
use crate::gates::stranger;
use crate::world::{Answer, Browser, START, World};

/// Counties that the small city has not, each with a village.
const DIVISIONS: &str = "code,name,parent,level,gb2260\n\
    620000000000,甘肃省,,province,620000\n\
    620600000000,武威市,620000000000,city,620600\n\
    620621000000,民勤县,620600000000,county,620621\n\
    620621100000,三雷镇,620621000000,town,\n\
    620621100001,中陶村,620621100000,village,\n\
    620622000000,古浪县,620600000000,county,620622\n\
    620622100000,古浪镇,620622000000,town,\n\
    620622100001,小桥村,620622100000,village,\n\
    620623000000,天祝藏族自治县,620600000000,county,620623\n\
    620623100000,华藏寺镇,620623000000,town,\n\
    620623100001,红大村,620623100000,village,\n";
const COUNTIES: [&str; 3] = ["620621000000", "620622000000", "620623000000"];
const NAMES: [&str; 3] = ["民勤县", "古浪县", "天祝藏族自治县"];
const CITY: &str = "620600000000";
/// The first day that is reported: the day before the stories begin.
const FIRST: Date = date(2026, 3, 1);
const FIRST_TEXT: &str = "2026-03-01";

/// An installation with what sends for it.
struct Station {
    world: World,
    messenger: Messenger,
    admin: Browser,
}

impl Station {
    async fn of(world: World) -> Self {
        let (messenger, admin) = (Messenger::new(world.db.clone()), world.member("admin").await);
        Self { world, messenger, admin }
    }

    /// Lets time pass, runs the timers, and sends until nothing more goes.
    async fn pass(&self, ms: i64) {
        self.world.pass(ms).await;
        self.send().await;
    }

    async fn send(&self) -> usize {
        let mut all = 0;
        loop {
            match self.messenger.run_due().await.unwrap() {
                0 => return all,
                n => all += n,
            }
        }
    }

    /// How many reports wait, are acknowledged, are refused.
    async fn told(&self) -> [i64; 3] {
        let read = self.world.db.read(|conn| {
            let link = current_link(conn)?.unwrap();
            upward::told(conn, link.id)
        });
        read.await.unwrap().0
    }

    async fn link(&self) -> Link {
        self.world.db.read(current_link).await.unwrap().unwrap()
    }

    /// Serves over TCP at a free address.
    async fn serve(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let router = self.world.router.clone();
        let never = std::future::pending::<()>();
        tokio::spawn(web::serve(listener, router, web::Connections::default(), never));
        address
    }
}

/// What stands between two marks.
fn between(text: &str, begin: &str, end: &str) -> String {
    let (_, rest) = text.split_once(begin).unwrap_or_else(|| panic!("no {begin} in {text}"));
    rest.split_once(end).unwrap().0.to_owned()
}

/// The lower end's administrator makes a link; the public key of its page.
async fn make_link(lower: &mut Station, address: &str, name: &str, code: &str) -> String {
    lower.admin.get("/upward/link").await.ok();
    let typed = [
        ("address", address),
        ("name", name),
        ("codes", code),
        ("cadence", "daily"),
        ("first_day", FIRST_TEXT),
    ];
    assert_eq!(lower.admin.send("/upward/link", &typed).await.onward(), "/upward/link");
    let page = lower.admin.get("/upward/link").await.ok().text();
    between(&page, "<dd><code>", "</code>")
}

/// The upper end's administrator registers the key; the code that is shown.
async fn register(upper: &mut Station, name: &str, code: &str, key: &str) -> String {
    upper.admin.get("/upward/registration").await.ok();
    let typed = [("name", name), ("codes", code), ("key", key), ("first_day", FIRST_TEXT)];
    let page = upper.admin.send("/upward/installations", &typed).await.ok().text();
    between(&page, "<p class=\"number\">", "</p>")
}

async fn type_code(lower: &mut Station, code: &str) {
    lower.admin.get("/upward/link").await.ok();
    lower.admin.send("/upward/link/code", &[("code", code)]).await.onward();
    assert_eq!(lower.send().await, 1, "the code was taken");
}

/// Links two installations, as their administrators do, and sends the first report.
async fn join(lower: &mut Station, upper: &mut Station, address: &str, name: &str, code: &str) {
    let key = make_link(lower, address, name, code).await;
    let one_time = register(upper, name, code, &key).await;
    type_code(lower, &one_time).await;
    lower.pass(0).await;
}

/// Where a county's matters lie.
async fn here(world: &World, code: &'static str, category: &'static str) -> Here {
    let read = world.db.read(move |conn| {
        let atlas = territory::load_atlas(conn)?;
        let village = atlas.by_code("nbs12", &format!("{}100001", &code[..6])).first().unwrap().id;
        let place: Place = access::place_of(&atlas.lineage(village), None);
        Ok(place)
    });
    let place = read.await.unwrap();
    let category =
        number(world, format!("SELECT id AS n FROM case_category WHERE code = '{category}'")).await;
    Here { place, unit: 1, category }
}

/// The instant of an hour of a day.
fn at(day: Date, hour: i8) -> i64 {
    Zone::default().instant(day.at(hour, 0, 0, 0)).0
}

/// Matters of a county: so many came in on each of the days, all due the same day, all but one answered in time. Five of them
/// are of two other categories, each too small to be told apart.
async fn matters(world: &World, code: &'static str, base: i64, many: [i64; 3]) {
    for (nth, category) in (0..).zip(["020101", "010101", "030101"]) {
        let here = here(world, code, category).await;
        let mut rows = Vec::new();
        for (past, many) in (0..).zip(many) {
            let day = FIRST.checked_add(jiff::Span::new().days(past)).unwrap();
            for k in 0..[many - 5, 3, 2][nth] {
                let id = base + past * 1_000 + nth as i64 * 300 + k;
                let closed = (k > 0).then_some(at(day, 15));
                let stage = if closed.is_some() { "closed" } else { "handling" };
                rows.push(here.one(id, stage, at(day, 17), at(day, 9), closed));
                rows.push(here.clock(id, at(day, 17), at(day, 9), closed));
            }
        }
        put(&world.db, rows).await;
    }
}

/// How many came in in each county on the first three days.
const MANY: [[i64; 3]; 3] = [[9, 10, 11], [20, 21, 22], [5, 6, 7]];

/// The rows of the upper end's sums by name: received, due, done, and how the missing days are told.
async fn board(station: &mut Station) -> Vec<(String, [String; 3], String)> {
    let sheet = station.admin.get("/upward/sheet.xlsx?month=2026-03").await.ok();
    let rows = rows_of(&sheet).into_iter().filter(|r| r.first().is_some_and(|c| c.starts_with("62")));
    rows.map(|r| {
        (r[1].clone(), [r[2].clone(), r[3].clone(), r[4].clone()], r.get(12).cloned().unwrap_or_default())
    })
    .collect()
}

/// The number in a cell of a sheet, which reads as 12 or 12.0.
fn n(text: &str) -> i64 {
    text.split('.').next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"))
}

#[track_caller]
fn received(board: &[(String, [String; 3], String)], name: &str) -> (i64, String) {
    let row = board.iter().find(|(n, ..)| n == name).unwrap_or_else(|| panic!("{name} in {board:?}"));
    (n(&row.1[0]), row.2.clone())
}

/// The number that a question gives.
async fn number(world: &World, sql: String) -> i64 {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = sql_types::BigInt)]
        n: i64,
    }
    let read = world.db.read(move |conn| {
        let line: Line = on!(conn, c => sql_query(sql).get_result(c))?;
        Ok(line.n)
    });
    read.await.unwrap()
}

/// How many rows there are.
async fn count(station: &Station, from: &str) -> i64 {
    number(&station.world, format!("SELECT CAST(COUNT(*) AS BIGINT) AS n FROM {from}")).await
}

/// City, province, the counties, and the cables between.
struct Region {
    city: Station,
    province: Station,
    counties: Vec<Station>,
    cables: Vec<Cable>,
}

async fn region(mut worlds: Vec<World>) -> Region {
    let mut city = Station::of(worlds.remove(0)).await;
    let mut province = Station::of(worlds.remove(0)).await;
    let (city_at, province_at) = (city.serve().await, province.serve().await);
    let (mut counties, mut cables) = (Vec::new(), Vec::new());
    for (at, world) in worlds.into_iter().enumerate() {
        matters(&world, COUNTIES[at], 1_000_000, MANY[at]).await;
        let (mut county, cable) = (Station::of(world).await, Cable::to(&city_at));
        join(&mut county, &mut city, &cable.address(), NAMES[at], COUNTIES[at]).await;
        counties.push(county);
        cables.push(cable);
    }
    join(&mut city, &mut province, &format!("http://{province_at}"), "武威市", CITY).await;
    Region { city, province, counties, cables }
}

impl Region {
    /// Time passes for all of them at once; then each does what is due, from below.
    async fn night(&mut self, ms: i64) {
        // What comes in a night goes further up ten minutes later.
        for ms in [ms, 15 * MINUTE_MS] {
            let all = || self.counties.iter().chain([&self.city, &self.province]);
            all().for_each(|station| station.world.clock.advance(ms));
            for station in all() {
                station.pass(0).await;
            }
        }
        // Nobody is signed in over night.
        for station in self.counties.iter_mut().chain([&mut self.city, &mut self.province]) {
            station.admin = station.world.member("admin").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn three_counties_under_a_city_one_offline_for_a_day_and_nothing_double() {
    for worlds in World::several(5, DIVISIONS) {
        let engine = worlds[0].engine;
        let mut r = region(worlds).await;
        let first: i64 = MANY.iter().map(|m| m[0]).sum();
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!(received(&board(&mut r.city).await, name), (MANY[at][0], String::new()), "{engine}");
        }
        assert_eq!(received(&board(&mut r.province).await, "武威市"), (first, String::new()), "{engine}");
        the_night_without_the_third(&mut r, engine).await;
        the_third_catches_up(&mut r, engine).await;
        an_answer_is_lost_and_a_day_is_corrected(&mut r, engine).await;
    }
}

/// To two in the morning of the third; the third county has no line all day.
async fn the_night_without_the_third(r: &mut Region, engine: &str) {
    r.cables[2].cut();
    r.night(17 * HOUR_MS).await;
    assert_eq!(r.counties[2].told().await, [1, 1, 0], "{engine}: its report waits");
    let told = board(&mut r.city).await;
    assert_eq!(received(&told, NAMES[0]).0, MANY[0][0] + MANY[0][1]);
    let (n, missing) = received(&told, NAMES[2]);
    assert_eq!(
        (n, missing.as_str()),
        (MANY[2][0], "2026-03-02"),
        "{engine}: the day that is missing is named"
    );
    let page = r.city.admin.get("/upward?month=2026-03").await.ok();
    assert!(page.words().contains("1 个区划有缺报，合计数不完整：天祝藏族自治县"), "{}", page.words());
    let list = r.city.admin.get("/upward/installations").await.ok();
    assert!(list.words().contains("迟到"), "{}", list.words());
    // The city has told the province what it has, and of which county nothing came.
    let above = board(&mut r.province).await;
    let sum: i64 = MANY.iter().map(|m| m[0]).sum::<i64>() + MANY[0][1] + MANY[1][1];
    assert_eq!(
        received(&above, "武威市"),
        (sum, "2026-03-02".to_owned()),
        "{engine}: it is marked as not whole"
    );
}

async fn the_third_catches_up(r: &mut Region, engine: &str) {
    r.night(DAY_MS).await;
    assert_eq!(r.counties[2].told().await, [2, 1, 0], "{engine}");
    let page = r.counties[2].admin.get("/upward/sent?tab=waiting").await.ok();
    assert!(page.words().contains("连不上上级系统"), "{}", page.words());
    r.cables[2].mend();
    // An hour later, when it is tried again; then the city gathers what came.
    for _ in 0..2 {
        r.night(HOUR_MS).await;
    }
    assert_eq!(r.counties[2].told().await, [0, 3, 0], "{engine}");
    let told = board(&mut r.city).await;
    for (at, name) in NAMES.iter().enumerate() {
        assert_eq!(received(&told, name), (MANY[at].iter().sum(), String::new()), "{engine} {name}");
    }
    let all: i64 = MANY.iter().flatten().sum();
    assert_eq!(received(&board(&mut r.province).await, "武威市"), (all, String::new()), "{engine}");
    assert_eq!(count(&r.city, "upward_report").await, 9, "{engine}: three days of three counties, once each");
    let small =
        "upward_cell WHERE category <> '' AND ((received > 0 AND received < 5) OR (due > 0 AND due < 5))";
    assert_eq!(count(&r.city, small).await + count(&r.province, small).await, 0, "nothing small is told");
    assert!(count(&r.province, "upward_cell WHERE category = '02'").await > 0, "and what is not small is");
}

async fn an_answer_is_lost_and_a_day_is_corrected(r: &mut Region, engine: &str) {
    let before = board(&mut r.city).await;
    let here = here(&r.counties[1].world, COUNTIES[1], "020101").await;
    let late = here.one(9_000_000, "closed", at(FIRST, 17), at(FIRST, 9), Some(at(FIRST, 16)));
    put(
        &r.counties[1].world.db,
        vec![late, here.clock(9_000_000, at(FIRST, 17), at(FIRST, 9), Some(at(FIRST, 16)))],
    )
    .await;
    r.cables[1].lose_answers();
    r.night(DAY_MS).await;
    let [waiting, kept, _] = r.counties[1].told().await;
    assert!(waiting > 0, "{engine}: no answer came");
    let taken = count(&r.city, "upward_report").await;
    assert!(taken > 9 + 2, "{engine}: and yet the city has it: {taken}");
    r.cables[1].mend();
    for _ in 0..3 {
        r.night(HOUR_MS).await;
    }
    assert_eq!(r.counties[1].told().await, [0, kept + waiting, 0], "{engine}");
    let after = board(&mut r.city).await;
    assert_eq!(received(&after, NAMES[1]).0, received(&before, NAMES[1]).0 + 1, "{engine}: one more, once");
    assert_eq!(
        count(&r.city, "upward_report WHERE day = '2026-03-01' AND revision = 1 AND is_current = TRUE").await,
        1,
        "{engine}: the correction counts"
    );
    let list = r.city.admin.get("/upward/reports?tab=replaced").await.ok();
    assert!(
        list.words().contains(FIRST_TEXT) && list.words().contains(NAMES[1]),
        "and what it replaced is kept"
    );
    assert_eq!(
        received(&board(&mut r.province).await, "武威市").0,
        MANY.iter().flatten().sum::<i64>() + 1,
        "{engine}"
    );
    every_number_opens_its_cells(&mut r.city, &after).await;
}

/// The rows behind a county's sum add up to it.
async fn every_number_opens_its_cells(city: &mut Station, board: &[(String, [String; 3], String)]) {
    let page = city.admin.get("/upward?month=2026-03").await.ok().text();
    assert!(
        page.contains("/upward/cells?month=2026-03") && page.contains("division=620621000000\""),
        "{page}"
    );
    let sheet = city.admin.get("/upward/cells/sheet.xlsx?month=2026-03&division=620621000000").await.ok();
    let rows: Vec<_> =
        rows_of(&sheet).into_iter().filter(|r| r.first().is_some_and(|c| c.starts_with("2026-"))).collect();
    assert_eq!(rows.iter().map(|r| n(&r[3])).sum::<i64>(), received(board, NAMES[0]).0);
}

/// A county and its city, linked.
async fn pair(mut worlds: Vec<World>) -> (Station, Station) {
    let mut city = Station::of(worlds.remove(0)).await;
    let world = worlds.remove(0);
    matters(&world, COUNTIES[0], 1_000_000, MANY[0]).await;
    let mut county = Station::of(world).await;
    let address = format!("http://{}", city.serve().await);
    join(&mut county, &mut city, &address, NAMES[0], COUNTIES[0]).await;
    (city, county)
}

/// Sends a report as the county would, signed at an instant.
async fn bring(city: &Station, county: &Station, report: &Report, said: Millis) -> Answer {
    let (body, link) = (encode(report), county.link().await);
    let text = signed_text(Said::Report, said, &body);
    let signature = county.world.db.keys().sign(&Link::purpose(link.id), text.as_bytes());
    let mut sender = city.world.resident();
    sender.send_signed(Said::Report.path(), &body, said, &BASE64_STANDARD.encode(signature)).await
}

/// The county's first report.
async fn first(county: &Station) -> Report {
    let answer = county.world.member("admin").await.get("/upward/sent").await.ok().text();
    let page = between(&answer, "><a href=\"/upward/sent/", "\"");
    let text = county.world.member("admin").await.get(&format!("/upward/sent/{page}")).await.ok();
    let body = between(&text.text(), "</summary><p><code>", "</code>")
        .replace("&#34;", "\"")
        .replace("&quot;", "\"");
    upward::decode(body.as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_is_replayed_forged_changed_or_off_the_clock_is_known_or_refused_and_shown() {
    for worlds in World::several(2, DIVISIONS) {
        let engine = worlds[0].engine;
        let (mut city, county) = pair(worlds).await;
        let (report, now) = (first(&county).await, START);
        // Again, to the letter, also much later: known, and nothing changes.
        for said in [now, now.plus(-DAY_MS)] {
            let answer = bring(&city, &county, &report, said).await.ok().text();
            assert!(
                answer.contains("\"known\":true") && answer.contains(&digest(&encode(&report))),
                "{answer}"
            );
        }
        let mut other = report.clone();
        other.rows.retain(|r| r.category.is_any());
        other.rows[0].numbers.received += 1;
        let next = |sequence| Report { sequence, ..other.clone() };
        let trials = [
            (bring(&city, &county, &other, now).await, 409, "upward.why.changed"),
            (bring(&city, &county, &next(2), now.plus(10 * MINUTE_MS)).await, 409, "upward.why.skew"),
            (bring(&city, &county, &next(2), now.plus(-10 * MINUTE_MS)).await, 409, "upward.why.skew"),
            (
                bring(&city, &county, &Report { day: date(2026, 3, 2), ..next(2) }, now).await,
                409,
                "upward.why.future",
            ),
            (bring(&city, &county, &next(99_999), now).await, 409, "upward.why.sequence"),
        ];
        for (answer, status, code) in trials {
            assert_eq!(answer.status, status, "{engine} {code}: {}", answer.text());
            assert!(answer.text().contains(code), "{engine} {code}: {}", answer.text());
        }
        forged(&city, &next(2), now, engine).await;
        let refused = city.admin.get("/upward/reports?tab=refused").await.ok().words();
        for why in ["同一序号下内容不同", "两边时钟相差超过五分钟", "日期还没有过完", "签名与登记的公钥不符"]
        {
            assert!(refused.contains(why), "{engine} {why}: {refused}");
        }
        assert_eq!(count(&city, "upward_report").await, 1, "{engine}: nothing of it was taken");
        assert_eq!(received(&board(&mut city).await, NAMES[0]).0, MANY[0][0]);
        the_lower_clock_is_off(&county, engine).await;
        // Control: the same, signed, in time and in order, is taken.
        bring(&city, &county, &Report { revision: 1, ..next(2) }, now).await.ok();
        assert_eq!(received(&board(&mut city).await, NAMES[0]).0, MANY[0][0] + 1, "{engine}");
    }
}

/// Signed by somebody else, or changed on the way.
async fn forged(city: &Station, report: &Report, said: Millis, engine: &str) {
    let body = encode(report);
    let text = signed_text(Said::Report, said, &body);
    let strange = store::Keys::fresh("strange.example").sign("upward", text.as_bytes());
    for (body, signature) in
        [(body.clone(), BASE64_STANDARD.encode(strange)), (body.clone(), "AAAA".to_owned())]
    {
        let mut sender = city.world.resident();
        let answer = sender.send_signed(Said::Report.path(), &body, said, &signature).await;
        assert_eq!(answer.status, 401, "{engine}: {}", answer.text());
        assert!(answer.text().contains("upward.why.signature"));
    }
    let mut sender = city.world.resident();
    let open = sender
        .send_signed(Said::Report.path(), "{\"name\":\"张三\"}", said, &BASE64_STANDARD.encode(strange))
        .await;
    assert_eq!(open.status, 422, "{engine}: what is not a report is none");
}

/// A county whose clock is ten minutes ahead is told so, and sends when it is right again.
async fn the_lower_clock_is_off(county: &Station, engine: &str) {
    county.world.clock.advance(10 * MINUTE_MS);
    let here = here(&county.world, COUNTIES[0], "020101").await;
    let (due, made) = (at(FIRST, 17), at(FIRST, 9));
    put(&county.world.db, vec![here.one(9_000_001, "handling", due, made, None)]).await;
    let asked = county.world.db.clock().now();
    let act = base::Act::system(asked);
    county.world.db.write(move |tx| upward::ask_sending(tx, act)).await.unwrap();
    assert_eq!(county.send().await, 0, "{engine}");
    let link = county.link().await;
    assert_eq!(link.trouble, Some(upward::Why::Skew), "{engine}: it is told why");
    assert_eq!(county.told().await[0], 1, "{engine}: it waits, and is not lost");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_is_made_looked_at_used_and_ended_by_its_administrators_only() {
    for worlds in World::several(2, DIVISIONS) {
        let engine = worlds[0].engine;
        let (mut city, mut county) = pair(worlds).await;
        county.admin.get("/upward/link").await.ok();
        county.admin.send("/upward/link/sending", &[]).await.onward();
        // Somebody of another county reads nothing of this one, and keeps nothing.
        let place = here(&city.world, COUNTIES[1], "020101").await.place;
        let scope = Place { town: 0, village: 0, grid: 0, ..place };
        let mut far = stranger(&city.world, "faradmin", &[Duty::Admin], scope).await;
        let list = far.get("/upward/installations").await.ok();
        assert!(!list.text().contains(NAMES[0]), "{engine}");
        let page = city.admin.get("/upward/installations").await.ok().text();
        let one =
            format!("/upward/installations/{}", between(&page, "<td><a href=\"/upward/installations/", "\""));
        assert_eq!(far.get(&one).await.status, 404, "{engine}");
        city.admin.get(&one).await.ok();
        far.get("/upward/registration").await.ok();
        assert_eq!(far.send(&format!("{one}/end"), &[]).await.status, 404, "{engine}");
        let typed = [("name", "古浪县"), ("codes", COUNTIES[0]), ("key", "x"), ("first_day", FIRST_TEXT)];
        assert_eq!(far.send("/upward/installations", &typed).await.status, 422, "{engine}: no key");
        a_lost_code_is_renewed(&mut city, engine).await;
        city.admin.get(&one).await.ok();
        city.admin.send(&format!("{one}/end"), &[]).await.onward();
        county.admin.get("/upward/link").await.ok();
        // What ended above is refused there, and said here.
        county.world.clock.advance(2 * HOUR_MS);
        county.send().await;
        assert_eq!(county.link().await.trouble, Some(upward::Why::Signature), "{engine}");
        county.admin = county.world.member("admin").await;
        county.admin.get("/upward/link").await.ok();
        county.admin.send("/upward/link/end", &[]).await.onward();
        let page = county.admin.get("/upward/link").await.ok();
        assert!(page.words().contains("保存并显示公钥"), "{engine}: another can be made");
    }
}

/// Registered, the code lost, another given: the first no longer works.
async fn a_lost_code_is_renewed(city: &mut Station, engine: &str) {
    let key = BASE64_STANDARD.encode(store::Keys::fresh("x.example").public_for("p"));
    let lost = register(city, "古浪县", COUNTIES[1], &key).await;
    city.admin.get("/upward/registration").await.ok();
    let typed = [("name", "古浪县"), ("codes", COUNTIES[1]), ("key", &*key), ("first_day", FIRST_TEXT)];
    let again = city.admin.send("/upward/installations", &typed).await;
    assert_eq!(again.status, 409, "{engine}: a key is registered once");
    let list = city.admin.get("/upward/installations?tab=waiting").await.ok().text();
    let id = between(&list, "<td><a href=\"/upward/installations/", "\"");
    city.admin.get(&format!("/upward/installations/{id}")).await.ok();
    let page = city.admin.send(&format!("/upward/installations/{id}/code"), &[]).await.ok().text();
    assert_ne!(between(&page, "<p class=\"number\">", "</p>"), lost, "{engine}");
}
