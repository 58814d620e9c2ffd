//! The commands of supervisorctl: one table, one function each.

mod config;
mod daemon;
mod help;
mod logs;
mod run;
mod status;
#[cfg(test)]
mod tests;

use super::supervisorctl::{Controller, Done};

/// One command.
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// How it is used, one line for each form; empty for what is not listed.
    pub help: &'static str,
    /// Runs it with what stood behind the name.
    pub run: fn(&mut Controller<'_>, &str) -> Done,
}

/// All commands by name, as `help` lists them; those without a help text are not listed.
pub const COMMANDS: &[Command] = &[
    Command { name: "EOF", help: "", run: help::end_of_input },
    Command {
        name: "add",
        help: "add <name> [...]\tMake a process or group of the configuration active",
        run: config::add,
    },
    Command { name: "avail", help: "avail\t\t\tList all configured processes", run: status::avail },
    Command {
        name: "clear",
        help: "clear <name>\t\tEmpty the logs of a process\n\
               clear <name> <name>\tEmpty the logs of several processes\n\
               clear all\t\tEmpty the logs of all processes",
        run: run::clear,
    },
    Command { name: "exit", help: "exit\tLeave the supervisor shell.", run: help::quit },
    Command {
        name: "fg",
        help: "fg <process>\tTalk to a process: its output is shown, what you type is its input\n\t\tCtrl-C to leave",
        run: logs::fg,
    },
    Command { name: "help", help: "", run: help::help },
    Command {
        name: "maintail",
        help: "maintail -f \tFollow the log of supervisord (Ctrl-C to leave)\n\
               maintail -100\tthe last 100 *bytes* of the log of supervisord\n\
               maintail\tthe last 1600 *bytes* of the log of supervisord\n",
        run: logs::maintail,
    },
    Command {
        name: "open",
        help: "open <url>\tTalk to another supervisord.\n\t\t(a unix socket is written unix:///path/of/socket)",
        run: daemon::open,
    },
    Command {
        name: "pid",
        help: "pid\t\t\tShow the PID of supervisord.\n\
               pid <name>\t\tShow the PID of one process.\n\
               pid all\t\t\tShow the PIDs of all processes, one on each line.",
        run: status::pid,
    },
    Command { name: "quit", help: "quit\tLeave the supervisor shell.", run: help::quit },
    Command { name: "reload", help: "reload \t\tStop everything and start supervisord afresh.", run: daemon::reload },
    Command {
        name: "remove",
        help: "remove <name> [...]\tTake a stopped process or group out of the active configuration",
        run: config::remove,
    },
    Command {
        name: "reread",
        help: "reread \t\t\tRead the configuration files again and say what differs; nothing is started or stopped",
        run: config::reread,
    },
    Command {
        name: "restart",
        help: "restart <name>\t\tStop and start a process\n\
               restart <gname>:*\tStop and start all processes of a group\n\
               restart <name> <name>\tStop and start several processes or groups\n\
               restart all\t\tStop and start all processes\n\
               Note: the configuration files are not read again; reread and update do that.",
        run: run::restart,
    },
    Command { name: "shutdown", help: "shutdown \tEnd supervisord and all its processes.", run: daemon::shutdown },
    Command {
        name: "signal",
        help: "signal <signal name> <name>\t\tSend a process a signal\n\
               signal <signal name> <gname>:*\t\tSend all processes of a group a signal\n\
               signal <signal name> <name> <name>\tSend several processes or groups a signal\n\
               signal <signal name> all\t\tSend all processes a signal",
        run: run::signal,
    },
    Command {
        name: "start",
        help: "start <name>\t\tStart a process\n\
               start <gname>:*\t\tStart all processes of a group\n\
               start <name> <name>\tStart several processes or groups\n\
               start all\t\tStart all processes",
        run: run::start,
    },
    Command {
        name: "status",
        help: "status <name>\t\tShow the state of one process\n\
               status <gname>:*\tShow the states of a group's processes\n\
               status <name> <name>\tShow the states of several processes\n\
               status\t\t\tShow the states of all processes",
        run: status::status,
    },
    Command {
        name: "stop",
        help: "stop <name>\t\tStop a process\n\
               stop <gname>:*\t\tStop all processes of a group\n\
               stop <name> <name>\tStop several processes or groups\n\
               stop all\t\tStop all processes",
        run: run::stop,
    },
    Command {
        name: "tail",
        help: "tail [-f] <name> [stdout|stderr] (default stdout)\n\
               Ex:\n\
               tail -f <name>\t\tFollow the stdout of a process\n\
               \t\t\tCtrl-C to leave.\n\
               tail -100 <name>\tthe last 100 *bytes* of its stdout\n\
               tail <name> stderr\tthe last 1600 *bytes* of its stderr",
        run: logs::tail,
    },
    Command {
        name: "update",
        help: "update\t\t\tRead the configuration again, add and remove what it says, restart what changed\n\
               update all\t\tThe same\n\
               update <gname> [...]\tThe same for the given groups only",
        run: config::update,
    },
    Command {
        name: "version",
        help: "version\t\t\tShow which version of Supervisor the daemon stands for",
        run: daemon::version,
    },
];

/// The command of a name.
pub fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}
