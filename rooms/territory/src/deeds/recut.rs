//! Rename, merge and split. A division that ends keeps its rows; what belonged to it moves; records keep
//! the place of their day, because they carry its ids.

use ::store::{Conn, Fact, Tx};
use base::{Act, Id, Invalid, Outcome, Refusal};
use jiff::civil::Date;

use super::{found, not_ahead};
use crate::{
    model::{Change, CodeSystem, Division, Grid, Kind, code_of, name_of},
    rules::recut::{Part, Preview, may_change, may_merge, may_split},
    store::{self, Succession},
};

/// Renames a division (更名). The old name stays in its history.
///
/// # Errors
/// Not found, ended, before its time, or the name is none or the same.
pub fn rename_division(tx: &mut Tx, act: Act, id: Id<Division>, name: &str, day: Date) -> Outcome<()> {
    not_ahead(act, day)?;
    rename(tx, act, id, &name_of(name)?, day)?;
    store::next_edition(tx.conn)
}

pub(super) fn rename(tx: &mut Tx, act: Act, id: Id<Division>, name: &str, day: Date) -> Outcome<()> {
    let was = found(tx.conn, id)?;
    may_change(&was, day)?;
    if was.name == name {
        return Err(Invalid::field("name", "territory.bad.same_name").into());
    }
    keep_former(tx, act, &was, day)?;
    store::set_name(tx.conn, id, name)?;
    let fact = Fact::new("territory.division_renamed", act, "division", id.raw());
    tx.record(fact.county(was.lineage.county.map_or(0, Id::raw)).digest("name", name));
    Ok(())
}

/// Gives a division another parent, with everything below it.
pub(super) fn relocate(
    tx: &mut Tx,
    act: Act,
    id: Id<Division>,
    parent: Id<Division>,
    day: Date,
) -> Outcome<()> {
    let was = found(tx.conn, id)?;
    let to = found(tx.conn, parent)?;
    may_change(&was, day)?;
    if to.kind >= was.kind {
        return Err(Refusal::new("territory.refuse.rung").into());
    }
    keep_former(tx, act, &was, day)?;
    let below = store::set_parent(tx.conn, &was, &to)?;
    tx.record(
        Fact::new("territory.division_moved", act, "division", id.raw())
            .county(to.lineage.county.map_or(0, Id::raw))
            .id("parent", parent.raw())
            .int("below", below as i64),
    );
    Ok(())
}

fn keep_former(tx: &mut Tx, act: Act, was: &Division, until: Date) -> Outcome<()> {
    let row = tx.id::<()>(act.at).raw();
    store::keep_former(tx.conn, row, was, until)
}

/// Several divisions become one (合并).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merge {
    /// Which.
    pub divisions: Vec<Id<Division>>,
    /// The one of them that lives on and takes the others in; none when a new one is founded.
    pub keep: Option<Id<Division>>,
    /// The name of the one that there will be.
    pub name: String,
    /// The code of a new one, in the statistical system; empty when it is not yet given.
    pub code: String,
    /// On which day.
    pub day: Date,
}

/// One division becomes several (拆分).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Which.
    pub division: Id<Division>,
    /// What it becomes.
    pub parts: Vec<Part>,
    /// Whether the first part is the old division, which lives on with less.
    pub keep_first: bool,
    /// On which day.
    pub day: Date,
}

/// What would move and end: the deed does exactly what the preview showed.
struct Outlay {
    ends: Vec<Division>,
    /// Who takes over, by place in `parts`.
    moves: Vec<(usize, Division)>,
    grids: Vec<(usize, Id<Grid>)>,
    below: usize,
}

impl Outlay {
    fn preview(&self, begins: Vec<(String, usize, usize)>) -> Preview {
        Preview {
            ends: self.ends.iter().map(|d| d.id).collect(),
            begins,
            moves: self.moves.iter().map(|(_, d)| d.id).collect(),
            below: self.below,
            grids: self.grids.len(),
        }
    }
}

fn merge_outlay(conn: &mut Conn, input: &Merge) -> Outcome<(Vec<Division>, Outlay)> {
    let all = store::divisions_by_ids(conn, &input.divisions)?;
    if all.len() != input.divisions.len() {
        return Err(Refusal::not_found().into());
    }
    may_merge(&all, input.day)?;
    if input.keep.is_some_and(|k| !input.divisions.contains(&k)) {
        return Err(Invalid::field("keep", "territory.merge.keep").into());
    }
    let mut outlay = Outlay { ends: Vec::new(), moves: Vec::new(), grids: Vec::new(), below: 0 };
    for one in all.iter().filter(|d| Some(d.id) != input.keep) {
        outlay.ends.push(one.clone());
        for child in store::children_of(conn, Some(one.id))? {
            outlay.below += count_below(conn, &child)?;
            outlay.moves.push((0, child));
        }
        if one.kind == Kind::Village {
            outlay.grids.extend(store::grids_of(conn, &[one.id])?.into_iter().map(|g| (0, g.id)));
        }
    }
    Ok((all, outlay))
}

/// Everything that lives below a division.
fn count_below(conn: &mut Conn, one: &Division) -> Outcome<usize> {
    if one.kind == Kind::Village {
        return Ok(0);
    }
    let mut count = 0;
    for child in store::children_of(conn, Some(one.id))? {
        count += 1 + count_below(conn, &child)?;
    }
    Ok(count)
}

/// What a merge would do.
///
/// # Errors
/// As [`merge_divisions`].
pub fn preview_merge(conn: &mut Conn, input: &Merge) -> Outcome<Preview> {
    let name = name_of(&input.name)?;
    let (_, outlay) = merge_outlay(conn, input)?;
    let (children, grids) = (outlay.moves.len(), outlay.grids.len());
    Ok(outlay.preview(vec![(name, children, grids)]))
}

/// Merges divisions. Returns the one that there is now.
///
/// # Errors
/// Refused or invalid as `rules::recut::may_merge` says.
pub fn merge_divisions(tx: &mut Tx, act: Act, input: &Merge) -> Outcome<Id<Division>> {
    not_ahead(act, input.day)?;
    let name = name_of(&input.name)?;
    let (all, outlay) = merge_outlay(tx.conn, input)?;
    let target = match input.keep {
        Some(id) => {
            let kept = found(tx.conn, id)?;
            if kept.name != name {
                rename(tx, act, id, &name, input.day)?;
            }
            kept
        }
        None => found_new(tx, act, &all[0], &name, &input.code, input.day)?,
    };
    apply(tx, act, &outlay, std::slice::from_ref(&target), Change::Merged, input.day)?;
    let fact = Fact::new("territory.divisions_merged", act, "division", target.id.raw());
    tx.record(
        fact.county(target.lineage.county.map_or(0, Id::raw))
            .int("ended", outlay.ends.len() as i64)
            .int("moved", outlay.moves.len() as i64)
            .int("grids", outlay.grids.len() as i64)
            .digest("name", &name),
    );
    store::next_edition(tx.conn)?;
    Ok(target.id)
}

fn split_outlay(conn: &mut Conn, input: &Split) -> Outcome<(Division, Outlay)> {
    let one = found(conn, input.division)?;
    let children = store::children_of(conn, Some(one.id))?;
    let grids = match one.kind {
        Kind::Village => store::grids_of(conn, &[one.id])?.into_iter().map(|g| g.id).collect(),
        _ => Vec::new(),
    };
    let ids: Vec<Id<Division>> = children.iter().map(|c| c.id).collect();
    may_split(&one, &ids, &grids, &input.parts, input.day)?;
    let mut outlay = Outlay { ends: Vec::new(), moves: Vec::new(), grids: Vec::new(), below: 0 };
    if !input.keep_first {
        outlay.ends.push(one.clone());
    }
    for (n, part) in input.parts.iter().enumerate().skip(usize::from(input.keep_first)) {
        for child in children.iter().filter(|c| part.children.contains(&c.id)) {
            outlay.below += count_below(conn, child)?;
            outlay.moves.push((n, child.clone()));
        }
        outlay.grids.extend(part.grids.iter().map(|g| (n, *g)));
    }
    Ok((one, outlay))
}

/// What a split would do.
///
/// # Errors
/// As [`split_division`].
pub fn preview_split(conn: &mut Conn, input: &Split) -> Outcome<Preview> {
    let (_, outlay) = split_outlay(conn, input)?;
    let begins = input.parts.iter().skip(usize::from(input.keep_first));
    Ok(outlay.preview(begins.map(|p| (p.name.clone(), p.children.len(), p.grids.len())).collect()))
}

/// Splits a division. Returns the parts in their order.
///
/// # Errors
/// Refused or invalid as `rules::recut::may_split` says.
pub fn split_division(tx: &mut Tx, act: Act, input: &Split) -> Outcome<Vec<Id<Division>>> {
    not_ahead(act, input.day)?;
    let (one, outlay) = split_outlay(tx.conn, input)?;
    let mut parts = Vec::new();
    for (n, part) in input.parts.iter().enumerate() {
        let name = name_of(&part.name)?;
        if n == 0 && input.keep_first {
            if name != one.name {
                rename(tx, act, one.id, &name, input.day)?;
            }
            parts.push(one.clone());
        } else {
            parts.push(found_new(tx, act, &one, &name, "", input.day)?);
        }
    }
    apply(tx, act, &outlay, &parts, Change::Split, input.day)?;
    for part in parts.iter().filter(|p| input.keep_first && p.id != one.id) {
        let s = Succession { old: one.id, new: part.id, day: input.day, change: Change::Split };
        store::add_succession(tx.conn, &s)?;
    }
    tx.record(
        Fact::new("territory.division_split", act, "division", one.id.raw())
            .county(one.lineage.county.map_or(0, Id::raw))
            .int("parts", parts.len() as i64)
            .int("moved", outlay.moves.len() as i64)
            .int("grids", outlay.grids.len() as i64),
    );
    store::next_edition(tx.conn)?;
    Ok(parts.into_iter().map(|p| p.id).collect())
}

/// A new division beside another one: of its kind and under its parent.
fn found_new(
    tx: &mut Tx,
    act: Act,
    beside: &Division,
    name: &str,
    code: &str,
    day: Date,
) -> Outcome<Division> {
    let id = tx.id(act.at);
    let lineage = beside.lineage.with(beside.kind, id);
    let fresh =
        Division { id, name: name.to_owned(), lineage, valid_from: day, valid_to: None, ..beside.clone() };
    store::add_divisions(tx.conn, std::slice::from_ref(&fresh))?;
    if !code.trim().is_empty() {
        let code = code_of(&CodeSystem::nbs12(), code)?;
        if store::division_by_code(tx.conn, &code, fresh.kind)?.is_some() {
            return Err(Invalid::field("code", "territory.bad.code_taken").into());
        }
        store::add_codes(tx.conn, &[(id, code)])?;
    }
    Ok(fresh)
}

fn apply(
    tx: &mut Tx,
    act: Act,
    outlay: &Outlay,
    parts: &[Division],
    change: Change,
    day: Date,
) -> Outcome<()> {
    for (n, child) in &outlay.moves {
        keep_former(tx, act, child, day)?;
        store::set_parent(tx.conn, child, &parts[*n])?;
    }
    for (n, part) in parts.iter().enumerate() {
        let grids: Vec<Id<Grid>> = outlay.grids.iter().filter(|(m, _)| *m == n).map(|(_, g)| *g).collect();
        store::set_village(tx.conn, &grids, part.id)?;
    }
    for old in &outlay.ends {
        store::set_end(tx.conn, old.id, day)?;
        for part in parts {
            let s = Succession { old: old.id, new: part.id, day, change };
            store::add_succession(tx.conn, &s)?;
        }
    }
    Ok(())
}
