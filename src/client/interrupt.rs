//! Ctrl-C as a descriptor that can be polled, while an endless answer is shown.

use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};

/// Holds back SIGINT for as long as it lives; the descriptor is readable once one came.
pub(super) struct Interrupt {
    signals: SigSet,
    fd: SignalFd,
}

impl Interrupt {
    pub(super) fn new() -> nix::Result<Self> {
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGINT);
        signals.thread_block()?;
        let fd = SignalFd::with_flags(&signals, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?;
        Ok(Self { signals, fd })
    }

    /// Whether one came.
    pub(super) fn came(&self) -> bool {
        matches!(self.fd.read_signal(), Ok(Some(_)))
    }
}

impl AsFd for Interrupt {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        // The pending one has been answered.
        while let Ok(Some(_)) = self.fd.read_signal() {}
        let _ = self.signals.thread_unblock();
    }
}
