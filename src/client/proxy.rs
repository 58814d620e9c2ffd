//! The calls of Supervisor's interface, with their parameters and results as types.

use std::time::Duration;

use super::problem::Problem;
use super::transport::{Connection, Server};
use crate::conf::namespec::namespec;
use crate::wire::xmlrpc::Value;

/// What the daemon says of one process.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessInfo {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// State by number.
    pub state: i64,
    /// State by name.
    pub statename: String,
    /// 0 when it does not run.
    pub pid: i64,
    /// With which status it has ended; 0 if it has not.
    pub exit_status: i64,
    /// When it was started last, in seconds since 1970; 0 if never.
    pub start: i64,
    /// The daemon's time.
    pub now: i64,
    /// What `status` shows behind the state.
    pub description: String,
}

/// The outcome for one process of a call on many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How the process is shown.
    pub namespec: String,
    /// A fault's number, or 80.
    pub status: i64,
    /// `OK` or the fault's text.
    pub description: String,
}

/// What a process is configured to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigInfo {
    /// Its group.
    pub group: String,
    /// Its name.
    pub name: String,
    /// Whether its group is active.
    pub inuse: bool,
    /// Whether it starts with the daemon.
    pub autostart: bool,
    /// Priority of the group.
    pub group_prio: i64,
    /// Priority within the group.
    pub process_prio: i64,
}

/// Groups by what a reread found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// In the configuration only.
    pub added: Vec<String>,
    /// Different from what runs.
    pub changed: Vec<String>,
    /// Running only.
    pub removed: Vec<String>,
}

/// A channel of a process's output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// `stdout`.
    Stdout,
    /// `stderr`.
    Stderr,
}

impl Channel {
    /// As the commands name it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// A daemon as an object.
pub struct Proxy {
    connection: Connection,
}

/// One method without parameters for each name, all with a result of the same type.
macro_rules! methods {
    ($($(#[doc = $doc:literal])+ $name:ident ($($param:ident: $kind:ty),*) -> $result:ty = $method:literal, $read:expr;)+) => {
        $(
            $(#[doc = $doc])+
            pub fn $name(&mut self, $($param: $kind),*) -> Result<$result, Problem> {
                let value = self.connection.call($method, &[$($param.into()),*])?;
                $read(&value).ok_or(Problem::Unexpected($method))
            }
        )+
    };
}

impl Proxy {
    /// Connects at the first call.
    pub fn new(server: Server) -> Self {
        Self { connection: Connection::new(server) }
    }

    /// As [`Self::new`], but a call fails with EAGAIN once the server has been silent for so long.
    pub fn patient(server: Server, patience: Duration) -> Self {
        Self { connection: Connection::patient(server, patience) }
    }

    /// As [`Self::new`], but a call fails once all of it has taken so long, whatever it waits for.
    pub fn limited(server: Server, limit: Duration) -> Self {
        Self { connection: Connection::limited(server, limit) }
    }

    /// The server that is called.
    pub fn server(&self) -> &Server {
        self.connection.server()
    }

    methods! {
        /// Version of the interface.
        version() -> String = "supervisor.getVersion", text;
        /// Version of Supervisor that the daemon stands for.
        supervisor_version() -> String = "supervisor.getSupervisorVersion", text;
        /// Pid of the daemon.
        pid() -> i64 = "supervisor.getPID", int;
        /// All processes, by group, then name.
        all_process_info() -> Vec<ProcessInfo> = "supervisor.getAllProcessInfo", |v| list(v, &process_info);
        /// One process.
        process_info(name: &str) -> ProcessInfo = "supervisor.getProcessInfo", process_info;
        /// All configured processes, whether active or not.
        all_config_info() -> Vec<ConfigInfo> = "supervisor.getAllConfigInfo", |v| list(v, &config_info);
        /// Starts a process and waits until it runs.
        start_process(name: &str) -> bool = "supervisor.startProcess", flag;
        /// Starts a group's processes and waits until they run.
        start_group(name: &str) -> Vec<Outcome> = "supervisor.startProcessGroup", |v| list(v, &outcome);
        /// Starts all processes and waits until they run.
        start_all() -> Vec<Outcome> = "supervisor.startAllProcesses", |v| list(v, &outcome);
        /// Stops a process and waits until it has.
        stop_process(name: &str) -> bool = "supervisor.stopProcess", flag;
        /// Stops a group's processes and waits until they have.
        stop_group(name: &str) -> Vec<Outcome> = "supervisor.stopProcessGroup", |v| list(v, &outcome);
        /// Stops all processes and waits until they have.
        stop_all() -> Vec<Outcome> = "supervisor.stopAllProcesses", |v| list(v, &outcome);
        /// Sends a process a signal, by name or number.
        signal_process(name: &str, signal: &str) -> bool = "supervisor.signalProcess", flag;
        /// Sends a group's processes a signal.
        signal_group(name: &str, signal: &str) -> Vec<Outcome> = "supervisor.signalProcessGroup", |v| list(v, &outcome);
        /// Sends all processes a signal.
        signal_all(signal: &str) -> Vec<Outcome> = "supervisor.signalAllProcesses", |v| list(v, &outcome);
        /// Empties a process's logs.
        clear_process_logs(name: &str) -> bool = "supervisor.clearProcessLogs", flag;
        /// Empties all logs.
        clear_all_logs() -> Vec<Outcome> = "supervisor.clearAllProcessLogs", |v| list(v, &outcome);
        /// Part of the main log; a negative offset counts from the end.
        read_log(offset: i64, length: i64) -> String = "supervisor.readLog", text;
        /// Part of a process's standard output.
        read_stdout(name: &str, offset: i64, length: i64) -> String = "supervisor.readProcessStdoutLog", text;
        /// Part of a process's standard error.
        read_stderr(name: &str, offset: i64, length: i64) -> String = "supervisor.readProcessStderrLog", text;
        /// Writes to a process's standard input.
        send_stdin(name: &str, chars: &str) -> bool = "supervisor.sendProcessStdin", flag;
        /// Ends the daemon.
        shutdown() -> bool = "supervisor.shutdown", flag;
        /// Starts the daemon afresh.
        restart() -> bool = "supervisor.restart", flag;
        /// Reads the configuration again and says what differs.
        reload_config() -> Changes = "supervisor.reloadConfig", changes;
        /// Makes a group of the configuration active.
        add_group(name: &str) -> bool = "supervisor.addProcessGroup", flag;
        /// Takes a stopped group away.
        remove_group(name: &str) -> bool = "supervisor.removeProcessGroup", flag;
    }

    /// Part of a process's output; a negative offset counts from the end.
    pub fn read_process_log(
        &mut self,
        name: &str,
        channel: Channel,
        offset: i64,
        length: i64,
    ) -> Result<String, Problem> {
        match channel {
            Channel::Stdout => self.read_stdout(name, offset, length),
            Channel::Stderr => self.read_stderr(name, offset, length),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

fn int(value: &Value) -> Option<i64> {
    value.as_int()
}

fn flag(value: &Value) -> Option<bool> {
    value.as_bool()
}

fn list<T>(value: &Value, item: &impl Fn(&Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(item).collect()
}

fn text_of(value: &Value, key: &str) -> Option<String> {
    value.get(key)?.as_str().map(str::to_owned)
}

fn int_of(value: &Value, key: &str) -> Option<i64> {
    value.get(key)?.as_int()
}

fn process_info(value: &Value) -> Option<ProcessInfo> {
    Some(ProcessInfo {
        group: text_of(value, "group")?,
        name: text_of(value, "name")?,
        state: int_of(value, "state")?,
        statename: text_of(value, "statename")?,
        pid: int_of(value, "pid")?,
        exit_status: int_of(value, "exitstatus").unwrap_or_default(),
        start: int_of(value, "start").unwrap_or_default(),
        now: int_of(value, "now").unwrap_or_default(),
        description: text_of(value, "description")?,
    })
}

fn outcome(value: &Value) -> Option<Outcome> {
    Some(Outcome {
        namespec: namespec(value.get("group")?.as_str()?, value.get("name")?.as_str()?),
        status: int_of(value, "status")?,
        description: text_of(value, "description")?,
    })
}

fn config_info(value: &Value) -> Option<ConfigInfo> {
    Some(ConfigInfo {
        group: text_of(value, "group")?,
        name: text_of(value, "name")?,
        inuse: value.get("inuse")?.as_bool()?,
        autostart: value.get("autostart")?.as_bool()?,
        group_prio: int_of(value, "group_prio")?,
        process_prio: int_of(value, "process_prio")?,
    })
}

/// The three lists stand in a list of one, as XML-RPC answers have one value.
fn changes(value: &Value) -> Option<Changes> {
    let [lists] = value.as_array()? else { return None };
    let [added, changed, removed] = lists.as_array()? else { return None };
    let names = |value: &Value| -> Option<Vec<String>> {
        value.as_array()?.iter().map(|name| name.as_str().map(str::to_owned)).collect()
    };
    Some(Changes { added: names(added)?, changed: names(changed)?, removed: names(removed)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_read_or_refused() {
        let names = |names: &[&str]| Value::Array(names.iter().map(|n| (*n).into()).collect());
        let lists = Value::Array(vec![names(&["a"]), names(&[]), names(&["b", "c"])]);
        let read = changes(&Value::Array(vec![lists])).unwrap();
        assert_eq!((read.added.len(), read.changed.len(), read.removed.len()), (1, 0, 2));
        assert_eq!(changes(&names(&["a"])), None);
        let one = Value::members([
            ("name", "n".into()),
            ("group", "g".into()),
            ("status", Value::Int(80)),
            ("description", "OK".into()),
        ]);
        assert_eq!(outcome(&one).unwrap().namespec, "g:n");
        assert_eq!(outcome(&names(&[])), None);
    }
}
