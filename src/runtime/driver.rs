//! What carries out the effects of the core and tells it what came of them.
//!
//! One thread. Whatever happens (a signal, a request, a deadline) becomes an input; [`Driver::feed`] hands it to the
//! fleet and performs the effects, whose answers are inputs again, until there is none left. Only then the event loop
//! sleeps, without a timer unless the fleet has a deadline: an idle daemon never wakes.
//!
//! Deliberately absent: any decision about processes (that is the core's), and the servers (they use
//! [`Control`]).

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use tokio::sync::{Notify, oneshot};

use crate::base::time::Mono;
use crate::conf::model::{self, Config, LogLevel};

use super::bear::Expected;
use super::children::Children;
use super::clock::Clock;
use super::control::Control;
use super::core::effect::{Effect, Effects};
use super::core::event::{Event, EventType};
use super::core::fleet::Fleet;
use super::core::ids::{Pid, ProcessId, RequestId, SpawnId};
use super::core::input::{Delivery, Input, Report};
use super::core::request::{Fault, Reply, Request};
use super::core::state::Mood;
use super::core::status::SignalName;
use super::errno;
use super::fastcgi::{self, Sockets};
use super::inherited::Inherited;
use super::logs::Logs;
use super::mainlog::MainLog;
use super::pump::{self, Buffer};
use super::signals::{Caught, Signals, undisturbed};
use super::spawn;
use super::sys::{self, Nursery};
use super::syslog::Syslog;
use super::watch::Watch;

/// How long nothing must come before what is not urgent has its turn.
const LEISURE: Duration = Duration::from_millis(10);

/// A configuration that was read, and what the log is to say about it.
#[derive(Debug)]
pub struct Reading {
    /// The configuration.
    pub config: Config,
    /// Lines for the main log.
    pub notes: Vec<(LogLevel, String)>,
}

/// Reads the configuration as the daemon was started with it: the same file, the same command line over it. An error
/// is what `reread` and the log say.
pub type Reader = Box<dyn Fn() -> Result<Reading, String>>;

/// The configuration for keeps: the lists and names of its groups without the room that its reader has left over for more, and
/// away from what was free between them.
pub(super) fn lean(config: Config) -> Rc<Config> {
    Rc::new(Config { groups: config.groups.clone(), ..config })
}

/// What lies about in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Untidy {
    /// Blocks of the heap that are free.
    Heap,
    /// And code that is seldom run.
    Code,
}

/// Who is told of events: tests. The event listeners are told by the core.
type Watcher = Box<dyn Fn(&Event)>;

/// A running daemon.
pub(super) struct Driver {
    pub(super) me: Weak<Driver>,
    pub(super) clock: Clock,
    pub(super) reader: Rc<Reader>,
    pub(super) config: RefCell<Rc<Config>>,
    pub(super) fleet: RefCell<Fleet>,
    pub(super) main_log: RefCell<MainLog>,
    pub(super) logs: RefCell<Logs>,
    pub(super) children: RefCell<Children>,
    pub(super) sockets: RefCell<Sockets>,
    pub(super) buffer: Buffer,
    pub(super) watch: Rc<Watch>,
    pub(super) nursery: RefCell<Option<Nursery>>,
    pub(super) inherited: Inherited,
    /// What came of the effects that are being performed.
    answers: RefCell<Vec<Input>>,
    feeding: Cell<bool>,
    waiting: RefCell<HashMap<RequestId, oneshot::Sender<Reply>>>,
    next_request: Cell<u64>,
    watchers: RefCell<Vec<Watcher>>,
    pub(super) rearm: Notify,
    /// When all children are to be looked through for those that have ended.
    pub(super) sweep_due: Cell<Option<Mono>>,
    /// Memory is to be given back.
    pub(super) untidy: Cell<Option<Untidy>>,
    finished: Cell<Option<Mood>>,
}

impl Driver {
    /// A daemon of this configuration that has not begun yet.
    pub(super) fn new(
        config: Rc<Config>,
        main_log: MainLog,
        syslog: Syslog,
        reader: Rc<Reader>,
        watch: Rc<Watch>,
    ) -> Rc<Self> {
        let fleet = Fleet::new(config.groups.clone());
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            clock: Clock::new(),
            reader,
            config: RefCell::new(config),
            fleet: RefCell::new(fleet),
            main_log: RefCell::new(main_log),
            logs: RefCell::new(Logs::new(syslog)),
            children: RefCell::default(),
            sockets: RefCell::default(),
            buffer: Buffer::default(),
            watch,
            nursery: RefCell::default(),
            inherited: Inherited::now(),
            answers: RefCell::default(),
            feeding: Cell::new(false),
            waiting: RefCell::default(),
            next_request: Cell::new(0),
            watchers: RefCell::default(),
            rearm: Notify::new(),
            sweep_due: Cell::new(None),
            untidy: Cell::default(),
            finished: Cell::new(None),
        })
    }

    /// Supervises until everything is stopped, and says why it was.
    pub(super) async fn run(&self, signals: &mut Signals) -> Mood {
        let pump = tokio::task::spawn_local(pump::run(self.me.clone(), Rc::clone(&self.watch)));
        let mood = self.supervise(signals).await;
        pump.abort();
        mood
    }

    async fn supervise(&self, signals: &mut Signals) -> Mood {
        // Who has ended before we listened for it gives no signal.
        self.sweep();
        self.feed(Input::Begin);
        self.make_logs();
        sys::release();
        let mut at_leisure = false;
        loop {
            if let Some(mood) = self.finished.get() {
                return mood;
            }
            let instant = |at| self.clock.instant(at);
            let (deadline, sweep) = (self.fleet.borrow().deadline().map(instant), self.sweep_due.get().map(instant));
            tokio::select! {
                biased;
                caught = signals.next() => self.caught(caught),
                () = self.rearm.notified() => {}
                () = sleep_until(deadline) => self.feed(Input::Due),
                () = sleep_until(sweep) => self.sweep(),
                () = self.leisure(at_leisure) => {
                    self.catch_up();
                    at_leisure = true;
                    continue;
                }
            }
            at_leisure = false;
        }
    }

    /// Comes when nothing else has come for a while, if there is something that is not urgent; and when nothing has come since,
    /// as soon as all others have had their turn.
    async fn leisure(&self, still: bool) {
        if self.logs.borrow().are_made() && self.untidy.get().is_none() {
            std::future::pending::<()>().await;
        } else if still {
            tokio::task::yield_now().await;
        } else {
            tokio::time::sleep(LEISURE).await;
        }
    }

    fn catch_up(&self) {
        let is_start = !self.logs.borrow().are_made();
        self.make_logs();
        let untidy = self.untidy.take();
        if is_start && self.logs.borrow().are_made() || untidy == Some(Untidy::Code) {
            sys::release();
        } else if untidy.is_some() {
            sys::trim();
        }
    }

    fn make_logs(&self) {
        let failed = self.logs.borrow_mut().make_some();
        for (process, stream, why) in failed {
            let name = self.fleet.borrow().process(process).map(|process| Rc::clone(process.name()));
            let (name, why) = (name.as_deref().unwrap_or_default(), errno::name(&why));
            self.say(LogLevel::Warn, &format!("could not make a {} log for {name}: {why}", stream.name()));
        }
    }

    /// Tells `watcher` of every event from now on.
    #[cfg(test)]
    pub(super) fn watch(&self, watcher: Watcher) {
        self.watchers.borrow_mut().push(watcher);
    }

    /// Writes a line to the main log.
    pub(super) fn say(&self, level: LogLevel, line: &str) {
        let wall = self.clock.now().wall;
        self.main_log.borrow_mut().write(wall, level, line);
    }

    /// Writes lines that warn.
    pub(super) fn warn(&self, lines: &[String]) {
        for line in lines {
            self.say(LogLevel::Warn, line);
        }
    }

    /// Tells everybody of an event that the core does not know of. The fleet must not be borrowed meanwhile.
    pub(super) fn tell(&self, event: Event) {
        self.feed(Input::Event(event));
    }

    /// Whether anybody is told of events of a type.
    pub(super) fn is_watched(&self, kind: EventType) -> bool {
        !self.watchers.borrow().is_empty() || self.fleet.borrow().listens_to(kind)
    }

    /// Hands an input to the fleet and does what it wants, until it wants nothing more. What comes of an effect has its turn
    /// before what was there already: of several that are to be started, each is on its way before the next is looked at.
    pub(super) fn feed(&self, input: Input) {
        if self.feeding.replace(true) {
            self.answers.borrow_mut().push(input);
            return;
        }
        let (mut inputs, mut effects) = (vec![input], Effects::new());
        while let Some(input) = inputs.pop() {
            self.fleet.borrow_mut().handle(self.clock.now(), input, &mut effects);
            self.perform_all(&mut effects);
            inputs.extend(self.answers.take().into_iter().rev());
        }
        self.feeding.set(false);
        self.sockets.borrow_mut().close_unused(&mut |line| self.say(LogLevel::Info, line));
        self.rearm.notify_one();
    }

    pub(super) fn report(&self, process: ProcessId, spawn: SpawnId, report: Report) {
        self.feed(Input::Child { process, spawn, report });
    }

    /// Hands a request to the fleet; the receiver gets its reply.
    pub(super) fn ask(&self, request: Request) -> oneshot::Receiver<Reply> {
        let (sender, receiver) = oneshot::channel();
        let id = RequestId(self.next_request.get());
        self.next_request.set(id.0 + 1);
        self.waiting.borrow_mut().insert(id, sender);
        // It may be to stop a thousand, and the first have ended before the last have been told.
        let _undisturbed = undisturbed();
        self.feed(Input::Request { id, request });
        receiver
    }
}

/// Effects.
impl Driver {
    /// In their order; but children that are wanted one after the other are made together.
    fn perform_all(&self, effects: &mut Effects) {
        let mut expected = Vec::new();
        for effect in effects.drain() {
            if !matches!(effect, Effect::Spawn { .. } | Effect::Emit(_)) {
                self.bear(&mut expected);
            }
            self.perform(effect, &mut expected);
        }
        self.bear(&mut expected);
    }

    fn perform<'d>(&'d self, effect: Effect, expected: &mut Vec<Expected<'d>>) {
        match effect {
            Effect::Spawn { process, spawn } => self.expect(process, spawn, expected),
            Effect::Signal { process, spawn, pid, signal, group } => {
                let delivery = self.signal(process, spawn, pid, signal, group);
                self.report(process, spawn, Report::Signalled(delivery));
            }
            Effect::Probe { request, process } => self.probe(request, process),
            Effect::Log { level, line } => self.say(level, &line),
            Effect::Emit(event) => self.watchers.borrow().iter().for_each(|watcher| watcher(&event)),
            Effect::Deliver { process, spawn, notice } => {
                let is_taken = self.deliver(process, spawn, &notice);
                self.report(process, spawn, Report::Delivered { is_taken });
            }
            Effect::Reply { request, reply } => self.reply(request, reply),
            Effect::Added(process) => self.name_logs(process),
            Effect::Removed(process) => self.forget(process),
            Effect::Ignored { .. } => {}
            Effect::Finished(mood) => self.finished.set(Some(mood)),
        }
    }

    /// Looks whether the socket of a group that is to be added could be opened.
    pub(super) fn try_socket(&self, group: &model::Group) -> Result<(), String> {
        if self.fleet.borrow().group(&group.name).is_some() {
            return Ok(());
        }
        fastcgi::try_one(group, &mut |line| self.say(LogLevel::Info, line))
            .inspect_err(|why| self.say(LogLevel::Critical, why))
    }

    fn signal(&self, process: ProcessId, spawn: SpawnId, pid: Pid, signal: i32, group: bool) -> Delivery {
        let children = self.children.borrow();
        if children.of(process).is_none_or(|child| child.spawn != spawn || child.pid != pid) {
            return Delivery::Gone;
        }
        match sys::kill(pid, group, signal) {
            Ok(()) => Delivery::Sent,
            Err(rustix::io::Errno::SRCH) => Delivery::Gone,
            Err(error) => Delivery::Refused(errno::name(&error.into())),
        }
    }

    fn probe(&self, request: RequestId, process: ProcessId) {
        let Some(config) = self.fleet.borrow().process(process).map(|p| Rc::clone(p.config())) else { return };
        let result = spawn::probe(&config).map(drop).map_err(Fault::from);
        self.feed(Input::Probed { request, process, result });
    }

    fn reply(&self, request: RequestId, reply: Reply) {
        if let Some(sender) = self.waiting.borrow_mut().remove(&request) {
            // Who asked may have gone away.
            let _ = sender.send(reply);
        }
    }

    fn name_logs(&self, id: ProcessId) {
        let fleet = self.fleet.borrow();
        let Some(process) = fleet.process(id) else { return };
        let trouble = self.logs.borrow_mut().add(id, process.config(), &self.config.borrow().supervisord);
        self.warn(&trouble);
    }

    fn forget(&self, id: ProcessId) {
        self.logs.borrow_mut().remove(id);
        self.children.borrow_mut().remove(id);
    }
}

/// Signals and the ends of children.
impl Driver {
    fn caught(&self, caught: Caught) {
        match caught {
            Caught::Child => {
                // The line stands where Supervisor has it: after what the child has left behind.
                self.reap();
                self.say(LogLevel::Debug, "received SIGCHLD indicating a child quit");
            }
            Caught::Exit(signal) => {
                let line = format!("received {} indicating exit request", SignalName(signal));
                self.say(LogLevel::Warn, &line);
                drop(self.ask(Request::Shutdown));
            }
            Caught::Restart if self.fleet.borrow().mood() == Mood::Shutdown => {
                self.say(LogLevel::Warn, "ignored SIGHUP indicating restart request (shutdown in progress)");
            }
            Caught::Restart => {
                self.say(LogLevel::Warn, "received SIGHUP indicating restart request");
                match self.check() {
                    Ok(()) => drop(self.ask(Request::Restart)),
                    Err(why) => self.say(LogLevel::Critical, &format!("did not restart, all goes on as before: {why}")),
                }
            }
            Caught::Reopen => self.reopen_logs(),
        }
    }

    fn reopen_logs(&self) {
        self.say(LogLevel::Info, "received SIGUSR2 indicating log reopen request");
        self.say(LogLevel::Info, "supervisord logreopen");
        let main = self.main_log.borrow_mut().reopen();
        let lost = self.logs.borrow().reopen();
        if let Err(error) = main {
            self.say(LogLevel::Warn, &format!("could not reopen the main log: {}", errno::name(&error)));
        }
        for (path, error) in lost {
            let line = format!("could not reopen log file {}: {}", path.display(), errno::name(&error));
            self.say(LogLevel::Warn, &line);
        }
    }
}

async fn sleep_until(deadline: Option<std::time::Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
