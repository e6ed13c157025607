//! The numbers behind a sum (上报明细): a row for each division, category and day, as the installation below reported it.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use axum::extract::State;
use base::{Id, Outcome};
use store::Conn;
use web::{Answer, Cell, Heading, List, Names as _, Opt, Site, View, Who, export, page};

use super::seat::{
    Asked, By, Order, Seat, category_name, measure_heads, measure_key, month, months, numbers_of,
};
use crate::model::{ANY, DivisionCode, Measure, OTHER, Report};
use crate::store::{CellAsk, CellLine, CellOrder, categories, cells_page, installations};

/// A row of the list.
pub(crate) struct CellRow {
    pub day: String,
    pub division: String,
    pub category: String,
    pub numbers: Vec<i64>,
    pub by: String,
    pub by_id: String,
}

#[derive(Template)]
#[template(path = "upward/cells.html")]
pub(crate) struct CellsPage {
    pub v: View,
    pub q: Asked,
    pub list: List,
    pub heads: Vec<String>,
    pub rows: Vec<CellRow>,
}

/// What the rows are called.
struct Names {
    categories: BTreeMap<String, String>,
    installations: HashMap<i64, String>,
    divisions: Vec<DivisionCode>,
}

impl Names {
    fn read(conn: &mut Conn, seat: &Seat) -> Outcome<Self> {
        let all = installations(conn)?;
        let mut divisions: Vec<DivisionCode> =
            all.iter().flat_map(|i| i.codes.iter().cloned()).filter(|code| seat.sees(code)).collect();
        divisions.sort();
        divisions.dedup();
        let installations = all.into_iter().map(|i| (i.id, i.name)).collect();
        Ok(Self { categories: categories(conn)?.1, installations, divisions })
    }
}

fn ask(q: &Asked, v: &View, names: &Names) -> CellAsk {
    let (from, to) = month(q, v);
    let report = q.parsed::<Id<Report>>(By::Report).map_or(0, Id::raw);
    let wanted = q.get(By::Division);
    let divisions =
        names.divisions.iter().map(DivisionCode::as_str).filter(|d| wanted.is_none_or(|w| w == *d));
    let far = |year| jiff::civil::date(year, 1, 1);
    CellAsk {
        divisions: divisions.map(str::to_owned).collect(),
        category: q.get(By::Category).unwrap_or(ANY).to_owned(),
        from: if report == 0 { from } else { far(2000) },
        to: if report == 0 { to } else { far(9000) },
        report,
        order: if q.order() == Order::Received { CellOrder::Received } else { CellOrder::Day },
        descending: q.descending(true),
    }
}

fn row(v: &View, seat: &Seat, names: &Names, c: &CellLine) -> CellRow {
    CellRow {
        day: c.day.to_string(),
        division: seat.name(&c.division),
        category: category_name(v, &names.categories, &c.category),
        numbers: numbers_of(c.numbers),
        by: names.installations.get(&c.installation).cloned().unwrap_or_default(),
        by_id: Id::<()>::of(c.installation).to_string(),
    }
}

pub(super) async fn cells_list(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (mine, asked, view) = (seat.clone(), q.clone(), v.clone());
    let (names, found) = site
        .db
        .read(move |conn| {
            let names = Names::read(conn, &mine)?;
            let found = cells_page(conn, &ask(&asked, &view, &names), asked.cursor(), asked.size())?;
            Ok((names, found))
        })
        .await?;
    let rows: Vec<CellRow> = found.rows.iter().map(|c| row(&v, &seat, &names, c)).collect();
    let f = q.fields(&v, "upward.by");
    let divisions: Vec<Opt> =
        names.divisions.iter().map(|d| Opt::new(d.as_str(), seat.name(d.as_str()))).collect();
    let other = std::iter::once((OTHER, v.t("upward.category.other").into_owned()));
    let kinds = names.categories.iter().map(|(code, name)| (code.as_str(), name.clone())).chain(other);
    let kinds: Vec<Opt> = kinds.map(|(code, name)| Opt::new(code, name)).collect();
    let list = q
        .frame(&v, found.next, rows.len())
        .filter(f.select("month", &months(&v)))
        .filter(f.select("division", &divisions))
        .filter(f.select("category", &kinds))
        .link("/upward", "upward.heading")
        .export(q.under("/upward/cells/sheet.xlsx"))
        .print()
        .empty("upward.cells.empty");
    page(&CellsPage { heads: measure_heads(&v), list, rows, q, v })
}

pub(super) async fn cells_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let keys: Vec<String> = Measure::ALL.iter().map(|m| measure_key(*m)).collect();
    let mut columns =
        vec![("upward.col.day", 14.0), ("upward.col.division", 20.0), ("upward.col.category", 24.0)];
    columns.extend(keys.iter().map(|k| (k.as_str(), 12.0)));
    columns.push(("upward.col.installation", 24.0));
    let head = Heading::of(&v, v.t("upward.cells"), "", &columns);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let names = Names::read(conn, &seat)?;
        let found = cells_page(conn, &ask(&q, &view, &names), after, size)?;
        Ok(found.map(|c| {
            let r = row(&view, &seat, &names, &c);
            let mut cells: Vec<Cell> = [r.day, r.division, r.category].map(Cell::from).into();
            cells.extend(r.numbers.into_iter().map(Cell::from));
            cells.push(Cell::from(r.by));
            cells
        }))
    })
    .await
}
