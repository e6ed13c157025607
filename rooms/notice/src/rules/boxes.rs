//! Whose letters a person reads (收件箱): those for the account, for the posts held now and for their units. A post that ended
//! takes its box with it at the next request.

use access::Person;

use crate::model::Audience;

/// How old a letter may be and still ring the bell.
pub const FRESH_MS: i64 = 30 * base::DAY_MS;

/// The boxes of a person, each once.
pub fn boxes_of(person: &Person) -> Vec<String> {
    let mut boxes = vec![Audience::Account(person.account.raw()).letter_box()];
    for post in &person.posts {
        for audience in [Audience::Post(post.post.raw()), Audience::Unit(post.unit.raw())] {
            let one = audience.letter_box();
            if !boxes.contains(&one) {
                boxes.push(one);
            }
        }
    }
    boxes
}
