//! The files that git knows or would know, as text.

use std::{collections::BTreeMap, fs};

use anyhow::Result;

use super::source::Source;
use crate::shell::{command, output};

/// Larger files are data, and no rule reads data.
const LARGEST: u64 = 1 << 20;

/// The tree that the rules are held against.
pub struct Tree {
    /// Path from the root, and text.
    pub files: BTreeMap<String, String>,
    /// The Rust files among them, taken apart.
    pub rust: Vec<Source>,
    /// Rust files that do not parse.
    pub broken: Vec<(String, String)>,
}

impl Tree {
    /// Reads what is tracked, and what would be.
    ///
    /// # Errors
    /// If git cannot list the files.
    pub fn load() -> Result<Self> {
        let list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
        let paths = output(&mut command("git", &list))?;
        let mut files = BTreeMap::new();
        for path in paths.split('\0').filter(|p| !p.is_empty()) {
            let small = fs::metadata(path).is_ok_and(|m| m.is_file() && m.len() <= LARGEST);
            if let Some(text) = small.then(|| fs::read_to_string(path).ok()).flatten() {
                files.insert(path.to_owned(), text);
            }
        }
        Ok(Self::of(files))
    }

    /// Takes the Rust files apart.
    pub fn of(files: BTreeMap<String, String>) -> Self {
        let (mut rust, mut broken) = (Vec::new(), Vec::new());
        for (path, text) in files.iter().filter(|(path, _)| path.ends_with(".rs")) {
            match Source::read(path, text) {
                Ok(source) => rust.push(source),
                Err(error) => broken.push((path.clone(), error.to_string())),
            }
        }
        let tests: Vec<String> = rust.iter().flat_map(Source::test_modules).collect();
        for source in &mut rust {
            let module = source.path.trim_end_matches(".rs");
            let inside = |test: &String| module == test || source.path.starts_with(&format!("{test}/"));
            if tests.iter().any(inside) {
                source.mark_test();
            }
        }
        Self { files, rust, broken }
    }

    /// A tree for a test.
    #[cfg(test)]
    pub fn sample(files: &[(&str, &str)]) -> Self {
        Self::of(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    /// Files whose path begins and ends so.
    pub fn named<'t>(&'t self, begin: &'t str, end: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        let fits = move |path: &String| path.starts_with(begin) && path.ends_with(end);
        self.files
            .iter()
            .filter(move |(path, _)| fits(path))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_declared_for_tests_is_a_test() {
        let files = [
            ("a/src/rules.rs", "#[cfg(test)]\nmod sample;\nmod real;"),
            ("a/src/rules/sample.rs", "fn f() {}"),
        ];
        let tree = Tree::sample(&[files[0], files[1], ("a/src/rules/real.rs", "fn f() {}")]);
        let test = |path: &str| tree.rust.iter().find(|s| s.path == path).unwrap().in_test(3);
        assert!(test("a/src/rules/sample.rs"));
        assert!(!test("a/src/rules/real.rs") && !test("a/src/rules.rs"));
    }
}
