//! The beginnings of children: what each needs is had first, then those of one priority are made together. `reap` has
//! their ends.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::OwnedFd;
use std::rc::Rc;

use crate::conf::model::{Channel, GroupKind, LogLevel};

use super::children::{Child, Output, Stdin};
use super::core::event::Stream;
use super::core::group::Group;
use super::core::ids::{Pid, ProcessId, SpawnId};
use super::core::input::Report;
use super::core::output::Chain;
use super::core::process::Process;
use super::driver::Driver;
use super::fastcgi;
use super::spawn::{self, Failure, Pipes, Setup, Unborn};
use super::sys::{self, Nursery};

/// So many children are made together at most. Until they live, each has three descriptors more.
const TOGETHER: usize = 32;
/// How many are on their way at a time at most; no more than there are processors.
const MOST_CRIBS: NonZeroUsize = NonZeroUsize::new(4).unwrap();

/// A child that is to be, and our ends of its pipes.
pub(super) struct Expected<'i> {
    process: ProcessId,
    spawn: SpawnId,
    unborn: Unborn<'i>,
    stdin: Option<Stdin>,
    socket: Option<Rc<OwnedFd>>,
    outputs: Vec<Rc<Output>>,
}

impl Driver {
    /// Prepares a child, to be made with others of its priority: who has a higher number finds those of lower ones begun.
    pub(super) fn expect<'d>(&'d self, process: ProcessId, spawn: SpawnId, expected: &mut Vec<Expected<'d>>) {
        let rank = self.rank(process);
        if expected.len() == TOGETHER || expected.last().is_some_and(|last| self.rank(last.process) != rank) {
            self.bear(expected);
        }
        let mut one = self.prepare(process, spawn);
        if matches!(one, Err(Failure::TooManyFiles(_))) && !expected.is_empty() {
            // Those that wait have descriptors that they need no more once they live.
            self.bear(expected);
            one = self.prepare(process, spawn);
        }
        match one {
            Ok(one) => expected.extend(one),
            Err(failure) => {
                self.bear(expected);
                self.failed(process, spawn, &failure);
            }
        }
    }

    /// The priorities of its group and in it.
    fn rank(&self, id: ProcessId) -> Option<(i64, i64)> {
        let fleet = self.fleet.borrow();
        Some((fleet.group_of(id)?.priority(), fleet.process(id)?.config().priority))
    }

    /// Everything that can fail for want of descriptors comes before the child, which then cannot get lost.
    fn prepare(&self, id: ProcessId, spawn: SpawnId) -> Result<Option<Expected<'_>>, Failure> {
        let fleet = self.fleet.borrow();
        let Some(process) = fleet.process(id) else { return Ok(None) };
        let files = |why| Failure::of_files(process.name(), why);
        let socket = self.socket(process).map_err(Failure::Socket)?;
        let program = spawn::probe(process.config()).map_err(Failure::Refused)?;
        self.logs.borrow().open(id).map_err(files)?;
        self.open_nursery().map_err(files)?;
        let input = socket.as_deref().map(fastcgi::for_child).transpose().map_err(files)?;
        let pipes = Pipes::open(process.config().redirect_stderr, input).map_err(files)?;
        let outputs = self.outputs(process, pipes.stdout, pipes.stderr);
        for output in &outputs {
            self.watch.add(id, output.stream, output).map_err(files)?;
        }
        let url = self.config.borrow().serverurl();
        let setup = Setup {
            process: process.config(),
            group: process.group(),
            serverurl: url.as_deref(),
            inherited: &self.inherited,
        };
        let unborn = Unborn::new(program, setup, pipes.theirs)?;
        Ok(Some(Expected { process: id, spawn, unborn, stdin: pipes.stdin.map(Stdin::new), socket, outputs }))
    }

    /// The nursery is made with the first child; without descriptors for it there is none.
    fn open_nursery(&self) -> io::Result<()> {
        let mut nursery = self.nursery.borrow_mut();
        if nursery.is_none() {
            *nursery = Some(Nursery::new(sys::processors().min(MOST_CRIBS))?);
        }
        Ok(())
    }

    /// Makes the children that are expected.
    pub(super) fn bear(&self, expected: &mut Vec<Expected<'_>>) {
        if expected.is_empty() {
            return;
        }
        let unborn = expected.iter().map(|one| &one.unborn);
        let mut nursery = self.nursery.borrow_mut();
        // Whoever is expected has found it open.
        let born = nursery.as_mut().map(|nursery| spawn::bear(nursery, unborn)).unwrap_or_default();
        drop(nursery);
        for (one, born) in expected.drain(..).zip(born) {
            match born {
                Ok(pid) => self.born(one, pid),
                Err(failure) => self.failed(one.process, one.spawn, &failure),
            }
        }
    }

    fn born(&self, one: Expected<'_>, pid: Pid) {
        let Expected { process, spawn, stdin, socket, outputs, .. } = one;
        self.children.borrow_mut().insert(process, Child { spawn, pid, stdin, socket, outputs });
        self.report(process, spawn, Report::Spawned(pid));
    }

    fn failed(&self, process: ProcessId, spawn: SpawnId, failure: &Failure) {
        self.bury(process, failure);
        self.report(process, spawn, Report::SpawnFailed(failure.to_string()));
    }

    /// The socket of a `FastCGI` program.
    fn socket(&self, process: &Process) -> Result<Option<Rc<OwnedFd>>, String> {
        let fleet = self.fleet.borrow();
        let group = fleet.group_of(process.id());
        let Some(GroupKind::FastCgi(config)) = group.map(Group::kind) else { return Ok(None) };
        let user = process.config().user.as_deref();
        let say = &mut |line: &str| self.say(LogLevel::Info, line);
        self.sockets.borrow_mut().get(process.group(), config, user, say).map(Some)
    }

    fn outputs(&self, process: &Process, stdout: OwnedFd, stderr: Option<OwnedFd>) -> Vec<Rc<Output>> {
        let logs = self.logs.borrow();
        let strip_ansi = self.config.borrow().supervisord.strip_ansi;
        let (config, id) = (process.config(), process.id());
        let channels = [(Stream::Stdout, Some(stdout), &config.stdout), (Stream::Stderr, stderr, &config.stderr)];
        let open = |(stream, fd, channel): (Stream, Option<_>, &Channel)| {
            // What a listener says is no communication, whatever it holds.
            let is_talk = stream == Stream::Stdout && self.fleet.borrow().is_listener(id);
            let chain = Chain::new(strip_ansi, if is_talk { 0 } else { channel.capture_maxbytes });
            fd.map(|fd| Rc::new(Output::new(stream, fd, logs.get(id, stream).cloned(), chain)))
        };
        channels.into_iter().filter_map(open).collect()
    }

    /// Leaves the last words of a child that was never born in its log.
    fn bury(&self, id: ProcessId, failure: &Failure) {
        let logs = self.logs.borrow();
        let log = logs.get(id, Stream::Stderr).or_else(|| logs.get(id, Stream::Stdout));
        if let (Some(words), Some(log)) = (failure.last_words(), log) {
            self.warn(&log.borrow_mut().write(words.as_bytes()));
        }
        logs.close(id);
    }
}
