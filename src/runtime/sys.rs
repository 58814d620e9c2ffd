//! The few system calls that the compiler cannot check, each behind a safe function. The only module with `unsafe`.
#![allow(unsafe_code)]

use std::ffi::c_int;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::os::fd::{BorrowedFd, OwnedFd};

use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal};
use nix::unistd::ForkResult;
use rustix::io::{Errno, FdFlags};
use rustix::mm::Advice;
use rustix::process::Pid;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

mod nursery;

pub(super) use nursery::{Birth, Identity, Nursery, Step};

/// As long as it is there, some signals are not handled by this thread.
#[derive(Debug)]
pub(super) struct Blocked(Option<SigSet>);

impl Blocked {
    /// These, from now on.
    pub(super) fn begin(signals: SigSet) -> Self {
        // It can only fail for a way to change the mask that does not exist.
        Self(signals.thread_swap_mask(SigmaskHow::SIG_BLOCK).ok())
    }
}

impl Drop for Blocked {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = before.thread_set_mask();
        }
    }
}

/// Ignores a signal from now on.
pub(super) fn ignore(signal: Signal) {
    set_action(signal, SigHandler::SigIgn);
}

/// Lets a signal mean what it means by default, whatever our parent wished.
pub(super) fn heed(signal: Signal) {
    set_action(signal, SigHandler::SigDfl);
}

fn set_action(signal: Signal, action: SigHandler) {
    // SAFETY: no code of ours is to be run by it. It can only fail for signals that have one action only.
    let _ = unsafe { nix::sys::signal::signal(signal, action) };
}

/// Bytes from which on a block of memory is the system's again as soon as it is free.
#[cfg(target_env = "gnu")]
const LARGE: c_int = 512 << 10;

/// Lets the memory of large blocks, such as long answers, go back to the system whenever they are free. By default the C
/// library keeps room for a second one of the size of the first.
pub(super) fn be_frugal() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it only sets how the heap grows and shrinks.
    unsafe {
        nix::libc::mallopt(nix::libc::M_MMAP_THRESHOLD, LARGE);
        nix::libc::mallopt(nix::libc::M_TRIM_THRESHOLD, LARGE);
    }
}

/// Gives back what only the start needed: free memory of the heap, and the pages of the program itself, which are read
/// again when they are used again. An idle daemon is as small as what it does.
pub(super) fn release() {
    trim();
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap_or_default();
    let here = release as fn() as usize;
    for range in clean_pages(&maps, here) {
        let start = std::ptr::with_exposed_provenance_mut(range.start);
        // SAFETY: these pages hold what the file of the program holds, to where they are read again on their next use.
        let _ = unsafe { rustix::mm::madvise(start, range.len(), Advice::LinuxDontNeed) };
    }
}

/// Gives free memory of the heap back. What is left of many small blocks is not given back by itself if one that stays
/// lies above them.
pub(super) fn trim() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it only returns memory that nobody uses.
    unsafe {
        nix::libc::malloc_trim(0);
    }
}

/// The mappings of the program's own file, up to the one that holds the code at `here`: none of them was ever written.
/// Those behind it may have been, by the loader, though they cannot be any more.
fn clean_pages(maps: &str, here: usize) -> Vec<Range<usize>> {
    let mappings: Vec<(Range<usize>, &str, &str)> = maps.lines().filter_map(mapping).collect();
    let Some(code) = mappings.iter().position(|(range, ..)| range.contains(&here)) else { return Vec::new() };
    let file = mappings[code].2;
    let is_clean =
        |(_, rights, name): &&(Range<usize>, &str, &str)| *name == file && matches!(*rights, "r--p" | "r-xp");
    mappings[..=code].iter().filter(is_clean).map(|(range, ..)| range.clone()).collect()
}

/// Addresses, rights and file of a line of `/proc/self/maps`; none where there is no file.
fn mapping(line: &str) -> Option<(Range<usize>, &str, &str)> {
    let (addresses, rest) = line.split_once(' ')?;
    let (start, end) = addresses.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    let (rights, file) = (rest.get(..4)?, &line[line.find('/')?..]);
    Some((address(start)?..address(end)?, rights, file))
}

/// How many processors this thread may run on.
pub(super) fn processors() -> NonZeroUsize {
    let ours = rustix::thread::sched_getaffinity(None).map_or(1, |ours| ours.count() as usize);
    NonZeroUsize::new(ours).unwrap_or(NonZeroUsize::MIN)
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

/// Lets the event loop watch a descriptor.
pub(super) fn watched(descriptor: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: what is handed over owns its descriptor, and always names the same one.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, interest) }?)
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
    let signal = unsafe { rustix::process::Signal::from_raw_unchecked(signal) };
    if group { rustix::process::kill_process_group(pid, signal) } else { rustix::process::kill_process(pid, signal) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_that_were_never_written_are_those_up_to_the_code() {
        let maps = "1000-2000 r--p 00000000 fe:00 7  /bin/recipe\n2000-9000 r-xp 00001000 fe:00 7  /bin/recipe\n\
            9000-a000 r--p 00008000 fe:00 7  /bin/recipe\na000-b000 rw-p 00009000 fe:00 7  /bin/recipe\n\
            b000-c000 rw-p 00000000 00:00 0  [heap]\n";
        assert_eq!(clean_pages(maps, 0x2345), [0x1000..0x2000, 0x2000..0x9000]);
        assert!(clean_pages(maps, 0xb001).is_empty());
        release();
        assert!(
            !clean_pages(&std::fs::read_to_string("/proc/self/maps").unwrap(), release as fn() as usize).is_empty()
        );
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
