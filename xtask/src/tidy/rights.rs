//! What the product must be unable to do (RIGHTS.md): words that may not become a column, a type,
//! a label; crates that may not be in the tree.

use super::{Finding, literals::is_chinese, source::Kind, tree::Tree};

/// Runs of words that may not be in a name, whether `person_tag` or `PersonTag` (N1 to N6, N10,
/// N12, N15). A star stands for any one word.
const NAMES: [&str; 52] = [
    "religion",
    "religious",
    "religions",
    "ethnicity",
    "ethnic",
    "ethnicities",
    "belief",
    "beliefs",
    "political",
    "biometric",
    "biometrics",
    "faceprint",
    "voiceprint",
    "iris scan",
    "face id",
    "face recognition",
    "face match",
    "face image",
    "facial",
    "license plate",
    "licence plate",
    "plate number",
    "plate no",
    "car plate",
    "person tag",
    "person tags",
    "person label",
    "person labels",
    "person score",
    "person rating",
    "person rank",
    "person risk",
    "person level",
    "person class",
    "person type",
    "person category",
    "score of person",
    "citizen score",
    "resident score",
    "petitioner score",
    "petitioner count",
    "key person",
    "key persons",
    "focus person",
    "watchlist",
    "watch list",
    "blacklist",
    "social credit",
    "imei",
    "mac address",
    "sentiment",
    "relations map",
];

/// Chinese words that may not be in a schema, in code, in the catalogue or in a pack: lists of
/// people, and watching them.
const PEOPLE: [&str; 20] = [
    "重点人员",
    "重点人群",
    "重点人口",
    "特殊人群",
    "高危人员",
    "涉稳人员",
    "人员标签",
    "人员画像",
    "人员分级",
    "稳控",
    "截访",
    "劝返",
    "缠访",
    "闹访",
    "非访",
    "人脸",
    "车牌识别",
    "声纹",
    "步态",
    "舆情监",
];

/// Chinese words that may not be a field: not in a schema, in code or in the catalogue. A pack may
/// have them, in the name of a place or of a kind of matter.
const FIELDS: [&str; 10] =
    ["民族", "宗教", "信仰", "政治面貌", "虹膜", "指纹识别", "车牌号", "微信号", "设备号", "政治安全"];

/// Crates and npm packages that see, hear, recognise or embed (N7). An entry covers every name
/// that begins with it and a dash or an underscore.
const CRATES: [&str; 44] = [
    "opencv",
    "ort",
    "onnxruntime",
    "tract",
    "candle",
    "burn",
    "tch",
    "torch",
    "tensorflow",
    "tflitec",
    "whisper",
    "vosk",
    "deepspeech",
    "coqui",
    "rust-bert",
    "fastembed",
    "llama",
    "mistralrs",
    "hf-hub",
    "tokenizers",
    "safetensors",
    "ggml",
    "gguf",
    "linfa",
    "smartcore",
    "rustface",
    "dlib",
    "face-recognition",
    "leptess",
    "tesseract",
    "ocrs",
    "rten",
    "nokhwa",
    "v4l",
    "rscam",
    "gstreamer",
    "ffmpeg",
    "kornia",
    "async-openai",
    "openai",
    "usearch",
    "hnsw",
    "jieba-ml",
    "openalpr",
];

/// The words of a name: `person_tag`, `PersonTag` and `personTag` are `person tag`.
fn spread(name: &str) -> String {
    let mut out = String::from(" ");
    let mut lower_before = false;
    for letter in name.chars() {
        if letter.is_uppercase() && lower_before || letter == '_' || letter == '-' {
            out.push(' ');
        }
        if letter != '_' && letter != '-' {
            out.extend(letter.to_lowercase());
        }
        lower_before = letter.is_lowercase();
    }
    out.push(' ');
    out
}

fn banned_name(name: &str) -> Option<&'static str> {
    let spread = spread(name);
    NAMES.into_iter().find(|banned| spread.contains(&format!(" {banned} ")))
}

fn banned_words(text: &str, also_fields: bool) -> Option<&'static str> {
    if !text.chars().any(is_chinese) {
        return None;
    }
    let fields = if also_fields { FIELDS.iter() } else { [].iter() };
    PEOPLE.iter().chain(fields).copied().find(|banned| text.contains(banned))
}

/// Banned names in schemas and code, banned words in labels.
pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for source in tree.rust.iter().filter(|s| !s.path.starts_with("xtask/")) {
        for (_, word) in source.live() {
            let banned = match word.kind {
                Kind::Name => banned_name(&word.text),
                Kind::Text => banned_words(&word.text, true).or_else(|| banned_in_text(&word.text)),
                _ => None,
            };
            found.extend(
                banned.map(|b| {
                    Finding::new(&source.path, word.line, format!("`{b}` in {}", shown(&word.text)))
                }),
            );
        }
    }
    let texts = [(".sql", true), (".html", true), (".toml", false)];
    for (ending, schema) in texts {
        for (path, text) in tree.named("", ending) {
            let label = path.starts_with("words/");
            let pack = path.starts_with("packs/");
            if schema || label || pack {
                found.extend(lines(path, text, schema, !pack));
            }
        }
    }
    found
}

fn lines(path: &str, text: &str, schema: bool, fields: bool) -> Vec<Finding> {
    let mut found = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let line_is_remark = line.trim_start().starts_with("--");
        let names = if schema && !line_is_remark { banned_in_text(line) } else { None };
        if let Some(banned) = names.or_else(|| banned_words(line, fields)) {
            found.push(Finding::new(path, at + 1, format!("`{banned}` in {}", shown(line))));
        }
    }
    found
}

/// Names inside a text such as a column list; plain sentences with spaces are not names.
fn banned_in_text(text: &str) -> Option<&'static str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-').find_map(banned_name)
}

fn shown(text: &str) -> String {
    text.trim().chars().take(40).collect()
}

/// Banned crates in the lock files.
pub fn crates(tree: &Tree) -> Vec<Finding> {
    let mut found = Vec::new();
    for (path, text) in tree.named("", "Cargo.lock").chain(tree.named("", "package-lock.json")) {
        for (at, line) in text.lines().enumerate() {
            let Some(name) = locked_name(line) else { continue };
            let hit = |banned: &&&str| {
                let rest = name.strip_prefix(**banned);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
            };
            if CRATES.iter().any(|banned| hit(&banned)) {
                found.push(Finding::new(path, at + 1, format!("{name} is in the tree")));
            }
        }
    }
    found
}

/// `name = "x"` of Cargo, `"node_modules/x": {` of npm.
fn locked_name(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("name = \"") {
        return rest.split('"').next();
    }
    let (_, rest) = line.split_once("node_modules/")?;
    rest.rsplit("node_modules/").next()?.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(check: fn(&Tree) -> Vec<Finding>, path: &str, text: &str) -> usize {
        check(&Tree::sample(&[(path, text)])).len()
    }

    #[test]
    fn no_name_classifies_or_scores_a_person() {
        for bad in [
            "struct PersonTag;",
            "fn f(religion: i64) {}",
            "const A: &str = \"key_person\";",
            "fn face_id() {}",
        ] {
            assert_eq!(count(check, "rooms/case/src/model.rs", bad), 1, "{bad}");
        }
        let good = "fn surface(interface: Template, workplace: i64, plate: i64) { let belief_free = 1; }";
        assert_eq!(count(check, "rooms/case/src/model.rs", &good.replace("belief_free", "x")), 0);
    }

    #[test]
    fn no_column_and_no_label_either() {
        assert_eq!(count(check, "rooms/case/migrations/0001_a.sql", "  ethnicity TEXT,"), 1);
        assert_eq!(count(check, "rooms/case/migrations/0001_a.sql", "  phone_blind {blob},"), 0);
        assert_eq!(count(check, "words/zh-CN/case.toml", "\"case.a\" = \"重点人员\""), 1);
        assert_eq!(count(check, "words/zh-CN/case.toml", "\"case.a\" = \"民族\""), 1);
        assert_eq!(count(check, "packs/wuwei/categories.toml", "name = \"民族宗教\""), 0);
        assert_eq!(count(check, "packs/wuwei/categories.toml", "name = \"稳控\""), 1);
    }

    #[test]
    fn nothing_in_the_tree_recognises_people() {
        assert_eq!(
            count(crates, "Cargo.lock", "name = \"candle-core\"\nname = \"ort\"\nname = \"sort\"\n"),
            2
        );
        assert_eq!(count(crates, "browser/package-lock.json", "\"node_modules/onnxruntime-web\": {"), 1);
        assert_eq!(count(crates, "Cargo.lock", "name = \"burnt\"\nname = \"orthogonal\"\n"), 0);
    }
}
