//! A fact for every deed (一事一记): which route leaves which fact in the journal, and which story goes through it.
//!
//! The list is held from three sides. A route that changes something and stands not here, or a fact that nobody
//! leaves, fails a test of this file. While any story runs, [`seen`] looks at what each request left in the journal
//! and fails when it is not what stands here, reading included. And every row names the test that does the deed.

use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::{Path, PathBuf},
};

use base::Millis;
use http::StatusCode;
use linli::house;
use store::{
    Db,
    journal::{EntryFilter, entries},
};

/// What a route leaves when it does what it is for.
#[derive(Clone, Copy)]
enum Leaves {
    /// At least one of these, and nothing else.
    Facts(&'static [&'static str]),
    /// These where something is missing, and nothing where nothing is.
    Perhaps(&'static [&'static str]),
    /// Nothing: no record of anybody changes, and why.
    Nothing(&'static str),
}
use Leaves::{Facts, Nothing, Perhaps};

/// A route, what it leaves, and the test that goes through it.
type Row = (&'static str, Leaves, &'static str);

const DRAFT: Leaves = Nothing("a draft is nobody's matter before it is sent");

/// The routes that change something.
const WRITES: &[Row] = &[
    (
        "/sign-in",
        Facts(&["access.signed_in", "access.sign_in_failed"]),
        "ten_wrong_tries_and_then_a_quarter_of_an_hour",
    ),
    (
        "/sign-in/code",
        Facts(&["access.signed_in", "access.sign_in_failed", "access.recovery_used"]),
        "a_code_opens_once_and_a_recovery_code_once",
    ),
    (
        "/sign-in/password",
        Facts(&["access.password_changed", "access.signed_in"]),
        "an_account_is_made_given_a_post_and_used",
    ),
    (
        "/sign-in/second",
        Facts(&["access.totp_confirmed", "access.signed_in"]),
        "a_demanded_second_factor_is_set_up_on_the_way_in",
    ),
    ("/sign-out", Facts(&["access.signed_out"]), "every_route_lets_in_whom_it_must_and_nobody_else"),
    ("/account/password", Facts(&["access.password_changed"]), "everybody_keeps_their_own_account"),
    ("/account/sessions/end", Facts(&["access.signed_out"]), "everybody_keeps_their_own_account"),
    ("/account/second", Facts(&["access.totp_enrolled"]), "everybody_keeps_their_own_account"),
    ("/account/second/confirmation", Facts(&["access.totp_confirmed"]), "everybody_keeps_their_own_account"),
    ("/accounts/{id}", Facts(&["access.account_edited"]), "an_administrator_keeps_units_posts_and_accounts"),
    (
        "/accounts/{id}/password",
        Facts(&["access.password_replaced"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/suspension",
        Facts(&["access.account_locked"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/suspension/end",
        Facts(&["access.account_unlocked"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/closure",
        Facts(&["access.account_disabled"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/second/removal",
        Facts(&["access.totp_removed"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/posts",
        Facts(&["access.post_granted"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/accounts/{id}/posts/{holding}/end",
        Facts(&["access.holding_ended"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    ("/units", Facts(&["access.unit_created"]), "an_administrator_keeps_units_posts_and_accounts"),
    ("/units/{id}/end", Facts(&["access.unit_ended"]), "an_administrator_keeps_units_posts_and_accounts"),
    (
        "/units/{id}/accounts",
        Facts(&["access.account_created"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    ("/units/{id}/posts", Facts(&["access.post_created"]), "an_administrator_keeps_units_posts_and_accounts"),
    (
        "/units/{id}/posts/{post}/end",
        Facts(&["access.post_ended"]),
        "an_administrator_keeps_units_posts_and_accounts",
    ),
    (
        "/territory/{id}/name",
        Facts(&["territory.division_renamed"]),
        "only_the_administrator_of_the_place_changes_it",
    ),
    ("/territory/{id}/merger", Facts(&["territory.divisions_merged"]), "a_merger_is_shown_before_it_is_made"),
    ("/territory/{id}/partition", Facts(&["territory.division_split"]), "a_split_needs_something_to_give"),
    (
        "/territory/grid-files",
        Facts(&["territory.grids_imported"]),
        "grids_go_out_and_come_back_through_the_check",
    ),
    ("/say", DRAFT, "a_matter_is_said_page_by_page_and_becomes_one_case"),
    ("/say/{draft}/place", DRAFT, "an_address_opens_nothing_without_what_the_browser_holds"),
    ("/say/{draft}/side", DRAFT, "an_address_opens_nothing_without_what_the_browser_holds"),
    ("/say/{draft}/category", DRAFT, "a_matter_is_said_page_by_page_and_becomes_one_case"),
    ("/say/{draft}/what", DRAFT, "photos_outlive_a_mistake_and_open_for_nobody_else"),
    ("/say/{draft}/contact", DRAFT, "a_matter_is_said_page_by_page_and_becomes_one_case"),
    (
        "/say/{draft}/submission",
        Facts(&["case.received", "case.photo_added"]),
        "photos_outlive_a_mistake_and_open_for_nobody_else",
    ),
    (
        "/follow",
        Nothing("the sender opens their own matter"),
        "number_and_code_open_the_matter_and_guessing_ends",
    ),
    (
        "/follow/{case}/leaving",
        Nothing("the sender closes their own matter"),
        "the_sender_adds_supplements_and_takes_back",
    ),
    ("/follow/{case}/confirmation", Facts(&["case.confirmed"]), "the_sender_contests_confirms_and_reopens"),
    (
        "/follow/{case}/note",
        Facts(&["case.noted", "case.photo_added"]),
        "photos_outlive_a_mistake_and_open_for_nobody_else",
    ),
    (
        "/follow/{case}/contest",
        Facts(&["case.contested", "case.photo_added"]),
        "the_sender_contests_confirms_and_reopens",
    ),
    (
        "/follow/{case}/reopening",
        Facts(&["case.reopened", "case.photo_added"]),
        "the_sender_contests_confirms_and_reopens",
    ),
    ("/follow/{case}/withdrawal", Facts(&["case.withdrawn"]), "the_sender_adds_supplements_and_takes_back"),
    (
        "/follow/{case}/supplement",
        Facts(&["case.supplemented", "case.photo_added"]),
        "the_sender_adds_supplements_and_takes_back",
    ),
    ("/follow/{case}/urging", Facts(&["case.urged"]), "a_resident_urges_and_the_offices_see_it"),
    (
        "/matters/{case}/metoo",
        Facts(&["case.metoo_added"]),
        "neighbours_join_and_few_of_them_are_not_counted",
    ),
    (
        "/grid/report",
        Facts(&["case.received", "case.photo_added"]),
        "a_grid_worker_reports_takes_and_finishes",
    ),
    ("/grid/cases/{case}/taking", Facts(&["case.taken"]), "a_grid_worker_reports_takes_and_finishes"),
    (
        "/grid/cases/{case}/finish",
        Facts(&["case.reported", "case.photo_added"]),
        "a_grid_worker_reports_takes_and_finishes",
    ),
    ("/grid/cases/{case}/decline", Facts(&["case.declined"]), "a_grid_worker_gives_back_what_is_not_theirs"),
    (
        "/intake",
        Facts(&["case.received", "case.photo_added", "case.noted"]),
        "a_matter_goes_from_the_counter_to_the_closed_case",
    ),
    (
        "/cases/{id}/receipt",
        Facts(&["case.receipt_reprinted"]),
        "a_lost_receipt_is_printed_for_who_knows_the_contact_that_was_left_and_never_on_own_work",
    ),
    (
        "/cases/{id}/contact",
        Facts(&["case.contact_opened"]),
        "a_contact_opens_for_a_purpose_and_the_auditor_sees_it",
    ),
    ("/cases/{id}/notes", Facts(&["case.noted"]), "every_step_of_the_offices"),
    (
        "/cases/{id}/acceptance",
        Facts(&["case.accepted", "case.dispatched", "case.recategorised"]),
        "every_step_of_the_offices",
    ),
    ("/cases/{id}/return", Facts(&["case.returned"]), "the_sender_adds_supplements_and_takes_back"),
    ("/cases/{id}/dispatch", Facts(&["case.dispatched"]), "every_step_of_the_offices"),
    ("/cases/{id}/taking", Facts(&["case.taken"]), "every_step_of_the_offices"),
    ("/cases/{id}/declination", Facts(&["case.declined"]), "every_step_of_the_offices"),
    ("/cases/{id}/report", Facts(&["case.reported", "case.photo_added"]), "every_step_of_the_offices"),
    ("/cases/{id}/verification", Facts(&["case.verified"]), "every_step_of_the_offices"),
    ("/cases/{id}/rejection", Facts(&["case.rejected"]), "every_step_of_the_offices"),
    ("/cases/{id}/closure", Facts(&["case.closed"]), "every_step_of_the_offices"),
    ("/cases/{id}/escalation", Facts(&["case.escalated"]), "every_step_of_the_offices"),
    (
        "/cases/{id}/dispute",
        Facts(&["case.disputed"]),
        "not_mine_is_said_once_and_then_the_upper_desk_decides",
    ),
    (
        "/cases/{id}/arbitration",
        Facts(&["case.arbitrated"]),
        "not_mine_is_said_once_and_then_the_upper_desk_decides",
    ),
    (
        "/cases/{id}/pause",
        Facts(&["case.paused"]),
        "a_clock_stands_still_for_a_reason_of_the_list_and_runs_again",
    ),
    (
        "/cases/{id}/resumption",
        Facts(&["case.resumed"]),
        "a_clock_stands_still_for_a_reason_of_the_list_and_runs_again",
    ),
    (
        "/cases/{id}/extension",
        Facts(&["case.extension_asked"]),
        "more_time_is_asked_for_before_the_end_and_decided_by_somebody_else",
    ),
    (
        "/cases/{id}/grant",
        Facts(&["case.extension_granted"]),
        "more_time_is_asked_for_before_the_end_and_decided_by_somebody_else",
    ),
    ("/cases/{id}/denial", Facts(&["case.extension_denied"]), "an_extension_that_is_refused_changes_nothing"),
    ("/cases/{id}/confirmation", Facts(&["case.confirmed"]), "every_step_of_the_offices"),
    ("/cases/{id}/contest", Facts(&["case.contested"]), "every_step_of_the_offices"),
    ("/cases/{id}/reopening", Facts(&["case.reopened"]), "every_step_of_the_offices"),
    ("/cases/{id}/whistle", Facts(&["case.whistle_called"]), "a_town_calls_units_and_they_come"),
    (
        "/whistles/{id}/calls/{call}/answer",
        Facts(&["case.whistle_answered"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/whistles/{id}/calls/{call}/arrival",
        Facts(&["case.whistle_arrived"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/whistles/{id}/calls/{call}/outcome",
        Facts(&["case.whistle_reported"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/whistles/{id}/calls/{call}/release",
        Facts(&["case.whistle_excused"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/whistles/{id}/calls/{call}/rating",
        Facts(&["case.whistle_rated"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/whistles/{id}/closure",
        Facts(&["case.whistle_closed", "case.whistle_excused"]),
        "a_town_calls_units_and_they_come",
    ),
    (
        "/cases/{id}/merger",
        Facts(&["case.merged"]),
        "a_clerk_merges_what_is_the_same_and_answers_it_together",
    ),
    (
        "/cases/{id}/merger/end",
        Facts(&["case.unmerged"]),
        "a_clerk_merges_what_is_the_same_and_answers_it_together",
    ),
    (
        "/cases/{id}/relation",
        Facts(&["case.linked"]),
        "related_cases_are_marked_and_unmarked_by_the_desk_only",
    ),
    (
        "/cases/{id}/relation/end",
        Facts(&["case.unlinked"]),
        "related_cases_are_marked_and_unmarked_by_the_desk_only",
    ),
    (
        "/cases/{id}/parts",
        Facts(&["case.split", "case.received"]),
        "the_sender_of_a_merged_case_is_told_without_others_numbers",
    ),
    (
        "/cases/{id}/followers",
        Facts(&["case.closed", "case.accepted"]),
        "a_clerk_merges_what_is_the_same_and_answers_it_together",
    ),
    (
        "/audit/purpose",
        Facts(&["case.journal_opened"]),
        "a_contact_opens_for_a_purpose_and_the_auditor_sees_it",
    ),
    (
        "/audit/journal/check",
        Nothing("it reads what stands, and says whether it holds"),
        "a_contact_opens_for_a_purpose_and_the_auditor_sees_it",
    ),
    ("/admin/categories", Facts(&["case.category_added"]), "an_administrator_keeps_the_categories"),
    ("/admin/categories/{id}/end", Facts(&["case.category_ended"]), "an_administrator_keeps_the_categories"),
    (
        "/admin/packs",
        Facts(&["case.pack_loaded", "case.routing_begun", "case.routing_published"]),
        "a_pack_never_overwrites_what_was_changed_here",
    ),
    (
        "/admin/routing",
        Facts(&["case.routing_begun"]),
        "an_administrator_changes_the_table_in_a_draft_and_publishes_it",
    ),
    (
        "/admin/routing/tables/{id}/rules/{rule}",
        Facts(&["case.routing_changed"]),
        "an_administrator_changes_the_table_in_a_draft_and_publishes_it",
    ),
    (
        "/admin/routing/tables/{id}/publication",
        Facts(&["case.routing_published"]),
        "an_administrator_changes_the_table_in_a_draft_and_publishes_it",
    ),
    (
        "/admin/routing/tables/{id}/order",
        Facts(&["case.routing_changed"]),
        "two_administrators_publish_and_the_second_carries_over",
    ),
    (
        "/admin/routing/tables/{id}/carrying",
        Facts(&["case.routing_changed"]),
        "two_administrators_publish_and_the_second_carries_over",
    ),
    (
        "/admin/routing/tables/{id}/dropping",
        Facts(&["case.routing_dropped"]),
        "two_administrators_publish_and_the_second_carries_over",
    ),
    ("/admin/packs/units", Perhaps(&["access.unit_created", "access.post_created"]), "found_units"),
    ("/admin/calendar", Perhaps(&["calendar.published"]), "a_published_day_off_moves_what_is_open"),
    (
        "/notices/{id}/reading",
        Nothing("a person's own mark of what was read"),
        "a_holder_is_told_and_reads_it_in_the_own_inbox",
    ),
    (
        "/notices/reading",
        Nothing("a person's own mark of what was read"),
        "a_holder_is_told_and_reads_it_in_the_own_inbox",
    ),
    ("/me/notices", Facts(&["notice.reach_kept"]), "everybody_says_where_they_are_reached"),
    ("/me/feed/{post}", Facts(&["notice.feed_made"]), "a_calendar_reads_the_deadlines_of_a_post_by_a_link"),
    (
        "/me/feed/{post}/end",
        Facts(&["notice.feed_ended"]),
        "a_calendar_reads_the_deadlines_of_a_post_by_a_link",
    ),
    ("/admin/notices/trial", Facts(&["notice.trial_sent"]), "an_administrator_tries_a_way_out"),
    (
        "/admin/notices/{id}/again",
        Facts(&["notice.sent_again"]),
        "an_administrator_sees_what_failed_and_sends_it_again",
    ),
    (
        "/callback/calls/{id}/caller",
        Facts(&["callback.call_taken"]),
        "a_week_is_drawn_called_and_told_apart_from_the_offices_own_word",
    ),
    (
        "/callback/calls/{id}/tries",
        Facts(&["callback.call_tried"]),
        "who_is_not_reached_is_shown_and_not_dropped",
    ),
    (
        "/callback/calls/{id}/answer",
        Facts(&["callback.call_answered"]),
        "a_week_is_drawn_called_and_told_apart_from_the_offices_own_word",
    ),
    ("/api/v1/cases", Facts(&["case.received"]), "a_program_brings_a_matter_follows_it_and_says_not_solved"),
    (
        "/api/v1/cases/{number}/acts",
        Facts(&[
            "case.accepted",
            "case.returned",
            "case.supplemented",
            "case.withdrawn",
            "case.dispatched",
            "case.recategorised",
            "case.taken",
            "case.declined",
            "case.reported",
            "case.verified",
            "case.rejected",
            "case.closed",
            "case.confirmed",
            "case.contested",
            "case.reopened",
            "case.escalated",
        ]),
        "a_program_brings_a_matter_follows_it_and_says_not_solved",
    ),
    ("/supervision", Facts(&["supervision.nominated"]), "a_hazard_escalates_to_a_listed_supervision"),
    (
        "/supervision/{id}/listing",
        Facts(&["supervision.listed"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/assignment",
        Facts(&["supervision.assigned"]),
        "who_answers_is_changed_and_what_is_public_is_set",
    ),
    ("/supervision/{id}/declination", Facts(&["supervision.declined"]), "a_level_may_decline_and_says_why"),
    ("/supervision/{id}/taking", Facts(&["supervision.taken"]), "a_hazard_escalates_to_a_listed_supervision"),
    (
        "/supervision/{id}/visits",
        Facts(&["supervision.visited"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/application",
        Facts(&["supervision.applied"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/extension",
        Facts(&["supervision.extension_asked"]),
        "an_extension_is_asked_in_time_and_never_shown_overdue",
    ),
    (
        "/supervision/{id}/grant",
        Facts(&["supervision.extension_granted"]),
        "an_extension_is_asked_in_time_and_never_shown_overdue",
    ),
    (
        "/supervision/{id}/denial",
        Facts(&["supervision.extension_denied"]),
        "a_denied_extension_leaves_the_end_and_the_clock_tells_once",
    ),
    (
        "/supervision/{id}/inspection",
        Facts(&["supervision.inspected"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/return",
        Facts(&["supervision.returned"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/strike-off",
        Facts(&["supervision.struck_off"]),
        "a_hazard_escalates_to_a_listed_supervision",
    ),
    (
        "/supervision/{id}/publication",
        Facts(&["supervision.published"]),
        "who_answers_is_changed_and_what_is_public_is_set",
    ),
    (
        "/supervision/meetings",
        Facts(&["supervision.meeting_called"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/meetings/{id}/agenda",
        Facts(&["supervision.agenda_set"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/meetings/{id}/minutes",
        Facts(&["supervision.minutes_kept"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/meetings/{id}/tasks",
        Facts(&["supervision.task_given"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/meetings/{id}/closure",
        Facts(&["supervision.meeting_closed"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/tasks/{id}/completion",
        Facts(&["supervision.task_done"]),
        "a_meeting_has_an_agenda_minutes_and_tasks",
    ),
    (
        "/supervision/sweeps",
        Facts(&["supervision.sweep_ordered"]),
        "a_sweep_is_returned_also_with_nothing_and_findings_become_cases",
    ),
    (
        "/supervision/returns/{id}",
        Facts(&["supervision.sweep_returned"]),
        "a_sweep_is_returned_also_with_nothing_and_findings_become_cases",
    ),
    (
        "/supervision/receptions",
        Facts(&["supervision.reception_set"]),
        "a_reception_day_is_set_read_in_a_calendar_and_ended",
    ),
    (
        "/supervision/receptions/{id}/end",
        Facts(&["supervision.reception_ended"]),
        "a_reception_day_is_set_read_in_a_calendar_and_ended",
    ),
    (
        "/supervision/findings/{id}/case",
        Facts(&["supervision.finding_filed", "case.received"]),
        "a_sweep_is_returned_also_with_nothing_and_findings_become_cases",
    ),
    ("/upward/link", Facts(&["upward.link_made"]), LINKED),
    ("/upward/link/code", Facts(&["upward.code_typed"]), LINKED),
    (
        "/upward/link/sending",
        Facts(&["upward.sending_asked", "upward.report_made"]),
        "a_link_is_made_looked_at_used_and_ended_by_its_administrators_only",
    ),
    (
        "/upward/link/end",
        Facts(&["upward.link_ended"]),
        "a_link_is_made_looked_at_used_and_ended_by_its_administrators_only",
    ),
    ("/upward/installations", Facts(&["upward.installation_registered"]), LINKED),
    (
        "/upward/installations/{id}/code",
        Facts(&["upward.code_renewed"]),
        "a_link_is_made_looked_at_used_and_ended_by_its_administrators_only",
    ),
    (
        "/upward/installations/{id}/end",
        Facts(&["upward.installation_ended"]),
        "a_link_is_made_looked_at_used_and_ended_by_its_administrators_only",
    ),
    ("/api/v1/upward/links", Facts(&["upward.installation_linked"]), LINKED),
    (
        "/api/v1/upward/reports",
        Facts(&["upward.report_taken", "upward.report_refused"]),
        "what_is_replayed_forged_changed_or_off_the_clock_is_known_or_refused_and_shown",
    ),
    (
        "/api/v1/upward/beats",
        Nothing("a beat changes no record: it says when an installation was heard last"),
        LINKED,
    ),
];

/// The story in which installations are linked.
const LINKED: &str = "three_counties_under_a_city_one_offline_for_a_day_and_nothing_double";

/// Reading that leaves a fact, because who opened a record is told to the one it is about.
const READS: &[(&str, &[&str])] = &[
    ("/cases/{id}", &["case.record_opened"]),
    ("/grid/cases/{case}", &["case.record_opened"]),
    ("/grid/cases/{case}/finish", &["case.record_opened"]),
    ("/grid/cases/{case}/decline", &["case.record_opened"]),
    ("/api/v1/cases/{number}/file", &["case.record_opened"]),
];

/// Facts that no route leaves, and whose hand does.
const OTHER_HANDS: &[(&str, &str)] = &[
    ("case.clock_warned", "a timer"),
    ("case.clock_mended", "a timer"),
    ("case.clocks_proved", "a timer"),
    ("case.retimed", "a timer"),
    ("supervision.amber_marked", "a timer"),
    ("supervision.red_marked", "a timer"),
    ("supervision.missed_marked", "a timer"),
    ("supervision.retimed", "a timer"),
    ("supervision.task_missed", "a timer"),
    ("supervision.sweep_reminded", "a timer"),
    ("supervision.sweep_overdue", "a timer"),
    ("case.whistle_missed", "a timer"),
    ("case.whistle_retimed", "a timer"),
    ("case.whistle_reminded", "a timer"),
    ("callback.rule_loaded", "linli serve, from the pack"),
    ("callback.drawn", "a timer"),
    ("callback.calls_lapsed", "a timer"),
    ("upward.link_confirmed", "the messenger, when the upper installation answered"),
    ("upward.code_failed", "the messenger, when the upper installation answered"),
    ("upward.report_acknowledged", "the messenger, when the upper installation answered"),
    ("upward.report_rejected", "the messenger, when the upper installation answered"),
    ("case.imported", "linli import cases"),
    ("case.batch_opened", "linli import cases"),
    ("case.batch_added", "linli import cases"),
    ("case.batch_undone", "linli import undo"),
    ("territory.divisions_imported", "linli import divisions"),
    ("territory.grid_renamed", "a deed without a page yet"),
    ("territory.division_moved", "linli import divisions, by a new edition"),
    ("territory.workers_assigned", "the demo's founding"),
    ("territory.worker_released", "a deed without a page yet"),
];

fn left_by(method: &str, route: &str) -> &'static [&'static str] {
    if method == "GET" {
        return READS.iter().find(|(path, _)| *path == route).map_or(&[], |(_, facts)| facts);
    }
    match WRITES.iter().find(|(path, ..)| *path == route) {
        Some((_, Facts(facts) | Perhaps(facts), _)) => facts,
        _ => &[],
    }
}

/// The journal before a request.
pub struct Before(HashSet<i64>);

fn filter(from: Millis) -> EntryFilter {
    EntryFilter { at_from: Some(from), ..EntryFilter::default() }
}

/// Looks at the journal before a request; `from` is where the story began.
pub async fn look(db: &Db, from: Millis) -> Before {
    let all = db.read(move |conn| entries(conn, &filter(from), 100_000)).await.unwrap();
    Before(all.into_iter().map(|e| e.id).collect())
}

/// Holds what a request left against the list. A form that was sent before may leave nothing.
pub async fn seen(
    db: &Db,
    from: Millis,
    before: Before,
    method: &str,
    path: &str,
    said: StatusCode,
    again: bool,
) {
    let all = db.read(move |conn| entries(conn, &filter(from), 100_000)).await.unwrap();
    let left: BTreeSet<String> =
        all.into_iter().filter(|e| !before.0.contains(&e.id)).map(|e| e.kind).collect();
    let Some(route) = route_of(method, path) else {
        assert!(left.is_empty(), "{method} {path} is no route and left {left:?}");
        return;
    };
    let listed = left_by(method, route);
    for fact in &left {
        assert!(
            listed.contains(&fact.as_str()),
            "{method} {route} left {fact}, which is not listed in facts.rs"
        );
    }
    // Only a step of signing in goes on without having done anything yet.
    let must = WRITES.iter().any(|(path, leaves, _)| *path == route && matches!(leaves, Facts(_)));
    let does = said == StatusCode::SEE_OTHER && must && method != "GET" && !again;
    assert!(
        !does || !left.is_empty() || route.starts_with("/sign-in"),
        "{method} {route} did it without a fact"
    );
}

/// The route of an address; a literal segment counts more than a parameter, as in the router.
fn route_of(method: &str, path: &str) -> Option<&'static str> {
    let parts: Vec<&str> = path.split('?').next().unwrap_or_default().split('/').collect();
    let fits = |route: &&'static str| {
        let theirs: Vec<&str> = route.split('/').collect();
        theirs.len() == parts.len() && theirs.iter().zip(&parts).all(|(t, p)| t.starts_with('{') || t == p)
    };
    let rights = web::rights_of(&house::rooms());
    let routes = rights.iter().filter(|(_, r)| r.method == method).map(|(_, r)| r.path);
    routes.filter(fits).min_by_key(|route| route.matches('{').count())
}

#[test]
fn every_route_that_changes_something_stands_in_the_list() {
    let rights = web::rights_of(&house::rooms());
    let routes: BTreeSet<&str> =
        rights.iter().filter(|(_, r)| r.method != "GET").map(|(_, r)| r.path).collect();
    let listed: BTreeSet<&str> = WRITES.iter().map(|(path, ..)| *path).collect();
    assert_eq!(WRITES.len(), listed.len(), "a route stands twice");
    assert_eq!(
        routes, listed,
        "say in facts.rs what each route leaves in the journal, and which story goes through it"
    );
    for (path, leaves, _) in WRITES {
        if let Nothing(why) = leaves {
            assert!(why.len() > 20, "{path} leaves nothing and does not say why");
        }
    }
}

#[test]
fn every_fact_has_a_hand_that_leaves_it() {
    let rooms = house::rooms();
    let facts: BTreeSet<&str> = rooms.iter().flat_map(|r| r.facts).copied().collect();
    let of_routes = WRITES.iter().flat_map(|(path, ..)| left_by("POST", path));
    let hands = of_routes.chain(READS.iter().flat_map(|(_, facts)| *facts)).copied();
    let all: BTreeSet<&str> = hands.chain(OTHER_HANDS.iter().map(|(fact, _)| *fact)).collect();
    assert_eq!(facts, all, "a fact without a hand, or a hand whose fact no room has");
}

#[test]
fn every_deed_has_a_story() {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let mut text = String::new();
    for folder in ["stories/tests", "rooms/access/tests", "rooms/territory/tests", "rooms/case/src"] {
        read_all(&root.join(folder), &mut text);
    }
    for (path, _, story) in WRITES {
        let found = text.contains(&format!("fn {story}("));
        assert!(found, "POST {path}: there is no test {story}");
    }
}

fn read_all(folder: &Path, into: &mut String) {
    let all: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    for path in all {
        if path.is_dir() {
            read_all(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}
