//! What the driver grants the servers: [`Control`].

use std::cell::Ref;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tokio::sync::oneshot;

use crate::base::time::Now;
use crate::conf::model::{Config, LogLevel};

use super::control::{Control, StdinError};
use super::core::diff::Difference;
use super::core::event::{Event, Stream};
use super::core::fleet::Fleet;
use super::core::ids::ProcessId;
use super::core::process::Process;
use super::core::request::{Fault, Reply, Request};
use super::core::state::State;
use super::driver::{Driver, Reading, Untidy, lean};

/// A reply that need not be waited for.
fn answered(reply: Reply) -> oneshot::Receiver<Reply> {
    let (sender, receiver) = oneshot::channel();
    // The receiver is right here.
    let _ = sender.send(reply);
    receiver
}

impl Driver {
    /// Reads the configuration again.
    fn read(&self) -> Result<Reading, String> {
        self.tidy_later(Untidy::Code);
        (self.reader)()
    }

    /// Says what is to be given back when nothing else is to be done.
    fn tidy_later(&self, untidy: Untidy) {
        self.untidy.set(self.untidy.get().max(Some(untidy)));
        self.rearm.notify_one();
    }
}

impl Control for Driver {
    fn now(&self) -> Now {
        self.clock.now()
    }

    fn pid(&self) -> u32 {
        std::process::id()
    }

    fn fleet(&self) -> Ref<'_, Fleet> {
        self.fleet.borrow()
    }

    fn config(&self) -> Rc<Config> {
        Rc::clone(&self.config.borrow())
    }

    fn submit(&self, request: Request) -> oneshot::Receiver<Reply> {
        match &request {
            Request::AddGroup(group) => match self.try_socket(group) {
                Ok(()) => self.ask(request),
                Err(why) => answered(Reply::Fault(Fault::Failed(why))),
            },
            _ => self.ask(request),
        }
    }

    fn reload(&self) -> Result<Difference, String> {
        // What the log is to say about a configuration it says when the daemon starts with it.
        let mut config = self.read()?.config;
        let fleet = self.fleet.borrow();
        fleet.share(&mut config.groups);
        let difference = fleet.difference(&config.groups);
        *self.config.borrow_mut() = lean(config);
        self.logs.borrow_mut().forget_former();
        Ok(difference)
    }

    fn tidy_up_later(&self) {
        self.tidy_later(Untidy::Heap);
    }

    fn check(&self) -> Result<(), String> {
        self.read().map(drop)
    }

    fn main_log(&self) -> Option<PathBuf> {
        self.main_log.borrow().path().map(PathBuf::from)
    }

    fn clear_main_log(&self) -> io::Result<()> {
        if !self.main_log.borrow().is_there() {
            return Err(io::ErrorKind::NotFound.into());
        }
        // In the file that goes: the new one is empty.
        self.say(LogLevel::Info, "reopening log file");
        self.main_log.borrow_mut().clear()
    }

    fn child_log(&self, process: ProcessId, stream: Stream) -> Option<Rc<Path>> {
        self.logs.borrow().get(process, stream).and_then(|log| log.borrow().path().cloned())
    }

    fn readable_child_log(&self, process: ProcessId, stream: Stream) -> Option<Rc<Path>> {
        self.logs.borrow().readable(process, stream)
    }

    fn clear_child_logs(&self, process: ProcessId) -> io::Result<()> {
        self.logs.borrow().clear(process)
    }

    fn write_stdin(&self, process: ProcessId, data: &[u8]) -> Result<(), StdinError> {
        let state = self.fleet.borrow().process(process).map(Process::state);
        let mut children = self.children.borrow_mut();
        match (children.of_mut(process), state) {
            (Some(child), Some(State::Starting | State::Running)) => {
                if child.stdin.as_mut().is_some_and(|stdin| stdin.write(data)) {
                    Ok(())
                } else {
                    Err(StdinError::Closed)
                }
            }
            _ => Err(StdinError::NotRunning),
        }
    }

    fn logs(&self, level: LogLevel) -> bool {
        self.main_log.borrow().takes(level)
    }

    fn log(&self, level: LogLevel, line: &str) {
        self.say(level, line);
    }

    fn emit(&self, event: Event) {
        self.tell(event);
    }
}
