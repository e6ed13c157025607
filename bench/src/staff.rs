//! People of the demo city who are measured (演示人员): only a dozen of its thousands of accounts have a password, so the
//! others are given the demo's through the deed of an administrator.

use std::sync::Arc;

use access::{Account, Doer};
use base::{Chance, Clock, Id, SystemClock};
use case::store::{Desk, Ground};
use linli::house::Told;
use linli_loader::dice::drawn;
use store::{Db, DbConfig, Keys};

use crate::{measure::apart, server::City, store as sql};

/// Accounts of one transaction.
const AT_ONCE: usize = 200;

/// What sort of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Those of offices, centres and departments.
    Office,
    /// Grid workers.
    Grid,
}

/// A city opened in this process, with what it knows of its places, categories and units.
///
/// # Errors
/// When it cannot be opened.
pub fn open(city: &City) -> anyhow::Result<(Db, Ground)> {
    let keys = Keys::load_or_make(&city.keys(), "demo")?;
    let config = DbConfig { url: city.database().to_owned(), readers: 1, signs: false };
    let db = Db::open(&config, keys, Arc::new(Chance::from_system()), Arc::new(SystemClock)).told()?;
    let atlas = Arc::new(territory::LiveAtlas::open(&db).told()?);
    let ground = Desk::open(&db, atlas, base::Zone::default()).told()?.now();
    Ok((db, ground))
}

/// Draws so many people, and lets them sign in with the demo's password; gives their names.
///
/// # Errors
/// When there are too few, or what the deed says.
pub fn let_in(city: &City, sort: Sort, many: usize, seed: u64) -> anyhow::Result<Vec<String>> {
    apart(|| {
        let (db, _) = open(city)?;
        let begin = if sort == Sort::Office { 's' } else { 'w' };
        let mut all = sql::accounts(&mut store::open(city.database(), true).told()?, begin)?;
        anyhow::ensure!(all.len() >= many, "the city has {} of them, not {many}", all.len());
        all.sort_by_key(|(id, _)| drawn(seed, id.unsigned_abs()));
        all.truncate(many);
        let digest = access::fresh_digest(db.chance(), "somebody", access::DEMO_PASSWORD).told()?;
        for part in all.chunks(AT_ONCE) {
            let (part, digest, at) = (part.to_vec(), digest.clone(), SystemClock.now());
            db.write_now(move |tx| {
                let doer = Doer::house(at);
                part.iter().try_for_each(|(id, _)| {
                    access::replace_password(tx, &doer, Id::<Account>::of(*id), &digest, false)
                })
            })
            .told()?;
        }
        Ok(all.into_iter().map(|(_, name)| name).collect())
    })
}
