//! Where messages go: results to stdout, all else to stderr; colour only where somebody sees it.

use std::cell::RefCell;
use std::fmt::Arguments;
use std::io::{self, IsTerminal as _, Write};

use super::args::Color;
use super::exit::Exit;
use super::report;
use crate::base::{Diagnostic, Diagnostics, Severity, Sources};

/// The user's side of a run.
#[derive(Debug)]
pub(super) struct Terminal {
    quiet: bool,
    color: Color,
    /// What [`Self::progress`] has shown last.
    shown: RefCell<String>,
}

/// How long a line may be that is taken away again: one that is wrapped would stay in part.
const WIDTH: usize = 79;

// Whether and how the options count is this type's affair, not its callers'.
#[allow(clippy::unused_self)]
impl Terminal {
    /// As the options of the command line say.
    pub(super) fn new(quiet: bool, color: Color) -> Self {
        Self { quiet, color, shown: RefCell::default() }
    }

    /// A message, unless `--quiet`.
    pub(super) fn say(&self, message: Arguments<'_>) {
        if !self.quiet {
            // As one piece: stderr has no buffer.
            let _ = io::stderr().write_all(format!("{message}\n").as_bytes());
        }
    }

    /// What is going on, on one line that the next one replaces; an empty text takes it away. For people only: nothing
    /// where stderr is no terminal.
    pub(super) fn progress(&self, text: &str) {
        let mut shown = self.shown.borrow_mut();
        if self.quiet || *shown == text || !io::stderr().is_terminal() {
            return;
        }
        text.clone_into(&mut shown);
        let cut: String = text.chars().filter(|c| !c.is_control()).take(WIDTH).collect();
        let _ = io::stderr().write_all(format!("\r\x1b[K{cut}").as_bytes());
    }

    /// An error that has no place in a text; the verb ends with [`Exit::Failed`].
    pub(super) fn fail(&self, message: Arguments<'_>) -> Exit {
        let _ = writeln!(io::stderr(), "recipe: {message}");
        Exit::Failed
    }

    /// Part of a result. That nobody reads on (a closed pipe) is no error.
    pub(super) fn print(&self, text: &str) -> Exit {
        match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => self.fail(format_args!("cannot write the result: {e}")),
            _ => Exit::Done,
        }
    }

    /// Whether stdout may be coloured.
    pub(super) fn colour_stdout(&self) -> bool {
        self.colour(io::stdout().is_terminal())
    }

    /// Shows the findings of a run on stderr (only errors with `--quiet`) and says whether there are errors.
    pub(super) fn findings(&self, sources: &Sources, findings: Diagnostics) -> bool {
        self.findings_in_order(sources, findings.sorted())
    }

    /// As [`Self::findings`], of findings whose order means something.
    pub(super) fn findings_in_order(&self, sources: &Sources, mut findings: Vec<Diagnostic>) -> bool {
        let failed = findings.iter().any(|d| d.severity == Severity::Error);
        findings.retain(|d| !self.quiet || d.severity == Severity::Error);
        let colour = self.colour(io::stderr().is_terminal());
        let mut text = Vec::new();
        if report::text(&mut text, sources, &findings, colour).is_ok() {
            let _ = io::stderr().write_all(&text);
        }
        if failed {
            self.say(format_args!("recipe: {}", report::summary(&findings)));
        }
        failed
    }

    fn colour(&self, is_terminal: bool) -> bool {
        match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => is_terminal && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty()),
        }
    }
}
