//! A program on a terminal of its own: what is typed, and what shows up.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::fd::OwnedFd;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};

/// How long anything may take to show up.
const DEADLINE: Duration = Duration::from_secs(30);

/// How long a program may take to end before it is told again.
const PATIENCE: Duration = Duration::from_secs(5);

/// The terminal, from the user's side.
pub struct Pty {
    user: File,
    child: Child,
    /// All that has shown up, without carriage returns and escape sequences.
    pub shown: String,
    /// How much of it has been looked at.
    seen: usize,
}

impl Pty {
    /// Starts a program in `folder`, in a session of which the terminal is the controlling one.
    pub fn start(program: &Path, words: &[&str], folder: &Path, term: &str) -> Result<Self, Failed> {
        let user = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&user)?;
        unlockpt(&user)?;
        let name = ptsname(&user, Vec::new())?;
        let side = || File::options().read(true).write(true).open(name.to_str()?).map_err(Failed::from);
        // Who runs the tests in the background may ignore what a terminal is for.
        let child = Command::new("env")
            .args(["--default-signal=INT,QUIT,HUP", "setsid", "--ctty", "--wait"])
            .arg(program)
            .args(words)
            .current_dir(folder)
            .env("TERM", term)
            .env("LC_ALL", "C.UTF-8")
            .env("HOME", folder)
            .stdin(side()?)
            .stdout(side()?)
            .stderr(side()?)
            .spawn()?;
        Ok(Self { user: OwnedFd::into(user), child, shown: String::new(), seen: 0 })
    }

    /// Types.
    pub fn send(&mut self, keys: &str) -> Result<(), Failed> {
        Ok(self.user.write_all(keys.as_bytes())?)
    }

    /// Waits until `text` shows up behind what was waited for before.
    pub fn expect(&mut self, text: &str) -> Result<(), Failed> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return Ok(());
            }
            if !self.read(deadline)? {
                return Err(format!("`{text}` does not show up in: {:?}", self.shown).into());
            }
        }
    }

    /// Waits for the end of the program.
    pub fn end(mut self) -> Result<(ExitStatus, String), Failed> {
        let deadline = Instant::now() + DEADLINE;
        while self.read(deadline)? {}
        if Instant::now() > deadline {
            return Err(format!("it does not end: {:?}", self.shown).into());
        }
        Ok((self.child.wait()?, std::mem::take(&mut self.shown)))
    }

    /// Types `keys` until the program ends, with time for it in between. How often that was.
    pub fn type_until_end(&mut self, keys: &str) -> Result<usize, Failed> {
        let end = Instant::now() + DEADLINE;
        for times in 1.. {
            self.send(keys)?;
            let patience = Instant::now() + PATIENCE;
            while self.read(patience)? {}
            if Instant::now() < patience {
                return Ok(times);
            }
            if Instant::now() > end {
                break;
            }
        }
        Err(format!("it does not end: {:?}", self.shown).into())
    }

    /// Takes in what shows up next; false at the end and after the deadline.
    fn read(&mut self, deadline: Instant) -> Result<bool, Failed> {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = Timespec::try_from(left).map_err(|e| e.to_string())?;
        let mut fds = [PollFd::new(&self.user, PollFlags::IN)];
        if poll(&mut fds, Some(&left))? == 0 {
            return Ok(false);
        }
        let mut bytes = [0; 4096];
        // The terminal of a program that has ended is an error.
        let count = self.user.read(&mut bytes).unwrap_or(0);
        self.shown.push_str(&without_sequences(&String::from_utf8_lossy(&bytes[..count])));
        Ok(count > 0)
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `text` without carriage returns, bells and `ESC [ … letter`.
fn without_sequences(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\x1b', '\r', '\x07']) {
        out.push_str(&rest[..at]);
        rest = match rest[at..].strip_prefix("\x1b[") {
            Some(sequence) => {
                sequence.trim_start_matches(|c: char| !c.is_ascii_alphabetic()).get(1..).unwrap_or_default()
            }
            None => &rest[at + 1..],
        };
    }
    out.push_str(rest);
    out
}
