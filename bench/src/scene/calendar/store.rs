//! What the trial asks the database besides the rooms' own questions.

use base::Outcome;
use diesel::connection::SimpleConnection;
use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types};
use store::{Conn, on};

/// What a change of the calendar left behind.
#[derive(Debug, QueryableByName)]
pub struct Trail {
    /// Entries in the course of cases.
    #[diesel(sql_type = sql_types::BigInt)]
    pub acts: i64,
    /// Cases that have one.
    #[diesel(sql_type = sql_types::BigInt)]
    pub of: i64,
    /// Facts in the journal.
    #[diesel(sql_type = sql_types::BigInt)]
    pub facts: i64,
    /// Letters in the holders' inboxes.
    #[diesel(sql_type = sql_types::BigInt)]
    pub letters: i64,
}

/// Which entries, facts and letters are there?
pub fn trail_of_the_change(conn: &mut Conn) -> Outcome<Trail> {
    let sql = "SELECT (SELECT count(*) FROM case_act WHERE act = 'retime') AS acts, \
               (SELECT count(DISTINCT case_id) FROM case_act WHERE act = 'retime') AS of, \
               (SELECT count(*) FROM journal_entry WHERE kind = 'case.retimed') AS facts, \
               (SELECT count(*) FROM notice_item WHERE kind = 'case.calendar_moved' AND channel = 'in_app') AS letters";
    Ok(on!(conn, c => sql_query(sql).get_result(c))?)
}

/// A row of the clocks to be looked at.
#[derive(QueryableByName)]
pub struct Seen {
    /// Its columns in a line.
    #[diesel(sql_type = sql_types::Text)]
    pub seen: String,
}

/// How do all clocks stand?
pub fn clocks_as_text(conn: &mut Conn) -> Outcome<Vec<Seen>> {
    let sql = "SELECT case_id || ' ' || kind || ' ' || round || ' ' || state || ' ' || start_ms || ' due ' || due_ms || \
               ' amber ' || amber_ms || ' red ' || red_ms || ' ended ' || coalesce(ended_ms, 0) || ' told ' || told \
               || ' paused ' || paused_times || ' extended ' || extended_times AS seen FROM case_clock ORDER BY id";
    Ok(on!(conn, c => sql_query(sql).load(c))?)
}

/// How many running clocks a second does the bare engine write, so many in a commit, on one connection?
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn rewritten_per_s(url: &str, at_once: i64) -> anyhow::Result<f64> {
    #[derive(QueryableByName)]
    struct Running {
        #[diesel(sql_type = sql_types::BigInt)]
        id: i64,
    }
    let mut conn = crate::store::writing(url)?;
    let sql = "SELECT id FROM case_clock WHERE ended_ms IS NULL ORDER BY id";
    let all: Vec<Running> = on!(&mut conn, c => sql_query(sql).load(c))?;
    let begun = std::time::Instant::now();
    for part in all.chunks(usize::try_from(at_once)?) {
        on!(&mut conn, c => c.batch_execute("BEGIN"))?;
        for clock in part {
            let sql = format!("UPDATE case_clock SET due_ms = due_ms + 1 WHERE id = {}", clock.id);
            on!(&mut conn, c => c.batch_execute(&sql))?;
        }
        on!(&mut conn, c => c.batch_execute("COMMIT"))?;
    }
    let per_s = all.len() as f64 / begun.elapsed().as_secs_f64();
    on!(&mut conn, c => c.batch_execute("UPDATE case_clock SET due_ms = due_ms - 1 WHERE ended_ms IS NULL"))?;
    Ok(per_s)
}
