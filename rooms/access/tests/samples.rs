//! Every sample page of the room in every language and view: no word is missing, nothing is inline. With
//! `LINLI_SAMPLES=folder` the pages are written there, to be looked at.

use web::Lang;

#[test]
fn samples_are_whole() {
    let rooms = [web::room(), access::room()];
    let mut pages = Vec::new();
    for lang in Lang::ALL {
        for elder in [false, true] {
            let view = web::sample_view(&rooms, lang, elder).unwrap();
            for sample in &rooms[1].samples {
                let name = format!("{}-{}{}", sample.name, lang.tag(), if elder { "-elder" } else { "" });
                pages.push((name, (sample.html)(&view).unwrap()));
            }
        }
    }
    assert_eq!(pages.len(), 28);
    for (name, html) in &pages {
        for bad in ["⟦", "piece missing", " style=", " onclick=", "<script>"] {
            assert!(!html.contains(bad), "{name} has {bad}");
        }
        assert_eq!(html.matches("<h1").count(), 1, "{name}");
    }
    #[expect(clippy::disallowed_methods, reason = "the person who looks at pictures says where to put them")]
    let folder = std::env::var("LINLI_SAMPLES");
    if let Ok(folder) = folder {
        std::fs::write(format!("{folder}/asset.css"), web::asset_text("app.css")).unwrap();
        for (name, html) in pages {
            let (before, rest) = html.split_once("\"/assets/").unwrap();
            let (_, after) = rest.split_once('"').unwrap();
            std::fs::write(format!("{folder}/{name}.html"), format!("{before}\"asset.css\"{after}")).unwrap();
        }
    }
}
