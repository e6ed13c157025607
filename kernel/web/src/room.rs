//! What a room hands to the house: its routes, its rights, its words. The rights table stands
//! beside the routes, and the house does not start when the two differ.

use axum::{Router, handler::Handler, routing};
use http::Method;
use store::Migration;
use utoipa_axum::router::OpenApiRouter;

use crate::{Class, Rate, Site, View, WordFiles};

/// Who may call a route (访问要求). This is the coarse gate; the deed decides about the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Everybody, signed in or not.
    Public,
    /// Anybody with a full session.
    SignedIn,
    /// Somebody whose posts give this duty.
    Duty(&'static str),
    /// Somebody whose posts give one of these duties.
    AnyDuty(&'static [&'static str]),
}

/// One row of the rights table: a route, who may call it, and why it exists.
#[derive(Debug, Clone, Copy)]
pub struct Right {
    /// The HTTP method in capitals.
    pub method: &'static str,
    /// The path as the router spells it, e.g. `/cases/{id}/acceptance`.
    pub path: &'static str,
    /// Who.
    pub need: Need,
    /// Why, in a few words: it is printed in the rights matrix.
    pub why: &'static str,
    /// Whether it takes files, i.e. a body up to [`crate::UPLOAD_BYTES`].
    pub files: bool,
    /// How often one subscriber line (or one account) may call it, beside the house's general limit
    /// on acts: for exports and for forms that anybody may send.
    pub rate: Option<Rate>,
    /// What it is worth waiting for when more come than can be served.
    pub class: Class,
}

impl Right {
    /// A row for any method.
    pub const fn of(method: &'static str, path: &'static str, need: Need, why: &'static str) -> Self {
        Self { method, path, need, why, files: false, rate: None, class: Class::Ordinary }
    }

    /// A row for reading. `HEAD` goes with it.
    pub const fn get(path: &'static str, need: Need, why: &'static str) -> Self {
        Self::of("GET", path, need, why)
    }

    /// A row for an act.
    pub const fn post(path: &'static str, need: Need, why: &'static str) -> Self {
        Self::of("POST", path, need, why)
    }

    /// The same row for a route that takes files.
    #[must_use]
    pub const fn files(mut self) -> Self {
        self.files = true;
        self
    }

    /// The same row for a route that goes before others under a crowd.
    #[must_use]
    pub const fn urgent(mut self) -> Self {
        self.class = Class::Urgent;
        self
    }

    /// The same row for a route that costs as much as many pages.
    #[must_use]
    pub const fn heavy(mut self) -> Self {
        self.class = Class::Heavy;
        self
    }

    /// The same row for a route that asks nothing of the database and is never sent away.
    #[must_use]
    pub const fn free(mut self) -> Self {
        self.class = Class::Free;
        self
    }

    /// The same row with a limit of its own.
    #[must_use]
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }
}

/// The HTML routes of a room. It notes what it is given, so that the house can compare them with
/// the rights table before it starts.
#[derive(Default)]
pub struct Routes {
    pub(crate) router: Router<Site>,
    pub(crate) seen: Vec<(Method, &'static str)>,
}

impl Routes {
    /// No routes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// A route for reading.
    #[must_use]
    pub fn get<H: Handler<T, Site>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::GET, path, routing::get(handler))
    }

    /// A route for an act.
    #[must_use]
    pub fn post<H: Handler<T, Site>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::POST, path, routing::post(handler))
    }

    /// A route that replaces a record: for scripts only, since forms know GET and POST.
    #[must_use]
    pub fn put<H: Handler<T, Site>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.add(Method::PUT, path, routing::put(handler))
    }

    fn add(mut self, method: Method, path: &'static str, route: routing::MethodRouter<Site>) -> Self {
        self.router = self.router.route(path, route);
        self.seen.push((method, path));
        self
    }
}

/// An entry of the main menu (主菜单).
#[derive(Debug, Clone, Copy)]
pub struct Nav {
    /// Where it leads.
    pub href: &'static str,
    /// The catalogue's key of its name.
    pub key: &'static str,
    /// Who sees it.
    pub need: Need,
    /// Its place: lower numbers stand first.
    pub order: u8,
}

/// A page with made-up content, rendered without a database: for pictures, for accessibility
/// checks and for the missing-word check.
#[derive(Clone, Copy)]
pub struct Sample {
    /// A file name without ending, `<room>_<page>`.
    pub name: &'static str,
    /// Renders it; an error is a fault of the template.
    pub html: fn(&View) -> Result<String, askama::Error>,
}

/// Everything that a room hands in. Build it from [`Room::new`] with `..`.
pub struct Room {
    /// The room's one word.
    pub name: &'static str,
    /// HTML routes.
    pub routes: Routes,
    /// JSON routes under `/api`, with their documentation.
    pub api: OpenApiRouter<Site>,
    /// One row for each route of both kinds.
    pub rights: &'static [Right],
    /// Its tables.
    pub migrations: &'static [Migration],
    /// The kinds of facts that it records.
    pub facts: &'static [&'static str],
    /// Those of them after which every process must read again what it keeps in memory.
    pub stirs: &'static [&'static str],
    /// Its catalogue files: [`crate::words!`].
    pub words: WordFiles,
    /// Its entries of the main menu.
    pub nav: &'static [Nav],
    /// Its sample pages.
    pub samples: Vec<Sample>,
}

impl Room {
    /// An empty room.
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            routes: Routes::new(),
            api: OpenApiRouter::new(),
            rights: &[],
            migrations: &[],
            facts: &[],
            stirs: &[],
            words: &[],
            nav: &[],
            samples: Vec::new(),
        }
    }
}
