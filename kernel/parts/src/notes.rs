//! Notes on a record (备注): internal ones for the offices, public ones for the person who brought it.

use base::{Act, Id, Invalid, Outcome, limits};
use diesel::prelude::*;
use store::{Conn, Tx, on};

diesel::table! {
    parts_note (id) {
        id -> BigInt,
        subject_kind -> Text,
        subject_id -> BigInt,
        at_ms -> BigInt,
        account -> BigInt,
        post -> BigInt,
        is_public -> Bool,
        body -> Text,
    }
}

/// One note.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = parts_note, treat_none_as_default_value = false)]
pub struct Note {
    /// Its id.
    pub id: i64,
    /// The kind of record it stands on.
    pub subject_kind: String,
    /// The record.
    pub subject_id: i64,
    /// When it was written.
    pub at_ms: i64,
    /// Who wrote it.
    pub account: i64,
    /// From which post.
    pub post: i64,
    /// Whether the person who brought the matter may read it.
    pub is_public: bool,
    /// The text.
    pub body: String,
}

/// Adds a note. The caller records the fact, with a digest of the text at most.
///
/// # Errors
/// Invalid (field `note`) when the text is empty or longer than the limit.
pub fn add(
    tx: &mut Tx<'_>,
    act: Act,
    subject: (&'static str, i64),
    is_public: bool,
    body: &str,
) -> Outcome<Id<Note>> {
    let body = body.trim();
    if body.is_empty() {
        return Err(Invalid::field("note", "parts.invalid.empty").into());
    }
    if body.chars().count() > limits::TEXT_CHARS {
        return Err(Invalid::field("note", "parts.invalid.too_long").into());
    }
    let id = tx.id::<Note>(act.at);
    let row = Note {
        id: id.raw(),
        subject_kind: subject.0.to_owned(),
        subject_id: subject.1,
        at_ms: act.at.0,
        account: act.by.account,
        post: act.by.post,
        is_public,
        body: body.to_owned(),
    };
    on!(tx.conn, c => diesel::insert_into(parts_note::table).values(&row).execute(c))?;
    Ok(id)
}

/// The notes on a record, oldest first; only the public ones if so asked.
pub fn notes_of(conn: &mut Conn, kind: &str, id: i64, only_public: bool) -> Outcome<Vec<Note>> {
    Ok(on!(conn, c => {
        let mut q = parts_note::table
            .filter(parts_note::subject_kind.eq(kind))
            .filter(parts_note::subject_id.eq(id))
            .select(Note::as_select())
            .into_boxed();
        if only_public {
            q = q.filter(parts_note::is_public.eq(true));
        }
        q.order(parts_note::id).load(c)
    })?)
}
