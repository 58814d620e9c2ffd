//! Fake event listeners, and the rules about events: each event is in exactly one place, who gets one is ready for it,
//! numbers ascend, nothing waits in vain.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::conf::model::GroupKind;
use crate::runtime::core::event::{EventType, TickPeriod};
use crate::runtime::core::pool::{self, Notice};
use crate::runtime::core::process::Process;
use crate::wire::listener::{Awaited, Verdict, Word, Words};

/// What is known of the pools from the effects, and of the listeners from what they have said.
#[derive(Default)]
pub(super) struct Listeners {
    next_serial: u64,
    pools: BTreeMap<String, Pool>,
    /// By the process whose child it is.
    mouths: BTreeMap<ProcessId, Mouth>,
    /// The slice of each period that somebody listens to.
    slices: [Option<i64>; TickPeriod::ALL.len()],
}

struct Pool {
    subscriptions: Vec<EventType>,
    size: usize,
    /// Events that must be somewhere, by number, in ascending order.
    alive: Vec<u64>,
    /// Numbers in the pool that were ever given to a listener.
    offered: BTreeSet<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stand {
    Silent,
    Ready,
    Offered,
    Holding(u64),
    Deaf,
    Broken,
}

struct Mouth {
    spawn: SpawnId,
    stand: Stand,
    words: Words,
}

/// A group of listeners for random types of events.
pub(super) fn pool(rng: &mut Rng, group: model::Group) -> model::Group {
    let names = ["EVENT", "PROCESS_STATE", "PROCESS_STATE_EXITED", "PROCESS_GROUP", "TICK", "TICK_60"];
    let events: Vec<_> = (0..=rng.below(2)).map(|_| rng.pick(&names)).collect();
    let size = rng.pick(&[1, 2, 10]);
    let pool = testing::pool(&group.name, &events, size, Vec::new());
    model::Group { priority: rng.pick(&[-1, 999]), processes: group.processes, ..pool }
}

/// What happens to events.
impl World {
    /// Tells the model of an event: which pools must have it from now on.
    pub(super) fn happened(&mut self, event: &Event) {
        match event {
            Event::GroupAdded(name) => self.subscribe(name),
            Event::GroupRemoved(name) => drop(self.listeners.pools.remove(&**name)),
            Event::Tick { period, when } => self.ticked(*period, *when),
            _ => {}
        }
        let kind = event.kind();
        let Listeners { pools, next_serial, .. } = &mut self.listeners;
        let mut is_wanted = false;
        for pool in pools.values_mut() {
            let times = pool.subscriptions.iter().filter(|wanted| kind.is_a(**wanted)).count();
            pool.alive.extend(std::iter::repeat_n(*next_serial, times));
            is_wanted |= times > 0;
        }
        *next_serial += u64::from(is_wanted);
    }

    fn subscribe(&mut self, name: &str) {
        let Some(GroupKind::EventListener { events, buffer_size, .. }) = self.fleet.group(name).map(Group::kind) else {
            return;
        };
        let pool = Pool {
            subscriptions: events.iter().map(|name| EventType::parse(name).unwrap()).collect(),
            size: usize::try_from(*buffer_size).unwrap(),
            alive: Vec::new(),
            offered: BTreeSet::new(),
        };
        self.listeners.pools.insert(name.to_owned(), pool);
    }

    /// An event is lost only when the log says so.
    pub(super) fn logged(&mut self, line: &str) {
        let Some((pool, rest)) = line.strip_prefix("pool ").and_then(|line| line.split_once(' ')) else { return };
        let serial = rest.strip_prefix("event buffer overflowed, discarding event ").unwrap().parse().unwrap();
        let was_there = self.listeners.pools.get_mut(pool).unwrap().end(serial);
        self.rule(was_there, "what is discarded was waiting");
    }

    pub(super) fn deliver(&mut self, process: ProcessId, spawn: SpawnId, notice: &Notice) {
        let mouth = self.listeners.mouths.get_mut(&process);
        let is_ready = mouth.is_some_and(|mouth| {
            std::mem::replace(&mut mouth.stand, Stand::Offered) == Stand::Ready && mouth.spawn == spawn
        });
        self.rule(is_ready, "events go to listeners that are ready");
        self.rule(self.tracks[&process].state == State::Running, "events go to listeners that run");
        let pool = self.listeners.pools.get_mut(&*notice.pool).unwrap();
        let is_new = pool.offered.insert(notice.poolserial);
        let ascends = !is_new || pool.offered.last() == Some(&notice.poolserial);
        self.rule(ascends, "the numbers of a pool ascend");
        let is_taken = !self.rng.one_in(15);
        self.later(Input::Child { process, spawn, report: Report::Delivered { is_taken } });
    }

    fn ticked(&mut self, period: TickPeriod, when: i64) {
        let last = self.listeners.slices[period as usize].replace(when);
        self.rule(last.is_some_and(|last| last != when), "a tick comes when its slice has changed, never at first");
        self.rule(when == slice(self.now().wall, period), "a tick tells the slice that it is");
    }

    pub(super) fn check_events(&mut self) {
        for pool in self.fleet.pools().iter() {
            let known = &self.listeners.pools[&**pool.name()];
            let held: Vec<_> = pool.held().collect();
            let mut found: Vec<_> = pool.waiting().chain(held.iter().map(|(_, n)| *n)).map(|n| n.serial).collect();
            found.sort_unstable();
            let mut alive = known.alive.clone();
            alive.sort_unstable();
            self.rule(found == alive, &format!("each event is in one place: {alive:?}, found {found:?}"));
            self.rule(pool.waiting().count() <= known.size, "no buffer is larger than it may be");
            for (process, notice) in &held {
                let holds = self.listeners.mouths.get(process).is_some_and(|mouth| match mouth.stand {
                    Stand::Offered => true,
                    Stand::Holding(serial) => serial == notice.serial,
                    Stand::Silent | Stand::Ready | Stand::Deaf | Stand::Broken => false,
                });
                self.rule(holds, "who holds an event has it");
            }
            let is_free = |process: &ProcessId| self.is_free(*process);
            let members = self.fleet.group(pool.name()).unwrap().processes().iter().map(Process::id);
            let offering = members.clone().any(|id| self.stand(id) == Some(Stand::Offered));
            let in_vain =
                self.finished.is_none() && pool.waiting().count() > 0 && members.clone().any(|id| is_free(&id));
            self.rule(offering || !in_vain, "no event waits while a listener does");
        }
        self.check_ticks();
    }

    fn stand(&self, process: ProcessId) -> Option<Stand> {
        self.listeners.mouths.get(&process).map(|mouth| mouth.stand)
    }

    fn is_free(&self, process: ProcessId) -> bool {
        self.stand(process) == Some(Stand::Ready) && self.tracks[&process].state == State::Running
    }

    fn check_ticks(&mut self) {
        for period in TickPeriod::ALL {
            let present = slice(self.now().wall, period);
            let is_wanted = self.finished.is_none() && self.hears_ticks_of(period);
            let known = &mut self.listeners.slices[period as usize];
            *known = is_wanted.then(|| known.unwrap_or(present));
            let on_time = known.is_none_or(|slice| slice == present);
            self.rule(on_time, "no tick is missing");
        }
    }

    fn hears_ticks_of(&self, period: TickPeriod) -> bool {
        self.fleet.listens_to(Event::Tick { period, when: 0 }.kind())
    }

    /// Whether a timer runs because of ticks.
    pub(super) fn hears_ticks(&self) -> bool {
        TickPeriod::ALL.into_iter().any(|period| self.hears_ticks_of(period))
    }
}

/// What fake listeners do.
impl World {
    /// A new child begins to speak, if it is a listener.
    pub(super) fn begin_to_speak(&mut self, process: ProcessId, spawn: SpawnId) {
        if self.fleet.is_listener(process) {
            let mouth = Mouth { spawn, stand: Stand::Silent, words: Words::default() };
            self.listeners.mouths.insert(process, mouth);
            let words = self.rng.pick(&["READY\n", "READY\n", "READY\n", "READY\n", "", "hello world", "READY\nx"]);
            self.say(process, spawn, words);
        }
    }

    /// It ended.
    pub(super) fn fall_silent(&mut self, process: ProcessId) {
        self.listeners.mouths.remove(&process);
    }

    /// Says something after a while, in one piece or two.
    fn say(&mut self, process: ProcessId, spawn: SpawnId, words: &str) {
        let cut = usize::try_from(self.rng.below(words.len() as u64 + 1)).unwrap();
        for piece in [&words[..cut], &words[cut..]] {
            let delay = Duration::from_millis(1) + self.rng.millis(2500);
            let report = Report::Said(piece.as_bytes().to_vec());
            self.after(delay, Input::Child { process, spawn, report });
        }
    }

    /// What an input means to the listener that it comes from, as far as that lives.
    pub(super) fn note(&mut self, input: &Input) {
        let Input::Child { process, spawn, report } = input else { return };
        if self.listeners.mouths.get(process).is_none_or(|mouth| mouth.spawn != *spawn) {
            return;
        }
        match report {
            Report::Said(data) => self.heard(*process, data),
            Report::Delivered { is_taken } => self.got(*process, *spawn, *is_taken),
            _ => {}
        }
    }

    fn got(&mut self, process: ProcessId, spawn: SpawnId, is_taken: bool) {
        let held = self.fleet.pools().iter().flat_map(pool::Pool::held).find(|(id, _)| *id == process);
        let serial = held.map(|(_, notice)| notice.serial).unwrap();
        let mouth = self.listeners.mouths.get_mut(&process).unwrap();
        mouth.stand = if is_taken { Stand::Holding(serial) } else { Stand::Deaf };
        if is_taken {
            let answers = [
                "RESULT 2\nOKREADY\n",
                "RESULT 2\nOKREADY\n",
                "RESULT 2\nOKREADY\n",
                "RESULT 4\nFAILREADY\n",
                "RESULT 2\nOK",
                "",
                "READY\n",
                "RESULT 2\nOK, more",
            ];
            let words = self.rng.pick(&answers);
            self.say(process, spawn, words);
            if self.rng.one_in(6) {
                let life = self.rng.millis(3000);
                let child = self.children.get_mut(&process).unwrap();
                child.dies = Some((self.now + life, ExitStatus::Code(1)));
            }
        }
    }

    fn heard(&mut self, process: ProcessId, data: &[u8]) {
        let mouth = self.listeners.mouths.get_mut(&process).unwrap();
        mouth.words.push(data);
        let mut done = Vec::new();
        while let Some(word) = mouth.next() {
            mouth.stand = match (word, mouth.stand) {
                (Word::Ready, _) => Stand::Ready,
                (Word::Result(Verdict::Processed), Stand::Holding(serial)) => {
                    done.push(serial);
                    Stand::Silent
                }
                (Word::Result(_), _) => Stand::Silent,
                (Word::BadResultLine(_) | Word::Junk, _) => Stand::Broken,
            };
        }
        let pool = self.fleet.process(process).unwrap().group().clone();
        for serial in done {
            let was_there = self.listeners.pools.get_mut(&*pool).unwrap().end(serial);
            self.rule(was_there, "what is done was alive");
        }
    }
}

impl Mouth {
    fn next(&mut self) -> Option<Word> {
        self.words.next_word(match self.stand {
            Stand::Silent => Awaited::Ready,
            Stand::Ready | Stand::Deaf => Awaited::Silence,
            Stand::Offered | Stand::Holding(_) => Awaited::Result,
            Stand::Broken => return None,
        })
    }
}

impl Pool {
    /// An event is nowhere any more. Whether it was somewhere.
    fn end(&mut self, serial: u64) -> bool {
        let at = self.alive.iter().position(|alive| *alive == serial);
        at.map(|at| self.alive.remove(at)).is_some()
    }
}

fn slice(wall: Wall, period: TickPeriod) -> i64 {
    wall.seconds().div_euclid(period.seconds()) * period.seconds()
}
