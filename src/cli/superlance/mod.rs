//! superlance's event listeners: their command lines, by the rules of Python's `getopt` and `optparse`, with superlance's exit
//! statuses. What they do is [`crate::agents::superlance`]'s.
//!
//! Options that superlance does not have are spelled out, so that no abbreviation of its own ones means something else.

mod batch;
mod crashmail;
mod httpok;
mod memmon;
mod optparse;
mod texts;
mod values;

use std::env;
use std::fmt::Display;
use std::io::{self, Write as _};
use std::process::ExitCode;

pub(super) use batch::{crashmailbatch, crashsms, fatalmailbatch};
pub(super) use crashmail::main as crashmail;
pub(super) use httpok::main as httpok;
pub(super) use memmon::main as memmon;

use crate::agents::mail::{Certificates, Command, Mailer};
use crate::agents::superlance::host::Host;
use crate::agents::superlance::listener::{End, Program, listen};
use crate::client::transport::Server;
use crate::runtime::memory;

/// The status after which superlance's own usage is shown.
const USAGE: u8 = 255;
/// The status of what cannot go on.
const FAILED: u8 = 1;
/// The command that sends mails.
const SENDMAIL: &str = "/usr/sbin/sendmail -t -i";

/// Why a program does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stop {
    /// It was asked for its usage.
    Help,
    /// The command line is wrong; what is said before its usage.
    Usage(Option<String>),
    /// A value is wrong, as Python says it.
    Value(String),
}

impl Stop {
    fn print(self, text: &str) -> ExitCode {
        match self {
            Self::Help => printed(text, 0),
            Self::Usage(None) => printed(text, USAGE),
            Self::Usage(Some(line)) => printed(&format!("{line}\n{text}"), USAGE),
            Self::Value(line) => complained(line, FAILED),
        }
    }
}

fn printed(text: &str, status: u8) -> ExitCode {
    // Nobody is there to be told that nobody reads.
    let _ = io::stdout().write_all(text.as_bytes());
    status.into()
}

fn complained(line: impl Display, status: u8) -> ExitCode {
    let _ = writeln!(io::stderr(), "{line}");
    status.into()
}

/// The daemon whose listener this is; none if it is not one's.
fn server() -> Option<Server> {
    let variable = |name: &str| env::var_os(name).map(|value| value.to_string_lossy().into_owned());
    let username = variable("SUPERVISOR_USERNAME").filter(|username| !username.is_empty());
    let password = username.is_some().then(|| variable("SUPERVISOR_PASSWORD").unwrap_or_default());
    Some(Server { url: variable("SUPERVISOR_SERVER_URL")?, username, password })
}

/// The group and the name of this process, as its daemon calls it.
fn own() -> Option<(String, String)> {
    let variable = |name: &str| env::var(name).ok();
    Some((variable("SUPERVISOR_GROUP_NAME")?, variable("SUPERVISOR_PROCESS_NAME")?))
}

/// Which certificates a server may have.
fn certificates(any: bool) -> Certificates {
    match env::var_os("SSL_CERT_FILE") {
        _ if any => Certificates::Any,
        Some(file) => Certificates::File(file.into()),
        None => Certificates::Web,
    }
}

fn sendmail(line: &str) -> Mailer {
    Mailer::Command(Command::new(line))
}

/// Runs a program until its daemon is gone.
fn run(program: &mut dyn Program, server: Server, mailer: Mailer, argv0: &str) -> ExitCode {
    memory::be_frugal();
    let mut stderr = io::stderr();
    let mut host = Host::new(server, mailer, &mut stderr);
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    match listen(program, &mut host, (&mut input, &mut output), &mut memory::release) {
        // It has said why, or nobody is there to be told.
        End::Fatal | End::NoMoreEvents => FAILED.into(),
        End::Malformed(why) => complained(format_args!("{argv0}: {why}"), FAILED),
        End::Io(why) => complained(format_args!("{argv0}: {why}"), FAILED),
    }
}
