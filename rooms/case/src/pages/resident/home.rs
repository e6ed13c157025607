//! The front page: say it, follow it, what happens next.

use askama::Template;
use web::{Answer, View, page};

#[derive(Template)]
#[template(path = "case/resident/home.html")]
pub(crate) struct HomePage {
    pub v: View,
}

impl HomePage {
    fn word(&self, what: &str, n: &str) -> String {
        self.v.t(&format!("case.page.resident.home.{what}{n}")).into_owned()
    }
}

pub(super) async fn home_show(v: View) -> Answer {
    page(&HomePage { v })
}
