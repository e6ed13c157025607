//! A matter that is being written (草稿), page by page, before it is sent.

use access::Place;
use base::{Id, Millis};
use serde::{Deserialize, Serialize};

use super::{Case, Point};

/// How long an unsent draft is kept.
pub const DRAFT_MS: i64 = 24 * base::HOUR_MS;
/// Photos of one draft.
pub const DRAFT_PHOTOS: usize = 6;

/// What has been said so far (已填内容). It is sealed in the database and gone after a day.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Said {
    /// Province, city, county, town, village, grid; 0 where not known.
    pub place: [i64; 6],
    /// Where exactly, in words.
    pub spot: String,
    /// The position, if the phone gave one.
    pub point: Option<Point>,
    /// Grids between which the person is asked to choose, while that is open.
    pub sides: Vec<i64>,
    /// The category; 0 = not chosen.
    pub category: i64,
    /// The matter in full.
    pub body: String,
    /// Answers to the category's questions.
    pub answers: Vec<(String, String)>,
    /// A name, if given.
    pub name: String,
    /// A way to reach them, if given.
    pub contact: String,
    /// Whether the name is kept from everybody but the office that needs it.
    pub confidential: bool,
    /// Whether the person asked to keep it off the public list.
    pub hidden: bool,
    /// Whether the contact page was answered, be it with nothing.
    pub contact_asked: bool,
}

impl Said {
    /// The place.
    pub const fn place(&self) -> Place {
        let [province, city, county, town, village, grid] = self.place;
        Place { province, city, county, town, village, grid }
    }

    /// The same with another place.
    pub const fn set_place(&mut self, p: &Place) {
        self.place = [p.province, p.city, p.county, p.town, p.village, p.grid];
    }
}

/// A draft (草稿) as it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// Its id; the sender's key too, so that a draft becomes one case however often it is sent.
    pub id: Id<Draft>,
    /// What has been said.
    pub said: Said,
    /// Its photos in the order in which they came.
    pub photos: Vec<Id<DraftPhoto>>,
    /// The case that came of it.
    pub sent: Option<Id<Case>>,
    /// When it is forgotten.
    pub ends: Millis,
}

/// A photo of a draft (草稿照片), encoded anew already.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DraftPhoto {
    /// JPEG bytes.
    pub jpeg: Vec<u8>,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// SHA-256 of the upload, in hexadecimal.
    pub original_digest: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_kept_rung_by_rung() {
        let place = Place { province: 1, city: 2, county: 3, town: 4, village: 5, grid: 6 };
        let mut said = Said::default();
        said.set_place(&place);
        let text = serde_json::to_string(&said).unwrap();
        assert_eq!(serde_json::from_str::<Said>(&text).unwrap().place(), place);
        assert_eq!(serde_json::from_str::<Said>("{}").unwrap(), Said::default());
    }
}
