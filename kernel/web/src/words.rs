//! The catalogue (词条): every sentence on a screen, by key and language. A room hands in its pair
//! of files; the catalogue is merged once, at start, and a key that two rooms claim is an error.

use std::{borrow::Cow, collections::BTreeMap};

/// A language of the screens. Chinese is complete; the others fall back to it word by word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Lang {
    /// Simplified Chinese (简体中文), the language of record.
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Every language, the language of record first.
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];

    /// The tag for `<html lang>`, for folders under `words/` and for `?lang=`.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh-CN",
            Lang::En => "en",
        }
    }

    /// Reads a tag; `zh` will do for Chinese.
    pub fn parse(tag: &str) -> Option<Self> {
        match tag {
            "zh" | "zh-CN" => Some(Lang::Zh),
            "en" => Some(Lang::En),
            _ => None,
        }
    }

    fn slot(self) -> usize {
        self as usize
    }
}

/// One room's catalogue files as they were compiled in: the language and the TOML text.
pub type WordFiles = &'static [(Lang, &'static str)];

/// The catalogue files of a room, read when it is compiled: `web::words!("case")` is
/// `words/zh-CN/case.toml` and `words/en/case.toml` of the workspace.
#[macro_export]
macro_rules! words {
    ($room:literal) => {
        &[
            (
                $crate::Lang::Zh,
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../words/zh-CN/", $room, ".toml")),
            ),
            (
                $crate::Lang::En,
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../words/en/", $room, ".toml")),
            ),
        ]
    };
}

/// What can be wrong with a catalogue file; it names the room and the key.
#[derive(Debug, thiserror::Error)]
pub enum WordsError {
    /// The file is not TOML.
    #[error("words/{lang}/{room}.toml: {cause}")]
    NotToml {
        /// The language's tag.
        lang: &'static str,
        /// The room.
        room: String,
        /// Where and what.
        cause: String,
    },
    /// A value is neither a text nor a table of texts.
    #[error("words/{lang}/{room}.toml: {key} is not a text")]
    NotText {
        /// The language's tag.
        lang: &'static str,
        /// The room.
        room: String,
        /// The key.
        key: String,
    },
    /// Two files have the same key.
    #[error("words/{lang}: {key} stands in {room} and in another file")]
    Twice {
        /// The language's tag.
        lang: &'static str,
        /// The room.
        room: String,
        /// The key.
        key: String,
    },
}

/// The merged catalogue.
#[derive(Debug, Default)]
pub struct Words {
    by_lang: [BTreeMap<String, String>; 2],
}

impl Words {
    /// Merges the files of all rooms, given as (room, files).
    ///
    /// # Errors
    /// When a file is not TOML, a value is not a text, or a key stands in two files.
    pub fn merge(rooms: &[(&str, WordFiles)]) -> Result<Self, WordsError> {
        let mut all = Self::default();
        for (room, files) in rooms {
            for (lang, text) in *files {
                let table: toml::Table = text.parse().map_err(|e: toml::de::Error| WordsError::NotToml {
                    lang: lang.tag(),
                    room: (*room).to_owned(),
                    cause: e.to_string(),
                })?;
                all.take(*lang, room, "", table)?;
            }
        }
        Ok(all)
    }

    fn take(&mut self, lang: Lang, room: &str, prefix: &str, table: toml::Table) -> Result<(), WordsError> {
        for (name, value) in table {
            let key = if prefix.is_empty() { name } else { format!("{prefix}.{name}") };
            let room_name = || room.to_owned();
            match value {
                toml::Value::String(text) => {
                    if self.by_lang[lang.slot()].insert(key.clone(), text).is_some() {
                        return Err(WordsError::Twice { lang: lang.tag(), room: room_name(), key });
                    }
                }
                toml::Value::Table(inner) => self.take(lang, room, &key, inner)?,
                _ => return Err(WordsError::NotText { lang: lang.tag(), room: room_name(), key }),
            }
        }
        Ok(())
    }

    /// The text under a key, if the language (or Chinese) has one.
    pub fn find(&self, lang: Lang, key: &str) -> Option<&str> {
        let here = self.by_lang[lang.slot()].get(key);
        here.or_else(|| self.by_lang[Lang::Zh.slot()].get(key)).map(String::as_str)
    }

    /// The text under a key. A missing one shows as `⟦key⟧`, which the page tests look for.
    pub fn get<'a>(&'a self, lang: Lang, key: &str) -> Cow<'a, str> {
        match self.find(lang, key) {
            Some(text) => Cow::Borrowed(text),
            None => {
                tracing::warn!(key, "the catalogue has no such key");
                Cow::Owned(format!("⟦{key}⟧"))
            }
        }
    }

    /// The text under a key with words put into its `{name}` places.
    pub fn fill<W: AsRef<str>>(&self, lang: Lang, key: &str, words: &[(&str, W)]) -> String {
        fill(&self.get(lang, key), words)
    }

    /// Keys of one language, for checks.
    pub fn keys(&self, lang: Lang) -> impl Iterator<Item = &str> {
        self.by_lang[lang.slot()].keys().map(String::as_str)
    }

    /// Keys that Chinese has and `lang` has not, for checks.
    pub fn gaps(&self, lang: Lang) -> Vec<&str> {
        self.keys(Lang::Zh).filter(|k| !self.by_lang[lang.slot()].contains_key(*k)).collect()
    }
}

/// Puts words into `{name}` places in one pass: a word that itself holds `{…}` stays as it is.
fn fill<W: AsRef<str>>(text: &str, words: &[(&str, W)]) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        let (before, from_open) = rest.split_at(open);
        out.push_str(before);
        let close = from_open.find('}');
        let name = close.map(|end| &from_open[1..end]);
        match (close, words.iter().find(|(n, _)| Some(*n) == name)) {
            (Some(end), Some((_, word))) => {
                out.push_str(word.as_ref());
                rest = &from_open[end + 1..];
            }
            _ => {
                out.push('{');
                rest = &from_open[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: WordFiles = &[
        (Lang::Zh, "\"a.n\" = \"{n}件，{n}\"\n[a.deep]\nx = \"深\""),
        (Lang::En, "\"a.n\" = \"{n} items\""),
    ];

    #[test]
    fn places_are_filled_in_both_languages() {
        let w = Words::merge(&[("a", A)]).unwrap();
        assert_eq!(w.fill(Lang::Zh, "a.n", &[("n", "3")]), "3件，3");
        assert_eq!(w.fill(Lang::En, "a.n", &[("n", "3")]), "3 items");
        assert_eq!(w.get(Lang::Zh, "a.deep.x"), "深");
    }

    #[test]
    fn a_missing_english_word_falls_back_and_a_missing_key_shows() {
        let w = Words::merge(&[("a", A)]).unwrap();
        assert_eq!(w.get(Lang::En, "a.deep.x"), "深");
        assert_eq!(w.get(Lang::En, "a.none"), "⟦a.none⟧");
        assert_eq!(w.gaps(Lang::En), ["a.deep.x"]);
    }

    #[test]
    fn a_word_that_looks_like_a_place_is_left_alone() {
        assert_eq!(fill("{a}{b}{", &[("a", "{b}"), ("b", "x")]), "{b}x{");
    }

    #[test]
    fn one_key_in_two_rooms_is_refused() {
        assert!(matches!(Words::merge(&[("a", A), ("b", A)]), Err(WordsError::Twice { .. })));
    }
}
