//! What the drop-in programs have in common: how they complain about their command lines, and where they look for
//! their configuration.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use super::getopt::Given;
use crate::base::seams::Files as _;
use crate::base::{Diagnostic, Sources};
use crate::client::problem::unwritten;
use crate::conf::path::{dirname, join};
use crate::conf::python::repr;
use crate::sources::host::Host;

/// Why a program does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Usage {
    /// It was asked for its help text.
    Help,
    /// It was asked for its version.
    Version,
    /// It was asked for another text.
    Text(String),
    /// The command line is wrong, or what it asks for cannot be done.
    Error(String),
    /// The configuration is wrong.
    Refused(Refusal),
}

/// A configuration that is refused: the original's message, and the place and the help, which are ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The original's.
    pub(super) message: String,
    /// `FILE:LINE:COLUMN`.
    place: Option<String>,
    /// What would be right, one line each.
    help: Vec<String>,
    /// What else is wrong.
    others: Vec<Self>,
}

impl Refusal {
    /// Of a file that cannot be read.
    pub(super) fn new(message: String) -> Self {
        Self { message, place: None, help: Vec::new(), others: Vec::new() }
    }

    /// Of what is wrong in a file.
    pub(super) fn of(finding: Diagnostic, sources: &Sources) -> Self {
        let place = finding.span.map(|span| sources.place(span));
        Self { message: finding.message, place, help: finding.help, others: Vec::new() }
    }

    /// The same, with a message that says more.
    pub(super) fn saying(self, message: String) -> Self {
        Self { message, ..self }
    }

    /// This, and something else that is wrong.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.others.push(other);
        self
    }

    /// Below the message.
    fn notes(&self) -> String {
        let place = self.place.iter().map(|place| format!(" --> {place}\n"));
        let help = self.help.iter().map(|help| format!("  = help: {help}\n"));
        let others = self.others.iter().map(|other| format!("Error: {}\n{}", other.message, other.notes()));
        place.chain(help).chain(others).collect()
    }
}

/// The version that the drop-in programs stand for.
pub(super) const SUPERVISOR_VERSION: &str = "4.3.0";

impl Usage {
    /// An option that was given before.
    pub(super) fn conflict(name: &str) -> Self {
        Self::Error(format!("conflicting command line option {}", repr(name)))
    }

    /// An option whose value is refused.
    pub(super) fn invalid(name: &str, value: &str, why: &str) -> Self {
        Self::Error(format!("invalid value for {name} {}: {why}", repr(value)))
    }

    /// Says it, and gives the exit status.
    pub(super) fn print(self, argv0: &str, help: &str) -> ExitCode {
        match self {
            Self::Help => printed(&help.replace("%s", argv0)),
            Self::Version => printed(&format!("{SUPERVISOR_VERSION}\n")),
            Self::Text(text) => printed(&text),
            Self::Error(message) => complained(&message, argv0, ""),
            Self::Refused(refusal) => complained(&refusal.message, argv0, &refusal.notes()),
        }
    }
}

fn complained(message: &str, argv0: &str, notes: &str) -> ExitCode {
    let _ = write!(io::stderr(), "Error: {message}\nFor help, use {argv0} -h\n{notes}");
    ExitCode::from(2)
}

/// Prints a text, and gives the exit status. That nobody reads it is no error.
pub(super) fn printed(text: &str) -> ExitCode {
    let mut out = io::stdout();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            let _ = writeln!(io::stderr(), "{}", unwritten(&why));
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

/// The words of a command line as text; what is not UTF-8 is replaced.
pub(super) fn texts(args: Vec<OsString>) -> Vec<String> {
    args.into_iter().map(|arg| arg.into_string().unwrap_or_else(|arg| arg.to_string_lossy().into_owned())).collect()
}

/// Sets what may be set once only.
pub(super) fn set_once<K>(slot: &mut Option<String>, option: &Given<K>) -> Result<(), Usage> {
    if slot.is_some() {
        return Err(Usage::conflict(&option.name));
    }
    *slot = Some(option.value.clone());
    Ok(())
}

/// Where the configuration is looked for when none is named, in order.
pub(super) fn search_path() -> Vec<String> {
    let called = std::env::args_os().next().unwrap_or_default();
    let path = std::env::var("PATH").unwrap_or_default();
    beside(&file_of(&called.to_string_lossy(), &path, |file| Host.exists(file)))
}

/// The file that a program is called by. One that is called by its name alone has been found on `path`: the originals are
/// scripts, which the kernel tells where they lie.
fn file_of(called: &str, path: &str, exists: impl Fn(&str) -> bool) -> String {
    if called.contains('/') {
        return called.to_owned();
    }
    path.split(':').map(|folder| join(folder, called)).find(|file| exists(file)).unwrap_or_else(|| called.to_owned())
}

/// The places for a program that lies there.
fn beside(program: &str) -> Vec<String> {
    let above = dirname(dirname(program));
    vec![
        join(above, "etc/supervisord.conf"),
        join(above, "supervisord.conf"),
        "supervisord.conf".to_owned(),
        "etc/supervisord.conf".to_owned(),
        "/etc/supervisord.conf".to_owned(),
        "/etc/supervisor/supervisord.conf".to_owned(),
    ]
}

/// The first of the usual places that holds a configuration.
pub(super) fn find_configuration() -> Option<String> {
    search_path().into_iter().find(|path| Host.exists(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_search_starts_beside_the_program() {
        let paths = beside("/opt/x/bin/supervisord");
        assert_eq!(paths[..3], ["/opt/x/etc/supervisord.conf", "/opt/x/supervisord.conf", "supervisord.conf"]);
        assert_eq!(beside("supervisord")[0], "etc/supervisord.conf");
    }

    #[test]
    fn who_is_called_by_name_lies_on_the_path() {
        let file = |called| file_of(called, "/no:/opt/x/bin:/usr/bin", |file| file != "/no/supervisord");
        assert_eq!(file("supervisord"), "/opt/x/bin/supervisord");
        assert_eq!(file("./supervisord"), "./supervisord");
        assert_eq!(file_of("supervisord", "", |_| false), "supervisord");
    }
}
