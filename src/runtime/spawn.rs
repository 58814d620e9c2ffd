//! Starting a child: its pipes, its environment, its identity, its folder.
//!
//! How it is made is [`Nursery`]'s; here is what it is made of. All descriptors of the daemon close on exec.

use std::borrow::Cow;
use std::ffi::{CStr, CString, NulError, OsStr};
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;

use rustix::pipe::PipeFlags;

use crate::conf::model;

use super::account;
use super::command::{Program, Refusal, resolve};
use super::core::ids::Pid;
use super::errno;
use super::inherited::Inherited;
use super::limits;
use super::sys::{Birth, Identity, Nursery, Step};

/// What a child is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setup<'a, 'i> {
    /// Its configuration; the environment is complete but for what follows.
    pub(super) process: &'a Rc<model::Process>,
    /// Name of its group.
    pub(super) group: &'a str,
    /// `SUPERVISOR_SERVER_URL`, where there is a server.
    pub(super) serverurl: Option<&'a str>,
    /// What it has of the daemon's own environment.
    pub(super) inherited: &'i Inherited,
}

/// The pipes of a child that is to be.
#[derive(Debug)]
pub(super) struct Pipes {
    /// Its own ends.
    pub(super) theirs: ChildEnds,
    /// Ours, which do not block: to its standard input, where that is a pipe.
    pub(super) stdin: Option<OwnedFd>,
    /// From its standard output, and error output where that is redirected.
    pub(super) stdout: OwnedFd,
    /// From its error output where that is not redirected.
    pub(super) stderr: Option<OwnedFd>,
}

/// The ends of a child's pipes that become its descriptors 0, 1 and 2.
#[derive(Debug)]
pub(super) struct ChildEnds([OwnedFd; 3]);

/// Why there is no child. `Display` gives the text of `spawnerr`.
#[derive(Debug)]
pub(super) enum Failure {
    /// The command cannot be executed.
    Refused(Refusal),
    /// The socket of its group cannot be opened: why.
    Socket(String),
    /// The limit of descriptors is reached.
    TooManyFiles(String),
    /// There are no pipes or logs: the process' name and why.
    Dispatchers(String, io::Error),
    /// The limit of processes is reached.
    TooManyProcesses(String),
    /// No process could be made: its name and why.
    Fork(String, io::Error),
    /// The user could not be become: their number, or name if nobody has it, and why.
    Setuid(String, String),
    /// The folder could not be entered.
    Chdir(String, io::Error),
    /// The program could not be run: its name as written, and why.
    Exec(String, io::Error),
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(refusal) => refusal.fmt(f),
            Self::Socket(why) => f.write_str(why),
            Self::TooManyFiles(name) => write!(f, "too many open files to spawn '{name}'"),
            Self::Dispatchers(name, why) => {
                write!(f, "unknown error making dispatchers for '{name}': {}", errno::name(why))
            }
            Self::TooManyProcesses(name) => write!(f, "Too many processes in process table to spawn '{name}'"),
            Self::Fork(name, why) => write!(f, "unknown error during fork for '{name}': {}", errno::name(why)),
            Self::Setuid(user, why) => write!(f, "couldn't setuid to {user}: {why}"),
            Self::Chdir(folder, why) => write!(f, "couldn't chdir to {folder}: {}", errno::name(why)),
            Self::Exec(program, why) => write!(f, "couldn't exec {program}: {}", errno::name(why)),
        }
    }
}

impl Failure {
    /// A failure to make pipes or to open logs.
    pub(super) fn of_files(name: &str, why: io::Error) -> Self {
        match why.raw_os_error().map(nix::errno::Errno::from_raw) {
            Some(nix::errno::Errno::EMFILE | nix::errno::Errno::ENFILE) => Self::TooManyFiles(name.to_owned()),
            _ => Self::Dispatchers(name.to_owned(), why),
        }
    }

    /// What the original's child would have written to its error output before it left; the log of that output is
    /// where people look for it.
    pub(super) fn last_words(&self) -> Option<String> {
        match self {
            Self::Setuid(..) | Self::Chdir(..) | Self::Exec(..) => {
                Some(format!("supervisor: {self}\nsupervisor: child process was not spawned\n"))
            }
            Self::Refused(_)
            | Self::Socket(_)
            | Self::TooManyFiles(_)
            | Self::Dispatchers(..)
            | Self::TooManyProcesses(_)
            | Self::Fork(..) => None,
        }
    }
}

/// Looks whether the command of a process could be executed.
pub(super) fn probe(process: &model::Process) -> Result<Program, Refusal> {
    let own = process.environment.iter().rev().find(|(key, _)| key == "PATH").map(|(_, path)| path.clone());
    resolve(&process.command, own.or_else(|| std::env::var("PATH").ok()).as_deref())
}

/// A child that is to be.
#[derive(Debug)]
pub(super) struct Unborn<'i> {
    process: Rc<model::Process>,
    program: Program,
    birth: Birth<'i>,
    ends: ChildEnds,
}

impl<'i> Unborn<'i> {
    /// Of a program that was found by [`probe`].
    pub(super) fn new(program: Program, setup: Setup<'_, 'i>, ends: ChildEnds) -> Result<Self, Failure> {
        let process = setup.process;
        let invalid = |step: Step| failure(step, io::Error::from_raw_os_error(22), &program, process, None);
        let text = |text: &OsStr, step: Step| CString::new(text.as_bytes()).map_err(|_| invalid(step));
        let words = program.words.iter().map(|word| text(word.as_ref(), Step::Exec));
        let directory = process.directory.as_deref().map(|folder| text(folder.as_ref(), Step::Chdir));
        let birth = Birth {
            file: text(program.file.as_os_str(), Step::Exec)?,
            words: words.collect::<Result<_, _>>()?,
            environment: environment(setup).map_err(|_| invalid(Step::Exec))?,
            identity: identity(process)?,
            directory: directory.transpose()?,
            umask: process.umask,
            leads_group: true,
        };
        Ok(Self { process: Rc::clone(process), program, birth, ends })
    }
}

/// Starts them all, and says in their order what came of it.
pub(super) fn bear<'u>(
    nursery: &mut Nursery,
    all: impl Iterator<Item = &'u Unborn<'u>> + Clone,
) -> Vec<Result<Pid, Failure>> {
    let awaited: Vec<_> = all.clone().map(|one| (&one.birth, one.ends.0.each_ref().map(AsFd::as_fd))).collect();
    let failed =
        |one: &Unborn<'_>, (step, why)| failure(step, why, &one.program, &one.process, one.birth.identity.as_ref());
    let born = nursery.bear_all(&awaited).into_iter();
    all.zip(born).map(|(one, born)| born.map_err(|why| failed(one, why))).collect()
}

/// That of the daemon, what tells a child who it is, and what its configuration says.
fn environment<'i>(setup: Setup<'_, 'i>) -> Result<Vec<Cow<'i, CStr>>, NulError> {
    let process = setup.process;
    let url = process.serverurl.as_deref().or(setup.serverurl).filter(|url| !url.is_empty());
    let url = url.map(|url| ("SUPERVISOR_SERVER_URL", url));
    let who = [("SUPERVISOR_PROCESS_NAME", process.name.as_str()), ("SUPERVISOR_GROUP_NAME", setup.group)];
    let configured = process.environment.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let own = [("SUPERVISOR_ENABLED", "1")].into_iter().chain(url).chain(who).chain(configured);
    setup.inherited.with(&own.collect())
}

/// Whom the child is to become, if that is somebody else.
fn identity(process: &model::Process) -> Result<Option<Identity>, Failure> {
    let Some(user) = &process.user else { return Ok(None) };
    let identity = account::identity(user).map_err(|why| Failure::Setuid(user.clone(), why.to_string()))?;
    let ours = rustix::process::getuid();
    if ours.as_raw() == identity.uid {
        Ok(None)
    } else if ours.is_root() {
        Ok(Some(identity))
    } else {
        Err(Failure::Setuid(identity.uid.to_string(), "Can't drop privilege as nonroot user".to_owned()))
    }
}

fn failure(
    step: Step,
    why: io::Error,
    program: &Program,
    process: &model::Process,
    identity: Option<&Identity>,
) -> Failure {
    let name = || process.name.clone();
    let user = || identity.map(|identity| identity.uid.to_string()).unwrap_or_default();
    match step {
        Step::Groups => Failure::Setuid(user(), "Could not set groups of effective user".to_owned()),
        Step::Gid => Failure::Setuid(user(), "Could not set group id of effective user".to_owned()),
        Step::Uid => Failure::Setuid(user(), errno::name(&why)),
        Step::Chdir => Failure::Chdir(process.directory.clone().unwrap_or_default(), why),
        Step::Exec => Failure::Exec(program.words[0].clone(), why),
        Step::Fork | Step::Descriptors => match why.raw_os_error().map(nix::errno::Errno::from_raw) {
            Some(nix::errno::Errno::EAGAIN) => Failure::TooManyProcesses(name()),
            Some(nix::errno::Errno::EMFILE | nix::errno::Errno::ENFILE) => Failure::TooManyFiles(name()),
            _ => Failure::Fork(name(), why),
        },
    }
}

impl Pipes {
    /// Makes them; without one for errors where those are redirected, and for input where that is a socket. The last
    /// descriptors are not for children.
    pub(super) fn open(redirect_stderr: bool, socket: Option<OwnedFd>) -> io::Result<Self> {
        let (child_in, stdin) = if let Some(socket) = socket {
            (socket, None)
        } else {
            let (theirs, ours) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
            (theirs, Some(ours))
        };
        let (stdout, child_out) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
        let (stderr, child_err) = if redirect_stderr {
            (None, child_out.try_clone()?)
        } else {
            let (ours, theirs) = rustix::pipe::pipe_with(PipeFlags::CLOEXEC)?;
            (Some(ours), theirs)
        };
        // It is the newest, and the child's three ends are closed when there is a child.
        if limits::is_spare(&child_err) {
            return Err(rustix::io::Errno::MFILE.into());
        }
        for ours in [stdin.as_ref(), Some(&stdout), stderr.as_ref()].into_iter().flatten() {
            rustix::io::ioctl_fionbio(ours, true)?;
        }
        let theirs = ChildEnds([child_in, child_out, child_err]);
        Ok(Self { theirs, stdin, stdout, stderr })
    }
}
