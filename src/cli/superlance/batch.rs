//! The command line of `crashmailbatch`, `fatalmailbatch` and `crashsms`.
//!
//! A password on a command line is there for all to read. It is better in a file, or in the variable `SMTP_PASSWORD`.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

use super::optparse::{Opt, parse};
use super::texts::BATCH;
use super::values::float;
use super::{FAILED, certificates, complained, printed, run, server};
use crate::agents::mail::{Login, Mailer, Problem, Smtp, Tls, address};
use crate::agents::superlance::batch::{Batch, Kind, Options};
use crate::base::python::{int, repr, strip};
use crate::cli::dropin;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Help,
    Interval,
    To,
    From,
    Subject,
    Host,
    Tick,
    User,
    Password,
    Tls,
    PasswordFile,
    Insecure,
}

const fn opt(key: Key, short: Option<char>, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short, long, takes_value, may_be_cut: true }
}

const fn own(key: Key, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short: None, long, takes_value, may_be_cut: false }
}

const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, Some('h'), "help", false),
    opt(Key::Interval, Some('i'), "interval", true),
    opt(Key::To, Some('t'), "toEmail", true),
    opt(Key::From, Some('f'), "fromEmail", true),
    opt(Key::Subject, Some('s'), "subject", true),
    opt(Key::Host, Some('H'), "smtpHost", true),
    opt(Key::Tick, Some('e'), "tickEvent", true),
    opt(Key::User, Some('u'), "userName", true),
    opt(Key::Password, Some('p'), "password", true),
    opt(Key::Tls, None, "tls", false),
    own(Key::PasswordFile, "passwordFile", true),
    own(Key::Insecure, "insecure", false),
];

/// The variable that may hold the password.
const VARIABLE: &str = "SMTP_PASSWORD";

/// Why it does not run.
enum Stop {
    Help,
    /// The command line is wrong.
    Usage(String),
}

impl From<String> for Stop {
    fn from(why: String) -> Self {
        Self::Usage(why)
    }
}

/// What the command line says.
struct Read {
    interval: f64,
    to: String,
    from: String,
    subject: Option<String>,
    host: String,
    tick: String,
    user: String,
    password: String,
    password_file: Option<String>,
    tls: bool,
    insecure: bool,
}

/// Runs crashmailbatch. `argv0` is the name by which messages call it.
pub(in crate::cli) fn crashmailbatch(args: Vec<OsString>, argv0: &str) -> ExitCode {
    main(Kind::Crashmail, args, argv0)
}

/// Runs fatalmailbatch.
pub(in crate::cli) fn fatalmailbatch(args: Vec<OsString>, argv0: &str) -> ExitCode {
    main(Kind::Fatalmail, args, argv0)
}

/// Runs crashsms.
pub(in crate::cli) fn crashsms(args: Vec<OsString>, argv0: &str) -> ExitCode {
    main(Kind::Sms, args, argv0)
}

fn main(kind: Kind, args: Vec<OsString>, argv0: &str) -> ExitCode {
    let name = Path::new(argv0).file_name().map_or(argv0.into(), |name| name.to_string_lossy());
    let help = |status| printed(&format!("Usage: {name} [options]\n{BATCH}"), status);
    let read = match read(dropin::texts(args)) {
        Ok(read) => read,
        Err(Stop::Help) => return help(0),
        Err(Stop::Usage(why)) => {
            let _ = write!(io::stderr(), "Usage: {name} [options]\n\n{name}: error: {why}\n");
            return 2.into();
        }
    };
    if read.to.is_empty() || read.from.is_empty() {
        return help(FAILED);
    }
    let Some(server) = server() else { return complained("Must run as a supervisor event listener", FAILED) };
    match read.options(kind).and_then(|options| Ok((options, read.mailer()?))) {
        Ok((options, mailer)) => run(&mut Batch::new(kind, options), server, mailer, argv0),
        Err(why) => complained(why, FAILED),
    }
}

fn read(args: Vec<String>) -> Result<Read, Stop> {
    let mut read = Read {
        interval: 1.0,
        to: String::new(),
        from: String::new(),
        subject: None,
        host: "localhost".to_owned(),
        tick: "TICK_60".to_owned(),
        user: String::new(),
        password: String::new(),
        password_file: None,
        tls: false,
        insecure: false,
    };
    parse(OPTIONS, args, |key, name, value| {
        match key {
            Key::Help => return Err(Stop::Help),
            Key::Interval => {
                let wrong = || format!("option {name}: invalid floating-point value: {}", repr(&value));
                read.interval = float(&value).ok_or_else(wrong)?;
            }
            Key::To => read.to = value,
            Key::From => read.from = value,
            Key::Subject => read.subject = Some(value),
            Key::Host => read.host = value,
            Key::Tick => read.tick = value,
            Key::User => read.user = value,
            Key::Password => read.password = value,
            Key::Tls => read.tls = true,
            Key::PasswordFile => read.password_file = Some(value),
            Key::Insecure => read.insecure = true,
        }
        Ok(())
    })?;
    Ok(read)
}

impl Read {
    fn options(&self, kind: Kind) -> Result<Options, String> {
        let to = self.to.split(',').map(strip).filter(|to| !to.is_empty());
        let wrong = |problem: Problem| format!("ValueError: {problem}");
        let to: Vec<String> =
            to.map(|to| address(to).map(|_| to.to_owned())).collect::<Result<_, _>>().map_err(wrong)?;
        if to.is_empty() {
            address("").map_err(wrong)?;
        }
        address(&self.from).map_err(wrong)?;
        let subject = self.subject.clone().or_else(|| kind.subject().map(str::to_owned));
        Ok(Options {
            interval: self.interval,
            to,
            from: self.from.clone(),
            // An empty one is left out.
            subject: subject.filter(|subject| !subject.is_empty()),
            tick: self.tick.clone(),
            minutes: minutes(&self.tick)?,
        })
    }

    fn mailer(&self) -> Result<Mailer, String> {
        let smtp = Smtp::new(&self.host).map_err(|problem| problem.to_string())?;
        let password = self.password()?;
        let has_login = !self.user.is_empty() && !password.is_empty();
        let login = has_login.then(|| Login { username: self.user.clone(), password });
        let tls = match (self.tls, has_login) {
            (false, _) => Tls::Never,
            (true, false) => Tls::IfOffered,
            (true, true) => Tls::Required,
        };
        Ok(Mailer::Smtp(Smtp { login, tls, certificates: certificates(self.insecure), ..smtp }))
    }

    fn password(&self) -> Result<String, String> {
        match &self.password_file {
            _ if !self.password.is_empty() => Ok(self.password.clone()),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|why| format!("cannot read the password in '{file}': {why}"))?;
                Ok(text.lines().next().unwrap_or_default().to_owned())
            }
            None => Ok(env::var(VARIABLE).unwrap_or_default()),
        }
    }
}

/// How many minutes a tick of this type stands for, by the number in its name.
fn minutes(tick: &str) -> Result<f64, String> {
    let rest = tick.strip_prefix("TICK_").ok_or_else(|| format!("ValueError: Invalid TICK event name: {tick}"))?;
    let digits = rest.split('_').next().unwrap_or_default();
    let wrong = |_| format!("ValueError: invalid literal for int() with base 10: {}", repr(digits));
    // No tick has more seconds than a number of this kind holds.
    let seconds = int(digits, 10).map_err(wrong)?;
    Ok(f64::from(i32::try_from(seconds).unwrap_or(i32::MAX)) / 60.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(args: &[&str]) -> Result<Read, String> {
        read(args.iter().map(|arg| (*arg).to_owned()).collect()).map_err(|stop| match stop {
            Stop::Help => "help".to_owned(),
            Stop::Usage(why) => why,
        })
    }

    #[test]
    fn options_may_be_cut_and_run_together_and_stand_anywhere() {
        let read = words(&["x", "--toE=a, b", "-fme", "-i", ".5", "--tls", "--pass", "s", "--", "-t"]).ok().unwrap();
        let options = read.options(Kind::Sms).unwrap();
        assert_eq!((options.to.len(), options.to[1].as_str(), options.subject.as_deref()), (2, "b", None));
        assert_eq!((read.from.as_str(), read.tls, read.password.as_str()), ("me", true, "s"));
    }

    #[test]
    fn what_is_wrong_is_said_as_python_does() {
        let why = |args: &[&str]| words(args).err().unwrap();
        assert_eq!(why(&["--foo"]), "no such option: --foo");
        assert_eq!(why(&["-xh"]), "no such option: -x");
        assert_eq!(why(&["-hx"]), "help");
        assert_eq!(why(&["-t"]), "-t option requires 1 argument");
        assert_eq!(why(&["--t=1"]), "ambiguous option: --t (--tickEvent, --tls, --toEmail?)");
        assert_eq!(why(&["--tls=1"]), "--tls option does not take a value");
        assert_eq!(why(&["-i", "x"]), "option -i: invalid floating-point value: 'x'");
        assert_eq!(why(&["--passwordF=x"]), "no such option: --passwordF");
    }

    #[test]
    fn addresses_are_looked_at_at_once() {
        let to =
            |to: &str| words(&["-t", to, "-f", "A <a@b>"]).ok().unwrap().options(Kind::Sms).map(|options| options.to);
        assert_eq!(to("B <b@c>, root,, "), Ok(vec!["B <b@c>".to_owned(), "root".to_owned()]));
        assert_eq!(to(" ,, "), Err("ValueError: no address: ''; expected NAME@HOST in ASCII".to_owned()));
        assert_eq!(to("a@b, jörg@x"), Err("ValueError: no address: 'jörg@x'; expected NAME@HOST in ASCII".to_owned()));
    }

    #[test]
    fn ticks_are_minutes() {
        assert_eq!(minutes("TICK_3600"), Ok(60.0));
        assert_eq!(minutes("FOO").unwrap_err(), "ValueError: Invalid TICK event name: FOO");
        assert_eq!(minutes("TICK_x").unwrap_err(), "ValueError: invalid literal for int() with base 10: 'x'");
    }

    #[test]
    fn a_login_needs_both_parts_and_encryption_then() {
        let smtp = |args: &[&str]| match words(args).ok().unwrap().mailer().unwrap() {
            Mailer::Smtp(smtp) => (smtp.login.map(|login| login.password), smtp.tls),
            Mailer::Command(_) => panic!("no SMTP"),
        };
        assert_eq!(smtp(&["-u", "me", "-p", "x", "--tls"]), (Some("x".to_owned()), Tls::Required));
        assert_eq!(smtp(&["-p", "x", "--tls"]), (None, Tls::IfOffered));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("pw").display().to_string();
        std::fs::write(&file, "s3kret\n").unwrap();
        assert_eq!(smtp(&["-u", "me", "--passwordFile", &file]), (Some("s3kret".to_owned()), Tls::Never));
    }
}
