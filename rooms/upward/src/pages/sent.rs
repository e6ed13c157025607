//! What this installation has sent (上报记录), a report a row, and each report as it was signed: its own view of what is known above.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Outcome, Refusal};
use store::Conn;
use web::{Answer, Cell, Heading, List, Names as _, Site, Tone, View, Who, export, page};

use super::seat::{Asked, By, Seat, category_name, measure_heads, numbers_of};
use crate::model::{Codes, Numbers, Sent, SentState};
use crate::store::{categories, link_by_id, sent_by_id, sent_page};

/// A row of the list.
pub(crate) struct SentLine {
    pub id: String,
    pub sequence: i64,
    pub day: String,
    pub revision: i64,
    pub is_complete: bool,
    pub received: i64,
    pub due: i64,
    pub made: String,
    pub state: web::Html,
    pub state_words: String,
    pub answered: String,
    pub trouble: String,
}

#[derive(Template)]
#[template(path = "upward/sent.html")]
pub(crate) struct SentPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<SentLine>,
}

#[derive(Template)]
#[template(path = "upward/sent_report.html")]
pub(crate) struct SentReport {
    pub v: View,
    pub line: SentLine,
    pub digest: String,
    pub missing: String,
    pub heads: Vec<String>,
    pub rows: Vec<(String, String, Vec<i64>)>,
    pub body: String,
}

pub(super) fn state_key(state: SentState) -> &'static str {
    match state {
        SentState::Waiting => "upward.sent.waiting",
        SentState::Acknowledged => "upward.sent.acknowledged",
        SentState::Refused => "upward.sent.refused",
    }
}

/// A report in a line.
pub(crate) fn sent_line(v: &View, s: &Sent) -> SentLine {
    let whole = s.report().map(|r| r.rows).unwrap_or_default();
    let whole =
        whole.iter().filter(|r| r.category.is_any()).fold(Numbers::default(), |sum, r| sum.plus(r.numbers));
    let tone = match s.state {
        SentState::Waiting => Tone::Warn,
        SentState::Acknowledged => Tone::Good,
        SentState::Refused => Tone::Bad,
    };
    let state_words = v.t(state_key(s.state)).into_owned();
    SentLine {
        id: Id::<()>::of(s.id).to_string(),
        sequence: s.sequence,
        day: s.day.to_string(),
        revision: s.revision,
        is_complete: s.is_complete,
        received: whole.received,
        due: whole.due,
        made: v.exact(s.made),
        state: v.badge(tone, &state_words),
        state_words,
        answered: s.answered.map_or_else(String::new, |at| v.exact(at)),
        trouble: s.trouble.map_or_else(String::new, |why| v.t(why.key()).into_owned()),
    }
}

/// Whether the person reads what a link has sent: somebody of one of its divisions.
fn must_see(conn: &mut Conn, seat: &Seat, sent: &Sent) -> Outcome<()> {
    let codes = link_by_id(conn, sent.link)?.map_or_else(|| Codes::of_stored(""), |(link, _)| link.codes);
    if codes.iter().any(|code| seat.sees(code)) { Ok(()) } else { Err(Refusal::not_found().into()) }
}

fn state_of(q: &Asked) -> Option<SentState> {
    SentState::ALL.iter().copied().find(|s| Some(s.name()) == q.get(By::Tab))
}

pub(super) async fn sent_list(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let (seat, asked) = (Seat::of(&site, &who)?, q.clone());
    let found = site
        .db
        .read(move |conn| {
            let mut found =
                sent_page(conn, state_of(&asked), asked.descending(true), asked.cursor(), asked.size())?;
            found.rows.retain(|s| must_see(conn, &seat, s).is_ok());
            Ok(found)
        })
        .await?;
    let rows: Vec<SentLine> = found.rows.iter().map(|s| sent_line(&v, s)).collect();
    let each = SentState::ALL.iter().map(|s| (s.name(), v.t(state_key(*s)).into_owned(), None::<u64>));
    let all = std::iter::once(("", v.t("upward.tab.all").into_owned(), None));
    let tabs = q.tabs(By::Tab, all.chain(each));
    let list = q
        .frame(&v, found.next, rows.len())
        .tabs(tabs)
        .export(q.under("/upward/sent/sheet.xlsx"))
        .print()
        .empty("upward.sent.empty");
    page(&SentPage { list, rows, v })
}

const COLUMNS: [(&str, f64); 8] = [
    ("upward.col.sequence", 10.0),
    ("upward.col.day", 14.0),
    ("upward.col.revision", 10.0),
    ("upward.measure.received", 12.0),
    ("upward.measure.due", 12.0),
    ("upward.col.made", 20.0),
    ("upward.col.state", 16.0),
    ("upward.col.why", 40.0),
];

pub(super) async fn sent_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let head = Heading::of(&v, v.t("upward.sent"), "", &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let mut found = sent_page(conn, state_of(&q), q.descending(true), after, size)?;
        found.rows.retain(|s| must_see(conn, &seat, s).is_ok());
        Ok(found.map(|s| {
            let l = sent_line(&view, &s);
            let numbers: [Cell; 2] = [l.received.into(), l.due.into()];
            let mut cells: Vec<Cell> = vec![l.sequence.into(), l.day.into(), l.revision.into()];
            cells.extend(numbers);
            cells.extend([l.made, l.state_words, l.trouble].map(Cell::from));
            cells
        }))
    })
    .await
}

pub(super) async fn sent_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Sent>>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let mine = seat.clone();
    let (sent, names): (Sent, BTreeMap<String, String>) = site
        .db
        .read(move |conn| {
            let sent = sent_by_id(conn, id.raw())?.ok_or_else(Refusal::not_found)?;
            must_see(conn, &mine, &sent)?;
            Ok((sent, categories(conn)?.1))
        })
        .await?;
    let report = sent.report();
    let rows = report.iter().flat_map(|r| &r.rows);
    let row = |r: &crate::model::Row| {
        let category = category_name(&v, &names, r.category.as_str());
        (seat.name(r.division.as_str()), category, numbers_of(r.numbers))
    };
    page(&SentReport {
        line: sent_line(&v, &sent),
        missing: report.as_ref().map_or_else(String::new, |r| seat.names(r.missing.iter())),
        heads: measure_heads(&v),
        rows: rows.map(row).collect(),
        digest: sent.digest.clone(),
        body: sent.body.clone(),
        v,
    })
}
