//! Strike-off figures (销号率): listed, struck off, the rate with its numerator and denominator, by level and by responsible
//! unit. Each number opens its rows. There is no figure about a person.

use askama::Template;
use axum::extract::State;
use base::{Id, Millis};
use jiff::civil::Date;
use web::{Answer, Html, ListQuery, Site, View, Who, page};

use super::list::Sort;
use super::seat::Seat;
use crate::model::Level;
use crate::rules::Rate;
use crate::store::{Cut, EntryFilter, Figure, figures};

web::names! {
    /// What figures can be asked for: a period of listing.
    pub(crate) enum Span { From = "from", To = "to" }
}

/// One line as it is drawn.
pub(crate) struct Row {
    pub name: String,
    pub listed: (i64, String),
    pub struck: (i64, String),
    pub rate: String,
    pub overdue: (i64, String),
}

/// One table.
pub(crate) struct Table {
    pub id: &'static str,
    pub title: String,
    pub head: String,
    pub rows: Vec<Row>,
}

#[derive(Template)]
#[template(path = "supervision/figures.html")]
pub(crate) struct FiguresPage {
    pub v: View,
    pub fields: Vec<Html>,
    pub whole: Option<Row>,
    pub tables: Vec<Table>,
}

/// Draws a figure; `narrow` is the part of the address that opens its rows.
pub(crate) fn row(name: String, narrow: &str, f: &Figure) -> Row {
    let to = |tab: &str| format!("/supervision?tab={tab}{narrow}");
    Row {
        name,
        listed: (f.listed, to("ever")),
        struck: (f.struck, to("struck_off")),
        rate: Rate { part: f.struck, whole: f.listed }.percent(),
        overdue: (f.overdue, to("overdue")),
    }
}

/// GET /supervision/figures
pub(crate) async fn figures_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    q: ListQuery<Span, Sort>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (from, to) = (q.parsed::<Date>(Span::From), q.parsed::<Date>(Span::To));
    let filter = EntryFilter {
        listed_from: from.map(|d| v.zone.start_of(d)),
        listed_before: to.map(|d| v.zone.end_of(d).plus(1)),
        ..EntryFilter::within(access::view_filter(&seat.person, access::Kind::SupervisionView))
    };
    let now: Millis = v.now;
    let (whole, levels, units) = site
        .db
        .read(move |conn| {
            let whole = figures(conn, &filter, Cut::Whole, now)?;
            Ok((whole, figures(conn, &filter, Cut::Level, now)?, figures(conn, &filter, Cut::Unit, now)?))
        })
        .await?;
    let mut span = String::new();
    for (name, day) in [("from", from), ("to", to)] {
        span.extend(day.map(|d| format!("&{name}={d}")));
    }
    let f = q.fields(&v, "supervision.filter");
    let of_level = |f: &Figure| {
        let name = Level::parse(&f.name).map_or(String::new(), |l| v.t(l.key()).into_owned());
        row(name, &format!("&level={}{span}", f.name), f)
    };
    let of_unit = |f: &Figure| {
        let id: i64 = f.name.parse().unwrap_or(0);
        row(seat.unit(id), &format!("&unit={}{span}", Id::<access::Unit>::of(id)), f)
    };
    let table = |id, key: &str, head: &str, rows| Table {
        id,
        title: v.t(key).into_owned(),
        head: v.t(head).into_owned(),
        rows,
    };
    page(&FiguresPage {
        fields: vec![f.date("from").html(), f.date("to").html()],
        whole: whole.first().map(|f| row(v.t("supervision.figures.whole").into_owned(), &span, f)),
        tables: vec![
            table(
                "levels",
                "supervision.figures.levels",
                "supervision.col.level",
                levels.iter().map(of_level).collect(),
            ),
            table(
                "units",
                "supervision.figures.units",
                "supervision.col.unit",
                units.iter().map(of_unit).collect(),
            ),
        ],
        v,
    })
}
