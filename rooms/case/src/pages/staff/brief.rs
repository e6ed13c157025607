//! The leader's page (工作简报): how the offices of an area do their work, for a period, by area and by
//! category. Every number opens the rows that it counts. Nobody's name is on it: there is no dimension
//! that is a person.

use std::collections::{BTreeMap, HashMap};

use access::{Level, Scope};
use askama::Template;
use axum::extract::State;
use base::{DAY_MS, Id, Millis, Outcome};
use jiff::{Span as Days, ToSpan, civil::Date};
use store::Conn;
use territory::{Division, Kind, MapArea, map_svg};
use web::{Answer, Html, ListQuery, Names as _, Site, View, Who, page};

use super::chart::{Bar, bars};
use super::queue::{Figure, Sort, area_options, days};
use super::seat::Seat;
use crate::model::Category;
use crate::rules::answers::{AnswerTimes, Tenths};
use crate::store::{self as cases, CaseFilter, Dimension};

web::names! {
    /// What a brief can be asked for.
    pub(super) enum BriefBy {
        County = "county", Town = "town", Category = "category", Span = "span", From = "from", To = "to",
    }
}
web::names! {
    /// The ready-made periods; the first is shown where none was asked for.
    enum Span { Quarter = "quarter", Month = "month", LastMonth = "last_month", Year = "year", All = "all" }
}

type Query = ListQuery<BriefBy, Sort>;

impl Span {
    fn key(self) -> &'static str {
        match self {
            Self::Quarter => "case.page.brief.span_quarter",
            Self::Month => "case.page.brief.span_month",
            Self::LastMonth => "case.page.brief.span_last_month",
            Self::Year => "case.page.brief.span_year",
            Self::All => "case.page.brief.span_all",
        }
    }

    /// The first and the last day, seen from `today`.
    fn days(self, today: Date) -> (Option<Date>, Option<Date>) {
        let back = |span: Days, from: Date| from.checked_sub(span).unwrap_or(from);
        match self {
            Self::Quarter => (Some(back(89.days(), today)), Some(today)),
            Self::Month => (Some(today.first_of_month()), Some(today)),
            Self::LastMonth => {
                let last = back(1.day(), today.first_of_month());
                (Some(last.first_of_month()), Some(last))
            }
            Self::Year => (Some(today.first_of_year()), Some(today)),
            Self::All => (None, None),
        }
    }
}

/// What is counted, all for the same area, category and period (统计范围).
#[derive(Debug, Clone)]
struct Ask {
    scope: Scope,
    category: i64,
    from: Option<Date>,
    to: Option<Date>,
    filter: CaseFilter,
}

impl Ask {
    fn read(seat: &Seat, q: &Query, v: &View) -> Self {
        let (from, to) = match (q.parsed::<Date>(BriefBy::From), q.parsed::<Date>(BriefBy::To)) {
            (None, None) => {
                let asked = Span::ALL.iter().copied().find(|s| Some(s.name()) == q.get(BriefBy::Span));
                asked.unwrap_or(Span::Quarter).days(v.zone.day(v.now))
            }
            both => both,
        };
        let narrow = |by, level| q.parsed::<Id<Division>>(by).map(|id| Scope { level, id: id.raw() });
        let chosen = narrow(BriefBy::Town, Level::Town).or_else(|| narrow(BriefBy::County, Level::County));
        let category = q.parsed::<Id<Category>>(BriefBy::Category).map_or(0, Id::raw);
        let (created_from, created_before) = days(&v.zone, from, to);
        let filter = CaseFilter {
            place: chosen.map(|s| (s.level, s.id)),
            categories: if category == 0 { Vec::new() } else { seat.catalogue.subtree(category) },
            created_from,
            created_before,
            ..CaseFilter::within(seat.figures())
        };
        Self { scope: chosen.unwrap_or_else(|| seat.root()), category, from, to, filter }
    }

    /// The filter of one figure. What is overdue is overdue now, whenever it came in.
    fn of(&self, figure: Figure) -> CaseFilter {
        let mut filter = self.filter.clone();
        figure.narrow(&mut filter);
        if figure == Figure::Overdue {
            (filter.created_from, filter.created_before) = (None, None);
        }
        filter
    }

    /// The level by which the area is split.
    fn split(&self) -> Level {
        match self.scope.level {
            Level::Country | Level::Province => Level::City,
            Level::City => Level::County,
            Level::County => Level::Town,
            Level::Town => Level::Village,
            Level::Village | Level::Grid => Level::Grid,
        }
    }

    /// Where the rows of a figure are, for one area (0 = all) and one category (0 = all).
    fn address(&self, figure: Figure, area: (Level, i64), category: i64) -> String {
        let mut pairs = vec![("figure", figure.name().to_owned())];
        let place = if area.1 == 0 { self.filter.place } else { Some(area) };
        if let Some((level, id)) = place {
            let name = match level {
                Level::County => "county",
                Level::Town => "town",
                Level::Village => "village",
                // The list has no such field, so there is no honest link.
                _ => return String::new(),
            };
            pairs.push((name, Id::<Division>::of(id).to_string()));
        }
        let category = if category == 0 { self.category } else { category };
        if category != 0 {
            pairs.push(("category", Id::<Category>::of(category).to_string()));
        }
        if figure != Figure::Overdue {
            pairs.extend(self.from.map(|d| ("from", d.to_string())));
            pairs.extend(self.to.map(|d| ("to", d.to_string())));
        }
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", web::encode(value))).collect();
        format!("/queue?{}", query.join("&"))
    }
}

/// The figures of one area or one category.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    counts: HashMap<&'static str, i64>,
    /// Arrival and first answer, where both instants are known.
    pairs: Vec<(Millis, Millis)>,
}

/// The figures that the store counts; the others follow from the times of answers.
const COUNTED: [Figure; 7] = [
    Figure::Received,
    Figure::AcceptedInTime,
    Figure::Closed,
    Figure::Fixed,
    Figure::Answered,
    Figure::NotSolved,
    Figure::Overdue,
];

impl Sums {
    fn count(&self, figure: Figure) -> i64 {
        let within =
            |days: i64| self.pairs.iter().filter(|(from, to)| to.0 - from.0 <= days * DAY_MS).count();
        match figure {
            Figure::Dated => self.pairs.len() as i64,
            Figure::Within15 => within(15) as i64,
            Figure::Within60 => within(60) as i64,
            counted => self.counts.get(counted.name()).copied().unwrap_or(0),
        }
    }

    fn add(&mut self, other: &Self) {
        for (name, n) in &other.counts {
            *self.counts.entry(name).or_default() += n;
        }
        self.pairs.extend_from_slice(&other.pairs);
    }

    fn is_empty(&self) -> bool {
        self.counts.values().all(|n| *n == 0)
    }
}

/// The sums by a dimension: one question for each counted figure and one for the times.
fn sums_by(conn: &mut Conn, ask: &Ask, by: Dimension, now: Millis) -> Outcome<BTreeMap<i64, Sums>> {
    let mut all: BTreeMap<i64, Sums> = BTreeMap::new();
    for figure in COUNTED {
        for cell in cases::figures(conn, &ask.of(figure), by, now)? {
            *all.entry(cell.key).or_default().counts.entry(figure.name()).or_default() += cell.count;
        }
    }
    for (key, from, to) in cases::answer_spans_by(conn, &ask.of(Figure::Dated), by, now)? {
        all.entry(key).or_default().pairs.push((from, to));
    }
    Ok(all)
}

/// Everything that the page shows, as numbers.
struct Brief {
    areas: BTreeMap<i64, Sums>,
    categories: BTreeMap<i64, Sums>,
}

impl Brief {
    fn ask(conn: &mut Conn, ask: &Ask, now: Millis) -> Outcome<Self> {
        Ok(Self {
            areas: sums_by(conn, ask, Dimension::Place(ask.split()), now)?,
            categories: sums_by(conn, ask, Dimension::Category, now)?,
        })
    }

    fn whole(&self) -> Sums {
        self.areas.values().fold(Sums::default(), |mut all, one| {
            all.add(one);
            all
        })
    }

    /// Leaves folded into the children of the chosen category, or into the roots.
    fn folded(&self, seat: &Seat, chosen: i64) -> BTreeMap<i64, Sums> {
        let mut out: BTreeMap<i64, Sums> = BTreeMap::new();
        for (leaf, sums) in &self.categories {
            let line = seat.catalogue.lineage(*leaf);
            let at = line.iter().position(|id| *id == chosen).unwrap_or(line.len());
            let group = if at == 0 { *leaf } else { line[at - 1] };
            out.entry(group).or_default().add(sums);
        }
        out
    }
}

/// A number that opens its rows.
pub(super) struct CellView {
    pub value: String,
    pub of: String,
    pub address: String,
}

/// A large number on top.
pub(super) struct Tile {
    pub label: String,
    pub value: String,
    pub of: String,
    pub address: String,
    pub bad: bool,
}

/// A row of a table of figures.
pub(super) struct RowView {
    pub name: String,
    pub address: String,
    pub cells: Vec<CellView>,
}

#[derive(Template)]
#[template(path = "case/staff/figures.html")]
pub(super) struct FigureTable {
    pub label: &'static str,
    pub heads: Vec<String>,
    pub rows: Vec<RowView>,
}

/// A part of the page: bars and their table.
pub(super) struct Group {
    pub name: &'static str,
    pub title: String,
    pub bars: Html,
    pub table: Html,
}

#[derive(Template)]
#[template(path = "case/staff/brief.html")]
pub(super) struct BriefPage {
    pub v: View,
    pub place: String,
    pub period: String,
    pub filters: Vec<Html>,
    pub periods: Vec<(String, String)>,
    pub tiles: Vec<Tile>,
    pub map: Option<Html>,
    pub groups: Vec<Group>,
    pub method: Vec<String>,
}

/// A share in percent with one decimal; a dash where there is nothing to divide by.
fn share(part: i64, whole: i64) -> String {
    if whole <= 0 { "—".to_owned() } else { format!("{}%", Tenths((2_000 * part + whole) / (2 * whole))) }
}

fn tenths(value: Option<Tenths>) -> String {
    value.map_or("—".to_owned(), |t| t.to_string())
}

/// The figures of a row with what each is a share of.
const SHOWN: [(Figure, Option<Figure>); 9] = [
    (Figure::Received, None),
    (Figure::AcceptedInTime, Some(Figure::Received)),
    (Figure::Closed, Some(Figure::Received)),
    (Figure::Fixed, Some(Figure::Closed)),
    (Figure::NotSolved, Some(Figure::Answered)),
    (Figure::Overdue, None),
    (Figure::Dated, None),
    (Figure::Within15, Some(Figure::Dated)),
    (Figure::Within60, Some(Figure::Dated)),
];

/// The cells of one row: counts with shares, then median and ninetieth percentile in days.
fn cells_of(sums: &Sums, address: impl Fn(Figure) -> String) -> Vec<CellView> {
    let mut cells: Vec<CellView> = SHOWN
        .iter()
        .map(|(figure, of)| {
            let n = sums.count(*figure);
            CellView {
                value: n.to_string(),
                of: of.map_or(String::new(), |of| share(n, sums.count(of))),
                address: if n == 0 { String::new() } else { address(*figure) },
            }
        })
        .collect();
    let times = AnswerTimes::of(sums.pairs.iter().copied());
    for percent in [50, 90] {
        let dated = if times.count() == 0 { String::new() } else { address(Figure::Dated) };
        cells.push(CellView { value: tenths(times.quantile(percent)), of: String::new(), address: dated });
    }
    cells
}

pub(super) fn heads(v: &View, first: &str) -> Vec<String> {
    let mut heads = vec![v.t(first).into_owned()];
    heads.extend(SHOWN.iter().map(|(f, _)| v.t(f.key()).into_owned()));
    heads.extend(["case.page.brief.median", "case.page.brief.p90"].map(|k| v.t(k).into_owned()));
    heads
}

/// One line of a group before it is drawn.
struct Item {
    name: String,
    address: String,
    sums: Sums,
    area: (Level, i64),
    category: i64,
}

fn group(
    v: &View,
    ask: &Ask,
    name: &'static str,
    title: &'static str,
    head: &'static str,
    items: &[Item],
) -> Group {
    let title = v.t(title).into_owned();
    let rows = items.iter().map(|item| RowView {
        name: item.name.clone(),
        address: item.address.clone(),
        cells: cells_of(&item.sums, |figure| match item.area {
            // Rows without a known place cannot be asked for.
            (_, -1) => String::new(),
            area => ask.address(figure, area, item.category),
        }),
    });
    let table = FigureTable { label: name, heads: heads(v, head), rows: rows.collect() };
    let drawn = items.iter().map(|item| Bar {
        name: item.name.clone(),
        all: item.sums.count(Figure::Received),
        part: item.sums.count(Figure::Closed),
    });
    let words = ("case.page.brief.received", "case.page.brief.closed");
    Group { name, bars: bars(v, &title, drawn.collect(), words), table: Html::of(&table), title }
}

/// The children of the area in the order of the atlas, and what has no known place.
fn area_items(seat: &Seat, ask: &Ask, brief: &Brief, q: &Query) -> Vec<Item> {
    let level = ask.split();
    let mut left = brief.areas.clone();
    let parent = if ask.scope.id == 0 { None } else { Some(Id::<Division>::of(ask.scope.id)) };
    let children: Vec<(i64, String)> = match level {
        Level::Grid => seat.atlas.grids(Id::of(ask.scope.id)).map(|g| (g.id.raw(), g.name.clone())).collect(),
        _ => seat.atlas.children(parent).map(|e| (e.id.raw(), e.name.to_owned())).collect(),
    };
    let deeper = match level {
        Level::County => Some(BriefBy::County),
        Level::Town => Some(BriefBy::Town),
        _ => None,
    };
    let item = |id: i64, name: String, sums: Sums| Item {
        name,
        address: deeper.map_or(String::new(), |by| q.with(by, &Id::<Division>::of(id).to_string())),
        sums,
        area: (level, id),
        category: 0,
    };
    let mut items: Vec<Item> =
        children.into_iter().map(|(id, name)| item(id, name, left.remove(&id).unwrap_or_default())).collect();
    // Places of earlier days, merged or renamed since, keep the rows of their day.
    for (id, sums) in left.into_iter().filter(|(_, s)| !s.is_empty()) {
        let name = seat.atlas.name(Id::of(id)).to_owned();
        let unknown = name.is_empty();
        let mut one = item(id, if unknown { "—".to_owned() } else { name }, sums);
        if unknown {
            (one.area.1, one.address) = (-1, String::new());
        }
        items.push(one);
    }
    items
}

fn category_items(seat: &Seat, ask: &Ask, brief: &Brief, q: &Query) -> Vec<Item> {
    let folded = brief.folded(seat, ask.category);
    let mut items: Vec<Item> = folded
        .into_iter()
        .map(|(id, sums)| Item {
            name: seat.catalogue.category_name(id).to_owned(),
            address: q.with(BriefBy::Category, &Id::<Category>::of(id).to_string()),
            sums,
            area: (Level::Country, 0),
            category: id,
        })
        .collect();
    items.sort_by_key(|i| std::cmp::Reverse(i.sums.count(Figure::Received)));
    items
}

fn tiles(v: &View, ask: &Ask, whole: &Sums) -> Vec<Tile> {
    let cells = cells_of(whole, |figure| ask.address(figure, (Level::Country, 0), 0));
    let labels = heads(v, "case.page.brief.heading").into_iter().skip(1);
    let tile = |(label, cell): (String, CellView)| Tile {
        bad: label == v.t(Figure::Overdue.key()) && cell.value != "0",
        label,
        value: cell.value,
        of: cell.of,
        address: cell.address,
    };
    labels.zip(cells).map(tile).collect()
}

/// The map of the area's parts, shaded by what is overdue now; nothing where no part has ground.
fn overdue_map(v: &View, seat: &Seat, ask: &Ask, items: &[Item]) -> Option<Html> {
    let areas: Vec<MapArea> = items
        .iter()
        .filter(|i| i.area.1 > 0 && i.area.0 != Level::Grid)
        .map(|i| MapArea {
            id: Id::of(i.area.1),
            number: Some(i.sums.count(Figure::Overdue)),
            href: ask.address(Figure::Overdue, i.area, 0),
        })
        .collect();
    let map = map_svg(v, &seat.atlas, &areas, &v.t("case.page.brief.map"));
    (!map.as_str().is_empty()).then_some(map)
}

pub(super) async fn brief_show(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let ask = Ask::read(&seat, &q, &v);
    let (asked, now) = (ask.clone(), v.now);
    let brief = site.db.read(move |conn| Brief::ask(conn, &asked, now)).await?;
    let areas = area_items(&seat, &ask, &brief, &q);
    let categories = category_items(&seat, &ask, &brief, &q);
    let groups = vec![
        group(&v, &ask, "areas", "case.page.brief.by_area", "case.page.brief.area", &areas),
        group(&v, &ask, "kinds", "case.page.brief.by_category", "case.page.brief.category", &categories),
    ];
    page(&BriefPage {
        place: place_of(&seat, &ask),
        period: period_words(&v, &ask),
        filters: filters(&v, &seat, &q),
        periods: Span::ALL.iter().map(|s| (span_address(&q, *s), v.t(s.key()).into_owned())).collect(),
        tiles: tiles(&v, &ask, &brief.whole()),
        map: overdue_map(&v, &seat, &ask, &areas),
        groups,
        method: METHOD.iter().map(|key| v.t(key).into_owned()).collect(),
        v,
    })
}

/// How each figure is made, in a sentence each.
pub(super) const METHOD: [&str; 7] = [
    "case.page.brief.how_received",
    "case.page.brief.how_accepted",
    "case.page.brief.how_closed",
    "case.page.brief.how_fixed",
    "case.page.brief.how_not_solved",
    "case.page.brief.how_overdue",
    "case.page.brief.how_answers",
];

fn place_of(seat: &Seat, ask: &Ask) -> String {
    if ask.scope.id == 0 { String::new() } else { seat.atlas.path_name(Id::of(ask.scope.id), Kind::City) }
}

fn period_words(v: &View, ask: &Ask) -> String {
    let day = |d: Option<Date>| d.map_or_else(|| "…".to_owned(), |d| d.to_string());
    let words = [("from", &day(ask.from) as &dyn std::fmt::Display), ("to", &day(ask.to))];
    let mut out = match (ask.from, ask.to) {
        (None, None) => v.t("case.page.brief.period_all").into_owned(),
        _ => v.tw("case.page.brief.period", &words),
    };
    if ask.category != 0 {
        out.push_str(&v.t("case.page.brief.period_category"));
    }
    out
}

fn span_address(q: &Query, span: Span) -> String {
    let bare = q.with(BriefBy::From, "");
    let (_, query) = bare.split_once('?').unwrap_or(("", ""));
    let q = Query::parse("/brief", query);
    let q = Query::parse("/brief", q.with(BriefBy::To, "").split_once('?').map_or("", |(_, rest)| rest));
    q.with(BriefBy::Span, span.name())
}

fn filters(v: &View, seat: &Seat, q: &Query) -> Vec<Html> {
    let f = q.fields(v, "case.page.brief.by");
    let county = q.parsed::<Id<Division>>(BriefBy::County).map_or(0, Id::raw);
    let mut out = Vec::new();
    for (name, options) in area_options(seat, seat.root(), county, 0) {
        match name {
            "county" => {
                out.push(f.select("county", &options).feeds("town", "/territory/options?parent=").html())
            }
            "town" => out.push(f.select("town", &options).html()),
            _ => {}
        }
    }
    out.push(f.select("category", &seat.headings()).html());
    out.push(f.date("from").html());
    out.push(f.date("to").html());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn periods_end_today_or_with_the_last_month() {
        let today = day("2026-03-31");
        assert_eq!(Span::LastMonth.days(today), (Some(day("2026-02-01")), Some(day("2026-02-28"))));
        assert_eq!(Span::Month.days(today), (Some(day("2026-03-01")), Some(today)));
        assert_eq!(Span::Quarter.days(today).0, Some(day("2026-01-01")));
        assert_eq!(Span::All.days(today), (None, None));
    }

    #[test]
    fn a_share_is_rounded_half_up_and_needs_a_whole() {
        assert_eq!((share(1, 3), share(2, 3), share(0, 0)), ("33.3%".into(), "66.7%".into(), "—".into()));
        assert_eq!(share(1_731, 2_815), "61.5%");
    }

    #[test]
    fn sums_add_up() {
        let mut a = Sums::default();
        a.counts.insert("received", 2);
        a.pairs.push((Millis(0), Millis(15 * DAY_MS)));
        let mut b = a.clone();
        b.pairs.push((Millis(0), Millis(15 * DAY_MS + 1)));
        b.add(&a);
        assert_eq!((b.count(Figure::Received), b.count(Figure::Dated), b.count(Figure::Within15)), (4, 3, 2));
    }
}
