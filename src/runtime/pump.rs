//! From the pipes of children to their logs: one task and one read buffer for all, and a task for each output that is
//! busy (see [`pace`]).

use std::cell::RefCell;
use std::io;
use std::rc::{Rc, Weak};
use std::time::Duration;

use crate::conf::model::LogLevel;

use super::children::Output;
use super::core::event::{Event, EventType, Origin, Stream};
use super::core::ids::{Pid, ProcessId};
use super::core::output::Piece;
use super::core::process::Process;
use super::core::repr;
use super::driver::Driver;
use super::errno;
use super::pace::{self, Habit};
use super::watch::Watch;

/// Bytes of one read, and so of one record.
const READ: usize = 128 << 10;
/// Bytes that are still read when a child has ended: what a pipe can hold. A grandchild that goes on writing must not
/// keep us.
const LAST: usize = pace::PIPE_SIZE;
/// Pause between two looks at an output that cannot be watched.
const UNWATCHED: Duration = Duration::from_millis(if cfg!(test) { 1 } else { 1000 });

/// The read buffer of all pipes; its pages are real only where it was filled.
#[derive(Debug)]
pub(super) struct Buffer(RefCell<Box<[u8]>>);

impl Default for Buffer {
    fn default() -> Self {
        Self(RefCell::new(vec![0; READ].into_boxed_slice()))
    }
}

/// Reads outputs as they come, as long as there is a daemon.
pub(super) async fn run(driver: Weak<Driver>, watch: Rc<Watch>) {
    while let Ok(ready) = watch.ready().await {
        let Some(driver) = driver.upgrade() else { return };
        for (process, stream) in ready {
            read(&driver, process, stream);
        }
        drop(driver);
        // Signals and requests have their turn.
        tokio::task::yield_now().await;
    }
}

/// Reads once from an output that has something to be read.
fn read(driver: &Driver, process: ProcessId, stream: Stream) {
    let output = driver.children.borrow().of(process).and_then(|child| child.output(stream));
    let Some(output) = output else { return };
    match take(driver, process, &output) {
        // In a conversation each side waits for the other, so nothing would be gained.
        Ok(bytes) if bytes > 0 && !driver.converses(process, &output) => {
            match output.habit_after(driver.clock.now().mono, bytes) {
                Some(Habit::Lines) => {
                    driver.watch.remove(&output);
                    output.enlarge();
                    let task = by_the_clock(driver.me.clone(), process, Rc::clone(&output));
                    output.read_by(tokio::task::spawn_local(task).abort_handle());
                }
                Some(Habit::Blocks) => output.enlarge(),
                None => {}
            }
        }
        Ok(bytes) if bytes > 0 => {}
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
        Ok(_) | Err(_) => {
            driver.watch.remove(&output);
            driver.children.borrow_mut().fell_silent(process);
        }
    }
}

/// Reads what comes by the clock, and lets the output be watched again when nothing comes any more.
async fn by_the_clock(driver: Weak<Driver>, process: ProcessId, output: Rc<Output>) {
    let watch = || driver.upgrade().map_or(Ok(()), |driver| driver.watch.add(process, output.stream, &output));
    let say = |error: &io::Error| {
        if let Some(driver) = driver.upgrade() {
            let (name, why) = (output.stream.name(), errno::name(error));
            driver.say(LogLevel::Warn, &format!("could not watch a {name}, it is looked at once a second: {why}"));
        }
    };
    until_watched(async || is_quiet(&driver, process, &output).await, watch, say).await;
}

/// Reads by the clock until the output ends, or nothing comes and it is watched. Where it cannot be, it is looked at now
/// and then, so that nothing of it is lost.
async fn until_watched(
    mut is_quiet: impl AsyncFnMut() -> bool,
    mut watch: impl FnMut() -> io::Result<()>,
    say: impl Fn(&io::Error),
) {
    let mut failing = false;
    while is_quiet().await {
        let Err(error) = watch() else { return };
        if !std::mem::replace(&mut failing, true) {
            say(&error);
        }
        tokio::time::sleep(UNWATCHED).await;
    }
}

/// Reads what has come, time and again, until nothing comes any more. False at the end of the output.
async fn is_quiet(driver: &Weak<Driver>, process: ProcessId, output: &Output) -> bool {
    let mut empty = 0;
    while empty < pace::EMPTY_READS {
        tokio::time::sleep(pace::PAUSE).await;
        empty += 1;
        loop {
            let Some(bytes) = take_all(driver, process, output) else { return false };
            if bytes > 0 {
                empty = 0;
            }
            if bytes < READ {
                break;
            }
            // Who writes as fast as that waits for us: a pause would cost more than it saves.
            tokio::task::yield_now().await;
        }
    }
    true
}

/// Reads as much as a pipe holds, so that nobody else has to wait for longer. Gives how many bytes came; nothing at the
/// end of the output.
fn take_all(driver: &Weak<Driver>, process: ProcessId, output: &Output) -> Option<usize> {
    let mut total = 0;
    while total < pace::PIPE_SIZE {
        match try_take(driver, process, output) {
            Ok(0) => return None,
            Ok(bytes) => {
                total += bytes;
                if bytes < READ {
                    break;
                }
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(_) => return None,
        }
    }
    Some(total)
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
            Ok(_) | Err(_) => break,
        }
    }
    finish(driver, process, pid, output);
}

/// Reads once, and passes on what came.
fn take(driver: &Driver, process: ProcessId, output: &Output) -> io::Result<usize> {
    let pid = driver.children.borrow().of(process).map_or(0, |child| child.pid);
    take_of(driver, process, pid, output)
}

fn take_of(driver: &Driver, process: ProcessId, pid: Pid, output: &Output) -> io::Result<usize> {
    let mut buffer = driver.buffer.0.borrow_mut();
    let bytes = output.read(&mut buffer)?;
    match &output.chain {
        _ if bytes == 0 => finish(driver, process, pid, output),
        _ if driver.converses(process, output) => driver.hear(process, output, &buffer[..bytes]),
        None => log(driver, process, pid, output, &buffer[..bytes]),
        Some(chain) => chain.borrow_mut().push(&buffer[..bytes], &mut |piece| {
            pass_on(driver, process, pid, output, piece);
        }),
    }
    Ok(bytes)
}

/// Passes on what was kept back.
fn finish(driver: &Driver, process: ProcessId, pid: Pid, output: &Output) {
    if let Some(chain) = &output.chain {
        chain.borrow_mut().finish(&mut |piece| pass_on(driver, process, pid, output, piece));
    }
    if let Some(log) = &output.log {
        driver.warn(&log.borrow_mut().finish());
    }
}

fn pass_on(driver: &Driver, process: ProcessId, pid: Pid, output: &Output, piece: Piece<'_>) {
    match piece {
        Piece::Logged(data) => log(driver, process, pid, output, &data),
        Piece::Captured(data) => tell(driver, process, pid, output, &data),
        Piece::Communication(said) => communicate(driver, process, pid, output, said),
    }
}

fn log(driver: &Driver, process: ProcessId, pid: Pid, output: &Output, data: &[u8]) {
    if let Some(log) = &output.log {
        driver.warn(&log.borrow_mut().write(data));
    }
    tell(driver, process, pid, output, data);
}

fn tell(driver: &Driver, process: ProcessId, pid: Pid, output: &Output, data: &[u8]) {
    let fleet = driver.fleet.borrow();
    let Some(subject) = fleet.process(process) else { return };
    if driver.main_log.borrow().takes(LogLevel::Debug) {
        let line = format!("'{}' {} output:\n{}", subject.name(), output.stream.name(), repr::output(data));
        driver.say(LogLevel::Debug, &line);
    }
    if has_events(subject, output.stream) && driver.is_watched(log_event(output.stream)) {
        let origin = origin(subject, pid);
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

fn communicate(driver: &Driver, process: ProcessId, pid: Pid, output: &Output, said: Vec<u8>) {
    let fleet = driver.fleet.borrow();
    let Some(subject) = fleet.process(process) else { return };
    let line = format!("'{}' {} emitted a comm event", subject.name(), output.stream.name());
    let origin = origin(subject, pid);
    drop(fleet);
    driver.tell(Event::Communication(origin, output.stream, said.into()));
    driver.say(LogLevel::Debug, &line);
}

fn origin(subject: &Process, pid: Pid) -> Origin {
    Origin { process: subject.name().clone(), group: subject.group().clone(), pid }
}

fn has_events(process: &Process, stream: Stream) -> bool {
    match stream {
        Stream::Stdout => process.config().stdout.events_enabled,
        Stream::Stderr => process.config().stderr.events_enabled,
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    /// How often an output is read, and how often it is said that it cannot be watched: watching fails `failures` times,
    /// and the output ends after `reads`.
    fn course(failures: u32, reads: u32) -> (u32, u32) {
        let (read, tried, said) = (Cell::new(0), Cell::new(0), Cell::new(0));
        let count = |cell: &Cell<u32>| cell.replace(cell.get() + 1);
        let is_quiet = async || count(&read) < reads;
        let watch = || if count(&tried) < failures { Err(io::Error::from_raw_os_error(28)) } else { Ok(()) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(until_watched(is_quiet, watch, |_| said.set(said.get() + 1)));
        (read.get(), said.get())
    }

    #[test]
    fn what_cannot_be_watched_is_read_until_it_can() {
        assert_eq!(course(0, 9), (1, 0));
        assert_eq!(course(3, 9), (4, 1));
        assert_eq!(course(3, 2), (3, 1));
        assert_eq!(course(9, 0), (1, 0));
    }
}
