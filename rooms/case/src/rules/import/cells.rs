//! From a cell to a clean text.

use super::sheet::Cell;

/// Above this a spreadsheet has already thrown digits away (15 significant ones are kept).
const WHOLE: f64 = 1e15;

/// Why a cell gives no text.
pub(super) enum NoText {
    /// A number with more digits than a spreadsheet keeps: the last ones are zeros by now.
    LostDigits,
    /// A formula's error.
    Formula,
}

impl NoText {
    pub(super) const fn key(&self) -> &'static str {
        match self {
            Self::LostDigits => "import.error.digits_lost",
            Self::Formula => "import.error.formula",
        }
    }
}

/// The cell as text: numbers without exponent, days as they are written in the first style, texts clean.
pub(super) fn text(cell: &Cell) -> Result<String, NoText> {
    match cell {
        Cell::Empty => Ok(String::new()),
        Cell::Text(t) => Ok(clean(t)),
        Cell::Number(n) if n.abs() >= WHOLE => Err(NoText::LostDigits),
        Cell::Number(n) | Cell::Day(n, _) => Ok(plain(*n)),
        Cell::Error(_) => Err(NoText::Formula),
    }
}

/// The cell as it is shown in a message.
pub(super) fn shown(cell: &Cell) -> String {
    const CHARS: usize = 60;
    let whole = match cell {
        Cell::Empty => String::new(),
        Cell::Text(t) => t.trim().to_owned(),
        Cell::Number(n) | Cell::Day(n, _) => plain(*n),
        Cell::Error(e) => e.clone(),
    };
    // Hidden before it is cut: half a number is still half a number.
    let hidden = crate::rules::masking::mask(&whole);
    let mut cut: String = hidden.chars().take(CHARS).collect();
    if hidden.chars().count() > CHARS {
        cut.push('…');
    }
    cut
}

fn plain(n: f64) -> String {
    if n.fract() == 0.0 { format!("{n:.0}") } else { format!("{n}") }
}

/// Lines trimmed, control characters and empty lines at both ends gone, at most one empty line between.
fn clean(raw: &str) -> String {
    let lines = raw.lines().map(|line| {
        let kept: String = line.chars().filter(|c| !c.is_control() || *c == '\t').collect();
        kept.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}' || c == '\u{200b}')
            .replace('\t', " ")
    });
    let mut out: Vec<String> = Vec::new();
    for line in lines {
        if !line.is_empty() || out.last().is_some_and(|l| !l.is_empty()) {
            out.push(line);
        }
    }
    while out.last().is_some_and(String::is_empty) {
        out.pop();
    }
    out.join("\n")
}
