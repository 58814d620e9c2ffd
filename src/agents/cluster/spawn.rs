//! Making children.
//!
//! The standard library's children inherit which signals are held back here, and would never hear of a TERM. So this goes by
//! `posix_spawn`, which sets that right.

use std::ffi::{CString, OsStr};
use std::io;
use std::os::fd::{AsRawFd as _, BorrowedFd};
use std::os::unix::ffi::OsStrExt as _;

use nix::fcntl::OFlag;
use nix::spawn::{PosixSpawnAttr, PosixSpawnFileActions, PosixSpawnFlags, posix_spawnp};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::unistd::Pid;

use super::process::{Mark, VARIABLE};

/// Runs a program, which is looked for on PATH unless it has a slash, with nothing to read, writing to `output`. If it is
/// `apart`, it has a process group of its own, so that what is typed at the terminal is not for it. Its pid.
pub(super) fn spawn(words: &[String], mark: &Mark, output: BorrowedFd<'_>, apart: bool) -> io::Result<i32> {
    let words = words.iter().map(|word| Ok(CString::new(word.as_str())?)).collect::<io::Result<Vec<_>>>()?;
    let program = words.first().ok_or(io::ErrorKind::InvalidInput)?;
    let pid = posix_spawnp(program, &descriptors(output)?, &attributes(apart)?, &words, &environment(mark)?)?;
    Ok(pid.as_raw())
}

fn descriptors(output: BorrowedFd<'_>) -> io::Result<PosixSpawnFileActions> {
    let mut actions = PosixSpawnFileActions::init()?;
    actions.add_dup2(output.as_raw_fd(), 1)?;
    actions.add_dup2(output.as_raw_fd(), 2)?;
    actions.add_open(0, "/dev/null", OFlag::O_RDONLY, Mode::empty())?;
    Ok(actions)
}

fn attributes(apart: bool) -> io::Result<PosixSpawnAttr> {
    let mut attributes = PosixSpawnAttr::init()?;
    let mut flags = PosixSpawnFlags::POSIX_SPAWN_SETSIGMASK | PosixSpawnFlags::POSIX_SPAWN_SETSIGDEF;
    flags.set(PosixSpawnFlags::POSIX_SPAWN_SETPGROUP, apart);
    attributes.set_flags(flags)?;
    attributes.set_pgroup(Pid::from_raw(0))?;
    attributes.set_sigmask(&SigSet::empty())?;
    // Rust programs ignore it.
    attributes.set_sigdefault(&[Signal::SIGPIPE].into_iter().collect())?;
    Ok(attributes)
}

/// Ours, with the mark.
fn environment(mark: &Mark) -> io::Result<Vec<CString>> {
    let own = std::env::vars_os().filter(|(name, _)| name != VARIABLE);
    let own = own.map(|(name, value)| [name.as_os_str(), OsStr::new("="), &value].map(OsStr::as_bytes).concat());
    let mark = format!("{VARIABLE}={}", mark.written()).into_bytes();
    own.chain([mark]).map(|variable| Ok(CString::new(variable)?)).collect()
}
