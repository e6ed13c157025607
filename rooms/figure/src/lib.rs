//! The room `figure` (指标): how the offices do their work, read from the trunk through `pub_case_*` views: indicators
//! with what they divide by what, the leader's table, the offices' load to come, and the auditor's queries for bent
//! clocks. It keeps nothing and changes nothing.

mod model;
mod pages;
mod rules;
mod samples;
mod store;

pub use model::{
    Area, Ask, BadThresholds, ClockKind, ClockState, Counter, Cut, Indicator, Irregular, Measured, Order,
    Share, Split, Tally, Thresholds,
};
pub use pages::{area_of, histories};
pub use rules::{Backtest, CHECKS, Daily, History, Learnt, METRICS, Metric, backtest, forecast_load};
pub use store::{clock_counts, counts, findings, findings_by_unit, questions};

/// The room as the house takes it.
pub fn room() -> web::Room {
    web::Room {
        routes: pages::routes(),
        rights: pages::RIGHTS,
        words: web::words!("figure"),
        nav: pages::NAV,
        samples: samples::samples(),
        ..web::Room::new("figure")
    }
}
