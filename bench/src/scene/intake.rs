//! The intake storm (集中来件): matters brought over HTTP by anybody (validated, routed, numbered, journaled, durable), from
//! a town of every county in turn; first as fast as clients are answered, then at drawn instants at half of that pace.
//! Held against the bare engine writing the same rows in commits as large as there are clients.

use std::{sync::Arc, time::Duration};

use linli_loader::{
    dice::one_of,
    http::Ask,
    pace::{self, Maker, Pace},
};

use super::{Set, all_good, caller};
use crate::{
    bare,
    load::matter,
    measure::apart,
    record::{Floor, Point, Told, clients_word},
    store as sql,
};

/// Nothing is counted so long.
const WARM: Duration = Duration::from_secs(1);

/// Measures.
///
/// # Errors
/// When the city cannot be served.
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let towns = apart(|| sql::towns(&mut sql::writing(set.city.database())?))?;
    let mut told = Told::default().with("counties", towns.len());
    let towns = Arc::new(towns);
    let make: Maker = Arc::new(move |n| {
        let town = one_of(&towns, n).map_or("", |t| t);
        let body: serde_json::Value = serde_json::from_str(&matter(n, town)).unwrap_or_default();
        Ask::json("/api/v1/cases", &body).with("x-forwarded-for", caller(n))
    });
    let (mut first, mut best) = (set.seed << 32, 0.0_f64);
    for clients in set.size.clients.iter().copied() {
        let server = set.serve()?;
        let pace = Pace::Closed(clients);
        let drive = pace::measure(&server.address, pace, WARM, set.time(), first, make.clone());
        let (seen, next) = set.runtime.block_on(drive);
        drop(server);
        (first, best) = (next, best.max(seen.per_s));
        all_good("intake", &seen)?;
        let mut point = Point::seen(clients_word(clients), "matters", &seen).of_clients(clients);
        let floor = apart(|| bare::cases_per_s(set.city.database(), clients, set.size.seconds / 2.0))?;
        point.hold(Floor::Engine, floor, 0.0);
        told.points.push(point);
    }
    let server = set.serve()?;
    let drive = pace::measure(&server.address, Pace::Open(best / 2.0), WARM, set.time(), first, make.clone());
    let (seen, _) = set.runtime.block_on(drive);
    drop(server);
    all_good("intake", &seen)?;
    told.points.push(Point::seen("due at half of the pace", "matters", &seen));
    told.fact("due_a_second", best / 2.0);
    Ok(told)
}
