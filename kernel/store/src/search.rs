//! Full-text search in Chinese (全文检索) by bigrams made here, exact on both engines and written in
//! the same transaction as the record: no index to lag behind, no second place to apply rights.
//!
//! A text becomes its runs of letters; a run of Chinese becomes overlapping pairs (排水沟 -> 排水 水沟)
//! plus its single characters at the same places; a run of Latin letters and digits stays whole.

use base::{Fault, Outcome};
use diesel::{RunQueryDsl, sql_query, sql_types};

use crate::{Conn, dialect, on};

/// Words of one query that count; more are ignored.
const QUERY_WORDS: usize = 8;
/// Bigrams of one document that are indexed.
const DOCUMENT_GRAMS: usize = 12_000;

#[derive(Debug, Clone, PartialEq)]
enum Run {
    Han(Vec<char>),
    Word(String),
}

fn is_han(c: char) -> bool {
    matches!(c as u32, 0x3400..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF | 0x3007)
}

/// Full-width letters and digits read as their narrow twins.
fn narrow(c: char) -> char {
    match c as u32 {
        n @ 0xFF01..=0xFF5E => char::from_u32(n - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

fn runs(text: &str) -> Vec<Run> {
    let mut out: Vec<Run> = Vec::new();
    let mut open = false;
    for c in text.chars().map(narrow).flat_map(char::to_lowercase) {
        let han = is_han(c);
        if !han && !c.is_alphanumeric() {
            open = false;
            continue;
        }
        match (open, out.last_mut()) {
            (true, Some(Run::Han(run))) if han => run.push(c),
            (true, Some(Run::Word(run))) if !han => run.push(c),
            _ if han => out.push(Run::Han(vec![c])),
            _ => out.push(Run::Word(c.to_string())),
        }
        open = true;
    }
    out
}

/// The grams of a document in order. Chinese grams are written in hexadecimal code points, so that
/// neither engine's tokenizer can take them apart or fold them. A lone `-` keeps runs from joining.
fn document(text: &str) -> Vec<String> {
    let mut grams = Vec::new();
    for run in runs(text) {
        match run {
            Run::Han(chars) => {
                // Each character is followed by the pair that it begins, so that "排" , "排水" and
                // "排水沟" are all phrases of neighbouring grams.
                for (i, c) in chars.iter().enumerate() {
                    match chars.get(i + 1) {
                        Some(next) => grams.push(gram(&[*c, *next])),
                        None => grams.push(gram(&[*c])),
                    }
                }
            }
            Run::Word(word) => grams.push(format!("w{}", crate::fact::hex(word.as_bytes()))),
        }
        grams.push("x".to_owned());
        if grams.len() > DOCUMENT_GRAMS {
            break;
        }
    }
    grams
}

/// Written by hand, because a formatter for each of a text's two hundred grams was a twentieth of the writer's time.
fn gram(chars: &[char]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(1 + 5 * chars.len());
    out.push('h');
    for c in chars {
        let digit = |place: u32| DIGITS[((*c as u32) >> (4 * place)) as usize & 15] as char;
        out.extend((0..5).rev().map(digit));
    }
    out
}

/// The phrases that a query asks for: one for each run, all of which must occur.
fn phrases(query: &str) -> Vec<Vec<String>> {
    runs(query)
        .into_iter()
        .take(QUERY_WORDS)
        .map(|run| match run {
            // One character: every gram that begins with it.
            Run::Han(chars) if chars.len() == 1 => vec![format!("{}*", gram(&chars))],
            Run::Han(chars) => chars.windows(2).map(gram).collect(),
            Run::Word(word) => vec![format!("w{}", crate::fact::hex(word.as_bytes()))],
        })
        .collect()
}

/// A ready-made PostgreSQL vector: `'gram':1,5 'gram':2`.
pub(crate) fn vector(grams: &[String]) -> String {
    let mut places: std::collections::BTreeMap<&str, Vec<String>> = std::collections::BTreeMap::new();
    for (i, gram) in grams.iter().enumerate() {
        // PostgreSQL keeps places up to 16,383 and at most 255 of a word.
        let at = places.entry(gram).or_default();
        if at.len() < 255 {
            at.push((i + 1).min(16_383).to_string());
        }
    }
    places.iter().map(|(gram, at)| format!("'{gram}':{}", at.join(","))).collect::<Vec<_>>().join(" ")
}

fn checked(table: &str) -> Outcome<&str> {
    let fine = table.starts_with("search_") && table.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    if fine { Ok(table) } else { Err(Fault::new("a full-text table is named search_…").into()) }
}

/// Puts a record's text into a full-text table (made by `{search search_NAME}` in a migration),
/// in place of what stood there.
pub fn put(conn: &mut Conn, table: &'static str, id: i64, text: &str) -> Outcome<()> {
    let delete = format!("DELETE FROM {} WHERE rowid = $1", checked(table)?);
    on!(conn, c => sql_query(delete).bind::<sql_types::BigInt, _>(id).execute(c))?;
    put_new(conn, table, std::iter::once((id, text)))
}

/// Puts the texts of new records into a full-text table.
pub fn put_new<'a>(
    conn: &mut Conn,
    table: &'static str,
    texts: impl Iterator<Item = (i64, &'a str)>,
) -> Outcome<()> {
    let rows = texts.map(|(id, text)| (id, document(text))).collect();
    dialect::search_put_new(conn, checked(table)?, rows)
}

/// The condition that a record's text matches a query, for a boxed diesel query:
/// `q.filter(sql::<Bool>(&c.before).bind::<Text, _>(c.text.clone()).sql(&c.after))`.
#[derive(Debug, Clone)]
pub struct Clause {
    /// SQL before the bound text.
    pub before: String,
    /// The text to bind.
    pub text: String,
    /// SQL after it.
    pub after: String,
}

/// The condition for `query` on the record id column `id`; `None` when the query has no letter.
pub fn clause(conn: &Conn, table: &'static str, id: &'static str, query: &str) -> Outcome<Option<Clause>> {
    let phrases = phrases(query);
    if phrases.is_empty() {
        return Ok(None);
    }
    let [before, text, after] = dialect::search_clause(conn, checked(table)?, id, &phrases);
    Ok(Some(Clause { before, text, after }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn occurs(text: &str, query: &str) -> bool {
        let grams = document(text);
        let asked = phrases(query);
        let same = |gram: &String, asked: &String| match asked.strip_suffix('*') {
            Some(start) => gram.starts_with(start),
            None => gram == asked,
        };
        !asked.is_empty()
            && asked.iter().all(|p| grams.windows(p.len()).any(|w| w.iter().zip(p).all(|(g, a)| same(g, a))))
    }

    #[test]
    fn two_character_words_are_found_where_they_stand() {
        assert!(occurs("门前排水沟堵塞", "排水"));
        assert!(occurs("门前排水沟堵塞", "水沟"));
        assert!(occurs("门前排水沟堵塞", "排水沟堵"));
        assert!(occurs("门前排水沟堵塞", "水"));
        assert!(occurs("门前排水沟堵塞", "塞"));
        assert!(!occurs("门前排水沟堵塞", "火"));
        assert!(!occurs("门前排水沟堵塞", "堵沟"));
        assert!(!occurs("排。水", "排水"));
        assert!(occurs("ABC小区3号楼", "abc 3"));
        assert!(occurs("电话１２３", "123"));
    }

    proptest! {
        #[test]
        fn every_part_of_two_or_more_characters_is_found(text in "[一-龥]{2,40}", from in 0_usize..38, len in 2_usize..6) {
            let chars: Vec<char> = text.chars().collect();
            let from = from.min(chars.len() - 2);
            let part: String = chars[from..(from + len).min(chars.len())].iter().collect();
            prop_assert!(occurs(&text, &part));
        }

        #[test]
        fn no_text_makes_a_bad_vector(text in "\\PC{0,60}") {
            let v = vector(&document(&text));
            prop_assert!(v.bytes().all(|b| b.is_ascii_alphanumeric() || b"': ,".contains(&b)));
        }
    }
}
