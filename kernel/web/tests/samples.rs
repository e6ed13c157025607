//! Every sample page in every language and view: no word is missing, nothing is inline. With
//! `LINLI_SAMPLES=folder` the pages are written there as files that stand alone, to be looked at.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use web::{Lang, Room};

fn pages(rooms: &[Room]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for lang in Lang::ALL {
        for elder in [false, true] {
            let view = web::sample_view(rooms, lang, elder).unwrap();
            for sample in rooms.iter().flat_map(|r| &r.samples) {
                let name = format!("{}-{}{}", sample.name, lang.tag(), if elder { "-elder" } else { "" });
                all.push((name, (sample.html)(&view).unwrap()));
            }
        }
    }
    all
}

#[test]
fn samples_are_whole() {
    let pages = pages(&[web::room()]);
    assert_eq!(pages.len(), 24);
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
