//! Running commands: shown, counted, and failing with a sentence that names them.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// How many tests passed, failed and were skipped, as the test runners' closing lines say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Ran and held.
    pub passed: u64,
    /// Ran and did not hold.
    pub failed: u64,
    /// Did not run.
    pub skipped: u64,
}

impl Tally {
    /// Takes in a line of output, if it is a closing line of `cargo test` or of node's runner.
    pub fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("test result: ") {
            self.passed += number_before(rest, " passed");
            self.failed += number_before(rest, " failed");
            self.skipped += number_before(rest, " ignored");
            return;
        }
        let Some(rest) = line.strip_prefix("ℹ ").or_else(|| line.strip_prefix("# ")) else { return };
        if let Some((word, count)) = rest.split_once(' ')
            && let Ok(count) = count.parse::<u64>()
        {
            match word {
                "pass" => self.passed += count,
                "fail" | "cancelled" => self.failed += count,
                "skipped" | "todo" => self.skipped += count,
                _ => {}
            }
        }
    }
}

fn number_before(line: &str, word: &str) -> u64 {
    let before = line.split(word).next().unwrap_or_default();
    let digits: String = before.chars().rev().take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().unwrap_or(0)
}

/// A command from words, e.g. `command("cargo", &["fmt", "--all"])`.
pub fn command(program: &str, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args);
    command
}

/// The command as a person would type it.
pub fn spelled(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs a command with its output on the terminal.
///
/// # Errors
/// If it cannot be started or does not end well; the sentence names the command.
pub fn run(command: &mut Command) -> Result<()> {
    let name = spelled(command);
    println!("$ {name}");
    let status = command.status().with_context(|| format!("cannot start `{name}`"))?;
    if !status.success() {
        bail!("`{name}` failed ({status})");
    }
    Ok(())
}

/// Runs a command, shows its output and adds its tests to the tally.
///
/// # Errors
/// As [`run`].
pub fn run_tests(command: &mut Command, tally: &mut Tally) -> Result<()> {
    let name = spelled(command);
    println!("$ {name}");
    let mut child =
        command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start `{name}`"))?;
    let out = child.stdout.take().context("no output to read")?;
    for line in BufReader::new(out).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        tally.read(&line);
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("`{name}` failed ({status})");
    }
    Ok(())
}

/// What a command prints.
///
/// # Errors
/// As [`run`], with what it wrote to its error output.
pub fn output(command: &mut Command) -> Result<String> {
    let name = spelled(command);
    let out = command.output().with_context(|| format!("cannot start `{name}`"))?;
    if !out.status.success() {
        bail!("`{name}` failed ({}): {}", out.status, String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).into_owned())
}

/// Whether a program is on the path.
pub fn has(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted() {
        let mut tally = Tally::default();
        tally.read(
            "test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 0 filtered out; finished in 0.03s",
        );
        tally.read("ℹ pass 7");
        tally.read("# fail 1");
        tally.read("test something ... ok");
        tally.read("# a comment of three words");
        assert_eq!(tally, Tally { passed: 19, failed: 2, skipped: 2 });
    }
}
