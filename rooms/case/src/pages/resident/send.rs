//! The sending (提交): a draft becomes one case, however often the button is pressed.

use base::{Act, Actor, Outcome, Stop};
use store::Tx;
use web::{Answer, Site, View, go, page};

use super::grip::Grip;
use super::pieces::ground;
use super::say::{check_page, mend, missing};
use crate::deeds::{self, Hand, draft};
use crate::model::{Body, Channel, Draft, Intake, Receipt, Reporter, Said, Spot, Title};
use crate::store::Ground;

/// Sends a draft.
pub(super) async fn send(site: &Site, v: View, draft: Draft) -> Answer {
    if let Some(case) = draft.sent {
        // The second press of the button, or a reload: the same receipt.
        return receipt_of(site, &v, case);
    }
    let ground = ground(site)?;
    let told = missing(&v, &ground, &draft);
    if !told.is_empty() {
        return page(&check_page(&v, &ground, &draft, Vec::new(), told));
    }
    let made = intake_of(&draft).map(|intake| (intake.place.county, intake));
    let sent = match made {
        Ok((county, intake)) => {
            let (g, id, at) = (ground.clone(), draft.id, v.now);
            site.db.write_keyed(county, move |tx| submit(tx, &g, id, at, &intake)).await
        }
        Err(stop) => Err(stop),
    };
    match sent {
        Ok(receipt) => receipt_of(site, &v, receipt.id),
        Err(Stop::Invalid(invalid)) => {
            let told = mend(&v, draft.id, &invalid);
            page(&check_page(&v, &ground, &draft, Vec::new(), told))
        }
        Err(stop) => Err(stop.into()),
    }
}

fn receipt_of(site: &Site, v: &View, case: base::Id<crate::model::Case>) -> Answer {
    let grip = Grip::Follow(case);
    let mut response = go(format!("{}/receipt", grip.address()))?;
    grip.give(site, &mut response, v.now)?;
    Ok(response)
}

/// The matter that a draft says.
fn intake_of(draft: &Draft) -> Outcome<Intake> {
    let said: &Said = &draft.said;
    let body = Body::new("body", &said.body)?;
    let title = Title::from_body(&body);
    let mut intake = Intake::new(Channel::Web, said.place(), said.category, title, body)?;
    intake.spot = Spot { words: said.spot.clone(), point: said.point.clone() };
    intake.answers = said.answers.clone();
    intake.reporter = Reporter::new(&said.name, &said.contact, said.confidential)?;
    intake.is_public = !said.hidden;
    intake.key = Some(draft.id.to_string());
    Ok(intake)
}

/// The case, its photos and the end of the draft: one transaction.
fn submit(
    tx: &mut Tx<'_>,
    g: &Ground,
    id: base::Id<Draft>,
    at: base::Millis,
    intake: &Intake,
) -> Outcome<Receipt> {
    let receipt = deeds::submit_case(tx, g, Hand::Public, at, intake)?;
    if !receipt.repeated {
        let photos = draft::pictures(tx.conn, id)?;
        let act = Act::new(Actor::PUBLIC, at);
        deeds::add_photos(tx, act, (receipt.id, intake.place.county), deeds::PHOTO_MATTER, &photos)?;
        draft::close_draft(tx, id, receipt.id)?;
    }
    Ok(receipt)
}
