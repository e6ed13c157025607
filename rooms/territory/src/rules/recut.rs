//! Rename, merge and split (更名、合并、拆分): may it be done, and what would it do? The preview is
//! computed by the same function that the deed obeys.

use std::collections::HashSet;

use base::{Id, Invalid, Outcome, Refusal};
use jiff::civil::Date;

use crate::model::{Division, Grid, Kind};

/// One division that would come into being by a split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// The children that it takes over; empty for a village.
    pub children: Vec<Id<Division>>,
    /// The grids that it takes over; only for a village.
    pub grids: Vec<Id<Grid>>,
}

/// What a change of the tree would do (变更预览).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Preview {
    /// Divisions that end on the day.
    pub ends: Vec<Id<Division>>,
    /// Names of divisions that begin on the day, with the number of children and of grids of each.
    pub begins: Vec<(String, usize, usize)>,
    /// Divisions that get another parent.
    pub moves: Vec<Id<Division>>,
    /// Everything below them, whose line of ancestors is written anew.
    pub below: usize,
    /// Grids that get another village.
    pub grids: usize,
}

/// May these be merged on that day? At least two, each alive, all of one kind and one parent.
///
/// # Errors
/// Refused or invalid with what is wrong.
pub fn may_merge(all: &[Division], day: Date) -> Outcome<()> {
    let [first, rest @ ..] = all else {
        return Err(Invalid::field("divisions", "territory.merge.two").into());
    };
    let distinct: HashSet<_> = all.iter().map(|d| d.id).collect();
    if rest.is_empty() || distinct.len() != all.len() {
        return Err(Invalid::field("divisions", "territory.merge.two").into());
    }
    if rest.iter().any(|d| d.kind != first.kind || d.parent != first.parent) {
        return Err(Refusal::new("territory.merge.same").into());
    }
    all.iter().try_for_each(|d| may_change(d, day))
}

/// May this one be split on that day into these parts? At least two parts with different names; every child, or
/// every grid of a village, goes to exactly one of them.
///
/// # Errors
/// Refused or invalid with what is wrong.
pub fn may_split(
    one: &Division,
    children: &[Id<Division>],
    grids: &[Id<Grid>],
    parts: &[Part],
    day: Date,
) -> Outcome<()> {
    may_change(one, day)?;
    let names: HashSet<&str> = parts.iter().map(|p| p.name.as_str()).collect();
    if parts.len() < 2 || names.len() != parts.len() {
        return Err(Invalid::field("parts", "territory.split.two").into());
    }
    let mut given: Vec<_> = parts.iter().flat_map(|p| p.children.iter().copied()).collect();
    let mut ground: Vec<_> = parts.iter().flat_map(|p| p.grids.iter().copied()).collect();
    let (mut want_given, mut want_ground) = (children.to_vec(), grids.to_vec());
    given.sort_unstable();
    want_given.sort_unstable();
    ground.sort_unstable();
    want_ground.sort_unstable();
    if given != want_given || (one.kind == Kind::Village && ground != want_ground) {
        return Err(Invalid::field("parts", "territory.split.every").into());
    }
    Ok(())
}

/// May this one change on that day? It must exist then, and not have begun on that very day.
///
/// # Errors
/// Refused: it has ended already, or did not exist yet.
pub fn may_change(one: &Division, day: Date) -> Outcome<()> {
    if let Some(end) = one.valid_to {
        return Err(Refusal::new("territory.refuse.ended").with("name", &one.name).with("day", end).into());
    }
    if day <= one.valid_from {
        return Err(Refusal::new("territory.refuse.before")
            .with("name", &one.name)
            .with("day", one.valid_from)
            .into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Lineage;
    use jiff::civil::date;

    fn town(n: i64, parent: i64) -> Division {
        Division {
            id: Id::of(n),
            kind: Kind::Town,
            name: format!("{n}号镇"),
            parent: Some(Id::of(parent)),
            lineage: Lineage::default(),
            valid_from: date(2023, 6, 30),
            valid_to: None,
        }
    }

    #[test]
    fn merging_needs_two_living_of_one_parent() {
        let day = date(2026, 1, 1);
        assert!(may_merge(&[town(1, 9), town(2, 9)], day).is_ok());
        assert!(may_merge(&[town(1, 9)], day).is_err());
        assert!(may_merge(&[town(1, 9), town(1, 9)], day).is_err());
        assert!(may_merge(&[town(1, 9), town(2, 8)], day).is_err());
        let ended = Division { valid_to: Some(date(2025, 1, 1)), ..town(2, 9) };
        let stop = may_merge(&[town(1, 9), ended], day).unwrap_err();
        assert_eq!(stop.refusal().unwrap().key, "territory.refuse.ended");
        assert!(may_merge(&[town(1, 9), town(2, 9)], date(2020, 1, 1)).is_err());
    }

    #[test]
    fn splitting_gives_every_child_to_exactly_one_part() {
        let (day, children) = (date(2026, 1, 1), [Id::of(11), Id::of(12), Id::of(13)]);
        let part = |name: &str, c: &[i64]| Part {
            name: name.into(),
            children: c.iter().map(|n| Id::of(*n)).collect(),
            grids: Vec::new(),
        };
        let split = |parts: &[Part]| may_split(&town(1, 9), &children, &[], parts, day);
        assert!(split(&[part("东", &[11]), part("西", &[12, 13])]).is_ok());
        assert!(split(&[part("东", &[11]), part("西", &[12])]).is_err());
        assert!(split(&[part("东", &[11, 12]), part("西", &[12, 13])]).is_err());
        assert!(split(&[part("东", &[11]), part("东", &[12, 13])]).is_err());
        assert!(split(&[part("东", &[11, 12, 13])]).is_err());
    }
}
