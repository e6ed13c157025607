//! The offices' load to come and the clocks that are likely missed (工作量预测与超期预警): per unit, with what the
//! model would have said before, and each case with the reason in words. Offices only.

use std::{collections::HashMap, sync::Arc};

use access::{Kind, Scope};
use askama::Template;
use axum::extract::State;
use base::{DAY_MS, Id, Outcome, Zone};
use deadline::Calendar;
use jiff::{ToSpan, civil::Date};
use store::Conn;
use web::{Answer, Html, Site, View, Who, page};

use super::seat::{By, Names, Query, Seat, day_at, number_of, offset_ms, overlook};
use crate::model::{Area, Ask, ForecastRule, Thresholds};
use crate::rules::{
    Arrival, Backtest, Band, Daily, History, Likeness, Load, Outlook, backtest, forecast_load, outlook_of,
};
use crate::store::{OpenCase, Took, dispatch_days, held_now, leaving_days, open_cases, took};

/// Units that one page shows.
const MOST_UNITS: usize = 200;
/// Cases that one page shows, the first due first.
const MOST_LATE: usize = 200;
/// How many times the days ahead the model is tried on the past.
const TRIES: i64 = 6;

/// What waits for a unit, in a row.
pub(crate) struct LoadLine {
    pub name: String,
    pub address: String,
    pub queue: i64,
    pub done: String,
    pub came: String,
    pub came_band: String,
    pub left: String,
    pub left_band: String,
    pub grows: bool,
}

/// A case that is likely missed.
pub(crate) struct LateLine {
    pub id: String,
    pub number: String,
    pub category: String,
    pub unit: String,
    pub due: Html,
    pub why: String,
}

#[derive(Template)]
#[template(path = "figure/forecast.html")]
pub(crate) struct ForecastPage {
    pub v: View,
    pub place: String,
    pub board: String,
    pub filters: Vec<Html>,
    pub tested: String,
    pub how: String,
    pub source: String,
    pub loads: Vec<LoadLine>,
    pub unit: String,
    pub days: Vec<(String, String, String)>,
    pub late: Vec<LateLine>,
    pub looked: usize,
}

/// One decimal.
fn tenths(n: f64) -> String {
    format!("{n:.1}")
}

/// The ends of a band in whole cases.
pub(crate) fn band_of(b: Band) -> String {
    let (low, high) = b.whole();
    format!("{low:.0}–{high:.0}")
}

/// A band as tests and samples make it.
pub(crate) fn band(low: f64, mean: f64, high: f64) -> Band {
    Band { low, mean, high }
}

/// The units that stand in the areas.
fn units_of(conn: &mut Conn, ask: &Ask) -> Outcome<Vec<i64>> {
    let holds = |area: &Area, place: &access::Place| Scope { level: area.level, id: area.id }.holds(place);
    let all = access::every_unit(conn)?;
    let mine = all.iter().filter(|u| {
        let seen = ask.scope.iter().any(|a| holds(a, &u.place));
        seen && ask.place.as_ref().is_none_or(|a| holds(a, &u.place)) && u.period.holds(ask.now)
    });
    Ok(mine.map(|u| u.id.raw()).collect())
}

/// Each unit's past: one row a day over the `days` days before `today`, without those that had nothing.
///
/// # Errors
/// Faults of the store.
pub fn histories(
    conn: &mut Conn,
    units: &[i64],
    calendar: &Calendar,
    zone: &Zone,
    today: Date,
    days: i64,
) -> Outcome<Vec<History>> {
    let until = number_of(zone, zone.start_of(today));
    let first = until - days;
    let (from, offset) = (zone.start_of(day_at(first)), offset_ms(zone));
    let came = dispatch_days(conn, units, from, offset)?;
    let went = leaving_days(conn, units, from, offset)?;
    let held: HashMap<i64, i64> = held_now(conn, units)?.into_iter().collect();
    let blank: Vec<Daily> = (first..until)
        .map(|n| Daily { day: day_at(n), is_working: calendar.is_working(day_at(n)), came: 0, went: 0 })
        .collect();
    let mut all: HashMap<i64, Vec<Daily>> = HashMap::new();
    let mut put = |rows: Vec<(i64, i64, i64)>, add: fn(&mut Daily, i64)| {
        for (unit, day, n) in rows.into_iter().filter(|(_, day, _)| (first..until).contains(day)) {
            let at = usize::try_from(day - first).unwrap_or(0);
            let daily = all.entry(unit).or_insert_with(|| blank.clone()).get_mut(at);
            daily.into_iter().for_each(|d| add(d, n));
        }
    };
    put(came, |d, n| d.came += n);
    put(went, |d, n| d.went += n);
    for unit in held.keys() {
        all.entry(*unit).or_insert_with(|| blank.clone());
    }
    let mut out: Vec<History> = all
        .into_iter()
        .map(|(unit, days)| History { unit, queue: held.get(&unit).copied().unwrap_or(0), days })
        .collect();
    out.sort_by_key(|h| h.unit);
    Ok(out)
}

/// The times that like matters took, shortest first.
#[derive(Default)]
struct Past {
    by_both: HashMap<(i64, i64), Vec<i64>>,
    by_unit: HashMap<i64, Vec<i64>>,
    by_category: HashMap<i64, Vec<i64>>,
}

impl Past {
    fn of(rows: Vec<Took>) -> Self {
        let mut past = Self::default();
        for r in rows {
            past.by_both.entry((r.unit_id, r.category_id)).or_default().push(r.took_ms);
            past.by_unit.entry(r.unit_id).or_default().push(r.took_ms);
            past.by_category.entry(r.category_id).or_default().push(r.took_ms);
        }
        past.by_both.values_mut().for_each(|t| t.sort_unstable());
        past.by_unit.values_mut().for_each(|t| t.sort_unstable());
        past.by_category.values_mut().for_each(|t| t.sort_unstable());
        past
    }

    /// The likest that there are enough of.
    fn outlook(&self, c: &OpenCase, now: i64, least: usize) -> Option<(Likeness, Outlook)> {
        let (elapsed, left) = (now - c.since_ms, c.due_ms - now);
        let each = [
            (Likeness::UnitCategory, self.by_both.get(&(c.unit_id, c.category_id))),
            (Likeness::Unit, self.by_unit.get(&c.unit_id)),
            (Likeness::Category, self.by_category.get(&c.category_id)),
        ];
        each.into_iter().find_map(|(like, took)| Some((like, outlook_of(took?, elapsed, left, least)?)))
    }
}

/// Everything that the page shows, as numbers.
struct Outcomes {
    names: Names,
    loads: Vec<Load>,
    tested: Backtest,
    late: Vec<(OpenCase, Likeness, Outlook)>,
    queues: HashMap<i64, i64>,
    looked: usize,
    ask: Ask,
    seat: Seat,
}

fn read(
    conn: &mut Conn,
    seat: Seat,
    v: &View,
    q: &Query,
    calendar: &Calendar,
    rule: &ForecastRule,
) -> Outcome<Outcomes> {
    let names = Names::read(conn)?;
    let ask = seat.ask(q, v, &names);
    let units = units_of(conn, &ask)?;
    let today = v.zone.day(v.now);
    let (weeks, ahead) = (rule.weeks * 7, rule.days);
    let all = histories(conn, &units, calendar, &v.zone, today, weeks + TRIES * ahead)?;
    let days: Vec<(Date, bool)> = (0..ahead)
        .filter_map(|n| today.checked_add(n.days()).ok())
        .map(|day| (day, calendar.is_working(day)))
        .collect();
    let last = usize::try_from(weeks).unwrap_or(56);
    let (tested, learnt) = backtest(&all, last, days.len(), rule.band_percent);
    let loads = forecast_load(&all, last, &days, &learnt);
    let open = open_cases(conn, &ask)?;
    let mut holders: Vec<i64> = open.iter().map(|c| c.unit_id).collect();
    holders.sort_unstable();
    holders.dedup();
    let past = Past::of(took(conn, &holders, ask.now.plus(-rule.history_days * DAY_MS))?);
    let queues = held_now(conn, &holders)?.into_iter().collect();
    let looked = open.len();
    let late = open
        .into_iter()
        .filter_map(|c| past.outlook(&c, ask.now.0, rule.least).map(|(like, out)| (c, like, out)))
        .filter(|(_, _, out)| out.is_likely_late())
        .take(MOST_LATE)
        .collect();
    Ok(Outcomes { names, loads, tested, late, queues, looked, ask, seat })
}

/// Whole days, never less than nothing; a begun day counts as one.
fn days_words(ms: i64) -> i64 {
    (ms.max(0) + DAY_MS - 1) / DAY_MS
}

fn why_key(like: Likeness) -> &'static str {
    match like {
        Likeness::UnitCategory => "figure.late.unit_category",
        Likeness::Unit => "figure.late.unit",
        Likeness::Category => "figure.late.category",
    }
}

/// A likely miss with its reason.
pub(crate) fn late_line(
    v: &View,
    names: &Names,
    queue: i64,
    (c, like, out): &(OpenCase, Likeness, Outlook),
) -> LateLine {
    let clock = v.t("case.clock_kind.answer");
    let words: [(&str, &dyn std::fmt::Display); 7] = [
        ("clock", &clock),
        ("queue", &queue),
        ("need", &days_words(out.eight_in_ten_ms)),
        ("gone", &((v.now.0 - c.since_ms) / DAY_MS)),
        ("left", &((c.due_ms - v.now.0) / DAY_MS)),
        ("like", &out.still_open),
        ("done", &out.in_time),
    ];
    LateLine {
        id: Id::<()>::of(c.id).to_string(),
        number: c.number.clone(),
        category: names.category(c.category_id),
        unit: names.unit(c.unit_id),
        due: v.left(base::Millis(c.due_ms)),
        why: v.tw(why_key(*like), &words),
    }
}

fn load_line(q: &Query, names: &Names, l: &Load) -> LoadLine {
    LoadLine {
        name: names.unit(l.unit),
        address: q.with(By::Unit, &Id::<access::Unit>::of(l.unit).to_string()),
        queue: l.queue,
        done: tenths(l.done_a_day),
        came: tenths(l.came.mean),
        came_band: band_of(l.came),
        left: tenths(l.left.mean),
        left_band: band_of(l.left),
        grows: l.left.mean > l.queue as f64 + 1.0,
    }
}

fn day_line(v: &View, d: &Arrival) -> (String, String, String) {
    let kind = if d.is_working { "figure.forecast.work_day" } else { "figure.forecast.rest_day" };
    let day = format!("{} {}", d.day, v.t(kind));
    (day, tenths(d.came.mean), band_of(d.came))
}

fn tested_words(v: &View, t: &Backtest, rule: &ForecastRule) -> String {
    if t.forecasts == 0 {
        return v.t("figure.forecast.untested").into_owned();
    }
    v.tw(
        "figure.forecast.tested",
        &[
            ("n", &t.forecasts),
            ("days", &rule.days),
            ("error", &format!("{:.2}", t.day_error)),
            ("naive", &format!("{:.2}", t.naive_day_error)),
            ("sum", &tenths(t.sum_error)),
            ("naivesum", &tenths(t.naive_sum_error)),
            ("mean", &tenths(t.sum_mean)),
            ("band", &rule.band_percent),
            ("inside", &format!("{:.0}", t.in_band_percent)),
            ("daysinside", &format!("{:.0}", t.days_in_band_percent)),
        ],
    )
}

pub(super) async fn forecast_show(State(site): State<Site>, v: View, who: Who, q: Query) -> Answer {
    let seat = Seat::of(&site, &who, Kind::Figures)?;
    let rules: Arc<Thresholds> = site.get::<Thresholds>()?;
    let calendar = seat.calendar(&site)?;
    let (own, asked, rule) = (v.clone(), q.clone(), rules.forecast.clone());
    let out = overlook(&site, &v, move |conn| read(conn, seat, &own, &asked, &calendar, &rule)).await?;
    let mut busy: Vec<&Load> = out.loads.iter().filter(|l| l.queue > 0 || l.came.mean >= 0.5).collect();
    busy.sort_by(|a, b| b.left.mean.total_cmp(&a.left.mean).then(a.unit.cmp(&b.unit)));
    let chosen = out.loads.iter().find(|l| l.unit == out.ask.unit);
    page(&ForecastPage {
        place: out.seat.place_name(&out.ask),
        board: q.under("/figure"),
        filters: out.seat.filters(&v, &q),
        tested: tested_words(&v, &out.tested, &rules.forecast),
        how: v.tw(
            "figure.forecast.how",
            &[("weeks", &rules.forecast.weeks), ("band", &rules.forecast.band_percent)],
        ),
        source: rules.forecast.source.clone(),
        loads: busy.into_iter().take(MOST_UNITS).map(|l| load_line(&q, &out.names, l)).collect(),
        unit: chosen.map_or(String::new(), |l| out.names.unit(l.unit)),
        days: chosen.map_or(Vec::new(), |l| l.days.iter().map(|d| day_line(&v, d)).collect()),
        late: out
            .late
            .iter()
            .map(|l| late_line(&v, &out.names, out.queues.get(&l.0.unit_id).copied().unwrap_or(0), l))
            .collect(),
        looked: out.looked,
        v,
    })
}
