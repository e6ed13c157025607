//! The shipped pack is sound, and every mistake is told with its file and line.

use super::*;

const WUWEI: [(&str, &str); 4] = [
    ("packs/wuwei/pack.toml", include_str!("../../../../../packs/wuwei/pack.toml")),
    ("packs/wuwei/categories.toml", include_str!("../../../../../packs/wuwei/categories.toml")),
    ("packs/wuwei/units.toml", include_str!("../../../../../packs/wuwei/units.toml")),
    ("packs/wuwei/routing.toml", include_str!("../../../../../packs/wuwei/routing.toml")),
];

fn read_with(part: &str, change: impl Fn(&str) -> String) -> Result<Pack, Vec<PackError>> {
    let texts: Vec<(&str, String)> = WUWEI
        .iter()
        .map(|(name, text)| (*name, if name.ends_with(part) { change(text) } else { (*text).to_owned() }))
        .collect();
    let files: Vec<PackFile<'_>> = texts.iter().map(|(name, text)| PackFile { name, text }).collect();
    read_pack(&files)
}

fn wuwei() -> Pack {
    read_with("none", str::to_owned).unwrap()
}

#[test]
fn the_shipped_pack_is_sound() {
    let pack = wuwei();
    assert_eq!(pack.code, "wuwei");
    let roots = pack.categories.iter().filter(|c| c.parent.is_none()).count();
    assert_eq!((roots, pack.leaves().count() >= 150), (12, true));
    assert!(pack.leaves().all(|c| pack.lineage(&c.code).count() == 3));
    for kind in RequestKind::ALL {
        assert!(pack.leaves().any(|c| c.kind == Some(*kind)), "{kind:?}");
    }
}

#[test]
fn every_leaf_finds_a_unit_that_exists_at_the_level() {
    let pack = wuwei();
    for leaf in pack.leaves() {
        let line: Vec<&str> = pack.lineage(&leaf.code).collect();
        let route = pack
            .routes
            .iter()
            .find(|r| {
                r.place.is_none()
                    && r.channel.is_none()
                    && r.category.as_deref().is_none_or(|c| line.contains(&c))
            })
            .unwrap_or_else(|| panic!("{} goes nowhere", leaf.code));
        let unit = pack.unit(&route.unit).unwrap();
        assert!(unit.names.contains_key(&route.level), "{} {:?}", leaf.code, route);
    }
}

#[test]
fn the_nearest_default_decides() {
    let pack = wuwei();
    let at = |code: &str| pack.routes.iter().position(|r| r.category.as_deref() == Some(code)).unwrap();
    assert!(at("010203") < at("01"), "a leaf's own unit stands before its root's");
}

/// One bad change to a file, and the mistake that it must give on the very line.
fn told(part: &str, from: &str, to: &str, key: &str) {
    let whole = WUWEI.iter().find(|(n, _)| n.ends_with(part)).unwrap().1;
    let place = whole.find(from).unwrap_or_else(|| panic!("{from} is not in {part}"));
    let line = whole[..place].matches('\n').count() + 1;
    let errors = read_with(part, |t| t.replacen(from, to, 1)).unwrap_err();
    let hit = errors.iter().find(|e| e.key == key).unwrap_or_else(|| panic!("{key} is not in {errors:?}"));
    assert!(hit.file.ends_with(part));
    assert_eq!(hit.line, line, "{hit}");
}

#[test]
fn mistakes_in_categories_are_told_on_their_line() {
    let file = "categories.toml";
    told(
        file,
        r#"code = "010102", parent = "0101""#,
        r#"code = "010101", parent = "0101""#,
        "pack.error.twice",
    );
    told(
        file,
        r#"code = "0101", parent = "01""#,
        r#"code = "0101", parent = "99""#,
        "pack.error.unknown_parent",
    );
    told(
        file,
        r#"kind = "complaint", ask = ["estate"]"#,
        r#"kind = "moan", ask = ["estate"]"#,
        "pack.error.unknown_kind",
    );
    told(file, r#"ask = ["estate", "amount"]"#, r#"ask = ["estate", "age"]"#, "pack.error.unknown_question");
    told(file, r#"unit = "land", deadline"#, r#"unit = "sky", deadline"#, "pack.error.unknown_unit");
    told(
        file,
        r#"deadline = "d60", evidence"#,
        r#"deadline = "d61", evidence"#,
        "pack.error.unknown_deadline",
    );
    told(
        file,
        r#"evidence = ["before", "after"]"#,
        r#"evidence = ["before", "oath"]"#,
        "pack.error.unknown_proof",
    );
    told(file, r#"consult = ["words"]"#, r#"consult = ["oath"]"#, "pack.error.unknown_proof");
    told(file, "d1 = { days = 1,", "d1 = { days = 0,", "pack.error.bad_days");
    told(file, r#"valid_from = "2025-01-01""#, r#"valid_from = "2025-02-30""#, "pack.error.bad_day");
    told(file, r#"choices = ["有", "没有", "不清楚"]"#, r#"choices = ["有"]"#, "pack.error.choices");
    told(file, r#"name = "物业服务" }"#, r#"name = "物业服务", colour = 1 }"#, "pack.error.syntax");
}

#[test]
fn mistakes_in_units_and_rules_are_told_on_their_line() {
    told("units.toml", r#"form = "office""#, r#"form = "castle""#, "pack.error.unknown_form");
    told("units.toml", r#"at = { village = "#, r#"at = { hamlet = "#, "pack.error.unknown_level");
    told("units.toml", r#""{place}督查室""#, r#""督查室""#, "pack.error.name_without_place");
    told("routing.toml", r#"category = "0301""#, r#"category = "0399""#, "pack.error.unknown_category");
    told("routing.toml", r#"channel = "grid""#, r#"channel = "pigeon""#, "pack.error.unknown_channel");
    told("routing.toml", r#"to = "power""#, r#"to = "wind""#, "pack.error.unknown_unit");
    told("routing.toml", r#"place = "620602000000""#, r#"place = "620602""#, "pack.error.bad_division");
    told("routing.toml", "由其立即联系求助人", "由{who}立即联系求助人", "pack.error.bad_reason");
    told("pack.toml", r#"region = "620600000000""#, r#"region = "6206""#, "pack.error.bad_division");
}

#[test]
fn a_rule_behind_an_open_one_is_never_reached() {
    let errors = read_with("routing.toml", |t| {
        t.replacen(
            "[[rule]]",
            "[[rule]]\ncode = \"r00\"\nto = \"centre\"\nlevel = \"town\"\nwhy = \"都归我\"\n\n[[rule]]",
            1,
        )
    })
    .unwrap_err();
    assert!(errors.iter().all(|e| e.key == "pack.error.never_reached") && errors.len() > 10);
}

#[test]
fn a_missing_file_and_torn_text_are_told() {
    assert_eq!(read_pack(&[]).unwrap_err().len(), 4);
    let errors = read_with("pack.toml", |t| format!("{t}\n[[source]]\npart = \"x")).unwrap_err();
    assert_eq!(errors[0].key, "pack.error.syntax");
    assert!(errors[0].line > 30);
}
