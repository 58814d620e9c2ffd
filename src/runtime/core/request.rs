//! What is asked of a fleet from outside (RPC, signals), and what it answers. Requests that must wait are settled by
//! the core: the reply is an effect.

use std::rc::Rc;

use crate::conf::model;

/// What is asked of a fleet.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Start what does not run. With `wait`, the reply comes when it is RUNNING or has failed.
    Start {
        /// What to start.
        target: Target,
        /// Reply only when it is settled.
        wait: bool,
    },
    /// Stop what runs. With `wait`, the reply comes when it has stopped.
    Stop {
        /// What to stop.
        target: Target,
        /// Reply only when it is settled.
        wait: bool,
    },
    /// Send a signal.
    Signal {
        /// What to signal.
        target: Target,
        /// Signal number, known to be valid.
        signal: i32,
    },
    /// Supervise another group, its processes started as at the daemon's start.
    AddGroup(Box<model::Group>),
    /// Forget a group whose processes are all stopped.
    RemoveGroup(String),
    /// Stop everything, then leave. Replied at once.
    Shutdown,
    /// Stop everything, then start anew. Replied at once; ignored during a shutdown.
    Restart,
}

/// Which processes a request is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// One process.
    Process {
        /// Its group.
        group: String,
        /// Its name.
        name: String,
        /// What the caller called it: faults repeat it.
        given: String,
    },
    /// All processes of a group, in ascending priority; faults repeat the name.
    Group(String),
    /// All processes, group by group in ascending priority.
    All,
}

/// The answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It is done: `true` in RPC.
    Done,
    /// It is refused or has failed.
    Fault(Fault),
    /// What became of each process of a [`Target::Group`] or [`Target::All`], in order of completion.
    Outcomes(Vec<Outcome>),
}

/// What became of one process of a group request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Its group.
    pub group: Rc<str>,
    /// Its name.
    pub name: Rc<str>,
    /// What failed; none is RPC's status 80, `OK`.
    pub fault: Option<Fault>,
}

/// Why a request is refused or has failed. `runtime::rpc` says it on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The daemon is stopping.
    ShutdownState,
    /// No such process or group.
    BadName(String),
    /// The command does not exist: why.
    NoFile(String),
    /// The command cannot be executed: why.
    NotExecutable(String),
    /// Anything else: why.
    Failed(String),
    /// It left STARTING for another state than RUNNING.
    AbnormalTermination(String),
    /// It could not be started, or exited too quickly.
    SpawnError(String),
    /// It runs or is being started.
    AlreadyStarted(String),
    /// It does not run.
    NotRunning(String),
    /// The group is supervised already.
    AlreadyAdded(String),
    /// A process of the group is not stopped.
    StillRunning(String),
}
