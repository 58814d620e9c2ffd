//! Line editing with history and completion, for the shell of supervisorctl.

use std::fs::{self, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;

use rustyline::completion::Completer as Complete;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use crate::client::shell::{Completer, Editor, Entry};

/// So many lines of earlier sessions are at hand.
const MOST_LINES: usize = 10_000;

/// An editor on the terminal.
pub(super) struct LineEditor {
    editor: rustyline::Editor<Names, MemHistory>,
    history_file: Option<String>,
}

impl LineEditor {
    /// Takes up the history of an earlier session, if there is one.
    pub(super) fn new(completer: Completer, history_file: Option<String>) -> rustyline::Result<Self> {
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true);
        let config = config.max_history_size(MOST_LINES)?.build();
        let history = MemHistory::with_config(&config);
        let mut editor = rustyline::Editor::with_history(config, history)?;
        editor.set_helper(Some(Names(completer)));
        // None yet, or not ours to read: the session starts without one.
        let former = history_file.as_ref().and_then(|file| fs::read(file).ok()).unwrap_or_default();
        for line in String::from_utf8_lossy(&former).lines() {
            editor.add_history_entry(line)?;
        }
        Ok(Self { editor, history_file })
    }

    /// Adds a line to the file, as GNU readline keeps them: Supervisor's own client may use the same one. It is added at once,
    /// so that sessions that go on at the same time lose nothing of each other.
    fn remember(&self, line: &str) {
        if let (Some(file), false) = (&self.history_file, line.trim().is_empty()) {
            // A history that cannot be kept is no reason to fail.
            let _ = append(file, line);
        }
    }
}

impl Editor for LineEditor {
    fn line(&mut self, prompt: &str) -> io::Result<Entry> {
        if let Some(Names(completer)) = self.editor.helper() {
            completer.forget();
        }
        match self.editor.readline(prompt) {
            Ok(line) => {
                self.remember(&line);
                Ok(Entry::Line(line))
            }
            Err(ReadlineError::Eof) => Ok(Entry::End),
            Err(ReadlineError::Interrupted) => Ok(Entry::Interrupt),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

/// On a line of its own, also where somebody has left the last one without an end.
fn append(file: &str, line: &str) -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).open(file)?;
    let mut last = *b"\n";
    if file.seek(SeekFrom::End(-1)).is_ok() {
        file.read_exact(&mut last)?;
    }
    let start = if last == *b"\n" { "" } else { "\n" };
    file.write_all(format!("{start}{line}\n").as_bytes())
}

/// Completes the names of actions, groups and processes.
struct Names(Completer);

impl Complete for Names {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _context: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let typed = line.get(..at).unwrap_or(line);
        let start = typed.rfind(char::is_whitespace).map_or(0, |blank| blank + 1);
        Ok((start, self.0.complete(typed)))
    }
}

impl Highlighter for Names {}

impl Hinter for Names {
    type Hint = String;
}

impl Validator for Names {}

impl Helper for Names {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_on_a_line_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        for before in ["", "one", "one\n"] {
            fs::write(&file, before).unwrap();
            append(file.to_str().unwrap(), "two").unwrap();
            append(file.to_str().unwrap(), "three").unwrap();
            let one = if before.is_empty() { "" } else { "one\n" };
            assert_eq!(fs::read_to_string(&file).unwrap(), format!("{one}two\nthree\n"));
        }
    }
}
