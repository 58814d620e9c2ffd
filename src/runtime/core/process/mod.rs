//! One supervised process: its state, what it does about each input, and when it next wants to be asked.
//!
//! It holds no pipe, file or child: it speaks in [`Effect`]s and is told what became of them. What it does is decided
//! by [`table::action`]; how stands in `start`, `stop` and `exit`. Timers are one field: the present state's deadline,
//! disarmed on every change of state.

mod exit;
mod start;
mod stop;

use std::rc::Rc;
use std::time::Duration;

use crate::base::time::{Mono, Now, Wall};
use crate::conf::model;

use super::brake::Brake;
use super::effect::{Effect, Effects};
use super::event::{Change, Event, Origin};
use super::ids::{Pid, ProcessId, SpawnId};
use super::state::State;
use super::status::ExitStatus;
use super::table::{self, Action, InputKind};

/// How often `waiting for n to stop` is said.
const REPORT_EVERY: Duration = Duration::from_secs(2);

/// What comes to a process. See [`InputKind`] for the meanings.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are those of InputKind, with their data")]
pub enum Input {
    Autostart,
    Start,
    Stop {
        /// Somebody waits for it: say so in the log now and then.
        awaited: bool,
    },
    Halt,
    Freeze,
    Signal(i32),
    Spawned(SpawnId, Pid),
    SpawnFailed(SpawnId, String),
    SignalRefused(SpawnId, String),
    Exited(SpawnId, ExitStatus),
    Due,
}

impl Input {
    /// Its kind.
    pub fn kind(&self) -> InputKind {
        match self {
            Self::Autostart => InputKind::Autostart,
            Self::Start => InputKind::Start,
            Self::Stop { .. } => InputKind::Stop,
            Self::Halt => InputKind::Halt,
            Self::Freeze => InputKind::Freeze,
            Self::Signal(_) => InputKind::Signal,
            Self::Spawned(..) => InputKind::Spawned,
            Self::SpawnFailed(..) => InputKind::SpawnFailed,
            Self::SignalRefused(..) => InputKind::SignalRefused,
            Self::Exited(..) => InputKind::Exited,
            Self::Due => InputKind::Due,
        }
    }

    /// The attempt it belongs to, if it is about a child.
    fn spawn(&self) -> Option<SpawnId> {
        match self {
            Self::Spawned(spawn, _)
            | Self::SpawnFailed(spawn, _)
            | Self::SignalRefused(spawn, _)
            | Self::Exited(spawn, _) => Some(*spawn),
            Self::Autostart
            | Self::Start
            | Self::Stop { .. }
            | Self::Halt
            | Self::Freeze
            | Self::Signal(_)
            | Self::Due => None,
        }
    }
}

/// One supervised process.
#[derive(Debug)]
pub struct Process {
    id: ProcessId,
    group: Rc<str>,
    name: Rc<str>,
    config: Rc<model::Process>,
    state: State,
    /// The latest attempt.
    spawn: SpawnId,
    /// The child of that attempt, while it lives.
    pid: Option<Pid>,
    /// When the latest attempt was made.
    attempted: Option<Now>,
    /// When a child last ended.
    ended: Option<Wall>,
    exitstatus: Option<i32>,
    spawnerr: Option<String>,
    /// Failed attempts since it was last up.
    backoff: u32,
    brake: Brake,
    /// When the present state wants to be asked again.
    timer: Option<Mono>,
    /// When `waiting for n to stop` is due.
    report: Option<Mono>,
    /// The daemon is stopping: nothing starts by itself.
    frozen: bool,
}

/// What may be asked of it.
impl Process {
    /// A process that was never started.
    pub fn new(id: ProcessId, group: Rc<str>, config: Rc<model::Process>) -> Self {
        Self {
            id,
            group,
            name: Rc::from(config.name.as_str()),
            config,
            state: State::Stopped,
            spawn: SpawnId::default(),
            pid: None,
            attempted: None,
            ended: None,
            exitstatus: None,
            spawnerr: None,
            backoff: 0,
            brake: Brake::new(),
            timer: None,
            report: None,
            frozen: false,
        }
    }

    /// Its number.
    pub fn id(&self) -> ProcessId {
        self.id
    }

    /// Name of its group.
    pub fn group(&self) -> &Rc<str> {
        &self.group
    }

    /// Its name, unique in its group.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// How it is configured.
    pub fn config(&self) -> &Rc<model::Process> {
        &self.config
    }

    /// Its state.
    pub fn state(&self) -> State {
        self.state
    }

    /// Its child.
    pub fn pid(&self) -> Option<Pid> {
        self.pid
    }

    /// The latest attempt to start it.
    pub fn spawn(&self) -> SpawnId {
        self.spawn
    }

    /// When the latest attempt to start it was made.
    pub fn started(&self) -> Option<Wall> {
        self.attempted.map(|at| at.wall)
    }

    /// When a child of it last ended.
    pub fn stopped(&self) -> Option<Wall> {
        self.ended
    }

    /// Code of the last exit, -1 after a signal; none while it is up or after it exited too quickly.
    pub fn exitstatus(&self) -> Option<i32> {
        self.exitstatus
    }

    /// Why the latest attempt failed or the last exit was not expected.
    pub fn spawnerr(&self) -> Option<&str> {
        self.spawnerr.as_deref()
    }

    /// Failed attempts since it was last up.
    pub fn tries(&self) -> u32 {
        self.backoff
    }

    /// EXITED, and held back by the brake for the moment.
    pub fn awaits_restart(&self) -> bool {
        self.state == State::Exited && self.timer.is_some()
    }

    /// Whether a request to stop it has a meaning.
    pub fn is_stoppable(&self) -> bool {
        self.state.is_running() || self.awaits_restart()
    }

    /// When it wants to be asked again, if at all.
    pub fn deadline(&self) -> Option<Mono> {
        match (self.timer, self.report) {
            (Some(timer), Some(report)) => Some(timer.min(report)),
            (timer, report) => timer.or(report),
        }
    }
}

/// What it does.
impl Process {
    /// Takes one input.
    pub fn handle(&mut self, now: Now, input: Input, fx: &mut Effects) {
        if input.spawn().is_some_and(|spawn| spawn != self.spawn) {
            return self.ignore(input.kind(), "it is about an earlier attempt", fx);
        }
        match table::action(self.state, input.kind()) {
            Action::Ignore(why) => self.ignore(input.kind(), why, fx),
            Action::SpawnFirst => self.spawn_first(now, fx),
            Action::Spawn => self.attempt(now, fx),
            Action::BeginStop => self.begin_stop(now, matches!(input, Input::Stop { awaited: true }), fx),
            Action::AbandonRetry => self.abandon(fx),
            Action::AbandonRestart => self.abandon_restart(fx),
            Action::GiveUp => self.give_up(fx),
            Action::Hold => self.hold(),
            Action::Retry | Action::RestartBraked => self.attempt_when_due(now, fx),
            Action::ConfirmUp => self.confirm_up(now, fx),
            Action::KillHard => self.while_stopping(now, fx),
            Action::Send
            | Action::Adopt
            | Action::AdoptToStop
            | Action::FailSpawn
            | Action::FailToStop
            | Action::LoseControl
            | Action::ExitWhileStarting
            | Action::ExitWhileRunning
            | Action::ExitAsAsked => self.handle_data(now, input, fx),
        }
    }

    /// The actions that need what the input carries.
    fn handle_data(&mut self, now: Now, input: Input, fx: &mut Effects) {
        let stopping = self.state == State::Stopping;
        match input {
            Input::Signal(signal) => self.send(signal, fx),
            Input::Spawned(_, pid) if stopping => self.adopt_to_stop(now, pid, fx),
            Input::Spawned(_, pid) => self.adopt(now, pid, fx),
            Input::SpawnFailed(_, why) if stopping => self.fail_to_stop(&why, fx),
            Input::SpawnFailed(_, why) => self.fail_spawn(now, why, fx),
            Input::SignalRefused(_, why) => self.lose_control(&why, fx),
            Input::Exited(_, status) => self.exited(now, status, fx),
            Input::Autostart | Input::Start | Input::Stop { .. } | Input::Halt | Input::Freeze | Input::Due => {}
        }
    }

    fn ignore(&self, input: InputKind, why: &'static str, fx: &mut Effects) {
        fx.push(Effect::Ignored { process: self.id, state: self.state, input, why });
    }

    /// Changes the state, disarms the timers and tells the listeners.
    fn enter(&mut self, to: State, fx: &mut Effects) {
        self.enter_exited_as(to, false, fx);
    }

    fn enter_exited_as(&mut self, to: State, expected: bool, fx: &mut Effects) {
        let origin =
            Origin { process: self.name.clone(), group: self.group.clone(), pid: self.pid.unwrap_or_default() };
        let change = Change { from: self.state, to, tries: self.backoff, expected };
        fx.push(Effect::Emit(Event::ProcessState(origin, change)));
        self.state = to;
        self.timer = None;
        self.report = None;
    }
}

/// Seconds of the configuration; negative ones are none.
fn seconds(of: i64) -> Duration {
    Duration::from_secs(u64::try_from(of).unwrap_or(0))
}
