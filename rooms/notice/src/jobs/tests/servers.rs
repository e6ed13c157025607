//! A mail server and an HTTP server over real sockets, as small as the tests need them.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// What a server has taken, and what it will say next.
#[derive(Default)]
pub struct Seen {
    /// Mails or calls, head and body.
    pub taken: Vec<(String, String)>,
    /// What it says before it is well again: SMTP answers to `RCPT`, HTTP statuses.
    pub script: Vec<u16>,
}

/// A server that lives as long as the test.
#[derive(Clone)]
pub struct Server {
    /// Its port.
    pub port: u16,
    /// What it saw.
    pub seen: Arc<Mutex<Seen>>,
}

impl Server {
    fn start(script: &[u16], talk: fn(TcpStream, &Mutex<Seen>) -> std::io::Result<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen { script: script.to_vec(), ..Seen::default() }));
        let own = seen.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let own = own.clone();
                thread::spawn(move || talk(stream, &own));
            }
        });
        Self { port, seen }
    }

    /// A mail server that answers the first receivers as the script says.
    pub fn mail(script: &[u16]) -> Self {
        Self::start(script, talk_smtp)
    }

    /// An HTTP server that answers the first calls as the script says and then 200.
    pub fn http(script: &[u16]) -> Self {
        Self::start(script, talk_http)
    }

    /// A port at which nobody listens.
    pub fn nobody() -> u16 {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    }

    /// What was taken so far.
    pub fn taken(&self) -> Vec<(String, String)> {
        self.seen.lock().unwrap().taken.clone()
    }
}

fn next(seen: &Mutex<Seen>) -> Option<u16> {
    let mut seen = seen.lock().unwrap();
    if seen.script.is_empty() { None } else { Some(seen.script.remove(0)) }
}

/// RFC 5321, as much as one letter needs.
fn talk_smtp(stream: TcpStream, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let mut envelope = String::new();
    out.write_all(b"220 mail.test ESMTP\r\n")?;
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        match verb.as_str() {
            "EHLO" => out.write_all(b"250-mail.test\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")?,
            "MAIL" | "RSET" | "NOOP" => out.write_all(b"250 ok\r\n")?,
            "RCPT" => {
                envelope = line.trim().to_owned();
                let code = next(seen).unwrap_or(250);
                out.write_all(format!("{code} as told\r\n").as_bytes())?;
            }
            "DATA" => {
                out.write_all(b"354 go on\r\n")?;
                let mut text = String::new();
                loop {
                    let mut line = String::new();
                    lines.read_line(&mut line)?;
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                seen.lock().unwrap().taken.push((envelope.clone(), text));
                out.write_all(b"250 taken\r\n")?;
            }
            "QUIT" => {
                out.write_all(b"221 bye\r\n")?;
                return Ok(());
            }
            _ => out.write_all(b"502 what\r\n")?,
        }
    }
}

fn talk_http(stream: TcpStream, seen: &Mutex<Seen>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut lines = BufReader::new(stream);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if lines.read_line(&mut line)? == 0 {
            return Ok(());
        }
        if let Some(n) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = n.trim().parse().unwrap_or(0);
        }
        if line == "\r\n" {
            break;
        }
        head.push_str(&line);
    }
    let mut body = vec![0; length];
    lines.read_exact(&mut body)?;
    let status = next(seen).unwrap_or(200);
    seen.lock().unwrap().taken.push((head, String::from_utf8(body).unwrap()));
    out.write_all(
        format!("HTTP/1.1 {status} as told\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").as_bytes(),
    )
}
