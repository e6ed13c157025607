//! After the year: matters that belong together are merged, related and split at the desk of the cast's county, and a heap
//! of matters in hand is sent on within the hour, so that the auditor's query has something to find.

use access::{Duty, Level as Rung, Person, UnitKind};
use base::{DAY_MS, MINUTE_MS, Millis, Outcome};
use case::deeds::{self, Hand as By};
use case::model::{Body, Case, DispatchOrder, LinkOrder, SplitOrder, Stage as Stands, Title};
use case::store::case_by_id;
use store::Tx;

use super::{Player, Roster, Stage, Track, soft};
use crate::demo::plan::Order;

/// Links of each sort.
const LINKS: usize = 12;
/// Matters sent on at once: more than the shipped threshold of the auditor's query.
const SENT_ON: usize = 22;

impl Player<'_> {
    pub(super) fn link(&mut self, order: Order) -> anyhow::Result<()> {
        self.among_near(order, play)
    }
}

/// 1 when the room did it.
fn counted<T>(said: Outcome<T>) -> Outcome<usize> {
    Ok(soft(said)?.map_or(0, |_| 1))
}

/// The open cases of the county of the first, with their desk.
fn open_cases(tx: &mut Tx<'_>, tracks: &[(usize, Track)]) -> Outcome<Vec<Case>> {
    let Some(county) = tracks.first().map(|(_, t)| t.place.county) else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    // The newest are enough, and those that stand open are among them.
    for (_, track) in tracks.iter().filter(|(_, t)| t.place.county == county).take(1_500) {
        all.extend(case_by_id(tx.conn, track.case)?.filter(|c| c.stage.is_open()));
    }
    Ok(all)
}

fn play(
    tx: &mut Tx<'_>,
    stage: &Stage,
    roster: &Roster,
    tracks: &[(usize, Track)],
    until: Millis,
) -> Outcome<usize> {
    let g = &stage.known;
    let open = open_cases(tx, tracks)?;
    let Some(county) = open.first().map(|c| c.place.county) else { return Ok(0) };
    let desk = g.units.desk_at(&open[0].place, case::model::Level::County).unwrap_or(0);
    let Some(clerk) = roster.pick(desk, &[Duty::Clerk], 0) else { return Ok(0) };
    let at = until.plus(-2 * MINUTE_MS);
    let mut done = 0;
    let near = |a: &Case, b: &Case| a.place.town == b.place.town && a.category == b.category;
    let (mut merged, mut related) = (0, 0);
    for pair in open.windows(2).filter(|p| near(&p[0], &p[1])).take(4 * LINKS) {
        let number = pair[1].number.clone();
        let order = LinkOrder { version: None, number, field: "number" };
        if merged <= related && merged < LINKS {
            merged += counted(deeds::merge_cases(tx, g, clerk, at, pair[0].id, &order))?;
        } else if related < LINKS {
            related += counted(deeds::relate_cases(tx, g, clerk, at, pair[0].id, &order))?;
        }
    }
    done += merged + related + others(tx, stage, clerk, &open, at)?;
    done += send_on(tx, stage, clerk, &open, (county, until))?;
    Ok(done)
}

/// Related matters of one town, whatever they are about, and matters that hold two.
fn others(tx: &mut Tx<'_>, stage: &Stage, clerk: &Person, open: &[Case], at: Millis) -> Outcome<usize> {
    let g = &stage.known;
    let (mut related, mut split) = (0, 0);
    for (n, pair) in open.windows(2).enumerate().filter(|(_, p)| p[0].place.town == p[1].place.town) {
        if n % 2 == 0 && related < LINKS {
            let order = LinkOrder { version: None, number: pair[1].number.clone(), field: "number" };
            related += counted(deeds::relate_cases(tx, g, clerk, at, pair[0].id, &order))?;
        } else if split < LINKS / 2 {
            let order = SplitOrder {
                version: None,
                title: Title::new("title", "同一来件里的另一件事")?,
                body: Body::new("body", "来件里还说到第二件事，归别的单位管，拆出来另办。")?,
                category: pair[0].category,
            };
            split += counted(deeds::split_case(tx, g, clerk, at, pair[0].id, &order))?;
        }
    }
    Ok(related + split)
}

/// A heap in hand goes to another department of the county, two minutes apart.
fn send_on(
    tx: &mut Tx<'_>,
    stage: &Stage,
    clerk: &Person,
    open: &[Case],
    (county, until): (i64, Millis),
) -> Outcome<usize> {
    let g = &stage.known;
    let departments: Vec<i64> = g
        .units
        .at(Rung::County, county)
        .filter(|u| u.kind == UnitKind::Department)
        .map(|u| u.id.raw())
        .collect();
    let old = |c: &&Case| c.stage == Stands::Handling && c.created < until.plus(-3 * DAY_MS);
    let mut sent = 0;
    for case in open.iter().filter(old) {
        let other = departments.iter().find(|u| **u != case.holder.unit);
        let Some(unit) = other.copied().filter(|_| sent < SENT_ON) else { break };
        let at = until.plus(-(50 - 2 * i64::try_from(sent).unwrap_or(0)) * MINUTE_MS);
        let words = Some(Body::new("words", "职能调整，在办件一并转交。")?);
        let order = DispatchOrder { version: None, unit, account: 0, words };
        sent += counted(deeds::dispatch_case(tx, g, By::Staff(clerk), at, case.id, &order))?;
    }
    Ok(sent)
}
