//! Everything that is built into Linli or tests it, and under which licence it may be used.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{
    shell::{command, output},
    spdx,
};

const ALLOWED: &str = "xtask/allow/licences.txt";
const PAGE: &str = "docs/dependencies.md";
const NPM_LOCK: &str = "browser/package-lock.json";

/// Something that is used.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Used {
    name: String,
    version: String,
    licence: String,
    /// Named in a manifest of ours, not only needed by something else.
    direct: bool,
}

/// Checks every licence against the list, and the page of direct dependencies against the manifests.
///
/// # Errors
/// Names every dependency whose licence is not on the list, and every line of the page that is
/// missing, wrong or left over.
pub fn check() -> Result<()> {
    let metadata = output(&mut command("cargo", &["metadata", "--format-version", "1"]))?;
    let mut used = from_cargo(&serde_json::from_str(&metadata)?)?;
    if let Ok(lock) = fs::read_to_string(NPM_LOCK) {
        used.extend(from_npm(&serde_json::from_str(&lock)?));
    }
    used.sort();
    let allowed =
        crate::tidy::allow::lines(&fs::read_to_string(ALLOWED).with_context(|| format!("no {ALLOWED}"))?);
    let mut trouble = judge(&used, &allowed)?;
    trouble.extend(check_page(&used, &fs::read_to_string(PAGE).unwrap_or_default()));
    if !trouble.is_empty() {
        bail!("{} things about licences:\n  {}", trouble.len(), trouble.join("\n  "));
    }
    Ok(())
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// Packages of `cargo metadata` that are not ours. Direct are those that a manifest of ours names.
fn from_cargo(metadata: &Value) -> Result<Vec<Used>> {
    let packages = metadata["packages"].as_array().context("cargo metadata without packages")?;
    let ours = |package: &Value| package["source"].is_null();
    let named: BTreeSet<&str> = packages
        .iter()
        .filter(|p| ours(p))
        .flat_map(|p| p["dependencies"].as_array().into_iter().flatten())
        .filter_map(|d| d["name"].as_str())
        .collect();
    let used = packages.iter().filter(|p| !ours(p)).map(|package| {
        let name = text(package, "name");
        let direct = named.contains(name.as_str());
        Used { direct, version: text(package, "version"), licence: text(package, "license"), name }
    });
    Ok(used.collect())
}

/// Packages of npm's lock file. Direct are those that our `package.json` names.
fn from_npm(lock: &Value) -> Vec<Used> {
    let packages = lock["packages"].as_object().into_iter().flatten();
    let named = |name: &str| {
        let root = &lock["packages"][""];
        !root["dependencies"][name].is_null() || !root["devDependencies"][name].is_null()
    };
    packages
        .filter_map(|(path, package)| {
            let name = path.rsplit("node_modules/").next().filter(|n| !n.is_empty())?.to_owned();
            let (version, licence) = (text(package, "version"), text(package, "license"));
            Some(Used { direct: named(&name), version, licence, name })
        })
        .collect()
}

/// Prints the table by licence; returns what is not allowed, and what the list allows for nothing.
fn judge(used: &[Used], allowed: &[String]) -> Result<Vec<String>> {
    let mut trouble = Vec::new();
    let mut relied_on = BTreeSet::new();
    let mut table: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in used {
        table.entry(&one.licence).or_default().push(&one.name);
        let judged = if one.licence.is_empty() {
            None
        } else {
            spdx::accepted(&one.licence, &|id| allowed.iter().any(|a| a == id))
                .with_context(|| format!("{} {}", one.name, one.version))?
        };
        match judged {
            Some(ids) => relied_on.extend(ids.into_iter().map(str::to_owned)),
            None => {
                trouble.push(format!("{} {}: `{}` is not on {ALLOWED}", one.name, one.version, one.licence))
            }
        }
    }
    for (licence, names) in &table {
        println!("{:4}  {licence:48} {}", names.len(), sample(names));
    }
    println!("{:4}  in all", used.len());
    for id in allowed.iter().filter(|id| !relied_on.contains(*id)) {
        trouble.push(format!("{ALLOWED}: {id} is no longer needed; take the line out"));
    }
    Ok(trouble)
}

fn sample(names: &[&str]) -> String {
    let shown: Vec<&str> = names.iter().take(4).copied().collect();
    let more = if names.len() > shown.len() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

/// Compares the page's lines, `- **name** (licence): what it is for`, with the direct dependencies.
fn check_page(used: &[Used], page: &str) -> Vec<String> {
    let mut trouble = Vec::new();
    let mut missing: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for one in used.iter().filter(|u| u.direct) {
        missing.entry(&one.name).or_default().insert(&one.licence);
    }
    for line in page.lines().filter_map(|l| l.strip_prefix("- **")) {
        let Some((name, licence)) = entry(line) else {
            trouble.push(format!("{PAGE}: a line is not `- **name** (licence): what for`: {line}"));
            continue;
        };
        match missing.remove(name) {
            None => trouble.push(format!("{PAGE}: {name} is no direct dependency, or is there twice")),
            Some(real) if !real.contains(licence) => {
                let real = real.into_iter().collect::<Vec<_>>().join("`, `");
                trouble.push(format!("{PAGE}: {name} is under `{real}`, not `{licence}`"));
            }
            Some(_) => {}
        }
    }
    trouble.extend(missing.into_iter().map(|(name, licences)| {
        let licences = licences.into_iter().collect::<Vec<_>>().join("`, `");
        format!("{PAGE}: a line is missing for {name} ({licences})")
    }));
    trouble
}

fn entry(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.split_once("** (")?;
    let (licence, what) = rest.split_once("): ")?;
    (what.len() > 8).then_some((name, licence))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(name: &str, licence: &str) -> Used {
        Used { name: name.into(), version: "1.0.0".into(), licence: licence.into(), direct: true }
    }

    #[test]
    fn what_is_not_on_the_list_is_named() {
        let trouble =
            judge(&[used("a", "MIT"), used("b", "GPL-3.0-only"), used("c", "")], &["MIT".into()]).unwrap();
        assert_eq!(trouble.len(), 2, "{trouble:?}");
        assert!(trouble[0].starts_with("b 1.0.0"));
    }

    #[test]
    fn the_list_only_shrinks() {
        let trouble = judge(&[used("a", "MIT")], &["MIT".into(), "Zlib".into()]).unwrap();
        assert!(trouble[0].contains("Zlib is no longer needed"));
    }

    #[test]
    fn the_page_names_every_direct_dependency_once() {
        let page = "- **a** (MIT): what it is for\n- **b** (MIT): what it is for\n- **gone** (MIT): what for, once\n";
        let trouble = check_page(&[used("a", "MIT"), used("b", "Zlib"), used("c", "MIT")], page);
        assert_eq!(trouble.len(), 3, "{trouble:?}");
        assert!(trouble[0].contains("b is under `Zlib`"));
        assert!(trouble[1].contains("gone is no direct dependency"));
        assert!(trouble[2].contains("a line is missing for c"));
    }

    #[test]
    fn npm_packages_are_read_from_the_lock() {
        let lock = serde_json::json!({"packages": {
            "": {"devDependencies": {"x": "1"}},
            "node_modules/x": {"version": "1.2.3", "license": "MIT"},
            "node_modules/x/node_modules/@a/y": {"version": "2.0.0", "license": "Zlib"},
        }});
        let found = from_npm(&lock);
        assert_eq!(found.len(), 2);
        assert!(found[0].direct && found[0].name == "x");
        assert!(!found[1].direct && found[1].name == "@a/y");
    }
}
