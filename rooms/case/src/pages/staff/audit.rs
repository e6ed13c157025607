//! The auditor's pages (审计): who did what, who read what, how the journal stands, which sign-ins were
//! refused. Read only; a purpose from a closed list is asked for once a shift and is on record itself.

use access::{Duty, Kind, Level, Scope, ScopeFilter, Touch};
use askama::Template;
use axum::extract::State;
use base::{Cursor, Id, Invalid, Millis, Outcome, Page};
use jiff::civil::Date;
use serde::Deserialize;
use store::{Conn, journal};
use web::{Answer, Fields, Form, List, ListQuery, Opt, Site, View, Who, attachment, go, page};

use super::queue::{Sort, days};
use super::seat::{Names, Seat};
use super::show::purpose_words;
use crate::deeds::{self, JOURNAL_PURPOSES};
use crate::model::{CaseNumber, Category};
use crate::store::{self as cases, ReadFilter, ReadRow};

/// Where the labels are.
const PREFIX: &str = "case.page.audit";
/// How many refused sign-ins are shown.
const REFUSED: i64 = 100;
/// The kind of a refused sign-in.
const SIGN_IN_FAILED: &str = "access.sign_in_failed";

web::names! {
    /// The filters of the auditor's lists.
    pub(super) enum AuditBy { Account = "account", Kind = "kind", Number = "number", From = "from", To = "to" }
}

type Query = ListQuery<AuditBy, Sort>;

/// The pages, for the strip on top.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Entries,
    Reads,
    Refused,
    State,
}

pub(super) struct TabView {
    pub address: &'static str,
    pub label: String,
    pub here: bool,
}

pub(super) fn tabs(v: &View, here: Tab) -> Vec<TabView> {
    let each = [
        (Tab::Entries, "/audit", "case.page.audit.entries"),
        (Tab::Reads, "/audit/reads", "case.page.audit.reads"),
        (Tab::Refused, "/audit/refused", "case.page.audit.refused"),
        (Tab::State, "/audit/journal", "case.page.audit.state"),
    ];
    each.into_iter()
        .map(|(tab, address, key)| TabView { address, label: v.t(key).into_owned(), here: tab == here })
        .collect()
}

/// The counties whose facts the auditor reads: those below the post's place, and facts of no county where
/// the place is a city or wider. Empty means all.
fn counties(seat: &Seat) -> Vec<i64> {
    let posts = seat.person.posts.iter().filter(|p| p.duties.has(Duty::Audit));
    let mut all = Vec::new();
    for scope in posts.map(|p| p.scope) {
        match scope.level {
            Level::Country => return Vec::new(),
            Level::Province | Level::City => {
                all.push(0);
                let below = seat.atlas.below(Id::of(scope.id), territory::Kind::County);
                all.extend(below.into_iter().map(Id::raw));
            }
            _ => all.push(county_of(seat, scope)),
        }
    }
    if all.is_empty() {
        all.push(-1);
    }
    all
}

fn county_of(seat: &Seat, scope: Scope) -> i64 {
    deeds::place_of(&seat.atlas, Id::of(scope.id)).county
}

/// The records whose log of reads the auditor reads.
fn audited(seat: &Seat) -> ScopeFilter {
    let own = access::scope_filter(&seat.person, Duty::Audit, Kind::Journal);
    let places = own.clauses.into_iter().filter(|c| matches!(c.touch, Touch::Place(..) | Touch::Anything));
    ScopeFilter { clauses: places.collect() }
}

/// The seat of an auditor who has said why; otherwise the page that asks.
async fn stated(site: &Site, v: &View, who: &Who, back: &'static str) -> Result<Seat, Answer> {
    let seat = match Seat::of(site, who) {
        Ok(seat) => seat,
        Err(stop) => return Err(Err(stop.into())),
    };
    let (account, now) = (seat.person.account.raw(), v.now);
    match site.db.read(move |conn| cases::journal_purpose(conn, account, now)).await {
        Ok(Some(_)) => Ok(seat),
        Ok(None) => Err(page(&ask(v, Fields::blank(v, PREFIX).fill("back", back)))),
        Err(stop) => Err(Err(stop.into())),
    }
}

#[derive(Template)]
#[template(path = "case/staff/audit_ask.html")]
pub(super) struct AskPage {
    pub v: View,
    pub f: Fields,
    pub purposes: Vec<Opt>,
}

fn ask(v: &View, f: Fields) -> AskPage {
    let purposes = JOURNAL_PURPOSES.iter().map(|p| Opt::new(p, purpose_words(v, p))).collect();
    AskPage { v: v.clone(), f, purposes }
}

/// Why the journal is opened.
#[derive(Deserialize)]
pub(super) struct PurposeForm {
    purpose: Option<String>,
    back: Option<String>,
}

pub(super) async fn purpose_state(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<PurposeForm>,
) -> Answer {
    match state_purpose(&site, &v, &who, &form).await {
        Ok(back) => go(back),
        Err(stop) => form.again(&v, PREFIX, stop, |f| ask(&v, f)),
    }
}

async fn state_purpose(site: &Site, v: &View, who: &Who, form: &Form<PurposeForm>) -> Outcome<&'static str> {
    let typed = form.read()?;
    let asked = typed.purpose.unwrap_or_default();
    let purpose = JOURNAL_PURPOSES.into_iter().find(|p| *p == asked);
    let purpose = purpose.ok_or_else(|| Invalid::field("purpose", "form.choose"))?;
    let (person, now) = (access::person_of(who)?, v.now);
    site.db.write(move |tx| deeds::open_journal(tx, &person, now, purpose)).await?;
    let pages = ["/audit", "/audit/reads", "/audit/refused", "/audit/journal"];
    let back = typed.back.unwrap_or_default();
    Ok(pages.into_iter().find(|p| **p == back).unwrap_or("/audit"))
}

pub(super) struct EntryView {
    pub at: String,
    pub who: String,
    pub kind: String,
    pub what: String,
    pub subject: String,
    pub address: String,
    pub body: String,
    pub leaf: String,
}

/// Entries with the names and numbers that they mention.
struct Entries {
    rows: Vec<journal::Entry>,
    names: Names,
    numbers: Vec<(i64, String)>,
}

impl Entries {
    fn read(conn: &mut Conn, filter: &journal::EntryFilter, limit: i64) -> Outcome<Self> {
        let rows = journal::entries(conn, filter, limit)?;
        let names = Names::of(conn, rows.iter().map(|e| e.account))?;
        let ids: Vec<i64> = rows.iter().filter(|e| e.subject_kind == "case").map(|e| e.subject_id).collect();
        Ok(Self { names, numbers: cases::numbers_of(conn, &ids)?, rows })
    }

    fn views(&self, v: &View, seat: &Seat) -> Vec<EntryView> {
        self.rows.iter().map(|e| self.view(v, seat, e)).collect()
    }

    fn view(&self, v: &View, seat: &Seat, e: &journal::Entry) -> EntryView {
        let number = self.numbers.iter().find(|(id, _)| *id == e.subject_id && e.subject_kind == "case");
        let (subject, address) = match number {
            Some((_, number)) => (number.clone(), format!("/audit?number={}", web::encode(number))),
            None => (
                word_or(v, &format!("case.page.audit.about.{}", e.subject_kind), &e.subject_kind),
                String::new(),
            ),
        };
        EntryView {
            at: v.exact(Millis(e.at_ms)),
            who: match e.account {
                0 => v.t("case.page.audit.nobody").into_owned(),
                id => self.names.who(v, id),
            },
            what: fact_words(v, &e.kind),
            kind: e.kind.clone(),
            body: body_words(v, seat, &e.body),
            leaf: e.leaf.map_or_else(|| v.t("case.page.audit.unsealed").into_owned(), |n| n.to_string()),
            subject,
            address,
        }
    }
}

/// An entry's references and closed words on one line, units by their names. Digests stay digests.
fn body_words(v: &View, seat: &Seat, body: &str) -> String {
    let Ok(serde_json::Value::Object(fields)) = serde_json::from_str(body) else { return body.to_owned() };
    let word = |(name, value): (&String, &serde_json::Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let said = match name.as_str() {
            "unit" | "holder" => match text.parse::<Id<access::Unit>>() {
                Ok(id) if id.raw() == 0 => return None,
                Ok(id) => seat.unit(id.raw()),
                Err(_) => text,
            },
            "category" => text.parse::<Id<Category>>().map_or(text, |id| seat.category(id.raw())),
            "from" | "stage" => word_or(v, &format!("case.stage.{text}"), &text),
            "by" | "channel" | "ending" | "purpose" => word_or(v, &format!("case.{name}.{text}"), &text),
            _ => text,
        };
        Some(format!("{} {said}", word_or(v, &format!("case.page.audit.field.{name}"), name)))
    };
    fields.iter().filter_map(word).collect::<Vec<_>>().join(" · ")
}

/// The catalogue's word; the code itself where there is none.
fn word_or(v: &View, key: &str, code: &str) -> String {
    v.maybe(key).unwrap_or(code).to_owned()
}

/// A kind of fact in words; the kind itself where the catalogue has none.
fn fact_words(v: &View, kind: &str) -> String {
    let key = format!("case.page.audit.fact.{}", kind.replace('.', "_"));
    v.maybe(&key).map_or_else(|| kind.to_owned(), str::to_owned)
}

#[derive(Template)]
#[template(path = "case/staff/audit.html")]
pub(super) struct EntriesPage {
    pub v: View,
    pub tabs: Vec<TabView>,
    pub list: List,
    pub rows: Vec<EntryView>,
}

/// The filter that an address asks for, as far as it can be known without the database.
fn entry_filter(seat: &Seat, q: &Query, v: &View) -> journal::EntryFilter {
    let (at_from, at_before) = days(&v.zone, q.parsed::<Date>(AuditBy::From), q.parsed::<Date>(AuditBy::To));
    journal::EntryFilter {
        kind: q.get(AuditBy::Kind).map(str::to_owned),
        counties: counties(seat),
        at_from,
        at_before,
        before: q.cursor().map(|c| c.id),
        ..journal::EntryFilter::default()
    }
}

/// An account by its sign-in name, a case by its number. `None` when what was typed does not exist, so
/// that the list is empty and not everything.
struct Named {
    account: Option<i64>,
    case: Option<i64>,
}

fn named(conn: &mut Conn, account: Option<String>, number: Option<String>) -> Outcome<Option<Named>> {
    let mut found = Named { account: None, case: None };
    if let Some(name) = account {
        let Some(row) = access::account_by_name(conn, &name)? else { return Ok(None) };
        found.account = Some(row.id().raw());
    }
    if let Some(typed) = number {
        let Some(number) = CaseNumber::parse(&typed) else { return Ok(None) };
        let Some(case) = cases::case_by_number(conn, &number.to_string())? else { return Ok(None) };
        found.case = Some(case.id.raw());
    }
    Ok(Some(found))
}

pub(super) async fn entries_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = match stated(&site, &v, &who, "/audit").await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let mut filter = entry_filter(&seat, &q, &v);
    let (account, number) =
        (q.get(AuditBy::Account).map(str::to_owned), q.get(AuditBy::Number).map(str::to_owned));
    let size = q.size();
    let found = site.db.read(move |conn| {
        let Some(found) = named(conn, account, number)? else { return Ok(None) };
        filter.account = found.account;
        filter.subject = found.case.map(|id| ("case", id));
        Entries::read(conn, &filter, size as i64 + 1).map(Some)
    });
    let found = found.await?;
    let (rows, next) = match &found {
        None => (Vec::new(), None),
        Some(entries) => {
            let at = |(n, e): &(usize, EntryView)| {
                let _ = e;
                let id = entries.rows[*n].id;
                Cursor { key: id, id }
            };
            let all = entries.views(&v, &seat).into_iter().enumerate().collect();
            let page = Page::from_extra(all, size, at);
            (page.rows.into_iter().map(|(_, e)| e).collect(), page.next)
        }
    };
    let list = filter_row(&v, &q, next, rows.len(), true);
    page(&EntriesPage { tabs: tabs(&v, Tab::Entries), v, list, rows })
}

pub(super) fn filter_row(v: &View, q: &Query, next: Option<Cursor>, shown: usize, kinds: bool) -> List {
    let f = q.fields(v, PREFIX);
    let mut list = q.frame(v, next, shown).empty("case.page.audit.none").print();
    list = list.filter(f.line("account")).filter(f.line("number"));
    if kinds {
        let all = deeds::FACTS.iter().chain(access::FACTS).chain(territory::FACTS);
        let options: Vec<Opt> = all.map(|k| Opt::new(k, fact_words(v, k))).collect();
        list = list.filter(f.select("kind", &options));
    } else {
        let contact = [Opt::new("contact", v.t("case.purpose.contact").into_owned())];
        list = list.filter(f.select("kind", &contact));
    }
    list.filter(f.date("from")).filter(f.date("to"))
}

pub(super) struct ReadView {
    pub at: String,
    pub who: String,
    pub number: String,
    pub address: String,
    pub purpose: String,
}

#[derive(Template)]
#[template(path = "case/staff/audit_reads.html")]
pub(super) struct ReadsPage {
    pub v: View,
    pub tabs: Vec<TabView>,
    pub list: List,
    pub rows: Vec<ReadView>,
}

pub(super) async fn reads_list(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = match stated(&site, &v, &who, "/audit/reads").await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let (from, before) = days(&v.zone, q.parsed::<Date>(AuditBy::From), q.parsed::<Date>(AuditBy::To));
    let number = q.get(AuditBy::Number).map(|n| CaseNumber::parse(n).map_or(n.to_owned(), |n| n.to_string()));
    let mut filter = ReadFilter {
        scope: audited(&seat),
        number,
        account: None,
        only_contacts: q.get(AuditBy::Kind) == Some("contact"),
        from,
        before,
    };
    let (account, cursor, size) = (q.get(AuditBy::Account).map(str::to_owned), q.cursor(), q.size());
    let found = site.db.read(move |conn| {
        match named(conn, account, None)? {
            Some(found) => filter.account = found.account,
            None => filter.scope = ScopeFilter::default(),
        }
        let rows = cases::read_log(conn, &filter, cursor, size)?;
        let names = Names::of(conn, rows.rows.iter().map(|(r, _)| r.account))?;
        Ok((rows, names))
    });
    let (rows, names) = found.await?;
    let line = |(r, number): &(ReadRow, String)| ReadView {
        at: v.exact(Millis(r.at_ms)),
        who: format!("{} {}", seat.unit(r.unit_id), names.who(&v, r.account)),
        address: format!("/audit/reads?number={}", web::encode(number)),
        number: number.clone(),
        purpose: purpose_words(&v, &r.purpose),
    };
    let list = filter_row(&v, &q, rows.next, rows.rows.len(), false);
    page(&ReadsPage { tabs: tabs(&v, Tab::Reads), list, rows: rows.rows.iter().map(line).collect(), v })
}

#[derive(Template)]
#[template(path = "case/staff/audit_refused.html")]
pub(super) struct RefusedPage {
    pub v: View,
    pub tabs: Vec<TabView>,
    pub rows: Vec<EntryView>,
}

pub(super) async fn refused_list(State(site): State<Site>, v: View, who: Who) -> Answer {
    let seat = match stated(&site, &v, &who, "/audit/refused").await {
        Ok(seat) => seat,
        Err(answer) => return answer,
    };
    let filter = journal::EntryFilter {
        kind: Some(SIGN_IN_FAILED.to_owned()),
        counties: counties(&seat),
        ..journal::EntryFilter::default()
    };
    let found = site.db.read(move |conn| Entries::read(conn, &filter, REFUSED)).await?;
    page(&RefusedPage { tabs: tabs(&v, Tab::Refused), rows: found.views(&v, &seat), v })
}

/// What the check of the journal found.
pub(super) struct CheckView {
    pub fine: bool,
    pub sentence: String,
}

#[derive(Template)]
#[template(path = "case/staff/audit_state.html")]
pub(super) struct StatePage {
    pub v: View,
    pub tabs: Vec<TabView>,
    pub f: Fields,
    pub result: Option<CheckView>,
    pub size: i64,
    pub signed_at: String,
    pub signed_size: i64,
    pub key: String,
    pub note: String,
}

async fn state_page(site: &Site, v: &View, result: Option<CheckView>) -> Outcome<StatePage> {
    let state = site.db.read(journal::state).await?;
    let signed_at = state.signed_at.map_or_else(|| "—".to_owned(), |at| v.exact(at));
    Ok(StatePage {
        tabs: tabs(v, Tab::State),
        f: Fields::blank(v, PREFIX),
        result,
        size: state.size,
        signed_at,
        signed_size: state.signed_size,
        key: site.db.keys().verifying().to_owned(),
        note: state.note,
        v: v.clone(),
    })
}

pub(super) async fn state_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    if let Err(answer) = stated(&site, &v, &who, "/audit/journal").await {
        return answer;
    }
    page(&state_page(&site, &v, None).await?)
}

/// Nothing but the press of the button.
#[derive(Deserialize)]
pub(super) struct CheckForm {}

pub(super) async fn journal_check(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<CheckForm>,
) -> Answer {
    form.read()?;
    if let Err(answer) = stated(&site, &v, &who, "/audit/journal").await {
        return answer;
    }
    let key = site.db.keys().verifying().to_owned();
    let found = site.db.read(move |conn| journal::check_now(conn, &key)).await?;
    let result = match found {
        Ok(report) => CheckView {
            fine: true,
            sentence: v.tw(
                "case.page.audit.check_fine",
                &[("entries", &report.entries), ("checkpoints", &report.checkpoints), ("root", &report.root)],
            ),
        },
        Err(error) => CheckView { fine: false, sentence: v.t1("case.page.audit.check_bad", "error", error) },
    };
    page(&state_page(&site, &v, Some(result)).await?)
}

pub(super) async fn checkpoint_file(State(site): State<Site>) -> Answer {
    let state = site.db.read(journal::state).await?;
    attachment("checkpoint.txt", "text/plain; charset=utf-8", state.note.into_bytes())
}

pub(super) async fn key_file(State(site): State<Site>) -> Answer {
    let key = format!("{}\n", site.db.keys().verifying());
    attachment("journal.pub", "text/plain; charset=utf-8", key.into_bytes())
}
