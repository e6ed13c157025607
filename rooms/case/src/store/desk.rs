//! The room's shared object: the catalogue and the atlas as they are now.

use std::sync::{Arc, PoisonError, RwLock};

use base::{Millis, Outcome, Zone};
use store::{Conn, Db};
use territory::{Atlas, LiveAtlas};

use super::catalogue::catalogue;
use crate::rules::catalogue::Catalogue;
use crate::rules::routing::Units;

/// What a deed looks things up in, frozen for the length of one request: categories, rules, units, places.
#[derive(Clone)]
pub struct Ground {
    /// Categories, routing rules, units, windows.
    pub catalogue: Arc<Catalogue>,
    /// Divisions and grids.
    pub atlas: Atlas,
}

impl Ground {
    /// Knows nothing: for deeds of the house that look nothing up.
    pub fn empty() -> Self {
        Self { catalogue: Arc::default(), atlas: Atlas::empty() }
    }
}

impl std::ops::Deref for Ground {
    type Target = Catalogue;
    fn deref(&self) -> &Catalogue {
        &self.catalogue
    }
}

/// The desk (受理台): one per process, added to the site by the app with `site.with(desk)`.
pub struct Desk {
    zone: Zone,
    live: Arc<LiveAtlas>,
    catalogue: RwLock<Arc<Catalogue>>,
}

impl Desk {
    /// Reads the catalogue.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn open(db: &Db, live: Arc<LiveAtlas>, zone: Zone) -> Outcome<Self> {
        let now = db.clock().now();
        let own = zone.clone();
        let catalogue = db.read_now(move |conn| load(conn, own, now))?;
        Ok(Self { zone, live, catalogue: RwLock::new(Arc::new(catalogue)) })
    }

    /// What is known now.
    pub fn now(&self) -> Ground {
        let catalogue = self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ground { catalogue, atlas: self.live.now() }
    }

    /// Reads the catalogue anew: after a pack was loaded or staff changed, and now and then.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn refresh(&self, db: &Db) -> Outcome<()> {
        let (zone, now) = (self.zone.clone(), db.clock().now());
        self.live.refresh(db).await?;
        let fresh = db.read(move |conn| load(conn, zone, now)).await?;
        self.keep(fresh);
        Ok(())
    }

    /// The blocking twin of [`Desk::refresh`], for commands and tests.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn refresh_now(&self, db: &Db) -> Outcome<()> {
        let (zone, now) = (self.zone.clone(), db.clock().now());
        self.live.refresh_now(db)?;
        let fresh = db.read_now(move |conn| load(conn, zone, now))?;
        self.keep(fresh);
        Ok(())
    }

    fn keep(&self, fresh: Catalogue) {
        *self.catalogue.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
    }
}

fn load(conn: &mut Conn, zone: Zone, now: Millis) -> Outcome<Catalogue> {
    let units = Units::new(access::every_unit(conn)?, now);
    catalogue(conn, zone, units)
}
