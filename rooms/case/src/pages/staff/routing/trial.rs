//! The trial (试算): past matters through the present table and through a draft. Counts are of the own places; a case
//! itself is shown only to whom the policy lets open it.

use access::{Duty, Kind, Unit};
use askama::Template;
use axum::extract::{Path, State};
use base::{Cursor, Id, Millis, Outcome, Refusal};
use jiff::{ToSpan, civil::Date};
use web::{Answer, Cell, Html, List, ListQuery, Sheet, Site, View, Who, page, sheet_answer};

use super::super::seat::Seat;
use crate::model::{RouteTable, Stage};
use crate::pages::resident::pieces::stage_badge;
use crate::rules::route_trial::Trial;
use crate::store::{CaseLine, lines_in_scope, past_cases, present_table, route_table, rules_of_table};

/// Matters that one request looks at; the next page goes on with the next ones.
const AT_ONCE: i64 = 10_000;
/// Cases that a cell lists at most.
const MOST_LINES: usize = 500;

web::names! {
    /// The fields of a trial.
    pub(super) enum By { From = "from", To = "to", Was = "was", Would = "would" }
}
web::names! {
    /// Its order.
    pub(super) enum Sort { Count = "count" }
}

pub(super) type Query = ListQuery<By, Sort>;

/// The first and the last day: the last whole month where nothing was asked.
fn span(v: &View, q: &Query) -> (Date, Date) {
    let today = v.zone.day(v.now);
    let first = today.first_of_month().checked_sub(1.month()).unwrap_or(today);
    let last = today.first_of_month().yesterday().unwrap_or(today);
    (q.parsed(By::From).unwrap_or(first), q.parsed(By::To).unwrap_or(last))
}

/// What came of it, with the cursor after the last matter when there may be more.
struct Outcomes {
    trial: Trial,
    next: Option<Cursor>,
    days: (Date, Date),
    is_old: bool,
}

async fn run(site: &Site, seat: &Seat, v: &View, q: &Query, id: Id<RouteTable>) -> Outcome<Outcomes> {
    let days = span(v, q);
    let when = (v.zone.start_of(days.0), v.zone.end_of(days.1).plus(1));
    let (after, seat) = (q.cursor(), seat.clone());
    site.db
        .read(move |conn| {
            let table = route_table(conn, id.raw())?.ok_or_else(Refusal::not_found)?;
            let present = present_table(conn)?;
            let (was, would) = (rules_of_table(conn, present)?, rules_of_table(conn, id.raw())?);
            let scope = access::scope_filter(&seat.person, Duty::Admin, Kind::Pack);
            let matters = past_cases(conn, &scope, when, after, AT_ONCE)?;
            let mut trial = Trial::default();
            trial.add(&seat.catalogue, (&was, &would), &matters, |place, at| seat.ground.moment(place, at));
            let full = matters.len() as i64 == AT_ONCE;
            let next = matters.last().filter(|_| full).map(|m| Cursor { key: m.created.0, id: m.id });
            Ok(Outcomes { trial, next, days, is_old: !table.is_draft() })
        })
        .await
}

pub(super) struct PairLine {
    pub was: String,
    pub would: String,
    pub count: usize,
    pub address: String,
}

#[derive(Template)]
#[template(path = "case/staff/routing/trial.html")]
pub(super) struct TrialPage {
    pub v: View,
    pub id: String,
    pub is_old: bool,
    pub sentence: String,
    pub partial: Option<String>,
    pub list: List,
    pub rows: Vec<PairLine>,
}

fn unit_name(v: &View, seat: &Seat, id: i64) -> String {
    if id == 0 { v.t("case.route.nobody").into_owned() } else { seat.unit(id) }
}

/// The pairs of a trial, the most frequent first.
fn pairs(trial: &Trial) -> Vec<((i64, i64), usize)> {
    let mut all: Vec<_> = trial.moved.iter().map(|(pair, ids)| (*pair, ids.len())).collect();
    all.sort_by_key(|(pair, n)| (std::cmp::Reverse(*n), *pair));
    all
}

fn pair_address(id: Id<RouteTable>, q: &Query, days: (Date, Date), (was, would): (i64, i64)) -> String {
    let unit = Id::<Unit>::of;
    let after = q.cursor().map_or(String::new(), |c| format!("&after={}", c.to_text()));
    format!(
        "/admin/routing/tables/{id}/trial/cases?from={}&to={}&was={}&would={}{after}",
        days.0,
        days.1,
        unit(was),
        unit(would)
    )
}

pub(super) fn sentence(v: &View, days: (Date, Date), looked: u64, moved: usize) -> String {
    let words: [(&str, &dyn std::fmt::Display); 4] =
        [("from", &days.0), ("to", &days.1), ("looked", &looked), ("moved", &moved)];
    v.tw("case.route.trial_said", &words)
}

pub(super) fn frame(v: &View, q: &Query, days: (Date, Date), next: Option<Cursor>, shown: usize) -> List {
    let f = q.fields(v, "case.route.by").fill("from", days.0).fill("to", days.1);
    q.frame(v, next, shown).filter(f.date("from")).filter(f.date("to")).empty("case.route.trial_none").print()
}

pub(in super::super) async fn trial_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let done = run(&site, &seat, &v, &q, id).await?;
    let line = |((was, would), count): ((i64, i64), usize)| PairLine {
        was: unit_name(&v, &seat, was),
        would: unit_name(&v, &seat, would),
        count,
        address: pair_address(id, &q, done.days, (was, would)),
    };
    let rows: Vec<PairLine> = pairs(&done.trial).into_iter().map(line).collect();
    let export = q.under(&format!("/admin/routing/tables/{id}/trial/sheet.xlsx"));
    page(&TrialPage {
        id: id.to_string(),
        is_old: done.is_old,
        sentence: sentence(&v, done.days, done.trial.looked, done.trial.moved_count()),
        partial: done.next.map(|_| v.t1("case.route.trial_partial", "n", AT_ONCE)),
        list: frame(&v, &q, done.days, done.next, rows.len()).export(export),
        rows,
        v,
    })
}

pub(in super::super) async fn trial_sheet(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let done = run(&site, &seat, &v, &q, id).await?;
    let title = v.t("case.route.trial").into_owned();
    let note = sentence(&v, done.days, done.trial.looked, done.trial.moved_count());
    let (was, would, count) = (v.t("case.route.was"), v.t("case.route.would"), v.t("case.route.count"));
    let mut sheet = Sheet::new(&v, &title, &note, &[(&was, 36.0), (&would, 36.0), (&count, 10.0)])?;
    for ((from, to), n) in pairs(&done.trial) {
        let cells: [Cell; 3] =
            [unit_name(&v, &seat, from).into(), unit_name(&v, &seat, to).into(), (n as i64).into()];
        sheet.row(&cells)?;
    }
    sheet_answer(&title, sheet)
}

pub(super) struct CaseRow {
    pub address: String,
    pub number: String,
    pub title: String,
    pub place: String,
    pub category: String,
    pub stage: Html,
    pub made: String,
}

#[derive(Template)]
#[template(path = "case/staff/routing/trial_cases.html")]
pub(super) struct CasesPage {
    pub v: View,
    pub back: String,
    pub was: String,
    pub would: String,
    pub count: usize,
    pub hidden: usize,
    pub cut: bool,
    pub rows: Vec<CaseRow>,
}

fn case_row(v: &View, seat: &Seat, l: &CaseLine) -> CaseRow {
    CaseRow {
        address: format!("/cases/{}", Id::<crate::model::Case>::of(l.id)),
        number: l.number.clone(),
        title: l.title.clone(),
        place: seat.place(l.county_id, l.town_id, l.village_id),
        category: seat.catalogue.category_name(l.category_id).to_owned(),
        stage: stage_badge(v, Stage::parse(&l.stage).unwrap_or(Stage::Received)),
        made: v.day(v.zone.day(Millis(l.created_ms))),
    }
}

pub(in super::super) async fn trial_cases(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    q: Query,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let done = run(&site, &seat, &v, &q, id).await?;
    let unit = |by: By| q.parsed::<Id<Unit>>(by).map_or(0, Id::raw);
    let pair = (unit(By::Was), unit(By::Would));
    let ids = done.trial.moved.get(&pair).cloned().unwrap_or_default();
    let (mine, of) = (seat.may_open(), ids.clone());
    let mut lines = site.db.read(move |conn| lines_in_scope(conn, &of, &mine)).await?;
    let hidden = ids.len() - lines.len();
    let cut = lines.len() > MOST_LINES;
    lines.truncate(MOST_LINES);
    page(&CasesPage {
        back: format!("/admin/routing/tables/{id}/trial?from={}&to={}", done.days.0, done.days.1),
        was: unit_name(&v, &seat, pair.0),
        would: unit_name(&v, &seat, pair.1),
        count: ids.len(),
        hidden,
        cut,
        rows: lines.iter().map(|l| case_row(&v, &seat, l)).collect(),
        v,
    })
}
