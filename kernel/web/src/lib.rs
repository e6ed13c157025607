//! The kit that all rooms' pages are made with (网页套件): routes with rights, sessions, forms that
//! keep what was typed, lists, Excel, dates as people say them, and pages that need no script.
//!
//! The door to it is [`compose`]; how to write a page stands in this crate's README.
//! Deliberately absent: any civic noun, any client-side framework, inline script or style.

mod admission;
mod answer;
mod assets;
mod away;
mod body;
mod compose;
mod cookie;
mod csrf;
mod document;
mod excel;
mod export;
mod fail;
mod fields;
mod form;
mod gate;
mod html;
mod leaving;
mod limits;
mod list;
pub mod once;
mod own;
mod paced;
mod pressure;
mod reading;
mod room;
mod samples;
mod serve;
pub mod session;
mod site;
mod view;
mod when;
mod who;
mod words;

pub use admission::{AtDoor, Class, Load, Tally};
pub use answer::{Answer, attachment, encode, go, go_saying, page, page_as};
pub use assets::asset_text;
pub use body::UPLOAD_BYTES;
pub use compose::{House, Uneven, compose, migrations_of, rights_of, words_of};
pub use document::openapi_of;
pub use excel::{Cell, Sheet, sheet_answer};
pub use export::{Heading, export};
pub use fail::{Fail, FieldProblem, Problem, Told};
pub use fields::{Field, Fields, Opt, options};
pub use form::{Form, Upload};
pub use html::Html;
pub use limits::{Limits, Rate, subscriber};
pub use list::{List, ListQuery, Names, Tabs};
pub use own::room;
pub use pressure::Bounds;
pub use room::{Nav, Need, Right, Room, Routes, Sample};
pub use samples::{SAMPLE_NOW, sample_person, sample_view};
pub use serve::{Connections, serve};
pub use site::{Config, Site};
pub use view::{NavItem, Tone, View};
pub use who::{BELL_MOST, Bell, Identify, MaybeWho, Person, PostView, Who};
pub use words::{Lang, WordFiles, Words, WordsError};
