//! Requests about processes that are under way: what each still waits for, and how each ends.
//!
//! A call has one entry for each process it is about. An entry goes through its phases until the process is where the
//! call wants it, or never will be; the call is answered when no entry is left.

use std::collections::BTreeMap;

use crate::base::time::Now;
use crate::conf::model::LogLevel;
use crate::conf::namespec::namespec;

use super::effect::{Effect, Effects};
use super::fleet::Fleet;
use super::ids::{ProcessId, RequestId};
use super::input::Delivery;
use super::process::{self, Process};
use super::request::{Fault, Outcome, Reply, Target};
use super::state::{Mood, State};

/// The calls under way.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: BTreeMap<RequestId, Call>,
}

/// One call.
#[derive(Debug)]
struct Call {
    verb: Verb,
    /// It is about one process, and answered without a list.
    single: bool,
    left: BTreeMap<ProcessId, Entry>,
    outcomes: Vec<Outcome>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Start { wait: bool },
    Stop { wait: bool },
    Signal,
}

#[derive(Debug)]
struct Entry {
    /// What faults call the process.
    label: String,
    phase: Phase,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Its command is being looked at.
    Probing,
    /// A signal is being sent.
    Delivering,
    /// It is on its way.
    Settling,
}

/// The processes of a target that a call acts on, with what faults call them.
type Chosen = Vec<(ProcessId, String)>;

impl Fleet {
    /// Starts what does not run, after a look at its command.
    pub(super) fn call_start(&mut self, id: RequestId, target: &Target, wait: bool, fx: &mut Effects) {
        let Some(chosen) = self.open(id, target, Verb::Start { wait }, |p| !p.state().is_running(), fx) else {
            return;
        };
        for (process, _) in chosen {
            fx.push(Effect::Probe { request: id, process });
        }
    }

    /// The command of a process was looked at: the attempt itself.
    pub(super) fn probed(
        &mut self,
        now: Now,
        id: RequestId,
        process: ProcessId,
        result: Result<(), Fault>,
        fx: &mut Effects,
    ) {
        let Some(entry) = self.calls.entry(id, process) else { return };
        entry.phase = Phase::Settling;
        let label = entry.label.clone();
        let leaving = (self.mood != Mood::Running).then_some(Fault::ShutdownState);
        let found = self.process(process);
        let refusal = leaving.or(result.err()).or_else(|| found.and_then(|p| start_refusal(p, &label)));
        if let (Some(process), Some(Fault::AbnormalTermination(_))) = (found, &refusal) {
            fx.log(LogLevel::Warn, format!("process '{}' already running", process.name()));
        }
        match refusal {
            Some(fault) => self.end(id, process, Some(fault), fx),
            None => self.tell(now, process, process::Input::Start, fx),
        }
    }

    /// Stops what runs.
    pub(super) fn call_stop(&mut self, now: Now, id: RequestId, target: &Target, wait: bool, fx: &mut Effects) {
        let Some(chosen) = self.open(id, target, Verb::Stop { wait }, Process::is_stoppable, fx) else { return };
        for (process, label) in chosen {
            if self.process(process).is_some_and(Process::is_stoppable) {
                self.tell(now, process, process::Input::Stop { awaited: wait }, fx);
            } else {
                self.end(id, process, Some(Fault::NotRunning(label)), fx);
            }
        }
    }

    /// Sends a signal to what has a child.
    pub(super) fn call_signal(&mut self, now: Now, id: RequestId, target: &Target, signal: i32, fx: &mut Effects) {
        let signallable = |p: &Process| p.state().is_signallable() && p.pid().is_some();
        let Some(chosen) = self.open(id, target, Verb::Signal, signallable, fx) else { return };
        for (process, label) in chosen {
            if self.process(process).is_some_and(signallable) {
                self.tell(now, process, process::Input::Signal(signal), fx);
            } else {
                self.end(id, process, Some(Fault::NotRunning(label)), fx);
            }
        }
    }

    /// A signal was sent, or not.
    pub(super) fn delivered(&mut self, process: ProcessId, delivery: &Delivery, fx: &mut Effects) {
        for id in self.calls.about(process, |phase| phase == Phase::Delivering) {
            match delivery {
                Delivery::Refused(why) => self.end(id, process, Some(Fault::Failed(why.clone())), fx),
                Delivery::Sent | Delivery::Gone => {
                    let Some(entry) = self.calls.entry(id, process) else { continue };
                    entry.phase = Phase::Settling;
                    self.settle_one(id, process, fx);
                }
            }
        }
    }

    /// Looks which calls the new state of a process ends.
    pub(super) fn settle(&mut self, process: ProcessId, fx: &mut Effects) {
        for id in self.calls.about(process, |phase| phase != Phase::Probing) {
            self.settle_one(id, process, fx);
        }
    }

    /// A process is forgotten: so is what was asked of it.
    pub(super) fn orphan(&mut self, process: &Process, fx: &mut Effects) {
        for id in self.calls.about(process.id(), |_| true) {
            self.end_as(id, process.id(), process, |label| Some(Fault::BadName(label)), fx);
        }
    }

    /// Answers all calls that are left when the fleet leaves.
    pub(super) fn dismiss_calls(&mut self, fx: &mut Effects) {
        for (request, call) in std::mem::take(&mut self.calls.open) {
            let outcomes = Reply::Outcomes(call.outcomes);
            let reply = if call.single { Reply::Fault(Fault::ShutdownState) } else { outcomes };
            fx.push(Effect::Reply { request, reply });
        }
    }

    /// Opens a call for the processes of `target`: the one that is named, or those of the many that `acts_on` takes.
    /// None when it is answered already.
    fn open(
        &mut self,
        id: RequestId,
        target: &Target,
        verb: Verb,
        acts_on: impl Fn(&Process) -> bool,
        fx: &mut Effects,
    ) -> Option<Chosen> {
        let chosen = match self.choose(target, acts_on) {
            Ok(chosen) => chosen,
            Err(fault) => {
                fx.push(Effect::Reply { request: id, reply: Reply::Fault(fault) });
                return None;
            }
        };
        let phase = match verb {
            Verb::Start { .. } => Phase::Probing,
            Verb::Stop { .. } | Verb::Signal => Phase::Delivering,
        };
        let left = chosen.iter().map(|(p, label)| (*p, Entry { label: label.clone(), phase })).collect();
        let single = matches!(target, Target::Process { .. });
        self.calls.open.insert(id, Call { verb, single, left, outcomes: Vec::new() });
        self.answer_if_done(id, fx);
        Some(chosen)
    }

    fn choose(&self, target: &Target, acts_on: impl Fn(&Process) -> bool) -> Result<Chosen, Fault> {
        let labelled = |p: &Process| (p.id(), namespec(p.group(), p.name()));
        match target {
            Target::Process { group, name, given } => {
                let found = self.find(group, name).ok_or_else(|| Fault::BadName(given.clone()))?;
                Ok(vec![(found.id(), given.clone())])
            }
            Target::Group(name) => {
                let group = self.group(name).ok_or_else(|| Fault::BadName(name.clone()))?;
                Ok(group.processes().iter().filter(|p| acts_on(p)).map(labelled).collect())
            }
            Target::All => Ok(self.processes().filter(|p| acts_on(p)).map(labelled).collect()),
        }
    }

    fn settle_one(&mut self, id: RequestId, process: ProcessId, fx: &mut Effects) {
        let Some(subject) = self.process(process) else { return };
        let Some(call) = self.calls.open.get(&id) else { return };
        let Some(entry) = call.left.get(&process) else { return };
        match verdict(call.verb, entry, subject) {
            Verdict::Wait => {}
            Verdict::Done => self.end(id, process, None, fx),
            Verdict::Failed(fault) => self.end(id, process, Some(fault), fx),
        }
    }

    fn end(&mut self, id: RequestId, process: ProcessId, fault: Option<Fault>, fx: &mut Effects) {
        let Some(subject) = self.process(process) else { return };
        let outcome = Outcome { group: subject.group().clone(), name: subject.name().clone(), fault };
        self.calls.end(id, process, outcome);
        self.answer_if_done(id, fx);
    }

    fn end_as(
        &mut self,
        id: RequestId,
        process: ProcessId,
        subject: &Process,
        fault: impl FnOnce(String) -> Option<Fault>,
        fx: &mut Effects,
    ) {
        let label = self.calls.entry(id, process).map(|entry| entry.label.clone()).unwrap_or_default();
        let outcome = Outcome { group: subject.group().clone(), name: subject.name().clone(), fault: fault(label) };
        self.calls.end(id, process, outcome);
        self.answer_if_done(id, fx);
    }

    fn answer_if_done(&mut self, id: RequestId, fx: &mut Effects) {
        if self.calls.open.get(&id).is_some_and(|call| call.left.is_empty())
            && let Some(call) = self.calls.open.remove(&id)
        {
            fx.push(Effect::Reply { request: id, reply: call.reply() });
        }
    }
}

impl Calls {
    fn entry(&mut self, id: RequestId, process: ProcessId) -> Option<&mut Entry> {
        self.open.get_mut(&id)?.left.get_mut(&process)
    }

    /// The calls that have an entry for `process` in a phase that `wanted` takes.
    fn about(&self, process: ProcessId, wanted: impl Fn(Phase) -> bool) -> Vec<RequestId> {
        let concerned = |call: &Call| call.left.get(&process).is_some_and(|entry| wanted(entry.phase));
        self.open.iter().filter(|(_, call)| concerned(call)).map(|(id, _)| *id).collect()
    }

    fn end(&mut self, id: RequestId, process: ProcessId, outcome: Outcome) {
        if let Some(call) = self.open.get_mut(&id)
            && call.left.remove(&process).is_some()
        {
            call.outcomes.push(outcome);
        }
    }
}

impl Call {
    fn reply(mut self) -> Reply {
        if !self.single {
            return Reply::Outcomes(self.outcomes);
        }
        match self.outcomes.pop().and_then(|outcome| outcome.fault) {
            Some(fault) => Reply::Fault(fault),
            None => Reply::Done,
        }
    }
}

/// Why a start has no meaning, by the present state.
fn start_refusal(process: &Process, label: &str) -> Option<Fault> {
    match process.state() {
        State::Starting | State::Running | State::Backoff => Some(Fault::AlreadyStarted(label.to_owned())),
        State::Stopping => Some(Fault::AbnormalTermination(label.to_owned())),
        State::Unknown => Some(Fault::Failed(format!("{label} is in an unknown process state"))),
        State::Stopped | State::Exited | State::Fatal => None,
    }
}

/// What is to be said of an entry.
enum Verdict {
    /// Nothing yet.
    Wait,
    /// It is where the call wants it.
    Done,
    /// It never will be.
    Failed(Fault),
}

impl Verdict {
    fn done_if(over: bool) -> Self {
        if over { Self::Done } else { Self::Wait }
    }
}

fn verdict(verb: Verb, entry: &Entry, process: &Process) -> Verdict {
    let settling = entry.phase == Phase::Settling;
    match verb {
        Verb::Start { wait } => start_verdict(wait, &entry.label, process),
        Verb::Stop { wait } => Verdict::done_if(process.state().is_stopped() || (!wait && settling)),
        Verb::Signal => Verdict::done_if(settling || !process.state().is_signallable()),
    }
}

fn start_verdict(wait: bool, label: &str, process: &Process) -> Verdict {
    match process.state() {
        State::Running => Verdict::Done,
        State::Starting => Verdict::done_if(!wait && process.pid().is_some()),
        State::Stopped | State::Backoff | State::Stopping | State::Exited | State::Fatal | State::Unknown => {
            Verdict::Failed(match process.spawnerr() {
                Some(_) => Fault::SpawnError(label.to_owned()),
                None => Fault::AbnormalTermination(label.to_owned()),
            })
        }
    }
}
