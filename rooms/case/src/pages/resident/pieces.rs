//! Pieces that several of these pages show.

use base::{Id, Millis, Outcome};
use web::{Html, Site, Tone, View};

use crate::model::{Case, Category, Stage};
use crate::rules::masking::mask;
use crate::store::{Desk, Ground};

/// Counts about people below this are not shown as numbers.
const FEW: i64 = 5;
/// Characters of a title on a public list.
const TITLE_CHARS: usize = 30;

/// A label with its text, and a fine line below it.
#[derive(Debug, Clone, Default)]
pub struct Row {
    /// What.
    pub label: String,
    /// Its value.
    pub text: String,
    /// More about it.
    pub fine: String,
    /// Where it can be changed.
    pub edit: String,
}

impl Row {
    /// A row under a word of the catalogue.
    pub fn new(v: &View, key: &str, text: impl Into<String>) -> Self {
        Self { label: v.t(key).into_owned(), text: text.into(), ..Self::default() }
    }

    /// The same with a fine line.
    #[must_use]
    pub fn fine(mut self, fine: impl Into<String>) -> Self {
        self.fine = fine.into();
        self
    }

    /// The same with a link to its page.
    #[must_use]
    pub fn edit(mut self, address: impl Into<String>) -> Self {
        self.edit = address.into();
        self
    }
}

/// A photo on a page.
#[derive(Debug, Clone)]
pub struct PhotoView {
    /// Its id.
    pub id: String,
    /// Where its bytes are.
    pub address: String,
    /// Its name for those who do not see it.
    pub alt: String,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
}

impl PhotoView {
    /// The n-th photo, from 0, under an address.
    pub fn nth(v: &View, n: usize, id: impl ToString, folder: &str, size: (i64, i64)) -> Self {
        let id = id.to_string();
        Self {
            address: format!("{folder}/photos/{id}"),
            alt: v.t1("case.page.resident.photo", "n", n + 1),
            id,
            width: size.0,
            height: size.1,
        }
    }
}

/// A matter as a stranger may see it in a list: masked, short, without a text that no office has seen.
#[derive(Debug, Clone)]
pub struct Glance {
    /// The case.
    pub id: String,
    /// Its title, masked; the category's name while nobody has accepted it.
    pub title: String,
    /// Its category.
    pub category: String,
    /// Where it stands.
    pub stage: Html,
    /// Which part of the country.
    pub place: String,
    /// The day.
    pub when: String,
    /// How many joined, as words; empty for none.
    pub joined: String,
}

/// What a glance is made of.
pub struct Seen<'a> {
    /// The case.
    pub id: Id<Case>,
    /// Its title.
    pub title: &'a str,
    /// Its category.
    pub category: i64,
    /// Where it stands.
    pub stage: Stage,
    /// When it came in.
    pub created: Millis,
    /// How many joined.
    pub joined: i64,
    /// The smallest division that may be told.
    pub place: String,
}

impl Glance {
    /// Draws one.
    pub fn of(v: &View, ground: &Ground, seen: &Seen<'_>) -> Self {
        let category = ground.category_name(seen.category).to_owned();
        Self {
            id: seen.id.to_string(),
            title: if seen.stage == Stage::Received { category.clone() } else { public_title(seen.title) },
            category,
            stage: stage_badge(v, seen.stage),
            place: seen.place.clone(),
            when: v.day(v.zone.day(seen.created)),
            joined: joined(v, seen.joined),
        }
    }
}

/// A stage as a badge.
pub fn stage_badge(v: &View, stage: Stage) -> Html {
    let tone = match stage {
        Stage::Closed | Stage::Confirmed => Tone::Good,
        Stage::Returned => Tone::Warn,
        Stage::Withdrawn | Stage::Received => Tone::Plain,
        _ => Tone::Info,
    };
    v.badge(tone, v.t(stage.key()))
}

/// A title for everybody: masked, then cut.
pub fn public_title(title: &str) -> String {
    let masked = mask(title);
    let mut cut: String = masked.chars().take(TITLE_CHARS).collect();
    if cut.len() < masked.len() {
        cut.push('…');
    }
    cut
}

/// How many joined, as words: a count about people is not told below five.
pub fn joined(v: &View, n: i64) -> String {
    match n {
        0 => String::new(),
        n if n < FEW => v.t("case.page.resident.few").into_owned(),
        n => v.t1("case.page.resident.joined", "n", n),
    }
}

/// The room's ground as it is now.
pub fn ground(site: &Site) -> Outcome<Ground> {
    Ok(site.get::<Desk>()?.now())
}

/// A unit's name, or that nobody is named yet.
pub fn unit_name(v: &View, ground: &Ground, unit: i64) -> String {
    let name = ground.units.name(unit);
    if name.is_empty() { v.t("case.page.resident.nobody").into_owned() } else { name.to_owned() }
}

/// The category with everything above it: 城市管理与市政 › 道路与路灯 › 路灯不亮.
pub fn category_path(ground: &Ground, category: &Category) -> String {
    let mut names: Vec<&str> =
        ground.lineage(category.id).iter().map(|id| ground.category_name(*id)).collect();
    names.reverse();
    names.join(" › ")
}

/// Where a place is, in words: from the city down to the village and the grid.
pub fn place_words(ground: &Ground, place: &access::Place) -> String {
    let smallest = [place.village, place.town, place.county, place.city].into_iter().find(|id| *id != 0);
    let path =
        smallest.map(|id| ground.atlas.path_name(Id::of(id), territory::Kind::County)).unwrap_or_default();
    match ground.atlas.grid(Id::of(place.grid)) {
        Some(grid) => format!("{path} {}", grid.name),
        None => path,
    }
}

/// The same for everybody: never nearer than the village.
pub fn public_place(ground: &Ground, place: &access::Place) -> String {
    place_words(ground, &access::Place { grid: 0, ..*place })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_title_is_masked_before_it_is_cut() {
        let long = format!("{}13912345678 请回电", "长".repeat(24));
        let shown = public_title(&long);
        assert!(!shown.contains("1391") && shown.ends_with('…'), "{shown}");
        assert_eq!(public_title("路灯坏了"), "路灯坏了");
    }
}
