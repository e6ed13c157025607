//! What may not be left lying about: notes to self, dead code, other people's hosts.

use super::{Finding, source::Kind, tree::Tree};

/// Marks of work that was put off.
const PUT_OFF: [&str; 4] = ["TODO", "FIXME", "XXX", "HACK"];

/// Macros of the same kind.
const UNFINISHED: [&str; 3] = ["todo", "unimplemented", "dbg"];

/// Hosts of package registries and folders of one machine: how the project was built is not part
/// of it. Written in two halves, so that this file does not name them.
const STRANGE: [[&str; 2]; 11] = [
    ["index.crates", ".io"],
    ["static.crates", ".io"],
    ["registry.npmjs", ".org"],
    ["registry.npmmirror", ".com"],
    ["files.pythonhosted", ".org"],
    ["pypi.org", "/simple"],
    ["deb.debian", ".org"],
    ["rsproxy", ".cn"],
    ["mirrors.tuna", "."],
    ["/ho", "me/"],
    ["/ro", "ot/"],
];

/// Files in which an address of a registry is not ours to choose.
const LOCKS: [&str; 1] = ["Cargo.lock"];

fn is_text_of_ours(path: &str) -> bool {
    let code = [".rs", ".mjs", ".ts", ".html", ".css", ".sql", ".toml"];
    code.iter().any(|ending| path.ends_with(ending)) && !path.starts_with("xtask/src/tidy/")
}

/// Work put off, and code that was commented out.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.named("", "").filter(|(path, _)| is_text_of_ours(path)) {
        for (at, line) in text.lines().enumerate() {
            let marked = PUT_OFF.iter().find(|mark| has_word(line, mark));
            if let Some(mark) = marked {
                found.push(Finding::new(path, at + 1, format!("{mark}: {}", shown(line))));
            } else if (path.ends_with(".rs") || path.ends_with(".mjs")) && is_dead_code(line) {
                found.push(Finding::new(
                    path,
                    at + 1,
                    format!("code that was commented out: {}", shown(line)),
                ));
            }
        }
    }
    for source in tree.rust.iter().filter(|s| !s.path.starts_with("xtask/src/tidy/")) {
        for (at, word) in source.all_words().iter().enumerate() {
            if word.kind == Kind::Name
                && UNFINISHED.contains(&word.text.as_str())
                && source.reads(at + 1, &["!"])
            {
                found.push(Finding::new(&source.path, word.line, format!("{}! is left", word.text)));
            }
        }
    }
    found
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let edge = |c: Option<char>| !c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        edge(line[..at].chars().next_back()) && edge(line[at + word.len()..].chars().next())
    })
}

/// A line comment (not documentation) that ends as code ends.
fn is_dead_code(line: &str) -> bool {
    let Some(comment) = line.trim().strip_prefix("//") else { return false };
    if comment.starts_with(['/', '!']) {
        return false;
    }
    let comment = comment.trim();
    let keyword = ["let ", "fn ", "pub ", "use ", "impl ", "#["].iter().any(|k| comment.starts_with(k));
    matches!(comment, "}" | "})" | "};" | "});" | "{")
        || comment.ends_with(");")
        || comment.ends_with("};")
        || (keyword && comment.ends_with([';', '{', ']', ',']))
}

fn shown(line: &str) -> String {
    line.trim().chars().take(60).collect()
}

/// Registry hosts, foreign addresses, folders of one machine.
pub fn hosts(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.named("", "").filter(|(path, _)| !LOCKS.iter().any(|lock| path.ends_with(lock)))
    {
        for (at, line) in text.lines().enumerate() {
            for host in STRANGE.iter().map(|halves| halves.concat()).filter(|host| line.contains(host)) {
                found.push(Finding::new(path, at + 1, format!("names {host}")));
            }
            if let Some(address) = foreign_address(line).filter(|_| !path.ends_with(".csv")) {
                found.push(Finding::new(path, at + 1, format!("names the address {address}")));
            }
            if path.ends_with("package-lock.json") && line.contains("\"resolved\"") {
                found.push(Finding::new(path, at + 1, "the lock file names where it was downloaded"));
            }
        }
    }
    found
}

/// An IPv4 address that is not loopback, unspecified, private or kept for documentation.
fn foreign_address(line: &str) -> Option<&str> {
    let runs =
        line.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|run| run.matches('.').count() == 3);
    runs.map(|run| run.trim_matches('.')).find(|run| {
        let Ok(address) = run.parse::<std::net::Ipv4Addr>() else { return false };
        let near = address.is_loopback()
            || address.is_unspecified()
            || address.is_private()
            || address.is_link_local();
        let carrier = address.octets()[0] == 100 && (64..128).contains(&address.octets()[1]);
        !near && !carrier && !address.is_documentation() && !address.is_broadcast() && address.octets()[0] > 9
    })
}

/// Decision records are numbered without gaps and without doubles.
pub fn decisions(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut next = 1;
    for (path, _) in tree.named("docs/decisions/", ".md") {
        let name = path.rsplit('/').next().unwrap_or_default();
        let number = name
            .get(..4)
            .filter(|_| name.as_bytes().get(4) == Some(&b'-'))
            .and_then(|n| n.parse::<u32>().ok());
        match number {
            Some(number) if number == next => next += 1,
            Some(number) => {
                found.push(Finding::new(path, 0, format!("has number {number:04}, expected {next:04}")));
                next = number + 1;
            }
            None if name == "README.md" => {}
            None => found.push(Finding::new(path, 0, "is not named NNNN-subject.md")),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        check(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn work_put_off_is_found() {
        assert_eq!(count(check, "app/src/a.rs", "fn f() {} // TODO later"), 1);
        assert_eq!(count(check, "app/src/a.rs", "fn f() { todo!() }"), 1);
        assert_eq!(count(check, "app/src/a.rs", "const TODOS: u8 = 1;"), 0);
    }

    #[test]
    fn dead_code_is_found_and_sentences_are_not() {
        for bad in ["// let x = 1;", "    // foo(bar);", "// }", "// pub fn f() {"] {
            assert_eq!(count(check, "app/src/a.rs", bad), 1, "{bad}");
        }
        for good in [
            "// Use it once; then let it go.",
            "/// let x = 1;",
            "// a function, fn, is",
            "// (see the record)",
        ] {
            assert_eq!(count(check, "app/src/a.rs", good), 0, "{good}");
        }
    }

    #[test]
    fn hosts_and_foreign_addresses_are_found() {
        let host = STRANGE[2].concat();
        assert_eq!(count(hosts, "docs/a.md", &format!("https://{host}/x")), 1);
        assert_eq!(count(hosts, "docs/a.md", "at 8.8.8.8 and 127.0.0.1"), 0, "versions look like 8.8.8.8");
        let address = ["93.184", "216.34"].join(".");
        assert_eq!(count(hosts, "docs/a.md", &format!("at {address}")), 1);
        assert_eq!(count(hosts, "docs/a.md", "127.0.0.1 10.0.0.1 192.0.2.7 203.0.113.9 0.0.0.0"), 0);
        assert_eq!(count(hosts, "browser/package-lock.json", "\"resolved\": \"x\""), 1);
    }

    #[test]
    fn decisions_have_each_number_once() {
        let bad = [
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0001-b.md", ""),
            ("docs/decisions/0003-c.md", ""),
        ];
        assert_eq!(decisions(&Tree::sample(&bad)).len(), 2);
        let good = [
            ("docs/decisions/0001-a.md", ""),
            ("docs/decisions/0002-b.md", ""),
            ("docs/decisions/README.md", ""),
        ];
        assert_eq!(decisions(&Tree::sample(&good)).len(), 0);
    }
}
