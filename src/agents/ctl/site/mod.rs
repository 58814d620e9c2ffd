//! The real world.

mod mark;
mod memory;
mod net;
mod proxied;
mod rotate;
mod search;
mod web;
mod writers;

pub use net::Found;

use std::collections::HashMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Zoned;

use super::control::{self, Helpers};
use super::draft::Draft;
use super::logfile::LogFile;
use super::marks::Mark;
use super::report::{Event, Level};
use super::stamp;
use super::world::{Ends, Extent, Page, Ping, Saved, Stamp, Turn, Unturned, World};
use crate::agents::plain;
use crate::base::reason::reason as words;
use crate::conf::monitor::Control;

/// Shows a line of the log to the user.
pub(super) type Show<'a> = &'a mut dyn FnMut(Level, &str);

/// Shows what goes on, and how long it has taken, to the user.
pub(super) type Progress<'a> = &'a mut dyn FnMut(&str, bool);

/// This host, as seen from the folder in which this runs.
pub struct Site<'a> {
    log: Option<LogFile>,
    draft: Option<Draft>,
    show: Show<'a>,
    progress: Progress<'a>,
    helpers: Helpers<'a>,
    ends: &'a dyn Ends,
    origin: Instant,
    troubles: Vec<Event>,
    found: net::Found,
}

impl<'a> Site<'a> {
    /// With a log, and a draft of the mail, if there are.
    pub fn new(
        log: Option<LogFile>,
        draft: Option<Draft>,
        show: Show<'a>,
        progress: Progress<'a>,
        helpers: Helpers<'a>,
        ends: &'a dyn Ends,
    ) -> Self {
        Self {
            log,
            draft,
            show,
            progress,
            helpers,
            ends,
            origin: Instant::now(),
            troubles: Vec::new(),
            found: HashMap::new(),
        }
    }

    /// Takes addresses as they were found: those names are not looked up any more.
    pub fn know(&mut self, found: Found) {
        self.found.extend(found);
    }

    /// Tells what is wrong with what this itself writes. It hinders no work, but counts in the end.
    pub fn trouble(&mut self, message: String) {
        self.record(Level::Error, &message);
        self.troubles.push(Event { level: Level::Error, message });
    }

    /// What was wrong so far.
    pub fn troubles(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.troubles)
    }
}

impl World for Site<'_> {
    fn stamp(&self) -> Stamp {
        let now = Zoned::now();
        Stamp {
            year: now.year(),
            month: now.month(),
            day: now.day(),
            hour: now.hour(),
            minute: now.minute(),
            second: now.second(),
            millisecond: now.millisecond(),
        }
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed()
    }

    fn pause(&mut self, time: Duration) {
        std::thread::sleep(time);
    }

    fn record(&mut self, level: Level, message: &str) {
        let at = self.stamp();
        let line = stamp::line(at, level, message);
        (self.show)(level, &line);
        if let Some(log) = &mut self.log
            && let Err(why) = log.line(&line)
        {
            self.log = None;
            self.trouble(format!("cannot write the log: {}", words(&why)));
        }
    }

    fn keep(&mut self, line: &str) {
        let kept = self.draft.as_mut().map_or(Ok(()), |draft| draft.add(line));
        if let Err(why) = kept {
            // Once.
            self.draft = None;
            self.trouble(format!("cannot keep critical events before they are mailed: {}", words(&why)));
        }
    }

    fn keeps(&self) -> bool {
        self.draft.is_some()
    }

    fn let_go(&mut self) {
        if let Some(draft) = &mut self.draft {
            draft.discard();
        }
    }

    fn ends(&self) -> &dyn Ends {
        self.ends
    }

    fn progress(&mut self, what: &str, is_new: bool) {
        (self.progress)(what, is_new);
    }

    fn ping(&mut self, words: &[String], address: &str, patience: Duration) -> Result<Ping, String> {
        net::ping(words, address, patience)
    }

    fn connect(&mut self, address: &str, port: u16, patience: Duration) -> Result<(), String> {
        net::connect(&mut self.found, address, port, patience)
    }

    fn get(&mut self, page: &Page) -> Result<u16, String> {
        web::get(page)
    }

    fn memory(&mut self, pid_file: &str) -> Result<u64, String> {
        memory::of(pid_file)
    }

    fn end_of(&mut self, log: &str) -> Result<Mark, String> {
        mark::end_of(Path::new(log)).map_err(|why| words(&why))
    }

    fn search(
        &mut self,
        log: &str,
        ready: &str,
        mark: Option<Mark>,
        see: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Extent, String> {
        search::backwards(log, ready, mark, see).map_err(|why| words(&why))
    }

    fn turn(&mut self, control: &Control, turn: Turn, patience: Duration) -> Result<(), Unturned> {
        control::turn(&self.helpers, control, turn, patience)
    }

    fn unready(&mut self, controls: &[&Control]) -> Vec<Option<String>> {
        control::unready(&self.helpers, controls)
    }

    fn is_stopping(&mut self, control: &Control) -> bool {
        control::is_stopping(&self.helpers, control)
    }

    fn ending(&mut self, control: &Control) -> Option<String> {
        control::ending(&self.helpers, control)
    }

    fn rotate(&mut self, log: &str, to: &str, reopen: Option<&str>) -> Result<Saved, String> {
        rotate::rotate(Path::new(log), Path::new(to), reopen)
    }

    fn append(&mut self, folder: &str, below: &str, line: &str) -> Result<(), String> {
        if !Path::new(folder).is_dir() {
            return Err(format!("there is no folder {folder}"));
        }
        let append = || -> io::Result<()> {
            let path = Path::new(folder).join(below);
            fs::create_dir_all(path.parent().unwrap_or(Path::new(folder)))?;
            plain::append(&path)?.write_all(format!("{line}\n").as_bytes())
        };
        append().map_err(|why| words(&why))
    }
}
