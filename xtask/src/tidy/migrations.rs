//! Migrations are only ever added: somebody's database has run the old ones.

use std::{collections::BTreeMap, fs};

use anyhow::{Result, bail};

use super::{Finding, allow, tree::Tree};

const LIST: &str = "xtask/allow/migrations.txt";
const HEAD: &str = "\
# Every migration that has been shipped, with its fingerprint. A shipped migration never changes:
# write a new one, then run `cargo xtask tidy --accept-migrations`, which only adds lines. Until the
# first release nobody has run them: a changed one's line is taken out by hand and accepted again.
";

/// FNV-1a, 64 bits: it guards against a slip, not against malice, and needs no dependency.
fn fingerprint(text: &str) -> String {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, step))
}

fn present(tree: &Tree) -> BTreeMap<String, String> {
    let all = tree.named("", ".sql").filter(|(path, _)| path.contains("/migrations/"));
    all.map(|(path, text)| (path.to_owned(), fingerprint(text))).collect()
}

fn listed(tree: &Tree) -> BTreeMap<String, String> {
    let lines = allow::lines(tree.files.get(LIST).map_or("", String::as_str));
    lines
        .iter()
        .filter_map(|line| line.split_once(' '))
        .map(|(mark, path)| (path.to_owned(), mark.to_owned()))
        .collect()
}

/// Every migration is on the list, unchanged, and numbered 0001, 0002, … in its folder.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let (present, listed) = (present(tree), listed(tree));
    let mut found = Vec::new();
    for (path, mark) in &present {
        match listed.get(path) {
            None => found.push(Finding::new(path, 0, "not yet accepted")),
            Some(shipped) if shipped != mark => {
                found.push(Finding::new(path, 0, "a shipped migration was changed"))
            }
            Some(_) => {}
        }
    }
    for path in listed.keys().filter(|path| !present.contains_key(*path)) {
        found.push(Finding::new(path, 0, "a shipped migration is gone"));
    }
    found.extend(misnumbered(present.keys()));
    found
}

fn misnumbered<'a>(paths: impl Iterator<Item = &'a String>) -> Vec<Finding> {
    let mut next: BTreeMap<&str, usize> = BTreeMap::new();
    let mut found = Vec::new();
    for path in paths {
        let Some((folder, name)) = path.rsplit_once('/') else { continue };
        let number = next.entry(folder).or_insert(1);
        if !name.starts_with(&format!("{number:04}_")) {
            found.push(Finding::new(path, 0, format!("should be number {number:04}")));
        }
        *number += 1;
    }
    found
}

/// Adds new migrations to the list.
///
/// # Errors
/// If a listed one has changed or is gone: the list only grows.
pub fn accept(tree: &Tree) -> Result<()> {
    let (present, mut listed) = (present(tree), listed(tree));
    for (path, mark) in &listed {
        if present.get(path) != Some(mark) {
            bail!("{path} was shipped and is no longer the same; put it back and write a new migration");
        }
    }
    let before = listed.len();
    listed.extend(present);
    let lines: String = listed.iter().map(|(path, mark)| format!("{mark} {path}\n")).collect();
    fs::write(LIST, format!("{HEAD}{lines}"))?;
    println!("{} migrations accepted, {} in all", listed.len() - before, listed.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "rooms/case/migrations/0001_case.sql";

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::sample(files)).into_iter().map(|f| f.what).collect()
    }

    #[test]
    fn a_shipped_migration_stays_as_it_is() {
        let list = format!("{} {PATH}\n", fingerprint("A"));
        assert_eq!(found(&[(PATH, "A"), (LIST, &list)]), [""; 0]);
        assert_eq!(found(&[(PATH, "B"), (LIST, &list)]), ["a shipped migration was changed"]);
        assert_eq!(found(&[(LIST, &list)]), ["a shipped migration is gone"]);
        assert_eq!(found(&[(PATH, "A")]), ["not yet accepted"]);
        assert!(accept(&Tree::sample(&[(PATH, "B"), (LIST, &list)])).is_err());
    }

    #[test]
    fn numbers_follow_each_other() {
        let what = found(&[("kernel/store/migrations/0002_a.sql", "A")]);
        assert!(what.contains(&"should be number 0001".to_owned()), "{what:?}");
    }
}
