//! The start page (首页): leads each to the page of their duties.

use web::{Answer, View, Who, go};

/// The page of a duty, the most pressing first.
const HOMES: [(&str, &str); 9] = [
    ("clerk", "/queue"),
    ("handle", "/queue"),
    ("mediate", "/queue"),
    ("grid", "/grid"),
    ("verify", "/queue"),
    ("intake", "/intake"),
    ("lead", "/brief"),
    ("audit", "/audit"),
    ("admin", "/admin"),
];

pub(super) async fn start_show(v: View, _: Who) -> Answer {
    let home = HOMES.iter().find(|(duty, _)| v.may(duty)).map(|(_, address)| *address);
    go(home.unwrap_or(v.config().account))
}
