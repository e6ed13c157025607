//! Clients over HTTP: each keeps a connection and brings one matter after another.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpSocket;

/// A matter that was acknowledged: what its finder must show again.
#[derive(Debug, Clone)]
pub struct Acked {
    /// Its number.
    pub number: String,
    /// Its code.
    pub code: String,
    /// How long the answer took.
    pub took: Duration,
}

/// Matters that have been acknowledged since the start of this process.
pub static ACKED: AtomicU64 = AtomicU64::new(0);

/// A connection, from this address of the machine if one is given.
///
/// # Errors
/// When nobody listens.
pub async fn connect(
    address: &str,
    from: Option<std::net::SocketAddr>,
) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let socket = TcpSocket::new_v4()?;
    if let Some(from) = from {
        socket.bind(from)?;
    }
    let stream = socket.connect(address.parse()?).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // The end of the connection is seen by the sender.
        let _ = connection.await;
    });
    Ok(sender)
}

/// One matter as JSON, of the usual length (the median of 2,816 real messages is 192 characters).
pub fn matter(n: u64, place: &str) -> String {
    let text = format!(
        "第{n}件：{}",
        "村口的路灯三天没有亮了，晚上看不清路，老人和孩子出门不方便，请尽快来人修理。".repeat(5)
    );
    serde_json::json!({"place": {"code": place}, "spot": format!("{n}号杆"), "category": "020101", "text": text})
        .to_string()
}

/// Where matters are brought unless it is said.
pub const PLACE: &str = "620602001000";

/// Drives `clients` at once until the time is up or `stop` is set; returns what was acknowledged.
pub async fn drive(
    address: &str,
    clients: usize,
    time: Duration,
    stop: Arc<AtomicBool>,
) -> (Vec<Acked>, f64) {
    drive_in(address, [PLACE.to_owned()].into(), clients, time, stop).await
}

/// The same with matters from several places in turn.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub async fn drive_in(
    address: &str,
    places: Arc<[String]>,
    clients: usize,
    time: Duration,
    stop: Arc<AtomicBool>,
) -> (Vec<Acked>, f64) {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let all = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for _ in 0..clients {
        let (address, all, stop, places) = (address.to_owned(), all.clone(), stop.clone(), places.clone());
        tasks.push(tokio::spawn(async move {
            let Ok(mut sender) = connect(&address, None).await else { return };
            while start.elapsed() < time && !stop.load(Ordering::Relaxed) {
                let n = NEXT.fetch_add(1, Ordering::Relaxed);
                let begun = Instant::now();
                let place = &places[n as usize % places.len()];
                match bring(&mut sender, &address, n, place).await {
                    Some((number, code)) => {
                        let acked = Acked { number, code, took: begun.elapsed() };
                        all.lock().unwrap_or_else(|e| e.into_inner()).push(acked);
                        ACKED.fetch_add(1, Ordering::Relaxed);
                    }
                    None if stop.load(Ordering::Relaxed) => return,
                    None => match connect(&address, None).await {
                        Ok(fresh) => sender = fresh,
                        Err(_) => return,
                    },
                }
            }
        }));
    }
    for task in tasks {
        let _ = task.await;
    }
    let all = std::mem::take(&mut *all.lock().unwrap_or_else(|e| e.into_inner()));
    (all, start.elapsed().as_secs_f64())
}

async fn bring(
    sender: &mut SendRequest<Full<Bytes>>,
    host: &str,
    n: u64,
    place: &str,
) -> Option<(String, String)> {
    let request = Request::post("/api/v1/cases")
        .header("host", host)
        .header("content-type", "application/json")
        .header("x-forwarded-for", format!("10.{}.{}.{}", n >> 16 & 255, n >> 8 & 255, n & 255))
        .body(Full::new(Bytes::from(matter(n, place))))
        .ok()?;
    sender.ready().await.ok()?;
    let answer = sender.send_request(request).await.ok()?;
    let good = answer.status().is_success();
    let body = answer.into_body().collect().await.ok()?.to_bytes();
    let value: serde_json::Value = serde_json::from_slice(&body).ok()?;
    if !good {
        return None;
    }
    Some((value["number"].as_str()?.to_owned(), value["code"].as_str()?.to_owned()))
}

/// Asks for a page until the time is up, as fast as it is answered; the times of good answers.
#[expect(clippy::disallowed_methods, reason = "the bench measures")]
pub async fn get_until(
    mut client: SendRequest<Full<Bytes>>,
    host: &str,
    path: &str,
    time: Duration,
) -> Vec<Duration> {
    let (begun, mut all) = (Instant::now(), Vec::new());
    while begun.elapsed() < time {
        let request = Request::get(path).header("host", host).body(Full::new(Bytes::new()));
        let (Ok(request), Ok(())) = (request, client.ready().await) else { return all };
        let at = Instant::now();
        let Ok(answer) = client.send_request(request).await else { return all };
        let is_good = answer.status().is_success();
        if answer.into_body().collect().await.is_err() {
            return all;
        }
        if is_good {
            all.push(at.elapsed());
        }
    }
    all
}

/// Whether the matter is there, asked as its sender would.
pub async fn is_there(address: &str, acked: &Acked) -> bool {
    let Ok(mut sender) = connect(address, None).await else { return false };
    let path = format!("/api/v1/cases/{}?code={}", acked.number, acked.code);
    let request = Request::get(path)
        .header("host", address)
        .header("x-forwarded-for", "10.200.1.1")
        .body(Full::new(Bytes::new()));
    let Ok(request) = request else { return false };
    matches!(sender.send_request(request).await, Ok(answer) if answer.status().is_success())
}
