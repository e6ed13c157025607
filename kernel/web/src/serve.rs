//! Serving (监听): connections are taken in up to a number in all and for each line, a request's head must arrive
//! soon, and what is written must be taken. Two thousand connections that creep hold two thousand small buffers and
//! nothing else; those that are inside are counted by the admission, not here.
//!
//! Deliberately absent: TLS and HTTP/2, which the proxy in front speaks.

use std::{
    collections::HashMap,
    convert::Infallible,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body, extract::ConnectInfo};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};
use tower::ServiceExt;

use crate::{limits::subscriber, paced::Taking};

/// How long the head of a request may take, and how long a connection may stand idle.
const HEAD: Duration = Duration::from_secs(15);
/// The same where connections get scarce.
const HEAD_IN_A_CROWD: Duration = Duration::from_secs(5);
/// Bytes of a request's head, and of an answer that waits to be written.
const HEAD_BYTES: usize = 64 * 1024;
/// What the kernel keeps unsent of an answer: a client that takes little is seen early, and holds little.
#[cfg(target_os = "linux")]
const UNSENT_BYTES: u32 = 16 * 1024;
/// How long requests that are under way may take when the house closes.
const CLOSING: Duration = Duration::from_secs(30);
/// After a failure to accept, e.g. without file descriptors.
const AGAIN: Duration = Duration::from_millis(50);

/// How many connections there may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connections {
    /// In all; further ones wait in the kernel's line.
    pub all: usize,
    /// Of one subscriber line: a town's office behind one address has some hundred browser connections. 0 where a
    /// proxy stands in front, which alone knows its callers.
    pub of_one: usize,
}

impl Default for Connections {
    fn default() -> Self {
        Self { all: 8_192, of_one: 1_024 }
    }
}

/// Counts the connections of each line.
#[derive(Default)]
struct Lines(Mutex<HashMap<u64, usize>>);

/// One connection of a line, until it is dropped.
struct Held {
    lines: Arc<Lines>,
    line: u64,
    _permit: OwnedSemaphorePermit,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut all = self.lines.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(n) = all.get_mut(&self.line) {
            *n -= 1;
            if *n == 0 {
                all.remove(&self.line);
            }
        }
    }
}

impl Lines {
    /// One more of this line, unless it has too many.
    fn hold(self: &Arc<Self>, line: u64, most: usize, permit: OwnedSemaphorePermit) -> Option<Held> {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let n = all.entry(line).or_default();
        if most > 0 && *n >= most {
            return None;
        }
        *n += 1;
        Some(Held { lines: self.clone(), line, _permit: permit })
    }
}

/// Serves until `stop`, then lets what is under way come to its end.
///
/// # Errors
/// When the connections could not be counted, which is when the process ends.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    connections: Connections,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let places = Arc::new(Semaphore::new(connections.all));
    let lines = Arc::new(Lines::default());
    let (closing, closes) = watch::channel(false);
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = async {
            let permit = places.clone().acquire_owned().await.map_err(io::Error::other)?;
            io::Result::Ok((accept(&listener).await, permit))
        };
        let ((stream, from), permit) = tokio::select! {
            next = next => next?,
            () = &mut stop => break,
        };
        // The rest of the line's connections go on; this one is closed without a word, which costs least.
        let Some(held) = lines.hold(subscriber(from.ip()), connections.of_one, permit) else { continue };
        let is_crowded = places.available_permits() < connections.all / 8;
        tokio::spawn(converse(stream, from, router.clone(), is_crowded, closes.clone(), held));
    }
    drop(listener);
    let _ = closing.send(true);
    let all = u32::try_from(connections.all).unwrap_or(u32::MAX);
    let _ = tokio::time::timeout(CLOSING, places.acquire_many(all)).await;
    Ok(())
}

/// The next connection. What fails is a connection that has gone already, or the machine, which needs a moment.
async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok(accepted) => return accepted,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken in");
                tokio::time::sleep(AGAIN).await;
            }
        }
    }
}

/// One connection, from its first request to its end.
async fn converse(
    stream: TcpStream,
    from: SocketAddr,
    router: Router,
    is_crowded: bool,
    mut closes: watch::Receiver<bool>,
    _held: Held,
) {
    settle(&stream);
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        let router = router.clone();
        async move { Ok::<_, Infallible>(router.oneshot(request).await.unwrap_or_else(|never| match never {})) }
    });
    let conversation = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(if is_crowded { HEAD_IN_A_CROWD } else { HEAD })
        .keep_alive(!is_crowded)
        .max_buf_size(HEAD_BYTES)
        .serve_connection(TokioIo::new(Taking::new(stream)), answer);
    let mut conversation = std::pin::pin!(conversation);
    // What a connection ends with is its client's affair: gone, too slow, or not speaking HTTP.
    tokio::select! {
        _ = conversation.as_mut() => return,
        _ = closes.wait_for(|closes| *closes) => conversation.as_mut().graceful_shutdown(),
    }
    let _ = conversation.await;
}

/// Small answers go out at once, and the kernel keeps little unsent.
fn settle(stream: &TcpStream) {
    // A socket that cannot be set is served all the same.
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT_BYTES);
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        sync::oneshot,
    };

    use super::*;

    /// A house on a port of its own with one page, and what closes it.
    async fn open(
        connections: Connections,
    ) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (stop, stops) = oneshot::channel::<()>();
        let router = Router::new().route("/", get(|| async { "hello" }));
        let task = tokio::spawn(async move {
            let stops = async { drop(stops.await) };
            serve(listener, router, connections, stops).await.unwrap();
        });
        (at, stop, task)
    }

    async fn ask(stream: &mut TcpStream) -> String {
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
        let mut buf = vec![0; 1_024];
        let n = stream.read(&mut buf).await.unwrap();
        String::from_utf8_lossy(&buf[..n]).into_owned()
    }

    #[tokio::test]
    async fn one_line_cannot_take_every_connection() {
        let (at, _stop, _task) = open(Connections { all: 10, of_one: 2 }).await;
        let (mut one, mut two) =
            (TcpStream::connect(at).await.unwrap(), TcpStream::connect(at).await.unwrap());
        assert!(ask(&mut one).await.ends_with("hello"));
        assert!(ask(&mut two).await.ends_with("hello"));
        // The third is closed without a word.
        let mut three = TcpStream::connect(at).await.unwrap();
        let _ = three.write_all(b"GET / HTTP/1.1\r\n").await;
        assert!(matches!(three.read(&mut [0; 8]).await, Ok(0) | Err(_)));
        // From another address there is room.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut other = socket.connect(at).await.unwrap();
        assert!(ask(&mut other).await.ends_with("hello"));
        drop(one);
        // Its place is free as soon as the house has seen that it went.
        for _ in 0..1_000 {
            let mut again = TcpStream::connect(at).await.unwrap();
            let _ = again.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
            if matches!(again.read(&mut [0; 8]).await, Ok(n) if n > 0) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the place was never given back");
    }

    #[tokio::test]
    async fn closing_ends_idle_connections_and_waits_for_nobody_else() {
        let (at, stop, task) = open(Connections::default()).await;
        let mut idle = TcpStream::connect(at).await.unwrap();
        assert!(ask(&mut idle).await.starts_with("HTTP/1.1 200"));
        stop.send(()).unwrap();
        task.await.unwrap();
        assert!(matches!(idle.read(&mut [0; 8]).await, Ok(0) | Err(_)));
    }
}
