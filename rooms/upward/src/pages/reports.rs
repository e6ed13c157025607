//! What came from below (收报记录): the reports that count, those that a later one replaced, those that were refused and why.

use std::collections::HashMap;

use askama::Template;
use axum::extract::State;
use base::{Cursor, Id, Outcome, Page};
use store::Conn;
use web::{Answer, Cell, Heading, List, Names as _, Opt, Site, View, Who, export, page};

use super::seat::{Asked, By, Order, Seat};
use crate::model::Installation;
use crate::store::{ReportLine, ReportTab, installations, refused_page, reports_page};

/// A row of the list.
pub(crate) struct ReportRow {
    pub at: String,
    pub by: String,
    pub by_id: String,
    pub sequence: i64,
    pub day: String,
    pub revision: i64,
    pub is_complete: bool,
    pub why: String,
    pub digest: String,
    /// Where its numbers are; empty where none were kept.
    pub address: String,
}

#[derive(Template)]
#[template(path = "upward/reports.html")]
pub(crate) struct ReportsPage {
    pub v: View,
    pub q: Asked,
    pub list: List,
    pub is_refused: bool,
    pub rows: Vec<ReportRow>,
}

/// The installations of which the person reads something.
pub(super) fn seen(conn: &mut Conn, seat: &Seat) -> Outcome<Vec<Installation>> {
    let all = installations(conn)?;
    Ok(all.into_iter().filter(|i| i.codes.iter().any(|code| seat.sees(code))).collect())
}

fn tab_of(q: &Asked) -> ReportTab {
    let asked = q.get(By::Tab);
    ReportTab::ALL.iter().copied().find(|t| Some(t.name()) == asked).unwrap_or(ReportTab::Current)
}

/// The part of the list after a cursor, with the names of who reported.
fn part(
    conn: &mut Conn,
    seat: &Seat,
    q: &Asked,
    after: Option<Cursor>,
    size: usize,
) -> Outcome<(HashMap<i64, String>, Page<ReportLine>)> {
    let all = seen(conn, seat)?;
    let wanted = q.parsed::<Id<Installation>>(By::Installation).map(Id::raw);
    let of: Vec<i64> = all.iter().map(|i| i.id).filter(|id| wanted.is_none_or(|w| w == *id)).collect();
    let down = q.descending(true);
    let found = match tab_of(q) {
        ReportTab::Refused => refused_page(conn, &of, down, after, size)?,
        tab => reports_page(conn, &of, tab == ReportTab::Current, down, after, size)?,
    };
    Ok((all.into_iter().map(|i| (i.id, i.name)).collect(), found))
}

fn row(v: &View, names: &HashMap<i64, String>, r: &ReportLine) -> ReportRow {
    let id = Id::<()>::of(r.id).to_string();
    ReportRow {
        at: v.exact(r.at),
        by: names.get(&r.installation).cloned().unwrap_or_default(),
        by_id: Id::<()>::of(r.installation).to_string(),
        sequence: r.sequence,
        day: r.day.to_string(),
        revision: r.revision,
        is_complete: r.is_complete,
        why: r.why.map_or_else(String::new, |why| v.t(why.key()).into_owned()),
        digest: r.digest.chars().take(16).collect(),
        address: if r.why.is_some() { String::new() } else { format!("/upward/cells?report={id}") },
    }
}

/// The tabs' names.
fn tab_key(tab: ReportTab) -> &'static str {
    match tab {
        ReportTab::Current => "upward.tab.current",
        ReportTab::Replaced => "upward.tab.replaced",
        ReportTab::Refused => "upward.tab.refused",
    }
}

pub(super) async fn reports_list(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let q = q.or(By::Tab, ReportTab::Current.name());
    let asked = q.clone();
    let (names, found) =
        site.db.read(move |conn| part(conn, &seat, &asked, asked.cursor(), asked.size())).await?;
    let rows: Vec<ReportRow> = found.rows.iter().map(|r| row(&v, &names, r)).collect();
    let tabs = q
        .tabs(By::Tab, ReportTab::ALL.iter().map(|t| (t.name(), v.t(tab_key(*t)).into_owned(), None::<u64>)));
    let mut all: Vec<Opt> =
        names.iter().map(|(id, name)| Opt::new(Id::<()>::of(*id), name.clone())).collect();
    all.sort_by(|a, b| a.label.cmp(&b.label));
    let f = q.fields(&v, "upward.by");
    let list = q
        .frame(&v, found.next, rows.len())
        .tabs(tabs)
        .filter(f.select("installation", &all))
        .link("/upward/installations", "upward.below")
        .export(q.under("/upward/reports/sheet.xlsx"))
        .print()
        .empty("upward.reports.empty");
    page(&ReportsPage { is_refused: tab_of(&q) == ReportTab::Refused, list, rows, q, v })
}

const COLUMNS: [(&str, f64); 7] = [
    ("upward.col.at", 20.0),
    ("upward.col.installation", 24.0),
    ("upward.col.sequence", 10.0),
    ("upward.col.day", 14.0),
    ("upward.col.revision", 10.0),
    ("upward.col.why", 40.0),
    ("upward.col.digest", 22.0),
];

pub(super) async fn reports_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let head = Heading::of(&v, v.t("upward.reports"), v.t(tab_key(tab_of(&q))), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let (names, found) = part(conn, &seat, &q, after, size)?;
        Ok(found.map(|r| {
            let r = row(&view, &names, &r);
            vec![
                r.at.into(),
                r.by.into(),
                r.sequence.into(),
                r.day.into(),
                r.revision.into(),
                r.why.into(),
                r.digest.into(),
            ]
        }) as Page<Vec<Cell>>)
    })
    .await
}
