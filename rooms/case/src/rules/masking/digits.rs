//! Rows of digits, however they are written, and what they are.

use std::ops::Range;

use super::{Found, Personal};

/// How many separators may stand between two digits of one number.
const GAP: usize = 3;

/// A digit of a row: its value, where it stands, and whether a new group begins with it.
#[derive(Debug, Clone, Copy)]
struct Digit {
    value: u8,
    at: usize,
    opens: bool,
}

/// Everything among the digits of a text that is or may be somebody's number.
pub(super) fn numbers(folded: &[char]) -> Vec<Found> {
    rows(folded).iter().flat_map(|row| row_finds(row, folded)).collect()
}

/// The rows: digits with at most a few separators between them.
fn rows(folded: &[char]) -> Vec<Vec<Digit>> {
    let mut rows: Vec<Vec<Digit>> = Vec::new();
    let mut last: Option<(usize, bool)> = None;
    for (at, c) in folded.iter().enumerate() {
        let Some((value, is_chinese)) = digit(*c) else { continue };
        let joined = last.is_some_and(|(before, _)| {
            let between = &folded[before + 1..at];
            between.len() <= GAP && between.iter().all(|c| is_separator(*c))
        });
        let touches = last.is_some_and(|(before, was_chinese)| before + 1 == at && was_chinese == is_chinese);
        let digit = Digit { value, at, opens: !touches };
        match rows.last_mut() {
            Some(row) if joined => row.push(digit),
            _ => rows.push(vec![digit]),
        }
        last = Some((at, is_chinese));
    }
    rows
}

fn digit(c: char) -> Option<(u8, bool)> {
    const CHINESE: [&str; 10] =
        ["〇零", "一壹幺", "二贰", "三叁", "四肆", "五伍", "六陆", "七柒", "八捌", "九玖"];
    if c.is_ascii_digit() {
        return Some((c as u8 - b'0', false));
    }
    let value = CHINESE.iter().position(|row| row.contains(c))?;
    u8::try_from(value).ok().map(|v| (v, true))
}

fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\u{a0}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{2002}'..='\u{200a}')
        || matches!(
            c,
            '-' | '_' | '.' | '·' | '•' | '(' | ')' | '~' | '*' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}' | '\u{30fb}'
        )
}

/// Takes a row from left to right: at each group's beginning the longest thing that fits.
fn row_finds(row: &[Digit], folded: &[char]) -> Vec<Found> {
    let mut finds = Vec::new();
    let mut from = 0;
    while from < row.len() {
        match longest_at(row, from, folded) {
            Some((to, kind)) if row[from].opens => {
                let mut end = row[to - 1].at + 1;
                if kind == Personal::Identity && folded.get(end).is_some_and(|c| matches!(c, 'x' | 'X')) {
                    end += 1;
                }
                finds.push(Found { chars: row[from].at..end, kind });
                from = to;
            }
            _ => from += 1,
        }
    }
    finds
}

/// The longest known number that begins with the row's digit `from` and ends where a group ends.
fn longest_at(row: &[Digit], from: usize, folded: &[char]) -> Option<(usize, Personal)> {
    let ends = |to: usize| to == row.len() || row[to].opens;
    let group = (from + 1..=row.len()).find(|to| ends(*to)).map_or(0, |to| to - from);
    if group >= 11 {
        let values: Vec<u8> = row[from..from + group].iter().map(|d| d.value).collect();
        let after = folded.get(row[from + group - 1].at + 1);
        return Some((from + group, shape(&values, after).unwrap_or(Personal::LongNumber)));
    }
    let longest = row.len().min(from + 24);
    (from + 7..=longest).rev().filter(|to| ends(*to)).find_map(|to| {
        let values: Vec<u8> = row[from..to].iter().map(|d| d.value).collect();
        let after = folded.get(row[to - 1].at + 1);
        let kind = shape(&values, after).or_else(|| local(&values, row[from].at..row[to - 1].at, folded))?;
        Some((to, kind))
    })
}

/// What a row of digits is by its own shape.
fn shape(values: &[u8], after: Option<&char>) -> Option<Personal> {
    let has_x = matches!(after, Some('x' | 'X'));
    match values.len() {
        17 if has_x && has_birthday(&values[6..14]) => Some(Personal::Identity),
        18 if has_birthday(&values[6..14]) => Some(Personal::Identity),
        15 if has_short_birthday(&values[6..12]) => Some(Personal::Identity),
        _ if is_mobile(values) => Some(Personal::Mobile),
        _ if is_landline(values) => Some(Personal::Landline),
        16..=19 if values[0] != 0 && (matches!(values[0], 4..=6) || passes_luhn(values)) => {
            Some(Personal::BankCard)
        }
        _ => None,
    }
}

/// Eleven digits from 13 to 19, with or without a country code or a leading zero.
fn is_mobile(values: &[u8]) -> bool {
    let bare = match values {
        [0, 0, 8, 6, rest @ ..] | [8, 6, rest @ ..] if rest.len() == 11 => rest,
        [0, rest @ ..] if rest.len() == 11 => rest,
        all => all,
    };
    bare.len() == 11 && bare[0] == 1 && bare[1] >= 3
}

/// An area code and seven or eight digits, with or without the country code and an extension of up to four.
fn is_landline(values: &[u8]) -> bool {
    let bare = match values {
        [0, 0, 8, 6, rest @ ..] | [8, 6, rest @ ..] => rest,
        [0, rest @ ..] => rest,
        _ => return false,
    };
    let area = match bare {
        [1, 0, ..] | [2, ..] => 2,
        [3..=9, ..] => 3,
        _ => return false,
    };
    let number = bare.len().saturating_sub(area);
    (7..=12).contains(&number) && bare[area] >= 2
}

/// Seven or eight digits count as a telephone number only after a word that says so.
fn local(values: &[u8], at: Range<usize>, folded: &[char]) -> Option<Personal> {
    const SAYS: [&str; 7] = ["电话", "座机", "手机", "致电", "号码", "联系", "传真"];
    if !matches!(values.len(), 7 | 8) || values[0] < 2 || is_service(values) {
        return None;
    }
    let before: String = folded[at.start.saturating_sub(8)..at.start].iter().collect();
    SAYS.iter().any(|w| before.contains(w)).then_some(Personal::Landline)
}

/// A day written as eight digits is not a telephone number.
fn is_service(values: &[u8]) -> bool {
    values.len() == 8 && has_birthday(values)
}

fn number(values: &[u8]) -> u32 {
    values.iter().fold(0, |n, v| n * 10 + u32::from(*v))
}

fn has_birthday(values: &[u8]) -> bool {
    let year = number(&values[..4]);
    (1900..=2100).contains(&year) && is_month_and_day(&values[4..8])
}

fn has_short_birthday(values: &[u8]) -> bool {
    is_month_and_day(&values[2..6])
}

fn is_month_and_day(values: &[u8]) -> bool {
    (1..=12).contains(&number(&values[..2])) && (1..=31).contains(&number(&values[2..4]))
}

fn passes_luhn(values: &[u8]) -> bool {
    let sum: u32 = values
        .iter()
        .rev()
        .enumerate()
        .map(|(i, v)| match (i % 2, u32::from(*v) * 2) {
            (0, _) => u32::from(*v),
            (_, twice) if twice > 9 => twice - 9,
            (_, twice) => twice,
        })
        .sum();
    sum.is_multiple_of(10)
}
