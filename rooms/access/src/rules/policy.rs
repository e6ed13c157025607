//! The one policy (权限判定): a table of what each duty reaches, and the two ways in which it is read:
//! [`may`] decides about one resource, [`scope_filter`] describes the same as a list's filter. A
//! property test holds the two together, and both against an independent oracle.

use base::{Id, Refusal};

use crate::model::{
    Account, Clause, Duty, HeldPost, Kind, Level, Person, PostUsed, Resource, ScopeFilter, Touch,
};

/// How far a duty reaches for one kind of thing (触达方式).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Any place: registration is never blocked; a matter that belongs elsewhere is registered and
    /// then handed over (信访工作条例 art. 22; rights.md).
    Anywhere,
    /// Things that stand in the post's scope.
    Place,
    /// Things that the post's unit holds now.
    Holder,
    /// Things that the post's unit holds now or had a part in.
    Part,
    /// Things that the person registered.
    Own,
}

impl Reach {
    /// The catalogue's key.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Anywhere => "access.reach.anywhere",
            Self::Place => "access.reach.place",
            Self::Holder => "access.reach.holder",
            Self::Part => "access.reach.part",
            Self::Own => "access.reach.own",
        }
    }
}

/// The whole policy. What has no line is refused. `docs/generated/rights.md` prints it.
pub const POLICY: &[(Kind, Duty, Reach)] = &[
    (Kind::CaseNew, Duty::Intake, Reach::Anywhere),
    (Kind::CaseNew, Duty::Grid, Reach::Anywhere),
    (Kind::CaseNew, Duty::Clerk, Reach::Anywhere),
    (Kind::CaseWork, Duty::Grid, Reach::Place),
    (Kind::CaseWork, Duty::Clerk, Reach::Place),
    (Kind::CaseWork, Duty::Handle, Reach::Holder),
    (Kind::CaseWork, Duty::Verify, Reach::Place),
    (Kind::CaseWork, Duty::Mediate, Reach::Holder),
    (Kind::CaseDecision, Duty::Lead, Reach::Place),
    (Kind::CaseView, Duty::Intake, Reach::Place),
    (Kind::CaseView, Duty::Intake, Reach::Own),
    (Kind::CaseView, Duty::Grid, Reach::Place),
    (Kind::CaseView, Duty::Grid, Reach::Own),
    (Kind::CaseView, Duty::Clerk, Reach::Place),
    (Kind::CaseView, Duty::Clerk, Reach::Part),
    (Kind::CaseView, Duty::Handle, Reach::Part),
    (Kind::CaseView, Duty::Verify, Reach::Place),
    (Kind::CaseView, Duty::Lead, Reach::Place),
    (Kind::CaseView, Duty::Mediate, Reach::Part),
    (Kind::SupervisionView, Duty::Grid, Reach::Place),
    (Kind::SupervisionView, Duty::Clerk, Reach::Place),
    (Kind::SupervisionView, Duty::Clerk, Reach::Part),
    (Kind::SupervisionView, Duty::Handle, Reach::Part),
    (Kind::SupervisionView, Duty::Verify, Reach::Place),
    (Kind::SupervisionView, Duty::Lead, Reach::Place),
    (Kind::SupervisionView, Duty::Mediate, Reach::Part),
    (Kind::SupervisionWork, Duty::Grid, Reach::Place),
    (Kind::SupervisionWork, Duty::Clerk, Reach::Place),
    (Kind::SupervisionWork, Duty::Clerk, Reach::Holder),
    (Kind::SupervisionWork, Duty::Handle, Reach::Holder),
    (Kind::SupervisionWork, Duty::Verify, Reach::Place),
    (Kind::SupervisionWork, Duty::Lead, Reach::Place),
    (Kind::SupervisionWork, Duty::Mediate, Reach::Holder),
    (Kind::CaseCall, Duty::Clerk, Reach::Holder),
    (Kind::CaseCall, Duty::Handle, Reach::Holder),
    (Kind::CaseCall, Duty::Mediate, Reach::Holder),
    (Kind::Figures, Duty::Clerk, Reach::Place),
    (Kind::Figures, Duty::Lead, Reach::Place),
    (Kind::Batch, Duty::Import, Reach::Place),
    (Kind::Journal, Duty::Audit, Reach::Place),
    (Kind::Roster, Duty::Admin, Reach::Place),
    (Kind::Roster, Duty::Audit, Reach::Place),
    (Kind::Staff, Duty::Admin, Reach::Place),
    (Kind::Territory, Duty::Admin, Reach::Place),
    (Kind::Pack, Duty::Admin, Reach::Place),
    (Kind::Outbox, Duty::Admin, Reach::Place),
    (Kind::Outbox, Duty::Audit, Reach::Place),
];

/// The policy function: whether this person may use this duty on this resource, and from which post.
/// Where several posts allow it, the one with the narrowest scope is used, then the oldest.
///
/// ```
/// # use access::*; use base::Id;
/// # fn clerk(posts: Vec<HeldPost>) -> Person { Person { posts, ..Person::without_posts(Id::of(1), "王") } }
/// # let post = HeldPost { post: Id::of(5), unit: Id::of(9), unit_name: String::new(), title: String::new(),
/// #     duties: Duties::of(&[Duty::Clerk]), scope: Scope { level: Level::Town, id: 40 } };
/// let clerk_of_town_40 = clerk(vec![post]);
/// let here = Resource::at(Kind::CaseWork, Place { county: 4, town: 40, ..Place::default() });
/// let there = Resource::at(Kind::CaseWork, Place { county: 4, town: 41, ..Place::default() });
/// assert!(may(&clerk_of_town_40, Duty::Clerk, &here).is_ok());
/// assert_eq!(may(&clerk_of_town_40, Duty::Clerk, &there).unwrap_err().status, 404);
/// ```
///
/// # Errors
/// 404 for a matter that the person cannot see either, so that an outsider cannot tell what exists;
/// 403 for a matter that can be seen but not worked on with this duty, for one's own work that
/// somebody else must verify, and for screens of the house that need another duty.
pub fn may(person: &Person, duty: Duty, resource: &Resource) -> Result<PostUsed, Refusal> {
    let allowed = person
        .posts
        .iter()
        .filter(|post| post_may(person.account, post, duty, resource))
        .min_by_key(|p| (std::cmp::Reverse(p.scope.level), p.post));
    match allowed {
        Some(_) if is_own_work(person, duty, resource) => {
            Err(Refusal::new("access.refuse.own_work").status(403))
        }
        Some(post) => Ok(PostUsed { account: person.account, post: post.post, unit: post.unit }),
        None => Err(refusal(person, resource)),
    }
}

/// Whether this person may open a thing with whatever duty they have: pages use it before they show,
/// acts use [`may`].
///
/// # Errors
/// As [`may`].
pub fn may_view(person: &Person, resource: &Resource) -> Result<PostUsed, Refusal> {
    duties_for(resource.kind)
        .find_map(|duty| may(person, duty, resource).ok())
        .ok_or_else(|| refusal(person, resource))
}

/// The duties that have a line for a kind of thing.
fn duties_for(kind: Kind) -> impl Iterator<Item = Duty> {
    Duty::ALL.into_iter().filter(move |d| POLICY.iter().any(|(k, duty, _)| *k == kind && duty == d))
}

/// Verification is never by a person who handled the matter or reported it done.
fn is_own_work(person: &Person, duty: Duty, resource: &Resource) -> bool {
    duty == Duty::Verify
        && resource.kind == Kind::CaseWork
        && resource.handled_by.contains(&person.account.raw())
}

/// Which sentence a refused person reads.
fn refusal(person: &Person, resource: &Resource) -> Refusal {
    match resource.kind {
        Kind::CaseView | Kind::SupervisionView => Refusal::not_found(),
        Kind::CaseWork | Kind::CaseDecision | Kind::CaseCall => {
            unless_hidden(person, &resource.seen_as(Kind::CaseView))
        }
        Kind::SupervisionWork => unless_hidden(person, &resource.seen_as(Kind::SupervisionView)),
        // A screen of the house is no secret, only a record on it is: who has the duty somewhere else
        // is told that there is nothing here.
        _ if duties_for(resource.kind).any(|d| person.has(d)) => Refusal::not_found(),
        _ => Refusal::forbidden(),
    }
}

/// Forbidden for who may open the record, nothing here for everybody else.
fn unless_hidden(person: &Person, seen: &Resource) -> Refusal {
    match may_view(person, seen) {
        Ok(_) => Refusal::forbidden(),
        Err(_) => Refusal::not_found(),
    }
}

fn post_may(account: Id<Account>, post: &HeldPost, duty: Duty, resource: &Resource) -> bool {
    post.duties.has(duty)
        && POLICY
            .iter()
            .filter(|(kind, d, _)| *kind == resource.kind && *d == duty)
            .any(|(_, _, reach)| clause(account, post, *reach).holds(resource))
}

/// The clause of a post for a reach.
fn clause(account: Id<Account>, post: &HeldPost, reach: Reach) -> Clause {
    let unit = post.unit.raw();
    let touch = match reach {
        Reach::Anywhere => Touch::Anything,
        Reach::Place if post.scope.level == Level::Country => Touch::Anything,
        Reach::Place => Touch::Place(post.scope.level, post.scope.id),
        Reach::Holder => Touch::Holder(unit),
        Reach::Part => Touch::Part(unit),
        Reach::Own => Touch::Own(account.raw()),
    };
    Clause { touch, unit }
}

/// The filter of a list of things of `kind` on which the person may use `duty`: the same decision as
/// [`may`], for all rows at once (except that nobody verifies own work, which is said at the act).
pub fn scope_filter(person: &Person, duty: Duty, kind: Kind) -> ScopeFilter {
    let mut filter = ScopeFilter::default();
    for post in person.posts.iter().filter(|p| p.duties.has(duty)) {
        for (_, _, reach) in POLICY.iter().filter(|(k, d, _)| *k == kind && *d == duty) {
            filter.add(clause(person.account, post, *reach));
        }
    }
    filter
}

/// The filter of a list of things of `kind` that the person may open with any duty: as [`may_view`].
pub fn view_filter(person: &Person, kind: Kind) -> ScopeFilter {
    let mut filter = ScopeFilter::default();
    for duty in duties_for(kind) {
        for clause in scope_filter(person, duty, kind).clauses {
            filter.add(clause);
        }
    }
    filter
}
