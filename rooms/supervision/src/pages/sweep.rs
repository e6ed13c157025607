//! Sweeps: the list with how the returns stand, ordering one, who has not returned yet, a return with its findings, and a
//! finding that becomes a case.

use access::{Kind, Level as Scale, Place, may_view};
use askama::Template;
use axum::extract::State;
use base::{Id, Outcome, Refusal};
use jiff::civil::Date;
use serde::Deserialize;
use store::Conn;
use territory::Division;
use web::{
    Answer, Cell, Fields, Form, Heading, Html, List, ListQuery, Names as _, Opt, Site, Tone, View, Who,
    export, go_saying, page,
};

use super::list::{Sort, is_desk};
use super::seat::{At, Seat};
use crate::deeds;
use crate::model::{Finding, NewSweep, Return, Rung, Sweep, SweepKind};
use crate::store::{
    ReturnFilter, SweepCounts, counts_of, finding_by_id, findings_of, return_by_id, returns, sweep_by_id,
    sweep_in_scope, sweeps,
};

/// Where the labels are.
const PREFIX: &str = "supervision.sweep";

web::names! {
    /// Sweeps are not filtered.
    pub(crate) enum Nothing { Page = "page" }
}
web::names! {
    /// The tabs of a sweep's returns.
    pub(crate) enum ReturnBy { Tab = "tab" }
}
web::names! {
    /// Which returns.
    pub(crate) enum Tab { All = "all", Awaited = "awaited", Findings = "findings", Nil = "nil", Late = "late" }
}

/// One sweep in the list.
pub(crate) struct Line {
    pub id: String,
    pub title: String,
    pub kind: String,
    pub place: String,
    pub days: String,
    pub counts: SweepCounts,
}

#[derive(Template)]
#[template(path = "supervision/sweeps.html")]
pub(crate) struct SweepsPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
}

/// GET /supervision/sweeps
pub(crate) async fn sweeps_list(
    State(site): State<Site>,
    v: View,
    who: Who,
    q: ListQuery<Nothing, Sort>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let (scope, cursor, size) = (seat.scope(), q.cursor(), q.size());
    let rows = site.db.read(move |conn| sweeps(conn, &scope, cursor, size)).await?;
    let mut list = q.frame(&v, rows.next, rows.rows.len()).empty("supervision.sweep.none");
    if is_desk(&v) {
        list = list.link("/supervision/sweeps/new", "supervision.sweep.new");
    }
    let line = |l: &crate::store::SweepLine| Line {
        id: l.sweep.id.to_string(),
        title: l.sweep.title.clone(),
        kind: v.t(l.sweep.kind.key()).into_owned(),
        place: seat.place(&l.sweep.place),
        days: format!("{} – {}", v.day(l.sweep.from), v.day(l.sweep.to)),
        counts: l.counts,
    };
    page(&SweepsPage { rows: rows.rows.iter().map(line).collect(), list, v: v.clone() })
}

#[derive(Template)]
#[template(path = "supervision/sweep_new.html")]
pub(crate) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub area: Vec<(&'static str, Vec<Opt>)>,
    pub kinds: Vec<Opt>,
    pub rungs: Vec<Opt>,
}

impl NewPage {
    fn new(v: &View, seat: &Seat, f: Fields) -> Self {
        let raw = |name: &str| f.value(name).parse::<Id<Division>>().ok().map(Id::raw);
        let area = seat.area(raw("county"), raw("town"));
        Self {
            kinds: SweepKind::ALL.iter().map(|k| Opt::new(k.code(), v.t(k.key()))).collect(),
            rungs: Rung::ALL.iter().map(|r| Opt::new(r.code(), v.t(r.key()))).collect(),
            area,
            f,
            v: v.clone(),
        }
    }
}

/// GET /supervision/sweeps/new
pub(crate) async fn sweep_new(State(site): State<Site>, v: View, who: Who) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let f = Fields::blank(&v, PREFIX).fill("from", v.zone.day(v.now)).fill("rung", Rung::Village.code());
    page(&NewPage::new(&v, &seat, f))
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct TypedSweep {
    county: Option<Id<Division>>,
    town: Option<Id<Division>>,
    village: Option<Id<Division>>,
    kind: Option<String>,
    rung: Option<String>,
    title: String,
    question: String,
    from: Option<Date>,
    to: Option<Date>,
}

/// POST /supervision/sweeps
pub(crate) async fn sweep_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<TypedSweep>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    if form.step().is_some() {
        return form.onward(&v, PREFIX, |f| NewPage::new(&v, &seat, f));
    }
    let done = async {
        let t = form.read()?;
        let mut invalid = base::Invalid::default();
        let kind = t.kind.as_deref().and_then(SweepKind::parse);
        let rung = t.rung.as_deref().and_then(Rung::parse);
        for (field, missing) in [("kind", kind.is_none()), ("rung", rung.is_none())] {
            if missing {
                invalid.push(field, "form.choose");
            }
        }
        for (field, day) in [("from", t.from), ("to", t.to)] {
            if day.is_none() {
                invalid.push(field, "supervision.invalid.missing");
            }
        }
        let (Some(kind), Some(rung), Some(from), Some(to)) = (kind, rung, t.from, t.to) else {
            return Err(invalid.into());
        };
        let place: Place = seat.chosen([t.village, t.town, t.county]);
        let order = NewSweep { place, kind, rung, title: t.title, question: t.question, from, to };
        let (own, now, once) = (seat.clone(), v.now, form.once().to_owned());
        site.db.write(move |tx| deeds::order_sweep(tx, (&own.ground, &own.person, now), &once, &order)).await
    };
    match done.await {
        Ok(id) => go_saying(format!("/supervision/sweeps/{id}"), "supervision.said.sweep"),
        Err(stop) => form.again(&v, PREFIX, stop, |f| NewPage::new(&v, &seat, f)),
    }
}

/// One return in the list.
pub(crate) struct ReturnLine {
    pub id: String,
    pub place: String,
    pub state: Html,
    pub returned: String,
    pub findings: i64,
}

#[derive(Template)]
#[template(path = "supervision/sweep.html")]
pub(crate) struct SweepPage {
    pub v: View,
    pub title: String,
    pub question: String,
    pub facts: Vec<(String, String)>,
    pub stand: String,
    pub list: List,
    pub rows: Vec<ReturnLine>,
}

type Query = ListQuery<ReturnBy, Sort>;

fn tab_of(q: &Query) -> Tab {
    q.get(ReturnBy::Tab).and_then(|n| Tab::ALL.iter().copied().find(|t| t.name() == n)).unwrap_or(Tab::All)
}

fn which(tab: Tab) -> ReturnFilter {
    match tab {
        Tab::All => ReturnFilter::All,
        Tab::Awaited => ReturnFilter::Awaited,
        Tab::Findings => ReturnFilter::Findings,
        Tab::Nil => ReturnFilter::Nil,
        Tab::Late => ReturnFilter::Late,
    }
}

/// How a return stands, in a word and a sign.
pub(crate) fn return_badge(v: &View, sweep: &Sweep, r: &Return) -> Html {
    match r.returned {
        None if v.now > sweep.due => v.badge(Tone::Bad, v.t("supervision.return.missing")),
        None => v.badge(Tone::Plain, v.t("supervision.return.awaited")),
        Some(at) if at > sweep.due => v.badge(Tone::Warn, v.t("supervision.return.late")),
        Some(_) if r.findings == 0 => v.badge(Tone::Good, v.t("supervision.return.nil")),
        Some(_) => v.badge(Tone::Info, v.t("supervision.return.found")),
    }
}

fn facts(v: &View, seat: &Seat, s: &Sweep) -> Vec<(String, String)> {
    let facts = [
        ("supervision.sweep.kind", v.t(s.kind.key()).into_owned()),
        ("supervision.col.place", seat.place(&s.place)),
        ("supervision.sweep.days", format!("{} – {}", s.from, s.to)),
        ("supervision.sweep.rung", v.t(s.rung.key()).into_owned()),
        ("supervision.sweep.caller", seat.unit(s.unit)),
        ("supervision.sweep.due", v.exact(s.due)),
    ];
    facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect()
}

/// How the returns stand, in a sentence.
pub(crate) fn stand(v: &View, n: &SweepCounts) -> String {
    let words: [(&str, &dyn std::fmt::Display); 4] =
        [("returned", &n.returned), ("expected", &n.expected), ("nil", &n.nil), ("findings", &n.findings)];
    v.tw("supervision.sweep.stand", &words)
}

/// GET /supervision/sweeps/{id}
pub(crate) async fn sweep_show(at: At<Sweep>, q: Query) -> Answer {
    let seat = Seat::of(&at.site, &at.who)?;
    let q = q.or(ReturnBy::Tab, Tab::All.name());
    let tab = tab_of(&q);
    let (scope, id, cursor, size) = (seat.scope(), at.id, q.cursor(), q.size());
    let (sweep, counts, rows) = at
        .site
        .db
        .read(move |conn| {
            let sweep = sweep_in_scope(conn, id, &scope)?.ok_or_else(Refusal::not_found)?;
            let counts = counts_of(conn, &sweep, &scope)?;
            let rows = returns(conn, &sweep, &scope, which(tab), cursor, size)?;
            Ok((sweep, counts, rows))
        })
        .await?;
    let v = &at.v;
    let n = |tab: Tab| match tab {
        Tab::All => counts.expected,
        Tab::Awaited => counts.expected - counts.returned,
        Tab::Findings => counts.returned - counts.nil,
        Tab::Nil => counts.nil,
        Tab::Late => counts.late,
    };
    let tabs = Tab::ALL.iter().map(|t| {
        (
            t.name(),
            v.t(&format!("supervision.return_tab.{}", t.name())).into_owned(),
            u64::try_from(n(*t)).ok(),
        )
    });
    let list = q
        .frame(v, rows.next, rows.rows.len())
        .tabs(q.tabs(ReturnBy::Tab, tabs))
        .empty("supervision.return.none")
        .export(q.under(&format!("/supervision/sweeps/{}/sheet.xlsx", at.id)))
        .print();
    let line = |r: &Return| ReturnLine {
        id: r.id.to_string(),
        place: seat.place(&r.place),
        state: return_badge(v, &sweep, r),
        returned: r.returned.map_or(String::new(), |t| v.exact(t)),
        findings: r.findings,
    };
    page(&SweepPage {
        title: sweep.title.clone(),
        question: sweep.question.clone(),
        facts: facts(v, &seat, &sweep),
        rows: rows.rows.iter().map(line).collect(),
        stand: stand(v, &counts),
        list,
        v: v.clone(),
    })
}

/// The columns of the file.
const COLUMNS: [(&str, f64); 5] = [
    ("supervision.col.place", 40.0),
    ("supervision.return.state", 14.0),
    ("supervision.return.returned", 17.0),
    ("supervision.return.findings", 8.0),
    ("supervision.return.words", 60.0),
];

/// GET /supervision/sweeps/{id}/sheet.xlsx
pub(crate) async fn returns_sheet(at: At<Sweep>, q: Query) -> Answer {
    let seat = Seat::of(&at.site, &at.who)?;
    let (scope, id, tab) = (seat.scope(), at.id, tab_of(&q));
    let whose = scope.clone();
    let find = move |conn: &mut Conn| Ok(sweep_in_scope(conn, id, &whose)?.ok_or_else(Refusal::not_found)?);
    let sweep = at.site.db.read(find).await?;
    let note = at.v.t(&format!("supervision.return_tab.{}", tab.name()));
    let head = Heading::of(&at.v, &sweep.title, note, &COLUMNS);
    let view = at.v.clone();
    export(&at.site, &at.v, head, move |conn, after, size| {
        let page = returns(conn, &sweep, &scope, which(tab), after, size)?;
        Ok(page.map(|r| cells(&view, &seat, &sweep, &r)))
    })
    .await
}

fn cells(v: &View, seat: &Seat, sweep: &Sweep, r: &Return) -> Vec<Cell> {
    let state = match r.returned {
        None if v.now > sweep.due => "supervision.return.missing",
        None => "supervision.return.awaited",
        Some(at) if at > sweep.due => "supervision.return.late",
        Some(_) if r.findings == 0 => "supervision.return.nil",
        Some(_) => "supervision.return.found",
    };
    vec![
        seat.place(&r.place).into(),
        v.t(state).into_owned().into(),
        r.returned.into(),
        r.findings.into(),
        r.words.as_str().into(),
    ]
}

/// A finding as it is drawn: what, where, and the case that it became, or the form that makes one.
pub(crate) struct FindingView {
    pub id: String,
    pub what: String,
    pub spot: String,
    pub case: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "supervision/return.html")]
pub(crate) struct ReturnPage {
    pub v: View,
    pub id: String,
    pub sweep: (String, String),
    pub question: String,
    pub place: String,
    pub state: Html,
    pub words: String,
    pub findings: Vec<FindingView>,
    pub may_return: bool,
    pub may_file: bool,
    pub categories: Vec<Opt>,
    pub f: Fields,
}

/// A return with its sweep and its findings, each with the number of the case that it became.
type Found = (Return, Sweep, Vec<(Finding, String)>);

fn read_return(conn: &mut Conn, seat: &Seat, id: Id<Return>) -> Outcome<Found> {
    let found = return_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
    may_view(&seat.person, &found.resource(Kind::SupervisionView))?;
    let sweep = sweep_by_id(conn, found.sweep)?.ok_or_else(Refusal::not_found)?;
    let findings = findings_of(conn, id)?;
    let cases: Vec<i64> = findings.iter().map(|f| f.case).filter(|c| *c != 0).collect();
    let numbers = case::store::numbers_of(conn, &cases)?;
    let number =
        |case: i64| numbers.iter().find(|(id, _)| *id == case).map_or(String::new(), |(_, n)| n.clone());
    let findings = findings.into_iter().map(|f| (f.clone(), number(f.case))).collect();
    Ok((found, sweep, findings))
}

async fn draw_return(site: &Site, v: &View, who: &Who, id: Id<Return>, f: Fields) -> Outcome<ReturnPage> {
    let seat = Seat::of(site, who)?;
    let own = seat.clone();
    let (found, sweep, findings) = site.db.read(move |conn| read_return(conn, &own, id)).await?;
    let near = seat.person.posts.iter().any(|p| p.scope.level >= Scale::Village);
    let view = |(f, number): (Finding, String)| FindingView {
        id: f.id.to_string(),
        case: (f.case != 0).then(|| (Id::<case::model::Case>::of(f.case).to_string(), number)),
        what: f.what,
        spot: f.spot,
    };
    Ok(ReturnPage {
        id: found.id.to_string(),
        sweep: (sweep.id.to_string(), sweep.title.clone()),
        question: sweep.question.clone(),
        place: seat.place(&found.place),
        state: return_badge(v, &sweep, &found),
        words: found.words.clone(),
        findings: findings.into_iter().map(view).collect(),
        may_return: found.returned.is_none() && near,
        may_file: v.may("grid") || v.may("clerk"),
        categories: seat.choices(v),
        f,
        v: v.clone(),
    })
}

/// GET /supervision/returns/{id}
pub(crate) async fn return_show(at: At<Return>) -> Answer {
    page(&draw_return(&at.site, &at.v, &at.who, at.id, Fields::blank(&at.v, PREFIX)).await?)
}

/// What the form of a return sends: up to three findings, each with its spot.
#[derive(Deserialize)]
pub(crate) struct TypedReturn {
    words: String,
    what0: Option<String>,
    spot0: Option<String>,
    what1: Option<String>,
    spot1: Option<String>,
    what2: Option<String>,
    spot2: Option<String>,
}

/// POST /supervision/returns/{id}
pub(crate) async fn return_make(at: At<Return>, form: Form<TypedReturn>) -> Answer {
    let done = async {
        let t = form.read()?;
        let pair =
            |what: Option<String>, spot: Option<String>| (what.unwrap_or_default(), spot.unwrap_or_default());
        let findings = vec![pair(t.what0, t.spot0), pair(t.what1, t.spot1), pair(t.what2, t.spot2)];
        let (seat, id, now, words) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now, t.words);
        at.site
            .db
            .write(move |tx| {
                deeds::return_sweep(tx, (&seat.ground, &*seat.person, now), id, &words, &findings)
            })
            .await
    };
    match done.await {
        Ok(_) => go_saying(format!("/supervision/returns/{}", at.id), "supervision.said.return_kept"),
        Err(stop) => {
            let blank = Fields::blank(&at.v, PREFIX);
            let mut drawn = draw_return(&at.site, &at.v, &at.who, at.id, blank).await?;
            form.again(&at.v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}

/// What the form of a finding sends.
#[derive(Deserialize)]
pub(crate) struct TypedFinding {
    category: Option<Id<Division>>,
}

/// POST /supervision/findings/{id}/case
pub(crate) async fn finding_file(at: At<Finding>, form: Form<TypedFinding>) -> Answer {
    let id = at.id;
    let found = at.site.db.read(move |conn| {
        let finding = finding_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
        let county = return_by_id(conn, finding.of)?.map_or(0, |r| r.place.county);
        Ok((finding, county))
    });
    let (finding, county) = found.await?;
    let back = format!("/supervision/returns/{}", finding.of);
    let done = async {
        let category = form.read()?.category.map_or(0, Id::raw);
        let (seat, now) = (Seat::of(&at.site, &at.who)?, at.v.now);
        // The numbers of a county are given in turn.
        at.site
            .db
            .write_keyed(county, move |tx| {
                deeds::file_finding(tx, (&seat.ground, &*seat.person, now), id, category)
            })
            .await
    };
    match done.await {
        Ok(_) => go_saying(back, "supervision.said.filed"),
        Err(stop) => {
            let blank = Fields::blank(&at.v, PREFIX);
            let mut drawn = draw_return(&at.site, &at.v, &at.who, finding.of, blank).await?;
            form.again(&at.v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}
