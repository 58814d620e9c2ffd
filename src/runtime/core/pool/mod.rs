//! Pools of event listeners: the events that wait, and the listeners that take them.
//!
//! ```text
//! event ──► buffer ──► a listener that is RUNNING and READY ──► done
//!             ▲ │                     │
//!             │ └─ full: the oldest   └─ rejected, or died with it
//!             └───────── discarded ◄──────┘ (to the head)
//! ```
//!
//! A pool offers one event at a time and waits to hear whether it could be written, so that an event that a listener
//! would not take goes to the next one before any later event does. In every step each event is in one place: the
//! buffer, one listener, or gone.
//!
//! A pool that lists both a type and one above it gets such an event twice, with the same numbers; a rejected event
//! keeps its numbers.

mod listener;
mod notice;
mod pools;

use std::collections::VecDeque;
use std::rc::Rc;

use listener::Listener;
pub use notice::Notice;
pub use pools::Pools;

use super::effect::Effects;
use super::event::{Event, EventType};
use super::group::Group;
use super::ids::{ProcessId, SpawnId};
use super::process::Process;
use crate::conf::model::{GroupKind, LogLevel};

/// The listeners of one group, and the events that wait for them.
#[derive(Debug)]
pub struct Pool {
    name: Rc<str>,
    subscriptions: Vec<EventType>,
    /// At most `size`, the oldest first.
    buffer: VecDeque<Notice>,
    size: usize,
    next_serial: u64,
    /// In the order in which they are asked.
    listeners: Vec<Listener>,
}

/// Where an event is put into the buffer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Head,
    Tail,
}

/// What may be asked of it.
impl Pool {
    /// The pool of a group, if its processes are listeners.
    fn new(group: &Group) -> Option<Self> {
        let GroupKind::EventListener { events, buffer_size, .. } = group.kind() else { return None };
        Some(Self {
            name: group.name().clone(),
            subscriptions: events.iter().filter_map(|name| EventType::parse(name)).collect(),
            buffer: VecDeque::new(),
            size: usize::try_from(*buffer_size).unwrap_or(1).max(1),
            next_serial: 0,
            listeners: group.processes().iter().map(Listener::new).collect(),
        })
    }

    /// Name of its group.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// Whether it gets events of a type.
    pub fn listens_to(&self, kind: EventType) -> bool {
        self.subscriptions.iter().any(|wanted| kind.is_a(*wanted))
    }

    /// The events that wait, the next one first.
    pub fn waiting(&self) -> impl Iterator<Item = &Notice> {
        self.buffer.iter()
    }

    /// The events that listeners hold.
    pub fn held(&self) -> impl Iterator<Item = (ProcessId, &Notice)> {
        self.listeners.iter().filter_map(|listener| Some((listener.process(), listener.notice()?)))
    }

    /// Whether a listener has an event on its hands, or is about to be ready for one that waits.
    fn is_at_work(&self) -> bool {
        let holds = |listener: &Listener| listener.notice().is_some();
        self.listeners.iter().any(holds) || !self.buffer.is_empty() && self.listeners.iter().any(Listener::may_get_free)
    }

    fn includes(&self, id: ProcessId) -> bool {
        self.listeners.iter().any(|listener| listener.process() == id)
    }

    fn listener(&mut self, id: ProcessId) -> Option<&mut Listener> {
        self.listeners.iter_mut().find(|listener| listener.process() == id)
    }
}

/// What it does.
impl Pool {
    /// Puts an event into the buffer, once for each subscription that takes it.
    fn accept(&mut self, event: &Rc<Event>, serial: u64, fx: &mut Effects) {
        let kind = event.kind();
        let times = self.subscriptions.iter().filter(|wanted| kind.is_a(**wanted)).count();
        if times == 0 {
            return;
        }
        let (event, pool) = (Rc::clone(event), Rc::clone(&self.name));
        let notice = Notice { event, serial, pool, poolserial: self.next_serial };
        self.next_serial += 1;
        for _ in 1..times {
            self.insert(notice.clone(), Place::Tail, fx);
            self.say_again(&notice, fx);
        }
        self.insert(notice, Place::Tail, fx);
    }

    /// Takes notice of a process of its own.
    fn follow(&mut self, process: &Process, fx: &mut Effects) {
        let given_back = self.listener(process.id()).and_then(|listener| listener.follow(process));
        self.take_back(given_back, fx);
    }

    /// A child of its own has written something.
    fn hear(&mut self, id: ProcessId, spawn: SpawnId, data: &[u8], fx: &mut Effects) {
        let Some(at) = self.listeners.iter().position(|l| l.process() == id && l.is_child(spawn)) else { return };
        self.listeners[at].hear(data);
        while let Some(word) = self.listeners[at].next_word() {
            let given_back = self.listeners[at].take(word, fx);
            self.take_back(given_back, fx);
        }
    }

    /// What came of an offer to a child of its own.
    fn delivered(&mut self, id: ProcessId, spawn: SpawnId, is_taken: bool, fx: &mut Effects) {
        let Some(listener) = self.listener(id).filter(|listener| listener.is_child(spawn)) else { return };
        let refused = listener.delivered(is_taken, fx);
        let nobody_else = !self.listeners.iter().any(Listener::is_free);
        if let Some(notice) = refused {
            if nobody_else {
                self.say_again(&notice, fx);
            }
            self.insert(notice, Place::Head, fx);
        } else if nobody_else && let Some(next) = self.buffer.pop_front() {
            // The original finds out that there is nobody else by trying, and says so.
            self.say_again(&next, fx);
            self.buffer.push_front(next);
        }
    }

    /// Offers the oldest event to the first listener that may have it.
    fn dispatch(&mut self, fx: &mut Effects) {
        if self.buffer.is_empty() || self.listeners.iter().any(Listener::is_offered) {
            return;
        }
        if let Some(listener) = self.listeners.iter_mut().find(|listener| listener.is_free())
            && let Some(notice) = self.buffer.pop_front()
        {
            listener.offer(notice, fx);
        }
    }

    fn take_back(&mut self, notice: Option<Notice>, fx: &mut Effects) {
        if let Some(notice) = notice {
            self.say_again(&notice, fx);
            self.insert(notice, Place::Head, fx);
        }
    }

    fn say_again(&self, notice: &Notice, fx: &mut Effects) {
        let Self { name, buffer, size, .. } = self;
        let line =
            format!("rebuffering event {} for pool {name} (buf size={}, max={size})", notice.serial, buffer.len());
        fx.log(LogLevel::Debug, line);
    }

    fn insert(&mut self, notice: Notice, place: Place, fx: &mut Effects) {
        if self.buffer.len() >= self.size
            && let Some(oldest) = self.buffer.pop_front()
        {
            let line = format!("pool {} event buffer overflowed, discarding event {}", self.name, oldest.serial);
            fx.log(LogLevel::Error, line);
        }
        match place {
            Place::Head => self.buffer.push_front(notice),
            Place::Tail => self.buffer.push_back(notice),
        }
    }
}
