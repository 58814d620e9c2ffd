//! Commands of a shell, with something to read, that are waited for, but not for ever.
//!
//! A command has a process group of its own. It has ended when the shell has: whoever it leaves behind is not waited for.
//! One that takes too long is killed with its group.

use std::fs::File;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

/// The largest output that is kept, in bytes.
const LARGEST: usize = 64 * 1024;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It left with this status.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
    /// It took too long.
    TooLate,
}

/// What becomes of what a command writes to its standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// It goes to our standard error, as ours may be for somebody else.
    ToStderr,
    /// It is kept, up to a limit.
    Kept,
}

/// Runs a command; how it ended, and the output that was kept.
pub fn run(command: &str, input: &[u8], output: Output, patience: Duration) -> io::Result<(Ended, Vec<u8>)> {
    let until = Instant::now() + patience;
    let (line, stdout) = match output {
        Output::ToStderr => (format!("exec >&2\n{command}"), Stdio::null()),
        Output::Kept => (command.to_owned(), Stdio::piped()),
    };
    let mut shell = Command::new("/bin/sh");
    let mut child = shell.arg("-c").arg(line).stdin(Stdio::piped()).stdout(stdout).process_group(0).spawn()?;
    let mut pipes = match Pipes::of(&mut child, input) {
        Ok(pipes) => pipes,
        Err(why) => {
            kill(&mut child);
            return Err(why);
        }
    };
    let ended = match pipes.turn_until_ended(&mut child, until) {
        Ok(Some(status)) => ended(status),
        Ok(None) => {
            kill(&mut child);
            Ended::TooLate
        }
        Err(why) => {
            kill(&mut child);
            return Err(why);
        }
    };
    Ok((ended, pipes.kept))
}

fn ended(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exit(code),
        (None, signal) => Ended::Signal(signal.unwrap_or_default()),
    }
}

fn kill(child: &mut Child) {
    // One that is gone meanwhile is what is wanted.
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

/// What is between us and a command.
struct Pipes<'i> {
    process: OwnedFd,
    stdin: Option<File>,
    stdout: Option<File>,
    /// What is still to be written.
    input: &'i [u8],
    kept: Vec<u8>,
}

impl<'i> Pipes<'i> {
    fn of(child: &mut Child, input: &'i [u8]) -> io::Result<Self> {
        let open = |fd: OwnedFd| -> io::Result<File> {
            rustix::io::ioctl_fionbio(&fd, true)?;
            Ok(fd.into())
        };
        Ok(Self {
            process: pidfd_open(Pid::from_child(child), PidfdFlags::empty())?,
            stdin: child.stdin.take().map(|pipe| open(pipe.into())).transpose()?,
            stdout: child.stdout.take().map(|pipe| open(pipe.into())).transpose()?,
            input,
            kept: Vec::new(),
        })
    }

    /// How it ended; None if it has not in time.
    fn turn_until_ended(&mut self, child: &mut Child, until: Instant) -> io::Result<Option<ExitStatus>> {
        self.write();
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            self.wait(left)?;
            self.write();
            self.read();
            if let Some(status) = child.try_wait()? {
                // What it wrote last.
                self.read();
                return Ok(Some(status));
            }
        }
    }

    fn wait(&self, left: Duration) -> io::Result<()> {
        let mut watched = vec![PollFd::from_borrowed_fd(self.process.as_fd(), PollFlags::IN)];
        watched.extend(self.stdin.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::OUT)));
        watched.extend(self.stdout.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut watched, Some(&left)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(why) => Err(why.into()),
        }
    }

    fn write(&mut self) {
        let Some(pipe) = &mut self.stdin else { return };
        while !self.input.is_empty() {
            match pipe.write(self.input) {
                Ok(n) => self.input = &self.input[n..],
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                // It does not want to know.
                Err(_) => break,
            }
        }
        self.stdin = None;
    }

    fn read(&mut self) {
        let Some(pipe) = &mut self.stdout else { return };
        let mut buffer = [0; 4096];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => self.kept.extend_from_slice(&buffer[..n.min(LARGEST - self.kept.len())]),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => return,
                Err(_) => break,
            }
        }
        self.stdout = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(command: &str, input: &[u8]) -> (Ended, String) {
        let (ended, output) = run(command, input, Output::Kept, Duration::from_secs(30)).unwrap();
        (ended, String::from_utf8(output).unwrap())
    }

    #[test]
    fn a_command_reads_and_is_read() {
        assert_eq!(kept("cat; exit 3", b"x\n"), (Ended::Exit(3), "x\n".to_owned()));
        assert_eq!(kept("kill -9 $$", b""), (Ended::Signal(9), String::new()));
        assert_eq!(kept("/nowhere/x 2>&-", b"").0, Ended::Exit(127));
        let long = vec![b'x'; 200_000];
        assert_eq!(kept("wc -c", &long), (Ended::Exit(0), "200000\n".to_owned()));
        assert_eq!(kept("cat", &long).1.len(), LARGEST);
    }

    #[test]
    fn one_that_does_not_read_or_leaves_somebody_behind_is_not_waited_for() {
        assert_eq!(kept("exit 0", &vec![b'x'; 200_000]).0, Ended::Exit(0));
        let (ended, output) = kept("sleep 1000 & echo $!", b"");
        assert_eq!(ended, Ended::Exit(0));
        let pid = Pid::from_raw(output.trim().parse().unwrap()).unwrap();
        rustix::process::kill_process(pid, Signal::KILL).unwrap();
    }

    #[test]
    fn one_that_takes_too_long_is_killed_with_all_that_it_started() {
        let began = Instant::now();
        let (ended, output) = run("sleep 1000 & echo $!; wait", b"", Output::Kept, Duration::from_millis(500)).unwrap();
        assert_eq!(ended, Ended::TooLate);
        assert!(began.elapsed() < Duration::from_secs(30));
        let stat = format!("/proc/{}/stat", String::from_utf8(output).unwrap().trim());
        let is_gone = || std::fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        while !is_gone() {
            assert!(began.elapsed() < Duration::from_secs(30));
            std::thread::yield_now();
        }
    }
}
