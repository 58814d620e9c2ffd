//! Stopping: the stop signal, SIGKILL when it does not help, and signals on request.

use crate::base::time::Now;
use crate::conf::model::LogLevel;

use super::{Process, REPORT_EVERY, seconds};
use crate::runtime::core::effect::{Effect, Effects};
use crate::runtime::core::ids::Pid;
use crate::runtime::core::state::State;
use crate::runtime::core::status::{SIGKILL, SignalName};
use crate::runtime::core::table::InputKind;

impl Process {
    pub(super) fn begin_stop(&mut self, now: Now, awaited: bool, fx: &mut Effects) {
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

    pub(super) fn adopt_to_stop(&mut self, now: Now, pid: Pid, fx: &mut Effects) {
        self.note_child(pid, fx);
        self.send_stop(now, fx);
    }

    pub(super) fn fail_to_stop(&mut self, why: &str, fx: &mut Effects) {
        fx.log(LogLevel::Info, format!("spawnerr: {why}"));
        self.abandon(fx);
    }

    pub(super) fn while_stopping(&mut self, now: Now, fx: &mut Effects) {
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

    pub(super) fn send(&self, signal: i32, fx: &mut Effects) {
        let pid = self.pid.unwrap_or_default();
        fx.log(LogLevel::Debug, format!("sending {} (pid {pid}) sig {}", self.name, SignalName(signal)));
        self.signal(signal, false, fx);
    }

    fn signal(&self, signal: i32, group: bool, fx: &mut Effects) {
        if let Some(pid) = self.pid {
            fx.push(Effect::Signal { process: self.id, spawn: self.spawn, pid, signal, group });
        }
    }

    pub(super) fn abandon(&mut self, fx: &mut Effects) {
        self.backoff = 0;
        self.enter(State::Stopped, fx);
    }

    pub(super) fn abandon_restart(&mut self, fx: &mut Effects) {
        if self.awaits_restart() {
            self.abandon(fx);
        } else {
            self.ignore(InputKind::Stop, "it does not run", fx);
        }
    }

    pub(super) fn lose_control(&mut self, why: &str, fx: &mut Effects) {
        let pid = self.pid.unwrap_or_default();
        fx.log(LogLevel::Critical, format!("unknown problem killing {} ({pid}):{why}", self.name));
        self.enter(State::Unknown, fx);
    }
}
