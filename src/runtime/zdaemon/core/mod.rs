//! What zdaemon's manager decides, without doing any of it: inputs and the time go in, effects come out, and the next
//! deadline is asked for.
//!
//! ```text
//!            Begin, start           it ends: at once, or after a delay that grows
//!  stopped ───────────────▶ running ──────────────────────────────▶ stopped
//!                            │ stop, restart: SIGTERM, after a while SIGKILL
//! ```
//!
//! The manager leaves when the program is not to run and does not, when it ends with one of the exit codes that say so,
//! and when it ends too often too soon.

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::base::time::{Mono, Now, Wall};
use crate::conf::signals;
use crate::wire::zdaemon::{Command, Status};

/// How a program is kept running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rules {
    /// Seconds that a program must live for not to have ended too soon, and the longest delay before it runs again.
    pub(super) backoff_limit: i64,
    /// Whether a program that always ends too soon is run again for ever.
    pub(super) forever: bool,
    /// With which exit codes of the program the manager leaves.
    pub(super) exit_codes: Vec<i64>,
    /// Seconds from SIGTERM to SIGKILL; 0 for no SIGKILL.
    pub(super) stop_timeout: i64,
    /// Whether the manager stays when the program was stopped.
    pub(super) hang_around: bool,
    /// Whether a test says when the program is up.
    pub(super) is_tested: bool,
    /// Whether what is typed at a terminal is for the program, too.
    pub(super) shares_terminal: bool,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// By itself.
    Code(i32),
    /// By a signal, and whether it left a core.
    Signal(i32, bool),
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The manager is ready.
    Begin,
    /// Somebody asks.
    Command(Command),
    /// The program runs.
    Spawned(i32),
    /// No process could be made.
    NotForked,
    /// The process was made, but could not become the program.
    NotRun(String),
    /// The program has ended.
    Ended(i32, Ended),
    /// The test of the program of this process has ended; whether it says that the program is up.
    Tested(i32, bool),
    /// The test of the program of this process could not be run.
    NotTested(i32, String),
    /// A signal that ends the manager.
    Killed(i32),
    /// A deadline may have passed.
    Tick,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// Run the program, and say how that went.
    Spawn,
    /// Run the test of the program of this process.
    Test(i32),
    /// Send the program a signal; the manager's answer if the client waits for one.
    Signal(i32),
    /// The same, and tell the client how that went.
    SignalAndTell(i32),
    /// Answer the client.
    Reply(&'static str),
    /// Answer the client with the status.
    ReplyStatus,
    /// Open transcript and logs anew.
    Reopen,
    /// Log.
    Log(i64, String),
    /// Leave with an exit status.
    Leave(i32),
}

/// Levels of the log.
pub(super) const DEBUG: i64 = 10;
pub(super) const INFO: i64 = 20;
pub(super) const WARNING: i64 = 30;
pub(super) const ERROR: i64 = 40;
pub(super) const CRITICAL: i64 = 50;

/// How long after a test that failed, or a program that could not be run, the next try is made.
const AGAIN: Duration = Duration::from_secs(1);

/// A manager's mind.
#[derive(Debug)]
pub(super) struct Core {
    rules: Rules,
    should_be_up: bool,
    /// Until when the program is not run, or not killed.
    delay: Option<Mono>,
    /// Whether it is to be killed then.
    is_killing: bool,
    backoff: i64,
    pid: i32,
    /// When it was run last.
    last: Option<(Mono, Wall)>,
    test: Test,
    has_left: bool,
}

/// Whether the program is up, as far as its test says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Test {
    /// It is, or there is no test.
    Done,
    /// The test runs.
    Running,
    /// It will.
    At(Mono),
}

impl Core {
    /// Nothing has happened yet.
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            should_be_up: true,
            delay: None,
            is_killing: false,
            backoff: 0,
            pid: 0,
            last: None,
            test: Test::Done,
            has_left: false,
        }
    }

    /// The program's process; 0 if there is none.
    pub(super) fn pid(&self) -> i32 {
        self.pid
    }

    /// When [`Input::Tick`] is due.
    pub(super) fn deadline(&self) -> Option<Mono> {
        let test = match self.test {
            Test::At(at) => Some(at),
            Test::Done | Test::Running => None,
        };
        self.delay.into_iter().chain(test).min()
    }

    /// What follows from an input.
    pub(super) fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Begin => effects.push(Effect::Log(INFO, "daemon manager started".to_owned())),
            Input::Command(command) => self.command(now, &command, &mut effects),
            Input::Spawned(pid) => self.spawned(now, pid, &mut effects),
            Input::NotForked => {
                effects.push(Effect::Log(ERROR, "cannot make a process; trying again later".to_owned()));
                self.delay = Some(now.mono + seconds(self.rules.backoff_limit.max(1)));
            }
            Input::NotRun(why) => {
                self.last = Some((now.mono, now.wall));
                self.ended(now, &why, 127, &mut effects);
                // Not at once even without a back-off: it would only fail again.
                self.delay = self.delay.or(Some(now.mono + AGAIN));
            }
            Input::Ended(pid, ended) => {
                self.pid = 0;
                self.test = Test::Done;
                self.ended(now, &format!("pid {pid}: {}", words(ended)), code(ended), &mut effects);
            }
            Input::Tested(pid, is_up) => self.tested(now, pid, is_up, &mut effects),
            Input::NotTested(pid, why) => {
                if pid == self.pid {
                    self.test = Test::Done;
                }
                effects.push(Effect::Log(CRITICAL, why));
            }
            Input::Killed(signal) => self.killed(signal, &mut effects),
            Input::Tick => self.tick(now, &mut effects),
        }
        self.go_on(&mut effects);
        effects
    }

    /// What is due whatever happened.
    fn go_on(&mut self, effects: &mut Vec<Effect>) {
        if self.has_left || effects.contains(&Effect::Spawn) {
            return;
        }
        if self.pid == 0 && self.should_be_up && self.delay.is_none() {
            effects.push(Effect::Spawn);
        } else if self.pid == 0 && !self.should_be_up && !self.rules.hang_around {
            effects.push(Effect::Log(INFO, "Exiting".to_owned()));
            self.leave(0, effects);
        }
    }

    fn leave(&mut self, status: i32, effects: &mut Vec<Effect>) {
        self.has_left = true;
        effects.push(Effect::Leave(status));
    }

    fn command(&mut self, now: Now, command: &Command, effects: &mut Vec<Effect>) {
        match command {
            Command::Status => effects.push(Effect::ReplyStatus),
            Command::ReopenTranscript => effects.push(Effect::Reopen),
            Command::Kill(_) if self.pid == 0 => effects.push(Effect::Reply("Application not running")),
            Command::Kill(signal) => {
                let signal = signal.map_or(15, |signal| i32::try_from(signal).unwrap_or(i32::MAX));
                effects.push(Effect::SignalAndTell(signal));
            }
            Command::Start => {
                self.set_out(true);
                let running = self.pid != 0;
                effects.push(Effect::Reply(if running {
                    "Application already started"
                } else {
                    "Application started"
                }));
            }
            Command::Stop => {
                self.set_out(false);
                self.end(now, "Sent SIGTERM", "Application already stopped", effects);
            }
            Command::Restart => {
                self.set_out(true);
                self.end(now, "Sent SIGTERM; will restart later", "Application started", effects);
            }
        }
    }

    /// Whatever was under way is not any more.
    fn set_out(&mut self, up: bool) {
        self.should_be_up = up;
        self.backoff = 0;
        self.delay = None;
        self.is_killing = false;
    }

    fn end(&mut self, now: Now, if_running: &'static str, if_not: &'static str, effects: &mut Vec<Effect>) {
        if self.pid == 0 {
            return effects.push(Effect::Reply(if_not));
        }
        effects.push(Effect::Signal(15));
        effects.push(Effect::Reply(if_running));
        self.is_killing = true;
        if self.rules.stop_timeout > 0 {
            self.delay = Some(now.mono + seconds(self.rules.stop_timeout));
        }
    }

    fn spawned(&mut self, now: Now, pid: i32, effects: &mut Vec<Effect>) {
        self.pid = pid;
        self.last = Some((now.mono, now.wall));
        effects.push(Effect::Log(INFO, format!("spawned process pid={pid}")));
        if self.rules.is_tested {
            self.test = Test::Running;
            effects.push(Effect::Test(pid));
        }
    }

    fn tested(&mut self, now: Now, pid: i32, is_up: bool, effects: &mut Vec<Effect>) {
        let result = if is_up { "succeeded" } else { "failed" };
        effects.push(Effect::Log(DEBUG, format!("start test {result}")));
        if pid == self.pid {
            self.test = if is_up { Test::Done } else { Test::At(now.mono + AGAIN) };
        }
    }

    /// The program has ended, or was never there.
    fn ended(&mut self, now: Now, what: &str, code: i32, effects: &mut Vec<Effect>) {
        let was_killed = std::mem::take(&mut self.is_killing);
        if was_killed {
            self.delay = None;
        } else if !self.govern(now, effects) {
            effects.insert(0, Effect::Log(INFO, what.to_owned()));
            return self.leave(1, effects);
        }
        if self.rules.exit_codes.contains(&i64::from(code)) && !was_killed {
            effects.push(Effect::Log(INFO, format!("{what}; exiting now")));
            return self.leave(code, effects);
        }
        effects.push(Effect::Log(INFO, what.to_owned()));
    }

    /// Whether to go on with a program that has ended, and after which delay.
    fn govern(&mut self, now: Now, effects: &mut Vec<Effect>) -> bool {
        let limit = self.rules.backoff_limit;
        let lived = self.last.map_or(Duration::MAX, |(at, _)| now.mono - at);
        if lived >= seconds(limit) {
            self.backoff = 0;
            self.delay = None;
            return true;
        }
        self.backoff += 1;
        if self.backoff >= limit {
            if !self.rules.forever {
                effects.push(Effect::Log(CRITICAL, "restarting too frequently; quit".to_owned()));
                return false;
            }
            self.backoff = limit;
        }
        effects.push(Effect::Log(INFO, format!("sleep {} to avoid rapid restarts", self.backoff)));
        self.delay = Some(now.mono + seconds(self.backoff));
        true
    }

    fn killed(&mut self, signal: i32, effects: &mut Vec<Effect>) {
        effects.push(Effect::Log(CRITICAL, format!("daemon manager killed by {}", signal_name(signal))));
        let is_for_both = self.rules.shares_terminal && signals::name(signal) == Some("INT");
        if self.pid != 0 && !is_for_both {
            effects.push(Effect::Log(WARNING, format!("the program is left running, pid={}", self.pid)));
        }
        self.leave(1, effects);
    }

    fn tick(&mut self, now: Now, effects: &mut Vec<Effect>) {
        if let Test::At(at) = self.test
            && at <= now.mono
        {
            self.test = Test::Running;
            effects.push(Effect::Test(self.pid));
        }
        if self.delay.is_some_and(|at| at <= now.mono) {
            self.delay = None;
            if self.is_killing && self.pid != 0 {
                effects.push(Effect::Signal(9));
                self.delay = Some(now.mono + seconds(self.rules.backoff_limit.max(1)));
            }
        }
    }

    /// The status, but for what the core does not know: the manager, the file and its words.
    pub(super) fn status(&self, now: Now) -> Status {
        let delay = self.delay.map_or(0.0, |at| epoch(now.wall) + (at - now.mono).as_secs_f64());
        Status {
            now: epoch(now.wall),
            should_be_up: self.should_be_up,
            delay,
            backoff: self.backoff,
            lasttime: self.last.map_or(0.0, |(_, at)| epoch(at)),
            application: self.pid,
            testing: self.test != Test::Done,
            backofflimit: self.rules.backoff_limit,
            ..Status::default()
        }
    }
}

fn seconds(number: i64) -> Duration {
    Duration::from_secs(u64::try_from(number).unwrap_or(0))
}

#[expect(clippy::cast_precision_loss, reason = "microseconds are kept, as in Python's time.time()")]
fn epoch(at: Wall) -> f64 {
    (at.0 / 1000) as f64 / 1e6
}

/// The exit status; -1 for a signal.
fn code(ended: Ended) -> i32 {
    match ended {
        Ended::Code(code) => code,
        Ended::Signal(..) => -1,
    }
}

fn words(ended: Ended) -> String {
    match ended {
        Ended::Code(code) => format!("exit status {code}"),
        Ended::Signal(signal, core) => {
            format!("terminated by {}{}", signal_name(signal), if core { " (core dumped)" } else { "" })
        }
    }
}

/// A signal by the name that the original's log has for it.
fn signal_name(signal: i32) -> String {
    match signals::name(signal) {
        Some("IO") => "SIGPOLL".to_owned(),
        Some(name) => format!("SIG{name}"),
        None => format!("signal {signal}"),
    }
}
