//! Texts with limits. A text that exists is trimmed, has no control characters and fits.

use base::{Invalid, Stop, limits};

/// Removes what no screen shows and no clerk typed: control characters (line breaks stay), blanks at
/// both ends, and Windows' carriage returns.
fn tidy(raw: &str) -> String {
    let kept: String = raw.chars().filter(|c| *c == '\n' || *c == '\t' || !c.is_control()).collect();
    kept.trim().to_owned()
}

fn checked(field: &'static str, raw: &str, min: usize, max: usize) -> Result<String, Stop> {
    let text = tidy(raw);
    let count = text.chars().count();
    if count == 0 && min > 0 {
        return Err(Invalid::field(field, "case.field.missing").into());
    }
    if count < min {
        let mut invalid = Invalid::default();
        invalid.push_with(
            field,
            "case.field.too_short",
            vec![("min", min.to_string()), ("count", count.to_string())],
        );
        return Err(invalid.into());
    }
    if count > max {
        let mut invalid = Invalid::default();
        invalid.push_with(
            field,
            "case.field.too_long",
            vec![("max", max.to_string()), ("count", count.to_string())],
        );
        return Err(invalid.into());
    }
    Ok(text)
}

macro_rules! text {
    ($(#[$meta:meta])* $name:ident, $min:expr, $max:expr) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub struct $name(String);

        impl $name {
            /// Takes what was typed under the form's field `field`.
            ///
            /// # Errors
            /// Invalid by field: missing, too short or too long.
            pub fn new(field: &'static str, raw: &str) -> Result<Self, Stop> {
                checked(field, raw, $min, $max).map(Self)
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }
    };
}

text!(
    /// A case's title (标题): one line of 2 to 100 characters.
    Title, 2, limits::LINE_CHARS
);
text!(
    /// A case's text, a reason, a note, an answer (正文): 2 to 5,000 characters.
    Body, 2, limits::TEXT_CHARS
);
text!(
    /// A line that may be empty (一行): an address in words, a document number.
    Line, 0, limits::LINE_CHARS
);

impl Body {
    /// An answer that was given elsewhere and comes in by a table (历史答复): it may be longer than what is
    /// written here, because it is on record as it is.
    ///
    /// # Errors
    /// Invalid by field: missing, too short or too long.
    pub fn of_record(field: &'static str, raw: &str) -> Result<Self, Stop> {
        checked(field, raw, 2, limits::ANSWER_CHARS).map(Self)
    }
}

impl Line {
    /// A line that may not be empty here.
    ///
    /// # Errors
    /// Invalid by field: missing or too long.
    pub fn filled(field: &'static str, raw: &str) -> Result<Self, Stop> {
        checked(field, raw, 1, limits::LINE_CHARS).map(Self)
    }
}

impl Title {
    /// The title of a matter that came without one: its first sentence, cut where a screen cuts.
    pub fn from_body(body: &Body) -> Self {
        const CHARS: usize = 28;
        let first = body
            .as_str()
            .split(['\n', '\u{3002}', '!', '?', '\u{ff01}', '\u{ff1f}'])
            .find(|s| s.trim().chars().count() >= 2);
        let line = first.unwrap_or(body.as_str()).trim();
        let mut cut: String = line.chars().take(CHARS).collect();
        if line.chars().count() > CHARS {
            cut.push('…');
        }
        Self(cut)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_title_is_the_first_sentence() {
        let body = Body::new("body", "村口路灯坏了三天。晚上很黑,老人不敢出门。").unwrap();
        assert_eq!(Title::from_body(&body).as_str(), "村口路灯坏了三天");
    }

    #[test]
    fn limits_are_said_by_field() {
        assert!(
            matches!(Body::new("body", " \u{0} "), Err(Stop::Invalid(i)) if i.fields[0].key == "case.field.missing")
        );
        assert!(
            matches!(Body::new("body", "好"), Err(Stop::Invalid(i)) if i.fields[0].key == "case.field.too_short")
        );
        let long = "长".repeat(limits::TEXT_CHARS + 1);
        assert!(
            matches!(Body::new("body", &long), Err(Stop::Invalid(i)) if i.fields[0].key == "case.field.too_long")
        );
        assert!(Line::new("spot", "").is_ok());
    }

    proptest! {
        #[test]
        fn a_text_that_exists_is_clean(raw in "\\PC{0,200}") {
            if let Ok(b) = Body::new("body", &raw) {
                prop_assert!(b.as_str().chars().count() >= 2);
                prop_assert_eq!(b.as_str(), b.as_str().trim());
                let t = Title::from_body(&b);
                prop_assert!(t.as_str().chars().count() <= 29);
                prop_assert!(!t.as_str().is_empty());
            }
        }
    }
}
