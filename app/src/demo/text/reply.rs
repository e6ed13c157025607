//! What staff write, and the short words of residents on the way.

use case::model::Ending;
use case::rules::pack::PackCategory;

use super::page::Page;
use super::{Grammar, Scene, shuffle, suits};
use crate::demo::{dice::Dice, fit};

/// What a short word is for: the tables `reason` and `word` of `grammar/reply.toml`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// Back to the sender.
    Return,
    /// The sender adds something.
    Supplement,
    /// The sender takes it back.
    Withdraw,
    /// A unit will not take it.
    Decline,
    /// Verification failed.
    Reject,
    /// Not solved.
    Contest,
    /// Open it again.
    Reopen,
    /// One level up.
    Escalate,
    /// With a dispatch.
    Dispatch,
    /// A note for colleagues.
    NoteInside,
    /// A note that the resident reads.
    NotePublic,
    /// The paper that proves a report.
    Paper,
}

/// Sentences of one sort in an answer: where they stand, and how many at most.
struct Part<'a> {
    place: u8,
    list: &'a [String],
    most: usize,
}

impl Grammar {
    /// What the office writes back: the report of what was done, or a direct answer.
    pub fn answer(
        &self,
        dice: &mut Dice,
        scene: &Scene,
        leaf: &PackCategory,
        unit: &str,
        ending: Ending,
    ) -> String {
        let words = self.leaves.get(&leaf.code);
        let is_site = words.is_some_and(|w| w.site);
        let short = words.map_or(leaf.name.as_str(), |w| dice.one(&w.short).as_str());
        let fill = |dice: &mut Dice, line: &str| {
            let line = line.replace("{短}", short).replace("{类}", &leaf.name).replace("{单位}", unit);
            self.fill(dice, scene, &line)
        };
        // Who hands it on, or has it already, says so and no more.
        let limit = if matches!(ending, Ending::Duplicate | Ending::Referred) { 80 } else { 3000 };
        let part = dice.part();
        let mut page = Page::new(&fit::ANSWER_CHARS, part, limit);
        for part in self.parts(leaf, ending) {
            let mut lines: Vec<&String> = part.list.iter().collect();
            shuffle(dice, &mut lines);
            let fit = lines.into_iter().filter_map(|l| suits(l, is_site));
            let mut left = part.most;
            for line in fit {
                if left > 0 && (page.has_room() || part.place == 5) && page.is_new(line) {
                    page.put(part.place, fill(dice, line));
                    left -= 1;
                }
            }
        }
        page.text()
    }

    /// The sorts of sentences in the order of their weight: the outcome first, then what was done.
    fn parts(&self, leaf: &PackCategory, ending: Ending) -> Vec<Part<'_>> {
        let r = &self.reply;
        let outcome = r.ending.get(ending.code()).map_or(&[][..], Vec::as_slice);
        let measure = leaf.code.get(..4).and_then(|c| r.measure.get(c)).map_or(&[][..], Vec::as_slice);
        let was_done = ending == Ending::Fixed;
        let part = |place, list, most| Part { place, list, most };
        let mut parts = vec![part(5, outcome, 1)];
        if was_done {
            parts.push(part(3, measure, 1));
        } else if ending == Ending::Explained {
            parts.push(part(4, &r.explain, 1));
        }
        parts.extend([part(0, &r.greeting, 1), part(1, &r.seen, 1), part(7, &r.closing, 1)]);
        if was_done {
            parts.extend([
                part(3, measure, 1),
                part(2, &r.because, 1),
                part(6, &r.next, 1),
                part(1, &r.seen, 2),
            ]);
        }
        parts.extend([
            part(4, &r.explain, 2),
            part(2, &r.because, 1),
            part(6, &r.next, 2),
            part(3, measure, 3),
        ]);
        parts.extend([
            part(4, &r.explain, 20),
            part(1, &r.seen, 3),
            part(6, &r.next, 5),
            part(2, &r.because, 3),
        ]);
        if !was_done {
            parts.retain(|p| p.place != 3);
        }
        parts
    }

    /// A short word: a reason, a note, what goes with a dispatch.
    pub fn say(&self, dice: &mut Dice, scene: &Scene, leaf: &PackCategory, saying: Saying) -> String {
        let is_site = self.leaves.get(&leaf.code).is_some_and(|w| w.site);
        let (table, key) = match saying {
            Saying::Return => (&self.reply.reason, "return"),
            Saying::Supplement => (&self.reply.reason, "supplement"),
            Saying::Withdraw => (&self.reply.reason, "withdraw"),
            Saying::Decline => (&self.reply.reason, "decline"),
            Saying::Reject => (&self.reply.reason, "reject"),
            Saying::Contest => (&self.reply.reason, "contest"),
            Saying::Reopen => (&self.reply.reason, "reopen"),
            Saying::Escalate => (&self.reply.reason, "escalate"),
            Saying::Dispatch => (&self.reply.word, "dispatch"),
            Saying::NoteInside => (&self.reply.word, "note_inside"),
            Saying::NotePublic => (&self.reply.word, "note_public"),
            Saying::Paper => (&self.reply.word, "paper"),
        };
        table.get(key).map(|l| self.pick(dice, scene, l, is_site)).unwrap_or_default()
    }
}
