//! The nouns of the room: units, posts, duties, scopes, accounts, holdings; and the two shapes that
//! every other room speaks to the policy with, [`Person`] and [`Resource`].

mod ask;

use base::{Id, Invalid, Millis, limits::LINE_CHARS};

pub use ask::{Clause, HeldPost, Kind, Person, PostUsed, Resource, ScopeFilter, Sensitivity, Touch};

/// How high a place stands in the tree of divisions (层级), from the whole country to one grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The whole installation (全部).
    Country,
    /// Province (省).
    Province,
    /// Prefecture-level city (市).
    City,
    /// County, district (县区).
    County,
    /// Town, township, street (乡镇街道).
    Town,
    /// Village, community (村社区).
    Village,
    /// Grid (网格).
    Grid,
}

impl Level {
    /// From the top down.
    pub const ALL: [Level; 7] =
        [Self::Country, Self::Province, Self::City, Self::County, Self::Town, Self::Village, Self::Grid];

    /// As the database and the addresses spell it.
    pub const fn code(self) -> &'static str {
        ["country", "province", "city", "county", "town", "village", "grid"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        [
            "access.level.country",
            "access.level.province",
            "access.level.city",
            "access.level.county",
            "access.level.town",
            "access.level.village",
            "access.level.grid",
        ][self as usize]
    }
}

/// Where a record stands: the ids of its division's ancestors and of itself, as they were on its day
/// (所在地). Zero where the tree has no such level or the record stands higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Place {
    /// Province.
    pub province: i64,
    /// City.
    pub city: i64,
    /// County.
    pub county: i64,
    /// Town.
    pub town: i64,
    /// Village.
    pub village: i64,
    /// Grid.
    pub grid: i64,
}

impl Place {
    /// The id at a level; zero if there is none. At [`Level::Country`] it is zero, which the scope of
    /// the whole installation carries too.
    pub const fn at(&self, level: Level) -> i64 {
        match level {
            Level::Country => 0,
            Level::Province => self.province,
            Level::City => self.city,
            Level::County => self.county,
            Level::Town => self.town,
            Level::Village => self.village,
            Level::Grid => self.grid,
        }
    }

    /// The same place with another id at one level.
    #[must_use]
    pub const fn with(mut self, level: Level, id: i64) -> Self {
        match level {
            Level::Country => {}
            Level::Province => self.province = id,
            Level::City => self.city = id,
            Level::County => self.county = id,
            Level::Town => self.town = id,
            Level::Village => self.village = id,
            Level::Grid => self.grid = id,
        }
        self
    }

    /// The scope that is this place with everything below it: its lowest level that has an id.
    pub fn as_scope(&self) -> Scope {
        let level = Level::ALL.into_iter().rev().find(|l| self.at(*l) != 0).unwrap_or(Level::Country);
        Scope { level, id: self.at(level) }
    }
}

/// A subtree of the divisions (管辖范围): one place and everything below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scope {
    /// The level of its root.
    pub level: Level,
    /// The division's id; zero for the whole installation.
    pub id: i64,
}

impl Scope {
    /// Everything of the installation.
    pub const WHOLE: Scope = Scope { level: Level::Country, id: 0 };

    /// Whether a place lies in it.
    pub fn holds(self, place: &Place) -> bool {
        self.level == Level::Country || (self.id != 0 && place.at(self.level) == self.id)
    }
}

/// What may be done from a post (职责). The codes are stored and stand in addresses: they never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Duty {
    /// Register matters for callers and visitors (登记).
    Intake,
    /// Report and handle in one's grid (网格办理).
    Grid,
    /// Accept, return, dispatch, close (受理交办).
    Clerk,
    /// Handle what was dispatched to one's unit (部门办理).
    Handle,
    /// Check on the spot that it is done (核实).
    Verify,
    /// Read the figures and the matters of a subtree (阅览督导).
    Lead,
    /// Read the journal and the log of reads (审计).
    Audit,
    /// Keep places, units, posts, accounts and packs (系统管理).
    Admin,
    /// Bring tables in (批量导入).
    Import,
    /// Mediate disputes that were handed to one's committee (调解).
    Mediate,
}

impl Duty {
    /// In the order of the matrix.
    pub const ALL: [Duty; 10] = [
        Self::Intake,
        Self::Grid,
        Self::Clerk,
        Self::Handle,
        Self::Verify,
        Self::Lead,
        Self::Audit,
        Self::Admin,
        Self::Import,
        Self::Mediate,
    ];

    /// As the database, the journal and the command line spell it.
    pub const fn code(self) -> &'static str {
        ["intake", "grid", "clerk", "handle", "verify", "lead", "audit", "admin", "import", "mediate"]
            [self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|d| d.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        [
            "access.duty.intake",
            "access.duty.grid",
            "access.duty.clerk",
            "access.duty.handle",
            "access.duty.verify",
            "access.duty.lead",
            "access.duty.audit",
            "access.duty.admin",
            "access.duty.import",
            "access.duty.mediate",
        ][self as usize]
    }

    /// Which of the three separated powers it belongs to (三员分立).
    pub const fn power(self) -> Power {
        match self {
            Self::Admin => Power::Administration,
            Self::Audit => Power::Oversight,
            _ => Power::Casework,
        }
    }
}

/// The three powers of which nobody holds two at once (三员分立, GB/T 22239 level 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Power {
    /// Works on matters; cannot make accounts.
    Casework,
    /// Makes units, posts and accounts; cannot read matters.
    Administration,
    /// Reads what was done and read; cannot write.
    Oversight,
}

/// A set of duties (职责集). Stored as codes joined by spaces.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Duties(u16);

impl Duties {
    /// No duty.
    pub const NONE: Duties = Duties(0);

    /// These duties.
    pub fn of(list: &[Duty]) -> Self {
        list.iter().fold(Self::NONE, |set, d| set.with(*d))
    }

    /// With one more.
    #[must_use]
    pub const fn with(self, duty: Duty) -> Self {
        Self(self.0 | 1 << duty as u16)
    }

    /// Whether it is among them.
    pub const fn has(self, duty: Duty) -> bool {
        self.0 & (1 << duty as u16) != 0
    }

    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Duties) -> Self {
        Self(self.0 | other.0)
    }

    /// In the order of [`Duty::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Duty> {
        Duty::ALL.into_iter().filter(move |d| self.has(*d))
    }

    /// As stored: codes joined by spaces.
    pub fn codes(self) -> String {
        self.iter().map(Duty::code).collect::<Vec<_>>().join(" ")
    }

    /// Reads [`Duties::codes`] back, also with commas. `None` at the first unknown code.
    pub fn parse(text: &str) -> Option<Self> {
        text.split([' ', ',', '、'])
            .filter(|w| !w.is_empty())
            .try_fold(Self::NONE, |set, word| Some(set.with(Duty::parse(word)?)))
    }
}

impl std::fmt::Debug for Duties {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{}]", self.codes())
    }
}

/// From when until when (任期, 有效期). `until` is the first instant that no longer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first instant.
    pub from: Millis,
    /// The instant at which it is over; `None` while it is open.
    pub until: Option<Millis>,
}

impl Period {
    /// Open from an instant on.
    pub const fn since(from: Millis) -> Self {
        Self { from, until: None }
    }

    /// Whether an instant lies in it.
    pub fn holds(self, at: Millis) -> bool {
        self.from <= at && self.until.is_none_or(|end| at < end)
    }

    /// Whether two periods have an instant in common.
    pub fn meets(self, other: Period) -> bool {
        self.until.is_none_or(|end| other.from < end) && other.until.is_none_or(|end| self.from < end)
    }
}

/// What sort of body a unit is (单位类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitKind {
    /// A centre for community governance, the front desk of a division (综治中心).
    Centre,
    /// The office of a town or street (乡镇街道).
    Office,
    /// A department of a county or a city (职能部门).
    Department,
    /// A villagers' or residents' committee (村居委会).
    Committee,
    /// A people's mediation committee (人民调解委员会).
    Mediation,
    /// A body that supervises and audits (监督审计).
    Oversight,
    /// The team that keeps the system (信息运维).
    Operations,
}

impl UnitKind {
    /// In the order of the form.
    pub const ALL: [UnitKind; 7] = [
        Self::Centre,
        Self::Office,
        Self::Department,
        Self::Committee,
        Self::Mediation,
        Self::Oversight,
        Self::Operations,
    ];

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["centre", "office", "department", "committee", "mediation", "oversight", "operations"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        [
            "access.unit_kind.centre",
            "access.unit_kind.office",
            "access.unit_kind.department",
            "access.unit_kind.committee",
            "access.unit_kind.mediation",
            "access.unit_kind.oversight",
            "access.unit_kind.operations",
        ][self as usize]
    }
}

/// A body that answers for matters (单位): a centre, an office, a department, a committee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Its id.
    pub id: Id<Unit>,
    /// Its name, in Chinese; data, not a word of the catalogue.
    pub name: String,
    /// What sort of body it is.
    pub kind: UnitKind,
    /// The division that it belongs to, with its ancestors.
    pub place: Place,
    /// When it existed.
    pub period: Period,
}

/// A seat in a unit (岗位): what may be done from it, and where. Duties belong to posts, never to
/// accounts, so that a successor has exactly what the predecessor had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// Its id.
    pub id: Id<Post>,
    /// Its unit.
    pub unit: Id<Unit>,
    /// Its title, in Chinese.
    pub title: String,
    /// What may be done from it.
    pub duties: Duties,
    /// Where.
    pub scope: Scope,
    /// When it exists.
    pub period: Period,
}

/// Whether an account can sign in (账号状态).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum State {
    /// It can (正常).
    Active,
    /// An administrator has suspended it, and can lift that (锁定).
    Locked,
    /// Ended for good; its posts have ended with it (停用).
    Disabled,
}

impl State {
    /// In the order of the filter.
    pub const ALL: [State; 3] = [Self::Active, Self::Locked, Self::Disabled];

    /// As stored.
    pub const fn code(self) -> &'static str {
        ["active", "locked", "disabled"][self as usize]
    }

    /// Reads a code back.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.code() == code)
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        ["access.state.active", "access.state.locked", "access.state.disabled"][self as usize]
    }
}

/// One who signs in (账号). It may do nothing by itself: what it may do comes from the posts it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: Id<Account>,
    /// What is typed at sign-in.
    pub name: AccountName,
    /// What others see: the person's name at work.
    pub display: String,
    /// Whether it can sign in.
    pub state: State,
    /// The unit that it is kept by: an administrator of that unit's place may change it.
    pub unit: Id<Unit>,
}

/// An account's holding of a post for a period (任职).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holding {
    /// Its id.
    pub id: Id<Holding>,
    /// Who holds.
    pub account: Id<Account>,
    /// What is held.
    pub post: Id<Post>,
    /// From when until when.
    pub period: Period,
}

/// The name typed at sign-in (登录名): 3 to 32 small letters, digits, `.`, `_`, `-`, beginning with a
/// letter. Capitals are taken as small letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountName(String);

impl AccountName {
    /// Reads a typed name.
    ///
    /// # Errors
    /// `Invalid` on field `name` when a character or the length is wrong.
    pub fn parse(typed: &str) -> Result<Self, Invalid> {
        let name = typed.trim().to_ascii_lowercase();
        let fits = (3..=32).contains(&name.len())
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c));
        if fits { Ok(Self(name)) } else { Err(Invalid::field("name", "access.invalid.name")) }
    }

    /// A name that comes out of the database, where only parsed ones get in.
    pub(crate) fn stored(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for AccountName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// A one-line text that is required: a unit's name, a post's title, a person's name (必填单行).
///
/// # Errors
/// `Invalid` on `field` when it is empty, longer than a line, or holds control characters.
pub fn line(field: &'static str, typed: &str) -> Result<String, Invalid> {
    let text = typed.trim();
    if text.is_empty() {
        return Err(Invalid::field(field, "access.invalid.required"));
    }
    if text.chars().count() > LINE_CHARS {
        return Err(Invalid::field(field, "access.invalid.too_long"));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::field(field, "access.invalid.control"));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn codes_read_back() {
        assert!(Duty::ALL.into_iter().all(|d| Duty::parse(d.code()) == Some(d)));
        assert!(Level::ALL.into_iter().all(|l| Level::parse(l.code()) == Some(l)));
        assert!(UnitKind::ALL.into_iter().all(|k| UnitKind::parse(k.code()) == Some(k)));
        assert!(State::ALL.into_iter().all(|s| State::parse(s.code()) == Some(s)));
        assert_eq!(Duties::parse("clerk,intake"), Some(Duties::of(&[Duty::Intake, Duty::Clerk])));
        assert_eq!(Duties::parse("clerk root"), None);
    }

    #[test]
    fn a_period_ends_before_its_last_instant() {
        let p = Period { from: Millis(10), until: Some(Millis(20)) };
        assert!(p.holds(Millis(10)) && p.holds(Millis(19)));
        assert!(!p.holds(Millis(9)) && !p.holds(Millis(20)));
        assert!(!p.meets(Period::since(Millis(20))));
        assert!(p.meets(Period::since(Millis(19))));
    }

    #[test]
    fn an_unset_level_is_no_place_to_match() {
        // A record of the county has no village; a scope with no id must not reach it through zero.
        let nowhere = Scope { level: Level::Village, id: 0 };
        assert!(!nowhere.holds(&Place { county: 3, ..Place::default() }));
        assert!(Scope::WHOLE.holds(&Place::default()));
    }

    proptest! {
        #[test]
        fn duties_read_back(bits in 0_u16..1 << 10) {
            let set = Duties(bits);
            prop_assert_eq!(Duties::parse(&set.codes()), Some(set));
        }

        #[test]
        fn no_typed_name_makes_the_parser_stumble(typed in "\\PC{0,40}") {
            if let Ok(name) = AccountName::parse(&typed) {
                prop_assert_eq!(AccountName::parse(name.as_str()), Ok(name));
            }
        }
    }
}
