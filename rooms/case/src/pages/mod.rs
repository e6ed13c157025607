//! The room's pages: the resident's, the grid worker's, the staff's.

pub mod resident;
pub mod staff;
pub mod worker;

/// The language in which a deadline explains itself.
fn language(v: &web::View) -> deadline::Language {
    match v.lang {
        web::Lang::Zh => deadline::Language::Chinese,
        web::Lang::En => deadline::Language::English,
    }
}

/// The words of an act as they are shown: what the house did by itself is a key of the catalogue.
fn house_words(v: &web::View, by: crate::model::By, words: Option<&str>) -> String {
    let words = words.unwrap_or_default();
    match words.starts_with(crate::deeds::MISSED) && by == crate::model::By::System {
        true => v.t(words).into_owned(),
        false => words.to_owned(),
    }
}
