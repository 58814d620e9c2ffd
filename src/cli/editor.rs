//! Line editing with history and completion, for the shell of supervisorctl.

use std::io;

use rustyline::completion::Completer as Complete;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::FileHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Helper};

use crate::client::shell::{Completer, Editor, Entry};

/// An editor on the terminal.
pub(super) struct LineEditor {
    editor: rustyline::Editor<Names, FileHistory>,
    history_file: Option<String>,
}

impl LineEditor {
    /// Takes up the history of an earlier session, if there is one.
    pub(super) fn new(completer: Completer, history_file: Option<String>) -> rustyline::Result<Self> {
        let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
        let mut editor = rustyline::Editor::with_config(config)?;
        editor.set_helper(Some(Names(completer)));
        if let Some(file) = &history_file {
            // None yet, or not ours to read: the session starts without one.
            let _ = editor.load_history(file);
        }
        Ok(Self { editor, history_file })
    }
}

impl Editor for LineEditor {
    fn line(&mut self, prompt: &str) -> io::Result<Entry> {
        if let Some(Names(completer)) = self.editor.helper() {
            completer.forget();
        }
        match self.editor.readline(prompt) {
            Ok(line) => Ok(Entry::Line(line)),
            Err(ReadlineError::Eof) => Ok(Entry::End),
            Err(ReadlineError::Interrupted) => Ok(Entry::Interrupt),
            Err(ReadlineError::Io(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }
    }
}

impl Drop for LineEditor {
    fn drop(&mut self) {
        if let Some(file) = &self.history_file {
            // A history that cannot be kept is no reason to fail.
            let _ = self.editor.save_history(file);
        }
    }
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
