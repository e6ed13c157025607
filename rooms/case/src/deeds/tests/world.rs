//! A small world for the tests of deeds: one city with two counties, the cast, the real pack.

use std::sync::Arc;

use access::{Cast, CastPlaces, CastUnits, Doer, Person, Place, cast, person_by_account};
use base::{Clock, Id, Millis, Outcome, Zone};
use store::testing::{TestDb, databases};
use store::{Conn, Migration, Tx};
use territory::model::{Code, CodeSystem, Division};
use territory::{Kind, Lineage, LiveAtlas};

use crate::deeds::{Hand, load_pack, place_of, submit_case};
use crate::model::{Body, Case, Channel, Intake, Receipt, Title};
use crate::rules::pack::{PackFile, read_pack};
use crate::store::{Desk, Ground};

/// Statistical codes of the divisions, from the city's province down to two villages.
const DIVISIONS: &[(i64, Kind, &str, &str, i64)] = &[
    (1, Kind::Province, "甘肃省", "620000000000", 0),
    (2, Kind::City, "武威市", "620600000000", 1),
    (3, Kind::County, "凉州区", "620602000000", 2),
    (4, Kind::Town, "发放镇", "620602101000", 3),
    (5, Kind::Village, "沙子村", "620602101201", 4),
    (6, Kind::Town, "黄羊镇", "620602102000", 3),
    (7, Kind::Village, "上庄村", "620602102201", 6),
    (8, Kind::County, "天祝藏族自治县", "620623000000", 2),
];

/// A database of one engine with people at their posts.
pub struct World {
    pub t: TestDb,
    pub desk: Arc<Desk>,
    pub cast: Cast,
}

/// One on each engine of this run.
pub fn worlds() -> Vec<World> {
    let all: Vec<Migration> = [
        web::room().migrations,
        parts::MIGRATIONS,
        jobs::MIGRATIONS,
        territory::MIGRATIONS,
        access::MIGRATIONS,
        calendar::MIGRATIONS,
        notice::MIGRATIONS,
        crate::MIGRATIONS,
    ]
    .concat();
    databases(&all).unwrap().into_iter().map(World::new).collect()
}

pub fn place(id: i64) -> Place {
    let find = |id: i64| DIVISIONS.iter().find(|d| d.0 == id);
    let mut place = Place::default();
    let mut at = find(id);
    while let Some((id, kind, _, _, parent)) = at {
        match kind {
            Kind::Province => place.province = *id,
            Kind::City => place.city = *id,
            Kind::County => place.county = *id,
            Kind::Town => place.town = *id,
            Kind::Village => place.village = *id,
        }
        at = find(*parent);
    }
    place
}

fn divisions(conn: &mut Conn) -> Outcome<()> {
    let mut all: Vec<Division> = Vec::new();
    let mut codes = Vec::new();
    for (id, kind, name, code, parent) in DIVISIONS {
        let above = all.iter().find(|d| d.id.raw() == *parent).map_or_else(Lineage::default, |d| d.lineage);
        all.push(Division {
            id: Id::of(*id),
            kind: *kind,
            name: (*name).into(),
            parent: (*parent != 0).then(|| Id::of(*parent)),
            lineage: above.with(*kind, Id::of(*id)),
            valid_from: jiff::civil::date(2020, 1, 1),
            valid_to: None,
        });
        codes.push((Id::of(*id), Code { system: CodeSystem::nbs12(), code: (*code).into() }));
    }
    territory::store::add_divisions(conn, &all)?;
    territory::store::add_codes(conn, &codes)
}

impl World {
    fn new(t: TestDb) -> Self {
        let now = t.clock.now();
        let cast =
            t.db.write_now(move |tx| {
                divisions(tx.conn)?;
                let places = CastPlaces {
                    city: place(2),
                    county: place(3),
                    town: place(4),
                    village: place(5),
                    grid: place(5),
                };
                let doer = Doer::house(now);
                cast(tx, &doer, &places, &CastUnits::default(), "x")
            })
            .unwrap();
        let live = Arc::new(LiveAtlas::open(&t.db).unwrap());
        let desk = Arc::new(Desk::open(&t.db, live, Zone::default()).unwrap());
        let g = desk.now();
        t.db.write_now(move |tx| load_pack(tx, &g, Hand::House, now, &pack())).unwrap();
        desk.refresh_now(&t.db).unwrap();
        Self { t, desk, cast }
    }

    pub fn ground(&self) -> Ground {
        self.desk.now()
    }

    pub fn now(&self) -> Millis {
        self.t.clock.now()
    }

    pub fn person(&self, name: &str) -> Person {
        let account = self.cast.get(name).unwrap().account;
        let now = self.now();
        self.t.db.read_now(move |c| person_by_account(c, account, now)).unwrap().unwrap()
    }

    pub fn unit(&self, name: &str) -> i64 {
        self.cast.get(name).unwrap().unit.raw()
    }

    /// Does a deed now; the clock moves on by a minute first.
    pub fn act<T: Send + 'static>(
        &self,
        deed: impl Fn(&mut Tx<'_>, &Ground, Millis) -> Outcome<T> + Send + 'static,
    ) -> Outcome<T> {
        self.t.clock.advance(60_000);
        let (g, now) = (self.ground(), self.now());
        self.t.db.write_now(move |tx| deed(tx, &g, now))
    }

    pub fn read<T: Send + 'static>(&self, ask: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static) -> T {
        self.t.db.read_now(ask).unwrap()
    }

    /// A matter about a building, in the village.
    pub fn matter(&self) -> Intake {
        let body = Body::new("body", "小区物业三个月没有打扫楼道,垃圾堆在门口。").unwrap();
        let category = self.ground().category_by_code("010101").unwrap().id;
        let mut matter =
            Intake::new(Channel::Web, place(5), category, Title::new("title", "物业不打扫").unwrap(), body)
                .unwrap();
        let asked = self.ground().category(category).unwrap().questions.clone();
        matter.answers =
            asked.iter().filter(|q| q.required).map(|q| (q.code.clone(), "测试".into())).collect();
        matter
    }

    pub fn submit(&self) -> Receipt {
        let matter = self.matter();
        self.act(move |tx, g, at| submit_case(tx, g, Hand::Public, at, &matter)).unwrap()
    }

    pub fn case(&self, id: Id<Case>) -> Case {
        self.read(move |c| crate::store::case_by_id(c, id)).unwrap()
    }

    /// Runs every timer that is due.
    pub fn run_timers(&self) {
        let desk = self.desk.clone();
        let runner = jobs::Runner::new(self.t.db.clone(), crate::deeds::timers(move || desk.now()));
        let rt = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        rt.block_on(async { while runner.run_due().await.unwrap() > 0 {} });
    }
}

/// Giving back with the entry of a duty list.
pub fn not_mine(why: &str) -> crate::model::DeclineOrder {
    crate::model::DeclineOrder {
        version: None,
        reason: Body::new("reason", why).unwrap(),
        duty_entry: crate::model::Line::filled("duty_entry", "权责清单第12项").unwrap(),
    }
}

pub fn pack() -> crate::rules::pack::Pack {
    macro_rules! file {
        ($name:literal) => {
            PackFile { name: $name, text: include_str!(concat!("../../../../../packs/wuwei/", $name)) }
        };
    }
    let files = [file!("pack.toml"), file!("categories.toml"), file!("units.toml"), file!("routing.toml")];
    read_pack(&files).unwrap()
}

/// The place that a division has in the atlas is the one that the tests say.
#[test]
fn the_world_is_sound() {
    for w in worlds() {
        assert_eq!(place_of(&w.ground().atlas, Id::of(5)), place(5));
        assert!(w.ground().categories().count() > 100);
    }
}
