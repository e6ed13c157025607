//! The public site (公开网站): the way in, the list of public matters by place and stage, single matters, and what is shown
//! of how the offices do. Nobody is signed in, and every request comes from another address.

use std::sync::Arc;

use base::{Clock, Id, SystemClock};
use case::store::{CaseFilter, QueueOrder, queue};

use super::{Eyes, Set, View, looked};
use crate::{measure::apart, record::Told, store as sql};

/// Rows of a page of the public list.
const PAGE: usize = 20;
/// Matters of which one is opened.
const MATTERS: usize = 400;

/// Measures.
///
/// # Errors
/// When the city cannot be served.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let matters = apart(|| {
        let mut conn = sql::writing(set.city.database())?;
        sql::drawn_cases(&mut conn, set.seed, MATTERS, true)
    })?;
    let one = |kind, weight, paths: &[&str]| View {
        kind,
        weight,
        paths: paths.iter().map(|p| (*p).to_owned()).collect(),
    };
    let views: Arc<[View]> = [
        one("home", 20, &["/"]),
        one("list", 40, &["/matters", "/matters", "/matters?stage=handling", "/matters?stage=closed"]),
        View {
            kind: "one matter",
            weight: 25,
            paths: matters.iter().map(|m| format!("/matters/{}", Id::<()>::of(m.id))).collect(),
        },
        one("figures", 15, &["/callback/draws", "/supervision/public"]),
    ]
    .into();
    let mut told = Told::default().with("mix", "home 20, list 40, one matter 25, figures 15");
    for clients in set.size.clients.iter().copied() {
        let mut point = looked(set, "pages", clients, &views, Eyes::Crowd)?;
        if clients == 1 {
            set.hold_to_query(&mut point, |conn, _| {
                let all = CaseFilter::public();
                queue(conn, &all, QueueOrder::NewestFirst, None, PAGE, SystemClock.now()).map(drop)
            })?;
        }
        told.points.push(point);
    }
    Ok(told)
}
