//! The way down: one group at a time is stopped, from the highest priority to the lowest, the next one only when every
//! process of the former has stopped.

use std::rc::Rc;
use std::time::Duration;

use crate::base::time::{Mono, Now};
use crate::conf::model::LogLevel;

use super::effect::{Effect, Effects};
use super::event::Event;
use super::fleet::Fleet;
use super::process::{self, Process};
use super::request::Reply;
use super::state::Mood;

/// How often `waiting for … to die` is said.
const REPORT_EVERY: Duration = Duration::from_secs(3);

/// How far the way down has been gone.
#[derive(Debug)]
pub(super) struct Ladder {
    /// Groups still to be stopped, the next one last.
    left: Vec<Rc<str>>,
    /// Whether the last of `left` has been told.
    told: bool,
    /// When to say again who is waited for; none once all is done.
    report: Option<Mono>,
}

impl Ladder {
    /// When it wants to go on, if only to report.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.report
    }
}

impl Fleet {
    /// Begins to leave, or changes why. A restart does not end a shutdown.
    pub(super) fn leave(&mut self, now: Now, mood: Mood, fx: &mut Effects) -> Reply {
        if self.mood != Mood::Shutdown {
            self.mood = mood;
        }
        if self.ladder.is_none() {
            self.emit(Event::SupervisorStopping, fx);
            let left = self.groups.iter().map(|g| g.name().clone()).collect();
            self.ladder = Some(Ladder { left, told: false, report: Some(now.mono) });
            for id in self.ids() {
                self.tell(now, id, process::Input::Freeze, fx);
            }
        }
        Reply::Done
    }

    /// Whether everything has been done.
    pub(super) fn is_finished(&self) -> bool {
        self.ladder.as_ref().is_some_and(|ladder| ladder.report.is_none())
    }

    /// Goes down as far as stopped groups allow.
    pub(super) fn climb_down(&mut self, now: Now, fx: &mut Effects) {
        if self.ladder.as_ref().is_none_or(|ladder| ladder.report.is_none()) {
            return;
        }
        while let Some((name, told)) = self.rung() {
            if !told {
                self.halt(now, &name, fx);
            }
            if self.group(&name).is_some_and(|g| !g.is_stopped()) {
                return self.report(now, fx);
            }
            self.step_down();
        }
        self.finish(fx);
    }

    /// The group that is being stopped, and whether it has been told already, which it counts as from now on.
    fn rung(&mut self) -> Option<(Rc<str>, bool)> {
        let ladder = self.ladder.as_mut()?;
        let name = ladder.left.last()?.clone();
        Some((name, std::mem::replace(&mut ladder.told, true)))
    }

    fn step_down(&mut self) {
        if let Some(ladder) = &mut self.ladder {
            ladder.left.pop();
            ladder.told = false;
        }
    }

    fn halt(&mut self, now: Now, group: &str, fx: &mut Effects) {
        let Some(group) = self.group(group) else { return };
        let members: Vec<_> = group.processes().iter().rev().map(Process::id).collect();
        for id in members {
            self.tell(now, id, process::Input::Halt, fx);
        }
    }

    fn report(&mut self, now: Now, fx: &mut Effects) {
        let Some(ladder) = &mut self.ladder else { return };
        if ladder.report.is_some_and(|at| at <= now.mono) {
            ladder.report = Some(now.mono + REPORT_EVERY);
            let names: Vec<_> = self.processes().filter(|p| !p.state().is_stopped()).map(|p| &**p.name()).collect();
            fx.log(LogLevel::Info, format!("waiting for {} to die", names.join(", ")));
        }
    }

    fn finish(&mut self, fx: &mut Effects) {
        if let Some(ladder) = &mut self.ladder {
            ladder.report = None;
        }
        self.stop_ticking();
        self.dismiss_calls(fx);
        fx.push(Effect::Finished(self.mood));
    }
}
