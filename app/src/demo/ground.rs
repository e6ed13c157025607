//! The ground of the demo (演示地面): the divisions as the plan sees them, without ids and without a database.

use std::collections::HashMap;

/// A county, a town or a village, with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Area {
    /// The twelve-digit code.
    pub code: String,
    /// The name as the division list has it.
    pub name: String,
    /// The position of the area above in its own list.
    pub above: usize,
}

/// A village with what its matters depend on.
#[derive(Debug, Clone, PartialEq)]
pub struct Village {
    /// The division; `above` is the town.
    pub area: Area,
    /// How people call it: without 村民委员会.
    pub short: String,
    /// Whether it has estates rather than fields.
    pub is_urban: bool,
    /// How many grids it has.
    pub grids: usize,
    /// Its share of the matters, unnormed.
    pub weight: f64,
}

/// All places of a demo.
#[derive(Debug, Clone, PartialEq)]
pub struct Ground {
    /// Counties; `above` is 0.
    pub counties: Vec<Area>,
    /// Towns.
    pub towns: Vec<Area>,
    /// Villages.
    pub villages: Vec<Village>,
}

/// A row of `divisions.csv` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GroundError {
    /// Not a table of the right shape.
    #[error("divisions: {0}")]
    Csv(#[from] csv::Error),
    /// A row names a parent that no earlier row has.
    #[error("divisions: {code} has the unknown parent {parent}")]
    Orphan {
        /// The row's code.
        code: String,
        /// The code that is missing.
        parent: String,
    },
}

#[derive(serde::Deserialize)]
struct Row {
    code: String,
    name: String,
    parent: String,
    level: String,
}

impl Ground {
    /// Reads the pack's `divisions.csv`; `grids` tells how many grids a village (by code) has.
    ///
    /// # Errors
    /// When the table is not one, or a row's parent is missing.
    pub fn read(csv_text: &str, grids: impl Fn(&str) -> usize) -> Result<Self, GroundError> {
        let mut ground = Self { counties: Vec::new(), towns: Vec::new(), villages: Vec::new() };
        let (mut county_at, mut town_at) = (HashMap::new(), HashMap::new());
        for row in csv::Reader::from_reader(csv_text.as_bytes()).deserialize() {
            let Row { code, name, parent, level } = row?;
            let find = |known: &HashMap<String, usize>| {
                known
                    .get(&parent)
                    .copied()
                    .ok_or_else(|| GroundError::Orphan { code: code.clone(), parent: parent.clone() })
            };
            match level.as_str() {
                "county" => {
                    county_at.insert(code.clone(), ground.counties.len());
                    ground.counties.push(Area { code, name, above: 0 });
                }
                "town" => {
                    let above = find(&county_at)?;
                    town_at.insert(code.clone(), ground.towns.len());
                    ground.towns.push(Area { code, name, above });
                }
                "village" => {
                    let above = find(&town_at)?;
                    let count = grids(&code).max(1);
                    ground.villages.push(village(Area { code, name, above }, count));
                }
                _ => {}
            }
        }
        Ok(ground)
    }

    /// Only the first `count` towns of the first county: the small demo.
    #[must_use]
    pub fn first_towns(mut self, count: usize) -> Self {
        self.towns.truncate(count);
        self.villages.retain(|v| v.area.above < count);
        self.counties.truncate(1);
        self
    }

    /// Whether a county, town or village has this code.
    pub fn has(&self, code: &str) -> bool {
        let areas = self.counties.iter().chain(&self.towns).chain(self.villages.iter().map(|v| &v.area));
        areas.into_iter().any(|a| a.code == code)
    }

    /// The county's name of a village.
    pub fn county_of(&self, village: &Village) -> &Area {
        &self.counties[self.towns[village.area.above].above]
    }
}

fn village(area: Area, grids: usize) -> Village {
    let short = ["社区居民委员会", "居民委员会", "村民委员会", "村委会", "居委会", "委员会"]
        .iter()
        .find_map(|end| area.name.strip_suffix(end).map(|s| (s, *end)));
    let is_urban = area.name.contains("居委会") || area.name.contains("居民") || area.name.contains("社区");
    let short = match short {
        Some((s, "社区居民委员会")) => format!("{s}社区"),
        Some((s, end)) if end.starts_with('居') && !s.ends_with("社区") => format!("{s}社区"),
        Some((s, _)) if s.ends_with('村') || s.ends_with("社区") => s.to_owned(),
        Some((s, _)) => format!("{s}村"),
        None => area.name.clone(),
    };
    // A few places bring most of the matters. The skew is drawn from the code, so that it stays with
    // the place whatever else is loaded.
    let mut dice = super::dice::Dice::new(0x5eed, &[area.code.parse().unwrap_or(0)]);
    let skew = (1.0 - dice.part()).powf(-0.6).min(12.0);
    let base = if is_urban { 3.0 } else { 1.0 };
    #[expect(clippy::cast_precision_loss, reason = "a village has a few dozen grids")]
    let size = (grids as f64).sqrt();
    Village { area, short, is_urban, grids, weight: base * skew * size }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// The real divisions, with a plausible number of grids.
    pub fn wuwei() -> Ground {
        Ground::read(include_str!("../../../packs/wuwei/divisions.csv"), |_| 22).unwrap()
    }

    #[test]
    fn all_of_wuwei_is_there() {
        let g = wuwei();
        assert_eq!((g.counties.len(), g.towns.len(), g.villages.len()), (4, 108, 1240));
        let urban = g.villages.iter().filter(|v| v.is_urban).count();
        assert!((60..500).contains(&urban), "{urban}");
        for v in &g.villages {
            assert!(
                v.short.ends_with('村') || v.short.ends_with("社区") || v.short == v.area.name,
                "{}",
                v.short
            );
        }
    }

    #[test]
    fn a_tenth_of_the_villages_brings_a_third_of_the_matters() {
        let mut weights: Vec<f64> = wuwei().villages.iter().map(|v| v.weight).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        let share = weights[..124].iter().sum::<f64>() / weights.iter().sum::<f64>();
        assert!((0.25..0.6).contains(&share), "{share}");
    }

    #[test]
    fn the_small_demo_has_two_towns() {
        let g = wuwei().first_towns(2);
        assert_eq!((g.counties.len(), g.towns.len()), (1, 2));
        assert!(!g.villages.is_empty() && g.villages.iter().all(|v| v.area.above < 2));
    }

    #[test]
    fn an_orphan_is_told() {
        let text = "code,name,parent,level,gb2260\n620602001000,某街道,620602000000,town,\n";
        assert!(matches!(Ground::read(text, |_| 1), Err(GroundError::Orphan { .. })));
    }
}
