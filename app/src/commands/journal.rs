//! `linli journal`: export, verify, prove, check.

use std::{fs, path::Path};

use anyhow::Context;
use serde_json::json;
use store::journal;

use super::answer;
use crate::{
    cli::JournalWhat,
    config::Settings,
    house::{self, Told},
};

/// Does what was asked of the journal.
pub fn journal(settings: &Settings, what: &JournalWhat, json: bool) -> anyhow::Result<()> {
    match what {
        JournalWhat::Export { folder } => export(settings, folder, json),
        JournalWhat::Verify { folder, key, checkpoint } => verify(folder, key.as_deref(), checkpoint, json),
        JournalWhat::Proof { case } => proof(settings, case),
        JournalWhat::Check { file, key } => check(file, key, json),
        JournalWhat::State => state(settings, json),
    }
}

fn export(settings: &Settings, folder: &Path, json: bool) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    db.sign_now().told()?;
    let (to, key) = (folder.to_owned(), db.keys().verifying().to_owned());
    let count = db.read_now(move |conn| journal::export(conn, &key, &to)).told()?;
    let sentence = format!(
        "已导出 {count} 条到 {}。请把 journal.pub 另行保存，核验时使用自己保存的那一份。",
        folder.display()
    );
    answer(json, &json!({"entries": count}), &sentence)
}

fn verify(folder: &Path, key: Option<&str>, kept: &[std::path::PathBuf], json: bool) -> anyhow::Result<()> {
    let key = match key {
        Some(key) => key.to_owned(),
        None => fs::read_to_string(folder.join("journal.pub")).context("journal.pub")?,
    };
    let kept: Result<Vec<String>, _> =
        kept.iter().map(|p| fs::read_to_string(p).with_context(|| p.display().to_string())).collect();
    let report = journal::verify_export(folder, &key, &kept?)?;
    let sentence = format!(
        "核验通过：{} 条记录、{} 个签名检查点，未发现删除、修改、调序、截断或分叉。根 {}",
        report.entries, report.checkpoints, report.root
    );
    answer(json, &report, &sentence)
}

fn proof(settings: &Settings, number: &str) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    db.sign_now().told()?;
    let number = number.to_owned();
    let proof = db
        .read_now(move |conn| {
            let case = case::store::case_by_number(conn, &number)?.ok_or_else(base::Refusal::not_found)?;
            journal::proofs_of(conn, "case", case.id.raw())
        })
        .told()?;
    answer(true, &proof, "")
}

fn check(file: &Path, key: &str, json: bool) -> anyhow::Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let count = journal::check_proof(&serde_json::from_str(&text)?, key)?;
    answer(json, &json!({"entries": count}), &format!("回执有效：{count} 条记录在签名的日志中。"))
}

fn state(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let db = house::open_now(settings, false)?;
    let state = db.read_now(journal::state).told()?;
    let key = db.keys().verifying();
    let sentence =
        format!("日志 {} 条，其中 {} 条已签名。\n公钥 {key}\n{}", state.size, state.signed_size, state.note);
    answer(
        json,
        &json!({"size": state.size, "signed_size": state.signed_size, "key": key, "note": state.note}),
        &sentence,
    )
}
