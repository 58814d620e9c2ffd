//! Places for connections: so many for each server, so that clients cannot take the descriptors that children need.
//!
//! When all are taken and one more client comes, whoever has rested longest leaves: who has been answered and asks for
//! nothing more, or has not yet asked for anything. So no client has to wait for one that is silent, slow to ask or slow
//! to read. Who is being answered, or follows a log, keeps its place.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use tokio::sync::Notify;

use crate::runtime::limits;

/// Fewest places, whatever the limit of descriptors is.
const LEAST: u64 = 16;

/// As many places as leave the descriptors of others to them.
pub(super) fn places() -> u64 {
    limits::for_clients().max(LEAST)
}

/// The places of a server.
#[derive(Debug)]
pub(super) struct Room {
    places: u64,
    taken: Cell<u64>,
    /// Of these, whose holders have been asked to leave.
    leaving: Cell<u64>,
    /// Who rests, by when that began.
    resting: RefCell<BTreeMap<u64, Rc<Exit>>>,
    clock: Cell<u64>,
    /// A place has become free, or somebody rests.
    changed: Notify,
}

impl Room {
    /// All are free.
    pub(super) fn new(places: u64) -> Rc<Self> {
        Rc::new(Self {
            places,
            taken: Cell::new(0),
            leaving: Cell::new(0),
            resting: RefCell::default(),
            clock: Cell::new(0),
            changed: Notify::new(),
        })
    }

    /// A place, once there is one.
    pub(super) async fn seat(self: &Rc<Self>) -> Rc<Seat> {
        while self.taken.get() >= self.places {
            if self.taken.get() - self.leaving.get() >= self.places {
                self.dismiss();
            }
            self.changed.notified().await;
        }
        self.taken.set(self.taken.get() + 1);
        let seat =
            Seat { room: Rc::clone(self), exit: Rc::default(), since: Cell::new(None), _client: limits::Client::new() };
        seat.rest();
        Rc::new(seat)
    }

    /// Asks who has rested longest to leave.
    pub(super) fn dismiss(&self) {
        if let Some((_, exit)) = self.resting.borrow_mut().pop_first() {
            self.leaving.set(self.leaving.get() + 1);
            exit.asked.set(true);
            exit.bell.notify_one();
        }
    }

    /// Waits until all have left.
    pub(super) async fn emptied(&self) {
        while self.taken.get() > 0 {
            self.changed.notified().await;
        }
    }
}

/// How somebody is asked to leave.
#[derive(Debug, Default)]
struct Exit {
    asked: Cell<bool>,
    bell: Notify,
}

/// The place of a connection.
#[derive(Debug)]
pub(super) struct Seat {
    room: Rc<Room>,
    exit: Rc<Exit>,
    since: Cell<Option<u64>>,
    _client: limits::Client,
}

impl Seat {
    /// Nothing is being done for the client.
    pub(super) fn rest(&self) {
        if self.exit.asked.get() {
            return;
        }
        let now = self.room.clock.get();
        self.room.clock.set(now + 1);
        self.room.resting.borrow_mut().insert(now, Rc::clone(&self.exit));
        self.since.set(Some(now));
        self.room.changed.notify_one();
    }

    /// Something is.
    pub(super) fn work(&self) {
        if let Some(since) = self.since.take() {
            self.room.resting.borrow_mut().remove(&since);
        }
    }

    /// Waits until the place is wanted for somebody else.
    pub(super) async fn dismissed(&self) {
        self.exit.bell.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.work();
        if self.exit.asked.get() {
            self.room.leaving.set(self.room.leaving.get() - 1);
        }
        self.room.taken.set(self.room.taken.get() - 1);
        self.room.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;

    /// What a future has come to by now.
    fn now<T>(future: impl Future<Output = T>) -> Option<T> {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            std::task::Poll::Ready(value) => Some(value),
            std::task::Poll::Pending => None,
        }
    }

    #[test]
    fn who_has_rested_longest_makes_room() {
        let room = Room::new(2);
        let (first, second) = (now(room.seat()).unwrap(), now(room.seat()).unwrap());
        first.work();
        first.rest();
        assert!(now(room.seat()).is_none());
        assert!(now(second.dismissed()).is_some() && now(first.dismissed()).is_none());
        drop(second);
        let third = now(room.seat()).unwrap();
        assert!(now(room.emptied()).is_none());
        drop((first, third));
        assert!(now(room.emptied()).is_some());
    }

    #[test]
    fn who_is_served_stays() {
        let room = Room::new(1);
        let only = now(room.seat()).unwrap();
        only.work();
        let mut next = pin!(room.seat());
        assert!(now(next.as_mut()).is_none() && now(only.dismissed()).is_none());
        only.rest();
        assert!(now(next.as_mut()).is_none() && now(only.dismissed()).is_some());
        drop(only);
        assert!(now(next).is_some());
    }

    #[test]
    fn there_is_room_whatever_the_limit() {
        assert!((LEAST..=1024).contains(&places()));
    }
}
