//! The way down: groups are stopped from the highest priority to the lowest, the next priority only when every process of
//! the former has stopped.
//!
//! Supervisor stops groups of one priority one after the other, too, so that many programs that take their time add up
//! to a shutdown that nobody waits for; here they are told in the same order, but stop together.
//!
//! Event listeners that have an event on their hands, such as that of the shutdown, or the end of the last program, are
//! told a little later: Supervisor gives them the time that its loop happens to take.

use std::ops::Range;
use std::time::Duration;

use crate::base::time::{Mono, Now};
use crate::conf::model::LogLevel;

use super::effect::{Effect, Effects};
use super::event::Event;
use super::fleet::Fleet;
use super::group::Group;
use super::ids::ProcessId;
use super::process::{self, Process};
use super::request::Reply;
use super::state::{Mood, State};

/// How often `waiting for … to die` is said.
const REPORT_EVERY: Duration = Duration::from_secs(3);
/// How long event listeners may take for what they have been told before they are stopped.
const HEARING: Duration = Duration::from_secs(1);

/// How far the way down has been gone.
#[derive(Debug)]
pub(super) struct Ladder {
    /// How many groups are still to be stopped: the first ones. None is added or removed on the way down.
    left: usize,
    /// Whether those of the highest priority among them have been told.
    told: bool,
    /// Until when those of them that are at work on events have not been told; none when they have.
    hearing: Option<Mono>,
    /// When to say again who is waited for; none once all is done.
    report: Option<Mono>,
}

impl Ladder {
    /// When it wants to go on, if only to report.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.report.map(|report| self.hearing.map_or(report, |hearing| hearing.min(report)))
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
            self.ladder = Some(Ladder { left, told: false, hearing: None, report: Some(now.mono) });
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
            self.halt_listeners(now, rung.clone(), fx);
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

    /// Tells all of them but the listeners that are at work.
    fn halt(&mut self, now: Now, rung: Range<usize>, fx: &mut Effects) {
        let (busy, idle): (Vec<_>, Vec<_>) =
            self.groups[rung].iter().rev().partition(|group| self.pools.are_at_work(group.name()));
        let is_heard = busy.is_empty();
        let members = members(idle);
        if let Some(ladder) = &mut self.ladder {
            ladder.hearing = (!is_heard).then(|| now.mono + HEARING);
        }
        self.halt_all(now, members, fx);
    }

    /// Tells the listeners that were at work, once none of them is any more, or their time is up.
    fn halt_listeners(&mut self, now: Now, rung: Range<usize>, fx: &mut Effects) {
        let Some(until) = self.ladder.as_ref().and_then(|ladder| ladder.hearing) else { return };
        let groups = &self.groups[rung];
        if now.mono < until && groups.iter().any(|group| self.pools.are_at_work(group.name())) {
            return;
        }
        let members = members(groups.iter().rev().filter(|group| group.is_pool()));
        if let Some(ladder) = &mut self.ladder {
            ladder.hearing = None;
        }
        self.halt_all(now, members, fx);
    }

    fn halt_all(&mut self, now: Now, ids: Vec<ProcessId>, fx: &mut Effects) {
        for id in ids {
            if self.process(id).is_some_and(|process| process.state() != State::Stopping) {
                self.tell(now, id, process::Input::Halt, fx);
            }
        }
    }

    fn report(&mut self, now: Now, fx: &mut Effects) {
        let Some(ladder) = &mut self.ladder else { return };
        if ladder.report.is_some_and(|at| at <= now.mono) {
            ladder.report = Some(now.mono + REPORT_EVERY);
            let mut unstopped: Vec<_> = self.processes().filter(|process| !process.state().is_stopped()).collect();
            // As they were added.
            unstopped.sort_by_key(|process| process.id());
            let names: Vec<_> = unstopped.iter().map(|process| &**process.name()).collect();
            fx.log(LogLevel::Info, format!("waiting for {} to die", names.join(", ")));
        }
    }

    fn finish(&mut self, fx: &mut Effects) {
        if let Some(ladder) = &mut self.ladder {
            ladder.report = None;
            ladder.hearing = None;
        }
        self.stop_ticking();
        self.dismiss_calls(fx);
        fx.push(Effect::Finished(self.mood));
    }
}

/// Numbers of the processes of groups, the last of each first.
fn members<'a>(groups: impl IntoIterator<Item = &'a Group>) -> Vec<ProcessId> {
    groups.into_iter().flat_map(|group| group.processes().iter().rev()).map(Process::id).collect()
}
