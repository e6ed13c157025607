//! Every sample page in every language and view: no word is missing, nothing is inline, ids are used once.

use std::collections::HashSet;

use web::Lang;

#[test]
fn samples_are_whole() {
    let rooms = vec![web::room(), territory::room(), access::room(), notice::room(), upward::room()];
    #[expect(clippy::disallowed_methods, reason = "the person who looks at pictures says where to put them")]
    let folder = std::env::var("LINLI_SAMPLES").ok();
    let mut pages = 0;
    for lang in Lang::ALL {
        for elder in [false, true] {
            let view = web::sample_view(&rooms, lang, elder).unwrap();
            for sample in rooms.iter().filter(|r| r.name == "upward").flat_map(|r| &r.samples) {
                let (name, html) = (sample.name, (sample.html)(&view).unwrap());
                for bad in ["⟦", "piece missing", " style=", " onclick=", "<script>"] {
                    assert!(!html.contains(bad), "{name} {} has {bad}", lang.tag());
                }
                assert_eq!(html.matches("<h1").count(), 1, "{name}");
                let mut seen = HashSet::new();
                for id in html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
                    assert!(seen.insert(id.to_owned()), "{name} has {id} twice");
                }
                if let Some(folder) = &folder {
                    std::fs::write(format!("{folder}/{name}-{}{elder}.html", lang.tag()), &html).unwrap();
                }
                pages += 1;
            }
        }
    }
    assert!(pages >= 4 * 12, "{pages}");
}
