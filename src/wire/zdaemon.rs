//! What zdaemon's controller and its manager say to each other over a socket: one line to the manager, a text back.
//!
//! Deliberately absent: sockets, and what the commands do.

use std::fmt;

use crate::base::python::{NotInteger, int, repr};

/// Bytes of a command that has no end after which it is refused.
const LONGEST: usize = 10_000;

/// What the manager is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// How things are.
    Status,
    /// Run the program.
    Start,
    /// Stop it, and leave.
    Stop,
    /// Stop it, and run it again.
    Restart,
    /// Send it a signal; SIGTERM where none is named.
    Kill(Option<i64>),
    /// Open the transcript and the logs anew.
    ReopenTranscript,
}

/// Why the manager does not do what it is asked for, in its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// A line without a word.
    Empty,
    /// A word that is no command.
    Unknown(String),
    /// `kill` with what is no number.
    BadSignal(String),
    /// The client ended before its line did.
    NoNewline,
    /// The line has no end.
    TooLong,
    /// Somebody else asked meanwhile.
    Superseded,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty command"),
            Self::Unknown(word) => write!(f, "Unknown command {}; 'help' for a list", repr(word)),
            Self::BadSignal(word) => write!(f, "Bad signal {}", repr(word)),
            Self::NoNewline => f.write_str("Command not terminated by newline"),
            Self::TooLong => f.write_str("Command exceeds 10 KB"),
            Self::Superseded => f.write_str("Command superseded by new command"),
        }
    }
}

/// Puts a request together from the pieces in which it comes.
#[derive(Debug, Default)]
pub struct Request(Vec<u8>);

impl Request {
    /// Takes a piece; an empty one is the end. Nothing comes back as long as the line is not complete.
    pub fn push(&mut self, piece: &[u8]) -> Option<Result<Command, Refused>> {
        self.0.extend_from_slice(piece);
        if let Some(end) = memchr::memchr(b'\n', &self.0) {
            return Some(parse(&String::from_utf8_lossy(&self.0[..end])));
        }
        if piece.is_empty() {
            return Some(Err(Refused::NoNewline));
        }
        (self.0.len() > LONGEST).then_some(Err(Refused::TooLong))
    }
}

fn parse(line: &str) -> Result<Command, Refused> {
    let mut words = line.split_ascii_whitespace();
    match words.next().ok_or(Refused::Empty)? {
        "status" => Ok(Command::Status),
        "start" => Ok(Command::Start),
        "stop" => Ok(Command::Stop),
        "restart" => Ok(Command::Restart),
        "reopen_transcript" => Ok(Command::ReopenTranscript),
        "kill" => match words.next() {
            None => Ok(Command::Kill(None)),
            Some(word) => match int(word, 10) {
                Ok(signal) => Ok(Command::Kill(Some(signal))),
                Err(NotInteger::Malformed | NotInteger::TooLarge) => Err(Refused::BadSignal(word.to_owned())),
            },
        },
        word => Err(Refused::Unknown(word.to_owned())),
    }
}

impl Command {
    /// The line that asks for it.
    pub fn line(&self) -> String {
        match self {
            Self::Status => "status\n".to_owned(),
            Self::Start => "start\n".to_owned(),
            Self::Stop => "stop\n".to_owned(),
            Self::Restart => "restart\n".to_owned(),
            Self::Kill(None) => "kill\n".to_owned(),
            Self::Kill(Some(signal)) => format!("kill {signal}\n"),
            Self::ReopenTranscript => "reopen_transcript\n".to_owned(),
        }
    }
}

/// How things are with a manager.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Status {
    /// Seconds since 1970.
    pub now: f64,
    /// Whether the program shall run.
    pub should_be_up: bool,
    /// Until when it waits before it runs or kills the program, in seconds since 1970; 0 if it does not.
    pub delay: f64,
    /// How many seconds it waits before it runs a program again that ends too soon.
    pub backoff: i64,
    /// When the program was run last, in seconds since 1970; 0 if it never was.
    pub lasttime: f64,
    /// The program's process; 0 if there is none.
    pub application: i32,
    /// Whether it is yet to be seen that the program is up.
    pub testing: bool,
    /// The manager's process.
    pub manager: i32,
    /// How many seconds a program must live for not to have ended too soon.
    pub backofflimit: i64,
    /// The file that is run.
    pub filename: String,
    /// The words it is run with.
    pub args: Vec<String>,
}

impl Status {
    /// The manager's answer.
    pub fn text(&self) -> String {
        let status = if self.application == 0 { "stopped" } else { "running" };
        let args: Vec<String> = self.args.iter().map(|arg| repr(arg)).collect();
        format!(
            "status={status}\nnow={}\nshould_be_up={}\ndelay={}\nbackoff={}\nlasttime={}\napplication={}\ntesting={}\n\
             manager={}\nbackofflimit={}\nfilename={}\nargs=[{}]\n",
            seconds(self.now),
            u8::from(self.should_be_up),
            seconds(self.delay),
            self.backoff,
            seconds(self.lasttime),
            self.application,
            u8::from(self.testing),
            self.manager,
            self.backofflimit,
            repr(&self.filename),
            args.join(", "),
        )
    }
}

/// As Python prints it: 0 is a number without a point.
fn seconds(time: f64) -> String {
    if time == 0.0 { "0".to_owned() } else { format!("{time:?}") }
}

/// What a controller needs of a manager's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// All of it.
    pub raw: String,
    /// The program's process; 0 if there is none.
    pub pid: i32,
    /// Whether the program shall run.
    pub should_be_up: bool,
    /// Whether it is yet to be seen that it is up.
    pub testing: bool,
    /// The words it is run with, if they could be read.
    pub args: Option<Vec<String>>,
}

impl Seen {
    /// Reads an answer; none where it is not that of a manager.
    pub fn parse(raw: &str) -> Option<Self> {
        let value = |key: &str| raw.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
        let digits = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let pid = value("application").filter(digits)?.parse().ok()?;
        let is_set = |key, default| value(key).filter(digits).map_or(default, |text| text.bytes().any(|b| b != b'0'));
        Some(Self {
            raw: raw.to_owned(),
            pid,
            should_be_up: is_set("should_be_up", true),
            testing: is_set("testing", false),
            args: value("args").and_then(list),
        })
    }
}

/// A list of texts as Python prints it.
fn list(text: &str) -> Option<Vec<String>> {
    let mut rest = text.trim().strip_prefix('[')?.strip_suffix(']')?.trim_start();
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (item, after) = literal(rest)?;
        items.push(item);
        rest = after.trim_start();
        match rest.strip_prefix(',') {
            Some(after) => rest = after.trim_start(),
            None if rest.is_empty() => {}
            None => return None,
        }
    }
    Some(items)
}

/// A text in quotes, and what stands after it.
fn literal(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut out = String::new();
    let mut chars = text[1..].char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((out, &text[1 + at + 1..])),
            '\\' => {
                let (_, escaped) = chars.next()?;
                let digits = match escaped {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    'n' | 'r' | 't' => {
                        out.push(match escaped {
                            'n' => '\n',
                            'r' => '\r',
                            _ => '\t',
                        });
                        continue;
                    }
                    other => {
                        out.push(other);
                        continue;
                    }
                };
                let mut code = 0;
                for _ in 0..digits {
                    code = code * 16 + chars.next()?.1.to_digit(16)?;
                }
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
            c => out.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn asked(pieces: &[&str]) -> Option<Result<Command, Refused>> {
        let mut request = Request::default();
        pieces.iter().find_map(|piece| request.push(piece.as_bytes()))
    }

    #[test]
    fn requests() {
        assert_eq!(asked(&["sta", "tus", "\nmore"]), Some(Ok(Command::Status)));
        assert_eq!(asked(&["kill  12 x\n"]), Some(Ok(Command::Kill(Some(12)))));
        assert_eq!(asked(&["sta"]), None);
        let words = |pieces: &[&str]| asked(pieces).unwrap().unwrap_err().to_string();
        assert_eq!(words(&["status", ""]), "Command not terminated by newline");
        assert_eq!(words(&[" \n"]), "Empty command");
        assert_eq!(words(&["help\n"]), "Unknown command 'help'; 'help' for a list");
        assert_eq!(words(&["kill x\n"]), "Bad signal 'x'");
        assert_eq!(words(&[&"x".repeat(LONGEST), "x"]), "Command exceeds 10 KB");
    }

    #[test]
    fn a_status_is_what_the_original_prints() {
        let status = Status {
            now: 1_700_000_000.25,
            should_be_up: true,
            lasttime: 1_700_000_000.0,
            application: 7,
            manager: 6,
            backofflimit: 10,
            filename: "/bin/sleep".into(),
            args: vec!["sleep".into(), "it's".into()],
            ..Status::default()
        };
        let text = "status=running\nnow=1700000000.25\nshould_be_up=1\ndelay=0\nbackoff=0\nlasttime=1700000000.0\n\
                    application=7\ntesting=0\nmanager=6\nbackofflimit=10\nfilename='/bin/sleep'\n\
                    args=['sleep', \"it's\"]\n";
        assert_eq!(status.text(), text);
        let seen = Seen::parse(text).unwrap();
        assert_eq!((seen.pid, seen.should_be_up, seen.testing, seen.args), (7, true, false, Some(status.args)));
    }

    #[test]
    fn what_is_no_status_is_none() {
        assert_eq!(Seen::parse("hello\n"), None);
        assert_eq!(Seen::parse("application=x\n"), None);
        let seen = Seen::parse("application=0\nargs=[1]").unwrap();
        assert_eq!((seen.should_be_up, seen.args), (true, None));
    }

    proptest! {
        #[test]
        fn arguments_come_through(args in proptest::collection::vec("(['\"\\\\\\n\\t]|\\PC|\\x07){0,8}", 0..4)) {
            let status = Status { args: args.clone(), ..Status::default() };
            prop_assert_eq!(Seen::parse(&status.text()).unwrap().args, Some(args));
        }

        #[test]
        fn any_answer_is_read(text in "(application=1\n)?args=\\PC{0,30}") {
            let _ = Seen::parse(&text);
        }
    }
}
