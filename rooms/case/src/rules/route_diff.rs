//! Two versions of the routing table held against each other, and one carried over onto another (规则表比较、并入).
//! A rule is known by its code in every version.

use std::collections::HashMap;

use crate::model::RouteRule;

/// What differs (差异).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change<'a> {
    /// It is new.
    Added(&'a RouteRule),
    /// It is gone.
    Removed(&'a RouteRule),
    /// It says something else: before, after.
    Changed(&'a RouteRule, &'a RouteRule),
    /// It stands elsewhere.
    Moved(&'a RouteRule),
}

impl Change<'_> {
    /// The catalogue's key of what happened.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Added(_) => "case.route.added",
            Self::Removed(_) => "case.route.removed",
            Self::Changed(..) => "case.route.changed",
            Self::Moved(_) => "case.route.moved",
        }
    }
}

fn by_code(rules: &[RouteRule]) -> HashMap<&str, &RouteRule> {
    rules.iter().map(|r| (r.code.as_str(), r)).collect()
}

/// What a version says otherwise than the one before: in its own order, what is gone at the end.
pub fn differences<'a>(before: &'a [RouteRule], after: &'a [RouteRule]) -> Vec<Change<'a>> {
    let (old, new) = (by_code(before), by_code(after));
    let stayed = longest_common(
        &before.iter().map(|r| r.code.as_str()).filter(|c| new.contains_key(c)).collect::<Vec<_>>(),
        &after.iter().map(|r| r.code.as_str()).filter(|c| old.contains_key(c)).collect::<Vec<_>>(),
    );
    let mut changes = Vec::new();
    for rule in after {
        match old.get(rule.code.as_str()) {
            None => changes.push(Change::Added(rule)),
            Some(was) if !was.says_same(rule) => changes.push(Change::Changed(was, rule)),
            Some(_) if !stayed.contains(&rule.code.as_str()) => changes.push(Change::Moved(rule)),
            Some(_) => {}
        }
    }
    changes.extend(before.iter().filter(|r| !new.contains_key(r.code.as_str())).map(Change::Removed));
    changes
}

/// Whether two versions say the same in the same order.
pub fn are_same(a: &[RouteRule], b: &[RouteRule]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.says_same(y))
}

/// The codes that keep their order between two lists: those that are left are the ones that moved.
fn longest_common<'a>(a: &[&'a str], b: &[&'a str]) -> Vec<&'a str> {
    let mut best = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            best[i][j] =
                if a[i] == b[j] { best[i + 1][j + 1] + 1 } else { best[i + 1][j].max(best[i][j + 1]) };
        }
    }
    let (mut i, mut j, mut kept) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            kept.push(a[i]);
            (i, j) = (i + 1, j + 1);
        } else if best[i + 1][j] >= best[i][j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    kept
}

/// Mine with what theirs changed since both began from `base`: of a rule that both changed, mine stays. Positions are
/// counted anew; ids are those of the rules taken.
pub fn carried_over(base: &[RouteRule], mine: &[RouteRule], theirs: &[RouteRule]) -> Vec<RouteRule> {
    let (was, own, other) = (by_code(base), by_code(mine), by_code(theirs));
    let kept = |code: &str| -> Option<RouteRule> {
        let same = |a: Option<&&RouteRule>, b: Option<&&RouteRule>| match (a, b) {
            (None, None) => true,
            (Some(a), Some(b)) => a.says_same(b),
            _ => false,
        };
        // What I left as it was is as they have it.
        let take = if same(was.get(code), own.get(code)) { &other } else { &own };
        take.get(code).map(|r| (*r).clone())
    };
    let order = |rules: &[RouteRule]| -> Vec<String> { rules.iter().map(|r| r.code.clone()).collect() };
    let common = |rules: &[RouteRule]| -> Vec<String> {
        order(rules)
            .into_iter()
            .filter(|c| was.contains_key(c.as_str()) && own.contains_key(c.as_str()))
            .collect()
    };
    // Whoever moved rules gives the order; where both did, mine.
    let (frame, more) = if common(base) == common(mine) {
        (order(theirs), order(mine))
    } else {
        (order(mine), order(theirs))
    };
    let mut rules: Vec<RouteRule> = woven(frame, &more).iter().filter_map(|code| kept(code)).collect();
    rules.iter_mut().zip(0..).for_each(|(rule, position)| rule.position = position);
    rules
}

/// One order with the codes that it lacks, each put behind the one that it stands behind in its own order.
fn woven(mut frame: Vec<String>, more: &[String]) -> Vec<String> {
    let mut behind: Option<&String> = None;
    for code in more {
        if !frame.contains(code) {
            let at = behind.and_then(|b| frame.iter().position(|c| c == b)).map_or(0, |at| at + 1);
            frame.insert(at, code.clone());
        }
        behind = Some(code);
    }
    frame
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample::rule;
    use proptest::prelude::*;

    fn table(text: &str) -> Vec<RouteRule> {
        // "a b2 c": codes, each with a number that stands for what it says.
        let one = |(at, word): (usize, &str)| {
            let (code, says) = word.split_at(1);
            RouteRule { position: at as i64, why: says.to_owned(), ..rule(code) }
        };
        text.split_whitespace().enumerate().map(one).collect()
    }

    fn said(rules: &[RouteRule]) -> String {
        rules.iter().map(|r| format!("{}{}", r.code, r.why)).collect::<Vec<_>>().join(" ")
    }

    fn told(before: &str, after: &str) -> Vec<String> {
        let (before, after) = (table(before), table(after));
        let one = |c: Change<'_>| match c {
            Change::Added(r) => format!("+{}", r.code),
            Change::Removed(r) => format!("-{}", r.code),
            Change::Changed(_, r) => format!("={}", r.code),
            Change::Moved(r) => format!("~{}", r.code),
        };
        differences(&before, &after).into_iter().map(one).collect()
    }

    #[test]
    fn every_sort_of_difference_is_told() {
        assert_eq!(told("a b c d", "a b c d"), Vec::<String>::new());
        assert_eq!(told("a b c d", "x a b2 d"), ["+x", "=b", "-c"]);
        assert_eq!(told("a b c d", "d a b c"), ["~d"]);
    }

    #[test]
    fn a_draft_is_carried_over_what_was_published_meanwhile() {
        let over = |base, mine, theirs| said(&carried_over(&table(base), &table(mine), &table(theirs)));
        assert_eq!(over("a b c", "a b2 c", "a b c3"), "a b2 c3");
        assert_eq!(over("a b c", "a x b c", "a b c y"), "a x b c y");
        assert_eq!(over("a b c", "a c", "a b c2"), "a c2", "what I took out stays out");
        assert_eq!(over("a b c", "a b2 c", "a c"), "a b2 c", "what I changed stays though they took it out");
        assert_eq!(over("a b c", "a b c", "c b a"), "c b a");
        assert_eq!(over("a b c", "b a c", "c b a"), "b a c", "both moved: mine");
        assert_eq!(over("a b", "a b", "b"), "b");
    }

    proptest! {
        #[test]
        fn what_i_did_not_touch_is_theirs_and_what_they_did_not_touch_is_mine(
            base in proptest::sample::subsequence(vec!["a","b","c","d","e","f"], 0..6),
            other in proptest::sample::subsequence(vec!["a2","b","c2","d","e","g"], 0..6),
        ) {
            let (base, other) = (table(&base.join(" ")), table(&other.join(" ")));
            prop_assert!(are_same(&carried_over(&base, &base, &other), &other));
            prop_assert_eq!(said(&carried_over(&base, &other, &base)), said(&other));
        }
    }
}
