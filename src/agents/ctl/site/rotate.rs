//! Saving a log. Nothing that is written meanwhile is lost.
//!
//! Where the writer can be told to open its log anew, the log is renamed, and moved to the archive once nobody writes to it
//! any more. Else it is copied, then emptied: first all of it while its writers go on, then, while they are held still for
//! a moment ([`super::writers`]), what has come since.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Seek as _, SeekFrom};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::words;
use super::writers::{self, Held};
use crate::agents::shell::{self, Ended, Output};

/// How long a writer has to open a new log, and the command to tell it so.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it is looked whether it has.
const INTERVAL: Duration = Duration::from_millis(20);

/// Saves `log` as `to`; what is doubtful about it.
pub(super) fn rotate(log: &Path, to: &Path, reopen: Option<&str>) -> Result<Option<String>, String> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder).map_err(|why| words(&why))?;
    }
    match reopen {
        Some(command) => rename(log, to, command),
        None => copy(log, to).map_err(|why| words(&why)),
    }
}

fn copy(log: &Path, to: &Path) -> io::Result<Option<String>> {
    let mut source = OpenOptions::new().read(true).write(true).open(log)?;
    let mut target = archive(&source, to)?;
    let copied = io::copy(&mut source, &mut target).and_then(|_| target.sync_all());
    let emptied = copied.and_then(|()| {
        let held = Held::of(&source.metadata()?);
        let at = source.stream_position()?;
        // What was emptied meanwhile by somebody else starts anew.
        if source.metadata()?.len() < at {
            source.seek(SeekFrom::Start(0))?;
        }
        io::copy(&mut source, &mut target)?;
        target.sync_all()?;
        source.set_len(0)?;
        Ok(held.all)
    });
    match emptied {
        Ok(true) => Ok(None),
        Ok(false) => {
            Ok(Some("its writer could not be held still, a line written at that moment may be lost".to_owned()))
        }
        Err(why) => {
            // What is not whole is no archive; the log is untouched.
            let _ = fs::remove_file(to);
            Err(why)
        }
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
    let until = Instant::now() + PATIENCE;
    while writers::has_writers(&present) {
        if Instant::now() >= until {
            return Ok(Some(format!("its writer still has the old one open, which stays in {}", aside.display())));
        }
        std::thread::sleep(INTERVAL);
    }
    shift(&aside, to).map_err(|why| format!("the log is in {}: {}", aside.display(), words(&why)))?;
    Ok(None)
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
            io::copy(&mut source, &mut target)?;
            target.sync_all()?;
            fs::remove_file(from)
        }
        done => done,
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_log_is_copied_and_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let (log, to) = (folder.path().join("log"), folder.path().join("2011/3/a-log"));
        fs::write(&log, "one\ntwo\n").unwrap();
        assert_eq!(rotate(&log, &to, None), Ok(None));
        assert_eq!(
            (fs::read_to_string(&to).unwrap(), fs::read_to_string(&log).unwrap()),
            ("one\ntwo\n".into(), String::new())
        );
        assert_eq!(rotate(&log, &to, None), Err("file exists".to_owned()));
        assert!(to.exists());
        assert!(rotate(&folder.path().join("none"), &folder.path().join("b"), None).is_err());
    }

    #[test]
    fn no_line_is_lost_while_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let script = "i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done >> \"$0\"";
        let mut writer = Command::new("sh").args(["-c", script]).arg(&log).stdout(Stdio::null()).spawn().unwrap();
        let mut all = String::new();
        let mut number = 0;
        while writer.try_wait().unwrap().is_none() {
            if log.exists() {
                let to = folder.path().join(format!("archive-{number}"));
                assert_eq!(rotate(&log, &to, None), Ok(None));
                all += &fs::read_to_string(&to).unwrap();
                number += 1;
            }
        }
        all += &fs::read_to_string(&log).unwrap();
        let expected: Vec<String> = (0..20_000).map(|i| format!("line {i}")).collect();
        let expected = expected.join("\n") + "\n";
        assert!(all == expected, "{} of {} bytes in {number} archives", all.len(), expected.len());
        assert!(number > 2, "{number}");
    }

    #[test]
    fn a_writer_that_can_opens_a_new_one() {
        let folder = tempfile::tempdir().unwrap();
        let (log, to) = (folder.path().join("log"), folder.path().join("old"));
        fs::write(&log, "one\n").unwrap();
        let touch = format!("touch {}", log.display());
        assert_eq!(rotate(&log, &to, Some(&touch)), Ok(None));
        assert_eq!(
            (fs::read_to_string(&to).unwrap(), fs::read_to_string(&log).unwrap()),
            ("one\n".into(), String::new())
        );
        let failed = Err("the rotate_command failed, the log is as it was".to_owned());
        assert_eq!(rotate(&log, &folder.path().join("b"), Some("exit 1")), failed);
        assert!(log.exists());
    }
}
