//! Plays the planned year in a founded city: every arrival and every act goes through the deed of the case
//! room that a person's click would go through, in the order of time, many to a transaction.
//!
//! An act that the room refuses is counted and ends its matter's way; it is no fault. Timers run in between,
//! each at its own time: they mark what is late and confirm what nobody answers.

mod calls;
mod links;

use std::collections::HashMap;
use std::sync::{Arc, mpsc};

use access::{Duty, HeldPost, Person, Place};
use base::{DAY_MS, HOUR_MS, Id, Millis, Outcome, Refusal, Stop};
use case::deeds::{self, Hand as By};
use case::model::{
    AcceptOrder, AnswerOrder, Body, Case, Channel, DispatchOrder, ExtendOrder, Intake, Line, PauseOrder,
    Point, Proof, ReasonOrder, ReportOrder, Reporter, Spot, Title,
};
use case::store::{Ground as Known, code_of};
use parts::files::{Picture, read_picture};
use store::{Conn, Db, Tx};

use super::found::{City, Say, Size, found};
use super::plan::{Event, Matter, Order, Year};
use super::steps::{Deed, Hand, Step};
use super::supervise::supervise;
use super::text::Grammar;
use crate::house::{self, Told};

/// Events of one transaction: large enough that its flush to the disk does not count.
const BATCH: usize = 8_000;
/// Batches that may wait while one is written.
const AHEAD: usize = 2;

/// How far back the city's year goes.
const DAYS: i64 = 365;
/// The seed of the year. Another one gives another year of the same city.
const SEED: u64 = 20_261_121;

/// Makes the whole demo in an empty, migrated database: the city as it was founded a year ago, and the year.
///
/// # Errors
/// Faults of the store, and mistakes in what is built in.
pub fn build(db: &Db, size: Size, say: Say<'_>) -> anyhow::Result<Lived> {
    let until = db.clock().now();
    let city = found(db, until.plus(-(DAYS + 1) * DAY_MS), size, &mut *say)?;
    let matters = if size == Size::Small { 300 } else { 30_000 };
    let order = Order { seed: SEED, matters, until, days: DAYS, focus: 0 };
    let lived = live(db, &city, order, &mut |done, all| say("一年的事项", done, all))?;
    super::notices::tell_city(db, &city, until)?;
    supervise(db, &city, until)?;
    super::calls::call_back(db, &city, until)?;
    Ok(lived)
}

/// What the year came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lived {
    /// Matters that came in.
    pub matters: usize,
    /// Deeds that were done, without the timers.
    pub deeds: usize,
    /// Timers that ran.
    pub timers: usize,
    /// Acts that the room refused.
    pub refused: usize,
}

/// Plays the year. `say` is told the matters so far and all of them.
///
/// # Errors
/// Faults of the store; a refusal is none.
pub fn live(db: &Db, city: &City, order: Order, say: &mut dyn FnMut(u64, u64)) -> anyhow::Result<Lived> {
    let grammar = Grammar::load()?;
    let mut player = Player::new(db, city, order)?;
    std::thread::scope(|scope| {
        let (send, receive) = mpsc::sync_channel(AHEAD);
        scope.spawn(move || {
            let mut year = Year::new(order, &city.ground, &city.pack, &grammar);
            loop {
                let batch: Vec<Event> = year.by_ref().take(BATCH).collect();
                if batch.is_empty() || send.send(batch).is_err() {
                    break;
                }
            }
        });
        for batch in receive {
            player.play(batch)?;
            say(player.lived.matters as u64, order.matters as u64);
        }
        player.call_and_urge(order)?;
        player.link(order)?;
        player.finish(order.until)?;
        Ok(player.lived)
    })
}

/// Where a matter of the plan stands in the database.
#[derive(Debug, Clone)]
struct Track {
    case: Id<Case>,
    number: String,
    place: Place,
    village: usize,
    grid: usize,
    category: i64,
    suggested: i64,
    holder: i64,
    back: i64,
    handler: Option<Arc<Person>>,
    is_over: bool,
}

/// Who acts: everybody of a unit with a duty, and the heads of grids.
#[derive(Debug, Clone, Default)]
struct Roster {
    by_unit: HashMap<(i64, Duty), Vec<Arc<Person>>>,
    heads: HashMap<(usize, usize), Arc<Person>>,
}

impl Roster {
    /// Somebody of a unit with one of the duties; always the same for the same number.
    fn pick(&self, unit: i64, duties: &[Duty], number: usize) -> Option<&Arc<Person>> {
        duties.iter().find_map(|d| self.by_unit.get(&(unit, *d))).map(|all| &all[number % all.len()])
    }

    fn add(&mut self, person: &Arc<Person>) {
        for HeldPost { unit, duties, .. } in &person.posts {
            for duty in duties.iter() {
                self.by_unit.entry((unit.raw(), duty)).or_default().push(person.clone());
            }
        }
    }
}

/// The entry that every unit of the story names; real ones are in the local lists.
const DUTY_ENTRY: &str = "权责清单（演示）";

/// What proves the story's work where its category asks for it.
const PAPER: &str = "验收单（演示）";
const SIGNED: &str = "回访签收单（演示）";

/// What all batches share.
struct Stage {
    known: Known,
    picture: Picture,
    places: Vec<Place>,
    grids: Vec<Vec<Id<territory::Grid>>>,
    timers: Vec<(&'static str, jobs::Handler)>,
}

/// The timers of the year that is played through. The nightly proof of the clocks waits for the house to be opened.
pub(super) fn timers_of(known: &Known) -> Vec<(&'static str, jobs::Handler)> {
    let ground = known.clone();
    let mut all = house::timers_over(move || ground.clone());
    all.retain(|(kind, _)| *kind != deeds::CLOCK_CHECK);
    all.push((
        deeds::CLOCK_CHECK,
        jobs::handler(|tx, act, _| jobs::put(tx, deeds::CLOCK_CHECK, 0, act.at.plus(400 * DAY_MS), act.at)),
    ));
    all
}

struct Player<'a> {
    db: &'a Db,
    stage: Arc<Stage>,
    roster: Arc<Roster>,
    heads: Heads,
    tracks: HashMap<usize, Track>,
    lived: Lived,
}

/// Where the accounts of grid heads are found: one begins for each village at its sum.
struct Heads {
    first: Vec<usize>,
    at: Millis,
}

/// What one transaction came to.
struct Played {
    tracks: HashMap<usize, Track>,
    deeds: usize,
    timers: usize,
    refused: usize,
}

impl<'a> Player<'a> {
    fn new(db: &'a Db, city: &City, order: Order) -> anyhow::Result<Self> {
        let at = order.until;
        let mut accounts: Vec<_> = city.staff.by_unit.values().flatten().copied().collect();
        accounts.extend(city.cast.members.iter().map(|m| m.account));
        accounts.sort_unstable();
        accounts.dedup();
        let people = db
            .read_now(move |conn| {
                let one = |account: &Id<access::Account>| access::person_by_account(conn, *account, at);
                accounts.iter().map(one).collect::<Outcome<Vec<_>>>()
            })
            .told()?;
        let mut roster = Roster::default();
        let people: Vec<Arc<Person>> = people.into_iter().flatten().map(Arc::new).collect();
        people.iter().for_each(|p| roster.add(p));
        // The grid worker of the cast heads the first grid of the village in focus.
        let worker = city.cast.get("grid").and_then(|m| people.iter().find(|p| p.account == m.account));
        roster.heads.extend(worker.map(|p| ((order.focus, 0), p.clone())));
        let mut sum = 0;
        let first = city.ground.villages.iter().map(|v| {
            sum += v.grids;
            sum - v.grids
        });
        let places = city.ground.villages.iter().map(|v| {
            let found = city.known.atlas.by_code("nbs12", &v.area.code).first().map(|e| e.id);
            found.map_or_else(Place::default, |id| deeds::place_of(&city.known.atlas, id))
        });
        Ok(Self {
            db,
            heads: Heads { first: first.collect(), at },
            stage: Arc::new(Stage {
                known: city.known.clone(),
                picture: read_picture(include_bytes!("work.png")).told()?,
                places: places.collect(),
                grids: city.grids.clone(),
                timers: timers_of(&city.known),
            }),
            roster: Arc::new(roster),
            tracks: HashMap::new(),
            lived: Lived::default(),
        })
    }

    fn play(&mut self, batch: Vec<Event>) -> anyhow::Result<()> {
        self.meet_heads(&batch)?;
        self.lived.matters += batch.iter().filter(|e| matches!(e, Event::Arrival(_))).count();
        let mut mine = HashMap::new();
        for event in &batch {
            let mut take = |n: usize| self.tracks.get(&n).map(|t| mine.insert(n, t.clone()));
            if let Event::Act { matter, step } = event {
                take(*matter);
                if let Deed::Close { same_as: Some(other), .. } = &step.deed {
                    take(*other);
                }
            }
        }
        let (stage, roster) = (self.stage.clone(), self.roster.clone());
        let played = self.db.write_now(move |tx| play(tx, &stage, &roster, &batch, mine.clone())).told()?;
        self.tracks.extend(played.tracks);
        self.lived.deeds += played.deeds;
        self.lived.timers += played.timers;
        self.lived.refused += played.refused;
        Ok(())
    }

    /// Reads the heads of grids whose hands this batch needs and who were not met before.
    fn meet_heads(&mut self, batch: &[Event]) -> anyhow::Result<()> {
        let needed: Vec<(usize, usize, String)> = batch
            .iter()
            .filter_map(|e| match e {
                Event::Arrival(m) if m.channel == Channel::Grid => Some((m.village, m.grid)),
                _ => None,
            })
            .filter(|key| !self.roster.heads.contains_key(key))
            .map(|(village, grid)| (village, grid, format!("w{:05}", self.heads.first[village] + grid)))
            .collect();
        if needed.is_empty() {
            return Ok(());
        }
        let at = self.heads.at;
        let met = self
            .db
            .read_now(move |conn| needed.iter().map(|n| head(conn, n, at)).collect::<Outcome<Vec<_>>>());
        Arc::make_mut(&mut self.roster).heads.extend(met.told()?.into_iter().flatten());
        Ok(())
    }

    /// Plays something among the matters: those near the cast first, the newest first.
    fn among_near(&mut self, order: Order, play: Among) -> anyhow::Result<()> {
        let mut tracks: Vec<(usize, Track)> = self.tracks.iter().map(|(n, t)| (*n, t.clone())).collect();
        tracks.sort_by_key(|(n, t)| (t.village != order.focus, std::cmp::Reverse(*n)));
        let (stage, roster, until) = (self.stage.clone(), self.roster.clone(), order.until);
        let deeds = self.db.write_now(move |tx| play(tx, &stage, &roster, &tracks, until)).told()?;
        self.lived.deeds += deeds;
        Ok(())
    }

    /// Runs what is due in the last hours of the year.
    fn finish(&mut self, until: Millis) -> anyhow::Result<()> {
        let timers = self.stage.timers.clone();
        self.lived.timers += self.db.keep_house_now(move |tx| jobs::run_within(tx, &timers, until)).told()?;
        Ok(())
    }
}

/// What is played among matters in order; gives how many deeds were done.
type Among = fn(&mut Tx<'_>, &Stage, &Roster, &[(usize, Track)], Millis) -> Outcome<usize>;

/// A refusal leaves the matter as it is; only a fault ends the demo.
fn soft<T>(said: Outcome<T>) -> Outcome<Option<T>> {
    match said {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Fault(fault)) => Err(fault.into()),
        Err(_) => Ok(None),
    }
}

/// Giving back with the entry of the duty list that the story's units lean on.
fn not_mine(words: &str) -> Outcome<case::model::DeclineOrder> {
    let duty_entry = case::model::Line::filled("duty_entry", DUTY_ENTRY)?;
    Ok(case::model::DeclineOrder { version: None, reason: reason(words)?.reason, duty_entry })
}

type Head = ((usize, usize), Arc<Person>);

fn head(
    conn: &mut Conn,
    (village, grid, name): &(usize, usize, String),
    at: Millis,
) -> Outcome<Option<Head>> {
    let Some(row) = access::account_by_name(conn, name)? else { return Ok(None) };
    let person = access::person_by_account(conn, row.id(), at)?;
    Ok(person.map(|p| ((*village, *grid), Arc::new(p))))
}

fn play(
    tx: &mut Tx<'_>,
    stage: &Stage,
    roster: &Roster,
    batch: &[Event],
    tracks: HashMap<usize, Track>,
) -> Outcome<Played> {
    let mut played = Played { tracks, deeds: 0, timers: 0, refused: 0 };
    let mut hour = 0;
    for event in batch {
        if event.at().0 / HOUR_MS != hour {
            hour = event.at().0 / HOUR_MS;
            played.timers += jobs::run_within(tx, &stage.timers, event.at())?;
        }
        let scene = Scene { stage, roster, at: event.at() };
        let said = match event {
            Event::Arrival(m) => scene.arrive(tx, m).map(|t| drop(played.tracks.insert(m.number, t))),
            Event::Act { matter, step } => scene.act(tx, *matter, step, &mut played.tracks),
        };
        match said {
            Ok(()) => played.deeds += 1,
            Err(Stop::Fault(fault)) => return Err(fault.into()),
            Err(_) if matches!(event, Event::Act { step, .. } if step.deed.is_about_time()) => {}
            Err(stop) => {
                played.refused += 1;
                tracing::debug!(?stop, ?event, "refused in the demo");
                if let Event::Act { matter, .. } = event
                    && let Some(track) = played.tracks.get_mut(matter)
                {
                    track.is_over = true;
                }
            }
        }
    }
    Ok(played)
}

/// One moment in the city.
struct Scene<'a> {
    stage: &'a Stage,
    roster: &'a Roster,
    at: Millis,
}

impl Scene<'_> {
    fn arrive(&self, tx: &mut Tx<'_>, m: &Matter) -> Outcome<Track> {
        let g = &self.stage.known;
        let grid = self.stage.grids[m.village].get(m.grid).copied();
        let place = Place { grid: grid.map_or(0, Id::raw), ..self.stage.places[m.village] };
        let category = g.category_by_code(&m.category).map_or(0, |c| c.id);
        let mut intake = Intake::new(
            m.channel,
            place,
            category,
            Title::new("title", &m.title)?,
            Body::new("body", &m.body)?,
        )?;
        let point =
            grid.filter(|_| !m.spot.is_empty() && m.number % 10 < 7).and_then(|id| self.middle_of(id));
        intake.spot = Spot { words: Line::new("spot", &m.spot)?.into_string(), point };
        intake.answers.clone_from(&m.answers);
        if let Some((name, contact)) = &m.reporter {
            intake.reporter = Reporter::new(name, contact, m.is_confidential)?;
        }
        intake.is_public = m.is_public;
        let receipt = match m.channel {
            Channel::Web | Channel::Api => deeds::submit_case(tx, g, By::Public, self.at, &intake)?,
            Channel::Grid => {
                let head = self.roster.heads.get(&(m.village, m.grid)).ok_or_else(nobody)?;
                deeds::submit_case(tx, g, By::Staff(head), self.at, &intake)?
            }
            _ => {
                let desk = g.units.first_desk(&place).map_or(0, |d| d.0);
                let clerk = self.roster.pick(desk, &[Duty::Intake], m.number).ok_or_else(nobody)?;
                deeds::submit_case(tx, g, By::Staff(clerk), self.at, &intake)?
            }
        };
        Ok(Track {
            case: receipt.id,
            number: receipt.number,
            place,
            village: m.village,
            grid: m.grid,
            category,
            suggested: g.suggest(category, &place, m.channel, self.at).unit.unwrap_or(0),
            holder: receipt.unit,
            back: 0,
            handler: None,
            is_over: false,
        })
    }

    /// The middle of a grid's corners. The demo's grids are compact, so that it lies inside.
    fn middle_of(&self, grid: Id<territory::Grid>) -> Option<Point> {
        let ring = self.stage.known.atlas.grid(grid)?.outline.rings().first()?;
        let count = i64::try_from(ring.len()).ok().filter(|n| *n > 0)?;
        let lat = ring.iter().map(|s| i64::from(s.lat)).sum::<i64>() / count;
        let lon = ring.iter().map(|s| i64::from(s.lon)).sum::<i64>() / count;
        Point::wgs84(lat, lon).ok()
    }

    fn act(
        &self,
        tx: &mut Tx<'_>,
        number: usize,
        step: &Step,
        tracks: &mut HashMap<usize, Track>,
    ) -> Outcome<()> {
        let same_as = match &step.deed {
            Deed::Close { same_as: Some(other), .. } => tracks.get(other).map(|t| t.number.clone()),
            _ => None,
        };
        let Some(track) = tracks.get_mut(&number).filter(|t| !t.is_over) else { return Ok(()) };
        match step.hand {
            Hand::Sender => self.by_sender(tx, track, &step.deed),
            Hand::Clerk => self.by_clerk(tx, number, track, &step.deed, same_as),
            Hand::Handler => self.by_handler(tx, number, track, &step.deed),
            Hand::Verifier => self.by_verifier(tx, number, track, &step.deed),
            Hand::Leader => self.by_leader(tx, number, track, &step.deed),
            // The timer does it at its own time.
            Hand::System => Ok(()),
        }
    }

    fn by_sender(&self, tx: &mut Tx<'_>, track: &mut Track, deed: &Deed) -> Outcome<()> {
        let (g, at, id) = (&self.stage.known, self.at, track.case);
        let code = code_of(tx.keys(), id);
        let hand = By::Sender { code: &code };
        let done = match deed {
            Deed::Supplement(words) => deeds::supplement_case(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Withdraw(words) => deeds::withdraw_case(tx, g, hand, at, id, Some(words))?,
            Deed::Confirm => deeds::confirm_case(tx, g, hand, at, id, None, None)?,
            Deed::Contest(words) => deeds::contest_case(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Reopen(words) => deeds::reopen_case(tx, g, hand, at, id, &reason(words)?)?,
            _ => return deeds::add_metoo(tx, at, id, &format!("demo-{}", at.0)).map(drop),
        };
        track.holder = done.unit;
        Ok(())
    }

    fn by_clerk(
        &self,
        tx: &mut Tx<'_>,
        number: usize,
        track: &mut Track,
        deed: &Deed,
        same_as: Option<String>,
    ) -> Outcome<()> {
        let (g, at, id) = (&self.stage.known, self.at, track.case);
        // A matter that is being handled is with its handler; the desk that sent it out sends it on.
        let desk = [track.holder, track.back]
            .into_iter()
            .find(|u| self.roster.pick(*u, &[Duty::Clerk], 0).is_some());
        let desk = desk.ok_or_else(nobody)?;
        let clerk = self.roster.pick(desk, &[Duty::Clerk], number).ok_or_else(nobody)?;
        let hand = By::Staff(clerk);
        let done = match deed {
            Deed::Accept => deeds::accept_case(tx, g, hand, at, id, &AcceptOrder::default())?,
            Deed::AcceptOther => {
                let category = self.beside(track.category, number);
                let order = AcceptOrder { category, ..AcceptOrder::default() };
                track.category = category.unwrap_or(track.category);
                deeds::accept_case(tx, g, hand, at, id, &order)?
            }
            Deed::Arbitrate(words) => {
                track.back = desk;
                let words = Some(Body::new("words", words)?);
                let order = DispatchOrder { version: None, unit: track.suggested, account: 0, words };
                deeds::arbitrate_case(tx, g, hand, at, id, &order)?
            }
            Deed::Return(words) => deeds::return_case(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Escalate(words) => deeds::escalate_case(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Dispatch { words, is_wrong } => {
                let unit = if *is_wrong { self.another(track, number) } else { track.suggested };
                let words = words.as_deref().map(|w| Body::new("words", w)).transpose()?;
                track.back = desk;
                let order = DispatchOrder { version: None, unit, account: self.worker(track, unit), words };
                deeds::dispatch_case(tx, g, hand, at, id, &order)?
            }
            Deed::Close { ending, answer, referred_to, .. } => {
                let order = AnswerOrder {
                    version: None,
                    ending: Some(*ending),
                    answer: Some(Body::new("answer", answer)?),
                    same_as,
                    referred_to: referred_to.clone(),
                };
                deeds::close_case(tx, g, hand, at, id, &order)?
            }
            _ => return Ok(()),
        };
        track.holder = done.unit;
        Ok(())
    }

    /// Another category under the same heading, if there is one that may be chosen.
    fn beside(&self, category: i64, number: usize) -> Option<i64> {
        let g = &self.stage.known;
        let own = g.category(category)?;
        let near = g.categories().filter(|c| c.parent == own.parent && c.id != own.id && c.is_valid(self.at));
        let all: Vec<i64> = near.filter(|c| c.kind.is_some()).map(|c| c.id).collect();
        all.get(number.checked_rem(all.len())?).copied()
    }

    /// Another department of the same county than the right one.
    fn another(&self, track: &Track, number: usize) -> i64 {
        let near = self.stage.known.units.at(access::Level::County, track.place.county);
        let others: Vec<i64> = near
            .filter(|u| u.kind == access::UnitKind::Department && u.id.raw() != track.suggested)
            .map(|u| u.id.raw())
            .collect();
        if others.is_empty() { track.suggested } else { others[number % others.len()] }
    }

    /// The grid worker's account where the unit is the village's own; 0 where the unit decides.
    fn worker(&self, track: &Track, unit: i64) -> i64 {
        let is_own = self.stage.known.units.get(unit).is_some_and(|u| u.kind == access::UnitKind::Committee);
        let head = self.roster.heads.get(&(track.village, track.grid)).filter(|_| is_own);
        head.map_or(0, |p| p.account.raw())
    }

    fn by_handler(&self, tx: &mut Tx<'_>, number: usize, track: &mut Track, deed: &Deed) -> Outcome<()> {
        const DUTIES: [Duty; 2] = [Duty::Handle, Duty::Mediate];
        let (g, at, id) = (&self.stage.known, self.at, track.case);
        let fresh = matches!(deed, Deed::Take | Deed::Decline(_) | Deed::Dispute(_));
        let person = match track.handler.clone().filter(|_| !fresh) {
            Some(person) => person,
            None if self.worker(track, track.holder) != 0 => {
                self.roster.heads.get(&(track.village, track.grid)).cloned().ok_or_else(nobody)?
            }
            None => self.roster.pick(track.holder, &DUTIES, number).cloned().ok_or_else(nobody)?,
        };
        let hand = By::Staff(&person);
        let done = match deed {
            Deed::Take => deeds::take_case(tx, g, hand, at, id, None)?,
            Deed::Decline(words) => deeds::decline_case(tx, g, hand, at, id, &not_mine(words)?)?,
            Deed::Dispute(words) => deeds::dispute_case(tx, g, hand, at, id, &not_mine(words)?)?,
            Deed::Pause { reason, paper } => {
                let paper = (!paper.is_empty()).then(|| Line::new("paper", paper)).transpose()?;
                let reason = (*reason).to_owned();
                let order = PauseOrder { version: None, reason, words: None, paper };
                deeds::pause_case(tx, g, hand, at, id, &order)?
            }
            Deed::Resume(words) => deeds::resume_case(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Extend { days, words } => {
                let order = ExtendOrder { version: None, n: *days, reason: reason(words)?.reason };
                deeds::extend_case(tx, g, hand, at, id, &order)?
            }
            Deed::Report { ending, words, paper } => {
                let signed = self.prove(tx, track)?;
                let named = g
                    .category(track.category)
                    .is_some_and(|c| c.needs_evidence || c.proofs.contains(&Proof::Paper));
                let paper = paper.as_deref().or(named.then_some(PAPER));
                let order = ReportOrder {
                    version: None,
                    ending: *ending,
                    words: Body::new("words", words)?,
                    paper: paper.map(|p| Line::new("paper", p)).transpose()?,
                    signed,
                };
                deeds::report_case(tx, g, hand, at, id, &order)?
            }
            Deed::Note { words, is_public } => {
                return deeds::add_note(tx, &person, at, id, &Body::new("body", words)?, *is_public);
            }
            _ => return Ok(()),
        };
        track.holder = done.unit;
        track.handler = Some(person);
        Ok(())
    }

    /// The pictures that its category wants, and the sheet that was signed.
    fn prove(&self, tx: &mut Tx<'_>, track: &Track) -> Outcome<Option<Line>> {
        let Some(category) = self.stage.known.category(track.category) else { return Ok(None) };
        let case = (track.case, track.place.county);
        for (proof, purpose) in [(Proof::Before, deeds::PHOTO_BEFORE), (Proof::After, deeds::PHOTO_EVIDENCE)]
        {
            if category.proofs.contains(&proof) {
                let act = base::Act::new(base::Actor::SYSTEM, self.at);
                deeds::add_photos(tx, act, case, purpose, std::slice::from_ref(&self.stage.picture))?;
            }
        }
        let signed = category.proofs.contains(&Proof::Signature);
        signed.then(|| Line::new("signed", SIGNED)).transpose()
    }

    /// A leader of the desk that sent it out decides about more time.
    fn by_leader(&self, tx: &mut Tx<'_>, number: usize, track: &mut Track, deed: &Deed) -> Outcome<()> {
        let (g, at, id) = (&self.stage.known, self.at, track.case);
        let person = self.roster.pick(track.back, &[Duty::Lead], number).ok_or_else(nobody)?;
        let hand = By::Staff(person);
        let done = match deed {
            Deed::Grant(words) => deeds::grant_extension(tx, g, hand, at, id, &reason(words)?)?,
            Deed::Deny(words) => deeds::deny_extension(tx, g, hand, at, id, &reason(words)?)?,
            _ => return Ok(()),
        };
        track.holder = done.unit;
        Ok(())
    }

    /// Somebody of the desk that sent it out, who has not handled it.
    fn by_verifier(&self, tx: &mut Tx<'_>, number: usize, track: &mut Track, deed: &Deed) -> Outcome<()> {
        let (g, at, id) = (&self.stage.known, self.at, track.case);
        let person = self.roster.pick(track.back, &[Duty::Verify], number).ok_or_else(nobody)?;
        let hand = By::Staff(person);
        let done = match deed {
            Deed::Verify => deeds::verify_case(tx, g, hand, at, id, &as_reported())?,
            Deed::Reject(words) => deeds::reject_case(tx, g, hand, at, id, &reason(words)?)?,
            _ => return Ok(()),
        };
        track.holder = done.unit;
        Ok(())
    }
}

/// Keeps the result and the words of the report.
fn as_reported() -> AnswerOrder {
    AnswerOrder {
        version: None,
        ending: None,
        answer: None,
        same_as: None,
        referred_to: Some("上级主管单位".into()),
    }
}

fn reason(words: &str) -> Outcome<ReasonOrder> {
    Ok(ReasonOrder { version: None, reason: Body::new("reason", words)? })
}

/// Nobody works there: the small city has no such post.
fn nobody() -> Refusal {
    Refusal::forbidden()
}

#[cfg(test)]
mod tests;
