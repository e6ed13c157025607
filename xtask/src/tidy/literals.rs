//! What may not be written into code: sentences of the screen, and places.

use super::{
    Finding,
    source::{Kind, Source},
    tree::Tree,
};

/// Names that would tie the code to a place.
const PLACES: [&str; 44] = [
    "武威",
    "凉州",
    "民勤",
    "古浪",
    "天祝",
    "甘肃",
    "兰州",
    "北京",
    "上海",
    "天津",
    "重庆",
    "河北",
    "山西",
    "内蒙古",
    "辽宁",
    "吉林",
    "黑龙江",
    "江苏",
    "浙江",
    "安徽",
    "福建",
    "江西",
    "山东",
    "河南",
    "湖北",
    "湖南",
    "广东",
    "广西",
    "海南",
    "四川",
    "贵州",
    "云南",
    "西藏",
    "陕西",
    "青海",
    "宁夏",
    "新疆",
    "台湾",
    "香港",
    "澳门",
    "深圳",
    "Wuwei",
    "Liangzhou",
    "Gansu",
];

/// Variables whose comparison with a literal would be a rule for one place.
const DIVISIONS: [&str; 10] = [
    "region",
    "province",
    "city",
    "county",
    "town",
    "region_code",
    "province_code",
    "city_code",
    "county_code",
    "pack_name",
];

/// Whether a letter is Chinese.
pub fn is_chinese(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn product(source: &&Source) -> bool {
    ["kernel/", "rooms/", "app/src/", "print/"].iter().any(|begin| source.path.starts_with(begin))
}

/// The made-up content of sample pages and of the demo city is content, not a screen's words; the
/// application speaks to a terminal, before any catalogue is there.
fn is_content(path: &str) -> bool {
    path.contains("/samples") || path.starts_with("app/")
}

/// Chinese sentences in code.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.rust.iter().filter(product).filter(|s| !is_content(&s.path)) {
        for (_, word) in source.live().filter(|(_, w)| w.kind == Kind::Text && !w.attribute) {
            if word.text.chars().any(is_chinese) {
                let shown: String = word.text.chars().take(40).collect();
                found.push(Finding::new(&source.path, word.line, format!("text in code: `{shown}`")));
            }
        }
    }
    found
}

/// Places in code: names, statistical codes, comparisons with a region.
pub fn places(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.rust.iter().filter(product) {
        for (at, word) in source.live().filter(|(_, w)| !w.attribute) {
            let what = match word.kind {
                Kind::Text | Kind::Number => place_in(&word.text),
                Kind::Name if DIVISIONS.contains(&word.text.as_str()) => compared(source, at),
                _ => None,
            };
            found.extend(what.map(|what| Finding::new(&source.path, word.line, what)));
        }
    }
    found
}

fn place_in(text: &str) -> Option<String> {
    if let Some(name) = PLACES.iter().find(|name| text.contains(**name)) {
        return Some(format!("a place in code: {name}"));
    }
    let plain = text.replace('_', "");
    let mut runs = plain.split(|c: char| !c.is_ascii_digit());
    let code = runs.find(|run| run.starts_with("6206") && matches!(run.len(), 6 | 9 | 12));
    code.map(|code| format!("a place's code in code: {code}"))
}

fn compared(source: &Source, at: usize) -> Option<String> {
    let equal = source.reads(at + 1, &["=", "="]) || source.reads(at + 1, &["!", "="]);
    let other = source.all_words().get(at + 3)?;
    let literal = matches!(other.kind, Kind::Text) || (other.kind == Kind::Number && other.text.len() >= 6);
    (equal && literal).then(|| {
        format!("a rule for one place: {} compared with {}", source.all_words()[at].text, other.text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        check(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn sentences_in_code_are_found() {
        let bad = "fn f() -> &'static str { \"已办结\" }";
        assert_eq!(count(check, "rooms/case/src/pages.rs", bad), 1);
        assert_eq!(count(check, "rooms/case/src/samples.rs", bad), 0);
        assert_eq!(count(check, "rooms/case/src/pages.rs", "/// 已办结\nfn f() {}"), 0);
        assert_eq!(count(check, "rooms/case/src/pages.rs", &format!("#[cfg(test)]\nmod t {{ {bad} }}")), 0);
    }

    #[test]
    fn places_in_code_are_found() {
        for bad in [
            "const A: &str = \"凉州区\";",
            "const A: &str = \"620602\";",
            "const A: i64 = 620_602;",
            "const A: &str = \"620602-2026-00500\";",
            "fn f(region: &str) -> bool { region == \"north\" }",
        ] {
            assert_eq!(count(places, "app/src/demo/people.rs", bad), 1, "{bad}");
        }
        assert_eq!(
            count(places, "app/src/a.rs", "const A: i64 = 6_206_020;"),
            0,
            "seven digits are a number"
        );
        assert_eq!(count(places, "app/src/a.rs", "fn f(region: i64) -> bool { region == other }"), 0);
    }
}
