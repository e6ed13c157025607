//! Following it (查进度): number and code open one matter in this browser for two hours.

use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Refusal};
use http::HeaderMap;
use serde::Deserialize;
use web::{Answer, Fail, Fields, Form, Rate, Site, View, go, go_saying, page};

use super::grip::Grip;
use crate::model::Case;
use crate::store::by_number_and_code;

const PREFIX: &str = "case.page.resident.follow";
/// How often one subscriber may try codes on one number. A right code gives the tries back.
const ONE_NUMBER: Rate = Rate::per_quarter(8);

#[derive(Template)]
#[template(path = "case/resident/follow.html")]
pub(crate) struct FollowPage {
    pub v: View,
    pub f: Fields,
}

pub(super) async fn follow_show(v: View) -> Answer {
    let f = Fields::blank(&v, PREFIX);
    page(&FollowPage { v, f })
}

#[derive(Debug, Deserialize)]
pub(super) struct FollowForm {
    number: String,
    code: String,
}

pub(super) async fn follow_open(State(site): State<Site>, v: View, form: Form<FollowForm>) -> Answer {
    match opened(&site, &v, &form).await {
        Ok(id) => {
            let grip = Grip::Follow(id);
            let mut response = go(grip.address())?;
            grip.give(&site, &mut response, v.now)?;
            Ok(response)
        }
        Err(stop) => form.again(&v, PREFIX, stop, |f| FollowPage { v: v.clone(), f }),
    }
}

async fn opened(site: &Site, v: &View, form: &Form<FollowForm>) -> Outcome<Id<Case>> {
    let asked = form.read()?;
    // Per number and subscriber, so that a stranger cannot lock out whoever holds the receipt.
    let key = (v.subscriber(), asked.number.trim().to_owned());
    site.limits.take("case.follow", key.clone(), ONE_NUMBER, v.now)?;
    let db = site.db.clone();
    let found =
        site.db.read(move |conn| by_number_and_code(conn, db.keys(), &asked.number, &asked.code)).await?;
    let case = found.ok_or_else(|| Refusal::new("case.refuse.receipt_wrong").status(404))?;
    site.limits.forgive("case.follow", key);
    Ok(case.id)
}

/// Whether this browser may open the matter.
///
/// # Errors
/// Refused (410) when it was never opened here, or too long ago.
pub(super) fn must_hold(site: &Site, headers: &HeaderMap, id: Id<Case>, now: Millis) -> Result<(), Fail> {
    if Grip::Follow(id).is_held(site, headers, now) {
        return Ok(());
    }
    Err(Refusal::new("case.refuse.receipt_over").status(410).into())
}

pub(super) async fn follow_leave(State(site): State<Site>, Path(id): Path<Id<Case>>) -> Answer {
    let mut response = go_saying("/follow", "case.notice.left")?;
    Grip::Follow(id).take(&site, &mut response)?;
    Ok(response)
}
