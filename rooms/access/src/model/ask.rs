//! The shapes that every other room speaks to the policy with: who asks, about what, and what of a list
//! they get.

use base::Id;

use super::{Account, Duties, Duty, Level, Place, Post, Scope, Unit};

/// A post that a person holds at the moment of the request (在任岗位).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldPost {
    /// The post.
    pub post: Id<Post>,
    /// Its unit.
    pub unit: Id<Unit>,
    /// The unit's name, for the screen.
    pub unit_name: String,
    /// Its title, for the screen.
    pub title: String,
    /// What may be done from it.
    pub duties: Duties,
    /// Where.
    pub scope: Scope,
}

/// A signed-in person at one moment (当前用户): the account and the posts that it holds now. It is read
/// anew for every request, so that an ended post is gone at the next one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: Id<Account>,
    /// The person's name at work.
    pub display: String,
    /// The posts held now, narrowest scope first.
    pub posts: Vec<HeldPost>,
}

impl Person {
    /// Somebody without any post: may do nothing.
    pub fn without_posts(account: Id<Account>, display: impl Into<String>) -> Self {
        Self { account, display: display.into(), posts: Vec::new() }
    }

    /// All duties of all posts: for menus. Never for a decision: decisions go through
    /// [`may`](crate::may).
    pub fn duties(&self) -> Duties {
        self.posts.iter().fold(Duties::NONE, |all, p| all.and(p.duties))
    }

    /// Whether any post has the duty: for menus.
    pub fn has(&self, duty: Duty) -> bool {
        self.duties().has(duty)
    }

    /// The units in which the person has the duty: for an inbox such as "held by my unit".
    pub fn units_with(&self, duty: Duty) -> Vec<i64> {
        let mut units: Vec<i64> =
            self.posts.iter().filter(|p| p.duties.has(duty)).map(|p| p.unit.raw()).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// The scopes in which the person has the duty, widest first: the default place of a brief or form.
    pub fn scopes_with(&self, duty: Duty) -> Vec<Scope> {
        let mut scopes: Vec<Scope> =
            self.posts.iter().filter(|p| p.duties.has(duty)).map(|p| p.scope).collect();
        scopes.sort_unstable_by_key(|s| (s.level, s.id));
        scopes.dedup();
        scopes
    }
}

/// What sort of thing a decision is about (资源类别).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A matter that is being registered (登记事项).
    CaseNew,
    /// A step of the procedure on a matter (办理事项).
    CaseWork,
    /// A leader's decision about the time for a matter (延期审批).
    CaseDecision,
    /// A matter's page, notes and files (查阅事项).
    CaseView,
    /// An entry of a supervision list, a joint meeting, a sweep, to be opened (查阅督办).
    SupervisionView,
    /// A step on one (办理督办).
    SupervisionWork,
    /// What an office owes on a whistle, called or calling (吹哨报到).
    CaseCall,
    /// Figures about a place (统计).
    Figures,
    /// A batch of imported rows (导入批次).
    Batch,
    /// The journal and the log of reads (日志).
    Journal,
    /// The list of units, posts and accounts, to be read (机构人员名册).
    Roster,
    /// A unit, post or account, to be changed (机构人员维护).
    Staff,
    /// Divisions and grids, to be changed (区划网格维护).
    Territory,
    /// Packs: categories, forms, routing, deadlines (业务配置).
    Pack,
    /// The log of notices that go out of the house (通知发送记录).
    Outbox,
}

impl Kind {
    /// In the order of the matrix.
    pub const ALL: [Kind; 15] = [
        Self::CaseNew,
        Self::CaseWork,
        Self::CaseDecision,
        Self::CaseView,
        Self::SupervisionView,
        Self::SupervisionWork,
        Self::CaseCall,
        Self::Figures,
        Self::Batch,
        Self::Journal,
        Self::Roster,
        Self::Staff,
        Self::Territory,
        Self::Pack,
        Self::Outbox,
    ];

    /// In the matrix and in refusals.
    pub const fn code(self) -> &'static str {
        [
            "case_new",
            "case_work",
            "case_decision",
            "case_view",
            "supervision_view",
            "supervision_work",
            "case_call",
            "figures",
            "batch",
            "journal",
            "roster",
            "staff",
            "territory",
            "pack",
            "outbox",
        ][self as usize]
    }

    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        [
            "access.kind.case_new",
            "access.kind.case_work",
            "access.kind.case_decision",
            "access.kind.case_view",
            "access.kind.supervision_view",
            "access.kind.supervision_work",
            "access.kind.case_call",
            "access.kind.figures",
            "access.kind.batch",
            "access.kind.journal",
            "access.kind.roster",
            "access.kind.staff",
            "access.kind.territory",
            "access.kind.pack",
            "access.kind.outbox",
        ][self as usize]
    }
}

/// Who may open a record that is in one's scope (敏感度).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Sensitivity {
    /// Everybody with the duty and the scope (普通).
    #[default]
    Plain,
    /// Only posts of the unit that holds it now (封存).
    Sealed,
}

/// What a decision is about (资源). Zero stands for "none" in every id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// What sort of thing.
    pub kind: Kind,
    /// Where it stands, as of its day.
    pub place: Place,
    /// The unit that must act now (当前承办单位).
    pub holder: i64,
    /// Other units that had a part in it: registered, dispatched or handled it (参与单位).
    pub parts: Vec<i64>,
    /// The account that registered it (登记人).
    pub registered_by: i64,
    /// The accounts that handled it or reported it done: they may not verify it (经办人).
    pub handled_by: Vec<i64>,
    /// Who may open it.
    pub sensitivity: Sensitivity,
}

impl Resource {
    /// A plain thing at a place, held by nobody.
    pub fn at(kind: Kind, place: Place) -> Self {
        Self {
            kind,
            place,
            holder: 0,
            parts: Vec::new(),
            registered_by: 0,
            handled_by: Vec::new(),
            sensitivity: Sensitivity::Plain,
        }
    }

    /// The same record looked at as another kind, e.g. viewed rather than worked on.
    #[must_use]
    pub fn seen_as(&self, kind: Kind) -> Self {
        Self { kind, ..self.clone() }
    }
}

/// The post that a permission rests on (依据岗位): it goes into the deed's `Act`, so that the journal
/// knows in which office somebody acted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostUsed {
    /// The account.
    pub account: Id<Account>,
    /// The post.
    pub post: Id<Post>,
    /// The post's unit.
    pub unit: Id<Unit>,
}

impl PostUsed {
    /// The actor of the deed.
    pub fn actor(self) -> base::Actor {
        base::Actor { account: self.account.raw(), post: self.post.raw() }
    }
}

/// What a row must touch to be in a list (列表条件).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Touch {
    /// Any row.
    Anything,
    /// Rows whose place column at this level has this id.
    Place(Level, i64),
    /// Rows held now by this unit.
    Holder(i64),
    /// Rows that this unit holds or had a part in.
    Part(i64),
    /// Rows registered by this account.
    Own(i64),
}

/// One alternative of a list's filter: the row touches `touch`, and it is not sealed unless `unit`
/// holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Clause {
    /// What the row must touch.
    pub touch: Touch,
    /// The unit that may see it sealed, while it holds it.
    pub unit: i64,
}

impl Clause {
    /// The clause read in memory: what the SQL must mean.
    pub fn holds(&self, r: &Resource) -> bool {
        let touches = match self.touch {
            Touch::Anything => true,
            Touch::Place(level, id) => Scope { level, id }.holds(&r.place),
            Touch::Holder(unit) => unit != 0 && r.holder == unit,
            Touch::Part(unit) => unit != 0 && (r.holder == unit || r.parts.contains(&unit)),
            Touch::Own(account) => account != 0 && r.registered_by == account,
        };
        touches && (r.sensitivity == Sensitivity::Plain || (self.unit != 0 && r.holder == self.unit))
    }
}

/// A list's filter (列表范围): a row is in it when any clause holds; with no clause the list is empty.
/// The room that owns the list turns it into SQL, so that no row out of scope leaves the database:
///
/// `place_column(level) = id | holder_unit = u | EXISTS (part with unit u) | registered_by = a`, each
/// `AND (NOT sealed OR holder_unit = clause.unit)`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScopeFilter {
    /// The alternatives, without repetition.
    pub clauses: Vec<Clause>,
}

impl ScopeFilter {
    /// Whether nothing can be in the list: no query is needed.
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// The filter read in memory: what the SQL must mean, for tests.
    pub fn holds(&self, resource: &Resource) -> bool {
        self.clauses.iter().any(|c| c.holds(resource))
    }

    /// Adds an alternative that is not there yet.
    pub fn add(&mut self, clause: Clause) {
        if !self.clauses.contains(&clause) {
            self.clauses.push(clause);
        }
    }
}
