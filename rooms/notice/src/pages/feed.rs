//! Calendar links (日程订阅): the page on which they are made and ended, and the feed itself.

use access::{HeldPost, person_of};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use base::{DAY_MS, Id, Millis, Outcome, Refusal};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use web::{Answer, Site, View, Who, go_saying, page};

use crate::deeds::{FeedSources, end_link, make_link, open_link};
use crate::model::{FeedEvent, Param};
use crate::rules::{calendar_text, tag_of};
use crate::store::{Feed, feeds_of};

/// Events of one feed at most.
const MOST_EVENTS: usize = 500;
/// How far back a feed reaches: what is late stays in it.
const BACK_MS: i64 = 60 * DAY_MS;
/// How far ahead.
const AHEAD_MS: i64 = 400 * DAY_MS;
/// How long a calendar program may keep what it read, in seconds.
const KEEP: &str = "private, max-age=600";

/// A post with its link.
pub(crate) struct FeedLine {
    pub post: String,
    pub title: String,
    pub unit: String,
    pub made: Option<Millis>,
    /// Whether the post is still held.
    pub held: bool,
}

#[derive(Template)]
#[template(path = "notice/feed.html")]
pub(crate) struct FeedPage {
    pub v: View,
    pub lines: Vec<FeedLine>,
    /// The link that was just made.
    pub fresh: Option<String>,
}

async fn lines(site: &Site, who: &web::Person) -> Outcome<Vec<FeedLine>> {
    let account = who.account;
    let feeds = site.db.read(move |conn| feeds_of(conn, account)).await?;
    let post = |id: i64| Id::<access::Post>::of(id).to_string();
    let mut lines: Vec<FeedLine> = who
        .posts
        .iter()
        .map(|p| FeedLine {
            post: post(p.id),
            title: p.title.clone(),
            unit: p.unit_name.clone(),
            made: feeds.iter().find(|f| f.post == p.id).map(|f| f.made),
            held: true,
        })
        .collect();
    let over = |f: &&Feed| !who.posts.iter().any(|p| p.id == f.post);
    lines.extend(feeds.iter().filter(over).map(|f| FeedLine {
        post: post(f.post),
        title: String::new(),
        unit: String::new(),
        made: Some(f.made),
        held: false,
    }));
    Ok(lines)
}

/// GET /me/feed
pub(super) async fn feed_show(State(site): State<Site>, v: View, who: Who) -> Answer {
    page(&FeedPage { lines: lines(&site, &who).await?, fresh: None, v })
}

/// POST /me/feed/{post}: the page with the new link, shown this once.
pub(super) async fn feed_make(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(post): Path<Id<access::Post>>,
) -> Answer {
    let (person, now) = (person_of(&who)?, v.now);
    let token = site.db.write(move |tx| make_link(tx, &person, now, post.raw())).await?;
    let fresh = Some(format!("{}/feed/{token}.ics", site.config.public_url));
    page(&FeedPage { lines: lines(&site, &who).await?, fresh, v })
}

/// POST /me/feed/{post}/end
pub(super) async fn feed_end(
    State(site): State<Site>,
    v: View,
    who: Who,
    Path(post): Path<Id<access::Post>>,
) -> Answer {
    let (person, now) = (person_of(&who)?, v.now);
    site.db.write(move |tx| end_link(tx, &person, now, post.raw())).await?;
    go_saying("/me/feed", "notice.feed.ended")
}

/// GET /feed/{token}.ics
pub(super) async fn feed_file(
    State(site): State<Site>,
    v: View,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> Answer {
    let token = file.strip_suffix(".ics").ok_or_else(Refusal::not_found)?.to_owned();
    let (sources, now) = (site.get::<FeedSources>().unwrap_or_default(), v.now);
    let found = site
        .db
        .read(move |conn| {
            let Some(post) = open_link(conn, &token, now)? else { return Ok(None) };
            let span = (now.plus(-BACK_MS), now.plus(AHEAD_MS));
            let mut events = Vec::new();
            for source in &sources.0 {
                events.extend(source.events(conn, &post, span, MOST_EVENTS)?);
            }
            events.sort_by_key(|e| (e.at, e.id));
            events.truncate(MOST_EVENTS);
            Ok(Some((post, events)))
        })
        .await?;
    let (post, events) = found.ok_or_else(Refusal::not_found)?;
    let text = feed_text(&site, &v, &post, events);
    answer(&headers, text)
}

fn feed_text(site: &Site, v: &View, post: &HeldPost, events: Vec<FeedEvent>) -> String {
    let titled = events.into_iter().map(|e| {
        let number = match &e.number {
            Some(Param::Number(Some(number))) => number.as_str().to_owned(),
            _ => String::new(),
        };
        let title = v.tw(e.key, &[("number", &number), ("label", &e.label)]);
        (e, title)
    });
    let titled: Vec<(FeedEvent, String)> = titled.collect();
    let name = v.tw("notice.feed.name", &[("unit", &post.unit_name), ("post", &post.title)]);
    let url = &site.config.public_url;
    let host = url.split("://").nth(1).unwrap_or(url);
    calendar_text(&name, host, url, &v.zone, &titled)
}

/// The feed, or that nothing has changed since the caller read it.
fn answer(headers: &HeaderMap, text: String) -> Answer {
    let tag = tag_of(&text);
    let known = headers.get(header::IF_NONE_MATCH).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let same = known.split(',').any(|t| t.trim().trim_start_matches("W/") == tag || t.trim() == "*");
    let kept = [
        (header::ETAG, HeaderValue::from_str(&tag)?),
        (header::CACHE_CONTROL, HeaderValue::from_static(KEEP)),
    ];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, kept).into_response());
    }
    let kind = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/calendar; charset=utf-8")),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static("inline; filename=\"linli.ics\"")),
    ];
    let response: Response = (kept, kind, text).into_response();
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feed_that_has_not_changed_is_not_sent_again() {
        let ask = |known: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(known) = known {
                headers.insert(header::IF_NONE_MATCH, HeaderValue::from_str(known).unwrap());
            }
            answer(&headers, "BEGIN:VCALENDAR".to_owned()).unwrap_or_else(|_| panic!("it answers"))
        };
        let first = ask(None);
        assert_eq!(first.status(), StatusCode::OK);
        assert_eq!(first.headers()[header::CONTENT_TYPE], "text/calendar; charset=utf-8");
        let tag = first.headers()[header::ETAG].to_str().unwrap().to_owned();
        for known in [tag.clone(), format!("W/{tag}"), format!("\"other\", {tag}"), "*".to_owned()] {
            assert_eq!(ask(Some(&known)).status(), StatusCode::NOT_MODIFIED, "{known}");
        }
        assert_eq!(ask(Some("\"other\"")).status(), StatusCode::OK);
    }
}
