//! `memmon`'s command line.

use std::ffi::OsString;
use std::process::ExitCode;

use super::texts::MEMMON;
use super::values::{name_and_size, restarts, seconds, size, time};
use super::{FAILED, SENDMAIL, Stop, complained, own, run, sendmail, server};
use crate::agents::superlance::memmon::{Memmon, Options};
use crate::cli::dropin;
use crate::cli::getopt::{Opt, parse};

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Help,
    Cumulative,
    Program,
    Group,
    Any,
    Sendmail,
    Email,
    Uptime,
    Name,
    Warmup,
    Restarts,
}

const fn opt(key: Key, short: Option<char>, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short, long: Some(long), takes_value }
}

const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, Some('h'), "help", false),
    opt(Key::Cumulative, Some('c'), "cumulative", false),
    opt(Key::Program, Some('p'), "program", true),
    opt(Key::Group, Some('g'), "group", true),
    opt(Key::Any, Some('a'), "any", true),
    opt(Key::Sendmail, Some('s'), "sendmail_program", true),
    opt(Key::Email, Some('m'), "email", true),
    opt(Key::Uptime, Some('u'), "uptime", true),
    opt(Key::Name, Some('n'), "name", true),
    opt(Key::Warmup, None, "warmup", true),
    opt(Key::Restarts, None, "restarts", true),
];

/// Runs memmon. `argv0` is the name by which messages call it.
pub(in crate::cli) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let (options, command) = match read(dropin::texts(args)) {
        Ok(read) => read,
        Err(stop) => return stop.print(MEMMON),
    };
    let Some(server) = server() else {
        return complained("memmon must be run as a supervisor event listener", FAILED);
    };
    let own = own().map(|(group, name)| format!("{group}:{name}"));
    run(&mut Memmon::new(Options { own, ..options }), server, sendmail(&command), argv0)
}

fn read(args: Vec<String>) -> Result<(Options, String), Stop> {
    if args.is_empty() {
        return Err(Stop::Usage(None));
    }
    let (given, _) = parse(OPTIONS, args).map_err(|_| Stop::Usage(None))?;
    let (mut options, mut command) = (Options::default(), SENDMAIL.to_owned());
    for option in given {
        match option.key {
            Key::Help => return Err(Stop::Help),
            Key::Cumulative => options.cumulative = true,
            // As the original has it, the name is that of the last limit, unless one is set after it.
            Key::Program => {
                let (name, size) = name_and_size(&option)?;
                options.programs.insert(name.clone(), size);
                options.name = Some(name);
            }
            Key::Group => {
                let (name, size) = name_and_size(&option)?;
                options.groups.insert(name.clone(), size);
                options.name = Some(name);
            }
            Key::Any => options.any = Some(size(&option, &option.value)?),
            Key::Sendmail => command = option.value,
            Key::Email => options.email = Some(option.value).filter(|email| !email.is_empty()),
            Key::Uptime => options.uptime = Some(seconds(&option)?),
            Key::Name => options.name = Some(option.value),
            Key::Warmup => options.limits.warmup = Some(time(&option)?),
            Key::Restarts => options.limits.restarts = Some(restarts(&option)?),
        }
    }
    Ok((options, command))
}
