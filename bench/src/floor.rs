//! Floors (底线): what the machine does in the same run without the product. A ratio to a floor is what two machines, or
//! two hours of one, have in common.

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use linli_loader::{
    http::Ask,
    pace::{self, Pace, Seen},
};
use tokio::net::TcpListener;

/// How long a floor is measured, after a tenth of it as a warm-up.
const TIME: Duration = Duration::from_secs(2);

/// A bare answer of so many bytes over HTTP, asked for by so many clients: hyper, one task for each connection, no
/// routes, no session, no database.
///
/// # Errors
/// When no port can be had.
pub async fn http(bytes: f64, clients: usize) -> anyhow::Result<Seen> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let body = Bytes::from(vec![b'x'; bytes as usize]);
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let _ = stream.set_nodelay(true);
                let answer = service_fn(move |_: Request<Incoming>| {
                    let body = body.clone();
                    async move { Ok::<_, Infallible>(Response::new(Full::new(body))) }
                });
                // The end of the connection is the client's.
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), answer)
                    .await;
            });
        }
    });
    let make = std::sync::Arc::new(|_| Ask::get("/"));
    let (seen, _) = pace::measure(&address, Pace::Closed(clients), TIME / 10, TIME, 0, make).await;
    serving.abort();
    anyhow::ensure!(seen.bad == 0, "the bare answer failed: {}", seen.first_bad);
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_bare_answer_has_its_size() {
        let seen = http(12_345.0, 2).await.unwrap();
        assert!(seen.good > 50 && (seen.bytes - 12_345.0).abs() < 1e-9, "{seen:?}");
    }
}
