//! Which crate may know which: the kernel knows no room, rooms know only what lies below.

use super::{Finding, tree::Tree};

/// The floors of the house, from the ground up. Rooms of one floor never see each other, except
/// on the ground and the trunk, which are a stair of single rooms.
const FLOORS: &[&[&str]] = &[
    &["territory"],
    &["access"],
    &["calendar"],
    &["notice"],
    &["case"],
    &["supervision"],
    &[
        "mediation",
        "petition",
        "hazard",
        "goods",
        "patrol",
        "support",
        "residence",
        "orgs",
        "decision",
        "funds",
        "assets",
        "callback",
    ],
    &["survey", "duty", "index", "figure"],
    &["portal", "exchange", "field", "upward"],
];

/// The floor whose rooms read other rooms only through `pub_` views, and the highest floor whose
/// rooms they may name.
const OVERLOOK: usize = 7;
const GROUND: usize = 3;

/// What kind of crate a folder holds.
#[derive(Debug, PartialEq, Eq)]
enum Crate<'a> {
    Kernel,
    Room(&'a str),
    /// The application, the stories, the bench, the tools.
    Roof,
}

/// Reads every manifest.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut rooms = Vec::new();
    for (path, _) in tree.named("rooms/", "/Cargo.toml") {
        rooms.extend(path.split('/').nth(1));
    }
    let mut found = Vec::new();
    for (path, text) in tree.named("", "Cargo.toml") {
        let Some(here) = kind(path) else { continue };
        if let Crate::Room(name) = here
            && floor(name).is_none()
        {
            found.push(Finding::new(path, 0, format!("the room {name} has no floor in tidy's arrows.rs")));
        }
        let manifest: toml::Table = match text.parse() {
            Ok(manifest) => manifest,
            Err(error) => {
                found.push(Finding::new(path, 0, format!("not TOML: {error}")));
                continue;
            }
        };
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for name in
                manifest.get(section).and_then(toml::Value::as_table).into_iter().flat_map(toml::Table::keys)
            {
                if let Some(what) = judge(&here, name, &rooms) {
                    found.push(Finding::new(path, line_of(text, name), what));
                }
            }
        }
    }
    found
}

fn kind(path: &str) -> Option<Crate<'_>> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["kernel", _, "Cargo.toml"] => Some(Crate::Kernel),
        ["rooms", name, "Cargo.toml"] => Some(Crate::Room(name)),
        [_, "Cargo.toml"] => Some(Crate::Roof),
        _ => None,
    }
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

fn judge(here: &Crate, name: &str, rooms: &[&str]) -> Option<String> {
    let is_room = rooms.contains(&name) || floor(name).is_some();
    let is_roof = ["linli", "stories", "xtask", "linli-bench", "linli-loader", "linli-peers"].contains(&name);
    match here {
        Crate::Kernel if is_room => Some(format!("the kernel knows the room {name}")),
        Crate::Kernel | Crate::Room(_) if is_roof => Some(format!("{name} lies above and may not be known")),
        Crate::Room(room) if is_room => {
            let (ours, theirs) = (floor(room)?, floor(name)?);
            if theirs >= ours {
                Some(format!("{room} knows {name}, which does not lie below it"))
            } else if ours == OVERLOOK && theirs > GROUND {
                Some(format!("{room} overlooks: it reads {name}'s pub_ views, it does not call it"))
            } else {
                None
            }
        }
        _ => None,
    }
}

fn line_of(text: &str, name: &str) -> usize {
    text.lines().position(|line| line.starts_with(name)).map_or(0, |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(path: &str, dependencies: &str) -> usize {
        let manifest = format!("[dependencies]\n{dependencies}.workspace = true\n");
        check(&Tree::sample(&[(path, &manifest)])).len()
    }

    #[test]
    fn the_kernel_knows_no_room() {
        assert_eq!(found("kernel/web/Cargo.toml", "case"), 1);
        assert_eq!(found("kernel/web/Cargo.toml", "store"), 0);
    }

    #[test]
    fn rooms_know_only_what_lies_below() {
        assert_eq!(found("rooms/case/Cargo.toml", "territory"), 0);
        assert_eq!(found("rooms/access/Cargo.toml", "territory"), 0);
        assert_eq!(found("rooms/territory/Cargo.toml", "access"), 1);
        assert_eq!(found("rooms/mediation/Cargo.toml", "case"), 0);
        assert_eq!(found("rooms/mediation/Cargo.toml", "petition"), 1);
        assert_eq!(found("rooms/index/Cargo.toml", "mediation"), 1);
        assert_eq!(found("rooms/index/Cargo.toml", "access"), 0);
        assert_eq!(found("rooms/case/Cargo.toml", "linli"), 1);
    }

    #[test]
    fn a_new_room_must_be_given_its_floor() {
        assert_eq!(found("rooms/cellar/Cargo.toml", "base"), 1);
    }
}
