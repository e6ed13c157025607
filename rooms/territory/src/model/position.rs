//! A position as it was given: in which datum, how sure, from where.

use std::str::FromStr;

use super::Spot;

/// The datum in which a pair of numbers was measured (坐标系).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Datum {
    /// What satellites and browsers give.
    Wgs84,
    /// 国测局坐标: what domestic street maps give; shifted by up to 700 m.
    Gcj02,
    /// 百度坐标: shifted once more.
    Bd09,
    /// 2000 国家大地坐标系: what surveyors give; within decimetres of WGS-84.
    Cgcs2000,
}

impl Datum {
    /// All.
    pub const ALL: [Datum; 4] = [Datum::Wgs84, Datum::Gcj02, Datum::Bd09, Datum::Cgcs2000];

    /// As the database and files spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Datum::Wgs84 => "wgs84",
            Datum::Gcj02 => "gcj02",
            Datum::Bd09 => "bd09",
            Datum::Cgcs2000 => "cgcs2000",
        }
    }
}

/// The text names no datum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a datum")]
pub struct BadDatum;

impl FromStr for Datum {
    type Err = BadDatum;

    fn from_str(text: &str) -> Result<Self, BadDatum> {
        Datum::ALL.into_iter().find(|d| d.as_str() == text).ok_or(BadDatum)
    }
}

/// How a position came about (来源).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The device measured it.
    Device,
    /// Somebody pointed at a map.
    Map,
    /// It came in a file or over an interface.
    File,
}

impl Source {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Device => "device",
            Source::Map => "map",
            Source::File => "file",
        }
    }
}

/// A position as it was given (原始坐标); kept for good beside the converted one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Reading {
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
    /// In which datum.
    pub datum: Datum,
    /// How far off it may be, in metres, if the device said so.
    pub accuracy_m: Option<f64>,
    /// How it came about.
    pub source: Source,
}

/// A reading and the spot in WGS-84 into which it was converted, once.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fix {
    /// As given.
    pub reading: Reading,
    /// Converted.
    pub spot: Spot,
}
