//! Made-up pages of the staff, for pictures and for the checks of words and accessibility.

use web::Sample;

/// The samples.
pub fn samples() -> Vec<Sample> {
    Vec::new()
}
