//! Who reads, and what the lists can be asked for.

use std::{collections::HashMap, sync::Arc};

use access::{Kind, Level, Person};
use base::{Id, Millis, Outcome};
use jiff::{ToSpan, civil::Date};
use store::Conn;
use territory::{Atlas, Division, Kind as Rung, LiveAtlas};
use web::{ListQuery, Names as _, Opt, Site, View};

use crate::model::Counter;
use crate::store::{CallFilter, category_names};

web::names! {
    /// What the lists can be asked for.
    pub(crate) enum By {
        Tab = "tab", County = "county", Month = "month", Unit = "unit", Category = "category", Level = "level",
        Draw = "draw", Count = "count",
    }
}
web::names! {
    /// The lists have one order.
    pub(crate) enum Sort { Closed = "closed" }
}
web::names! {
    /// The tabs.
    pub(crate) enum Tab {
        Mine = "mine", Pool = "pool", Open = "open", Reached = "reached", Unreached = "unreached", Lapsed = "lapsed",
        All = "all",
    }
}

pub(crate) type Query = ListQuery<By, Sort>;

impl Tab {
    /// The catalogue's key.
    pub fn key(self) -> &'static str {
        match self {
            Self::Mine => "callback.tab.mine",
            Self::Pool => "callback.tab.pool",
            Self::Open => "callback.tab.open",
            Self::Reached => "callback.tab.reached",
            Self::Unreached => "callback.tab.unreached",
            Self::Lapsed => "callback.tab.lapsed",
            Self::All => "callback.tab.all",
        }
    }
}

/// One reader's seat for the length of a request.
pub(crate) struct Seat {
    pub person: Arc<Person>,
    pub atlas: Atlas,
}

impl Seat {
    /// The seat of the signed-in person.
    pub fn of(site: &Site, who: &web::Person) -> Outcome<Self> {
        Ok(Self { person: access::person_of(who)?, atlas: site.get::<LiveAtlas>()?.now() })
    }

    /// What is asked: the reader's own places, narrowed by the address.
    pub fn filter(&self, q: &Query, v: &View) -> CallFilter {
        let raw = |by| q.parsed::<Id<()>>(by).map_or(0, Id::raw);
        let mut filter = CallFilter {
            scope: access::view_filter(&self.person, Kind::CaseView),
            county: raw(By::County),
            unit: raw(By::Unit),
            category: raw(By::Category),
            draw: raw(By::Draw),
            level: q.get(By::Level).and_then(Level::parse),
            count: q.get(By::Count).and_then(|name| Counter::ALL.iter().copied().find(|c| c.name() == name)),
            ..CallFilter::default()
        };
        if let Some((from, to)) = q.get(By::Month).and_then(read_period) {
            (filter.from, filter.to) = (Some(v.zone.start_of(from)), Some(v.zone.start_of(to)));
        }
        match q.get(By::Tab).and_then(|name| Tab::ALL.iter().copied().find(|t| t.name() == name)) {
            Some(Tab::Mine) => {
                (filter.account, filter.count) = (self.person.account.raw(), Some(Counter::Open));
            }
            Some(Tab::Pool) => (filter.untaken, filter.count) = (true, Some(Counter::Open)),
            Some(Tab::Open) => filter.count = Some(Counter::Open),
            Some(Tab::Reached) => filter.count = Some(Counter::Reached),
            Some(Tab::Unreached) => filter.count = Some(Counter::Unreached),
            Some(Tab::Lapsed) => filter.count = Some(Counter::Lapsed),
            Some(Tab::All) | None => {}
        }
        filter
    }

    /// The counties that can be asked for, where there are several.
    pub fn counties(&self) -> Vec<Opt> {
        let widest = self.person.posts.iter().map(|p| p.scope).min_by_key(|s| s.level);
        let tops: Vec<Id<Division>> = match widest {
            Some(s) if s.level == Level::Country => self.atlas.children(None).map(|e| e.id).collect(),
            Some(s) if s.level < Level::County => vec![Id::of(s.id)],
            _ => Vec::new(),
        };
        let ids = tops.into_iter().flat_map(|top| self.atlas.below(top, Rung::County));
        ids.map(|id| Opt::new(id, self.atlas.name(id))).collect()
    }
}

/// The last twelve months.
pub(crate) fn months(v: &View) -> Vec<Opt> {
    let this = v.zone.day(v.now).first_of_month();
    let name = |n: i32| {
        let day = this.checked_sub(n.months()).unwrap_or(this);
        format!("{:04}-{:02}", day.year(), day.month())
    };
    (0..12).map(|n| Opt::new(name(n), name(n))).collect()
}

/// A month (`2026-02`): its first day and the first after it.
fn read_period(text: &str) -> Option<(Date, Date)> {
    let (year, month) = text.split_once('-')?;
    let first = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    Some((first, first.checked_add(1.month()).ok()?))
}

/// The names of units and categories: read once for a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub units: HashMap<i64, String>,
    pub categories: HashMap<i64, (i64, String)>,
}

impl Names {
    /// Reads them.
    pub fn read(conn: &mut Conn) -> Outcome<Self> {
        let units = access::every_unit(conn)?.into_iter().map(|u| (u.id.raw(), u.name)).collect();
        let categories = category_names(conn)?.into_iter().map(|(id, above, name)| (id, (above, name)));
        Ok(Self { units, categories: categories.collect() })
    }

    /// A unit's name; a dash where none answers.
    pub fn unit(&self, id: i64) -> String {
        self.units.get(&id).cloned().unwrap_or_else(|| "—".to_owned())
    }

    /// A category with the one above it.
    pub fn category(&self, id: i64) -> String {
        let Some((above, name)) = self.categories.get(&id) else { return "—".to_owned() };
        match self.categories.get(above) {
            Some((_, upper)) => format!("{upper} › {name}"),
            None => name.clone(),
        }
    }
}

/// A day, as lists show it.
pub(crate) fn day(v: &View, at: Millis) -> String {
    v.zone.day(at).to_string()
}
