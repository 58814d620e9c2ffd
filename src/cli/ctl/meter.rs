//! What goes on. On a terminal it is one line that changes, with the time that it has taken: a thread draws it each second, as
//! whoever works may be waiting for somebody. Elsewhere it is a line when something begins, unless all that is done is shown anyway.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::super::terminal::Terminal;

/// How often the time is shown anew.
const INTERVAL: Duration = Duration::from_secs(1);

/// The line. Nobody else may write to the terminal while it is there.
pub(super) struct Meter {
    shared: Arc<Shared>,
    is_verbose: bool,
    is_on_terminal: bool,
}

struct Shared {
    line: Mutex<Line>,
    is_over: Condvar,
}

struct Line {
    terminal: Terminal,
    what: String,
    since: Instant,
    is_drawn_by_itself: bool,
    is_over: bool,
}

impl Meter {
    pub(super) fn new(terminal: Terminal, is_verbose: bool) -> Self {
        let (what, since) = (String::new(), Instant::now());
        let line = Line { terminal, what, since, is_drawn_by_itself: false, is_over: false };
        let shared = Arc::new(Shared { line: Mutex::new(line), is_over: Condvar::new() });
        Self { shared, is_verbose, is_on_terminal: io::stderr().is_terminal() }
    }

    /// Says what goes on, and whether it begins just now; nothing takes the line away.
    pub(super) fn progress(&self, what: &str, is_new: bool) {
        let mut line = self.shared.line();
        if !self.is_on_terminal {
            if is_new && !self.is_verbose && !what.is_empty() {
                line.terminal.say(format_args!("{what}"));
            }
            return;
        }
        if is_new {
            line.since = Instant::now();
        }
        what.clone_into(&mut line.what);
        line.draw();
        if !line.is_drawn_by_itself {
            let shared = self.shared.clone();
            // Where there can be no thread, time stands still.
            let thread = thread::Builder::new().name("meter".to_owned()).spawn(move || shared.draw_till_the_end());
            line.is_drawn_by_itself = thread.is_ok();
        }
    }

    /// Writes a line of the log in its place.
    pub(super) fn write(&self, text: &str) {
        let line = self.shared.line();
        line.terminal.progress("");
        // In one piece: stderr has no buffer.
        let _ = io::stderr().write_all(format!("{text}\n").as_bytes());
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        let mut line = self.shared.line();
        line.is_over = true;
        line.terminal.progress("");
        self.shared.is_over.notify_all();
    }
}

impl Shared {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn draw_till_the_end(&self) {
        let mut line = self.line();
        while !line.is_over {
            line.draw();
            line = self.is_over.wait_timeout(line, INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Line {
    fn draw(&self) {
        let seconds = self.since.elapsed().as_secs();
        if self.what.is_empty() || seconds == 0 {
            self.terminal.progress(&self.what);
        } else {
            self.terminal.progress(&format!("{} ({seconds} s)", self.what));
        }
    }
}
