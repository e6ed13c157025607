//! What a letter says, out of the catalogue (通知用语).

use std::collections::HashMap;

use base::Zone;
use web::{Lang, Words};

use crate::model::{Item, Kept, Kind, Params};

/// What stands where a name or a number is not known.
const UNKNOWN: &str = "—";

/// The title and the sentence of a letter in a language; `units` has the names of [`units_in`].
pub fn said(
    words: &Words,
    lang: Lang,
    zone: &Zone,
    kind: Kind,
    params: &Params,
    units: &HashMap<i64, String>,
) -> (String, String) {
    let filled: Vec<(&str, String)> = kind
        .params()
        .iter()
        .map(|(name, _)| {
            let text = match params.get(name) {
                Some(Kept::Count(n)) => n.to_string(),
                Some(Kept::At(at)) => zone.at(*at).strftime("%Y-%m-%d %H:%M").to_string(),
                Some(Kept::Number(number)) if !number.is_empty() => number.clone(),
                Some(Kept::Unit(id)) => units.get(id).cloned().unwrap_or_else(|| UNKNOWN.to_owned()),
                Some(Kept::Word(key)) => words.get(lang, key).into_owned(),
                Some(Kept::Words(keys)) if !keys.is_empty() => {
                    let each: Vec<_> = keys.iter().map(|key| words.get(lang, key)).collect();
                    each.join(&words.get(lang, "notice.and"))
                }
                _ => UNKNOWN.to_owned(),
            };
            (*name, text)
        })
        .collect();
    (words.get(lang, &kind.name_key()).into_owned(), words.fill(lang, &kind.sentence_key(), &filled))
}

/// The units whose names these letters need.
pub fn units_in<'a>(items: impl IntoIterator<Item = &'a Item>) -> Vec<i64> {
    let params = items.into_iter().flat_map(|i| i.params.values());
    let mut ids: Vec<i64> = params
        .filter_map(|p| match p {
            Kept::Unit(id) => Some(*id),
            _ => None,
        })
        .collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

#[cfg(test)]
mod tests {
    use base::Millis;

    use super::*;

    fn words() -> Words {
        Words::merge(&[("notice", web::words!("notice"))]).unwrap()
    }

    #[test]
    fn every_kind_has_words_in_both_languages_and_every_place_is_filled() {
        let (words, zone) = (words(), Zone::default());
        let units = HashMap::from([(7, "城建办".to_owned())]);
        for kind in Kind::ALL {
            let mut params = Params::new();
            for (name, sort) in kind.params() {
                let kept = match sort {
                    crate::model::Sort::Count => Kept::Count(3),
                    crate::model::Sort::At => Kept::At(Millis(1_772_413_200_000)),
                    crate::model::Sort::Number => Kept::Number("990101-2026-00501".to_owned()),
                    crate::model::Sort::Unit => Kept::Unit(7),
                    crate::model::Sort::Word => Kept::Word("notice.channel.mail".to_owned()),
                    crate::model::Sort::Words => Kept::Words(vec!["notice.channel.mail".to_owned(); 2]),
                };
                params.insert(*name, kept);
            }
            let mut both = Vec::new();
            for lang in Lang::ALL {
                let (title, text) = said(&words, lang, &zone, *kind, &params, &units);
                let code = kind.code();
                assert!(
                    !title.contains("notice.kind") && !text.contains("notice.say"),
                    "{code}: {title} {text}"
                );
                assert!(!text.contains('{') && !text.contains(UNKNOWN), "{code}: {text}");
                for (name, _) in kind.params() {
                    let bare = words.get(lang, &kind.sentence_key()).into_owned();
                    assert!(
                        bare.contains(&format!("{{{name}}}")),
                        "{code} has no place for {name} in {lang:?}"
                    );
                }
                // A text message of 70 letters is one; three are the most that an old phone joins.
                assert!(lang == Lang::En || text.chars().count() <= 100, "{code}: {text}");
                both.push(text);
            }
            assert_ne!(both[0], both[1], "{} is not translated", kind.code());
        }
    }

    #[test]
    fn what_is_missing_is_a_dash() {
        let (_, text) =
            said(&words(), Lang::Zh, &Zone::default(), Kind::Missed, &Params::new(), &HashMap::new());
        assert!(text.contains(UNKNOWN) && !text.contains('{'), "{text}");
    }
}
