//! Founding the demo city: divisions, grids, units, the pack, the staff. Everything goes through the rooms'
//! deeds; nothing is written to a table directly.

use std::{collections::HashMap, sync::Arc};

use access::{
    Account, Cast, CastPlaces, CastUnits, Doer, Duties, Duty, NewAccount, NewPost, Place, Post, Unit,
    UnitKind,
};
use anyhow::Context;
use base::{Act, Chance, Id, Millis, Zone};
use case::{
    deeds::{Hand, WantedUnit},
    rules::pack::{Pack, PackFile, read_pack},
    store::{Desk, Ground as Known},
};
use jiff::civil::{Date, date};
use store::Db;
use territory::{
    Atlas, Division, Grid, LiveAtlas,
    model::{CodeSystem, Employment, GridRole, Outline},
    rules::tiling::{self, DEMO_EXTENT, Lattice, Plot},
};

use super::{
    ground::Ground,
    people::{self, Crowd},
};
use crate::house::{SHIPPED, Told};

const DIVISIONS: &str = include_str!("../../../packs/wuwei/divisions.csv");

/// Grids and grid workers of the whole city, as the dossier's T1 has them.
const GRIDS: usize = 28_175;
const WORKERS: usize = 34_639;
/// The small city's.
const SMALL_TOWNS: usize = 2;
const SMALL_GRIDS: usize = 200;
const SMALL_WORKERS: usize = 240;
/// From which day the ground is valid: the edition of the statistical codes.
const GROUND_DAY: Date = date(2023, 6, 30);
/// Rows of one deed.
const CHUNK: usize = 400;

/// How large the city is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// Two towns, for tests and the browser.
    Small,
    /// All of it.
    Whole,
}

/// The city as the year needs it.
pub struct City {
    /// The places without ids.
    pub ground: Ground,
    /// The pack.
    pub pack: Pack,
    /// Ids of places, categories and units.
    pub known: Known,
    /// Grids by the village's position in the ground.
    pub grids: Vec<Vec<Id<Grid>>>,
    /// The cast of the tour.
    pub cast: Cast,
    /// Everybody else who works here.
    pub staff: Staff,
}

/// Who works in which unit.
#[derive(Debug, Clone, Default)]
pub struct Staff {
    /// Accounts by unit and duty: whom a deed in that unit is done by.
    pub by_unit: HashMap<(i64, Duty), Vec<Id<Account>>>,
}

/// The built-in pack.
///
/// # Errors
/// Its mistakes, with file and line; a test keeps it free of them.
pub fn built_in_pack() -> anyhow::Result<Pack> {
    read_pack(&SHIPPED.map(|(name, text)| PackFile { name, text })).map_err(|all| {
        let lines = all.iter().map(ToString::to_string).collect::<Vec<_>>();
        anyhow::anyhow!("{}", lines.join("\n"))
    })
}

/// Says how far a step is: its name, what is done, and all.
pub type Say<'a> = &'a mut dyn FnMut(&'static str, u64, u64);

/// Makes the city in an empty, migrated database.
///
/// # Errors
/// What a deed says.
pub fn found(db: &Db, at: Millis, size: Size, say: Say<'_>) -> anyhow::Result<City> {
    let mut pack = built_in_pack()?;
    let ground = divisions(db, at, size, say)?;
    // The small city has not every place that the routing table names.
    pack.routes.retain(|r| r.place.as_ref().is_none_or(|code| ground.has(code)));
    let live = Arc::new(LiveAtlas::open(db).told()?);
    let grids = grids(db, at, &ground, &live.now(), say)?;
    live.refresh_now(db).told()?;
    let atlas = live.now();
    let units = units(db, at, &atlas, &pack, say)?;
    let desk = Desk::open(db, live.clone(), Zone::default()).told()?;
    let (before, loaded) = (desk.now(), pack.clone());
    db.write_now(move |tx| case::deeds::load_pack(tx, &before, Hand::House, at, &loaded)).told()?;
    desk.refresh_now(db).told()?;
    let cast = cast(db, at, &ground, &atlas, &grids, &units)?;
    let staff = staff(db, at, &units, say)?;
    workers(db, at, size, &ground, &grids, &committees(&ground, &atlas, &units)?, say)?;
    Ok(City { ground, pack, known: desk.now(), grids, cast, staff })
}

fn divisions(db: &Db, at: Millis, size: Size, say: Say<'_>) -> anyhow::Result<Ground> {
    let total = if size == Size::Small { SMALL_GRIDS } else { GRIDS };
    let mut ground = Ground::read(DIVISIONS, |_| 1)?;
    if size == Size::Small {
        ground = ground.first_towns(SMALL_TOWNS);
    }
    let codes: Vec<&str> = ground.villages.iter().map(|v| v.area.code.as_str()).collect();
    let counts = tiling::spread(&codes, total);
    let text = kept_rows(&ground);
    let mut ground = Ground::read(&text, {
        let by_code: HashMap<String, usize> = codes.iter().map(|c| (*c).to_owned()).zip(counts).collect();
        move |code| by_code.get(code).copied().unwrap_or(1)
    })?;
    // Reading again has kept the order, so positions in the two grounds agree.
    ground.counties.shrink_to_fit();
    let system = CodeSystem::new(CodeSystem::NBS12).told()?;
    let report =
        territory::deeds::import_sheet(db, Act::system(at), text.as_bytes(), &system, GROUND_DAY, &mut |p| {
            say("行政区划", p.done as u64, p.all as u64);
        })
        .told()?;
    anyhow::ensure!(report.errors.is_empty(), "divisions.csv: {:?}", report.errors);
    Ok(ground)
}

/// The rows of the shipped table that the ground keeps.
fn kept_rows(ground: &Ground) -> String {
    let mut keep: Vec<&str> = ground.counties.iter().chain(&ground.towns).map(|a| a.code.as_str()).collect();
    keep.extend(ground.villages.iter().map(|v| v.area.code.as_str()));
    let keep: std::collections::HashSet<&str> = keep.into_iter().collect();
    DIVISIONS
        .lines()
        .enumerate()
        .filter(|(n, line)| {
            let mut cells = line.split(',');
            let code = cells.next().unwrap_or_default();
            let upper = cells.nth(2).is_some_and(|level| level == "province" || level == "city");
            *n == 0 || upper || keep.contains(code)
        })
        .map(|(_, line)| format!("{line}\n"))
        .collect()
}

fn village_id(atlas: &Atlas, code: &str) -> anyhow::Result<Id<Division>> {
    let found = atlas.by_code("nbs12", code).first().map(|e| e.id);
    found.ok_or_else(|| anyhow::anyhow!("no division has the code {code}"))
}

fn grids(
    db: &Db,
    at: Millis,
    ground: &Ground,
    atlas: &Atlas,
    say: Say<'_>,
) -> anyhow::Result<Vec<Vec<Id<Grid>>>> {
    let lattice = Lattice::for_grids(DEMO_EXTENT, ground.villages.iter().map(|v| v.grids).sum(), 620_600);
    let rings = lattice.tile(&plot(ground));
    let order = village_order(ground);
    let mut ids = vec![Vec::new(); ground.villages.len()];
    let mut rows = Vec::new();
    for (village, rings) in order.into_iter().zip(rings) {
        let area = &ground.villages[village].area;
        let division = village_id(atlas, &area.code)?;
        for (n, ring) in rings.into_iter().enumerate() {
            let id = db.chance().id::<Grid>(at);
            ids[village].push(id);
            rows.push(Grid {
                id,
                village: division,
                parent: None,
                level: territory::model::Level::FIRST,
                code: format!("{}{:03}", area.code, n + 1),
                name: format!("第{}网格", n + 1),
                outline: Outline::of_rings(vec![ring]).told()?,
                valid_from: GROUND_DAY,
                valid_to: None,
            });
        }
    }
    let all = rows.len() as u64;
    for (n, part) in rows.chunks(CHUNK * 5).enumerate() {
        let part = part.to_vec();
        db.write_now(move |tx| territory::deeds::add_grids(tx, Act::system(at), &part)).told()?;
        say("网格", ((n + 1) * CHUNK * 5) as u64, all);
    }
    Ok(ids)
}

/// Villages in the order in which the lattice gives ground: county by county, town by town.
fn village_order(ground: &Ground) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ground.villages.len()).collect();
    order.sort_by_key(|v| {
        let town = ground.villages[*v].area.above;
        (ground.towns[town].above, town, *v)
    });
    order
}

fn plot(ground: &Ground) -> Plot {
    let towns_of = |county: usize| (0..ground.towns.len()).filter(move |t| ground.towns[*t].above == county);
    let leaves = |town: usize| {
        let villages = ground.villages.iter().filter(move |v| v.area.above == town);
        Plot::Parts(villages.map(|v| Plot::Leaf(v.grids)).collect())
    };
    Plot::Parts((0..ground.counties.len()).map(|c| Plot::Parts(towns_of(c).map(leaves).collect())).collect())
}

/// A unit that was made, with what it is.
#[derive(Debug, Clone)]
struct Made {
    id: Id<Unit>,
    wanted: WantedUnit,
}

fn units(db: &Db, at: Millis, atlas: &Atlas, pack: &Pack, say: Say<'_>) -> anyhow::Result<Vec<Made>> {
    let wanted = case::deeds::units_wanted(atlas, pack).told()?;
    let mut made = Vec::new();
    for part in wanted.chunks(CHUNK) {
        let input = part.to_vec();
        let ids = db.write_now(move |tx| case::deeds::found_units(tx, Hand::House, at, &input)).told()?;
        made.extend(ids.into_iter().zip(part).map(|(id, w)| Made { id, wanted: w.clone() }));
        say("单位", made.len() as u64, wanted.len() as u64);
    }
    Ok(made)
}

fn cast(
    db: &Db,
    at: Millis,
    ground: &Ground,
    atlas: &Atlas,
    grids: &[Vec<Id<Grid>>],
    units: &[Made],
) -> anyhow::Result<Cast> {
    let village_place = |n: usize| -> anyhow::Result<Place> {
        Ok(case::deeds::place_of(atlas, village_id(atlas, &ground.villages[n].area.code)?))
    };
    let village = village_place(0)?;
    let town = Place { village: 0, ..village };
    let county = Place { town: 0, ..town };
    let city = Place { county: 0, ..county };
    let grid = Place { grid: grids[0].first().map_or(0, |g| g.raw()), ..village };
    let find = |sort: &str, place: Place| {
        units.iter().find(|u| u.wanted.sort == sort && u.wanted.place == place).map(|u| u.id)
    };
    let at_work = CastUnits {
        county_centre: find("centre", county),
        town_centre: find("centre", town),
        committee: find("committee", village),
        department: find("housing", county),
        mediation: find("mediation", town),
    };
    let digest = Cast::digest(db.chance()).told()?;
    let places = CastPlaces { city, county, town, village, grid };
    db.write_now(move |tx| access::cast(tx, &Doer::house(at), &places, &at_work, &digest)).told()
}

/// The duties of the people of a unit: each entry is a person.
fn people_of(unit: &Made) -> &'static [&'static [Duty]] {
    match (unit.wanted.kind, unit.wanted.level) {
        (UnitKind::Centre, _) => &[&[Duty::Intake, Duty::Clerk], &[Duty::Verify, Duty::Clerk], &[Duty::Lead]],
        (UnitKind::Department | UnitKind::Office, _) => &[&[Duty::Handle], &[Duty::Handle]],
        (UnitKind::Mediation, _) => &[&[Duty::Mediate]],
        _ => &[],
    }
}

fn staff(db: &Db, at: Millis, units: &[Made], say: Say<'_>) -> anyhow::Result<Staff> {
    let wanted: Vec<(Made, &'static [Duty])> =
        units.iter().flat_map(|u| people_of(u).iter().map(move |duties| (u.clone(), *duties))).collect();
    let all = wanted.len() as u64;
    let mut staff = Staff::default();
    let mut number = 0_u64;
    for part in wanted.chunks(CHUNK / 4) {
        let (input, first) = (part.to_vec(), number);
        let made = db
            .write_now(move |tx| {
                let doer = Doer::house(at);
                input
                    .iter()
                    .zip(first..)
                    .map(|((unit, duties), n)| {
                        let account = appoint(tx, &doer, unit, duties, n)?;
                        Ok((unit.id.raw(), *duties, account))
                    })
                    .collect::<base::Outcome<Vec<_>>>()
            })
            .told()?;
        number += part.len() as u64;
        for (unit, duties, account) in made {
            for duty in duties {
                staff.by_unit.entry((unit, *duty)).or_default().push(account);
            }
        }
        say("工作人员", number, all);
    }
    Ok(staff)
}

fn appoint(
    tx: &mut store::Tx<'_>,
    doer: &Doer,
    unit: &Made,
    duties: &[Duty],
    n: u64,
) -> base::Outcome<Id<Account>> {
    let account = NewAccount {
        name: format!("s{n:05}"),
        display: people::name(Crowd::Staff, n),
        unit: unit.id,
        digest: None,
        must_change: true,
    };
    let account = access::create_account(tx, doer, &account)?;
    let post = NewPost {
        unit: unit.id,
        title: format!("{}经办人", unit.wanted.name),
        duties: Duties::of(duties),
        scope: unit.wanted.place,
    };
    let post: Id<Post> = access::create_post(tx, doer, &post)?;
    access::grant_post(tx, doer, account, post, None)?;
    Ok(account)
}

/// One post of grid workers in each village, held by all of them, and who works in which grid.
fn workers(
    db: &Db,
    at: Millis,
    size: Size,
    ground: &Ground,
    grids: &[Vec<Id<Grid>>],
    committees: &[&Made],
    say: Say<'_>,
) -> anyhow::Result<()> {
    let total = if size == Size::Small { SMALL_WORKERS } else { WORKERS };
    let input: Vec<(Id<Unit>, Place)> = committees.iter().map(|u| (u.id, u.wanted.place)).collect();
    let posts: Vec<Id<Post>> = db
        .write_now(move |tx| {
            let doer = Doer::house(at);
            input
                .iter()
                .map(|(unit, place)| {
                    let new = NewPost {
                        unit: *unit,
                        title: "网格员".to_owned(),
                        duties: Duties::of(&[Duty::Grid]),
                        scope: *place,
                    };
                    access::create_post(tx, &doer, &new)
                })
                .collect()
        })
        .told()?;
    let all = people::workers(ground, total);
    for (n, part) in all.chunks(CHUNK).enumerate() {
        let jobs: Vec<_> = part
            .iter()
            .map(|w| Job {
                number: w.number,
                unit: committees[w.village].id,
                post: posts[w.village],
                grids: w.grids.iter().map(|g| grids[w.village][*g]).collect(),
                role: if w.is_head { GridRole::Head } else { GridRole::Member },
                employment: if w.is_full_time { Employment::Full } else { Employment::Part },
            })
            .collect();
        db.write_now(move |tx| hire(tx, at, &jobs)).told()?;
        say("网格员", ((n + 1) * CHUNK) as u64, all.len() as u64);
    }
    Ok(())
}

/// The committee of each village, in the ground's order.
fn committees<'a>(ground: &Ground, atlas: &Atlas, units: &'a [Made]) -> anyhow::Result<Vec<&'a Made>> {
    let all = units.iter().filter(|u| u.wanted.sort == "committee");
    let by_village: HashMap<i64, &Made> = all.map(|u| (u.wanted.place.village, u)).collect();
    let one = |v: &super::ground::Village| {
        let id = village_id(atlas, &v.area.code)?;
        by_village.get(&id.raw()).copied().with_context(|| format!("{} has no committee", v.area.code))
    };
    ground.villages.iter().map(one).collect()
}

struct Job {
    number: u64,
    unit: Id<Unit>,
    post: Id<Post>,
    grids: Vec<Id<Grid>>,
    role: GridRole,
    employment: Employment,
}

fn hire(tx: &mut store::Tx<'_>, at: Millis, jobs: &[Job]) -> base::Outcome<()> {
    let doer = Doer::house(at);
    let mut assignments = Vec::new();
    for job in jobs {
        let new = NewAccount {
            name: format!("w{:05}", job.number),
            display: people::name(Crowd::Workers, job.number),
            unit: job.unit,
            digest: None,
            must_change: true,
        };
        let account = access::create_account(tx, &doer, &new)?;
        access::grant_post(tx, &doer, account, job.post, None)?;
        assignments.extend(job.grids.iter().map(|grid| territory::deeds::NewAssignment {
            grid: *grid,
            account: account.raw(),
            role: job.role,
            employment: job.employment,
            from: GROUND_DAY,
            to: None,
        }));
    }
    territory::deeds::assign_workers(tx, Act::system(at), &assignments)?;
    Ok(())
}

/// Chance that makes every demo city the same.
pub fn demo_chance() -> Chance {
    Chance::from_seed(620_600)
}
