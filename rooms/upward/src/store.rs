//! All SQL of the room: the lower end's link and what it sent, the upper end's installations, reports and numbers, and the
//! catalogue through its view. Texts of questions hold column names, closed words, codes and whole numbers; what
//! somebody typed is bound.

mod lists;
mod lower;
mod numbers;
mod tables;
mod upper;

pub use lists::{
    CellAsk, CellLine, CellOrder, ReportLine, ReportTab, cells_page, refused_page, reports_page, sent_page,
};
pub use lower::{
    Drawn, acknowledge, claim_link, claim_sent, current_link, drawn_of_day, end_link, head_of_line,
    last_sent, link_by_id, put_link, put_sent, refuse_sent, send_again, send_now, sent_by_id, set_answered,
    set_code, set_confirmed, set_trouble, told,
};
pub use numbers::{HeardDay, Sum, categories, heard_of_day, sums_by_category, sums_by_division};
pub use upper::{
    DayHeard, Tallied, days_heard, digest_under, end_installation, held_from, installation_by_id,
    installation_by_key, installations, lock_installation, missing_said, put_installation, put_refusal,
    put_report, renew, set_heard, set_linked, tallies,
};
