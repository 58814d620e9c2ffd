//! What can go wrong with a cluster, and in which words it is said.

use crate::base::reason::reason as words;
use std::fmt;
use std::io;

/// One thing that went wrong.
#[derive(Debug)]
pub(super) enum Problem {
    /// The project folder is not there.
    Directory { path: String, why: io::Error },
    /// The lock beside the pid file cannot be had.
    Lock { path: String, why: io::Error },
    /// The pid file cannot be read.
    PidFileUnread { path: String, why: io::Error },
    /// The pid file is not ours.
    NoPidFile { path: String },
    /// The pid file cannot be written.
    PidFileUnwritten { path: String, why: io::Error },
    /// The pid file cannot be removed.
    PidFileKept { path: String, why: io::Error },
    /// The log cannot be written.
    Log { path: String, why: io::Error },
    /// The processes of the system cannot be seen or waited for.
    Processes(io::Error),
    /// A signal could not be sent.
    NotSent { pid: i32, why: io::Error },
    /// Processes that outlive a KILL.
    Survived { pids: Vec<i32> },
    /// A command cannot be run.
    NotRun { command: String, why: io::Error },
    /// A command ended badly, while it was waited for.
    Failed { command: String, ended: Ended },
    /// A program in the background ended at once.
    DiedAtOnce { command: String, pid: i32, ended: Ended, log: String },
    /// Somebody wants the start to stop.
    Interrupted,
    /// A file that `pid:` names holds no pid.
    BadPidFile { path: String },
    /// A `pid:` that is the cluster's own.
    OwnPid { pid: i32 },
    /// The daemon cannot be made.
    NoDaemon { why: io::Error },
    /// The daemon ended before the cluster was alive, without saying why.
    DaemonGone { ended: String },
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It left with this status.
    Exit(i32),
    /// This signal ended it.
    Signal(i32),
}

impl Ended {
    /// Whether it did what it was to do.
    pub(super) fn is_success(self) -> bool {
        self == Self::Exit(0)
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exit(status) => write!(f, "exit status {status}"),
            Self::Signal(number) => match crate::conf::signals::name(*number) {
                Some(name) => write!(f, "terminated by SIG{name}"),
                None => write!(f, "terminated by signal {number}"),
            },
        }
    }
}

fn pids(pids: &[i32]) -> String {
    pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory { path, why } => write!(f, "Cannot go to '{path}': {}", words(why)),
            Self::Lock { path, why } => write!(f, "Cannot lock '{path}': {}", words(why)),
            Self::PidFileUnread { path, why } => write!(f, "Cannot read pid file '{path}': {}", words(why)),
            Self::NoPidFile { path } => {
                write!(f, "'{path}' is not the pid file of a cluster: it is left alone; expected PID:PID:…")
            }
            Self::PidFileUnwritten { path, why } => write!(f, "Cannot write pid file '{path}': {}", words(why)),
            Self::PidFileKept { path, why } => write!(f, "Cannot remove pid file '{path}': {}", words(why)),
            Self::Log { path, why } => write!(f, "Cannot write log file '{path}': {}", words(why)),
            Self::Processes(why) => write!(f, "Cannot see the processes of this system: {}", words(why)),
            Self::NotSent { pid, why } => write!(f, "PID {pid} could not be stopped: {}", words(why)),
            Self::Survived { pids: all } => write!(f, "PID {} could not be stopped: it outlives KILL", pids(all)),
            Self::NotRun { command, why } => write!(f, "Command \"{command}\" failed: {}", words(why)),
            Self::Failed { command, ended } => write!(f, "Command \"{command}\" failed: {ended}"),
            Self::DiedAtOnce { command, pid, ended, log } => {
                write!(f, "Command \"{command}\" failed: PID {pid} ended at once, {ended}; its output is in {log}")
            }
            Self::Interrupted => f.write_str("Interrupted"),
            Self::BadPidFile { path } => write!(f, "'{path}' holds no pid: expected a number from 2 on"),
            Self::OwnPid { pid } => write!(f, "PID {pid} is the cluster's own: `pid:` is for other processes"),
            Self::NoDaemon { why } => write!(f, "Cannot start the cluster's daemon: {}", words(why)),
            Self::DaemonGone { ended } => write!(f, "The cluster's daemon is gone: {ended}"),
        }
    }
}
