//! Templates hold no sentence: what a person reads is in the catalogue, in every language.

use super::{Finding, tree::Tree};

/// Attributes whose value a person reads or hears.
const SPOKEN: [&str; 7] =
    ["alt", "title", "placeholder", "label", "aria-label", "aria-description", "aria-roledescription"];

/// Signs of units are the same in every language.
const UNITS: [&str; 6] = ["km²", "m²", "km", "m", "ms", "kB"];

/// A template cut into what a browser would be sent and what the engine evaluates.
pub struct Template {
    /// The markup; each `{{ … }}` and `{% … %}` is blanked, lines are kept.
    pub markup: String,
    /// The string literals inside `{{ … }}` and `{% … %}`, with their line.
    pub literals: Vec<(usize, String)>,
}

/// The templates of all crates.
pub fn all(tree: &Tree) -> impl Iterator<Item = (&str, Template)> {
    let fits = |path: &str| path.contains("/templates/");
    tree.named("", "").filter(move |(path, _)| fits(path)).map(|(path, text)| (path, cut(text)))
}

/// Cuts a template.
pub fn cut(text: &str) -> Template {
    let (mut markup, mut literals, mut rest, mut line) = (String::new(), Vec::new(), text, 1);
    while let Some(open) = ["{{", "{%", "{#", "<!--"].iter().filter_map(|mark| rest.find(mark)).min() {
        let (before, inside) = rest.split_at(open);
        let close = if inside.starts_with("{{") {
            "}}"
        } else if inside.starts_with("{%") {
            "%}"
        } else if inside.starts_with("{#") {
            "#}"
        } else {
            "-->"
        };
        let end = inside.find(close).map_or(inside.len(), |at| at + close.len());
        line += before.matches('\n').count();
        if matches!(close, "}}" | "%}") {
            literals.extend(strings(&inside[..end]).into_iter().map(|text| (line, text)));
        }
        markup.push_str(before);
        // A blank keeps `class="a{{ b }}"` in one piece, and newlines keep the lines.
        markup.push(' ');
        markup.extend(std::iter::repeat_n('\n', inside[..end].matches('\n').count()));
        line += inside[..end].matches('\n').count();
        rest = &inside[end..];
    }
    markup.push_str(rest);
    Template { markup, literals }
}

fn strings(code: &str) -> Vec<String> {
    code.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Text between tags and in spoken attributes that has letters of any language.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, template) in all(tree) {
        for (line, text) in spoken(&template.markup) {
            if has_letters(&text) {
                let shown: String = text.trim().chars().take(40).collect();
                found.push(Finding::new(path, line, format!("text in a template: `{shown}`")));
            }
        }
        for (line, text) in &template.literals {
            if text.chars().any(super::literals::is_chinese) {
                found.push(Finding::new(path, *line, format!("text in a template: `{text}`")));
            }
        }
    }
    found
}

/// Everything that a person would read or hear of the markup, with its line.
fn spoken(markup: &str) -> Vec<(usize, String)> {
    let (mut out, mut text, mut line) = (Vec::new(), String::new(), 1);
    let (mut rest, mut in_key) = (markup, false);
    while let Some(open) = rest.find('<') {
        // What is printed on a key of the keyboard is no language.
        text.extend(rest[..open].chars().filter(|c| !in_key || *c == '\n'));
        in_key = rest[open..].starts_with("<kbd");
        flush(&mut out, &mut text, &mut line);
        let tag_end = tag_length(&rest[open..]);
        let tag = &rest[open..open + tag_end];
        out.extend(spoken_attributes(tag).into_iter().map(|value| (line, value)));
        line += tag.matches('\n').count();
        rest = &rest[open + tag_end..];
    }
    text.push_str(rest);
    flush(&mut out, &mut text, &mut line);
    out
}

fn flush(out: &mut Vec<(usize, String)>, text: &mut String, line: &mut usize) {
    let before = text.len() - text.trim_start().len();
    let first = *line + text[..before].matches('\n').count();
    *line += text.matches('\n').count();
    if !text.trim().is_empty() {
        out.push((first, std::mem::take(text)));
    }
    text.clear();
}

/// Up to and with the `>` that is not inside quotes.
fn tag_length(tag: &str) -> usize {
    let mut quote = None;
    for (at, letter) in tag.char_indices() {
        match (quote, letter) {
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            (None, '>') => return at + 1,
            _ => {}
        }
    }
    tag.len()
}

fn spoken_attributes(tag: &str) -> Vec<String> {
    let mut values = Vec::new();
    for name in SPOKEN {
        let mark = format!(" {name}=\"");
        for (at, _) in tag.match_indices(&mark) {
            let value = &tag[at + mark.len()..];
            values.push(value.split('"').next().unwrap_or_default().to_owned());
        }
    }
    values
}

/// A macro may hold attributes without their tag: `id="a" name="b"`. They are taken out of a text.
fn without_attributes(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("=\"") {
        let name = |c: char| c.is_ascii_lowercase() || c == '-';
        out.push_str(before.trim_end_matches(name));
        rest = after.split_once('"').map_or("", |(_, behind)| behind);
    }
    out.push_str(rest);
    out
}

fn has_letters(text: &str) -> bool {
    let text = without_attributes(text);
    let mut plain = String::new();
    let mut rest = text.as_str();
    // `&nbsp;` and the like are marks, not words.
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        rest = match after.split_once(';') {
            Some((name, behind)) if name.len() < 10 && !name.contains(' ') => behind,
            _ => after,
        };
    }
    plain.push_str(rest);
    plain
        .split_whitespace()
        .filter(|word| !UNITS.contains(word))
        .any(|word| word.chars().any(char::is_alphabetic))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        check(&Tree::sample(&[("rooms/case/templates/a.html", text)])).len()
    }

    #[test]
    fn sentences_are_found_in_text_and_attributes() {
        assert_eq!(count("<p>Hello</p>"), 1);
        assert_eq!(count("<p>{{ v.t(\"case.a\") }}：办结</p>"), 1);
        assert_eq!(count("<input placeholder=\"Name\">"), 1);
        assert_eq!(count("<img alt=\"图\">"), 1);
        assert_eq!(count("{{ name(\"办结\") }}"), 1);
    }

    #[test]
    fn markup_and_marks_are_no_sentences() {
        assert_eq!(
            count("<!doctype html>\n<p class=\"a {{ b }}\">{{ v.t(\"case.a\") }}：&nbsp;· 12 %</p>"),
            0
        );
        assert_eq!(count("{# a note #}<!-- another --><a title=\"{{ t }}\" href=\"/a>b\">→</a>"), 0);
        assert_eq!(count("{% if a > b %}<br>{% endif %}<kbd>Ctrl</kbd>"), 0);
        assert_eq!(count("<kbd>Ctrl</kbd> and"), 1);
        assert_eq!(count("<p>{{ area }} km²</p>"), 0);
        assert_eq!(count("{% macro m() %}id=\"f-{{ name }}\" name=\"{{ name }}\"{% endmacro %}"), 0);
    }

    #[test]
    fn literals_know_their_line() {
        let template = cut("<p>\n{{ v.t(\"a.b\") }}\n{% if x %}\n{{ v.t(\"c.d\") }}");
        assert_eq!(template.literals, [(2, "a.b".to_owned()), (4, "c.d".to_owned())]);
    }
}
