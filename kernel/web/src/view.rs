//! What every page is drawn with (视图): language, elder view, the present instant, the person,
//! and the ways to say a word, a date or a form token.

use std::{
    borrow::{Borrow, Cow},
    fmt::Display,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::extract::FromRequestParts;
use base::{Chance, Fault, Millis, Zone};
use http::request::Parts;
use jiff::civil::Date;

use crate::{
    BELL_MOST, Config, Fail, Html, Lang, Nav, Need, Person, Site, Words, assets,
    csrf::Seed,
    session::Session,
    when::{self, Due},
};

/// One request's view of the house. Cheap to clone; handlers extract it, templates keep it as `v`.
#[derive(Clone)]
pub struct View {
    /// The language of the page.
    pub lang: Lang,
    /// The elder view (长辈版): larger text, larger targets, fewer things.
    pub elder: bool,
    /// The present instant; the same for the whole request.
    pub now: Millis,
    /// The house's zone.
    pub zone: Zone,
    /// Who is signed in.
    pub person: Option<Arc<Person>>,
    pub(crate) session: Option<Session>,
    pub(crate) shared: Arc<Shared>,
}

/// The parts of a view that clones share.
pub(crate) struct Shared {
    pub words: Arc<Words>,
    pub nav: Arc<Vec<Nav>>,
    pub config: Arc<Config>,
    pub chance: Arc<Chance>,
    pub seed: Seed,
    /// Whether a form token was written, so that a person without a session needs the cookie.
    pub seed_used: AtomicBool,
    pub request_id: String,
    /// The path and the query of a GET; `/` for the others.
    pub path: String,
    pub query: String,
    pub notice: Option<String>,
    /// As of when the page's numbers are, where they were read from a copy.
    pub as_of: OnceLock<Millis>,
    /// Where the bell leads, and how much waits there.
    pub bell: Option<(&'static str, u64)>,
    pub subscriber: u64,
}

/// A menu entry as it is drawn.
pub struct NavItem<'a> {
    /// Where it leads.
    pub href: &'static str,
    /// Its name.
    pub label: Cow<'a, str>,
    /// Whether the page is inside it.
    pub here: bool,
}

impl View {
    /// The view that the gate put into the request.
    pub(crate) fn of(parts: &Parts) -> Option<&View> {
        parts.extensions.get()
    }

    /// The query of the address that was opened.
    pub(crate) fn query(&self) -> &str {
        &self.shared.query
    }

    /// The text under a key.
    pub fn t(&self, key: &str) -> Cow<'_, str> {
        self.shared.words.get(self.lang, key)
    }

    /// The text under a key, if there is one: for hints that not every field has.
    pub fn maybe(&self, key: &str) -> Option<&str> {
        self.shared.words.find(self.lang, key)
    }

    /// The text under a key with words in its places: `v.tw("list.count", &[("n", &n)])`.
    pub fn tw(&self, key: &str, words: &[(&str, &dyn Display)]) -> String {
        let words: Vec<_> = words.iter().map(|(name, word)| (*name, word.to_string())).collect();
        self.shared.words.fill(self.lang, key, &words)
    }

    /// The text under a key with one word in its place: `v.t1("list.count", "n", n)`. In English a
    /// count of one takes the key `<key>.one` where the catalogue has it.
    pub fn t1(&self, key: &str, name: &str, word: impl Display) -> String {
        let word = word.to_string();
        let single = format!("{key}.one");
        let key = if word == "1" && self.maybe(&single).is_some() { &single } else { key };
        self.shared.words.fill(self.lang, key, &[(name, word)])
    }

    /// The sentence of a refusal or of a field's trouble. A word named `stage@` is itself a key of the
    /// catalogue, one named `when~` an instant in milliseconds; they fill the places `{stage}` and `{when}`.
    pub fn said(&self, key: &str, words: &[(&'static str, String)]) -> String {
        let words: Vec<(&str, String)> = words
            .iter()
            .map(|(name, word)| match (name.strip_suffix('@'), name.strip_suffix('~')) {
                (Some(name), _) => (name, self.t(word).into_owned()),
                (_, Some(name)) => (name, self.when(Millis(word.parse().unwrap_or_default()))),
                _ => (*name, word.clone()),
            })
            .collect();
        self.shared.words.fill(self.lang, key, &words)
    }

    /// An instant as people say it: 今天 15:00, 11月21日 15:00, 2025年11月21日 15:00.
    pub fn when(&self, at: impl Borrow<Millis>) -> String {
        when::instant(self, *at.borrow())
    }

    /// An instant in full, for prints and exports: 2026-11-21 15:00.
    pub fn exact(&self, at: impl Borrow<Millis>) -> String {
        self.zone.at(*at.borrow()).strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// A day as people say it: 今天, 11月21日, 2025年11月21日.
    pub fn day(&self, day: impl Borrow<Date>) -> String {
        when::day(self, *day.borrow())
    }

    /// A badge that tells how much time is left: ○ 剩3天, ▲ 今天 17:00 到期, ! 逾期1天. Never by
    /// colour alone.
    pub fn left(&self, due: impl Borrow<Millis>) -> Html {
        Html::of(&Due::new(self, *due.borrow()))
    }

    /// The same in words only.
    pub fn left_words(&self, due: impl Borrow<Millis>) -> String {
        Due::new(self, *due.borrow()).words
    }

    /// A word with a sign of its tone (标记): never told by colour alone.
    pub fn badge(&self, tone: impl Borrow<Tone>, words: impl Display) -> Html {
        let tone = *tone.borrow();
        Html::of(&Badge { class: tone.class(), sign: tone.sign(), words: words.to_string() })
    }

    /// A form token for this answer; every call gives another one of the same meaning.
    pub fn csrf(&self) -> String {
        self.shared.seed_used.store(true, Ordering::Relaxed);
        self.shared.seed.token(self.shared.chance.bytes())
    }

    /// The token as a hidden field, for forms that are not drawn by [`crate::Fields`].
    pub fn token_field(&self) -> Html {
        Html::of(&TokenField { token: self.csrf() })
    }

    /// The name in the header.
    pub fn brand(&self) -> Cow<'_, str> {
        let name = &self.shared.config.site_name;
        if name.is_empty() { self.t("web.brand") } else { Cow::Borrowed(name) }
    }

    /// A fresh number for a form, so that sending it twice can be told from sending two.
    pub(crate) fn fresh_code(&self) -> String {
        self.shared.chance.code(16)
    }

    /// The address of an asset with its content hash: `v.asset("app.css")`.
    pub fn asset(&self, name: &str) -> String {
        assets::address(name)
    }

    /// Whether the person may use a menu entry or a button with this duty.
    pub fn may(&self, duty: &str) -> bool {
        self.person.as_ref().is_some_and(|p| p.may(duty))
    }

    /// Whether the person fulfils a right row's need.
    pub fn meets(&self, need: Need) -> bool {
        match need {
            Need::Public => true,
            Need::SignedIn => self.person.is_some(),
            Need::Duty(duty) => self.may(duty),
            Need::AnyDuty(duties) => duties.iter().any(|d| self.may(d)),
        }
    }

    /// The main menu as this person sees it: staff see what their duties need, everybody else the public
    /// entries.
    pub fn nav(&self) -> Vec<NavItem<'_>> {
        let path = &self.shared.path;
        let inside = |href: &str| href == path || (href != "/" && path.starts_with(&format!("{href}/")));
        let public = self.person.is_none();
        let seen =
            self.shared.nav.iter().filter(|n| self.meets(n.need) && (public || n.need != Need::Public));
        seen.map(|n| NavItem { href: n.href, label: self.t(n.key), here: inside(n.href) }).collect()
    }

    /// The session behind this request, also a half one that still waits for its second factor.
    pub fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// The request's id, which a person can read to us on the telephone.
    pub fn request_id(&self) -> &str {
        &self.shared.request_id
    }

    /// The network subscriber that is asking, as a number, for counting tries. It is never stored.
    pub fn subscriber(&self) -> u64 {
        self.shared.subscriber
    }

    /// The house's settings.
    pub fn config(&self) -> &Config {
        &self.shared.config
    }

    /// The sentence that the last act left for this page (操作提示).
    pub fn notice(&self) -> Option<Cow<'_, str>> {
        self.shared.notice.as_deref().and_then(|key| self.maybe(key)).map(Cow::Borrowed)
    }

    /// Says on the page as of when its numbers are: they were read from a copy of the database (只读副本).
    pub fn answers_as_of(&self, at: Millis) {
        // A page that asks twice says its first, older answer.
        let _ = self.shared.as_of.set(at);
    }

    /// The sentence about it, where there is one.
    pub fn as_of(&self) -> Option<String> {
        self.shared.as_of.get().map(|at| self.tw("web.as_of", &[("at", &self.exact(*at))]))
    }

    /// Where the bell leads and what it says (未读提醒): the number, or that there are more than the head can show.
    pub fn bell(&self) -> Option<(&'static str, String)> {
        let (address, n) = self.shared.bell?;
        let words = match n {
            0 => String::new(),
            n if n > BELL_MOST => format!("{BELL_MOST}+"),
            n => n.to_string(),
        };
        Some((address, words))
    }

    /// This page's address with one parameter set: for the language and elder switches.
    pub fn with_param(&self, name: &str, value: &str) -> String {
        let pairs: Vec<(String, String)> = serde_urlencoded::from_str(&self.shared.query).unwrap_or_default();
        let kept = pairs.iter().filter(|(n, _)| n != name).map(|(n, v)| (n.as_str(), v.as_str()));
        let query = serde_urlencoded::to_string(kept.chain([(name, value)]).collect::<Vec<_>>());
        format!("{}?{}", self.shared.path, query.unwrap_or_default())
    }

    /// A view without a request, for sample pages and tests: nobody signed in, a fixed seed.
    pub fn sample(words: Arc<Words>, nav: Vec<Nav>, lang: Lang, elder: bool, now: Millis) -> Self {
        let shared = Shared {
            words,
            nav: Arc::new(nav),
            config: Arc::new(Config::default()),
            chance: Arc::new(Chance::from_seed(1)),
            seed: Seed::anonymous([0; 32], [0; 16]),
            seed_used: AtomicBool::new(false),
            as_of: OnceLock::new(),
            request_id: "SAMPLE".to_owned(),
            path: "/".to_owned(),
            query: String::new(),
            notice: None,
            bell: None,
            subscriber: 0,
        };
        let shared = Arc::new(shared);
        Self { lang, elder, now, zone: Zone::default(), person: None, session: None, shared }
    }

    /// The same view with somebody signed in, for samples and tests.
    #[must_use]
    pub fn seen_by(mut self, person: Person) -> Self {
        self.person = Some(Arc::new(person));
        self
    }
}

/// The tone of a badge (语气).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Neither good nor bad.
    Plain,
    /// Under way.
    Info,
    /// Done and well.
    Good,
    /// Wants attention.
    Warn,
    /// Late, refused, broken.
    Bad,
}

impl Tone {
    fn class(self) -> &'static str {
        match self {
            Tone::Plain => "idle",
            Tone::Info => "info",
            Tone::Good => "ok",
            Tone::Warn => "warn",
            Tone::Bad => "bad",
        }
    }

    fn sign(self) -> &'static str {
        match self {
            Tone::Plain => "○",
            Tone::Info => "◐",
            Tone::Good => "✓",
            Tone::Warn => "△",
            Tone::Bad => "!",
        }
    }
}

#[derive(askama::Template)]
#[template(
    source = "<span class=\"badge {{ class }}\"><span aria-hidden=\"true\">{{ sign }}</span> {{ words }}</span>",
    ext = "html"
)]
struct Badge {
    class: &'static str,
    sign: &'static str,
    words: String,
}

#[derive(askama::Template)]
#[template(source = "<input type=\"hidden\" name=\"_token\" value=\"{{ token }}\">", ext = "html")]
struct TokenField {
    token: String,
}

impl FromRequestParts<Site> for View {
    type Rejection = Fail;
    async fn from_request_parts(parts: &mut Parts, _: &Site) -> Result<Self, Fail> {
        View::of(parts).cloned().ok_or_else(|| Fault::new("a route outside the gate asks for a view").into())
    }
}
