//! A connection, and all that is said over it, with one deadline: a peer that takes no connection, says nothing, or sends a
//! byte now and then is given up once the time is over.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with, sockopt};

use super::lookup;
use super::transport::Stream;

/// A connection that has until then.
#[derive(Debug)]
pub struct Timed {
    stream: Stream,
    deadline: Deadline,
}

/// When the patience ends.
#[derive(Clone, Copy, Debug)]
pub(super) struct Deadline {
    patience: Duration,
    until: Instant,
}

impl Deadline {
    /// So much from now.
    pub(super) fn after(patience: Duration) -> Self {
        Self { patience, until: Instant::now() + patience }
    }

    /// What is left of it, which is never nothing: that would mean for ever.
    fn left(&self) -> io::Result<Duration> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(self.over()) } else { Ok(left.max(Duration::from_millis(1))) }
    }

    fn over(&self) -> io::Error {
        let message = format!("no answer within {} s", self.patience.as_secs_f64());
        io::Error::new(ErrorKind::TimedOut, message)
    }

    /// A failure, in our words where it is the end of the patience.
    fn worded(&self, why: io::Error) -> io::Error {
        if matches!(why.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) { self.over() } else { why }
    }

    /// Connects to a unix socket. The time to send is also that of a connection, which waits while the queue is full.
    pub(super) fn unix(&self, path: &str) -> io::Result<UnixStream> {
        let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
        sockopt::set_socket_timeout(&socket, sockopt::Timeout::Send, Some(self.left()?))?;
        connect(&socket, &SocketAddrUnix::new(path)?).map_err(|why| self.worded(why.into()))?;
        Ok(socket.into())
    }

    /// Connects to one of the addresses that a host has.
    pub(super) fn host(&self, host: &str, port: u16) -> io::Result<TcpStream> {
        let addresses = lookup::of_host(host, port, self.left()?);
        self.tcp(addresses.map_err(|why| self.worded(why))?)
    }

    /// Connects to one of them.
    fn tcp(&self, addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
        let mut last = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for at in addresses {
            match TcpStream::connect_timeout(&at, self.left()?) {
                Ok(stream) => return Ok(stream),
                Err(why) => last = self.worded(why),
            }
        }
        Err(last)
    }
}

impl Timed {
    /// Connects to a unix socket.
    pub fn unix(path: &str, patience: Duration) -> io::Result<Self> {
        let deadline = Deadline::after(patience);
        Ok(Self::over(Stream::Unix(deadline.unix(path)?), deadline))
    }

    /// Connects to one of the addresses that a host has.
    pub fn host(host: &str, port: u16, patience: Duration) -> io::Result<Self> {
        let deadline = Deadline::after(patience);
        Ok(Self::over(Stream::Tcp(deadline.host(host, port)?), deadline))
    }

    /// Connects to `HOST:PORT`.
    pub fn tcp(place: &str, patience: Duration) -> io::Result<Self> {
        let deadline = Deadline::after(patience);
        let addresses = lookup::of_text(place, deadline.left()?).map_err(|why| deadline.worded(why))?;
        Ok(Self::over(Stream::Tcp(deadline.tcp(addresses)?), deadline))
    }

    /// Puts a connection that is there under a deadline.
    pub(super) fn over(stream: Stream, deadline: Deadline) -> Self {
        Self { stream, deadline }
    }

    /// The connection without a deadline.
    pub(super) fn into_stream(self) -> Stream {
        self.stream
    }
}

impl Read for Timed {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.stream.wait_at_most(Some(self.deadline.left()?))?;
        self.stream.read(buf).map_err(|why| self.deadline.worded(why))
    }
}

impl Write for Timed {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stream.send_at_most(Some(self.deadline.left()?))?;
        self.stream.write(buf).map_err(|why| self.deadline.worded(why))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const SOON: Duration = Duration::from_millis(50);

    fn is_given_up(done: io::Result<usize>) {
        assert_eq!(done.unwrap_err().to_string(), "no answer within 0.05 s");
    }

    #[test]
    fn a_queue_that_is_full_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s").to_str().unwrap().to_owned();
        let listener = UnixListener::bind(&path).unwrap();
        rustix::net::listen(&listener, 0).unwrap();
        let _first = Timed::unix(&path, SOON).unwrap();
        is_given_up(Timed::unix(&path, SOON).map(|_| 0));
        assert_eq!(Timed::unix("/dev/null/s", SOON).unwrap_err().kind(), ErrorKind::NotADirectory);
    }

    #[test]
    fn one_who_drips_has_one_deadline_for_all() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (end, ended) = channel::<()>();
        let peer = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            while ended.recv_timeout(SOON / 10).is_err_and(|why| why == std::sync::mpsc::RecvTimeoutError::Timeout) {
                let _ = stream.write_all(b"x");
            }
        });
        let mut timed = Timed::tcp(&address.to_string(), SOON).unwrap();
        is_given_up(timed.read_to_end(&mut Vec::new()));
        drop(end);
        peer.join().unwrap();
    }

    #[test]
    fn one_who_does_not_read_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let mut timed = Timed::tcp(&listener.local_addr().unwrap().to_string(), SOON).unwrap();
        is_given_up(timed.write_all(&vec![0; 64 << 20]).map(|()| 0));
    }
}
