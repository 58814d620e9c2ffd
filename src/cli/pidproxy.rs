//! `pidproxy PIDFILE COMMAND [ARG...]`: runs a command that leaves its work to another process, and hands signals on to
//! that one, whose pid is in the file. So what daemonises can be supervised.
//!
//! Nothing polls: it waits for signals, of which SIGCHLD is one.

use std::ffi::OsString;
use std::fmt::Display;
use std::future::poll_fn;
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitCode};
use std::task::Poll;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::signal::unix::{self, SignalKind};

/// `%s` is the program's name.
const USAGE: &str = "
pidproxy -- run a command and hand signals on to the process whose pid is in a
file.

Usage: %s <pidfile name> <command> [<cmdarg1> ...]

";

/// The status of a command that cannot be run.
const NOT_RUN: u8 = 127;

/// The signals that are handed on.
const HANDED_ON: [Signal; 6] =
    [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT, Signal::SIGHUP, Signal::SIGUSR1, Signal::SIGUSR2];

/// After which of them there is nothing left to do.
const LAST: [Signal; 3] = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGQUIT];

/// Runs pidproxy. `argv0` is the name by which messages call it.
pub(super) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let mut args = args.into_iter();
    let (Some(pidfile), Some(command)) = (args.next(), args.next()) else {
        say(USAGE.replace("%s", argv0));
        return ExitCode::FAILURE;
    };
    let words: Vec<OsString> = args.collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build();
    let run = |runtime: tokio::runtime::Runtime| runtime.block_on(run(Path::new(&pidfile), &command, &words));
    runtime.and_then(run).unwrap_or_else(|error| {
        complain(format_args!("cannot run {}: {error}", Path::new(&command).display()));
        ExitCode::from(NOT_RUN)
    })
}

/// Runs the command until it ends or is told to, whichever comes first.
async fn run(pidfile: &Path, command: &OsString, words: &[OsString]) -> io::Result<ExitCode> {
    // Before the command is, so that nothing is missed.
    let mut signals = Signals::catch()?;
    let mut child = Command::new(std::path::absolute(command)?).arg0(command).args(words).spawn()?;
    loop {
        match signals.next().await {
            Signal::SIGCHLD if has_ended(&mut child) => return Ok(ExitCode::SUCCESS),
            Signal::SIGCHLD => {}
            signal => {
                if let Some(status) = hand_on(pidfile, signal) {
                    return Ok(status);
                }
            }
        }
    }
}

fn has_ended(child: &mut Child) -> bool {
    // That it cannot be waited for says that it is no more.
    child.try_wait().map_or(true, |status| status.is_some())
}

/// Sends a signal to the process in the file; the exit status, if that was the last one.
fn hand_on(pidfile: &Path, signal: Signal) -> Option<ExitCode> {
    let Some(pid) = read(pidfile) else {
        say(format_args!("Can't read child pidfile {}!\n", pidfile.display()));
        return None;
    };
    let sent = kill(pid, signal);
    if let Err(error) = sent {
        complain(format_args!("cannot send {signal} to {pid}: {}", Errno::desc(error)));
    }
    LAST.contains(&signal).then(|| if sent.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The pid in a file. Numbers that would stand for groups of processes are none.
fn read(pidfile: &Path) -> Option<Pid> {
    let number: i32 = std::fs::read_to_string(pidfile).ok()?.trim().parse().ok()?;
    (number > 0).then(|| Pid::from_raw(number))
}

/// What it waits for.
struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    fn catch() -> io::Result<Self> {
        let all = HANDED_ON.into_iter().chain([Signal::SIGCHLD]);
        let caught = all.map(|signal| Ok((signal, unix::signal(SignalKind::from_raw(signal as i32))?)));
        caught.collect::<io::Result<_>>().map(Self)
    }

    /// The next one that comes.
    async fn next(&mut self) -> Signal {
        poll_fn(|cx| {
            let come =
                self.0.iter_mut().find_map(|(signal, stream)| stream.poll_recv(cx).is_ready().then_some(*signal));
            come.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

fn say(text: impl Display) {
    // Nobody is there to be told that nobody reads.
    let _ = write!(io::stdout(), "{text}").and_then(|()| io::stdout().flush());
}

fn complain(text: impl Display) {
    let _ = writeln!(io::stderr(), "pidproxy: {text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pidfile_holds_one_process() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pid");
        assert_eq!(read(&file), None);
        for (text, pid) in [("42\n", Some(42)), (" 7 ", Some(7)), ("", None), ("x", None), ("-1", None), ("0", None)] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(read(&file).map(Pid::as_raw), pid, "{text:?}");
        }
    }
}
