//! Mails: what is in them, and the two ways by which they go.
//!
//! ```text
//! Mail → Mailer ── Command: the mail is the standard input of a command such as `/usr/sbin/sendmail -t -i`
//!               └─ Smtp: a connection to a server, with STARTTLS and login where they are asked for
//! ```
//!
//! ```no_run
//! use recipe::agents::mail::{Mail, Mailer, Smtp};
//!
//! let mail = Mail {
//!     from: Some("ctl@example.org".to_owned()),
//!     to: vec!["admin@example.org".to_owned()],
//!     subject: Some("web is down".to_owned()),
//!     body: "web does not answer".to_owned(),
//! };
//! let mailer = Mailer::Smtp(Smtp::new("localhost:25").unwrap());
//! match mailer.send(&mail) {
//!     Ok(refused) => refused.iter().for_each(|refusal| drop(refusal.to_string())),
//!     Err(problem) if problem.may_pass() => {} // keep the mail, and try again later
//!     Err(_) => {}
//! }
//! ```
//!
//! Nothing is opened, and no memory taken, before a mail is sent. Nothing takes longer than its timeout. A password is
//! shown nowhere: not in an error, not by `Debug`.
//!
//! | module | holds | touches the world |
//! |---|---|---|
//! | [`message`] | a mail as text, for a command and for SMTP | no |
//! | [`command`] | the way by a command | yes |
//! | [`smtp`] | the way by SMTP | yes |
//! | [`problem`] | all words for what can go wrong | no |
//!
//! Deliberately absent: attachments, HTML, names beside addresses in anything but ASCII; keeping what could not be sent,
//! for which whoever sends has its own rules.

mod command;
mod message;
mod problem;
mod smtp;

pub use command::Command;
pub use message::bare as address;
pub use problem::{Problem, Refusal};
pub use smtp::{Certificates, Login, Smtp, Tls};

/// A mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// Who sends it. SMTP needs it; a command has its own idea.
    pub from: Option<String>,
    /// Who gets it.
    pub to: Vec<String>,
    /// What it is about; the header is left out where there is none.
    pub subject: Option<String>,
    /// What it says, in lines that end in `\n`.
    pub body: String,
}

impl Mail {
    /// What the standard input of a command is: the headers, a blank line, and the body.
    pub fn text(&self) -> String {
        message::for_command(self)
    }
}

/// A way to send mails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailer {
    /// By a command.
    Command(Command),
    /// By SMTP.
    Smtp(Smtp),
}

impl Mailer {
    /// Sends a mail. It may have gone to some of its recipients only: those who were refused are the result.
    pub fn send(&self, mail: &Mail) -> Result<Vec<Refusal>, Problem> {
        match self {
            Self::Command(command) => command.send(mail).map(|()| Vec::new()),
            Self::Smtp(smtp) => smtp.send(mail),
        }
    }
}
