//! `linli upward`: how the link to the level above stands, and sending at once.

use anyhow::Context;
use base::Act;
use serde_json::json;
use store::Db;
use upward::{Link, Messenger, PublicKey, SentState, Why, ask_sending, current_link, told};
use web::{Lang, Names as _};

use super::answer;
use crate::{
    cli::UpwardWhat,
    config::Settings,
    house::{self, Told},
};

/// Shows how the link stands; with `send` makes and sends before.
pub fn upward(settings: &Settings, what: &UpwardWhat, as_json: bool) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    if matches!(what, UpwardWhat::Send) {
        send(&db)?;
    }
    let waiting = show(&db, as_json)?;
    let is_done = matches!(what, UpwardWhat::Status) || waiting == 0;
    anyhow::ensure!(is_done, "还有 {waiting} 份日报没有送达 / {waiting} reports could not be brought");
    Ok(())
}

fn send(db: &Db) -> anyhow::Result<()> {
    let at = db.clock().now();
    db.write_now(move |tx| ask_sending(tx, Act::system(at))).told()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(Messenger::new(db.clone()).run_due()).told()?;
    Ok(())
}

/// Shows it; how many reports wait or were refused.
fn show(db: &Db, as_json: bool) -> anyhow::Result<i64> {
    let found = db.read_now(|conn| {
        let Some(link) = current_link(conn)? else { return Ok(None) };
        let counts = told(conn, link.id)?;
        Ok(Some((link, counts)))
    });
    let found = found.told()?;
    let (link, (counts, last)) =
        found.context("本系统没有上联，请在“上联设置”页建立 / this installation is not linked upwards")?;
    let count = |state: SentState| {
        SentState::ALL.iter().zip(counts).find(|(s, _)| **s == state).map_or(0, |(_, n)| n)
    };
    let (waiting, kept) = (count(SentState::Waiting), count(SentState::Acknowledged));
    let refused = count(SentState::Refused);
    let key = PublicKey::of(&db.keys().public_for(&Link::purpose(link.id)));
    let value = json!({
        "address": link.address, "name": link.name, "codes": link.codes.text(), "state": link.state.name(),
        "key": key.as_str(), "acknowledged": kept, "waiting": waiting, "refused": refused,
        "last_day": last.map(|day| day.to_string()), "answered_ms": link.answered.map(|at| at.0),
        "trouble": link.trouble.map(Why::key),
    });
    let words = house::words()?;
    let why =
        link.trouble.map_or_else(String::new, |why| format!("\n原因：{}", words.get(Lang::Zh, why.key())));
    let sentence = format!(
        "{} → {}（{}）\n公钥 {}\n状态 {}；已收 {kept}，待发 {waiting}，拒收 {refused}；上级已收到 {}{why}",
        link.name,
        link.address,
        link.codes.text(),
        key.as_str(),
        words.get(Lang::Zh, &format!("upward.link.{}", link.state.name())),
        last.map_or_else(|| "—".to_owned(), |day| day.to_string()),
    );
    answer(as_json, &value, &sentence)?;
    Ok(waiting)
}
