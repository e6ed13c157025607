//! The gate (门): every request passes here, once in and once out. It learns who is asking, holds
//! the rights row against that, checks the form token, counts tries, draws stops, sets headers.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::Duration,
};

use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use base::{Fault, Millis, Outcome, Refusal};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use http::{Extensions, HeaderMap, Method, Uri, request::Parts};

use crate::{
    Class, Fail, Lang, Nav, Need, Person, Right, Site, View,
    admission::Pass,
    away, body, cookie,
    csrf::{self, Seed},
    leaving, limits,
    paced::{Paced, Weight},
    session::{self, Session},
    view::Shared,
};

/// How long a handler may take.
const WORK_TIME: Duration = Duration::from_secs(30);

/// What the gate knows.
pub(crate) struct Gate {
    pub site: Site,
    pub rows: HashMap<&'static str, Vec<Right>>,
    pub nav: Arc<Vec<Nav>>,
}

/// One request's outside, kept for the way out.
pub(crate) struct Visit {
    pub started: Millis,
    pub method: Method,
    pub uri: Uri,
    /// The route as the router spells it; never the address itself, which holds ids.
    pub route: String,
    pub api: bool,
    /// Cookies to set for `?lang=` and `?elder=`.
    pub prefs: Vec<(&'static str, &'static str)>,
    /// The seed cookie to set if a form token is written.
    pub fresh_seed: Option<String>,
    /// Whether a session cookie came that no longer means anything.
    pub stale: bool,
    /// Whether another site may have asked in this browser's name, to guess by the answer's length.
    pub may_be_guessing: bool,
}

/// What a session's token tells.
#[derive(Default)]
pub(crate) struct Known {
    session: Option<Session>,
    person: Option<Arc<Person>>,
    /// How much waits to be read.
    waiting: Option<u64>,
}

/// What a request holds until it is answered: its place inside, and what its body weighs.
struct Inside {
    _pass: Pass,
    _weight: Option<Arc<Weight>>,
}

/// A request that is being let in.
struct Guest<'a> {
    visit: &'a Visit,
    view: &'a View,
    row: Option<&'a Right>,
    pass: Pass,
}

/// The layer.
pub(crate) async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let row = gate.row(&parts);
    let Ok(pass) = gate.site.door.enter(class_of(row, &parts.uri)).await else {
        return away::send(&gate, parts, body).await;
    };
    gate.feel().await;
    let (visit, view, known) = gate.meet(&parts).await;
    let mut request = Request::from_parts(parts, body);
    request.extensions_mut().insert(view.clone());
    let admitted = match known {
        Ok(()) => gate.admit(Guest { visit: &visit, view: &view, row, pass }, request).await,
        Err(fail) => Err(fail),
    };
    let response = match admitted {
        Ok((request, _inside)) => match tokio::time::timeout(WORK_TIME, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Fail::from(Fault::new("the handler took too long")).into_response(),
        },
        Err(fail) => fail.into_response(),
    };
    leaving::leave(&gate.site, &visit, &view, response)
}

/// What a request is worth waiting for: what its row says; one that searches costs as much as a sheet.
fn class_of(row: Option<&Right>, uri: &Uri) -> Class {
    let class = row.map_or(Class::Ordinary, |r| r.class);
    let searches = |query: &str| query.split('&').any(|pair| pair.starts_with("q=") && pair.len() > 2);
    if class == Class::Ordinary && uri.query().is_some_and(searches) { Class::Heavy } else { class }
}

impl Gate {
    /// The rights row of a request; none where nothing is routed.
    fn row(&self, request: &Parts) -> Option<&Right> {
        let method = if request.method == Method::HEAD { "GET" } else { request.method.as_str() };
        let route = request.extensions.get::<MatchedPath>()?;
        self.rows.get(route.as_str())?.iter().find(|r| r.method == method)
    }

    /// Now and then: how long does the runtime let a request wait, and how long the store? The limit follows.
    async fn feel(&self) {
        let begun = self.site.now();
        if self.site.door.wants_sample(begun) {
            tokio::task::yield_now().await;
            let now = self.site.now();
            self.site.door.look(now, (now.0 - begun.0).max(0), || self.site.db.standing_wait());
        }
    }

    /// A body that must keep coming, and what it weighs until the request is done.
    pub fn weighed(&self, body: axum::body::Body) -> (axum::body::Body, Arc<Weight>) {
        let weight = Weight::on(&self.site.scales);
        (Paced::over(body, weight.clone()), weight)
    }

    /// Learns who is asking and how they want to be answered.
    async fn meet(&self, request: &Parts) -> (Visit, View, Result<(), Fail>) {
        let site = &self.site;
        let (headers, uri) = (&request.headers, &request.uri);
        let now = site.now();
        let token = cookie::find(headers, cookie::session_name(&site.config)).map(str::to_owned);
        // The kit's assets and the health page are the same for everybody.
        let impersonal = uri.path().starts_with("/assets/") || uri.path() == "/health";
        let (known, stop) = match token.clone().filter(|_| !impersonal) {
            Some(token) => match self.recognise(token, now, !uri.path().starts_with("/api/")).await {
                Ok(known) => (known, Ok(())),
                Err(stop) => (Known::default(), Err(Fail(stop))),
            },
            None => (Known::default(), Ok(())),
        };
        let is_stale = token.is_some() && known.session.is_none() && stop.is_ok() && !impersonal;
        let (visit, view) = self.look_at(request, known, is_stale);
        (visit, view, stop)
    }

    /// What a request says by itself, and the view of it with what is known of its sender.
    pub fn look_at(&self, request: &Parts, known: Known, is_stale: bool) -> (Visit, View) {
        let site = &self.site;
        let (headers, uri, now) = (&request.headers, request.uri.clone(), site.now());
        let route = request.extensions.get::<MatchedPath>().map(|m| m.as_str().to_owned());
        let Known { session, person, waiting } = known;
        let (seed, fresh_seed) = self.seed(headers, session.as_ref());
        let (lang, elder, prefs) = preferences(headers, &uri);
        let visit = Visit {
            started: now,
            method: request.method.clone(),
            route: route.unwrap_or_else(|| "-".to_owned()),
            api: uri.path().starts_with("/api/"),
            prefs,
            fresh_seed,
            stale: is_stale,
            may_be_guessing: csrf::may_be_guessing(headers, uri.query().is_some()),
            uri: uri.clone(),
        };
        let reading = !csrf::changes(&request.method);
        let shared = Shared {
            words: site.words.clone(),
            nav: self.nav.clone(),
            config: site.config.clone(),
            chance: site.chance.clone(),
            seed,
            seed_used: AtomicBool::new(false),
            as_of: OnceLock::new(),
            request_id: site.chance.code(10),
            path: if reading { uri.path().to_owned() } else { "/".to_owned() },
            query: if reading { uri.query().unwrap_or_default().to_owned() } else { String::new() },
            notice: cookie::find(headers, cookie::NOTICE).filter(|k| k.len() < 100).map(str::to_owned),
            bell: self.site.bell.as_ref().zip(waiting).map(|(bell, n)| (bell.address(), n)),
            subscriber: caller(&request.extensions, headers, site.config.proxies)
                .map_or(0, limits::subscriber),
        };
        let view =
            View { lang, elder, now, zone: site.zone.clone(), person, session, shared: Arc::new(shared) };
        (visit, view)
    }

    /// The living session of a token and, if it is complete, the person behind it as of now, with the number of
    /// what waits to be read where a page will show it.
    async fn recognise(&self, token: String, now: Millis, rings: bool) -> Outcome<Known> {
        let identify = self.site.identify.clone();
        let bell = self.site.bell.clone().filter(|_| rings);
        let known = self.site.db.read(move |conn| {
            let Some(session) = session::by_token(conn, &token, now)? else { return Ok(Known::default()) };
            if !session.complete {
                return Ok(Known { session: Some(session), ..Known::default() });
            }
            let Some(identify) = identify else { return Ok(Known::default()) };
            let Some(person) = identify.person(conn, session.account_id, now)? else {
                return Ok(Known::default());
            };
            // A page without the number is better than no page.
            let waiting = bell.and_then(|bell| bell.count(conn, &person, now).ok());
            Ok(Known { session: Some(session), person: Some(Arc::new(person)), waiting })
        });
        let known = known.await?;
        if let Some(session) = known.session.as_ref().filter(|s| s.wants_touch(now)) {
            let id = session.id;
            self.site.db.keep_house(move |tx| session::touch(tx, id, now)).await?;
        }
        Ok(known)
    }

    fn seed(&self, headers: &HeaderMap, session: Option<&Session>) -> (Seed, Option<String>) {
        let key = self.site.key;
        if let Some(session) = session {
            return (Seed::session(key, &session.digest), None);
        }
        let sent = cookie::find(headers, cookie::seed_name(&self.site.config));
        let sent = sent.and_then(|t| BASE64_URL_SAFE_NO_PAD.decode(t).ok()?.try_into().ok());
        match sent {
            Some(bytes) => (Seed::anonymous(key, bytes), None),
            None => {
                let bytes: [u8; 16] = self.site.chance.bytes();
                (Seed::anonymous(key, bytes), Some(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
            }
        }
    }

    /// Lets the request in, or says why not. While a body arrives nobody keeps a place inside for it.
    async fn admit(&self, guest: Guest<'_>, request: Request) -> Result<(Request, Inside), Fail> {
        let Guest { visit, view, row, pass } = guest;
        let Some(row) = row else {
            // Nothing is routed here: the router says 404 or 405. A route without a row cannot be.
            return Ok((request, Inside { _pass: pass, _weight: None }));
        };
        may_enter(row, view)?;
        if visit.uri.path_and_query().is_some_and(|p| p.as_str().contains("%00")) {
            return Err(body::unreadable().into());
        }
        self.count(row, view, csrf::changes(&visit.method))?;
        if !csrf::changes(&visit.method) {
            return Ok((request, Inside { _pass: pass, _weight: None }));
        }
        if !csrf::same_site(request.headers(), &self.site.config.public_url) {
            return Err(Refusal::new("stop.cross_site").status(403).into());
        }
        let kind = body::Kind::of(request.headers());
        let time = if row.files { body::FILES_TIME } else { body::TIME };
        drop(pass);
        let (head, body) = request.into_parts();
        let (body, weight) = self.weighed(body);
        let request = Request::from_parts(head, body);
        let taken = tokio::time::timeout(time, body::take(request, kind, row.files)).await;
        let slow = |_| Refusal::new("stop.too_slow").status(408);
        let (mut request, taken) = taken.map_err(slow)??;
        // JSON cannot be sent by another site's form, and without a session there is nothing that a
        // browser would add by itself; everything else needs the token.
        let harmless = kind == body::Kind::Json && view.session.is_none() && visit.api;
        if !harmless && !view.shared.seed.accepts(&taken.token) {
            return Err(Refusal::new("stop.stale_form").status(403).into());
        }
        request.extensions_mut().insert(Arc::new(taken.posted));
        let pass = self.site.door.enter_again(row.class).await.map_err(|_| away::busy(view))?;
        Ok((request, Inside { _pass: pass, _weight: Some(weight) }))
    }

    /// Counts acts against the house's limits, and every call of a route that has a limit of its own.
    fn count(&self, row: &Right, view: &View, changes: bool) -> Outcome<()> {
        let (limits, config) = (&self.site.limits, &self.site.config);
        let (key, general) = match &view.person {
            Some(person) => ((1, person.account as u64), config.staff_posts),
            None => ((0, view.subscriber()), config.public_posts),
        };
        if changes {
            limits.take("web.posts", key, general, view.now)?;
        }
        match row.rate {
            Some(rate) => limits.take(row.path, key, rate, view.now),
            None => Ok(()),
        }
    }
}

/// Holds the rights row against the person.
fn may_enter(row: &Right, view: &View) -> Result<(), Fail> {
    match row.need {
        Need::Public => Ok(()),
        _ if view.person.is_none() => Err(Refusal::new("stop.sign_in").status(401).into()),
        need if view.meets(need) => Ok(()),
        _ => Err(Refusal::forbidden().into()),
    }
}

/// Language, elder view, and the cookies that keep a choice made in the address.
fn preferences(headers: &HeaderMap, uri: &Uri) -> (Lang, bool, Vec<(&'static str, &'static str)>) {
    let asked: Vec<(String, String)> =
        serde_urlencoded::from_str(uri.query().unwrap_or_default()).unwrap_or_default();
    let asked = |name: &str| asked.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let mut keep = Vec::new();
    let new_lang = asked(cookie::LANG).and_then(Lang::parse);
    if let Some(lang) = new_lang {
        keep.push((cookie::LANG, lang.tag()));
    }
    let new_elder = match asked(cookie::ELDER) {
        Some("1") => Some(true),
        Some("0") => Some(false),
        _ => None,
    };
    if let Some(elder) = new_elder {
        keep.push((cookie::ELDER, if elder { "1" } else { "0" }));
    }
    let lang = new_lang.or_else(|| cookie::find(headers, cookie::LANG).and_then(Lang::parse));
    let elder = new_elder.unwrap_or_else(|| cookie::find(headers, cookie::ELDER) == Some("1"));
    (lang.unwrap_or(Lang::Zh), elder, keep)
}

/// The caller's address: the connection's, or the entry that the outermost trusted proxy wrote.
fn caller(extensions: &Extensions, headers: &HeaderMap, proxies: usize) -> Option<IpAddr> {
    if proxies > 0 {
        let all = headers.get_all("x-forwarded-for").iter().filter_map(|h| h.to_str().ok());
        let hops: Vec<&str> = all.flat_map(|h| h.split(',')).map(str::trim).collect();
        let told = hops.len().checked_sub(proxies).and_then(|at| hops[at].parse().ok());
        if told.is_some() {
            return told;
        }
    }
    extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip())
}
