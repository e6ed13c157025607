//! The pure decisions of the room: who may do what where (`policy`), which powers nobody may hold
//! together (`separation`), what a password must be and when to wait (`password`), and the second
//! factor (`second`).

mod digest;
mod password;
mod policy;
mod second;
mod separation;

pub use digest::{password_digest, password_fits};
pub use password::{TRIES, WINDOW_MS, must_wait_until, password_fault};
pub use policy::{POLICY, Reach, may, may_view, scope_filter, view_filter};
pub use second::{accepted_step, code_at, otpauth_uri, recovery_form, secret_text};
pub use separation::{may_appoint, may_combine, may_join};
