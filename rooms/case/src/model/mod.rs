//! The nouns of the case room. Constructors refuse bad values, so that a value that exists is sound.

mod draft;
#[macro_use]
mod kinds;
mod noun;
mod order;
mod text;
mod whistle;

pub use draft::{DRAFT_MS, DRAFT_PHOTOS, Draft, DraftPhoto, Said};
pub use kinds::{ActKind, By, Channel, ClockState, Ending, Level, RequestKind, Stage};
pub use noun::{
    Case, CaseNumber, Category, Holder, Point, Question, QuestionKind, Reporter, RouteRule, Spot, UnitPick,
    letters, term_of,
};
pub use order::{AcceptOrder, AnswerOrder, DispatchOrder, Intake, ReasonOrder, Receipt, ReportOrder};
pub use text::{Body, Line, Title};
pub use whistle::{
    Call, CallAct, CallHand, CallRole, CallState, Called, Rating, Stars, Whistle, WhistleOrder,
};
