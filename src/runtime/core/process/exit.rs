//! Ends of children: what they mean in each state, and whether the process is started again.

use std::time::Duration;

use crate::base::time::Now;
use crate::conf::model::{Autorestart, LogLevel};

use super::{Process, seconds};
use crate::runtime::core::brake::{PAUSE, Verdict};
use crate::runtime::core::effect::Effects;
use crate::runtime::core::state::State;
use crate::runtime::core::status::ExitStatus;

impl Process {
    pub(super) fn exited(&mut self, now: Now, status: ExitStatus, fx: &mut Effects) {
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
