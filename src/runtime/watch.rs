//! Which outputs of children have something to be read.
//!
//! All their pipes are in one epoll set of our own, and the event loop watches that set. To the event loop a thousand
//! programs are one source and one task, so a program costs no memory there, and its start and end little time.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::core::event::Stream;
use super::core::ids::ProcessId;
use super::sys;

/// How many outputs are looked at before others have their turn.
const AT_ONCE: usize = 64;
const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// Outputs that are watched.
#[derive(Debug)]
pub(super) struct Watch {
    set: AsyncFd<OwnedFd>,
}

impl Watch {
    /// None yet. To be called in the event loop.
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self { set: sys::watched(epoll::create(CreateFlags::CLOEXEC)?, Interest::READABLE)? })
    }

    /// Watches a pipe until it is closed or [`remove`](Self::remove)d.
    pub(super) fn add(&self, process: ProcessId, stream: Stream, pipe: impl AsFd) -> io::Result<()> {
        Ok(epoll::add(&self.set, pipe, EventData::new_u64(token(process, stream)), EventFlags::IN)?)
    }

    /// Watches a pipe no longer.
    pub(super) fn remove(&self, pipe: impl AsFd) {
        // One that is not watched needs nothing.
        let _ = epoll::delete(&self.set, pipe);
    }

    /// Waits for outputs with something to be read, or that have ended.
    pub(super) async fn ready(&self) -> io::Result<Vec<(ProcessId, Stream)>> {
        loop {
            let mut guard = self.set.readable().await?;
            let ready = self.ready_now()?;
            if !ready.is_empty() {
                return Ok(ready);
            }
            guard.clear_ready();
        }
    }

    fn ready_now(&self) -> io::Result<Vec<(ProcessId, Stream)>> {
        let mut room = [MaybeUninit::<Event>::uninit(); AT_ONCE];
        let (events, _) = epoll::wait(&self.set, &mut room, Some(&NOW))?;
        Ok(events.iter().map(|event| output(event.data.u64())).collect())
    }
}

fn token(process: ProcessId, stream: Stream) -> u64 {
    u64::from(process.0) << 1 | u64::from(stream == Stream::Stderr)
}

fn output(token: u64) -> (ProcessId, Stream) {
    let stream = if token & 1 == 0 { Stream::Stdout } else { Stream::Stderr };
    (ProcessId(u32::try_from(token >> 1).unwrap_or(u32::MAX)), stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_tells_whose_output_it_is() {
        for stream in [Stream::Stdout, Stream::Stderr] {
            for id in [0, 1, u32::MAX] {
                assert_eq!(output(token(ProcessId(id), stream)), (ProcessId(id), stream));
            }
        }
    }

    #[test]
    fn what_has_something_to_be_read_is_told_until_it_is_removed() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let watch = Watch::new().unwrap();
            let (ours, theirs) = rustix::pipe::pipe().unwrap();
            watch.add(ProcessId(7), Stream::Stderr, &ours).unwrap();
            assert_eq!(watch.ready_now().unwrap(), []);
            rustix::io::write(&theirs, b"x").unwrap();
            for _ in 0..2 {
                assert_eq!(watch.ready().await.unwrap(), [(ProcessId(7), Stream::Stderr)]);
            }
            watch.remove(&ours);
            assert_eq!(watch.ready_now().unwrap(), []);
        });
    }
}
