//! Who reads, where and which period: what every page of the room begins with.

use std::{collections::HashMap, sync::Arc};

use access::{Kind, Level, Person, Scope, ScopeFilter, Touch};
use base::{Cursor, Id, Millis, Outcome, Zone};
use calendar::LiveAlmanac;
use deadline::Calendar;
use jiff::{ToSpan, civil::Date};
use store::Conn;
use territory::{Atlas, Division, Kind as Rung, LiveAtlas};
use web::{Html, List, ListQuery, Names as _, Opt, Site, View};

use crate::model::{Area, Ask, ClockKind, ClockState, Cut, Indicator, Order};
use crate::store::{Category, all_categories};

web::names! {
    /// What the pages can be asked for.
    pub(crate) enum By {
        County = "county", Town = "town", Month = "month", Unit = "unit", Category = "category", Level = "level",
        Count = "count", Clock = "clock", State = "state",
    }
}

/// Where the towns of a chosen county come from.
const TOWNS: &str = "/territory/options?parent=";

/// Reads for a page: from the copy of the database where there is one, and then the page says as of when. Sheets are read
/// where the numbers are present, because nothing on them would say it.
pub(crate) async fn overlook<T: Send + 'static>(
    site: &Site,
    v: &View,
    question: impl FnOnce(&mut Conn) -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let (read, at) = site.db.overlook(question).await?;
    if let Some(at) = at {
        v.answers_as_of(at);
    }
    Ok(read)
}

/// The page of a list that was asked for; by time where nothing was said, downwards where `down`.
pub(crate) fn cut(q: &Query, down: bool) -> Cut {
    Cut { order: q.order(), down: q.descending(down), after: q.cursor(), size: q.size() }
}

/// The part of a list's file that begins after a cursor.
pub(crate) fn part(q: &Query, down: bool, after: Option<Cursor>, size: usize) -> Cut {
    Cut { after, size, ..cut(q, down) }
}

/// The codes by which work calendars are kept.
const CODES: &str = "nbs12";

pub(crate) type Query = ListQuery<By, Order>;

/// A division with everything below it, or the whole installation, with what its queries find their index by.
pub fn area_of(atlas: &Atlas, level: Level, id: i64) -> Area {
    let raw = |ids: Vec<Id<Division>>| ids.into_iter().map(Id::raw);
    let (mut cities, mut counties) = (Vec::new(), Vec::new());
    let tops: Vec<Id<Division>> = match level {
        Level::Country => atlas.children(None).map(|e| e.id).collect(),
        Level::Province => vec![Id::of(id)],
        _ => Vec::new(),
    };
    for top in tops {
        cities.extend(raw(atlas.below(top, Rung::City)));
        counties.extend(raw(atlas.below(top, Rung::County)));
    }
    match level {
        // Records may stand at the top itself, without a city.
        Level::Country | Level::Province => {
            counties.extend(cities.iter().copied());
            cities.push(0);
            counties.push(0);
        }
        Level::City => {
            cities.push(id);
            counties = raw(atlas.below(Id::of(id), Rung::County)).collect();
            counties.push(id);
        }
        Level::County | Level::Town | Level::Village | Level::Grid => {
            let lineage = match level {
                Level::Grid => atlas.place_of_grid(Id::of(id)).map(|p| p.lineage).unwrap_or_default(),
                _ => atlas.lineage(Id::of(id)),
            };
            cities.extend(lineage.city.map(Id::raw));
            counties.extend(lineage.county.or(lineage.city).map(Id::raw));
        }
    }
    Area { level, id, cities, counties }
}

fn areas(atlas: &Atlas, filter: &ScopeFilter) -> Vec<Area> {
    let area = |touch| match touch {
        Touch::Anything => Some(area_of(atlas, Level::Country, 0)),
        Touch::Place(level, id) if id != 0 => Some(area_of(atlas, level, id)),
        // Figures and the journal are reached by place only.
        _ => None,
    };
    filter.clauses.iter().filter_map(|c| area(c.touch)).collect()
}

/// One reader's seat for the length of a request.
pub(crate) struct Seat {
    pub atlas: Atlas,
    pub scope: Vec<Area>,
    root: Scope,
}

impl Seat {
    /// The seat of the signed-in person, for this kind of thing.
    pub fn of(site: &Site, who: &web::Person, kind: Kind) -> Outcome<Self> {
        let person: Arc<Person> = access::person_of(who)?;
        let atlas = site.get::<LiveAtlas>()?.now();
        let scope = areas(&atlas, &access::view_filter(&person, kind));
        let root = scope.iter().map(|a| Scope { level: a.level, id: a.id }).min_by_key(|s| s.level);
        Ok(Self { atlas, scope, root: root.unwrap_or(Scope { level: Level::Grid, id: 0 }) })
    }

    /// What is asked: the scope, narrowed by the address.
    pub fn ask(&self, q: &Query, v: &View, names: &Names) -> Ask {
        let narrow = |by, level| q.parsed::<Id<Division>>(by).map(|id| area_of(&self.atlas, level, id.raw()));
        let (from, to) = period(q, v);
        let category = q.parsed::<Id<Indicator>>(By::Category).map_or(0, Id::raw);
        Ask {
            scope: self.scope.clone(),
            place: narrow(By::Town, Level::Town).or_else(|| narrow(By::County, Level::County)),
            from: v.zone.start_of(from),
            to: v.zone.start_of(to),
            now: v.now,
            unit: q.parsed::<Id<access::Unit>>(By::Unit).map_or(0, Id::raw),
            categories: if category == 0 { Vec::new() } else { names.subtree(category) },
            level: q.get(By::Level).and_then(Level::parse),
            clock: ClockKind::ALL.iter().copied().find(|c| Some(c.name()) == q.get(By::Clock)),
            state: ClockState::ALL.iter().copied().find(|s| Some(s.name()) == q.get(By::State)),
        }
    }

    /// The work calendar of the reader's own place.
    pub fn calendar(&self, site: &Site) -> Outcome<Arc<Calendar>> {
        let code = self.atlas.code(Id::of(self.root.id), CODES).unwrap_or_default();
        Ok(site.get::<LiveAlmanac>()?.now().calendar(code))
    }

    /// The name of what is shown, from the city down.
    pub fn place_name(&self, ask: &Ask) -> String {
        let id = ask.place.as_ref().map_or(self.root.id, |a| a.id);
        if id == 0 { String::new() } else { self.atlas.path_name(Id::of(id), Rung::City) }
    }

    /// The fields with which a page is narrowed.
    pub fn filters(&self, v: &View, q: &Query) -> Vec<Html> {
        let f = q.fields(v, "figure.by");
        let mut out = Vec::new();
        for (name, options) in self.narrowing(v, q) {
            let field = f.select(name, &options);
            out.push(if name == "county" { field.feeds("town", TOWNS).html() } else { field.html() });
        }
        out
    }

    /// The same in the filter row of a list.
    pub fn narrow(&self, v: &View, q: &Query, mut list: List) -> List {
        let f = q.fields(v, "figure.by");
        for (name, options) in self.narrowing(v, q) {
            let field = f.select(name, &options);
            list = list.filter(if name == "county" { field.feeds("town", TOWNS) } else { field });
        }
        list
    }

    /// The narrowing fields with what can be chosen.
    fn narrowing(&self, v: &View, q: &Query) -> Vec<(&'static str, Vec<Opt>)> {
        let mut out = Vec::new();
        if self.root.level < Level::County {
            let tops: Vec<Id<Division>> = match self.root.id {
                0 => self.atlas.children(None).map(|e| e.id).collect(),
                id => vec![Id::of(id)],
            };
            let ids = tops.into_iter().flat_map(|top| self.atlas.below(top, Rung::County));
            let counties: Vec<Opt> = ids.map(|id| Opt::new(id, self.atlas.name(id))).collect();
            out.push(("county", counties));
        }
        if self.root.level < Level::Town {
            let county = match self.root.level {
                Level::County => Some(Id::of(self.root.id)),
                _ => q.parsed::<Id<Division>>(By::County),
            };
            let towns: Vec<Opt> = match county {
                Some(id) => self.atlas.children(Some(id)).map(|e| Opt::new(e.id, e.name)).collect(),
                None => Vec::new(),
            };
            out.push(("town", towns));
        }
        out.push(("month", months(v)));
        out
    }
}

/// The last twelve months and the last two years.
fn months(v: &View) -> Vec<Opt> {
    let this = v.zone.day(v.now).first_of_month();
    let back = |n: i32| this.checked_sub(n.months()).unwrap_or(this);
    let months = (0..12).map(back).map(|day| {
        let value = format!("{:04}-{:02}", day.year(), day.month());
        Opt::new(&value, &value)
    });
    let years = [this.year(), this.year() - 1];
    months.chain(years.into_iter().map(|y| Opt::new(y, v.t1("figure.year", "year", y)))).collect()
}

/// The first day of the period and the first after it: a month (`2026-02`), a year (`2026`), or this month.
pub(crate) fn period(q: &Query, v: &View) -> (Date, Date) {
    let today = v.zone.day(v.now);
    let asked = q.get(By::Month).and_then(read_period);
    asked.unwrap_or_else(|| {
        let first = today.first_of_month();
        (first, first.checked_add(1.month()).unwrap_or(first))
    })
}

fn read_period(text: &str) -> Option<(Date, Date)> {
    let (year, month) = text.split_once('-').unwrap_or((text, ""));
    let year: i16 = year.parse().ok()?;
    if month.is_empty() {
        return Some((Date::new(year, 1, 1).ok()?, Date::new(year.checked_add(1)?, 1, 1).ok()?));
    }
    let first = Date::new(year, month.parse().ok()?, 1).ok()?;
    Some((first, first.checked_add(1.month()).ok()?))
}

/// The names of units and categories (名称): read once for a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    pub units: HashMap<i64, String>,
    pub categories: HashMap<i64, Category>,
}

impl Names {
    /// Reads them.
    pub fn read(conn: &mut Conn) -> Outcome<Self> {
        let units = access::every_unit(conn)?.into_iter().map(|u| (u.id.raw(), u.name)).collect();
        let categories = all_categories(conn)?.into_iter().map(|c| (c.id, c)).collect();
        Ok(Self { units, categories })
    }

    /// A unit's name; a dash where none answers.
    pub fn unit(&self, id: i64) -> String {
        self.units.get(&id).cloned().unwrap_or_else(|| "—".to_owned())
    }

    /// A category with the one above it.
    pub fn category(&self, id: i64) -> String {
        let Some(own) = self.categories.get(&id) else { return "—".to_owned() };
        match self.categories.get(&own.parent_id) {
            Some(above) => format!("{} › {}", above.name, own.name),
            None => own.name.clone(),
        }
    }

    /// The headings at the top, for a choice.
    pub fn tops(&self) -> Vec<Opt> {
        let mut all: Vec<(&str, i64)> =
            self.categories.values().filter(|c| c.parent_id == 0).map(|c| (c.name.as_str(), c.id)).collect();
        all.sort_unstable();
        all.into_iter().map(|(name, id)| Opt::new(Id::<Indicator>::of(id), name)).collect()
    }

    /// The heading at the top over a category.
    pub fn top(&self, id: i64) -> i64 {
        let mut at = id;
        while let Some(above) = self.categories.get(&at).map(|c| c.parent_id).filter(|p| *p != 0) {
            at = above;
        }
        at
    }

    /// A category and all below it.
    pub fn subtree(&self, id: i64) -> Vec<i64> {
        let is_below = |one: &i64| {
            let mut at = *one;
            loop {
                match self.categories.get(&at) {
                    _ if at == id => return true,
                    Some(c) if c.parent_id != 0 => at = c.parent_id,
                    _ => return false,
                }
            }
        };
        let mut all: Vec<i64> = self.categories.keys().copied().filter(is_below).collect();
        all.push(id);
        all.sort_unstable();
        all.dedup();
        all
    }
}

/// What must be added to an instant so that whole days since 1970 are days of the zone.
pub(crate) fn offset_ms(zone: &Zone) -> i64 {
    -zone.start_of(jiff::civil::date(1970, 1, 1)).0
}

/// The day with this number since 1970.
pub(crate) fn day_at(number: i64) -> Date {
    let days = i32::try_from(number).unwrap_or(0);
    jiff::civil::date(1970, 1, 1).checked_add(days.days()).unwrap_or(jiff::civil::date(1970, 1, 1))
}

/// How many days since 1970 a day is.
pub(crate) fn number_of(zone: &Zone, at: Millis) -> i64 {
    (at.0 + offset_ms(zone)).div_euclid(base::DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_a_month_or_a_year() {
        let day = |t: &str| t.parse::<Date>().unwrap();
        assert_eq!(read_period("2026-02"), Some((day("2026-02-01"), day("2026-03-01"))));
        assert_eq!(read_period("2026-12"), Some((day("2026-12-01"), day("2027-01-01"))));
        assert_eq!(read_period("2026"), Some((day("2026-01-01"), day("2027-01-01"))));
        for bad in ["", "2026-13", "x", "2026-02-01x", "99999"] {
            assert_eq!(read_period(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_are_counted_in_the_zone() {
        let zone = Zone::default();
        let midnight = zone.start_of(jiff::civil::date(2026, 3, 2));
        assert_eq!(day_at(number_of(&zone, midnight)), jiff::civil::date(2026, 3, 2));
        assert_eq!(day_at(number_of(&zone, midnight.plus(-1))), jiff::civil::date(2026, 3, 1));
    }

    #[test]
    fn a_category_without_a_name_ends_the_way_up() {
        let category = |id, parent_id| Category { id, parent_id, name: id.to_string(), is_heading: false };
        let all = [category(1, 0), category(2, 1), category(3, 2)];
        let names = Names { units: HashMap::new(), categories: all.into_iter().map(|c| (c.id, c)).collect() };
        assert_eq!((names.top(3), names.top(9), names.subtree(2)), (1, 9, vec![2, 3]));
        assert_eq!(names.category(3), "2 › 3");
    }
}
