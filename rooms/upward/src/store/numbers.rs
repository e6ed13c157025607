//! Sums over the current reports, and what the catalogue's top level is called.

use std::collections::BTreeMap;

use base::Outcome;
use diesel::{prelude::*, sql_query, sql_types};
use jiff::civil::Date;
use store::{Conn, on};

use super::tables::upward_cell;
use crate::model::{CategoryCode, DivisionCode, Numbers};

/// One division's row of a day, as an installation below reported it (下级上报行).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeardDay {
    /// Which division.
    pub division: DivisionCode,
    /// Which category.
    pub category: CategoryCode,
    /// What was counted.
    pub numbers: Numbers,
}

#[derive(QueryableByName)]
struct SumRow {
    #[diesel(sql_type = sql_types::Text)]
    word: String,
    #[diesel(sql_type = sql_types::BigInt)]
    received: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    due: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    done: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    on_time: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    missed: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    extended: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    reopened: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    said: i64,
    #[diesel(sql_type = sql_types::BigInt)]
    satisfied: i64,
}

/// The numbers of a division or a category over a span (合计).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sum {
    /// The code.
    pub code: String,
    /// The numbers.
    pub numbers: Numbers,
}

impl SumRow {
    fn sum(self) -> Sum {
        let numbers = Numbers {
            received: self.received,
            due: self.due,
            done: self.done,
            on_time: self.on_time,
            missed: self.missed,
            extended: self.extended,
            reopened: self.reopened,
            said: self.said,
            satisfied: self.satisfied,
        };
        Sum { code: self.word, numbers }
    }
}

fn sums(conn: &mut Conn, word: &str, condition: &str, from: Date, to: Date) -> Outcome<Vec<Sum>> {
    let columns =
        ["received", "due", "done", "on_time", "missed", "extended", "reopened", "said", "satisfied"]
            .map(|c| format!("CAST(SUM({c}) AS BIGINT) AS {c}"))
            .join(", ");
    let text = format!(
        "SELECT {word} AS word, {columns} FROM upward_cell WHERE day >= '{from}' AND day <= '{to}' \
         AND is_current = TRUE AND {condition} GROUP BY {word} ORDER BY {word}"
    );
    let rows: Vec<SumRow> = on!(conn, c => sql_query(text).load(c))?;
    Ok(rows.into_iter().map(SumRow::sum).collect())
}

/// The sums of the divisions over a span, by code.
///
/// # Errors
/// Faults of the store.
pub fn sums_by_division(conn: &mut Conn, from: Date, to: Date) -> Outcome<Vec<Sum>> {
    sums(conn, "division", "category = ''", from, to)
}

/// The sums of the categories of these divisions over a span, by code.
///
/// # Errors
/// Faults of the store.
pub fn sums_by_category(
    conn: &mut Conn,
    divisions: &[DivisionCode],
    from: Date,
    to: Date,
) -> Outcome<Vec<Sum>> {
    if divisions.is_empty() {
        return Ok(Vec::new());
    }
    // Codes are digits by their type.
    let all: Vec<String> = divisions.iter().map(|d| format!("'{}'", d.as_str())).collect();
    sums(conn, "category", &format!("category <> '' AND division IN ({})", all.join(", ")), from, to)
}

type CellRow = (String, String, i64, i64, i64, i64, i64, i64, i64, i64, i64);

/// What the current reports of a day say.
///
/// # Errors
/// Faults of the store.
pub fn heard_of_day(conn: &mut Conn, day: Date) -> Outcome<Vec<HeardDay>> {
    let rows: Vec<CellRow> = on!(conn, c => upward_cell::table
        .filter(upward_cell::day.eq(day.to_string()))
        .filter(upward_cell::is_current.eq(true))
        .order((upward_cell::division, upward_cell::category))
        .select((
            upward_cell::division,
            upward_cell::category,
            upward_cell::received,
            upward_cell::due,
            upward_cell::done,
            upward_cell::on_time,
            upward_cell::missed,
            upward_cell::extended,
            upward_cell::reopened,
            upward_cell::said,
            upward_cell::satisfied,
        ))
        .load(c))?;
    let one = |r: CellRow| {
        let (received, due, done, on_time, missed) = (r.2, r.3, r.4, r.5, r.6);
        let (extended, reopened, said, satisfied) = (r.7, r.8, r.9, r.10);
        let numbers = Numbers { received, due, done, on_time, missed, extended, reopened, said, satisfied };
        Some(HeardDay { division: DivisionCode::parse(&r.0)?, category: CategoryCode::parse(&r.1)?, numbers })
    };
    Ok(rows.into_iter().filter_map(one).collect())
}

/// The catalogue (分类): for each category's id the code of the heading at the top over it, and the names of those.
///
/// # Errors
/// Faults of the store.
pub fn categories(conn: &mut Conn) -> Outcome<(BTreeMap<i64, CategoryCode>, BTreeMap<String, String>)> {
    #[derive(QueryableByName)]
    struct Line {
        #[diesel(sql_type = sql_types::BigInt)]
        id: i64,
        #[diesel(sql_type = sql_types::Text)]
        code: String,
        #[diesel(sql_type = sql_types::BigInt)]
        parent_id: i64,
        #[diesel(sql_type = sql_types::Text)]
        name: String,
    }
    let text = "SELECT id, code, parent_id, name FROM pub_case_category ORDER BY position, id";
    let rows: Vec<Line> = on!(conn, c => sql_query(text).load(c))?;
    let by_id: BTreeMap<i64, &Line> = rows.iter().map(|r| (r.id, r)).collect();
    let top = |row: &Line| {
        let mut at = row.id;
        // As many steps as there are rows, should they ever go in a circle.
        for _ in 0..rows.len() {
            match by_id.get(&at).map(|r| r.parent_id).filter(|p| by_id.contains_key(p)) {
                Some(parent) => at = parent,
                None => break,
            }
        }
        by_id.get(&at).and_then(|r| CategoryCode::parse(&r.code.to_ascii_lowercase()))
    };
    let codes = rows.iter().map(|r| (r.id, top(r).unwrap_or_else(CategoryCode::other))).collect();
    let names = rows.iter().filter(|r| !by_id.contains_key(&r.parent_id));
    let names = names.map(|r| (r.code.to_ascii_lowercase(), r.name.clone())).collect();
    Ok((codes, names))
}
