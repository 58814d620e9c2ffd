//! The daemon: it starts the programs, and stays for as long as the cluster lives.
//!
//! Its standard input is the lock, its output a pipe to the controller, to which it says that the cluster is alive. When it
//! has, it gives up both, and its messages go to the log.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd as _, OwnedFd, RawFd};
use std::time::Duration;

use super::ending;
use super::problem::Problem;
use super::process::{self, Known, Process};
use super::procfs;
use super::runner::{Asked, Runner};
use super::site::Site;
use super::standing::Which;
use super::steps::{Child, Steps};
use super::stopping;
use super::world::World as _;
use crate::agents::record::Record;
use crate::conf::cluster::{Cluster, Step};

/// Which list a daemon begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum List {
    /// `start`
    Start,
    /// `restart`
    Restart,
}

impl List {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Restart => "restart",
        }
    }

    /// The list of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Start, Self::Restart].into_iter().find(|list| list.name() == name)
    }

    fn of(self, cluster: &Cluster) -> &[Step] {
        match self {
            Self::Start => &cluster.start,
            Self::Restart => &cluster.restart,
        }
    }
}

/// What the daemon says to the controller once the cluster is alive.
pub(super) const ALIVE: &[u8] = b"alive\n";

/// How often the lock is tried for while a controller has it, which will end the daemon anyway.
const RETRY: Duration = Duration::from_millis(200);

/// What a controller hands to its daemon.
#[derive(Debug)]
pub struct Handed {
    /// The lock: its standard input.
    pub lock: OwnedFd,
    /// Where it says that the cluster is alive: its standard output.
    pub word: OwnedFd,
}

/// Runs a daemon that a controller has made, with `out` to show its output. Its exit status is the controller's, if the
/// start fails.
pub fn run(cluster: &Cluster, list: List, handed: Handed, out: &mut dyn Write) -> u8 {
    let problem = match prepare(cluster, handed) {
        Ok((site, own, waiting)) => match Runner::of_daemon(&site.pid_file, &mut *out, waiting) {
            Ok(runner) => {
                // A restart leaves a pid file.
                let strays = site.read().map_or_else(|_| Vec::new(), |found| found.known.strays);
                return Daemon { cluster, site, runner, own, children: Vec::new(), strays }.run(list);
            }
            Err(why) => Problem::NoDaemon { why },
        },
        Err(problem) => problem,
    };
    // Nobody is there to be told that nobody reads.
    let _ = writeln!(out, "{problem}");
    1
}

/// Parts from the terminal; comes back with who waits.
fn prepare(cluster: &Cluster, Handed { lock, word }: Handed) -> Result<(Site, Process, OwnedFd), Problem> {
    close_inherited(&[lock.as_raw_fd(), word.as_raw_fd()]);
    let site = Site::enter(cluster)?;
    let not_made = |why| Problem::NoDaemon { why };
    if !site.is_lock(&lock.into()) {
        return Err(not_made(io::Error::other("it is for `start` and `restart` to do that")));
    }
    // It leads no group, as it was made just now.
    rustix::process::setsid().map_err(|why| not_made(why.into()))?;
    Ok((site, procfs::own().map_err(not_made)?, word))
}

/// Whatever else the user's shell had open would be held open for as long as the cluster lives. Nothing is open here yet but
/// the three that have a meaning, and those in `own`.
fn close_inherited(own: &[RawFd]) {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<RawFd>().ok());
    for number in numbers.filter(|number| *number > 2 && !own.contains(number)).collect::<Vec<_>>() {
        // One that is gone by now is the listing's own.
        let _ = nix::unistd::close(number);
    }
}

struct Daemon<'c, 'o> {
    cluster: &'c Cluster,
    site: Site,
    runner: Runner<'o>,
    own: Process,
    children: Vec<Child>,
    /// What a daemon before this one has left behind, and nobody would find.
    strays: Vec<Process>,
}

impl Daemon<'_, '_> {
    fn run(mut self, list: List) -> u8 {
        let alive = self.launch(list).and_then(|()| self.leave_terminal());
        match alive {
            Ok(()) => self.watch(),
            Err(problem) => self.undo(&problem),
        }
    }

    /// Does what the list says. The cluster is alive once all that is in it has succeeded, and what was left running has
    /// lived for as long as it must.
    fn launch(&mut self, list: List) -> Result<(), Problem> {
        self.write()?;
        let mut until = self.runner.now();
        for (number, step) in list.of(self.cluster).iter().enumerate() {
            let steps = Steps { cluster: self.cluster, site: &self.site, known: self.known() };
            if let Some(child) = steps.run(&mut self.runner, number, step)? {
                self.children.push(child);
                until = self.runner.now() + Duration::from_secs(self.cluster.startsecs);
                self.write()?;
            }
            self.check()?;
        }
        while self.runner.now() < until && self.children.iter().any(|child| self.lives(child)) {
            self.runner.turn(&[], Some(until)).map_err(Problem::Processes)?;
            self.check()?;
        }
        // What has done its work, or has left it to others, is no child any more.
        let (alive, _) = std::mem::take(&mut self.children).into_iter().partition(|child| self.lives(child));
        self.children = alive;
        let all = self.runner.processes().map_err(Problem::Processes)?;
        self.strays = process::family(&all, &self.known()).strays();
        self.write()
    }

    fn lives(&self, child: &Child) -> bool {
        self.runner.ended(child.process.pid).is_none()
    }

    /// Whether the start can go on.
    fn check(&self) -> Result<(), Problem> {
        if self.runner.asked().is_some() {
            return Err(Problem::Interrupted);
        }
        for Child { process, shown } in &self.children {
            let ended = self.runner.ended(process.pid).filter(|ended| !ended.is_success());
            if let Some(ended) = ended {
                let (command, log) = (shown.clone(), self.site.log.clone());
                return Err(Problem::DiedAtOnce { command, pid: process.pid, ended, log });
            }
        }
        Ok(())
    }

    fn known(&self) -> Known {
        let children = self.children.iter().map(|child| child.process).collect();
        let (cluster, strays) = (self.site.pid_file.clone(), self.strays.clone());
        Known { cluster, daemon: Some(self.own), children, strays, except: None }
    }

    fn write(&self) -> Result<(), Problem> {
        let children = self.children.iter().map(|child| child.process).collect();
        self.site.write(&Record { daemon: self.own, children, strays: self.strays.clone() })
    }

    /// Says that the cluster is alive, and gives up the terminal, the lock and the controller.
    fn leave_terminal(&mut self) -> Result<(), Problem> {
        let log = self.site.open_log()?;
        let not_made = |why| Problem::NoDaemon { why };
        let null = OpenOptions::new().read(true).write(true).open("/dev/null").map_err(not_made)?;
        let pids: Vec<String> = self.children.iter().map(|child| child.process.pid.to_string()).collect();
        if !pids.is_empty() {
            self.runner.say(&format!("Child PIDs: {}", pids.join(", ")));
        }
        self.runner.say(&format!("Started with pid {}", self.own.pid));
        self.runner.say("Cluster is alive...");
        let replaced = rustix::stdio::dup2_stdin(&null)
            .and_then(|()| rustix::stdio::dup2_stdout(&null))
            .and_then(|()| rustix::stdio::dup2_stderr(&log));
        replaced.map_err(|why| not_made(why.into()))?;
        // Last, so that the lock is the controller's alone.
        self.runner.detach(ALIVE);
        Ok(())
    }

    /// Ends all that was started, in reverse.
    fn undo(&mut self, problem: &Problem) -> u8 {
        self.runner.complain(problem);
        self.runner.say("Undoing what was started...");
        let patience = Duration::from_secs(self.cluster.stopwaitsecs);
        let known = self.known();
        let mut problems = ending::end(&mut self.runner, &known, Which::All, patience);
        // What is left is still to be found by it.
        if problems.is_empty() {
            problems.extend(self.site.remove().err());
        }
        self.runner.complain_of(&problems);
        1
    }

    /// Stays until it is told to go.
    fn watch(&mut self) -> u8 {
        loop {
            let (ended, alive) = std::mem::take(&mut self.children).into_iter().partition(|child| !self.lives(child));
            self.children = alive;
            for Child { process, shown } in ended as Vec<Child> {
                let how = self.runner.ended(process.pid).map_or(String::new(), |how| format!(": {how}"));
                self.runner.say(&format!("PID {} ({shown}) has ended{how}", process.pid));
            }
            let retry = match self.runner.asked() {
                None => None,
                Some(Asked::Leave) => return 0,
                Some(Asked::Stop) => match self.site.try_lock() {
                    // A controller is at work, and will end this process.
                    Ok(None) => Some(self.runner.now() + RETRY),
                    lock => return self.stop(lock.ok().flatten()),
                },
            };
            if let Err(why) = self.runner.turn(&[], retry) {
                self.runner.complain(&Problem::Processes(why));
                return self.stop(None);
            }
        }
    }

    /// Ends the cluster, as `stop` does.
    fn stop(&mut self, lock: Option<File>) -> u8 {
        self.runner.forget_asked();
        let steps = Steps { cluster: self.cluster, site: &self.site, known: self.known() };
        let stopped = stopping::stop(&steps, &mut self.runner);
        drop(lock);
        u8::from(!stopped)
    }
}
