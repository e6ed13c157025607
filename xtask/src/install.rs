//! Installing what a step needs and the machine does not have, from Debian's packages.

use std::path::Path;

use anyhow::{Result, bail};

use crate::shell::{command, has, output, run};

/// Installs Debian packages. Callers check first whether the thing is there, so that a second
/// run installs nothing and needs no network.
///
/// # Errors
/// Says which packages to install by hand when this machine has no `apt-get` or no rights.
pub fn debian(packages: &[&str]) -> Result<()> {
    let by_hand = format!("please install: {}", packages.join(" "));
    if !has("apt-get") {
        bail!("this machine has no apt-get; {by_hand}");
    }
    let sudo = if is_root() {
        None
    } else if has("sudo") {
        Some("sudo")
    } else {
        bail!("installing needs root; {by_hand}");
    };
    let apt = |args: &[&str]| {
        let mut words: Vec<&str> = sudo.into_iter().collect();
        words.extend(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq", "-o", "Dpkg::Use-Pty=0"]);
        words.extend(args);
        run(&mut command(words[0], &words[1..]))
    };
    apt(&["update"])?;
    let mut install = vec!["install", "-y", "--no-install-recommends"];
    install.extend(packages);
    apt(&install)
}

/// Whether this process may do anything.
pub fn is_root() -> bool {
    output(&mut command("id", &["-u"])).is_ok_and(|id| id.trim() == "0")
}

/// A C compiler: SQLite is built from its source.
pub fn c_compiler() -> Result<()> {
    if has("cc") { Ok(()) } else { debian(&["gcc", "libc6-dev"]) }
}

/// Chromium, Chinese letters for its screenshots, and node.
pub fn browser() -> Result<()> {
    let mut missing = Vec::new();
    if !has("chromium") {
        missing.push("chromium");
    }
    if !has_chinese_letters() {
        missing.push("fonts-noto-cjk");
    }
    if !has("node") {
        missing.push("nodejs");
    }
    if !has("npm") {
        missing.push("npm");
    }
    if missing.is_empty() { Ok(()) } else { debian(&missing) }
}

fn has_chinese_letters() -> bool {
    Path::new("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc").exists()
        || output(&mut command("fc-list", &[":lang=zh", "family"]))
            .is_ok_and(|fonts| !fonts.trim().is_empty())
}
