//! Every sample page of the room in every language and view: no word is missing, nothing is inline, ids are
//! used once, and no page weighs more than its budget. With `LINLI_SAMPLES=folder` the pages are written
//! there as files that stand alone, to be looked at.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{collections::HashSet, io::Write};

use flate2::{Compression, write::GzEncoder};
use web::{Lang, Room};

/// Bytes of a page with its style sheet and its script, compressed (docs of issue: 30 KB without photos).
const BUDGET: usize = 30 * 1024;

fn rooms() -> Vec<Room> {
    vec![web::room(), territory::room(), access::room(), case::room()]
}

fn pages() -> Vec<(String, String)> {
    let (rooms, mut all) = (rooms(), Vec::new());
    for lang in Lang::ALL {
        for elder in [false, true] {
            let view = web::sample_view(&rooms, lang, elder).unwrap();
            for sample in rooms.iter().filter(|r| r.name == "case").flat_map(|r| &r.samples) {
                let name = format!("{}-{}{}", sample.name, lang.tag(), if elder { "-elder" } else { "" });
                all.push((name, (sample.html)(&view).unwrap()));
            }
        }
    }
    all
}

fn zipped(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap().len()
}

#[test]
fn samples_are_whole() {
    let pages = pages();
    assert!(pages.len() >= 4 * 30, "{}", pages.len());
    for (name, html) in &pages {
        for bad in ["⟦", "piece missing", " style=", " onclick=", "<script>"] {
            assert!(!html.contains(bad), "{name} has {bad}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
    }
    #[expect(clippy::disallowed_methods, reason = "the person who looks at pictures says where to put them")]
    let folder = std::env::var("LINLI_SAMPLES");
    if let Ok(folder) = folder {
        write(&folder, pages);
    }
}

#[test]
fn an_id_stands_once_on_a_page() {
    for (name, html) in pages() {
        let mut seen = HashSet::new();
        for id in html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            assert!(seen.insert(id.to_owned()), "{name} has {id} twice");
        }
    }
}

#[test]
fn no_page_is_heavy() {
    let assets: usize = ["app.css", "app.js"].iter().map(|name| zipped(web::asset_text(name))).sum();
    for (name, html) in pages() {
        let sum = assets + zipped(&html);
        assert!(sum <= BUDGET, "{name} weighs {sum} bytes");
    }
}

fn write(folder: &str, pages: Vec<(String, String)>) {
    for (asset, name) in [("app.css", "css"), ("app.js", "js"), ("mark.svg", "svg")] {
        std::fs::write(format!("{folder}/asset.{name}"), web::asset_text(asset)).unwrap();
    }
    for (name, html) in pages {
        let mut out = String::new();
        for (at, part) in html.split("\"/assets/").enumerate() {
            match part.split_once('"') {
                Some((file, rest)) if at > 0 => {
                    let ending = file.rsplit('.').next().unwrap();
                    out.push_str(&format!("\"asset.{ending}\"{rest}"));
                }
                _ => out.push_str(part),
            }
        }
        std::fs::write(format!("{folder}/{name}.html"), out).unwrap();
    }
}
