//! What every act on a case has in common: load it, see who is acting in which role, look the move up,
//! and in the end save it against the version that was loaded.

use access::{Duty, Kind, Person, PostUsed, may, may_view};
use base::{Act, Actor, Id, Millis, Outcome, Refusal, Stop};
use store::{Fact, Tx};

use super::Hand;
use super::clocks::follow_clocks;
use super::tell::{Told, tell_act};
use crate::model::{ActKind, By, Case, Ending, Stage};
use crate::rules::clock::reopen_until;
use crate::rules::clocks::RoundRule;
use crate::rules::moves::{MOVES, may_record_word, may_reopen, must_be_current, next_stage};
use crate::rules::receipt::is_code;
use crate::store::{ActRow, CaseFile, Ground, code_of, file_by_id, put_act, put_part, set_case};

/// An act that may be done: the case as it was, who does it, and to where it leads.
pub(super) struct Step {
    /// The case with its acts.
    pub file: CaseFile,
    /// The case as it will be; the deed changes it.
    pub case: Case,
    /// What.
    pub act: ActKind,
    /// In which role.
    pub by: By,
    /// Who and when.
    pub who: Act,
    /// Of which unit; 0 for the public and the house.
    pub unit: i64,
    /// The act's id, where the deed needed it before its row is saved.
    pub act_id: Option<i64>,
    /// The rule of the answer's clock, where the deed has corrected the category.
    pub new_answer: Option<RoundRule>,
    ground: Ground,
    from: Stage,
}

/// What goes into the act's row besides the step itself.
#[derive(Debug, Default, Clone)]
pub(super) struct Said {
    /// The reason, the report, the answer.
    pub words: Option<String>,
    /// The result.
    pub ending: Option<Ending>,
    /// To whom it was sent.
    pub to_unit: i64,
    /// To which account of it.
    pub to_account: i64,
}

impl Said {
    /// Only words.
    pub fn words(words: impl Into<String>) -> Self {
        Self { words: Some(words.into()), ..Self::default() }
    }
}

/// The duties that act in a role, the most usual first.
fn duties_of(by: By) -> &'static [Duty] {
    match by {
        By::Clerk => &[Duty::Clerk],
        By::Handler => &[Duty::Handle, Duty::Grid, Duty::Mediate],
        By::Verifier => &[Duty::Verify],
        By::Leader => &[Duty::Lead],
        By::Sender | By::System => &[],
    }
}

/// Begins an act: loads the case and sees whether this hand may do this now.
///
/// # Errors
/// 404 where the hand may not even see the case; 403 without the role; 409 when the case stands
/// elsewhere or was changed after the form was shown, with who and when.
pub(super) fn begin(
    tx: &mut Tx<'_>,
    g: &Ground,
    hand: Hand<'_>,
    at: Millis,
    id: Id<Case>,
    act: ActKind,
    shown: Option<i64>,
) -> Outcome<Step> {
    let file = read_file(tx, id)?.ok_or_else(Refusal::not_found)?;
    let (by, actor, unit) = match hand {
        Hand::Staff(person) => match staff_role(g, person, &file, act) {
            Ok((by, used)) => (by, used.actor(), used.unit.raw()),
            Err(refusal) => return Err(told(tx, &file, refusal)),
        },
        Hand::Sender { code } if is_code(&code_of(tx.keys(), id), code) => (By::Sender, Actor::PUBLIC, 0),
        Hand::House => (By::System, Actor::SYSTEM, 0),
        Hand::Sender { .. } | Hand::Public => return Err(Refusal::not_found().into()),
    };
    let from = file.case.stage;
    let to = match next_stage(from, act, by) {
        Ok(to) => to,
        Err(refusal) => return Err(told(tx, &file, refusal)),
    };
    if let Err(refusal) = must_be_current(&file.case, shown) {
        return Err(told(tx, &file, refusal));
    }
    let case = Case { stage: to, version: file.case.version + 1, ..file.case.clone() };
    let (ground, who) = (g.clone(), Act::new(actor, at));
    Ok(Step { file, case, act, by, who, unit, act_id: None, new_answer: None, ground, from })
}

/// A case with its acts, whoever asks; rows that wait are written before.
pub(super) fn read_file(tx: &mut Tx<'_>, id: Id<Case>) -> Outcome<Option<CaseFile>> {
    tx.settle()?;
    file_by_id(tx.conn, id)
}

/// In which role a member of staff does this act: the first role of the table for which a duty and its
/// scope allow it.
fn staff_role(g: &Ground, person: &Person, file: &CaseFile, act: ActKind) -> Result<(By, PostUsed), Refusal> {
    let legal_here = MOVES.iter().any(|m| m.from == file.case.stage && m.act == act);
    let roles = [By::Clerk, By::Handler, By::Verifier, By::Leader];
    let mut refusal = None;
    for by in roles.into_iter().filter(|by| MOVES.iter().any(|m| m.act == act && m.by == *by)) {
        let kind = if by == By::Leader { Kind::CaseDecision } else { Kind::CaseWork };
        for duty in duties_of(by) {
            match may(person, *duty, &file.resource(kind)).and_then(|used| in_charge(g, &file.case, by, used))
            {
                Ok(used) => return Ok((by, used)),
                // What is said about a duty that the person has says more than "forbidden".
                Err(r) if refusal.is_none() || r.key != "stop.forbidden" => refusal = Some(r),
                Err(_) => {}
            }
        }
    }
    may_view(person, &file.resource(Kind::CaseView))?;
    if !legal_here {
        // Whoever may see it is told where it stands rather than that it is not theirs.
        next_stage(file.case.stage, act, By::System)?;
    }
    Err(refusal.unwrap_or_else(Refusal::forbidden))
}

/// The acts that this person may do on the case now, in the order of the table: the buttons of a page.
/// The deed decides again.
pub(super) fn acts_for(g: &Ground, person: &Person, file: &CaseFile, now: Millis) -> Vec<ActKind> {
    let here = MOVES.iter().filter(|m| m.from == file.case.stage);
    let mut acts: Vec<ActKind> = Vec::new();
    for m in here.filter(|m| !matches!(m.by, By::Sender | By::System)) {
        let role = staff_role(g, person, file, m.act).is_ok_and(|(by, _)| by == m.by);
        if role && !acts.contains(&m.act) && is_open_to(g, person, file, m.act, now) {
            acts.push(m.act);
        }
    }
    acts
}

/// What the table does not say: nobody records a word on own work, windows end, the top has nothing above.
fn is_open_to(g: &Ground, person: &Person, file: &CaseFile, act: ActKind, now: Millis) -> bool {
    let case = &file.case;
    match act {
        ActKind::Confirm => {
            let handlers = file.did(&[ActKind::Take, ActKind::Report]);
            may_record_word(person.account.raw(), &handlers, &file.did(&[ActKind::Close, ActKind::Verify]))
                .is_ok()
        }
        ActKind::Reopen => {
            let since = case.confirmed.unwrap_or(case.created);
            may_reopen(case, reopen_until(since, g.windows.reopen_days, &g.here(&case.place)), now).is_ok()
        }
        ActKind::Escalate => g.units.desk_above(&case.place, case.level).is_some(),
        ActKind::Grant | ActKind::Deny => {
            let asked = file.acts.iter().rev().find(|a| a.act == ActKind::Extend.code());
            asked.is_some_and(|a| a.account != person.account.raw())
        }
        _ => true,
    }
}

/// A handler acts for the unit that holds the case; a clerk for the desk that holds it or one above.
pub(super) fn in_charge(g: &Ground, case: &Case, by: By, used: PostUsed) -> Result<PostUsed, Refusal> {
    let unit = used.unit.raw();
    let fits = match by {
        By::Handler => unit == case.holder.unit,
        By::Clerk | By::Leader => {
            unit == case.holder.unit || g.units.level(unit).is_some_and(|level| level >= case.level)
        }
        _ => true,
    };
    if fits {
        Ok(used)
    } else {
        Err(Refusal::new("case.refuse.held_elsewhere")
            .with("unit", g.units.name(case.holder.unit))
            .status(403))
    }
}

/// A refusal because of where the case stands also says who brought it there and when.
pub(super) fn told(tx: &mut Tx<'_>, file: &CaseFile, refusal: Refusal) -> Stop {
    if refusal.status != 409 {
        return refusal.into();
    }
    let Some(last) = file.last() else { return refusal.into() };
    let refusal = refusal.with("when~", last.at_ms);
    let name = match access::displays_of(tx.conn, &[last.account]) {
        Ok(found) => found.into_iter().next().map(|(_, name)| name),
        Err(stop) => return stop,
    };
    match name {
        Some(name) => refusal.with("who", name).into(),
        None => refusal.with("who@", By::parse(&last.by_role).unwrap_or(By::System).key()).into(),
    }
}

impl Step {
    /// When.
    pub fn at(&self) -> Millis {
        self.who.at
    }

    /// The last act of a kind.
    pub fn last_of(&self, act: ActKind) -> Option<&ActRow> {
        self.file.acts.iter().rev().find(|a| a.act == act.code())
    }

    /// Saves the case, the act and the fact.
    ///
    /// # Errors
    /// 409 when somebody else has changed the case since it was loaded: they are named.
    pub fn finish(mut self, tx: &mut Tx<'_>, said: Said) -> Outcome<Case> {
        let row = self.row(tx, &said);
        self.file.acts.push(row);
        let at = self.at();
        let due = follow_clocks(tx, &self.ground, &self.case, &self.file.acts, self.new_answer.as_ref(), at)?;
        self.case.due = due.unwrap_or(self.case.due);
        if !set_case(tx.conn, &self.file.case, &self.case)? {
            let now = file_by_id(tx.conn, self.case.id)?.ok_or_else(Refusal::not_found)?;
            let refusal = Refusal::new("case.refuse.changed_meanwhile").with("stage@", now.case.stage.key());
            return Err(told(tx, &now, refusal));
        }
        self.note_parts(tx)?;
        if let Some(row) = self.file.acts.last() {
            put_act(tx.conn, row)?;
        }
        tx.record(self.fact(&said));
        let told = Told { act: self.act, before: &self.file.case, case: &self.case, unit: self.unit };
        tell_act(tx, &self.ground, &told, at)?;
        Ok(self.case)
    }

    /// Leaves an act of its own for a changed category (改分类), before the act of this step: both count as versions.
    ///
    /// # Errors
    /// Faults of the store.
    pub fn recategorise(&mut self, tx: &mut Tx<'_>, new: i64) -> Outcome<()> {
        let old = self.case.category;
        let row = ActRow {
            act: ActKind::Recategorise.code().to_owned(),
            to_stage: self.from.code().to_owned(),
            old_category: old,
            new_category: new,
            ..self.row(tx, &Said::default())
        };
        put_act(tx.conn, &row)?;
        self.file.acts.push(row);
        self.case.version += 1;
        self.case.category = new;
        tx.record(
            Fact::new(fact_of(ActKind::Recategorise), self.who, "case", self.case.id.raw())
                .county(self.case.place.county)
                .set("by", self.by.code())
                .set("stage", self.from.code())
                .int("version", self.case.version - 1)
                .id("unit", self.unit)
                .id("old_category", old)
                .id("new_category", new),
        );
        Ok(())
    }

    fn row(&self, tx: &Tx<'_>, said: &Said) -> ActRow {
        ActRow {
            id: self.act_id.unwrap_or_else(|| tx.id::<ActRow>(self.at()).raw()),
            case_id: self.case.id.raw(),
            county_id: self.case.place.county,
            at_ms: self.at().0,
            act: self.act.code().to_owned(),
            by_role: self.by.code().to_owned(),
            from_stage: self.from.code().to_owned(),
            to_stage: self.case.stage.code().to_owned(),
            account: self.who.by.account,
            post: self.who.by.post,
            unit_id: self.unit,
            to_unit: said.to_unit,
            to_account: said.to_account,
            old_category: 0,
            new_category: 0,
            ending: said.ending.map(|e| e.code().to_owned()),
            words: said.words.clone(),
        }
    }

    /// The unit that holds the case, and the one that acted from beside, have a part in it and keep it.
    fn note_parts(&self, tx: &mut Tx<'_>) -> Outcome<()> {
        let has = self.case.holder.unit;
        for unit in [has, self.unit] {
            if unit != 0 && !self.file.parts.contains(&unit) {
                put_part(tx.conn, &self.case, unit)?;
            }
        }
        Ok(())
    }

    fn fact(&self, said: &Said) -> Fact {
        let mut fact = Fact::new(fact_of(self.act), self.who, "case", self.case.id.raw())
            .county(self.case.place.county)
            .set("by", self.by.code())
            .set("from", self.from.code())
            .set("stage", self.case.stage.code())
            .int("version", self.case.version)
            .id("unit", self.unit)
            .id("holder", self.case.holder.unit);
        if let Some(ending) = said.ending {
            fact = fact.set("ending", ending.code());
        }
        if let Some(words) = &said.words {
            fact = fact.digest("words", words);
        }
        fact
    }
}

/// The fact of an act.
pub(super) const fn fact_of(act: ActKind) -> &'static str {
    match act {
        ActKind::Submit => "case.received",
        ActKind::Accept => "case.accepted",
        ActKind::Return => "case.returned",
        ActKind::Supplement => "case.supplemented",
        ActKind::Withdraw => "case.withdrawn",
        ActKind::Dispatch => "case.dispatched",
        ActKind::Take => "case.taken",
        ActKind::Decline => "case.declined",
        ActKind::Report => "case.reported",
        ActKind::Verify => "case.verified",
        ActKind::Reject => "case.rejected",
        ActKind::Close => "case.closed",
        ActKind::Confirm => "case.confirmed",
        ActKind::Contest => "case.contested",
        ActKind::Reopen => "case.reopened",
        ActKind::Escalate => "case.escalated",
        ActKind::Note => "case.noted",
        ActKind::Metoo => "case.metoo_added",
        ActKind::Retime => "case.retimed",
        ActKind::Recategorise => "case.recategorised",
        ActKind::Pause => "case.paused",
        ActKind::Resume => "case.resumed",
        ActKind::Extend => "case.extension_asked",
        ActKind::Grant => "case.extension_granted",
        ActKind::Deny => "case.extension_denied",
        ActKind::Dispute => "case.disputed",
        ActKind::Arbitrate => "case.arbitrated",
        ActKind::Urge => "case.urged",
        ActKind::Whistle => "case.whistle_called",
        ActKind::Merge => "case.merged",
        ActKind::Unmerge => "case.unmerged",
        ActKind::Split => "case.split",
        ActKind::Link => "case.linked",
        ActKind::Unlink => "case.unlinked",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_a_fact_of_the_list() {
        for act in ActKind::ALL {
            assert!(super::super::FACTS.contains(&fact_of(*act)), "{act}");
        }
    }
}
