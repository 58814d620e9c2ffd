//! What can go wrong with a mail, and in which words it is said: where the originals have words, in theirs, which are
//! Python's.

use std::fmt;
use std::io;

use crate::agents::shell::Ended;
use crate::base::python::{repr, repr_bytes};
use crate::client::problem::Problem as Connection;

/// Why a mail was not sent.
#[derive(Debug)]
pub enum Problem {
    /// The command cannot be run.
    NotRun(io::Error),
    /// The command did not end well.
    Ended(Ended),
    /// A server is not `HOST` or `HOST:PORT`.
    NoServer {
        /// What it is instead.
        text: String,
    },
    /// There is nobody to send it from.
    NoSender,
    /// An address that cannot be said to a server.
    Address {
        /// The address.
        text: String,
    },
    /// No connection to the server, or it broke.
    Connection(io::Error),
    /// The server ended the connection.
    Closed,
    /// The server does not want to, or cannot, let us in.
    NotLetIn(Reply),
    /// The server refuses the mail.
    Refused(Reply),
    /// The server refuses all recipients.
    NoRecipients(Vec<Refusal>),
    /// It ought to be encrypted, and the server cannot do that.
    NoStarttls,
    /// The server does not know a way to log in that we know.
    NoMechanism,
    /// The connection cannot be encrypted.
    Tls {
        /// Why, and what may help.
        why: String,
    },
    /// A file of certificates cannot be read.
    Certificates {
        /// Its path.
        path: String,
        /// Why.
        why: String,
    },
    /// Something else that is wrong about what the server says.
    Protocol {
        /// What.
        why: String,
    },
    /// SMTP is not in this binary.
    NotBuiltIn,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The number.
    pub code: u16,
    /// The words after it.
    pub text: String,
}

/// A recipient who was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The address.
    pub recipient: String,
    /// What the server said; nothing where the address is none that it could be told.
    pub reply: Option<Reply>,
}

/// The status by which a command says that it is worth trying again.
const TRY_AGAIN: i32 = 75;
/// The statuses by which a shell says that a command cannot be run.
const NOT_RUN: [i32; 2] = [126, 127];

impl Problem {
    /// Whether the same mail may be sent later. What is wrong with the mail itself stays so.
    pub fn may_pass(&self) -> bool {
        let is_transient = |reply: &Reply| reply.code / 100 == 4;
        match self {
            Self::Ended(Ended::Exit(status)) => *status == TRY_AGAIN || NOT_RUN.contains(status),
            Self::Ended(Ended::TooLate)
            | Self::NotRun(_)
            | Self::Connection(_)
            | Self::Closed
            | Self::NotLetIn(_)
            | Self::NoStarttls
            | Self::NoMechanism
            | Self::Tls { .. }
            | Self::Certificates { .. }
            | Self::Protocol { .. } => true,
            Self::Refused(reply) => is_transient(reply),
            Self::NoRecipients(refused) => {
                refused.iter().filter_map(|refusal| refusal.reply.as_ref()).any(is_transient)
            }
            Self::Ended(Ended::Signal(_))
            | Self::NoServer { .. }
            | Self::NoSender
            | Self::Address { .. }
            | Self::NotBuiltIn => false,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRun(why) => write!(f, "the command cannot be run: {}", python(why)),
            Self::Ended(Ended::Exit(status)) => write!(f, "the command failed: exit status {status}"),
            Self::Ended(Ended::Signal(number)) => write!(f, "the command failed: terminated by signal {number}"),
            Self::Ended(Ended::TooLate) => f.write_str("the command took too long, and was killed"),
            Self::NoServer { text } => write!(f, "no SMTP server: {}; expected HOST or HOST:PORT", repr(text)),
            Self::NoSender => f.write_str("nobody to send it from"),
            Self::Address { text } => f.write_str(&no_address(text)),
            Self::Connection(why) => f.write_str(&python(why)),
            Self::Closed => f.write_str("Connection unexpectedly closed"),
            Self::NotLetIn(reply) | Self::Refused(reply) => reply.fmt(f),
            Self::NoRecipients(refused) => {
                let replies = refused.iter().filter_map(|r| Some((&r.recipient, r.reply.as_ref()?)));
                let all: Vec<_> = replies.map(|(to, reply)| format!("{}: {reply}", repr(to))).collect();
                write!(f, "{{{}}}", all.join(", "))
            }
            Self::NoStarttls => f.write_str("STARTTLS extension not supported by server."),
            Self::NoMechanism => f.write_str("No suitable authentication method found."),
            Self::Certificates { path, why } => write!(f, "cannot read the certificates in '{path}': {why}"),
            Self::Tls { why } | Self::Protocol { why } => f.write_str(why),
            Self::NotBuiltIn => f.write_str("SMTP is not in this binary: it was built without the feature `smtp`"),
        }
    }
}

impl std::error::Error for Problem {}

/// As Python shows the reply of a server.
impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({}, {})", self.code, repr_bytes(self.text.as_bytes()))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reply {
            Some(reply) => write!(f, "{} was refused: {reply}", self.recipient),
            None => f.write_str(&no_address(&self.recipient)),
        }
    }
}

fn no_address(text: &str) -> String {
    format!("no address: {}; expected NAME@HOST in ASCII", repr(text))
}

/// `[Errno 111] Connection refused`.
fn python(why: &io::Error) -> String {
    match why.raw_os_error() {
        Some(number) => Connection::Io(io::Error::from_raw_os_error(number)).to_string(),
        None => Connection::Io(io::Error::new(why.kind(), why.to_string())).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(code: u16) -> Reply {
        Reply { code, text: "no".to_owned() }
    }

    fn refusal(code: u16) -> Refusal {
        Refusal { recipient: "a@b".to_owned(), reply: Some(reply(code)) }
    }

    #[test]
    fn problems_read_as_pythons() {
        let refused = Problem::Connection(io::Error::from_raw_os_error(111));
        assert_eq!(refused.to_string(), "[Errno 111] Connection refused");
        assert_eq!(Problem::Refused(reply(554)).to_string(), "(554, b'no')");
        let all = Problem::NoRecipients(vec![refusal(550), refusal(450)]);
        assert_eq!(all.to_string(), "{'a@b': (550, b'no'), 'a@b': (450, b'no')}");
    }

    #[test]
    fn what_is_wrong_with_the_mail_does_not_pass() {
        assert!(Problem::NoRecipients(vec![refusal(550), refusal(450)]).may_pass());
        assert!(!Problem::NoRecipients(vec![refusal(550)]).may_pass());
        assert!(Problem::NotLetIn(reply(535)).may_pass());
        assert!(Problem::Refused(reply(451)).may_pass());
        assert!(!Problem::Refused(reply(554)).may_pass());
    }
}
