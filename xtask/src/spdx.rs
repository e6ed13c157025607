//! Licence expressions: `MIT OR (Apache-2.0 AND BSD-3-Clause)`, read far enough to judge them.

use anyhow::{Result, bail};

/// The licence ids of an expression that make it acceptable, or `None` if none of its choices is
/// allowed. `/`, as old crates write it, is `OR`.
///
/// # Errors
/// If the expression cannot be read.
pub fn accepted<'a>(expression: &'a str, allowed: &dyn Fn(&str) -> bool) -> Result<Option<Vec<&'a str>>> {
    let words = words(expression);
    let mut reader = Reader { words: &words, at: 0, allowed };
    let result = reader.either()?;
    if reader.at != words.len() {
        bail!("cannot read the licence expression `{expression}`");
    }
    Ok(result)
}

fn words(expression: &str) -> Vec<&str> {
    let mut words = Vec::new();
    for part in expression.split_whitespace() {
        let mut rest = part;
        while let Some(at) = rest.find(['(', ')', '/']) {
            if at > 0 {
                words.push(&rest[..at]);
            }
            words.push(&rest[at..=at]);
            rest = &rest[at + 1..];
        }
        if !rest.is_empty() {
            words.push(rest);
        }
    }
    words
}

struct Reader<'r, 'a> {
    words: &'r [&'a str],
    at: usize,
    allowed: &'r dyn Fn(&str) -> bool,
}

/// The ids that were relied on, or `None` for "not allowed".
type Verdict<'a> = Option<Vec<&'a str>>;

impl<'a> Reader<'_, 'a> {
    fn next_is(&mut self, choices: &[&str]) -> bool {
        let hit = self.words.get(self.at).is_some_and(|w| choices.contains(w));
        self.at += usize::from(hit);
        hit
    }

    fn either(&mut self) -> Result<Verdict<'a>> {
        let mut verdict = self.all()?;
        while self.next_is(&["OR", "/"]) {
            let other = self.all()?;
            verdict = verdict.or(other);
        }
        Ok(verdict)
    }

    fn all(&mut self) -> Result<Verdict<'a>> {
        let mut verdict = self.one()?;
        while self.next_is(&["AND"]) {
            let other = self.one()?;
            verdict = verdict.zip(other).map(|(mut ours, theirs)| {
                ours.extend(theirs);
                ours
            });
        }
        Ok(verdict)
    }

    fn one(&mut self) -> Result<Verdict<'a>> {
        if self.next_is(&["("]) {
            let verdict = self.either()?;
            if !self.next_is(&[")"]) {
                bail!("a bracket is left open in a licence expression");
            }
            return Ok(verdict);
        }
        let Some(id) = self.words.get(self.at).copied() else { bail!("a licence expression ends too early") };
        if ["(", ")", "/", "OR", "AND", "WITH"].contains(&id) {
            bail!("a licence expression has {id} where a licence should be");
        }
        self.at += 1;
        if self.next_is(&["WITH"]) {
            // An exception only widens what the licence permits.
            self.at += 1;
        }
        Ok((self.allowed)(id).then(|| vec![id]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(id: &str) -> bool {
        ["MIT", "Apache-2.0", "Zlib"].contains(&id)
    }

    #[test]
    fn an_allowed_choice_is_enough_and_every_part_of_an_and_is_needed() {
        let cases = [
            ("MIT", Some(vec!["MIT"])),
            ("GPL-3.0-only", None),
            ("GPL-3.0-only OR MIT", Some(vec!["MIT"])),
            ("MIT/Apache-2.0", Some(vec!["MIT"])),
            ("MIT AND GPL-2.0-only", None),
            ("(MIT OR GPL-2.0-only) AND Zlib", Some(vec!["MIT", "Zlib"])),
            ("Apache-2.0 WITH LLVM-exception OR GPL-2.0-only", Some(vec!["Apache-2.0"])),
        ];
        for (expression, want) in cases {
            assert_eq!(accepted(expression, &ours).unwrap(), want, "{expression}");
        }
    }

    #[test]
    fn nonsense_is_an_error() {
        for expression in ["", "MIT OR", "(MIT", "MIT MIT", ")"] {
            assert!(accepted(expression, &ours).is_err(), "{expression}");
        }
    }
}
