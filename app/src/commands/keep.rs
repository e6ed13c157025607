//! `linli migrate`, `backup` and `restore`: what keeps an installation alive.

use std::path::Path;

use base::{Clock, SystemClock};
use serde_json::json;

use super::answer;
use crate::{
    config::Settings,
    distribution::{Placement, placed},
    house::{self, Told},
};

/// Brings the schema up to date.
pub fn migrate(settings: &Settings, distributed: bool, json: bool) -> anyhow::Result<()> {
    if distributed {
        may_distribute(settings)?;
    }
    let done = house::bring_up(settings)?;
    let sentence = match done.len() {
        0 => "数据库已是最新。Nothing to do.".to_owned(),
        n => format!("完成 {n} 项升级 / done: {}", done.join(", ")),
    };
    answer(json, &json!({"done": done}), &sentence)
}

/// Says what is missing before the tables can be spread over machines, before anything is touched.
fn may_distribute(settings: &Settings) -> anyhow::Result<()> {
    let url = settings.database();
    let has = house::apart(move || store::offers_distribution(&url).told())?;
    if !has {
        anyhow::bail!(
            "这个数据库服务器没有 Citus 扩展，无法按县区分布到多台机器；未做任何改动。请在 PostgreSQL 服务器上安装 Citus 后再试，或去掉 --distributed，仍用单台数据库。\n\
             The database server has no Citus extension; nothing was changed. Install it, or leave --distributed out and stay on one server."
        );
    }
    let waiting: Vec<&str> = placed(Placement::Awaits).collect();
    anyhow::bail!(
        "还不能分布：以下表还没有县区列；未做任何改动 / cannot be spread yet, these tables have no county; nothing was changed: {}",
        waiting.join(", ")
    )
}

/// Writes a backup; the service may go on meanwhile.
pub fn backup(settings: &Settings, file: &Path, json: bool) -> anyhow::Result<()> {
    let (url, at, to) = (settings.database(), SystemClock.now(), file.to_owned());
    let report = house::apart(move || {
        let mut conn = store::open(&url, true).told()?;
        let exists = to.exists();
        let said = store::backup::backup(&mut conn, &to, at).told();
        if said.is_err() && !exists {
            store::backup::discard(&to);
        }
        said
    })?;
    let rows: u64 = report.tables.iter().map(|t| t.rows).sum();
    let sentence = format!(
        "已备份 {} 张表、{rows} 行到 {}。密钥文件 {} 不在其中，请另行保管。",
        report.tables.len(),
        file.display(),
        settings.keys().display()
    );
    answer(json, &report, &sentence)
}

/// Restores into an empty database and makes the full-text tables anew.
pub fn restore(settings: &Settings, file: &Path, json: bool) -> anyhow::Result<()> {
    let (url, now, from) = (settings.database(), SystemClock.now(), file.to_owned());
    let report = house::apart(move || {
        let mut conn = store::open(&url, false).told()?;
        store::backup::restore(&mut conn, &from, &house::migrations(), now).told()
    })?;
    let db = house::open_now(settings, false)?;
    let texts = db.keep_house_now(|tx| case::store::reindex(tx.conn)).told()?;
    let rows: u64 = report.tables.iter().map(|t| t.rows).sum();
    let sentence =
        format!("已恢复 {} 张表、{rows} 行，逐表校验一致；重建全文索引 {texts} 条。", report.tables.len());
    answer(json, &report, &sentence)
}
