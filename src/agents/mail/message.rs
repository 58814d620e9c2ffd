//! A mail as text for a command, as superlance writes it: `To`, `Subject`, and the body as it is.
//!
//! A line break in a header would begin another one: it becomes a blank.

use std::fmt::Write as _;

use super::Mail;
use super::problem::Problem;
use crate::conf::address;

/// What the standard input of a command is.
pub(super) fn for_command(mail: &Mail) -> String {
    let mut out = String::new();
    let mut header = |name: &str, value: &str| {
        let _ = writeln!(out, "{name}: {}", one_line(value));
    };
    if let Some(from) = &mail.from {
        header("From", from);
    }
    header("To", &mail.to.join(", "));
    if let Some(subject) = &mail.subject {
        header("Subject", subject);
    }
    out + "\n" + &mail.body
}

/// An address as a server is told it: without a name beside it. One that is none is refused.
pub fn bare(address: &str) -> Result<&str, Problem> {
    address::bare(address).ok_or_else(|| Problem::Address { text: address.to_owned() })
}

/// Text without line breaks.
pub(super) fn one_line(text: &str) -> String {
    text.replace(|c: char| c.is_control(), " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(subject: &str, body: &str) -> Mail {
        Mail {
            from: Some("me@here".to_owned()),
            to: vec!["a@there".to_owned(), "B <b@there>".to_owned()],
            subject: Some(subject.to_owned()),
            body: body.to_owned(),
        }
    }

    #[test]
    fn a_command_gets_what_superlance_writes() {
        let mail = Mail { from: None, ..mail("memmon: x\r\nBcc: all@there", "é\n.\nend") };
        assert_eq!(for_command(&mail), "To: a@there, B <b@there>\nSubject: memmon: x  Bcc: all@there\n\né\n.\nend");
    }
}
