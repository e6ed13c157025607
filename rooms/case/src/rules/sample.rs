//! One sound case for tests of the rules.

use access::Place;
use base::{DAY_MS, Id, Millis};

use crate::model::{Call, CallRole, Case, Channel, Holder, Level, Stage, Whistle};

/// A case as it stands just after intake.
pub fn case() -> Case {
    Case {
        id: Id::of(1),
        number: "620602-2026-00001".into(),
        place: Place { province: 1, city: 2, county: 3, town: 4, village: 5, grid: 6 },
        stage: Stage::Received,
        level: Level::Town,
        category: 1,
        channel: Channel::Web,
        title: "村口路灯坏了".into(),
        body: "村口路灯坏了三天。".into(),
        spot: String::new(),
        registered_by: 0,
        holder: Holder { unit: 10, account: 0 },
        handler: Holder::default(),
        back_unit: 0,
        due: Millis(15 * DAY_MS),
        created: Millis(0),
        accepted: None,
        closed: None,
        confirmed: None,
        ending: None,
        version: 1,
        is_public: true,
        metoo_count: 0,
    }
}

/// A whistle that was just blown on it.
pub fn whistle() -> Whistle {
    Whistle {
        id: Id::of(1),
        case: Id::of(1),
        county: 3,
        caller: 10,
        at: Millis(0),
        reason: "多部门到场".into(),
        meet_at: String::new(),
        closed: None,
        outcome: String::new(),
        version: 1,
    }
}

/// A unit that was called to lead.
pub fn call() -> Call {
    Call {
        id: Id::of(1),
        whistle: Id::of(1),
        case: Id::of(1),
        county: 3,
        caller: 10,
        unit: 20,
        role: CallRole::Lead,
        at: Millis(0),
        term: deadline::Term { unit: deadline::Unit::Hour, n: 24 },
        source: String::new(),
        due: Millis(DAY_MS),
        answered: None,
        arrived: None,
        finished: None,
        missed: None,
        excused: None,
        outcome: String::new(),
        version: 1,
    }
}

/// A leaf that may be chosen from 10 to 20.
pub fn category() -> crate::model::Category {
    crate::model::Category {
        id: 1,
        code: "020101".into(),
        parent: 0,
        name: "路灯不亮".into(),
        position: 0,
        kind: Some(crate::model::RequestKind::Help),
        valid_from: Millis(10),
        valid_to: Some(Millis(20)),
        term: deadline::Term { unit: deadline::Unit::Day, n: 7 },
        days_source: "规定".into(),
        needs_place: true,
        needs_evidence: false,
        proofs: vec![],
        is_urgent: false,
        is_public: true,
        questions: vec![],
        also_called: vec!["街灯".into()],
    }
}

/// A rule for anything, anywhere, at any time, to the water department of the county.
pub fn rule(code: &str) -> crate::model::RouteRule {
    crate::model::RouteRule {
        id: 0,
        code: code.into(),
        position: 0,
        category: 0,
        place: 0,
        channel: None,
        when: crate::model::RouteWhen::default(),
        unit: crate::model::UnitPick {
            kind: access::UnitKind::Department,
            name: "水务局".into(),
            level: Level::County,
        },
        named: 0,
        why: String::new(),
    }
}
