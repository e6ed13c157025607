//! What residents and grid workers write.

use case::rules::pack::{PackCategory, RequestKind};

use super::page::Page;
use super::{Grammar, LeafWords, Scene, shuffle, suits};
use crate::demo::{dice::Dice, fit};

impl Grammar {
    /// A matter's title and text. `by_worker` is the short way of a grid worker.
    pub fn matter(
        &self,
        dice: &mut Dice,
        scene: &Scene,
        leaf: &PackCategory,
        by_worker: bool,
    ) -> (String, String) {
        let Some(words) = self.leaves.get(&leaf.code) else { return (leaf.name.clone(), leaf.name.clone()) };
        let short = dice.one(&words.short).clone();
        if by_worker {
            let place = if scene.is_urban { &scene.estate } else { &scene.group };
            return (format!("巡查发现{place}{short}"), self.worker_body(dice, scene, words));
        }
        let title = title(dice, scene, &short, leaf.kind);
        (title, self.body(dice, scene, leaf, words))
    }

    fn worker_body(&self, dice: &mut Dice, scene: &Scene, words: &LeafWords) -> String {
        let part = dice.part() * 0.4;
        let mut page = Page::new(&fit::MESSAGE_CHARS, part, 160);
        page.put(0, "巡查发现：".into());
        page.put(1, self.facts(dice, scene, words)[0].clone());
        for line in self.shuffled(dice, &self.common.worker.lines) {
            if page.has_room() && page.is_new(line) {
                page.put(2, self.fill(dice, scene, line));
            }
        }
        page.text()
    }

    /// The facts, those that speak of the right sort of place first.
    fn facts(&self, dice: &mut Dice, scene: &Scene, words: &LeafWords) -> Vec<String> {
        let misfit = if scene.is_urban { "{村组}" } else { "{小区}" };
        let mut facts = self.shuffled(dice, &words.fact);
        facts.sort_by_key(|f| f.contains(misfit));
        facts.into_iter().map(|f| self.fill(dice, scene, f) + "。").collect()
    }

    fn shuffled<'a>(&self, dice: &mut Dice, list: &'a [String]) -> Vec<&'a str> {
        let mut all: Vec<&str> = list.iter().map(String::as_str).collect();
        shuffle(dice, &mut all);
        all
    }

    fn body(&self, dice: &mut Dice, scene: &Scene, leaf: &PackCategory, words: &LeafWords) -> String {
        let c = &self.common;
        let part = dice.part();
        let mut page = Page::new(&fit::MESSAGE_CHARS, part, 3000);
        let facts = self.facts(dice, scene, words);
        page.put(2, facts[0].clone());
        let kind = leaf.kind.map_or("help", RequestKind::code);
        let subject = leaf.code.get(..2).unwrap_or_default();
        for (place, list) in [
            (9, c.ask.get(kind)),
            (3, Some(&c.since)),
            (5, c.impact.get(subject)),
            (0, Some(&c.opening)),
            (6, Some(&c.tried)),
        ] {
            if let Some(list) = list.filter(|_| page.has_room()) {
                page.put(place, self.pick(dice, scene, list, words.site));
            }
        }
        for fact in facts.into_iter().skip(1) {
            if page.has_room() {
                page.put(4, fact);
            }
        }
        if page.has_room() {
            page.put(10, self.pick(dice, scene, &c.close.lines, words.site));
        }
        for (place, list) in [(7, &c.detail), (6, &c.tried), (3, &c.since)] {
            for line in self.shuffled(dice, list) {
                if let Some(line) = suits(line, words.site).filter(|l| page.has_room() && page.is_new(l)) {
                    page.put(place, self.fill(dice, scene, line));
                }
            }
        }
        page.text()
    }
}

/// The form of the title that comes nearest to a size drawn from the real ones.
fn title(dice: &mut Dice, scene: &Scene, short: &str, kind: Option<RequestKind>) -> String {
    let place = if scene.is_urban { [&scene.estate, &scene.road, &scene.group] } else { [&scene.group; 3] };
    let place = place[dice.below(3)];
    let county = &scene.county;
    let asks = ["怎么", "如何", "多少", "多久", "什么", "哪", "何时", "有没有", "能否", "吗"];
    let forms = if asks.iter().any(|a| short.contains(a)) {
        vec![
            format!("{short}？"),
            format!("请问{short}？"),
            format!("{place}{short}？"),
            format!("咨询：{county}{short}？"),
            format!("我住{county}{place}，请问{short}？"),
        ]
    } else {
        let end = match kind {
            Some(RequestKind::Suggestion) => "的建议",
            Some(RequestKind::Consult) => "的咨询",
            Some(RequestKind::Report) => "的举报",
            _ => "的问题",
        };
        vec![
            short.to_owned(),
            format!("{place}{short}"),
            format!("反映{place}{short}"),
            format!("关于{place}{short}{end}"),
            format!("{place}{short}，盼尽快解决"),
            format!("反映{county}{place}{short}{end}"),
            format!("{county}{place}{short}，希望有人管一管"),
        ]
    };
    let part = dice.part();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the table holds 9 to 31")]
    let wanted = fit::quantile(&fit::TITLE_CHARS, part) as usize;
    forms.into_iter().min_by_key(|t| t.chars().count().abs_diff(wanted)).unwrap_or_default()
}
