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
/// What a changed category was and is, in words; nothing for other acts.
fn changed_words(v: &web::View, g: &crate::store::Ground, e: &crate::store::Event) -> Option<String> {
    let name = |id| g.category(id).map_or_else(|| "—".to_owned(), |c| resident::category_path(g, c));
    let (old, new) = e.categories?;
    Some(v.tw("case.words.recategorised", &[("old", &name(old)), ("new", &name(new))]))
}

/// What reporting a matter of this category as fixed must bring, in a sentence; empty for nothing.
fn needed_words(v: &web::View, c: &crate::model::Category) -> String {
    if c.needs_evidence {
        return v.t("case.page.needs.either").into_owned();
    }
    if c.proofs.is_empty() {
        return String::new();
    }
    let each: Vec<_> = c.proofs.iter().map(|p| v.t(p.key()).into_owned()).collect();
    v.tw("case.page.needs.each", &[("what", &each.join(&v.t("case.page.needs.and")))])
}

fn house_words(v: &web::View, by: crate::model::By, words: Option<&str>) -> String {
    let words = words.unwrap_or_default();
    match words.starts_with(crate::deeds::MISSED) && by == crate::model::By::System {
        true => v.t(words).into_owned(),
        false => words.to_owned(),
    }
}
