//! Starting: attempts, back-off between them, and giving up.

use std::time::Duration;

use crate::base::time::{Mono, Now};
use crate::conf::model::LogLevel;

use super::{Process, seconds};
use crate::runtime::core::effect::{Effect, Effects};
use crate::runtime::core::ids::{Pid, SpawnId};
use crate::runtime::core::state::State;

impl Process {
    pub(super) fn spawn_first(&mut self, now: Now, fx: &mut Effects) {
        if self.config.autostart && self.attempted.is_none() && !self.frozen {
            self.attempt(now, fx);
        }
    }

    pub(super) fn attempt(&mut self, now: Now, fx: &mut Effects) {
        self.spawnerr = None;
        self.exitstatus = None;
        self.attempted = Some(now);
        self.spawn = SpawnId(self.spawn.0 + 1);
        self.enter(State::Starting, fx);
        fx.push(Effect::Spawn { process: self.id, spawn: self.spawn });
    }

    pub(super) fn attempt_when_due(&mut self, now: Now, fx: &mut Effects) {
        if self.timer.is_some_and(|at| at <= now.mono) {
            self.attempt(now, fx);
        }
    }

    pub(super) fn adopt(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.note_child(pid, fx);
        self.timer = Some(self.up_at());
        if self.config.startsecs <= 0 {
            self.enter_running(fx);
        } else {
            self.confirm_up(now, fx);
        }
    }

    pub(super) fn note_child(&mut self, pid: Pid, fx: &mut Effects) {
        self.pid = Some(pid);
        fx.log(LogLevel::Info, format!("spawned: '{}' with pid {pid}", self.name));
    }

    /// The first instant at which it has been up for more than `startsecs`.
    fn up_at(&self) -> Mono {
        self.attempted.unwrap_or_default().mono + seconds(self.config.startsecs) + Duration::from_nanos(1)
    }

    pub(super) fn confirm_up(&mut self, now: Now, fx: &mut Effects) {
        if self.timer.is_some_and(|at| at <= now.mono) {
            self.enter_running(fx);
        }
    }

    pub(super) fn enter_running(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Running, fx);
        let line = format!(
            "success: {} entered RUNNING state, process has stayed up for > than {} seconds (startsecs)",
            self.name, self.config.startsecs
        );
        fx.log(LogLevel::Info, line);
    }

    pub(super) fn fail_spawn(&mut self, now: Now, why: String, fx: &mut Effects) {
        fx.log(LogLevel::Info, format!("spawnerr: {why}"));
        self.back_off(now, why, fx);
    }

    pub(super) fn back_off(&mut self, now: Now, why: String, fx: &mut Effects) {
        self.spawnerr = Some(why);
        self.backoff += 1;
        self.enter(State::Backoff, fx);
        if i64::from(self.backoff) > self.config.startretries {
            self.give_up(fx);
            let line = format!("gave up: {} entered FATAL state, too many start retries too quickly", self.name);
            fx.log(LogLevel::Info, line);
        } else if !self.frozen {
            self.timer = Some(now.mono + Duration::from_secs(u64::from(self.backoff)));
        }
    }

    pub(super) fn give_up(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Fatal, fx);
    }

    pub(super) fn hold(&mut self) {
        self.frozen = true;
        if matches!(self.state, State::Backoff | State::Exited) {
            self.timer = None;
        }
    }
}
