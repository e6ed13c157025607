//! The small city is founded and lives its year through the real deeds.

use base::Clock;
use store::testing::sqlite;

use super::*;
use crate::house;

#[test]
fn the_small_city_lives_its_year() {
    let rooms = web::migrations_of(&house::rooms());
    let t = sqlite(&[jobs::MIGRATIONS, parts::MIGRATIONS, &rooms].concat()).unwrap();
    let mut steps = Vec::new();
    let lived = build(&t.db, Size::Small, &mut |what, done, all| {
        assert!(done <= all || what == "网格" || what == "网格员");
        if steps.last() != Some(&what) {
            steps.push(what);
        }
    })
    .unwrap();
    assert_eq!(lived.matters, 300);
    assert!(lived.deeds > 1_500, "{lived:?}");
    // Nearly everything that was planned can be done as planned.
    assert!(lived.refused * 200 <= lived.deeds, "{lived:?}");
    assert!(lived.timers > 200, "{lived:?}");
    assert_eq!(steps.last(), Some(&"一年的事项"));
    // Calls in every state, and matters that were urged.
    let all =
        access::ScopeFilter { clauses: vec![access::Clause { touch: access::Touch::Anything, unit: 0 }] };
    let calls = case::store::CallFilter { scope: all.clone(), ..case::store::CallFilter::default() };
    let states = t.db.read_now(move |c| case::store::call_counts(c, &calls)).unwrap();
    assert_eq!(states.len(), case::model::CallState::ALL.len(), "{states:?}");
    let urged = case::store::UrgeFilter { scope: all, ..case::store::UrgeFilter::default() };
    assert!(t.db.read_now(move |c| case::store::urge_count(c, &urged)).unwrap() > 2);
    let now = t.clock.now();
    assert_eq!(t.db.read_now(move |c| jobs::standing(c, now)).unwrap(), (0, 0));
}
