//! How children are made, up to their programs.
//!
//! A daemon of a thousand programs has thousands of descriptors. A child with a copy of their table would take them all
//! over and close them again, which costs more than all else together. So the child shares our table, and parts from it
//! by `close_range` with `CLOSE_RANGE_UNSHARE`, which copies only what is below its first argument: our three standard
//! descriptors and the few others that are as old as the daemon, among them the *slots*, where the child's ends of its
//! pipes wait to become its descriptors 0, 1 and 2. Where a kernel or its rules do not have that call, the table is
//! copied.
//!
//! The child also shares our memory (as with `vfork`), except where it becomes somebody else, who must not be able to
//! look at it: then the memory is copied.
//!
//! Most of the time until a child is its program is the kernel's. So of many that are to be born at once several are on
//! their way at a time, each in a *crib* of its own; until its program begins, each also holds what is in the slots of the
//! others. It says by `set_tid_address` where the kernel is to note that our memory is shared no more, which was made for
//! threads and serves as well. There is no thread for it: to the kernel the parent of a child, with whose end some want to end
//! (`PR_SET_PDEATHSIG`), is the thread that has made it.
//!
//! What is left as with any `vfork`: a kernel before 5.16 that writes the core of a child on its way ends all who share its
//! memory.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};
use std::ptr::NonNull;
use std::rc::Rc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use nix::sys::signal::SigSet;
use rustix::fs::{Mode, OFlags};
use rustix::io::{DupFlags, Errno, fcntl_dupfd_cloexec};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use rustix::thread::Timespec;
use rustix::thread::futex::Flags as FutexFlags;
use syscalls::{Sysno, syscall};

use super::Blocked;

/// Whom a child becomes before it runs its program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::runtime) struct Identity {
    /// User id.
    pub(in crate::runtime) uid: u32,
    /// Primary group.
    pub(in crate::runtime) gid: u32,
    /// All groups, the primary one first.
    pub(in crate::runtime) groups: Vec<u32>,
}

/// What was to be done for a child when it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::runtime) enum Step {
    /// Making the process.
    Fork,
    /// A table of descriptors of its own.
    Descriptors,
    /// Supplementary groups.
    Groups,
    /// Primary group.
    Gid,
    /// User.
    Uid,
    /// Working folder.
    Chdir,
    /// Running the program.
    Exec,
}

/// All that a child needs to become its program. It is made before the child is, which allocates nothing.
#[derive(Debug)]
pub(in crate::runtime) struct Birth<'a> {
    /// The program.
    pub(in crate::runtime) file: CString,
    /// Its words, the name by which it is called first.
    pub(in crate::runtime) words: Vec<CString>,
    /// `KEY=value` for all of its environment.
    pub(in crate::runtime) environment: Vec<Cow<'a, CStr>>,
    /// Whom it becomes.
    pub(in crate::runtime) identity: Option<Identity>,
    /// Where it works.
    pub(in crate::runtime) directory: Option<CString>,
    /// Its file mode mask.
    pub(in crate::runtime) umask: Option<u32>,
    /// Whether it leads a process group of its own, or stays in ours.
    pub(in crate::runtime) leads_group: bool,
}

impl Birth<'_> {
    /// Somebody else must not look at our memory.
    fn shares_memory(&self) -> bool {
        self.identity.is_none()
    }
}

/// Bytes of the stack of a child that shares our memory until it is its program.
const STACK: usize = 32 << 10;
/// How long the kernel may take to say that a child is its program before we look after it.
const PATIENCE: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
/// The end of a stack is a multiple of so many bytes, on all processors.
const STACK_ALIGNMENT: usize = 16;
/// The lowest descriptor that has no meaning of its own.
const FIRST_FREE: i32 = 3;

/// Makes children.
#[derive(Debug)]
pub(in crate::runtime) struct Nursery {
    /// At least one.
    cribs: Vec<Crib>,
    ward: Ward,
    /// This kernel says when a child that shares our memory has become its program: it did so with one that was waited for.
    tells: bool,
}

/// What all cribs share.
#[derive(Debug)]
struct Ward {
    /// What is in the slots between two births, so that no pipe is held open.
    null: OwnedFd,
    shares_table: bool,
    /// Signals that shall not mean to a child what they mean here.
    taken: Vec<c_int>,
}

/// The pid of a child, or what could not be done for it.
pub(in crate::runtime) type Born = Result<i32, (Step, io::Error)>;

/// A child that is to be made, and its descriptors 0, 1 and 2.
pub(in crate::runtime) type Awaited<'a> = (&'a Birth<'a>, [BorrowedFd<'a>; 3]);

impl Nursery {
    /// One that has so many children on their way at a time. To be made early, while descriptors have low numbers, but after
    /// all signals are handled that ever will be.
    pub(in crate::runtime) fn new(cribs: NonZeroUsize) -> io::Result<Self> {
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())?;
        let cribs = (0..cribs.get()).map(|_| Crib::new(&null)).collect::<io::Result<_>>()?;
        Ok(Self { cribs, ward: Ward { null, shares_table: true, taken: taken_signals() }, tells: false })
    }

    /// Makes a child whose descriptors 0, 1 and 2 are `ends`; everything else of ours it closes.
    pub(in crate::runtime) fn bear(&mut self, birth: &Birth<'_>, ends: [BorrowedFd<'_>; 3]) -> Born {
        // A handler must not run in a child that shares our memory.
        let _blocked = Blocked::begin(SigSet::all());
        self.bear_alone((birth, ends))
    }

    /// Makes them all, and says in their order what came of it.
    pub(in crate::runtime) fn bear_all(&mut self, awaited: &[Awaited<'_>]) -> Vec<Born> {
        let _blocked = Blocked::begin(SigSet::all());
        let mut born = Vec::with_capacity(awaited.len());
        while let Some((first, rest)) = awaited.get(born.len()..).and_then(<[_]>::split_first) {
            let together = 1 + rest.iter().take_while(|(birth, _)| birth.shares_memory()).count();
            if self.tells && first.0.shares_memory() && together > 1 {
                born.extend(self.bear_together(&awaited[born.len()..][..together]));
            } else {
                born.push(self.bear_alone(*first));
            }
        }
        born
    }

    /// Waits for it in the kernel.
    fn bear_alone(&mut self, awaited: Awaited<'_>) -> Born {
        let mut born = self.try_alone(awaited);
        if self.ward.shares_table && matches!(&born, Err((Step::Descriptors, _))) {
            self.ward.shares_table = false;
            born = self.try_alone(awaited);
            // It was not that.
            self.ward.shares_table = matches!(&born, Err((Step::Descriptors, _)));
        }
        born
    }

    fn try_alone(&mut self, awaited: Awaited<'_>) -> Born {
        let (crib, ward) = (&mut self.cribs[0], &self.ward);
        let infancy = crib.begin(awaited, ward, true)?;
        let told = infancy.told;
        let born = crib.finish(infancy, ward);
        // One that has ended instead proves nothing.
        self.tells |= told && born.is_ok();
        born
    }

    /// Each in the next crib that is free.
    fn bear_together(&mut self, awaited: &[Awaited<'_>]) -> Vec<Born> {
        let (ward, mut free) = (&self.ward, self.cribs.iter_mut().collect::<Vec<_>>());
        let (mut busy, mut born) = (VecDeque::new(), Vec::with_capacity(awaited.len()));
        for one in awaited {
            let crib = free.pop().or_else(|| {
                let (crib, infancy): (&mut Crib, Result<_, _>) = busy.pop_front()?;
                born.push(infancy.and_then(|infancy| crib.finish(infancy, ward)));
                Some(crib)
            });
            let Some(crib) = crib else { break };
            let infancy = crib.begin(*one, ward, false);
            busy.push_back((crib, infancy));
        }
        born.extend(busy.into_iter().map(|(crib, infancy)| infancy.and_then(|infancy| crib.finish(infancy, ward))));
        // Alone it may have a copy of the table.
        let again = |(one, born): (&Awaited<'_>, Born)| match born {
            Err((Step::Descriptors, _)) => self.bear_alone(*one),
            born => born,
        };
        awaited.iter().zip(born).map(again).collect()
    }
}

/// What a child needs on its way.
#[derive(Debug)]
struct Crib {
    slots: [OwnedFd; 3],
    /// Where it says what went wrong.
    report: Shared,
    stack: Vec<u8>,
    /// 0 when it shares our memory no more, which the kernel says.
    shares: Rc<AtomicU32>,
}

/// A child on its way; it is waited for, and never to be forgotten.
struct Infancy<'a> {
    pid: c_int,
    /// It was waited for, and the kernel also said that it shares our memory no more.
    told: bool,
    shares: Rc<AtomicU32>,
    /// The child reads it.
    _infant: Rc<Infant<'a>>,
}

impl Drop for Infancy<'_> {
    fn drop(&mut self) {
        while self.shares.load(Ordering::Acquire) != 0 {
            // A wake-up that comes for nothing does no harm.
            let woken = rustix::thread::futex::wait(&self.shares, FutexFlags::empty(), 1, Some(&PATIENCE));
            if woken == Err(Errno::TIMEDOUT) && !self.is_alive() {
                break;
            }
        }
        self.shares.store(0, Ordering::Release);
    }
}

impl Infancy<'_> {
    /// Kernels before 4.8 do not say it of one that was killed, and none does of one that was killed before it could ask for
    /// it. And one that was stopped, by the terminal that is still its own, would never go on.
    fn is_alive(&self) -> bool {
        let Some(pid) = Pid::from_raw(self.pid) else { return false };
        let about = WaitIdOptions::EXITED | WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        match waitid(WaitId::Pid(pid), about) {
            Ok(Some(status)) if status.stopped() => {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::CONT);
                true
            }
            Ok(None) | Err(Errno::INTR) => true,
            Ok(Some(_)) | Err(_) => false,
        }
    }
}

impl Crib {
    fn new(null: &OwnedFd) -> io::Result<Self> {
        let slot = || fcntl_dupfd_cloexec(null, FIRST_FREE);
        let slots = [slot()?, slot()?, slot()?];
        Ok(Self { slots, report: Shared::new()?, stack: vec![0; STACK], shares: Rc::default() })
    }

    /// Begins to make a child; one that is to be waited for has become its program then.
    fn begin<'a>(
        &mut self,
        awaited: Awaited<'a>,
        ward: &'a Ward,
        waits: bool,
    ) -> Result<Infancy<'a>, (Step, io::Error)> {
        let begun = self.fill(awaited.1).and_then(|()| self.clone_us(awaited.0, ward, waits));
        begun.inspect_err(|_| self.clear(ward))
    }

    /// What has become of a child.
    fn finish(&mut self, infancy: Infancy<'_>, ward: &Ward) -> Born {
        let pid = infancy.pid;
        drop(infancy);
        self.clear(ward);
        match self.report.get() {
            None => Ok(pid),
            Some((step, errno)) => {
                // It is gone already, and nobody else shall hear of it.
                let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(pid), None);
                Err((step, io::Error::from_raw_os_error(errno)))
            }
        }
    }

    fn fill(&mut self, ends: [BorrowedFd<'_>; 3]) -> Result<(), (Step, io::Error)> {
        let mut pairs = self.slots.iter_mut().zip(ends);
        let filled = pairs.try_for_each(|(slot, end)| rustix::io::dup3(end, slot, DupFlags::CLOEXEC));
        filled.map_err(|why| (Step::Descriptors, why.into()))
    }

    fn clear(&mut self, ward: &Ward) {
        for slot in &mut self.slots {
            // Both are open, so it cannot fail.
            let _ = rustix::io::dup3(&ward.null, slot, DupFlags::CLOEXEC);
        }
    }

    fn clone_us<'a>(
        &mut self,
        birth: &'a Birth<'a>,
        ward: &'a Ward,
        waits: bool,
    ) -> Result<Infancy<'a>, (Step, io::Error)> {
        let shares_memory = birth.shares_memory();
        let flags = [
            (nix::libc::SIGCHLD, true),
            (nix::libc::CLONE_VFORK, waits),
            (nix::libc::CLONE_FILES, ward.shares_table),
            (nix::libc::CLONE_VM, shares_memory),
        ];
        let flags = flags.into_iter().filter(|(_, is_set)| *is_set).fold(0, |flags, (flag, _)| flags | flag);
        let infant = Rc::new(Infant {
            birth,
            words: pointers(birth.words.iter().map(AsRef::as_ref)),
            environment: pointers(birth.environment.iter().map(AsRef::as_ref)),
            slots: self.slots.each_ref().map(AsRawFd::as_raw_fd),
            shares_table: ward.shares_table,
            taken: &ward.taken,
            report: self.report.0,
            shares: shares_memory.then(|| self.shares.as_ptr()),
        });
        self.report.clear();
        self.shares.store(shares_memory.into(), Ordering::Release);
        // SAFETY: what the child uses outlives its use: its stack and its report are the crib's, which has one child at a
        // time, and the rest is waited for, by us in the kernel or by `Infancy`. Until then the child makes system calls on
        // values that were made before; it allocates nothing, takes no lock, and does not touch our `errno`.
        let pid = unsafe {
            let end = self.stack.as_mut_ptr().add(self.stack.len());
            let end = end.sub(end.addr() % STACK_ALIGNMENT);
            nix::libc::clone(run, end.cast(), flags, Rc::as_ptr(&infant).cast_mut().cast())
        };
        if pid < 0 {
            self.shares.store(0, Ordering::Release);
            return Err((Step::Fork, io::Error::last_os_error()));
        }
        let told = waits && self.shares.swap(0, Ordering::AcqRel) == 0;
        Ok(Infancy { pid, told: told && shares_memory, shares: Rc::clone(&self.shares), _infant: infant })
    }
}

/// Pointers to texts, with a null at the end.
fn pointers<'t>(texts: impl Iterator<Item = &'t CStr>) -> Vec<*const c_char> {
    texts.map(CStr::as_ptr).chain([std::ptr::null()]).collect()
}

/// A child that is not its program yet. It makes system calls directly: the C library's would leave their `errno` in the
/// memory that is also ours, and its `setuid` and the like would have all threads of ours follow.
struct Infant<'a> {
    birth: &'a Birth<'a>,
    words: Vec<*const c_char>,
    environment: Vec<*const c_char>,
    slots: [i32; 3],
    shares_table: bool,
    taken: &'a [c_int],
    report: NonNull<AtomicI64>,
    /// What the kernel is to make 0 when our memory is shared no more.
    shares: Option<*mut u32>,
}

/// The kernel's set of signals.
type Signals = u64;
static NO_SIGNALS: Signals = 0;
const SIGNALS_SIZE: usize = size_of::<Signals>();
/// The kernel's `sigaction`, which is not longer: the default action, nothing else.
const DEFAULT: [u64; 8] = [0; 8];

/// What a child does. `infant` is one.
extern "C" fn run(infant: *mut c_void) -> c_int {
    // SAFETY: it is the one that `clone_us` has made, and lives as long as we need it, as does its report.
    let (infant, report) = unsafe {
        let infant = &*infant.cast::<Infant<'_>>();
        (infant, infant.report.as_ref())
    };
    let (step, errno) = infant.become_program();
    Shared::set(report, step, errno);
    1
}

impl Infant<'_> {
    /// Returns only if something fails: what, and its `errno`.
    fn become_program(&self) -> (Step, i32) {
        if let Err(failed) = self.prepare() {
            return failed;
        }
        let (file, words, environment) = (self.birth.file.as_ptr(), self.words.as_ptr(), self.environment.as_ptr());
        // SAFETY: all three are texts, or lists of texts, that end as the call wants them to.
        let failed = unsafe { syscall!(Sysno::execve, file, words, environment) };
        (Step::Exec, failed.err().map_or(0, syscalls::Errno::into_raw))
    }

    fn prepare(&self) -> Result<(), (Step, i32)> {
        if let Some(shares) = self.shares {
            // The C library's `clone` could ask for it, too, but musl's refuses to.
            // SAFETY: it lives longer than we share the memory where it is. The call cannot fail.
            let _ = unsafe { syscall!(Sysno::set_tid_address, shares) };
        }
        self.part_from_our_descriptors()?;
        // SAFETY: system calls on numbers, and on a text that ends as the call wants it to.
        unsafe {
            if self.birth.leads_group {
                let _ = syscall!(Sysno::setpgid, 0, 0);
            }
            self.reset_signals();
            if let Some(identity) = &self.birth.identity {
                at(Step::Groups, syscall!(Sysno::setgroups, identity.groups.len(), identity.groups.as_ptr()))?;
                at(Step::Gid, syscall!(Sysno::setgid, identity.gid))?;
                at(Step::Uid, syscall!(Sysno::setuid, identity.uid))?;
            }
            if let Some(directory) = &self.birth.directory {
                at(Step::Chdir, syscall!(Sysno::chdir, directory.as_ptr()))?;
            }
            if let Some(umask) = self.birth.umask {
                let _ = syscall!(Sysno::umask, umask);
            }
            let _ = syscall!(Sysno::rt_sigprocmask, nix::libc::SIG_SETMASK, &raw const NO_SIGNALS, 0, SIGNALS_SIZE);
        }
        Ok(())
    }

    /// Signals mean to a new program what they mean by default.
    fn reset_signals(&self) {
        for signal in self.taken {
            // SAFETY: the action is only read by the call, which cannot fail for a signal that has one.
            let _ = unsafe { syscall!(Sysno::rt_sigaction, *signal, DEFAULT.as_ptr(), 0, SIGNALS_SIZE) };
        }
    }

    /// What is left closes on exec.
    fn part_from_our_descriptors(&self) -> Result<(), (Step, i32)> {
        // SAFETY: system calls on numbers; until the first has succeeded nothing is done to the table that is also ours.
        unsafe {
            if self.shares_table {
                let first = self.slots.iter().max().map_or(FIRST_FREE, |slot| slot + 1);
                let unshare = nix::libc::CLOSE_RANGE_UNSHARE;
                at(Step::Descriptors, syscall!(Sysno::close_range, first, nix::libc::c_uint::MAX, unshare))?;
            }
            for (slot, descriptor) in self.slots.iter().zip(0..) {
                at(Step::Descriptors, syscall!(Sysno::dup3, *slot, descriptor, 0))?;
            }
        }
        Ok(())
    }
}

/// Signals that have a handler. What we ignore children ignore, as the originals' do: what our parent wished, and SIGPIPE
/// and SIGXFSZ, whose cause is an error of a system call anyway.
fn taken_signals() -> Vec<c_int> {
    use nix::libc;
    let is_taken = |signal: &c_int| {
        // SAFETY: without an action to be set the call only writes the present one.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            let is_known = libc::sigaction(*signal, std::ptr::null(), &raw mut action) == 0;
            is_known && ![libc::SIG_DFL, libc::SIG_IGN].contains(&action.sa_sigaction)
        }
    };
    (1..=64).filter(is_taken).collect()
}

fn at(step: Step, result: Result<usize, syscalls::Errno>) -> Result<(), (Step, i32)> {
    result.map(drop).map_err(|why| (step, why.into_raw()))
}

/// A page that we share with children whatever they share else.
#[derive(Debug)]
struct Shared(NonNull<AtomicI64>);

/// In [`Shared`]: a step, counted from 1, is written above an `errno`.
const STEP: i64 = 1 << 32;

impl Shared {
    const SIZE: usize = 4096;

    fn new() -> io::Result<Self> {
        use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
        let rights = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping at an address of the kernel's choice; it is zero, which is an AtomicI64.
        let page = unsafe { mmap_anonymous(std::ptr::null_mut(), Self::SIZE, rights, MapFlags::SHARED)? };
        let page = NonNull::new(page.cast()).ok_or(io::ErrorKind::OutOfMemory)?;
        Ok(Self(page))
    }

    fn cell(&self) -> &AtomicI64 {
        // SAFETY: the mapping lives as long as this does, and is only ever used as this.
        unsafe { self.0.as_ref() }
    }

    fn clear(&self) {
        self.cell().store(0, Ordering::Relaxed);
    }

    fn set(cell: &AtomicI64, step: Step, errno: i32) {
        cell.store((step as i64 + 1) * STEP + i64::from(errno), Ordering::Relaxed);
    }

    fn get(&self) -> Option<(Step, i32)> {
        let raw = self.cell().load(Ordering::Relaxed);
        let step = match raw / STEP {
            0 => return None,
            1 => Step::Fork,
            2 => Step::Descriptors,
            3 => Step::Groups,
            4 => Step::Gid,
            5 => Step::Uid,
            6 => Step::Chdir,
            _ => Step::Exec,
        };
        Some((step, i32::try_from(raw % STEP).unwrap_or(0)))
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: it was mapped with this size, and nothing points into it any more.
        let _ = unsafe { rustix::mm::munmap(self.0.as_ptr().cast(), Self::SIZE) };
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;

    use super::*;

    fn birth(words: &[&str]) -> Birth<'static> {
        let text = |text: &&str| CString::new(*text).unwrap();
        Birth {
            file: text(&words[0]),
            words: words.iter().map(text).collect(),
            environment: vec![Cow::Borrowed(c"A=b")],
            identity: None,
            directory: None,
            umask: None,
            leads_group: true,
        }
    }

    /// What a child writes to its output before it is gone.
    fn output(nursery: &mut Nursery, birth: &Birth<'_>) -> Result<String, (Step, io::Error)> {
        let null = rustix::fs::open("/dev/null", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        let pid = nursery.bear(birth, [null.as_fd(), theirs.as_fd(), null.as_fd()])?;
        drop(theirs);
        let text = io::read_to_string(std::fs::File::from(ours)).unwrap();
        nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(pid), None).unwrap();
        Ok(text)
    }

    #[test]
    fn a_child_has_three_descriptors_whether_or_not_the_table_is_shared() {
        let zero = || rustix::fs::open("/dev/zero", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let _older = zero();
        let mut nursery = Nursery::new(NonZeroUsize::MIN).unwrap();
        let _younger: Vec<OwnedFd> = (0..50).map(|_| zero()).collect();
        let script = "readlink /proc/self/fd/[0-2] /proc/self/fd/*; echo $A; umask";
        let list = birth(&["/bin/sh", "-c", script]);
        let list = Birth { umask: Some(0o27), ..list };
        for shares_table in [true, false] {
            nursery.ward.shares_table = shares_table;
            let text = output(&mut nursery, &list).unwrap();
            let lines: Vec<&str> = text.lines().map(|line| line.split(':').next().unwrap()).collect();
            // Other tests of this process may leave descriptors open to children.
            assert_eq!(lines[..3], ["/dev/null", "pipe", "/dev/null"]);
            assert_eq!(lines[lines.len() - 2..], ["b", "0027"]);
            assert!(!lines.contains(&"/dev/zero"), "{text}");
            assert_eq!(nursery.ward.shares_table, shares_table);
        }
    }

    #[test]
    fn what_fails_is_told_and_nothing_is_left_behind() {
        let mut nursery = Nursery::new(NonZeroUsize::MIN).unwrap();
        for shares_table in [true, false] {
            nursery.ward.shares_table = shares_table;
            let (step, why) = output(&mut nursery, &birth(&["/nowhere"])).unwrap_err();
            assert_eq!((step, why.raw_os_error()), (Step::Exec, Some(2)));
            let lost = Birth { directory: Some(c"/nowhere".to_owned()), ..birth(&["/bin/true"]) };
            let (step, why) = output(&mut nursery, &lost).unwrap_err();
            assert_eq!((step, why.raw_os_error()), (Step::Chdir, Some(2)));
        }
        assert_eq!(output(&mut nursery, &birth(&["/bin/echo", "x"])).unwrap(), "x\n");
    }

    #[test]
    fn who_was_stopped_or_killed_on_the_way_is_not_waited_for_in_vain() {
        let mut nursery = Nursery::new(NonZeroUsize::MIN).unwrap();
        let null = nursery.ward.null.try_clone().unwrap();
        let birth = birth(&["/bin/sh", "-c", "kill -STOP $$; exit 7"]);
        let pid = nursery.bear(&birth, [null.as_fd(); 3]).unwrap();
        let infant = Infant {
            birth: &birth,
            words: Vec::new(),
            environment: Vec::new(),
            slots: [0; 3],
            shares_table: false,
            taken: &[],
            report: nursery.cribs[0].report.0,
            shares: None,
        };
        // Of this one the kernel never says that it shares our memory no more.
        drop(Infancy { pid, told: false, shares: Rc::new(1.into()), _infant: Rc::new(infant) });
        let pid = nix::unistd::Pid::from_raw(pid);
        assert_eq!(nix::sys::wait::waitpid(pid, None), Ok(nix::sys::wait::WaitStatus::Exited(pid, 7)));
    }

    #[test]
    fn of_a_child_that_cannot_be_begun_no_pipe_is_kept() {
        let mut nursery = Nursery::new(NonZeroUsize::MIN).unwrap();
        let (ours, theirs) = rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap();
        // SAFETY: nothing is ever open at so high a number, which is what the test wants.
        let nothing = unsafe { BorrowedFd::borrow_raw(i32::MAX) };
        let (step, why) = nursery.bear(&birth(&["/bin/true"]), [theirs.as_fd(), theirs.as_fd(), nothing]).unwrap_err();
        assert_eq!((step, why.raw_os_error()), (Step::Descriptors, Some(9)));
        drop(theirs);
        rustix::io::ioctl_fionbio(&ours, true).unwrap();
        assert_eq!(rustix::io::read(&ours, &mut [0; 1]), Ok(0));
    }

    #[test]
    fn many_are_made_together_and_told_apart() {
        let zero = || rustix::fs::open("/dev/zero", OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()).unwrap();
        let mut nursery = Nursery::new(NonZeroUsize::new(3).unwrap()).unwrap();
        let _younger: Vec<OwnedFd> = (0..50).map(|_| zero()).collect();
        let births = (0..60).map(|at| {
            let file = if at % 7 == 3 { "/nowhere" } else { "/bin/sh" };
            birth(&[file, "-c", &format!("readlink /proc/self/fd/* | grep -c zero; echo {at}; kill -STOP $$")])
        });
        let births: Vec<_> = births.collect();
        let null = zero();
        let pipes: Vec<_> =
            births.iter().map(|_| rustix::pipe::pipe_with(rustix::pipe::PipeFlags::CLOEXEC).unwrap()).collect();
        let awaited: Vec<Awaited<'_>> = births
            .iter()
            .zip(&pipes)
            .map(|(birth, (_, end))| (birth, [null.as_fd(), end.as_fd(), end.as_fd()]))
            .collect();
        let born = nursery.bear_all(&awaited);
        assert!(nursery.tells, "Linux says so since 2.6");
        let (ours, theirs): (Vec<_>, Vec<_>) = pipes.into_iter().unzip();
        drop(theirs);
        for (at, (born, pipe)) in born.into_iter().zip(ours).enumerate() {
            match born {
                Ok(pid) => {
                    let pid = nix::unistd::Pid::from_raw(pid);
                    nix::sys::wait::waitpid(pid, Some(nix::sys::wait::WaitPidFlag::WUNTRACED)).unwrap();
                    nix::sys::signal::kill(pid, nix::sys::signal::SIGKILL).unwrap();
                    nix::sys::wait::waitpid(pid, None).unwrap();
                    // Its standard input is one.
                    assert_eq!(io::read_to_string(std::fs::File::from(pipe)).unwrap(), format!("1\n{at}\n"));
                }
                Err((step, why)) => assert_eq!((at % 7, step, why.raw_os_error()), (3, Step::Exec, Some(2))),
            }
        }
    }

    #[test]
    fn who_becomes_somebody_else_is_told_what_failed() {
        let nobody = Identity { uid: 65534, gid: 65534, groups: vec![65534] };
        let who = Birth { identity: Some(nobody), ..birth(&["/bin/sh", "-c", "id -u; id -g; id -G"]) };
        let found = output(&mut Nursery::new(NonZeroUsize::MIN).unwrap(), &who);
        if rustix::process::getuid().is_root() {
            assert_eq!(found.unwrap(), "65534\n65534\n65534\n");
        } else {
            let (step, why) = found.unwrap_err();
            assert_eq!((step, why.raw_os_error()), (Step::Groups, Some(1)));
        }
    }
}
