//! All pools: who subscribes to what, and the numbers of events.

use std::rc::Rc;

use super::Pool;
use crate::runtime::core::effect::Effects;
use crate::runtime::core::event::{Event, EventType};
use crate::runtime::core::group::Group;
use crate::runtime::core::ids::{ProcessId, SpawnId};
use crate::runtime::core::process::Process;

/// All pools, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Pools {
    pools: Vec<Pool>,
    next_serial: u64,
}

/// What may be asked of them.
impl Pools {
    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Pool> {
        self.pools.iter()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// Whether any gets events of a type.
    pub fn listen_to(&self, kind: EventType) -> bool {
        self.pools.iter().any(|pool| pool.listens_to(kind))
    }

    /// Whether a process is a listener.
    pub fn include(&self, id: ProcessId) -> bool {
        self.pools.iter().any(|pool| pool.includes(id))
    }

    /// Whether listeners of a group have events to deal with.
    pub fn are_at_work(&self, group: &str) -> bool {
        self.pools.iter().any(|pool| **pool.name() == *group && pool.is_at_work())
    }

    /// The number of the next event that somebody listens to.
    pub fn next_serial(&self) -> u64 {
        self.next_serial
    }

    fn of(&mut self, id: ProcessId) -> Option<&mut Pool> {
        self.pools.iter_mut().find(|pool| pool.includes(id))
    }
}

/// What they do.
impl Pools {
    /// Events are counted from `serial` on.
    pub fn count_from(&mut self, serial: u64) {
        self.next_serial = serial;
    }

    /// Subscribes a group, if its processes are listeners.
    pub fn add(&mut self, group: &Group) {
        self.pools.extend(Pool::new(group));
    }

    /// Forgets the pool of a group, with the events that it holds.
    pub fn remove(&mut self, group: &str) {
        self.pools.retain(|pool| **pool.name() != *group);
    }

    /// Something happened. It gets its number when the first of them wants it.
    pub fn tell(&mut self, event: &Event, fx: &mut Effects) {
        if !self.listen_to(event.kind()) {
            return;
        }
        let event = Rc::new(event.clone());
        let number = self.next_serial;
        self.next_serial += 1;
        for pool in &mut self.pools {
            pool.accept(&event, number, fx);
        }
    }

    /// Takes notice of what became of a process.
    pub fn follow(&mut self, process: &Process, fx: &mut Effects) {
        if let Some(pool) = self.of(process.id()) {
            pool.follow(process, fx);
        }
    }

    /// A child has written something for us.
    pub fn hear(&mut self, id: ProcessId, spawn: SpawnId, data: &[u8], fx: &mut Effects) {
        if let Some(pool) = self.of(id) {
            pool.hear(id, spawn, data, fx);
        }
    }

    /// What came of writing an event to a child.
    pub fn delivered(&mut self, id: ProcessId, spawn: SpawnId, is_taken: bool, fx: &mut Effects) {
        if let Some(pool) = self.of(id) {
            pool.delivered(id, spawn, is_taken, fx);
        }
    }

    /// Offers events to whoever may have one.
    pub fn dispatch(&mut self, fx: &mut Effects) {
        self.pools.iter_mut().for_each(|pool| pool.dispatch(fx));
    }
}
