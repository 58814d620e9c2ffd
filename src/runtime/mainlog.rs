//! The main log: `2026-11-21 01:02:03,456 INFO message`, in local time, to a file, to a copy of it on standard output
//! in the foreground, or to the system log.
//!
//! A line that cannot be written is lost: the log never stops the daemon.

use std::cell::RefCell;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::base::time::Wall;
use crate::conf::model::{LogLevel, MainLog as Target, Supervisord};

use super::rotate::LogFile;
use super::syslog::Syslog;

/// Where the copy goes; the logs of later lives share it.
pub(super) type Copy = Rc<RefCell<Box<dyn Write>>>;

/// The main log.
pub(super) struct MainLog {
    level: LogLevel,
    file: Option<LogFile>,
    syslog: Option<Syslog>,
    copy: Option<Copy>,
    stamp: Stamp,
    line: String,
}

impl MainLog {
    /// Opens the log as configured, with a copy to `copy`.
    pub(super) fn open(options: &Supervisord, copy: Option<Copy>) -> io::Result<Self> {
        let (mut file, syslog) = match &options.logfile {
            Target::Path(path) => (Some(LogFile::new(path, options.logfile_maxbytes, options.logfile_backups)), None),
            Target::Syslog => (None, Some(Syslog::new("supervisord"))),
        };
        if let Some(file) = &mut file {
            file.open()?;
        }
        Ok(Self { level: options.loglevel, file, syslog, copy, stamp: Stamp::new(), line: String::new() })
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
        self.line.clear();
        let stamp = self.stamp.of(now);
        let _ = writeln!(self.line, "{stamp},{:03} {} {message}", now.subsec_nanos() / 1_000_000, tag(level));
        if let Some(file) = &mut self.file {
            let _ = file.write(self.line.as_bytes());
        }
        if let Some(syslog) = &mut self.syslog {
            syslog.write(self.line.trim_end());
        }
        if let Some(copy) = &self.copy {
            let mut copy = copy.borrow_mut();
            let _ = copy.write_all(self.line.as_bytes()).and_then(|()| copy.flush());
        }
    }

    /// Path of the file, if it is one.
    pub(super) fn path(&self) -> Option<&Path> {
        self.file.as_ref().map(LogFile::path)
    }

    /// Opens the file anew, wherever its path leads now.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), LogFile::open)
    }

    /// Deletes the file and begins it anew. `NotFound` when there is none.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
        std::fs::metadata(file.path())?;
        file.clear()
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
        let mut log = MainLog::open(&options, None).unwrap();
        log.stamp.zone = TimeZone::fixed(jiff::tz::offset(1));
        let now = Wall(1_700_000_000_123_999_999);
        log.write(now, LogLevel::Warn, "killing 'n' (7) with SIGKILL");
        log.write(now, LogLevel::Debug, "not of interest");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "2023-11-14 23:13:20,123 WARN killing 'n' (7) with SIGKILL\n");
        log.clear().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(log.clear().unwrap_err().kind(), io::ErrorKind::NotFound);
    }
}
