//! The nouns of the case room. Constructors refuse bad values, so that a value that exists is sound.

mod draft;
mod kinds;
mod link;
mod noun;
mod order;
mod routing;
mod text;

pub use draft::{DRAFT_MS, DRAFT_PHOTOS, Draft, DraftPhoto, Said};
pub use kinds::{ActKind, By, Channel, ClockState, Ending, Level, RequestKind, Stage};
pub use link::{Link, LinkKind, LinkOrder, SplitOrder};
pub use noun::{
    Case, CaseNumber, Category, Holder, Point, Question, QuestionKind, Reporter, Spot, UnitPick, letters,
    term_of,
};
pub use order::{AcceptOrder, AnswerOrder, DispatchOrder, Intake, ReasonOrder, Receipt, ReportOrder};
pub use routing::{
    NewRule, PastMatter, RouteDays, RouteOrigin, RoutePublication, RouteRule, RouteState, RouteTable,
    RouteWhen,
};
pub use text::{Body, Line, Title};
