//! `linli demo`: a living city to click in. The data is made once, in the folder, and kept.

use std::{fs, path::Path, sync::Arc};

use access::{DEMO_PASSWORD, DEMO_SECRET};
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use store::Serving;

use super::{answer, serve};
use crate::{
    cli::Demo,
    config::Settings,
    demo::{self, found::Size},
    house::{self, Told},
};

/// The accounts of the tour: sign-in name and what it shows.
const ACCOUNTS: &[(&str, &str)] = &[
    ("grid", "网格员 grid worker"),
    ("village", "村级核实员 village verifier"),
    ("mediator", "人民调解员 mediator"),
    ("clerk", "乡镇受理员 township clerk (clerk2: a colleague)"),
    ("county", "县级受理席 county desk, may import"),
    ("liaison", "部门联络员 department liaison"),
    ("leader", "县级领导 county leader"),
    ("auditor", "审计员 auditor"),
    ("admin", "管理员 administrator"),
    ("admin2", "管理员，需动态口令 administrator with a second factor"),
    ("outsider", "无岗位账号 account without a post"),
];

/// Makes the city if it is not there, and serves it.
pub fn demo(settings: &Settings, asked: &Demo, json: bool) -> anyhow::Result<()> {
    if asked.accounts {
        return accounts(json);
    }
    let settings = in_folder(settings, &asked.folder);
    let size = if asked.small { Size::Small } else { Size::Whole };
    let mark = asked.folder.join("city.json");
    let wanted = json!({"city": 1, "size": if asked.small { "small" } else { "whole" }, "bare": asked.bare})
        .to_string();
    // Before anything is removed: another demo may live in the folder.
    let serving = Serving::begin(&settings.database()).told()?;
    if fs::read_to_string(&mark).ok().as_deref() != Some(&wanted) {
        make(&settings, &asked.folder, size, asked.bare)?;
        fs::write(&mark, &wanted).with_context(|| mark.display().to_string())?;
    }
    if asked.no_serve {
        return Ok(());
    }
    house::bring_up(&settings)?;
    let db = house::open_now(&settings, true)?;
    serve::run(&settings, db, serving, true, json, &lines())
}

/// The settings with the database and the keys in the demo's folder, unless they were set.
fn in_folder(settings: &Settings, folder: &Path) -> Settings {
    let mut own = settings.clone();
    own.database.get_or_insert_with(|| format!("sqlite:{}", folder.join("linli.db").display()));
    own.keys.get_or_insert_with(|| folder.join("linli.keys"));
    own.site_name.get_or_insert_with(|| "武威市社会治理综合服务（演示）".to_owned());
    own
}

/// Makes the city from nothing. What an interrupted run left behind in the folder is removed first; a
/// database of another address is never emptied.
fn make(settings: &Settings, folder: &Path, size: Size, bare: bool) -> anyhow::Result<()> {
    fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
    for name in ["linli.db", "linli.db-wal", "linli.db-shm"] {
        let _ = fs::remove_file(folder.join(name));
    }
    house::bring_up(settings)?;
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len}") {
        bar.set_style(style);
    }
    let mut say = |what: &'static str, done: u64, all: u64| {
        bar.set_message(what);
        bar.set_length(all);
        bar.set_position(done.min(all));
    };
    let chance = Arc::new(demo::found::demo_chance());
    let db = house::open(settings, false, Arc::new(base::SystemClock), chance)?;
    if bare {
        demo::found::found(&db, db.clock().now(), size, &mut say)?;
    } else {
        demo::run::build(&db, size, &mut say)?;
    }
    db.sign_now().told()?;
    bar.finish_and_clear();
    Ok(())
}

fn lines() -> Vec<String> {
    let mut lines = vec![format!("演示账号 / demo accounts, password {DEMO_PASSWORD}:")];
    lines.extend(ACCOUNTS.iter().map(|(name, what)| format!("  {name:<10}{what}")));
    lines.push(format!("  动态口令密钥 / second factor of admin2: {DEMO_SECRET}"));
    lines
}

fn accounts(json: bool) -> anyhow::Result<()> {
    let all: Vec<_> = ACCOUNTS
        .iter()
        .map(|(name, what)| json!({"name": name, "password": DEMO_PASSWORD, "what": what}))
        .collect();
    answer(json, &json!({"accounts": all, "totp_secret": DEMO_SECRET}), &lines().join("\n"))
}
