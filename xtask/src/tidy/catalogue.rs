//! The catalogue: every key that is used exists in both languages, and every key is used.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Finding,
    source::{Kind, Source},
    templates,
    tree::Tree,
};

const LANGUAGES: [&str; 2] = ["zh-CN", "en"];

/// The ending of a count of one, which Chinese has no need of.
const SINGULAR: &str = ".one";

/// Functions whose argument is a key.
const TAKERS: [&str; 8] = ["t", "tw", "t1", "maybe", "said", "field", "push", "push_with"];

/// Whether a text could be a key: `case.stage.received`.
pub fn is_key(text: &str) -> bool {
    let mut parts = text.split('.');
    let first = parts.next().is_some_and(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_lowercase()));
    let mut others = 0;
    let all = parts.all(|part| {
        others += 1;
        !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    });
    first && all && others > 0
}

/// One language's keys, with the file and the line.
type Keys = BTreeMap<String, (String, usize)>;

/// Holds the catalogue against itself and against the code.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let [chinese, english] = LANGUAGES.map(|language| keys(tree, language, &mut found));
    for (ours, theirs, language) in [(&chinese, &english, "en"), (&english, &chinese, "zh-CN")] {
        let needless = |key: &str| key.strip_suffix(SINGULAR).is_some_and(|many| theirs.contains_key(many));
        for (key, (path, line)) in ours.iter().filter(|(key, _)| !theirs.contains_key(*key) && !needless(key))
        {
            found.push(Finding::new(path, *line, format!("{key} is not in {language}")));
        }
    }
    let (texts, needed) = uses(tree);
    for (key, (path, line)) in &needed {
        if !chinese.contains_key(key) {
            found.push(Finding::new(path, *line, format!("{key} is not in the catalogue")));
        }
    }
    let spoken = Spoken::new(texts);
    for (key, (path, line)) in chinese.iter().filter(|(key, _)| !spoken.has(key)) {
        found.push(Finding::new(path, *line, format!("{key} is not used")));
    }
    found
}

/// Every text of the code and the templates, and the keys that they can be put together to.
struct Spoken {
    texts: BTreeSet<String>,
    /// `format!("case.stage.{}", …)` and `"case.stage." ~ …`: at least two words, then anything.
    beginnings: Vec<String>,
    /// `format!("{key}.way")`, `format!("{}.{}.hint", form, field)`: a key or a text, then texts.
    patterns: Vec<Vec<Piece>>,
}

/// A part of a pattern.
enum Piece {
    Text(String),
    Hole,
}

impl Spoken {
    fn new(texts: BTreeSet<String>) -> Self {
        let cut = texts.iter().filter(|text| text.contains('{') || text.ends_with('.'));
        let heads = cut.filter_map(|text| text.split('{').next());
        let beginnings = heads.filter(|head| is_key(head.trim_end_matches('.'))).map(str::to_owned).collect();
        let patterns = texts.iter().filter_map(|text| pattern(text)).collect();
        Self { texts, beginnings, patterns }
    }

    fn has(&self, key: &str) -> bool {
        self.texts.contains(key)
            || self.beginnings.iter().any(|begin| key.starts_with(begin.as_str()))
            || self.patterns.iter().any(|pieces| self.fits(pieces, key, true))
    }

    fn fits(&self, pieces: &[Piece], rest: &str, first: bool) -> bool {
        match pieces {
            [] => rest.is_empty(),
            [Piece::Text(text), others @ ..] => {
                rest.strip_prefix(text.as_str()).is_some_and(|rest| self.fits(others, rest, false))
            }
            // The first hole is whole words of the key, so that only a few ways are tried.
            [Piece::Hole, others @ ..] if first => rest.match_indices('.').any(|(end, _)| {
                let (word, behind) = rest.split_at(end);
                self.fits(others, behind, false) && self.has(word)
            }),
            [Piece::Hole, others @ ..] => {
                (1..=rest.len()).filter(|end| rest.is_char_boundary(*end)).any(|end| {
                    let (word, behind) = rest.split_at(end);
                    self.texts.contains(word) && self.fits(others, behind, false)
                })
            }
        }
    }
}

/// The pattern of a text that begins with a hole and otherwise has only a key's letters.
fn pattern(text: &str) -> Option<Vec<Piece>> {
    let mut rest = text.strip_prefix('{')?;
    let mut pieces = Vec::new();
    loop {
        let (_, behind) = rest.split_once('}')?;
        pieces.push(Piece::Hole);
        let (fixed, next) =
            behind.split_once('{').map_or((behind, None), |(fixed, next)| (fixed, Some(next)));
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.');
        if !fixed.bytes().all(plain) || (pieces.len() == 1 && !fixed.starts_with('.')) {
            return None;
        }
        pieces.push(Piece::Text(fixed.to_owned()));
        match next {
            Some(next) => rest = next,
            None => return Some(pieces),
        }
    }
}

fn keys(tree: &Tree, language: &str, found: &mut Vec<Finding>) -> Keys {
    let folder = format!("words/{language}/");
    let mut keys = Keys::new();
    for (path, text) in tree.named(&folder, ".toml") {
        match text.parse::<toml::Table>() {
            Ok(table) => flatten(&table, "", &mut |key, value| {
                let line = line_of(text, &key);
                if value.trim().is_empty() {
                    found.push(Finding::new(path, line, format!("{key} is empty")));
                }
                if !is_key(&key) {
                    found.push(Finding::new(path, line, format!("{key} is not spelled like a key")));
                }
                if let Some((other, _)) = keys.insert(key.clone(), (path.to_owned(), line)) {
                    found.push(Finding::new(path, line, format!("{key} is also in {other}")));
                }
            }),
            Err(error) => found.push(Finding::new(path, 0, format!("not TOML: {}", error.message()))),
        }
    }
    keys
}

fn flatten(table: &toml::Table, prefix: &str, take: &mut impl FnMut(String, &str)) {
    for (name, value) in table {
        let key = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
        match value {
            toml::Value::Table(inner) => flatten(inner, &key, take),
            toml::Value::String(text) => take(key, text),
            _ => take(key, ""),
        }
    }
}

fn line_of(text: &str, key: &str) -> usize {
    let quoted = format!("\"{key}\"");
    text.lines().position(|line| line.starts_with(&quoted)).map_or(0, |at| at + 1)
}

/// All texts in code and templates, and those that must be keys, with where they are.
fn uses(tree: &Tree) -> (BTreeSet<String>, Keys) {
    let (mut texts, mut needed) = (BTreeSet::new(), Keys::new());
    for source in
        tree.rust.iter().filter(|s| !s.path.starts_with("xtask/") && !s.path.starts_with("stories/"))
    {
        for (at, word) in source.live().filter(|(_, w)| w.kind == Kind::Text) {
            texts.insert(word.text.clone());
            if is_key(&word.text) && taken(source, at) {
                needed.insert(word.text.clone(), (source.path.clone(), word.line));
                if refusal(source, at) {
                    needed.insert(format!("{}.way", word.text), (source.path.clone(), word.line));
                }
            }
        }
    }
    for (path, template) in templates::all(tree) {
        for (line, text) in template.literals {
            if is_key(&text) && !is_asset(&text) {
                needed.insert(text.clone(), (path.to_owned(), line));
            }
            texts.insert(text);
        }
    }
    (texts, needed)
}

fn is_asset(text: &str) -> bool {
    [".css", ".js", ".svg", ".png", ".html", ".ico", ".webmanifest"]
        .iter()
        .any(|ending| text.ends_with(ending))
}

/// `t("key"`, `field("name", "key"`, `Refusal::new("key"`, `key: "key"`.
fn taken(source: &Source, at: usize) -> bool {
    let words = source.all_words();
    let before = |n: usize| at.checked_sub(n).map_or("", |i| words[i].text.as_str());
    match before(1) {
        "(" => TAKERS.contains(&before(2)) || refusal(source, at),
        "," => matches!(before(4), "field" | "push" | "push_with"),
        ":" => before(2) == "key",
        _ => false,
    }
}

fn refusal(source: &Source, at: usize) -> bool {
    at >= 5 && source.reads(at - 5, &["Refusal", ":", ":", "new", "("])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "fn f(v: View) { v.t(\"case.a\"); Refusal::new(\"case.late\"); format!(\"case.stage.{s}\"); format!(\"{k}.way\"); }";

    fn found(chinese: &str, english: &str, more: &[(&str, &str)]) -> Vec<String> {
        let mut files = vec![
            ("words/zh-CN/case.toml", chinese),
            ("words/en/case.toml", english),
            ("rooms/case/src/pages.rs", CODE),
        ];
        files.extend(more);
        check(&Tree::sample(&files)).into_iter().map(|f| f.what).collect()
    }

    const GOOD: &str =
        "\"case.a\" = \"x\"\n\"case.late\" = \"x\"\n\"case.late.way\" = \"x\"\n\"case.stage.new\" = \"x\"\n";

    #[test]
    fn a_whole_catalogue_is_quiet() {
        assert_eq!(found(GOOD, GOOD, &[]), [""; 0]);
    }

    #[test]
    fn both_languages_have_the_same_keys() {
        let more = format!("{GOOD}\"case.stage.old\" = \"x\"\n");
        assert_eq!(found(&more, GOOD, &[]), ["case.stage.old is not in en"]);
        assert_eq!(found(GOOD, &more, &[]), ["case.stage.old is not in zh-CN"]);
    }

    #[test]
    fn used_keys_exist_and_existing_keys_are_used() {
        let less = GOOD.replace("\"case.late.way\" = \"x\"\n", "");
        assert_eq!(found(&less, &less, &[]), ["case.late.way is not in the catalogue"]);
        let more = format!("{GOOD}\"case.idle\" = \"x\"\n");
        assert_eq!(found(&more, &more, &[]), ["case.idle is not used"]);
        let page = ("rooms/case/templates/a.html", "{{ v.t(\"case.none\") }}{{ v.asset(\"app.css\") }}");
        assert_eq!(found(GOOD, GOOD, &[page]), ["case.none is not in the catalogue"]);
    }

    #[test]
    fn an_empty_or_doubled_or_misspelled_key_is_found() {
        let empty = GOOD.replace("\"case.a\" = \"x\"", "\"case.a\" = \" \"");
        assert_eq!(found(&empty, GOOD, &[]), ["case.a is empty"]);
        let twice = ("words/zh-CN/web.toml", "\"case.a\" = \"y\"\n");
        assert!(found(GOOD, GOOD, &[twice])[0].contains("is also in"));
        assert!(is_key("case.stage.in_2") && !is_key("Case.a") && !is_key("case") && !is_key("case..a"));
    }

    #[test]
    fn keys_are_put_together_from_what_the_code_says() {
        let texts =
            ["case.form", "name", "{}.{}", "{}.{}.hint", "{key}.one", "case.stage.{}", "case.step{n}"]
                .map(str::to_owned);
        let spoken = Spoken::new(texts.into_iter().collect());
        for used in
            ["case.form.name", "case.form.name.hint", "case.form.one", "case.stage.any", "case.stage.any.one"]
        {
            assert!(spoken.has(used), "{used}");
        }
        for idle in ["case.form.other", "case.other.name", "case.stage", "name.one.two"] {
            assert!(!spoken.has(idle), "{idle}");
        }
    }

    #[test]
    fn english_alone_has_a_singular() {
        let more = format!("{GOOD}\"case.a.one\" = \"x\"\n");
        assert_eq!(found(GOOD, &more, &[]), [""; 0]);
        assert_eq!(found(&more, GOOD, &[]), ["case.a.one is not used"], "no kit adds it here");
    }
}
