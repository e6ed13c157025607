//! Made-up people and offices (演示人员): one account per role, for the demo and for the stories.

mod cast;
mod sheets;

pub use cast::{Cast, CastPlaces, CastUnits, DEMO_PASSWORD, DEMO_SECRET, Member, cast};
pub use sheets::samples;
