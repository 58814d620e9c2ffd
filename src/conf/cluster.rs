//! The configuration of a cluster, `parts/NAME/cluster.toml`: the compiler writes it, the script in the bin folder hands
//! it to the program that starts and stops the cluster.
//!
//! A step is a table with exactly one of `shell`, `run`, `background` and `pid`, and may say how it is shown. What is
//! quoted here is read here as the same text, whatever the text is.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;

use super::command;
use crate::base::{Diagnostic, FileId, Span};

/// What a cluster is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cluster {
    /// The name of its part.
    pub name: String,
    /// Where its commands run, and what relative paths are relative to; absolute.
    pub directory: String,
    /// As it is written in the manifest, and shown in messages.
    pub pid_file: String,
    /// Where what has no terminal goes.
    pub log: String,
    /// Seconds that a program in the background must live for the start to have succeeded.
    pub startsecs: u64,
    /// Seconds between TERM and KILL.
    pub stopwaitsecs: u64,
    /// What starts it, in order.
    pub start: Vec<Step>,
    /// What stops it.
    pub stop: Vec<Step>,
    /// What restarts it; if there is nothing, it is stopped and started.
    pub restart: Vec<Step>,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is done.
    pub action: Action,
    /// How messages call it, where that is not what is done: a command may hold what not all may see.
    pub shown: Option<String>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A command line for the shell, which is waited for.
    Shell(String),
    /// The words of a command, which is waited for.
    Run(Vec<String>),
    /// The words of a command that is left running.
    Background(Vec<String>),
    /// Ends a process: its number, or a file that holds it.
    Pid(Victim),
}

/// Which process a `pid:` ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Victim {
    /// This one.
    Number(i32),
    /// The one whose number is in a file.
    File(String),
}

impl Victim {
    /// What stands behind `pid:`. Only digits are a number; a number must be that of a process that may be ended: not 0,
    /// which is a group, nor 1, which is the system.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_number = text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
        match text.parse::<i32>() {
            Ok(number @ 2..) => Ok(Self::Number(number)),
            _ if text.is_empty() || is_number => Err(PID_EXPECTED),
            _ if text.contains('\0') => Err("a path without a NUL"),
            _ => Ok(Self::File(text.to_owned())),
        }
    }
}

/// What may stand behind `pid:`.
const PID_EXPECTED: &str = "the number of a process, from 2 on, or the path of a pid file";

impl std::fmt::Display for Victim {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::File(path) => f.write_str(path),
        }
    }
}

impl Step {
    /// How messages call it.
    pub fn shown(&self) -> String {
        if let Some(shown) = &self.shown {
            return shown.clone();
        }
        match &self.action {
            Action::Shell(line) => line.clone(),
            Action::Run(words) | Action::Background(words) => shell_words::join(words),
            Action::Pid(victim) => format!("pid:{victim}"),
        }
    }

    /// As a table of the configuration. Marks of secrets are left alone.
    pub fn written(&self) -> String {
        let mut text = match &self.action {
            Action::Shell(line) => format!("{{ shell = {}", quote(line)),
            Action::Run(words) => format!("{{ run = {}", list(words)),
            Action::Background(words) => format!("{{ background = {}", list(words)),
            Action::Pid(victim) => format!("{{ pid = {}", quote(&victim.to_string())),
        };
        if let Some(shown) = &self.shown {
            let _ = write!(text, ", shown = {}", quote(shown));
        }
        text + " }"
    }
}

/// `text` as a string of TOML.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    format!("[{}]", quoted.join(", "))
}

/// Reads a configuration. All that is wrong with its steps is told, and the first thing that is wrong with the rest.
pub fn read(file: FileId, text: &str) -> Result<Cluster, Vec<Diagnostic>> {
    let at = |range: Range<usize>| Span::new(file, range.start, range.end);
    let raw: Raw = toml::from_str(text).map_err(|why| {
        let message = why.message().replace("expected u64", "expected a number of seconds");
        vec![Diagnostic::error(CODE, at(why.span().unwrap_or(0..0)), message)]
    })?;
    let mut found = Vec::new();
    let mut steps = |raw: Vec<Spanned<RawStep>>| -> Vec<Step> {
        let read = raw.into_iter().filter_map(|step| {
            let span = at(step.span());
            step.into_inner()
                .step()
                .map_err(|expected| found.push(Diagnostic::error(CODE, span, format!("expected {expected}"))))
                .ok()
        });
        read.collect()
    };
    let (start, stop, restart) = (steps(raw.start), steps(raw.stop), steps(raw.restart));
    for (key, path) in [("directory", &raw.directory), ("pid-file", &raw.pid_file), ("log", &raw.log)] {
        let expected = match key {
            "pid-file" if path.get_ref().is_empty() => "the path of a file",
            "directory" | "log" if !path.get_ref().starts_with('/') => "an absolute path",
            _ => continue,
        };
        let message = format!("`{key}` is `{}`: expected {expected}", path.get_ref());
        found.push(Diagnostic::error(CODE, at(path.span()), message));
    }
    if !found.is_empty() {
        return Err(found);
    }
    Ok(Cluster {
        name: raw.name,
        directory: raw.directory.into_inner(),
        pid_file: raw.pid_file.into_inner(),
        log: raw.log.into_inner(),
        startsecs: raw.startsecs,
        stopwaitsecs: raw.stopwaitsecs,
        start,
        stop,
        restart,
    })
}

/// The rule of all findings in such a file.
const CODE: &str = "cluster-config";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Raw {
    name: String,
    directory: Spanned<String>,
    pid_file: Spanned<String>,
    log: Spanned<String>,
    startsecs: u64,
    stopwaitsecs: u64,
    start: Vec<Spanned<RawStep>>,
    stop: Vec<Spanned<RawStep>>,
    restart: Vec<Spanned<RawStep>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    shell: Option<String>,
    run: Option<Vec<String>>,
    background: Option<Vec<String>>,
    pid: Option<String>,
    shown: Option<String>,
}

impl RawStep {
    /// The step; what was expected, if it is none.
    fn step(self) -> Result<Step, &'static str> {
        let action = match (self.shell, self.run, self.background, self.pid) {
            (Some(line), None, None, None) => Action::Shell(line),
            (None, Some(words), None, None) if is_command(&words) => Action::Run(words),
            (None, None, Some(words), None) if is_command(&words) => Action::Background(words),
            (None, Some(_), None, None) | (None, None, Some(_), None) => {
                return Err("the words of a command, a program first");
            }
            (None, None, None, Some(text)) => Action::Pid(Victim::parse(&text)?),
            _ => return Err("one of `shell`, `run`, `background` and `pid`"),
        };
        Ok(Step { action, shown: self.shown })
    }
}

/// Whether the words begin with a program.
pub fn is_command(words: &[String]) -> bool {
    words.first().is_some_and(|program| !program.is_empty())
}

/// Where a line puts what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefix {
    /// `background:`
    Background,
    /// `pid:`
    Pid,
}

/// The prefix of a line, and what stands behind it.
pub fn prefix(text: &str) -> (Option<Prefix>, &str) {
    if let Some(rest) = text.strip_prefix("background:") {
        return (Some(Prefix::Background), rest.trim());
    }
    text.strip_prefix("pid:").map_or((None, text), |rest| (Some(Prefix::Pid), rest.trim()))
}

/// Why a line is no step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadStep {
    /// Nothing stands behind `background:`.
    NoCommand,
    /// The words cannot be told apart.
    Split(command::SplitError),
    /// What stands behind `pid:` is no process; what was expected.
    Pid(&'static str),
}

/// The step that a line means. Its blanks at the ends mean nothing.
pub fn step_of_line(line: &str) -> Result<Action, BadStep> {
    let line = line.trim();
    match prefix(line) {
        (None, line) => Ok(Action::Shell(line.to_owned())),
        (Some(Prefix::Background), rest) => {
            let words = command::split(rest).map_err(BadStep::Split)?;
            if is_command(&words) { Ok(Action::Background(words)) } else { Err(BadStep::NoCommand) }
        }
        (Some(Prefix::Pid), rest) => Victim::parse(rest).map(Action::Pid).map_err(BadStep::Pid),
    }
}

/// The step that a list of words means.
pub fn step_of_words(words: &[String]) -> Result<Action, BadStep> {
    let Some((first, others)) = words.split_first() else { return Err(BadStep::NoCommand) };
    let (prefix, first) = prefix(first);
    let words = [&[first.to_owned()], others].concat();
    match prefix {
        Some(Prefix::Pid) if others.is_empty() => Victim::parse(first).map(Action::Pid).map_err(BadStep::Pid),
        Some(Prefix::Pid) => Err(BadStep::Pid(PID_EXPECTED)),
        _ if !is_command(&words) => Err(BadStep::NoCommand),
        Some(Prefix::Background) => Ok(Action::Background(words)),
        None => Ok(Action::Run(words)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Sources;

    const HEAD: &str =
        "name = \"c\"\ndirectory = \"/p\"\npid-file = \"c.pid\"\nlog = \"/p/log\"\nstartsecs = 1\nstopwaitsecs = 10\n";

    fn faults(text: &str) -> Vec<String> {
        let mut sources = Sources::new();
        let file = sources.add("cluster.toml", text);
        let found = read(file, text).unwrap_err();
        found.into_iter().map(|d| format!("{}: {}", sources.place(d.span.unwrap()), d.message)).collect()
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let steps = "start = [\n  { shell = \"a\", run = [\"b\"] },\n  { run = [] },\n  { pid = \"1\" },\n]\nstop = []\nrestart = []\n";
        assert_eq!(
            faults(&format!("{HEAD}{steps}")),
            [
                "cluster.toml:8:3: expected one of `shell`, `run`, `background` and `pid`",
                "cluster.toml:9:3: expected the words of a command, a program first",
                "cluster.toml:10:3: expected the number of a process, from 2 on, or the path of a pid file",
            ]
        );
        let relative = HEAD.replace("/p\"", "p\"").replace("c.pid", "");
        assert_eq!(
            faults(&format!("{relative}start = []\nstop = []\nrestart = []\n")),
            [
                "cluster.toml:2:13: `directory` is `p`: expected an absolute path",
                "cluster.toml:3:12: `pid-file` is ``: expected the path of a file",
            ]
        );
        assert_eq!(faults("name = 3\n"), ["cluster.toml:1:8: invalid type: integer `3`, expected a string"]);
        let unknown = faults(&format!("{HEAD}start = [{{ shel = \"a\" }}]\nstop = []\nrestart = []\n"));
        assert!(unknown[0].starts_with("cluster.toml:7:12: unknown field `shel`, expected one of"), "{unknown:?}");
        assert!(faults("name = ").remove(0).starts_with("cluster.toml:1:8: "));
        assert!(faults(HEAD)[0].contains("missing field `start`"));
    }

    #[test]
    fn a_line_says_what_it_is() {
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(step_of_line(" bin/x a | b "), Ok(Action::Shell("bin/x a | b".into())));
        assert_eq!(step_of_line("background: bin/x 'a b'"), Ok(Action::Background(words(&["bin/x", "a b"]))));
        assert_eq!(step_of_line("background:"), Err(BadStep::NoCommand));
        assert_eq!(step_of_line("background:''"), Err(BadStep::NoCommand));
        assert_eq!(step_of_line("background:'"), Err(BadStep::Split(command::SplitError::NoClosingQuotation)));
        assert_eq!(step_of_line("pid:/run/a:b.pid"), Ok(Action::Pid(Victim::File("/run/a:b.pid".into()))));
        assert_eq!(step_of_line("pid: 42"), Ok(Action::Pid(Victim::Number(42))));
        for wrong in ["pid:", "pid:0", "pid:1", "pid:-5", "pid:99999999999"] {
            assert_eq!(step_of_line(wrong), Err(BadStep::Pid(PID_EXPECTED)), "{wrong}");
        }
        assert_eq!(step_of_words(&words(&["background:a", " b"])), Ok(Action::Background(words(&["a", " b"]))));
        assert_eq!(step_of_words(&words(&["a b"])), Ok(Action::Run(words(&["a b"]))));
        assert_eq!(step_of_words(&words(&["pid:f"])), Ok(Action::Pid(Victim::File("f".into()))));
        assert_eq!(step_of_words(&words(&["pid:f", "g"])), Err(BadStep::Pid(PID_EXPECTED)));
        assert_eq!(step_of_words(&[]), Err(BadStep::NoCommand));
    }

    fn steps() -> impl Strategy<Value = Step> {
        let words = || ("[^\0]{1,5}", proptest::collection::vec(any::<String>(), 0..4));
        let words = move || words().prop_map(|(program, rest)| [vec![program], rest].concat());
        let action = prop_oneof![
            any::<String>().prop_map(Action::Shell),
            words().prop_map(Action::Run),
            words().prop_map(Action::Background),
            (2..i32::MAX).prop_map(|n| Action::Pid(Victim::Number(n))),
            "/[^\0]{0,9}".prop_map(|path| Action::Pid(Victim::File(path))),
        ];
        (action, proptest::option::of(any::<String>())).prop_map(|(action, shown)| Step { action, shown })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(steps in proptest::collection::vec(steps(), 0..5), name in any::<String>()) {
            let list = steps.iter().map(Step::written).collect::<Vec<_>>().join(",\n");
            let head = HEAD.replace("\"c\"", &quote(&name));
            let text = format!("{head}start = [{list}]\nstop = []\nrestart = [{list}]\n");
            let file = Sources::new().add("cluster.toml", text.as_str());
            let cluster = read(file, &text).unwrap();
            prop_assert_eq!(cluster.name, name);
            prop_assert_eq!(&cluster.start, &steps);
            prop_assert_eq!(cluster.restart, steps);
        }
    }
}
