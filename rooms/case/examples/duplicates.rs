//! Measures the suggestions of duplicates on real messages: imports a table through its map into a fresh embedded
//! database, asks for every message what may be the same among those before it, draws pairs by a seed from bands of the
//! score, and takes the time at 100,000 cases against the bare question by place and time.
//!
//! `cargo run -p case --example duplicates -- messages.xlsx FOLDER`: writes `pairs.json` with the texts, for whoever labels
//! them, to the folder, and the figures to the terminal.
#![expect(clippy::disallowed_methods, reason = "the example measures")]
#![expect(clippy::print_stdout, reason = "a command's answer")]

use std::{collections::BTreeMap, path::Path, sync::Arc, time::Instant};

use access::Place;
use base::{Act, Chance, Clock, DAY_MS, Id, Millis, Stop, Zone};
use case::deeds::{self, Hand, suggest_duplicates};
use case::model::Case;
use case::rules::import;
use case::rules::pack::{PackFile, read_pack};
use case::store::{Desk, add_case, case_by_id, intake_by_key, neighbours};
use store::testing::{TestDb, sqlite};
use store::{Db, Fact, Migration};
use territory::model::{Code, CodeSystem, Division};
use territory::{Kind, Lineage, LiveAtlas};

/// The seed of the draw: published, so that it can be repeated.
const SEED: u64 = 20_260_322;
/// Pairs drawn from each band at most: more than there are in the 2,816 messages.
const EACH: usize = 100;
/// The lower ends of the bands, from above.
const BANDS: [i64; 4] = [650, 550, 450, 350];
/// Cases of the second part.
const MANY: usize = 100_000;
/// Suggestions that are timed.
const TIMED: usize = 200;

type Answer<T> = Result<T, Box<dyn std::error::Error>>;

fn told(stop: Stop) -> Box<dyn std::error::Error> {
    format!("{stop:?}").into()
}

/// A pair: the later message, the earlier one, the score.
#[derive(serde::Serialize)]
struct Pair {
    band: i64,
    row: usize,
    other_row: usize,
    score: i64,
    days: i64,
    shared: Vec<String>,
    texts: [String; 2],
}

fn main() -> Answer<()> {
    let mut asked = std::env::args().skip(1);
    let (Some(file), Some(folder)) = (asked.next(), asked.next()) else {
        return Err("duplicates MESSAGES.xlsx FOLDER".into());
    };
    let all: Vec<Migration> = [
        web::room().migrations,
        parts::MIGRATIONS,
        jobs::MIGRATIONS,
        territory::MIGRATIONS,
        access::MIGRATIONS,
        calendar::MIGRATIONS,
        case::MIGRATIONS,
    ]
    .concat();
    let t = sqlite(&all).map_err(told)?;
    let rows = import(&t, &file)?;
    println!("imported {}", rows.len());
    let pairs = suggest(&t.db, &rows)?;
    report(&pairs, rows.len());
    std::fs::write(Path::new(&folder).join("pairs.json"), serde_json::to_string_pretty(&drawn(pairs))?)?;
    grow(&t, &rows)?;
    time(&t.db)
}

/// A county with the pack, and the messages in it: each row's number with its case.
fn import(t: &TestDb, file: &str) -> Answer<Vec<(usize, Id<Case>)>> {
    let now = t.clock.now();
    let map_text = include_str!("../../../packs/maps/messages.toml");
    macro_rules! file {
        ($name:literal) => {
            PackFile { name: $name, text: include_str!(concat!("../../../packs/wuwei/", $name)) }
        };
    }
    let files = [file!("pack.toml"), file!("categories.toml"), file!("units.toml"), file!("routing.toml")];
    let pack = read_pack(&files).map_err(|e| format!("{e:?}"))?;
    let codes: Vec<String> = pack.routes.iter().filter_map(|r| r.place.clone()).collect();
    let region = pack.region.clone();
    t.db.write_now(move |tx| found(tx, &region, &codes, now)).map_err(told)?;
    let live = Arc::new(LiveAtlas::open(&t.db).map_err(told)?);
    let desk = Desk::open(&t.db, live, Zone::default()).map_err(told)?;
    let ground = desk.now();
    t.db.write_now(move |tx| deeds::load_pack(tx, &ground, Hand::House, now, &pack)).map_err(told)?;
    desk.refresh_now(&t.db).map_err(told)?;
    let ground = desk.now();
    let map = import::read_map(map_text, |code| ground.category_by_code(code).is_some())
        .map_err(|e| format!("{e:?}"))?;
    let sheet = import::open_sheet(&std::fs::read(file)?, map.sheet.as_deref())?;
    let read = import::read_rows(&sheet, &map, &Zone::default(), now);
    let defaults = deeds::BatchDefaults { source: map.source.clone(), category: None, place: None };
    let (ready, bad) = deeds::import_rows(&ground, &read.good, &defaults, now);
    println!("rows {} bad {}", ready.len(), bad.len() + read.bad.len());
    let place = ready.first().map(|r| r.intake.place).unwrap_or_default();
    let new = deeds::NewBatch { file_digest: vec![0; 32], map_name: "messages".to_owned(), place };
    let batch = t.db.write_now(move |tx| deeds::open_batch(tx, Hand::House, now, &new)).map_err(told)?;
    for part in ready.chunks(200) {
        let (ground, part) = (ground.clone(), part.to_vec());
        let add =
            t.db.write_now(move |tx| deeds::add_batch_rows(tx, &ground, Hand::House, now, batch, &part));
        add.map_err(told)?;
    }
    let digests: Vec<Vec<u8>> = ready.into_iter().map(|r| r.digest).collect();
    let numbers: Vec<usize> = read.good.iter().map(|g| g.row).collect();
    let found = t.db.read_now(move |conn| {
        digests.iter().map(|d| intake_by_key(conn, None, Some(d))).collect::<Result<Vec<_>, _>>()
    });
    let cases = found.map_err(told)?;
    Ok(numbers.into_iter().zip(cases).filter_map(|(row, i)| Some((row, Id::of(i?.case_id)))).collect())
}

/// The divisions that the pack and the map name.
fn found(tx: &mut store::Tx<'_>, region: &str, more: &[String], now: Millis) -> base::Outcome<()> {
    let city: Lineage = Lineage::default().with(Kind::Province, Id::of(1)).with(Kind::City, Id::of(2));
    let mut all = vec![division(1, Kind::Province, Lineage::default(), 0), division(2, Kind::City, city, 1)];
    let mut codes = vec![(Id::of(2), code(region))];
    for (n, county) in more.iter().collect::<std::collections::BTreeSet<_>>().into_iter().enumerate() {
        let id = 10 + n as i64;
        all.push(division(id, Kind::County, city.with(Kind::County, Id::of(id)), 2));
        codes.push((Id::of(id), code(county)));
    }
    all[0].lineage = Lineage::default().with(Kind::Province, Id::of(1));
    territory::store::add_divisions(tx.conn, &all)?;
    territory::store::add_codes(tx.conn, &codes)?;
    tx.record(Fact::new("territory.divisions_imported", Act::system(now), "territory", 0));
    Ok(())
}

fn division(id: i64, kind: Kind, lineage: Lineage, parent: i64) -> Division {
    Division {
        id: Id::of(id),
        kind,
        name: format!("{id}"),
        parent: (parent != 0).then(|| Id::of(parent)),
        lineage,
        valid_from: jiff::civil::date(2000, 1, 1),
        valid_to: None,
    }
}

fn code(text: &str) -> Code {
    Code { system: CodeSystem::nbs12(), code: text.to_owned() }
}

/// The suggestions of every message among those that came before it.
fn suggest(db: &Db, rows: &[(usize, Id<Case>)]) -> Answer<Vec<Pair>> {
    let by_case: BTreeMap<i64, usize> = rows.iter().map(|(row, id)| (id.raw(), *row)).collect();
    let mut pairs: BTreeMap<(usize, usize), Pair> = BTreeMap::new();
    for (row, id) in rows {
        let (id, row) = (*id, *row);
        let (case, found) = db
            .read_now(move |conn| {
                let case = case_by_id(conn, id)?.ok_or_else(base::Refusal::not_found)?;
                let found = suggest_duplicates(conn, &case, case.created)?;
                Ok((case, found))
            })
            .map_err(told)?;
        for s in found {
            let Some(other) = by_case.get(&s.case.id).copied() else { continue };
            let key = (row.min(other), row.max(other));
            let score = s.likeness.score;
            let band = BANDS.into_iter().find(|b| score >= *b).unwrap_or(0);
            let texts =
                [format!("{} {}", case.title, case.body), format!("{} {}", s.case.title, s.case.body)];
            pairs.insert(
                key,
                Pair { band, row, other_row: other, score, days: s.days, shared: s.shared, texts },
            );
        }
    }
    Ok(pairs.into_values().collect())
}

fn report(pairs: &[Pair], messages: usize) {
    let mut with: Vec<usize> = pairs.iter().map(|p| p.row).collect();
    with.sort_unstable();
    with.dedup();
    println!("messages {messages}, with a suggestion {}, pairs {}", with.len(), pairs.len());
    for band in BANDS {
        println!("from {band}: {}", pairs.iter().filter(|p| p.band == band).count());
    }
}

/// So many pairs of each band, by the seed.
fn drawn(pairs: Vec<Pair>) -> Vec<Pair> {
    let chance = Chance::from_seed(SEED);
    let mut bands: BTreeMap<i64, Vec<Pair>> = BTreeMap::new();
    for pair in pairs {
        bands.entry(-pair.band).or_default().push(pair);
    }
    let mut out = Vec::new();
    for mut band in bands.into_values() {
        for _ in 0..EACH.min(band.len()) {
            let at = chance.below(band.len() as u64) as usize;
            out.push(band.swap_remove(at));
        }
    }
    out
}

/// Copies the messages until there are many, over two years and 150 villages.
fn grow(t: &TestDb, rows: &[(usize, Id<Case>)]) -> Answer<()> {
    let ids: Vec<Id<Case>> = rows.iter().map(|(_, id)| *id).collect();
    let cases =
        t.db.read_now(move |conn| ids.iter().map(|id| case_by_id(conn, *id)).collect::<Result<Vec<_>, _>>())
            .map_err(told)?;
    let cases: Vec<Case> = cases.into_iter().flatten().collect();
    let chance = Chance::from_seed(SEED);
    let (now, mut made) = (t.clock.now(), cases.len());
    while made < MANY {
        let part: Vec<Case> = (made..(made + 1_000).min(MANY))
            .map(|n| copied(&cases[n % cases.len()], n, now, &chance))
            .collect();
        made += part.len();
        let add = t.db.write_now(move |tx| {
            part.iter().try_for_each(|case| add_case(tx, case))?;
            tx.record(Fact::new("case.imported", Act::system(now), "case", 0));
            Ok(())
        });
        add.map_err(told)?;
    }
    println!("cases {made}");
    Ok(())
}

fn copied(of: &Case, n: usize, now: Millis, chance: &Chance) -> Case {
    let village = 1_000 + (chance.below(150) as i64);
    Case {
        // Far from the ids of the messages themselves.
        id: Id::of(1_000_000 + n as i64),
        number: format!("copy-{n}"),
        created: now.plus(-(chance.below(730) as i64) * DAY_MS),
        place: Place { town: village / 10, village, ..of.place },
        ..of.clone()
    }
}

/// The time of a suggestion against the bare question, over the same cases in turn.
fn time(db: &Db) -> Answer<()> {
    let (mut whole, mut bare) = (Vec::new(), Vec::new());
    let cases = db.read_now(|conn| {
        let some = |n: i64| {
            let at =
                Case { place: Place { county: 10, village: 1_000 + n % 150, ..Place::default() }, ..blank() };
            neighbours(conn, &at, (Millis(0), Millis(i64::MAX))).map(|all| all.into_iter().next())
        };
        (0..TIMED as i64).map(some).collect::<Result<Vec<_>, _>>()
    });
    for found in cases.map_err(told)?.into_iter().flatten() {
        let case = db.read_now(move |conn| case_by_id(conn, Id::of(found.id))).map_err(told)?;
        let Some(case) = case else { continue };
        let span = (case.created.plus(-60 * DAY_MS), case.created);
        let (one, two) = (case.clone(), case);
        let began = Instant::now();
        db.read_now(move |conn| neighbours(conn, &one, span)).map_err(told)?;
        bare.push(began.elapsed().as_secs_f64() * 1_000.0);
        let began = Instant::now();
        db.read_now(move |conn| suggest_duplicates(conn, &two, two.created)).map_err(told)?;
        whole.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    for (name, times) in [("bare question", &mut bare), ("suggestion", &mut whole)] {
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times.get((times.len() as f64 * share) as usize).copied().unwrap_or_default();
        println!("{name}: {} times, median {:.2} ms, p95 {:.2} ms", times.len(), at(0.5), at(0.95));
    }
    Ok(())
}

fn blank() -> Case {
    use case::model::{Channel, Holder, Level, Stage};
    Case {
        id: Id::of(0),
        number: String::new(),
        place: Place::default(),
        stage: Stage::Received,
        level: Level::Town,
        category: 0,
        channel: Channel::Excel,
        title: String::new(),
        body: String::new(),
        spot: String::new(),
        registered_by: 0,
        holder: Holder::default(),
        handler: Holder::default(),
        back_unit: 0,
        due: Millis(0),
        created: Millis(0),
        accepted: None,
        closed: None,
        confirmed: None,
        ending: None,
        version: 1,
        is_public: false,
        metoo_count: 0,
    }
}
