//! The leader's page (领导页面): the brief of a county, the month's indicators, the load to come. Held against the question
//! by itself that the brief's largest table asks, and against a bare answer of the same size.

use std::sync::Arc;

use access::{Clause, Level, ScopeFilter, Touch};
use base::{Clock, SystemClock};
use case::store::{CaseFilter, Dimension, figures};

use super::{Eyes, Set, View, looked};
use crate::{record::Told, store as sql};

/// The county of the demo's leader.
const COUNTY: &str = "620602000000";

fn views(month: &str) -> Arc<[View]> {
    let view = |kind, weight, paths: &[String]| View { kind, weight, paths: paths.to_vec() };
    [
        view("brief", 45, &["/brief".to_owned()]),
        view("brief of a year", 15, &["/brief?span=year".to_owned()]),
        view("indicators", 25, &[format!("/figure?month={month}")]),
        view("forecast", 15, &["/figure/forecast".to_owned()]),
    ]
    .into()
}

/// Measures with one leader and with a few.
///
/// # Errors
/// When the city cannot be served.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let month: String = base::Zone::default().day(SystemClock.now()).to_string().chars().take(7).collect();
    let views = views(&month);
    let mut told = Told::default().with("mix", "brief 45, brief of a year 15, indicators 25, forecast 15");
    for clients in [1, 8] {
        let leader = ["leader".to_owned()];
        let mut point = looked(set, "pages", clients, &views, Eyes::Staff(&leader))?;
        if clients == 1 {
            let county = county(set)?;
            set.hold_to_query(&mut point, move |conn, _| {
                figures(conn, &county, Dimension::Place(Level::Town), SystemClock.now()).map(drop)
            })?;
        }
        told.points.push(point);
    }
    Ok(told)
}

/// Everything in the leader's county.
fn county(set: &Set) -> anyhow::Result<CaseFilter> {
    let id = crate::measure::apart(|| {
        let mut conn = sql::writing(set.city.database())?;
        sql::division(&mut conn, COUNTY)
    })?;
    let clause = Clause { touch: Touch::Place(Level::County, id), unit: 0 };
    Ok(CaseFilter::within(ScopeFilter { clauses: vec![clause] }))
}
