//! Sample pages of the room, drawn without a database.

use askama::{Error, Template};
use base::DAY_MS;
use deadline::{Book, Period};
use jiff::civil::date;
use web::{Fields, Sample, View, sample_person};

use crate::model::Almanac;
use crate::pages::{NewPage, PlaceLine, Shown, YearLine, YearPage, YearsPage, month_of, weekdays};
use crate::rules::write_off;

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "calendar_years", html: years },
        Sample { name: "calendar_year", html: year },
        Sample { name: "calendar_new", html: new },
    ]
}

fn staff(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

fn years(v: &View) -> Result<String, Error> {
    let line =
        |year, is_own| YearLine {
            year, source: "国办发明电〔2025〕7号".into(), off: 33, worked: 6, is_own
        };
    YearsPage {
        v: staff(v),
        version: Book::shipped().version().to_owned(),
        missing: Some(2027),
        years: vec![line(2026, true), line(2025, false)],
        places: vec![PlaceLine {
            code: "000003".into(),
            name: "西山县".into(),
            source: "县人大常委会公告".into(),
            days: "地方节日 2026-07-25 2026-07-26".into(),
        }],
    }
    .render()
}

fn year(v: &View) -> Result<String, Error> {
    let almanac = Almanac::shipped();
    let months = (1..=12).map(|month| month_of(v, &almanac, 2026, month)).collect();
    YearPage {
        v: staff(v),
        year: 2026,
        source: "国办发明电〔2025〕7号".into(),
        weekdays: weekdays(v),
        months,
    }
    .render()
}

fn new(v: &View) -> Result<String, Error> {
    let off = [Period { name: "元旦".into(), first: date(2027, 1, 1), last: date(2027, 1, 3) }];
    let f = Fields::blank(v, "calendar.publish").fill("year", 2027).fill("off", write_off(&off));
    let some = vec![("西山-2026-00500".into(), v.exact(v.now), v.exact(v.now.plus(DAY_MS)))];
    let moved = v.tw(
        "calendar.preview.moved",
        &[("open", &1280), ("moved", &12), ("later", &12), ("earlier", &0), ("standing", &30)],
    );
    NewPage { v: staff(v), f, shown: Some(Shown { moved, some }) }.render()
}
