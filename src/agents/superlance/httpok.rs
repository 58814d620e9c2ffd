//! `httpok`: restarts processes when a page is not as it should be.

use std::collections::BTreeSet;
use std::time::Duration;

use super::brake::{Brake, Limits, Ruling};
use super::listener::{Fatal, Program};
use super::outbox::Outbox;
use super::page::{Page, Wanted};
use super::world::World;
use crate::agents::mail::Mail;
use crate::base::python::repr;
use crate::client::proxy::ProcessInfo;
use crate::conf::namespec::namespec;
use crate::wire::listener::Notification;

/// What is set on the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Processes to restart, by `NAME` or `GROUP:NAME`.
    pub programs: Vec<String>,
    /// Whether all are.
    pub any: bool,
    /// The URL, as it was given.
    pub url: String,
    /// What is asked for, and for how long.
    pub wanted: Wanted,
    /// Statuses that are good.
    pub statuses: Vec<i64>,
    /// Whether it is asked for even if nothing is to be restarted.
    pub eager: bool,
    /// Who gets mails.
    pub email: Option<String>,
    /// The command that writes a core, up to the file.
    pub gcore: String,
    /// Where cores go; none if there are to be none.
    pub coredir: Option<String>,
    /// What this httpok is called in mails.
    pub name: Option<String>,
    /// What holds restarts back.
    pub limits: Limits,
    /// Which process this is itself, by its name and, unless they are the same, its group.
    pub own: Option<String>,
}

impl Options {
    /// Whether a process runs that is to be restarted.
    fn is_monitored(&self, process: &ProcessInfo) -> bool {
        process.state == RUNNING && self.is_meant(process)
    }

    fn is_meant(&self, process: &ProcessInfo) -> bool {
        let shown = namespec(&process.group, &process.name);
        let is_own = self.own.as_ref() == Some(&shown);
        let is_named = |name: &String| *name == process.name || *name == shown;
        if self.any { !is_own } else { self.programs.iter().any(is_named) }
    }
}

/// How long after a refused connection the next one is tried.
const RETRY: Duration = Duration::from_secs(10);

/// `RUNNING`.
const RUNNING: i64 = 20;

/// The program.
pub struct HttpOk {
    options: Options,
    brake: Brake,
    outbox: Outbox,
    /// Processes that have been restarted often enough, of which a mail was sent.
    held: BTreeSet<String>,
}

impl HttpOk {
    /// With these options.
    pub fn new(options: Options) -> Self {
        let brake = Brake::new(options.limits);
        Self { options, brake, outbox: Outbox::showing(), held: BTreeSet::new() }
    }

    fn tick(&mut self, world: &mut dyn World) {
        if !self.options.eager {
            match world.processes() {
                Ok(processes) if !processes.iter().any(|process| self.options.is_monitored(process)) => return,
                Ok(_) => {}
                Err(why) => {
                    world.say(&format!("Exception retrieving process info {why}, not acting"));
                    return;
                }
            }
        }
        let url = &self.options.url;
        let (message, problem) = match self.answer(world) {
            Ok(page) => {
                let message = format!("status contacting {url}: {} {}", page.status, page.reason);
                let is_good = self.options.statuses.contains(&page.status.into());
                match (is_good, page.holds_text) {
                    (false, _) => (message, "bad status returned"),
                    (true, false) => (message, "bad body returned"),
                    (true, true) => return self.held.clear(),
                }
            }
            Err(why) => (format!("error contacting {url}:\n\n {why}"), "bad status returned"),
        };
        let subject = format!("{url}: {problem}");
        self.act(&subject, message, world);
    }

    /// The answer of the server. One that is about to start refuses connections for a while.
    fn answer(&self, world: &mut dyn World) -> Result<Page, String> {
        let wanted = &self.options.wanted;
        let mut retries = wanted.timeout.as_secs().saturating_sub(1) / RETRY.as_secs();
        loop {
            match world.page(wanted) {
                Err(why) if retries > 0 && why == REFUSED => {
                    retries -= 1;
                    world.pause(RETRY);
                }
                answer => return answer,
            }
        }
    }

    /// Restarts what is to be restarted, and tells of it.
    fn act(&mut self, subject: &str, message: String, world: &mut dyn World) {
        let processes = match world.processes() {
            Ok(processes) => processes,
            Err(why) => {
                world.say(&format!("Exception retrieving process info {why}, not acting"));
                return;
            }
        };
        let mut told = Told { messages: vec![message], world };
        if self.options.any {
            told.say("Restarting all running processes".to_owned());
        } else {
            told.say(format!("Restarting selected processes {}", list(&self.options.programs)));
        }
        // A process that is held back may be so for long: one mail is enough, unless there is something else to tell.
        let (mut is_held, mut is_news) = (false, false);
        for process in processes.iter().filter(|process| self.options.is_meant(process)) {
            let shown = namespec(&process.group, &process.name);
            match restart(&self.options, &mut self.brake, process, &mut told) {
                Some(Ruling::TooOften(..)) => {
                    is_held = true;
                    is_news |= self.held.insert(shown);
                }
                Some(_) => {
                    is_news = true;
                    self.held.remove(&shown);
                }
                None => {}
            }
        }
        let is_there = |name: &String| {
            processes.iter().any(|process| *name == process.name || *name == namespec(&process.group, &process.name))
        };
        let missing: Vec<String> = self.options.programs.iter().filter(|name| !is_there(name)).cloned().collect();
        if !missing.is_empty() {
            told.say(format!("Programs not restarted because they did not exist: {}", list(&missing)));
        }
        let Told { messages, world } = told;
        if let Some(email) = self.options.email.as_ref().filter(|_| is_news || !is_held) {
            let subject = match &self.options.name {
                Some(name) => format!("httpok [{name}]: {subject}"),
                None => format!("httpok: {subject}"),
            };
            let (to, body) = (vec![email.clone()], messages.join("\n"));
            self.outbox.post(Mail { from: None, to, subject: Some(subject), body }, world);
        }
    }
}

impl Program for HttpOk {
    fn handle(&mut self, event: &Notification, world: &mut dyn World) -> Result<(), Fatal> {
        self.outbox.try_again(world);
        if event.header.eventname.starts_with("TICK") {
            self.tick(world);
        }
        Ok(())
    }
}

/// Why there is no page when nobody listens.
const REFUSED: &str = "[Errno 111] Connection refused";

/// What is said on standard error, and then in a mail.
struct Told<'w> {
    messages: Vec<String>,
    world: &'w mut dyn World,
}

impl Told<'_> {
    fn say(&mut self, message: String) {
        self.world.say(&message);
        self.messages.push(message);
    }
}

/// Restarts a process, or says why not. Whether it might be, if it runs.
fn restart(options: &Options, brake: &mut Brake, process: &ProcessInfo, told: &mut Told<'_>) -> Option<Ruling> {
    let shown = namespec(&process.group, &process.name);
    if process.state != RUNNING {
        told.say(format!("{shown} not in RUNNING state, NOT restarting"));
        return None;
    }
    let ruling = brake.rule(&shown, process, told.world.now().mono);
    if let Some(words) = ruling.words(&shown) {
        told.say(words);
        return Some(ruling);
    }
    if let Some(folder) = options.coredir.as_ref().filter(|_| !options.gcore.is_empty()) {
        let file = crate::conf::path::join(folder, &shown);
        let output = told.world.command(&format!("{} \"{file}\" {}", options.gcore, process.pid));
        told.say(format!("gcore output for {shown}:\n\n {output}"));
    }
    told.say(format!("{shown} is in RUNNING state, restarting"));
    if let Err(why) = told.world.stop(&shown) {
        told.say(format!("Failed to stop process {shown}: {why}"));
    }
    match told.world.start(&shown) {
        Err(why) => told.say(format!("Failed to start process {shown}: {why}")),
        Ok(()) => told.say(format!("{shown} restarted")),
    }
    Some(ruling)
}

/// As Python shows a list.
fn list(names: &[String]) -> String {
    format!("[{}]", names.iter().map(|name| repr(name)).collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::{Fake, process};

    fn options(programs: &[&str]) -> Options {
        Options {
            programs: programs.iter().map(|name| (*name).to_owned()).collect(),
            any: false,
            url: "http://h/x".to_owned(),
            wanted: Wanted::parse("http://h/x").unwrap(),
            statuses: vec![200],
            eager: true,
            email: Some("a@b".to_owned()),
            gcore: "gcore -o".to_owned(),
            coredir: None,
            name: None,
            limits: Limits::default(),
            own: Some("ok".to_owned()),
        }
    }

    #[allow(clippy::unnecessary_wraps)]
    fn page(status: u16, reason: &str, holds_text: bool) -> Result<Page, String> {
        Ok(Page { status, reason: reason.to_owned(), holds_text })
    }

    fn world(pages: &[Result<Page, String>]) -> Fake {
        let processes =
            vec![process("a", "a", 10), process("g", "b", 11), process("d", "d", 0), process("ok", "ok", 9)];
        Fake { processes, pages: pages.to_vec(), ..Fake::default() }
    }

    fn ticked(options: Options, mut world: Fake) -> Fake {
        world.event(&mut HttpOk::new(options), "TICK_60", "when:0").unwrap();
        world
    }

    #[test]
    fn a_good_page_is_nothing_to_act_on() {
        let world = ticked(options(&["a"]), world(&[page(200, "OK", true)]));
        assert_eq!((world.done.as_slice(), world.said.len()), (&["GET /x".to_owned()][..], 0));
    }

    #[test]
    fn a_bad_status_restarts_what_is_selected() {
        let world = ticked(options(&["a", "g:b", "zz", "d"]), world(&[page(500, "Oh no", true)]));
        assert_eq!(world.done, ["GET /x", "stop a", "start a", "stop g:b", "start g:b"]);
        assert_eq!(
            world.said[..8],
            [
                "Restarting selected processes ['a', 'g:b', 'zz', 'd']",
                "a is in RUNNING state, restarting",
                "a restarted",
                "g:b is in RUNNING state, restarting",
                "g:b restarted",
                "d not in RUNNING state, NOT restarting",
                "Programs not restarted because they did not exist: ['zz']",
                &format!("Mailed:\n\n{}", world.mails[0].text()),
            ]
        );
        assert_eq!(world.mails[0].subject.as_deref(), Some("httpok: http://h/x: bad status returned"));
        assert!(world.mails[0].body.starts_with("status contacting http://h/x: 500 Oh no\nRestarting selected"));
    }

    #[test]
    fn a_bad_body_and_no_answer_are_bad_too() {
        let bad = ticked(options(&["a"]), world(&[page(200, "OK", false)]));
        assert_eq!(bad.mails[0].subject.as_deref(), Some("httpok: http://h/x: bad body returned"));
        let named = Options { name: Some("n".to_owned()), ..options(&["a"]) };
        let none = ticked(named, world(&[Err("timed out".to_owned())]));
        assert_eq!(none.mails[0].subject.as_deref(), Some("httpok [n]: http://h/x: bad status returned"));
        assert!(none.mails[0].body.starts_with("error contacting http://h/x:\n\n timed out\nRestarting"));
    }

    #[test]
    fn all_are_restarted_but_itself() {
        let all = Options { any: true, ..options(&["zz"]) };
        let world = ticked(all, world(&[page(404, "Not Found", true)]));
        assert_eq!(world.done, ["GET /x", "stop a", "start a", "stop g:b", "start g:b"]);
        assert_eq!(world.said[0], "Restarting all running processes");
    }

    #[test]
    fn cores_are_written_before() {
        let cores = Options { coredir: Some("/cores".to_owned()), ..options(&["g:b"]) };
        let world = ticked(cores, world(&[page(404, "Not Found", true)]));
        assert_eq!(world.done[1..], ["gcore -o \"/cores/g:b\" 11", "stop g:b", "start g:b"]);
        assert_eq!(world.said[1], "gcore output for g:b:\n\n dumped\n");
    }

    #[test]
    fn faults_are_told() {
        let mut world = world(&[page(404, "Not Found", true)]);
        world.faults = vec!["stop a", "start a"];
        let world = ticked(options(&["a"]), world);
        assert_eq!(world.said[2], "Failed to stop process a: <Fault 70: 'NO: a'>");
        assert_eq!(world.said[3], "Failed to start process a: <Fault 70: 'NO: a'>");
        let silent = Fake { is_silent: true, pages: vec![page(404, "", true)], ..Fake::default() };
        let silent = ticked(options(&["a"]), silent);
        assert!(silent.said[0].starts_with("Exception retrieving process info ") && silent.mails.is_empty());
    }

    #[test]
    fn one_that_is_not_eager_asks_only_if_something_runs() {
        let lazy = |programs: &[&str]| Options { eager: false, ..options(programs) };
        let good = || world(&[page(200, "OK", true)]);
        assert!(ticked(lazy(&["d"]), good()).done.is_empty());
        assert_eq!(ticked(lazy(&["a"]), good()).done, ["GET /x"]);
        assert_eq!(ticked(lazy(&["g:b"]), good()).done, ["GET /x"]);
    }

    #[test]
    fn a_refused_connection_is_tried_again() {
        let refused = || Err(REFUSED.to_owned());
        let mut patient = options(&["a"]);
        patient.wanted.timeout = Duration::from_secs(21);
        let world_ = ticked(patient.clone(), world(&[refused(), refused(), page(200, "OK", true)]));
        assert_eq!(world_.done, ["GET /x", "pause 10", "GET /x", "pause 10", "GET /x"]);
        assert_eq!(ticked(patient, world(&[refused()])).done[5..], ["stop a", "start a"]);
        assert_eq!(ticked(options(&["a"]), world(&[refused()])).done, ["GET /x", "stop a", "start a"]);
    }

    #[test]
    fn limits_hold_restarts_back() {
        let limits = Limits { warmup: None, restarts: Some((1, Duration::from_secs(60))) };
        let mut httpok = HttpOk::new(Options { limits, ..options(&["a"]) });
        let mut world = world(&[page(500, "", true)]);
        world.event(&mut httpok, "TICK_5", "").unwrap();
        world.event(&mut httpok, "TICK_5", "").unwrap();
        assert_eq!(world.done, ["GET /x", "stop a", "start a", "GET /x"]);
        assert!(world.mails[1].body.ends_with("\na was restarted once within 60 seconds, NOT restarting"));
    }

    #[test]
    fn one_mail_tells_that_restarts_are_held_back_until_something_changes() {
        let limits = Limits { warmup: None, restarts: Some((1, Duration::from_secs(60))) };
        let mut httpok = HttpOk::new(Options { limits, ..options(&["a", "d"]) });
        let (bad, good) = (page(500, "", true), page(200, "OK", true));
        let mut world = world(std::slice::from_ref(&bad));
        let mut mails = |httpok: &mut HttpOk, page: &Result<Page, String>| {
            world.pages = vec![page.clone()];
            let before = world.mails.len();
            world.event(httpok, "TICK_5", "").unwrap();
            (
                world.mails.len() - before,
                world.said.iter().filter(|line| line.starts_with("a was restarted once")).count(),
            )
        };
        let (restarted, held, silent) = (mails(&mut httpok, &bad), mails(&mut httpok, &bad), mails(&mut httpok, &bad));
        assert_eq!((restarted, held, silent), ((1, 0), (1, 1), (0, 2)));
        // It was well meanwhile.
        assert_eq!((mails(&mut httpok, &good), mails(&mut httpok, &bad)), ((0, 2), (1, 3)));
        assert_eq!(mails(&mut httpok, &bad), (0, 4));
    }
}
