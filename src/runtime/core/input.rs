//! What comes into a fleet.

use super::event::Event;
use super::ids::{Pid, ProcessId, RequestId, SpawnId};
use super::request::{Fault, Request};
use super::status::ExitStatus;

/// What comes into a fleet.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// The daemon is up: start what is to be started with it. Comes once.
    Begin,
    /// The deadline of the fleet is reached, or may be: too early is harmless.
    Due,
    /// The driver reports about a child.
    Child {
        /// Whose.
        process: ProcessId,
        /// The attempt it belongs to.
        spawn: SpawnId,
        /// What happened.
        report: Report,
    },
    /// Something happened outside of the core.
    Event(Event),
    /// The answer to [`Effect::Probe`](super::effect::Effect::Probe).
    Probed {
        /// The request that wanted to know.
        request: RequestId,
        /// Whose command.
        process: ProcessId,
        /// [`Fault::NoFile`] or [`Fault::NotExecutable`].
        result: Result<(), Fault>,
    },
    /// Somebody asks for something; answered by exactly one reply.
    Request {
        /// Its number, not given before.
        id: RequestId,
        /// What is asked.
        request: Request,
    },
}

/// What the driver says about a child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Report {
    /// It runs.
    Spawned(Pid),
    /// It could not be started: the words of `spawnerr`.
    SpawnFailed(String),
    /// What became of a signal.
    Signalled(Delivery),
    /// It ended and is reaped; its output has been read.
    Exited(ExitStatus),
    /// It is an event listener and has written this to its standard output.
    Said(Vec<u8>),
    /// What became of [`Effect::Deliver`](super::effect::Effect::Deliver).
    Delivered {
        /// False when it has closed its standard input.
        is_taken: bool,
    },
}

/// What became of a signal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// It is sent.
    Sent,
    /// There is no such process: it has just exited, which will be reported.
    Gone,
    /// It was refused: why.
    Refused(String),
}
