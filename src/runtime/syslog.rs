//! The system log: one datagram for each line, priority `user.info`, to `/dev/log`.

use std::os::unix::net::UnixDatagram;

const DEVICE: &str = "/dev/log";
/// Facility `user`, severity `info`.
const PRIORITY: u8 = 8 + 6;

/// A connection to the system log, made when the first line is written, and again when it broke.
#[derive(Debug)]
pub(super) struct Syslog {
    name: &'static str,
    socket: Option<UnixDatagram>,
}

impl Syslog {
    /// Writes as the program `name`.
    pub(super) fn new(name: &'static str) -> Self {
        Self { name, socket: None }
    }

    /// Writes each line of `text`. Without a system log they are lost.
    pub(super) fn write(&mut self, text: &str) {
        for line in text.lines() {
            let datagram = format!("<{PRIORITY}>{}[{}]: {line}", self.name, std::process::id());
            if !self.send(datagram.as_bytes()) {
                self.socket = None;
                self.send(datagram.as_bytes());
            }
        }
    }

    fn send(&mut self, datagram: &[u8]) -> bool {
        if self.socket.is_none() {
            self.socket = connect().ok();
        }
        self.socket.as_ref().is_some_and(|socket| socket.send(datagram).is_ok())
    }
}

fn connect() -> std::io::Result<UnixDatagram> {
    let socket = UnixDatagram::unbound()?;
    socket.set_nonblocking(true)?;
    socket.connect(DEVICE)?;
    Ok(socket)
}
