//! The draws (抽签公示), for everybody: seed, checkpoint, population's digest and the way of drawing, so that each can be repeated. No
//! case is named here; the numbers that were drawn from are for the offices of the place.

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Outcome, Refusal};
use territory::LiveAtlas;
use web::{Answer, Html, List, Site, Tone, View, Who, attachment, page};

use super::seat::{Query, Seat, day};
use crate::deeds::check_draw;
use crate::model::{Draw, Week};
use crate::rules::METHOD;
use crate::store::{closed_in, draw_by_id, draws};

/// A draw as the pages show it.
pub(crate) struct DrawLine {
    pub id: String,
    pub county: String,
    pub week: String,
    pub from: String,
    pub to: String,
    pub at: String,
    pub population: i64,
    pub drawn: i64,
    pub seed: String,
    pub root: String,
    pub checkpoint: String,
    pub digest: String,
    pub code: String,
    pub command: String,
}

#[derive(Template)]
#[template(path = "callback/draws.html")]
pub(crate) struct DrawsPage {
    pub v: View,
    pub next: String,
    pub list: List,
    pub rows: Vec<DrawLine>,
}

#[derive(Template)]
#[template(path = "callback/draw.html")]
pub(crate) struct DrawPage {
    pub v: View,
    pub d: DrawLine,
    pub method: &'static str,
    pub is_staff: bool,
    /// What was drawn once more for this page: what, and whether it is the same.
    pub checks: Vec<(String, Html)>,
}

/// A draw in words.
pub(crate) fn draw_line(v: &View, county: &str, d: &Draw) -> DrawLine {
    DrawLine {
        id: Id::<()>::of(d.id).to_string(),
        county: county.to_owned(),
        week: d.week.clone(),
        from: day(v, d.from),
        to: day(v, d.to.plus(-1)),
        at: v.exact(d.at),
        population: d.population,
        drawn: d.drawn,
        seed: d.seed.clone(),
        root: d.root.clone(),
        checkpoint: v.tw(
            "callback.checkpoint",
            &[("n", &d.checkpoint), ("size", &d.checkpoint_size), ("when", &v.exact(d.checkpoint_at))],
        ),
        digest: d.population_digest.clone(),
        code: d.county_code.clone(),
        command: v.tw("callback.repeat.command", &[("week", &d.week), ("code", &d.county_code)]),
    }
}

/// What will be drawn next, said before it is.
fn next_words(v: &View) -> String {
    let week = Week::of(v.zone.day(v.now));
    let (_, to) = week.span(&v.zone);
    v.tw("callback.draws.next", &[("week", &week.name()), ("when", &v.exact(to))])
}

pub(super) async fn draws_list(State(site): State<Site>, v: View, q: Query) -> Answer {
    let atlas = site.get::<LiveAtlas>()?.now();
    let asked = q.clone();
    let found = site.db.read(move |conn| draws(conn, asked.cursor(), asked.size())).await?;
    let rows: Vec<DrawLine> =
        found.rows.iter().map(|d| draw_line(&v, atlas.name(Id::of(d.county)), d)).collect();
    let list = q.frame(&v, found.next, rows.len()).empty("callback.draws.empty");
    page(&DrawsPage { next: next_words(&v), list, rows, v })
}

/// What drawing it once more found, in words and with a sign.
pub(crate) fn check_lines(v: &View, holds: [bool; 3]) -> Vec<(String, Html)> {
    let each = ["callback.check.seed", "callback.check.population", "callback.check.sample"];
    let word = |holds: bool| match holds {
        true => v.badge(Tone::Good, v.t("callback.check.same")),
        false => v.badge(Tone::Bad, v.t("callback.check.other")),
    };
    each.into_iter().zip(holds).map(|(key, holds)| (v.t(key).into_owned(), word(holds))).collect()
}

pub(super) async fn draw_show(State(site): State<Site>, v: View, Path(id): Path<Id<Draw>>) -> Answer {
    let atlas = site.get::<LiveAtlas>()?.now();
    let (draw, checked) = site
        .db
        .read(move |conn| -> Outcome<_> {
            let draw = draw_by_id(conn, id.raw())?.ok_or_else(Refusal::not_found)?;
            let week = Week::parse(&draw.week).ok_or_else(Refusal::not_found)?;
            let checked = check_draw(conn, draw.county, week)?;
            Ok((draw, checked))
        })
        .await?;
    let checks = checked.map(|c| check_lines(&v, [c.seed_holds, c.population_holds, c.sample_holds]));
    let checks = checks.unwrap_or_default();
    let d = draw_line(&v, atlas.name(Id::of(draw.county)), &draw);
    let is_staff = ["clerk", "verify", "lead"].iter().any(|duty| v.may(duty));
    page(&DrawPage { d, method: METHOD, is_staff, checks, v })
}

/// The numbers that were drawn from, a line each: its SHA-256 is the published digest.
pub(super) async fn population_file(State(site): State<Site>, who: Who, Path(id): Path<Id<Draw>>) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let text = site
        .db
        .read(move |conn| -> Outcome<String> {
            let draw = draw_by_id(conn, id.raw())?.ok_or_else(Refusal::not_found)?;
            let lineage = seat.atlas.lineage(Id::of(draw.county));
            let place = access::place_of(&lineage, None);
            access::may_view(&seat.person, &access::Resource::at(access::Kind::CaseView, place))?;
            let mut numbers: Vec<String> =
                closed_in(conn, draw.county, draw.from, draw.to)?.into_iter().map(|c| c.number).collect();
            numbers.sort_unstable();
            Ok(numbers.into_iter().map(|n| format!("{n}\n")).collect())
        })
        .await?;
    attachment("population.txt", "text/plain; charset=utf-8", text.into_bytes())
}
