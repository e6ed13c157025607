//! Texts have the sizes that they are fitted to, say something, and name nobody.

use case::model::Ending;

use super::*;
use crate::demo::{ground, plan::tests::wuwei_pack};

fn median(mut sizes: Vec<usize>) -> usize {
    sizes.sort_unstable();
    sizes[sizes.len() / 2]
}

#[test]
fn every_leaf_of_the_pack_has_words_and_no_word_is_left_over() {
    let (grammar, pack) = (Grammar::load().unwrap(), wuwei_pack());
    for leaf in pack.leaves() {
        let words = grammar.leaf(&leaf.code).unwrap_or_else(|| panic!("no words for {}", leaf.code));
        assert!(words.weight > 0 && words.short.len() >= 2 && words.fact.len() >= 3, "{}", leaf.code);
        for urban in [true, false] {
            assert!(grammar.fits(&leaf.code, urban) > 0.0);
        }
    }
    assert_eq!(grammar.leaves.len(), pack.leaves().count());
}

#[test]
fn every_empty_place_is_filled() {
    let (grammar, pack) = (Grammar::load().unwrap(), wuwei_pack());
    let ground = ground::tests::wuwei();
    for (n, leaf) in pack.leaves().enumerate() {
        for round in 0..6 {
            let mut dice = Dice::new(9, &[n as u64, round]);
            let village = &ground.villages[dice.below(ground.villages.len())];
            let scene = grammar.scene(&mut dice, village, "某县", 2026, 3);
            let (title, body) = grammar.matter(&mut dice, &scene, leaf, round == 5);
            let ending = *dice.one(Ending::ALL);
            let answer = grammar.answer(&mut dice, &scene, leaf, "某局", ending);
            for text in [&title, &body, &answer] {
                assert!(!text.contains(['{', '}']), "{text}");
                assert!(!text.contains("。。") && !text.contains("，。"), "{text}");
                assert!(text.chars().count() >= 4, "{text}");
            }
            for q in &leaf.questions {
                let reply = grammar.reply_to(&mut dice, &scene, q);
                assert!(!(q.required && reply.is_empty()), "{}", q.code);
            }
        }
    }
}

#[test]
fn sizes_are_fitted() {
    let (grammar, pack) = (Grammar::load().unwrap(), wuwei_pack());
    let ground = ground::tests::wuwei();
    let leaves: Vec<_> = pack.leaves().collect();
    let (mut titles, mut bodies, mut answers) = (vec![], vec![], vec![]);
    for n in 0..4000u64 {
        let mut dice = Dice::new(4, &[n]);
        let village = &ground.villages[dice.below(ground.villages.len())];
        let scene = grammar.scene(&mut dice, village, "某县", 2026, 3);
        let leaf = leaves[dice.below(leaves.len())];
        let (title, body) = grammar.matter(&mut dice, &scene, leaf, false);
        titles.push(title.chars().count());
        bodies.push(body.chars().count());
        answers.push(grammar.answer(&mut dice, &scene, leaf, "某局", Ending::Fixed).chars().count());
    }
    let long = bodies.iter().filter(|n| **n > 694).count();
    assert!((16..=20).contains(&median(titles.clone())), "{}", median(titles));
    assert!((175..=210).contains(&median(bodies.clone())), "{}", median(bodies));
    assert!((250..=290).contains(&median(answers.clone())), "{}", median(answers));
    assert!((300..=500).contains(&long), "{long}");
}

#[test]
fn no_number_of_a_living_person_is_in_the_grammar() {
    for file in [
        include_str!("../grammar/leaf.toml"),
        include_str!("../grammar/common.toml"),
        include_str!("../grammar/reply.toml"),
        include_str!("../grammar/slots.toml"),
    ] {
        let found = case::rules::masking::find(file);
        assert!(found.is_empty(), "{found:?}");
    }
}
