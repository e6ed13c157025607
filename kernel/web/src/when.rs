//! Dates and deadlines as people say them.

use askama::Template;
use base::{DAY_MS, HOUR_MS, MINUTE_MS, Millis};
use jiff::civil::Date;

use crate::View;

/// An instant: the day as people say it, and the time.
pub(crate) fn instant(v: &View, at: Millis) -> String {
    let wall = v.zone.at(at);
    format!("{} {:02}:{:02}", day(v, wall.date()), wall.hour(), wall.minute())
}

/// A day: today, tomorrow, yesterday, or month and day, with the year when it is another one.
pub(crate) fn day(v: &View, day: Date) -> String {
    let today = v.zone.day(v.now);
    let near = [(0, "when.today"), (1, "when.tomorrow"), (-1, "when.yesterday")];
    let apart = days_between(today, day);
    if let Some((_, key)) = near.iter().find(|(n, _)| *n == apart) {
        return v.t(key).into_owned();
    }
    let key = if day.year() == today.year() { "when.day" } else { "when.day_year" };
    let month_key = format!("when.month.{}", day.month());
    v.tw(key, &[("y", &day.year()), ("m", &day.month()), ("d", &day.day()), ("month", &v.t(&month_key))])
}

fn days_between(from: Date, to: Date) -> i64 {
    let ms = |d: Date| base::Zone::default().start_of(d).0;
    (ms(to) - ms(from)).div_euclid(DAY_MS)
}

/// How pressing a deadline is; each has a sign of its own beside its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Press {
    /// More than three days.
    Calm,
    /// Three days or fewer.
    Soon,
    /// Today.
    Now,
    /// Past.
    Late,
}

impl Press {
    fn class(self) -> &'static str {
        match self {
            Press::Calm => "calm",
            Press::Soon => "soon",
            Press::Now => "now",
            Press::Late => "late",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Press::Calm => "○",
            Press::Soon => "◔",
            Press::Now => "◕",
            Press::Late => "!",
        }
    }
}

/// A deadline as a badge: sign, words, and the instant for those who want it exactly.
#[derive(Template)]
#[template(
    source = "<span class=\"due {{ press.class() }}\"><span aria-hidden=\"true\">{{ press.sign() }}</span> <time datetime=\"{{ exact }}\" title=\"{{ exact }}\">{{ words }}</time></span>",
    ext = "html"
)]
pub(crate) struct Due {
    press: Press,
    /// Words only.
    pub words: String,
    exact: String,
}

impl Due {
    pub fn new(v: &View, due: Millis) -> Self {
        let (press, words) = say(v, due);
        Self { press, words, exact: v.exact(due) }
    }
}

/// Days are counted as calendar days in the house's zone: a matter due tomorrow has one day left
/// all day long, which is how offices count.
fn say(v: &View, due: Millis) -> (Press, String) {
    let late_ms = v.now.0 - due.0;
    let days = days_between(v.zone.day(v.now), v.zone.day(due));
    if late_ms >= 0 {
        let (key, n) = match (-days, late_ms / HOUR_MS) {
            (d, _) if d > 0 => ("when.late_days", d),
            (_, h) if h > 0 => ("when.late_hours", h),
            _ => ("when.late_minutes", (late_ms / MINUTE_MS).max(1)),
        };
        return (Press::Late, v.t1(key, "n", n));
    }
    if days == 0 {
        let wall = v.zone.at(due);
        let time = format!("{:02}:{:02}", wall.hour(), wall.minute());
        return (Press::Now, v.t1("when.due_today", "time", time));
    }
    let press = if days <= 3 { Press::Soon } else { Press::Calm };
    (press, v.t1("when.left_days", "n", days))
}
