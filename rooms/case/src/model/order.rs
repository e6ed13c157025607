//! What the deeds are asked to do: the checked contents of forms and requests.

use access::Place;
use base::{Id, Invalid, Millis, Stop};

use super::{Body, Case, Channel, Ending, Line, Reporter, Spot, Title};

/// A matter that comes in (来件), whatever its channel. Built by [`Intake::new`], then completed by
/// its fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intake {
    /// How it came in.
    pub channel: Channel,
    /// Where it is. At least the county must be known.
    pub place: Place,
    /// Its category.
    pub category: i64,
    /// One line.
    pub title: Title,
    /// The matter in full.
    pub body: Body,
    /// Where exactly.
    pub spot: Spot,
    /// Answers to the category's extra questions, by the question's code.
    pub answers: Vec<(String, String)>,
    /// Who brought it, if they want to be reached.
    pub reporter: Reporter,
    /// Whether it may be shown (masked) on the public list; the category may forbid it.
    pub is_public: bool,
    /// The sender's key: the same key with the same content is the same case (幂等键).
    pub key: Option<String>,
    /// When the resident brought it, where that was earlier than its registration (imports only).
    pub brought: Option<Millis>,
    /// The batch and the row's digest, for imports.
    pub batch: Option<(i64, Vec<u8>)>,
}

impl Intake {
    /// A matter with the least that is needed.
    ///
    /// # Errors
    /// Invalid by field: `place` without a county, `category` missing.
    pub fn new(
        channel: Channel,
        place: Place,
        category: i64,
        title: Title,
        body: Body,
    ) -> Result<Self, Stop> {
        let mut invalid = Invalid::default();
        if place.county == 0 {
            invalid.push("place", "case.field.place_too_wide");
        }
        if category == 0 {
            invalid.push("category", "case.field.missing");
        }
        invalid.or(Self {
            channel,
            place,
            category,
            title,
            body,
            spot: Spot::default(),
            answers: Vec::new(),
            reporter: Reporter::default(),
            is_public: true,
            key: None,
            brought: None,
            batch: None,
        })
    }
}

/// What a sender keeps (回执): the number, and the code that opens the follow-up page without an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The case.
    pub id: Id<Case>,
    /// Its number.
    pub number: String,
    /// The code. It is derived from the installation's key and the case, and stored nowhere.
    pub code: String,
    /// Whether this answers a repeated request: nothing new was made.
    pub repeated: bool,
    /// When the answer is due.
    pub due: Millis,
    /// The unit that has it now; 0 if none answers for the place yet.
    pub unit: i64,
}

/// Accepting (受理), with the clerk's correction of category or place if they were wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AcceptOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// The right category, if another.
    pub category: Option<i64>,
    /// The right place, if another.
    pub place: Option<Place>,
}

/// Sending to a unit (派单).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispatchOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// To which unit.
    pub unit: i64,
    /// To one account of it, e.g. the grid worker; 0 = the unit decides.
    pub account: i64,
    /// What the unit should know.
    pub words: Option<Body>,
}

/// An act that needs a reason (退回、退单、核实不通过、未解决、重新办理、上报).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReasonOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// Why, and for a return also what the sender can do next.
    pub reason: Body,
}

/// Giving back what is not one's own (退单、提请裁定).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclineOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// Why.
    pub reason: Body,
    /// The entry of the duty list that says so (职责清单条目).
    pub duty_entry: Line,
}

/// Letting the office's clocks stand still (暂停计时).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PauseOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// A code of the pack's reasons.
    pub reason: String,
    /// What the resident is told besides.
    pub words: Option<Body>,
    /// The paper that proves it, where there is no file of evidence on the case.
    pub paper: Option<Line>,
}

/// Asking for more time (申请延期).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtendOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// How much, in the unit that the pack gives.
    pub n: u32,
    /// Why.
    pub reason: Body,
}

/// Reporting as done (反馈), with evidence in words; photos are files of the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// What came of it.
    pub ending: Ending,
    /// What was done: becomes the answer unless the verifier writes another.
    pub words: Body,
    /// The title or number of a paper that proves it, where there is no photograph (证明材料名称或文号).
    pub paper: Option<Line>,
    /// The sheet that was signed for it, named; never who signed (签收凭证名称或编号).
    pub signed: Option<Line>,
}

/// Closing with an answer to the resident (核实办结、直接答复).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnswerOrder {
    /// The version that the form showed.
    pub version: Option<i64>,
    /// How it ended; at verification `None` keeps what was reported.
    pub ending: Option<Ending>,
    /// The answer as the resident reads it; at verification `None` keeps the report's words.
    pub answer: Option<Body>,
    /// For a duplicate: the number of the other case.
    pub same_as: Option<String>,
    /// For a referral: to whom it was handed.
    pub referred_to: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_intake_needs_a_county_and_a_category() {
        let title = Title::new("title", "路灯坏了").unwrap();
        let body = Body::new("body", "路灯坏了").unwrap();
        let nowhere = Intake::new(Channel::Web, Place::default(), 0, title.clone(), body.clone());
        assert!(matches!(nowhere, Err(Stop::Invalid(i)) if i.fields.len() == 2));
        let somewhere = Place { county: 3, ..Place::default() };
        assert!(Intake::new(Channel::Web, somewhere, 1, title, body).is_ok());
    }
}
