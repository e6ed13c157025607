//! The work calendar compiled (工作日历): a bit for each day and a running count of working days, so that
//! "the nth working day after" is two look-ups and no walk.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::day::Day;

/// The first day that the table holds: 1970-01-01.
const LOW: Day = Day(0);
/// Years that the table holds, to the end of 2199; what lies beyond counts as its edge.
const YEARS: i32 = 230;

/// From this day of December on, the next year's notice may still make a day off or a working day (the
/// notice for 2008 began with 2007-12-29), so a year's end is certain only when both are published.
const TAIL_OF_DECEMBER: i8 = 29;

/// What a day is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "name")]
pub enum DayKind {
    /// A working day (工作日).
    Working,
    /// A rest day that is worked for the named holiday (调休上班).
    MadeUp(String),
    /// A Saturday or Sunday (周末).
    Weekend,
    /// A day off of the named holiday (放假).
    Holiday(String),
}

/// Days from the first to the last, both in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DaySpan {
    /// The first day.
    pub first: Date,
    /// The last day, not before the first.
    pub last: Date,
}

impl DaySpan {
    /// Whether the two share a day.
    pub fn overlaps(&self, other: &DaySpan) -> bool {
        self.first <= other.last && other.first <= self.last
    }

    /// Whether any of the sorted spans without overlaps shares a day with this one.
    pub fn touched_by(&self, changes: &[DaySpan]) -> bool {
        let at = changes.partition_point(|change| change.last < self.first);
        changes.get(at).is_some_and(|change| change.overlaps(self))
    }
}

/// How sure a date is (日期效力).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Standing {
    /// Every day that was looked at is covered by a published notice.
    Certified,
    /// The notice for this year is not in the table: weekends were guessed as rest days, and the date may
    /// move. It is never to be certified.
    Provisional {
        /// The year whose notice is missing.
        year: i16,
    },
}

/// A run of days off with its name, or a worked rest day (first and last are the same).
#[derive(Debug, Clone)]
pub(crate) struct Named {
    pub(crate) first: Day,
    pub(crate) last: Day,
    pub(crate) name: String,
}

/// A calendar of one place in one version.
#[derive(Debug, Clone)]
pub struct Calendar {
    code: String,
    version: String,
    /// A bit for each day from [`LOW`]: set on working days.
    bits: Vec<u64>,
    /// Working days before each word of `bits`, and at the end their total.
    ranks: Vec<u32>,
    /// Runs of certain days, sorted, without gaps between them.
    certain: Vec<(Day, Day)>,
    off: Vec<Named>,
    made_up: Vec<Named>,
}

impl Calendar {
    /// Compiles a calendar. Later entries of `off` and `made_up` overrule earlier ones on the same day,
    /// so that a place's own table stands behind the nation's.
    pub(crate) fn compile(
        code: &str,
        version: &str,
        years: &[i16],
        layers: &[(Vec<Named>, Vec<Named>)],
    ) -> Self {
        let days = Day::of(Date::constant(2200, 1, 1)).0;
        let mut bits = vec![0_u64; usize::try_from(days).unwrap_or(0).div_ceil(64)];
        let mut set = |day: Day, works: bool| {
            if let Some((word, bit)) = place(day).filter(|_| day.0 < days) {
                bits[word] = if works { bits[word] | 1 << bit } else { bits[word] & !(1 << bit) };
            }
        };
        (0..days).for_each(|day| set(Day(day), !Day(day).is_weekend()));
        for (off, made_up) in layers {
            off.iter().for_each(|span| (span.first.0..=span.last.0).for_each(|day| set(Day(day), false)));
            made_up.iter().for_each(|span| (span.first.0..=span.last.0).for_each(|day| set(Day(day), true)));
        }
        let mut ranks = Vec::with_capacity(bits.len() + 1);
        let mut total = 0;
        for word in &bits {
            ranks.push(total);
            total += word.count_ones();
        }
        ranks.push(total);
        let mut made = Self {
            code: code.to_owned(),
            version: version.to_owned(),
            bits,
            ranks,
            certain: certain(years),
            off: Vec::new(),
            made_up: Vec::new(),
        };
        made.name(layers);
        made
    }

    /// Keeps of the named spans what is still so after all layers, sorted.
    fn name(&mut self, layers: &[(Vec<Named>, Vec<Named>)]) {
        for (off, made_up) in layers {
            let (rest, work): (Vec<_>, Vec<_>) = (
                off.iter().filter(|span| !self.is_working_day(span.first)).cloned().collect(),
                made_up.iter().filter(|span| self.is_working_day(span.first)).cloned().collect(),
            );
            self.off.extend(rest);
            self.made_up.extend(work);
        }
        self.off.sort_by_key(|span| span.first);
        self.made_up.sort_by_key(|span| span.first);
    }

    /// The division that it is for; empty for the nation's.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Which version of the tables it was made from; kept with a deadline, so that a correction can find
    /// what was counted before it.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What the day is, with the holiday's name.
    pub fn kind(&self, date: Date) -> DayKind {
        let day = Day::of(date);
        match (self.is_working_day(day), day.is_weekend()) {
            (true, false) => DayKind::Working,
            (true, true) => named(&self.made_up, day).map_or(DayKind::Working, DayKind::MadeUp),
            (false, weekend) => match named(&self.off, day) {
                Some(name) => DayKind::Holiday(name),
                None if weekend => DayKind::Weekend,
                None => DayKind::Holiday(String::new()),
            },
        }
    }

    /// Whether the day is worked.
    pub fn is_working(&self, date: Date) -> bool {
        self.is_working_day(Day::of(date))
    }

    /// The day itself if it is worked, or else the next working day.
    pub fn roll(&self, date: Date) -> Date {
        self.roll_day(Day::of(date)).date()
    }

    /// Working days from `first` to `last`, both in it.
    pub fn working_days(&self, first: Date, last: Date) -> i64 {
        i64::from(self.before(Day::of(last).plus(1)) - self.before(Day::of(first))).max(0)
    }

    /// How sure anything counted over these days is.
    pub fn standing(&self, span: DaySpan) -> Standing {
        let (first, last) = (Day::of(span.first), Day::of(span.last));
        let run = self.certain.iter().find(|(from, to)| *from <= first && first <= *to);
        let doubtful = match run {
            Some((_, to)) if last <= *to => return Standing::Certified,
            Some((_, to)) => to.plus(1),
            None => first,
        };
        // The last days of a published year wait for the next year's notice.
        let date = doubtful.date();
        let tail = date.month() == 12 && date.day() >= TAIL_OF_DECEMBER;
        let published = self.is_certain(doubtful.plus(-i32::from(date.day())));
        Standing::Provisional { year: if tail && published { date.year() + 1 } else { date.year() } }
    }

    /// The days on which the two calendars differ, in work or in how sure they are, as sorted spans. A
    /// deadline whose `examined` days have none of them stays as it is.
    pub fn changes(&self, other: &Calendar) -> Vec<DaySpan> {
        let mut found: Vec<(Day, Day)> = Vec::new();
        for number in LOW.0..Day::of(Date::constant(2200, 1, 1)).0 {
            let day = Day(number);
            let same_work = self.is_working_day(day) == other.is_working_day(day);
            if same_work && self.is_certain(day) == other.is_certain(day) {
                continue;
            }
            match found.last_mut() {
                Some((_, last)) if last.plus(1) == day => *last = day,
                _ => found.push((day, day)),
            }
        }
        found.iter().map(|(first, last)| DaySpan { first: first.date(), last: last.date() }).collect()
    }

    fn is_certain(&self, day: Day) -> bool {
        self.certain.iter().any(|(from, to)| *from <= day && day <= *to)
    }

    pub(crate) fn is_working_day(&self, day: Day) -> bool {
        match place(day) {
            Some((word, bit)) => self.bits.get(word).is_some_and(|word| word >> bit & 1 == 1),
            None => !day.is_weekend(),
        }
    }

    /// How many working days lie before the day, from the table's begin.
    pub(crate) fn before(&self, day: Day) -> i32 {
        let Some((word, bit)) = place(day) else { return 0 };
        let count = match self.bits.get(word) {
            Some(bits) => self.ranks[word] + (bits & ((1_u64 << bit) - 1)).count_ones(),
            None => self.total(),
        };
        i32::try_from(count).unwrap_or(i32::MAX)
    }

    /// The working day that has `index` working days before it.
    pub(crate) fn nth(&self, index: i32) -> Day {
        let index = u32::try_from(index).unwrap_or(0).min(self.total().saturating_sub(1));
        let share = u64::from(index) * self.bits.len() as u64 / u64::from(self.total().max(1));
        let mut word = usize::try_from(share).unwrap_or(0);
        while word > 0 && self.ranks[word] > index {
            word -= 1;
        }
        while self.ranks[word + 1] <= index {
            word += 1;
        }
        let bit = select(self.bits[word], index - self.ranks[word]);
        Day(LOW.0 + i32::try_from(word * 64 + bit).unwrap_or(i32::MAX))
    }

    pub(crate) fn roll_day(&self, day: Day) -> Day {
        if self.is_working_day(day) { day } else { self.nth(self.before(day)) }
    }

    /// The days off with a name that lie, whole or in part, between two days.
    pub(crate) fn days_off(&self, first: Day, last: Day) -> impl Iterator<Item = &Named> {
        let from = self.off.partition_point(|span| span.last < first);
        self.off[from..].iter().take_while(move |span| span.first <= last)
    }

    /// The worked rest days between two days.
    pub(crate) fn made_up(&self, first: Day, last: Day) -> impl Iterator<Item = &Named> {
        let from = self.made_up.partition_point(|span| span.last < first);
        self.made_up[from..].iter().take_while(move |span| span.first <= last)
    }

    fn total(&self) -> u32 {
        self.ranks.last().copied().unwrap_or(0)
    }
}

/// The word and the bit of a day; none before the table.
fn place(day: Day) -> Option<(usize, u32)> {
    let at = u32::try_from(day.0 - LOW.0).ok()?;
    Some((usize::try_from(at / 64).ok()?, at % 64))
}

/// The position of the set bit that has `rank` set bits below it.
fn select(word: u64, rank: u32) -> usize {
    let (mut rank, mut at) = (rank, 0);
    loop {
        let here = (word >> at & 0xff).count_ones();
        if rank < here || at == 56 {
            break;
        }
        rank -= here;
        at += 8;
    }
    let mut rest = word >> at;
    for _ in 0..rank {
        rest &= rest - 1;
    }
    at + rest.trailing_zeros() as usize
}

fn named(spans: &[Named], day: Day) -> Option<String> {
    spans.iter().rev().find(|span| span.first <= day && day <= span.last).map(|span| span.name.clone())
}

fn certain(years: &[i16]) -> Vec<(Day, Day)> {
    let mut sorted: Vec<i16> =
        years.iter().copied().filter(|year| (1970..1970 + YEARS).contains(&i32::from(*year))).collect();
    sorted.sort_unstable();
    sorted.dedup();
    let mut runs: Vec<(Day, Day)> = Vec::new();
    let mut before = None;
    for year in sorted {
        let first = Day::of(Date::constant(year, 1, 1));
        let safe = Day::of(Date::constant(year, 12, TAIL_OF_DECEMBER)).plus(-1);
        match runs.last_mut() {
            Some(run) if before == Some(year - 1) => run.1 = safe,
            _ => runs.push((first, safe)),
        }
        before = Some(year);
    }
    runs
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::Book;

    #[test]
    fn counting_back_and_forth_agrees_with_walking() {
        let calendar = Book::shipped().calendar("");
        let mut index = calendar.before(Day::of(date(2003, 1, 1)));
        for number in Day::of(date(2003, 1, 1)).0..Day::of(date(2030, 1, 1)).0 {
            assert_eq!(calendar.before(Day(number)), index);
            if calendar.is_working_day(Day(number)) {
                assert_eq!(calendar.nth(index), Day(number));
                index += 1;
            }
        }
    }

    #[test]
    fn a_day_knows_what_it_is() {
        let calendar = Book::shipped().calendar("");
        let holiday = |name: &str| DayKind::Holiday(name.to_owned());
        assert_eq!(calendar.kind(date(2026, 2, 20)), holiday("春节"));
        assert_eq!(calendar.kind(date(2026, 2, 14)), DayKind::MadeUp("春节".to_owned()));
        assert_eq!(calendar.kind(date(2026, 2, 13)), DayKind::Working);
        assert_eq!(calendar.kind(date(2026, 2, 7)), DayKind::Weekend);
        assert_eq!(calendar.kind(date(2023, 12, 30)), DayKind::Weekend, "no day off by the notice");
        assert!(calendar.is_working(date(2005, 12, 31)), "the notice for 2006 has it worked");
        assert!(calendar.is_working(date(2013, 4, 7)) && calendar.is_working(date(2013, 10, 12)));
        assert_eq!(calendar.kind(date(2015, 9, 3)), holiday("抗战胜利70周年纪念日"));
    }

    #[test]
    fn a_year_without_a_notice_is_provisional() {
        let calendar = Book::shipped().calendar("");
        let standing = |first, last| calendar.standing(DaySpan { first, last });
        assert_eq!(standing(date(2004, 1, 1), date(2026, 12, 28)), Standing::Certified);
        assert_eq!(standing(date(2027, 1, 1), date(2027, 1, 1)), Standing::Provisional { year: 2027 });
        assert_eq!(standing(date(2026, 12, 20), date(2026, 12, 30)), Standing::Provisional { year: 2027 });
        assert_eq!(standing(date(2003, 12, 31), date(2004, 1, 2)), Standing::Provisional { year: 2003 });
    }
}
