//! What was begun and never sent.

use base::{Id, Outcome};
use store::{Conn, Keys};

use super::world::worlds;
use crate::model::{Draft, Said};
use crate::store::{add_draft, draft_by_id, sweep_drafts};

#[test]
fn drafts_go_when_their_day_is_over_and_no_sooner() {
    for w in worlds() {
        let now = w.now();
        let (over, open): (Id<Draft>, Id<Draft>) = (Id::of(1), Id::of(2));
        let kept = w.t.db.keep_house_now(move |tx| {
            add_draft(tx, over, &Said::default(), now.plus(-1))?;
            add_draft(tx, open, &Said::default(), now.plus(1))
        });
        kept.unwrap();
        assert_eq!(w.t.db.keep_house_now(move |tx| sweep_drafts(tx, now)).unwrap(), 1);
        assert_eq!(w.t.db.keep_house_now(move |tx| sweep_drafts(tx, now)).unwrap(), 0);
        let db = w.t.db.clone();
        let long_ago = now.plus(-base::DAY_MS);
        let find = move |conn: &mut Conn, keys: &Keys, id| -> Outcome<bool> {
            Ok(draft_by_id(conn, keys, id, long_ago)?.is_some())
        };
        let found = w.read(move |c| Ok([find(c, db.keys(), over)?, find(c, db.keys(), open)?]));
        assert_eq!(found, [false, true]);
    }
}
