//! The controller: what the user calls.

use std::fs::File;
use std::io::{self, PipeReader, Read as _, Write};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Child, Command, ExitStatus};
use std::time::Duration;

use nix::sys::signal::{SigSet, Signal as Caught};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::process::{Pid, Signal, kill_process};

use super::daemon::{ALIVE, List};
use super::problem::{Ended, Problem};
use super::process::{self, Family, Group, Known, Mark, Process, VARIABLE};
use super::runner::{LEAVE, Runner, send};
use super::site::{Found, Site};
use super::standing::{Standing, Which};
use super::steps::Steps;
use super::world::World as _;
use super::{ending, procfs, stopping};
use crate::agents::record::Record;
use crate::conf::cluster::Cluster;

/// What a user asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// `start`
    Start,
    /// `stop`
    Stop,
    /// `restart`
    Restart,
    /// `status`
    Status,
}

impl Action {
    /// The action of this name.
    pub fn named(name: &str) -> Option<Self> {
        let all = [("start", Self::Start), ("stop", Self::Stop), ("restart", Self::Restart), ("status", Self::Status)];
        all.into_iter().find(|(own, _)| *own == name).map(|(_, action)| action)
    }
}

/// Does what is asked for. `config` is the absolute path of the configuration, for the daemon; `out` is where all is said.
/// Comes back with the exit status.
pub fn run(cluster: &Cluster, config: &str, action: Action, out: &mut dyn Write) -> u8 {
    let site = match Site::enter(cluster) {
        Ok(site) => site,
        Err(problem) => return complain(out, &problem),
    };
    let runner = match Runner::new(&site.pid_file, &mut *out) {
        Ok(runner) => runner,
        Err(why) => return complain(out, &Problem::Processes(why)),
    };
    let mut controller = Controller { cluster, config, site, runner };
    let done = match action {
        Action::Start => controller.start(),
        Action::Stop => controller.stop(),
        Action::Restart => controller.restart(),
        Action::Status => controller.status(),
    };
    done.unwrap_or_else(|problem| {
        controller.runner.complain(&problem);
        1
    })
}

fn complain(out: &mut dyn Write, problem: &Problem) -> u8 {
    // Nobody is there to be told that nobody reads.
    let _ = writeln!(out, "{problem}");
    1
}

struct Controller<'c, 'o> {
    cluster: &'c Cluster,
    config: &'c str,
    site: Site,
    runner: Runner<'o>,
}

/// What there is.
struct State {
    found: Found,
    family: Family,
    standing: Standing,
}

impl Controller<'_, '_> {
    fn state(&mut self) -> Result<State, Problem> {
        let mut found = self.site.read()?;
        found.known.except = Some(rustix::process::getpid().as_raw_nonzero().get());
        let all = self.runner.processes().map_err(Problem::Processes)?;
        let family = process::family(&all, &found.known);
        found.known.daemon = family.daemon;
        let standing = Standing::of(found.exists, &family);
        Ok(State { found, family, standing })
    }

    fn patience(&self) -> Duration {
        Duration::from_secs(self.cluster.stopwaitsecs)
    }

    fn status(&mut self) -> Result<u8, Problem> {
        let State { found, family, standing } = self.state()?;
        if standing == Standing::Alive {
            self.runner.say("Running.");
            if !found.exists {
                self.runner.say(&format!("Pid file '{}' is missing.", self.site.shown));
            }
            let gone = |child: &&Process| !family.members.iter().any(|member| member.process == **child);
            for child in found.known.children.iter().filter(gone) {
                self.runner.say(&format!("PID {} has ended: see {}", child.pid, self.site.log));
            }
            return Ok(0);
        }
        self.runner.say("Not running.");
        if standing == Standing::Stale {
            self.say_stale(&found, &family);
        }
        Ok(0)
    }

    fn say_stale(&mut self, found: &Found, family: &Family) {
        if found.exists {
            self.runner.say(&format!("Pid file '{}' is stale: its process is gone.", self.site.shown));
        }
        if !family.members.is_empty() {
            let pids: Vec<String> = family.members.iter().map(|member| member.process.pid.to_string()).collect();
            self.runner.say(&format!("Left over from the cluster: PID {}", pids.join(", ")));
        }
    }

    fn start(&mut self) -> Result<u8, Problem> {
        let lock = self.site.lock(&mut self.runner)?;
        let State { found, family, standing } = self.state()?;
        match (standing, family.daemon) {
            (Standing::Alive, Some(daemon)) if !found.exists => {
                let file = &self.site.shown;
                let line = format!(
                    "Start aborded since the cluster runs, with pid {}: pid file '{file}' is missing.",
                    daemon.pid
                );
                self.runner.say(&line);
                return Ok(1);
            }
            (Standing::Alive, _) => {
                self.runner.say(&format!("Start aborded since pid file '{}' exists.", self.site.shown));
                return Ok(1);
            }
            (Standing::Stale, _) => {
                self.say_stale(&found, &family);
                if !self.end(&found.known, Which::All) {
                    return Ok(1);
                }
            }
            (Standing::Absent, _) => {}
        }
        self.launch(List::Start, lock)
    }

    /// Ends members; whether all are.
    fn end(&mut self, known: &Known, which: Which) -> bool {
        let patience = self.patience();
        let problems = ending::end(&mut self.runner, known, which, patience);
        self.runner.complain_of(&problems);
        problems.is_empty()
    }

    /// The state of a cluster that is to be stopped; nothing, and a word about it, if there is none.
    fn present(&mut self) -> Result<Option<State>, Problem> {
        let state = self.state()?;
        if state.standing == Standing::Absent {
            self.runner.say(&format!("Could not stop, pid file '{}' missing.", self.site.shown));
            return Ok(None);
        }
        if state.standing == Standing::Stale {
            self.say_stale(&state.found, &state.family);
        }
        Ok(Some(state))
    }

    fn stop(&mut self) -> Result<u8, Problem> {
        let _lock = self.site.lock(&mut self.runner)?;
        let Some(state) = self.present()? else { return Ok(1) };
        self.stop_all(state.found.known).map(|stopped| u8::from(!stopped))
    }

    fn stop_all(&mut self, known: Known) -> Result<bool, Problem> {
        let daemon = known.daemon;
        let steps = Steps { cluster: self.cluster, site: &self.site, known };
        let stopped = stopping::stop(&steps, &mut self.runner);
        self.end_daemon(daemon)?;
        Ok(stopped)
    }

    /// Lets the daemon leave; it does so at once, unless it hangs.
    fn end_daemon(&mut self, daemon: Option<Process>) -> Result<(), Problem> {
        let Some(daemon) = daemon else { return Ok(()) };
        send(LEAVE, daemon).map_err(|why| Problem::NotSent { pid: daemon.pid, why })?;
        let until = self.runner.now() + self.patience();
        let lives = |runner: &mut Runner<'_>| -> io::Result<bool> {
            Ok(runner.processes()?.iter().any(|seen| seen.process == daemon && !seen.has_ended))
        };
        while lives(&mut self.runner).map_err(Problem::Processes)? && self.runner.now() < until {
            self.runner.wait(&[daemon], until).map_err(Problem::Processes)?;
        }
        ending::end_one(&mut self.runner, daemon, Duration::ZERO)
    }

    fn restart(&mut self) -> Result<u8, Problem> {
        let lock = self.site.lock(&mut self.runner)?;
        let Some(State { found: Found { known, .. }, .. }) = self.present()? else { return Ok(1) };
        if self.cluster.restart.is_empty() {
            if !self.stop_all(known)? {
                return Ok(1);
            }
            return self.launch(List::Start, lock);
        }
        if !self.end(&known, Which::Background) {
            return Ok(1);
        }
        // For the next daemon: without one, nobody would find them.
        let all = self.runner.processes().map_err(Problem::Processes)?;
        let strays = process::family(&all, &known).strays();
        let daemon = known.daemon.map_or_else(procfs::own, Ok).map_err(Problem::Processes)?;
        self.site.write(&Record { daemon, children: Vec::new(), strays })?;
        self.end_daemon(known.daemon)?;
        self.launch(List::Restart, lock)
    }

    /// Makes a daemon, and waits until it says that the cluster is alive, or is gone.
    fn launch(&mut self, list: List, lock: File) -> Result<u8, Problem> {
        self.runner.say(match list {
            List::Start => "Cluster is starting...",
            List::Restart => "Cluster is restarting...",
        });
        let (reader, writer) = io::pipe().map_err(|why| Problem::NoDaemon { why })?;
        let mark = Mark { group: Group::Daemon, cluster: self.site.pid_file.clone() };
        let mut command = Command::new("/proc/self/exe");
        command.arg0("recipe").args(["cluster", "--daemon", list.name(), self.config]);
        command.env(VARIABLE, mark.written()).stdin(lock).stdout(writer);
        let mut daemon = command.spawn().map_err(|why| Problem::NoDaemon { why })?;
        // Its end of the pipe is in there.
        drop(command);
        if is_alive(reader, &daemon).map_err(|why| Problem::NoDaemon { why })? {
            return Ok(0);
        }
        let status = daemon.wait().map_err(|why| Problem::NoDaemon { why })?;
        match status.code() {
            Some(1) => Ok(1),
            _ => self.clear_up(status),
        }
    }

    /// After a daemon that was killed: what it had started would be nobody's.
    fn clear_up(&mut self, status: ExitStatus) -> Result<u8, Problem> {
        let ended = status.signal().map_or_else(|| Ended::Exit(status.code().unwrap_or(-1)), Ended::Signal);
        self.runner.complain(&Problem::DaemonGone { ended: ended.to_string() });
        let State { found, .. } = self.state()?;
        if self.end(&found.known, Which::All) {
            self.site.remove()?;
        }
        Ok(1)
    }
}

/// Waits for the word of the daemon. Signals that ask us to end are handed on to it, as it is the one that can undo what it
/// has started.
fn is_alive(mut reader: PipeReader, daemon: &Child) -> io::Result<bool> {
    let set: SigSet = [Caught::SIGINT, Caught::SIGTERM, Caught::SIGHUP].into_iter().collect();
    set.thread_block()?;
    let signals = SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
    let mut said: Vec<u8> = Vec::new();
    loop {
        let mut fds = [PollFd::new(&reader, PollFlags::IN), PollFd::new(&signals, PollFlags::IN)];
        match poll(&mut fds, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
        let has_word = !fds[0].revents().is_empty();
        while signals.read_signal()?.is_some() {
            // It has not been waited for, so that its pid is its own.
            let pid = Pid::from_raw(daemon.id().cast_signed()).ok_or(io::ErrorKind::InvalidInput)?;
            let _ = kill_process(pid, Signal::TERM);
        }
        if has_word {
            let mut buffer = [0; 64];
            match reader.read(&mut buffer)? {
                0 => return Ok(false),
                count => said.extend(&buffer[..count]),
            }
            if said == ALIVE {
                return Ok(true);
            }
        }
    }
}
