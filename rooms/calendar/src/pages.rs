//! The administrator's pages of the work calendar: the years and their notices, a year month by month, and
//! publishing or correcting one, which shows first what it moves.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, Query, State};
use base::{Invalid, Outcome};
use deadline::{DayKind, Layer, YearTable};
use jiff::civil::{Date, date};
use serde::Deserialize;
use territory::LiveAtlas;
use web::{Answer, Fields, Form, Need, Right, Routes, Site, View, Who, go_saying, page};

use crate::deeds::{self, Dependants, LiveAlmanac};
use crate::model::{Almanac, Moves, Published, Table, over};
use crate::rules::{YEARS, full_code, read_off, read_work, write_off, write_work};
use crate::store::all_tables;

const PREFIX: &str = "calendar.publish";
/// Characters of a notice's name.
const MOST_SOURCE: usize = 200;
const ADMIN: Need = Need::Duty("admin");

/// The routes.
pub(crate) fn routes() -> Routes {
    Routes::new()
        .get("/admin/calendar", years_list)
        .get("/admin/calendar/new", table_new)
        .post("/admin/calendar", table_publish)
        .get("/admin/calendar/{year}", year_show)
}

/// The rights.
pub(crate) const RIGHTS: &[Right] = &[
    Right::get("/admin/calendar", ADMIN, "the published years and the places' own days"),
    Right::get("/admin/calendar/new", ADMIN, "the form"),
    Right::post("/admin/calendar", ADMIN, "publishes or corrects a table, over all that it is for"),
    Right::get("/admin/calendar/{year}", ADMIN, "a year, month by month"),
];

pub(crate) struct YearLine {
    pub year: i16,
    pub source: String,
    pub off: usize,
    pub worked: usize,
    pub is_own: bool,
}

pub(crate) struct PlaceLine {
    pub code: String,
    pub name: String,
    pub source: String,
    pub days: String,
}

#[derive(Template)]
#[template(path = "calendar/years.html")]
pub(crate) struct YearsPage {
    pub v: View,
    pub version: String,
    pub missing: Option<i16>,
    pub years: Vec<YearLine>,
    pub places: Vec<PlaceLine>,
}

fn year_line(table: &YearTable, own: &[Published]) -> YearLine {
    let days = |p: &deadline::Period| p.last.since(p.first).map_or(0, |s| s.get_days()) + 1;
    YearLine {
        year: table.year,
        source: table.source.join("、"),
        off: table.off.iter().map(days).sum::<i32>().unsigned_abs() as usize,
        worked: table.work.len(),
        is_own: own.iter().any(|one| matches!(&one.table, Table::Year(y) if y.year == table.year)),
    }
}

async fn years_list(State(site): State<Site>, v: View, _: Who) -> Answer {
    let (almanac, atlas) = (site.get::<LiveAlmanac>()?.now(), site.get::<LiveAtlas>()?.now());
    let own = site.db.read(all_tables).await?;
    let mut years: Vec<YearLine> = almanac.book().years().map(|y| year_line(y, &own)).collect();
    years.reverse();
    let place = |l: &Layer| PlaceLine {
        code: l.code.clone(),
        name: atlas.by_code("nbs12", &full_code(&l.code)).first().map_or("—", |e| e.name).to_owned(),
        source: l.source.clone(),
        days: write_off(&l.off).replace('\n', "；"),
    };
    page(&YearsPage {
        version: almanac.book().version().to_owned(),
        missing: missing_year(&almanac, v.zone.day(v.now)),
        places: almanac.book().layers().iter().map(place).collect(),
        years,
        v,
    })
}

/// The year whose notice is needed next and is not there: this one, or the next from November on, when the
/// notice is usually out.
fn missing_year(almanac: &Almanac, today: Date) -> Option<i16> {
    let wanted = if today.month() >= 11 { today.year() + 1 } else { today.year() };
    (!almanac.book().years().any(|y| y.year == wanted)).then_some(wanted)
}

pub(crate) struct DayCell {
    pub day: i8,
    pub mark: &'static str,
    pub title: String,
}

pub(crate) struct Month {
    pub name: String,
    pub weeks: Vec<Vec<Option<DayCell>>>,
}

#[derive(Template)]
#[template(path = "calendar/year.html")]
pub(crate) struct YearPage {
    pub v: View,
    pub year: i16,
    pub source: String,
    pub weekdays: Vec<String>,
    pub months: Vec<Month>,
}

async fn year_show(State(site): State<Site>, v: View, _: Who, Path(year): Path<i16>) -> Answer {
    let almanac = site.get::<LiveAlmanac>()?.now();
    let table = almanac.book().years().find(|y| y.year == year).ok_or_else(base::Refusal::not_found)?;
    page(&YearPage {
        source: table.source.join("、"),
        weekdays: weekdays(&v),
        months: (1..=12).map(|month| month_of(&v, &almanac, year, month)).collect(),
        year,
        v,
    })
}

/// The heads of a month's columns, from Monday.
pub(crate) fn weekdays(v: &View) -> Vec<String> {
    v.t("calendar.weekdays").split(' ').map(str::to_owned).collect()
}

pub(crate) fn month_of(v: &View, almanac: &Almanac, year: i16, month: i8) -> Month {
    let calendar = almanac.calendar("");
    let first = date(year, month, 1);
    let lead = first.weekday().to_monday_zero_offset();
    let cell = |n: i8| {
        (1..=first.days_in_month()).contains(&n).then(|| {
            let (mark, name) = match calendar.kind(date(year, month, n)) {
                DayKind::Working => ("", String::new()),
                DayKind::Weekend => ("day-rest", String::new()),
                DayKind::Holiday(name) => ("day-off", name),
                DayKind::MadeUp(name) => ("day-worked", name),
            };
            let title = match mark {
                "day-off" => v.t1("calendar.day.off", "name", &name),
                "day-worked" => v.t1("calendar.day.work", "name", &name),
                _ => String::new(),
            };
            DayCell { day: n, mark, title }
        })
    };
    let weeks = (0..6).map(|week| (1..=7).map(|d| cell(week * 7 + d - lead)).collect::<Vec<_>>());
    Month {
        name: v.t1("calendar.month", "n", month),
        weeks: weeks.filter(|week| week.iter().any(Option::is_some)).collect(),
    }
}

/// A table as typed: a year's, or with a division's code a place's own days.
#[derive(Deserialize)]
pub(crate) struct NewTable {
    edition: i64,
    year: i16,
    code: String,
    source: String,
    off: String,
    work: String,
}

impl NewTable {
    fn table(&self) -> Outcome<Table> {
        let mut invalid = Invalid::default();
        let off = read_off(&self.off).map_err(|bad| {
            invalid.push_with("off", "calendar.invalid.line", vec![("n", bad.0.to_string())]);
        });
        let work = read_work(&self.work).map_err(|bad| {
            invalid.push_with("work", "calendar.invalid.line", vec![("n", bad.0.to_string())]);
        });
        let (source, code) = (self.source.trim(), self.code.trim());
        if source.is_empty() || source.chars().count() > MOST_SOURCE {
            invalid.push("source", "calendar.invalid.no_source");
        }
        if !YEARS.contains(&self.year) {
            invalid.push("year", "calendar.invalid.table");
        }
        if self.off.trim().is_empty() && (code.is_empty() || self.work.trim().is_empty()) {
            invalid.push("off", "calendar.invalid.no_days");
        }
        let (Ok(off), Ok(work), true) = (off, work, invalid.fields.is_empty()) else {
            return Err(invalid.into());
        };
        Ok(if code.is_empty() {
            Table::Year(YearTable { year: self.year, source: vec![source.to_owned()], off, work })
        } else {
            Table::Place(Layer { code: code.to_owned(), source: source.to_owned(), off, work })
        })
    }
}

/// What a table would move, in words.
pub(crate) struct Shown {
    pub moved: String,
    pub some: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "calendar/new.html")]
pub(crate) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub shown: Option<Shown>,
}

/// Which year is to be corrected, where one was pointed at.
#[derive(Deserialize)]
struct Wanted {
    year: Option<String>,
}

/// Filled with the year that was pointed at, or the one whose notice is missing, or this one; what stands of it stands
/// there, so that a correction is a small change.
async fn table_new(State(site): State<Site>, v: View, _: Who, Query(wanted): Query<Wanted>) -> Answer {
    let almanac = site.get::<LiveAlmanac>()?.now();
    let today = v.zone.day(v.now);
    let pointed = wanted.year.and_then(|year| year.parse().ok()).filter(|year| YEARS.contains(year));
    let year = pointed.or_else(|| missing_year(&almanac, today)).unwrap_or_else(|| today.year());
    let table = almanac.book().years().find(|y| y.year == year);
    let f = Fields::blank(&v, PREFIX)
        .fill("edition", almanac.edition())
        .fill("year", year)
        .fill("source", table.map(|t| t.source.join("、")).unwrap_or_default())
        .fill("off", table.map(|t| write_off(&t.off)).unwrap_or_default())
        .fill("work", table.map(|t| write_work(&t.work)).unwrap_or_default());
    page(&NewPage { f, shown: None, v })
}

fn shown(v: &View, moves: Moves) -> Shown {
    Shown {
        moved: v.tw(
            "calendar.preview.moved",
            &[
                ("open", &moves.open),
                ("moved", &moves.moved()),
                ("later", &moves.later),
                ("earlier", &moves.earlier),
                ("standing", &moves.standing),
            ],
        ),
        some: moves.some.iter().map(|(what, was, is)| (what.clone(), v.exact(*was), v.exact(*is))).collect(),
    }
}

/// The step `preview` shows what moves, the main button publishes.
async fn table_publish(State(site): State<Site>, v: View, who: Who, form: Form<NewTable>) -> Answer {
    let look = form.step() == Some("preview");
    let done = async {
        let typed = form.read()?;
        let (table, shown) = (typed.table()?, typed.edition);
        let (atlas, person, now) = (site.get::<LiveAtlas>()?.now(), access::person_of(&who)?, v.now);
        if look {
            deeds::may_publish(&atlas, &person, &table)?;
            return preview(&site, table).await.map(Some);
        }
        // All publications take turns, so that the later of two at the same moment is told of the first.
        site.db.write_keyed(0, move |tx| deeds::publish(tx, &atlas, &person, now, &table, shown)).await?;
        site.get::<LiveAlmanac>()?.refresh(&site.db).await?;
        Ok(None)
    };
    match done.await {
        Ok(None) => go_saying("/admin/calendar", "calendar.published"),
        Ok(Some(moves)) => {
            let shown = shown(&v, moves);
            form.onward(&v, PREFIX, |f| NewPage { f, shown: Some(shown), v: v.clone() })
        }
        Err(stop) => form.again(&v, PREFIX, stop, |f| NewPage { f, shown: None, v: v.clone() }),
    }
}

async fn preview(site: &Site, table: Table) -> Outcome<Moves> {
    let before = site.get::<LiveAlmanac>()?.now();
    let book = over(before.book(), &table, i64::MAX).map_err(|e| deeds::told(&e))?;
    let after = Arc::new(Almanac::new(i64::MAX, book));
    let Ok(dependants) = site.get::<Dependants>() else { return Ok(Moves::default()) };
    let (preview, at) = (dependants.preview.clone(), site.db.clock().now());
    site.db.read(move |conn| preview(conn, [&before, &after], at)).await
}
