//! Ports for servers that start later, and for those who are to find nobody.
//!
//! They lie below those that the system gives to whoever asks for any port: one of those that is let go here may be taken,
//! by a connection even, before its own server is up. One process gives each of them once.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first one. Linux gives those from 32768 on.
const FIRST: u16 = 20_000;
/// How many there are.
const COUNT: u16 = 12_000;

/// One at which nobody listens.
pub fn free() -> u16 {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Two runs of the tests at once begin at places that are far from each other, however near their process ids are.
    let start = std::process::id().wrapping_mul(7_417) % u32::from(COUNT);
    for _ in 0..COUNT {
        let at = (start + u32::from(GIVEN.fetch_add(1, Ordering::Relaxed))) % u32::from(COUNT);
        let port = FIRST + u16::try_from(at).expect("less than the count");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free from {FIRST} on")
}
