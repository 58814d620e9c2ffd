//! Signals that want `ctl` to end: SIGINT, SIGTERM and SIGHUP. While one is held, the first that comes is only noted, and told
//! to whoever waits; a second one, or one that is not held, ends the process at once, with the status 128 and its number.
//!
//! A thread waits for them from the first time that one is held; until then they do what they always do. The commands that
//! `ctl` runs do not notice: a handler is not inherited, as a mask would be. What was ignored from the beginning stays so, as
//! `nohup` wants it.

use std::cell::Cell;
use std::fs;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::exit;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use tokio::runtime::Builder;
use tokio::select;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::agents::ctl::world::{Asked, Ends};

/// Those of this process.
#[derive(Default)]
pub(super) struct Signals {
    held: Arc<Mutex<Held>>,
    is_watched: Cell<bool>,
}

#[derive(Default)]
struct Held {
    is_on: bool,
    asked: Option<Asked>,
}

impl Signals {
    fn state<T>(&self, change: impl FnOnce(&mut Held) -> T) -> T {
        change(&mut self.held.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has them watched from now on. If that cannot be, they end this at once, as they would without us.
    fn watch(&self) {
        let (held, (sender, ready)) = (self.held.clone(), channel());
        let thread = thread::Builder::new().name("signals".to_owned());
        if thread.spawn(move || watch(&held, &sender)).is_ok() {
            // It says nothing where it could not begin.
            let _ = ready.recv();
        }
    }
}

impl Ends for Signals {
    fn hold(&self, is_held: bool) {
        self.state(|held| held.is_on = is_held);
        if is_held && !self.is_watched.replace(true) {
            self.watch();
        }
    }

    fn asked(&self) -> Option<Asked> {
        self.state(|held| held.asked)
    }
}

fn watch(held: &Mutex<Held>, ready: &Sender<()>) {
    let Ok(runtime) = Builder::new_current_thread().enable_io().build() else { return };
    let ignored = fs::read_to_string("/proc/self/status").map_or(0, |status| ignored(&status));
    runtime.block_on(async {
        let stream = |kind: SignalKind| {
            let is_heeded = ignored & (1 << (kind.as_raw_value() - 1)) == 0;
            is_heeded.then(|| signal(kind).ok()).flatten()
        };
        let mut interrupt = stream(SignalKind::interrupt());
        let mut terminate = stream(SignalKind::terminate());
        let mut hang_up = stream(SignalKind::hangup());
        let _ = ready.send(());
        loop {
            let asked = select! {
                () = next(&mut interrupt) => Asked { name: "SIGINT", number: 2 },
                () = next(&mut terminate) => Asked { name: "SIGTERM", number: 15 },
                () = next(&mut hang_up) => Asked { name: "SIGHUP", number: 1 },
            };
            came(held, asked);
        }
    });
}

/// When the next one comes; never, if it is not heeded.
async fn next(stream: &mut Option<Signal>) {
    match stream {
        Some(stream) => drop(stream.recv().await),
        None => std::future::pending().await,
    }
}

fn came(held: &Mutex<Held>, asked: Asked) {
    let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
    if !held.is_on || held.asked.is_some() {
        exit(128 + i32::from(asked.number));
    }
    held.asked = Some(asked);
    // Behind the line that shows what goes on.
    let begin = if io::stderr().is_terminal() { "\n" } else { "" };
    let message = format!("{begin}ctl: {} came: this step is ended; a second signal ends at once\n", asked.name);
    let _ = io::stderr().write_all(message.as_bytes());
}

/// The signals that a process ignores, a bit each, by what `/proc/PID/status` says.
fn ignored(status: &str) -> u64 {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_ignored_is_known() {
        assert_eq!(ignored("Name:\tctl\nSigBlk:\t0000000000000002\nSigIgn:\t0000000000001001\n"), 1 | 1 << 12);
        assert_eq!(ignored(""), 0);
    }
}
