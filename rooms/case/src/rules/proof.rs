//! What a report as "fixed" must bring (办结材料): by the category's own list, or a photo or a paper where it only says
//! that evidence is needed. What is missing is said at the field where it goes.
//!
//! Deliberately absent: proof of anything but the work. No picture of anybody is asked for.

use base::Invalid;

use crate::model::{Category, Proof};

/// How long an account of what was done must be where a category asks for one.
pub const WORDS_LEAST: usize = 20;

/// What a report brings (已有材料).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Brought {
    /// A picture of how it was.
    pub before: bool,
    /// A picture of how it is now, taken since the case came into these hands.
    pub after: bool,
    /// Any picture of the work.
    pub photo: bool,
    /// A paper, named.
    pub paper: bool,
    /// A sheet that was signed, named.
    pub signed: bool,
    /// How long the account is.
    pub words: usize,
}

impl Brought {
    fn has(&self, proof: Proof) -> bool {
        match proof {
            Proof::Before => self.before,
            Proof::After => self.after,
            Proof::Paper => self.paper,
            Proof::Signature => self.signed,
            Proof::Words => self.words >= WORDS_LEAST,
        }
    }
}

/// The field of a form where a proof goes, and what is said there when it is missing.
const fn place_of(proof: Proof) -> (&'static str, &'static str) {
    match proof {
        Proof::Before => ("photo_before", "case.field.proof.before"),
        Proof::After => ("photo", "case.field.proof.after"),
        Proof::Paper => ("paper", "case.field.proof.paper"),
        Proof::Signature => ("signed", "case.field.proof.signature"),
        Proof::Words => ("words", "case.field.proof.words"),
    }
}

/// Everything that is missing at once.
///
/// # Errors
/// Invalid by field.
pub fn must_bring(category: &Category, brought: &Brought) -> Result<(), Invalid> {
    let mut invalid = Invalid::default();
    for proof in category.proofs.iter().filter(|p| !brought.has(**p)) {
        let (field, key) = place_of(*proof);
        invalid.push(field, key);
    }
    if category.needs_evidence && !brought.photo && !brought.paper {
        invalid.push("photo", "case.field.evidence_needed");
    }
    if invalid.fields.is_empty() { Ok(()) } else { Err(invalid) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::sample;

    #[test]
    fn each_proof_is_missed_at_its_own_field_and_all_at_once() {
        let all = Category { proofs: Proof::ALL.to_vec(), ..sample::category() };
        let missing = must_bring(&all, &Brought::default()).unwrap_err();
        let fields: Vec<_> = missing.fields.iter().map(|f| f.field.to_string()).collect();
        assert_eq!(fields, ["photo_before", "photo", "paper", "signed", "words"]);
        let whole = Brought { before: true, after: true, paper: true, signed: true, words: 20, photo: false };
        assert!(must_bring(&all, &whole).is_ok());
        assert!(must_bring(&all, &Brought { words: 19, ..whole }).is_err());
    }

    #[test]
    fn a_category_that_only_asks_for_evidence_takes_a_photo_or_a_paper() {
        let either = Category { needs_evidence: true, ..sample::category() };
        assert!(must_bring(&either, &Brought::default()).is_err());
        assert!(must_bring(&either, &Brought { photo: true, ..Brought::default() }).is_ok());
        assert!(must_bring(&either, &Brought { paper: true, ..Brought::default() }).is_ok());
        let none = Category { needs_evidence: false, ..either };
        assert!(must_bring(&none, &Brought::default()).is_ok());
    }
}
