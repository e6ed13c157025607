//! The inbox (通知): what concerns the person's account, posts and units; each letter opens its record.

use std::sync::Arc;

use access::person_of;
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Refusal};
use store::Conn;
use web::{
    Answer, BELL_MOST, Bell, Fields, Form, List, ListQuery, Person, Site, Tone, View, Who, go, go_saying,
    page,
};

use super::{after_of, first_of, kinds, number_at};
use crate::deeds::Doors;
use crate::model::{Item, Kind, Letter};
use crate::rules::{FRESH_MS, boxes_of, said, units_in};
use crate::store::{
    InboxFilter, count_unread, inbox_page, item_in_boxes, mark_all_read, mark_read, read_among,
};

web::names! {
    /// Filters of the inbox.
    pub enum By { Tab = "tab", Kind = "kind", From = "from", Until = "until" }
}
web::names! {
    /// Its one order.
    pub enum Order { Made = "made" }
}

const ALL: &str = "all";

/// The bell in the head of every page (未读提醒).
pub struct InboxBell;

impl Bell for InboxBell {
    fn address(&self) -> &'static str {
        "/notices"
    }

    fn count(&self, conn: &mut Conn, person: &Person, now: Millis) -> Outcome<u64> {
        let boxes = boxes_of(&*person_of(person)?);
        count_unread(conn, person.account, &boxes, number_at(now.plus(-FRESH_MS)), BELL_MOST as i64 + 1)
    }
}

/// A letter as it is shown.
pub(crate) struct Line {
    pub id: Id<Letter>,
    pub title: String,
    pub text: String,
    pub made: Millis,
    pub urgent: bool,
    pub unread: bool,
    pub opens: bool,
}

#[derive(Template)]
#[template(path = "notice/inbox.html")]
pub(crate) struct InboxPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
    pub f: Fields,
    pub any_unread: bool,
}

struct Found {
    page: base::Page<Item>,
    read: Vec<i64>,
    unread: u64,
    units: std::collections::HashMap<i64, String>,
}

async fn load(site: &Site, v: &View, who: &Arc<Person>, q: &ListQuery<By, Order>) -> Outcome<Found> {
    let boxes = boxes_of(&*person_of(who)?);
    let filter = InboxFilter {
        kind: q.get(By::Kind).and_then(Kind::parse),
        unread: q.get(By::Tab) != Some(ALL),
        from: first_of(v, q.parsed(By::From)),
        before: after_of(v, q.parsed(By::Until)),
    };
    let (account, after, size) = (who.account, q.cursor(), q.size());
    let fresh = number_at(v.now.plus(-FRESH_MS));
    site.db
        .read(move |conn| {
            let page = inbox_page(conn, account, &boxes, &filter, after, size)?;
            let ids: Vec<i64> = page.rows.iter().map(|i| i.id.raw()).collect();
            let read = read_among(conn, account, &ids)?;
            let units = access::unit_names(conn, &units_in(&page.rows))?;
            let unread = count_unread(conn, account, &boxes, fresh, BELL_MOST as i64 + 1)?;
            Ok(Found { page, read, unread, units })
        })
        .await
}

/// GET /notices
pub(super) async fn inbox_show(
    State(site): State<Site>,
    v: View,
    who: Who,
    q: ListQuery<By, Order>,
) -> Answer {
    let found = load(&site, &v, &who.0, &q).await?;
    let line = |item: &Item| {
        let (title, text) = said(&site.words, v.lang, &v.zone, item.kind, &item.params, &found.units);
        Line {
            id: item.id,
            title,
            text,
            made: item.made,
            urgent: item.urgent,
            unread: !found.read.contains(&item.id.raw()),
            opens: item.subject.path().is_some(),
        }
    };
    let rows: Vec<Line> = found.page.rows.iter().map(line).collect();
    let all = q.get(By::Tab) == Some(ALL);
    let fields = q.fields(&v, "notice.filter");
    let tabs = [
        ("", v.t("notice.tab.unread").into_owned(), Some(found.unread)),
        (ALL, v.t("notice.tab.all").into_owned(), None),
    ];
    let list = q
        .frame(&v, found.page.next, rows.len())
        .tabs(q.tabs(By::Tab, tabs))
        .filter(fields.select("kind", &kinds(&v, Kind::of_staff())))
        .filter(fields.date("from"))
        .filter(fields.date("until"))
        .empty(if all { "notice.none" } else { "notice.none_unread" });
    let newest = rows.first().map_or(String::new(), |r| r.id.to_string());
    let f = Fields::blank(&v, "notice.reading").fill("upto", newest);
    page(&InboxPage { any_unread: rows.iter().any(|r| r.unread), list, rows, f, v })
}

/// A letter whose record is out of its reader's reach by now.
#[derive(Template)]
#[template(path = "notice/gone.html")]
pub(crate) struct GonePage {
    pub v: View,
    pub title: String,
    pub text: String,
    pub made: Millis,
}

/// GET /notices/{id}: marks it read and leads to the record; where that is out of reach by now, says so.
pub(super) async fn notice_open(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Letter>>,
) -> Answer {
    let item = mark(&site, &v, &who.0, id).await?;
    let Some(path) = item.subject.path() else { return go("/notices") };
    let (doors, person, subject) = (site.get::<Doors>().unwrap_or_default(), person_of(&who)?, item.subject);
    let named = units_in([&item]);
    let (opens, units) = site
        .db
        .read(move |conn| Ok((doors.open(conn, &person, subject)?, access::unit_names(conn, &named)?)))
        .await?;
    if opens {
        return go(path);
    }
    let (title, text) = said(&site.words, v.lang, &v.zone, item.kind, &item.params, &units);
    page(&GonePage { title, text, made: item.made, v })
}

/// POST /notices/{id}/reading
pub(super) async fn notice_read(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Letter>>,
) -> Answer {
    mark(&site, &v, &who.0, id).await?;
    go("/notices")
}

async fn mark(site: &Site, v: &View, who: &Arc<Person>, id: Id<Letter>) -> Outcome<Item> {
    let boxes = boxes_of(&*person_of(who)?);
    let found = site.db.read(move |conn| item_in_boxes(conn, id, &boxes)).await?;
    let item = found.ok_or_else(Refusal::not_found)?;
    let (account, now) = (who.account, v.now);
    site.db.keep_house(move |tx| mark_read(tx.conn, account, id, now)).await?;
    Ok(item)
}

/// What the form for all sends: the newest letter that was on the page.
#[derive(serde::Deserialize)]
pub(super) struct Reading {
    upto: Option<Id<Letter>>,
}

/// POST /notices/reading: everything up to the newest letter that the person has seen.
pub(super) async fn notices_read(State(site): State<Site>, v: View, who: Who, form: Form<Reading>) -> Answer {
    let latest = Id::<Letter>::first_at(v.now.plus(1));
    if let Some(upto) = form.read()?.upto {
        let (account, upto) = (who.account, upto.raw().min(latest.raw()));
        site.db.keep_house(move |tx| mark_all_read(tx.conn, account, upto)).await?;
    }
    go_saying("/notices", "notice.all_read")
}
