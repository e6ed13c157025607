//! The nouns of the case room. Constructors refuse bad values, so that a value that exists is sound.

#[macro_use]
mod kinds;
mod clock;
mod draft;
mod link;
mod noun;
mod order;
mod routing;
mod text;
mod whistle;

pub use clock::{CaseClock, ClockKind, state_code, state_of, told_rank};
pub use draft::{DRAFT_MS, DRAFT_PHOTOS, Draft, DraftPhoto, Said};
pub use kinds::{ActKind, By, Channel, ClockState, Ending, Level, Proof, RequestKind, Stage};
pub use link::{Link, LinkKind, LinkOrder, SplitOrder};
pub use noun::{
    Case, CaseNumber, Category, Holder, Point, Question, QuestionKind, Reporter, Spot, UnitPick, letters,
    term_of,
};
pub use order::{
    AcceptOrder, AnswerOrder, DeclineOrder, DispatchOrder, ExtendOrder, Intake, PauseOrder, ReasonOrder,
    Receipt, ReportOrder,
};
pub use routing::{
    NewRule, PastMatter, RouteDays, RouteOrigin, RoutePublication, RouteRule, RouteState, RouteTable,
    RouteWhen,
};
pub use text::{Body, Line, Title};
pub use whistle::{
    Call, CallAct, CallHand, CallRole, CallState, Called, Rating, Stars, Whistle, WhistleOrder,
};
