//! Lists of exceptions. An entry is `path: what`, as tidy prints it without the line, or `path: *`
//! for a whole file; an entry that nothing needs any more is itself a finding, so that the lists
//! can only shrink.

use super::Finding;

/// What is left of a rule's findings after its list.
#[derive(Debug, PartialEq, Eq)]
pub struct Judged {
    /// Not on the list.
    pub left: Vec<Finding>,
    /// On the list, but no longer found.
    pub stale: Vec<String>,
    /// Found, and on the list.
    pub excepted: usize,
}

/// Where a rule's list is.
pub fn path(rule: &str) -> String {
    format!("xtask/allow/{rule}.txt")
}

/// The entries of a list: lines without comments (`#`) and empty lines.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#')).map(str::to_owned).collect()
}

/// Takes the list's entries out of the findings.
pub fn judge(mut findings: Vec<Finding>, list: &str) -> Judged {
    findings.sort();
    let all = findings.len();
    let mut stale = Vec::new();
    for entry in lines(list) {
        let before = findings.len();
        findings.retain(|f| format!("{}: {}", f.path, f.what) != entry && format!("{}: *", f.path) != entry);
        if findings.len() == before {
            stale.push(entry);
        }
    }
    Judged { excepted: all - findings.len(), left: findings, stale }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_excuses_what_it_names_and_nothing_else() {
        let findings = vec![Finding::new("a.rs", 3, "too long"), Finding::new("b.rs", 1, "too long")];
        let judged = judge(findings, "# why\na.rs: too long\n");
        assert_eq!((judged.left.len(), judged.stale.len(), judged.excepted), (1, 0, 1));
        assert_eq!(judged.left[0].path, "b.rs");
    }

    #[test]
    fn an_entry_can_excuse_a_whole_file() {
        let judged = judge(vec![Finding::new("a.rs", 3, "x"), Finding::new("a.rs", 4, "y")], "a.rs: *\n");
        assert_eq!((judged.left.len(), judged.stale.len(), judged.excepted), (0, 0, 2));
    }

    #[test]
    fn an_entry_that_nothing_needs_is_reported() {
        let judged = judge(Vec::new(), "a.rs: too long\n");
        assert_eq!(judged.stale, ["a.rs: too long"]);
    }
}
