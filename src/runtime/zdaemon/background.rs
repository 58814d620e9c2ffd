//! Going into the background. Whoever starts a manager gets its prompt back when the program runs, or is known not to.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use rustix::pipe::{PipeFlags, pipe_with};

use crate::conf::python::repr;
use crate::runtime::sys::Side;
use crate::runtime::{daemonize, errno};

use super::Launch;
use super::core::{DEBUG, INFO, WARNING};
use super::eventlog::Log;
use super::transcript::Transcript;

/// Which process this is, after a fork.
pub(super) enum Origin {
    /// The one that was called, when the other one is ready or gone; its exit status.
    Parent(u8),
    /// The one in the background, whom it tells that it is ready, and the transcript.
    Child(OwnedFd, Transcript),
}

/// Forks, and makes the child a daemon. The transcript goes with it.
/// `meanwhile` is what the parent does while it waits.
pub(super) fn enter(
    launch: &Launch,
    log: &mut Log,
    mut transcript: Transcript,
    meanwhile: &mut dyn FnMut(&mut Log),
) -> io::Result<Origin> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    if daemonize::fork()? == Side::Parent {
        drop(writer);
        log.write_to_handlers(DEBUG, "daemon manager forked; parent exiting");
        meanwhile(log);
        let is_ready = File::from(reader).read(&mut [0; 1]).is_ok_and(|bytes| bytes == 1);
        return Ok(Origin::Parent(u8::from(!is_ready)));
    }
    drop(reader);
    transcript.part()?;
    log.write_to_handlers(INFO, "daemonizing the process");
    if let Some(folder) = &launch.directory {
        match std::env::set_current_dir(folder) {
            Ok(()) => log.write_to_handlers(INFO, &format!("set current directory: {}", repr(folder))),
            Err(why) => {
                let line = format!("can't chdir into {}: {}", repr(folder), errno::about(&why, folder));
                log.write_to_handlers(WARNING, &line);
            }
        }
    }
    daemonize::detach(launch.umask)?;
    log.go_into_background();
    Ok(Origin::Child(writer, transcript))
}
