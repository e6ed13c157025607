//! One connection to a house, kept as long as the house keeps it.

use std::io::Read as _;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http1::SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A request, ready to be sent.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    method: http::Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The cookies it set, as `name=value`.
    pub cookies: Vec<String>,
    /// Where it leads on to.
    pub location: String,
    /// The whole body, as it came.
    pub body: Bytes,
    /// Whether it came compressed by gzip.
    pub is_gzip: bool,
}

impl Ask {
    /// Reads an address.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: http::Method::GET, path: path.into(), ..Self::default() }
    }

    /// Sends JSON.
    pub fn json(path: impl Into<String>, body: &serde_json::Value) -> Self {
        let ask = Self { method: http::Method::POST, path: path.into(), ..Self::default() };
        Self { body: Bytes::from(body.to_string()), ..ask.with("content-type", "application/json") }
    }

    /// Sends a form.
    pub fn form(path: impl Into<String>, pairs: &[(&str, &str)]) -> Self {
        let body: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        let ask = Self { method: http::Method::POST, path: path.into(), ..Self::default() };
        Self {
            body: Bytes::from(body.join("&")),
            ..ask.with("content-type", "application/x-www-form-urlencoded")
        }
    }

    /// With a header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

impl Answer {
    /// Whether it is a good one.
    pub fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// If it is not good or not JSON; with the beginning of what it is.
    pub fn json(&self) -> Result<serde_json::Value> {
        let text = self.text();
        let begin: String = text.chars().take(300).collect();
        anyhow::ensure!(self.is_good(), "answered {}: {begin}", self.status);
        serde_json::from_str(&text).with_context(|| format!("not JSON: {begin}"))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        let mut plain = Vec::new();
        let mut gzip = flate2::read::GzDecoder::new(&*self.body);
        if self.is_gzip && gzip.read_to_end(&mut plain).is_ok() {
            return String::from_utf8_lossy(&plain).into_owned();
        }
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// A value as it may stand in an address.
pub fn encode(value: &str) -> String {
    let one = |b: u8| match b {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => char::from(b).to_string(),
        _ => format!("%{b:02X}"),
    };
    value.bytes().map(one).collect()
}

/// A connection.
pub struct Line {
    address: String,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Line {
    /// To `127.0.0.1:PORT`; it is opened with the first request.
    pub fn to(address: &str) -> Self {
        Self { address: address.to_owned(), sender: None }
    }

    /// Sends and reads the whole answer. A connection that the house has closed is opened again.
    ///
    /// # Errors
    /// If the house cannot be reached or ends the connection in the middle.
    pub async fn ask(&mut self, ask: &Ask) -> Result<Answer> {
        let is_open = match &mut self.sender {
            Some(sender) => sender.ready().await.is_ok(),
            None => false,
        };
        if !is_open {
            self.sender = Some(open(&self.address).await?);
        }
        let sender = self.sender.as_mut().context("no connection")?;
        let said = send(sender, &self.address, ask).await;
        if said.is_err() {
            self.sender = None;
        }
        said
    }
}

async fn open(address: &str) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // The end of the connection is seen by the sender.
        let _ = connection.await;
    });
    Ok(sender)
}

async fn send(sender: &mut SendRequest<Full<Bytes>>, address: &str, ask: &Ask) -> Result<Answer> {
    let mut request = Request::builder().method(&ask.method).uri(&ask.path).header("host", address);
    for (name, value) in &ask.headers {
        request = request.header(*name, value);
    }
    let answer = sender.send_request(request.body(Full::new(ask.body.clone()))?).await?;
    let status = answer.status().as_u16();
    let word = |name: &str| {
        let all = answer.headers().get_all(name).iter();
        all.filter_map(|v| v.to_str().ok()).map(str::to_owned).collect::<Vec<_>>()
    };
    let cookies = word("set-cookie").iter().filter_map(|c| c.split(';').next()).map(str::to_owned).collect();
    let location = word("location").pop().unwrap_or_default();
    let is_gzip = word("content-encoding").iter().any(|w| w == "gzip");
    let body = answer.into_body().collect().await?.to_bytes();
    Ok(Answer { status, cookies, location, body, is_gzip })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_address_cannot_hold_is_encoded() {
        assert_eq!(encode("unit='u01' && 路"), "unit%3D%27u01%27%20%26%26%20%E8%B7%AF");
    }
}
