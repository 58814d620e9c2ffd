//! A world of paper, for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use super::report::Level;
use super::world::{Cache, Extent, Page, Stamp, Turn, World};
use crate::base::Sources;
use crate::conf::monitor::{Control, Monitor, Service, read};

/// The configuration in `text`.
pub(super) fn monitor(text: &str) -> Monitor {
    let reading = read(Sources::new().add("cluster.ini", text), text);
    reading.monitor.unwrap_or_else(|| panic!("{:?}", reading.found))
}

/// What there is, and what was done to it.
#[derive(Default)]
pub(super) struct Paper {
    /// Ports that nobody listens at.
    pub(super) closed: Vec<u16>,
    /// When nobody listens any more, until a command starts it again.
    pub(super) ends: Option<Duration>,
    /// What is answered to URLs that hold this.
    pub(super) pages: BTreeMap<&'static str, Result<u16, String>>,
    /// Memory by pid file.
    pub(super) memory: BTreeMap<&'static str, Result<u64, String>>,
    /// Lines of logs, the newest first.
    pub(super) logs: BTreeMap<&'static str, Vec<&'static str>>,
    /// Hosts that do not answer a ping.
    pub(super) silent: Vec<&'static str>,
    /// Units that cannot be turned.
    pub(super) stuck: Vec<&'static str>,
    /// What was done, in order.
    pub(super) done: Vec<String>,
    /// The log, as `LEVEL: message`, without what is only for the curious.
    pub(super) log: Vec<String>,
    /// How much of it has passed.
    pub(super) time: Duration,
}

impl World for Paper {
    fn stamp(&self) -> Stamp {
        Stamp { year: 2011, month: 3, day: 4, hour: 5, minute: 6, second: 7, millisecond: 8 }
    }

    fn elapsed(&self) -> Duration {
        self.time
    }

    fn pause(&mut self, time: Duration) {
        self.time += time;
    }

    fn record(&mut self, level: Level, message: &str) {
        if level > Level::Debug {
            self.log.push(format!("{}: {message}", level.name()));
        }
    }

    fn progress(&mut self, _what: &str, _after: Option<Duration>) {}

    fn ping(&mut self, _words: &[String], address: &str, _patience: Duration) -> Result<(), String> {
        self.done.push(format!("ping {address}"));
        if self.silent.contains(&address) { Err("no".to_owned()) } else { Ok(()) }
    }

    fn connect(&mut self, _address: &str, port: u16, _patience: Duration) -> Result<(), String> {
        let has_ended = self.ends.is_some_and(|at| self.time >= at);
        if has_ended || self.closed.contains(&port) { Err("connection refused".to_owned()) } else { Ok(()) }
    }

    fn get(&mut self, page: &Page) -> Result<u16, String> {
        self.done.push(format!("get {}", page.url));
        self.time += Duration::from_millis(1500);
        self.pages.iter().find(|(part, _)| page.url.contains(**part)).map_or(Ok(200), |(_, answer)| answer.clone())
    }

    fn memory(&mut self, pid_file: &str) -> Result<u64, String> {
        self.memory.get(pid_file).cloned().unwrap_or_else(|| Err(format!("{pid_file} holds no pid")))
    }

    fn search(&mut self, log: &str, _ready: &str, see: &mut dyn FnMut(&str) -> bool) -> Result<Extent, String> {
        let lines = self.logs.get(log).ok_or("no such file")?;
        let _ = lines.iter().any(|line| see(line));
        Ok(Extent::Whole)
    }

    fn turn(&mut self, control: &Control, turn: Turn, _patience: Duration) -> Result<(), String> {
        let unit = match control {
            Control::Systemd { unit } => unit,
            Control::Commands { start, stop } => {
                self.done.push(format!("{} at {:?}", if turn == Turn::On { start } else { stop }, self.time));
                self.ends = self.ends.filter(|_| turn == Turn::Off);
                return Ok(());
            }
            control => panic!("{control:?}"),
        };
        self.done.push(format!("{} {unit}", if turn == Turn::On { "start" } else { "stop" }));
        if self.stuck.contains(&unit.as_str()) {
            return Err("exit status 1".to_owned());
        }
        if turn == Turn::On {
            self.closed.retain(|port| format!("u{port}") != *unit);
        }
        Ok(())
    }

    fn rotate(&mut self, log: &str, to: &str, _reopen: Option<&str>) -> Result<Option<String>, String> {
        self.done.push(format!("rotate {log} to {to}"));
        Ok(None)
    }

    fn append(&mut self, folder: &str, below: &str, line: &str) -> Result<(), String> {
        self.done.push(format!("append {folder}/{below} {line}"));
        Ok(())
    }
}

/// A cache that notes its purges.
#[derive(Default)]
pub(super) struct PaperCache(pub(super) Vec<String>);

impl Cache for PaperCache {
    fn purge(&mut self, service: &Service, turn: &mut dyn FnMut(Turn) -> Result<(), String>) -> Result<(), String> {
        turn(Turn::Off)?;
        self.0.push(service.name().to_owned());
        Ok(())
    }
}
