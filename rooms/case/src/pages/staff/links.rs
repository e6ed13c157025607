//! The panel of cases that belong together (相关件) on a case's page: what it is merged with, split from or related to,
//! what may be the same matter and why, and the forms of those acts.

use access::{Duty, Kind, may, may_view};
use askama::Template;
use base::{Id, Millis, Outcome, Stop};
use serde::{Deserialize, de::DeserializeOwned};
use store::{Conn, Tx};
use web::{Answer, Fields, Form, Html, Need, Opt, Right, Routes, View, go_saying};

use super::acts::At;
use super::seat::Seat;
use super::show;
use crate::deeds::{self, Suggested};
use crate::model::{
    ActKind, Body, Case, Category, Link, LinkKind, LinkOrder, ReasonOrder, SplitOrder, Stage, Title,
};
use crate::pages::resident::pieces::stage_badge;
use crate::rules::similar::Reason;
use crate::store::{CaseFile, Desk, Ground, file_by_id, links_of};

/// Where the labels are.
const PREFIX: &str = "case.link";
const CLERK: Need = Need::Duty("clerk");
const WHY: &str = "a clerk of the desk that holds the case, or of one above";

/// The routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post("/cases/{id}/merger", merger_make)
        .post("/cases/{id}/merger/end", merger_end)
        .post("/cases/{id}/relation", relation_make)
        .post("/cases/{id}/relation/end", relation_end)
        .post("/cases/{id}/parts", part_make)
        .post("/cases/{id}/followers", followers_answer)
}

/// The rights.
pub const RIGHTS: &[Right] = &[
    Right::post("/cases/{id}/merger", CLERK, WHY),
    Right::post("/cases/{id}/merger/end", CLERK, WHY),
    Right::post("/cases/{id}/relation", CLERK, WHY),
    Right::post("/cases/{id}/relation/end", CLERK, WHY),
    Right::post("/cases/{id}/parts", CLERK, WHY),
    Right::post("/cases/{id}/followers", CLERK, "the lead's answer for its followers, each closed by itself"),
];

/// The acts whose forms stand in the panel.
pub(super) const fn is_link(act: ActKind) -> bool {
    matches!(act, ActKind::Merge | ActKind::Unmerge | ActKind::Split | ActKind::Link | ActKind::Unlink)
}

/// A linked case; nothing of it but that it is there for whoever may not open it.
struct Far {
    link: Link,
    case: Option<Case>,
}

/// What the panel is drawn from.
pub(super) struct Linked {
    seat: Seat,
    case: Case,
    far: Vec<Far>,
    suggested: Vec<Suggested>,
    is_clerk: bool,
}

/// The links of a case, and for its clerk what may be the same matter.
pub(super) fn read_linked(conn: &mut Conn, seat: &Seat, file: &CaseFile, now: Millis) -> Outcome<Linked> {
    let case = file.case.clone();
    let is_clerk = may(&seat.person, Duty::Clerk, &file.resource(Kind::CaseWork)).is_ok();
    let mut far = Vec::new();
    for link in links_of(conn, case.id)? {
        let other = file_by_id(conn, link.far_end(case.id))?;
        let seen = other.filter(|o| may_view(&seat.person, &o.resource(Kind::CaseView)).is_ok());
        far.push(Far { link, case: seen.map(|o| o.case) });
    }
    let at_desk = matches!(case.stage, Stage::Received | Stage::Accepted);
    let follows = far.iter().any(|f| f.link.kind == LinkKind::Merged && f.link.case == case.id);
    let mut suggested = match is_clerk && at_desk && !follows {
        true => deeds::suggest_duplicates(conn, &case, now)?,
        false => Vec::new(),
    };
    suggested.retain(|s| far.iter().all(|f| f.link.far_end(case.id).raw() != s.case.id));
    // Candidates are of the county; a clerk of a town sees those of the own places only.
    let mut mine = Vec::new();
    for s in suggested {
        let other = file_by_id(conn, Id::of(s.case.id))?;
        if other.is_some_and(|o| may(&seat.person, Duty::Clerk, &o.resource(Kind::CaseWork)).is_ok()) {
            mine.push(s);
        }
    }
    Ok(Linked { seat: seat.clone(), case, far, suggested: mine, is_clerk })
}

pub(super) struct FarView {
    pub what: String,
    pub address: String,
    pub number: String,
    pub title: String,
    pub stage: Html,
    /// The link's id where it can be taken back from here.
    pub undo: String,
}

pub(super) struct SuggestedView {
    pub address: String,
    pub number: String,
    pub title: String,
    pub stage: Html,
    pub score: i64,
    pub reasons: String,
    pub shared: String,
    /// Whether it can be the lead.
    pub is_open: bool,
}

#[derive(Template)]
#[template(path = "case/staff/links.html")]
pub(super) struct LinksPanel {
    pub v: View,
    pub id: String,
    pub far: Vec<FarView>,
    pub is_clerk: bool,
    pub is_open: bool,
    pub follows: bool,
    pub may_merge: bool,
    pub followers: Vec<Opt>,
    pub suggested: Vec<SuggestedView>,
    pub looked: bool,
    pub categories: Vec<Opt>,
    pub merge: Fields,
    pub unmerge: Fields,
    pub relate: Fields,
    pub unrelate: Fields,
    pub split: Fields,
    pub answer: Fields,
    pub opened: &'static str,
}

impl LinksPanel {
    /// Whether there is anything to show.
    fn any(&self) -> bool {
        self.is_clerk || !self.far.is_empty() || !self.opened.is_empty()
    }

    /// The refused form where the page has none any more, so that its trouble is said all the same.
    fn lost(&self) -> Option<&Fields> {
        let shown = self.is_clerk && self.is_open;
        match self.opened {
            "merge" if !(shown && self.may_merge) && self.followers.is_empty() => Some(&self.merge),
            "unmerge" if !(shown && self.follows) => Some(&self.unmerge),
            "link" if !shown => Some(&self.relate),
            "split" if !shown => Some(&self.split),
            "unlink" => Some(&self.unrelate),
            _ => None,
        }
    }
}

impl Linked {
    /// The panel; `failed` is the form that was just refused.
    pub(super) fn draw(&self, v: &View, failed: Option<(ActKind, Fields)>) -> Html {
        let id = self.case.id;
        let blank = || Fields::blank(v, PREFIX).fill("version", self.case.version);
        let (act, f) =
            failed.map_or((None, blank()), |(act, f)| (Some(act), f.instead("version", self.case.version)));
        let form = |own: ActKind| if act == Some(own) { f.clone() } else { blank() };
        let follows = self.far.iter().any(|f| f.link.kind == LinkKind::Merged && f.link.case == id);
        let panel = LinksPanel {
            id: id.to_string(),
            far: self.far.iter().map(|f| self.far_view(v, f)).collect(),
            is_clerk: self.is_clerk,
            is_open: self.case.stage.is_open(),
            may_merge: matches!(self.case.stage, Stage::Received | Stage::Accepted) && !follows,
            followers: self.followers(v),
            suggested: self.suggested.iter().map(|s| suggested_view(v, s)).collect(),
            looked: self.is_clerk && matches!(self.case.stage, Stage::Received | Stage::Accepted) && !follows,
            categories: if self.is_clerk { self.seat.choices(v.now) } else { Vec::new() },
            merge: form(ActKind::Merge),
            unmerge: form(ActKind::Unmerge),
            relate: form(ActKind::Link),
            unrelate: form(ActKind::Unlink),
            split: form(ActKind::Split),
            // The followers' form has no act of its own; it stands on leads only, which cannot be merged any more.
            answer: form(ActKind::Merge),
            opened: act.map_or("", ActKind::code),
            follows,
            v: v.clone(),
        };
        if panel.any() { Html::of(&panel) } else { Html::none() }
    }

    fn far_view(&self, v: &View, far: &Far) -> FarView {
        let id = self.case.id;
        let key = match (far.link.kind, far.link.case == id) {
            (LinkKind::Merged, true) => "case.link.follows",
            (LinkKind::Merged, false) => "case.link.leads",
            (LinkKind::Split, true) => "case.link.split_from",
            (LinkKind::Split, false) => "case.link.split_into",
            (LinkKind::Related, _) => "case.link.related",
        };
        let what = v.t(key).into_owned();
        let undo = match far.link.kind == LinkKind::Related && self.is_clerk {
            true => far.link.id.to_string(),
            false => String::new(),
        };
        match &far.case {
            Some(c) => FarView {
                what,
                address: format!("/cases/{}", c.id),
                number: c.number.clone(),
                title: c.title.clone(),
                stage: stage_badge(v, c.stage),
                undo,
            },
            None => FarView {
                what,
                address: String::new(),
                number: v.t("case.link.out_of_sight").into_owned(),
                title: String::new(),
                stage: Html::none(),
                undo: String::new(),
            },
        }
    }

    /// The open followers of an answered lead: the choices of the form that answers them.
    fn followers(&self, v: &View) -> Vec<Opt> {
        if !self.is_clerk || !matches!(self.case.stage, Stage::Closed | Stage::Confirmed) {
            return Vec::new();
        }
        let mine =
            self.far.iter().filter(|f| f.link.kind == LinkKind::Merged && f.link.other == self.case.id);
        let open = mine.filter_map(|f| f.case.as_ref()).filter(|c| c.stage.is_open());
        open.map(|c| {
            Opt::new(c.id, format!("{} {}", c.number, c.title)).hint(v.t(c.stage.key()).into_owned())
        })
        .collect()
    }
}

/// A reason in words; the time is said in days.
fn reason_words(v: &View, s: &Suggested) -> String {
    let mut words: Vec<String> = s
        .likeness
        .reasons
        .iter()
        .filter(|r| **r != Reason::SameWeek)
        .map(|r| v.t(r.key()).into_owned())
        .collect();
    words.push(match s.days {
        0 => v.t("case.link.same_day").into_owned(),
        n => v.t1("case.link.days_apart", "n", n),
    });
    words.join("、")
}

fn suggested_view(v: &View, s: &Suggested) -> SuggestedView {
    let stage = Stage::parse(&s.case.stage).unwrap_or(Stage::Received);
    SuggestedView {
        address: format!("/cases/{}", Id::<Case>::of(s.case.id)),
        number: s.case.number.clone(),
        title: s.case.title.clone(),
        stage: stage_badge(v, stage),
        score: s.likeness.score / 10,
        reasons: reason_words(v, s),
        shared: s.shared.join("、"),
        is_open: stage.is_open(),
    }
}

async fn done(
    at: &At,
    deed: impl Fn(&mut Tx<'_>, &Ground, &access::Person, Millis, Id<Case>) -> Outcome<()> + Send + 'static,
) -> Outcome<()> {
    let (person, ground) = (access::person_of(&at.who)?, at.site.get::<Desk>()?.now());
    let (id, now) = (at.id, at.v.now);
    at.site.db.write(move |tx| deed(tx, &ground, &person, now, id)).await
}

/// Back to the case with a sentence, or its page again with the trouble in the form.
async fn settle<T: DeserializeOwned>(
    at: At,
    form: Form<T>,
    act: ActKind,
    done: Outcome<()>,
    said: &'static str,
) -> Answer {
    match done {
        Ok(()) => go_saying(format!("/cases/{}", at.id), said),
        Err(stop) => {
            let sheet = show::load(&at).await?;
            form.again(&at.v, PREFIX, stop, |f| sheet.draw(&at, Some((act, f))))
        }
    }
}

/// A case to be merged into another.
#[derive(Deserialize)]
pub(super) struct MergeForm {
    version: Option<i64>,
    merge_number: String,
}

async fn merger_make(at: At, form: Form<MergeForm>) -> Answer {
    let outcome = async {
        let typed = form.read()?;
        let order = LinkOrder { version: typed.version, number: typed.merge_number, field: "merge_number" };
        done(&at, move |tx, g, person, now, id| deeds::merge_cases(tx, g, person, now, id, &order)).await
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Merge, outcome, "case.link.said_merged").await
}

/// A merger to be taken back.
#[derive(Deserialize)]
pub(super) struct UnmergeForm {
    version: Option<i64>,
    unmerge_reason: String,
}

async fn merger_end(at: At, form: Form<UnmergeForm>) -> Answer {
    let outcome = async {
        let typed = form.read()?;
        let reason = Body::new("unmerge_reason", &typed.unmerge_reason)?;
        let order = ReasonOrder { version: typed.version, reason };
        done(&at, move |tx, g, person, now, id| deeds::unmerge_case(tx, g, person, now, id, &order)).await
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Unmerge, outcome, "case.link.said_unmerged").await
}

/// Two cases to be related.
#[derive(Deserialize)]
pub(super) struct RelateForm {
    version: Option<i64>,
    relate_number: String,
}

async fn relation_make(at: At, form: Form<RelateForm>) -> Answer {
    let outcome = async {
        let typed = form.read()?;
        let order = LinkOrder { version: typed.version, number: typed.relate_number, field: "relate_number" };
        done(&at, move |tx, g, person, now, id| deeds::relate_cases(tx, g, person, now, id, &order)).await
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Link, outcome, "case.link.said_related").await
}

/// A relation to be taken back.
#[derive(Deserialize)]
pub(super) struct UnrelateForm {
    version: Option<i64>,
    link: Id<Link>,
}

async fn relation_end(at: At, form: Form<UnrelateForm>) -> Answer {
    let outcome = async {
        let typed = form.read()?;
        let (version, link) = (typed.version, typed.link);
        done(&at, move |tx, g, person, now, id| {
            deeds::unrelate_cases(tx, g, person, now, (id, version), link)
        })
        .await
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Unlink, outcome, "case.link.said_unrelated").await
}

/// A part to become a case of its own.
#[derive(Deserialize)]
pub(super) struct SplitForm {
    version: Option<i64>,
    split_title: String,
    split_body: String,
    split_category: Id<Category>,
}

async fn part_make(at: At, form: Form<SplitForm>) -> Answer {
    let outcome = async {
        let typed = form.read()?;
        let order = SplitOrder {
            version: typed.version,
            title: Title::new("split_title", &typed.split_title)?,
            body: Body::new("split_body", &typed.split_body)?,
            category: typed.split_category.raw(),
        };
        let (person, ground) = (access::person_of(&at.who)?, at.site.get::<Desk>()?.now());
        let (id, now) = (at.id, at.v.now);
        let county = at.site.db.read(move |conn| crate::store::case_by_id(conn, id)).await?;
        let county = county.map_or(0, |c| c.place.county);
        let write = at
            .site
            .db
            .write_keyed(county, move |tx| deeds::split_case(tx, &ground, &person, now, id, &order));
        write.await?;
        Ok::<(), Stop>(())
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Split, outcome, "case.link.said_split").await
}

/// Followers to be answered as their lead was.
#[derive(Deserialize)]
pub(super) struct FollowersForm {
    #[expect(dead_code, reason = "every form of the panel carries it; a lead that is over does not change")]
    version: Option<i64>,
    #[serde(default)]
    follower: Vec<Id<Case>>,
}

async fn followers_answer(at: At, form: Form<FollowersForm>) -> Answer {
    let outcome = async {
        let chosen = form.read()?.follower;
        done(&at, move |tx, g, person, now, id| {
            deeds::answer_followers(tx, g, person, now, id, &chosen).map(|_| ())
        })
        .await
    };
    let outcome = outcome.await;
    settle(at, form, ActKind::Merge, outcome, "case.link.said_answered").await
}
