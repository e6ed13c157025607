//! The calendar feed as text (日程订阅): RFC 5545, lines of at most 75 bytes, CRLF, texts escaped.

use base::{DAY_MS, MINUTE_MS, Millis, Zone};
use sha2::{Digest, Sha256};

use crate::model::FeedEvent;

/// Bytes of a line before it is folded.
const LINE_BYTES: usize = 75;

/// A calendar with its events. `titles` has the title of each event, in the same order.
pub fn calendar_text(
    name: &str,
    host: &str,
    public_url: &str,
    zone: &Zone,
    events: &[(FeedEvent, String)],
) -> String {
    let mut out = String::new();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Linli//Calendar feed//ZH", "CALSCALE:GREGORIAN"]
    {
        put(&mut out, line);
    }
    put(&mut out, "METHOD:PUBLISH");
    put(&mut out, &format!("X-WR-CALNAME:{}", escaped(name)));
    put(&mut out, "REFRESH-INTERVAL;VALUE=DURATION:PT1H");
    put(&mut out, "X-PUBLISHED-TTL:PT1H");
    for (event, title) in events {
        put_event(&mut out, host, public_url, zone, event, title);
    }
    put(&mut out, "END:VCALENDAR");
    out
}

fn put_event(out: &mut String, host: &str, public_url: &str, zone: &Zone, e: &FeedEvent, title: &str) {
    put(out, "BEGIN:VEVENT");
    let part = if e.part == 0 { String::new() } else { format!("-{}", e.part) };
    put(out, &format!("UID:{}-{}{part}@{host}", e.kind, base::Id::<FeedEvent>::of(e.id)));
    put(out, &format!("DTSTAMP:{}", instant(e.made)));
    if e.minutes == 0 && is_end_of_day(e.at, zone) {
        let day = zone.day(e.at);
        let next = zone.day(e.at.plus(DAY_MS));
        put(out, &format!("DTSTART;VALUE=DATE:{}", day.strftime("%Y%m%d")));
        put(out, &format!("DTEND;VALUE=DATE:{}", next.strftime("%Y%m%d")));
    } else {
        put(out, &format!("DTSTART:{}", instant(e.at)));
        if e.minutes > 0 {
            put(out, &format!("DTEND:{}", instant(e.at.plus(e.minutes * MINUTE_MS))));
        }
    }
    put(out, &format!("SUMMARY:{}", escaped(title)));
    put(out, &format!("URL:{public_url}{}", e.path));
    // A deadline does not make anybody busy.
    put(out, if e.minutes == 0 { "TRANSP:TRANSPARENT" } else { "TRANSP:OPAQUE" });
    put(out, "END:VEVENT");
}

/// Whether an instant is the last of its day, as deadlines in days are.
fn is_end_of_day(at: Millis, zone: &Zone) -> bool {
    at == zone.end_of(zone.day(at))
}

fn instant(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at.0).unwrap_or_default().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value: RFC 5545 section 3.3.11.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// A line, folded where it is longer than 75 bytes, never inside a letter.
fn put(out: &mut String, line: &str) {
    let mut room = LINE_BYTES;
    for c in line.chars() {
        if c.len_utf8() > room {
            out.push_str("\r\n ");
            room = LINE_BYTES - 1;
        }
        out.push(c);
        room -= c.len_utf8();
    }
    out.push_str("\r\n");
}

/// The digest under which a link is kept: the link itself is nowhere.
pub fn feed_digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The tag of a feed's text, by which a calendar program learns that nothing changed.
pub fn tag_of(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    let hex = digest[..12].iter().map(|b| format!("{b:02x}")).collect::<String>();
    format!("\"{hex}\"")
}

#[cfg(test)]
mod tests {
    use icalendar::parser::{read_calendar, unfold};
    use jiff::civil::date;

    use super::*;

    fn event(id: i64, at: Millis, minutes: i64) -> FeedEvent {
        FeedEvent {
            kind: "case",
            id,
            part: 0,
            at,
            minutes,
            key: "notice.feed.due",
            number: None,
            label: String::new(),
            path: format!("/cases/{}", base::Id::<FeedEvent>::of(id)),
            made: Millis(1_772_413_200_000),
        }
    }

    #[test]
    fn a_feed_is_read_by_another_program() {
        let zone = Zone::default();
        let title = "到期；990101-2026-00501, 小区公共设施维护; 一个很长很长很长很长的类别名称\\还有斜线";
        let end = zone.end_of(date(2026, 3, 13));
        let noon = zone.instant(date(2026, 3, 14).at(12, 30, 0, 0));
        let events = vec![(event(1, end, 0), title.to_owned()), (event(2, noon, 90), "会商".to_owned())];
        let text = calendar_text("城建办, 主任", "linli.example", "https://linli.example", &zone, &events);
        assert!(text.lines().all(|l| l.len() <= LINE_BYTES), "{text}");
        assert!(text.split("\r\n").all(|l| !l.contains('\n')) && text.ends_with("END:VCALENDAR\r\n"));
        let unfolded = unfold(&text);
        let read = read_calendar(&unfolded).unwrap();
        let found: Vec<_> = read.components.iter().filter(|c| c.name == "VEVENT").collect();
        assert_eq!(found.len(), 2);
        let value = |n: usize, name: &str| found[n].find_prop(name).unwrap().val.as_str().to_owned();
        assert_eq!(value(0, "DTSTART"), "20260313");
        assert_eq!(value(0, "DTEND"), "20260314");
        assert_eq!(value(1, "DTSTART"), "20260314T043000Z");
        assert_eq!(value(1, "DTEND"), "20260314T060000Z");
        let plain = value(0, "SUMMARY").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        assert_eq!(plain, title);
        assert_ne!(value(0, "UID"), value(1, "UID"));
    }

    #[test]
    fn a_tag_changes_with_the_text_only() {
        assert_eq!(tag_of("a"), tag_of("a"));
        assert_ne!(tag_of("a"), tag_of("b"));
        assert_eq!(feed_digest("x").len(), 32);
    }
}
