//! Leaving the terminal: a new process in a session of its own, nothing on its standard descriptors. It is done before
//! the event loop exists, while there is one thread and no child.

use std::fs::OpenOptions;
use std::io;
use std::os::fd::AsFd;

use rustix::fs::Mode;

use super::sys::{self, Side};

/// Goes into the background. In the parent, which has nothing left to do, it says so.
pub(super) fn fork() -> io::Result<Side> {
    sys::fork()
}

/// What the child does to be a daemon.
pub(super) fn detach(umask: u32) -> io::Result<()> {
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    rustix::stdio::dup2_stdin(null.as_fd())?;
    rustix::stdio::dup2_stdout(null.as_fd())?;
    rustix::stdio::dup2_stderr(null.as_fd())?;
    rustix::process::setsid()?;
    rustix::process::umask(Mode::from_raw_mode(umask));
    Ok(())
}

/// Keeps the descriptors that we were started with from our children.
pub(super) fn keep_descriptors() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    for descriptor in numbers.filter(|descriptor| *descriptor > 2).collect::<Vec<_>>() {
        // One that is gone by now is the listing's own.
        let _ = sys::close_on_exec(descriptor);
    }
}
