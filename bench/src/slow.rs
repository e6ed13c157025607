//! Clients that are slow on purpose: what is still done beside two thousand of them, and what becomes of them. A third
//! sends its request's head a byte at a time, a third its form, a third takes its answer a byte at a time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use linli_loader::spread::Times;
use serde::Serialize;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
};

use crate::{
    load::{connect, get_until},
    server::{City, Pinned, Scale},
};

/// How often a slow client moves a byte.
const TICK: Duration = Duration::from_secs(1);
/// Addresses that the slow clients come from: each may have only so many connections.
const LINES: usize = 8;
/// Who is served beside them.
const CLIENTS: usize = 32;

/// What was seen.
#[derive(Debug, Serialize)]
pub struct Figure {
    slow: usize,
    alone_per_s: f64,
    alone_p99_ms: f64,
    beside_per_s: f64,
    beside_p99_ms: f64,
    /// Goodput beside the slow clients to goodput alone.
    ratio: f64,
    /// Slow connections that were open at the end of the first second, and at the end.
    open_first: usize,
    open_last: usize,
    memory_alone_mb: f64,
    memory_beside_mb: f64,
}

/// Measures goodput alone, then beside `slow` connections for `seconds`.
///
/// # Errors
/// When the city cannot be founded or served.
pub fn measure(slow: usize, seconds: f64) -> anyhow::Result<Figure> {
    let folder = tempfile::tempdir()?;
    let city = City::found(folder.path(), None, Scale::Small)?;
    let server = city.serve_as(&Pinned { core: None, more: vec![] })?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let time = Duration::from_secs_f64(seconds);
        quick(&server.address, time / 4).await;
        let alone = quick(&server.address, time).await;
        let memory_alone_mb = server.resident_mb();
        let (open, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let mut tasks = tokio::task::JoinSet::new();
        for n in 0..slow {
            tasks.spawn(creep(server.address.clone(), n, open.clone(), ends.clone()));
        }
        tokio::time::sleep(TICK).await;
        let open_first = open.load(Ordering::Relaxed);
        let beside = quick(&server.address, time).await;
        let open_last = open.load(Ordering::Relaxed);
        let memory_beside_mb = server.resident_mb();
        ends.store(true, Ordering::Relaxed);
        tasks.abort_all();
        let per_s = |s: &Times| s.count() as f64 / seconds;
        Ok(Figure {
            slow,
            alone_per_s: per_s(&alone),
            alone_p99_ms: alone.at(0.99),
            beside_per_s: per_s(&beside),
            beside_p99_ms: beside.at(0.99),
            ratio: per_s(&beside) / per_s(&alone),
            open_first,
            open_last,
            memory_alone_mb,
            memory_beside_mb,
        })
    })
}

/// Clients that ask for the public list as fast as they are answered.
async fn quick(address: &str, time: Duration) -> Times {
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let address = address.to_owned();
        tasks.spawn(async move {
            match connect(&address, None).await {
                Ok(client) => get_until(client, &address, "/matters", time).await,
                Err(_) => Vec::new(),
            }
        });
    }
    Times::of(tasks.join_all().await.into_iter().flatten())
}

/// One slow client: when it is cut off it comes again.
async fn creep(address: String, n: usize, open: Arc<AtomicUsize>, ends: Arc<AtomicBool>) {
    while !ends.load(Ordering::Relaxed) {
        if let Ok(stream) = join(&address, n).await {
            open.fetch_add(1, Ordering::Relaxed);
            // It ends with an error when it is cut off.
            let _ = crawl(stream, &address, n).await;
            open.fetch_sub(1, Ordering::Relaxed);
        }
        tokio::time::sleep(TICK).await;
    }
}

async fn join(address: &str, n: usize) -> anyhow::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(format!("127.0.1.{}:0", n % LINES + 1).parse()?)?;
    if n % 3 == 2 {
        socket.set_recv_buffer_size(2_048)?;
    }
    Ok(socket.connect(address.parse()?).await?)
}

async fn crawl(mut stream: TcpStream, address: &str, n: usize) -> std::io::Result<()> {
    match n % 3 {
        0 => {
            stream.write_all(format!("GET /matters HTTP/1.1\r\nhost: {address}\r\nx-a: ").as_bytes()).await?;
            drip(&mut stream).await
        }
        1 => {
            let head = format!(
                "POST /sign-in HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\nname="
            );
            stream.write_all(head.as_bytes()).await?;
            drip(&mut stream).await
        }
        _ => {
            for _ in 0..16 {
                stream.write_all(format!("GET /say HTTP/1.1\r\nhost: {address}\r\n\r\n").as_bytes()).await?;
            }
            let mut byte = [0; 1];
            while stream.read(&mut byte).await? > 0 {
                tokio::time::sleep(TICK).await;
            }
            Ok(())
        }
    }
}

/// A byte at a time, until the other side has had enough.
async fn drip(stream: &mut TcpStream) -> std::io::Result<()> {
    loop {
        tokio::time::sleep(TICK).await;
        stream.write_all(b"a").await?;
        let mut said = [0; 512];
        match stream.try_read(&mut said) {
            Ok(0) => return Ok(()),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
