//! Bars drawn on the server (条形图). Each stands beside the table that says the same in numbers.

use askama::Template;
use web::{Html, View};

/// How many bars are drawn at most; the table has them all.
const MOST: usize = 20;
/// Where the bars begin, after the names, and how long the longest is, in drawing units.
const SPLIT: i64 = 112;
const LONGEST: i64 = 190;
const WIDTH: i64 = 360;
const STEP: i64 = 28;
/// Letters of a name that fit before the bar.
const LETTERS: usize = 8;

/// One bar: a whole, and the part of it that is drawn darker.
pub(super) struct Bar {
    /// What it stands for.
    pub name: String,
    /// The whole.
    pub all: i64,
    /// The part.
    pub part: i64,
}

struct Drawn {
    name: String,
    y: i64,
    all: i64,
    part: i64,
    value: String,
}

#[derive(Template)]
#[template(path = "case/staff/bars.html")]
struct Bars {
    label: String,
    width: i64,
    height: i64,
    split: i64,
    bars: Vec<Drawn>,
    all_word: String,
    part_word: String,
}

/// The bars with the keys of what the whole and the part are; nothing when all are zero.
pub(super) fn bars(v: &View, title: &str, mut list: Vec<Bar>, words: (&str, &str)) -> Html {
    list.retain(|b| b.all > 0);
    list.sort_by_key(|b| std::cmp::Reverse(b.all));
    list.truncate(MOST);
    let Some(greatest) = list.first().map(|b| b.all) else { return Html::none() };
    let length = |n: i64| (n.max(0) * LONGEST + greatest - 1) / greatest;
    let bars: Vec<Drawn> = (0..)
        .zip(list)
        .map(|(n, b)| Drawn {
            y: n * STEP,
            all: length(b.all),
            part: length(b.part.min(b.all)),
            value: format!("{} / {}", b.part, b.all),
            name: short(&b.name),
        })
        .collect();
    let (all_word, part_word) = (v.t(words.0).into_owned(), v.t(words.1).into_owned());
    Html::of(&Bars {
        label: title.to_owned(),
        width: WIDTH,
        height: bars.len() as i64 * STEP,
        split: SPLIT,
        bars,
        all_word,
        part_word,
    })
}

fn short(name: &str) -> String {
    if name.chars().count() <= LETTERS {
        return name.to_owned();
    }
    name.chars().take(LETTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_name_is_cut_to_fit() {
        assert_eq!(short("环境卫生"), "环境卫生");
        assert_eq!(short("城市管理与市政设施维护"), "城市管理与市政…");
    }
}
