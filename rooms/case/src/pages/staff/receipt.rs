//! The receipt on paper (回执): handed out on the day by who registered the matter, and printed once more for
//! somebody who lost it and knows the telephone or e-mail address that was left with the matter.
//!
//! The code speaks for the sender: it confirms, contests and withdraws. So nobody who handled or answered
//! the matter prints it, and every print is on record where the sender reads it.

use askama::Template;
use base::{DAY_MS, Id, Millis, Refusal};
use serde::Deserialize;
use web::{Answer, Fields, Form, Site, View, Who, page};

use super::acts::At;
use super::seat::Seat;
use crate::deeds;
use crate::model::Case;
use crate::store as cases;

/// Where the labels are.
const PREFIX: &str = "case.page.reprint";

#[derive(Template)]
#[template(path = "case/staff/receipt.html")]
pub(super) struct ReceiptPage {
    pub v: View,
    /// Whether it replaces a lost one.
    pub again: bool,
    pub id: String,
    pub number: String,
    pub code: String,
    pub matter: String,
    pub unit: String,
    pub due: String,
    pub made: String,
    pub follow: String,
}

/// What is asked before a lost receipt is printed again.
#[derive(Template)]
#[template(path = "case/staff/reprint.html")]
pub(super) struct ReprintPage {
    pub v: View,
    pub f: Fields,
    pub id: String,
    pub number: String,
    pub title: String,
}

/// The receipt for the one who registered the matter, on its day; for others the question first.
pub(super) async fn receipt_show(at: At) -> Answer {
    let (seat, case) = find(&at.site, &at.who, at.id).await?;
    if may_hand_out(&seat, &case, at.v.now) {
        return page(&receipt(&at.site, &at.v, &seat, case, false));
    }
    let f = Fields::blank(&at.v, PREFIX);
    page(&reprint(at.v, f, &case))
}

/// What the visitor says.
#[derive(Deserialize)]
pub(super) struct ReprintForm {
    contact: String,
}

/// Prints a lost receipt again.
pub(super) async fn receipt_reprint(at: At, form: Form<ReprintForm>) -> Answer {
    let (seat, case) = find(&at.site, &at.who, at.id).await?;
    let done = async {
        let said = form.read()?.contact;
        let (person, id, now) = (seat.person.clone(), at.id, at.v.now);
        at.site.db.write(move |tx| deeds::reprint_receipt(tx, &person, now, id, &said)).await
    };
    match done.await {
        Ok(()) => page(&receipt(&at.site, &at.v, &seat, case, true)),
        Err(stop) => form.again(&at.v, PREFIX, stop, |f| reprint(at.v.clone(), f, &case)),
    }
}

async fn find(site: &Site, who: &Who, id: Id<Case>) -> base::Outcome<(Seat, Case)> {
    let seat = Seat::of(site, who)?;
    let scope = seat.may_open();
    let case = site.db.read(move |conn| cases::case_in_scope(conn, id, &scope)).await?;
    Ok((seat, case.ok_or_else(Refusal::not_found)?))
}

fn reprint(v: View, f: Fields, case: &Case) -> ReprintPage {
    ReprintPage { id: case.id.to_string(), number: case.number.clone(), title: case.title.clone(), f, v }
}

fn receipt(site: &Site, v: &View, seat: &Seat, case: Case, again: bool) -> ReceiptPage {
    ReceiptPage {
        again,
        id: case.id.to_string(),
        code: cases::code_of(site.db.keys(), case.id),
        matter: case.title,
        unit: seat.unit(case.holder.unit),
        due: v.exact(case.due),
        made: v.exact(case.created),
        follow: format!("{}/follow", site.config.public_url),
        number: case.number,
        v: v.clone(),
    }
}

/// While the sender stands at the counter, nothing is asked.
fn may_hand_out(seat: &Seat, case: &Case, now: Millis) -> bool {
    case.registered_by == seat.person.account.raw() && now.0 - case.created.0 < DAY_MS
}
