//! An event on its way to a listener.

use std::rc::Rc;

use crate::runtime::core::event::Event;
use crate::wire::listener::{Header, envelope};

/// An event for a pool, with its numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What happened.
    pub event: Rc<Event>,
    /// Its number among all events that somebody listens to.
    pub serial: u64,
    /// Name of the pool.
    pub pool: Rc<str>,
    /// Its number in that pool.
    pub poolserial: u64,
}

impl Notice {
    /// The bytes that a listener reads; `server` is the identifier of the daemon.
    pub fn envelope(&self, server: &str) -> Vec<u8> {
        let payload = self.event.payload();
        let header = Header {
            server: server.to_owned(),
            serial: self.serial,
            pool: self.pool.to_string(),
            poolserial: self.poolserial,
            eventname: self.event.kind().name().to_owned(),
            len: payload.chars().count(),
        };
        envelope(&header, &payload)
    }
}
