//! Methods that say how processes are.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::fmt;
use std::path::Path;
use std::rc::Rc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::args::Args;
use super::{Answer, Rpc};
use crate::base::time::Wall;
use crate::conf::namespec::Namespec;
use crate::runtime::core::event::Stream;
use crate::runtime::core::fleet::Fleet;
use crate::runtime::core::ids::ProcessId;
use crate::runtime::core::process::Process;
use crate::runtime::core::state::State;
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::{Record, Scalar, Value};

impl Rpc {
    /// The process of a name; all of a group is none.
    pub(super) fn process(&self, given: &str) -> Result<ProcessId, Fault> {
        find(&self.control.fleet(), given).map(Process::id)
    }
}

fn find<'f>(fleet: &'f Fleet, given: &str) -> Result<&'f Process, Fault> {
    let spec = Namespec::parse(given);
    let found = spec.process.and_then(|name| fleet.find(spec.group, name));
    found.ok_or_else(|| Fault::with(FaultCode::BadName, given))
}

pub(super) fn one(rpc: &Rpc, args: &Args) -> Answer {
    let fleet = rpc.control.fleet();
    let process = find(&fleet, &args.text(0)?)?;
    Ok(Value::record(&ProcessInfo::of(rpc, process, rpc.control.now().wall, &zone())))
}

/// All processes by name of group, then by their own.
pub(super) fn all(rpc: &Rpc, _: &Args) -> Vec<ProcessInfo> {
    let fleet = rpc.control.fleet();
    let (now, zone) = (rpc.control.now().wall, zone());
    let mut processes: Vec<&Process> = fleet.processes().collect();
    processes.sort_by(|a, b| (a.group(), a.name()).cmp(&(b.group(), b.name())));
    processes.into_iter().map(|process| ProcessInfo::of(rpc, process, now, &zone)).collect()
}

/// The time zone of this host, which is looked up for those who have stopped alone.
pub(in crate::runtime) type Zone = LazyCell<TimeZone>;

/// It was not looked up yet.
pub(in crate::runtime) fn zone() -> Zone {
    LazyCell::new(TimeZone::system)
}

/// What is known of a process at one moment.
#[derive(Debug)]
pub struct ProcessInfo {
    name: Rc<str>,
    group: Rc<str>,
    started: Option<Wall>,
    stopped: Option<Wall>,
    now: Wall,
    state: State,
    spawnerr: Option<Box<str>>,
    exitstatus: i64,
    stdout: Option<Rc<Path>>,
    stderr: Option<Rc<Path>>,
    pid: i64,
    description: String,
}

impl ProcessInfo {
    fn of(rpc: &Rpc, process: &Process, now: Wall, zone: &Zone) -> Self {
        Self {
            name: process.name().clone(),
            group: process.group().clone(),
            started: process.started(),
            stopped: process.stopped(),
            now,
            state: process.state(),
            spawnerr: process.spawnerr().map(Box::from),
            exitstatus: process.exitstatus().unwrap_or(0).into(),
            stdout: rpc.control.child_log(process.id(), Stream::Stdout),
            stderr: rpc.control.child_log(process.id(), Stream::Stderr),
            pid: process.pid().unwrap_or(0).into(),
            description: description(process, now, zone),
        }
    }
}

impl Record for ProcessInfo {
    fn members(&self, member: &mut dyn FnMut(&'static str, Scalar<'_>)) {
        let (stdout, stderr) = (text(self.stdout.as_deref()), text(self.stderr.as_deref()));
        let seconds = |at: Option<Wall>| Scalar::capped(at.map_or(0, Wall::seconds));
        member("name", Scalar::Text(&self.name));
        member("group", Scalar::Text(&self.group));
        member("start", seconds(self.started));
        member("stop", seconds(self.stopped));
        member("now", seconds(Some(self.now)));
        member("state", Scalar::Int(self.state.code().into()));
        member("statename", Scalar::Text(self.state.name()));
        member("spawnerr", Scalar::Text(self.spawnerr.as_deref().unwrap_or_default()));
        member("exitstatus", Scalar::Int(self.exitstatus));
        member("logfile", Scalar::Text(&stdout));
        member("stdout_logfile", Scalar::Text(&stdout));
        member("stderr_logfile", Scalar::Text(&stderr));
        member("pid", Scalar::Int(self.pid));
        member("description", Scalar::Text(&self.description));
    }
}

/// Nearly all paths are texts as they are, which is found out by many bytes at once.
fn text(path: Option<&Path>) -> Cow<'_, str> {
    let Some(path) = path else { return Cow::Borrowed("") };
    path.to_str().map_or_else(|| path.to_string_lossy(), Cow::Borrowed)
}

/// What `status` shows behind the state.
pub(in crate::runtime) fn description(process: &Process, now: Wall, zone: &Zone) -> String {
    match process.state() {
        State::Running => {
            let since = process.started().map_or(0, Wall::seconds);
            format!("pid {}, uptime {}", process.pid().unwrap_or(0), Uptime(now.seconds() - since))
        }
        State::Fatal | State::Backoff => process
            .spawnerr()
            .filter(|why| !why.is_empty())
            .map_or_else(|| format!("unknown error (try \"tail {}\")", process.name()), str::to_owned),
        State::Stopped | State::Exited => match process.started() {
            Some(_) => local(process.stopped().unwrap_or_default(), zone),
            None => "Not started".to_owned(),
        },
        State::Starting | State::Stopping | State::Unknown => String::new(),
    }
}

/// Seconds as `0:01:34`, `1 day, 0:00:05`, `2 days, 1:02:03`; zero when the clock was set back.
struct Uptime(i64);

impl fmt::Display for Uptime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.max(0);
        let (days, rest) = (seconds / 86_400, seconds % 86_400);
        match days {
            0 => {}
            1 => f.write_str("1 day, ")?,
            days => write!(f, "{days} days, ")?,
        }
        write!(f, "{}:{:02}:{:02}", rest / 3600, rest / 60 % 60, rest % 60)
    }
}

/// `Nov 21 01:03 AM`.
fn local(at: Wall, zone: &TimeZone) -> String {
    let Ok(stamp) = Timestamp::from_second(at.seconds()) else { return String::new() };
    stamp.to_zoned(zone.clone()).strftime("%b %d %I:%M %p").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_pythons() {
        let shown = |seconds| Uptime(seconds).to_string();
        assert_eq!(shown(94), "0:01:34");
        assert_eq!(shown(86_405), "1 day, 0:00:05");
        assert_eq!(shown(2 * 86_400 + 36_000), "2 days, 10:00:00");
        assert_eq!(shown(-5), "0:00:00");
    }

    #[test]
    fn stops_are_shown_by_the_local_clock() {
        assert_eq!(local(Wall(1_795_223_038_000_000_000), &TimeZone::UTC), "Nov 21 01:03 AM");
    }
}
