//! What of this room is in the calendar of a post (日程): the ends of the entries that its unit answers for, its meetings, tasks and
//! sweeps, and its reception days. Numbers and units' names only: no title that somebody wrote.

use std::sync::Arc;

use access::{HeldPost, Kind, Level as Rung, Person, ScopeFilter, may_view, view_filter};
use base::{Id, MINUTE_MS, Millis, Outcome};
use case::store::{Desk, Ground};
use notice::{FeedEvent, FeedSource, Param};
use store::Conn;

use crate::model::{MeetingStage, Stage, TaskState};
use crate::rules::held_on;
use crate::store::{
    EntryFilter, EntryOrder, TaskFilter, entries, meetings_of_unit, receptions_of, sweeps, tasks,
};

/// Lists, meetings, tasks, sweeps and reception days, as the room `notice` takes them.
pub struct Diary {
    /// Where names and calendars are looked up.
    pub desk: Arc<Desk>,
}

/// How long a meeting is shown: its end is not on record.
const MEETING_MINUTES: i64 = 60;
/// How far a weekly day is shown, from the beginning of the feed.
const WEEKLY_MS: i64 = 150 * base::DAY_MS;
/// Sweeps that are looked at.
const SWEEPS: usize = 50;

/// What every part is handed.
struct Ask<'a> {
    g: &'a Ground,
    post: &'a HeldPost,
    holder: Person,
    scope: ScopeFilter,
    span: (Millis, Millis),
    most: usize,
}

impl FeedSource for Diary {
    /// What the post's unit holds, of that what the post may open: by the one policy, over this one post.
    fn events(
        &self,
        conn: &mut Conn,
        post: &HeldPost,
        span: (Millis, Millis),
        most: usize,
    ) -> Outcome<Vec<FeedEvent>> {
        let holder = Person { posts: vec![post.clone()], ..Person::without_posts(Id::of(0), "") };
        let scope = view_filter(&holder, Kind::SupervisionView);
        let ask = Ask { g: &self.desk.now(), post, holder, scope, span, most };
        let mut all = of_entries(conn, &ask)?;
        all.extend(of_meetings(conn, &ask)?);
        all.extend(of_tasks(conn, &ask)?);
        all.extend(of_sweeps(conn, &ask)?);
        all.extend(of_receptions(conn, &ask)?);
        all.sort_by_key(|e| (e.at, e.id));
        all.truncate(most);
        Ok(all)
    }
}

impl Ask<'_> {
    fn has(&self, at: Millis) -> bool {
        (self.span.0..=self.span.1).contains(&at)
    }

    fn event(&self, kind: &'static str, id: i64, at: Millis, key: &'static str, path: String) -> FeedEvent {
        let (number, label) = (None, String::new());
        FeedEvent { kind, id, part: 0, at, minutes: 0, key, number, label, path, made: Millis(0) }
    }
}

fn of_entries(conn: &mut Conn, ask: &Ask<'_>) -> Outcome<Vec<FeedEvent>> {
    let filter = EntryFilter {
        stages: Stage::WORKING.to_vec(),
        unit: Some(ask.post.unit.raw()),
        ..EntryFilter::within(ask.scope.clone())
    };
    let rows = entries(conn, &filter, EntryOrder::DueFirst, None, ask.most, ask.span.0)?.rows;
    let event = |e: &crate::model::Entry| FeedEvent {
        number: Some(Param::number(&e.number)),
        made: e.listed.unwrap_or(e.created),
        ..ask.event(
            "supervision",
            e.id.raw(),
            e.marks.due,
            "supervision.feed.entry",
            format!("/supervision/{}", e.id),
        )
    };
    Ok(rows.iter().filter(|e| ask.has(e.marks.due)).map(event).collect())
}

fn of_meetings(conn: &mut Conn, ask: &Ask<'_>) -> Outcome<Vec<FeedEvent>> {
    let unit = ask.post.unit.raw();
    let rows = meetings_of_unit(conn, unit, ask.span, ask.most)?;
    let seen = |m: &&crate::model::Meeting| {
        let open = m.stage != MeetingStage::Closed;
        open && may_view(&ask.holder, &m.resource(Kind::SupervisionView, &[unit])).is_ok()
    };
    let event = |m: &crate::model::Meeting| FeedEvent {
        label: ask.g.units.name(m.unit).to_owned(),
        minutes: MEETING_MINUTES,
        made: m.created,
        ..ask.event(
            "meeting",
            m.id.raw(),
            m.start,
            "supervision.feed.meeting",
            format!("/supervision/meetings/{}", m.id),
        )
    };
    Ok(rows.iter().filter(seen).map(event).collect())
}

fn of_tasks(conn: &mut Conn, ask: &Ask<'_>) -> Outcome<Vec<FeedEvent>> {
    let filter = TaskFilter {
        scope: ask.scope.clone(),
        state: Some(TaskState::Open),
        units: vec![ask.post.unit.raw()],
    };
    // As of the beginning of the feed: what is late by now is in it too.
    let all = tasks(conn, &filter, None, ask.most, ask.span.0)?.rows;
    let event = |t: &crate::model::Task| FeedEvent {
        made: t.start,
        ..ask.event(
            "task",
            t.id.raw(),
            t.due,
            "supervision.feed.task",
            format!("/supervision/tasks/{}", t.id),
        )
    };
    Ok(all.iter().filter(|t| ask.has(t.due)).map(event).collect())
}

/// The ends of sweeps for those who return: posts of a village or a grid.
fn of_sweeps(conn: &mut Conn, ask: &Ask<'_>) -> Outcome<Vec<FeedEvent>> {
    if ask.post.scope.level < Rung::Village {
        return Ok(Vec::new());
    }
    let rows = sweeps(conn, &ask.scope, None, SWEEPS)?.rows;
    let event = |s: &crate::model::Sweep| FeedEvent {
        made: s.created,
        ..ask.event(
            "sweep",
            s.id.raw(),
            s.due,
            "supervision.feed.sweep",
            format!("/supervision/sweeps/{}", s.id),
        )
    };
    let owed = rows.iter().filter(|l| l.counts.returned < l.counts.expected && ask.has(l.sweep.due));
    Ok(owed.map(|l| event(&l.sweep)).collect())
}

fn of_receptions(conn: &mut Conn, ask: &Ask<'_>) -> Outcome<Vec<FeedEvent>> {
    let zone = &ask.g.zone;
    let mut all = Vec::new();
    for r in receptions_of(conn, ask.post.unit.raw())? {
        if r.post != 0 && r.post != ask.post.post.raw() {
            continue;
        }
        let from = zone.day(ask.span.0.max(r.made));
        let to = zone.day(ask.span.1.min(ask.span.0.plus(WEEKLY_MS)));
        for day in held_on(r.held, from, to, &ask.g.here(&r.place).calendar) {
            let n = i64::from(day.year()) * 10_000 + i64::from(day.month()) * 100 + i64::from(day.day());
            all.push(FeedEvent {
                part: n,
                label: ask.post.unit_name.clone(),
                minutes: r.until - r.from,
                made: r.made,
                ..ask.event(
                    "reception",
                    r.id.raw(),
                    zone.start_of(day).plus(r.from * MINUTE_MS),
                    "supervision.feed.reception",
                    "/supervision/receptions".to_owned(),
                )
            });
        }
    }
    Ok(all)
}
