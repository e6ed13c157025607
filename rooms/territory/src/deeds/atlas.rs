//! The atlas out of the database, and the handle that keeps the present one.

use std::sync::{PoisonError, RwLock};

use ::store::{Conn, Db};
use base::Outcome;

use crate::{
    rules::atlas::{Atlas, Draft},
    store::{all_formers, all_successions, each_code, each_division, each_grid, edition},
};

/// Reads the whole territory.
///
/// # Errors
/// Faults of the store.
pub fn load_atlas(conn: &mut Conn) -> Outcome<Atlas> {
    let number = edition(conn)?;
    let mut draft = Draft::default();
    each_division(conn, |d| {
        draft.division(&d);
        Ok(())
    })?;
    each_code(conn, |division, system, code| draft.code(division, system, code))?;
    all_formers(conn)?.into_iter().for_each(|f| draft.former(f));
    all_successions(conn)?.into_iter().for_each(|s| draft.succession(s.old, s.new, s.change, s.day));
    each_grid(conn, |g| {
        draft.grid(g);
        Ok(())
    })?;
    Ok(draft.finish(number))
}

/// The present atlas, for everybody: the app adds one to the site.
pub struct LiveAtlas(RwLock<Atlas>);

impl LiveAtlas {
    /// Reads the first one.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn open(db: &Db) -> Outcome<Self> {
        Ok(Self(RwLock::new(db.read_now(load_atlas)?)))
    }

    /// A handle on an atlas that is there already: for tests and samples.
    pub fn of(atlas: Atlas) -> Self {
        Self(RwLock::new(atlas))
    }

    /// The present atlas. Keep it for the length of one request.
    pub fn now(&self) -> Atlas {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Reads it anew when another edition stands in the database: after every deed of this room, and
    /// now and then, because another process may have done one.
    ///
    /// # Errors
    /// Faults of the store.
    pub async fn refresh(&self, db: &Db) -> Outcome<()> {
        let have = self.now().edition();
        let fresh =
            db.read(move |conn| if edition(conn)? == have { Ok(None) } else { load_atlas(conn).map(Some) });
        self.keep(fresh.await?);
        Ok(())
    }

    /// The blocking twin of [`LiveAtlas::refresh`], for commands and tests.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn refresh_now(&self, db: &Db) -> Outcome<()> {
        let have = self.now().edition();
        let fresh = db
            .read_now(move |conn| if edition(conn)? == have { Ok(None) } else { load_atlas(conn).map(Some) });
        self.keep(fresh?);
        Ok(())
    }

    fn keep(&self, fresh: Option<Atlas>) {
        if let Some(fresh) = fresh {
            *self.0.write().unwrap_or_else(PoisonError::into_inner) = fresh;
        }
    }
}
