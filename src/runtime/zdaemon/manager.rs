//! What the core decides, done: one loop over the socket, its clients, signals and the program's output.

use std::collections::VecDeque;
use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::Path;

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{WaitOptions, WaitStatus};
use rustix::stdio::{stderr, stdin, stdout};

use crate::base::time::Mono;
use crate::conf::python::repr;
use crate::runtime::clock::Clock;
use crate::runtime::inherited::Inherited;
use crate::runtime::sys::{self, Birth, Nursery, Side, Step};
use crate::runtime::{daemonize, errno};
use crate::wire::zdaemon::{Refused, Request, Status};

use super::core::{Core, DEBUG, Effect, Ended, Input, Rules, WARNING};
use super::eventlog::Log;
use super::program::Program;
use super::socket::Socket;
use super::transcript::{Pipe, Transcript};
use super::{Launch, left};

/// How many clients may be in the middle of a command.
const CLIENTS: usize = 16;

/// What tells a process that it is to be a manager; no program is to see it.
const MODE: &str = "DAEMON_MANAGER_MODE";

/// What a manager needs besides its socket and its logs.
pub(super) struct Setup {
    core: Core,
    program: Program,
    test: Option<Vec<String>>,
    nursery: Nursery,
    inherited: Inherited,
    signals: SignalFd,
    null: File,
    /// Whom to tell that the program was run.
    ready: Option<OwnedFd>,
}

impl Setup {
    /// Takes the signals. To be made in the process that will be the manager.
    pub(super) fn new(launch: &Launch, program: Program, ready: Option<OwnedFd>) -> io::Result<Self> {
        let mut signals = SigSet::empty();
        for signal in [Signal::SIGTERM, Signal::SIGHUP, Signal::SIGINT, Signal::SIGCHLD] {
            signals.add(signal);
        }
        signals.thread_block()?;
        // `nohup` and the like are about who starts a manager. The program is to be ended and told by signals.
        signals.into_iter().for_each(sys::heed);
        let rules = Rules {
            backoff_limit: launch.backoff_limit,
            forever: launch.forever,
            exit_codes: launch.exit_codes.clone(),
            stop_timeout: launch.stop_timeout,
            hang_around: launch.hang_around,
            is_tested: launch.start_test.is_some(),
            shares_terminal: !launch.daemon,
        };
        left::adopt();
        Ok(Self {
            core: Core::new(rules),
            program,
            test: launch.start_test.clone(),
            nursery: Nursery::new(NonZeroUsize::MIN)?,
            inherited: left::marked(Inherited::now().without(MODE), &launch.socket)?,
            signals: SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?,
            null: File::options().read(true).write(true).open("/dev/null")?,
            ready,
        })
    }
}

/// A client in the middle of its command.
struct Client {
    stream: UnixStream,
    request: Request,
}

/// A manager.
pub(super) struct Manager {
    setup: Setup,
    socket: Socket,
    log: Log,
    transcript: Transcript,
    clock: Clock,
    clients: VecDeque<Client>,
    /// The test that runs: its process, and the program's that it is about.
    testing: Option<(i32, i32)>,
    /// The exit status, as soon as the manager is to leave.
    leaving: Option<i32>,
}

impl Manager {
    /// Ready to run.
    pub(super) fn new(setup: Setup, socket: Socket, log: Log, transcript: Transcript) -> Self {
        let (clock, clients) = (Clock::new(), VecDeque::new());
        Self { setup, socket, log, transcript, clock, clients, testing: None, leaving: None }
    }

    /// Runs the program, and does what is asked for, until it is time to leave. Gives the exit status.
    pub(super) fn run(mut self) -> u8 {
        self.feed(Input::Begin, None);
        if let Some(ready) = self.setup.ready.take() {
            // Whoever waited for it may be gone.
            let _ = File::from(ready).write(&[0]);
        }
        sys::release();
        while self.leaving.is_none() {
            self.turn();
        }
        self.leave()
    }

    fn turn(&mut self) {
        let now = self.clock.now().mono;
        let timeout = self.setup.core.deadline().map(|at| timespec(at, now));
        let mut fds: Vec<BorrowedFd<'_>> = vec![self.setup.signals.as_fd(), self.socket.listener.as_fd()];
        fds.extend(self.clients.iter().map(|client| client.stream.as_fd()));
        let first_client = 2;
        let clients = self.clients.len();
        fds.extend(self.transcript.reader());
        let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(fd, PollFlags::IN)).collect();
        if poll(&mut polled, timeout.as_ref()).is_err() {
            return;
        }
        let is_ready: Vec<bool> = polled.iter().map(|fd| !fd.revents().is_empty()).collect();
        drop(polled);
        if is_ready.get(first_client + clients).is_some_and(|ready| *ready) {
            let (pipe, lines) = self.transcript.copy();
            self.say_all(lines);
            if pipe == Pipe::Closed {
                // It cannot be, as the program's end is held open here; and must not be a loop if it is.
                self.transcript.close_reader();
            }
        }
        if is_ready[0] {
            self.take_signals();
        }
        self.feed(Input::Tick, None);
        if is_ready[1] {
            self.accept();
        }
        for at in (0..clients).rev().filter(|at| is_ready[first_client + at]) {
            self.receive(at);
        }
    }

    fn say(&mut self, level: i64, line: &str) {
        let rest = self.log.write(level, line);
        if !rest.is_empty() {
            self.transcript.write(&rest);
        }
    }

    fn say_all(&mut self, lines: Vec<String>) {
        for line in lines {
            self.say(WARNING, &line);
        }
    }

    /// Lets the core decide, and does it.
    fn feed(&mut self, input: Input, client: Option<&UnixStream>) {
        let mut inputs = VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            if self.leaving.is_some() {
                return;
            }
            let now = self.clock.now();
            for effect in self.setup.core.handle(now, input) {
                inputs.extend(self.perform(effect, client));
            }
        }
    }

    fn perform(&mut self, effect: Effect, client: Option<&UnixStream>) -> Option<Input> {
        match effect {
            Effect::Spawn => return Some(self.spawn()),
            Effect::Test(pid) => return self.test(pid),
            Effect::Signal(signal) => {
                // If it is gone, its end is on its way.
                let _ = sys::kill(self.setup.core.pid(), false, signal);
            }
            Effect::SignalAndTell(signal) => {
                let told = match sys::kill(self.setup.core.pid(), false, signal) {
                    Ok(()) => format!("Signal {signal} sent"),
                    Err(why) => format!("Kill {signal} failed: {}", errno::text(&why.into())),
                };
                self.reply(client, &told);
            }
            Effect::Reply(text) => self.reply(client, text),
            Effect::ReplyStatus => {
                let status = self.status().text();
                self.reply(client, &status);
            }
            Effect::Reopen => {
                let lines = self.log.reopen();
                self.say_all(lines);
                let lines = self.transcript.reopen();
                self.say_all(lines);
            }
            Effect::Log(level, line) => self.say(level, &line),
            Effect::Leave(status) => self.leaving = Some(status),
        }
        None
    }

    fn status(&self) -> Status {
        Status {
            manager: i32::try_from(std::process::id()).unwrap_or(0),
            filename: self.setup.program.filename.clone(),
            args: self.setup.program.words.clone(),
            ..self.setup.core.status(self.clock.now())
        }
    }

    fn reply(&mut self, client: Option<&UnixStream>, text: &str) {
        let Some(mut stream) = client else { return };
        let end = if text.ends_with('\n') { "" } else { "\n" };
        // As one piece, which fits: a client that does not read must not keep the manager.
        if let Err(why) = stream.write_all(format!("{text}{end}").as_bytes()) {
            self.say(WARNING, &format!("Error sending reply: {}", errno::text(&why)));
        }
    }

    fn spawn(&mut self) -> Input {
        let words = self.setup.program.words.clone();
        let file = self.setup.program.file.clone();
        match self.bear(&file, &words) {
            Ok(pid) => Input::Spawned(pid),
            Err((Step::Fork, _)) => Input::NotForked,
            Err((_, why)) => {
                let line = format!("can't exec {}: {}", repr(&self.setup.program.filename), errno::text(&why));
                self.transcript.write(&format!("{line}\n"));
                Input::NotRun(line)
            }
        }
    }

    fn test(&mut self, pid: i32) -> Option<Input> {
        let words = self.setup.test.clone()?;
        let born = Program::find(&words)
            .and_then(|program| self.bear(&program.file, &words).map_err(|(_, why)| errno::text(&why)));
        match born {
            Ok(test) => {
                self.testing = Some((test, pid));
                None
            }
            Err(why) => Some(Input::NotTested(pid, format!("start test raised: {why}"))),
        }
    }

    fn bear(&mut self, file: &Path, words: &[String]) -> Result<i32, (Step, io::Error)> {
        let text = |text: &OsStr| {
            CString::new(text.as_bytes()).map_err(|_| (Step::Exec, io::Error::from(io::ErrorKind::InvalidInput)))
        };
        let environment = self.setup.inherited.all();
        let birth = Birth {
            file: text(file.as_os_str())?,
            words: words.iter().map(|word| text(word.as_ref())).collect::<Result<_, _>>()?,
            environment,
            identity: None,
            directory: None,
            umask: None,
            leads_group: false,
        };
        let null = self.setup.null.as_fd();
        let ends = match self.transcript.program_end() {
            Some(end) => [null, end, end],
            None => [stdin(), stdout(), stderr()],
        };
        self.setup.nursery.bear(&birth, ends)
    }

    fn take_signals(&mut self) {
        while let Ok(Some(signal)) = self.setup.signals.read_signal() {
            match i32::try_from(signal.ssi_signo) {
                Ok(nix::libc::SIGCHLD) => self.reap(),
                Ok(number) => self.feed(Input::Killed(number), None),
                Err(_) => {}
            }
        }
    }

    /// Takes in all children that have ended. Those of one signal may be many.
    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = rustix::process::wait(WaitOptions::NOHANG) {
            let pid = pid.as_raw_nonzero().get();
            let Some(ended) = ended(status) else { continue };
            if pid == self.setup.core.pid() {
                self.program_ended(pid, ended);
            } else if let Some((_, program)) = self.testing.filter(|(test, _)| *test == pid) {
                self.testing = None;
                self.feed(Input::Tested(program, ended == Ended::Code(0)), None);
            } else {
                self.say(DEBUG, &format!("unknown process {pid} exited"));
            }
        }
    }

    fn program_ended(&mut self, pid: i32, ended: Ended) {
        self.say(DEBUG, &format!("controlled process {pid} exited"));
        // What it wrote comes before what is said of its end.
        let (_, lines) = self.transcript.drain();
        self.say_all(lines);
        if let Some(line) = left::behind(self.testing.map(|(test, _)| test)) {
            self.say(WARNING, &line);
        }
        self.feed(Input::Ended(pid, ended), None);
    }

    fn accept(&mut self) {
        while let Ok((stream, _)) = self.socket.listener.accept() {
            // A client that cannot be asked without waiting for it is not asked.
            if stream.set_nonblocking(true).is_err() {
                continue;
            }
            if self.clients.len() == CLIENTS
                && let Some(client) = self.clients.pop_front()
            {
                self.reply(Some(&client.stream), &Refused::Superseded.to_string());
            }
            self.clients.push_back(Client { stream, request: Request::default() });
            // Most have said all by now.
            self.receive(self.clients.len() - 1);
        }
    }

    fn receive(&mut self, at: usize) {
        let Some(client) = self.clients.get_mut(at) else { return };
        let mut piece = [0; 1000];
        let asked = match client.stream.read(&mut piece) {
            Ok(bytes) => client.request.push(&piece[..bytes]),
            Err(why) if matches!(why.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => None,
            Err(_) => {
                self.clients.remove(at);
                return;
            }
        };
        let Some(asked) = asked else { return };
        let Some(client) = self.clients.remove(at) else { return };
        match asked {
            Ok(command) => self.feed(Input::Command(command), Some(&client.stream)),
            Err(refused) => self.reply(Some(&client.stream), &refused.to_string()),
        }
    }

    /// Leaves; what others still write to the transcript is copied by a process of its own.
    fn leave(mut self) -> u8 {
        let status = self.leaving.unwrap_or(1);
        self.transcript.close_program_end();
        let (pipe, lines) = self.transcript.drain();
        self.say_all(lines);
        if pipe == Pipe::Empty {
            self.say(WARNING, "others still write to the transcript; it is copied until they end");
            if matches!(daemonize::fork(), Ok(Side::Child)) {
                return self.copy_to_the_end();
            }
        }
        self.socket.remove();
        u8::try_from(status & 0xff).unwrap_or(1)
    }

    fn copy_to_the_end(self) -> u8 {
        let Self { setup, socket, log, mut transcript, clients, .. } = self;
        drop((socket, log, clients));
        // A signal ends it, as anybody.
        let _ = SigSet::all().thread_unblock();
        drop(setup);
        transcript.copy_to_the_end();
        0
    }
}

fn timespec(at: Mono, now: Mono) -> Timespec {
    let wait = at - now;
    // Not a moment too soon, or it would be a loop.
    let nanos = wait.subsec_nanos();
    Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(nanos) }
}

fn ended(status: WaitStatus) -> Option<Ended> {
    /// The bit of the raw status that says that a core was dumped.
    const CORE: i32 = 0x80;
    let core = status.as_raw() & CORE != 0;
    let signal = status.terminating_signal();
    status.exit_status().map(Ended::Code).or_else(|| signal.map(|signal| Ended::Signal(signal, core)))
}
