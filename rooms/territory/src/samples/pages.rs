//! The room's pages with made-up content, for pictures and checks.

use base::{Chance, Id};
use jiff::civil::{Date, date};
use web::{Fields, Sample, View, sample_person};

use super::demo_grids;
use crate::{
    Atlas, Division, Kind, Lineage,
    deeds::GridReport,
    model::{Change, Employment, Former, GridRole},
    pages::{Ask, division_page, file_page, grid_page, merger_page, tree_page},
    rules::{atlas::Draft, geojson::FeatureError},
};

/// The sample pages.
pub fn samples() -> Vec<Sample> {
    vec![
        Sample { name: "territory_tree", html: |v| page(tree_page(seen(v), &little(), &Ask::default())) },
        Sample { name: "territory_county", html: |v| division(v, 3) },
        Sample { name: "territory_village", html: |v| division(v, 100) },
        Sample { name: "territory_grid", html: grid },
        Sample { name: "territory_merger", html: merger },
        Sample { name: "territory_grid_file", html: grid_file },
    ]
}

fn page(page: impl askama::Template) -> Result<String, askama::Error> {
    page.render()
}

fn seen(v: &View) -> View {
    v.clone().seen_by(sample_person())
}

const DAY: Date = date(2023, 6, 30);

/// A city of two counties, six towns, twenty-four villages and three hundred grids.
fn little() -> Atlas {
    let mut whole = divisions();
    let bare = divisions().finish(1);
    for grid in demo_grids(&bare, 300, &Chance::from_seed(1), base::Millis(0), DAY) {
        whole.grid(grid);
    }
    whole.finish(2)
}

fn divisions() -> Draft {
    let mut draft = Draft::default();
    let mut add = |id: i64, kind: Kind, name: String, above: Option<&Division>| {
        let lineage = above.map_or_else(Lineage::default, |d| d.lineage).with(kind, Id::of(id));
        let parent = above.map(|d| d.id);
        let one = Division { id: Id::of(id), kind, name, parent, lineage, valid_from: DAY, valid_to: None };
        draft.division(&one);
        one
    };
    let province = add(1, Kind::Province, "甘肃省".into(), None);
    let city = add(2, Kind::City, "武威市".into(), Some(&province));
    let mut villages = Vec::new();
    for (c, county_name) in (3..).zip(["凉州区", "民勤县"]) {
        let county = add(c, Kind::County, county_name.into(), Some(&city));
        for (t, town_name) in (0..).zip(["黄羊镇", "武南镇", "清源镇"]) {
            let town = add(c * 10 + t, Kind::Town, town_name.into(), Some(&county));
            for n in 0..4 {
                let id = 100 + (c - 3) * 12 + t * 4 + n;
                let name = format!("{}村委会", ["上泉", "大墩", "二坝", "新地"][n as usize]);
                villages.push(add(id, Kind::Village, name, Some(&town)).id);
            }
        }
    }
    for (village, n) in villages.iter().zip(0..) {
        draft.code(village.raw(), "nbs12", &format!("620602{n:06}"));
    }
    draft.code(3, "nbs12", "620602000000");
    draft.code(3, "gb2260", "620602");
    let former = Former {
        division: Id::of(3),
        name: "武威市（县级）".into(),
        parent: Some(Id::of(2)),
        until: date(2001, 5, 9),
    };
    draft.former(former);
    draft.succession(Id::of(31), Id::of(30), Change::Merged, date(2024, 1, 1));
    draft
}

fn division(v: &View, id: i64) -> Result<String, askama::Error> {
    match division_page(seen(v), &little(), Id::of(id), true) {
        Ok(drawn) => page(drawn),
        Err(_) => Err(askama::Error::Fmt),
    }
}

fn grid(v: &View) -> Result<String, askama::Error> {
    let atlas = little();
    let Some(one) = atlas.all_grids().next() else { return Err(askama::Error::Fmt) };
    let staff = [(GridRole::Head, Employment::Full), (GridRole::Member, Employment::Part)];
    page(grid_page(seen(v), &atlas, one, &staff, Vec::new()))
}

fn merger(v: &View) -> Result<String, askama::Error> {
    let f = Fields::blank(v, "territory.merger").fill("name", "黄羊镇").fill("day", "2026-03-01");
    page(merger_page(&seen(v), &little(), Id::of(30), f, None))
}

fn grid_file(v: &View) -> Result<String, askama::Error> {
    let error = FeatureError {
        number: 3,
        code: "620602001001-003".into(),
        key: "territory.flaw.overlap",
        words: vec![
            ("others", "620602001001-004".into()),
            ("area", "1250".into()),
            ("lon", "102.638000".into()),
            ("lat", "37.928000".into()),
        ],
    };
    let report = GridReport { read: 22, added: 2, errors: vec![error], ..GridReport::default() };
    page(file_page(&seen(v), Fields::blank(v, "territory.grid_file"), Some(report), false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use web::{Lang, Words};

    #[test]
    fn the_samples_render_without_a_missing_word() {
        let rooms = [web::room(), crate::room()];
        for lang in Lang::ALL {
            for elder in [false, true] {
                let v = web::sample_view(&rooms, lang, elder).unwrap();
                for sample in samples() {
                    let html = (sample.html)(&v).unwrap();
                    assert!(
                        !html.contains('⟦'),
                        "{}: {}",
                        sample.name,
                        &html[html.find('⟦').unwrap()..][..60]
                    );
                    assert!(html.len() < 60_000, "{} has {} bytes", sample.name, html.len());
                }
            }
        }
    }

    #[test]
    fn the_catalogue_has_every_key_in_both_languages() {
        let words = Words::merge(&[("territory", web::words!("territory"))]).unwrap();
        assert_eq!(words.gaps(Lang::En), Vec::<&str>::new());
        let extra: Vec<&str> = words.keys(Lang::En).filter(|k| !k.ends_with(".one")).collect();
        assert!(extra.iter().all(|k| words.find(Lang::Zh, k).is_some()));
    }
}
