//! The front page: say it, follow it, what happens next.

use askama::Template;
use web::{Answer, View, go, page};

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
    // Staff begin with their own work; the public pages are open to them by their addresses.
    if v.person.is_some() {
        return go("/start");
    }
    page(&HomePage { v })
}
