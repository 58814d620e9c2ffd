//! One supervised process: its state, what it does about each input, and when it next wants to be asked.
//!
//! It holds no pipe, file or child: it speaks in [`Effect`]s and is told what became of them. What it does is decided
//! by [`table::action`]; here stands how. Timers are one field: the present state's deadline, disarmed on every change
//! of state.

use std::rc::Rc;
use std::time::Duration;

use crate::base::time::{Mono, Now, Wall};
use crate::conf::model::{self, Autorestart, LogLevel};

use super::brake::{Brake, PAUSE, Verdict};
use super::effect::{Effect, Effects};
use super::event::{Change, Event, Origin};
use super::ids::{Pid, ProcessId, SpawnId};
use super::state::State;
use super::status::{ExitStatus, SIGKILL, SignalName};
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

/// Starting.
impl Process {
    fn spawn_first(&mut self, now: Now, fx: &mut Effects) {
        if self.config.autostart && self.attempted.is_none() && !self.frozen {
            self.attempt(now, fx);
        }
    }

    fn attempt(&mut self, now: Now, fx: &mut Effects) {
        self.spawnerr = None;
        self.exitstatus = None;
        self.attempted = Some(now);
        self.spawn = SpawnId(self.spawn.0 + 1);
        self.enter(State::Starting, fx);
        fx.push(Effect::Spawn { process: self.id, spawn: self.spawn });
    }

    fn attempt_when_due(&mut self, now: Now, fx: &mut Effects) {
        if self.timer.is_some_and(|at| at <= now.mono) {
            self.attempt(now, fx);
        }
    }

    fn adopt(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.note_child(pid, fx);
        self.timer = Some(self.up_at());
        if self.config.startsecs <= 0 {
            self.enter_running(fx);
        } else {
            self.confirm_up(now, fx);
        }
    }

    fn note_child(&mut self, pid: Pid, fx: &mut Effects) {
        self.pid = Some(pid);
        fx.log(LogLevel::Info, format!("spawned: '{}' with pid {pid}", self.name));
    }

    /// The first instant at which it has been up for more than `startsecs`.
    fn up_at(&self) -> Mono {
        self.attempted.unwrap_or_default().mono + seconds(self.config.startsecs) + Duration::from_nanos(1)
    }

    fn confirm_up(&mut self, now: Now, fx: &mut Effects) {
        if self.timer.is_some_and(|at| at <= now.mono) {
            self.enter_running(fx);
        }
    }

    fn enter_running(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Running, fx);
        let line = format!(
            "success: {} entered RUNNING state, process has stayed up for > than {} seconds (startsecs)",
            self.name, self.config.startsecs
        );
        fx.log(LogLevel::Info, line);
    }

    fn fail_spawn(&mut self, now: Now, why: String, fx: &mut Effects) {
        fx.log(LogLevel::Info, format!("spawnerr: {why}"));
        self.back_off(now, why, fx);
    }

    fn back_off(&mut self, now: Now, why: String, fx: &mut Effects) {
        self.spawnerr = Some(why);
        self.backoff += 1;
        self.enter(State::Backoff, fx);
        if i64::from(self.backoff) > self.config.startretries {
            self.give_up(fx);
        } else if !self.frozen {
            self.timer = Some(now.mono + Duration::from_secs(u64::from(self.backoff)));
        }
    }

    fn give_up(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Fatal, fx);
        let line = format!("gave up: {} entered FATAL state, too many start retries too quickly", self.name);
        fx.log(LogLevel::Info, line);
    }

    fn hold(&mut self) {
        self.frozen = true;
        if matches!(self.state, State::Backoff | State::Exited) {
            self.timer = None;
        }
    }
}

/// Stopping.
impl Process {
    fn begin_stop(&mut self, now: Now, awaited: bool, fx: &mut Effects) {
        self.enter(State::Stopping, fx);
        if self.pid.is_some() {
            self.send_stop(now, fx);
        }
        if awaited {
            self.report_stop(now, fx);
        }
    }

    fn send_stop(&mut self, now: Now, fx: &mut Effects) {
        self.timer = Some(now.mono + seconds(self.config.stopwaitsecs));
        self.kill(self.config.stopsignal, self.config.stopasgroup, fx);
    }

    fn adopt_to_stop(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.note_child(pid, fx);
        self.send_stop(now, fx);
    }

    fn fail_to_stop(&mut self, why: &str, fx: &mut Effects) {
        fx.log(LogLevel::Info, format!("spawnerr: {why}"));
        self.abandon(fx);
    }

    fn while_stopping(&mut self, now: Now, fx: &mut Effects) {
        if self.timer.is_some_and(|at| at <= now.mono) {
            self.kill_hard(now, fx);
        }
        if self.report.is_some_and(|at| at <= now.mono) {
            self.report_stop(now, fx);
        }
    }

    /// A `stopwaitsecs` of 0 still leaves a child a second to die before SIGKILL is repeated.
    fn kill_hard(&mut self, now: Now, fx: &mut Effects) {
        let pid = self.pid.unwrap_or_default();
        fx.log(LogLevel::Warn, format!("killing '{}' ({pid}) with SIGKILL", self.name));
        self.timer = Some(now.mono + seconds(self.config.stopwaitsecs.max(1)));
        self.kill(SIGKILL, self.config.killasgroup, fx);
    }

    fn report_stop(&mut self, now: Now, fx: &mut Effects) {
        self.report = Some(now.mono + REPORT_EVERY);
        fx.log(LogLevel::Info, format!("waiting for {} to stop", self.name));
    }

    fn kill(&self, signal: i32, group: bool, fx: &mut Effects) {
        let whom = if group { "process group " } else { "" };
        let pid = self.pid.unwrap_or_default();
        let line = format!("killing {} (pid {pid}) {whom}with signal {}", self.name, SignalName(signal));
        fx.log(LogLevel::Debug, line);
        self.signal(signal, group, fx);
    }

    fn send(&self, signal: i32, fx: &mut Effects) {
        let pid = self.pid.unwrap_or_default();
        fx.log(LogLevel::Debug, format!("sending {} (pid {pid}) sig {}", self.name, SignalName(signal)));
        self.signal(signal, false, fx);
    }

    fn signal(&self, signal: i32, group: bool, fx: &mut Effects) {
        if let Some(pid) = self.pid {
            fx.push(Effect::Signal { process: self.id, spawn: self.spawn, pid, signal, group });
        }
    }

    fn abandon(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Stopped, fx);
    }

    fn abandon_restart(&mut self, fx: &mut Effects) {
        if self.awaits_restart() {
            self.abandon(fx);
        } else {
            self.ignore(InputKind::Stop, "it does not run", fx);
        }
    }

    fn lose_control(&mut self, why: &str, fx: &mut Effects) {
        let pid = self.pid.unwrap_or_default();
        fx.log(LogLevel::Critical, format!("unknown problem killing {} ({pid}):{why}", self.name));
        self.enter(State::Unknown, fx);
    }
}

/// Ends.
impl Process {
    fn exited(&mut self, now: Now, status: ExitStatus, fx: &mut Effects) {
        self.ended = Some(now.wall);
        match self.state {
            State::Starting => self.exit_while_starting(now, status, fx),
            State::Running => self.exit_while_running(now, status, fx),
            State::Stopping | State::Unknown => self.exit_as_asked(status, fx),
            State::Stopped | State::Backoff | State::Exited | State::Fatal => {}
        }
    }

    fn exit_while_starting(&mut self, now: Now, status: ExitStatus, fx: &mut Effects) {
        if self.uptime(now) < seconds(self.config.startsecs) {
            self.log_exit(status, false, fx);
            self.pid = None;
            self.back_off(now, "Exited too quickly (process log may have details)".to_owned(), fx);
        } else {
            self.enter_running(fx);
            self.exit_while_running(now, status, fx);
        }
    }

    fn exit_while_running(&mut self, now: Now, status: ExitStatus, fx: &mut Effects) {
        let expected = self.expects(status);
        self.exitstatus = Some(status.code());
        if !expected {
            self.spawnerr = Some(format!("Bad exit code {}", status.code()));
        }
        self.log_exit(status, expected, fx);
        self.enter_exited_as(State::Exited, expected, fx);
        self.pid = None;
        if self.restarts_after(expected) {
            self.restart(now, fx);
        }
    }

    fn exit_as_asked(&mut self, status: ExitStatus, fx: &mut Effects) {
        self.exitstatus = Some(status.code());
        let level = if self.expects(status) { LogLevel::Info } else { LogLevel::Warn };
        fx.log(level, format!("stopped: {} ({status})", self.name));
        self.enter(State::Stopped, fx);
        self.pid = None;
        self.backoff = 0;
    }

    fn restart(&mut self, now: Now, fx: &mut Effects) {
        match self.brake.ask(self.uptime(now)) {
            Verdict::Go => self.attempt(now, fx),
            Verdict::Wait { first } => {
                self.timer = Some(now.mono + PAUSE);
                if first {
                    let line = format!("{} exits again and again, restarting it once a second", self.name);
                    fx.log(LogLevel::Warn, line);
                }
            }
        }
    }

    fn restarts_after(&self, expected: bool) -> bool {
        !self.frozen
            && match self.config.autorestart {
                Autorestart::Always => true,
                Autorestart::Never => false,
                Autorestart::Unexpected => !expected,
            }
    }

    fn log_exit(&self, status: ExitStatus, expected: bool, fx: &mut Effects) {
        let (level, what) = if expected { (LogLevel::Info, "expected") } else { (LogLevel::Warn, "not expected") };
        fx.log(level, format!("exited: {} ({status}; {what})", self.name));
    }

    fn expects(&self, status: ExitStatus) -> bool {
        self.config.exitcodes.contains(&i64::from(status.code()))
    }

    fn uptime(&self, now: Now) -> Duration {
        now.mono - self.attempted.unwrap_or_default().mono
    }
}

/// Seconds of the configuration; negative ones are none.
fn seconds(of: i64) -> Duration {
    Duration::from_secs(u64::try_from(of).unwrap_or(0))
}
