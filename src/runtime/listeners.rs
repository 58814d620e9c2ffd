//! Event listeners: what the driver writes to them and reads from them. Who gets what, and what their words mean, is
//! the core's.

use crate::conf::model::LogLevel;
use crate::conf::python::repr_bytes;

use super::children::Output;
use super::core::event::Stream;
use super::core::ids::{ProcessId, SpawnId};
use super::core::input::{Input, Report};
use super::core::output::Piece;
use super::core::pool::Notice;
use super::driver::Driver;

impl Driver {
    /// Writes an event to a listener, as far as its pipe takes it, the rest as it reads. False when it cannot be
    /// written to.
    pub(super) fn deliver(&self, process: ProcessId, spawn: SpawnId, notice: &Notice) -> bool {
        let envelope = notice.envelope(&self.config.borrow().supervisord.identifier);
        let mut children = self.children.borrow_mut();
        let child = children.of_mut(process).filter(|child| child.spawn == spawn);
        child.and_then(|child| child.stdin.as_mut()).is_some_and(|stdin| stdin.write(&envelope))
    }

    /// A listener has spoken: into the main log, into its own if it has one, and into the core.
    pub(super) fn hear(&self, process: ProcessId, output: &Output, data: &[u8]) {
        let Some((name, spawn)) = self.fleet.borrow().process(process).map(|p| (p.name().clone(), p.spawn())) else {
            return;
        };
        if self.main_log.borrow().takes(LogLevel::Debug) {
            self.say(LogLevel::Debug, &format!("'{name}' stdout output:\n{}", repr_bytes(data)));
        }
        match &output.chain {
            None => self.keep(output, data),
            Some(chain) => chain.borrow_mut().push(data, &mut |piece| {
                if let Piece::Logged(text) = piece {
                    self.keep(output, &text);
                }
            }),
        }
        self.feed(Input::Child { process, spawn, report: Report::Said(data.to_vec()) });
    }

    /// Writes what a listener said to its log, if it has one.
    fn keep(&self, output: &Output, text: &[u8]) {
        if let Some(log) = &output.log {
            self.warn(&log.borrow_mut().write(text));
        }
    }

    /// Whether what a process writes to an output is said to us: the standard output of a listener.
    pub(super) fn converses(&self, process: ProcessId, output: &Output) -> bool {
        output.stream == Stream::Stdout && self.fleet.borrow().is_listener(process)
    }
}
