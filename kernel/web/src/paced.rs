//! Clients that are slow on purpose (慢速客户端): a body must keep coming, and a socket must keep taking, or the
//! connection ends; and all bodies together may weigh no more than the house has memory for. The limits of speed are far
//! below a village's edge of the network, where a photo comes at some kilobytes a second.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::body::{Body, HttpBody};
use bytes::Bytes;
use hyper::body::{Frame, SizeHint};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// A body may begin slowly.
const GRACE: Duration = Duration::from_secs(5);
/// After it, bytes a second on average: what servers that are attacked for a living ask for.
const BYTES_A_SECOND: u64 = 240;
/// However fast it was before, it may not stand still for longer.
const STILL: Duration = Duration::from_secs(20);
/// How long a socket may take nothing. Below sixteen kilobytes that it has not sent it asks for more, so this is about
/// as slow as a body may be.
const STUCK: Duration = Duration::from_secs(60);

/// A body that came too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the body came too slowly")]
pub(crate) struct TooSlow;

/// There are too many bodies.
#[derive(Debug, thiserror::Error)]
#[error("the bodies of all requests weigh too much")]
pub(crate) struct TooMuch;

/// What all bodies weigh that have come and are not done with (在途正文总量).
#[derive(Debug)]
pub(crate) struct Scales {
    bytes: AtomicUsize,
    most: usize,
}

impl Scales {
    pub fn new(most: usize) -> Self {
        Self { bytes: AtomicUsize::new(0), most }
    }
}

/// What one request's body weighs, until the request is done.
#[derive(Debug)]
pub(crate) struct Weight {
    scales: Arc<Scales>,
    bytes: AtomicUsize,
}

impl Weight {
    pub fn on(scales: &Arc<Scales>) -> Arc<Self> {
        Arc::new(Self { scales: scales.clone(), bytes: AtomicUsize::new(0) })
    }

    /// Takes so many more bytes, unless that is too much for all together.
    fn add(&self, bytes: usize) -> Result<(), TooMuch> {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let before = self.scales.bytes.fetch_add(bytes, Ordering::Relaxed);
        if before + bytes > self.scales.most { Err(TooMuch) } else { Ok(()) }
    }
}

impl Drop for Weight {
    fn drop(&mut self) {
        self.scales.bytes.fetch_sub(self.bytes.load(Ordering::Relaxed), Ordering::Relaxed);
    }
}

/// A request's body that must keep coming.
pub(crate) struct Paced {
    body: Body,
    weight: Arc<Weight>,
    /// When the first byte was asked for.
    since: Option<Instant>,
    came: u64,
    patience: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    pub fn over(body: Body, weight: Arc<Weight>) -> Body {
        Body::new(Self { body, weight, since: None, came: 0, patience: None })
    }

    /// Until when the next bytes must be there.
    fn until(&mut self, now: Instant) -> Instant {
        let since = *self.since.get_or_insert(now);
        let earned = Duration::from_millis(self.came.saturating_mul(1_000) / BYTES_A_SECOND);
        (since + GRACE + earned.min(Duration::from_secs(3_600))).min(now + STILL)
    }
}

impl HttpBody for Paced {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if let Some(data) = frame.as_ref().and_then(|f| f.as_ref().ok()?.data_ref()) {
                let bytes = data.len();
                self.came += bytes as u64;
                if let Err(much) = self.weight.add(bytes) {
                    return Poll::Ready(Some(Err(axum::Error::new(much))));
                }
            }
            self.patience = None;
            return Poll::Ready(frame);
        }
        if self.patience.is_none() {
            let until = self.until(Instant::now());
            self.patience = Some(Box::pin(sleep_until(until)));
        }
        match &mut self.patience {
            Some(patience) => {
                ready!(patience.as_mut().poll(cx));
                Poll::Ready(Some(Err(axum::Error::new(TooSlow))))
            }
            None => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A socket that must keep taking what is written to it.
pub(crate) struct Taking<S> {
    socket: S,
    stuck: Option<Pin<Box<Sleep>>>,
}

impl<S> Taking<S> {
    pub fn new(socket: S) -> Self {
        Self { socket, stuck: None }
    }

    /// An answer of the socket; nothing for too long is the end.
    fn moved<T>(&mut self, cx: &mut Context<'_>, answer: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if answer.is_ready() {
            self.stuck = None;
            return answer;
        }
        let stuck = self.stuck.get_or_insert_with(|| Box::pin(tokio::time::sleep(STUCK)));
        ready!(stuck.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the other side takes nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Taking<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Taking<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.socket).poll_write(cx, buf);
        self.moved(cx, answer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let answer = Pin::new(&mut self.socket).poll_write_vectored(cx, bufs);
        self.moved(cx, answer)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A body of so many bytes every so often; then it ends, or stands still.
    fn body(bytes: usize, every: Duration, times: usize, ends: bool) -> Body {
        let (tx, rx) = tokio::sync::mpsc::channel(1);
        tokio::spawn(async move {
            for _ in 0..times {
                tokio::time::sleep(every).await;
                if tx.send(Ok(Bytes::from(vec![0; bytes]))).await.is_err() {
                    return;
                }
            }
            if !ends {
                tx.closed().await;
            }
        });
        Body::new(crate::export::Arriving(rx))
    }

    fn over(body: Body) -> Body {
        Paced::over(body, Weight::on(&Arc::new(Scales::new(10_000_000))))
    }

    #[tokio::test]
    async fn all_bodies_together_have_a_limit_and_give_it_back() {
        let scales = Arc::new(Scales::new(1_000));
        let read = async |bytes: usize| {
            let weight = Weight::on(&scales);
            let read = Paced::over(Body::from(vec![0; bytes]), weight.clone()).collect().await;
            (read.is_ok(), weight)
        };
        let (first, held) = read(600).await;
        assert!(first);
        assert!(!read(600).await.0);
        assert!(read(400).await.0);
        drop(held);
        assert!(read(600).await.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_trickle_ends_and_a_slow_phone_does_not() {
        let begun = Instant::now();
        assert!(over(body(10, Duration::from_secs(1), 1_000, true)).collect().await.is_err());
        assert!(begun.elapsed() < Duration::from_secs(7), "{:?}", begun.elapsed());
        // Two kilobytes, with a pause of four seconds before each.
        let phone = over(body(2_000, Duration::from_secs(4), 50, true));
        assert_eq!(phone.collect().await.unwrap().to_bytes().len(), 100_000);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_was_fast_may_not_stand_still() {
        let begun = Instant::now();
        let fast = over(body(1_000_000, Duration::from_millis(10), 3, false));
        assert!(fast.collect().await.is_err());
        assert!((STILL..STILL + GRACE).contains(&begun.elapsed()), "{:?}", begun.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_socket_that_takes_nothing_ends() {
        let (near, mut far) = tokio::io::duplex(64);
        let mut near = Taking::new(near);
        let begun = Instant::now();
        let writing = tokio::spawn(async move { near.write_all(&[7; 1_000]).await });
        // It reads a little now and then, and then no more.
        let mut some = [0; 200];
        tokio::time::sleep(Duration::from_secs(50)).await;
        far.read_exact(&mut some).await.unwrap();
        let said = writing.await.unwrap();
        assert_eq!(said.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!((Duration::from_secs(100)..Duration::from_secs(115)).contains(&begun.elapsed()));
    }
}
