//! A version of the table: its rules, what it changes, what is wrong with it; drafts are changed and published here.

use askama::Template;
use axum::extract::{Path, State};
use base::{Cursor, Id, Millis, Outcome};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, Html, List, ListQuery, Opt, Site, Tone, View, Who, go_saying, page};

use super::super::seat::{Names, Seat};
use super::{PREFIX, target_words};
use crate::deeds::{self, RuleMove};
use crate::model::{RouteOrigin, RouteRule, RouteState, RouteTable};
use crate::rules::route_diff::{Change, differences};
use crate::rules::route_lint::{Finding, Sight, Unreceived, findings, new_errors, unreceived};
use crate::store::{Desk, present_table, publication_after, route_table, route_tables, rules_of_table};

/// Categories without a receiver that are named; all are counted.
const NAMED: usize = 12;

/// Everything that a version's page is drawn from.
pub(super) struct Sheet {
    seat: Seat,
    id: i64,
    table: Option<RouteTable>,
    rules: Vec<RouteRule>,
    base: Vec<RouteRule>,
    pack: Vec<RouteRule>,
    present: i64,
    faster: Option<(i64, Millis)>,
    found: Vec<Finding>,
    new_errors: usize,
    unreceived: Vec<Unreceived>,
    names: Names,
}

/// Reads a version with what it is held against.
pub(super) async fn load(site: &Site, who: &Who, id: i64, now: Millis) -> Outcome<Sheet> {
    let seat = Seat::of(site, who)?;
    site.db.read(move |conn| read_sheet(conn, seat, id, now)).await
}

fn read_sheet(conn: &mut Conn, seat: Seat, id: i64, now: Millis) -> Outcome<Sheet> {
    let table = route_table(conn, id)?;
    if table.is_none() && id != 0 {
        return Err(base::Refusal::not_found().into());
    }
    let rules = rules_of_table(conn, id)?;
    let present = present_table(conn)?;
    let (based_on, of_pack) = table.as_ref().map_or((0, 0), |t| (t.based_on, t.pack));
    let base = if id == 0 { Vec::new() } else { rules_of_table(conn, based_on)? };
    let is_merge = table.as_ref().is_some_and(|t| t.origin == RouteOrigin::Merge);
    let pack = if is_merge { rules_of_table(conn, of_pack)? } else { Vec::new() };
    let is_draft = table.as_ref().is_some_and(RouteTable::is_draft);
    let faster = if is_draft { publication_after(conn, based_on)? } else { None };
    let staffed = access::staffed_units(conn, now)?;
    let looked_at = is_draft || id == present;
    let sight = Sight { catalogue: &seat.catalogue, atlas: &seat.atlas, staffed: &staffed, now };
    let found = if looked_at { findings(&rules, sight) } else { Vec::new() };
    let new_errors = if is_draft { new_errors(&base, &rules, sight).len() } else { 0 };
    let places = if looked_at { towns(&seat) } else { Vec::new() };
    let unreceived = unreceived(&rules, sight, &places);
    let known = table
        .iter()
        .flat_map(|t| [t.account, t.edited_by].into_iter().chain(t.publication.as_ref().map(|p| p.account)));
    let names = Names::of(conn, known.chain(faster.as_ref().map(|p| p.account)))?;
    let faster = faster.map(|p| (p.account, p.at));
    Ok(Sheet { id, table, rules, base, pack, present, faster, found, new_errors, unreceived, names, seat })
}

/// The towns of the own scope: where somebody must receive every category.
fn towns(seat: &Seat) -> Vec<access::Place> {
    let root = seat.root();
    let tops: Vec<_> = match root.level {
        access::Level::Country => seat.atlas.children(None).map(|e| e.id).collect(),
        _ => vec![Id::of(root.id)],
    };
    let below = tops.into_iter().flat_map(|top| seat.atlas.below(top, territory::Kind::Town));
    below.map(|town| deeds::place_of(&seat.atlas, town)).collect()
}

pub(super) struct FlawView {
    pub mark: Html,
    pub words: String,
}

pub(super) struct RuleLine {
    pub id: String,
    pub position: usize,
    pub code: String,
    pub cond: String,
    pub to: String,
    pub why: String,
    pub flaws: Vec<FlawView>,
    /// Whether the person keeps the rules of its area.
    pub is_mine: bool,
}

pub(super) struct ChangeLine {
    pub what: String,
    pub code: String,
    pub was: String,
    pub is: String,
}

#[derive(Template)]
#[template(path = "case/staff/routing/table.html")]
pub(super) struct TablePage {
    pub v: View,
    pub id: String,
    pub title: String,
    pub state: Html,
    pub facts: Vec<(String, String)>,
    pub is_draft: bool,
    pub is_present: bool,
    pub outdated: Option<String>,
    pub rules: Vec<RuleLine>,
    pub changes: Vec<ChangeLine>,
    pub against_pack: Vec<ChangeLine>,
    pub errors: usize,
    pub warnings: usize,
    pub blocking: usize,
    pub unreceived: Vec<(String, String)>,
    pub unreceived_all: usize,
    /// What was refused, where the form is not there any more.
    pub told: Option<Fields>,
    pub order: Fields,
    pub publish: Fields,
    pub more: Fields,
}

/// Which form comes back with its trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Order,
    Publish,
    More,
}

impl Sheet {
    fn is_draft(&self) -> bool {
        self.table.as_ref().is_some_and(RouteTable::is_draft)
    }

    /// The page; `failed` is the form that was just refused.
    pub(super) fn draw(&self, v: &View, failed: Option<(Part, Fields)>) -> TablePage {
        let revision = self.table.as_ref().map_or(0, |t| t.revision);
        // What came back is shown anew: the next try is over what stands on the page now.
        let blank = || Fields::blank(v, PREFIX).fill("revision", revision);
        let (part, f) =
            failed.map_or((None, blank()), |(part, f)| (Some(part), f.instead("revision", revision)));
        let form = |own: Part| if part == Some(own) { f.clone() } else { blank() };
        let weigh = |error: bool| self.found.iter().filter(|f| f.flaw.is_error() == error).count();
        TablePage {
            id: Id::<RouteTable>::of(self.id).to_string(),
            title: self.title(v),
            state: self.state(v),
            facts: self.facts(v),
            is_draft: self.is_draft(),
            is_present: self.id == self.present,
            outdated: self.faster.map(|(account, at)| {
                let words: [(&str, &dyn std::fmt::Display); 2] =
                    [("who", &self.names.who(v, account)), ("when", &v.when(at))];
                v.tw("case.route.outdated", &words)
            }),
            rules: self.rules.iter().enumerate().map(|(at, r)| self.line(v, at, r)).collect(),
            changes: self.change_lines(v, &self.base),
            against_pack: if self.pack.is_empty() { Vec::new() } else { self.change_lines(v, &self.pack) },
            errors: weigh(true),
            warnings: weigh(false),
            blocking: self.new_errors,
            unreceived: self.unreceived.iter().take(NAMED).map(|u| self.unreceived_line(u)).collect(),
            unreceived_all: self.unreceived.len(),
            told: (part.is_some() && !self.is_draft()).then(|| f.clone()),
            order: form(Part::Order),
            publish: form(Part::Publish),
            more: form(Part::More),
            v: v.clone(),
        }
    }

    fn title(&self, v: &View) -> String {
        match &self.table {
            Some(t) if t.is_draft() => v.t1("case.route.title_draft", "when", v.when(t.at)),
            Some(RouteTable { publication: Some(p), .. }) if self.id != self.present => {
                v.t1("case.route.title_version", "when", v.when(p.at))
            }
            Some(t) if self.id != self.present => v.t1("case.route.title_version", "when", v.when(t.at)),
            _ => v.t("case.page.admin.routing").into_owned(),
        }
    }

    fn state(&self, v: &View) -> Html {
        match &self.table {
            Some(t) if self.id != self.present => state_badge(v, t),
            _ => v.badge(Tone::Good, v.t("case.route.state_present")),
        }
    }

    fn facts(&self, v: &View) -> Vec<(String, String)> {
        let Some(t) = &self.table else { return Vec::new() };
        let who = |account, at: Millis| format!("{} {}", self.names.who(v, account), v.when(at));
        let mut facts = vec![
            ("case.route.origin", v.t(t.origin.key()).into_owned()),
            ("case.route.begun", who(t.account, t.at)),
        ];
        if t.edited != t.at {
            facts.push(("case.route.edited", who(t.edited_by, t.edited)));
        }
        if let Some(p) = &t.publication {
            facts.push(("case.route.published", who(p.account, p.at)));
            facts.push(("case.route.published_why", p.why.clone()));
        }
        facts.retain(|(_, value)| !value.is_empty());
        facts.into_iter().map(|(key, value)| (v.t(key).into_owned(), value)).collect()
    }

    fn line(&self, v: &View, at: usize, r: &RouteRule) -> RuleLine {
        let flaw = |f: &Finding| FlawView {
            mark: match f.flaw.is_error() {
                true => v.badge(Tone::Bad, v.t("case.route.error")),
                false => v.badge(Tone::Warn, v.t("case.route.warning")),
            },
            words: v.t1(f.flaw.key(), "what", &f.what),
        };
        RuleLine {
            id: Id::<RouteRule>::of(r.id).to_string(),
            position: at + 1,
            code: r.code.clone(),
            cond: self.seat.rule_words(v, r),
            to: target_words(v, &self.seat, r),
            why: said_why(v, r),
            flaws: self.found.iter().filter(|f| f.code == r.code).map(flaw).collect(),
            is_mine: deeds::may_keep_rules(&self.seat.atlas, &self.seat.person, r.place).is_ok(),
        }
    }

    /// What a rule says, on one line.
    fn rule_line(&self, v: &View, r: &RouteRule) -> String {
        format!("{} → {}：{}", self.seat.rule_words(v, r), target_words(v, &self.seat, r), said_why(v, r))
    }

    fn change_lines(&self, v: &View, before: &[RouteRule]) -> Vec<ChangeLine> {
        if self.id == 0 {
            return Vec::new();
        }
        let line = |c: Change<'_>| {
            let (rule, was, is) = match c {
                Change::Added(r) | Change::Moved(r) => (r, String::new(), self.rule_line(v, r)),
                Change::Removed(r) => (r, self.rule_line(v, r), String::new()),
                Change::Changed(a, b) => (b, self.rule_line(v, a), self.rule_line(v, b)),
            };
            ChangeLine { what: v.t(c.key()).into_owned(), code: rule.code.clone(), was, is }
        };
        differences(before, &self.rules).into_iter().map(line).collect()
    }

    fn unreceived_line(&self, u: &Unreceived) -> (String, String) {
        let names: Vec<&str> = u.places.iter().take(3).map(|p| self.seat.atlas.name(Id::of(*p))).collect();
        let more = if u.places.len() > names.len() { "…" } else { "" };
        (self.seat.category_path(u.category), format!("{} · {}{more}", u.places.len(), names.join(" ")))
    }
}

fn state_badge(v: &View, t: &RouteTable) -> Html {
    let state = t.state();
    let tone = if state == RouteState::Draft { Tone::Warn } else { Tone::Plain };
    v.badge(tone, v.t(state.key()))
}

pub(in super::super) async fn present_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let present = site.db.read(present_table).await?;
    page(&load(&site, &who, present, v.now).await?.draw(&v, None))
}

pub(in super::super) async fn table_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
) -> Answer {
    page(&load(&site, &who, id.raw(), v.now).await?.draw(&v, None))
}

/// Nothing but the press of the button.
#[derive(Deserialize)]
pub(in super::super) struct BeginForm {}

fn address(id: Id<RouteTable>) -> String {
    format!("/admin/routing/tables/{id}")
}

pub(in super::super) async fn draft_begin(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<BeginForm>,
) -> Answer {
    form.read()?;
    let (person, now, once) = (access::person_of(&who)?, v.now, form.once().to_owned());
    let sent = once.clone();
    if let Some(there) = site.db.read(move |conn| web::once::taken(conn, &sent)).await? {
        return go_saying(there, "case.route.said_begun");
    }
    let done = site.db.write(move |tx| {
        let to = address(deeds::begin_route_draft(tx, &person, now)?);
        web::once::keep(tx, &once, &to, now)?;
        Ok(to)
    });
    let to = done.await?;
    go_saying(to, "case.route.said_begun")
}

/// What the forms of a draft carry.
#[derive(Deserialize)]
pub(in super::super) struct DraftForm {
    revision: i64,
    #[serde(default)]
    publish_why: String,
}

/// Which rule goes where: `up-0ABC`, `down-0ABC`, `first-0ABC`, `out-0ABC`.
fn move_of(step: Option<&str>) -> Option<(RuleMove, i64)> {
    let (to, rule) = step?.split_once('-')?;
    let to = match to {
        "up" => RuleMove::Up,
        "down" => RuleMove::Down,
        "first" => RuleMove::First,
        "out" => RuleMove::Out,
        _ => return None,
    };
    Some((to, rule.parse::<Id<RouteRule>>().ok()?.raw()))
}

pub(in super::super) async fn order_change(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    form: Form<DraftForm>,
) -> Answer {
    let done = async {
        let shown = form.read()?.revision;
        let (to, rule) = move_of(form.step()).ok_or_else(base::Refusal::not_found)?;
        let (person, now, ground) = (access::person_of(&who)?, v.now, site.get::<Desk>()?.now());
        site.db
            .write(move |tx| deeds::move_rule_in_draft(tx, &ground, &person, now, (id, shown), rule, to))
            .await
    };
    settle(&site, &v, &who, id, &form, Part::Order, done.await.map(|()| "case.route.said_moved")).await
}

pub(in super::super) async fn publication_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    form: Form<DraftForm>,
) -> Answer {
    let done = async {
        let typed = form.read()?;
        let (person, now, desk) = (access::person_of(&who)?, v.now, site.get::<Desk>()?);
        let ground = desk.now();
        site.db
            .write(move |tx| {
                let draft = (id, typed.revision);
                deeds::publish_route_table(tx, &ground, &person, now, draft, &typed.publish_why)
            })
            .await?;
        desk.refresh(&site.db).await
    };
    settle(&site, &v, &who, id, &form, Part::Publish, done.await.map(|()| "case.route.said_published")).await
}

pub(in super::super) async fn draft_carry(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    form: Form<DraftForm>,
) -> Answer {
    let done = async {
        let shown = form.read()?.revision;
        let (person, now) = (access::person_of(&who)?, v.now);
        site.db.write(move |tx| deeds::carry_route_draft(tx, &person, now, (id, shown))).await
    };
    settle(&site, &v, &who, id, &form, Part::More, done.await.map(|()| "case.route.said_carried")).await
}

pub(in super::super) async fn draft_drop(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<RouteTable>>,
    form: Form<DraftForm>,
) -> Answer {
    let done = async {
        let shown = form.read()?.revision;
        let (person, now) = (access::person_of(&who)?, v.now);
        site.db.write(move |tx| deeds::drop_route_draft(tx, &person, now, (id, shown))).await
    };
    settle(&site, &v, &who, id, &form, Part::More, done.await.map(|()| "case.route.said_dropped")).await
}

/// On with a sentence, or the page again with the trouble in its form.
async fn settle(
    site: &Site,
    v: &View,
    who: &Who,
    id: Id<RouteTable>,
    form: &Form<DraftForm>,
    part: Part,
    done: Outcome<&'static str>,
) -> Answer {
    match done {
        Ok(said) => go_saying(address(id), said),
        Err(stop) => {
            let sheet = load(site, who, id.raw(), v.now).await?;
            form.again(v, PREFIX, stop, |f| sheet.draw(v, Some((part, f))))
        }
    }
}

web::names! {
    /// The filter of the versions.
    pub(super) enum By { State = "state" }
}
web::names! {
    /// Their order.
    pub(super) enum Sort { Made = "made" }
}

pub(super) struct TableLine {
    pub address: String,
    pub when: String,
    pub state: Html,
    pub origin: String,
    pub who: String,
    pub published: String,
    pub why: String,
}

#[derive(Template)]
#[template(path = "case/staff/routing/tables.html")]
pub(super) struct TablesPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<TableLine>,
}

pub(super) fn frame(v: &View, q: &ListQuery<By, Sort>, next: Option<Cursor>, shown: usize) -> List {
    let f = q.fields(v, "case.route.by");
    let states: Vec<Opt> =
        RouteState::ALL.iter().map(|s| Opt::new(s.code(), v.t(s.key()).into_owned())).collect();
    q.frame(v, next, shown).filter(f.select("state", &states)).empty("case.route.tables_none").print()
}

pub(in super::super) async fn tables_list(
    State(site): State<Site>,
    v: View,
    _: Who,
    q: ListQuery<By, Sort>,
) -> Answer {
    let (after, size) = (q.cursor(), q.size());
    let state = q.get(By::State).and_then(RouteState::parse);
    let (found, names) = site
        .db
        .read(move |conn| {
            let found = route_tables(conn, state, after, size)?;
            let of =
                |t: &RouteTable| [t.account].into_iter().chain(t.publication.as_ref().map(|p| p.account));
            let names = Names::of(conn, found.rows.iter().flat_map(of).collect::<Vec<_>>())?;
            Ok((found, names))
        })
        .await?;
    let rows: Vec<TableLine> = found.rows.iter().map(|t| table_line(&v, &names, t)).collect();
    page(&TablesPage { list: frame(&v, &q, found.next, rows.len()), rows, v })
}

fn table_line(v: &View, names: &Names, t: &RouteTable) -> TableLine {
    let published = t.publication.as_ref();
    TableLine {
        address: address(t.id),
        when: v.when(t.at),
        state: state_badge(v, t),
        origin: v.t(t.origin.key()).into_owned(),
        who: names.who(v, t.account),
        published: published
            .map_or(String::new(), |p| format!("{} {}", names.who(v, p.account), v.when(p.at))),
        why: published.map_or(String::new(), |p| p.why.clone()),
    }
}

/// A rule's reason, with what each case fills in shown by its name.
fn said_why(v: &View, r: &RouteRule) -> String {
    let (category, unit) = (v.t("case.route.slot_category"), v.t("case.route.slot_unit"));
    r.why.replace("{category}", &category).replace("{unit}", &unit)
}
