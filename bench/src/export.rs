//! A million rows as CSV and as Excel: how fast, and how much memory the server takes for it. The floor is the bare
//! query, page by page over the same rows in the same run.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, StatusCode};
use serde::Serialize;

use crate::{
    browser::Browser,
    load::connect,
    measure::apart,
    server::{City, Memory, Pinned, Scale, Server},
    store,
};

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figure {
    engine: &'static str,
    rows: i64,
    bare_rows_per_s: f64,
    files: Vec<File>,
}

/// One file.
#[derive(Debug, Serialize)]
struct File {
    kind: &'static str,
    first_byte_s: f64,
    seconds: f64,
    megabytes: f64,
    rows_per_s: f64,
    /// Rows a second to those of the bare query.
    ratio: f64,
    memory_before_mb: f64,
    /// The most memory of its own that the server had meanwhile, without files that are mapped.
    memory_most_mb: f64,
}

/// Measures on one engine.
///
/// # Errors
/// When the city cannot be founded or served, or a file is not whole.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub fn measure(rows: i64, postgres: Option<&str>, address: &str) -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let city = City::found(folder.path(), postgres, Scale::Small)?;
    let url = city.database().to_owned();
    let bare_rows_per_s = apart(|| {
        let mut conn = store::writing(&url)?;
        store::multiply_cases(&mut conn, postgres.is_some(), rows)?;
        let (begun, mut read, mut after) = (Instant::now(), 0, None);
        loop {
            let (n, next) = store::bare_page(&mut conn, after)?;
            if n == 0 {
                break;
            }
            (read, after) = (read + n, next);
        }
        Ok(read as f64 / begun.elapsed().as_secs_f64())
    })?;
    let server = city.serve_as(&Pinned { core: None, more: vec!["--require-totp=false", "--proxies=1"] })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut files = Vec::new();
    for (kind, path) in [("csv", format!("{address}&as=csv")), ("xlsx", address.to_owned())] {
        let mut file = runtime.block_on(download(&server, kind, &path))?;
        file.rows_per_s = rows as f64 / file.seconds;
        file.ratio = file.rows_per_s / bare_rows_per_s;
        files.push(file);
    }
    Ok(Figure {
        engine: if postgres.is_some() { "postgres" } else { "sqlite" },
        rows,
        bare_rows_per_s,
        files,
    })
}

/// Reads one file to its end while somebody looks at the server's memory.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
async fn download(server: &Server, kind: &'static str, path: &str) -> anyhow::Result<File> {
    let leader = Browser::enter(&server.address, "leader", "10.9.9.9".to_owned()).await?;
    let mut client = connect(&server.address, None).await?;
    let memory_before_mb = server.memory().own_mb();
    let most = Arc::new(AtomicU64::new(0));
    let request = Request::get(path)
        .header("host", &server.address)
        .header("cookie", leader.cookie())
        .body(Full::new(Bytes::new()))?;
    let begun = Instant::now();
    let mut answer = client.send_request(request).await?;
    ensure!(answer.status() == StatusCode::OK, "{}", answer.status());
    let looking = tokio::spawn(watch(server.memory(), most.clone()));
    let (mut bytes, mut first_byte_s) = (0_usize, 0.0);
    while let Some(frame) = answer.frame().await {
        let data = frame.context("the file broke off")?.into_data().unwrap_or_default();
        if bytes == 0 {
            first_byte_s = begun.elapsed().as_secs_f64();
        }
        bytes += data.len();
    }
    looking.abort();
    Ok(File {
        kind,
        first_byte_s,
        seconds: begun.elapsed().as_secs_f64(),
        megabytes: bytes as f64 / 1_048_576.0,
        rows_per_s: 0.0,
        ratio: 0.0,
        memory_before_mb,
        memory_most_mb: most.load(Ordering::Relaxed) as f64 / 1_024.0,
    })
}

/// Keeps the most memory that was seen, in kilobytes.
async fn watch(memory: Memory, most: Arc<AtomicU64>) {
    loop {
        most.fetch_max((memory.own_mb() * 1_024.0) as u64, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
