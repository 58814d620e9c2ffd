//! The lines of a list, one after the other.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::problem::{Ended, Problem};
use super::process::{self, Known, Process};
use super::runner::{Fault, Runner};
use super::site::{self, Site};
use super::world::World as _;
use super::{ending, procfs};
use crate::conf::cluster::{Action, Cluster, Step, Victim};

/// A program that was left running.
#[derive(Clone, Debug)]
pub(super) struct Child {
    /// Which it is.
    pub(super) process: Process,
    /// How it is called.
    pub(super) shown: String,
}

/// What steps need to know.
pub(super) struct Steps<'c> {
    /// The cluster.
    pub(super) cluster: &'c Cluster,
    /// Its files.
    pub(super) site: &'c Site,
    /// Its processes.
    pub(super) known: Known,
}

impl Steps<'_> {
    /// Does one step. If it leaves a program running, that comes back.
    pub(super) fn run(&self, runner: &mut Runner<'_>, number: usize, step: &Step) -> Result<Option<Child>, Problem> {
        let shown = step.shown();
        match &step.action {
            Action::Shell(line) => {
                let words = ["/bin/sh", "-c", line].map(str::to_owned);
                wait_for(runner, &words, number, shown).map(|()| None)
            }
            Action::Run(words) => wait_for(runner, words, number, shown).map(|()| None),
            Action::Background(words) => self.leave(runner, words, number, shown).map(Some),
            Action::Pid(victim) => self.end(runner, victim).map(|()| None),
        }
    }

    fn leave(&self, runner: &mut Runner<'_>, words: &[String], number: usize, shown: String) -> Result<Child, Problem> {
        runner.say(&format!("Running in background {shown}"));
        let log = self.site.open_log()?;
        let started = runner.leave_running(words, number, &log);
        let process = started.map_err(|why| Problem::NotRun { command: shown.clone(), why })?;
        runner.say(&format!("Background pid is {}", process.pid));
        Ok(Child { process, shown })
    }

    fn end(&self, runner: &mut Runner<'_>, victim: &Victim) -> Result<(), Problem> {
        match victim {
            Victim::Number(pid) => self.end_pid(runner, *pid, None),
            Victim::File(shown) => {
                let path = Path::new(shown);
                let text = match fs::read_to_string(path) {
                    Ok(text) => text,
                    Err(why) if why.kind() == std::io::ErrorKind::NotFound => {
                        runner.say(&format!("There is no pid file '{shown}': nothing to stop"));
                        return Ok(());
                    }
                    Err(why) if why.kind() == std::io::ErrorKind::InvalidData => String::new(),
                    Err(why) => return Err(Problem::PidFileUnread { path: shown.clone(), why }),
                };
                // Some have more to say on further lines.
                let pid = text.lines().next().unwrap_or_default().trim().parse().ok().filter(|pid| *pid > 1);
                let pid = pid.ok_or_else(|| Problem::BadPidFile { path: shown.clone() })?;
                self.end_pid(runner, pid, Some(shown))?;
                site::remove(path, shown)
            }
        }
    }

    /// Ends the process that has this pid. If a file says so, it must not have begun after that was written, unless it is
    /// known to be of this cluster.
    fn end_pid(&self, runner: &mut Runner<'_>, pid: i32, file: Option<&str>) -> Result<(), Problem> {
        let all = runner.processes().map_err(Problem::Processes)?;
        let Some(seen) = all.iter().find(|seen| seen.process.pid == pid && !seen.has_ended) else {
            runner.say(&format!("PID {pid} has ended already"));
            return Ok(());
        };
        let family = process::family(&all, &self.known);
        let own = rustix::process::getpid().as_raw_nonzero().get();
        if pid == own || family.daemon == Some(seen.process) {
            return Err(Problem::OwnPid { pid });
        }
        let is_ours = family.members.iter().any(|member| member.process == seen.process);
        let written = file.and_then(|file| fs::metadata(file).and_then(|metadata| metadata.modified()).ok());
        if let (false, Some(written), Some(file)) = (is_ours, written, file)
            && !procfs::is_older(seen.process, written)
        {
            runner.say(&format!("Pid file '{file}' is stale: PID {pid} is another process by now, and is left alone"));
            return Ok(());
        }
        runner.say(&format!("Stopping PID {pid}"));
        ending::end_one(runner, seen.process, Duration::from_secs(self.cluster.stopwaitsecs))
    }
}

/// Runs a command and waits for its success.
fn wait_for(runner: &mut Runner<'_>, words: &[String], number: usize, shown: String) -> Result<(), Problem> {
    runner.say(&format!("Running {shown}"));
    match runner.run(words, number) {
        Ok(Ended::Exit(0)) => Ok(()),
        Ok(ended) => Err(Problem::Failed { command: shown, ended }),
        Err(Fault::Io(why)) => Err(Problem::NotRun { command: shown, why }),
        Err(Fault::Interrupted) => Err(Problem::Interrupted),
    }
}
