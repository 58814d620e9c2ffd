//! A world for tests: processes as they are set, and what is done to them written down.

use std::collections::BTreeMap;
use std::time::Duration;

use super::listener::{Fatal, Program};
use super::page::{Page, Wanted};
use super::world::World;
use crate::agents::mail::{Mail, Problem as NotSent, Refusal};
use crate::agents::shell::Ended;
use crate::base::time::{Mono, Now, Wall};
use crate::client::problem::Problem;
use crate::client::proxy::ProcessInfo;
use crate::wire::fault::Fault;
use crate::wire::listener::{Header, Notification};

/// A world.
#[derive(Default)]
pub(super) struct Fake {
    pub(super) processes: Vec<ProcessInfo>,
    pub(super) seconds: u64,
    /// By pid.
    pub(super) memory: BTreeMap<i64, u64>,
    /// Names that cannot be stopped or started, as `stop a`.
    pub(super) faults: Vec<&'static str>,
    /// What a server answers, in turn; the last one stays.
    pub(super) pages: Vec<Result<Page, String>>,
    /// With which status mails fail.
    pub(super) mail_fails: Option<i32>,
    /// Whether the daemon does not answer.
    pub(super) is_silent: bool,
    /// Stops and starts, pages, commands and pauses.
    pub(super) done: Vec<String>,
    pub(super) said: Vec<String>,
    pub(super) mails: Vec<Mail>,
}

impl Fake {
    /// Lets a program handle an event of this type, with this payload.
    pub(super) fn event(&mut self, program: &mut dyn Program, kind: &str, payload: &str) -> Result<(), Fatal> {
        let header = Header::parse(&format!("eventname:{kind} len:{}", payload.chars().count())).unwrap();
        program.handle(&Notification { header, payload: payload.to_owned() }, self)
    }

    fn act(&mut self, what: &str, namespec: &str) -> Result<(), Problem> {
        let act = format!("{what} {namespec}");
        self.done.push(act.clone());
        if self.faults.contains(&&*act) {
            return Err(Fault { code: 70, string: format!("NO: {namespec}") }.into());
        }
        Ok(())
    }
}

impl World for Fake {
    fn now(&self) -> Now {
        let nanos = self.seconds * 1_000_000_000;
        Now { mono: Mono(nanos), wall: Wall(i64::try_from(nanos).unwrap() + 42_000_000) }
    }

    fn local(&self, now: Now, format: &str) -> String {
        let stamp = jiff::Timestamp::from_second(now.wall.seconds()).unwrap();
        stamp.to_zoned(jiff::tz::TimeZone::UTC).strftime(format).to_string()
    }

    fn processes(&mut self) -> Result<Vec<ProcessInfo>, Problem> {
        if self.is_silent { Err(Problem::Closed) } else { Ok(self.processes.clone()) }
    }

    fn stop(&mut self, namespec: &str) -> Result<(), Problem> {
        self.act("stop", namespec)
    }

    fn start(&mut self, namespec: &str) -> Result<(), Problem> {
        self.act("start", namespec)
    }

    fn memory(&mut self, pids: &[i64], cumulative: bool) -> BTreeMap<i64, u64> {
        let factor = if cumulative { 2 } else { 1 };
        pids.iter().filter_map(|pid| Some((*pid, *self.memory.get(pid)? * factor))).collect()
    }

    fn page(&mut self, wanted: &Wanted) -> Result<Page, String> {
        self.done.push(format!("GET {}", wanted.path));
        if self.pages.len() > 1 { self.pages.remove(0) } else { self.pages[0].clone() }
    }

    fn command(&mut self, line: &str) -> String {
        self.done.push(line.to_owned());
        "dumped\n".to_owned()
    }

    fn mail(&mut self, mail: &Mail) -> Result<Vec<Refusal>, NotSent> {
        if let Some(status) = self.mail_fails {
            return Err(NotSent::Ended(Ended::Exit(status)));
        }
        self.mails.push(mail.clone());
        Ok(Vec::new())
    }

    fn say(&mut self, line: &str) {
        self.said.push(line.to_owned());
    }

    fn pause(&mut self, time: Duration) {
        self.done.push(format!("pause {}", time.as_secs()));
    }
}

/// A process that has run for an hour; it does not run if its pid is 0.
pub(super) fn process(group: &str, name: &str, pid: i64) -> ProcessInfo {
    let (state, statename) = if pid == 0 { (0, "STOPPED") } else { (20, "RUNNING") };
    ProcessInfo {
        group: group.to_owned(),
        name: name.to_owned(),
        state,
        statename: statename.to_owned(),
        pid,
        exit_status: 0,
        start: 1000,
        now: 4600,
        description: String::new(),
    }
}
