//! The table of methods.

use super::args::Args;
use super::info::ProcessInfo;
use super::{Answer, Later, Rpc, config, daemon, info, logs, processes, system};

/// What a parameter or a result is, by the names that signatures use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    String,
    Int,
    Boolean,
    Array,
    Struct,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int => "int",
            Self::Boolean => "boolean",
            Self::Array => "array",
            Self::Struct => "struct",
        }
    }
}

/// One parameter.
#[derive(Debug)]
pub(super) struct Param {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether it may be left out; those that may come last.
    pub(super) optional: bool,
    pub(super) about: &'static str,
}

/// Where a method stands before the dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// Under the name of each `[rpcinterface:NAME]`.
    Supervisor,
    /// Under `system`.
    System,
}

/// How a method is run.
#[derive(Clone, Copy)]
pub(super) enum Run {
    /// It answers at once.
    Now(fn(&Rpc, &Args) -> Answer),
    /// It answers at once, about all processes.
    OfAll(fn(&Rpc, &Args) -> Vec<ProcessInfo>),
    /// It may have to wait for processes.
    Later(fn(Rpc, Args) -> Later),
}

/// One method.
pub(super) struct Method {
    pub(super) namespace: Namespace,
    pub(super) name: &'static str,
    pub(super) params: &'static [Param],
    pub(super) returns: Kind,
    /// What the result is.
    pub(super) result: &'static str,
    pub(super) about: &'static str,
    /// Whether it is answered while the daemon leaves.
    pub(super) while_leaving: bool,
    pub(super) run: Run,
}

const fn param(name: &'static str, kind: Kind, about: &'static str) -> Param {
    Param { name, kind, optional: false, about }
}

const fn wait(about: &'static str) -> Param {
    Param { name: "wait", kind: Kind::Boolean, optional: true, about }
}

const fn supervisor(
    name: &'static str,
    params: &'static [Param],
    (returns, result): (Kind, &'static str),
    about: &'static str,
    run: Run,
) -> Method {
    Method { namespace: Namespace::Supervisor, name, params, returns, result, about, while_leaving: false, run }
}

const fn system(
    name: &'static str,
    params: &'static [Param],
    (returns, result): (Kind, &'static str),
    about: &'static str,
    run: Run,
) -> Method {
    Method { namespace: Namespace::System, name, params, returns, result, about, while_leaving: true, run }
}

const PROCESS: Param = param("name", Kind::String, "name of the process, `group:name` where they differ");
const PROCESS_OR_GROUP: Param = param("name", Kind::String, "name of the process, `group:name` or `group:*`");
const GROUP: Param = param("name", Kind::String, "name of the group");
const SIGNAL: Param = param("signal", Kind::String, "name ('HUP') or number ('1') of the signal");
const OFFSET: Param = param("offset", Kind::Int, "first byte; if negative, how many from the end, with length 0");
const LENGTH: Param = param("length", Kind::Int, "how many bytes; 0 for all that follow");
const KNOWN: Param = param("offset", Kind::Int, "how much of the log is known already, in bytes");
const MOST: Param = param("length", Kind::Int, "how many bytes at most");

const TRUE: (Kind, &str) = (Kind::Boolean, "true; failures are faults");
const VERSION: (Kind, &str) = (Kind::String, "a version");
const TEXT: (Kind, &str) = (Kind::String, "what the log holds there");
const TAIL: (Kind, &str) = (Kind::Array, "[text, new offset, whether something was skipped]");
const STATUSES: (Kind, &str) = (Kind::Array, "a struct of name, group, status and description for each process");

const ABOUT_API_VERSION: &str = "Tell the version of this interface.";
const ABOUT_READ_LOG: &str = "Read a part of the daemon's log.";
const ABOUT_READ_STDOUT: &str = "Read a part of the log of a process's standard output.";
const ABOUT_TAIL_STDOUT: &str = "Follow the log of a process's standard output: give the last bytes of it,\n\
    and what to give as offset the next time. Nothing is given when nothing is new.";
const ABOUT_CLEAR: &str = "Empty the logs of a process and begin them anew.";

use Kind::{Array, Int, String as Text, Struct};
use Run::{Later as Slow, Now, OfAll};

/// All methods.
pub(super) const METHODS: &[Method] = &[
    supervisor("getAPIVersion", &[], VERSION, ABOUT_API_VERSION, Now(daemon::api_version)),
    supervisor("getVersion", &[], VERSION, ABOUT_API_VERSION, Now(daemon::api_version)),
    supervisor(
        "getSupervisorVersion",
        &[],
        VERSION,
        "Tell the version of Supervisor that this daemon stands for.",
        Now(daemon::supervisor_version),
    ),
    supervisor(
        "getIdentification",
        &[],
        (Text, "the identifier"),
        "Tell the identifier of this daemon, as configured.",
        Now(daemon::identification),
    ),
    supervisor(
        "getState",
        &[],
        (Struct, "int statecode, string statename"),
        "Tell the state of this daemon.",
        Now(daemon::state),
    ),
    supervisor("getPID", &[], (Int, "the pid"), "Tell the pid of this daemon.", Now(daemon::pid)),
    supervisor("readLog", &[OFFSET, LENGTH], TEXT, ABOUT_READ_LOG, Now(logs::read_main)),
    supervisor("readMainLog", &[OFFSET, LENGTH], TEXT, ABOUT_READ_LOG, Now(logs::read_main)),
    supervisor("clearLog", &[], TRUE, "Empty the daemon's log and begin it anew.", Now(logs::clear_main)),
    supervisor("shutdown", &[], TRUE, "Stop all processes, then end this daemon.", Slow(daemon::shutdown)),
    supervisor("restart", &[], TRUE, "Stop all processes, then start this daemon afresh.", Slow(daemon::restart)),
    supervisor(
        "reloadConfig",
        &[],
        (Array, "[[added, changed, removed]], each an array of names of groups"),
        "Read the configuration again and tell what it would change.\nNothing is started or stopped.",
        Now(daemon::reload_config),
    ),
    supervisor("addProcessGroup", &[GROUP], TRUE, "Make a group of the configuration active.", Slow(daemon::add_group)),
    supervisor(
        "removeProcessGroup",
        &[GROUP],
        TRUE,
        "Take a group whose processes are stopped out of the active ones.",
        Slow(daemon::remove_group),
    ),
    supervisor(
        "startProcess",
        &[PROCESS_OR_GROUP, wait("whether to answer only when the process runs")],
        TRUE,
        "Start a process.",
        Slow(processes::start),
    ),
    supervisor(
        "startProcessGroup",
        &[GROUP, wait("whether to answer only when all processes run")],
        STATUSES,
        "Start the processes of a group that do not run.",
        Slow(processes::start_group),
    ),
    supervisor(
        "startAllProcesses",
        &[wait("whether to answer only when all processes run")],
        STATUSES,
        "Start all processes that do not run.",
        Slow(processes::start_all),
    ),
    supervisor(
        "stopProcess",
        &[PROCESS_OR_GROUP, wait("whether to answer only when the process has stopped")],
        TRUE,
        "Stop a process.",
        Slow(processes::stop),
    ),
    supervisor(
        "stopProcessGroup",
        &[GROUP, wait("whether to answer only when all processes have stopped")],
        STATUSES,
        "Stop the processes of a group that run.",
        Slow(processes::stop_group),
    ),
    supervisor(
        "stopAllProcesses",
        &[wait("whether to answer only when all processes have stopped")],
        STATUSES,
        "Stop all processes that run.",
        Slow(processes::stop_all),
    ),
    supervisor("signalProcess", &[PROCESS_OR_GROUP, SIGNAL], TRUE, "Send a process a signal.", Slow(processes::signal)),
    supervisor(
        "signalProcessGroup",
        &[GROUP, SIGNAL],
        STATUSES,
        "Send a signal to the processes of a group.",
        Slow(processes::signal_group),
    ),
    supervisor(
        "signalAllProcesses",
        &[SIGNAL],
        STATUSES,
        "Send a signal to all processes.",
        Slow(processes::signal_all),
    ),
    supervisor(
        "getProcessInfo",
        &[PROCESS],
        (Struct, "name, group, state and the rest"),
        "Tell how a process is.",
        Now(info::one),
    ),
    supervisor(
        "getAllProcessInfo",
        &[],
        (Array, "a struct for each process, by group and name"),
        "Tell how all processes are.",
        OfAll(info::all),
    ),
    supervisor(
        "getAllConfigInfo",
        &[],
        (Array, "a struct for each process, by name"),
        "Tell how all processes are configured, whether their group is active or not.",
        Now(config::all),
    ),
    supervisor("readProcessStdoutLog", &[PROCESS, OFFSET, LENGTH], TEXT, ABOUT_READ_STDOUT, Now(logs::read_stdout)),
    supervisor("readProcessLog", &[PROCESS, OFFSET, LENGTH], TEXT, ABOUT_READ_STDOUT, Now(logs::read_stdout)),
    supervisor(
        "readProcessStderrLog",
        &[PROCESS, OFFSET, LENGTH],
        TEXT,
        "Read a part of the log of a process's standard error.",
        Now(logs::read_stderr),
    ),
    supervisor("tailProcessStdoutLog", &[PROCESS, KNOWN, MOST], TAIL, ABOUT_TAIL_STDOUT, Now(logs::tail_stdout)),
    supervisor("tailProcessLog", &[PROCESS, KNOWN, MOST], TAIL, ABOUT_TAIL_STDOUT, Now(logs::tail_stdout)),
    supervisor(
        "tailProcessStderrLog",
        &[PROCESS, KNOWN, MOST],
        TAIL,
        "Follow the log of a process's standard error: give the last bytes of it,\n\
         and what to give as offset the next time. Nothing is given when nothing is new.",
        Now(logs::tail_stderr),
    ),
    supervisor("clearProcessLogs", &[PROCESS], TRUE, ABOUT_CLEAR, Now(logs::clear)),
    supervisor("clearProcessLog", &[PROCESS], TRUE, ABOUT_CLEAR, Now(logs::clear)),
    supervisor("clearAllProcessLogs", &[], STATUSES, "Empty all logs of processes.", Now(logs::clear_all)),
    supervisor(
        "sendProcessStdin",
        &[PROCESS, param("chars", Text, "what to write; text is written as UTF-8")],
        TRUE,
        "Write to the standard input of a process.",
        Now(processes::send_stdin),
    ),
    Method {
        while_leaving: true,
        ..supervisor(
            "sendRemoteCommEvent",
            &[param("type", Text, "of the event, in the sender's words"), param("data", Text, "what it says")],
            TRUE,
            "Tell the listeners of REMOTE_COMMUNICATION events.",
            Now(daemon::send_remote_comm_event),
        )
    },
    system("listMethods", &[], (Array, "names"), "Tell the names of all methods.", Now(system::list_methods)),
    system(
        "methodHelp",
        &[param("name", Text, "full name of a method")],
        (Text, "a text like this one"),
        "Tell what a method does.",
        Now(system::method_help),
    ),
    system(
        "methodSignature",
        &[param("name", Text, "full name of a method")],
        (Array, "[type of the result, types of the parameters...]"),
        "Tell the types of a method.",
        Now(system::method_signature),
    ),
    system(
        "multicall",
        &[param("calls", Array, "structs of string methodName and array params")],
        (Array, "what each call came to; a struct of faultCode and faultString where it failed"),
        "Call methods one after another.",
        Slow(system::multicall),
    ),
];
