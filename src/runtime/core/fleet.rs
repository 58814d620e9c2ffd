//! All supervised groups: who is started, stopped and told what, in which order.
//!
//! Everything that comes in goes through [`Fleet::handle`], everything that is to be done comes out as effects, and
//! [`Fleet::deadline`] says when `Due` is wanted next. Requests that wait stand in `calls`, the shutdown in `ladder`,
//! event listeners in `listeners`.
//! Deliberately absent: clocks, files, sockets, children, and the configuration's reader.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::base::time::{Mono, Now};
use crate::conf::model;

use super::calls::Calls;
use super::diff::{self, Difference};
use super::effect::{Effect, Effects};
use super::event::Event;
use super::group::{self, Group};
use super::ids::{ProcessId, RequestId, SpawnId};
use super::input::{Delivery, Input, Report};
use super::ladder::Ladder;
use super::pool::Pools;
use super::process::{self, Process};
use super::request::{Fault, Reply, Request};
use super::state::Mood;
use super::ticks::Ticks;
use super::timers::Timers;

/// All supervised groups.
#[derive(Debug)]
pub struct Fleet {
    pub(super) mood: Mood,
    /// By priority, then in the order in which they were added.
    pub(super) groups: Vec<Group>,
    /// Where each process stands: its group and its place there.
    places: BTreeMap<ProcessId, (usize, usize)>,
    next: ProcessId,
    timers: Timers,
    pub(super) calls: Calls,
    pub(super) ladder: Option<Ladder>,
    pub(super) pools: Pools,
    pub(super) ticks: Ticks,
}

/// What may be asked of it.
impl Fleet {
    /// A fleet of these groups, none of them started before [`Input::Begin`]; of several of one name it is the first.
    pub fn new(groups: Vec<model::Group>) -> Self {
        let mut fleet = Self {
            mood: Mood::Running,
            groups: Vec::new(),
            places: BTreeMap::new(),
            next: ProcessId(1),
            timers: Timers::default(),
            calls: Calls::default(),
            ladder: None,
            pools: Pools::default(),
            ticks: Ticks::default(),
        };
        for group in groups.into_iter().filter(group::first_of_name()) {
            fleet.adopt(group);
        }
        fleet.sort();
        fleet
    }

    /// The state of the daemon.
    pub fn mood(&self) -> Mood {
        self.mood
    }

    /// All groups, in ascending priority, then in the order in which they were added.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The group of that name.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.iter().find(|g| **g.name() == *name)
    }

    /// The process `name` of `group`.
    pub fn find(&self, group: &str, name: &str) -> Option<&Process> {
        self.group(group)?.processes().iter().find(|p| **p.name() == *name)
    }

    /// The process of that number.
    pub fn process(&self, id: ProcessId) -> Option<&Process> {
        let (group, at) = self.place(id)?;
        self.groups.get(group)?.processes().get(at)
    }

    /// The group of a process.
    pub fn group_of(&self, id: ProcessId) -> Option<&Group> {
        let (group, _) = *self.places.get(&id)?;
        self.groups.get(group)
    }

    /// All processes, group by group.
    pub fn processes(&self) -> impl DoubleEndedIterator<Item = &Process> {
        self.groups.iter().flat_map(Group::processes)
    }

    /// What the configuration `wanted` would change.
    pub fn difference(&self, wanted: &[model::Group]) -> Difference {
        diff::difference(&self.groups, wanted)
    }

    /// Makes of what the configuration `wanted` has in common with this one thing.
    pub fn share(&self, wanted: &mut [model::Group]) {
        diff::share(&self.groups, wanted);
    }

    /// When [`Input::Due`] is wanted, if at all.
    pub fn deadline(&self) -> Option<Mono> {
        let report = self.ladder.as_ref().and_then(Ladder::deadline);
        [self.timers.first(), report, self.ticks.deadline()].into_iter().flatten().min()
    }
}

/// What it does.
impl Fleet {
    /// Takes one input, then does whatever has become due: afterwards no deadline is in the past. What is due comes
    /// last, so that nothing is signalled whose end is being reported; listeners hear of what has happened before they
    /// are told to stop.
    pub fn handle(&mut self, now: Now, input: Input, fx: &mut Effects) {
        match input {
            Input::Begin => self.begin(now, fx),
            Input::Due => {}
            Input::Child { process, spawn, report } => self.child(now, process, spawn, report, fx),
            Input::Event(event) => self.emit(event, fx),
            Input::Probed { request, process, result } => self.probed(now, request, process, result, fx),
            Input::Request { id, request } => self.request(now, id, request, fx),
        }
        self.pools.dispatch(fx);
        self.climb_down(now, fx);
        self.due(now, fx);
        if !self.is_finished() {
            self.serve_listeners(now, fx);
        }
    }

    /// Hands `input` to a process, and looks whom that concerns.
    pub(super) fn tell(&mut self, now: Now, id: ProcessId, input: process::Input, fx: &mut Effects) {
        let Some(process) = self.process_mut(id) else { return };
        let before = fx.len();
        process.handle(now, input, fx);
        let deadline = process.deadline();
        self.timers.set(id, deadline);
        self.tell_of_effects(before, fx);
        self.follow(id, fx);
        self.settle(id, fx);
    }

    fn begin(&mut self, now: Now, fx: &mut Effects) {
        for at in 0..self.groups.len() {
            self.announce(at, fx);
        }
        self.emit(Event::SupervisorRunning, fx);
        for id in self.ids() {
            self.tell(now, id, process::Input::Autostart, fx);
        }
    }

    fn due(&mut self, now: Now, fx: &mut Effects) {
        for id in self.timers.due(now.mono) {
            self.tell(now, id, process::Input::Due, fx);
        }
    }

    fn child(&mut self, now: Now, id: ProcessId, spawn: SpawnId, report: Report, fx: &mut Effects) {
        match report {
            Report::Spawned(pid) => self.tell(now, id, process::Input::Spawned(spawn, pid), fx),
            Report::SpawnFailed(why) => self.tell(now, id, process::Input::SpawnFailed(spawn, why), fx),
            Report::Exited(status) => self.tell(now, id, process::Input::Exited(spawn, status), fx),
            Report::Signalled(delivery) => self.signalled(now, id, spawn, delivery, fx),
            Report::Said(data) => self.pools.hear(id, spawn, &data, fx),
            Report::Delivered { is_taken } => self.pools.delivered(id, spawn, is_taken, fx),
        }
    }

    fn signalled(&mut self, now: Now, id: ProcessId, spawn: SpawnId, delivery: Delivery, fx: &mut Effects) {
        if self.process(id).is_none_or(|p| p.spawn() != spawn) {
            return;
        }
        self.delivered(id, &delivery, fx);
        if let Delivery::Refused(why) = delivery {
            self.tell(now, id, process::Input::SignalRefused(spawn, why), fx);
        }
    }

    fn request(&mut self, now: Now, id: RequestId, request: Request, fx: &mut Effects) {
        let reply = match request {
            Request::Shutdown => self.leave(now, Mood::Shutdown, fx),
            Request::Restart => self.leave(now, Mood::Restarting, fx),
            _ if self.mood != Mood::Running => Reply::Fault(Fault::ShutdownState),
            Request::AddGroup(group) => return self.add_group(now, id, *group, fx),
            Request::RemoveGroup(name) => self.remove_group(&name, fx),
            Request::Start { target, wait } => return self.call_start(id, &target, wait, fx),
            Request::Stop { target, wait } => return self.call_stop(now, id, &target, wait, fx),
            Request::Signal { target, signal } => return self.call_signal(now, id, &target, signal, fx),
        };
        fx.push(Effect::Reply { request: id, reply });
    }

    fn add_group(&mut self, now: Now, request: RequestId, group: model::Group, fx: &mut Effects) {
        if self.group(&group.name).is_some() {
            let reply = Reply::Fault(Fault::AlreadyAdded(group.name));
            return fx.push(Effect::Reply { request, reply });
        }
        let name = group.name.clone();
        self.adopt(group);
        self.sort();
        let Some(at) = self.groups.iter().position(|g| **g.name() == *name) else { return };
        self.announce(at, fx);
        fx.push(Effect::Reply { request, reply: Reply::Done });
        let ids: Vec<_> = self.groups[at].processes().iter().map(Process::id).collect();
        for id in ids {
            self.tell(now, id, process::Input::Autostart, fx);
        }
    }

    fn remove_group(&mut self, name: &str, fx: &mut Effects) -> Reply {
        let Some(at) = self.groups.iter().position(|g| **g.name() == *name) else {
            return Reply::Fault(Fault::BadName(name.to_owned()));
        };
        if !self.groups[at].is_stopped() {
            return Reply::Fault(Fault::StillRunning(name.to_owned()));
        }
        let group = self.groups.remove(at);
        self.sort();
        self.pools.remove(name);
        for process in group.processes() {
            self.timers.set(process.id(), None);
            self.orphan(process, fx);
            fx.push(Effect::Removed(process.id()));
        }
        self.emit(Event::GroupRemoved(group.name().clone()), fx);
        Reply::Done
    }

    /// Numbers of all processes, group by group.
    pub(super) fn ids(&self) -> Vec<ProcessId> {
        self.processes().map(Process::id).collect()
    }

    fn process_mut(&mut self, id: ProcessId) -> Option<&mut Process> {
        let (group, at) = self.place(id)?;
        self.groups.get_mut(group)?.processes_mut().get_mut(at)
    }

    /// Its group and its place there.
    pub(super) fn place(&self, id: ProcessId) -> Option<(usize, usize)> {
        self.places.get(&id).copied()
    }

    /// What the activation of a group means to others. It hears of itself, if its processes are listeners.
    fn announce(&mut self, at: usize, fx: &mut Effects) {
        let group = &self.groups[at];
        for process in group.processes() {
            fx.push(Effect::Added(process.id()));
        }
        let event = Event::GroupAdded(Rc::clone(group.name()));
        self.pools.add(group);
        self.emit(event, fx);
    }

    fn adopt(&mut self, config: model::Group) {
        let group = Group::new(config, self.next);
        self.next = ProcessId(self.next.0 + u32::try_from(group.processes().len()).unwrap_or(u32::MAX));
        self.groups.push(group);
    }

    /// Puts the groups into their order, and notes where each process stands.
    fn sort(&mut self) {
        self.groups.sort_by_key(Group::priority);
        let place = |(group, members): (usize, &Group)| {
            let ids: Vec<_> = members.processes().iter().map(Process::id).collect();
            ids.into_iter().enumerate().map(move |(at, id)| (id, (group, at)))
        };
        self.places = self.groups.iter().enumerate().flat_map(place).collect();
    }
}
