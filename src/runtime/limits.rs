//! The daemon's own limits: at least `minfds` descriptors and `minprocs` processes, or it does not start; descriptors
//! that are kept from children, so that a daemon that can start no more of them still answers and writes logs; and files
//! that may not grow.

use std::cell::Cell;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::signal::Signal;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::sys;
use crate::conf::model::Supervisord;

/// Most descriptors for the clients of a server.
const MOST_FOR_CLIENTS: u64 = 1024;
/// Descriptors for logs while they are written, and the like.
const FOR_A_MOMENT: u64 = 8;
/// Ends of pipes that a child has, and those that we keep of it.
const ENDS_OF_A_CHILD: u64 = 3;

/// Descriptors for the clients of a server: a quarter of all.
pub(super) fn for_clients() -> u64 {
    getrlimit(Resource::Nofile).current.map_or(MOST_FOR_CLIENTS, quarter)
}

fn quarter(limit: u64) -> u64 {
    (limit / 4).min(MOST_FOR_CLIENTS)
}

thread_local! {
    /// How many there are. Descriptors belong to the process, so their number does, too; the daemon has one thread.
    static CLIENTS: Cell<u64> = const { Cell::new(0) };
}

/// The descriptor of a client, which is not taken from those of children as long as it is there.
#[derive(Debug)]
pub(super) struct Client(());

impl Client {
    /// One more.
    pub(super) fn new() -> Self {
        CLIENTS.set(CLIENTS.get() + 1);
        Self(())
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        CLIENTS.set(CLIENTS.get() - 1);
    }
}

/// Whether the descriptor of a child that was made last is one that it may not have: the last ones are for clients and for
/// what is open for a moment only. The lowest number that is free is taken, so a high one says that all below are taken.
pub(super) fn is_spare(child_end: impl AsFd) -> bool {
    is_last(number(child_end).saturating_sub(ENDS_OF_A_CHILD), CLIENTS.get(), most())
}

/// Whether a file's descriptor leaves no room for another child, which could otherwise not come back for the sake of a
/// file that need not stay open. A low number does not say that those above are free: a client that has just left may have
/// had it.
pub(super) fn is_in_the_way(file: impl AsFd) -> bool {
    let last = number(file).max(open_descriptors().saturating_sub(1));
    is_last(last + 2 * ENDS_OF_A_CHILD, CLIENTS.get(), most())
}

/// How many descriptors are open; 0 where nothing says it.
fn open_descriptors() -> u64 {
    const OWN: &str = "/proc/self/fd";
    let told = std::fs::metadata(OWN).map_or(0, |found| found.len());
    // Before Linux 6.2 they have to be counted.
    if told > 0 { told } else { std::fs::read_dir(OWN).map_or(0, |all| all.count() as u64) }
}

fn number(descriptor: impl AsFd) -> u64 {
    u64::try_from(descriptor.as_fd().as_raw_fd()).unwrap_or(0)
}

fn most() -> u64 {
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

fn is_last(number: u64, clients: u64, limit: u64) -> bool {
    let for_clients = quarter(limit);
    number.saturating_add(for_clients.saturating_sub(clients) + FOR_A_MOMENT) >= limit
}

/// Lets a file that has reached the size allowed be an error of who writes it, not a signal that ends the daemon. Children
/// inherit that, as from Python.
pub(super) fn outlive_full_files() {
    sys::ignore(Signal::SIGXFSZ);
}

/// Raises the limits as far as needed. Gives the lines for the log, or the words of a usage error.
pub(super) fn raise(options: &Supervisord) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for limit in [NOFILE, NPROC] {
        let wanted = u64::try_from((limit.wanted)(options)).unwrap_or(0);
        lines.extend(limit.raise(wanted)?);
    }
    Ok(lines)
}

struct Limit {
    resource: Resource,
    name: &'static str,
    wanted: fn(&Supervisord) -> i64,
    refusal: fn(u64, u64) -> String,
}

const NOFILE: Limit = Limit {
    resource: Resource::Nofile,
    name: "RLIMIT_NOFILE",
    wanted: |options| options.minfds,
    refusal: |wanted, hard| {
        format!(
            "The minimum number of file descriptors required to run this process is {wanted} as per the \"minfds\" \
             command-line argument or config file setting. The current environment will only allow you to open {hard} \
             file descriptors.  Either raise the number of usable file descriptors in your environment (see \
             README.rst) or lower the minfds setting in the config file to allow the process to start."
        )
    },
};

const NPROC: Limit = Limit {
    resource: Resource::Nproc,
    name: "RLIMIT_NPROC",
    wanted: |options| options.minprocs,
    refusal: |wanted, hard| {
        format!(
            "The minimum number of available processes required to run this program is {wanted} as per the \
             \"minprocs\" command-line argument or config file setting. The current environment will only allow you \
             to open {hard} processes.  Either raise the number of usable processes in your environment (see \
             README.rst) or lower the minprocs setting in the config file to allow the program to start."
        )
    },
};

impl Limit {
    fn raise(&self, wanted: u64) -> Result<Option<String>, String> {
        let now = getrlimit(self.resource);
        let Some(new) = raised(&now, wanted) else { return Ok(None) };
        let shown = new.maximum.unwrap_or(u64::MAX);
        match setrlimit(self.resource, new) {
            Ok(()) => Ok(Some(format!("Increased {} limit to {wanted}", self.name))),
            Err(_) => Err((self.refusal)(wanted, shown)),
        }
    }
}

/// The limit that allows `wanted`, if that is more than now. No limit is `None`.
fn raised(now: &Rlimit, wanted: u64) -> Option<Rlimit> {
    if now.current.is_none_or(|current| current >= wanted) {
        return None;
    }
    Some(Rlimit { current: Some(wanted), maximum: now.maximum.map(|hard| hard.max(wanted)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_descriptors_are_spare() {
        assert!(!is_last(183, 0, 256) && is_last(184, 0, 256));
        assert!(!is_last(8966, 0, 9_999) && is_last(8967, 0, 9_999));
        assert!(is_last(3, 0, 8));
    }

    #[test]
    fn clients_are_no_burden_on_children() {
        assert!(!is_last(193, 10, 256) && is_last(194, 10, 256));
        assert!(!is_last(247, 1000, 256) && is_last(248, 1000, 256));
        let clients = [Client::new(), Client::new()];
        assert_eq!(CLIENTS.get(), 2);
        drop(clients);
        assert_eq!(CLIENTS.get(), 0);
    }

    #[test]
    fn only_what_is_too_low_is_raised() {
        let limit = |current, maximum| Rlimit { current, maximum };
        assert!(raised(&limit(None, None), 5).is_none());
        assert!(raised(&limit(Some(5), Some(9)), 5).is_none());
        let soft = raised(&limit(Some(4), Some(9)), 5).unwrap();
        assert_eq!((soft.current, soft.maximum), (Some(5), Some(9)));
        let both = raised(&limit(Some(4), Some(4)), 5).unwrap();
        assert_eq!((both.current, both.maximum), (Some(5), Some(5)));
        assert_eq!(raised(&limit(Some(4), None), 5).unwrap().maximum, None);
    }
}
