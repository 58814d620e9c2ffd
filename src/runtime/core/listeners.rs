//! Events on their way from where they happen to the pools of event listeners.

use super::effect::{Effect, Effects};
use super::event::{Event, EventType};
use super::fleet::Fleet;
use super::ids::ProcessId;
use super::pool::Pools;
use super::ticks::Ticks;
use crate::base::time::Now;

/// What may be asked of it.
impl Fleet {
    /// Whether anybody gets events of a type: worth asking before a costly one is made.
    pub fn listens_to(&self, kind: EventType) -> bool {
        self.pools.listen_to(kind)
    }

    /// Whether a process is an event listener, whose standard output is not text but the protocol.
    pub fn is_listener(&self, id: ProcessId) -> bool {
        self.pools.include(id)
    }

    /// The pools of event listeners.
    pub fn pools(&self) -> &Pools {
        &self.pools
    }

    /// Events are counted from `serial` on: they go on where a former fleet has ended.
    pub fn count_events_from(&mut self, serial: u64) {
        self.pools.count_from(serial);
    }
}

/// What it does.
impl Fleet {
    /// Tells everybody of an event.
    pub(super) fn emit(&mut self, event: Event, fx: &mut Effects) {
        let mut lines = Effects::new();
        self.pools.tell(&event, &mut lines);
        fx.push(Effect::Emit(event));
        fx.append(lines);
    }

    /// Tells the pools of the events among the effects from the place `from` on, as if each had been told when it
    /// happened.
    pub(super) fn tell_of_effects(&mut self, from: usize, fx: &mut Effects) {
        if self.pools.is_empty() {
            return;
        }
        for effect in fx.split_off(from) {
            match effect {
                Effect::Emit(event) => self.emit(event, fx),
                other => fx.push(other),
            }
        }
    }

    /// Lets the pool of a listener know what became of it.
    pub(super) fn follow(&mut self, id: ProcessId, fx: &mut Effects) {
        if self.pools.is_empty() {
            return;
        }
        let Some((group, at)) = self.place(id) else { return };
        if let Some(process) = self.groups.get(group).and_then(|group| group.processes().get(at)) {
            self.pools.follow(process, fx);
        }
    }

    /// Lets time pass for the listeners, and gives them what there is.
    pub(super) fn serve_listeners(&mut self, now: Now, fx: &mut Effects) {
        let pools = &self.pools;
        for tick in self.ticks.turn(now, |tick| pools.listen_to(tick.kind())) {
            self.emit(tick, fx);
        }
        self.pools.dispatch(fx);
    }

    /// No further tick is wanted.
    pub(super) fn stop_ticking(&mut self) {
        self.ticks = Ticks::default();
    }
}
