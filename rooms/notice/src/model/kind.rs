//! The kinds of letters (通知类别): for each what its sentence needs, whom it may be for and which ways it may go. A closed
//! list: no kind is about a person, and what fills a sentence is never a text that somebody wrote.

use super::Channel;

/// What may stand in a place of a sentence (参数类型).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// How many.
    Count,
    /// An instant.
    At,
    /// A case's number.
    Number,
    /// A unit, told by its name.
    Unit,
    /// A word of the catalogue.
    Word,
    /// Some words of the catalogue, told one after another.
    Words,
}

/// Whom a kind is for (收件方).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// A unit, a post or an account.
    Staff,
    /// The one who brought the matter.
    Sender,
    /// Whoever tries a way out.
    Trial,
}

/// The ways that a kind may take besides the inbox: none, mail, or mail and text message.
const INBOX: &[Channel] = &[];
const MAIL: &[Channel] = &[Channel::Mail];
const BOTH: &[Channel] = &[Channel::Mail, Channel::Sms];

const NUMBER: (&str, Sort) = ("number", Sort::Number);
const DUE: (&str, Sort) = ("due", Sort::At);
const UNIT: (&str, Sort) = ("unit", Sort::Unit);
const CLOCKS: (&str, Sort) = ("clocks", Sort::Words);

struct Row {
    code: &'static str,
    to: To,
    ways: &'static [Channel],
    params: &'static [(&'static str, Sort)],
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $to:ident, $ways:ident, [$($param:expr),*];)+) => {
        /// A kind of letter.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Kind { $($(#[$doc])* $name),+ }

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Kind] = &[$(Kind::$name),+];

            const fn row(self) -> Row {
                match self {
                    $(Kind::$name => Row { code: $code, to: To::$to, ways: $ways, params: &[$($param),*] }),+
                }
            }
        }
    };
}

kinds! {
    /// The work calendar has changed and moved the deadline.
    CalendarMoved = "case.calendar_moved", Staff, INBOX, [NUMBER, ("was", Sort::At), DUE];
    /// The first warning before the end of these clocks.
    ReminderAmber = "case.reminder_amber", Staff, MAIL, [NUMBER, CLOCKS, DUE];
    /// The last warning before the end of these clocks.
    ReminderRed = "case.reminder_red", Staff, BOTH, [NUMBER, CLOCKS, DUE];
    /// These clocks have run out.
    Missed = "case.missed", Staff, BOTH, [NUMBER, CLOCKS, DUE];
    /// More time is asked for; `due` is the end as it stands.
    ExtensionAsked = "case.extension_asked", Staff, MAIL, [NUMBER, UNIT, DUE];
    /// More time is granted.
    ExtensionGranted = "case.extension_granted", Staff, MAIL, [NUMBER, DUE];
    /// More time is denied; `due` stays.
    ExtensionDenied = "case.extension_denied", Staff, MAIL, [NUMBER, DUE];
    /// A clock stands still.
    Paused = "case.paused", Staff, INBOX, [NUMBER];
    /// A clock runs again.
    Resumed = "case.resumed", Staff, MAIL, [NUMBER, DUE];
    /// A case came up from a unit below.
    Escalated = "case.escalated", Staff, BOTH, [NUMBER, UNIT];
    /// A unit calls this one to a case.
    WhistleCalled = "case.whistle_called", Staff, BOTH, [NUMBER, UNIT, DUE];
    /// The time to answer a call is half over and the called unit has not answered.
    WhistleReminded = "case.whistle_reminded", Staff, MAIL, [NUMBER, UNIT, DUE];
    /// A called unit has not reported: to who called, and to the next level.
    WhistleUnanswered = "case.whistle_unanswered", Staff, BOTH, [NUMBER, UNIT, DUE];
    /// A unit has given a case back as not its own.
    Declined = "case.declined", Staff, MAIL, [NUMBER, UNIT];
    /// A unit says for the second time that a case is not its own: decide.
    ArbitrationAsked = "case.arbitration_asked", Staff, MAIL, [NUMBER, UNIT];
    /// It is decided which unit handles a case.
    Arbitrated = "case.arbitrated", Staff, MAIL, [NUMBER, UNIT];
    /// The sender has urged. How often is not counted.
    Urged = "case.urged", Staff, MAIL, [NUMBER];
    /// The sender says that it is not solved: it is handled again.
    Contested = "case.contested", Staff, MAIL, [NUMBER, DUE];
    /// A unit nominates a matter for a supervision list.
    SupervisionNominated = "supervision.nominated", Staff, MAIL, [NUMBER, UNIT];
    /// A nomination was not taken.
    SupervisionDeclined = "supervision.declined", Staff, MAIL, [NUMBER, UNIT];
    /// A matter stands on a supervision list, and for whom.
    SupervisionListed = "supervision.listed", Staff, BOTH, [NUMBER, UNIT, DUE];
    /// The first warning before the end of the time limit.
    SupervisionAmber = "supervision.reminder_amber", Staff, MAIL, [NUMBER, DUE];
    /// The last warning before the end of the time limit.
    SupervisionRed = "supervision.reminder_red", Staff, BOTH, [NUMBER, DUE];
    /// The time limit has passed.
    SupervisionMissed = "supervision.missed", Staff, BOTH, [NUMBER, UNIT, DUE];
    /// The unit says that it is solved: inspect.
    SupervisionApplied = "supervision.applied", Staff, MAIL, [NUMBER, UNIT];
    /// Somebody else has looked: strike it off or return it.
    SupervisionInspected = "supervision.inspected", Staff, MAIL, [NUMBER];
    /// It is not solved: back to the responsible unit.
    SupervisionReturned = "supervision.returned", Staff, BOTH, [NUMBER, DUE];
    /// A matter is struck off a supervision list.
    SupervisionStruckOff = "supervision.struck_off", Staff, MAIL, [NUMBER];
    /// A joint meeting is called.
    MeetingCalled = "meeting.called", Staff, MAIL, [UNIT, ("at", Sort::At)];
    /// An action of a joint meeting has become a task of this unit.
    TaskGiven = "meeting.task_given", Staff, MAIL, [UNIT, DUE];
    /// A task was not done in time: to the unit that has it, and to the one that gave it.
    TaskMissed = "meeting.task_missed", Staff, MAIL, [UNIT, DUE];
    /// A sweep begins.
    SweepOpened = "sweep.opened", Staff, MAIL, [UNIT, DUE];
    /// The last day of a sweep has begun and a return is awaited.
    SweepDue = "sweep.due", Staff, MAIL, [DUE];
    /// A return did not come in time: to the unit that owes it.
    SweepMissed = "sweep.missed", Staff, MAIL, [DUE];
    /// Returns did not come in time: to the unit that ordered the sweep.
    SweepIncomplete = "sweep.incomplete", Staff, MAIL, [("n", Sort::Count), DUE];
    /// To the sender: the matter is accepted.
    ToldAccepted = "case.told_accepted", Sender, BOTH, [NUMBER, DUE];
    /// To the sender: the matter cannot go on as it is.
    ToldReturned = "case.told_returned", Sender, BOTH, [NUMBER];
    /// To the sender: the answer comes later.
    ToldExtended = "case.told_extended", Sender, BOTH, [NUMBER, DUE];
    /// To the sender: an upper level has the matter now.
    ToldEscalated = "case.told_escalated", Sender, BOTH, [NUMBER];
    /// To the sender: there is an answer, of what sort, and until when it can be contested at first hand.
    ToldClosed = "case.told_closed", Sender, BOTH, [NUMBER, ("ending", Sort::Word), ("until", Sort::At)];
    /// A trial of a way out.
    Trial = "notice.trial", Trial, BOTH, [];
}

impl Kind {
    /// Its code: the row's, the feed's, the hook's and the catalogue's.
    pub const fn code(self) -> &'static str {
        self.row().code
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|k| k.code() == code)
    }

    /// Whom it is for.
    pub const fn to(self) -> To {
        self.row().to
    }

    /// Which ways it may go besides the inbox.
    pub const fn ways(self) -> &'static [Channel] {
        self.row().ways
    }

    /// What its sentence needs.
    pub const fn params(self) -> &'static [(&'static str, Sort)] {
        self.row().params
    }

    /// Whether a hook may be told of it: what concerns offices only, never what a resident is told (N13).
    pub fn for_hooks(self) -> bool {
        self.to() == To::Staff
    }

    /// The catalogue's key of its name.
    pub fn name_key(self) -> String {
        format!("notice.kind.{}", self.code())
    }

    /// The catalogue's key of its sentence.
    pub fn sentence_key(self) -> String {
        format!("notice.say.{}", self.code())
    }

    /// The kinds for staff, in the order of the forms.
    pub fn of_staff() -> impl Iterator<Item = Kind> {
        Self::ALL.iter().copied().filter(|k| k.to() == To::Staff)
    }
}
