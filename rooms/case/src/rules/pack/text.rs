//! A pack's files as they are written, each value with its place in the text.

use std::collections::BTreeMap;

use serde::{Deserialize, de::DeserializeOwned};
use toml::Spanned;

use super::{Elsewhere, PACK_FILES, PackError, PackFile, Source, Term, Terms, UrgeTerms, WhistleTerms};

/// One file, parsed, with what is needed to say where something stands.
pub(super) struct Parsed<T> {
    pub name: String,
    lines: Vec<usize>,
    pub body: T,
}

impl<T> Parsed<T> {
    /// The mistake at a place of this file.
    pub fn error(
        &self,
        at: std::ops::Range<usize>,
        key: &'static str,
        words: Vec<(&'static str, String)>,
    ) -> PackError {
        PackError { file: self.name.clone(), line: self.line(at), key, words }
    }

    /// The line, from 1, on which a span begins.
    pub fn line(&self, at: std::ops::Range<usize>) -> usize {
        self.lines.partition_point(|start| *start <= at.start)
    }
}

/// All four files.
pub(super) struct Raw {
    pub pack: Parsed<PackText>,
    pub categories: Parsed<CategoriesText>,
    pub units: Parsed<UnitsText>,
    pub routing: Parsed<RoutingText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PackText {
    pub code: Spanned<String>,
    pub name: String,
    pub region: Spanned<String>,
    pub version: String,
    pub valid_from: Spanned<String>,
    pub clock: Spanned<Terms>,
    pub whistle: Option<Spanned<WhistleTerms>>,
    pub urge: Option<Spanned<UrgeTerms>>,
    #[serde(default)]
    pub elsewhere: Vec<Elsewhere>,
    #[serde(default)]
    pub source: Vec<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoriesText {
    pub valid_from: Spanned<String>,
    pub category: Vec<Spanned<CategoryText>>,
    /// What closing needs where neither a category nor one above it says so, by what is asked.
    #[serde(default)]
    pub evidence_by_kind: BTreeMap<String, Spanned<Vec<String>>>,
    pub deadline: BTreeMap<String, Spanned<Term>>,
    #[serde(default)]
    pub question: BTreeMap<String, Spanned<QuestionText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CategoryText {
    pub code: String,
    pub parent: Option<String>,
    pub name: String,
    pub kind: Option<String>,
    pub unit: Option<String>,
    pub deadline: Option<String>,
    pub place: Option<bool>,
    pub public: Option<bool>,
    pub evidence: Option<EvidenceText>,
    pub urgent: Option<bool>,
    #[serde(default)]
    pub ask: Vec<String>,
    #[serde(default)]
    pub also: Vec<String>,
    pub valid_from: Option<String>,
    pub valid_to: Option<String>,
}

/// What closing needs: whether a photo or a paper at all, or which things one by one.
#[derive(Deserialize, Clone, Debug)]
#[serde(untagged)]
pub(super) enum EvidenceText {
    /// A photo or a paper, whichever; or nothing.
    Any(bool),
    /// Each of these.
    Each(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct QuestionText {
    pub label: String,
    #[serde(rename = "type")]
    pub kind: crate::model::QuestionKind,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub choices: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitsText {
    pub unit: Vec<Spanned<UnitText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitText {
    pub code: String,
    pub form: String,
    pub at: BTreeMap<String, String>,
    #[serde(default)]
    pub scope: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RoutingText {
    pub rule: Vec<Spanned<RuleText>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleText {
    pub code: Spanned<String>,
    pub place: Option<Spanned<String>>,
    pub category: Option<Spanned<String>>,
    pub channel: Option<Spanned<String>>,
    pub to: Spanned<String>,
    pub level: Spanned<String>,
    pub why: Spanned<String>,
}

/// Parses every file; a file that is missing or is no TOML of the right shape is an error.
pub(super) fn read(files: &[PackFile<'_>]) -> Result<Raw, Vec<PackError>> {
    let mut errors = Vec::new();
    let pack = parse::<PackText>(files, PACK_FILES[0], &mut errors);
    let categories = parse::<CategoriesText>(files, PACK_FILES[1], &mut errors);
    let units = parse::<UnitsText>(files, PACK_FILES[2], &mut errors);
    let routing = parse::<RoutingText>(files, PACK_FILES[3], &mut errors);
    match (pack, categories, units, routing) {
        (Some(pack), Some(categories), Some(units), Some(routing)) => {
            Ok(Raw { pack, categories, units, routing })
        }
        _ => Err(errors),
    }
}

fn parse<T: DeserializeOwned>(
    files: &[PackFile<'_>],
    part: &str,
    errors: &mut Vec<PackError>,
) -> Option<Parsed<T>> {
    let Some(file) = files.iter().find(|f| f.name.rsplit(['/', '\\']).next() == Some(part)) else {
        errors.push(PackError {
            file: part.into(),
            line: 1,
            key: "pack.error.file_missing",
            words: Vec::new(),
        });
        return None;
    };
    let starts = std::iter::once(0).chain(file.text.match_indices('\n').map(|(i, _)| i + 1));
    let mut lines: Vec<usize> = starts.collect();
    lines.dedup();
    match toml::from_str::<T>(file.text) {
        Ok(body) => Some(Parsed { name: file.name.into(), lines, body }),
        Err(e) => {
            let at = e.span().map_or(0, |s| s.start);
            let line = lines.partition_point(|start| *start <= at);
            let words = vec![("message", e.message().to_owned())];
            errors.push(PackError { file: file.name.into(), line, key: "pack.error.syntax", words });
            None
        }
    }
}
