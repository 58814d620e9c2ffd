//! The system log: one datagram for each line, priority `user.info`, as the program `supervisord`.

use std::cell::RefCell;
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use memchr::memchr;
use rustix::net::SendFlags;

use super::mishap::Failed;

/// Where it is.
pub const DEVICE: &str = "/dev/log";
/// Facility `user`, severity `info`, and our name.
const HEAD: &[u8] = b"<14>supervisord: ";
/// How long a line may wait until there is room for it. When that was in vain, later lines do not wait until one got
/// through.
const PATIENCE: Duration = Duration::from_millis(100);
/// Bytes of a line without an end that are sent as one.
const LONGEST: usize = 128 << 10;

/// The system log; clones share one connection, made when the first line is written, and again when it broke.
#[derive(Clone, Debug)]
pub struct Syslog(Rc<RefCell<Connection>>);

#[derive(Debug)]
struct Connection {
    device: PathBuf,
    socket: Option<UnixDatagram>,
    stuck: bool,
    datagram: Vec<u8>,
}

impl Syslog {
    /// The log behind a socket, usually [`DEVICE`].
    pub fn new(device: impl Into<PathBuf>) -> Self {
        let device = device.into();
        Self(Rc::new(RefCell::new(Connection { device, socket: None, stuck: false, datagram: Vec::new() })))
    }

    /// Writes a line, which is in pieces.
    pub(super) fn write(&self, line: &[&[u8]]) -> io::Result<()> {
        self.0.borrow_mut().write(line)
    }
}

impl Connection {
    fn write(&mut self, line: &[&[u8]]) -> io::Result<()> {
        self.datagram.clear();
        self.datagram.extend_from_slice(HEAD);
        for piece in line {
            self.datagram.extend_from_slice(piece);
        }
        let sent = match self.send() {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock && self.socket.take().is_some() => self.send(),
            sent => sent,
        };
        self.stuck = sent.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::WouldBlock);
        sent
    }

    fn send(&mut self) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => self.connect()?,
        };
        let flags = if self.stuck { SendFlags::DONTWAIT } else { SendFlags::empty() };
        let sent = rustix::net::send(&socket, &self.datagram, flags);
        self.socket = Some(socket);
        Ok(sent.map(drop)?)
    }

    fn connect(&self) -> io::Result<UnixDatagram> {
        let socket = UnixDatagram::unbound()?;
        socket.set_write_timeout(Some(PATIENCE))?;
        socket.connect(&self.device)?;
        Ok(socket)
    }
}

/// The output of a process as lines of the system log.
#[derive(Debug)]
pub(super) struct Lines {
    syslog: Syslog,
    /// What each begins with.
    prefix: String,
    /// A line whose end has not come yet.
    begun: Vec<u8>,
}

impl Lines {
    /// Lines of the process `name`.
    pub(super) fn new(syslog: Syslog, name: &str) -> Self {
        Self { syslog, prefix: format!("{name} "), begun: Vec::new() }
    }

    /// The name of the process.
    pub(super) fn name(&self) -> &str {
        self.prefix.trim_end()
    }

    /// Writes the lines that end in `data`, if any; else nothing was tried. Those that are lost do not keep the others.
    pub(super) fn write(&mut self, data: &[u8]) -> Option<Result<(), Failed>> {
        let (mut rest, mut went) = (data, None);
        while let Some(end) = memchr(b'\n', rest) {
            went = Some(self.end(&rest[..end], went));
            rest = &rest[end + 1..];
        }
        self.begun.extend_from_slice(rest);
        if self.begun.len() >= LONGEST {
            went = Some(self.end(&[], went));
        }
        went
    }

    /// The output has ended, and the line that it broke off with, if any.
    pub(super) fn finish(&mut self) -> Option<Result<(), Failed>> {
        (!self.begun.is_empty()).then(|| self.end(&[], None))
    }

    /// Writes the line that ends with `rest`; how it went by now.
    fn end(&mut self, rest: &[u8], before: Option<Result<(), Failed>>) -> Result<(), Failed> {
        let sent = self.syslog.write(&[self.prefix.as_bytes(), &self.begun, rest]);
        let lost = (self.begun.len() + rest.len() + 1) as u64;
        self.begun.clear();
        let failed = before.and_then(Result::err);
        match sent {
            Ok(()) => failed.map_or(Ok(()), Err),
            Err(why) => Err(Failed { what: "write", why, lost }.after(failed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stand-in for `/dev/log`, and what has come there.
    fn device() -> (tempfile::TempDir, UnixDatagram, Syslog) {
        let folder = tempfile::tempdir().unwrap();
        let socket = UnixDatagram::bind(folder.path().join("log")).unwrap();
        socket.set_nonblocking(true).unwrap();
        let syslog = Syslog::new(folder.path().join("log"));
        (folder, socket, syslog)
    }

    fn come(socket: &UnixDatagram) -> Vec<String> {
        let mut buffer = vec![0; 256 << 10];
        let mut next =
            || socket.recv(&mut buffer).ok().map(|size| String::from_utf8_lossy(&buffer[..size]).into_owned());
        std::iter::from_fn(&mut next).collect()
    }

    #[test]
    fn a_datagram_for_each_line() {
        let (_folder, socket, syslog) = device();
        let mut lines = Lines::new(syslog, "cat");
        for data in ["one\ntw", "o\n\nth", "ree"] {
            assert!(lines.write(data.as_bytes()).is_none_or(|went| went.is_ok()));
        }
        let expected = ["<14>supervisord: cat one", "<14>supervisord: cat two", "<14>supervisord: cat "];
        assert_eq!(come(&socket), expected);
        assert!(lines.finish().unwrap().is_ok() && lines.finish().is_none());
        assert_eq!(come(&socket), ["<14>supervisord: cat three"]);
        assert!(lines.write(&vec![b'x'; LONGEST + 1]).unwrap().is_ok());
        assert_eq!(come(&socket)[0].len(), HEAD.len() + "cat ".len() + LONGEST + 1);
    }

    #[test]
    fn the_beginning_of_a_line_proves_nothing() {
        let (folder, socket, syslog) = device();
        drop(socket);
        std::fs::remove_file(folder.path().join("log")).unwrap();
        let mut lines = Lines::new(syslog, "cat");
        let lost = |went: Option<Result<(), Failed>>| went.map(|went| went.unwrap_err().lost);
        assert_eq!(lost(lines.write(b"one\ntwo\nth")), Some(8));
        assert_eq!(lost(lines.write(b"ree")), None);
        assert_eq!(lost(lines.finish()), Some(6));
        assert_eq!(lost(lines.finish()), None);
    }

    #[test]
    fn who_comes_back_is_found_again() {
        let (folder, socket, syslog) = device();
        syslog.write(&[b"one"]).unwrap();
        drop(socket);
        std::fs::remove_file(folder.path().join("log")).unwrap();
        assert_eq!(syslog.write(&[b"lost"]).unwrap_err().kind(), io::ErrorKind::NotFound);
        let socket = UnixDatagram::bind(folder.path().join("log")).unwrap();
        socket.set_nonblocking(true).unwrap();
        syslog.write(&[b"two"]).unwrap();
        assert_eq!(come(&socket), ["<14>supervisord: two"]);
    }

    #[test]
    fn who_does_not_read_is_waited_for_once() {
        let (_folder, socket, syslog) = device();
        let mut written = 0;
        let error = loop {
            match syslog.write(&[b"x"]) {
                Ok(()) => written += 1,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!(syslog.0.borrow().stuck && syslog.write(&[b"lost"]).is_err());
        assert_eq!(come(&socket).len(), written);
        syslog.write(&[b"x"]).unwrap();
        assert!(!syslog.0.borrow().stuck);
    }
}
