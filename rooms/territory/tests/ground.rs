//! The room over a real database, on each engine that this run has.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs::File;

use base::{Act, Actor, Id, Millis, Outcome};
use jiff::civil::{Date, date};
use store::{
    Db,
    testing::{TestDb, databases},
};
use territory::{
    Atlas, Division, Kind, Lineage, LiveAtlas, MIGRATIONS, MapArea,
    deeds::{
        self, GridImport, ImportReport, Merge, NewAssignment, Split, import_sheet, merge_divisions,
        split_division,
    },
    map_svg,
    model::{CodeSystem, Datum, Employment, GridRole},
    rules::{geojson, recut::Part},
    samples::demo_grids,
    store::{formers_of, grid_successors, workers_of},
};

const FROM: Date = date(2023, 6, 30);
const DAY: Date = date(2026, 3, 1);
const ACT: Act = Act { by: Actor { account: 7, post: 8 }, at: Millis(1_772_413_200_000) };

fn wuwei() -> File {
    File::open(concat!(env!("CARGO_MANIFEST_DIR"), "/../../packs/wuwei/divisions.csv")).unwrap()
}

fn import(db: &Db, source: impl std::io::Read, day: Date) -> ImportReport {
    import_sheet(db, ACT, source, &CodeSystem::nbs12(), day, &mut |_| {}).unwrap()
}

/// Every engine with Wuwei in it.
fn cities() -> Vec<(TestDb, LiveAtlas)> {
    let all = databases(MIGRATIONS).unwrap();
    all.into_iter()
        .map(|t| {
            import(&t.db, wuwei(), FROM);
            let live = LiveAtlas::open(&t.db).unwrap();
            (t, live)
        })
        .collect()
}

fn by_code(atlas: &Atlas, code: &str) -> Id<Division> {
    atlas.by_code("nbs12", code)[0].id
}

fn towns(atlas: &Atlas) -> Vec<Id<Division>> {
    atlas.children(Some(by_code(atlas, "620602000000"))).map(|e| e.id).collect()
}

#[test]
fn the_city_is_imported_once_and_a_second_run_changes_nothing() {
    for t in databases(MIGRATIONS).unwrap() {
        let mut steps = Vec::new();
        let first = import_sheet(&t.db, ACT, wuwei(), &CodeSystem::nbs12(), FROM, &mut |p| {
            steps.push((p.done, p.all))
        })
        .unwrap();
        assert_eq!((first.read, first.added, first.errors.len()), (1_354, [1, 1, 4, 108, 1_240], 0));
        assert_eq!(steps, [(1_354, 1_354)]);
        let second = import(&t.db, wuwei(), DAY);
        assert_eq!((second.unchanged, second.added_all(), second.renamed, second.moved), (1_354, 0, 0, 0));

        let atlas = LiveAtlas::open(&t.db).unwrap().now();
        assert_eq!(Kind::ALL.map(|k| atlas.count(k)), [1, 1, 4, 108, 1_240]);
        let county = by_code(&atlas, "620602000000");
        assert_eq!((atlas.name(county), atlas.number_code(county)), ("凉州区", Some("620602")));
        assert_eq!(atlas.by_code("gb2260", "620623")[0].name, "天祝藏族自治县");
        let village = by_code(&atlas, "620602001001");
        assert!(atlas.path_name(village, Kind::City).starts_with("武威市凉州区"));
        assert_eq!(atlas.lineage(village).ids().count(), 5);
        assert!(atlas.contains(county, village) && !atlas.contains(village, county));
        assert_eq!(atlas.below(county, Kind::Village).len(), 550);
        assert_eq!(atlas.children(None).map(|e| e.name).collect::<Vec<_>>(), ["甘肃省"]);
    }
}

#[test]
fn a_new_edition_renames_moves_and_counts_what_is_absent() {
    for (t, live) in cities() {
        let text = "code,name,parent,level\n620602000000,凉州新区,620600000000,county\n\
                    620621000000,民勤县,620600000000,county\n620602001000,某街道,620621000000,town\n";
        let report = import(&t.db, text.as_bytes(), DAY);
        assert_eq!((report.renamed, report.moved, report.added_all()), (2, 1, 0));
        // Counted are those under the rows of the file: two counties without the rows of the file.
        assert!(report.absent > 500);
        live.refresh_now(&t.db).unwrap();
        let atlas = live.now();
        let town = by_code(&atlas, "620602001000");
        let village = atlas.children(Some(town)).next().unwrap().id;
        assert_eq!(atlas.lineage(village).county, Some(by_code(&atlas, "620621000000")));
        assert_eq!(atlas.name_on(by_code(&atlas, "620602000000"), date(2025, 5, 5)), "凉州区");
        let stored = t.db.read_now(move |c| territory::store::division_by_id(c, village)).unwrap().unwrap();
        assert_eq!(stored.lineage, atlas.lineage(village));
    }
}

#[test]
fn a_bad_table_is_told_by_line_and_writes_nothing() {
    for t in databases(MIGRATIONS).unwrap() {
        let text = "code,name,parent,level\n62,甘肃省,,province\n620602,凉州区,620600,county\n";
        let report = import(&t.db, text.as_bytes(), FROM);
        assert_eq!(report.errors.len(), 1);
        assert_eq!((report.errors[0].line, report.errors[0].key), (3, "territory.sheet.no_parent"));
        assert!(LiveAtlas::open(&t.db).unwrap().now().children(None).next().is_none());
    }
}

#[test]
fn a_city_and_its_only_county_may_share_a_code() {
    let text = "code,name,parent,level\n44,广东省,,province\n4419,东莞市,44,city\n441900,东莞市,4419,county\n\
                441900003,东城街道,441900,town\n441900003001,岗贝社区,441900003,village\n";
    for t in databases(MIGRATIONS).unwrap() {
        assert_eq!(import(&t.db, text.as_bytes(), FROM).added, [1; 5]);
        assert_eq!(import(&t.db, text.as_bytes(), FROM).unchanged, 5);
        let atlas = LiveAtlas::open(&t.db).unwrap().now();
        let village = by_code(&atlas, "441900003001");
        let kinds: Vec<Kind> = atlas.lineage(village).ids().map(|(k, _)| k).collect();
        assert_eq!(kinds, Kind::ALL);
        assert_eq!(atlas.path_name(village, Kind::City), "东莞市东城街道岗贝社区");
        assert_eq!(atlas.by_code("nbs12", "441900000000").len(), 2);
    }
}

fn merge(t: &TestDb, input: &Merge) -> Outcome<Id<Division>> {
    let input = input.clone();
    t.db.write_now(move |tx| merge_divisions(tx, ACT, &input))
}

#[test]
fn merging_two_towns_moves_their_villages_and_keeps_the_old_scopes_seeing() {
    for (t, live) in cities() {
        let atlas = live.now();
        let (a, b, other) = (towns(&atlas)[0], towns(&atlas)[1], towns(&atlas)[2]);
        let of = |id| atlas.children(Some(id)).map(|e| e.id).collect::<Vec<_>>();
        let (of_a, of_b) = (of(a), of(b));
        let input = Merge {
            divisions: vec![a, b],
            keep: None,
            name: "新城街道".into(),
            code: "620602990000".into(),
            day: DAY,
        };
        let shown = {
            let input = input.clone();
            t.db.read_now(move |c| deeds::preview_merge(c, &input)).unwrap()
        };
        assert_eq!(shown.moves.len(), of_a.len() + of_b.len());
        assert_eq!(shown.begins, vec![("新城街道".to_owned(), shown.moves.len(), 0)]);
        let new = merge(&t, &input).unwrap();
        live.refresh_now(&t.db).unwrap();
        let now = live.now();
        assert_eq!(now.children(Some(new)).count(), of_a.len() + of_b.len());
        assert_eq!(now.division(a).unwrap().valid_to, Some(DAY));
        assert_eq!((now.successors(a), now.predecessors(new)), (vec![new], vec![a, b]));
        // A record of the old day lies in the new town's scope; the county sees all as before.
        let old_record: Lineage = atlas.lineage(of_a[0]);
        assert!(now.scope_ids(&[new]).holds(&old_record));
        assert!(now.contains(new, a) && now.contains(new, of_b[0]) && !now.contains(new, other));
        assert!(now.contains(by_code(&now, "620602000000"), a));
        // A post of the old town sees what it saw, and nothing of the other.
        assert!(now.contains(a, of_a[0]) && !now.contains(a, of_b[0]) && !now.contains(a, new));
        // Once merged they cannot be merged again, and the code is taken.
        assert_eq!(merge(&t, &input).unwrap_err().refusal().unwrap().key, "territory.refuse.ended");
        let taken = Merge { divisions: vec![towns(&now)[0], towns(&now)[1]], ..input };
        assert!(merge(&t, &taken).is_err());
        let formers = t.db.read_now(move |c| formers_of(c, of_a[0])).unwrap();
        assert_eq!((formers.len(), formers[0].parent), (1, Some(a)));
    }
}

#[test]
fn one_town_takes_another_in_and_keeps_its_name() {
    for (t, live) in cities() {
        let (a, b) = (towns(&live.now())[0], towns(&live.now())[1]);
        let name = live.now().name(a).to_owned();
        let before = live.now().children(Some(a)).count() + live.now().children(Some(b)).count();
        let input = Merge { divisions: vec![a, b], keep: Some(a), name, code: String::new(), day: DAY };
        assert_eq!(merge(&t, &input).unwrap(), a);
        live.refresh_now(&t.db).unwrap();
        assert_eq!(live.now().children(Some(a)).count(), before);
        assert!(live.now().contains(a, b));
        let ahead = Merge { divisions: vec![a, towns(&live.now())[1]], day: date(2030, 1, 1), ..input };
        assert!(merge(&t, &ahead).is_err());
    }
}

#[test]
fn splitting_a_town_gives_each_part_its_own_and_nothing_of_its_sister() {
    for (t, live) in cities() {
        let atlas = live.now();
        let town = *towns(&atlas).iter().find(|id| atlas.children(Some(**id)).count() > 5).unwrap();
        let villages: Vec<_> = atlas.children(Some(town)).map(|e| e.id).collect();
        let (east, west) = villages.split_at(2);
        let part =
            |name: &str, c: &[Id<Division>]| Part { name: name.into(), children: c.to_vec(), grids: vec![] };
        let split = Split {
            division: town,
            parts: vec![part("东镇", east), part("西镇", west)],
            keep_first: false,
            day: DAY,
        };
        let (one, two) = (split.clone(), split.clone());
        let shown = t.db.read_now(move |c| deeds::preview_split(c, &one)).unwrap();
        assert_eq!((shown.ends.len(), shown.begins.len(), shown.moves.len()), (1, 2, villages.len()));
        let parts = t.db.write_now(move |tx| split_division(tx, ACT, &two)).unwrap();
        live.refresh_now(&t.db).unwrap();
        let now = live.now();
        assert_eq!(now.children(Some(parts[0])).count(), 2);
        let record = atlas.lineage(west[0]);
        assert!(now.scope_ids(&[parts[1]]).holds(&record) && !now.scope_ids(&[parts[0]]).holds(&record));
        assert!(now.scope_ids(&[town]).holds(&record));
        assert_eq!(now.lineage(west[0]).town, Some(parts[1]));

        // A part that is cut off leaves the old one alive.
        let rest: Vec<_> = west.to_vec();
        let cut = Split {
            division: parts[1],
            parts: vec![part("西镇", &rest[1..]), part("开发区", &rest[..1])],
            keep_first: true,
            day: date(2026, 3, 2),
        };
        let new = t.db.write_now(move |tx| split_division(tx, ACT, &cut)).unwrap();
        live.refresh_now(&t.db).unwrap();
        assert_eq!(new[0], parts[1]);
        assert!(live.now().division(parts[1]).unwrap().valid_to.is_none());
        assert!(!live.now().contains(new[1], parts[1]));
        assert_eq!(live.now().children(Some(new[1])).count(), 1);
    }
}

#[test]
fn a_rename_is_kept_and_refused_twice() {
    for (t, live) in cities() {
        let town = towns(&live.now())[0];
        let rename =
            |name: &'static str| t.db.write_now(move |tx| deeds::rename_division(tx, ACT, town, name, DAY));
        let old = live.now().name(town).to_owned();
        rename("凉都大道街道").unwrap();
        assert!(rename("凉都大道街道").is_err());
        assert!(rename("  ").is_err());
        live.refresh_now(&t.db).unwrap();
        assert_eq!(live.now().name(town), "凉都大道街道");
        assert_eq!(live.now().name_on(town, date(2025, 1, 1)), old);
        assert_eq!(live.now().formers(town)[0].name, old);
    }
}

#[test]
fn grids_are_cut_found_exported_and_cut_again() {
    for (t, live) in cities() {
        let grids = demo_grids(&live.now(), 4_000, t.db.chance(), ACT.at, date(2025, 1, 1));
        assert_eq!(grids.len(), 4_000);
        t.db.write_now(move |tx| deeds::add_grids(tx, ACT, &grids)).unwrap();
        live.refresh_now(&t.db).unwrap();
        let atlas = live.now();
        assert_eq!(atlas.grid_count(), 4_000);
        let village = by_code(&atlas, "620602001001");
        let mine: Vec<_> = atlas.grids(village).cloned().collect();
        let inside = mine[0].outline.rings()[0][0];
        assert!(atlas.outline(village).is_some());
        let located = atlas.locate(inside, 25.0);
        assert!(!located.near.is_empty() || located.place.is_some());

        // Written out and read back, nothing changes.
        let mut file = Vec::new();
        geojson::write(mine.iter(), |_| "620602001001".into(), |_| None, &mut file).unwrap();
        let cut = |text: Vec<u8>, dry: bool| {
            let input = GridImport::read(&text[..], Datum::Wgs84, DAY);
            t.db.write_now(move |tx| deeds::import_grids(tx, ACT, &input, dry)).unwrap()
        };
        let same = cut(file.clone(), false);
        assert_eq!((same.unchanged, same.added, same.ended, same.errors.len()), (mine.len(), 0, 0, 0));

        let first = mine[0].id;
        let work = NewAssignment {
            grid: first,
            account: 42,
            role: GridRole::Head,
            employment: Employment::Full,
            from: date(2025, 1, 1),
            to: None,
        };
        t.db.write_now(move |tx| deeds::assign_workers(tx, ACT, &[work])).unwrap();
        assert!(t.db.write_now(move |tx| deeds::assign_workers(tx, ACT, &[work])).is_err());

        // A file that lacks a grid leaves a gap, and writes nothing.
        let mut lacking = Vec::new();
        geojson::write(mine[1..].iter(), |_| "620602001001".into(), |_| None, &mut lacking).unwrap();
        if mine.len() > 1 {
            let told = cut(lacking, false);
            assert!(told.errors.iter().any(|e| e.key == "territory.flaw.gap"), "{:?}", told.errors);
        }

        // Two grids become one: both end, their ground and their worker pass to the new one.
        let joined = territory::rules::join::join(mine.iter().map(|g| &g.outline)).unwrap();
        let one = territory::model::Grid { outline: joined, ..mine[0].clone() };
        let mut merged = Vec::new();
        geojson::write([one].iter(), |_| "620602001001".into(), |_| None, &mut merged).unwrap();
        assert_eq!(cut(merged.clone(), true).ended, mine.len());
        let report = cut(merged, false);
        assert_eq!((report.added, report.ended, report.errors.len()), (1, mine.len(), 0));
        live.refresh_now(&t.db).unwrap();
        let now: Vec<_> = live.now().grids(village).map(|g| g.id).collect();
        assert_eq!(now.len(), 1);
        assert_eq!(t.db.read_now(move |c| grid_successors(c, first)).unwrap(), now);
        let heir = now[0];
        let workers = t.db.read_now(move |c| workers_of(c, heir)).unwrap();
        assert_eq!((workers.len(), workers[0].account, workers[0].from), (1, 42, DAY));
        let id = workers[0].id;
        t.db.write_now(move |tx| deeds::release_worker(tx, ACT, id, date(2026, 3, 9))).unwrap();
        assert!(t.db.write_now(move |tx| deeds::release_worker(tx, ACT, id, date(2026, 3, 9))).is_err());
    }
}

#[test]
fn a_map_of_fifty_towns_is_a_few_kilobytes_and_locating_never_fails() {
    let t = store::testing::sqlite(MIGRATIONS).unwrap();
    import(&t.db, wuwei(), FROM);
    let live = LiveAtlas::open(&t.db).unwrap();
    let grids =
        demo_grids(&live.now(), territory::samples::DEMO_GRIDS, t.db.chance(), ACT.at, date(2025, 1, 1));
    assert_eq!(grids.len(), 28_175);
    t.db.write_now(move |tx| deeds::add_grids(tx, ACT, &grids)).unwrap();
    live.refresh_now(&t.db).unwrap();
    let atlas = live.now();
    let v = web::sample_view(&[web::room(), territory::room()], web::Lang::Zh, false).unwrap();
    let city = by_code(&atlas, "620600000000");
    let counties: Vec<_> = atlas.children(Some(city)).map(|e| e.id).collect();
    for scope in counties.iter().chain([&city]) {
        let area = |id: Id<Division>| MapArea { id, number: Some(1_234), href: format!("/cases?place={id}") };
        let areas: Vec<MapArea> = atlas.children(Some(*scope)).map(|e| area(e.id)).collect();
        let svg = map_svg(&v, &atlas, &areas, "图").to_string();
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        std::io::Write::write_all(&mut packed, svg.as_bytes()).unwrap();
        let size = packed.finish().unwrap().len();
        assert!(size < 8_192, "{} areas: {size} bytes packed, {} plain", areas.len(), svg.len());
        assert_eq!(svg.matches("<path").count(), areas.len());
        let labelled = svg.matches("<text").count();
        assert!(labelled >= areas.len(), "{labelled} labels for {} areas", areas.len());
    }
    // The ground is whole: every village's corner finds its home or lies on the city's own border.
    let homeless =
        atlas.all_grids().filter(|g| atlas.locate(g.outline.rings()[0][0], 1.0).place.is_none()).count();
    assert!(homeless < 400, "{homeless}");
}
