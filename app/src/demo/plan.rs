//! The demo city's year (演示的一年): when each matter comes in, where, what it says, and how it goes on.
//! Pure: the same seed, ground, pack and end give the same year, whatever the database.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use base::{DAY_MS, HOUR_MS, MINUTE_MS, Millis, Zone};
use case::model::{Channel, Level};
use case::rules::pack::{Pack, PackCategory, RequestKind};

use super::dice::Dice;
use super::fit;
use super::ground::Ground;
use super::people::{self, Crowd};
use super::steps::{Step, Way, steps};
use super::text::{Grammar, Scene};

/// The category that grid workers see most on their rounds and settle on the spot: rubbish that was not collected.
const SEEN_BY_WORKERS: &str = "020301";

/// What to plan.
#[derive(Debug, Clone, Copy)]
pub struct Order {
    /// The seed.
    pub seed: u64,
    /// How many matters.
    pub matters: usize,
    /// The end of the year: what would be later does not happen, and is open.
    pub until: Millis,
    /// How many days before that the year begins.
    pub days: i64,
    /// A village (by its position) of which much is heard in the last days, so that those who are shown
    /// around there find work.
    pub focus: usize,
}

/// A matter as it comes in (演示来件).
#[derive(Debug, Clone, PartialEq)]
pub struct Matter {
    /// Its running number in the plan, from 0 in the order of arrival.
    pub number: usize,
    /// When.
    pub at: Millis,
    /// The position of its village in the ground.
    pub village: usize,
    /// The grid of the village, by ordinal.
    pub grid: usize,
    /// The category's code.
    pub category: String,
    /// How it came in.
    pub channel: Channel,
    /// One line.
    pub title: String,
    /// In full.
    pub body: String,
    /// Where exactly.
    pub spot: String,
    /// Answers to the category's questions.
    pub answers: Vec<(String, String)>,
    /// Name and telephone, if they were left.
    pub reporter: Option<(String, String)>,
    /// Whether the name is to be kept from the unit it is about.
    pub is_confidential: bool,
    /// Whether it may be shown on the public list.
    pub is_public: bool,
}

/// What happens next in the city.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A matter comes in.
    Arrival(Box<Matter>),
    /// An act on a matter that came in before.
    Act {
        /// The matter's number.
        matter: usize,
        /// The act.
        step: Step,
    },
}

impl Event {
    /// When it happens.
    pub const fn at(&self) -> Millis {
        match self {
            Self::Arrival(m) => m.at,
            Self::Act { step, .. } => step.at,
        }
    }
}

/// The year as a stream of events in the order of time. It holds only the acts to come of matters under way.
pub struct Year<'a> {
    order: Order,
    ground: &'a Ground,
    pack: &'a Pack,
    grammar: &'a Grammar,
    zone: Zone,
    arrivals: Vec<Millis>,
    next: usize,
    waiting: BinaryHeap<Reverse<Waiting>>,
    village_sums: Vec<f64>,
    leaves: Vec<&'a PackCategory>,
    /// Running sums of the leaves' weights: for fields and for town, by month.
    leaf_sums: [Vec<Vec<f64>>; 2],
}

/// An act that has not happened yet, ordered by time, then by matter, then as it was planned.
#[derive(Debug, PartialEq, Eq)]
struct Waiting {
    at: Millis,
    matter: usize,
    turn: usize,
    step: Step,
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.matter, self.turn).cmp(&(other.at, other.matter, other.turn))
    }
}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<'a> Year<'a> {
    /// Draws the arrivals; everything else is drawn when its time comes.
    pub fn new(order: Order, ground: &'a Ground, pack: &'a Pack, grammar: &'a Grammar) -> Self {
        let zone = Zone::default();
        let mut sum = 0.0;
        let village_sums = ground.villages.iter().map(|v| {
            sum += v.weight;
            sum
        });
        Self {
            arrivals: arrivals(order, &zone),
            order,
            ground,
            pack,
            grammar,
            zone,
            next: 0,
            waiting: BinaryHeap::new(),
            village_sums: village_sums.collect(),
            leaf_sums: [false, true]
                .map(|urban| (1..=12).map(|month| leaf_sums(pack, grammar, urban, month)).collect()),
            leaves: pack.leaves().collect(),
        }
    }

    /// The matter of a running number, and its whole way, also beyond the end of the year.
    pub fn matter(&self, number: usize) -> (Matter, Vec<Step>) {
        // One in forty says again what another said a few matters before, at the same place.
        let mut dice = Dice::new(self.order.seed, &[1, number as u64]);
        let back = 1 + dice.below(60);
        let repeats =
            dice.per_mille(fit::REPEATS_PER_MILLE) && number >= back && !self.repeats(number - back);
        let same_as = repeats.then(|| number - back);
        let mut matter = self.draw(same_as.unwrap_or(number), number, &mut dice);
        if same_as.is_some() {
            matter.body = format!("{}{}", dice.one(&["再次反映：", "", "补充反映："]), matter.body);
        }
        let steps = self.way(&matter, same_as);
        (matter, steps)
    }

    fn repeats(&self, number: usize) -> bool {
        let mut dice = Dice::new(self.order.seed, &[1, number as u64]);
        let back = 1 + dice.below(60);
        dice.per_mille(fit::REPEATS_PER_MILLE) && number >= back
    }

    /// What is said and where comes from `origin`; when, by whom and how from `number`.
    fn draw(&self, origin: usize, number: usize, dice: &mut Dice) -> Matter {
        let at = self.arrivals[number];
        let mut words = Dice::new(self.order.seed, &[2, origin as u64]);
        let in_focus = self.in_focus(origin);
        let village = if in_focus { self.order.focus } else { self.village(&mut words) };
        let place = &self.ground.villages[village];
        let month = self.zone.at(self.arrivals[origin]).month();
        let leaf = self.leaf(&mut words, place.is_urban, month);
        let leaf = if in_focus && origin.is_multiple_of(3) {
            self.pack.category(SEEN_BY_WORKERS).unwrap_or(leaf)
        } else {
            leaf
        };
        // The first grids of a village are its busy ones.
        let lean = words.part().powf(1.8);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a few dozen grids"
        )]
        let grid = if in_focus { 0 } else { (lean * place.grids as f64) as usize };
        let scene = self.scene(origin, village);
        let channel = match channel(dice, leaf, self.grammar.leaf(&leaf.code).is_some_and(|w| w.site)) {
            _ if in_focus && leaf.code == SEEN_BY_WORKERS => Channel::Grid,
            drawn => drawn,
        };
        let (title, body) = self.grammar.matter(&mut words, &scene, leaf, channel == Channel::Grid);
        let replies =
            leaf.questions.iter().map(|q| (q.code.clone(), self.grammar.reply_to(&mut words, &scene, q)));
        let answers = replies.filter(|(_, a)| !a.is_empty()).collect();
        let left_name = channel != Channel::Grid && dice.per_mille(640);
        let reporter = left_name.then(|| {
            let who = number as u64;
            (people::name(Crowd::Residents, who), people::phone(who))
        });
        let body = match &reporter {
            Some((_, phone)) if dice.per_mille(45) => format!("{body}联系电话：{phone}。"),
            _ => body,
        };
        Matter {
            number,
            at,
            village,
            grid,
            category: leaf.code.clone(),
            channel,
            title,
            body,
            spot: if leaf.needs_place || dice.per_mille(300) {
                self.grammar.spot(&mut words, &scene)
            } else {
                String::new()
            },
            answers,
            is_confidential: reporter.is_some()
                && dice.per_mille(if leaf.kind == Some(RequestKind::Report) { 400 } else { 60 }),
            reporter,
            is_public: leaf.is_public && dice.per_mille(880),
        }
    }

    fn way(&self, matter: &Matter, same_as: Option<usize>) -> Vec<Step> {
        let Some(leaf) = self.pack.category(&matter.category) else { return Vec::new() };
        let dice = Dice::new(self.order.seed, &[3, matter.number as u64]);
        let scene = self.scene(same_as.unwrap_or(matter.number), matter.village);
        let unit = self.unit_name(leaf, matter);
        let way = Way {
            grammar: self.grammar,
            scene: &scene,
            leaf,
            unit: &unit,
            arrived: matter.at,
            same_as,
            is_by_worker: matter.channel == Channel::Grid,
            zone: &self.zone,
        };
        steps(&way, dice)
    }

    /// Where and when a matter happens; the same for all who speak of it.
    fn scene(&self, origin: usize, village: usize) -> Scene {
        let place = &self.ground.villages[village];
        let wall = self.zone.at(self.arrivals[origin]);
        let mut dice = Dice::new(self.order.seed, &[4, origin as u64]);
        self.grammar.scene(&mut dice, place, &self.ground.county_of(place).name, wall.year(), wall.month())
    }

    /// The unit that the pack's table names, for the words of answers only; the deeds route for themselves.
    fn unit_name(&self, leaf: &PackCategory, matter: &Matter) -> String {
        let village = &self.ground.villages[matter.village];
        let town = &self.ground.towns[village.area.above];
        let county = &self.ground.counties[town.above];
        let line: Vec<&str> = self.pack.lineage(&leaf.code).collect();
        let route = self.pack.routes.iter().find(|r| {
            r.category.as_deref().is_none_or(|c| line.contains(&c))
                && r.channel.is_none_or(|c| c == matter.channel)
                && r.place
                    .as_deref()
                    .is_none_or(|p| p == county.code || p == town.code || p == village.area.code)
        });
        let named = route.and_then(|r| {
            let place = match r.level {
                Level::Village => &village.area.name,
                Level::Town => &town.name,
                Level::County => &county.name,
                Level::City => "市",
                Level::Province => "省",
            };
            self.pack.unit(&r.unit)?.name_at(r.level, place)
        });
        named.unwrap_or_else(|| format!("{}社会治安综合治理中心", town.name))
    }

    /// One in ten of the last matters is of the village in focus.
    fn in_focus(&self, number: usize) -> bool {
        let last = (self.order.matters / 50).max(60);
        number + last >= self.order.matters && number.is_multiple_of(10)
    }

    fn village(&self, dice: &mut Dice) -> usize {
        drawn(dice, &self.village_sums)
    }

    fn leaf(&self, dice: &mut Dice, is_urban: bool, month: i8) -> &'a PackCategory {
        let month = usize::try_from(month - 1).unwrap_or(0);
        self.leaves[drawn(dice, &self.leaf_sums[usize::from(is_urban)][month])]
    }
}

/// A position drawn by running sums of weights.
fn drawn(dice: &mut Dice, sums: &[f64]) -> usize {
    let at = dice.part() * sums.last().copied().unwrap_or(0.0);
    sums.partition_point(|s| *s <= at).min(sums.len().saturating_sub(1))
}

fn leaf_sums(pack: &Pack, grammar: &Grammar, is_urban: bool, month: i8) -> Vec<f64> {
    let mut sum = 0.0;
    let running = pack.leaves().map(|l| {
        let own = grammar.leaf(&l.code).map_or(0, |w| w.weight);
        sum += f64::from(own) * grammar.fits(&l.code, is_urban) * season(&l.code, month);
        sum
    });
    running.collect()
}

impl Iterator for Year<'_> {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        let arrival = self.arrivals.get(self.next).copied();
        let act = self.waiting.peek().map(|w| w.0.at);
        match (arrival, act) {
            (Some(a), act) if act.is_none_or(|t| a <= t) => {
                let (matter, steps) = self.matter(self.next);
                self.next += 1;
                let until = self.order.until;
                self.waiting.extend(
                    steps.into_iter().enumerate().filter(|(_, s)| s.at <= until).map(|(turn, step)| {
                        Reverse(Waiting { at: step.at, matter: matter.number, turn, step })
                    }),
                );
                Some(Event::Arrival(Box::new(matter)))
            }
            _ => self.waiting.pop().map(|Reverse(w)| Event::Act { matter: w.matter, step: w.step }),
        }
    }
}

/// The instants of arrival, sorted: by month, by weekday and by hour as residents write.
fn arrivals(order: Order, zone: &Zone) -> Vec<Millis> {
    let last = zone.start_of(zone.day(order.until));
    let days: Vec<Millis> = (0..order.days).rev().map(|d| last.plus(-d * DAY_MS)).collect();
    let weights: Vec<f64> = days
        .iter()
        .map(|d| {
            let wall = zone.at(*d);
            let month = usize::try_from(wall.month() - 1).unwrap_or(0);
            let weekday = usize::try_from(wall.weekday().to_monday_zero_offset()).unwrap_or(0);
            f64::from(fit::ARRIVALS_BY_MONTH[month]) * f64::from(fit::ARRIVALS_BY_WEEKDAY[weekday])
        })
        .collect();
    let mut sums = weights;
    for i in 1..sums.len() {
        sums[i] += sums[i - 1];
    }
    let mut dice = Dice::new(order.seed, &[0]);
    let mut all: Vec<Millis> =
        (0..order.matters).map(|_| arrival(&mut dice, &days, &sums, order.until)).collect();
    all.sort_unstable();
    all
}

fn arrival(dice: &mut Dice, days: &[Millis], sums: &[f64], until: Millis) -> Millis {
    let day = days[drawn(dice, sums)];
    let drawn = dice.weighted(fit::ARRIVALS_BY_HOUR.iter().map(|n| f64::from(*n)));
    let hour = i64::try_from(drawn).unwrap_or(10);
    let at = day.plus(hour * HOUR_MS + dice.between(0, 59) * MINUTE_MS + dice.between(0, 59_999));
    // The last day is not over yet: what would come later in it came the day before.
    if at > until { at.plus(-DAY_MS) } else { at }
}

/// How much more of a category comes in a month: heating in winter, water for fields in spring, wages before
/// the new year, schools in summer.
fn season(code: &str, month: i8) -> f64 {
    let peak = |months: &[i8], high: f64, low: f64| if months.contains(&month) { high } else { low };
    match code.get(..4).unwrap_or_default() {
        "0303" => peak(&[11, 12, 1, 2, 3], 2.6, 0.05),
        "0402" => peak(&[3, 4, 5, 6, 7, 8], 1.9, 0.2),
        "0403" => peak(&[4, 5, 9, 10], 1.6, 0.7),
        "0501" => peak(&[11, 12, 1], 2.4, 0.6),
        "0601" => peak(&[6, 7, 8], 3.0, 0.3),
        "1107" => peak(&[6, 7, 8, 9], 2.5, 0.3),
        "0203" if code == "020303" => peak(&[11, 12, 1, 2], 2.6, 0.02),
        "0801" if code == "080103" => peak(&[3, 10, 11], 2.2, 0.4),
        "0803" => peak(&[5, 6, 7, 8, 9], 1.5, 0.7),
        _ => 1.0,
    }
}

/// How it comes in: a worker on the round sees what can be seen, everything else is said by residents.
fn channel(dice: &mut Dice, leaf: &PackCategory, is_site: bool) -> Channel {
    let can_be_seen = is_site && leaf.is_public && leaf.code.get(..2) != Some("01");
    match dice.below(1000) {
        n if can_be_seen && n < 560 => Channel::Grid,
        n if n < 660 => Channel::Web,
        n if n < 840 => Channel::Phone,
        n if n < 930 => Channel::Counter,
        n if n < 975 => Channel::Visit,
        _ => Channel::Api,
    }
}

#[cfg(test)]
pub mod tests;
