//! `linli serve`: the whole platform on one port.

use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use serde_json::json;
use store::Db;
use tokio::net::TcpListener;

use super::answer;
use crate::{
    config::Settings,
    house::{self, Told},
};

/// Brings the database up to date and serves until it is told to stop.
pub fn serve(settings: &Settings, json: bool) -> anyhow::Result<()> {
    house::bring_up(settings)?;
    let db = house::open_now(settings, true)?;
    run(settings, db, false, json, &[])
}

/// Serves an open database; says `lines` when it listens.
pub fn run(settings: &Settings, db: Db, demo: bool, json: bool, lines: &[String]) -> anyhow::Result<()> {
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
            house::first_pack(settings, &db, &*site.get::<case::store::Desk>().told()?)?;
            anyhow::Ok(site)
        })?
        .with(Arc::new(house::shelf(settings)));
        let runner = jobs::Runner::new(db.clone(), case::deeds::TIMERS.iter().copied());
        tokio::spawn(runner.run_forever());
        tokio::spawn(sweep(db));
        let house = web::compose(house::rooms(), site)?;
        say(json, at, lines)?;
        let service = house.router.into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, service).with_graceful_shutdown(told_to_stop()).await?;
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

/// Removes what has run out: old sessions, once an hour.
async fn sweep(db: Db) {
    loop {
        tokio::time::sleep(std::time::Duration::from_secs(3_600)).await;
        let now = Arc::clone(db.clock()).now();
        if db.keep_house(move |tx| web::session::sweep(tx, now)).await.is_err() {
            tracing::warn!("old sessions could not be removed");
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
