//! `memmon`: restarts processes that take too much memory.
//!
//! Each tick it looks at all processes of the daemon. One is judged by its own limit, that of its group and that for any, in
//! this order, and restarted once at most; memmon does not restart itself, as it would not live to do it.

use std::collections::{BTreeMap, BTreeSet};

use super::brake::{Brake, Limits, Ruling};
use super::listener::{Fatal, Program};
use super::outbox::Outbox;
use super::stamp;
use super::world::World;
use crate::agents::mail::Mail;
use crate::client::proxy::ProcessInfo;
use crate::wire::listener::Notification;

/// What is set on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Memory of what descends from a process counts.
    pub cumulative: bool,
    /// Limits in bytes of processes, by `NAME` or `GROUP:NAME`.
    pub programs: BTreeMap<String, i64>,
    /// Limits of processes, by their group.
    pub groups: BTreeMap<String, i64>,
    /// The limit of any process.
    pub any: Option<i64>,
    /// Who gets mails.
    pub email: Option<String>,
    /// A restart after a longer uptime in seconds is not mailed.
    pub uptime: Option<i64>,
    /// What this memmon is called in mails.
    pub name: Option<String>,
    /// What holds restarts back.
    pub limits: Limits,
    /// Which process this is itself, as `GROUP:NAME`.
    pub own: Option<String>,
}

/// The program.
pub struct Memmon {
    options: Options,
    brake: Brake,
    outbox: Outbox,
    /// Processes that are held back, of which a mail was sent.
    held: BTreeSet<String>,
}

impl Memmon {
    /// With these options.
    pub fn new(options: Options) -> Self {
        let brake = Brake::new(options.limits);
        Self { options, brake, outbox: Outbox::default(), held: BTreeSet::new() }
    }

    fn tick(&mut self, world: &mut dyn World) -> Result<(), Fatal> {
        self.options.told().iter().for_each(|line| world.say(line));
        let processes = match world.processes() {
            Ok(processes) => processes,
            Err(why) => {
                world.say(&format!("Exception retrieving process info {why}, not acting"));
                return Ok(());
            }
        };
        let pids: Vec<i64> = processes.iter().map(|process| process.pid).filter(|pid| *pid != 0).collect();
        let memory = world.memory(&pids, self.options.cumulative);
        for process in &processes {
            if let Some(rss) = memory.get(&process.pid) {
                self.judge(process, *rss, world)?;
            }
        }
        Ok(())
    }

    fn judge(&mut self, process: &ProcessInfo, rss: u64, world: &mut dyn World) -> Result<(), Fatal> {
        let name = full_name(process);
        for limit in self.options.limits_of(process, &name) {
            world.say(&format!("RSS of {name} is {rss}"));
            if i128::from(rss) > i128::from(limit) {
                return self.over(process, &name, rss, world);
            }
        }
        self.held.remove(&name);
        Ok(())
    }

    /// What is done about a process that is over its limit.
    fn over(&mut self, process: &ProcessInfo, name: &str, rss: u64, world: &mut dyn World) -> Result<(), Fatal> {
        if self.options.own.as_deref() == Some(name) {
            // Nobody would be left to start it again.
            world.say(&format!("{name} is this memmon itself, NOT restarting"));
            return Ok(());
        }
        let ruling = self.brake.rule(name, process, world.now().mono);
        let Some(words) = ruling.words(name) else {
            self.held.remove(name);
            return self.restart(process, name, rss, world);
        };
        world.say(&words);
        // It may go on for long: one mail is enough.
        if matches!(ruling, Ruling::TooOften(..)) && self.held.insert(name.to_owned()) {
            self.mail(&format!("process {name} not restarted"), &format!("{words} ({rss} bytes RSS)"), world);
        }
        Ok(())
    }

    fn restart(&mut self, process: &ProcessInfo, name: &str, rss: u64, world: &mut dyn World) -> Result<(), Fatal> {
        world.say(&format!("Restarting {name}"));
        if let Err(why) = world.stop(name) {
            let message = format!("Failed to stop process {name} (RSS {rss}), exiting: {why}");
            return self.give_up("stop", name, &message, world);
        }
        if let Err(why) = world.start(name) {
            let message = format!("Failed to start process {name} after stopping it, exiting: {why}");
            return self.give_up("start", name, &message, world);
        }
        let uptime = process.now - process.start;
        if self.options.uptime.is_none_or(|limit| uptime <= limit) {
            let message = format!(
                "memmon.py restarted the process named {name} at {} because it was consuming too much memory ({rss} bytes RSS)",
                stamp::asctime(world)
            );
            self.mail(&format!("process {name} restarted"), &message, world);
        }
        Ok(())
    }

    fn give_up(&mut self, what: &str, name: &str, message: &str, world: &mut dyn World) -> Result<(), Fatal> {
        world.say(message);
        self.mail(&format!("failed to {what} process {name}, exiting"), message, world);
        Err(Fatal)
    }

    fn mail(&mut self, subject: &str, body: &str, world: &mut dyn World) {
        let Some(email) = &self.options.email else { return };
        let subject = match &self.options.name {
            Some(name) => format!("memmon [{name}]: {subject}"),
            None => format!("memmon: {subject}"),
        };
        let mail = Mail { from: None, to: vec![email.clone()], subject: Some(subject), body: body.to_owned() };
        self.outbox.post(mail, world);
    }
}

impl Program for Memmon {
    fn handle(&mut self, event: &Notification, world: &mut dyn World) -> Result<(), Fatal> {
        self.outbox.try_again(world);
        if event.header.eventname.starts_with("TICK") { self.tick(world) } else { Ok(()) }
    }
}

impl Options {
    /// What is said at each tick.
    fn told(&self) -> Vec<String> {
        let list = |what: &str, limits: &BTreeMap<String, i64>| {
            let all: Vec<_> = limits.iter().map(|(name, limit)| format!("{name}={limit}")).collect();
            (!all.is_empty()).then(|| format!("Checking {what} {}", all.join(", ")))
        };
        let any = self.any.map(|limit| format!("Checking any={limit}"));
        let told: Vec<String> =
            [list("programs", &self.programs), list("groups", &self.groups), any].into_iter().flatten().collect();
        // A line is said even if there is nothing to say.
        if told.is_empty() { vec![String::new()] } else { told }
    }

    fn limits_of(&self, process: &ProcessInfo, name: &str) -> Vec<i64> {
        let own = [self.programs.get(&process.name), self.programs.get(name)];
        let all = own.into_iter().chain([self.groups.get(&process.group), self.any.as_ref()]);
        all.flatten().copied().collect()
    }
}

/// The group is always written.
fn full_name(process: &ProcessInfo) -> String {
    format!("{}:{}", process.group, process.name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::agents::superlance::fake::{Fake, process};

    const MIB: u64 = 1 << 20;

    fn world() -> Fake {
        let processes = [("a", "a", 10), ("g", "b", 11), ("g", "c", 12), ("d", "d", 0), ("mem", "mem", 14)];
        Fake {
            processes: processes.map(|(group, name, pid)| process(group, name, pid)).into(),
            memory: [(10, 5 * MIB), (11, 50 * MIB), (12, MIB), (14, 500 * MIB)].into(),
            seconds: 86_400,
            ..Fake::default()
        }
    }

    fn options() -> Options {
        Options { own: Some("mem:mem".to_owned()), email: Some("a@b".to_owned()), ..Options::default() }
    }

    fn limits(all: &[(&str, u64)]) -> BTreeMap<String, i64> {
        all.iter().map(|(name, mib)| ((*name).to_owned(), i64::try_from(mib * MIB).unwrap())).collect()
    }

    fn ticked(options: Options) -> (Fake, Result<(), Fatal>) {
        let mut world = world();
        let ended = world.event(&mut Memmon::new(options), "TICK_60", "when:0");
        (world, ended)
    }

    #[test]
    fn what_takes_too_much_is_restarted() {
        let programs = limits(&[("a", 5), ("g:b", 10)]);
        let (world, ended) = ticked(Options { programs, any: Some(100 << 20), ..options() });
        assert_eq!(ended, Ok(()));
        assert_eq!(world.done, ["stop g:b", "start g:b"]);
        assert_eq!(
            world.said,
            [
                "Checking programs a=5242880, g:b=10485760",
                "Checking any=104857600",
                "RSS of a:a is 5242880",
                "RSS of a:a is 5242880",
                "RSS of g:b is 52428800",
                "Restarting g:b",
                "RSS of g:c is 1048576",
                "RSS of mem:mem is 524288000",
                "mem:mem is this memmon itself, NOT restarting",
            ]
        );
        let mail = &world.mails[0];
        assert_eq!(mail.subject.as_deref(), Some("memmon: process g:b restarted"));
        let body = "memmon.py restarted the process named g:b at Fri Jan  2 00:00:00 1970 UTC because it was consuming \
                    too much memory (52428800 bytes RSS)";
        assert_eq!(mail.body, body);
    }

    #[test]
    fn several_limits_are_one_restart() {
        let all = Options {
            programs: limits(&[("b", 1), ("g:b", 1)]),
            groups: limits(&[("g", 1)]),
            any: Some(0),
            ..options()
        };
        let (world, _) = ticked(all);
        assert_eq!(world.done, ["stop a:a", "start a:a", "stop g:b", "start g:b", "stop g:c", "start g:c"]);
    }

    #[test]
    fn descendants_count_if_asked_for() {
        let groups = limits(&[("g", 51)]);
        assert!(ticked(Options { groups: groups.clone(), ..options() }).0.done.is_empty());
        assert_eq!(ticked(Options { groups, cumulative: true, ..options() }).0.done, ["stop g:b", "start g:b"]);
    }

    #[test]
    fn a_restart_that_is_no_surprise_is_not_mailed() {
        let uptime = |uptime| Options { groups: limits(&[("g", 10)]), uptime: Some(uptime), ..options() };
        assert_eq!(ticked(uptime(3600)).0.mails.len(), 1);
        assert_eq!(ticked(uptime(3599)).0.mails.len(), 0);
    }

    #[test]
    fn who_cannot_be_restarted_is_the_end() {
        let mut world = world();
        world.faults.push("start g:b");
        let options = Options { groups: limits(&[("g", 10)]), name: Some("x".to_owned()), ..options() };
        assert_eq!(world.event(&mut Memmon::new(options), "TICK_60", ""), Err(Fatal));
        let message = "Failed to start process g:b after stopping it, exiting: <Fault 70: 'NO: g:b'>";
        assert_eq!((world.said.last().unwrap().as_str(), world.mails[0].body.as_str()), (message, message));
        assert_eq!(world.mails[0].subject.as_deref(), Some("memmon [x]: failed to start process g:b, exiting"));
    }

    #[test]
    fn other_events_and_a_silent_daemon_are_nothing_to_act_on() {
        let mut world = Fake { is_silent: true, ..world() };
        let mut memmon = Memmon::new(Options { any: Some(0), ..options() });
        world.event(&mut memmon, "PROCESS_STATE_EXITED", "").unwrap();
        assert!(world.said.is_empty());
        world.event(&mut memmon, "TICK_5", "").unwrap();
        assert!(world.said[1].starts_with("Exception retrieving process info Remote end closed"), "{:?}", world.said);
    }

    #[test]
    fn one_that_is_held_back_is_mailed_once() {
        let limits_ = Limits { restarts: Some((1, Duration::from_secs(3600))), warmup: Some(Duration::from_secs(60)) };
        let mut memmon = Memmon::new(Options { groups: limits(&[("g", 10)]), limits: limits_, ..options() });
        let mut world = world();
        for second in [86_400, 86_460, 86_520, 90_000] {
            world.seconds = second;
            world.event(&mut memmon, "TICK_60", "").unwrap();
        }
        assert_eq!(world.done, ["stop g:b", "start g:b", "stop g:b", "start g:b"]);
        let subjects: Vec<_> = world.mails.iter().map(|mail| mail.subject.as_deref().unwrap()).collect();
        let restarted = "memmon: process g:b restarted";
        assert_eq!(subjects, [restarted, "memmon: process g:b not restarted", restarted]);
        let held = "g:b was restarted once within 3600 seconds, NOT restarting";
        assert_eq!(world.said.iter().filter(|line| *line == held).count(), 2);
    }
}
