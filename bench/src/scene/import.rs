//! Import (批量导入): a sheet of matters with their answers, as `linli import cases` takes it, from the file to the last
//! commit: read, mapped, checked, registered, journaled. Held against the bare engine writing the same rows in commits
//! of the same size.

use std::{
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use linli_loader::dice::one_of;
use rust_xlsxwriter::Workbook;

use super::Set;
use crate::{
    bare,
    measure::apart,
    record::{Floor, Point, Told},
    server::memory_of,
    store::{self as sql, Drawn},
};

/// Rows of one transaction of the import.
const AT_ONCE: usize = 200;
/// Texts that the rows are written from.
const TEXTS: usize = 2_000;
/// The headings of the shipped map `messages`.
const HEADINGS: [&str; 7] =
    ["留言编号", "留言用户", "留言主题", "留言时间", "留言详情", "答复意见", "答复时间"];

/// Measures.
///
/// # Errors
/// When a row is refused or missing.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn measure(set: &Set) -> anyhow::Result<Told> {
    let rows = set.size.rows;
    let folder = tempfile::tempdir()?;
    let (sheet, map) = (folder.path().join("messages.xlsx"), map());
    let texts = apart(|| {
        let mut conn = sql::writing(set.city.database())?;
        sql::drawn_cases(&mut conn, set.seed, TEXTS, false)
    })?;
    let count = || apart(|| sql::cases(&mut sql::writing(set.city.database())?));
    let before = count()?;
    write(&sheet, rows, &texts, set.seed ^ before.unsigned_abs())?;
    let mut command = set.city.command(&["import", "cases", "--json"]);
    command.arg(&sheet).arg("--map").arg(map).stdout(Stdio::piped()).stderr(Stdio::null());
    let begun = Instant::now();
    let mut running = command.spawn()?;
    let mut most_mb = 0.0_f64;
    while running.try_wait()?.is_none() {
        most_mb = most_mb.max(memory_of(running.id()).own_mb());
        std::thread::sleep(Duration::from_millis(50));
    }
    let took = begun.elapsed().as_secs_f64();
    let out = running.wait_with_output()?;
    let said: serde_json::Value = serde_json::from_slice(&out.stdout).context("the import said nothing")?;
    ensure!(said["added"] == rows && said["bad"] == 0, "{}", say(&said));
    ensure!(count()? - before == rows as i64, "{} rows are there", count()? - before);
    let mut point = Point::done(format!("{rows} rows"), "rows", rows as u64, took);
    let floor = apart(|| bare::cases_per_s(set.city.database(), AT_ONCE, set.size.seconds))?;
    point.hold(Floor::Engine, floor, 0.0);
    let mut told = Told::default().with("rows", rows);
    told.points.push(point);
    told.fact("took_s", took);
    told.fact("sheet_mb", std::fs::metadata(&sheet)?.len() as f64 / 1_048_576.0);
    told.fact("memory_most_mb", most_mb);
    Ok(told)
}

fn say(said: &serde_json::Value) -> String {
    let errors = said["errors"].as_array().map_or(0, Vec::len);
    format!(
        "good {}, bad {}, added {}, {errors} errors: {}",
        said["good"], said["bad"], said["added"], said["errors"][0]
    )
}

/// The shipped map for tables of messages with their answers.
fn map() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../packs/maps/messages.toml")
}

/// A sheet whose rows say what the city's own matters say, each under a number of its own.
fn write(path: &Path, rows: usize, texts: &[Drawn], seed: u64) -> anyhow::Result<()> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet_with_constant_memory()?;
    for (column, heading) in HEADINGS.iter().enumerate() {
        sheet.write_string(0, u16::try_from(column)?, *heading)?;
    }
    for n in 0..rows {
        let text = one_of(texts, linli_loader::dice::drawn(seed, n as u64)).context("no text")?;
        let (month, day) = (n % 6 + 1, n % 28 + 1);
        let cells = [
            format!("{seed}-{n}"),
            "x".to_owned(),
            text.title.clone(),
            format!("2026/{month}/{day} {:02}:{:02}:00", n % 24, n % 60),
            text.body.clone(),
            "您好！您反映的问题已转有关单位办理，感谢您对我们工作的监督与支持。".to_owned(),
            format!("2026/{}/{day} 10:{:02}:00", month + 1, n % 60),
        ];
        for (column, cell) in cells.iter().enumerate() {
            sheet.write_string(u32::try_from(n + 1)?, u16::try_from(column)?, cell)?;
        }
    }
    book.save(path)?;
    Ok(())
}
