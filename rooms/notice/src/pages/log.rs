//! The log of what goes out of the house, and the ways out (通知发送): for administrators, and for auditors to read.

use access::{Duty, Kind as Thing, ScopeFilter, person_of, view_filter};
use askama::Template;
use axum::extract::{Path, State};
use base::{Id, Millis, Outcome, Page, Upto};
use serde::Deserialize;
use web::{
    Answer, Cell, Fields, Form, Heading, Html, List, ListQuery, Opt, Site, Tone, View, Who, export,
    go_saying, page,
};

use super::{after_of, first_of, kinds};
use crate::deeds::{send_again, send_trial};
use crate::model::{Channel, Contact, Item, Kind, Letter, OpenChannel, Problem, Setup, State as Standing};
use crate::rules::{TRIES, wait_after};
use crate::store::{LogFilter, counts_by_state, log_page, open_channels};

web::names! {
    /// Filters of the log.
    pub enum By {
        Tab = "tab", Channel = "channel", Kind = "kind", Problem = "problem", From = "from", Until = "until",
    }
}
web::names! {
    /// Its one order.
    pub enum Order { Made = "made" }
}

type Asked = ListQuery<By, Order>;

/// A letter as the log shows it. It says neither what it is about nor to which address it goes.
pub(crate) struct LogLine {
    pub id: Id<Letter>,
    pub kind: String,
    pub channel: &'static str,
    pub audience: String,
    pub made: Millis,
    pub badge: Html,
    pub tries: i64,
    pub problem: String,
    pub way: String,
    pub sent: Option<Millis>,
    pub next: Option<Millis>,
    pub may_go: bool,
}

#[derive(Template)]
#[template(path = "notice/log.html")]
pub(crate) struct LogPage {
    pub v: View,
    pub list: List,
    pub rows: Vec<LogLine>,
}

fn tone(state: Standing) -> Tone {
    match state {
        Standing::Waiting => Tone::Info,
        Standing::Failed => Tone::Warn,
        Standing::GivenUp => Tone::Bad,
        Standing::Sent => Tone::Good,
        Standing::Suppressed => Tone::Plain,
    }
}

fn problem_words(v: &View, item: &Item) -> String {
    match item.problem {
        None => String::new(),
        Some(p) if item.problem_n != 0 => format!("{} ({})", v.t(p.word()), item.problem_n),
        Some(p) => v.t(p.word()).into_owned(),
    }
}

fn line(v: &View, item: &Item) -> LogLine {
    let moving = matches!(item.state, Standing::Waiting | Standing::Failed);
    let lost = matches!(item.state, Standing::Failed | Standing::GivenUp | Standing::Suppressed);
    let way = item.problem.filter(|_| item.state != Standing::Sent);
    LogLine {
        id: item.id,
        kind: v.t(&item.kind.name_key()).into_owned(),
        channel: item.channel.word(),
        audience: v.t(&format!("notice.audience.{}", item.audience)).into_owned(),
        made: item.made,
        badge: v.badge(tone(item.state), v.t(item.state.word())),
        tries: item.tries,
        problem: problem_words(v, item),
        way: way.and_then(|p| v.maybe(&format!("{}.way", p.word()))).unwrap_or_default().to_owned(),
        sent: item.sent,
        next: moving.then_some(item.next),
        may_go: lost && v.may(Duty::Admin.code()) && (item.audience != "sender" || item.has_address),
    }
}

fn filter(v: &View, q: &Asked) -> LogFilter {
    LogFilter {
        state: q.get(By::Tab).and_then(Standing::parse),
        channel: q.get(By::Channel).and_then(Channel::parse),
        kind: q.get(By::Kind).and_then(Kind::parse),
        problem: q.get(By::Problem).and_then(Problem::parse),
        from: first_of(v, q.parsed(By::From)),
        before: after_of(v, q.parsed(By::Until)),
    }
}

fn scope(who: &web::Person) -> Outcome<ScopeFilter> {
    Ok(view_filter(&*person_of(who)?, Thing::Outbox))
}

async fn load(
    site: &Site,
    scope: ScopeFilter,
    filter: LogFilter,
    q: &Asked,
    size: usize,
) -> Outcome<Page<Item>> {
    let after = q.cursor();
    site.db.read(move |conn| log_page(conn, &scope, &filter, after, size)).await
}

/// GET /admin/notices
pub(super) async fn log_show(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let (scope, filter) = (scope(&who)?, filter(&v, &q));
    let found = load(&site, scope.clone(), filter.clone(), &q, q.size()).await?;
    let counts = site.db.read(move |conn| counts_by_state(conn, &scope, &filter)).await?;
    let all = counts.iter().fold(Upto::default(), |sum, (_, n)| sum.plus(*n));
    let mut tabs = vec![("", v.t("notice.tab.all").into_owned(), Some(all))];
    tabs.extend(counts.iter().map(|(s, n)| (s.code(), v.t(s.word()).into_owned(), Some(*n))));
    let f = q.fields(&v, "notice.filter");
    let channels = Channel::OUT.map(|c| Opt::new(c.code(), v.t(c.word())));
    let problems: Vec<Opt> = Problem::ALL.iter().map(|p| Opt::new(p.code(), v.t(p.word()))).collect();
    let list = q
        .frame(&v, found.next, found.rows.len())
        .tabs(q.tabs(By::Tab, tabs))
        .filter(f.select("channel", &channels))
        .filter(f.select("kind", &kinds(&v, Kind::ALL.iter().copied())))
        .filter(f.select("problem", &problems))
        .filter(f.date("from"))
        .filter(f.date("until"))
        .export(q.under("/admin/notices/sheet.xlsx"))
        .print()
        .empty("notice.log.none");
    page(&LogPage { rows: found.rows.iter().map(|i| line(&v, i)).collect(), list, v })
}

/// GET /admin/notices/sheet.xlsx
pub(super) async fn log_sheet(State(site): State<Site>, v: View, who: Who, q: Asked) -> Answer {
    let (scope, filter) = (scope(&who)?, filter(&v, &q));
    let head = Heading::of(&v, v.t("notice.log.title"), asked_words(&v, &q), &COLUMNS);
    let view = v.clone();
    export(&site, &v, head, move |conn, after, size| {
        Ok(log_page(conn, &scope, &filter, after, size)?.map(|item| cells(&view, &item)))
    })
    .await
}

const COLUMNS: [(&str, f64); 8] = [
    ("notice.col.made", 18.0),
    ("notice.col.kind", 24.0),
    ("notice.col.channel", 12.0),
    ("notice.col.audience", 14.0),
    ("notice.col.state", 14.0),
    ("notice.col.tries", 8.0),
    ("notice.col.problem", 28.0),
    ("notice.col.sent", 18.0),
];

fn cells(v: &View, item: &Item) -> Vec<Cell> {
    let shown = line(v, item);
    vec![
        shown.made.into(),
        shown.kind.into(),
        v.t(shown.channel).as_ref().into(),
        shown.audience.into(),
        v.t(item.state.word()).as_ref().into(),
        shown.tries.into(),
        shown.problem.into(),
        Cell::from(shown.sent),
    ]
}

/// What the log was filtered by, for the heading of its sheet.
fn asked_words(v: &View, q: &Asked) -> String {
    let words = [
        q.get(By::Tab).and_then(Standing::parse).map(|s| v.t(s.word()).into_owned()),
        q.get(By::Channel).and_then(Channel::parse).map(|c| v.t(c.word()).into_owned()),
        q.get(By::Kind).and_then(Kind::parse).map(|k| v.t(&k.name_key()).into_owned()),
        q.get(By::Problem).and_then(Problem::parse).map(|p| v.t(p.word()).into_owned()),
        q.get(By::From).map(str::to_owned),
        q.get(By::Until).map(str::to_owned),
    ];
    words.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// POST /admin/notices/{id}/again
pub(super) async fn item_again(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(id): Path<Id<Letter>>,
) -> Answer {
    let (person, now) = (person_of(&who)?, v.now);
    site.db.write(move |tx| send_again(tx, &person, now, id)).await?;
    go_saying("/admin/notices", "notice.log.goes_again")
}

/// A way out as it is shown.
pub(crate) struct WayLine {
    pub channel: &'static str,
    pub open: bool,
    pub kinds: String,
}

#[derive(Template)]
#[template(path = "notice/setup.html")]
pub(crate) struct SetupPage {
    pub v: View,
    pub f: Fields,
    pub ways: Vec<WayLine>,
    pub channels: Vec<Opt>,
    pub quiet: String,
    pub hours: String,
    pub waits: String,
    pub may_try: bool,
}

fn way(v: &View, channel: Channel, open: &[OpenChannel]) -> WayLine {
    let found = open.iter().find(|o| o.channel == channel);
    WayLine {
        channel: channel.word(),
        open: channel == Channel::InApp || found.is_some(),
        kinds: found.map_or_else(String::new, |o| kind_names(v, &o.kinds)),
    }
}

fn kind_names(v: &View, kinds: &[Kind]) -> String {
    kinds.iter().map(|k| v.t(&k.name_key()).into_owned()).collect::<Vec<_>>().join(" · ")
}

/// How often and after how many minutes a letter is tried again, in words.
fn waits(v: &View) -> String {
    let minutes = (1..TRIES).filter_map(wait_after).map(|ms| (ms / base::MINUTE_MS).to_string());
    let minutes = minutes.collect::<Vec<_>>().join(" · ");
    v.tw("notice.setup.waits", &[("n", &TRIES), ("minutes", &minutes)])
}

fn draw(site: &Site, v: &View, open: &[OpenChannel], f: Fields) -> SetupPage {
    let setup = site.get::<Setup>().unwrap_or_default();
    SetupPage {
        f,
        ways: Channel::ALL.map(|c| way(v, c, open)).into(),
        channels: open.iter().map(|o| Opt::new(o.channel.code(), v.t(o.channel.word()))).collect(),
        quiet: setup.quiet.to_string(),
        hours: setup.hours.to_string(),
        waits: waits(v),
        may_try: v.may(Duty::Admin.code()),
        v: v.clone(),
    }
}

/// GET /admin/notices/setup
pub(super) async fn setup_show(State(site): State<Site>, v: View, _: Who) -> Answer {
    let open = site.db.read(open_channels).await?;
    page(&draw(&site, &v, &open, Fields::blank(&v, "notice.trial")))
}

/// The trial as typed.
#[derive(Deserialize)]
pub(super) struct TrialForm {
    #[serde(default)]
    channel: String,
    #[serde(default)]
    to: Option<String>,
}

/// POST /admin/notices/trial
pub(super) async fn trial_send(State(site): State<Site>, v: View, who: Who, form: Form<TrialForm>) -> Answer {
    let done = async {
        let typed = form.read()?;
        let channel = Channel::parse(&typed.channel)
            .ok_or_else(|| base::Invalid::field("channel", "notice.invalid.channel"))?;
        let contact = typed.to.as_deref().and_then(Contact::parse);
        let (person, now) = (person_of(&who)?, v.now);
        site.db.write(move |tx| send_trial(tx, &person, now, channel, contact.clone())).await
    };
    match done.await {
        Ok(()) => go_saying("/admin/notices", "notice.trial.goes"),
        Err(stop) => {
            let open = site.db.read(open_channels).await?;
            form.again(&v, "notice.trial", stop, |f| draw(&site, &v, &open, f))
        }
    }
}
