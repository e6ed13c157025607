//! A Rust file taken apart: its syntax tree for shapes, its words for what it knows.

use std::ops::RangeInclusive;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{Attribute, Item, ItemMod, spanned::Spanned, visit::Visit};

/// What a word is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Name,
    /// The content of a string or a character.
    Text,
    /// Another literal.
    Number,
    /// Punctuation, and brackets.
    Mark,
}

/// One word of a file, without comments and documentation.
#[derive(Debug, Clone)]
pub struct Word {
    /// What it is.
    pub kind: Kind,
    /// The name, the string's content, the literal or the mark.
    pub text: String,
    /// The line, from 1.
    pub line: usize,
    /// Inside `#[…]`.
    pub attribute: bool,
}

/// A Rust file.
pub struct Source {
    /// From the workspace's root.
    pub path: String,
    /// Its syntax.
    pub file: syn::File,
    words: Vec<Word>,
    tests: Vec<RangeInclusive<usize>>,
}

impl Source {
    /// Parses a file.
    ///
    /// # Errors
    /// If it is not Rust.
    pub fn read(path: &str, text: &str) -> syn::Result<Self> {
        let file = syn::parse_file(text)?;
        let mut words = Vec::new();
        collect(text.parse::<TokenStream>()?, false, &mut words);
        let mut finder = TestFinder { ranges: Vec::new() };
        finder.visit_file(&file);
        let mut tests = finder.ranges;
        if path.starts_with("stories/") || path.contains("/tests/") || path.ends_with("/tests.rs") {
            tests.push(0..=usize::MAX);
        }
        Ok(Self { path: path.to_owned(), file, words, tests })
    }

    /// The modules that this file declares for tests only, as paths without their ending.
    pub fn test_modules(&self) -> Vec<String> {
        let folder = match self.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder,
            _ => self.path.trim_end_matches(".rs"),
        };
        let modules = self.file.items.iter().filter_map(|item| match item {
            Item::Mod(module) if module.content.is_none() && is_test(&module.attrs) => Some(&module.ident),
            _ => None,
        });
        modules.map(|name| format!("{folder}/{name}")).collect()
    }

    /// Says that the whole file is a test.
    pub fn mark_test(&mut self) {
        self.tests.push(0..=usize::MAX);
    }

    /// Every word.
    pub fn all_words(&self) -> &[Word] {
        &self.words
    }

    /// The words outside of tests, with their index among all words.
    pub fn live(&self) -> impl Iterator<Item = (usize, &Word)> {
        self.words.iter().enumerate().filter(|(_, word)| !self.in_test(word.line))
    }

    /// Whether a line belongs to a test.
    pub fn in_test(&self, line: usize) -> bool {
        self.tests.iter().any(|range| range.contains(&line))
    }

    /// Whether the words from `at` on are these.
    pub fn reads(&self, at: usize, expected: &[&str]) -> bool {
        self.words.get(at..at + expected.len()).is_some_and(|words| {
            words.iter().zip(expected).all(|(word, want)| word.kind != Kind::Text && word.text == *want)
        })
    }
}

fn collect(stream: TokenStream, attribute: bool, words: &mut Vec<Word>) {
    let mut hash = false;
    for tree in stream {
        let line = tree.span().start().line;
        let mut push = |kind, text| words.push(Word { kind, text, line, attribute });
        match tree {
            TokenTree::Group(group) => {
                let inside = group.stream();
                let is_attribute = hash && group.delimiter() == Delimiter::Bracket;
                let is_doc = is_attribute
                    && matches!(inside.clone().into_iter().next(), Some(TokenTree::Ident(i)) if i == "doc");
                let (open, close) = brackets(group.delimiter());
                if is_doc {
                    // The documentation is prose, not code.
                } else {
                    push(Kind::Mark, open.to_owned());
                    collect(inside, attribute || is_attribute, words);
                    let line = group.span_close().start().line;
                    words.push(Word { kind: Kind::Mark, text: close.to_owned(), line, attribute });
                }
                hash = false;
            }
            TokenTree::Ident(name) => {
                push(Kind::Name, name.to_string());
                hash = false;
            }
            TokenTree::Punct(mark) => {
                push(Kind::Mark, mark.to_string());
                hash = mark.as_char() == '#' || (hash && mark.as_char() == '!');
            }
            TokenTree::Literal(literal) => {
                let (kind, text) = content(&literal.to_string());
                push(kind, text);
                hash = false;
            }
        }
    }
}

fn brackets(delimiter: Delimiter) -> (&'static str, &'static str) {
    match delimiter {
        Delimiter::Parenthesis => ("(", ")"),
        Delimiter::Brace => ("{", "}"),
        Delimiter::Bracket => ("[", "]"),
        Delimiter::None => ("", ""),
    }
}

fn content(literal: &str) -> (Kind, String) {
    match syn::parse_str::<syn::Lit>(literal) {
        Ok(syn::Lit::Str(text)) => (Kind::Text, text.value()),
        Ok(syn::Lit::Char(letter)) => (Kind::Text, letter.value().to_string()),
        Ok(syn::Lit::ByteStr(bytes)) => (Kind::Text, String::from_utf8_lossy(&bytes.value()).into_owned()),
        _ => (Kind::Number, literal.to_owned()),
    }
}

/// Finds the lines of `#[cfg(test)]` modules and of test functions.
struct TestFinder {
    ranges: Vec<RangeInclusive<usize>>,
}

impl TestFinder {
    fn take(&mut self, attributes: &[Attribute], item: &impl Spanned) -> bool {
        let test = is_test(attributes);
        if test {
            let span = item.span();
            self.ranges.push(span.start().line..=span.end().line);
        }
        test
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let path = attribute.path();
        path.segments.last().is_some_and(|s| s.ident == "test")
            || (path.is_ident("cfg")
                && attribute.parse_args::<TokenStream>().is_ok_and(|t| t.to_string() == "test"))
    })
}

impl<'ast> Visit<'ast> for TestFinder {
    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !self.take(&item.attrs, item) {
            syn::visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.take(&item.attrs, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !self.take(&item.attrs, item) {
            syn::visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.take(&item.attrs, item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r##"//! Doc with "text".
/// More "text".
#[derive(Debug)]
struct A;
fn f() -> &'static str { on!(c => "live {x}") }
#[cfg(test)]
mod tests {
    const T: &str = "test";
}
"##;

    #[test]
    fn words_leave_out_documentation_and_tell_tests() {
        let source = Source::read("rooms/a/src/b.rs", SAMPLE).unwrap();
        let texts: Vec<&str> =
            source.live().filter(|(_, w)| w.kind == Kind::Text).map(|(_, w)| w.text.as_str()).collect();
        assert_eq!(texts, ["live {x}"]);
        assert!(source.in_test(8) && !source.in_test(5));
        assert!(source.live().any(|(_, w)| w.text == "Debug" && w.attribute));
    }

    #[test]
    fn the_stories_are_tests_all_through() {
        assert!(Source::read("stories/tests/a.rs", SAMPLE).unwrap().in_test(5));
    }
}
