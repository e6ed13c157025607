//! `linli deadline`: when something is due, and how that was counted. Needs no database.

use anyhow::Context;
use base::Zone;
use deadline::{
    Book, Deadline, Extension, FirstDay, OfficeHours, Party, Pause, Roll, Rule, Setting, Standing, explain,
};
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::answer;
use crate::cli::Deadline as Asked;

/// Counts, and says how.
pub fn deadline(asked: &Asked, as_json: bool) -> anyhow::Result<()> {
    let zone = Zone::default();
    let counted = count(asked, &zone)?;
    let said = format!("{}\n{}", counted.in_chinese(), counted.in_english());
    answer(as_json, &told(asked, &counted, &zone), &said)
}

fn count(asked: &Asked, zone: &Zone) -> anyhow::Result<Deadline> {
    let rule = Rule {
        term: asked.rule.parse()?,
        start: asked.event.clone(),
        source: asked.source.clone(),
        first_day: if asked.first_day { FirstDay::Counted } else { FirstDay::Excluded },
        roll: if asked.roll { Roll::NextWorkingDay } else { Roll::None },
        strict_for: if asked.roll { Party::Resident } else { Party::Office },
    };
    let pauses = asked
        .pause
        .iter()
        .map(|text| deadline::parse_pause(text, zone))
        .collect::<Result<Vec<Pause>, _>>()?;
    let more = |text: &String| -> anyhow::Result<Extension> {
        Ok(Extension { term: text.parse()?, source: String::new() })
    };
    let extensions = asked.extend.iter().map(more).collect::<anyhow::Result<Vec<_>>>()?;
    let book = match &asked.book {
        Some(file) => {
            Book::read(&std::fs::read_to_string(file).with_context(|| file.display().to_string())?)?
        }
        None => Book::shipped().clone(),
    };
    let hours: OfficeHours = asked.hours.as_deref().map_or_else(|| Ok(OfficeHours::default()), str::parse)?;
    let calendar = book.calendar(&asked.calendar);
    let set = Setting { zone, calendar: &calendar, hours: &hours };
    Ok(explain(&rule, zone.instant(wall(&asked.start)?), &pauses, &extensions, set))
}

/// A day, from its first instant, or a minute.
fn wall(text: &str) -> anyhow::Result<DateTime> {
    if text.len() == 10
        && let Ok(day) = text.parse::<Date>()
    {
        return Ok(day.at(0, 0, 0, 0));
    }
    text.parse().with_context(|| {
        format!("起算时间应为 2026-02-10 或 2026-02-10T09:30。Not a day or a minute: {text}")
    })
}

fn told(asked: &Asked, counted: &Deadline, zone: &Zone) -> Value {
    json!({
        "start": asked.start,
        "rule": asked.rule,
        "last_day": counted.due.last_day,
        "unrolled": counted.due.unrolled,
        "due": zone.at(counted.due.at).timestamp(),
        "due_ms": counted.due.at,
        "certified": counted.due.standing == Standing::Certified,
        "standing": counted.due.standing,
        "calendar": { "code": counted.calendar, "version": counted.version },
        "steps": counted.steps,
        "words": { "zh": counted.in_chinese(), "en": counted.in_english() },
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::{Cli, Command};

    fn run(flags: &str) -> anyhow::Result<Value> {
        let Command::Deadline(asked) =
            Cli::try_parse_from(format!("linli deadline {flags}").split(' '))?.command
        else {
            anyhow::bail!("another command")
        };
        let zone = Zone::default();
        Ok(told(&asked, &count(&asked, &zone)?, &zone))
    }

    #[test]
    fn the_example_of_the_manual() {
        let value = run("--start 2026-02-10 --rule 5wd --json").unwrap();
        assert_eq!(value["last_day"], "2026-02-24");
        assert_eq!(value["due"], "2026-02-24T15:59:59.999Z");
        assert_eq!(value["certified"], true);
        assert_eq!(
            value["words"]["zh"],
            "2026-02-10 受理，不计当日；5个工作日；跳过春节 02-15 至 02-23，02-14 调休上班计入；到期 2026-02-24"
        );
    }

    #[test]
    fn each_flag_bears_on_the_day() {
        let last = |flags: &str| run(flags).unwrap()["last_day"].as_str().unwrap().to_owned();
        assert_eq!(last("--start 2026-07-23 --rule 30d --roll"), "2026-08-24");
        assert_eq!(last("--start 2026-07-23 --rule 30d --roll --pause 2026-08-03..2026-08-09"), "2026-08-31");
        assert_eq!(last("--start 2026-01-30 --rule 60d --extend 30d"), "2026-04-30");
        assert_eq!(last("--start 2026-01-30 --rule 15d --first-day --calendar 620602"), "2026-02-13");
        assert_eq!(
            run("--start 2026-03-02T17:00 --rule 4oh --hours 08:30-12:00,14:30-18:00").unwrap()["due_ms"],
            {
                let zone = Zone::default();
                json!(zone.instant(jiff::civil::date(2026, 3, 3).at(11, 30, 0, 0)))
            }
        );
        assert_eq!(run("--start 2026-12-17 --rule 15d").unwrap()["certified"], false);
        for bad in
            ["--start x --rule 5wd", "--start 2026-02-10 --rule 5w", "--start 2026-02-10 --rule 5d --pause x"]
        {
            assert!(run(bad).is_err(), "{bad}");
        }
    }
}
