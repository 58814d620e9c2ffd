//! The core on a virtual clock with fake children: seeded schedules of requests, crashes, failures and late answers,
//! and after every step the rules that must never break.
//!
//! A schedule is named by its seed, which a failing rule prints. There are as many as make a million steps, each of them
//! something that the core is told; `RECIPE_SIM_STEPS` asks for more or fewer.

mod crashes;
mod listeners;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::base::time::{Mono, Now, Wall};
use crate::conf::model::{self, Autorestart};

use super::core::effect::{Effect, Effects};
use super::core::event::{Change, Event};
use super::core::fleet::Fleet;
use super::core::group::Group;
use super::core::ids::{Pid, ProcessId, RequestId, SpawnId};
use super::core::input::{Delivery, Input, Report};
use super::core::request::{Fault, Reply, Request, Target};
use super::core::state::{Mood, State};
use super::core::status::{ExitStatus, SIGKILL};
use super::testing;

/// Small, fast and the same everywhere.
struct Rng(u64);

impl Rng {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }

    fn millis(&mut self, end: u64) -> Duration {
        Duration::from_millis(self.below(end))
    }
}

/// The signal that requests send, to tell it from those of a stop.
const OPERATORS: i32 = 1;

/// A fake child.
struct Child {
    spawn: SpawnId,
    pid: Pid,
    /// It ends by itself then.
    dies: Option<(Mono, ExitStatus)>,
    /// It takes no notice of anything but SIGKILL.
    stubborn: bool,
}

/// What is known of a process from the effects alone.
struct Track {
    state: State,
    /// Attempts since it was last up, stopped or given up.
    attempts: i64,
    /// When the last signal of a stop was sent.
    stop_sent: Option<Mono>,
}

struct World {
    seed: u64,
    /// How often the core was told something.
    steps: u64,
    rng: Rng,
    now: Mono,
    fleet: Fleet,
    children: BTreeMap<ProcessId, Child>,
    /// Answers under way: when they arrive, in order.
    answers: Vec<(Mono, Input)>,
    tracks: BTreeMap<ProcessId, Track>,
    next_request: u64,
    open: BTreeSet<RequestId>,
    next_pid: Pid,
    finished: Option<Mood>,
    listeners: listeners::Listeners,
    /// How far the wall clock is ahead of the monotonic one, in nanoseconds.
    wall: i64,
}

fn groups(rng: &mut Rng) -> Vec<model::Group> {
    (0..=rng.below(3)).map(|at| group(rng, &format!("g{at}"))).collect()
}

fn group(rng: &mut Rng, name: &str) -> model::Group {
    let processes = (0..=rng.below(3)).map(|at| process(rng, &format!("p{at}"))).collect();
    let group = model::Group { priority: rng.pick(&[1, 5, 999]), ..testing::group(name, processes) };
    if rng.one_in(3) { listeners::pool(rng, group) } else { group }
}

fn process(rng: &mut Rng, name: &str) -> model::Process {
    model::Process {
        priority: rng.pick(&[1, 999]),
        autostart: rng.below(4) > 0,
        autorestart: rng.pick(&[Autorestart::Always, Autorestart::Never, Autorestart::Unexpected]),
        startsecs: rng.pick(&[0, 0, 1, 1, 3, -1]),
        startretries: rng.pick(&[0, 1, 3]),
        stopwaitsecs: rng.pick(&[0, 1, 10]),
        stopasgroup: rng.one_in(4),
        killasgroup: rng.one_in(2),
        ..testing::process(name)
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let fleet = Fleet::new(groups(&mut rng));
        Self {
            seed,
            steps: 0,
            rng,
            now: Mono(0),
            fleet,
            children: BTreeMap::new(),
            answers: Vec::new(),
            tracks: BTreeMap::new(),
            next_request: 0,
            open: BTreeSet::new(),
            next_pid: 100,
            finished: None,
            listeners: listeners::Listeners::default(),
            wall: 1_795_223_038_000_000_000,
        }
    }

    fn feed(&mut self, input: Input) {
        let mut fx = Effects::new();
        self.steps += 1;
        self.note(&input);
        self.fleet.handle(self.now(), input, &mut fx);
        for effect in fx.drain() {
            self.perform(effect);
        }
        self.check();
    }

    fn now(&self) -> Now {
        Now { mono: self.now, wall: Wall(self.wall + self.now.0.cast_signed()) }
    }

    fn rule(&self, holds: bool, rule: &str) {
        assert!(holds, "seed {}, at {:?}: {rule}", self.seed, self.now);
    }

    fn perform(&mut self, effect: Effect) {
        self.rule(self.finished.is_none(), "nothing follows the last effect");
        if let Effect::Emit(event) = &effect {
            self.happened(event);
        }
        match effect {
            Effect::Spawn { process, spawn } => self.spawn(process, spawn),
            Effect::Signal { process, spawn, pid, signal, .. } => self.signal(process, spawn, pid, signal),
            Effect::Probe { request, process } => self.probe(request, process),
            Effect::Emit(Event::ProcessState(origin, change)) => {
                let id = self.fleet.find(&origin.group, &origin.process).unwrap().id();
                self.changed(id, change);
            }
            Effect::Reply { request, reply } => self.replied(request, &reply),
            Effect::Added(id) => {
                let new = Track { state: State::Stopped, attempts: 0, stop_sent: None };
                let old = self.tracks.insert(id, new);
                self.rule(old.is_none(), "numbers of processes are not given twice");
            }
            Effect::Removed(id) => {
                let lost = self.tracks.remove(&id).is_some_and(|track| track.state == State::Unknown);
                let child = self.children.remove(&id);
                self.fall_silent(id);
                self.rule(child.is_none() || lost, "what is forgotten has no child, or one out of control");
            }
            Effect::Finished(mood) => self.finished = Some(mood),
            Effect::Deliver { process, spawn, notice } => self.deliver(process, spawn, &notice),
            Effect::Log { line, .. } => self.logged(&line),
            Effect::Emit(_) | Effect::Ignored { .. } => {}
        }
    }

    fn later(&mut self, input: Input) {
        let delay = if self.rng.one_in(3) { self.rng.millis(2500) } else { Duration::ZERO };
        self.after(delay, input);
    }

    fn after(&mut self, delay: Duration, input: Input) {
        // Answers about one process keep their order, as those of a driver do.
        let after = self.answers.iter().map(|(at, _)| *at).max().unwrap_or_default();
        self.answers.push(((self.now + delay).max(after), input));
    }

    fn spawn(&mut self, process: ProcessId, spawn: SpawnId) {
        self.rule(!self.children.contains_key(&process), "one child for each process");
        let track = self.tracks.get_mut(&process).unwrap();
        track.attempts += 1;
        let attempts = track.attempts;
        let allowed = self.fleet.process(process).unwrap().config().startretries + 1;
        self.rule(attempts <= allowed, "no more than startretries + 1 attempts");
        let report = if self.rng.one_in(8) {
            Report::SpawnFailed("no".to_owned())
        } else {
            self.next_pid += 1;
            let child = self.child(spawn);
            self.children.insert(process, child);
            Report::Spawned(self.next_pid)
        };
        let lives = matches!(report, Report::Spawned(_));
        self.later(Input::Child { process, spawn, report });
        if lives {
            self.begin_to_speak(process, spawn);
        }
    }

    fn child(&mut self, spawn: SpawnId) -> Child {
        let status =
            self.rng.pick(&[ExitStatus::Code(0), ExitStatus::Code(3), ExitStatus::Signal { signal: 11, core: true }]);
        let life = self.rng.pick(&[0, 500, 5_000, 60_000]);
        let dies = self.rng.one_in(2).then(|| (self.now + self.rng.millis(life + 1), status));
        Child { spawn, pid: self.next_pid, dies, stubborn: self.rng.one_in(4) }
    }

    fn signal(&mut self, process: ProcessId, spawn: SpawnId, pid: Pid, signal: i32) {
        if signal == SIGKILL {
            let wait = self.fleet.process(process).unwrap().config().stopwaitsecs.unsigned_abs();
            let sent = self.tracks[&process].stop_sent;
            self.rule(
                sent.is_some_and(|at| self.now >= at + Duration::from_secs(wait)),
                "SIGKILL only after stopwaitsecs",
            );
        }
        let refused = self.rng.one_in(40);
        let delivery = match self.children.get_mut(&process) {
            _ if refused => Delivery::Refused("EPERM".to_owned()),
            None => Delivery::Gone,
            Some(child) => {
                assert_eq!((child.spawn, child.pid), (spawn, pid), "seed {}: a signal for another", self.seed);
                if signal == SIGKILL || !child.stubborn {
                    let at = self.now + self.rng.millis(1500);
                    child.dies = Some((at, ExitStatus::Signal { signal, core: false }));
                }
                Delivery::Sent
            }
        };
        let state = self.fleet.process(process).unwrap().state();
        if state == State::Stopping && signal != OPERATORS {
            self.tracks.get_mut(&process).unwrap().stop_sent = Some(self.now);
        }
        self.later(Input::Child { process, spawn, report: Report::Signalled(delivery) });
    }

    fn probe(&mut self, request: RequestId, process: ProcessId) {
        let result = if self.rng.one_in(10) { Err(Fault::NoFile("no".to_owned())) } else { Ok(()) };
        self.later(Input::Probed { request, process, result });
    }

    fn changed(&mut self, id: ProcessId, change: Change) {
        let known = self.tracks[&id].state;
        self.rule(known == change.from, "every change of state is told, once");
        self.rule(follows(change.from, change.to), &format!("{} does not follow {}", change.to, change.from));
        if change.to == State::Stopping && self.fleet.mood() != Mood::Running {
            self.ladder_rule(id);
        }
        let track = self.tracks.get_mut(&id).unwrap();
        track.state = change.to;
        if !matches!(change.to, State::Starting | State::Backoff) {
            track.attempts = 0;
        }
        if change.to != State::Stopping {
            track.stop_sent = None;
        }
    }

    /// Groups of a higher priority than that of `id` have stopped, as far as the effects tell.
    fn ladder_rule(&self, id: ProcessId) {
        let own = self.fleet.groups().iter().find(|g| g.processes().iter().any(|p| p.id() == id)).unwrap().priority();
        let mut above = self.fleet.groups().iter().filter(|g| g.priority() > own).flat_map(Group::processes);
        self.rule(above.all(|p| self.tracks[&p.id()].state.is_stopped()), "one priority at a time goes down");
    }

    fn replied(&mut self, request: RequestId, reply: &Reply) {
        let was_open = self.open.remove(&request);
        self.rule(was_open, "one reply for each request");
        if let Reply::Outcomes(outcomes) = reply {
            let names: BTreeSet<_> = outcomes.iter().map(|o| (&o.group, &o.name)).collect();
            self.rule(names.len() == outcomes.len(), "one outcome for each process");
        }
    }

    fn check(&mut self) {
        self.check_events();
        for process in self.fleet.processes() {
            let told = self.tracks.get(&process.id()).map(|track| track.state);
            self.rule(told.is_none_or(|state| state == process.state()), "the state is the one that was told");
            let up = matches!(process.state(), State::Running);
            self.rule(!up || process.pid().is_some(), "what runs has a pid");
        }
        self.rule(self.fleet.deadline().is_none_or(|at| at > self.now), "no deadline is in the past");
        if self.fleet.mood() == Mood::Running && self.fleet.processes().all(|p| at_rest(p.state(), p.awaits_restart()))
        {
            let armed = self.fleet.deadline().is_some();
            self.rule(armed == self.hears_ticks(), "at rest, no timer is armed but for ticks");
        }
    }

    /// Lets time pass until the next thing happens, at most to `limit`, and lets it happen.
    fn pass(&mut self, limit: Mono) {
        let deaths = self.children.iter().filter(|(id, _)| self.is_adopted(**id));
        let deaths = deaths.filter_map(|(_, child)| child.dies.map(|(at, _)| at));
        let answers = self.answers.iter().map(|(at, _)| *at);
        let next = deaths.chain(answers).chain(self.fleet.deadline()).min().unwrap_or(limit).min(limit);
        self.now = self.now.max(next);
        if let Some(at) = self.answers.iter().position(|(at, _)| *at <= self.now) {
            let (_, input) = self.answers.remove(at);
            return self.feed(input);
        }
        match self.dead() {
            Some(input) => self.feed(input),
            None => self.feed(Input::Due),
        }
    }

    /// Whether the start of a child has been answered: a driver reports no end before.
    fn is_adopted(&self, id: ProcessId) -> bool {
        self.fleet.process(id).is_some_and(|p| p.pid().is_some())
    }

    /// A child whose time has come.
    fn dead(&mut self) -> Option<Input> {
        let over = |child: &Child| child.dies.is_some_and(|(at, _)| at <= self.now);
        let process = *self.children.iter().find(|(id, child)| over(child) && self.is_adopted(**id))?.0;
        let child = self.children.remove(&process)?;
        self.fall_silent(process);
        let (_, status) = child.dies?;
        Some(Input::Child { process, spawn: child.spawn, report: Report::Exited(status) })
    }

    fn ask(&mut self, request: Request) {
        self.next_request += 1;
        let id = RequestId(self.next_request);
        self.open.insert(id);
        self.feed(Input::Request { id, request });
    }

    fn target(&mut self) -> Target {
        let group = format!("g{}", self.rng.below(4));
        match self.rng.below(4) {
            0 => Target::All,
            1 => Target::Group(group),
            _ => Target::Process { group, name: format!("p{}", self.rng.below(3)), given: "it".to_owned() },
        }
    }

    fn some_request(&mut self) -> Request {
        let wait = self.rng.one_in(2);
        match self.rng.below(10) {
            0..=3 => Request::Start { target: self.target(), wait },
            4..=6 => Request::Stop { target: self.target(), wait },
            7 => Request::Signal { target: self.target(), signal: OPERATORS },
            8 => Request::RemoveGroup(format!("g{}", self.rng.below(4))),
            _ => {
                let name = format!("g{}", self.rng.below(4));
                Request::AddGroup(Box::new(group(&mut self.rng, &name)))
            }
        }
    }

    /// Somebody sets the time of day, up to an hour forth or back.
    fn set_clock(&mut self) {
        self.wall += (self.rng.below(7_200).cast_signed() - 3_600) * 1_000_000_000;
    }

    fn crash_one(&mut self) {
        let ids: Vec<_> = self.children.keys().copied().collect();
        if !ids.is_empty() {
            let id = self.rng.pick(&ids);
            let dies = Some((self.now, ExitStatus::Signal { signal: 9, core: false }));
            self.children.get_mut(&id).unwrap().dies = dies;
        }
    }

    fn live(&mut self) {
        self.feed(Input::Begin);
        for _ in 0..self.rng.below(120) {
            match self.rng.below(12) {
                0 | 1 => {
                    let request = self.some_request();
                    self.ask(request);
                }
                2 => self.crash_one(),
                3 => self.feed(Input::Due),
                4 if self.rng.one_in(4) => self.set_clock(),
                _ => {
                    let limit = self.now + self.rng.millis(20_000);
                    self.pass(limit);
                }
            }
        }
    }

    fn die(&mut self) {
        let first = self.rng.pick(&[Request::Shutdown, Request::Restart]);
        let mut wanted = if first == Request::Shutdown { Mood::Shutdown } else { Mood::Restarting };
        self.ask(first);
        if self.finished.is_none() && self.rng.one_in(3) {
            self.ask(Request::Shutdown);
            wanted = Mood::Shutdown;
        }
        for _ in 0..2_000 {
            if self.finished.is_some() {
                break;
            }
            self.pass(self.now + Duration::from_secs(60));
        }
        self.rule(self.finished == Some(wanted), "the fleet leaves, as it was asked to");
        self.rule(self.fleet.processes().all(|p| p.state().is_stopped()), "a shutdown empties the fleet");
        self.rule(self.open.is_empty(), "nobody is left without a reply");
        self.rule(self.fleet.deadline().is_none(), "nothing is left to wait for");
    }
}

/// Whether a state may follow another: the arrows of Supervisor's diagram, and our EXITED to STOPPED.
fn follows(from: State, to: State) -> bool {
    match to {
        State::Starting => matches!(from, State::Stopped | State::Backoff | State::Exited | State::Fatal),
        State::Running | State::Backoff => from == State::Starting,
        State::Stopping => matches!(from, State::Starting | State::Running),
        State::Stopped => matches!(from, State::Stopping | State::Backoff | State::Exited | State::Unknown),
        State::Exited => from == State::Running,
        State::Fatal => from == State::Backoff,
        State::Unknown => matches!(from, State::Starting | State::Running | State::Stopping),
    }
}

/// Whether nothing is to happen in a state by itself.
fn at_rest(state: State, awaits_restart: bool) -> bool {
    match state {
        State::Stopped | State::Running | State::Fatal | State::Unknown => true,
        State::Exited => !awaits_restart,
        State::Starting | State::Backoff | State::Stopping => false,
    }
}

#[test]
fn no_rule_breaks_in_any_schedule() {
    let wanted = std::env::var("RECIPE_SIM_STEPS").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000_u64);
    let (mut seed, mut steps) = (0, 0);
    while steps < wanted {
        let mut world = World::new(seed);
        world.live();
        world.die();
        (seed, steps) = (seed + 1, steps + world.steps);
    }
}
