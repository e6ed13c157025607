//! Sample pages of the kit.

use crate::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    Vec::new()
}
