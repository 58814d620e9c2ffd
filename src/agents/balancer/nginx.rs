//! nginx, by the file that holds the upstream: a server is marked `down`, and nginx reads its configuration anew.
//!
//! It does so by new workers; the old ones end what they have, and give a client that is down now requests until then. So
//! they count as connections. They are found as the children of the master, whose pid is in its pid file.

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{Balancer, Client, PATIENCE, Place, Problem, Standing, View, connections};
use crate::agents::failure::Failure;
use crate::agents::identity::{self, Process};
use crate::agents::plain;
use crate::agents::replace::replace;
use crate::agents::shell::{self, Ended, Output};
use crate::conf::upstream;

/// One nginx.
#[derive(Clone, Debug)]
pub struct Nginx {
    /// The file that holds the upstream.
    pub conf: String,
    /// The name of the upstream.
    pub upstream: String,
    /// The command that tests the configuration.
    pub check: String,
    /// The command that makes nginx read it.
    pub reload: String,
    /// Where the pid of the master is.
    pub pid_file: String,
}

/// How often workers are looked at.
const LOOK: Duration = Duration::from_millis(50);

impl Nginx {
    fn text(&self) -> Result<String, Failure> {
        plain::text(Path::new(&self.conf)).map_err(|why| Failure::File { verb: "read", path: self.conf.clone(), why })
    }

    fn wrong(&self) -> impl Fn(upstream::Problem) -> Problem + '_ {
        |why| Problem::Upstream { path: self.conf.clone(), why }
    }

    fn set(&self, client: &Client, is_down: bool) -> Result<(), Problem> {
        let text = self.text()?;
        let edited = upstream::set(&text, &self.upstream, &client.host, client.port, is_down).map_err(self.wrong())?;
        let failed = |why| Failure::File { verb: "write", path: self.conf.clone(), why };
        if edited != text {
            replace(Path::new(&self.conf), edited.as_bytes()).map_err(failed)?;
            // It tests only what is in place; nobody reads that before the reload.
            if let Err(problem) = run(&self.check) {
                replace(Path::new(&self.conf), text.as_bytes()).map_err(failed)?;
                return Err(problem.into());
            }
        }
        self.reload()
    }

    /// Has the configuration read, and waits until no worker takes requests by the old one.
    fn reload(&self) -> Result<(), Problem> {
        let old: Vec<Process> =
            self.workers().into_iter().filter(|(_, is_ending)| !is_ending).map(|(own, _)| own).collect();
        run(&self.reload)?;
        let until = Instant::now() + PATIENCE;
        while self.workers().iter().any(|(process, is_ending)| !is_ending && old.contains(process)) {
            if Instant::now() > until {
                return Err(Problem::NotReloaded { command: self.reload.clone() });
            }
            sleep(LOOK);
        }
        Ok(())
    }

    /// The workers, and whether they only end what they have. None where the master is not known.
    fn workers(&self) -> Vec<(Process, bool)> {
        let master = plain::text(Path::new(&self.pid_file)).ok().and_then(|text| text.trim().parse().ok());
        let children = master.map(identity::children).unwrap_or_default();
        let title = |process: &Process| fs::read(format!("/proc/{}/cmdline", process.pid)).unwrap_or_default();
        let worker = |process: Process| {
            let title = String::from_utf8_lossy(&title(&process)).into_owned();
            title.starts_with("nginx: worker process").then(|| (process, title.contains("shutting down")))
        };
        children.into_iter().filter_map(worker).collect()
    }
}

fn run(command: &str) -> Result<(), Failure> {
    let run = shell::run(&format!("{{ {command}\n}} 2>&1"), b"", Output::Kept, PATIENCE);
    let (ended, says) = run.map_err(|why| Failure::NotRun { command: command.to_owned(), why })?;
    if ended == Ended::Exit(0) {
        return Ok(());
    }
    let says = String::from_utf8_lossy(&says).lines().next().unwrap_or_default().to_owned();
    Err(Failure::Failed { command: command.to_owned(), ended, says })
}

impl Balancer for Nginx {
    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem> {
        let all = upstream::servers(&self.text()?, &self.upstream).map_err(self.wrong())?;
        Ok(Box::new(Seen { by: self, all }))
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, true)
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        let ending = self.workers().iter().filter(|(_, is_ending)| *is_ending).count() as u64;
        Ok(connections::to(client)?.max(ending))
    }

    fn close(&mut self, _: &Client) -> Result<(), Problem> {
        Ok(())
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, false)
    }
}

/// What its file has at one moment.
struct Seen<'n> {
    by: &'n Nginx,
    all: Vec<upstream::Server>,
}

impl View for Seen<'_> {
    fn standing(&self, client: &Client) -> Result<Standing, Problem> {
        let mut own = self.all.iter().filter(|server| server.is_at(&client.host, client.port)).peekable();
        if own.peek().is_none() {
            let place = format!("the upstream {} in {}", self.by.upstream, self.by.conf);
            return Err(Problem::Unknown { place, client: client.address() });
        }
        Ok(if own.all(upstream::Server::is_down) { Standing::Out } else { Standing::In })
    }

    fn places(&self) -> Result<Vec<Place>, Problem> {
        Ok(self.all.iter().map(|server| Place::at(None, &server.address)).collect())
    }
}
