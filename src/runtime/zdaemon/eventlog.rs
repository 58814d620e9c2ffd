//! The manager's own log, as `<eventlog>` has it. Without one, warnings go where the program's errors go.

use std::fmt::Write as _;
use std::io;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::path::PathBuf;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::stdio::{stderr, stdout};

use crate::conf::zconfig::eventlog::{EventLog, Format, Handler, Record, Rotation, Target};
use crate::conf::zconfig::values::Address;
use crate::runtime::clock::Clock;
use crate::runtime::errno;
use crate::runtime::mishap::{Failed, Mishap};
use crate::runtime::rotate::LogFile;

use super::core::WARNING;
use super::timed::Timed;

/// The log.
pub(super) struct Log {
    /// None where there is no `<eventlog>`.
    level: Option<i64>,
    handlers: Vec<Sink>,
    clock: Clock,
    zone: Option<TimeZone>,
    is_in_background: bool,
}

struct Sink {
    level: i64,
    format: Format,
    place: Place,
    mishap: Mishap,
}

enum Place {
    File {
        file: LogFile,
        name: String,
        rotates: Rotates,
    },
    /// Standard output or standard error.
    Stream(Stream),
    Syslog(Syslog),
}

/// Whether and when a file is rotated.
enum Rotates {
    Never,
    BySize,
    ByTime(Box<Timed>),
}

#[derive(Clone, Copy)]
enum Stream {
    Output,
    Errors,
}

impl Log {
    /// Opens all files.
    pub(super) fn open(eventlog: Option<&EventLog>) -> Result<Self, String> {
        let handlers = eventlog.map(|log| &log.handlers[..]).unwrap_or_default();
        let handlers = handlers.iter().map(Sink::open).collect::<Result<_, _>>()?;
        let level = eventlog.map(|log| log.level);
        Ok(Self { level, handlers, clock: Clock::new(), zone: None, is_in_background: false })
    }

    /// From now on what goes to standard output and standard error is for the transcript.
    pub(super) fn go_into_background(&mut self) {
        self.is_in_background = true;
    }

    /// Writes a line while there is no manager yet.
    pub(super) fn write_to_handlers(&mut self, level: i64, message: &str) {
        if self.level.is_some() {
            // In the foreground nothing is left for the transcript.
            let _ = self.write(level, message);
        }
    }

    /// Writes a line; gives what of it is for the transcript.
    pub(super) fn write(&mut self, level: i64, message: &str) -> String {
        let mut rest = String::new();
        let Some(threshold) = self.level else {
            if level >= WARNING {
                self.stream(Stream::Errors, &format!("{message}\n"), &mut rest);
            }
            return rest;
        };
        if level < threshold {
            return rest;
        }
        let mut handlers = std::mem::take(&mut self.handlers);
        for sink in handlers.iter_mut().filter(|sink| level >= sink.level) {
            let text = self.text(&sink.format, level, message);
            let result = match &mut sink.place {
                Place::Stream(stream) => {
                    self.stream(*stream, &format!("{text}\n"), &mut rest);
                    continue;
                }
                Place::File { file, rotates, .. } => {
                    let rotated = match rotates {
                        Rotates::ByTime(timed) => timed.before_write(self.clock.now().wall.seconds(), file),
                        Rotates::Never | Rotates::BySize => Ok(()),
                    };
                    let written = file.write(format!("{text}\n").as_bytes());
                    written.and(rotated.map_err(|why| Failed { what: "rotate", why, lost: 0 }))
                }
                Place::Syslog(syslog) => syslog.write(level, &text),
            };
            for line in sink.mishap.after(result, sink.place.name()) {
                self.stream(Stream::Errors, &format!("{line}\n"), &mut rest);
            }
        }
        self.handlers = handlers;
        rest
    }

    fn stream(&self, stream: Stream, text: &str, rest: &mut String) {
        if self.is_in_background {
            rest.push_str(text);
            return;
        }
        // Nobody is there to be told that nobody reads.
        let _ = match stream {
            Stream::Output => rustix::io::write(stdout(), text.as_bytes()),
            Stream::Errors => rustix::io::write(stderr(), text.as_bytes()),
        };
    }

    fn text(&mut self, format: &Format, level: i64, message: &str) -> String {
        let now = self.clock.now();
        let millis = now.wall.0.div_euclid(1_000_000);
        let zone = self.zone.get_or_insert_with(TimeZone::system);
        let time = Timestamp::from_millisecond(millis).unwrap_or_default().to_zoned(zone.clone());
        let default = format.dateformat.is_empty();
        let pattern = if default { "%Y-%m-%d %H:%M:%S" } else { &format.dateformat };
        // The pattern was tried when the configuration was read.
        let mut time = jiff::fmt::strtime::format(pattern, &time).unwrap_or_default();
        if default {
            let _ = write!(time, ",{:03}", millis.rem_euclid(1000));
        }
        let uptime = i64::try_from(now.mono.0 / 1_000_000).unwrap_or(i64::MAX);
        let process = i64::from(std::process::id());
        format.write(&Record { level, message, time: &time, millis, process, uptime })
    }

    /// Opens all files anew; those that rotate are rotated. Gives lines for the log.
    pub(super) fn reopen(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        for sink in &mut self.handlers {
            if let Place::File { file, name, rotates } = &mut sink.place {
                let reopened = match rotates {
                    Rotates::Never => file.reopen(),
                    Rotates::BySize => file.rotate(),
                    Rotates::ByTime(timed) => timed.rotate(self.clock.now().wall.seconds(), file),
                };
                if let Err(why) = reopened {
                    lines.push(format!("could not reopen log: {}", errno::about(&why, name)));
                }
            }
        }
        lines
    }
}

impl Sink {
    fn open(handler: &Handler) -> Result<Self, String> {
        let place = match &handler.target {
            Target::Stdout => Place::Stream(Stream::Output),
            Target::Stderr => Place::Stream(Stream::Errors),
            Target::Syslog { facility, address } => Place::Syslog(Syslog::new(*facility, address.clone())),
            Target::File { path, rotation, delay } => {
                let absolute = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from(path));
                let (size, old, rotates) = match *rotation {
                    None => (0, 0, Rotates::Never),
                    Some(Rotation::Size { bytes, old_files }) => (bytes, old_files, Rotates::BySize),
                    Some(Rotation::Time { when, interval, old_files }) => {
                        let timed = Timed::new(&absolute, when, interval, old_files, TimeZone::system());
                        (0, 0, Rotates::ByTime(Box::new(timed)))
                    }
                };
                let mut file = LogFile::new(&absolute, size, old);
                let name = absolute.to_string_lossy().into_owned();
                if !delay {
                    file.open().map_err(|why| format!("cannot open log: {}", errno::about(&why, &name)))?;
                }
                Place::File { file, name, rotates }
            }
        };
        Ok(Self { level: handler.level, format: handler.format.clone(), place, mishap: Mishap::default() })
    }
}

impl Place {
    fn name(&self) -> String {
        match self {
            Self::File { name, .. } => format!("log file {name}"),
            Self::Stream(_) => "the log".to_owned(),
            Self::Syslog(_) => "the system log".to_owned(),
        }
    }
}

/// The system log: a datagram for each message.
struct Syslog {
    facility: u8,
    address: Address,
    socket: Option<Connection>,
}

enum Connection {
    Unix(UnixDatagram),
    Inet(UdpSocket),
}

impl Syslog {
    fn new(facility: u8, address: Address) -> Self {
        Self { facility, address, socket: None }
    }

    fn write(&mut self, level: i64, text: &str) -> Result<(), Failed> {
        let priority = u32::from(self.facility) * 8 + severity(level);
        let datagram = format!("<{priority}>{text}\0");
        let had_one = self.socket.is_some();
        let sent = match self.send(datagram.as_bytes()) {
            // The log was started anew.
            Err(_) if had_one => self.send(datagram.as_bytes()),
            sent => sent,
        };
        sent.map_err(|why| Failed { what: "write", why, lost: text.len() as u64 + 1 })
    }

    fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let socket = match self.socket.take() {
            Some(socket) => socket,
            None => Connection::new(&self.address)?,
        };
        match &socket {
            Connection::Unix(socket) => socket.send(datagram)?,
            Connection::Inet(socket) => socket.send(datagram)?,
        };
        self.socket = Some(socket);
        Ok(())
    }
}

impl Connection {
    /// It never blocks: a log that does not read loses what does not fit.
    fn new(address: &Address) -> io::Result<Self> {
        match address {
            Address::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_nonblocking(true)?;
                Ok(Self::Unix(socket))
            }
            Address::Inet(host, port) => {
                let host = if host.is_empty() { "localhost" } else { host };
                let socket = UdpSocket::bind(("0.0.0.0", 0)).and_then(|socket| {
                    socket.connect((host, *port))?;
                    Ok(socket)
                });
                // A host that has no address of the older kind.
                let socket = socket.or_else(|_| {
                    let socket = UdpSocket::bind(("::", 0))?;
                    socket.connect((host, *port))?;
                    Ok::<_, io::Error>(socket)
                })?;
                socket.set_nonblocking(true)?;
                Ok(Self::Inet(socket))
            }
        }
    }
}

fn severity(level: i64) -> u32 {
    match level {
        50.. => 2,
        40..50 => 3,
        30..40 => 4,
        20..30 => 6,
        _ => 7,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conf::zconfig::eventlog::{Others, Style};

    fn log(level: i64, target: Target, format: &str) -> Log {
        let format = Format::parse(format, Style::Classic, Others::Refused, "%Y").unwrap();
        Log::open(Some(&EventLog { level, handlers: vec![Handler { level: 0, target, format }] })).unwrap()
    }

    #[test]
    fn a_file_gets_what_is_urgent_enough_and_is_opened_anew() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let target = Target::File { path: path.to_str().unwrap().into(), rotation: None, delay: false };
        let mut log = log(20, target, "%(levelname)s %(message)s");
        assert_eq!(log.write(10, "no"), "");
        log.write(20, "one");
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        assert!(log.reopen().is_empty());
        log.write(50, "two");
        assert_eq!(std::fs::read_to_string(folder.path().join("old")).unwrap(), "INFO one\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "CRITICAL two\n");
    }

    #[test]
    fn a_file_that_rotates_is_rotated() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let target = Target::File {
            path: path.to_str().unwrap().into(),
            rotation: Some(Rotation::Size { bytes: 6, old_files: 2 }),
            delay: true,
        };
        let mut log = log(0, target, "%(message)s");
        assert!(!path.exists());
        for text in ["one", "two", "three"] {
            log.write(20, text);
        }
        assert!(log.reopen().is_empty());
        let text = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(["log", "log.1", "log.2"].map(text), ["", "", "three\n"]);
    }

    #[test]
    fn in_the_background_streams_are_the_transcripts() {
        let mut log = log(20, Target::Stdout, "%(name)s %(message)s");
        log.is_in_background = true;
        assert_eq!(log.write(20, "x"), "root x\n");
        let mut none = Log::open(None).unwrap();
        none.is_in_background = true;
        assert_eq!((none.write(20, "x"), none.write(30, "y")), (String::new(), "y\n".to_owned()));
    }

    #[test]
    fn the_system_log_is_told_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dev");
        let device = UnixDatagram::bind(&path).unwrap();
        let target = Target::Syslog { facility: 3, address: Address::Unix(path.to_str().unwrap().into()) };
        let mut log = log(0, target, "%(message)s");
        log.is_in_background = true;
        let received = |device: &UnixDatagram| {
            let mut buffer = [0; 100];
            let size = device.recv(&mut buffer).unwrap();
            String::from_utf8_lossy(&buffer[..size]).into_owned()
        };
        log.write(20, "one");
        assert_eq!(received(&device), "<30>one\0");
        drop(device);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(log.write(20, "lost"), "could not write the system log: ENOENT\n");
        let device = UnixDatagram::bind(&path).unwrap();
        assert_eq!(log.write(50, "two"), "the system log is written again; 5 bytes were lost\n");
        assert_eq!(received(&device), "<26>two\0");
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = Address::Inet("127.0.0.1".into(), socket.local_addr().unwrap().port());
        Syslog::new(1, address).write(10, "udp").unwrap();
        let mut buffer = [0; 100];
        let size = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..size], b"<15>udp\0");
    }
}
