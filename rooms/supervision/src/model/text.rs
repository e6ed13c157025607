//! Texts with limits: trimmed, without control characters, not too long.

use base::{Invalid, limits};

fn tidy(raw: &str) -> String {
    let kept: String = raw.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    kept.trim().to_owned()
}

fn checked(invalid: &mut Invalid, field: &'static str, raw: &str, min: usize, max: usize) -> String {
    let text = tidy(raw);
    let count = text.chars().count();
    if count == 0 && min > 0 {
        invalid.push(field, "supervision.invalid.missing");
    } else if count < min {
        invalid.push_with(field, "supervision.invalid.too_short", vec![("min", min.to_string())]);
    } else if count > max {
        invalid.push_with(field, "supervision.invalid.too_long", vec![("max", max.to_string())]);
    }
    text
}

/// A line that must be there: a title, a place (2 to 100 characters). Trouble goes into `invalid`.
pub fn one_line(invalid: &mut Invalid, field: &'static str, raw: &str) -> String {
    checked(invalid, field, raw, 2, limits::LINE_CHARS)
}

/// A line that may be empty.
pub fn short_text(invalid: &mut Invalid, field: &'static str, raw: &str) -> String {
    checked(invalid, field, raw, 0, limits::LINE_CHARS)
}

/// A text that must be there: a problem, a reason, minutes (2 to 5,000 characters).
pub fn long_text(invalid: &mut Invalid, field: &'static str, raw: &str) -> String {
    checked(invalid, field, raw, 2, limits::TEXT_CHARS)
}
