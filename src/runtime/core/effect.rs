//! What the core wants done: the whole list. The driver performs effects in their order; those that can fail are
//! answered with an [`Input`](super::input::Input).

use crate::conf::model::LogLevel;

use super::event::Event;
use super::ids::{Pid, ProcessId, RequestId, SpawnId};
use super::pool::Notice;
use super::request::Reply;
use super::state::Mood;
use super::state::State;
use super::table::InputKind;

/// One thing to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Start a child. Answered by `Spawned` or `SpawnFailed` with the same spawn id, later by `Exited`.
    Spawn {
        /// Whose child.
        process: ProcessId,
        /// The attempt.
        spawn: SpawnId,
    },
    /// Send a signal. Answered by `Signalled` with the same spawn id.
    Signal {
        /// Whose child.
        process: ProcessId,
        /// The attempt it comes from.
        spawn: SpawnId,
        /// The child.
        pid: Pid,
        /// Signal number.
        signal: i32,
        /// To the child's whole process group.
        group: bool,
    },
    /// Look whether the command of a process could be executed. Answered by `Probed` with the same request.
    Probe {
        /// The request that wants to know.
        request: RequestId,
        /// Whose command.
        process: ProcessId,
    },
    /// Write to the main log.
    Log {
        /// How urgent.
        level: LogLevel,
        /// The message.
        line: String,
    },
    /// Something happened. The event listeners know of it already.
    Emit(Event),
    /// Write an event to the standard input of a listener. Answered by `Delivered` with the same spawn id.
    Deliver {
        /// Whose child.
        process: ProcessId,
        /// The attempt it comes from.
        spawn: SpawnId,
        /// The event.
        notice: Notice,
    },
    /// Answer a request. Exactly one for each.
    Reply {
        /// Which.
        request: RequestId,
        /// The answer.
        reply: Reply,
    },
    /// A process is supervised from now on: name its log files.
    Added(ProcessId),
    /// A process is forgotten: close its log files.
    Removed(ProcessId),
    /// An input had no meaning in the state it met. Nothing to do; it says so for logs and tests.
    Ignored {
        /// Whose.
        process: ProcessId,
        /// The state it was in.
        state: State,
        /// What came.
        input: InputKind,
        /// Why nothing came of it.
        why: &'static str,
    },
    /// Everything is stopped: leave, or start anew, as the mood says. The last effect of a fleet.
    Finished(Mood),
}

/// What one step wants done, in order.
#[derive(Debug, Default)]
pub struct Effects {
    queue: Vec<Effect>,
}

impl Effects {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, effect: Effect) {
        self.queue.push(effect);
    }

    /// Adds a line for the main log.
    pub fn log(&mut self, level: LogLevel, line: impl Into<String>) {
        self.queue.push(Effect::Log { level, line: line.into() });
    }

    /// Adds all of `more`.
    pub fn append(&mut self, mut more: Self) {
        self.queue.append(&mut more.queue);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.queue.len()
    }

    /// Takes out those from the place `from` on, in order.
    pub fn split_off(&mut self, from: usize) -> Vec<Effect> {
        self.queue.split_off(from.min(self.queue.len()))
    }

    /// Takes all of them out, in order.
    pub fn drain(&mut self) -> impl Iterator<Item = Effect> + '_ {
        self.queue.drain(..)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }
}
