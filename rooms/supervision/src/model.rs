//! The nouns: an entry of a supervision list, its acts and its terms; a meeting with its agenda and tasks; a sweep
//! with its returns and findings.

mod entry;
mod kinds;
mod meeting;
mod reception;
mod sweep;
mod text;

pub use entry::{Act, AssignOrder, Entry, Four, ListOrder, Marks, Nomination, Terms, Visit};
pub use kinds::{ActKind, By, Level, MeetingStage, Origin, Rung, Stage, SweepKind, TaskState};
pub use meeting::{Item, Meeting, NewMeeting, NewTask, Task};
pub use reception::{Held, NewReception, Reception};
pub use sweep::{Finding, NewSweep, Return, Sweep};
pub use text::{long_text, one_line, short_text};
