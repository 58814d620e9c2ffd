//! `crashmail`'s command line.

use std::ffi::OsString;
use std::process::ExitCode;

use super::texts::CRASHMAIL;
use super::{SENDMAIL, Stop, complained, run, sendmail, server};
use crate::agents::superlance::crashmail::{CrashMail, Options};
use crate::cli::dropin;
use crate::cli::getopt::{Opt, parse};

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Help,
    Program,
    Any,
    Prefix,
    Sendmail,
    Email,
}

const fn opt(key: Key, short: char, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short: Some(short), long: Some(long), takes_value }
}

const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, 'h', "help", false),
    opt(Key::Program, 'p', "program", true),
    opt(Key::Any, 'a', "any", false),
    opt(Key::Prefix, 'o', "optionalheader", true),
    opt(Key::Sendmail, 's', "sendmail_program", true),
    opt(Key::Email, 'm', "email", true),
];

/// Runs crashmail. `argv0` is the name by which messages call it.
pub(in crate::cli) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let (options, command) = match read(dropin::texts(args)) {
        Ok(read) => read,
        Err(stop) => return stop.print(CRASHMAIL),
    };
    match server() {
        Some(server) => run(&mut CrashMail::new(options), server, sendmail(&command), argv0),
        None => complained("crashmail must be run as a supervisor event listener", 0),
    }
}

fn read(args: Vec<String>) -> Result<(Options, String), Stop> {
    let (given, _) = parse(OPTIONS, args).map_err(|_| Stop::Usage(None))?;
    let (mut options, mut command) = (Options::default(), None);
    for option in given {
        match option.key {
            Key::Help => return Err(Stop::Help),
            Key::Program => options.programs.push(option.value),
            Key::Any => options.any = true,
            Key::Prefix => options.prefix = Some(option.value),
            Key::Sendmail => command = Some(option.value),
            Key::Email => options.email = Some(option.value),
        }
    }
    // Whoever has a command of their own, and names nobody, does something else with the text than to mail it.
    if options.email.is_none() && command.is_some() {
        options.email = Some("None".to_owned());
    }
    Ok((options, command.unwrap_or_else(|| SENDMAIL.to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_an_address_only_a_command_of_one_s_own_gets_mails() {
        let email = |args: &[&str]| read(args.iter().map(|arg| (*arg).to_owned()).collect()).unwrap().0.email;
        assert_eq!(email(&["-a"]), None);
        assert_eq!(email(&["-s", "tell"]).as_deref(), Some("None"));
        assert_eq!(email(&["-s", "tell", "-m", "a@b"]).as_deref(), Some("a@b"));
    }
}
