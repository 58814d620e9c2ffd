//! A cluster's files: the lock, the pid file, the log.
//!
//! The lock is a file beside the pid file, which stays. Whoever changes anything holds it. The daemon is handed the lock of
//! the controller that starts it, as its standard input, so that a start that has lost its controller still holds it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;

use super::problem::Problem;
use super::process::Known;
use super::{procfs, world::World};
use crate::agents::identity::begun_before;
use crate::agents::inode;
use crate::agents::record::{self, Record};
use crate::agents::replace::replace;
use crate::conf::cluster::Cluster;
use crate::conf::path;

/// Where a cluster's files are.
#[derive(Clone, Debug)]
pub(super) struct Site {
    /// The pid file as the manifest writes it.
    pub(super) shown: String,
    /// Its absolute path, by which the cluster is known.
    pub(super) pid_file: String,
    /// The log.
    pub(super) log: String,
}

/// What the pid file says.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// Whether there is one.
    pub(super) exists: bool,
    /// The processes in it, as far as they can still be.
    pub(super) known: Known,
}

impl Site {
    /// Goes to the cluster's folder.
    pub(super) fn enter(cluster: &Cluster) -> Result<Self, Problem> {
        let gone = |why| Problem::Directory { path: cluster.directory.clone(), why };
        std::env::set_current_dir(&cluster.directory).map_err(gone)?;
        Ok(Self {
            shown: cluster.pid_file.clone(),
            pid_file: path::absolute(&cluster.directory, &cluster.pid_file),
            log: cluster.log.clone(),
        })
    }

    fn lock_path(&self) -> String {
        format!("{}.lock", self.pid_file)
    }

    fn open_lock(&self) -> Result<File, Problem> {
        let opened = OpenOptions::new().create(true).append(true).open(self.lock_path());
        opened.map_err(|why| Problem::Lock { path: self.lock_path(), why })
    }

    /// Waits for the lock; says so if somebody has it.
    pub(super) fn lock(&self, world: &mut dyn World) -> Result<File, Problem> {
        let file = self.open_lock()?;
        let failed = |why| Problem::Lock { path: self.lock_path(), why };
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => {
                world.say("Waiting for another start, stop or restart to end...");
                file.lock().map_err(failed)?;
                Ok(file)
            }
            Err(TryLockError::Error(why)) => Err(failed(why)),
        }
    }

    /// The lock, if nobody has it.
    pub(super) fn try_lock(&self) -> Result<Option<File>, Problem> {
        let file = self.open_lock()?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(why)) => Err(Problem::Lock { path: self.lock_path(), why }),
        }
    }

    /// Whether `file` is the lock.
    pub(super) fn is_lock(&self, file: &File) -> bool {
        inode::is_at(file, Path::new(&self.lock_path()))
    }

    /// Reads the pid file.
    pub(super) fn read(&self) -> Result<Found, Problem> {
        let known = Known { cluster: self.pid_file.clone(), ..Known::default() };
        let text = match fs::read_to_string(&self.pid_file) {
            Ok(text) => text,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Found { exists: false, known }),
            Err(why) if why.kind() == ErrorKind::InvalidData => return Err(self.no_pid_file()),
            Err(why) => return Err(Problem::PidFileUnread { path: self.shown.clone(), why }),
        };
        // One that a power failure has left behind names nobody.
        if text.trim_matches(|c: char| c.is_whitespace() || c == '\0').is_empty() {
            return Ok(Found { exists: true, known });
        }
        let written = record::read(&text).ok_or_else(|| self.no_pid_file())?;
        let begun = |pid| begun_before(pid, Path::new(&self.pid_file));
        let boot = procfs::boot();
        let mut processes = written.processes(&boot, &begun).into_iter();
        let daemon = processes.next().flatten();
        Ok(Found {
            exists: true,
            known: Known { daemon, children: processes.flatten().collect(), strays: written.strays(&boot), ..known },
        })
    }

    fn no_pid_file(&self) -> Problem {
        Problem::NoPidFile { path: self.shown.clone() }
    }

    /// Writes the pid file, whole or not at all.
    pub(super) fn write(&self, record: &Record) -> Result<(), Problem> {
        let written = replace(Path::new(&self.pid_file), record.written(&procfs::boot()).as_bytes());
        written.map_err(|why| Problem::PidFileUnwritten { path: self.shown.clone(), why })
    }

    /// Removes the pid file. That it is gone is no error.
    pub(super) fn remove(&self) -> Result<(), Problem> {
        remove(Path::new(&self.pid_file), &self.shown)
    }

    /// The log, to write at its end.
    pub(super) fn open_log(&self) -> Result<File, Problem> {
        let opened = OpenOptions::new().create(true).append(true).open(&self.log);
        opened.map_err(|why| Problem::Log { path: self.log.clone(), why })
    }
}

/// Removes a pid file.
pub(super) fn remove(path: &Path, shown: &str) -> Result<(), Problem> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(Problem::PidFileKept { path: shown.to_owned(), why }),
        _ => Ok(()),
    }
}
