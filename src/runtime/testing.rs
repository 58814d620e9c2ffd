//! Configurations for tests.

use std::path::Path;
use std::rc::Rc;

use crate::conf::model::{Autorestart, Channel, ChildLog, Group, GroupKind, LogLevel, MainLog, Process, Supervisord};

/// A group of programs.
pub(super) fn group(name: &str, processes: Vec<Process>) -> Group {
    let processes = processes.into_iter().map(Rc::new).collect();
    Group { name: name.to_owned(), priority: 999, kind: GroupKind::Program, processes }
}

/// A pool of event listeners.
pub(super) fn pool(name: &str, events: &[&str], buffer_size: i64, processes: Vec<Process>) -> Group {
    let kind = GroupKind::EventListener {
        events: events.iter().map(|&event| event.to_owned()).collect(),
        buffer_size,
        result_handler: String::new(),
    };
    Group { priority: -1, kind, ..group(name, processes) }
}

/// A program with Supervisor's defaults, without logs.
pub(super) fn process(name: &str) -> Process {
    Process {
        name: name.to_owned(),
        command: "/bin/cat".to_owned(),
        directory: None,
        umask: None,
        user: None,
        environment: Vec::new(),
        priority: 999,
        autostart: true,
        autorestart: Autorestart::Unexpected,
        startsecs: 1,
        startretries: 3,
        exitcodes: vec![0],
        stopsignal: 15,
        stopwaitsecs: 10,
        stopasgroup: false,
        killasgroup: false,
        redirect_stderr: false,
        stdout: channel(),
        stderr: channel(),
        serverurl: None,
    }
}

/// A channel that goes nowhere.
pub(super) fn channel() -> Channel {
    Channel {
        logfile: ChildLog::None,
        logfile_maxbytes: 50 << 20,
        logfile_backups: 10,
        capture_maxbytes: 0,
        events_enabled: false,
        syslog: false,
    }
}

/// `[supervisord]` with everything in `folder`.
pub(super) fn supervisord(folder: &Path) -> Supervisord {
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    Supervisord {
        logfile: MainLog::Path(file("supervisord.log")),
        logfile_maxbytes: 50 << 20,
        logfile_backups: 10,
        loglevel: LogLevel::Info,
        pidfile: file("supervisord.pid"),
        umask: 0o22,
        nodaemon: true,
        silent: true,
        minfds: 64,
        minprocs: 10,
        nocleanup: false,
        childlogdir: folder.to_str().unwrap().to_owned(),
        user: None,
        directory: None,
        strip_ansi: false,
        environment: Vec::new(),
        identifier: "supervisor".to_owned(),
    }
}
