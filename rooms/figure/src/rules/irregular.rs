//! The table of queries for bent clocks (监督查询表): what each looks for, and why it matters. The thresholds are data.

use crate::model::Irregular;

/// One query (监督查询).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Its code.
    pub code: Irregular,
    /// The catalogue's key of what it looks for.
    pub what: &'static str,
    /// The catalogue's key of why that matters.
    pub why: &'static str,
    /// The catalogue's key of what the number in its rows is.
    pub number: &'static str,
}

/// All of them.
pub const CHECKS: &[Check] = &[
    Check {
        code: Irregular::Reopened,
        what: "figure.check.reopened",
        why: "figure.check.reopened.why",
        number: "figure.check.reopened.number",
    },
    Check {
        code: Irregular::Retimed,
        what: "figure.check.retimed",
        why: "figure.check.retimed.why",
        number: "figure.check.retimed.number",
    },
    Check {
        code: Irregular::Recategorised,
        what: "figure.check.recategorised",
        why: "figure.check.recategorised.why",
        number: "figure.check.recategorised.number",
    },
    Check {
        code: Irregular::Reassigned,
        what: "figure.check.reassigned",
        why: "figure.check.reassigned.why",
        number: "figure.check.reassigned.number",
    },
    Check {
        code: Irregular::LastMinute,
        what: "figure.check.last_minute",
        why: "figure.check.last_minute.why",
        number: "figure.check.last_minute.number",
    },
    Check {
        code: Irregular::Paused,
        what: "figure.check.paused",
        why: "figure.check.paused.why",
        number: "figure.check.paused.number",
    },
];

#[cfg(test)]
mod tests {
    use web::Names;

    use super::*;

    #[test]
    fn every_query_has_its_row() {
        for code in Irregular::ALL {
            let check = CHECKS.iter().find(|c| c.code == *code).unwrap();
            assert_eq!(check.what, format!("figure.check.{}", code.name()));
        }
        assert_eq!(CHECKS.len(), Irregular::ALL.len());
    }
}
