//! Checks of a matter against the catalogue of categories: may it be chosen now, are its extra
//! questions answered. Registration is never blocked for belonging elsewhere.

use base::{Invalid, Millis, limits};

use crate::model::{Category, Question, QuestionKind, Spot};

/// The category may be chosen at `at` and is not a mere heading.
///
/// # Errors
/// Invalid by field `category`.
pub fn may_choose(category: Option<&Category>, at: Millis) -> Result<(), Invalid> {
    match category {
        None => Err(Invalid::field("category", "case.field.category_unknown")),
        Some(c) if !c.is_valid(at) => Err(Invalid::field("category", "case.field.category_over")),
        Some(c) if c.kind.is_none() => Err(Invalid::field("category", "case.field.category_heading")),
        Some(_) => Ok(()),
    }
}

/// A matter that must be found on the ground says where: a village, a position, or a place in words.
///
/// # Errors
/// Invalid by field `spot`.
pub fn must_have_place(category: &Category, place: &access::Place, spot: &Spot) -> Result<(), Invalid> {
    let said = place.village != 0 || spot.point.is_some() || spot.words.chars().count() >= 2;
    if category.needs_place && !said { Err(Invalid::field("spot", "case.field.spot_needed")) } else { Ok(()) }
}

/// The answers to the extra questions, in their order; unknown codes are dropped.
///
/// # Errors
/// Invalid by field `answer.<code>`.
pub fn checked_answers(
    questions: &[Question],
    given: &[(String, String)],
) -> Result<Vec<(String, String)>, Invalid> {
    let mut invalid = Invalid::default();
    let mut kept = Vec::new();
    for q in questions {
        let answer = given.iter().find(|(code, _)| *code == q.code).map_or("", |(_, a)| a.trim());
        let field = || format!("answer.{}", q.code);
        match fault_of(q, answer) {
            Some(key) => invalid.push(field(), key),
            None if answer.is_empty() => {}
            None => kept.push((q.code.clone(), answer.to_owned())),
        }
    }
    if invalid.fields.is_empty() { Ok(kept) } else { Err(invalid) }
}

fn fault_of(q: &Question, answer: &str) -> Option<&'static str> {
    if answer.is_empty() {
        return q.required.then_some("case.field.missing");
    }
    let fits = match q.kind {
        QuestionKind::Text => {
            answer.chars().count() <= limits::LINE_CHARS && !answer.chars().any(char::is_control)
        }
        QuestionKind::Number => answer.parse::<i64>().is_ok(),
        QuestionKind::YesNo => matches!(answer, "yes" | "no"),
        QuestionKind::Choice => q.choices.iter().any(|c| c == answer),
        QuestionKind::Date => answer.parse::<jiff::civil::Date>().is_ok(),
    };
    (!fits).then_some("case.field.answer_unfit")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(code: &str, kind: QuestionKind, required: bool) -> Question {
        Question {
            code: code.into(),
            label: code.into(),
            kind,
            required,
            choices: vec!["甲".into(), "乙".into()],
        }
    }

    #[test]
    fn answers_are_checked_by_kind() {
        let qs = [
            question("n", QuestionKind::Number, true),
            question("c", QuestionKind::Choice, false),
            question("d", QuestionKind::Date, false),
            question("y", QuestionKind::YesNo, false),
        ];
        let given = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()
        };
        assert_eq!(checked_answers(&qs, &given(&[("n", " 3 "), ("x", "1")])).unwrap(), given(&[("n", "3")]));
        let bad =
            checked_answers(&qs, &given(&[("c", "丙"), ("d", "2026-02-30"), ("y", "maybe")])).unwrap_err();
        let fields: Vec<_> = bad.fields.iter().map(|f| f.field.as_ref()).collect();
        assert_eq!(fields, ["answer.n", "answer.c", "answer.d", "answer.y"]);
    }

    #[test]
    fn a_category_must_exist_be_valid_and_be_a_leaf() {
        let c = crate::rules::sample::category();
        let heading = Category { kind: None, ..c.clone() };
        assert!(may_choose(Some(&c), Millis(10)).is_ok());
        assert!(may_choose(Some(&c), Millis(20)).is_err());
        assert!(may_choose(Some(&heading), Millis(10)).is_err());
        assert!(may_choose(None, Millis(10)).is_err());
    }
}
