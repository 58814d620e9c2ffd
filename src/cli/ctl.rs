//! `ctl`: the command line of the cluster monitor, its configuration, and what it shows. What it does is
//! [`crate::agents::ctl`]'s.
//!
//! Exit statuses: 0, all is well; 1, something is wrong; 2, it could not run; 128 and the number of a signal that has ended a
//! rolling start. (The original's was 0 but for slips of the command line.)

mod ends;
mod files;
mod idle;
mod meter;
mod options;
mod shown;
mod unfound;
mod unusable;
mod unwritable;

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use super::args::Color;
use super::dropin;
use super::supervisorctl;
use super::surroundings::Surroundings;
use super::terminal::Terminal;
use crate::agents::cache::Caches;
use crate::agents::ctl::keeper::InFile;
use crate::agents::ctl::report::{Level, Report};
use crate::agents::ctl::request::Action;
use crate::agents::ctl::world::World;
use crate::agents::ctl::{self, Draft, Found, Held, Helpers, Lock, LogFile, Post, Site, Stream, stream};
use crate::agents::mail::{Mailer, Smtp};
use crate::agents::plain;
use crate::base::seams::Files as _;
use crate::base::{Diagnostics, Severity, Sources, suggest};
use crate::client::transport::Server;
use crate::conf::monitor::read::is_called;
use crate::conf::monitor::{Monitor, Reading, Service, read};
use crate::sources::disk::reason;

use ends::Signals;
use files::Plain;
use meter::Meter;
use options::Options;
use unfound::unfound;

/// It could not run.
const NOT_RUN: u8 = 2;

/// Runs ctl. `argv0` is the name by which messages call it.
pub(super) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let options = match Options::read(dropin::texts(args)) {
        Ok(options) => options,
        Err(refusal) => return refusal.print(argv0),
    };
    match ready(&options) {
        Ok(ready) => run(&options, ready).into(),
        Err(status) => status.into(),
    }
}

/// What there is once nothing is found wrong.
struct Ready {
    monitor: Monitor,
    /// Why the balancer has not answered, if it took its time for that.
    silence: Option<String>,
    /// The addresses of those that may be started or stopped.
    found: Found,
}

/// The configuration, if there is nothing wrong with it or with what is asked of it.
fn ready(options: &Options) -> Result<Ready, u8> {
    let text = Plain::default().read(&options.config).map_err(|why| {
        complain(&format!("{} is not a valid config file (-h for see all options): {why}", options.config));
        NOT_RUN
    })?;
    let mut sources = Sources::new();
    let file = sources.add(options.config.as_str(), text.as_str());
    let Reading { monitor, found } = read(file, &text);
    let mut findings = Diagnostics::new();
    findings.extend(found.into_iter().filter(|finding| finding.severity > Severity::Info));
    findings.extend(monitor.iter().flat_map(|monitor| unusable::unusable(monitor, &options.request)));
    let known = monitor.as_ref().map(|monitor| unfound(monitor, &options.request));
    let (found, unfound) = known.unwrap_or_default();
    let asked = monitor.as_ref().filter(|_| unfound.is_empty());
    let asked = asked.map(|monitor| ctl::elsewhere(monitor, &options.request, &found)).unwrap_or_default();
    findings.extend(asked.found);
    findings.extend(monitor.iter().flat_map(|monitor| unwritable::unwritable(monitor, &options.request)));
    let is_bad = Terminal::new(false, Color::Auto).findings(&sources, findings);
    let monitor = monitor.filter(|_| !is_bad).ok_or(NOT_RUN)?;
    let is_known = |name: &&String| !monitor.services.iter().any(|service| is_called(service, name));
    let unknown: Vec<&String> = options.request.services.iter().flatten().filter(is_known).collect();
    for name in &unknown {
        let nearest = suggest::did_you_mean(name, monitor.services.iter().map(Service::name));
        let nearest = nearest.map(|nearest| format!("; {nearest}")).unwrap_or_default();
        complain(&format!("there is no service named {name}, please check your configuration file{nearest}"));
    }
    let no_url = ctl::no_url(&monitor, &options.request);
    for what in idle::idle(&monitor, &options.request).iter().chain(&no_url).chain(&unfound) {
        complain(what);
    }
    if unknown.is_empty() && no_url.is_none() && unfound.is_empty() {
        Ok(Ready { monitor, silence: asked.silence, found })
    } else {
        Err(NOT_RUN)
    }
}

fn run(options: &Options, Ready { monitor, silence, found }: Ready) -> u8 {
    let monitor = &monitor;
    let log = monitor.log_file.as_ref().filter(|_| !options.request.dry_run);
    let log = log.map(|said| LogFile::open(Path::new(&said.value)).map_err(|why| (said, why)));
    let (log, unopened) = match log.transpose() {
        Ok(log) => (log, None),
        Err((said, why)) => (None, Some(format!("cannot open {}: {}", said.value, reason(&why)))),
    };
    let least = match options.request.action {
        _ if options.is_verbose => Level::Debug,
        // It says how far what is shown goes.
        Action::Log => Level::Warning,
        _ => Level::Error,
    };
    let meter = Meter::new(Terminal::new(false, Color::Auto), options.is_verbose);
    let mut show = |level: Level, line: &str| {
        if level >= least {
            meter.write(line);
        }
    };
    let mut progress = |what: &str, is_new: bool| meter.progress(what, is_new);
    let resolve = |conf: Option<&str>| server(conf);
    let helpers = Helpers { supervisor: &resolve, zdaemon: zdaemon() };
    let draft = is_mailed(options).then(|| post(options, monitor)).filter(|post| !post.to.is_empty());
    // Where nothing is kept, nothing waits.
    let draft = draft.filter(|post| !plain::swallows(&post.spool)).map(|post| Draft::new(post.spool));
    let ends = Signals::default();
    let mut site = Site::new(log, draft, &mut show, &mut progress, helpers, &ends);
    site.know(found);
    if let Some(why) = unopened {
        site.trouble(why);
    }
    match lock(options, monitor) {
        Ok(_held) => work(options, monitor, silence, &mut site),
        Err(Held::By(holder)) if options.request.action.changes() => {
            let is = if options.request.dry_run { "would be" } else { "is" };
            site.record(Level::Error, &format!("another ctl is at work ({holder}): nothing {is} done"));
            NOT_RUN
        }
        Err(Held::By(holder)) if holder.has_stalled() => {
            site.record(Level::Error, &format!("another ctl has been at work for over an hour ({holder})"));
            NOT_RUN
        }
        Err(Held::By(holder)) => {
            skip(options, &mut site, format!("another ctl is at work ({holder}): nothing is looked at"))
        }
        Err(Held::Unusable(why)) => {
            let path = lock_path(options, monitor);
            site.record(Level::Error, &format!("cannot lock {}: {}", path.display(), reason(&why)));
            NOT_RUN
        }
    }
}

/// Says that there is no result, and why.
fn skip(options: &Options, site: &mut Site<'_>, why: String) -> u8 {
    site.record(Level::Warning, &why);
    // Whoever reads nothing else must not take it for a check.
    if !options.is_verbose {
        complain(&why);
    }
    let (action, dry_run) = (options.request.action.name(), options.request.dry_run);
    finish(options, Report { action, dry_run, skipped: Some(why), ..Report::default() }, site)
}

/// The lock for whoever changes things; whoever checks, or asks what would be changed, is not to look at what somebody else is
/// changing.
fn lock(options: &Options, monitor: &Monitor) -> Result<Option<Lock>, Held> {
    let path = lock_path(options, monitor);
    let action = options.request.action;
    if action.looks_on() {
        return Ok(None);
    }
    if action.changes() && !options.request.dry_run {
        return Lock::take(&path, action.name()).map(Some);
    }
    Lock::holder(&path).map_or(Ok(None), |holder| Err(Held::By(holder)))
}

fn lock_path(options: &Options, monitor: &Monitor) -> PathBuf {
    if let Some(said) = &monitor.lock_file {
        return beside_config(options, &said.value);
    }
    let mut lock = config_itself(options).into_os_string();
    lock.push(".lock");
    lock.into()
}

/// The path of what one run leaves for the next.
fn beside_lock(options: &Options, monitor: &Monitor, end: &str) -> PathBuf {
    let mut path = lock_path(options, monitor).into_os_string();
    path.push(end);
    path.into()
}

/// The configuration by one name, whatever it is called.
fn config_itself(options: &Options) -> PathBuf {
    std::fs::canonicalize(&options.config).unwrap_or_else(|_| PathBuf::from(&options.config))
}

/// The path of what all who use the configuration share, in whatever folder they are.
fn beside_config(options: &Options, path: &str) -> PathBuf {
    config_itself(options).parent().unwrap_or(Path::new("")).join(path)
}

fn work(options: &Options, monitor: &Monitor, silence: Option<String>, site: &mut Site<'_>) -> u8 {
    let journal = || Box::new(InFile::shared(beside_lock(options, monitor, ".roll")));
    let stream = stream::balancer(monitor).map(|balancer| Stream { balancer, journal: journal(), silence });
    let marks = Box::new(InFile::private(beside_lock(options, monitor, ".marks")));
    let (mut report, critical) = ctl::run(monitor, &options.request, site, &mut Caches, marks, stream);
    // What it found may be what somebody else is working on, who had not begun when it did.
    let other = Some(lock_path(options, monitor)).filter(|_| options.request.action == Action::Check);
    if let Some(holder) = other.and_then(|path| Lock::holder(&path)).filter(|_| !critical.is_empty()) {
        site.let_go();
        return skip(
            options,
            site,
            format!("another ctl has begun meanwhile ({holder}): what was found is not mailed"),
        );
    }
    if is_mailed(options) {
        ctl::mail(&post(options, monitor), &critical, &mut report, site);
    }
    finish(options, report, site)
}

/// Whether somebody is told of what is critical.
fn is_mailed(options: &Options) -> bool {
    !options.request.dry_run && !options.request.action.looks_on()
}

fn finish(options: &Options, mut report: Report, site: &mut Site<'_>) -> u8 {
    report.events.extend(site.troubles());
    report.sum_up();
    let text = if options.is_json { shown::json(&report) } else { shown::text(&options.request, &report) };
    print(&text).map_or_else(|status| status, |()| report.exit_status())
}

/// Shows a result. That nobody reads on (a closed pipe) is no error.
fn print(text: &str) -> Result<(), u8> {
    match io::stdout().write_all(text.as_bytes()).and_then(|()| io::stdout().flush()) {
        Err(why) if why.kind() != ErrorKind::BrokenPipe => {
            complain(&format!("cannot write the result: {}", reason(&why)));
            Err(NOT_RUN)
        }
        _ => Ok(()),
    }
}

fn post(options: &Options, monitor: &Monitor) -> Post {
    let mail = &monitor.mail;
    let spool = mail.spool.as_ref().map(|said| beside_config(options, &said.value));
    Post {
        mailer: Smtp::new(&mail.host.value).map(Mailer::Smtp).map_err(|why| why.to_string()),
        from: mail.from.as_ref().map(|said| said.value.clone()),
        to: mail.to.iter().map(|said| said.value.clone()).collect(),
        subject: mail.subject.value.clone(),
        spool: spool.unwrap_or_else(|| beside_lock(options, monitor, ".mail")),
    }
}

/// Where the supervisor of a configuration listens.
fn server(conf: Option<&str>) -> Result<Server, String> {
    let path = conf.map(str::to_owned).or_else(dropin::find_configuration);
    let path = path.ok_or("there is no supervisord.conf in the usual places")?;
    let surroundings = Surroundings::now();
    plain::is_given(Path::new(&path)).map_err(|why| format!("{path} {why}"))?;
    let text = surroundings.read(&path)?;
    let client = supervisorctl::client_of(&path, text, &surroundings).map_err(|refusal| refusal.message)?;
    Ok(Server { url: client.serverurl, username: client.username, password: client.password })
}

/// The words that run zdaemon's controller: this program.
fn zdaemon() -> Vec<String> {
    let own = std::env::current_exe().map_or_else(|_| "recipe".to_owned(), |path| path.to_string_lossy().into_owned());
    vec![own, "zdaemon".to_owned()]
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "ctl: {message}");
}
