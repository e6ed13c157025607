//! The units that the pack wants, over those that the cast has made.

use super::world::{pack, worlds};
use crate::deeds::{Hand, found_units, units_missing, units_wanted};

#[test]
fn what_routing_would_not_find_is_made_once() {
    for w in worlds() {
        let wanted = units_wanted(&w.ground().atlas, &pack()).unwrap();
        let missing = units_missing(&w.ground(), &pack()).unwrap();
        assert!(missing.len() < wanted.len(), "the cast has made some");
        let water = |name: &str| missing.iter().any(|u| u.sort == "water" && u.name == name);
        assert!(water("凉州区水务局") && water("天祝藏族自治县水务局"));
        let admin = w.person("admin");
        let made = missing.clone();
        w.act(move |tx, _, at| found_units(tx, Hand::Staff(&admin), at, &made)).unwrap();
        w.desk.refresh_now(&w.t.db).unwrap();
        assert_eq!(units_missing(&w.ground(), &pack()).unwrap(), []);
        // Two administrators press at the same moment: the second is told.
        w.act(move |tx, _, at| found_units(tx, Hand::House, at, &missing)).unwrap_err();
    }
}

#[test]
fn only_an_administrator_makes_units() {
    for w in worlds() {
        let missing = units_missing(&w.ground(), &pack()).unwrap();
        let clerk = w.person("clerk");
        w.act(move |tx, _, at| found_units(tx, Hand::Staff(&clerk), at, &missing)).unwrap_err();
    }
}
