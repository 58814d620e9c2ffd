//! `httpok`'s command line.

use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use super::texts::HTTPOK;
use super::values::{number, restarts, time};
use super::{FAILED, SENDMAIL, Stop, certificates, complained, own, run, sendmail, server};
use crate::agents::superlance::brake::Limits;
use crate::agents::superlance::httpok::{HttpOk, Options};
use crate::agents::superlance::page::{BadUrl, Wanted};
use crate::base::python::repr;
use crate::cli::dropin;
use crate::cli::getopt::{Opt, parse};
use crate::conf::namespec::namespec;

#[derive(Clone, Copy, PartialEq)]
enum Key {
    Help,
    Program,
    Any,
    Timeout,
    Code,
    Body,
    Sendmail,
    Email,
    Gcore,
    Coredir,
    Eager,
    NotEager,
    Name,
    Warmup,
    Restarts,
    Insecure,
}

const fn opt(key: Key, short: Option<char>, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short, long: Some(long), takes_value }
}

const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, Some('h'), "help", false),
    opt(Key::Program, Some('p'), "program", true),
    opt(Key::Any, Some('a'), "any", false),
    opt(Key::Timeout, Some('t'), "timeout", true),
    opt(Key::Code, Some('c'), "code", true),
    opt(Key::Body, Some('b'), "body", true),
    opt(Key::Sendmail, Some('s'), "sendmail_program", true),
    opt(Key::Email, Some('m'), "email", true),
    opt(Key::Gcore, Some('g'), "gcore", true),
    opt(Key::Coredir, Some('d'), "coredir", true),
    opt(Key::Eager, Some('e'), "eager", false),
    opt(Key::NotEager, Some('E'), "not-eager", false),
    opt(Key::Name, Some('n'), "name", true),
    opt(Key::Warmup, None, "warmup", true),
    opt(Key::Restarts, None, "restarts", true),
    opt(Key::Insecure, None, "insecure", false),
];

/// What the command line says, with a URL that has not been looked at.
struct Read {
    programs: Vec<String>,
    any: bool,
    url: String,
    timeout: Duration,
    statuses: Vec<i64>,
    body: Option<String>,
    eager: bool,
    email: Option<String>,
    sendmail: String,
    gcore: String,
    coredir: Option<String>,
    name: Option<String>,
    limits: Limits,
    insecure: bool,
}

/// Runs httpok. `argv0` is the name by which messages call it.
pub(in crate::cli) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let read = match read(dropin::texts(args)) {
        Ok(read) => read,
        Err(stop) => return stop.print(HTTPOK),
    };
    let Some(server) = server() else { return complained("httpok must be run as a supervisor event listener", 0) };
    let mailer = sendmail(&read.sendmail);
    match read.options() {
        Ok(options) => run(&mut HttpOk::new(options), server, mailer, argv0),
        Err(bad) => complained(words(&bad), FAILED),
    }
}

fn words(bad: &BadUrl) -> String {
    match bad {
        BadUrl::Scheme(scheme) => format!("ValueError: Bad scheme {scheme}"),
        BadUrl::Authority(authority) => format!("ValueError: Bad host or path of the URL: {}", repr(authority)),
        BadUrl::User => "ValueError: the URL holds a user name, which is not supported".to_owned(),
    }
}

fn read(args: Vec<String>) -> Result<Read, Stop> {
    let (given, words) = parse(OPTIONS, args).map_err(|_| Stop::Usage(None))?;
    if given.iter().any(|option| option.key == Key::Help) {
        return Err(Stop::Help);
    }
    let [url] = &words[..] else { return Err(Stop::Usage(None)) };
    let mut read = Read {
        programs: Vec::new(),
        any: false,
        url: url.clone(),
        timeout: crate::agents::superlance::page::TIMEOUT,
        statuses: Vec::new(),
        body: None,
        eager: true,
        email: None,
        sendmail: SENDMAIL.to_owned(),
        gcore: "/usr/bin/gcore -o".to_owned(),
        coredir: None,
        name: None,
        limits: Limits::default(),
        insecure: false,
    };
    for option in given {
        match option.key {
            Key::Help => {}
            Key::Program => read.programs.push(option.value),
            Key::Any => read.any = true,
            Key::Timeout => read.timeout = timeout(&option.value)?,
            Key::Code => read.statuses.push(number(&option.value)?),
            Key::Body => read.body = Some(option.value),
            Key::Sendmail => read.sendmail = option.value,
            Key::Email => read.email = Some(option.value).filter(|email| !email.is_empty()),
            Key::Gcore => read.gcore = option.value,
            Key::Coredir => read.coredir = Some(option.value).filter(|folder| !folder.is_empty()),
            Key::Eager => read.eager = true,
            Key::NotEager => read.eager = false,
            Key::Name => read.name = Some(option.value),
            Key::Warmup => read.limits.warmup = Some(time(&option)?),
            Key::Restarts => read.limits.restarts = Some(restarts(&option)?),
            Key::Insecure => read.insecure = true,
        }
    }
    if read.statuses.is_empty() {
        read.statuses.push(200);
    }
    Ok(read)
}

/// Without time there would never be a page.
fn timeout(text: &str) -> Result<Duration, Stop> {
    let seconds = u64::try_from(number(text)?).ok().filter(|seconds| *seconds > 0);
    let wrong = || Stop::Value(format!("ValueError: {text} is no timeout; expected seconds, from 1 on"));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

impl Read {
    fn options(self) -> Result<Options, BadUrl> {
        let wanted = Wanted::parse(&self.url)?;
        let certificates = certificates(self.insecure);
        Ok(Options {
            programs: self.programs,
            any: self.any,
            url: self.url,
            wanted: Wanted { text: self.body, timeout: self.timeout, certificates, ..wanted },
            statuses: self.statuses,
            eager: self.eager,
            email: self.email,
            gcore: self.gcore,
            coredir: self.coredir,
            name: self.name,
            limits: self.limits,
            own: own().map(|(group, name)| namespec(&group, &name)),
        })
    }
}
