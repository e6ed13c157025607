//! What residents and staff write in the demo (演示文字): sentences from our own grammar, put together to
//! the lengths of [`super::fit`]. No sentence comes from a real message, no person is real, and every
//! telephone number begins with 000.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{dice::Dice, ground::Village};

mod matter;
mod page;
mod reply;

pub use reply::Saying;

/// The words of one category (末级分类的词).
#[derive(Debug, Deserialize)]
pub struct LeafWords {
    /// Its share of the matters, unnormed.
    pub weight: u32,
    /// Whether it is something that can be seen on the spot.
    pub site: bool,
    /// Phrases for titles.
    pub short: Vec<String>,
    /// Sentences of fact.
    pub fact: Vec<String>,
}

/// What residents say besides the facts.
#[derive(Debug, Deserialize)]
struct Common {
    opening: Vec<String>,
    since: Vec<String>,
    tried: Vec<String>,
    detail: Vec<String>,
    ask: BTreeMap<String, Vec<String>>,
    close: Closing,
    impact: BTreeMap<String, Vec<String>>,
    worker: Closing,
}

#[derive(Debug, Deserialize)]
struct Closing {
    lines: Vec<String>,
}

/// What staff say.
#[derive(Debug, Deserialize)]
struct Reply {
    greeting: Vec<String>,
    closing: Vec<String>,
    seen: Vec<String>,
    because: Vec<String>,
    explain: Vec<String>,
    next: Vec<String>,
    ending: BTreeMap<String, Vec<String>>,
    reason: BTreeMap<String, Vec<String>>,
    word: BTreeMap<String, Vec<String>>,
    measure: BTreeMap<String, Vec<String>>,
}

/// Words for the empty places in sentences.
#[derive(Debug, Deserialize)]
struct Slots {
    estate_first: Vec<String>,
    estate_last: Vec<String>,
    road_first: Vec<String>,
    road_last: Vec<String>,
    cross: Vec<String>,
    park: Vec<String>,
    school: Vec<String>,
    shop: Vec<String>,
    company: Vec<String>,
    night: Vec<String>,
    building: Vec<String>,
    place_rural: Vec<String>,
    place_urban: Vec<String>,
    party: Vec<String>,
}

/// The whole grammar.
#[derive(Debug)]
pub struct Grammar {
    leaves: BTreeMap<String, LeafWords>,
    common: Common,
    reply: Reply,
    slots: Slots,
}

/// Where and when a matter happens, for the empty places.
pub struct Scene {
    county: String,
    village: String,
    group: String,
    estate: String,
    road: String,
    cross: String,
    shop: String,
    company: String,
    amount: i64,
    is_urban: bool,
    year: i16,
    month: i8,
}

impl Grammar {
    /// The grammar that is compiled in.
    ///
    /// # Errors
    /// When one of its files is not of the right shape.
    pub fn load() -> Result<Self, toml::de::Error> {
        Ok(Self {
            leaves: toml::from_str(include_str!("grammar/leaf.toml"))?,
            common: toml::from_str(include_str!("grammar/common.toml"))?,
            reply: toml::from_str(include_str!("grammar/reply.toml"))?,
            slots: toml::from_str(include_str!("grammar/slots.toml"))?,
        })
    }

    /// The words of a category.
    pub fn leaf(&self, code: &str) -> Option<&LeafWords> {
        self.leaves.get(code)
    }

    /// How well a category fits a place: what speaks of fields is rare in town, and the other way round.
    pub fn fits(&self, code: &str, is_urban: bool) -> f64 {
        let Some(leaf) = self.leaves.get(code) else { return 0.0 };
        let speaks = |slot: &str| leaf.fact.iter().any(|f| f.contains(slot));
        match (is_urban, speaks("{小区}"), speaks("{村组}")) {
            (true, false, true) => 0.06,
            (false, true, false) => 0.08,
            _ => 1.0,
        }
    }

    /// The scene of a matter. One village has few estates and roads, so that matters meet.
    pub fn scene(&self, dice: &mut Dice, village: &Village, county: &str, year: i16, month: i8) -> Scene {
        let s = &self.slots;
        let mut local = Dice::new(0x10ca1, &[village.area.code.parse().unwrap_or(0), dice.below(4) as u64]);
        let group = if village.is_urban {
            village.short.clone()
        } else {
            format!("{}{}组", village.short, ["一", "二", "三", "四", "五", "六", "七", "八"][dice.below(8)])
        };
        Scene {
            county: county.to_owned(),
            village: village.short.clone(),
            group,
            estate: format!("{}{}", local.one(&s.estate_first), local.one(&s.estate_last)),
            road: format!("{}{}", local.one(&s.road_first), local.one(&s.road_last)),
            cross: dice.one(&s.cross).clone(),
            shop: dice.one(&s.shop).clone(),
            company: dice.one(&s.company).clone(),
            amount: dice.between(8, 320) * 500,
            is_urban: village.is_urban,
            year,
            month,
        }
    }

    /// The sentence with its empty places filled.
    pub fn fill(&self, dice: &mut Dice, scene: &Scene, sentence: &str) -> String {
        let mut out = String::with_capacity(sentence.len() + 24);
        let mut rest = sentence;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (slot, tail) = after.split_once('}').unwrap_or((after, ""));
            out.push_str(&self.word(dice, scene, slot));
            rest = tail;
        }
        out.push_str(rest);
        out
    }

    fn fill_one(&self, dice: &mut Dice, scene: &Scene, list: &[&str]) -> String {
        let line = *dice.one(list);
        self.fill(dice, scene, line)
    }

    /// One of a list that suits the matter, filled; nothing when none suits.
    fn pick(&self, dice: &mut Dice, scene: &Scene, list: &[String], is_site: bool) -> String {
        let fit: Vec<&str> = list.iter().filter_map(|l| suits(l, is_site)).collect();
        if fit.is_empty() { String::new() } else { self.fill_one(dice, scene, &fit) }
    }

    fn word(&self, dice: &mut Dice, scene: &Scene, slot: &str) -> String {
        const SMALL: [&str; 8] = ["两", "三", "四", "五", "六", "七", "八", "九"];
        const TEEN: [&str; 8] = ["十一", "十二", "十三", "十四", "十五", "十六", "十七", "十八"];
        let s = &self.slots;
        match slot {
            "小区" => scene.estate.clone(),
            "道路" => scene.road.clone(),
            "路口" => scene.cross.clone(),
            "村组" => scene.group.clone(),
            "县区" => scene.county.clone(),
            "公园" => dice.one(&s.park).clone(),
            "学校" => dice.one(&s.school).clone(),
            "商户" => scene.shop.clone(),
            "企业" => scene.company.clone(),
            "夜里" => dice.one(&s.night).clone(),
            "楼栋" => dice.one(&s.building).clone(),
            "几" => (*dice.one(&SMALL)).to_owned(),
            "十几" => (*dice.one(&TEEN)).to_owned(),
            "几天" => format!("{}天", dice.one(&SMALL)),
            "几次" => format!("{}次", dice.one(&SMALL)),
            "若干" => format!("{}", dice.between(3, 60)),
            "小数" => format!("{}.{}", dice.between(1, 9), dice.between(1, 9)),
            "小额" => format!("{}", dice.between(3, 60) * 10),
            "金额" => scene.amount.to_string(),
            "今年" => format!("{}年", scene.year),
            "某年" => format!("{}年", i64::from(scene.year) - dice.between(1, 6)),
            "某月" => scene.month_back(dice.between(1, 5)),
            "起止" => {
                let back = dice.between(2, 9);
                let months = SMALL[usize::try_from(back - 2).unwrap_or(0)];
                format!("{}开始，到现在已经有{months}个月", scene.month_back(back))
            }
            other => other.to_owned(),
        }
    }

    /// Where exactly, in words.
    pub fn spot(&self, dice: &mut Dice, scene: &Scene) -> String {
        if scene.is_urban {
            format!("{}{}", scene.estate, dice.one(&self.slots.place_urban))
        } else {
            format!("{}{}", scene.village, dice.one(&self.slots.place_rural))
        }
    }

    /// The answer to an extra question of the pack, by its code; empty where it is left open.
    pub fn reply_to(&self, dice: &mut Dice, scene: &Scene, question: &case::model::Question) -> String {
        if !question.required && dice.per_mille(400) {
            return String::new();
        }
        if !question.choices.is_empty() {
            return dice.one(&question.choices).clone();
        }
        match question.code.as_str() {
            "estate" => scene.estate.clone(),
            "household" => dice.between(1, 7).to_string(),
            "amount" => scene.amount.to_string(),
            "temperature" => dice.between(12, 17).to_string(),
            "other_party" => dice.one(&self.slots.party).clone(),
            "employer" => scene.company.clone(),
            "shop" => scene.shop.clone(),
            "hospital" => "县级医院".to_owned(),
            _ => self.fill(dice, scene, "{某月}至{某月}"),
        }
    }
}

impl Scene {
    fn month_back(&self, months: i64) -> String {
        format!("{}月", (i64::from(self.month) - months - 1).rem_euclid(12) + 1)
    }
}

/// The line without its mark, if it suits: `@` is for what can be seen on the spot, `#` for papers and money.
fn suits(line: &str, is_site: bool) -> Option<&str> {
    match (line.strip_prefix('@'), line.strip_prefix('#')) {
        (Some(rest), _) => is_site.then_some(rest),
        (_, Some(rest)) => (!is_site).then_some(rest),
        _ => Some(line),
    }
}

fn shuffle<T>(dice: &mut Dice, list: &mut [T]) {
    for i in (1..list.len()).rev() {
        list.swap(i, dice.below(i + 1));
    }
}

#[cfg(test)]
mod tests;
