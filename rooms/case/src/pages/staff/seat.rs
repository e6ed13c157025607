//! What every staff page looks names up in (工位): who sits there, the atlas, the catalogue.

use std::{collections::HashMap, sync::Arc};

use access::{Duty, Kind, Level, Person, Scope, ScopeFilter, Touch};
use base::{Id, Millis, Outcome};
use store::Conn;
use territory::{Atlas, Division};
use web::{Opt, Site, View};

use crate::model::{Category, RouteRule};
use crate::rules::catalogue::Catalogue;
use crate::store::Ground;

/// The duties with which a unit works on cases: their posts' units are "my unit" on the lists.
const WORKING: [Duty; 5] = [Duty::Clerk, Duty::Handle, Duty::Verify, Duty::Grid, Duty::Mediate];

/// One person's seat for the length of a request.
#[derive(Clone)]
pub(super) struct Seat {
    /// Who sits there.
    pub person: Arc<Person>,
    /// The territory.
    pub atlas: Atlas,
    /// Categories, units, rules.
    pub catalogue: Arc<Catalogue>,
    /// All of it together, with the work calendar.
    pub ground: Ground,
}

impl Seat {
    /// The seat of the signed-in person.
    pub fn of(site: &Site, who: &web::Person) -> Outcome<Self> {
        let ground = site.get::<crate::store::Desk>()?.now();
        Ok(Self {
            person: access::person_of(who)?,
            atlas: ground.atlas.clone(),
            catalogue: ground.catalogue.clone(),
            ground,
        })
    }

    /// Whether any post gives the duty: for tabs and menus only.
    pub fn has(&self, duty: Duty) -> bool {
        self.person.has(duty)
    }

    /// The units from which the person works on cases.
    pub fn units(&self) -> Vec<i64> {
        let mut all: Vec<i64> = WORKING.iter().flat_map(|d| self.person.units_with(*d)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Everything that the person may open.
    pub fn may_open(&self) -> ScopeFilter {
        access::view_filter(&self.person, Kind::CaseView)
    }

    /// The places whose figures the person reads.
    pub fn figures(&self) -> ScopeFilter {
        access::view_filter(&self.person, Kind::Figures)
    }

    /// What the person's own units hold or had a part in; empty when they have none.
    pub fn of_my_units(&self) -> ScopeFilter {
        let own = self.may_open().clauses.into_iter().filter(|c| matches!(c.touch, Touch::Part(_)));
        ScopeFilter { clauses: own.collect() }
    }

    /// The widest scope that the person reads: what the area fields begin below.
    pub fn root(&self) -> Scope {
        let all = self.person.posts.iter().map(|p| p.scope);
        all.min_by_key(|s| s.level).unwrap_or(Scope { level: Level::Grid, id: 0 })
    }

    /// The name of the root, e.g. 武威市凉州区; empty for the whole.
    pub fn root_name(&self) -> String {
        let scope = self.root();
        if scope.level == Level::Grid { String::new() } else { self.path(scope.id) }
    }

    /// A division's name with the names above it, from the county down.
    pub fn path(&self, division: i64) -> String {
        self.atlas.path_name(Id::of(division), territory::Kind::County)
    }

    /// Town and village on one line, or the county where nothing nearer is known. Whoever works in one town
    /// reads the village alone.
    pub fn place(&self, county: i64, town: i64, village: i64) -> String {
        let name = |id: i64| self.atlas.name(Id::of(id));
        match (town, village) {
            (0, _) => name(county).to_owned(),
            (_, v) if v != 0 && self.root().level >= Level::Town => name(village).to_owned(),
            _ => format!("{}{}", name(town), name(village)),
        }
    }

    /// A place in full: from the county down to the village and its grid.
    pub fn place_full(&self, place: &access::Place) -> String {
        let smallest = [place.village, place.town, place.county, place.city].into_iter().find(|id| *id != 0);
        let path = smallest.map(|id| self.path(id)).unwrap_or_default();
        match self.atlas.grid(Id::of(place.grid)) {
            Some(grid) => format!("{path} {}", grid.name),
            None => path,
        }
    }

    /// A unit's name; a dash when there is none.
    pub fn unit(&self, id: i64) -> String {
        let name = self.catalogue.units.name(id);
        if name.is_empty() { "—".to_owned() } else { name.to_owned() }
    }

    /// A category with the one above it: 环境卫生 › 垃圾清运不及时.
    pub fn category(&self, id: i64) -> String {
        let line: Vec<&str> =
            self.catalogue.lineage(id).into_iter().map(|c| self.catalogue.category_name(c)).take(2).collect();
        line.into_iter().rev().filter(|n| !n.is_empty()).collect::<Vec<_>>().join(" › ")
    }

    /// A category with everything above it.
    pub fn category_path(&self, id: i64) -> String {
        let line: Vec<&str> =
            self.catalogue.lineage(id).into_iter().map(|c| self.catalogue.category_name(c)).collect();
        line.into_iter().rev().collect::<Vec<_>>().join(" › ")
    }

    /// The conditions of a routing rule, in words.
    pub fn rule_words(&self, v: &View, rule: &RouteRule) -> String {
        let mut words = Vec::new();
        if rule.category != 0 {
            words.push(self.category_path(rule.category));
        }
        if rule.place != 0 {
            words.push(self.path(rule.place));
        }
        words.extend(rule.channel.map(|c| v.t(c.key()).into_owned()));
        words.extend(super::routing::when_words(v, &rule.when));
        if words.is_empty() {
            words.push(v.t("case.page.admin.rule_any").into_owned());
        }
        words.join(" + ")
    }

    /// The categories that may be chosen now, each with its way from the top, for one select.
    pub fn choices(&self, now: Millis) -> Vec<Opt> {
        let leaves = self.catalogue.categories().filter(|c| c.kind.is_some() && c.is_valid(now));
        leaves
            .map(|c| Opt::new(Id::<Category>::of(c.id), format!("{} {}", c.code, self.category(c.id))))
            .collect()
    }

    /// The upper two levels of categories, for filters.
    pub fn headings(&self) -> Vec<Opt> {
        let upper = self.catalogue.categories().filter(|c| c.kind.is_none());
        let label = |c: &Category| if c.parent == 0 { c.name.clone() } else { format!("　{}", c.name) };
        upper.map(|c| Opt::new(Id::<Category>::of(c.id), label(c))).collect()
    }

    /// The divisions below one, as options.
    pub fn below(&self, id: i64) -> Vec<Opt> {
        if id == 0 {
            return Vec::new();
        }
        self.atlas.children(Some(Id::<Division>::of(id))).map(|e| Opt::new(e.id, e.name)).collect()
    }

    /// The counties below a scope, as options.
    pub fn counties(&self, root: Scope) -> Vec<Opt> {
        let ids = match root.level {
            Level::Country => {
                let roots: Vec<_> = self.atlas.children(None).map(|e| e.id).collect();
                roots.into_iter().flat_map(|r| self.atlas.below(r, territory::Kind::County)).collect()
            }
            Level::Province | Level::City => self.atlas.below(Id::of(root.id), territory::Kind::County),
            _ => Vec::new(),
        };
        ids.into_iter().map(|id| Opt::new(id, self.atlas.name(id))).collect()
    }
}

/// The names of accounts that a page mentions (姓名): asked for once, for all rows together.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(HashMap<i64, String>);

impl Names {
    /// The names of these accounts.
    pub fn of(conn: &mut Conn, ids: impl IntoIterator<Item = i64>) -> Outcome<Self> {
        let mut ids: Vec<i64> = ids.into_iter().filter(|id| *id > 0).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self(access::displays_of(conn, &ids)?.into_iter().collect()))
    }

    /// Who did it, in words: the sender, the house, or a name.
    pub fn who(&self, v: &View, account: i64) -> String {
        match account {
            0 => v.t("case.by.sender").into_owned(),
            -1 => v.t("case.by.system").into_owned(),
            id => self.0.get(&id).cloned().unwrap_or_else(|| "—".to_owned()),
        }
    }
}
