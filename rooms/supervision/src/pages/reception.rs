//! Reception days: those of the post's places with the next day of each; a desk or a leader sets and ends the own unit's.

use access::Seated;
use askama::Template;
use axum::extract::State;
use base::{DAY_MS, Id, Outcome};
use jiff::civil::{Date, Time};
use serde::Deserialize;
use store::Conn;
use web::{Answer, Fields, Form, List, ListQuery, Opt, Site, View, Who, go_saying, page};

use super::list::{Sort, is_desk};
use super::public::Nothing;
use super::seat::{At, Seat};
use crate::deeds;
use crate::model::{Held, NewReception, Reception};
use crate::rules::held_on;
use crate::store::receptions;

/// Where the labels are.
pub(crate) const PREFIX: &str = "supervision.reception";
/// The address.
const HOME: &str = "/supervision/receptions";
/// How far the next day is looked for.
const AHEAD_MS: i64 = 60 * DAY_MS;

/// The names of the weekdays, from Monday.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "supervision.weekday.1",
    "supervision.weekday.2",
    "supervision.weekday.3",
    "supervision.weekday.4",
    "supervision.weekday.5",
    "supervision.weekday.6",
    "supervision.weekday.7",
];

/// One line.
pub(crate) struct Line {
    pub id: String,
    pub unit: String,
    pub post: String,
    pub when: String,
    pub hours: String,
    pub hall: String,
    pub next: String,
    pub may_end: bool,
}

#[derive(Template)]
#[template(path = "supervision/receptions.html")]
pub(crate) struct ReceptionsPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<Line>,
    pub f: Fields,
    pub posts: Vec<Opt>,
    pub weekdays: Vec<Opt>,
    pub desk: bool,
}

/// The weekdays as choices.
pub(crate) fn weekdays(v: &View) -> Vec<Opt> {
    WEEKDAYS.iter().zip(1..).map(|(key, n)| Opt::new(n.to_string(), v.t(key))).collect()
}

/// When it is held, in words.
pub(crate) fn held_words(v: &View, held: Held) -> String {
    match held {
        Held::Once(day) => v.day(day),
        Held::Weekly(n) => {
            let key =
                usize::try_from(n - 1).ok().and_then(|n| WEEKDAYS.get(n)).copied().unwrap_or(WEEKDAYS[0]);
            v.t1("supervision.reception.weekly", "day", v.t(key))
        }
    }
}

/// Hours, as 09:00–11:30.
pub(crate) fn hours_words(from: i64, until: i64) -> String {
    format!("{:02}:{:02}–{:02}:{:02}", from / 60, from % 60, until / 60, until % 60)
}

struct Found {
    page: base::Page<Reception>,
    titles: Vec<(i64, String)>,
    seats: Vec<Seated>,
}

fn look(conn: &mut Conn, seat: &Seat, q: &ListQuery<Nothing, Sort>, v: &View) -> Outcome<Found> {
    let page = receptions(conn, &seat.scope(), v.zone.day(v.now), q.cursor(), q.size())?;
    let mut titles = Vec::new();
    for post in page.rows.iter().map(|r| r.post).filter(|id| *id != 0) {
        let row = access::post_by_id(conn, Id::of(post))?;
        titles.extend(row.map(|row| (post, row.post().title)));
    }
    let unit = deeds::desk_post(&seat.person).map(|p| p.unit.raw());
    let seats = unit.map(|u| access::seated_in(conn, &[u], v.now)).transpose()?.unwrap_or_default();
    Ok(Found { page, titles, seats })
}

async fn draw(
    site: &Site,
    v: &View,
    who: &Who,
    q: ListQuery<Nothing, Sort>,
    f: Fields,
) -> Outcome<ReceptionsPage> {
    let seat = Seat::of(site, who)?;
    let (own, asked, view) = (seat.clone(), q.clone(), v.clone());
    let found = site.db.read(move |conn| look(conn, &own, &asked, &view)).await?;
    let desk = is_desk(v);
    let unit = deeds::desk_post(&seat.person).map_or(0, |p| p.unit.raw());
    let title = |post: i64| found.titles.iter().find(|(id, _)| *id == post).map(|(_, t)| t.clone());
    let line = |r: &Reception| Line {
        id: r.id.to_string(),
        unit: seat.unit(r.unit),
        post: title(r.post).unwrap_or_else(|| v.t("supervision.reception.by_unit").into_owned()),
        when: held_words(v, r.held),
        hours: hours_words(r.from, r.until),
        hall: r.hall.clone(),
        next: next_day(&seat, v, r).map_or_else(|| "—".to_owned(), |day| v.day(day)),
        may_end: desk && r.unit == unit,
    };
    let mut posts: Vec<Opt> = Vec::new();
    for s in &found.seats {
        let opt = Opt::new(s.post.id, s.post.title.clone());
        if !posts.iter().any(|o| o.value == opt.value) {
            posts.push(opt);
        }
    }
    Ok(ReceptionsPage {
        rows: found.page.rows.iter().map(line).collect(),
        list: q.frame(v, found.page.next, found.page.rows.len()).empty("supervision.reception.none").print(),
        posts,
        weekdays: weekdays(v),
        desk,
        f,
        v: v.clone(),
    })
}

fn next_day(seat: &Seat, v: &View, r: &Reception) -> Option<Date> {
    let today = v.zone.day(v.now);
    let calendar = seat.ground.here(&r.place).calendar;
    let until = match r.held {
        Held::Once(day) => day,
        Held::Weekly(_) => v.zone.day(v.now.plus(AHEAD_MS)),
    };
    held_on(r.held, today, until, &calendar).into_iter().next()
}

/// GET /supervision/receptions
pub(crate) async fn receptions_list(
    State(site): State<Site>,
    v: View,
    who: Who,
    q: ListQuery<Nothing, Sort>,
) -> Answer {
    let f = Fields::blank(&v, PREFIX);
    page(&draw(&site, &v, &who, q, f).await?)
}

/// What the form sends.
#[derive(Deserialize)]
pub(crate) struct Typed {
    post: Option<Id<access::Post>>,
    weekday: Option<i8>,
    day: Option<Date>,
    from: Option<String>,
    until: Option<String>,
    hall: String,
}

/// Minutes of the day, as typed.
fn minutes(typed: Option<&String>) -> Option<i64> {
    let time: Time = format!("{}:00", typed?.trim()).parse().ok()?;
    Some(i64::from(time.hour()) * 60 + i64::from(time.minute()))
}

/// POST /supervision/receptions
pub(crate) async fn reception_make(State(site): State<Site>, v: View, who: Who, form: Form<Typed>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let order = NewReception {
            post: typed.post.map_or(0, Id::raw),
            weekday: typed.weekday.unwrap_or(0),
            day: typed.day,
            from: minutes(typed.from.as_ref()),
            until: minutes(typed.until.as_ref()),
            hall: typed.hall,
        };
        let (seat, now, once) = (Seat::of(&site, &who)?, v.now, form.once().to_owned());
        site.db
            .write(move |tx| deeds::set_reception(tx, (&seat.ground, &seat.person, now), &once, &order))
            .await
    };
    match done.await {
        Ok(_) => go_saying(HOME, "supervision.said.reception"),
        Err(stop) => {
            let q = ListQuery::parse(HOME, "");
            let mut drawn = draw(&site, &v, &who, q, Fields::blank(&v, PREFIX)).await?;
            form.again(&v, PREFIX, stop, |f| {
                drawn.f = f;
                drawn
            })
        }
    }
}

/// POST /supervision/receptions/{id}/end
pub(crate) async fn reception_end(at: At<Reception>) -> Answer {
    let (seat, id, now) = (Seat::of(&at.site, &at.who)?, at.id, at.v.now);
    at.site.db.write(move |tx| deeds::end_reception(tx, &seat.person, now, id)).await?;
    go_saying(HOME, "supervision.said.reception_ended")
}
