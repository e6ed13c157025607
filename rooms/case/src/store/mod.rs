//! All SQL of the room. Questions read; `put_…`, `set_…`, `end_…`, `empty_…` write and are called by
//! deeds only. Lists and figures share one filter ([`CaseFilter`]), so that every number opens its rows.

mod batch;
mod cases;
mod catalogue;
mod clock;
mod desk;
mod dispute;
mod draft;
mod figures;
mod filter;
mod links;
mod queue;
mod reads;
mod reindex;
mod routing;
mod similar;
mod tables;
mod timeline;
mod urge;
mod whistle;

pub use batch::{
    batch_by_id, batches, cases_of_batch, empty_case, put_batch, set_batch_counts, set_batch_undone,
};
pub use cases::{
    CaseFile, acts_of, add_case, add_first_act, add_first_part, add_reporter, case_by_id, case_by_number,
    closures_of, dispatches_of, division_codes, end_dispatch, file_by_id, forget_words, intake_by_key,
    intake_of, parts_of, put_act, put_closure, put_dispatch, put_intake, put_metoo, put_part, reporter_of,
    search_again, set_case, set_closure_word, set_deadline, set_dispatch_taken, set_route,
};
pub use catalogue::{PackRow, all_categories, latest_pack, put_category, put_pack};
pub use clock::{
    CheckRow, ClockActRow, OpenClock, act_of, add_clocks, cases_to_prove, clock_acts_for, clock_acts_of,
    clock_by_id, clocks_of, last_checks, open_clocks, put_check, put_clock_act, set_clock, set_due,
};
pub use desk::{Desk, Ground};
pub use dispute::{ReturnRow, decide_returns, put_return, returns_of};
pub use draft::{
    add_draft, add_draft_photo, draft_by_id, draft_photo, draft_photos, empty_draft, put_draft,
    remove_draft_photo, sweep_drafts,
};
pub use figures::{Cell, Dimension, answer_spans, answer_spans_by, figures};
pub use filter::CaseFilter;
pub use links::{Candidate, duplicate_candidates, end_link, links_of, neighbours, put_link};
pub use queue::{Counts, QueueOrder, QueueRow, case_in_scope, count_all, count_up, queue, tab_counts};
pub use reads::{
    READ_WINDOW_MS, ReadFilter, SHIFT_MS, by_number_and_code, code_of, journal_purpose, numbers_of, put_read,
    read_log, reads_by, reads_of, was_read_lately,
};
pub use reindex::reindex;
pub use routing::{
    CaseLine, end_draft_rule, last_pack_table, lines_in_scope, past_cases, present_table, publication_after,
    put_publication, put_route_rule, put_route_table, route_table, route_tables, rules_of_table,
    set_rule_position, set_table_base, set_table_dropped, set_table_edited, table_of_rule,
};
pub use similar::{SimilarCase, Sought, nearby_similar};
pub use tables::{ActRow, BatchRow, ClosureRow, DispatchRow, IntakeRow, ReadRow};
pub use timeline::{Event, public_timeline, timeline};
pub use urge::{UrgeFilter, UrgeLine, UrgeRow, last_urge, put_urge, urge_count, urged_among, urges};
pub use whistle::{
    CallFigure, CallFilter, CallLine, CallOrder, RatingRow, UnitCalls, WhistleActRow, WhistleFile,
    call_by_id, call_counts, calls, calls_of, calls_of_case, put_call, put_rating, put_whistle,
    put_whistle_act, set_call, set_whistle_closed, unit_calls, waiting_calls, whistle_by_id, whistle_file,
    whistles_of,
};
