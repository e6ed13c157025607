//! Signing in and out (登录). A try costs the same for a name that exists and for one that does not, in
//! time, in words and in what is written; only the journal's readers see which it was.

use base::{Act, Actor, DAY_MS, Fault, Id, Millis, Outcome, Refusal, Stop};
use store::{Db, Fact, Tx};
use tokio::sync::Semaphore;
use web::session::{self, Session, Token};

use super::{accounts, second};
use crate::model::{Account, State};
use crate::rules::{TRIES, WINDOW_MS, accepted_step, must_wait_until, password_fits, recovery_form};
use crate::store::{self as rows, AccountRow};

/// How many passwords are compared at one time: each takes 19 MiB and a core.
static COMPARING: Semaphore = Semaphore::const_new(4);

/// Characters of a typed name that count.
const NAME_CHARS: usize = 64;

/// What is still to do before somebody is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Change a password that somebody else set.
    NewPassword,
    /// Type the code of the second factor.
    Code,
    /// Set up a second factor.
    Enrol,
    /// Nothing.
    In,
}

impl Step {
    /// In the journal.
    const fn code(self) -> &'static str {
        ["new_password", "code", "enrol", "in"][self as usize]
    }
}

/// A session that was opened, and what is still to do in it.
pub struct Entered {
    /// The session's token, for the browser.
    pub token: Token,
    /// Whose.
    pub account: Id<Account>,
    /// What comes next; the session is complete only at [`Step::In`].
    pub step: Step,
}

/// What an account that proved its password has to do next.
pub fn next_step(row: &AccountRow, require_totp: bool) -> Step {
    match (row.must_change, row.totp_on) {
        (true, _) => Step::NewPassword,
        (false, true) => Step::Code,
        (false, false) if require_totp => Step::Enrol,
        (false, false) => Step::In,
    }
}

fn tag_of(db_keys: &store::Keys, typed: &str) -> Vec<u8> {
    let name: String = typed.trim().chars().take(NAME_CHARS).flat_map(char::to_lowercase).collect();
    db_keys.blind("access", &name)
}

/// The writer that all tries with one name go to, so that they take turns on an engine with several.
fn turn(tag: &[u8]) -> i64 {
    tag.iter().fold(0_i64, |key, b| key.wrapping_mul(31).wrapping_add(i64::from(*b)))
}

fn wrong() -> Refusal {
    Refusal::new("access.refuse.wrong").status(403)
}

/// Refuses a name that has used up its tries.
fn must_not_wait(conn: &mut store::Conn, tag: &[u8], at: Millis) -> Outcome<()> {
    let tries = rows::tries_since(conn, tag, at.plus(-WINDOW_MS), TRIES)?;
    match must_wait_until(&tries, at) {
        None => Ok(()),
        Some(until) => {
            let minutes = (until.0 - at.0 + base::MINUTE_MS - 1) / base::MINUTE_MS;
            Err(Refusal::new("access.refuse.wait").status(429).with("minutes", minutes).into())
        }
    }
}

/// Signs in with name and password: the first step, and the only one for an account without more to do.
///
/// # Errors
/// `access.refuse.wrong` for a wrong name and for a wrong password alike, `access.refuse.wait` after
/// ten of them in a quarter of an hour, `access.refuse.locked` for a suspended or ended account whose
/// password was right.
pub async fn sign_in(
    db: &Db,
    config: &web::Config,
    name: &str,
    password: String,
    at: Millis,
) -> Outcome<Entered> {
    let tag = tag_of(db.keys(), name);
    let typed = name.trim().chars().take(NAME_CHARS).collect::<String>().to_ascii_lowercase();
    let (asked, sought) = (tag.clone(), typed.clone());
    let row = db
        .read(move |conn| {
            must_not_wait(conn, &asked, at)?;
            rows::account_by_name(conn, &sought)
        })
        .await?;
    let stored = row.as_ref().map(|r| r.password.clone());
    let fits = prove_password(password, stored.clone()).await?;
    let (config, proved) = (config.clone(), if fits { stored } else { None });
    db.write_keyed(turn(&tag), move |tx| settle(tx, &config, &tag, &typed, proved.as_deref(), at))
        .await?
        .map_err(Stop::from)
}

/// Whether a password fits a stored digest, off the threads that serve requests.
///
/// # Errors
/// A fault when the process is ending.
pub async fn prove_password(password: String, stored: Option<String>) -> Outcome<bool> {
    let _permit = COMPARING.acquire().await?;
    Ok(tokio::task::spawn_blocking(move || password_fits(&password, stored.as_deref())).await?)
}

/// Concludes the first step in one transaction. A refusal that leaves a trace comes as `Ok(Err(..))`,
/// because a deed that returns `Err` leaves none. Tries that were under way together take their turns
/// here, so that ten are ten.
fn settle(
    tx: &mut Tx<'_>,
    config: &web::Config,
    tag: &[u8],
    typed: &str,
    proved: Option<&str>,
    at: Millis,
) -> Outcome<Result<Entered, Refusal>> {
    must_not_wait(tx.conn, tag, at)?;
    let row = rows::account_by_name(tx.conn, typed)?;
    let failed = |account: i64, why| {
        Fact::new("access.sign_in_failed", Act::new(Actor::PUBLIC, at), "account", account)
            .set("why", why)
            .digest("name", typed)
    };
    let row = match row {
        Some(row) if proved == Some(row.password.as_str()) => row,
        other => {
            let id = tx.id::<()>(at).raw();
            rows::put_try(tx.conn, id, tag, at)?;
            rows::sweep_tries(tx.conn, at.plus(-DAY_MS))?;
            tx.record(failed(other.map_or(0, |r| r.id), "password"));
            return Ok(Err(wrong()));
        }
    };
    if row.state() != State::Active {
        tx.record(failed(row.id, row.state().code()));
        return Ok(Err(Refusal::new("access.refuse.locked").status(403)));
    }
    let step = next_step(&row, config.require_totp);
    enter(tx, config, &row, step, None, at).map(Ok)
}

/// Opens the session of a step (closing the one of the step before) and records it.
fn enter(
    tx: &mut Tx<'_>,
    config: &web::Config,
    row: &AccountRow,
    step: Step,
    before: Option<&Session>,
    at: Millis,
) -> Outcome<Entered> {
    if let Some(old) = before {
        session::close(tx, old.id)?;
    }
    if step == Step::Enrol {
        second::begin(tx, row, at)?;
    }
    if step == Step::In {
        let tag = tag_of(tx.keys(), &row.name);
        rows::forget_tries(tx.conn, &tag)?;
        rows::set_signed_in(tx.conn, row.id(), at)?;
    }
    let token = session::open(tx, config, row.id, step == Step::In, at)?;
    let place = accounts::place_of(tx, row.unit())?;
    let act = Act::new(Actor { account: row.id, post: 0 }, at);
    tx.record(accounts::fact("access.signed_in", act, row.id(), place).set("step", step.code()));
    Ok(Entered { token, account: row.id(), step })
}

/// The account of a session that is on its way in, if it is at this step.
fn under_way(tx: &mut Tx<'_>, config: &web::Config, session: &Session, step: Step) -> Outcome<AccountRow> {
    let row = rows::account_by_id(tx.conn, Id::of(session.account_id))?.ok_or_else(Refusal::not_found)?;
    let here =
        !session.complete && row.state() == State::Active && next_step(&row, config.require_totp) == step;
    if here { Ok(row) } else { Err(Refusal::new("access.refuse.step").into()) }
}

/// The second step: a code of the second factor, or a recovery code.
///
/// # Errors
/// `access.refuse.wrong_code`, which also answers a code that was taken before; `access.refuse.wait`.
pub async fn prove_code(
    db: &Db,
    config: &web::Config,
    session: &Session,
    typed: &str,
    at: Millis,
) -> Outcome<Entered> {
    let (config, session, typed) = (config.clone(), session.clone(), typed.to_owned());
    let said = db
        .write_keyed(session.account_id, move |tx| {
            let row = under_way(tx, &config, &session, Step::Code)?;
            let tag = tag_of(tx.keys(), &row.name);
            must_not_wait(tx.conn, &tag, at)?;
            if takes_code(tx, &row, &typed, at)? {
                return enter(tx, &config, &row, Step::In, Some(&session), at).map(Ok);
            }
            let id = tx.id::<()>(at).raw();
            rows::put_try(tx.conn, id, &tag, at)?;
            let act = Act::new(Actor::PUBLIC, at);
            tx.record(Fact::new("access.sign_in_failed", act, "account", row.id).set("why", "code"));
            Ok(Err(Refusal::new("access.refuse.wrong_code").status(403)))
        })
        .await?;
    said.map_err(Stop::from)
}

/// Whether the typed code opens, and if so uses it up.
fn takes_code(tx: &mut Tx<'_>, row: &AccountRow, typed: &str, at: Millis) -> Outcome<bool> {
    let secret = second::secret_of(tx, row)?.ok_or_else(|| Fault::new("a second factor without a secret"))?;
    if let Some(step) = accepted_step(&secret, typed, at, row.totp_step)? {
        return rows::set_totp_step(tx.conn, row.id(), step);
    }
    let code = recovery_form(typed);
    if code.len() != second::RECOVERY_CHARS {
        return Ok(false);
    }
    let digest = second::recovery_digest(tx.keys(), row.id(), &code);
    let spent = rows::spend_recovery(tx.conn, row.id(), &digest, at)?;
    if spent {
        let act = Act::new(Actor { account: row.id, post: 0 }, at);
        tx.record(Fact::new("access.recovery_used", act, "account", row.id));
    }
    Ok(spent)
}

/// The step in which a password that somebody else set is changed. `old` and `digest` as for
/// [`accounts::change_password`].
///
/// # Errors
/// As there, and when the session is at another step.
pub fn renew_password(
    tx: &mut Tx<'_>,
    config: &web::Config,
    session: &Session,
    old: &str,
    digest: &str,
    at: Millis,
) -> Outcome<Entered> {
    let mut row = under_way(tx, config, session, Step::NewPassword)?;
    accounts::change_password(tx, at, row.id(), old, digest, Some(session.id))?;
    row.must_change = false;
    let step = next_step(&row, config.require_totp);
    enter(tx, config, &row, step, Some(session), at)
}

/// The step in which the second factor that the house demands is confirmed; also gives the recovery codes.
///
/// # Errors
/// Invalid on field `code`; refused when the session is at another step.
pub fn finish_enrolment(
    tx: &mut Tx<'_>,
    config: &web::Config,
    session: &Session,
    typed: &str,
    at: Millis,
) -> Outcome<(Entered, Vec<String>)> {
    let row = under_way(tx, config, session, Step::Enrol)?;
    let codes = second::confirm_totp(tx, at, row.id(), typed)?;
    Ok((enter(tx, config, &row, Step::In, Some(session), at)?, codes))
}

/// Signs out of one session.
///
/// # Errors
/// Faults of the store.
pub fn sign_out(tx: &mut Tx<'_>, session: &Session, at: Millis) -> Outcome<()> {
    session::close(tx, session.id)?;
    let act = Act::new(Actor { account: session.account_id, post: 0 }, at);
    tx.record(Fact::new("access.signed_out", act, "account", session.account_id));
    Ok(())
}

/// Signs an account out of its other sessions; says of how many.
///
/// # Errors
/// Faults of the store.
pub fn sign_out_others(tx: &mut Tx<'_>, session: &Session, at: Millis) -> Outcome<usize> {
    let n = session::close_all(tx, session.account_id, Some(session.id))?;
    let act = Act::new(Actor { account: session.account_id, post: 0 }, at);
    let fact = Fact::new("access.signed_out", act, "account", session.account_id);
    tx.record(fact.set("which", "others").int("sessions", i64::try_from(n).unwrap_or(0)));
    Ok(n)
}
