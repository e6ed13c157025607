//! Reads the oracle's pairs from standard input and writes when each is due, a line for each; on standard
//! error, how long the counting took. See oracle/oracle.py.

use std::{
    error::Error,
    io::{Read, Write, stderr, stdin, stdout},
};

use base::Zone;
use deadline::{Book, OfficeHours, Rule, Setting, Term, Unit, due, parse_pause};

#[expect(clippy::disallowed_methods, reason = "the example measures")]
fn main() -> Result<(), Box<dyn Error>> {
    let (zone, hours, calendar) = (Zone::default(), OfficeHours::default(), Book::shipped().calendar(""));
    let set = Setting { zone: &zone, calendar: &calendar, hours: &hours };
    let mut text = String::new();
    stdin().read_to_string(&mut text)?;
    let mut asked = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let [start, term, first, roll, pause, _] = cells[..] else { return Err(line.into()) };
        let term: Term = term.parse()?;
        let rule = Rule::office(term.n, term.unit, "accepted", "");
        let rule = if first == "1" { rule.counting_first_day() } else { rule };
        let rule = if roll == "1" { rule.rolling() } else { rule };
        let pauses = if pause.is_empty() { Vec::new() } else { vec![parse_pause(pause, &zone)?] };
        asked.push((rule, zone.instant(start.parse()?), pauses));
    }
    let began = std::time::Instant::now();
    let ends: Vec<_> =
        asked.iter().map(|(rule, start, pauses)| due(rule, *start, pauses, &[], set)).collect();
    let took = began.elapsed();
    writeln!(
        stderr(),
        "{} deadlines in {took:?}, {:.0} a second",
        ends.len(),
        ends.len() as f64 / took.as_secs_f64()
    )?;
    let mut out = String::new();
    for ((rule, ..), end) in asked.iter().zip(&ends) {
        out += &match rule.term.unit {
            Unit::Hour | Unit::OfficeHour => zone.at(end.at).strftime("%Y-%m-%dT%H:%M\n").to_string(),
            _ => format!("{}\n", end.last_day),
        };
    }
    Ok(stdout().write_all(out.as_bytes())?)
}
