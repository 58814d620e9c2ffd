//! The interactive shell: `status` first, then line by line.

use std::cell::RefCell;
use std::io;
use std::rc::Rc;
use std::time::Duration;

use super::commands::COMMANDS;
use super::console::Console;
use super::follow;
use super::interrupt::Interrupt;
use super::proxy::{ProcessInfo, Proxy};
use super::supervisorctl::{Controller, Flow};
use super::transport::Server;

/// How long the user waits for a completion at most.
const TO_COMPLETE: Duration = Duration::from_secs(2);

/// What the user entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    /// A line.
    Line(String),
    /// The end of the input.
    End,
    /// Ctrl-C.
    Interrupt,
}

/// A line editor; without one, lines are read as they are.
pub trait Editor {
    /// Shows the prompt and waits for a line.
    fn line(&mut self, prompt: &str) -> io::Result<Entry>;
}

/// Runs lines until one of them, the end of the input or Ctrl-C ends it.
pub fn run(controller: &mut Controller<'_>, mut editor: Option<&mut dyn Editor>) -> io::Result<()> {
    let prompt = format!("{}> ", controller.settings().prompt);
    let mut flow = controller.run("status");
    while flow == Flow::Continue {
        flow = match next_entry(controller, &mut editor, &prompt)? {
            Entry::Line(line) => controller.run(&line),
            Entry::End => controller.run("EOF"),
            Entry::Interrupt => {
                controller.line("");
                Flow::Quit
            }
        };
    }
    controller.console.flush();
    Ok(())
}

fn next_entry(
    controller: &mut Controller<'_>,
    editor: &mut Option<&mut dyn Editor>,
    prompt: &str,
) -> io::Result<Entry> {
    if let Some(editor) = editor {
        return editor.line(prompt);
    }
    plain_entry(&mut controller.console, prompt)
}

/// A line as it is typed. Ctrl-C is one here, too, and no death.
fn plain_entry(console: &mut Console<'_>, prompt: &str) -> io::Result<Entry> {
    let interrupt = Interrupt::new()?;
    console.bytes(prompt.as_bytes());
    loop {
        if let Some(line) = console.input().buffered_line() {
            return Ok(Entry::Line(line));
        }
        if follow::is_interrupted(&interrupt, console)? {
            return Ok(Entry::Interrupt);
        }
        if !console.input().fill()? {
            return Ok(console.input().rest().map_or(Entry::End, Entry::Line));
        }
    }
}

/// What a word can be completed to. The daemon is asked once between two commands.
#[derive(Clone)]
pub struct Completer {
    server: Server,
    known: Rc<RefCell<Option<Vec<ProcessInfo>>>>,
}

impl Completer {
    /// Completes the names that this daemon knows.
    pub fn new(server: Server) -> Self {
        Self { server, known: Rc::default() }
    }

    /// Forgets what the daemon said.
    pub fn forget(&self) {
        *self.known.borrow_mut() = None;
    }

    /// The completions of the last word of `line`, each with a blank behind it.
    pub fn complete(&self, line: &str) -> Vec<String> {
        let word = line.rsplit(char::is_whitespace).next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let candidates = match (words.next(), words.next().is_some() || line.ends_with(char::is_whitespace)) {
            (None | Some(_), false) | (None | Some("help"), true) => actions(),
            (Some("add" | "remove" | "update"), true) => self.groups(),
            (Some("clear" | "fg" | "pid" | "restart" | "signal" | "start" | "status" | "stop" | "tail"), true) => {
                self.processes(word)
            }
            _ => Vec::new(),
        };
        candidates.into_iter().filter(|name| name.starts_with(word)).map(|name| format!("{name} ")).collect()
    }

    fn infos(&self) -> Vec<ProcessInfo> {
        let mut known = self.known.borrow_mut();
        // A daemon that is away has nothing to complete; the next command will say so.
        let ask = || Proxy::patient(self.server.clone(), TO_COMPLETE).all_process_info().unwrap_or_default();
        known.get_or_insert_with(ask).clone()
    }

    fn groups(&self) -> Vec<String> {
        let mut names: Vec<String> = self.infos().into_iter().map(|info| info.group).collect();
        names.dedup();
        names
    }

    fn processes(&self, word: &str) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for info in self.infos() {
            if !word.contains(':') && info.name == info.group {
                names.push(info.name);
                continue;
            }
            names.push(format!("{}:{}", info.group, info.name));
            let all = format!("{}:*", info.group);
            if !names.contains(&all) {
                names.push(all);
            }
        }
        names
    }
}

fn actions() -> Vec<String> {
    COMMANDS.iter().map(|command| command.name).filter(|name| *name != "EOF").map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completer() -> Completer {
        let server = Server { url: "unix:///nowhere".to_owned(), username: None, password: None };
        let completer = Completer::new(server);
        let info = |group: &str, name: &str| ProcessInfo {
            group: group.to_owned(),
            name: name.to_owned(),
            state: 20,
            statename: "RUNNING".to_owned(),
            pid: 1,
            exit_status: 0,
            start: 0,
            now: 0,
            description: String::new(),
        };
        *completer.known.borrow_mut() = Some(vec![info("cat", "cat"), info("g", "a"), info("g", "b")]);
        completer
    }

    #[test]
    fn words_are_completed_by_what_the_command_takes() {
        let completer = completer();
        assert_eq!(completer.complete("st"), ["start ", "status ", "stop "]);
        assert_eq!(completer.complete("help rer"), ["reread "]);
        assert_eq!(completer.complete("add "), ["cat ", "g "]);
        assert_eq!(completer.complete("start c"), ["cat "]);
        assert_eq!(completer.complete("start cat g"), ["g:a ", "g:* ", "g:b "]);
        assert_eq!(completer.complete("stop cat:"), ["cat:cat ", "cat:* "]);
        assert_eq!(completer.complete("version x"), [""; 0]);
    }
}
