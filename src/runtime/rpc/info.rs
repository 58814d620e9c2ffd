//! Methods that say how processes are.

use std::cell::LazyCell;
use std::fmt;
use std::path::PathBuf;

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
use crate::wire::xmlrpc::Value;

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
    Ok(process_info(rpc, process, rpc.control.now().wall, &zone()))
}

/// All processes by name of group, then by their own.
pub(super) fn all(rpc: &Rpc, _: &Args) -> Answer {
    let fleet = rpc.control.fleet();
    let (now, zone) = (rpc.control.now().wall, zone());
    let mut processes: Vec<&Process> = fleet.processes().collect();
    processes.sort_by(|a, b| (a.group(), a.name()).cmp(&(b.group(), b.name())));
    Ok(Value::Array(processes.into_iter().map(|process| process_info(rpc, process, now, &zone)).collect()))
}

/// The time zone of this host, which is looked up for those who have stopped alone.
pub(in crate::runtime) type Zone = LazyCell<TimeZone>;

/// It was not looked up yet.
pub(in crate::runtime) fn zone() -> Zone {
    LazyCell::new(TimeZone::system)
}

fn process_info(rpc: &Rpc, process: &Process, now: Wall, zone: &Zone) -> Value {
    let log = |stream| rpc.control.child_log(process.id(), stream).map_or_else(String::new, text);
    let (stdout, stderr) = (log(Stream::Stdout), log(Stream::Stderr));
    Value::members([
        ("name", (&**process.name()).into()),
        ("group", (&**process.group()).into()),
        ("start", seconds(process.started())),
        ("stop", seconds(process.stopped())),
        ("now", seconds(Some(now))),
        ("state", Value::Int(process.state().code().into())),
        ("statename", process.state().name().into()),
        ("spawnerr", process.spawnerr().unwrap_or_default().into()),
        ("exitstatus", Value::Int(process.exitstatus().unwrap_or(0).into())),
        ("logfile", stdout.as_str().into()),
        ("stdout_logfile", stdout.into()),
        ("stderr_logfile", stderr.into()),
        ("pid", Value::Int(process.pid().unwrap_or(0).into())),
        ("description", description(process, now, zone).into()),
    ])
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap_or_else(|path| path.to_string_lossy().into_owned())
}

fn seconds(at: Option<Wall>) -> Value {
    Value::capped(at.map_or(0, Wall::seconds))
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
