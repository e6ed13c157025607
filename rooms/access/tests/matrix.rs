//! The policy against an independent oracle, over a generated matrix of more than 100,000 cells:
//! role x position of the resource x kind x duty. The oracle below knows places as written paths and
//! rules as the sentences of RIGHTS; it shares no code and no table with `rules/policy.rs`.

use access::{
    Duties, Duty, HeldPost, Kind, Level, POLICY, Person, Place, Reach, Resource, Scope, Sensitivity, may,
    may_view, scope_filter, view_filter,
};
use base::Id;

/// The little country of the matrix: `province/city/county/town/village/grid`.
const PATHS: [&str; 10] = [
    "",
    "gs/ww",
    "gs/ww/lz",
    "gs/ww/lz/ha",
    "gs/ww/lz/ha/v1/g1",
    "gs/ww/lz/ha/v1/g2",
    "gs/ww/lz/xi/v3/g7",
    "gs/ww/mq/su/v5/g9",
    "gs/lx/an/wu/v8/g12",
    "gz/gy/nm/x/y/z",
];

const LEVELS: [Level; 6] =
    [Level::Province, Level::City, Level::County, Level::Town, Level::Village, Level::Grid];

/// An id for a path: any number that is the same for the same path.
fn id_of(path: &str) -> i64 {
    path.bytes().fold(7_i64, |h, b| (h * 131 + i64::from(b)) % 1_000_003) + 1
}

fn place_of(path: &str) -> Place {
    let parts: Vec<&str> = path.split('/').filter(|p| !p.is_empty()).collect();
    (0..parts.len()).fold(Place::default(), |place, n| place.with(LEVELS[n], id_of(&parts[..=n].join("/"))))
}

fn scope_of(path: &str) -> Scope {
    match path.split('/').filter(|p| !p.is_empty()).count() {
        0 => Scope::WHOLE,
        n => Scope { level: LEVELS[n - 1], id: id_of(path) },
    }
}

/// One cell's input, in the oracle's own terms.
struct Cell<'a> {
    /// Duty, scope path and unit of each post held.
    posts: &'a [(Duty, &'a str, i64)],
    at: &'a str,
    holder: i64,
    parts: &'a [i64],
    mine: bool,
    handled: bool,
    sealed: bool,
}

/// The sentences of RIGHTS, one by one. `None`: the duty does not open this.
fn oracle(cell: &Cell<'_>, duty: Duty, kind: Kind) -> bool {
    if kind == Kind::CaseWork && duty == Duty::Verify && cell.handled {
        return false;
    }
    cell.posts.iter().any(|(held, scope, unit)| *held == duty && oracle_post(cell, scope, *unit, duty, kind))
}

fn oracle_post(cell: &Cell<'_>, scope: &str, unit: i64, duty: Duty, kind: Kind) -> bool {
    let inside = cell.at == scope || scope.is_empty() || cell.at.starts_with(&format!("{scope}/"));
    let held = cell.holder == unit;
    if cell.sealed && !held {
        return false;
    }
    let took_part = held || cell.parts.contains(&unit);
    match (kind, duty) {
        // Whoever receives people registers whatever they bring, wherever it happened.
        (Kind::CaseNew, Duty::Intake | Duty::Grid | Duty::Clerk) => true,
        // Territory offices work on their territory; departments and mediators on what they were given.
        (Kind::CaseWork, Duty::Grid | Duty::Clerk | Duty::Verify) => inside,
        (Kind::CaseWork, Duty::Handle | Duty::Mediate) => held,
        // Who registers sees the territory and, beyond it, the own entries.
        (Kind::CaseView, Duty::Intake | Duty::Grid) => inside || cell.mine,
        (Kind::CaseView, Duty::Clerk) => inside || took_part,
        (Kind::CaseView, Duty::Verify | Duty::Lead) => inside,
        (Kind::CaseView, Duty::Handle | Duty::Mediate) => took_part,
        // The same for what is put on a list, called to a meeting, or swept for; a clerk's own unit may answer elsewhere.
        (Kind::SupervisionView, Duty::Clerk) => inside || took_part,
        (Kind::SupervisionView, Duty::Grid | Duty::Verify | Duty::Lead) => inside,
        (Kind::SupervisionView, Duty::Handle | Duty::Mediate) => took_part,
        (Kind::SupervisionWork, Duty::Clerk) => inside || held,
        (Kind::SupervisionWork, Duty::Grid | Duty::Verify | Duty::Lead) => inside,
        (Kind::SupervisionWork, Duty::Handle | Duty::Mediate) => held,
        // A leader decides about more time for the matters of the own place.
        (Kind::CaseDecision, Duty::Lead) => inside,
        // A whistle's call is answered by the unit that was called; what the caller decides, by the caller.
        (Kind::CaseCall, Duty::Clerk | Duty::Handle | Duty::Mediate) => held,
        (Kind::Figures, Duty::Clerk | Duty::Lead) => inside,
        (Kind::Batch, Duty::Import) => inside,
        // The auditor reads what was done; the administrator keeps the house. Neither opens a matter.
        (Kind::Journal, Duty::Audit) => inside,
        (Kind::Roster | Kind::Outbox, Duty::Audit | Duty::Admin) => inside,
        (Kind::Staff | Kind::Territory | Kind::Pack, Duty::Admin) => inside,
        _ => false,
    }
}

fn person(posts: &[(Duty, &str, i64)]) -> Person {
    let held = |(n, (duty, scope, unit)): (usize, &(Duty, &str, i64))| HeldPost {
        post: Id::of(n as i64 + 1),
        unit: Id::of(*unit),
        unit_name: String::new(),
        title: String::new(),
        duties: Duties::of(&[*duty]),
        scope: scope_of(scope),
    };
    Person { posts: posts.iter().enumerate().map(held).collect(), ..Person::without_posts(Id::of(77), "甲") }
}

/// The roles: every duty in every scope from one unit, some pairs, and the outsider.
fn roles() -> Vec<Vec<(Duty, &'static str, i64)>> {
    let mut roles: Vec<Vec<_>> = vec![vec![]];
    for duty in Duty::ALL {
        for scope in ["", "gs/ww/lz", "gs/ww/lz/ha", "gs/ww/lz/ha/v1/g1"] {
            roles.push(vec![(duty, scope, 900)]);
        }
    }
    roles.push(vec![(Duty::Clerk, "gs/ww/lz/ha", 900), (Duty::Verify, "gs/ww/lz/ha", 900)]);
    roles.push(vec![(Duty::Handle, "gs/ww/lz", 900), (Duty::Handle, "gs/ww/mq", 901)]);
    roles.push(vec![(Duty::Grid, "gs/ww/lz/ha/v1/g1", 900), (Duty::Grid, "gs/ww/lz/ha/v1/g2", 900)]);
    roles.push(vec![(Duty::Intake, "gs/ww", 901), (Duty::Lead, "gs/ww/mq", 900)]);
    roles
}

fn each_position(mut visit: impl FnMut(&str, i64, &[i64], bool, bool, bool)) {
    for at in PATHS {
        for holder in [0, 900, 901] {
            for parts in [&[][..], &[900]] {
                for flags in 0..8_u8 {
                    visit(at, holder, parts, flags & 1 != 0, flags & 2 != 0, flags & 4 != 0);
                }
            }
        }
    }
}

#[test]
fn the_policy_says_what_the_oracle_says_in_every_cell() {
    let (mut cells, mut open) = (0_u64, 0_u64);
    for role in roles() {
        let who = person(&role);
        let filters = Kind::ALL.map(|kind| Duty::ALL.map(|duty| scope_filter(&who, duty, kind)));
        let views = Kind::ALL.map(|kind| view_filter(&who, kind));
        each_position(|at, holder, parts, mine, handled, sealed| {
            let cell = Cell { posts: &role, at, holder, parts, mine, handled, sealed };
            let mut resource = Resource::at(Kind::CaseNew, place_of(at));
            resource.holder = holder;
            resource.parts = parts.to_vec();
            resource.registered_by = if mine { 77 } else { 78 };
            resource.handled_by = if handled { vec![76, 77] } else { vec![76] };
            resource.sensitivity = if sealed { Sensitivity::Sealed } else { Sensitivity::Plain };
            for (k, kind) in Kind::ALL.into_iter().enumerate() {
                // Only matters have somebody who registered or handled them, or can be sealed.
                let matter = matches!(kind, Kind::CaseNew | Kind::CaseWork | Kind::CaseView | Kind::CaseCall);
                if !matter && (mine || handled || (sealed && holder == 901)) {
                    continue;
                }
                resource.kind = kind;
                let mut any = false;
                for (d, duty) in Duty::ALL.into_iter().enumerate() {
                    let said = may(&who, duty, &resource);
                    let wanted = oracle(&cell, duty, kind);
                    assert_eq!(
                        said.is_ok(),
                        wanted,
                        "{role:?} {duty:?} {kind:?} at {at} holder {holder} parts {parts:?} \
                         mine {mine} handled {handled} sealed {sealed}"
                    );
                    any |= wanted;
                    cells += 1;
                    open += u64::from(wanted);
                    // A list shows exactly the rows that the policy allows one by one; that somebody's own work
                    // is for others to verify is said at the act.
                    let own_work = handled && duty == Duty::Verify && kind == Kind::CaseWork;
                    assert!(
                        own_work || filters[k][d].holds(&resource) == wanted,
                        "{role:?} {duty:?} {kind:?}"
                    );
                }
                assert_eq!(may_view(&who, &resource).is_ok(), any);
                if kind != Kind::CaseWork {
                    assert_eq!(views[k].holds(&resource), any);
                }
            }
        });
    }
    // A floor: a matrix that compares nothing, or only refusals, would pass too.
    assert!(cells >= 100_000, "{cells} cells");
    assert!(open >= 5_000, "{open} open cells");
}

#[test]
fn an_outsider_cannot_tell_what_is_missing_from_what_is_hidden() {
    let clerk = person(&[(Duty::Clerk, "gs/ww/lz/ha", 900)]);
    let hidden = Resource::at(Kind::CaseWork, place_of("gs/ww/mq/su/v5/g9"));
    for duty in Duty::ALL {
        assert_eq!(may(&clerk, duty, &hidden).unwrap_err(), base::Refusal::not_found());
    }
    let seen = Resource::at(Kind::CaseWork, place_of("gs/ww/lz/ha/v1/g1"));
    assert_eq!(may(&clerk, Duty::Handle, &seen).unwrap_err().status, 403);
}

#[test]
fn the_narrowest_post_answers() {
    let who = person(&[(Duty::Clerk, "gs/ww", 900), (Duty::Clerk, "gs/ww/lz/ha", 901)]);
    let here = Resource::at(Kind::CaseWork, place_of("gs/ww/lz/ha/v1"));
    assert_eq!(may(&who, Duty::Clerk, &here).unwrap().unit, Id::of(901));
}

#[test]
fn one_who_handled_it_is_told_why_somebody_else_must_verify() {
    let who = person(&[(Duty::Verify, "gs/ww/lz/ha", 900)]);
    let mut done = Resource::at(Kind::CaseWork, place_of("gs/ww/lz/ha/v1"));
    done.handled_by = vec![77];
    assert_eq!(may(&who, Duty::Verify, &done).unwrap_err().key, "access.refuse.own_work");
}

#[test]
fn the_separated_powers_stay_separated_in_the_table() {
    for (kind, duty, reach) in POLICY {
        let case = matches!(
            kind,
            Kind::CaseNew
                | Kind::CaseWork
                | Kind::CaseDecision
                | Kind::CaseView
                | Kind::CaseCall
                | Kind::Batch
                | Kind::Figures
        ) || matches!(kind, Kind::SupervisionView | Kind::SupervisionWork);
        assert!(!(case && matches!(duty, Duty::Admin | Duty::Audit)), "{duty:?} reaches {kind:?}");
        let writes = matches!(
            kind,
            Kind::CaseNew
                | Kind::CaseWork
                | Kind::CaseDecision
                | Kind::CaseCall
                | Kind::Batch
                | Kind::Staff
                | Kind::Territory
                | Kind::Pack
        ) || *kind == Kind::SupervisionWork;
        assert!(!(writes && *duty == Duty::Audit), "an auditor writes {kind:?}");
        let log = *kind == Kind::Journal;
        assert!(!log || *duty == Duty::Audit, "{duty:?} reads the journal");
        assert!(*reach != Reach::Anywhere || *kind == Kind::CaseNew, "{duty:?} has {kind:?} everywhere");
    }
}
