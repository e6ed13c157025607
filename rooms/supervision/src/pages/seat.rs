//! What the pages look names up in (工位): who sits there, places, units, categories, and the colleagues' names.

use std::{collections::HashMap, sync::Arc};

use access::{Kind, Level as Rung, Person, Place, Scope, ScopeFilter};
use axum::{
    extract::{FromRequestParts, Path, State},
    http::request::Parts,
};
use base::{Id, Outcome};
use case::store::{Desk, Ground};
use store::Conn;
use territory::Division;
use web::{Fail, Html, Opt, Site, Tone, View, Who};

use crate::model::{Entry, Level, Stage};
use crate::rules::{Light, light};

/// One person's seat for the length of a request.
#[derive(Clone)]
pub(crate) struct Seat {
    /// Who sits there.
    pub person: Arc<Person>,
    /// Places, units, categories, the work calendar.
    pub ground: Ground,
}

impl Seat {
    /// The seat of the signed-in person.
    pub fn of(site: &Site, who: &web::Person) -> Outcome<Self> {
        Ok(Self { person: access::person_of(who)?, ground: site.get::<Desk>()?.now() })
    }

    /// Everything of the room that the person may open.
    pub fn scope(&self) -> ScopeFilter {
        access::view_filter(&self.person, Kind::SupervisionView)
    }

    /// The units of the person's posts.
    pub fn units(&self) -> Vec<i64> {
        let mut all: Vec<i64> = self.person.posts.iter().map(|p| p.unit.raw()).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The widest scope that the person has: what the area fields begin below.
    pub fn root(&self) -> Scope {
        let all = self.person.posts.iter().map(|p| p.scope);
        all.min_by_key(|s| s.level).unwrap_or(Scope { level: Rung::Grid, id: 0 })
    }

    /// A unit's name; a dash when there is none.
    pub fn unit(&self, id: i64) -> String {
        let name = self.ground.units.name(id);
        if name.is_empty() { "—".to_owned() } else { name.to_owned() }
    }

    /// A division's name with the names above it, from the county down.
    pub fn path(&self, division: i64) -> String {
        self.ground.atlas.path_name(Id::of(division), territory::Kind::County)
    }

    /// A place in full, down to its grid.
    pub fn place(&self, p: &Place) -> String {
        let smallest = [p.village, p.town, p.county, p.city, p.province].into_iter().find(|id| *id != 0);
        let path = smallest.map(|id| self.path(id)).unwrap_or_default();
        match self.ground.atlas.grid(Id::of(p.grid)) {
            Some(grid) => format!("{path} {}", grid.name),
            None => path,
        }
    }

    /// A category's name.
    pub fn category(&self, id: i64) -> String {
        self.ground.category_name(id).to_owned()
    }

    /// The upper levels of categories, for filters.
    pub fn headings(&self) -> Vec<Opt> {
        let upper = self.ground.categories().filter(|c| c.kind.is_none());
        upper.map(|c| Opt::new(Id::<Division>::of(c.id), c.name.clone())).collect()
    }

    /// The categories that may be chosen now.
    pub fn choices(&self, v: &View) -> Vec<Opt> {
        let leaves = self.ground.categories().filter(|c| c.kind.is_some() && c.is_valid(v.now));
        leaves.map(|c| Opt::new(Id::<Division>::of(c.id), format!("{} {}", c.code, c.name))).collect()
    }

    /// The divisions below one, as options.
    fn below(&self, id: i64) -> Vec<Opt> {
        if id == 0 {
            return Vec::new();
        }
        self.ground.atlas.children(Some(Id::<Division>::of(id))).map(|e| Opt::new(e.id, e.name)).collect()
    }

    /// The fields of an area below the person's own root, with their options, filled by what was chosen above.
    pub fn area(&self, county: Option<i64>, town: Option<i64>) -> Vec<(&'static str, Vec<Opt>)> {
        let root = self.root();
        let mut fields = Vec::new();
        if root.level < Rung::County {
            let above = match root.level {
                Rung::Country => self.ground.atlas.children(None).map(|e| e.id).collect(),
                _ => vec![Id::of(root.id)],
            };
            let counties =
                above.into_iter().flat_map(|id| self.ground.atlas.below(id, territory::Kind::County));
            fields.push(("county", counties.map(|id| Opt::new(id, self.ground.atlas.name(id))).collect()));
        }
        if root.level < Rung::Town {
            fields.push((
                "town",
                self.below(if root.level == Rung::County { root.id } else { county.unwrap_or(0) }),
            ));
        }
        if root.level < Rung::Village {
            fields.push((
                "village",
                self.below(if root.level == Rung::Town { root.id } else { town.unwrap_or(0) }),
            ));
        }
        fields
    }

    /// The place of what was chosen in the area fields: the smallest of them, else the root.
    pub fn chosen(&self, area: [Option<Id<Division>>; 3]) -> Place {
        let root = self.root();
        let smallest = area.into_iter().flatten().next();
        match (smallest, root.level) {
            (Some(id), _) => case::deeds::place_of(&self.ground.atlas, id),
            (None, Rung::Country) => Place::default(),
            (None, Rung::Grid) => {
                let place = self.ground.atlas.place_of_grid(Id::of(root.id));
                place.map_or_else(Place::default, |p| access::place_of(&p.lineage, p.grid))
            }
            (None, _) => case::deeds::place_of(&self.ground.atlas, Id::of(root.id)),
        }
    }
}

/// The names of accounts that a page mentions: asked for once, for all rows together.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(HashMap<i64, String>);

impl Names {
    /// The names of these accounts.
    pub fn of(conn: &mut Conn, ids: impl IntoIterator<Item = i64>) -> Outcome<Self> {
        let mut ids: Vec<i64> = ids.into_iter().filter(|id| *id > 0).collect();
        ids.sort_unstable();
        ids.dedup();
        if ids.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self(access::displays_of(conn, &ids)?.into_iter().collect()))
    }

    /// A colleague's name; the house's, or a dash.
    pub fn who(&self, v: &View, account: i64) -> String {
        match self.0.get(&account) {
            Some(name) => name.clone(),
            None if account < 0 => v.t("supervision.by.system").into_owned(),
            None => "—".to_owned(),
        }
    }
}

/// One act's request: who, when, on which record.
pub(crate) struct At<T> {
    pub site: Site,
    pub v: View,
    pub who: Who,
    pub id: Id<T>,
}

impl<T: 'static> FromRequestParts<Site> for At<T> {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Fail> {
        let State(site) = State::<Site>::from_request_parts(parts, site).await?;
        let v = View::from_request_parts(parts, &site).await?;
        let who = <Who as FromRequestParts<Site>>::from_request_parts(parts, &site).await?;
        let id = Path::<Id<T>>::from_request_parts(parts, &site).await;
        let Path(id) = id.map_err(|_| base::Refusal::not_found())?;
        Ok(Self { site, v, who, id })
    }
}

/// The badge of a stage.
pub(crate) fn stage_badge(v: &View, stage: Stage) -> Html {
    let tone = match stage {
        Stage::StruckOff => Tone::Good,
        Stage::Returned => Tone::Bad,
        Stage::Nominated | Stage::Declined => Tone::Plain,
        Stage::Extended => Tone::Warn,
        _ => Tone::Info,
    };
    v.badge(tone, v.t(stage.key()))
}

/// The badge of the time limit: a word, a sign, and how much is left; never colour alone.
pub(crate) fn light_badge(v: &View, entry: &Entry) -> Html {
    let words = |light: Light| format!("{} · {}", v.t(light.key()), v.left_words(entry.marks.due));
    match light(entry, v.now) {
        Light::Off => Html::none(),
        Light::Calm => v.left(entry.marks.due),
        Light::Amber => v.badge(Tone::Warn, words(Light::Amber)),
        Light::Red => v.badge(Tone::Bad, words(Light::Red)),
        Light::Undecided => v.badge(Tone::Info, v.t(Light::Undecided.key())),
        Light::Overdue => v.badge(Tone::Bad, v.left_words(entry.marks.late)),
    }
}

/// The options of the levels.
pub(crate) fn level_options(v: &View) -> Vec<Opt> {
    Level::ALL.iter().map(|l| Opt::new(l.code(), v.t(l.key()))).collect()
}

/// The library's word for the page's language.
pub(crate) fn language(v: &View) -> deadline::Language {
    match v.lang {
        web::Lang::Zh => deadline::Language::Chinese,
        web::Lang::En => deadline::Language::English,
    }
}
