//! The few system calls that the compiler cannot check, each behind a safe function. The only file with `unsafe`.
#![allow(unsafe_code)]

use std::ffi::CString;
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::{ForkResult, Gid, Uid};
use rustix::io::{Errno, FdFlags};
use rustix::process::{Pid, Signal};

/// Whom a child becomes before it runs its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    /// User id.
    pub(super) uid: u32,
    /// Primary group.
    pub(super) gid: u32,
    /// All groups, the primary one first.
    pub(super) groups: Vec<u32>,
}

/// What a child had to do between fork and exec when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Supplementary groups.
    Groups,
    /// Primary group.
    Gid,
    /// User.
    Uid,
    /// Working folder.
    Chdir,
    /// Running the program, or making the process.
    Exec,
}

/// The number of a step in an error that came from the child: only an `errno` crosses the fork, so the step is written
/// above it.
const STEP: i32 = 1 << 16;

/// Lets the child become `identity`, then change to `directory`, before it runs its program: in this order, so that
/// the folder is entered with the rights of the user.
pub(super) fn become_before_exec(command: &mut Command, identity: &Identity, directory: Option<CString>) {
    let groups: Vec<Gid> = identity.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
    let (uid, gid) = (Uid::from_raw(identity.uid), Gid::from_raw(identity.gid));
    let steps = move || {
        at(Step::Groups, nix::unistd::setgroups(&groups))?;
        at(Step::Gid, nix::unistd::setgid(gid))?;
        at(Step::Uid, nix::unistd::setuid(uid))?;
        match &directory {
            Some(directory) => at(Step::Chdir, nix::unistd::chdir(directory.as_c_str())),
            None => Ok(()),
        }
    };
    // SAFETY: between fork and exec only four system calls are made, on values that were made before the fork;
    // nothing is allocated and no lock is taken.
    unsafe { command.pre_exec(steps) };
}

fn at(step: Step, result: nix::Result<()>) -> io::Result<()> {
    result.map_err(|errno| io::Error::from_raw_os_error((step as i32 + 1) * STEP + errno as i32))
}

/// The step at which a spawn failed, and why.
pub(super) fn failed_step(error: &io::Error) -> (Step, io::Error) {
    let raw = error.raw_os_error().unwrap_or(0);
    let step = match raw / STEP {
        1 => Step::Groups,
        2 => Step::Gid,
        3 => Step::Uid,
        4 => Step::Chdir,
        _ => Step::Exec,
    };
    (step, io::Error::from_raw_os_error(raw % STEP))
}

/// Which side of a fork this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The process that was.
    Parent,
    /// The new one.
    Child,
}

/// Forks. To be called while there is one thread only.
pub(super) fn fork() -> io::Result<Side> {
    // SAFETY: the daemon has one thread, so the child may go on as if nothing had happened.
    match unsafe { nix::unistd::fork() }? {
        ForkResult::Parent { .. } => Ok(Side::Parent),
        ForkResult::Child => Ok(Side::Child),
    }
}

/// Lets children not inherit the descriptor, if it is open.
pub(super) fn close_on_exec(descriptor: i32) -> io::Result<()> {
    // SAFETY: the descriptor is borrowed for one call that does not close it; if it is not open, that call says so.
    let borrowed = unsafe { BorrowedFd::borrow_raw(descriptor) };
    Ok(rustix::io::fcntl_setfd(borrowed, FdFlags::CLOEXEC)?)
}

/// Sends a signal to a process, or to the process group that it leads.
pub(super) fn kill(pid: i32, group: bool, signal: i32) -> Result<(), Errno> {
    if !(0..=64).contains(&signal) {
        return Err(Errno::INVAL);
    }
    if pid <= 1 {
        return Err(Errno::SRCH);
    }
    let pid = Pid::from_raw(pid).ok_or(Errno::SRCH)?;
    if signal == 0 {
        // No signal: only whether one could be sent.
        use rustix::process::{test_kill_process, test_kill_process_group};
        return if group { test_kill_process_group(pid) } else { test_kill_process(pid) };
    }
    // SAFETY: the number is in the range of the kernel's signals; those that the C library keeps for itself are sent
    // to other processes only, as any `kill` command may.
    let signal = unsafe { Signal::from_raw_unchecked(signal) };
    if group { rustix::process::kill_process_group(pid, signal) } else { rustix::process::kill_process(pid, signal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_step_crosses_the_fork() {
        let error = at(Step::Uid, Err(nix::errno::Errno::EPERM)).unwrap_err();
        let (step, why) = failed_step(&error);
        assert_eq!((step, why.raw_os_error()), (Step::Uid, Some(1)));
        let (step, why) = failed_step(&io::Error::from_raw_os_error(2));
        assert_eq!((step, why.raw_os_error()), (Step::Exec, Some(2)));
    }

    #[test]
    fn nobody_is_signalled_by_mistake() {
        assert_eq!(kill(0, false, 15), Err(Errno::SRCH));
        assert_eq!(kill(1, true, 15), Err(Errno::SRCH));
        assert_eq!(kill(-1, false, 15), Err(Errno::SRCH));
        assert_eq!(kill(i32::MAX, false, 65), Err(Errno::INVAL));
        assert_eq!(kill(i32::MAX, false, 0), Err(Errno::SRCH));
        assert_eq!(kill(i32::MAX, false, 15), Err(Errno::SRCH));
    }
}
