//! A world of paper, for tests.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::time::Duration;

use super::keeper::Keeper;
use super::marks::Mark;
use super::report::Level;
use super::request::{Action, Request, names};
use super::world::{Asked, Cache, Ends, Extent, Page, Ping, Saved, Stamp, Turn, Unturned, World};
use crate::agents::balancer::{Balancer, Client, Place, Problem, Standing, View};
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
    /// How many connections are refused at a port before one is taken.
    pub(super) refusals: BTreeMap<u16, u32>,
    /// When nobody listens any more, until a command starts it again.
    pub(super) ends: Option<Duration>,
    /// What is answered to URLs that hold this.
    pub(super) pages: BTreeMap<&'static str, Result<u16, String>>,
    /// Memory by pid file.
    pub(super) memory: BTreeMap<&'static str, Result<u64, String>>,
    /// Lines of logs, the newest first.
    pub(super) logs: BTreeMap<&'static str, Vec<&'static str>>,
    /// How much of each is searched, if not all.
    pub(super) extent: Option<Extent>,
    /// Hosts that do not answer a ping.
    pub(super) silent: Vec<&'static str>,
    /// Whether there is no command to ping with.
    pub(super) without_ping: bool,
    /// Units that cannot be turned.
    pub(super) stuck: Vec<&'static str>,
    /// Units that have not stopped when the time for it is over.
    pub(super) slow: Vec<&'static str>,
    /// Units whose manager is away.
    pub(super) away: Vec<&'static str>,
    /// Since when.
    pub(super) away_from: Duration,
    /// Units that are stopping.
    pub(super) stopping: Vec<&'static str>,
    /// Units that end at once when they are started.
    pub(super) ended: Vec<&'static str>,
    /// What was done, in order.
    pub(super) done: Vec<String>,
    /// The log, as `LEVEL: message`, without what is only for the curious.
    pub(super) log: Vec<String>,
    /// How much of it has passed.
    pub(super) time: Duration,
    /// The signals.
    pub(super) signals: PaperEnds,
}

/// Signals of paper.
#[derive(Default)]
pub(super) struct PaperEnds {
    /// One that came.
    pub(super) asked: Option<Asked>,
    was_held: Cell<bool>,
}

impl Ends for PaperEnds {
    fn hold(&self, is_held: bool) {
        self.was_held.set(self.was_held.get() || is_held);
    }

    /// It comes when one is held.
    fn asked(&self) -> Option<Asked> {
        self.asked.filter(|_| self.was_held.get())
    }
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

    fn ends(&self) -> &dyn Ends {
        &self.signals
    }

    fn progress(&mut self, _what: &str, _is_new: bool) {}

    fn ping(&mut self, _words: &[String], address: &str, _patience: Duration) -> Result<Ping, String> {
        self.done.push(format!("ping {address}"));
        if self.without_ping {
            return Err("exit status 127".to_owned());
        }
        Ok(if self.silent.contains(&address) { Ping::Silent("no".to_owned()) } else { Ping::Answered })
    }

    fn connect(&mut self, _address: &str, port: u16, _patience: Duration) -> Result<(), String> {
        if let Some(left) = self.refusals.get_mut(&port).filter(|left| **left > 0) {
            *left -= 1;
            return Err("connection refused".to_owned());
        }
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

    fn end_of(&mut self, log: &str) -> Result<Mark, String> {
        let size = self.logs.get(log).map_or(0, |lines| lines.len() as u64);
        Ok(Mark { size, ..Mark::EMPTY })
    }

    fn search(
        &mut self,
        log: &str,
        ready: &str,
        mark: Option<Mark>,
        see: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Extent, String> {
        let lines = self.logs.get(log).ok_or("no such file")?;
        let start = mark.and_then(|mark| lines.len().checked_sub(usize::try_from(mark.size).ok()?));
        let is_over = |line: &&str| see(line) || line.contains(ready);
        let is_bounded = lines[..start.unwrap_or(lines.len())].iter().any(is_over) || start.is_some();
        Ok(self.extent.unwrap_or(if is_bounded { Extent::SinceStart } else { Extent::Whole }))
    }

    fn turn(&mut self, control: &Control, turn: Turn, _patience: Duration) -> Result<(), Unturned> {
        let unit = match control {
            Control::Systemd { unit } => unit,
            Control::Commands { start, stop } => {
                self.done.push(format!("{} at {:?}", if turn == Turn::On { start } else { stop }, self.time));
                self.ends = self.ends.filter(|_| turn == Turn::Off);
                if turn == Turn::Off && self.stuck.contains(&"stop") {
                    return Err("exit status 1: No such process".to_owned().into());
                }
                return Ok(());
            }
            control => panic!("{control:?}"),
        };
        self.done.push(format!("{} {unit}", if turn == Turn::On { "start" } else { "stop" }));
        if self.stuck.contains(&unit.as_str()) {
            return Err("exit status 1".to_owned().into());
        }
        if turn == Turn::Off && self.slow.contains(&unit.as_str()) {
            return Err(Unturned::so_far("no answer within 70 s".to_owned()));
        }
        self.stopping.retain(|own| own != unit);
        if self.ended.contains(&unit.as_str()) {
            self.closed.extend(unit.strip_prefix('u').and_then(|port| port.parse::<u16>().ok()));
        }
        if turn == Turn::On && !self.ended.contains(&unit.as_str()) {
            self.closed.retain(|port| format!("u{port}") != *unit);
        }
        Ok(())
    }

    fn unready(&mut self, controls: &[&Control]) -> Vec<Option<String>> {
        let is_away = |control: &Control| match control {
            Control::Systemd { unit } => self.time >= self.away_from && self.away.contains(&unit.as_str()),
            _ => false,
        };
        controls.iter().map(|control| is_away(control).then(|| "nobody answers".to_owned())).collect()
    }

    fn is_stopping(&mut self, control: &Control) -> bool {
        matches!(control, Control::Systemd { unit } if self.stopping.contains(&unit.as_str()))
    }

    fn ending(&mut self, control: &Control) -> Option<String> {
        let has_ended = |unit: &String| self.ended.contains(&unit.as_str());
        matches!(control, Control::Systemd { unit } if has_ended(unit)).then(|| "it is said to have failed".to_owned())
    }

    fn rotate(&mut self, log: &str, to: &str, _reopen: Option<&str>) -> Result<Saved, String> {
        self.done.push(format!("rotate {log} to {to}"));
        Ok(Saved { path: to.to_owned(), doubt: None })
    }

    fn keep(&mut self, _line: &str) {}

    fn keeps(&self) -> bool {
        false
    }

    fn let_go(&mut self) {}

    fn append(&mut self, folder: &str, below: &str, line: &str) -> Result<(), String> {
        self.done.push(format!("append {folder}/{below} {line}"));
        Ok(())
    }
}

/// A balancer of paper: who is out, and whom it does not know.
#[derive(Default)]
pub(super) struct PaperBalancer {
    /// Who is out.
    pub(super) out: BTreeSet<String>,
    /// Whom it does not know.
    pub(super) unknown: Vec<&'static str>,
    /// Whom it does not find good.
    pub(super) bad: Vec<&'static str>,
    /// Whether it says nothing.
    pub(super) is_silent: bool,
    /// Whether it does nothing that it is told.
    pub(super) is_read_only: bool,
    /// How many connections each client has, for ever.
    pub(super) connections: u64,
    /// How often it was told to give a client nothing new.
    pub(super) drained: Rc<Cell<usize>>,
    /// Whether it is restarted for it.
    pub(super) is_restarted: bool,
    /// Its servers, by names and ports, as far as it says where they are.
    pub(super) places: Vec<(&'static str, u16)>,
    /// How often it was asked what it has.
    pub(super) looked: Rc<Cell<usize>>,
}

impl PaperBalancer {
    fn known(&self, client: &Client) -> Result<(), Problem> {
        let unknown = Problem::Unknown { place: "paper".to_owned(), client: client.name.clone() };
        if self.unknown.contains(&client.name.as_str()) { Err(unknown) } else { Ok(()) }
    }
}

impl Balancer for PaperBalancer {
    fn reads_at_start(&self) -> bool {
        self.is_restarted
    }

    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem> {
        self.looked.set(self.looked.get() + 1);
        if self.is_silent {
            let (place, command, says) = ("paper".to_owned(), "show".to_owned(), "no".to_owned());
            return Err(Problem::Refused { place, command, says });
        }
        Ok(Box::new(&*self))
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.known(client)?;
        self.drained.set(self.drained.get() + 1);
        if self.is_read_only {
            let says = "permission denied".to_owned();
            return Err(Problem::Refused { place: "paper".to_owned(), command: "drain".to_owned(), says });
        }
        self.out.insert(client.name.clone());
        Ok(())
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        self.known(client).map(|()| self.connections)
    }

    fn close(&mut self, client: &Client) -> Result<(), Problem> {
        self.known(client)
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.known(client)?;
        self.out.remove(&client.name);
        Ok(())
    }
}

impl View for &PaperBalancer {
    fn standing(&self, client: &Client) -> Result<Standing, Problem> {
        self.known(client)?;
        let is_bad = self.bad.contains(&client.name.as_str());
        Ok(match self.out.contains(&client.name) {
            true => Standing::Out,
            false if is_bad => Standing::Down,
            false => Standing::In,
        })
    }

    fn places(&self) -> Result<Vec<Place>, Problem> {
        let place = |(name, port): &(&str, u16)| Place {
            name: Some((*name).to_owned()),
            end: Some(("localhost".to_owned(), *port)),
        };
        Ok(self.places.iter().map(place).collect())
    }
}

/// A file of paper.
#[derive(Clone, Default)]
pub(super) struct PaperFile(pub(super) Rc<RefCell<Option<String>>>);

impl Keeper for PaperFile {
    fn place(&self) -> String {
        "/paper".to_owned()
    }

    fn read(&mut self) -> Result<Option<String>, String> {
        Ok(self.0.borrow().clone())
    }

    fn write(&mut self, text: Option<&str>) -> Result<(), String> {
        *self.0.borrow_mut() = text.map(str::to_owned);
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

/// A command line: an action, and the services that `-s` names, if any.
pub(super) fn request(action: Action, services: &str) -> Request {
    let services = (!services.is_empty()).then(|| names(services).collect());
    Request { action, services, url: "/".into(), pattern: None, purge: false, rotate: false, dry_run: false }
}
