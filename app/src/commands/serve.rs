//! `linli serve`: the whole platform on one port.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use serde_json::json;
use store::{Db, Serving};
use tokio::net::TcpListener;

use super::answer;
use crate::{
    config::Settings,
    house::{self, Told},
    post,
};

/// Brings the database up to date and serves until it is told to stop.
pub fn serve(settings: &Settings, json: bool) -> anyhow::Result<()> {
    let serving = Serving::begin(&settings.database()).told()?;
    house::bring_up(settings)?;
    let db = house::open_now(settings, true)?;
    if let Some(copy) = &settings.replica {
        db.overlook_at(copy, settings.readers()).told()?;
    }
    run(settings, db, serving, false, json, &[])
}

/// Serves an open database; says `lines` when it listens.
pub fn run(
    settings: &Settings,
    db: Db,
    mut serving: Serving,
    demo: bool,
    json: bool,
    lines: &[String],
) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let end = db.clone();
    runtime.block_on(async move {
        let listener = TcpListener::bind(settings.listen())
            .await
            .with_context(|| format!("端口被占用或无权监听 / cannot listen on {}", settings.listen()))?;
        let at = listener.local_addr()?;
        // The rooms' objects are read with the blocking calls, which this thread may not make by itself.
        let site = tokio::task::block_in_place(|| {
            let site = house::site(&db, settings.web(demo, at))?;
            // Without its pack the house still serves: the administrator's page shows the mistakes by line.
            if let Err(error) = house::first_pack(settings, &db, &*site.get::<case::store::Desk>().told()?) {
                tracing::warn!(%error, "the pack was not loaded");
            }
            if let Err(error) = house::keep_callback_rule(settings, &db) {
                tracing::warn!(%error, "the rule of call-backs was not loaded");
            }
            anyhow::Ok(site)
        })?
        .with(Arc::new(house::shelf(settings)))
        .with(Arc::new(house::figure_thresholds(settings)?))
        .with(Arc::new(house::rulebook(settings.pack.as_deref())?));
        let post = post::ways(settings, &site.config)?;
        let site = site.with(post.setup.clone());
        let almanac = site.get::<calendar::LiveAlmanac>().told()?;
        let courier =
            notice::Courier::new(db.clone(), site.words.clone(), post.setup, almanac, post.carriers);
        courier.begin().await.told()?;
        let runner = jobs::Runner::new(db.clone(), house::timers(&site)?);
        tokio::spawn(runner.run_forever());
        tokio::spawn(courier.run_forever());
        tokio::spawn(upward::Messenger::new(db.clone()).run_forever());
        tokio::spawn(sweep(db));
        tokio::spawn(look_again(site.clone()));
        let house = web::compose(house::rooms(), site)?;
        serving.has_begun();
        say(json, at, lines)?;
        web::serve(listener, house.router, settings.connections(), told_to_stop()).await?;
        anyhow::Ok(())
    })?;
    // The last checkpoint covers everything that was acknowledged.
    if let Err(stop) = end.sign_now() {
        return Err(house::told(&stop));
    }
    Ok(())
}

fn say(json: bool, at: SocketAddr, lines: &[String]) -> anyhow::Result<()> {
    let sentence = std::iter::once(format!("邻里已启动 / Linli is running:  http://{at}"))
        .chain(lines.iter().cloned())
        .collect::<Vec<_>>()
        .join("\n");
    answer(json, &json!({"listening": format!("http://{at}")}), &sentence)
}

/// How often the tables that a request looks things up in are read anew although nobody changed them: a unit or a rule
/// may have begun or ended with the day.
const LOOK_AGAIN: std::time::Duration = std::time::Duration::from_secs(15);

/// Reads places, units, categories and rules anew as soon as they were changed on a page of another room, by a command,
/// or by another process on the same database, and now and then. Places and calendars are read only when there is another
/// edition of them.
async fn look_again(site: web::Site) {
    let mut edition = site.db.edition();
    loop {
        match tokio::time::timeout(LOOK_AGAIN, edition.changed()).await {
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(_)) => return,
        }
        let Ok(desk) = site.get::<case::store::Desk>() else { return };
        if desk.refresh(&site.db).await.is_err() {
            tracing::warn!("places, units and categories could not be read anew");
        }
    }
}

/// Removes what has run out, once an hour: old sessions, and drafts that were never sent.
async fn sweep(db: Db) {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
        let now = Arc::clone(db.clock()).now();
        if db.keep_house(move |tx| web::session::sweep(tx, now)).await.is_err() {
            tracing::warn!("old sessions could not be removed");
        }
        loop {
            match db.keep_house(move |tx| case::store::sweep_drafts(tx, now)).await {
                Ok(0) => break,
                Ok(_) => {}
                Err(_) => {
                    tracing::warn!("old drafts could not be removed");
                    break;
                }
            }
        }
    }
}

async fn told_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let Ok(mut term) = signal(SignalKind::terminate()) else { return };
        tokio::select! {
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}
