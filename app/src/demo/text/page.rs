//! A text that grows to a wanted size.

use std::collections::HashSet;

use crate::demo::fit;

/// Sentences with their places in the text, as many as the wanted size needs.
pub(super) struct Page {
    wanted: usize,
    size: usize,
    lines: Vec<(u8, String)>,
    used: HashSet<String>,
}

impl Page {
    /// An empty page for a size drawn at `part` of a table, at most `limit`.
    pub fn new(table: &[f64; 22], part: f64, limit: usize) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "the tables hold 9 to 1,966"
        )]
        let wanted = (fit::quantile(table, part) as usize).min(limit);
        Self { wanted, size: 0, lines: Vec::new(), used: HashSet::new() }
    }

    /// A sentence more would come nearer to the wanted size: half of a usual one is missing at least.
    pub const fn has_room(&self) -> bool {
        self.size + 11 < self.wanted
    }

    /// Puts a line at its place.
    pub fn put(&mut self, place: u8, line: String) {
        self.size += line.chars().count();
        self.lines.push((place, line));
    }

    /// Whether a template has not been used yet; from now on it has.
    pub fn is_new(&mut self, template: &str) -> bool {
        self.used.insert(template.to_owned())
    }

    /// The text, its sentences in order, in paragraphs when it is long.
    pub fn text(mut self) -> String {
        const PARAGRAPH: usize = 260;
        self.lines.sort_by_key(|(place, _)| *place);
        let mut out = String::new();
        let mut since_break = 0;
        for (_, line) in &self.lines {
            if since_break > PARAGRAPH {
                out.push('\n');
                since_break = 0;
            }
            since_break += line.chars().count();
            out.push_str(line);
        }
        out
    }
}
