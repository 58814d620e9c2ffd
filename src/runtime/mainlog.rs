//! The main log: `2026-11-21 01:02:03,456 INFO message`, in local time, to a file, to a copy of it on standard output
//! in the foreground, or to the system log.
//!
//! A line that cannot be written is lost, and counted: the log never stops the daemon.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::time::Wall;
use crate::conf::model::{LogLevel, MainLog as Target, Supervisord};

use super::mishap::{Failed, Mishap};
use super::rotate::LogFile;
use super::syslog::Syslog;

/// Where the copy goes; the logs of later lives share it.
pub(super) type Copy = Rc<RefCell<Box<dyn Write>>>;

/// The main log.
pub(super) struct MainLog {
    level: LogLevel,
    place: Place,
    mishap: Mishap,
    copy: Option<Copy>,
    stamp: Stamp,
    line: String,
}

/// Where it is written.
enum Place {
    File(LogFile),
    Syslog(Syslog),
}

impl MainLog {
    /// Opens the log as configured, with a copy to `copy`.
    pub(super) fn open(options: &Supervisord, syslog: &Syslog, copy: Option<Copy>) -> io::Result<Self> {
        let mut log = Self::unopened(options, syslog, copy);
        log.reopen().map(|()| log)
    }

    /// The same, but a file is opened only when a line is written.
    pub(super) fn unopened(options: &Supervisord, syslog: &Syslog, copy: Option<Copy>) -> Self {
        let place = match &options.logfile {
            Target::Path(path) => Place::File(LogFile::new(path, options.logfile_maxbytes, options.logfile_backups)),
            Target::Syslog => Place::Syslog(syslog.clone()),
        };
        let (level, mishap) = (options.loglevel, Mishap::default());
        Self { level, place, mishap, copy, stamp: Stamp::new(), line: String::new() }
    }

    /// Whether lines of that level are written.
    pub(super) fn takes(&self, level: LogLevel) -> bool {
        level >= self.level
    }

    /// Writes a line.
    pub(super) fn write(&mut self, now: Wall, level: LogLevel, message: &str) {
        if !self.takes(level) {
            return;
        }
        let mut lines = VecDeque::from(self.put(now, level, message));
        // What goes wrong with a line that tells of it is told, too.
        while let Some(line) = lines.pop_front() {
            lines.extend(self.put(now, LogLevel::Warn, &line));
        }
    }

    /// Writes a line. Gives lines that tell of what goes wrong.
    fn put(&mut self, now: Wall, level: LogLevel, message: &str) -> Vec<String> {
        let stamp = Head { second: self.stamp.of(now), millis: now.subsec_nanos() / 1_000_000, level };
        self.line.clear();
        let _ = writeln!(self.line, "{stamp}{message}");
        if let Some(copy) = &self.copy {
            let mut copy = copy.borrow_mut();
            let _ = copy.write_all(self.line.as_bytes()).and_then(|()| copy.flush());
        }
        match &mut self.place {
            Place::File(file) => self.mishap.after(file.write(self.line.as_bytes()), "the main log"),
            Place::Syslog(syslog) => {
                let lines = message.trim_end_matches('\n').split('\n');
                let result = lines.map(|line| syslog.write(&[format!("{stamp}{line}").as_bytes()]));
                let lost = self.line.len() as u64;
                let result = result.collect::<io::Result<()>>();
                let result = result.map_err(|why| Failed { what: "write", why, lost });
                self.mishap.after(result, "the main log")
            }
        }
    }

    fn file(&mut self) -> Option<&mut LogFile> {
        match &mut self.place {
            Place::File(file) => Some(file),
            Place::Syslog(_) => None,
        }
    }

    /// Path of the file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.place {
            Place::File(file) => Some(file.path()),
            Place::Syslog(_) => None,
        }
    }

    /// Opens the file anew, wherever its path leads now.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.file().map_or(Ok(()), LogFile::open)
    }

    /// Whether there is a file.
    pub(super) fn is_there(&self) -> bool {
        self.path().is_some_and(Path::exists)
    }

    /// Deletes the file and begins it anew.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        self.file().map_or(Ok(()), LogFile::clear)
    }
}

/// `2026-11-21 01:02:03,456 INFO `.
struct Head<'a> {
    second: &'a str,
    millis: u32,
    level: LogLevel,
}

impl std::fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{},{:03} {} ", self.second, self.millis, tag(self.level))
    }
}

/// A level as log lines show it.
fn tag(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Blather => "BLAT",
        LogLevel::Trace => "TRAC",
        LogLevel::Debug => "DEBG",
        LogLevel::Info => "INFO",
        LogLevel::Warn => "WARN",
        LogLevel::Error => "ERRO",
        LogLevel::Critical => "CRIT",
    }
}

/// Seconds as local date and time. The last one is kept: lines come in bursts.
struct Stamp {
    zone: TimeZone,
    second: i64,
    text: String,
}

impl Stamp {
    fn new() -> Self {
        Self { zone: TimeZone::system(), second: i64::MIN, text: String::new() }
    }

    fn of(&mut self, now: Wall) -> &str {
        if self.second != now.seconds() {
            self.second = now.seconds();
            let time = Timestamp::from_second(self.second).unwrap_or_default();
            let local = self.zone.to_datetime(time);
            self.text.clear();
            let (date, time) = (local.date(), local.time());
            let _ = write!(self.text, "{date} {:02}:{:02}:{:02}", time.hour(), time.minute(), time.second());
        }
        &self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing;

    #[test]
    fn lines_have_stamp_and_level() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("main.log");
        let mut options = testing::supervisord(folder.path());
        options.logfile = Target::Path(path.to_str().unwrap().to_owned());
        let mut log = MainLog::open(&options, &Syslog::new("/no/such"), None).unwrap();
        log.stamp.zone = TimeZone::fixed(jiff::tz::offset(1));
        let now = Wall(1_700_000_000_123_999_999);
        log.write(now, LogLevel::Warn, "killing 'n' (7) with SIGKILL");
        log.write(now, LogLevel::Debug, "not of interest");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "2023-11-14 23:13:20,123 WARN killing 'n' (7) with SIGKILL\n");
        log.clear().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        assert!(log.is_there());
        std::fs::remove_file(&path).unwrap();
        assert!(!log.is_there());
    }

    #[test]
    fn the_system_log_gets_each_line_whole() {
        let folder = tempfile::tempdir().unwrap();
        let device = folder.path().join("device");
        let socket = std::os::unix::net::UnixDatagram::bind(&device).unwrap();
        let options = Supervisord { logfile: Target::Syslog, ..testing::supervisord(folder.path()) };
        let mut log = MainLog::open(&options, &Syslog::new(device), None).unwrap();
        log.stamp.zone = TimeZone::UTC;
        log.write(Wall(1_700_000_000_123_999_999), LogLevel::Info, "one\ntwo\n");
        let mut buffer = [0; 100];
        for word in ["one", "two"] {
            let size = socket.recv(&mut buffer).unwrap();
            let line = String::from_utf8_lossy(&buffer[..size]).into_owned();
            assert_eq!(line, format!("<14>supervisord: 2023-11-14 22:13:20,123 INFO {word}"));
        }
        assert_eq!((log.path(), log.is_there()), (None, false));
    }

    #[test]
    fn what_was_lost_is_said_when_it_is_over() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("sub");
        std::fs::create_dir(&place).unwrap();
        let mut options = testing::supervisord(folder.path());
        options.logfile = Target::Path(place.join("log").to_str().unwrap().to_owned());
        let copy = Rc::new(RefCell::new(Box::new(Vec::new()) as Box<dyn Write>));
        let mut log = MainLog::open(&options, &Syslog::new("/no/such"), Some(copy)).unwrap();
        log.stamp.zone = TimeZone::UTC;
        std::fs::remove_dir_all(&place).unwrap();
        assert!(log.reopen().is_err());
        let now = Wall(1_700_000_000_123_999_999);
        log.write(now, LogLevel::Info, "lost");
        log.write(now, LogLevel::Info, "lost, too");
        std::fs::create_dir(&place).unwrap();
        log.write(now, LogLevel::Info, "kept");
        let text = std::fs::read_to_string(place.join("log")).unwrap();
        let lines: Vec<_> = text.lines().map(|line| &line[24..]).collect();
        let lost = "INFO lost\n".len() + "INFO lost, too\n".len() + "WARN could not write the main log: ENOENT\n".len();
        let lost = format!("WARN the main log is written again; {} bytes were lost", lost + 3 * 24);
        assert_eq!(lines, ["INFO kept", &lost]);
    }
}
