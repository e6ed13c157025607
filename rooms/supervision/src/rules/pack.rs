//! What a place may set of supervision (督办配置), in `supervision.toml` of its pack: the usual time limit, what an extension may
//! give, the usual term of a meeting's task, and whether the list is public. Each with its source.

use deadline::Term;
use serde::Deserialize;

/// So much time, and who says so.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TermText {
    term: String,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExtensionText {
    most: String,
    times: u32,
    decide_days: u32,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PublicText {
    is_on: bool,
    source: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    limit: TermText,
    extension: ExtensionText,
    task: TermText,
    public: PublicText,
}

/// The settings, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rulebook {
    /// The time limit that a form proposes.
    pub term: Term,
    /// Who says so.
    pub source: String,
    /// The most that one extension gives.
    pub most: Term,
    /// How often.
    pub times: u32,
    /// Working days after the end in which it may still be decided.
    pub decide_days: u32,
    /// Who says so.
    pub extension_source: String,
    /// The term that a meeting's task is proposed with.
    pub task: Term,
    /// Whether everybody may see what the listers have set a title for.
    pub is_public: bool,
    /// Who says so.
    pub public_source: String,
}

/// Reads a pack's settings.
///
/// # Errors
/// The mistake, with the line where the file says it, in words for the log and the command line.
pub fn read_rulebook(name: &str, text: &str) -> Result<Rulebook, String> {
    let raw: Text = toml::from_str(text).map_err(|e| format!("{name}: {e}"))?;
    let term = |field: &str, typed: &str| -> Result<Term, String> {
        let found: Term = typed.parse().map_err(|e| {
            let line = text.lines().position(|l| l.contains(&format!("\"{typed}\""))).map_or(0, |n| n + 1);
            format!("{name}:{line}: {field}: {e}")
        })?;
        if found.n == 0 { Err(format!("{name}: {field}: {typed}")) } else { Ok(found) }
    };
    for (field, source) in [
        ("limit", &raw.limit.source),
        ("extension", &raw.extension.source),
        ("task", &raw.task.source),
        ("public", &raw.public.source),
    ] {
        if source.trim().is_empty() {
            return Err(format!("{name}: [{field}] source"));
        }
    }
    Ok(Rulebook {
        term: term("[limit] term", &raw.limit.term)?,
        source: raw.limit.source,
        most: term("[extension] most", &raw.extension.most)?,
        times: raw.extension.times,
        decide_days: raw.extension.decide_days,
        extension_source: raw.extension.source,
        task: term("[task] term", &raw.task.term)?,
        is_public: raw.public.is_on,
        public_source: raw.public.source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHIPPED: &str = include_str!("../../../../packs/wuwei/supervision.toml");

    #[test]
    fn the_shipped_settings_are_sound_and_a_mistake_names_its_line() {
        let book = read_rulebook("supervision.toml", SHIPPED).unwrap();
        assert!(book.term.n > 0 && !book.source.is_empty() && book.is_public);
        let wrong = SHIPPED.replace(&format!("\"{}\"", book.task), "\"10wk\"");
        let said = read_rulebook("supervision.toml", &wrong).unwrap_err();
        let line = wrong.lines().position(|l| l.contains("10wk")).unwrap() + 1;
        assert!(said.contains(&format!("supervision.toml:{line}:")), "{said}");
        assert!(read_rulebook("x", "[limit]\nterm = \"1d\"\n").is_err());
        assert!(read_rulebook("x", &format!("{SHIPPED}\n[person]\n")).is_err());
    }
}
