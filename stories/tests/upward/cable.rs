//! A line between two installations that can be cut, and that can lose what comes back.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering},
    },
    thread,
};

const WHOLE: u8 = 0;
const CUT: u8 = 1;
/// Requests arrive and are done; answers get lost.
const ONE_WAY: u8 = 2;

/// The line. It ends with the test's process.
pub struct Cable {
    port: u16,
    mode: Arc<AtomicU8>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cable {
    /// A line to an address.
    pub fn to(address: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (mode, open) = (Arc::new(AtomicU8::new(WHOLE)), Arc::new(Mutex::new(Vec::new())));
        let cable =
            Self { port: listener.local_addr().unwrap().port(), mode: mode.clone(), open: open.clone() };
        let address = address.to_owned();
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if mode.load(Ordering::SeqCst) == CUT {
                    continue;
                }
                let Ok(far) = TcpStream::connect(&address) else { continue };
                let ends = [near.try_clone().unwrap(), far.try_clone().unwrap()];
                open.lock().unwrap().extend(ends);
                carry(near, far, mode.clone());
            }
        });
        cable
    }

    /// Where it begins.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn set(&self, mode: u8) {
        self.mode.store(mode, Ordering::SeqCst);
        for end in self.open.lock().unwrap().drain(..) {
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    /// Nothing goes any more.
    pub fn cut(&self) {
        self.set(CUT);
    }

    /// What is sent arrives, what is answered does not.
    pub fn lose_answers(&self) {
        self.set(ONE_WAY);
    }

    /// As it was.
    pub fn mend(&self) {
        self.set(WHOLE);
    }
}

/// Carries both ways. Where answers are lost, the first bytes of one end the line: what was asked is done by then.
fn carry(near: TcpStream, far: TcpStream, mode: Arc<AtomicU8>) {
    let (mut up_from, mut up_to) = (near.try_clone().unwrap(), far.try_clone().unwrap());
    thread::spawn(move || {
        let _ = std::io::copy(&mut up_from, &mut up_to);
        let _ = up_to.shutdown(Shutdown::Both);
    });
    let (mut from, mut to) = (far, near);
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            if mode.load(Ordering::SeqCst) == ONE_WAY || to.write_all(&bytes[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
        let _ = from.shutdown(Shutdown::Both);
    });
}
