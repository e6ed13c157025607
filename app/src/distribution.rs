//! Where each table would stand when the database is spread over several machines (分布): whole on every machine, split by
//! county, or on the first machine. Data, held against the schema by a test, so that a new table has to be decided.
//!
//! The county is the unit of everything: what one county's casework writes together stands together, so that its
//! transactions and references stay on one machine. See `docs/decisions/0012`.

/// The column by which a table is split.
pub const COUNTY: &str = "county_id";

/// Where a table stands (分布方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placement {
    /// Small, read everywhere, changed seldom: a copy on every machine.
    Reference,
    /// Split by [`COUNTY`], rows of one county together.
    County,
    /// A county's casework that has no column for it yet. The list must become empty before anything is split.
    Awaits,
    /// The house's own: the journal's tree, sessions, what came about here. On the first machine.
    House,
}
use Placement::{Awaits, County, House, Reference};

/// Every table.
pub const PLACEMENTS: &[(&str, Placement)] = &[
    ("access_account", Reference),
    ("access_holding", Reference),
    ("access_post", Reference),
    ("access_recovery", House),
    ("access_try", House),
    ("access_unit", Reference),
    ("calendar_table", Reference),
    ("callback_call", County),
    ("callback_draw", County),
    ("callback_rule", Reference),
    ("callback_try", Awaits),
    ("case_act", County),
    ("case_batch", House),
    ("case_category", Reference),
    ("case_clock", County),
    ("case_clock_act", County),
    ("case_clock_check", House),
    ("case_closure", County),
    ("case_dispatch", County),
    // Nobody's matter before it is sent: its county is not known until then.
    ("case_draft", House),
    ("case_draft_photo", House),
    ("case_intake", County),
    ("case_item", County),
    ("case_link", County),
    ("case_metoo", Awaits),
    ("case_pack", Reference),
    ("case_part", County),
    ("case_read", County),
    ("case_reporter", County),
    ("case_return", County),
    ("case_route_publication", Reference),
    ("case_route_rule", Reference),
    ("case_route_table", Reference),
    ("case_urge", County),
    ("case_whistle", County),
    ("case_whistle_act", County),
    ("case_whistle_call", County),
    ("case_whistle_rating", County),
    ("jobs_timer", Awaits),
    ("journal_checkpoint", House),
    ("journal_entry", County),
    ("journal_head", House),
    ("journal_node", House),
    ("notice_channel", Reference),
    ("notice_contact", House),
    ("notice_feed", House),
    ("notice_item", County),
    ("notice_read", House),
    ("notice_seen", House),
    ("notice_silence", House),
    ("parts_file", Awaits),
    ("parts_note", Awaits),
    ("parts_number", Awaits),
    ("store_beat", House),
    // Named by its digest: the same bytes may belong to two counties.
    ("store_blob", House),
    ("store_edition", House),
    ("store_key", House),
    ("store_migration", House),
    ("supervision_act", County),
    ("supervision_entry", County),
    ("supervision_finding", Awaits),
    ("supervision_invite", Awaits),
    ("supervision_item", Awaits),
    ("supervision_meeting", County),
    ("supervision_reception", County),
    ("supervision_return", County),
    ("supervision_sweep", County),
    ("supervision_task", County),
    ("supervision_visit", County),
    ("territory_code", Reference),
    ("territory_division", Reference),
    ("territory_edition", Reference),
    ("territory_former", Reference),
    ("territory_grid", Reference),
    ("territory_grid_successor", Reference),
    ("territory_grid_worker", Reference),
    ("territory_successor", Reference),
    // Sums of divisions, small and read across all of them.
    ("upward_cell", House),
    ("upward_installation", House),
    ("upward_link", House),
    ("upward_refusal", House),
    ("upward_report", House),
    ("upward_sent", House),
    ("web_once", House),
    ("web_session", House),
];

/// The tables of one placement.
pub fn placed(placement: Placement) -> impl Iterator<Item = &'static str> {
    PLACEMENTS.iter().filter(move |(_, p)| *p == placement).map(|(table, _)| *table)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_table_is_placed_and_what_is_split_has_the_county() {
        let t =
            store::testing::sqlite(&crate::house::migrations()[store::KERNEL_MIGRATIONS.len()..]).unwrap();
        let dump = t.db.read_now(store::schema_dump).unwrap();
        let mut tables: BTreeMap<&str, bool> = BTreeMap::new();
        let mut open = "";
        for line in dump.lines() {
            match line.strip_prefix("  ") {
                None => {
                    open = line;
                    tables.insert(open, false);
                }
                Some(column) => *tables.entry(open).or_default() |= column == "county_id int",
            }
        }
        let named: Vec<&str> = PLACEMENTS.iter().map(|(t, _)| *t).collect();
        assert_eq!(named, tables.keys().copied().collect::<Vec<_>>(), "in the order of their names");
        for (table, placement) in PLACEMENTS {
            let has = tables[table];
            assert!(*placement != County || has, "{table} is split by a column that it has not");
            assert!(*placement != Awaits || !has, "{table} has its county and awaits nothing");
        }
    }
}
