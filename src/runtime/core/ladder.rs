//! The way down: groups are stopped from the highest priority to the lowest, the next priority only when every process of
//! the former has stopped.
//!
//! Supervisor stops groups of one priority one after the other, too, so that many programs that take their time add up
//! to a shutdown that nobody waits for; here they are told in the same order, but stop together.

use std::ops::Range;
use std::time::Duration;

use crate::base::time::{Mono, Now};
use crate::conf::model::LogLevel;

use super::effect::{Effect, Effects};
use super::event::Event;
use super::fleet::Fleet;
use super::group::Group;
use super::process::{self, Process};
use super::request::Reply;
use super::state::Mood;

/// How often `waiting for … to die` is said.
const REPORT_EVERY: Duration = Duration::from_secs(3);

/// How far the way down has been gone.
#[derive(Debug)]
pub(super) struct Ladder {
    /// How many groups are still to be stopped: the first ones. None is added or removed on the way down.
    left: usize,
    /// Whether those of the highest priority among them have been told.
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
            let left = self.groups.len();
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
        while let Some((rung, told)) = self.rung() {
            if !told {
                self.halt(now, rung.clone(), fx);
            }
            if !self.groups[rung.clone()].iter().all(Group::is_stopped) {
                return self.report(now, fx);
            }
            self.step_down(rung.start);
        }
        self.finish(fx);
    }

    /// The groups that are being stopped, and whether they have been told already, which they count as from now on.
    fn rung(&mut self) -> Option<(Range<usize>, bool)> {
        let ladder = self.ladder.as_mut()?;
        let left = self.groups.get(..ladder.left)?;
        let priority = left.last()?.priority();
        let start = left.partition_point(|group| group.priority() < priority);
        Some((start..ladder.left, std::mem::replace(&mut ladder.told, true)))
    }

    fn step_down(&mut self, left: usize) {
        if let Some(ladder) = &mut self.ladder {
            ladder.left = left;
            ladder.told = false;
        }
    }

    fn halt(&mut self, now: Now, rung: Range<usize>, fx: &mut Effects) {
        let members = self.groups[rung].iter().rev().flat_map(|group| group.processes().iter().rev());
        for id in members.map(Process::id).collect::<Vec<_>>() {
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
