//! The way by a command, such as `/usr/sbin/sendmail -t -i`.

use std::time::Duration;

use super::Mail;
use super::message;
use super::problem::Problem;
use crate::agents::shell::{self, Ended, Output};

/// A command of the shell that sends the mail on its standard input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What the shell runs.
    pub line: String,
    /// How long it may take.
    pub timeout: Duration,
}

/// How long a command may take if nothing else is said: long enough for one that talks to a slow server.
const TIMEOUT: Duration = Duration::from_secs(120);

impl Command {
    /// The command, with the usual timeout.
    pub fn new(line: &str) -> Self {
        Self { line: line.to_owned(), timeout: TIMEOUT }
    }

    /// Hands it the mail, and waits for its end.
    pub(super) fn send(&self, mail: &Mail) -> Result<(), Problem> {
        let text = message::for_command(mail);
        let (ended, _) =
            shell::run(&self.line, text.as_bytes(), Output::ToStderr, self.timeout).map_err(Problem::NotRun)?;
        if ended == Ended::Exit(0) { Ok(()) } else { Err(Problem::Ended(ended)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_command_says_at_its_end_counts() {
        let mail = Mail { from: None, to: vec!["a@b".to_owned()], subject: None, body: "x".to_owned() };
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mail");
        Command::new(&format!("cat > {}", file.display())).send(&mail).unwrap();
        assert_eq!(std::fs::read_to_string(file).unwrap(), "To: a@b\n\nx");
        let problem = |line: &str| Command::new(line).send(&mail).unwrap_err();
        assert_eq!(problem("exit 75").to_string(), "the command failed: exit status 75");
        for (line, may_pass) in [("exit 75", true), ("exit 64", false), ("exec /nowhere/x 2>&-", true)] {
            assert_eq!(problem(line).may_pass(), may_pass, "{line}");
        }
    }
}
