//! `linli import`: divisions, grids and tables of cases.

use std::{fs, path::Path, sync::Arc};

use anyhow::{Context, ensure};
use base::{Act, Clock, Id, SystemClock, Zone};
use case::{
    deeds::{self, Added, BatchDefaults, Hand, ImportRow, NewBatch},
    rules::import::{self, BadCell, Imported},
    store::{Desk, Ground},
};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Db;
use territory::{Datum, LiveAtlas, deeds as deeds_of_places, model::CodeSystem};
use web::{Lang, Words};

use super::answer;
use crate::{
    cli::{ImportCases, ImportWhat},
    config::Settings,
    house::{self, Told},
};

/// Rows of one transaction.
const CHUNK: usize = 200;
/// Bad rows that are said on the screen; all of them stand in the file of `--errors` and in `--json`.
const SAID: usize = 20;

/// Imports what was asked.
pub fn import(settings: &Settings, what: &ImportWhat, json: bool) -> anyhow::Result<()> {
    house::bring_up(settings)?;
    let db = house::open_now(settings, false)?;
    match what {
        ImportWhat::Divisions { file, system, day } => divisions(&db, file, system, *day, json),
        ImportWhat::Grids { file } => grids(&db, file, json),
        ImportWhat::Cases(asked) => cases(settings, &db, asked, json),
        ImportWhat::Undo { batch } => undo(&db, batch, json),
    }?;
    db.sign_now().told()
}

fn bar(total: u64) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{wide_bar}] {pos}/{len} {eta}") {
        bar.set_style(style);
    }
    bar
}

fn open_desk(settings: &Settings, db: &Db) -> anyhow::Result<(Ground, Zone)> {
    let zone = Zone::default();
    let atlas = Arc::new(LiveAtlas::open(db).told()?);
    let desk = Desk::open(db, atlas, zone.clone()).told()?;
    house::first_pack(settings, db, &desk)?;
    Ok((desk.now(), zone))
}

fn words() -> anyhow::Result<Words> {
    house::words()
}

/// Reads the sheet and the map, checks every row, and commits the good ones when asked.
fn cases(settings: &Settings, db: &Db, asked: &ImportCases, json: bool) -> anyhow::Result<()> {
    let (ground, zone) = open_desk(settings, db)?;
    let words = words()?;
    let map_text = fs::read_to_string(&asked.map).with_context(|| asked.map.display().to_string())?;
    let map = import::read_map(&map_text, |code| ground.category_by_code(code).is_some())
        .map_err(|all| wrong_map(&words, &asked.map, &all))?;
    let bytes = fs::read(&asked.file).with_context(|| asked.file.display().to_string())?;
    let sheet = import::open_sheet(&bytes, map.sheet.as_deref())?;
    let now = SystemClock.now();
    let read = import::read_rows(&sheet, &map, &zone, now);
    let defaults = BatchDefaults { source: map.source.clone(), category: None, place: None };
    let (rows, unknown) = deeds::import_rows(&ground, &read.good, &defaults, now);
    let mut bad = read.bad.clone();
    bad.extend(unknown);
    bad.sort_by_key(|b| b.row);
    if let Some(path) = &asked.errors {
        let headings = [words.get(Lang::Zh, "case.import.reason"), words.get(Lang::Zh, "case.import.advice")];
        let back = import::write_back(&sheet, map.header_row, &bad, [&headings[0], &headings[1]], |b| {
            told(&words, b)
        })?;
        fs::write(path, back).with_context(|| path.display().to_string())?;
    }
    let bad_rows = count_rows(&bad);
    let commits = !asked.dry_run && (bad.is_empty() || asked.commit_good);
    let (batch, added) = if commits && !rows.is_empty() {
        commit(db, &ground, &bytes, &asked.map, rows.clone())?
    } else {
        (None, Added::default())
    };
    let result = Outcome { read: &read, rows: rows.len(), bad: &bad, bad_rows, batch, added, dry: !commits };
    result.say(&words, json)
}

fn count_rows(bad: &[BadCell]) -> usize {
    let mut rows: Vec<usize> = bad.iter().map(|b| b.row).collect();
    rows.dedup();
    rows.len()
}

fn told(words: &Words, b: &BadCell) -> [String; 2] {
    [words.fill(Lang::Zh, b.key, &b.words), words.fill(Lang::Zh, &format!("{}.way", b.key), &b.words)]
}

fn wrong_map(words: &Words, file: &Path, all: &[import::MapError]) -> anyhow::Error {
    let lines = all.iter().map(|e| {
        format!("{}:{} {} {}", file.display(), e.line, words.fill::<&str>(Lang::Zh, e.key, &[]), e.word)
    });
    anyhow::anyhow!("{}", lines.collect::<Vec<_>>().join("\n"))
}

/// Commits the rows, a few hundred in a transaction; a run that is cut off goes on where it was, because a
/// row that is there is not added again.
fn commit(
    db: &Db,
    ground: &Ground,
    bytes: &[u8],
    map: &Path,
    rows: Vec<ImportRow>,
) -> anyhow::Result<(Option<i64>, Added)> {
    let now = SystemClock.now();
    let place = rows.first().map(|r| r.intake.place).unwrap_or_default();
    let new = NewBatch {
        file_digest: Sha256::digest(bytes).to_vec(),
        map_name: map.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default(),
        place,
    };
    let batch = db.write_now(move |tx| deeds::open_batch(tx, Hand::House, now, &new)).told()?;
    let mut all = Added::default();
    let progress = bar(rows.len() as u64);
    for part in rows.chunks(CHUNK) {
        let (ground, part) = (ground.clone(), part.to_vec());
        let length = part.len() as u64;
        let one = db
            .write_now(move |tx| deeds::add_batch_rows(tx, &ground, Hand::House, now, batch, &part))
            .told()?;
        all.added += one.added;
        all.same += one.same;
        progress.inc(length);
    }
    progress.finish_and_clear();
    Ok((Some(batch), all))
}

struct Outcome<'a> {
    read: &'a Imported,
    rows: usize,
    bad: &'a [BadCell],
    bad_rows: usize,
    batch: Option<i64>,
    added: Added,
    dry: bool,
}

impl Outcome<'_> {
    fn say(&self, words: &Words, json: bool) -> anyhow::Result<()> {
        let batch = self.batch.map(|b| Id::<()>::of(b).to_string());
        let each: Vec<_> = self
            .bad
            .iter()
            .map(|b| {
                let [reason, advice] = told(words, b);
                json!({"row": b.row, "column": b.column, "value": b.value, "reason": reason, "suggestion": advice})
            })
            .collect();
        let value = json!({
            "good": self.rows, "bad": self.bad_rows, "empty": self.read.empty, "unread": self.read.unread,
            "errors": each, "committed": !self.dry, "batch": batch, "added": self.added.added, "same": self.added.same,
        });
        let mut lines = vec![format!(
            "可导入 {} 行，需修改 {} 行，空行 {} 行。",
            self.rows, self.bad_rows, self.read.empty
        )];
        for b in self.bad.iter().take(SAID) {
            let [reason, advice] = told(words, b);
            lines.push(format!("第 {} 行 {}「{}」：{reason}{advice}", b.row, b.column, b.value));
        }
        if self.bad.len() > SAID {
            lines.push(format!("……共 {} 处，用 --errors FILE.xlsx 得到带说明的原表。", self.bad.len()));
        }
        lines.push(match (&batch, self.dry) {
            (Some(batch), _) => format!(
                "已写入 {} 件，原已存在 {} 件；批次 {batch}，24 小时内可撤销：linli import undo {batch}",
                self.added.added, self.added.same
            ),
            (None, true) if !self.bad.is_empty() => {
                "未写入。修改后重新导入，或加 --commit-good 只写入正确的行。".to_owned()
            }
            _ => "未写入。".to_owned(),
        });
        answer(json, &value, &lines.join("\n"))
    }
}

fn undo(db: &Db, batch: &str, json: bool) -> anyhow::Result<()> {
    let batch: Id<()> = batch.parse()?;
    let now = SystemClock.now();
    let undone = db.write_now(move |tx| deeds::undo_batch(tx, Hand::House, now, batch.raw())).told()?;
    let sentence = format!("已撤销 {} 件；{} 件已有人办理，予以保留。", undone.emptied, undone.kept);
    answer(json, &json!({"emptied": undone.emptied, "kept": undone.kept}), &sentence)
}

fn divisions(db: &Db, file: &Path, system: &str, day: Option<Date>, json: bool) -> anyhow::Result<()> {
    let source = fs::File::open(file).with_context(|| file.display().to_string())?;
    let now = SystemClock.now();
    let day = day.unwrap_or_else(|| Zone::default().day(now));
    let progress = bar(0);
    let report = deeds_of_places::import_sheet(
        db,
        Act::system(now),
        source,
        &CodeSystem::new(system).told()?,
        day,
        &mut |p| {
            progress.set_length(p.all as u64);
            progress.set_position(p.done as u64);
        },
    )
    .told()?;
    progress.finish_and_clear();
    let mut lines = vec![format!(
        "读入 {} 行：新增 {}（省 {} 市 {} 县 {} 乡 {} 村 {}），更名 {}，改隶属 {}，不变 {}；库中有而表中无 {}。",
        report.read,
        report.added_all(),
        report.added[0],
        report.added[1],
        report.added[2],
        report.added[3],
        report.added[4],
        report.renamed,
        report.moved,
        report.unchanged,
        report.absent
    )];
    lines.extend(report.errors.iter().take(SAID).map(|e| format!("{e:?}")));
    let value = json!({"read": report.read, "added": report.added, "renamed": report.renamed, "moved": report.moved,
        "unchanged": report.unchanged, "absent": report.absent, "errors": report.errors.len()});
    answer(json, &value, &lines.join("\n"))?;
    ensure!(
        report.errors.is_empty(),
        "有 {} 行错误，没有写入任何内容 / nothing was written",
        report.errors.len()
    );
    Ok(())
}

/// Reads the whole file and checks it; with one complaint nothing is written.
fn grids(db: &Db, file: &Path, json: bool) -> anyhow::Result<()> {
    let source = fs::File::open(file).with_context(|| file.display().to_string())?;
    let now = SystemClock.now();
    let input = deeds_of_places::GridImport::read(source, Datum::Wgs84, Zone::default().day(now));
    let report =
        db.write_now(move |tx| deeds_of_places::import_grids(tx, Act::system(now), &input, false)).told()?;
    let words = words()?;
    let said: Vec<String> = report
        .errors
        .iter()
        .map(|e| format!("第 {} 个要素 {}：{}", e.number, e.code, words.fill(Lang::Zh, e.key, &e.words)))
        .collect();
    let mut lines = vec![format!(
        "读入 {} 个网格：新增 {}，停用 {}，更名 {}，不变 {}。",
        report.read, report.added, report.ended, report.renamed, report.unchanged
    )];
    lines.extend(said.iter().take(SAID).cloned());
    let value = json!({"read": report.read, "added": report.added, "ended": report.ended, "renamed": report.renamed,
        "unchanged": report.unchanged, "errors": said});
    answer(json, &value, &lines.join("\n"))?;
    ensure!(said.is_empty(), "有 {} 处错误，没有写入任何内容 / nothing was written", said.len());
    Ok(())
}
