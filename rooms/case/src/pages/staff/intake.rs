//! The counter (窗口登记): one page for a caller or a visitor. Similar open cases and the category's extra
//! questions come onto the same page; nothing typed is lost; in the end a receipt to print, and the next.

use std::collections::BTreeMap;

use access::Level;
use askama::Template;
use axum::extract::State;
use base::{Id, Invalid, Outcome, Stop};
use parts::files::Picture;
use territory::Division;
use web::{Answer, Fields, Form, Html, Opt, Site, View, Who, go, go_saying, page};

use super::queue::area_options;
use super::seat::Seat;
use crate::deeds::{self, Hand};
use crate::model::{
    Body, Case, Category, Channel, Intake, Line, Question, QuestionKind, Reporter, Spot, Title,
};
use crate::pages::resident::{pieces::stage_badge, read_photos};
use crate::store::{self as cases, Desk, SimilarCase, Sought};

/// Where the labels are.
const PREFIX: &str = "case.page.intake";
/// How a matter comes to the counter.
const CHANNELS: [Channel; 3] = [Channel::Phone, Channel::Visit, Channel::Counter];

/// What was typed, by field. The extra questions' fields come from the catalogue, so that the form is
/// read as pairs; fields that the page does not have are refused in [`Typed::read`].
struct Typed(BTreeMap<String, String>);

/// The fields of the page besides the extra questions.
const FIELDS: [&str; 13] = [
    "channel",
    "title",
    "body",
    "county",
    "town",
    "village",
    "spot",
    "category",
    "name",
    "contact",
    "confidential",
    "open",
    "seen",
];

impl Typed {
    fn read(form: &Form<BTreeMap<String, String>>) -> Outcome<Self> {
        let pairs = form.read()?;
        match pairs.keys().find(|k| !FIELDS.contains(&k.as_str()) && !k.starts_with("answer.")) {
            Some(unknown) => Err(Invalid::field(unknown.clone(), "form.unknown_field").into()),
            None => Ok(Self(pairs)),
        }
    }

    fn get(&self, field: &str) -> &str {
        self.0.get(field).map_or("", |t| t.trim())
    }

    fn has(&self, field: &str) -> bool {
        self.get(field) == "on"
    }

    fn id<T>(&self, field: &str) -> i64 {
        self.get(field).parse::<Id<T>>().map_or(0, Id::raw)
    }

    /// The place as far as it was chosen.
    fn place(&self, seat: &Seat) -> access::Place {
        let chosen = ["village", "town", "county"].iter().map(|f| self.id::<Division>(f)).find(|id| *id != 0);
        chosen.map_or(access::Place::default(), |id| deeds::place_of(&seat.atlas, Id::of(id)))
    }

    /// The answers to the extra questions.
    fn answers(&self) -> Vec<(String, String)> {
        let answer = |(k, v): (&String, &String)| Some((k.strip_prefix("answer.")?.to_owned(), v.clone()));
        self.0.iter().filter_map(answer).filter(|(_, v)| !v.trim().is_empty()).collect()
    }

    /// The matter, or everything that is wrong with it at once.
    fn intake(&self, seat: &Seat, once: &str) -> Outcome<Intake> {
        let mut invalid = Invalid::default();
        let channel = Channel::parse(self.get("channel")).filter(|c| CHANNELS.contains(c));
        let title = kept(Title::new("title", self.get("title")), &mut invalid)?;
        let body = kept(Body::new("body", self.get("body")), &mut invalid)?;
        let spot = kept(Line::new("spot", self.get("spot")), &mut invalid)?;
        let confidential = self.has("confidential");
        let reporter =
            kept(Reporter::new(self.get("name"), self.get("contact"), confidential), &mut invalid)?;
        let place = self.place(seat);
        if place.county == 0 {
            invalid.push("county", "case.field.missing");
        }
        if self.id::<Category>("category") == 0 {
            invalid.push("category", "case.field.missing");
        }
        let (Some(title), Some(body), Some(spot), Some(reporter)) = (title, body, spot, reporter) else {
            return Err(invalid.into());
        };
        if !invalid.fields.is_empty() {
            return Err(invalid.into());
        }
        let channel = channel.unwrap_or(Channel::Counter);
        let intake = Intake::new(channel, place, self.id::<Category>("category"), title, body)?;
        Ok(Intake {
            spot: Spot { words: spot.into_string(), point: None },
            answers: self.answers(),
            is_public: self.has("open"),
            key: (!once.is_empty()).then(|| once.to_owned()),
            reporter,
            ..intake
        })
    }
}

/// A value, or its troubles added to the others; other stops are passed on.
fn kept<T>(value: Outcome<T>, invalid: &mut Invalid) -> Outcome<Option<T>> {
    match value {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Invalid(more)) => {
            invalid.fields.extend(more.fields);
            Ok(None)
        }
        Err(other) => Err(other),
    }
}

pub(super) struct SimilarView {
    pub id: String,
    pub number: String,
    pub stage: Html,
    pub title: String,
    pub when: String,
    pub why: String,
}

#[derive(Template)]
#[template(path = "case/staff/intake.html")]
pub(super) struct IntakePage {
    pub v: View,
    pub f: Fields,
    pub channels: Vec<Opt>,
    pub counties: Vec<Opt>,
    pub towns: Vec<Opt>,
    pub villages: Vec<Opt>,
    pub categories: Vec<Opt>,
    pub questions: Vec<Html>,
    pub looked: bool,
    pub similar: Vec<SimilarView>,
}

/// The seats' selects filled for what was chosen, and the extra questions of the category.
fn draw(v: &View, seat: &Seat, f: Fields, typed: &Typed, similar: Option<&[SimilarCase]>) -> IntakePage {
    let whole = access::Scope { level: Level::City, id: city_of(seat) };
    let mut areas =
        area_options(seat, whole, typed.id::<Division>("county"), typed.id::<Division>("town")).into_iter();
    let mut next = || areas.next().map(|(_, options)| options).unwrap_or_default();
    let (counties, towns, villages) = (next(), next(), next());
    let category = seat.catalogue.category(typed.id::<Category>("category"));
    let questions = category.map(|c| c.questions.as_slice()).unwrap_or_default();
    IntakePage {
        channels: CHANNELS.iter().map(|c| Opt::new(c.code(), v.t(c.key()).into_owned())).collect(),
        categories: seat.choices(v.now),
        questions: questions.iter().map(|q| question(v, &f, q)).collect(),
        looked: similar.is_some(),
        similar: similar.unwrap_or_default().iter().map(|s| similar_view(v, s)).collect(),
        v: v.clone(),
        f,
        counties,
        towns,
        villages,
    }
}

/// The city of the person's own places: a matter from anywhere in it can be registered here.
fn city_of(seat: &Seat) -> i64 {
    let root = seat.root();
    let id = match root.level {
        Level::Grid => seat.atlas.grid(Id::of(root.id)).map_or(0, |g| g.village.raw()),
        _ => root.id,
    };
    deeds::place_of(&seat.atlas, Id::of(id)).city
}

/// An extra question as a field.
fn question(v: &View, f: &Fields, q: &Question) -> Html {
    let name = format!("answer.{}", q.code);
    let yes_no = || {
        let word = |key: &str| v.t(key).into_owned();
        vec![Opt::new("yes", word("case.page.show.yes")), Opt::new("no", word("case.page.show.no"))]
    };
    let choices = || q.choices.iter().map(|c| Opt::new(c, c.clone())).collect::<Vec<_>>();
    let field = match q.kind {
        QuestionKind::Text => f.line(&name),
        QuestionKind::Number => f.typed(&name, "number"),
        QuestionKind::Date => f.date(&name),
        QuestionKind::YesNo => f.radios(&name, &yes_no()),
        QuestionKind::Choice => f.select(&name, &choices()),
    };
    let field = field.label(&q.label);
    if q.required { field.required().html() } else { field.html() }
}

fn similar_view(v: &View, s: &SimilarCase) -> SimilarView {
    let why: Vec<_> = s.likeness.reasons.iter().map(|r| v.t(r.key()).into_owned()).collect();
    SimilarView {
        id: s.id.to_string(),
        number: s.number.clone(),
        stage: stage_badge(v, s.stage),
        title: s.title.clone(),
        when: v.when(s.created),
        why: why.join("、"),
    }
}

pub(super) async fn intake_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let own = deeds::place_of(&seat.atlas, Id::of(seat.root().id));
    let mut typed = BTreeMap::new();
    let mut f = Fields::blank(&v, PREFIX).fill("channel", Channel::Phone.code()).fill("open", "on");
    for (field, id) in [("county", own.county), ("town", own.town), ("village", own.village)] {
        if id != 0 {
            let id = Id::<Division>::of(id).to_string();
            f = f.fill(field, &id);
            typed.insert(field.to_owned(), id);
        }
    }
    page(&draw(&v, &seat, f, &Typed(typed), None))
}

/// What the pressed button asked for.
enum Step {
    /// Register it.
    Send,
    /// Only fill in choices, questions and similar cases.
    Look,
    /// It is the same matter as this one.
    Same(Id<Case>),
}

impl Step {
    fn of(form: &Form<BTreeMap<String, String>>) -> Self {
        match form.step() {
            None => Self::Send,
            Some(step) => {
                step.strip_prefix("same-").and_then(|id| id.parse().ok()).map_or(Self::Look, Self::Same)
            }
        }
    }
}

pub(super) async fn intake_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    form: Form<BTreeMap<String, String>>,
) -> Answer {
    let seat = Seat::of(&site, &who)?;
    let typed = Typed::read(&form)?;
    let step = Step::of(&form);
    if let Step::Same(id) = step {
        return join(&site, &v, &seat, &typed, id).await;
    }
    let intake = typed.intake(&seat, form.once());
    let similar = similar(&site, &v, &seat, &typed).await?;
    // Once, before a new case is made, the clerk sees what looks like it.
    let unseen = !similar.is_empty() && typed.get("seen") != "yes";
    if matches!(step, Step::Look) || (intake.is_ok() && unseen) {
        return form.onward(&v, PREFIX, |f| draw(&v, &seat, f, &typed, Some(&similar)));
    }
    let done = async { register(&site, &v, &who, intake?, read_photos(&form).await?).await };
    match done.await {
        Ok(id) => go(format!("/cases/{id}/receipt")),
        Err(stop) => form.again(&v, PREFIX, own_fields(stop), |f| draw(&v, &seat, f, &typed, Some(&similar))),
    }
}

/// The deed speaks of the place as one field; here it begins with the county.
fn own_fields(mut stop: Stop) -> Stop {
    if let Stop::Invalid(invalid) = &mut stop {
        for trouble in invalid.fields.iter_mut().filter(|t| t.field == "place") {
            trouble.field = "county".into();
        }
    }
    stop
}

async fn similar(site: &Site, v: &View, seat: &Seat, typed: &Typed) -> Outcome<Vec<SimilarCase>> {
    let place = typed.place(seat);
    let text = format!("{} {}", typed.get("title"), typed.get("body"));
    if place.county == 0 || text.trim().is_empty() {
        return Ok(Vec::new());
    }
    let (category, now, mine) = (typed.id::<Category>("category"), v.now, seat.may_open());
    site.db
        .read(move |conn| {
            let sought = Sought { place, category, text: &text, except: 0, only_public: false };
            let all = cases::nearby_similar(conn, sought, now)?;
            // What the clerk may not open is not told either.
            let mut shown = Vec::new();
            for one in all {
                if cases::case_in_scope(conn, one.id, &mine)?.is_some() {
                    shown.push(one);
                }
            }
            Ok(shown)
        })
        .await
}

/// Registers the matter with its photos, in one transaction.
async fn register(
    site: &Site,
    v: &View,
    who: &Who,
    intake: Intake,
    photos: Vec<Picture>,
) -> Outcome<Id<Case>> {
    let (person, ground) = (access::person_of(who)?, site.get::<Desk>()?.now());
    let (now, act) = (v.now, who.own_act(v.now));
    let county = intake.place.county;
    let receipt = site.db.write_keyed(county, move |tx| {
        let receipt = deeds::submit_case(tx, &ground, Hand::Staff(&person), now, &intake)?;
        if !receipt.repeated {
            deeds::add_photos(tx, act, (receipt.id, county), deeds::PHOTO_MATTER, &photos)?;
        }
        Ok(receipt)
    });
    Ok(receipt.await?.id)
}

/// The same matter again: what was said is noted on the open case, and nothing new is made.
async fn join(site: &Site, v: &View, seat: &Seat, typed: &Typed, id: Id<Case>) -> Answer {
    let words = format!("{}\n{}", v.t("case.page.intake.same_note"), typed.get("body"));
    let body = Body::new("body", &words)?;
    let (person, now) = (seat.person.clone(), v.now);
    site.db.write(move |tx| deeds::add_note(tx, &person, now, id, &body, false)).await?;
    go_saying(format!("/cases/{id}"), "case.page.intake.same_said")
}
