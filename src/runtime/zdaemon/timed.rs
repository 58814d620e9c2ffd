//! A log that is rotated when it is time: `log` becomes `log.2026-11-26`, and of these the oldest go.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;

use crate::conf::zconfig::eventlog::When;
use crate::runtime::rotate::LogFile;

/// When such a log is due, and what is done then.
#[derive(Debug)]
pub(super) struct Timed {
    path: PathBuf,
    when: When,
    /// Seconds between two rotations.
    interval: i64,
    old_files: usize,
    zone: TimeZone,
    /// When it is due, in seconds since 1970; not known before the first write.
    due: Option<i64>,
}

impl Timed {
    /// Of a log at `path`, an absolute path.
    pub(super) fn new(path: &Path, when: When, interval: i64, old_files: i64, zone: TimeZone) -> Self {
        let old_files = usize::try_from(old_files).unwrap_or(0);
        Self { path: path.to_owned(), when, interval: when.seconds() * interval, old_files, zone, due: None }
    }

    /// To be asked before each write: rotates the log if it is time.
    pub(super) fn before_write(&mut self, now: i64, file: &mut LogFile) -> io::Result<()> {
        let first = || self.next(self.begun().filter(|begun| *begun < now).unwrap_or(now));
        let due = self.due.unwrap_or_else(first);
        self.due = Some(due);
        if now >= due { self.rotate(now, file) } else { Ok(()) }
    }

    /// When a log that is there was written last: by that it is due.
    fn begun(&self) -> Option<i64> {
        let written = fs::metadata(&self.path).and_then(|found| found.modified()).ok()?;
        i64::try_from(written.duration_since(std::time::UNIX_EPOCH).ok()?.as_secs()).ok()
    }

    /// Rotates the log now.
    pub(super) fn rotate(&mut self, now: i64, file: &mut LogFile) -> io::Result<()> {
        let begun = self.due.unwrap_or_else(|| self.next(now)) - self.interval;
        let mut due = self.next(now);
        while due <= now {
            due += self.interval;
        }
        self.due = Some(due);
        file.close();
        let name = self.old_name(begun);
        match fs::rename(&self.path, name) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(why),
            _ => {}
        }
        self.remove_oldest()?;
        file.open()
    }

    /// When a log is due that was begun at this time.
    fn next(&self, at: i64) -> i64 {
        let local = Timestamp::from_second(at).unwrap_or_default().to_zoned(self.zone.clone());
        let midnight = |days: i64| {
            let date = local.date().checked_add(jiff::Span::new().days(days)).ok()?;
            Some(date.to_datetime(Time::midnight()).to_zoned(self.zone.clone()).ok()?.timestamp().as_second())
        };
        let next = match self.when {
            When::Midnight => midnight(1),
            When::Weekday(day) => {
                // The midnight at the end of that day, as the original has it.
                let today = i64::from(local.weekday().to_monday_zero_offset());
                midnight((i64::from(day) - today).rem_euclid(7) + 1)
            }
            When::Second | When::Minute | When::Hour | When::Day => None,
        };
        next.unwrap_or(at + self.interval)
    }

    fn old_name(&self, begun: i64) -> PathBuf {
        let local = Timestamp::from_second(begun).unwrap_or_default().to_zoned(self.zone.clone());
        let mut name = self.path.as_os_str().to_owned();
        name.push(format!(".{}", local.strftime(self.when.suffix())));
        name.into()
    }

    fn remove_oldest(&self) -> io::Result<()> {
        let (Some(folder), Some(own)) = (self.path.parent(), self.path.file_name().and_then(|name| name.to_str()))
        else {
            return Ok(());
        };
        let mut old: Vec<String> = Vec::new();
        for entry in fs::read_dir(folder)?.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let suffix = name.strip_prefix(own).and_then(|rest| rest.strip_prefix('.'));
            if suffix.is_some_and(|suffix| is_time(suffix, self.when.suffix())) {
                old.push(name);
            }
        }
        // Their names are in the order of time.
        old.sort();
        let many = old.len().saturating_sub(self.old_files);
        old[..many].iter().try_for_each(|name| fs::remove_file(folder.join(name)))
    }
}

/// Whether a text is a time in this form: digits where the form has a number, and what stands between them.
fn is_time(text: &str, form: &str) -> bool {
    let shape = form.replace("%Y", "0000");
    let shape = ["%m", "%d", "%H", "%M", "%S"].iter().fold(shape, |shape, field| shape.replace(field, "00"));
    text.len() == shape.len()
        && text.bytes().zip(shape.bytes()).all(|(b, s)| if s == b'0' { b.is_ascii_digit() } else { b == s })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timed(path: &Path, when: When, interval: i64) -> Timed {
        Timed::new(path, when, interval, 2, TimeZone::UTC)
    }

    #[test]
    fn logs_are_due_as_in_the_original() {
        let path = Path::new("/nowhere/log");
        // A Tuesday, 22:13:20.
        let now = 1_700_000_000;
        assert_eq!(timed(path, When::Hour, 2).next(now), now + 7200);
        assert_eq!(timed(path, When::Midnight, 1).next(now), 1_700_006_400);
        assert_eq!(timed(path, When::Weekday(1), 1).next(now), 1_700_006_400);
        assert_eq!(timed(path, When::Weekday(0), 1).next(now), 1_700_006_400 + 6 * 86_400);
    }

    #[test]
    fn the_log_is_renamed_when_it_is_due_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(folder.path().join("log.other"), "").unwrap();
        let mut file = LogFile::new(&path, 0, 0);
        let mut timed = timed(&path, When::Minute, 1);
        for minute in 0..5 {
            let now = 1_700_000_000 + minute * 60;
            timed.before_write(now, &mut file).unwrap();
            file.write(format!("{minute}\n").as_bytes()).unwrap();
            timed.before_write(now + 59, &mut file).unwrap();
        }
        let mut names: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["log", "log.2023-11-14_22-15", "log.2023-11-14_22-16", "log.other"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), "4\n");
        assert_eq!(fs::read_to_string(folder.path().join("log.2023-11-14_22-16")).unwrap(), "3\n");
    }
}
