//! Days and times as people write them in tables (日期写法).
//!
//! Six styles: `2020-01-02`, `2020/1/2`, `2020年1月2日`, `2020.1.2`, `20200102`, and each of them with a
//! time: `03:04`, `03:04:05`, `3时4分5秒`, `3点4分`, `下午3:04`. A number cell is a spreadsheet's serial
//! date, or a compact one if it has eight digits. The year comes first and has four digits: `01/02/2020`
//! and `20-1-2` are refused, because nobody can tell which day they are.

use base::{DAY_MS, Zone};
use jiff::civil::{Date, DateTime};

use super::When;

/// The years that a matter may be from.
const YEARS: std::ops::RangeInclusive<i64> = 1950..=2199;

/// Why a text is no time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadDate {
    /// No style fits.
    Unreadable,
    /// The year does not come first, or has two digits: more than one day is meant.
    Ambiguous,
    /// Written well, but there is no such day or time.
    NoSuchDay,
}

impl BadDate {
    /// The catalogue's key of the reason.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Unreadable => "import.error.date_unreadable",
            Self::Ambiguous => "import.error.date_ambiguous",
            Self::NoSuchDay => "import.error.date_no_such_day",
        }
    }
}

/// Reads a text.
///
/// # Errors
/// Why it is no time.
pub fn read_text(typed: &str, zone: &Zone) -> Result<When, BadDate> {
    let text: String = typed.trim().chars().map(half_width).collect();
    let (numbers, marks) = split(&text);
    let first = numbers.first().ok_or(BadDate::Unreadable)?;
    let (date, rest, between) = if first.len() == 8 {
        (compact(first)?, &numbers[1..], marks.get(1..).unwrap_or(&[]))
    } else {
        (spelled(&numbers, &marks)?, &numbers[3..], &marks[3..])
    };
    let day = to_day(date)?;
    if rest.is_empty() {
        let tail = between.concat();
        return if matches!(tail.trim(), "" | "日" | "号") {
            Ok(When { at: zone.start_of(day), is_exact: false })
        } else {
            Err(BadDate::Unreadable)
        };
    }
    let time = time_of(day, rest, between)?;
    Ok(When { at: zone.instant(time), is_exact: true })
}

/// Reads a number cell: a serial date with its fraction as the time, or `20200102`.
///
/// # Errors
/// Why it is no time.
pub fn read_serial(serial: f64, is_1904: bool, zone: &Zone) -> Result<When, BadDate> {
    if serial.fract() == 0.0 && (19_000_101.0..=21_991_231.0).contains(&serial) {
        return read_text(&format!("{serial:.0}"), zone);
    }
    // 1954 to 2173: outside, a number is more likely an amount or a count than a day.
    if !serial.is_finite() || !(20_000.0..100_000.0).contains(&serial) {
        return Err(BadDate::Unreadable);
    }
    let days_to_epoch = if is_1904 { 24_107.0 } else { 25_569.0 };
    // Rounded to the second: a fraction of a day is never exact in binary.
    #[expect(clippy::cast_possible_truncation, reason = "checked to be a serial of five digits just above")]
    let seconds = ((serial - days_to_epoch) * 86_400.0).round() as i64;
    let epoch = zone.start_of(jiff::civil::date(1970, 1, 1));
    Ok(When { at: epoch.plus(seconds * 1000), is_exact: seconds * 1000 % DAY_MS != 0 })
}

fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        '\u{3000}' | '\u{a0}' | '\t' | '\n' => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        other => other,
    }
}

/// The rows of digits, and what stands before each of them and at the end.
fn split(text: &str) -> (Vec<&str>, Vec<&str>) {
    let (mut numbers, mut marks) = (Vec::new(), Vec::new());
    let mut rest = text;
    loop {
        let start = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        marks.push(&rest[..start]);
        rest = &rest[start..];
        if rest.is_empty() {
            return (numbers, marks);
        }
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        numbers.push(&rest[..end]);
        rest = &rest[end..];
    }
}

fn number(digits: &str) -> Result<i64, BadDate> {
    digits.parse().map_err(|_| BadDate::Unreadable)
}

fn compact(digits: &str) -> Result<[i64; 3], BadDate> {
    Ok([number(&digits[..4])?, number(&digits[4..6])?, number(&digits[6..])?])
}

fn spelled(numbers: &[&str], marks: &[&str]) -> Result<[i64; 3], BadDate> {
    if numbers.len() < 3 {
        return Err(BadDate::Unreadable);
    }
    let is_one_style = ["-", "/", "."].iter().any(|m| marks[1].trim() == *m && marks[2].trim() == *m)
        || (marks[1].trim() == "年" && marks[2].trim() == "月");
    if !marks[0].trim().is_empty() || !is_one_style {
        return Err(BadDate::Unreadable);
    }
    if numbers[0].len() != 4 || numbers[1].len() > 2 || numbers[2].len() > 2 {
        return Err(BadDate::Ambiguous);
    }
    Ok([number(numbers[0])?, number(numbers[1])?, number(numbers[2])?])
}

fn to_day([year, month, day]: [i64; 3]) -> Result<Date, BadDate> {
    if !YEARS.contains(&year) {
        return Err(BadDate::NoSuchDay);
    }
    let small = |n: i64| i8::try_from(n).map_err(|_| BadDate::NoSuchDay);
    let year = i16::try_from(year).map_err(|_| BadDate::NoSuchDay)?;
    Date::new(year, small(month)?, small(day)?).map_err(|_| BadDate::NoSuchDay)
}

/// The time behind the day. `marks[0]` stands between day and hour, the last one at the end.
fn time_of(day: Date, numbers: &[&str], marks: &[&str]) -> Result<DateTime, BadDate> {
    let fraction = numbers.len() == 4 && marks[3].trim() == ".";
    if numbers.len() > 3 + usize::from(fraction) {
        return Err(BadDate::Unreadable);
    }
    let before = marks[0].trim().trim_start_matches(['日', '号', 'T', 't', ',']).trim();
    let after = marks.last().map_or("", |m| m.trim());
    let part = if before.is_empty() { after } else { before };
    let mut hour = number(numbers[0])?;
    match part {
        "下午" | "晚上" | "晚" | "PM" | "pm" | "中午" if hour < 12 && (part != "中午" || hour < 3) => {
            hour += 12
        }
        "上午" | "AM" | "am" if hour == 12 => hour = 0,
        "" | "上午" | "下午" | "早上" | "凌晨" | "晚上" | "晚" | "中午" | "AM" | "am" | "PM" | "pm"
        | "时" | "点" | "分" | "秒" | "Z" | "整" | "点整" => {}
        _ => return Err(BadDate::Unreadable),
    }
    let good = |mark: &str, fits: [&str; 3]| fits.contains(&mark.trim());
    if numbers.len() == 1 && !matches!(after, "时" | "点" | "点整") {
        return Err(BadDate::Unreadable);
    }
    if (numbers.len() > 1 && !good(marks[1], [":", "时", "点"]))
        || (numbers.len() > 2 && !good(marks[2], [":", "分", ":"]))
    {
        return Err(BadDate::Unreadable);
    }
    let at = |i: usize| numbers.get(i).map_or(Ok(0), |d| number(d));
    let small = |n: i64| i8::try_from(n).map_err(|_| BadDate::NoSuchDay);
    DateTime::new(day.year(), day.month(), day.day(), small(hour)?, small(at(1)?)?, small(at(2)?)?, 0)
        .map_err(|_| BadDate::NoSuchDay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(typed: &str) -> String {
        let zone = Zone::default();
        match read_text(typed, &zone) {
            Ok(w) if w.is_exact => zone.at(w.at).strftime("%Y-%m-%d %H:%M:%S").to_string(),
            Ok(w) => zone.day(w.at).to_string(),
            Err(e) => format!("{e:?}"),
        }
    }

    #[test]
    fn six_styles_of_days() {
        for typed in [
            "2020-01-02",
            "2020/1/2",
            "2020年1月2日",
            "2020年1月2号",
            "2020.1.2",
            "20200102",
            "２０２０－１－２",
            " 2020 年 1 月 2 日 ",
        ] {
            assert_eq!(shown(typed), "2020-01-02", "{typed}");
        }
    }

    #[test]
    fn days_with_a_time() {
        for (typed, is) in [
            ("2020-01-02 03:04:05", "03:04:05"),
            ("2020/1/2 3:04", "03:04:00"),
            ("2020/1/2 下午3:04", "15:04:00"),
            ("2020年1月2日上午12:04", "00:04:00"),
            ("2020年1月2日 下午 3时4分5秒", "15:04:05"),
            ("2020.1.2 中午12:30", "12:30:00"),
            ("20200102 03:04:05", "03:04:05"),
            ("2020-01-02T03:04:05.678", "03:04:05"),
            ("2020/1/2 3:04 PM", "15:04:00"),
            ("2020年1月2日3点", "03:00:00"),
            ("2020-1-2 晚上8：15", "20:15:00"),
        ] {
            assert_eq!(shown(typed), format!("2020-01-02 {is}"), "{typed}");
        }
    }

    #[test]
    fn what_can_be_meant_two_ways_is_refused() {
        for typed in ["01/02/2020", "20-1-2", "2.1.2020", "1/2/20 3:04"] {
            assert_eq!(shown(typed), "Ambiguous", "{typed}");
        }
        for typed in ["2020-02-30", "2020/13/1", "20201332", "2020-01-02 25:00:00", "1020-01-02"] {
            assert_eq!(shown(typed), "NoSuchDay", "{typed}");
        }
        for typed in [
            "",
            "昨天",
            "2020",
            "2020-01",
            "2020-01/02",
            "2020-01-02 约三点",
            "2020-01-02 5",
            "元旦前",
            "2020-1-2-3-4-5-6",
        ] {
            assert_eq!(shown(typed), "Unreadable", "{typed}");
        }
    }

    #[test]
    fn serials_of_spreadsheets() {
        let zone = Zone::default();
        let at = |n: f64, old: bool| {
            read_serial(n, old, &zone)
                .map(|w| (zone.at(w.at).strftime("%Y-%m-%d %H:%M:%S").to_string(), w.is_exact))
        };
        assert_eq!(at(43_832.0, false), Ok(("2020-01-02 00:00:00".into(), false)));
        assert_eq!(at(43_832.127_835_648_15, false), Ok(("2020-01-02 03:04:05".into(), true)));
        assert_eq!(at(42_370.0, true), Ok(("2020-01-02 00:00:00".into(), false)));
        assert_eq!(at(20_200_102.0, false), Ok(("2020-01-02 00:00:00".into(), false)));
        for bad in [0.0, 15.0, -1.0, 1e9, f64::NAN, f64::INFINITY] {
            assert_eq!(at(bad, false), Err(BadDate::Unreadable), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn every_style_says_the_same_instant(days in 0i64..70_000, second in 1i64..86_400) {
            let zone = Zone::default();
            let at = zone.start_of(jiff::civil::date(1971, 1, 1)).plus(days % 40_000 * DAY_MS + second * 1000);
            let z = zone.at(at);
            for style in ["%Y-%m-%d %H:%M:%S", "%Y/%-m/%-d %-H:%M:%S", "%Y年%-m月%-d日 %-H时%-M分%-S秒", "%Y.%-m.%-d %H:%M:%S", "%Y%m%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"] {
                let written = z.strftime(style).to_string();
                prop_assert_eq!(read_text(&written, &zone), Ok(When { at, is_exact: true }), "{}", written);
            }
        }

        #[test]
        fn no_text_makes_the_reader_stumble(typed in "\\PC{0,30}", marks in "[0-9年月日时分秒:/. -]{0,24}") {
            let _ = read_text(&typed, &Zone::default());
            let _ = read_text(&marks, &Zone::default());
        }
    }
}
