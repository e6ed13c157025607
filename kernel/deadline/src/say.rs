//! A derivation in words (期限说明), for the screen, the receipt and the command line. The words are those of
//! the catalogue, `words/*/deadline.toml`; this crate reads them itself, so that a program without the
//! web has them too.

use std::{collections::BTreeMap, sync::LazyLock};

use jiff::civil::{Date, DateTime};

use crate::{
    calendar::DayKind,
    count::Deadline,
    rule::{Term, Unit},
    step::Step,
};

/// The languages of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Simplified Chinese, the language of record.
    Chinese,
    /// English.
    English,
}

type Words = BTreeMap<String, String>;

#[expect(clippy::expect_used, reason = "the files are compiled in and a test reads them")]
fn read(text: &str) -> Words {
    toml::from_str(text).expect("words/*/deadline.toml is well formed")
}

static CHINESE: LazyLock<Words> = LazyLock::new(|| {
    read(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../words/zh-CN/deadline.toml")))
});
static ENGLISH: LazyLock<Words> = LazyLock::new(|| {
    read(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../words/en/deadline.toml")))
});

/// The holidays that the catalogue knows; a place's own festival is shown by its own name.
const HOLIDAYS: [&str; 8] = [
    "deadline.holiday.new_year",
    "deadline.holiday.spring",
    "deadline.holiday.qingming",
    "deadline.holiday.labour",
    "deadline.holiday.dragon_boat",
    "deadline.holiday.mid_autumn",
    "deadline.holiday.national",
    "deadline.holiday.victory_2015",
];

impl Deadline {
    /// The derivation as one sentence.
    pub fn say(&self, language: Language) -> String {
        let mut said = String::new();
        let mut before = None;
        // Dates of the start's year are shown without it.
        let year = self.steps.first().and_then(|step| match step {
            Step::Start { day, .. } => Some(day.year()),
            Step::StartAt { at, .. } => Some(at.year()),
            _ => None,
        });
        for step in &self.steps {
            let days = |step: &Step| matches!(step, Step::Skipped { .. } | Step::MadeUp { .. });
            if let Some(before) = before {
                let close = days(before) && days(step);
                said += &t(language, if close { "deadline.join.days" } else { "deadline.join.steps" });
            }
            said += &step.say(language, year);
            before = Some(step);
        }
        said
    }

    /// The derivation in Chinese.
    pub fn in_chinese(&self) -> String {
        self.say(Language::Chinese)
    }

    /// The derivation in English.
    pub fn in_english(&self) -> String {
        self.say(Language::English)
    }
}

impl Term {
    /// The term in words: `5个工作日`.
    pub fn say(self, language: Language) -> String {
        amount(language, self.unit, i64::from(self.n))
    }
}

impl Step {
    /// The step in words; dates of `year` are shown without it.
    pub fn say(&self, language: Language, year: Option<i16>) -> String {
        let short = |day: &Date| {
            if Some(day.year()) == year { day.strftime("%m-%d").to_string() } else { day.to_string() }
        };
        let put = |key: &str, words: &[(&str, String)]| fill(&t(language, key), words);
        match self {
            Step::Start { day, event, counted } => {
                let key = if *counted { "deadline.step.start_counted" } else { "deadline.step.start" };
                put(key, &[("day", day.to_string()), ("event", event_word(language, event))])
            }
            Step::StartAt { at, event } => {
                put("deadline.step.start_at", &[("at", minute(*at)), ("event", event_word(language, event))])
            }
            Step::Count { term, source } => sourced(language, term.say(language), source),
            Step::Extended { term, source } => {
                sourced(language, put("deadline.step.extended", &[("term", term.say(language))]), source)
            }
            Step::OfficeHours { hours } => put("deadline.step.office_hours", &[("hours", hours.clone())]),
            Step::MonthEnd { day } => put("deadline.step.month_end", &[("day", short(day))]),
            Step::Skipped { name, first, last } => {
                let key = if first == last { "deadline.step.skipped_day" } else { "deadline.step.skipped" };
                put(key, &[("name", holiday(language, name)), ("first", short(first)), ("last", short(last))])
            }
            Step::MadeUp { day, .. } => put("deadline.step.made_up", &[("day", short(day))]),
            Step::Paused { first, until, amount: n, unit, reason } => {
                let words = [
                    ("first", short(first)),
                    ("until", short(until)),
                    ("amount", amount(language, *unit, *n)),
                ];
                sourced(language, put("deadline.step.paused", &words), reason)
            }
            Step::Rolled { from, kind, to } => put(
                "deadline.step.rolled",
                &[("from", short(from)), ("kind", day_kind(language, kind)), ("to", short(to))],
            ),
            Step::Stays { day, kind } => {
                put("deadline.step.stays", &[("day", short(day)), ("kind", day_kind(language, kind))])
            }
            Step::Due { time: Some(at), .. } => put("deadline.step.due_at", &[("at", minute(*at))]),
            Step::Due { day, time: None } => put("deadline.step.due", &[("day", day.to_string())]),
            Step::Provisional { year } => put("deadline.step.provisional", &[("year", year.to_string())]),
        }
    }
}

/// The sentence under a key; the key itself if there is none, so that its lack is seen.
fn t(language: Language, key: &str) -> String {
    words(language).get(key).cloned().unwrap_or_else(|| key.to_owned())
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::Chinese => &CHINESE,
        Language::English => &ENGLISH,
    }
}

fn fill(sentence: &str, words: &[(&str, String)]) -> String {
    words.iter().fold(sentence.to_owned(), |said, (name, word)| said.replace(&format!("{{{name}}}"), word))
}

/// What is counted, and how much: hours come in milliseconds once they were moved by a pause.
fn amount(language: Language, unit: Unit, n: i64) -> String {
    if matches!(unit, Unit::Hour | Unit::OfficeHour) && n >= base::MINUTE_MS {
        let minutes = n / base::MINUTE_MS;
        let words = [("hours", (minutes / 60).to_string()), ("minutes", (minutes % 60).to_string())];
        return fill(&t(language, "deadline.amount.hours"), &words);
    }
    let key = match unit {
        Unit::OfficeHour => "deadline.unit.office_hour",
        Unit::Hour => "deadline.unit.hour",
        Unit::Day => "deadline.unit.day",
        Unit::WorkingDay => "deadline.unit.working_day",
        Unit::Month => "deadline.unit.month",
        Unit::Year => "deadline.unit.year",
    };
    let one = words(language).get(&format!("{key}.one")).filter(|_| n == 1).cloned();
    fill(&one.unwrap_or_else(|| t(language, key)), &[("n", n.to_string())])
}

fn sourced(language: Language, what: String, source: &str) -> String {
    if source.is_empty() {
        return what;
    }
    fill(&t(language, "deadline.source"), &[("what", what), ("source", source.to_owned())])
}

/// A word of the catalogue, or the pack's own words as they are.
fn event_word(language: Language, event: &str) -> String {
    words(language).get(&format!("deadline.event.{event}")).cloned().unwrap_or_else(|| event.to_owned())
}

fn day_kind(language: Language, kind: &DayKind) -> String {
    match kind {
        DayKind::Holiday(name) if !name.is_empty() => holiday(language, name),
        DayKind::Weekend => t(language, "deadline.kind.weekend"),
        DayKind::Holiday(_) | DayKind::Working | DayKind::MadeUp(_) => t(language, "deadline.kind.rest_day"),
    }
}

/// A holiday's name; two that fell together are told each by itself.
fn holiday(language: Language, name: &str) -> String {
    let one = |name: &str| {
        let known = HOLIDAYS.iter().find(|key| CHINESE.get(**key).is_some_and(|word| word == name));
        known.map_or_else(|| name.to_owned(), |key| t(language, key))
    };
    let names: Vec<String> = name.split(&t(Language::Chinese, "deadline.join.names")).map(one).collect();
    names.join(&t(language, "deadline.join.names"))
}

fn minute(at: DateTime) -> String {
    at.strftime("%Y-%m-%d %H:%M").to_string()
}
