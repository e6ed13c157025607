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
