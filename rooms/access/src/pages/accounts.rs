//! Accounts: list, sheet, new, one, and what can be done to it (账号管理).

use askama::Template;
use axum::extract::{Path, Query, State};
use base::{Id, Millis, Outcome, Page, Refusal};
use territory::LiveAtlas;
use web::{
    Answer, Cell, Fields, Form, Heading, List, ListQuery, Names, Opt, Site, View, Who, export, go_saying,
    page,
};

use super::own::scope_words;
use super::places::name_of;
use super::{doer, may_roster, person_of};
use crate::deeds::{self, NewAccount};
use crate::model::{Account, Duty, Holding, Kind, Post, ScopeFilter, State as AccountState, Unit};
use crate::rules::view_filter;
use crate::store::{
    AccountFilter, AccountLine, AccountOrder, AccountRow, Cut, HoldingRow, PostFilter, account_by_id,
    accounts_page, holdings_of, posts_page, unit_by_id, units_of_place,
};

web::names! {
    /// Filters of the list of accounts.
    pub enum By { State = "state", Words = "q", Unit = "unit" }
}
web::names! {
    /// Orders of the list of accounts.
    pub enum Order { Made = "made", SignedIn = "in" }
}

type Query_ = ListQuery<By, Order>;

fn asked(q: &Query_) -> AccountFilter {
    AccountFilter {
        words: q.get(By::Words).map(str::to_owned),
        state: q.get(By::State).and_then(AccountState::parse),
        unit: q.parsed::<Id<Unit>>(By::Unit).map(Id::raw),
    }
}

fn order(q: &Query_) -> AccountOrder {
    match q.order() {
        Order::Made => AccountOrder::Made,
        Order::SignedIn => AccountOrder::SignedIn,
    }
}

async fn lines(
    site: &Site,
    v: &View,
    scope: ScopeFilter,
    q: &Query_,
    size: usize,
) -> Outcome<Page<AccountLine>> {
    let (filter, order, now) = (asked(q), order(q), v.now);
    let cut = Cut { after: q.cursor(), size, descending: q.descending(true) };
    site.db.read(move |conn| accounts_page(conn, &scope, &filter, order, cut, now)).await
}

/// All states as choices.
fn states(v: &View) -> Vec<Opt> {
    AccountState::ALL.into_iter().map(|s| Opt::new(s.code(), v.t(s.word()))).collect()
}

#[derive(Template)]
#[template(path = "access/accounts.html")]
pub(super) struct AccountsPage {
    pub v: View,
    pub q: ListQuery<By, Order>,
    pub list: List,
    pub rows: Vec<AccountLine>,
}

/// GET /accounts
pub async fn accounts_show(State(site): State<Site>, v: View, who: Who, q: ListQuery<By, Order>) -> Answer {
    let scope = view_filter(&*person_of(&who)?, Kind::Roster);
    let found = lines(&site, &v, scope, &q, q.size()).await?;
    let f = q.fields(&v, "access.accounts.filter");
    let mut list = q
        .frame(&v, found.next, found.rows.len())
        .filter(f.line("q"))
        .filter(f.select("state", &states(&v)))
        .export(q.under("/accounts/sheet.xlsx"))
        .print()
        .empty("access.accounts.none");
    if v.may(Duty::Admin.code()) {
        list = list.link("/units", "access.accounts.new");
    }
    page(&AccountsPage { list, rows: found.rows, q, v })
}

/// GET /accounts/sheet.xlsx
pub async fn accounts_sheet(State(site): State<Site>, v: View, who: Who, q: ListQuery<By, Order>) -> Answer {
    let scope = view_filter(&*person_of(&who)?, Kind::Roster);
    let (filter, order, descending) = (asked(&q), order(&q), q.descending(true));
    let head = Heading::of(&v, v.t("access.accounts.title"), filter_words(&v, &q), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        let cut = Cut { after, size, descending };
        let page = accounts_page(conn, &scope, &filter, order, cut, view.now)?;
        Ok(page.map(|r| cells(&view, r)))
    })
    .await
}

const COLUMNS: [(&str, f64); 8] = [
    ("access.accounts.col.name", 18.0),
    ("access.accounts.col.display", 16.0),
    ("access.accounts.col.unit", 28.0),
    ("access.accounts.col.posts", 32.0),
    ("access.accounts.col.state", 10.0),
    ("access.accounts.col.second", 10.0),
    ("access.accounts.col.made", 18.0),
    ("access.accounts.col.in", 18.0),
];

fn cells(v: &View, r: AccountLine) -> Vec<Cell> {
    vec![
        r.name.into(),
        r.display.into(),
        r.unit_name.into(),
        r.posts.join(" ").into(),
        v.t(r.state.word()).as_ref().into(),
        v.t(yes_no(r.totp_on)).as_ref().into(),
        r.created.into(),
        Cell::from(r.signed_in),
    ]
}

/// The key of yes or no.
pub(super) fn yes_no(yes: bool) -> &'static str {
    if yes { "access.yes" } else { "access.no" }
}

/// What a list was filtered by, for the heading of its sheet.
pub(super) fn filter_words<F: Names, S: Names>(_: &View, q: &ListQuery<F, S>) -> String {
    let each = F::ALL.iter().filter_map(|f| q.get(*f));
    each.collect::<Vec<_>>().join(" ")
}

#[derive(Template)]
#[template(path = "access/account_new.html")]
pub(super) struct NewPage {
    pub v: View,
    pub f: Fields,
    pub unit: Unit,
}

/// What the form for a new account sends.
#[derive(serde::Deserialize)]
pub struct AccountForm {
    #[serde(default)]
    name: String,
    #[serde(default)]
    display: String,
    #[serde(default)]
    password: String,
}

async fn unit_for(site: &Site, who: &web::Person, id: Id<Unit>) -> Outcome<Unit> {
    let unit = site.db.read(move |conn| unit_by_id(conn, id)).await?.ok_or_else(Refusal::not_found)?;
    may_roster(&*person_of(who)?, unit.place)?;
    Ok(unit)
}

/// GET /units/{id}/accounts/new
pub async fn account_new(State(site): State<Site>, v: View, who: Who, Path(id): Path<Id<Unit>>) -> Answer {
    let unit = unit_for(&site, &who, id).await?;
    page(&NewPage { f: Fields::blank(&v, "access.account_new"), unit, v })
}

/// POST /units/{id}/accounts
pub async fn account_add(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Unit>>,
    form: Form<AccountForm>,
) -> Answer {
    let unit = unit_for(&site, &who, id).await?;
    let done = async {
        let typed = form.read()?;
        let digest = deeds::digest_off_thread(&site.db, &typed.name, &typed.password).await?;
        let new = NewAccount {
            name: typed.name,
            display: typed.display,
            unit: id,
            digest: Some(digest),
            must_change: true,
        };
        let doer = doer(&who, v.now)?;
        site.db.write(move |tx| deeds::create_account(tx, &doer, &new)).await
    };
    match done.await {
        Ok(account) => go_saying(format!("/accounts/{account}"), "access.account.made"),
        Err(stop) => {
            form.again(&v, "access.account_new", stop, |f| NewPage { f, unit: unit.clone(), v: v.clone() })
        }
    }
}

/// A holding as it is shown.
pub(crate) struct HoldingLine {
    pub id: Id<Holding>,
    pub unit: String,
    pub title: String,
    pub duties: Vec<String>,
    pub scope: String,
    pub from: Millis,
    pub until: Option<Millis>,
    pub open: bool,
}

#[derive(Template)]
#[template(path = "access/account.html")]
pub(crate) struct AccountPage {
    pub v: View,
    pub f: Fields,
    pub account: Account,
    pub unit: Unit,
    pub units: Vec<Opt>,
    pub holdings: Vec<HoldingLine>,
    pub totp_on: bool,
    pub sessions: usize,
    pub signed_in: Option<Millis>,
    pub admin: bool,
    pub own: bool,
}

struct Loaded {
    row: AccountRow,
    unit: Unit,
    units: Vec<Unit>,
    holdings: Vec<HoldingRow>,
    sessions: usize,
}

async fn load(site: &Site, v: &View, who: &web::Person, id: Id<Account>) -> Outcome<Loaded> {
    let now = v.now;
    let found = site
        .db
        .read(move |conn| {
            let row = account_by_id(conn, id)?.ok_or_else(Refusal::not_found)?;
            let unit = unit_by_id(conn, row.unit())?.ok_or_else(Refusal::not_found)?;
            let units = units_of_place(conn, unit.place, now)?;
            let holdings = holdings_of(conn, id)?;
            let sessions = web::session::of_account(conn, id.raw(), now)?.len();
            Ok(Loaded { row, unit, units, holdings, sessions })
        })
        .await?;
    may_roster(&*person_of(who)?, found.unit.place)?;
    Ok(found)
}

fn draw(site: &Site, v: &View, who: &web::Person, l: Loaded, f: Fields) -> Outcome<AccountPage> {
    let atlas = site.get::<LiveAtlas>()?.now();
    let line = |h: HoldingRow| HoldingLine {
        id: h.holding.id,
        unit: h.unit_name,
        scope: scope_words(v, &name_of(&atlas, h.post.scope)),
        duties: h.post.duties.iter().map(|d| v.t(d.word()).into_owned()).collect(),
        title: h.post.title,
        from: h.holding.period.from,
        until: h.holding.period.until.or(h.post.period.until),
        open: h.holding.period.holds(v.now) && h.post.period.holds(v.now),
    };
    Ok(AccountPage {
        account: l.row.account(),
        units: l.units.into_iter().map(|u| Opt::new(u.id, u.name)).collect(),
        unit: l.unit,
        holdings: l.holdings.into_iter().map(line).collect(),
        totp_on: l.row.totp_on,
        sessions: l.sessions,
        signed_in: (l.row.signed_in_ms > 0).then_some(Millis(l.row.signed_in_ms)),
        admin: v.may(Duty::Admin.code()),
        own: who.account == l.row.id,
        f,
        v: v.clone(),
    })
}

/// GET /accounts/{id}
pub async fn account_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    let loaded = load(&site, &v, &who, id).await?;
    let f = Fields::blank(&v, "access.account")
        .fill("display", &loaded.row.display)
        .fill("unit", loaded.row.unit());
    page(&draw(&site, &v, &who, loaded, f)?)
}

/// What the form for an account's change sends.
#[derive(serde::Deserialize)]
pub struct EditForm {
    #[serde(default)]
    display: String,
    unit: Id<Unit>,
}

/// POST /accounts/{id}
pub async fn account_edit(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
    form: Form<EditForm>,
) -> Answer {
    let loaded = load(&site, &v, &who, id).await?;
    let done = async {
        let (typed, doer) = (form.read()?, doer(&who, v.now)?);
        site.db.write(move |tx| deeds::edit_account(tx, &doer, id, &typed.display, typed.unit)).await
    };
    match done.await {
        Ok(()) => go_saying(format!("/accounts/{id}"), "access.account.saved"),
        Err(stop) => {
            let mut drawn = draw(&site, &v, &who, loaded, Fields::blank(&v, "access.account"))?;
            form.again(&v, "access.account", stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}

/// An act on an account that needs no more than its id.
type Simple = fn(&mut store::Tx<'_>, &deeds::Doer, Id<Account>) -> Outcome<()>;

async fn act(site: Site, v: View, who: Who, id: Id<Account>, deed: Simple, said: &'static str) -> Answer {
    let doer = doer(&who, v.now)?;
    site.db.write(move |tx| deed(tx, &doer, id)).await?;
    go_saying(format!("/accounts/{id}"), said)
}

/// POST /accounts/{id}/suspension
pub async fn account_suspend(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    act(site, v, who, id, deeds::lock_account, "access.account.locked").await
}

/// POST /accounts/{id}/suspension/end
pub async fn account_resume(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    act(site, v, who, id, deeds::unlock_account, "access.account.unlocked").await
}

/// POST /accounts/{id}/closure
pub async fn account_close(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    act(site, v, who, id, deeds::disable_account, "access.account.disabled").await
}

/// POST /accounts/{id}/second/removal
pub async fn account_second_remove(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    act(site, v, who, id, deeds::remove_totp, "access.account.second_removed").await
}

#[derive(Template)]
#[template(path = "access/account_password.html")]
pub(super) struct ReplacePage {
    pub v: View,
    pub f: Fields,
    pub account: Account,
    pub whose: String,
}

fn replace_page(v: &View, f: Fields, account: Account) -> ReplacePage {
    let whose =
        v.tw("access.account_password.whose", &[("display", &account.display), ("name", &account.name)]);
    ReplacePage { v: v.clone(), f, account, whose }
}

/// What the form for somebody's first password sends.
#[derive(serde::Deserialize)]
pub struct ReplaceForm {
    #[serde(default)]
    password: String,
}

/// GET /accounts/{id}/password
pub async fn account_password_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
) -> Answer {
    let account = load(&site, &v, &who, id).await?.row.account();
    page(&replace_page(&v, Fields::blank(&v, "access.account_password"), account))
}

/// POST /accounts/{id}/password
pub async fn account_password_send(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
    form: Form<ReplaceForm>,
) -> Answer {
    let account = load(&site, &v, &who, id).await?.row.account();
    let done = async {
        let typed = form.read()?;
        let digest = deeds::digest_off_thread(&site.db, account.name.as_str(), &typed.password).await?;
        let doer = doer(&who, v.now)?;
        site.db.write(move |tx| deeds::replace_password(tx, &doer, id, &digest, true)).await
    };
    match done.await {
        Ok(()) => go_saying(format!("/accounts/{id}"), "access.account.password_replaced"),
        Err(stop) => {
            form.again(&v, "access.account_password", stop, |f| replace_page(&v, f, account.clone()))
        }
    }
}

#[derive(Template)]
#[template(path = "access/grant.html")]
pub(super) struct GrantPage {
    pub v: View,
    pub f: Fields,
    pub account: Account,
    pub posts: Vec<Opt>,
    pub words: String,
}

/// Part of the title of a post that is looked for.
#[derive(serde::Deserialize)]
pub struct Wanted {
    #[serde(default)]
    q: String,
}

/// What the form for a grant sends.
#[derive(serde::Deserialize)]
pub struct GrantForm {
    post: Id<Post>,
    until: Option<jiff::civil::Date>,
}

/// Posts that one page offers.
const OFFERED: usize = 20;

async fn offered(site: &Site, v: &View, who: &web::Person, words: &str) -> Outcome<Vec<Opt>> {
    let scope = view_filter(&*person_of(who)?, Kind::Staff);
    let filter = PostFilter {
        words: (!words.trim().is_empty()).then(|| words.trim().to_owned()),
        open: Some(true),
        ..PostFilter::default()
    };
    let (cut, now) = (Cut { after: None, size: OFFERED, descending: true }, v.now);
    let found = site.db.read(move |conn| posts_page(conn, &scope, &filter, cut, now)).await?;
    let atlas = site.get::<LiveAtlas>()?.now();
    let opt = |l: crate::store::PostLine| {
        let duties: Vec<_> = l.post.duties.iter().map(|d| v.t(d.word()).into_owned()).collect();
        let scope = scope_words(v, &name_of(&atlas, l.post.scope));
        Opt::new(l.post.id, format!("{} {}", l.unit_name, l.post.title))
            .hint(format!("{} · {scope}", duties.join(" ")))
    };
    Ok(found.rows.into_iter().map(opt).collect())
}

/// GET /accounts/{id}/posts/new
pub async fn grant_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    let account = load(&site, &v, &who, id).await?.row.account();
    let posts = offered(&site, &v, &who, &wanted.q).await?;
    page(&GrantPage { f: Fields::blank(&v, "access.grant"), account, posts, words: wanted.q, v })
}

/// POST /accounts/{id}/posts
pub async fn grant_send(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Account>>,
    form: Form<GrantForm>,
) -> Answer {
    let account = load(&site, &v, &who, id).await?.row.account();
    let posts = offered(&site, &v, &who, "").await?;
    let done = async {
        let (typed, doer) = (form.read()?, doer(&who, v.now)?);
        // The day that is named is the last one.
        let until = typed.until.map(|day| v.zone.end_of(day).plus(1));
        site.db.write(move |tx| deeds::grant_post(tx, &doer, id, typed.post, until)).await
    };
    match done.await {
        Ok(_) => go_saying(format!("/accounts/{id}"), "access.account.granted"),
        Err(stop) => form.again(&v, "access.grant", stop, |f| GrantPage {
            f,
            account: account.clone(),
            posts: posts.clone(),
            words: String::new(),
            v: v.clone(),
        }),
    }
}

/// POST /accounts/{id}/posts/{holding}/end
pub async fn holding_end(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path((id, holding)): Path<(Id<Account>, Id<Holding>)>,
) -> Answer {
    let doer = doer(&who, v.now)?;
    site.db.write(move |tx| deeds::end_post(tx, &doer, holding)).await?;
    go_saying(format!("/accounts/{id}"), "access.account.post_ended")
}
