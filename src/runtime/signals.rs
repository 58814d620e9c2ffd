//! The signals that a daemon takes. Equal ones that are pending collapse into one.

use std::io;

use nix::sys::signal::{self as posix, SigSet};
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::sys::Blocked;

/// A signal that came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caught {
    /// Stop everything and leave; with the number of the signal.
    Exit(i32),
    /// Stop everything and start anew.
    Restart,
    /// Open the logs anew.
    Reopen,
    /// A child ended.
    Child,
}

/// Waits for signals from the moment it is made.
#[derive(Debug)]
pub(super) struct Signals {
    term: Signal,
    int: Signal,
    quit: Signal,
    hup: Signal,
    usr2: Signal,
    chld: Signal,
}

impl Signals {
    /// Begins to catch them.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {
            term: signal(SignalKind::terminate())?,
            int: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            hup: signal(SignalKind::hangup())?,
            usr2: signal(SignalKind::user_defined2())?,
            chld: signal(SignalKind::child())?,
        })
    }

    /// The next one. Children come first: what they did happened before anybody asked for anything.
    pub(super) async fn next(&mut self) -> Caught {
        tokio::select! {
            biased;
            _ = self.chld.recv() => Caught::Child,
            _ = self.term.recv() => Caught::Exit(15),
            _ = self.int.recv() => Caught::Exit(2),
            _ = self.quit.recv() => Caught::Exit(3),
            _ = self.hup.recv() => Caught::Restart,
            _ = self.usr2.recv() => Caught::Reopen,
        }
    }
}

/// As long as what it gives is there, children that end interrupt nobody. However many do, one signal comes of it afterwards.
pub(super) fn undisturbed() -> Blocked {
    Blocked::begin(SigSet::from(posix::Signal::SIGCHLD))
}
