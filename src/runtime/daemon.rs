//! A daemon from its first breath to its last: privileges, limits, log, sockets, background, pid file, and then one
//! life after another, each with the configuration as it is then, until it is told to leave.

use std::cell::RefCell;
use std::cmp::Reverse;
use std::future::Future;
use std::io::{self, Write};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use tokio::task::LocalSet;

use crate::conf::model::{self, Config, LogLevel, Supervisord};
use crate::conf::python::repr;

use super::autolog::{self, Left};
use super::clock::Clock;
use super::control::Control;
use super::core::state::Mood;
use super::daemonize;
use super::driver::{Driver, lean};
pub use super::driver::{Reader, Reading};
use super::errno;
use super::fastcgi;
use super::limits;
use super::mainlog::{Copy, MainLog};
use super::pidfile::PidFile;
use super::privileges;
use super::signals::Signals;
use super::sys::{self, Side};
pub use super::syslog::{DEVICE, Syslog};
use super::watch::Watch;

/// How long replies that are on their way may keep the daemon from leaving.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// The control servers of a daemon.
pub trait Servers {
    /// Opens the sockets of a configuration, with lines for the log. It happens before the daemon goes into the
    /// background and without an event loop, so that an error (its words) is seen by who starts it.
    fn open(&mut self, config: &Config, log: &mut dyn FnMut(LogLevel, &str)) -> Result<(), String>;

    /// Begins to answer on them. It is called within the event loop's `LocalSet`.
    fn serve(&mut self, control: Rc<dyn Control>);

    /// Takes no more connections, lets the replies out that are on their way, and removes socket files.
    fn close(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>>;
}

/// What a daemon is started with.
pub struct Launch {
    /// The configuration.
    pub reading: Reading,
    /// How to read it again.
    pub reader: Reader,
    /// The control servers.
    pub servers: Box<dyn Servers>,
    /// Where the copy of the log goes in the foreground.
    pub stdout: Box<dyn Write>,
    /// The system log.
    pub syslog: Syslog,
}

/// Runs a daemon until it is told to leave; in the background unless `nodaemon` is set, then this returns at once. An
/// error is a usage error: it happened before anything was started.
pub fn run(launch: Launch) -> Result<(), String> {
    sys::be_frugal();
    daemonize::keep_descriptors();
    limits::outlive_full_files();
    let Launch { mut reading, reader, mut servers, stdout, syslog } = launch;
    let mut notes = std::mem::take(&mut reading.notes);
    let outlets = Outlets { stdout: Rc::new(RefCell::new(stdout)), syslog };
    notes.extend(privileges::drop_to(&reading.config.supervisord)?);
    let limits = limits::raise(&reading.config.supervisord)?;
    notes.extend(limits.into_iter().map(|line| (LogLevel::Info, line)));
    let mut life = begin(lean(reading.config), &notes, &outlets)?;
    life.open(&mut *servers)?;
    life.try_sockets()?;
    if !life.config.supervisord.nodaemon && go_into_background(&mut life)? == Side::Parent {
        // The sockets are the child's now.
        std::mem::forget(servers);
        return Ok(());
    }
    live(life, reader, servers, &outlets)
}

/// Where logs go besides files.
struct Outlets {
    stdout: Copy,
    syslog: Syslog,
}

impl Outlets {
    /// Where the main log is copied to.
    fn copy(&self, options: &Supervisord) -> Option<Copy> {
        (options.nodaemon && !options.silent).then(|| Rc::clone(&self.stdout))
    }
}

/// A configuration and the log that goes with it: ready to be lived.
struct Life {
    config: Rc<Config>,
    log: Log,
}

/// The main log while there is no driver yet.
struct Log {
    log: MainLog,
    clock: Clock,
}

impl Log {
    fn say(&mut self, level: LogLevel, line: &str) {
        self.log.write(self.clock.now().wall, level, line);
    }
}

/// A life with its log open.
fn begin(config: Rc<Config>, notes: &[(LogLevel, String)], outlets: &Outlets) -> Result<Life, String> {
    let options = &config.supervisord;
    let log = MainLog::open(options, &outlets.syslog, outlets.copy(options));
    let log = log.map_err(|why| match &options.logfile {
        model::MainLog::Path(path) => format!("could not open the log file {path}: {why}"),
        model::MainLog::Syslog => format!("could not open the system log: {why}"),
    })?;
    Ok(begun(config, log, notes))
}

fn begun(config: Rc<Config>, log: MainLog, notes: &[(LogLevel, String)]) -> Life {
    let mut log = Log { log, clock: Clock::new() };
    for (level, line) in gravest_first(notes) {
        log.say(*level, line);
    }
    Life { config, log }
}

/// What was noticed before there was a log, in the original's order.
fn gravest_first(notes: &[(LogLevel, String)]) -> Vec<&(LogLevel, String)> {
    let mut sorted: Vec<_> = notes.iter().collect();
    sorted.sort_by_key(|(level, _)| Reverse(*level));
    sorted
}

impl Life {
    /// Looks whether the sockets of `FastCGI` programs can be opened. Whoever starts a daemon is told at once; later the
    /// programs are, when they are started.
    fn try_sockets(&mut self) -> Result<(), String> {
        fastcgi::try_all(&self.config, &mut |line| self.log.say(LogLevel::Info, line))
    }

    /// Opens the control servers, and then removes the logs of earlier lives. A daemon that is not alone finds it out by the
    /// servers: until then it leaves alone what may be another's, logs and sockets.
    fn open(&mut self, servers: &mut dyn Servers) -> Result<(), String> {
        servers.open(&self.config, &mut |level, line| self.log.say(level, line))?;
        clean(&self.config.supervisord, &mut self.log);
        Ok(())
    }

    /// Says what goes wrong without being in the way.
    fn tell(&mut self, result: Result<(), String>) {
        if let Err(why) = result {
            self.log.say(LogLevel::Critical, &why);
        }
    }
}

/// Removes the logs that earlier runs have named themselves.
fn clean(options: &Supervisord, log: &mut Log) {
    if options.nocleanup {
        return;
    }
    for left in autolog::clean(Path::new(&options.childlogdir), &options.identifier) {
        match left {
            Left::All => log.say(LogLevel::Warn, "Could not clear childlog dir"),
            Left::File(path) => {
                log.say(LogLevel::Warn, &format!("Failed to clean up {}", repr(&path.to_string_lossy())));
            }
        }
    }
}

fn go_into_background(life: &mut Life) -> Result<Side, String> {
    let refuse = |why: io::Error| format!("could not go into the background: {}", errno::name(&why));
    let side = daemonize::fork().map_err(refuse)?;
    if side == Side::Child {
        life.log.say(LogLevel::Info, "daemonizing the supervisord process");
        if let Some(folder) = &life.config.supervisord.directory {
            enter(folder, &mut life.log);
        }
        daemonize::detach(life.config.supervisord.umask).map_err(refuse)?;
    }
    Ok(side)
}

fn enter(folder: &str, log: &mut Log) {
    match std::env::set_current_dir(folder) {
        Ok(()) => log.say(LogLevel::Info, &format!("set current directory: {}", repr(folder))),
        Err(why) => {
            let line = format!("can't chdir into {}: {}", repr(folder), errno::about(&why, folder));
            log.say(LogLevel::Critical, &line);
        }
    }
}

fn live(life: Life, reader: Reader, mut servers: Box<dyn Servers>, outlets: &Outlets) -> Result<(), String> {
    let refuse = |why: io::Error| format!("could not start the event loop: {why}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(refuse)?;
    LocalSet::new().block_on(&runtime, async {
        let (signals, watch) = (Signals::new().map_err(refuse)?, Rc::new(Watch::new().map_err(refuse)?));
        let mut lasting = Lasting { reader: Rc::new(reader), signals, watch, events: 0 };
        let mut next = Some(life);
        while let Some(life) = next.take() {
            let former = Rc::clone(&life.config);
            if one_life(life, &mut lasting, &mut *servers, outlets).await == Mood::Restarting {
                next = Some(prepare_next(former, &lasting.reader, &mut *servers, outlets));
            }
        }
        Ok(())
    })
}

/// What all lives of a daemon share.
struct Lasting {
    reader: Rc<Reader>,
    signals: Signals,
    watch: Rc<Watch>,
    /// Events are counted on from here.
    events: u64,
}

/// Lives a life, and says why it has ended.
async fn one_life(mut life: Life, lasting: &mut Lasting, servers: &mut dyn Servers, outlets: &Outlets) -> Mood {
    let pidfile = write_pidfile(&mut life);
    let (reader, watch) = (Rc::clone(&lasting.reader), Rc::clone(&lasting.watch));
    let driver = Driver::new(life.config, life.log.log, outlets.syslog.clone(), reader, watch);
    driver.fleet.borrow_mut().count_events_from(lasting.events);
    servers.serve(driver.clone());
    let mood = driver.run(&mut lasting.signals).await;
    // Whoever does not take the last replies in time goes without.
    let _ = tokio::time::timeout(FAREWELL, servers.close()).await;
    drop(pidfile);
    lasting.events = driver.fleet.borrow().pools().next_serial();
    mood
}

fn write_pidfile(life: &mut Life) -> Option<PidFile> {
    let path = &life.config.supervisord.pidfile;
    let Ok(file) = PidFile::write(path) else {
        life.log.say(LogLevel::Critical, &format!("could not write pidfile {path}"));
        return None;
    };
    life.log.say(LogLevel::Info, &format!("supervisord started with pid {}", std::process::id()));
    Some(file)
}

/// The next life: with the configuration as it is now, or with the former one if that cannot be used. Everything has
/// been stopped for it, so to leave would be the worst answer to a slip of the pen.
fn prepare_next(former: Rc<Config>, reader: &Reader, servers: &mut dyn Servers, outlets: &Outlets) -> Life {
    let read = reader().and_then(|mut reading| {
        let privileges = privileges::drop_to(&reading.config.supervisord)?;
        reading.notes.extend(privileges);
        let mut life = begin(lean(reading.config), &reading.notes, outlets)?;
        life.open(servers)?;
        let sockets = life.try_sockets();
        life.tell(sockets);
        Ok(life)
    });
    read.unwrap_or_else(|why| resume(former, &why, servers, outlets))
}

/// A life with the former configuration, whatever of it can be had.
fn resume(config: Rc<Config>, why: &str, servers: &mut dyn Servers, outlets: &Outlets) -> Life {
    let options = &config.supervisord;
    let log = MainLog::unopened(options, &outlets.syslog, outlets.copy(options));
    let line = format!("could not restart with the configuration as it is now, keeping the former one: {why}");
    let mut life = begun(config, log, &[(LogLevel::Critical, line)]);
    let opened = life.open(servers);
    life.tell(opened.map_err(|why| format!("nobody can be answered until SIGHUP makes us try again: {why}")));
    let sockets = life.try_sockets();
    life.tell(sockets);
    life
}
