//! A supervisord of this project, as its configuration describes it: whether it runs, and how to talk to it.

use std::io::{self, BufWriter};
use std::os::fd::AsFd as _;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustix::io::Errno;

use super::daemons::old_daemon;
use super::supervisorctl;
use super::surroundings::Surroundings;
use crate::base::Sources;
use crate::client::console::Console;
use crate::client::problem::Problem;
use crate::client::proxy::Proxy;
use crate::client::supervisorctl::{Controller, PATIENCE, Settings, exit};
use crate::client::transport::Server;
use crate::compile::plan::{Action, Plan};
use crate::conf::model::Config;
use crate::conf::read;

/// How long a daemon may think before its first word.
const TO_ANSWER: Duration = Duration::from_secs(5);

/// A configuration, and the way to the daemon that was started with it.
pub(super) struct Supervisor {
    settings: Settings,
    pub(super) config: Config,
    conf: Utf8PathBuf,
}

/// Who answers at the address of a configuration.
pub(super) enum Answer {
    /// The daemon of that configuration.
    Running,
    /// Nobody.
    Nobody,
    /// Somebody else, or one who does not let us in; in words.
    Other(String),
}

impl Supervisor {
    /// From its configuration file.
    pub(super) fn read(conf: &Utf8Path) -> Result<Self, String> {
        Self::of(conf, Surroundings::now().read(conf.as_str())?)
    }

    /// From the text that stood in its configuration file.
    pub(super) fn of(conf: &Utf8Path, text: String) -> Result<Self, String> {
        let surroundings = Surroundings::now();
        let client =
            supervisorctl::client_of(conf.as_str(), text.clone(), &surroundings).map_err(|refusal| refusal.message)?;
        let config = config_in(conf, text, &surroundings);
        let server = Server { url: client.serverurl, username: client.username, password: client.password };
        let settings =
            Settings { server, prompt: client.prompt, history_file: None, interactive: false, patience: PATIENCE };
        Ok(Self { settings, config, conf: conf.to_owned() })
    }

    /// Whether it runs. The pid file tells it from a stranger at the same address.
    pub(super) fn ask(&self) -> Answer {
        let url = &self.settings.server.url;
        match Proxy::patient(self.settings.server.clone(), TO_ANSWER).pid() {
            Ok(pid) if self.pid() == Some(pid) => self.moved().map_or(Answer::Running, Answer::Other),
            Ok(pid) => Answer::Other(format!(
                "another supervisord (pid {pid}) answers at {url}, whose pid file is not {}",
                self.config.supervisord.pidfile
            )),
            Err(problem) if is_absent(&problem) => match self.pid_alive() {
                None => self.moved().map_or(Answer::Nobody, Answer::Other),
                Some(pid) => Answer::Other(format!(
                    "its supervisord runs (pid {pid}) but does not listen at {url}; `kill -HUP {pid}` restarts it with the \
                     present configuration, `kill {pid}` ends it, each with all its programs"
                )),
            },
            Err(Problem::Status { code: 401 | 403, .. }) => {
                Answer::Other(format!("{url} does not take the credentials of the configuration{}", self.way_out()))
            }
            Err(problem) if problem.errno() == Some(Errno::AGAIN.raw_os_error()) => {
                Answer::Other(format!("somebody listens at {url} but says nothing for {} seconds", TO_ANSWER.as_secs()))
            }
            Err(problem @ Problem::Io(_)) => Answer::Other(format!("{url} does not let us in: {problem}")),
            Err(problem) => Answer::Other(format!("what answers at {url} is no supervisord: {problem}")),
        }
    }

    /// What to do where the project was moved while it runs: it would look for its configuration where that was.
    fn moved(&self) -> Option<String> {
        let pid = self.pid()?;
        let name = self.conf.file_name()?;
        let words = words_of(pid)?;
        let old = words.iter().map(Utf8Path::new).find(|word| word.is_absolute() && word.file_name() == Some(name))?;
        (old != self.conf && !old.exists()).then(|| {
            format!(
                "its supervisord (pid {pid}) was started with {old}, which is gone: the project was moved while it ran; \
                 `kill {pid}` ends it and all its programs, then `up` starts them here"
            )
        })
    }

    /// Whether who talks to `other` talks to it, too.
    pub(super) fn has_address_of(&self, other: &Self) -> bool {
        let address = |supervisor: &Self| {
            let Server { url, username, password } = supervisor.settings.server.clone();
            (url, username, password)
        };
        address(self) == address(other)
    }

    /// What helps against a daemon that still asks for the credentials with which it was started.
    fn way_out(&self) -> String {
        self.pid_alive().map_or_else(String::new, |pid| {
            format!("; if its credentials changed since it started, `kill -HUP {pid}` restarts it and all its programs")
        })
    }

    /// What the pid file says.
    pub(super) fn pid(&self) -> Option<i64> {
        noted_pid(&self.config)
    }

    /// What the pid file says, if that is a process that was started with this configuration.
    pub(super) fn pid_alive(&self) -> Option<i64> {
        pid_alive(&self.config, &self.conf)
    }

    /// A connection of its own.
    pub(super) fn proxy(&self) -> Proxy {
        Proxy::new(self.settings.server.clone())
    }

    /// Whether the options that only a restart applies are the same.
    pub(super) fn same_daemon(&self, other: &Self) -> bool {
        self.conf == other.conf
            && self.config.supervisord == other.config.supervisord
            && self.config.servers == other.config.servers
            && self.config.rpcinterfaces == other.config.rpcinterfaces
    }

    /// `supervisorctl update`, for these groups or for all; false if it failed.
    pub(super) fn update(&self, groups: &[String]) -> bool {
        let line = if groups.is_empty() { "update".to_owned() } else { format!("update {}", groups.join(" ")) };
        self.command(&line) == exit::SUCCESS
    }

    /// Runs a line of supervisorctl, and gives its exit status.
    pub(super) fn command(&self, line: &str) -> u8 {
        let (mut out, mut err, input) = (BufWriter::new(io::stdout()), io::stderr(), io::stdin());
        let console = Console::new(&mut out, &mut err, input.as_fd());
        let mut controller = Controller::new(self.settings.clone(), console);
        controller.run(line);
        controller.exit_status()
    }
}

/// What the configuration `text` in the file `path` means, here and now.
pub(super) fn config_of(path: &Utf8Path, text: String) -> Config {
    config_in(path, text, &Surroundings::now())
}

fn config_in(path: &Utf8Path, text: String, surroundings: &Surroundings) -> Config {
    read::read(&mut Sources::new(), path.as_str(), text, &surroundings.context()).config
}

/// Supervisors that run and whose configuration `plan` removes: the configuration as it is shown, and the pid.
pub(super) fn left_behind(plan: &Plan) -> Vec<(String, i64)> {
    let removed = plan.changes.iter().filter(|change| change.action == Action::Remove);
    let configurations = removed.filter_map(|change| Some((&change.path, old_daemon(change)?)));
    let running = configurations.filter_map(|(path, text)| {
        let config = config_of(path, text.to_owned());
        Some((plan.shown(path).to_string(), pid_alive(&config, path)?))
    });
    running.collect()
}

/// What the pid file says.
fn noted_pid(config: &Config) -> Option<i64> {
    std::fs::read_to_string(&config.supervisord.pidfile).ok()?.trim().parse().ok()
}

/// The pid of the pid file, if that is a process that was started with `conf`. One that was killed leaves its pid file
/// behind, and its pid may be another's by now.
pub(super) fn pid_alive(config: &Config, conf: &Utf8Path) -> Option<i64> {
    let pid = noted_pid(config)?;
    words_of(pid)?.iter().any(|word| word == conf.as_str()).then_some(pid)
}

/// The command line of a process.
fn words_of(pid: i64) -> Option<Vec<String>> {
    let command = std::fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(command.split(|byte| *byte == 0).map(|word| String::from_utf8_lossy(word).into_owned()).collect())
}

/// Nobody listens.
fn is_absent(problem: &Problem) -> bool {
    let absent = [rustix::io::Errno::CONNREFUSED, rustix::io::Errno::NOENT, rustix::io::Errno::NOTDIR];
    problem.errno().is_some_and(|errno| absent.iter().any(|known| known.raw_os_error() == errno))
}
