//! The room's shared object: the catalogue and the atlas as they are now.

use std::sync::{Arc, PoisonError, RwLock};

use access::Place;
use base::{Millis, Outcome, Zone};
use calendar::{Almanac, LiveAlmanac};
use store::{Conn, Db};
use territory::{Atlas, LiveAtlas};

use super::catalogue::catalogue;
use crate::model::Channel;
use crate::rules::catalogue::Catalogue;
use crate::rules::clock::Here;
use crate::rules::routing::{Moment, Suggestion, Units};

/// The code system by which calendars know a place.
const CODES: &str = "nbs12";

/// What a deed looks things up in, frozen for the length of one request: categories, rules, units, places.
#[derive(Clone)]
pub struct Ground {
    /// Categories, routing rules, units, windows.
    pub catalogue: Arc<Catalogue>,
    /// Divisions and grids.
    pub atlas: Atlas,
    /// Which days are worked, and where.
    pub almanac: Arc<Almanac>,
}

impl Ground {
    /// Knows nothing: for deeds of the house that look nothing up.
    pub fn empty() -> Self {
        Self { catalogue: Arc::default(), atlas: Atlas::empty(), almanac: Arc::new(Almanac::shipped()) }
    }

    /// Where a deadline of this place is counted: by the calendar of its smallest division.
    pub fn here(&self, place: &Place) -> Here {
        let smallest = [place.village, place.town, place.county].into_iter().find(|id| *id != 0).unwrap_or(0);
        let code = self.atlas.code(base::Id::of(smallest), CODES).unwrap_or_default();
        Here::new(self.zone.clone(), &self.almanac, code)
    }

    /// An instant as the routing table looks at it, at this place.
    pub fn moment(&self, place: &Place, at: Millis) -> Moment {
        let here = self.here(place);
        let day = here.zone.day(at);
        let minute = (at.0 - here.zone.start_of(day).0).div_euclid(base::MINUTE_MS);
        Moment { at, minute, is_working: here.calendar.is_working(day) }
    }

    /// Who answers for a matter that came in at an instant, with the reason in whole words.
    pub fn suggest(&self, category: i64, place: &Place, channel: Channel, at: Millis) -> Suggestion {
        self.suggest_at(category, place, channel, self.moment(place, at))
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
    almanac: Arc<LiveAlmanac>,
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
        let almanac = Arc::new(LiveAlmanac::open(db)?);
        Ok(Self { zone, live, almanac, catalogue: RwLock::new(Arc::new(catalogue)) })
    }

    /// What is known now.
    pub fn now(&self) -> Ground {
        let catalogue = self.catalogue.read().unwrap_or_else(PoisonError::into_inner).clone();
        Ground { catalogue, atlas: self.live.now(), almanac: self.almanac.now() }
    }

    /// The almanac's holder, which the calendar's own pages need too.
    pub fn almanac(&self) -> Arc<LiveAlmanac> {
        self.almanac.clone()
    }

    /// Reads the catalogue anew: after a pack was loaded or staff changed, and now and then.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn refresh(&self, db: &Db) -> Outcome<()> {
        let (zone, now) = (self.zone.clone(), db.clock().now());
        self.live.refresh(db).await?;
        self.almanac.refresh(db).await?;
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
        self.almanac.refresh_now(db)?;
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
