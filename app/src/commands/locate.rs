//! `linli locate`: which village and grid a position belongs to.

use serde_json::json;
use territory::{BORDER_M, Datum, LiveAtlas, Place, Reading, Source, fix};

use super::answer;
use crate::{
    cli::Locate,
    config::Settings,
    house::{self, Told},
};

/// Converts the position once and looks it up.
pub fn locate(settings: &Settings, asked: &Locate, as_json: bool) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    let atlas = LiveAtlas::open(&db).told()?.now();
    let datum: Datum = asked.datum.parse()?;
    let reading = Reading { lon: asked.lon, lat: asked.lat, datum, accuracy_m: None, source: Source::File };
    let spot = fix(reading).told()?.spot;
    let found = atlas.locate(spot, BORDER_M);
    let words = |p: &Place| format!("{} {}", p.path, p.grid_name);
    let mut lines =
        vec![found.place.as_ref().map_or_else(|| "不在任何网格内。Outside all grids.".to_owned(), words)];
    lines.extend(found.near.iter().map(|(p, m)| format!("相距 {m:.0} 米：{}", words(p))));
    let value = json!({
        "place": found.place.as_ref().map(words),
        "grid": found.place.as_ref().and_then(|p| p.grid),
        "near": found.near.iter().map(|(p, m)| json!({"place": words(p), "grid": p.grid, "metres": m})).collect::<Vec<_>>(),
    });
    answer(as_json, &value, &lines.join("\n"))
}
