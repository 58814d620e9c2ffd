//! From the pipes of children to their logs: one task for each pipe, one read buffer for all.

use std::cell::RefCell;
use std::io;
use std::rc::{Rc, Weak};

use tokio::task::AbortHandle;

use crate::conf::model::LogLevel;

use super::children::Output;
use super::core::event::{Event, EventType, Origin, Stream};
use super::core::ids::{Pid, ProcessId};
use super::core::process::Process;
use super::core::repr;
use super::driver::Driver;
use super::pace::{self, Pace};

/// Bytes of one read, and so of one record.
const READ: usize = 128 << 10;
/// Bytes that are still read when a child has ended: what a pipe can hold. A grandchild that goes on writing must not
/// keep us.
const LAST: usize = pace::PIPE_SIZE;

/// The read buffer of all pipes; its pages are real only where it was filled.
#[derive(Debug)]
pub(super) struct Buffer(RefCell<Box<[u8]>>);

impl Default for Buffer {
    fn default() -> Self {
        Self(RefCell::new(vec![0; READ].into_boxed_slice()))
    }
}

/// Begins to read an output.
pub(super) fn start(driver: Weak<Driver>, process: ProcessId, output: Rc<Output>) -> AbortHandle {
    tokio::task::spawn_local(run(driver, process, output)).abort_handle()
}

async fn run(driver: Weak<Driver>, process: ProcessId, output: Rc<Output>) {
    let mut pace = Pace::default();
    loop {
        let bytes = match output.when_readable(|| try_take(&driver, process, &output)).await {
            Ok(Some(bytes)) if bytes > 0 => bytes,
            Ok(None) => continue,
            Ok(Some(_)) | Err(_) => return,
        };
        let Some(daemon) = driver.upgrade() else { return };
        // In a conversation each side waits for the other, so nothing would be gained.
        let is_busy = pace.is_busy_after(daemon.clock.now().mono, bytes) && !daemon.converses(process, &output);
        drop(daemon);
        if is_busy {
            let quiet = output.loosen().is_ok() && by_the_clock(&driver, process, &output).await;
            if !quiet {
                return;
            }
        }
    }
}

/// Reads what has come, time and again, until nothing comes any more. False at the end of the output.
async fn by_the_clock(driver: &Weak<Driver>, process: ProcessId, output: &Output) -> bool {
    let mut empty = 0;
    while empty < pace::EMPTY_READS {
        tokio::time::sleep(pace::PAUSE).await;
        empty += 1;
        // As much as the pipe holds, so that nobody else has to wait for longer.
        for _ in 0..pace::PIPE_SIZE / READ {
            match try_take(driver, process, output) {
                Ok(0) => return false,
                Ok(bytes) => {
                    empty = 0;
                    if bytes < READ {
                        break;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(_) => return false,
            }
        }
    }
    true
}

/// Reads once, if the daemon is still there.
fn try_take(driver: &Weak<Driver>, process: ProcessId, output: &Output) -> io::Result<usize> {
    driver.upgrade().map_or(Ok(0), |driver| take(&driver, process, output))
}

/// Reads what a child has left behind.
pub(super) fn drain(driver: &Driver, process: ProcessId, pid: Pid, output: &Output) {
    let mut total = 0;
    while total < LAST {
        match take_of(driver, process, pid, output) {
            Ok(bytes) if bytes > 0 => total += bytes,
            Ok(_) | Err(_) => return,
        }
    }
}

/// Reads once, and passes on what came.
fn take(driver: &Driver, process: ProcessId, output: &Output) -> io::Result<usize> {
    let pid = driver.children.borrow().of(process).map_or(0, |child| child.pid);
    take_of(driver, process, pid, output)
}

fn take_of(driver: &Driver, process: ProcessId, pid: Pid, output: &Output) -> io::Result<usize> {
    let mut buffer = driver.buffer.0.borrow_mut();
    let bytes = output.read(&mut buffer)?;
    if bytes > 0 {
        pass_on(driver, process, pid, output, &buffer[..bytes]);
    }
    Ok(bytes)
}

fn pass_on(driver: &Driver, process: ProcessId, pid: Pid, output: &Output, data: &[u8]) {
    if driver.converses(process, output) {
        return driver.hear(process, output, data);
    }
    if let Some(log) = &output.log
        && let Some(trouble) = log.borrow_mut().write(data)
    {
        driver.say(LogLevel::Warn, &trouble);
    }
    let fleet = driver.fleet.borrow();
    let Some(subject) = fleet.process(process) else { return };
    if driver.main_log.borrow().takes(LogLevel::Debug) {
        let line = format!("'{}' {} output:\n{}", subject.name(), output.stream.name(), repr::output(data));
        driver.say(LogLevel::Debug, &line);
    }
    if has_events(subject, output.stream) && driver.is_watched(log_event(output.stream)) {
        let origin = Origin { process: subject.name().clone(), group: subject.group().clone(), pid };
        drop(fleet);
        driver.tell(Event::Log(origin, output.stream, data.into()));
    }
}

fn log_event(stream: Stream) -> EventType {
    match stream {
        Stream::Stdout => EventType::ProcessLogStdout,
        Stream::Stderr => EventType::ProcessLogStderr,
    }
}

fn has_events(process: &Process, stream: Stream) -> bool {
    match stream {
        Stream::Stdout => process.config().stdout.events_enabled,
        Stream::Stderr => process.config().stderr.events_enabled,
    }
}
