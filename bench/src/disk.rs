//! The disk trials. A sync that fails once: the engine itself would go on and acknowledge what may
//! never reach the disk, so our writer must stop. A full disk: writing is refused with the reason, and
//! what was acknowledged is there.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use anyhow::{Context, ensure};

use crate::powercut;

/// Deeds that a trial asks for.
const DEEDS: &str = "300";

/// What the writing process said.
struct Said {
    acked: BTreeSet<i64>,
    refused: Vec<String>,
    acked_after_refusal: bool,
}

fn read(output: &str) -> Said {
    let mut said = Said { acked: BTreeSet::new(), refused: Vec::new(), acked_after_refusal: false };
    for line in output.lines() {
        if let Some(id) = line.strip_prefix("ack ").and_then(|n| n.parse().ok()) {
            said.acked.insert(id);
            said.acked_after_refusal |= !said.refused.is_empty();
        } else if let Some(key) = line.strip_prefix("no ") {
            said.refused.push(key.to_owned());
        }
    }
    said
}

/// Runs both trials.
///
/// # Errors
/// When an acknowledged row is missing, or writing goes on after a failed sync.
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub fn trial() -> anyhow::Result<()> {
    let mut least = usize::MAX;
    let failed = (8..=60).step_by(4);
    let runs = failed.clone().count();
    for nth in failed {
        least = least.min(fail_sync(nth)?);
    }
    println!(
        "failed sync: {runs} runs, writing stopped in each, nothing acknowledged was lost (at least {least} acknowledged)"
    );
    let (acked, refused) = fill_disk()?;
    println!(
        "full disk: {acked} acknowledged and kept, {refused} refused with the reason, writing goes on once there is room"
    );
    Ok(())
}

/// Lets the `nth` sync of the writing process fail once; returns how many deeds had been acknowledged.
fn fail_sync(nth: usize) -> anyhow::Result<usize> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("trial.db");
    powercut::prepare(&file)?;
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"])
        .arg("-e")
        .arg(format!("inject=fsync,fdatasync:error=EIO:when={nth}"))
        .arg(std::env::current_exe()?)
        .args(["powercut-work", &format!("sqlite:{}", file.display()), DEEDS])
        .output()
        .context("strace is needed: apt-get install strace")?;
    let said = read(&String::from_utf8_lossy(&output.stdout));
    ensure!(said.acked.len() >= 5, "only {} deeds before sync {nth}", said.acked.len());
    ensure!(
        said.refused.iter().any(|k| k == "store.refuse.stopped"),
        "sync {nth} failed and nothing was said: {} acknowledged, refused {:?}, {}",
        said.acked.len(),
        said.refused.first(),
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(
        !said.acked_after_refusal || last_is_refusal(&output.stdout),
        "writing went on after sync {nth} failed"
    );
    let present = powercut::check(&file)?;
    let lost = said.acked.difference(&present).count();
    ensure!(lost == 0, "{lost} acknowledged rows were lost after sync {nth} failed");
    Ok(said.acked.len())
}

/// Threads print side by side, so an answer given before the failure may be printed just after it; the
/// end of the output must be refusals only.
fn last_is_refusal(output: &[u8]) -> bool {
    let text = String::from_utf8_lossy(output);
    let tail: Vec<&str> = text.lines().rev().take(50).collect();
    tail.iter().all(|l| l.starts_with("no "))
}

fn fill_disk() -> anyhow::Result<(usize, usize)> {
    let folder = tempfile::tempdir()?;
    let disk = folder.path().join("disk");
    fs::create_dir(&disk)?;
    mount(&disk, "size=600k", false)?;
    let said = filled(&disk);
    let done = Command::new("umount").arg(&disk).status()?;
    ensure!(done.success(), "the small disk could not be taken off");
    said
}

fn mount(disk: &Path, size: &str, again: bool) -> anyhow::Result<()> {
    let options = if again { format!("remount,{size}") } else { size.to_owned() };
    let done = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(disk).status()?;
    ensure!(done.success(), "a small disk could not be mounted (the trial needs root)");
    Ok(())
}

fn filled(disk: &Path) -> anyhow::Result<(usize, usize)> {
    let file = disk.join("trial.db");
    powercut::prepare(&file)?;
    let run = || -> anyhow::Result<Said> {
        let url = format!("sqlite:{}", file.display());
        let output = Command::new(std::env::current_exe()?).args(["powercut-work", &url, DEEDS]).output()?;
        Ok(read(&String::from_utf8_lossy(&output.stdout)))
    };
    let first = run()?;
    ensure!(first.acked.len() >= 5, "only {} deeds before the disk was full", first.acked.len());
    ensure!(!first.refused.is_empty(), "the disk was never full: the trial proves nothing");
    ensure!(
        first.refused.iter().all(|k| k == "store.refuse.full"),
        "refused for another reason: {:?}",
        first.refused.first()
    );
    mount(disk, "size=64m", true)?;
    let present = powercut::check(&file)?;
    ensure!(first.acked.is_subset(&present), "acknowledged rows are missing after the disk was full");
    let second = run()?;
    ensure!(second.acked.len() + present.len() >= 300, "writing did not go on once there was room");
    Ok((first.acked.len(), first.refused.len()))
}
