//! The method that says what is configured, whether it is active or not.

use std::collections::HashMap;

use super::args::Args;
use super::{Answer, Rpc};
use crate::conf::model::{ChildLog, Group, Process};
use crate::runtime::account;
use crate::runtime::core::event::Stream;
use crate::runtime::core::process::Process as Active;
use crate::wire::xmlrpc::Value;

/// All configured processes by name.
pub(super) fn all(rpc: &Rpc, _: &Args) -> Answer {
    let config = rpc.control.config();
    let mut all: Vec<(&Group, &Process)> =
        config.groups.iter().flat_map(|group| group.processes.iter().map(move |process| (group, &**process))).collect();
    all.sort_by(|(_, a), (_, b)| a.name.cmp(&b.name));
    let mut users = Users::default();
    Ok(Value::Array(all.into_iter().map(|(group, process)| config_info(rpc, &mut users, group, process)).collect()))
}

fn config_info(rpc: &Rpc, users: &mut Users, group: &Group, process: &Process) -> Value {
    let (stdout, stderr) = (&process.stdout, &process.stderr);
    Value::members([
        ("autostart", process.autostart.into()),
        ("directory", text_or_none(process.directory.as_deref())),
        ("uid", users.uid(process.user.as_deref())),
        ("command", process.command.as_str().into()),
        ("exitcodes", Value::Array(process.exitcodes.iter().map(|code| Value::Int(*code)).collect())),
        ("group", group.name.as_str().into()),
        ("group_prio", Value::Int(group.priority)),
        ("inuse", rpc.control.fleet().group(&group.name).is_some().into()),
        ("killasgroup", process.killasgroup.into()),
        ("name", process.name.as_str().into()),
        ("process_prio", Value::Int(process.priority)),
        ("redirect_stderr", process.redirect_stderr.into()),
        ("startretries", Value::Int(process.startretries)),
        ("startsecs", Value::Int(process.startsecs)),
        ("stdout_capture_maxbytes", Value::Int(stdout.capture_maxbytes)),
        ("stdout_events_enabled", stdout.events_enabled.into()),
        ("stdout_logfile", logfile(rpc, group, process, Stream::Stdout)),
        ("stdout_logfile_backups", Value::Int(stdout.logfile_backups)),
        ("stdout_logfile_maxbytes", Value::Int(stdout.logfile_maxbytes)),
        ("stdout_syslog", stdout.syslog.into()),
        ("stopsignal", Value::Int(process.stopsignal.into())),
        ("stopwaitsecs", Value::Int(process.stopwaitsecs)),
        ("stderr_capture_maxbytes", Value::Int(stderr.capture_maxbytes)),
        ("stderr_events_enabled", stderr.events_enabled.into()),
        ("stderr_logfile", logfile(rpc, group, process, Stream::Stderr)),
        ("stderr_logfile_backups", Value::Int(stderr.logfile_backups)),
        ("stderr_logfile_maxbytes", Value::Int(stderr.logfile_maxbytes)),
        ("stderr_syslog", stderr.syslog.into()),
        ("serverurl", text_or_none(process.serverurl.as_deref())),
    ])
}

fn text_or_none(text: Option<&str>) -> Value {
    text.unwrap_or("none").into()
}

/// Numbers of users, each looked up once.
#[derive(Default)]
struct Users(HashMap<String, Option<u32>>);

impl Users {
    /// The number of a user, who may since have been removed.
    fn uid(&mut self, user: Option<&str>) -> Value {
        let Some(user) = user else { return "none".into() };
        let look = || account::identity(user).ok().map(|identity| identity.uid);
        let uid = self.0.entry(user.to_owned()).or_insert_with(look);
        uid.map_or_else(|| "none".into(), |uid| Value::Int(uid.into()))
    }
}

/// The path; `auto` for a name that is made only when the group becomes active, even if what is active has a log that is not of
/// the daemon's naming.
fn logfile(rpc: &Rpc, group: &Group, process: &Process, stream: Stream) -> Value {
    match configured(process, stream) {
        ChildLog::None => "none".into(),
        ChildLog::Path(path) => path.as_str().into(),
        ChildLog::Auto => {
            let fleet = rpc.control.fleet();
            let active = fleet.find(&group.name, &process.name);
            let active = active.filter(|active| *configured(active.config(), stream) == ChildLog::Auto).map(Active::id);
            let path = active.and_then(|id| rpc.control.child_log(id, stream));
            path.map_or_else(|| "auto".into(), |path| path.to_string_lossy().as_ref().into())
        }
    }
}

fn configured(process: &Process, stream: Stream) -> &ChildLog {
    match stream {
        Stream::Stdout => &process.stdout.logfile,
        Stream::Stderr => &process.stderr.logfile,
    }
}
