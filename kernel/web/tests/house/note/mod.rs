//! A room of notes: the example of the README, as it is compiled and run.

use askama::Template;
use axum::{Json, extract::State, response::Response};
use base::{Act, Cursor, Fault, Invalid, Millis, Outcome, Page, Refusal};
use diesel::prelude::*;
use store::{Conn, Db, Fact, Migration, Tx, on};
use utoipa_axum::{router::OpenApiRouter, routes};
use web::{
    Answer, Cell, Fail, Fields, Form, Heading, Identify, Lang, List, ListQuery, MaybeWho, Need, Opt, Person,
    PostView, Rate, Right, Room, Routes, Site, View, Who, export, go, go_saying, once, page, session,
};

web::names! { pub enum By { Tab = "tab", Words = "q", Kind = "kind", Fails = "fails" } }
web::names! { pub enum Order { Made = "made", Title = "title" } }

diesel::table! {
    note_item (id) {
        id -> BigInt,
        title -> Text,
        files -> BigInt,
        made_ms -> BigInt,
    }
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = note_item)]
pub struct Row {
    id: i64,
    title: String,
    files: i64,
    made_ms: i64,
}

impl Row {
    fn made(&self) -> Millis {
        Millis(self.made_ms)
    }
}

fn notes(conn: &mut Conn, q: &ListQuery<By, Order>) -> Outcome<Page<Row>> {
    notes_after(conn, q.cursor(), q.size())
}

fn notes_after(conn: &mut Conn, after: Option<Cursor>, size: usize) -> Outcome<Page<Row>> {
    let after = after.map_or(0, |c| c.id);
    let rows = on!(conn, c => note_item::table
        .filter(note_item::id.gt(after))
        .order(note_item::id)
        .limit(size as i64 + 1)
        .select(Row::as_select())
        .load(c))?;
    Ok(Page::from_extra(rows, size, |r| Cursor { key: r.made_ms, id: r.id }))
}

fn count(conn: &mut Conn) -> Outcome<i64> {
    Ok(on!(conn, c => note_item::table.count().get_result(c))?)
}

fn add_note(tx: &mut Tx<'_>, act: Act, note: &NewNote, files: i64, code: &str) -> Outcome<()> {
    if once::taken(tx.conn, code)?.is_some() {
        tx.record(Fact::new("note.repeated", act, "note", 0));
        return Ok(());
    }
    let mut bad = Invalid::default();
    if note.title.trim().is_empty() {
        bad.push("title", "form.required");
    }
    bad.or(())?;
    if note.title == "不许" {
        return Err(Refusal::new("note.refuse.word").into());
    }
    let row = Row { id: tx.id::<Row>(act.at).raw(), title: note.title.clone(), files, made_ms: act.at.0 };
    on!(tx.conn, c => diesel::insert_into(note_item::table).values(&row).execute(c))?;
    tx.record(Fact::new("note.added", act, "note", row.id));
    once::keep(tx, code, "/notes", act.at)
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Road,
    Water,
}

#[derive(Debug, Clone, serde::Deserialize)]
#[expect(dead_code, reason = "only read from the form")]
struct NewNote {
    title: String,
    body: String,
    kind: Kind,
    due: Option<jiff::civil::Date>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "web/layout.html" %}
{% block title %}{{ v.t("note.list") }}{% endblock %}
{% block main %}<h1>{{ v.t("note.list") }}</h1>{{ list.top() }}
{% if list.any() %}<table class="cards" data-rows>
<thead><tr>{{ q.head(v, Order::Title, "note.col.title") }}<th scope="col">{{ v.t("note.col.made") }}</th></tr></thead>
<tbody>{% for r in rows %}<tr><td data-th="{{ v.t("note.col.title") }}">{{ r.title }}{% if r.files != 0 %}{{ v.t1("note.files", "n", r.files) }}{% endif %}</td><td data-th="{{ v.t("note.col.made") }}">{{ v.when(r.made()) }} {{ v.left(r.made()) }}</td></tr>{% endfor %}</tbody>
</table>{% endif %}{{ list.bottom() }}{% endblock %}"#
)]
struct ListPage {
    v: View,
    q: ListQuery<By, Order>,
    list: List,
    rows: Vec<Row>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "web/layout.html" %}
{% block title %}{{ v.t("note.new") }}{% endblock %}
{% block main %}<h1>{{ v.t("note.new") }}</h1><form method="post" action="/notes" enctype="multipart/form-data" data-draft="note.new">{{ f.start() }}
{{ f.line("title").required() }}{{ f.text("body").required().max(500) }}{{ f.radios("kind", kinds).required() }}{{ f.date("due") }}{{ f.photos("photos") }}{{ f.position() }}{{ f.submit("send") }}</form>{% endblock %}"#
)]
struct NewPage {
    v: View,
    f: Fields,
    kinds: Vec<Opt>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% extends "web/layout.html" %}
{% block title %}{{ v.t("sign.in") }}{% endblock %}
{% block main %}<form method="post" action="/sign-in">{{ f.start() }}{{ f.line("name").required() }}{{ f.submit("send") }}</form>{% endblock %}"#
)]
struct SignInPage {
    v: View,
    f: Fields,
}

fn kinds(v: &View) -> Vec<Opt> {
    ["road", "water"].map(|k| Opt::new(k, v.t(&format!("note.kind.{k}")))).to_vec()
}

async fn note_list(State(site): State<Site>, v: View, q: ListQuery<By, Order>) -> Answer {
    let asked = q.clone();
    let (found, total) = site.db.read(move |conn| Ok((notes(conn, &asked)?, count(conn)?))).await?;
    let f = q.fields(&v, "note.filter");
    let tabs = [
        ("", v.t("note.tab.all").into_owned(), Some(total as u64)),
        ("open", v.t("note.tab.open").into_owned(), None),
    ];
    let list = q
        .frame(&v, found.next, found.rows.len())
        .tabs(q.tabs(By::Tab, tabs))
        .filter(f.line("q"))
        .filter(f.select("kind", &kinds(&v)))
        .total(total)
        .export(q.under("/notes/sheet.xlsx"))
        .print()
        .empty("note.none");
    page(&ListPage { v, q, list, rows: found.rows })
}

async fn note_sheet(State(site): State<Site>, v: View, q: ListQuery<By, Order>) -> Answer {
    let fails = q.get(By::Fails).is_some();
    let head = Heading::of(&v, v.t("note.list"), "", &[("note.col.title", 40.0), ("note.col.made", 18.0)]);
    export(&site, &v, head, move |conn, after, size| {
        let page = notes_after(conn, after, size)?;
        if fails && after.is_some() {
            return Err(Fault::new("on purpose").into());
        }
        Ok(page.map(|row| vec![Cell::from(row.title.as_str()), Cell::When(row.made())]))
    })
    .await
}

/// Many notes, for a long list.
pub async fn fill(db: &Db, n: i64) {
    fill_more(db, 0, n).await;
}

/// More of them.
pub async fn fill_more(db: &Db, have: i64, n: i64) {
    let add = move |tx: &mut Tx<'_>| {
        for id in have + 1..=n {
            let row = Row { id, title: format!("=第{id}条,\"引\""), files: 0, made_ms: id * 60_000 };
            on!(tx.conn, c => diesel::insert_into(note_item::table).values(&row).execute(c))?;
        }
        Ok(())
    };
    db.keep_house(add).await.unwrap_or_else(|stop| panic!("{stop:?}"));
}

async fn note_new(v: View, _: Who) -> Answer {
    page(&NewPage { f: Fields::blank(&v, "note.new"), kinds: kinds(&v), v })
}

async fn note_add(State(site): State<Site>, v: View, who: Who, form: Form<NewNote>) -> Answer {
    let done = async {
        let (note, act, code) = (form.read()?, who.act("clerk", v.now)?, form.once().to_owned());
        let files = form.files("photos").count() as i64;
        site.db.write(move |tx| add_note(tx, act, &note, files, &code)).await
    };
    match done.await {
        Ok(()) => go_saying("/notes", "note.added"),
        Err(stop) => form.again(&v, "note.new", stop, |f| NewPage { f, kinds: kinds(&v), v: v.clone() }),
    }
}

async fn note_fault() -> Answer {
    Err(Fault::new("secret inside").into())
}

async fn note_panic() -> Answer {
    panic!("secret inside")
}

const NAMES: [&str; 3] = ["clerk", "outsider", "half"];

pub struct People;

impl Identify for People {
    fn person(&self, conn: &mut Conn, account: i64, _: Millis) -> Outcome<Option<Person>> {
        let name = NAMES[account as usize - 1];
        // Each test has a database of its own, so the list of the dismissed stands there too.
        let dismissed = once::taken(conn, "dismissed")?.as_deref() == Some(name);
        let duties = if name == "clerk" && !dismissed { vec!["clerk"] } else { vec![] };
        let post = PostView { id: 1, duties, ..PostView::default() };
        Ok(Some(Person { account, name: name.to_owned(), posts: vec![post], detail: None }))
    }
}

pub async fn take_post_away(db: &Db, name: &'static str) {
    db.keep_house(move |tx| once::keep(tx, "dismissed", name, Millis(0))).await.unwrap_or_else(|_| panic!());
}

#[derive(Debug, Clone, serde::Deserialize)]
struct SignIn {
    name: String,
}

async fn sign_in_show(v: View) -> Answer {
    page(&SignInPage { f: Fields::blank(&v, "sign.in"), v })
}

async fn sign_in(State(site): State<Site>, v: View, form: Form<SignIn>) -> Answer {
    let done = async {
        let name = form.read()?.name;
        site.limits.take("sign-in", &name, Rate::per_quarter(5), v.now)?;
        let at =
            NAMES.iter().position(|n| *n == name).ok_or_else(|| Invalid::field("name", "sign.unknown"))?;
        site.limits.forgive("sign-in", &name);
        let (config, now) = (site.config.clone(), v.now);
        site.db
            .keep_house(move |tx| session::open(tx, &config, at as i64 + 1, NAMES[at] != "half", now))
            .await
    };
    match done.await {
        Ok(token) => {
            let mut response = go("/notes")?;
            session::give(&site, &mut response, &token);
            Ok(response)
        }
        Err(stop) => form.again(&v, "sign.in", stop, |f| SignInPage { f, v: v.clone() }),
    }
}

async fn sign_out(State(site): State<Site>, v: View) -> Answer {
    if let Some(session) = v.session() {
        let id = session.id;
        site.db.keep_house(move |tx| session::close(tx, id)).await?;
    }
    let mut response = go("/")?;
    session::take(&site, &mut response);
    Ok(response)
}

#[derive(serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct NoteJson {
    title: String,
}

#[utoipa::path(get, path = "/api/notes", responses((status = 200, body = Vec<NoteJson>), (status = "4XX", body = web::Problem)))]
async fn notes_read(State(site): State<Site>, _: Who) -> Result<Json<Vec<NoteJson>>, Fail> {
    let q = ListQuery::<By, Order>::parse("", "");
    let rows = site.db.read(move |conn| notes(conn, &q)).await?.rows;
    Ok(Json(rows.into_iter().map(|r| NoteJson { title: r.title }).collect()))
}

#[utoipa::path(post, path = "/api/notes", request_body = NoteJson, responses((status = 200, body = NoteJson)))]
async fn notes_add(_: MaybeWho, Json(note): Json<NoteJson>) -> Result<Json<NoteJson>, Fail> {
    if note.title.is_empty() {
        return Err(Invalid::field("title", "form.required").into());
    }
    Ok(Json(note))
}

const CLERK: Need = Need::Duty("clerk");
const RIGHTS: &[Right] = &[
    Right::get("/notes", CLERK, "a clerk reads notes"),
    Right::get("/notes/sheet.xlsx", CLERK, "a clerk takes them along").rate(Rate::per_hour(10)).heavy(),
    Right::get("/notes/file.xlsx", CLERK, "the same, as often as one likes").heavy(),
    Right::get("/notes/new", CLERK, "the form"),
    Right::post("/notes", CLERK, "a clerk writes a note").files(),
    Right::get("/notes/fault", CLERK, "a test"),
    Right::get("/notes/panic", CLERK, "a test"),
    Right::get("/sign-in", Need::Public, "the form").urgent(),
    Right::post("/sign-in", Need::Public, "somebody signs in").urgent(),
    Right::post("/sign-out", Need::Public, "somebody signs out"),
    Right::get("/api/notes", CLERK, "a clerk reads notes"),
    Right::post("/api/notes", CLERK, "a clerk writes a note"),
];

const MIGRATIONS: &[Migration] = &[Migration {
    room: "note",
    name: "0001_note",
    sql: "CREATE TABLE note_item (id {id}, title TEXT NOT NULL, files BIGINT NOT NULL, made_ms BIGINT NOT NULL);\n",
}];

pub fn room() -> Room {
    Room {
        routes: Routes::new()
            .get("/notes", note_list)
            .get("/notes/sheet.xlsx", note_sheet)
            .get("/notes/file.xlsx", note_sheet)
            .get("/notes/new", note_new)
            .post("/notes", note_add)
            .get("/notes/fault", note_fault)
            .get("/notes/panic", note_panic)
            .get("/sign-in", sign_in_show)
            .post("/sign-in", sign_in)
            .post("/sign-out", sign_out),
        api: OpenApiRouter::new().routes(routes!(notes_read, notes_add)),
        rights: RIGHTS,
        migrations: MIGRATIONS,
        facts: &["note.added", "note.repeated"],
        words: &[(Lang::Zh, include_str!("words.toml"))],
        ..Room::new("note")
    }
}

async fn lawless() -> Response {
    axum::response::IntoResponse::into_response("x")
}

pub fn lawless_room() -> Room {
    const GONE: &[Right] = &[Right::post("/gone", Need::Public, "was here")];
    Room { routes: Routes::new().get("/lawless", lawless), rights: GONE, ..Room::new("lawless") }
}
