//! What a resident sees of the work on their matter (公开办理过程): every step and unit, the reasons and
//! answers that are meant for them; no names, no internal words.

use crate::model::ActKind;

/// Whether the step appears in the resident's timeline.
pub const fn resident_sees(act: ActKind) -> bool {
    !matches!(
        act,
        ActKind::Note | ActKind::Metoo | ActKind::Extend | ActKind::Deny | ActKind::Link | ActKind::Unlink
    )
}

/// Whether the resident reads the words that came with it.
pub const fn resident_reads(act: ActKind) -> bool {
    matches!(
        act,
        ActKind::Return
            | ActKind::Supplement
            | ActKind::Withdraw
            | ActKind::Verify
            | ActKind::Close
            | ActKind::Confirm
            | ActKind::Contest
            | ActKind::Reopen
            | ActKind::Escalate
            | ActKind::Retime
            | ActKind::Pause
            | ActKind::Resume
            | ActKind::Grant
            | ActKind::Urge
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_seen() {
        for act in ActKind::ALL {
            assert!(!resident_reads(*act) || resident_sees(*act));
        }
    }

    #[test]
    fn a_refusal_to_take_it_is_between_the_offices() {
        assert!(
            !resident_reads(ActKind::Decline)
                && !resident_reads(ActKind::Dispatch)
                && !resident_reads(ActKind::Reject)
        );
        assert!(resident_reads(ActKind::Return) && resident_reads(ActKind::Verify));
    }
}
