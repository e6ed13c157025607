//! Who works in the demo (演示人员): synthetic names for grid workers and office staff. A name is drawn from
//! common surnames and characters by the person's running number; whoever bears it in life is not meant.

use super::{dice::Dice, ground::Ground};

/// Workers of the demo city, as 武威市 reported for 2016 (28,175 grids, 34,639 workers).
pub const WORKERS: usize = 34_639;
/// Grids of the demo city.
pub const GRIDS: usize = 28_175;

const SURNAMES: &str = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文";
const GIVEN: &str = "建国华平明军伟强磊勇杰涛超辉刚毅斌鹏飞宇浩博文德志福荣成海山林森春夏秋冬梅兰菊英秀芳丽敏静霞燕玲婷慧娟萍红云雪莲花月桂珍玉翠凤琴洁颖欣悦佳怡然晨阳光亮东南西北新民生才俊良善正义信诚忠孝廉和顺安康宁祥瑞泽润清源学思远航达彬峰岩松柏";

/// What sort of people a list is of: the same running number has another name in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crowd {
    /// Grid workers.
    Workers,
    /// Staff of offices.
    Staff,
    /// Residents who left a name.
    Residents,
}

/// The name of the person with a running number.
pub fn name(crowd: Crowd, number: u64) -> String {
    let mut dice = Dice::new(0x0a_1e_5e, &[crowd as u64, number]);
    let surnames: Vec<char> = SURNAMES.chars().collect();
    let given: Vec<char> = GIVEN.chars().collect();
    // The first surnames are the most common ones: the square of a part leans to the front.
    let lean = dice.part() * dice.part();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a hundred surnames"
    )]
    let surname = surnames[((surnames.len() as f64) * lean) as usize];
    let mut out = String::from(surname);
    out.push(*dice.one(&given));
    if dice.per_mille(820) {
        out.push(*dice.one(&given));
    }
    out
}

/// A telephone number that no network has: eleven digits that begin with 000.
pub fn phone(number: u64) -> String {
    let mut dice = Dice::new(0xfa_4e, &[number]);
    format!("000{:08}", dice.below(100_000_000))
}

/// A grid worker (网格员) of the demo.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    /// The running number, from 0; with it the name is drawn.
    pub number: u64,
    /// The position of the village in the ground.
    pub village: usize,
    /// The grids of that village that the worker serves, by ordinal.
    pub grids: Vec<usize>,
    /// Whether the worker heads the first of them (网格长).
    pub is_head: bool,
    /// Whether full time.
    pub is_full_time: bool,
}

/// Every worker: one head for each grid, and the rest spread over the villages as second workers. Every
/// tenth head serves the next grid of the village too, so that the relation is many to many.
pub fn workers(ground: &Ground, total: usize) -> Vec<Worker> {
    let mut all = Vec::with_capacity(total);
    for (village, v) in ground.villages.iter().enumerate() {
        for grid in 0..v.grids {
            let number = all.len() as u64;
            let mut grids = vec![grid];
            if number % 10 == 3 && v.grids > 1 {
                grids.push((grid + 1) % v.grids);
            }
            all.push(Worker {
                number,
                village,
                grids,
                is_head: true,
                is_full_time: number.is_multiple_of(4),
            });
        }
    }
    let heads = all.len();
    let seconds = total.saturating_sub(heads);
    for i in 0..seconds {
        let beside = &all[i * heads / seconds.max(1)];
        let (village, grids) = (beside.village, vec![beside.grids[0]]);
        all.push(Worker { number: all.len() as u64, village, grids, is_head: false, is_full_time: false });
    }
    all
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn names_are_the_same_each_time_and_many() {
        assert_eq!(name(Crowd::Workers, 7), name(Crowd::Workers, 7));
        assert_ne!(name(Crowd::Workers, 7), name(Crowd::Staff, 7));
        let all: HashSet<String> = (0..WORKERS as u64).map(|n| name(Crowd::Workers, n)).collect();
        assert!(all.len() > 20_000, "{}", all.len());
        assert!(all.iter().all(|n| (2..=3).contains(&n.chars().count())));
    }

    #[test]
    fn no_telephone_number_can_be_called() {
        for n in 0..1000 {
            let p = phone(n);
            assert!(p.len() == 11 && p.starts_with("000"));
        }
    }

    #[test]
    fn every_grid_has_a_head_and_nobody_is_left_over() {
        let ground = crate::demo::ground::tests::wuwei();
        let all = workers(&ground, WORKERS);
        let grids: usize = ground.villages.iter().map(|v| v.grids).sum();
        assert_eq!(all.len(), WORKERS);
        assert_eq!(all.iter().filter(|w| w.is_head).count(), grids);
        let seen: HashSet<(usize, usize)> =
            all.iter().flat_map(|w| w.grids.iter().map(|g| (w.village, *g))).collect();
        assert_eq!(seen.len(), grids);
        assert!(all.iter().any(|w| w.grids.len() == 2));
    }
}
