//! The open deadlines of a unit for the calendar feed of its posts: number and category, nothing that a resident wrote.

use std::sync::Arc;

use access::{HeldPost, Kind, Person, view_filter};
use base::{Id, Millis, Outcome};
use notice::{FeedEvent, FeedSource, Param};
use store::Conn;

use crate::model::Stage;
use crate::store::{CaseFilter, Desk, QueueOrder, queue};

/// The deadlines, as the room `notice` takes them.
pub struct Deadlines {
    /// Where the categories' names are looked up.
    pub desk: Arc<Desk>,
}

impl FeedSource for Deadlines {
    /// Of the open cases that the post's unit holds those that the post may open: by the one policy, over this one post.
    fn events(
        &self,
        conn: &mut Conn,
        post: &HeldPost,
        (from, until): (Millis, Millis),
        most: usize,
    ) -> Outcome<Vec<FeedEvent>> {
        let holder = Person { posts: vec![post.clone()], ..Person::without_posts(Id::of(0), "") };
        let filter = CaseFilter {
            stages: Stage::OPEN.to_vec(),
            holder_units: vec![post.unit.raw()],
            ..CaseFilter::within(view_filter(&holder, Kind::CaseView))
        };
        let after = Some(base::Cursor { key: from.0, id: 0 });
        let rows = queue(conn, &filter, QueueOrder::DueFirst, after, most, from)?.rows;
        let ground = self.desk.now();
        let event = |row: crate::store::QueueRow| FeedEvent {
            kind: "case",
            id: row.id.raw(),
            part: 0,
            at: row.due,
            minutes: 0,
            key: "case.feed.due",
            number: Some(Param::number(&row.number)),
            label: ground.category_name(row.category).to_owned(),
            path: format!("/cases/{}", row.id),
            made: row.created,
        };
        Ok(rows.into_iter().take_while(|r| r.due <= until).map(event).collect())
    }
}
