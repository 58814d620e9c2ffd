//! A daemon for tests of the servers: the real core, children that obey at once, logs in a folder.

use std::cell::{Cell, Ref, RefCell};
use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tokio::sync::oneshot;

use super::control::{Control, StdinError};
use super::core::diff::Difference;
use super::core::effect::{Effect, Effects};
use super::core::event::{Event, Stream};
use super::core::fleet::Fleet;
use super::core::ids::{ProcessId, RequestId};
use super::core::input::{Delivery, Input, Report};
use super::core::request::{Reply, Request};
use super::core::status::ExitStatus;
use crate::base::time::{Mono, Now, Wall};
use crate::conf::model::{Config, Group, LogLevel, MainLog, RpcInterface, Supervisord};

pub(super) struct Fake {
    fleet: RefCell<Fleet>,
    config: RefCell<Rc<Config>>,
    waiting: RefCell<HashMap<RequestId, oneshot::Sender<Reply>>>,
    next_request: Cell<u64>,
    folder: tempfile::TempDir,
    /// What was written to standard inputs.
    pub(super) stdin: RefCell<Vec<u8>>,
    /// The lines of the main log.
    pub(super) lines: RefCell<Vec<String>>,
    pub(super) events: RefCell<Vec<Event>>,
}

impl Fake {
    pub(super) fn new(groups: Vec<Group>) -> Rc<Self> {
        let fake = Self {
            fleet: RefCell::new(Fleet::new(groups.clone())),
            config: RefCell::new(Rc::new(config(groups))),
            waiting: RefCell::default(),
            next_request: Cell::default(),
            folder: tempfile::tempdir().unwrap(),
            stdin: RefCell::default(),
            lines: RefCell::default(),
            events: RefCell::default(),
        };
        fake.handle(Input::Begin);
        Rc::new(fake)
    }

    /// Path of a log, whose file the test makes.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// What the next reload finds.
    pub(super) fn configure(&self, groups: Vec<Group>) {
        *self.config.borrow_mut() = Rc::new(config(groups));
    }

    fn handle(&self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            let mut effects = Effects::new();
            self.fleet.borrow_mut().handle(self.now(), input, &mut effects);
            inputs.extend(effects.drain().filter_map(|effect| self.perform(effect)));
        }
    }

    /// Does it; what is to be reported.
    fn perform(&self, effect: Effect) -> Option<Input> {
        match effect {
            Effect::Spawn { process, spawn } => {
                Some(Input::Child { process, spawn, report: Report::Spawned(4000 + process.0.cast_signed()) })
            }
            Effect::Signal { process, spawn, signal, .. } => {
                let report = match signal {
                    15 => Report::Exited(ExitStatus::Code(0)),
                    _ => Report::Signalled(Delivery::Sent),
                };
                Some(Input::Child { process, spawn, report })
            }
            Effect::Probe { request, process } => Some(Input::Probed { request, process, result: Ok(()) }),
            Effect::Reply { request, reply } => {
                let sender = self.waiting.borrow_mut().remove(&request);
                // Whoever asked may have gone.
                let _ = sender.map(|sender| sender.send(reply));
                None
            }
            _ => None,
        }
    }
}

impl Control for Fake {
    fn now(&self) -> Now {
        Now { mono: Mono(10_000_000_000), wall: Wall(1_795_223_038_000_000_000) }
    }

    fn pid(&self) -> u32 {
        77
    }

    fn fleet(&self) -> Ref<'_, Fleet> {
        self.fleet.borrow()
    }

    fn config(&self) -> Rc<Config> {
        self.config.borrow().clone()
    }

    fn submit(&self, request: Request) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        let id = RequestId(self.next_request.replace(self.next_request.get() + 1));
        self.waiting.borrow_mut().insert(id, sender);
        self.handle(Input::Request { id, request });
        receiver
    }

    fn reload(&self) -> Result<Difference, String> {
        if self.config().groups.is_empty() {
            return Err("no groups".to_owned());
        }
        Ok(self.fleet().difference(&self.config().groups))
    }

    fn main_log(&self) -> Option<PathBuf> {
        Some(self.path("main"))
    }

    fn clear_main_log(&self) -> io::Result<()> {
        std::fs::remove_file(self.path("main"))
    }

    fn child_log(&self, process: ProcessId, stream: Stream) -> Option<Rc<Path>> {
        let name = self.fleet().process(process)?.name().clone();
        (stream == Stream::Stdout).then(|| self.path(&name).into())
    }

    fn clear_child_logs(&self, process: ProcessId) -> io::Result<()> {
        std::fs::remove_file(self.child_log(process, Stream::Stdout).unwrap())
    }

    fn write_stdin(&self, process: ProcessId, data: &[u8]) -> Result<(), StdinError> {
        if self.fleet().process(process).is_none_or(|p| p.pid().is_none()) {
            return Err(StdinError::NotRunning);
        }
        self.stdin.borrow_mut().extend_from_slice(data);
        Ok(())
    }

    fn logs(&self, _: LogLevel) -> bool {
        true
    }

    fn log(&self, _: LogLevel, line: &str) {
        self.lines.borrow_mut().push(line.to_owned());
    }

    fn emit(&self, event: Event) {
        self.events.borrow_mut().push(event);
    }
}

/// The interface under the name that clients use.
pub(super) fn interfaces() -> Vec<RpcInterface> {
    vec![RpcInterface {
        name: "supervisor".to_owned(),
        factory: crate::conf::check::RPC_FACTORY.to_owned(),
        settings: Vec::new(),
    }]
}

fn config(groups: Vec<Group>) -> Config {
    let supervisord = Supervisord {
        logfile: MainLog::Syslog,
        logfile_maxbytes: 0,
        logfile_backups: 0,
        loglevel: LogLevel::Trace,
        pidfile: String::new(),
        umask: 0o22,
        nodaemon: true,
        silent: true,
        minfds: 0,
        minprocs: 0,
        nocleanup: false,
        childlogdir: String::new(),
        user: None,
        directory: None,
        strip_ansi: false,
        environment: Vec::new(),
        identifier: "fake".to_owned(),
    };
    Config { supervisord, servers: Vec::new(), rpcinterfaces: interfaces(), groups }
}
