//! Saving a log. Nothing that is written meanwhile is lost.
//!
//! Where the writer can be told to open its log anew, the log is renamed, and moved to the archive once nobody writes to it
//! any more. So it is where nobody has it open, as with writers that open it for each line. Else it is copied, then emptied:
//! first all of it while its writers go on, then, while they are held still for a moment ([`super::writers`]), what has
//! come since. What a run that was cut off has left beside a log is saved by the next one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};

use super::words;
use super::writers::{self, Held};
use crate::agents::ctl::world::Saved;
use crate::agents::plain;
use crate::agents::shell::{self, Ended, Output};

/// How long a writer has to open a new log, and the command to tell it so.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const INTERVAL: Duration = Duration::from_millis(20);

/// Saves `log` as `to`, with a number if that is taken.
pub(super) fn rotate(log: &Path, to: &Path, reopen: Option<&str>) -> Result<Saved, String> {
    plain::is_or_may_be(log).map_err(|why| words(&why))?;
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|why| words(&why))?;
    }
    let aside = beside(log);
    if fs::metadata(&aside).is_ok_and(|left| !writers::has_writers(&left)) {
        shift(&aside, &free(to)).map_err(|why| format!("the log is in {}: {}", aside.display(), words(&why)))?;
    }
    let to = &free(to);
    let doubt = match reopen {
        Some(command) => rename(log, to, command),
        None if is_closed(log) => match set_aside(log, to) {
            Ok(stored) => stored.map_err(|why| words(&why)),
            Err(_) => copy(log, to).map_err(|why| words(&why)),
        },
        None => copy(log, to).map_err(|why| words(&why)),
    }?;
    Ok(Saved { path: to.to_string_lossy().into_owned(), doubt })
}

/// The first of `to`, `to-2`, `to-3` and so on that is not there.
fn free(to: &Path) -> PathBuf {
    let numbered = |number: u32| {
        let mut name = to.as_os_str().to_owned();
        name.push(format!("-{number}"));
        PathBuf::from(name)
    };
    let names = std::iter::once(to.to_owned()).chain((2..).map(numbered));
    names.into_iter().find(|name| fs::symlink_metadata(name).is_err()).unwrap_or_else(|| to.to_owned())
}

fn is_closed(log: &Path) -> bool {
    fs::metadata(log).is_ok_and(|present| !writers::has_writers(&present))
}

/// Puts an empty file in the place of a log that nobody has open. An error leaves all as it was; how the old one was saved
/// is another matter.
fn set_aside(log: &Path, to: &Path) -> io::Result<io::Result<Option<String>>> {
    let (aside, present) = (beside(log), fs::metadata(log)?);
    if fs::symlink_metadata(log)?.is_symlink() || fs::symlink_metadata(&aside).is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(log, &aside)?;
    // A writer may have made it meanwhile.
    // Not opened to write: whoever another thread starts meanwhile would have it too, and pass for its writer.
    let flags = OFlags::CREATE | OFlags::EXCL | OFlags::RDONLY | OFlags::CLOEXEC;
    if let Ok(new) = rustix::fs::open(log, flags, Mode::from_raw_mode(present.mode() & 0o7777)) {
        let _ = std::os::unix::fs::fchown(&new, Some(present.uid()), Some(present.gid()));
    }
    Ok(store(&aside, to, &present))
}

/// How a log came to be empty.
enum Emptied {
    /// While its writers stood still.
    Whole,
    /// While somebody may have written.
    Doubtful,
    /// It was renamed after all; how that went.
    Otherwise(io::Result<Option<String>>),
}

fn copy(log: &Path, to: &Path) -> io::Result<Option<String>> {
    let mut source = plain::open(log)?;
    let mut target = archive(&source, to)?;
    let copied = io::copy(&mut source, &mut target).and_then(|_| target.sync_all());
    let emptied = copied.and_then(|()| {
        let held = Held::of(&source.metadata()?);
        if held.is_nobody() {
            // Whoever had it open has closed it, and will open it again: then it is better renamed.
            fs::remove_file(to)?;
            if let Ok(stored) = set_aside(log, to) {
                return Ok(Emptied::Otherwise(stored));
            }
            target = archive(&source, to)?;
            source.rewind()?;
        }
        let at = source.stream_position()?;
        // What was emptied meanwhile by somebody else starts anew.
        if source.metadata()?.len() < at {
            source.seek(SeekFrom::Start(0))?;
        }
        // What takes long is done before the last look, for a writer that could not be held.
        io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        let emptied = opened_to_empty(log, &source)?;
        let late = io::copy(&mut source, &mut target)?;
        emptied.set_len(0)?;
        if late > 0 {
            target.sync_all()?;
        }
        Ok(if held.all && !held.is_nobody() { Emptied::Whole } else { Emptied::Doubtful })
    });
    match emptied {
        Ok(Emptied::Otherwise(stored)) => stored,
        Ok(Emptied::Whole) => Ok(None),
        Ok(Emptied::Doubtful) => {
            Ok(Some("its writer could not be held still, a line written at that moment may be lost".to_owned()))
        }
        Err(why) => {
            // What is not whole is no archive; the log is untouched.
            let _ = fs::remove_file(to);
            Err(why)
        }
    }
}

/// The log, if it is still the one that was copied.
fn opened_to_empty(log: &Path, copied: &File) -> io::Result<File> {
    let (opened, copied) = (plain::open_as(OpenOptions::new().write(true), log)?, copied.metadata()?);
    let present = opened.metadata()?;
    if (present.dev(), present.ino()) == (copied.dev(), copied.ino()) {
        Ok(opened)
    } else {
        Err(io::Error::other("its writer has replaced it meanwhile"))
    }
}

/// A new file, as readable as the log.
fn archive(log: &File, to: &Path) -> io::Result<File> {
    let mode = log.metadata()?.mode() & 0o777;
    OpenOptions::new().write(true).create_new(true).mode(mode).open(to)
}

fn rename(log: &Path, to: &Path, command: &str) -> Result<Option<String>, String> {
    let aside = beside(log);
    let present = fs::metadata(log).map_err(|why| words(&why))?;
    if aside.exists() || to.exists() {
        return Err(format!("{} is there already", if to.exists() { to } else { &aside }.display()));
    }
    fs::rename(log, &aside).map_err(|why| words(&why))?;
    let (ended, _) =
        shell::run(&format!("exec 2>&1\n{command}"), b"", Output::Kept, PATIENCE).map_err(|why| words(&why))?;
    if ended != Ended::Exit(0) {
        // Its writer may have it open still: it gets its name back, unless there is a new one.
        if !log.exists() {
            fs::rename(&aside, log).map_err(|why| words(&why))?;
            return Err("the rotate_command failed, the log is as it was".to_owned());
        }
        return Err(format!("the rotate_command failed, the log is in {}", aside.display()));
    }
    store(&aside, to, &present).map_err(|why| words(&why))
}

/// Moves what was renamed to the archive, once nobody writes to it any more. What is doubtful about it.
fn store(aside: &Path, to: &Path, log: &fs::Metadata) -> io::Result<Option<String>> {
    let until = Instant::now() + PATIENCE;
    while writers::has_writers(log) {
        if Instant::now() >= until {
            return Ok(Some(format!("its writer still has the old one open, which stays in {}", aside.display())));
        }
        std::thread::sleep(INTERVAL);
    }
    let left =
        |why| io::Error::other(format!("{}; the log is in {}, the next run saves it", words(&why), aside.display()));
    shift(aside, to).map_err(left).map(|()| None)
}

fn beside(log: &Path) -> PathBuf {
    let mut name = log.as_os_str().to_owned();
    name.push(".rotating");
    name.into()
}

/// Renames, or copies where the archive is on another disk.
fn shift(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(why) if why.kind() == ErrorKind::CrossesDevices => {
            let mut source = File::open(from)?;
            let mut target = archive(&source, to)?;
            let copied = io::copy(&mut source, &mut target).and_then(|_| target.sync_all());
            // What is not whole is no archive.
            copied.inspect_err(|_| drop(fs::remove_file(to)))?;
            fs::remove_file(from)
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt as _;
    use std::process::{Command, Stdio};

    use super::*;

    fn doubt(saved: Result<Saved, String>) -> Result<Option<String>, String> {
        saved.map(|saved| saved.doubt)
    }

    #[test]
    fn what_cannot_be_saved_is_an_error_and_no_archive() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "line\n").unwrap();
        let told = set_aside(&log, Path::new("/nonexistent/archive")).unwrap().unwrap_err().to_string();
        assert!(told.ends_with("log.rotating, the next run saves it"), "{told}");
        assert_eq!(fs::read(beside(&log)).unwrap(), b"line\n");
        // On another disk, what breaks off: here because a folder cannot be read.
        let elsewhere = tempfile::tempdir_in("/dev/shm").unwrap();
        let to = elsewhere.path().join("archive");
        let is_elsewhere = fs::metadata(&elsewhere).unwrap().dev() != fs::metadata(&folder).unwrap().dev();
        assert!(!is_elsewhere || shift(folder.path(), &to).is_err() && !to.exists());
    }

    #[test]
    fn a_log_is_copied_and_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let (log, to) = (folder.path().join("log"), folder.path().join("2011/3/a-log"));
        fs::write(&log, "one\ntwo\n").unwrap();
        assert_eq!(doubt(rotate(&log, &to, None)), Ok(None));
        assert_eq!(
            (fs::read_to_string(&to).unwrap(), fs::read_to_string(&log).unwrap()),
            ("one\ntwo\n".into(), String::new())
        );
        fs::write(&log, "three\n").unwrap();
        let saved = rotate(&log, &to, None).unwrap();
        assert_eq!((saved.doubt, saved.path), (None, format!("{}-2", to.display())));
        assert_eq!(fs::read_to_string(folder.path().join("2011/3/a-log-2")).unwrap(), "three\n");
        // What was left by a run that was cut off.
        fs::write(beside(&log), "four\n").unwrap();
        assert_eq!(doubt(rotate(&log, &to, None)), Ok(None));
        assert_eq!(fs::read_to_string(folder.path().join("2011/3/a-log-3")).unwrap(), "four\n");
        assert!(to.exists() && !beside(&log).exists());
        assert!(rotate(&folder.path().join("none"), &folder.path().join("b"), None).is_err());
    }

    // Writers until a file is there, or their folder is not.

    /// Holds the log open.
    const HOLDING: &str =
        "i=0; until [ -e \"$1\" ] || ! [ -d \"${1%/*}\" ]; do echo line $i; i=$((i+1)); done >> \"$0\"";
    /// Opens it for each line.
    const OPENING: &str =
        "i=0; until [ -e \"$1\" ] || ! [ -d \"${1%/*}\" ]; do echo line $i >> \"$0\"; i=$((i+1)); done";

    #[test]
    fn no_line_is_lost_while_it_is_written() {
        written_by(HOLDING);
    }

    #[test]
    fn no_line_is_lost_of_who_opens_the_log_for_each() {
        written_by(OPENING);
    }

    #[test]
    fn whoever_is_started_meanwhile_is_no_writer() {
        let writing = std::thread::spawn(|| written_by(OPENING));
        while !writing.is_finished() {
            // Between its beginning and the program it has all descriptors of this process.
            Command::new("true").gid(rustix::process::getgid().as_raw()).status().unwrap();
        }
        writing.join().unwrap();
    }

    fn written_by(script: &str) {
        let folder = tempfile::tempdir().unwrap();
        let (log, stop) = (folder.path().join("log"), folder.path().join("stop"));
        let script = format!("{script}; echo $i > \"$1.count\"");
        let mut writer = Command::new("sh");
        writer.args(["-c", &script]).args([&log, &stop]).stdout(Stdio::null());
        let mut writer = writer.spawn().unwrap();
        let mut all = String::new();
        let mut number = 0;
        while writer.try_wait().unwrap().is_none() {
            if fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
                let to = folder.path().join(format!("archive-{number}"));
                assert_eq!(doubt(rotate(&log, &to, None)), Ok(None));
                all += &fs::read_to_string(&to).unwrap();
                number += 1;
            }
            if number == 30 {
                fs::write(&stop, "").unwrap();
            }
        }
        all += &fs::read_to_string(&log).unwrap();
        let count: usize = fs::read_to_string(folder.path().join("stop.count")).unwrap().trim().parse().unwrap();
        let expected: Vec<String> = (0..count).map(|i| format!("line {i}")).collect();
        let expected = expected.join("\n") + "\n";
        assert!(all == expected, "{} of {} bytes in {number} archives", all.len(), expected.len());
    }

    #[test]
    fn a_writer_that_can_opens_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (log, to) = (folder.path().join("log"), folder.path().join("old"));
        fs::write(&log, "one\n").unwrap();
        let touch = format!("touch {}", log.display());
        assert_eq!(doubt(rotate(&log, &to, Some(&touch))), Ok(None));
        assert_eq!(
            (fs::read_to_string(&to).unwrap(), fs::read_to_string(&log).unwrap()),
            ("one\n".into(), String::new())
        );
        let failed = Err("the rotate_command failed, the log is as it was".to_owned());
        assert_eq!(rotate(&log, &folder.path().join("b"), Some("exit 1")), failed);
        assert!(log.exists());
    }
}
