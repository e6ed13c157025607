//! Personal data that has letters: e-mail addresses, number plates, chat accounts.

use super::{Found, Personal};

/// E-mail addresses, also with blanks around the at-sign or with `(at)`.
pub(super) fn emails(folded: &[char]) -> Vec<Found> {
    let mut finds = Vec::new();
    for at in 0..folded.len() {
        let Some(width) = at_sign(&folded[at..]) else { continue };
        let left_end = back_over_blanks(folded, at);
        let right_start = over_blanks(folded, at + width);
        let left = (0..left_end).rev().take_while(|i| is_local(folded[*i])).count();
        let right = folded[right_start..].iter().take_while(|c| is_domain(**c)).count();
        let domain: String = folded[right_start..right_start + right].iter().collect();
        if left > 0 && domain.trim_matches('.').contains('.') {
            finds.push(Found { chars: left_end - left..right_start + right, kind: Personal::Email });
        }
    }
    finds
}

fn at_sign(rest: &[char]) -> Option<usize> {
    let starts = |word: &str| {
        word.chars().count() <= rest.len() && word.chars().zip(rest).all(|(a, b)| a == b.to_ascii_lowercase())
    };
    ["@", "(at)", "[at]", "#"].into_iter().find(|w| starts(w)).map(|w| w.chars().count())
}

fn is_local(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%')
}

fn is_domain(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-')
}

fn over_blanks(folded: &[char], from: usize) -> usize {
    from + folded[from..].iter().take_while(|c| **c == ' ').count().min(3)
}

fn back_over_blanks(folded: &[char], to: usize) -> usize {
    to - folded[..to].iter().rev().take_while(|c| **c == ' ').count().min(3)
}

/// Number plates: province, letter, five or six places with at least one digit.
pub(super) fn plates(folded: &[char]) -> Vec<Found> {
    const PROVINCES: &str = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领";
    const ENDS: &str = "挂学警港澳试超";
    let mut finds = Vec::new();
    for (at, c) in folded.iter().enumerate() {
        if !PROVINCES.contains(*c) {
            continue;
        }
        let letter = over_blanks(folded, at + 1);
        if !folded.get(letter).is_some_and(char::is_ascii_alphabetic) {
            continue;
        }
        let mut end = letter + 1;
        let (mut places, mut digits, mut gap) = (0, 0, 0);
        while let Some(c) = folded.get(end).filter(|_| places < 6) {
            if c.is_ascii_alphanumeric() || (places >= 4 && ENDS.contains(*c)) {
                places += 1;
                digits += usize::from(c.is_ascii_digit());
                gap = 0;
            } else if gap < 2 && matches!(c, ' ' | '·' | '.' | '-' | '•' | '\u{30fb}') {
                gap += 1;
            } else {
                break;
            }
            end += 1;
        }
        if places >= 5 && digits >= 1 {
            finds.push(Found { chars: at..end - gap, kind: Personal::Plate });
        }
    }
    finds
}

/// What follows a chat service's name: an account of five characters or more.
pub(super) fn chats(folded: &[char]) -> Vec<Found> {
    const SERVICES: [&str; 6] = ["微信", "薇信", "wechat", "vx", "qq", "wx"];
    const BETWEEN: &str = "号码同是为加： :=_联系方式账帐群";
    let lower: Vec<char> = folded.iter().map(char::to_ascii_lowercase).collect();
    let mut finds = Vec::new();
    for service in SERVICES {
        let name: Vec<char> = service.chars().collect();
        for at in 0..lower.len().saturating_sub(name.len()) {
            let within_word = at > 0 && lower[at - 1].is_ascii_alphanumeric() && name[0].is_ascii();
            if within_word || lower[at..at + name.len()] != name[..] {
                continue;
            }
            let after = at + name.len();
            let from = after + lower[after..].iter().take_while(|c| BETWEEN.contains(**c)).count().min(8);
            let size = lower[from..]
                .iter()
                .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
                .count();
            if size >= 5 && lower[from..from + size].iter().any(char::is_ascii_digit) {
                finds.push(Found { chars: from..from + size, kind: Personal::Chat });
            }
        }
    }
    finds
}
