//! One event listener: where it stands in the protocol, and the event that it holds.

use std::fmt;
use std::rc::Rc;

use super::notice::Notice;
use crate::conf::model::LogLevel;
use crate::runtime::core::effect::{Effect, Effects};
use crate::runtime::core::ids::{ProcessId, SpawnId};
use crate::runtime::core::process::Process;
use crate::runtime::core::repr;
use crate::runtime::core::state::State;
use crate::wire::listener::{Awaited, Verdict, Word, Words};

/// Where a listener stands in the protocol.
#[derive(Debug)]
enum Stand {
    /// It is to say that it is ready.
    Acknowledged,
    /// It may be given an event.
    Ready,
    /// An event is being written to it.
    Offered(Notice),
    /// It has the event.
    Busy(Notice),
    /// It has broken the protocol, and gets nothing any more.
    Unknown,
}

impl Stand {
    fn into_notice(self) -> Option<Notice> {
        match self {
            Self::Offered(notice) | Self::Busy(notice) => Some(notice),
            Self::Acknowledged | Self::Ready | Self::Unknown => None,
        }
    }
}

/// As the log names it.
impl fmt::Display for Stand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Acknowledged => "ACKNOWLEDGED",
            Self::Ready => "READY",
            Self::Offered(_) | Self::Busy(_) => "BUSY",
            Self::Unknown => "UNKNOWN",
        })
    }
}

/// A process of a pool.
#[derive(Debug)]
pub(super) struct Listener {
    process: ProcessId,
    name: Rc<str>,
    /// The attempt that its child comes from, while it lives.
    child: Option<SpawnId>,
    /// The child has been up for long enough.
    is_up: bool,
    /// The child has closed its standard input.
    is_deaf: bool,
    stand: Stand,
    words: Words,
}

impl Listener {
    pub(super) fn new(process: &Process) -> Self {
        Self {
            process: process.id(),
            name: process.name().clone(),
            child: None,
            is_up: false,
            is_deaf: false,
            stand: Stand::Acknowledged,
            words: Words::default(),
        }
    }

    pub(super) fn process(&self) -> ProcessId {
        self.process
    }

    /// The event that it holds.
    pub(super) fn notice(&self) -> Option<&Notice> {
        match &self.stand {
            Stand::Offered(notice) | Stand::Busy(notice) => Some(notice),
            Stand::Acknowledged | Stand::Ready | Stand::Unknown => None,
        }
    }

    /// Whether an event is being written to it.
    pub(super) fn is_offered(&self) -> bool {
        matches!(self.stand, Stand::Offered(_))
    }

    /// Whether it may be given an event.
    pub(super) fn is_free(&self) -> bool {
        self.is_up && !self.is_deaf && matches!(self.stand, Stand::Ready)
    }

    /// Whether it may be given an event now or once it has said that it is ready.
    pub(super) fn may_get_free(&self) -> bool {
        self.is_up && !self.is_deaf && !matches!(self.stand, Stand::Unknown)
    }

    /// Whether `spawn` is the child that lives.
    pub(super) fn is_child(&self, spawn: SpawnId) -> bool {
        self.child == Some(spawn)
    }

    /// Takes notice of its process. Each child begins anew; the event that the former one held is given back.
    pub(super) fn follow(&mut self, process: &Process) -> Option<Notice> {
        self.is_up = process.state() == State::Running;
        let child = process.pid().map(|_| process.spawn());
        if child == self.child {
            return None;
        }
        self.child = child;
        self.is_deaf = false;
        self.words = Words::default();
        std::mem::replace(&mut self.stand, Stand::Acknowledged).into_notice()
    }

    /// Gives it an event.
    pub(super) fn offer(&mut self, notice: Notice, fx: &mut Effects) {
        let spawn = self.child.unwrap_or_default();
        fx.push(Effect::Deliver { process: self.process, spawn, notice: notice.clone() });
        self.stand = Stand::Offered(notice);
    }

    /// What came of an offer. An event that could not be written is given back; the listener gets no other, for who has
    /// closed a pipe does not open it again.
    pub(super) fn delivered(&mut self, is_taken: bool, fx: &mut Effects) -> Option<Notice> {
        let notice = match std::mem::replace(&mut self.stand, Stand::Ready) {
            Stand::Offered(notice) => notice,
            other => {
                self.stand = other;
                return None;
            }
        };
        let (serial, name) = (notice.serial, &self.name);
        if is_taken {
            fx.log(LogLevel::Debug, format!("event {serial} sent to listener {name}"));
            self.stand = Stand::Busy(notice);
            return None;
        }
        let line = format!("epipe occurred while sending event {serial} to listener {name}, listener state unchanged");
        fx.log(LogLevel::Debug, line);
        self.is_deaf = true;
        Some(notice)
    }

    /// It has said something more.
    pub(super) fn hear(&mut self, data: &[u8]) {
        self.words.push(data);
    }

    /// The next word of it, if there is a whole one.
    pub(super) fn next_word(&mut self) -> Option<Word> {
        let awaited = match self.stand {
            Stand::Acknowledged => Awaited::Ready,
            Stand::Ready => Awaited::Silence,
            Stand::Offered(_) | Stand::Busy(_) => Awaited::Result,
            Stand::Unknown => {
                self.words = Words::default();
                return None;
            }
        };
        self.words.next_word(awaited)
    }

    /// Does what a word means. The event that it gives back thereby.
    pub(super) fn take(&mut self, word: Word, fx: &mut Effects) -> Option<Notice> {
        let name = &self.name;
        match word {
            Word::Ready => self.enter(Stand::Ready, fx),
            Word::Result(Verdict::Processed) => {
                fx.log(LogLevel::Debug, format!("{name}: event was processed"));
                self.enter(Stand::Acknowledged, fx);
                None
            }
            Word::Result(Verdict::Rejected) => {
                fx.log(LogLevel::Warn, format!("{name}: event was rejected"));
                self.enter(Stand::Acknowledged, fx)
            }
            Word::BadResultLine(line) => {
                fx.log(LogLevel::Warn, format!("{name}: bad result line: '{}'", repr::output(&line)));
                self.enter(Stand::Unknown, fx)
            }
            Word::Junk => self.enter(Stand::Unknown, fx),
        }
    }

    fn enter(&mut self, to: Stand, fx: &mut Effects) -> Option<Notice> {
        let name = &self.name;
        fx.log(LogLevel::Debug, format!("{name}: {} -> {to}", self.stand));
        if matches!(to, Stand::Unknown) {
            let line = format!(
                "{name}: has entered the UNKNOWN state and will no longer receive events, this usually indicates the \
                 process violated the eventlistener protocol"
            );
            fx.log(LogLevel::Warn, line);
        }
        std::mem::replace(&mut self.stand, to).into_notice()
    }
}
