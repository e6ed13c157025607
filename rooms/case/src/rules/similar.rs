//! Nearby similar open cases (相似件): shown before sending and at acceptance, so that one street lamp is
//! one case. Two matters are compared; the people who bring them never are (N10).

use std::collections::{HashMap, HashSet};

use base::{DAY_MS, Millis};

/// Below this a case is not worth showing, in thousandths.
pub const SHOW_FROM: i64 = 350;
/// How far back a case is looked at.
pub const WINDOW_DAYS: i64 = 60;
/// How many are shown at most.
pub const SHOW_MOST: usize = 5;

/// What is compared of each matter.
#[derive(Debug, Clone, Copy)]
pub struct Traits<'a> {
    /// Title and text.
    pub text: &'a str,
    /// Its category.
    pub category: i64,
    /// Its village; 0 = not known.
    pub village: i64,
    /// Its grid; 0 = not known.
    pub grid: i64,
    /// When it came in.
    pub created: Millis,
}

/// Why a case looks similar (相似理由).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// In the same grid.
    SameGrid,
    /// In the same village.
    SameVillage,
    /// Of the same category.
    SameCategory,
    /// In nearly the same words.
    SameWords,
    /// Within a week.
    SameWeek,
}

impl Reason {
    /// The catalogue's key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::SameGrid => "case.fact.same_grid",
            Self::SameVillage => "case.fact.same_village",
            Self::SameCategory => "case.fact.same_category",
            Self::SameWords => "case.fact.same_words",
            Self::SameWeek => "case.fact.same_week",
        }
    }
}

/// How similar, in thousandths, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// 0 to 1000.
    pub score: i64,
    /// The reasons, the weightiest first.
    pub reasons: Vec<Reason>,
}

/// Pairs of neighbouring letters; blanks and punctuation do not count.
fn bigrams(text: &str) -> HashSet<(char, char)> {
    let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).take(600).collect();
    letters.windows(2).map(|w| (w[0], w[1])).collect()
}

/// The share of pairs that two texts have in common, of the shorter one, in thousandths: a short
/// complaint is found inside a long one.
pub fn words_alike(a: &str, b: &str) -> i64 {
    let (a, b) = (bigrams(a), bigrams(b));
    let least = a.len().min(b.len());
    if least < 3 {
        return 0;
    }
    (a.intersection(&b).count() * 1000 / least) as i64
}

/// How similar two matters are. Words weigh most; place and category without words are not enough.
pub fn likeness(a: Traits<'_>, b: Traits<'_>) -> Likeness {
    weighed(words_alike(a.text, b.text), a, b)
}

fn weighed(words: i64, a: Traits<'_>, b: Traits<'_>) -> Likeness {
    let same_grid = a.grid != 0 && a.grid == b.grid;
    let same_village = a.village != 0 && a.village == b.village;
    let same_week = (a.created.0 - b.created.0).abs() <= 7 * DAY_MS;
    let mut reasons = Vec::new();
    let mut score = words * 600 / 1000;
    let mut add = |holds: bool, points: i64, reason| {
        if holds {
            score += points;
            reasons.push(reason);
        }
    };
    add(words >= 300, 0, Reason::SameWords);
    add(same_grid, 150, Reason::SameGrid);
    add(same_village && !same_grid, 80, Reason::SameVillage);
    add(a.category == b.category && a.category != 0, 150, Reason::SameCategory);
    add(same_week, 100, Reason::SameWeek);
    if words < 150 {
        score = score.min(SHOW_FROM - 1);
    }
    Likeness { score: score.clamp(0, 1000), reasons }
}

/// Those worth showing, best first.
pub fn best<T>(mut scored: Vec<(Likeness, T)>) -> Vec<(Likeness, T)> {
    scored.retain(|(l, _)| l.score >= SHOW_FROM);
    scored.sort_by_key(|(l, _)| std::cmp::Reverse(l.score));
    scored.truncate(SHOW_MOST);
    scored
}

/// How the others resemble one (可能重复), for a clerk who decides: as [`likeness`], but a pair of letters that most of
/// them have, such as the forms of address, weighs little, and one that few have weighs much.
pub fn resemblances(mine: Traits<'_>, others: &[Traits<'_>]) -> Vec<Likeness> {
    let own = bigrams(mine.text);
    let theirs: Vec<_> = others.iter().map(|o| bigrams(o.text)).collect();
    let mut known: HashMap<(char, char), usize> = HashMap::new();
    for pair in theirs.iter().flatten() {
        *known.entry(*pair).or_default() += 1;
    }
    let many = others.len() as f64;
    let weight = |pair: &(char, char)| {
        let n = known.get(pair).copied().unwrap_or(0) as f64;
        ((many + 1.0) / (n + 0.5)).ln().max(0.05)
    };
    let sum = |pairs: &HashSet<(char, char)>| pairs.iter().map(&weight).sum::<f64>();
    let of_mine = sum(&own);
    let one = |(other, pairs): (&Traits<'_>, &HashSet<(char, char)>)| {
        let least = own.len().min(pairs.len());
        let both = own.intersection(pairs).map(&weight).sum::<f64>();
        let whole = (of_mine * sum(pairs)).sqrt();
        let words = if least < 3 || whole <= 0.0 { 0 } else { (both * 1000.0 / whole) as i64 };
        weighed(words.min(1000), mine, *other)
    };
    others.iter().zip(&theirs).map(one).collect()
}

/// Letters of a phrase that is looked for in other texts.
const PHRASE: usize = 4;
/// How many of them.
const PHRASES: usize = 6;

/// Phrases of a text by which others like it are looked up: runs of its title, which says the matter in short.
pub fn phrases(title: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for run in title.split(|c: char| !c.is_alphanumeric()) {
        let letters: Vec<char> = run.chars().collect();
        found.extend(
            letters.chunks(PHRASE).filter(|c| c.len() == PHRASE).map(|c| c.iter().collect::<String>()),
        );
    }
    found.dedup();
    if found.len() > PHRASES {
        // Spread over the title, which often begins with a form of address.
        let step = found.len() as f64 / PHRASES as f64;
        found = (0..PHRASES).map(|n| found[(n as f64 * step) as usize].clone()).collect();
    }
    found
}

/// Longest runs of letters that a text shares with another (共有的词), the longest first: for the reasons.
pub fn shared_runs(a: &str, b: &str, most: usize) -> Vec<String> {
    let letters =
        |text: &str| -> Vec<char> { text.chars().filter(|c| c.is_alphanumeric()).take(600).collect() };
    let (a, b) = (letters(a), letters(b));
    let mut lengths = vec![0_usize; b.len() + 1];
    let mut ends: HashMap<usize, usize> = HashMap::new();
    for (i, x) in a.iter().enumerate() {
        for j in (0..b.len()).rev() {
            lengths[j + 1] = if *x == b[j] { lengths[j] + 1 } else { 0 };
            if lengths[j + 1] >= 2 {
                let best = ends.entry(i).or_default();
                *best = (*best).max(lengths[j + 1]);
            }
        }
    }
    // A run that goes on is not shown twice.
    let whole =
        ends.iter().filter(|(end, length)| ends.get(&(**end + 1)).is_none_or(|next| *next <= **length));
    let mut runs: Vec<String> =
        whole.map(|(end, length)| a[end + 1 - length..=*end].iter().collect()).collect();
    runs.sort_by(|x: &String, y: &String| y.chars().count().cmp(&x.chars().count()).then(x.cmp(y)));
    let mut kept: Vec<String> = Vec::new();
    for run in runs {
        if kept.len() < most && !kept.iter().any(|k| k.contains(&run)) {
            kept.push(run);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn traits(text: &str) -> Traits<'_> {
        Traits { text, category: 1, village: 5, grid: 6, created: Millis(0) }
    }

    #[test]
    fn the_same_lamp_is_found_and_another_matter_is_not() {
        let lamp = traits("村口路灯坏了三天,晚上看不见路");
        let again =
            Traits { created: Millis(3 * DAY_MS), ..traits("村口的路灯坏了,老人晚上看不见") };
        let sewer = traits("排水沟堵塞,污水漫到院子里");
        let l = likeness(lamp, again);
        assert!(l.score >= SHOW_FROM, "{l:?}");
        assert!(l.reasons.contains(&Reason::SameGrid) && l.reasons.contains(&Reason::SameWords));
        assert!(likeness(lamp, sewer).score < SHOW_FROM);
    }

    #[test]
    fn what_everybody_writes_weighs_little() {
        let polite = "尊敬的领导您好希望有关部门尽快处理谢谢";
        let texts = [
            format!("{polite}东门路灯三天不亮"),
            format!("{polite}渠口淤堵冬灌水过不来"),
            format!("{polite}学校门口每天堵车"),
            format!("{polite}东门的路灯不亮已经三天"),
        ];
        let others: Vec<Traits<'_>> = texts[1..].iter().map(|t| traits(t)).collect();
        let scores: Vec<i64> =
            resemblances(traits(&texts[0]), &others).into_iter().map(|l| l.score).collect();
        assert!(scores[2] > scores[0] + 150 && scores[2] > scores[1] + 150, "{scores:?}");
        assert!(words_alike(&texts[0], &texts[1]) > 500, "the plain share does not tell them apart");
        assert_eq!(resemblances(traits("灯"), &others).len(), 3);
    }

    #[test]
    fn the_shared_words_are_told_the_longest_first() {
        assert_eq!(shared_runs("东门路灯三天不亮", "西门路灯不亮三天", 3), ["门路灯", "三天", "不亮"]);
        assert_eq!(shared_runs("水", "水", 3), Vec::<String>::new());
        assert_eq!(phrases("西关小区东门路灯,三天不亮"), ["西关小区", "东门路灯", "三天不亮"]);
        assert!(phrases(&"一二三四五六七八九十".repeat(8)).len() <= 6);
    }

    #[test]
    fn the_best_come_first_and_not_too_many() {
        let of = |score| (Likeness { score, reasons: vec![] }, score);
        let shown = best((0..20).map(|n| of(n * 50)).collect());
        assert_eq!(shown.len(), SHOW_MOST);
        assert!(shown.windows(2).all(|w| w[0].0.score >= w[1].0.score));
    }

    proptest! {
        #[test]
        fn likeness_is_symmetric_and_bounded(a in "[路灯坏了三天排水沟堵塞,。]{0,30}", b in "[路灯坏了三天排水沟堵塞,。]{0,30}") {
            let (x, y) = (traits(&a), traits(&b));
            prop_assert_eq!(likeness(x, y), likeness(y, x));
            prop_assert!((0..=1000).contains(&likeness(x, y).score));
        }

        #[test]
        fn a_text_of_four_letters_is_like_itself(a in "[路灯坏了三天排水沟堵塞]{8,30}") {
            prop_assume!(bigrams(&a).len() >= 3);
            prop_assert_eq!(words_alike(&a, &a), 1000);
        }
    }
}
