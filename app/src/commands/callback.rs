//! `linli callback`: a week's draw, and drawing it once more.

use callback::Week;
use serde_json::json;

use super::answer;
use crate::{
    cli::CallbackWhat,
    config::Settings,
    house::{self, Told},
};

/// Shows a draw; with `verify` fails where it cannot be repeated.
pub fn callback(settings: &Settings, what: &CallbackWhat, as_json: bool) -> anyhow::Result<()> {
    let CallbackWhat::Draw { week, county, verify } = what;
    let asked = Week::parse(week).ok_or_else(|| anyhow::anyhow!("周的写法：2026-W09 / a week: 2026-W09"))?;
    let db = house::open_now(settings, false)?;
    let atlas = territory::LiveAtlas::open(&db).told()?.now();
    let found = atlas.by_code("nbs12", county);
    let id = found.first().map(|e| e.id.raw());
    let id = id.ok_or_else(|| anyhow::anyhow!("没有这个区划代码 / no such division: {county}"))?;
    let checked = db.read_now(move |conn| callback::check_draw(conn, id, asked)).told()?;
    let checked = checked.ok_or_else(|| anyhow::anyhow!("{week} 没有抽过签 / nothing was drawn"))?;
    let d = &checked.draw;
    let value = json!({
        "week": d.week, "county": d.county_code, "method": d.method, "checkpoint": d.checkpoint, "root": d.root,
        "seed": d.seed, "population": d.population, "population_sha256": d.population_digest, "drawn": d.drawn,
        "seed_holds": checked.seed_holds, "population_holds": checked.population_holds,
        "sample_holds": checked.sample_holds,
    });
    let yes = |holds: bool| if holds { "一致" } else { "不一致" };
    let sentence = format!(
        "{} {}：{} 件中抽 {} 件\n种子 {}\n检查点 {} 的根 {}\n总体摘要 {}\n重抽：种子{}，总体{}，抽中的件{}",
        d.week,
        d.county_code,
        d.population,
        d.drawn,
        d.seed,
        d.checkpoint,
        d.root,
        d.population_digest,
        yes(checked.seed_holds),
        yes(checked.population_holds),
        yes(checked.sample_holds)
    );
    answer(as_json, &value, &sentence)?;
    anyhow::ensure!(!verify || checked.holds(), "抽签不能重现 / the draw does not repeat");
    Ok(())
}
