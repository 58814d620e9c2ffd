//! The rolling start on a cluster that is simulated: with a failure at each act, with a kill at each act, before it and after
//! it, and whatever ran before is followed by a repair.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::driver::{Flaw, Site, run};
use super::journal::{Journal, Why};
use super::machine::{Sight, Survey, Terms};
use super::plan::{Aim, Client, plan};
use super::tale::Tale;
use crate::agents::ctl::world::{Asked, Unturned};
use crate::base::time::Mono;

const SECOND: u64 = 1_000_000_000;

const TERMS: Terms =
    Terms { least: 1, drain: std::time::Duration::from_secs(5), pause: std::time::Duration::from_secs(1) };

/// What the balancer makes of a client.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    In,
    Draining,
    Out,
}

#[derive(Clone, Debug)]
struct Simulated {
    place: Place,
    /// Since when it runs.
    runs: Option<u64>,
    /// It does not become good any more.
    is_broken: bool,
    starts: u32,
    connections: u64,
    /// How long it runs once it was started by the run, if not for ever.
    lives: Option<u64>,
}

/// The run was killed: everything from here on is as if nobody asked.
struct Killed;

/// A kill, or a failure, at the act of this number.
#[derive(Clone, Copy, Debug)]
enum Accident {
    KillBefore(usize),
    KillAfter(usize),
    Failure(usize),
    /// As a failure, and if it is a stop, it comes a while after the run has stopped waiting for it.
    Lateness(usize),
}

fn kill() -> ! {
    std::panic::resume_unwind(Box::new(Killed))
}

struct Cluster {
    now: u64,
    clients: BTreeMap<String, Simulated>,
    disk: String,
    acts: usize,
    accident: Option<Accident>,
    /// The number of the act after which a signal wants the run to end.
    asked_after: Option<usize>,
    tales: Vec<String>,
    /// The fewest that served at any time.
    fewest: usize,
    /// Who will have stopped once some time has gone by.
    ending: BTreeSet<String>,
    /// Whether one that is broken is well after a restart.
    does_restart_help: bool,
    /// Somebody else takes this one out once that one has been started.
    taken: Option<(&'static str, &'static str)>,
    /// And stops it.
    is_taken_down: bool,
}

impl Cluster {
    fn new(names: &[&str]) -> Self {
        let client =
            Simulated { place: Place::In, runs: Some(0), is_broken: false, starts: 0, connections: 2, lives: None };
        Self {
            now: 1000 * SECOND,
            clients: names.iter().map(|name| ((*name).to_owned(), client.clone())).collect(),
            disk: Journal::default().written(),
            acts: 0,
            accident: None,
            asked_after: None,
            tales: Vec::new(),
            fewest: usize::MAX,
            ending: BTreeSet::new(),
            does_restart_help: false,
            taken: None,
            is_taken_down: false,
        }
    }

    fn is_good(&self, name: &str) -> bool {
        let client = &self.clients[name];
        !(client.is_broken && client.starts > 0) && client.runs.is_some_and(|since| self.now >= since + SECOND)
    }

    fn serving(&self) -> usize {
        self.clients.iter().filter(|(name, client)| client.place == Place::In && self.is_good(name)).count()
    }

    fn journal(&self) -> Journal {
        Journal::read(&self.disk).0
    }

    fn run(&mut self, aim: Aim, asked: &[&str], terms: Terms) -> bool {
        let client = |(name, client): (&String, &Simulated)| Client {
            name: name.clone(),
            pool: 1,
            is_asked: asked.is_empty() || asked.contains(&name.as_str()),
            is_named: asked.contains(&name.as_str()),
            flaw: (!self.is_good(name)).then(|| "cant connect".to_owned()),
            is_dead: client.runs.is_none(),
            is_in: client.place == Place::In,
            is_new: false,
            patience: std::time::Duration::from_secs(10),
        };
        let clients: Vec<Client> = self.clients.iter().map(client).collect();
        self.acts = 0;
        self.fewest = self.serving();
        let journal = self.journal();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            run(plan(&clients, &journal, aim, terms.least), journal, terms, self)
        }));
        match result {
            Ok(outcome) => {
                let is_written = |name: &String| self.journal().get(name).is_some();
                assert!(outcome.failed.iter().all(is_written), "{:?} of {:#?}", outcome.failed, self.tales);
                outcome.is_complete
            }
            Err(panic) if panic.is::<Killed>() => false,
            Err(panic) => std::panic::resume_unwind(panic),
        }
    }

    /// What happens by itself until now.
    fn pass(&mut self, now: u64) {
        self.now = now;
        for client in self.clients.values_mut() {
            let lives = client.lives.filter(|_| client.starts > 0);
            client.runs = client.runs.filter(|since| lives.is_none_or(|lives| now < since + lives));
        }
        if let Some((whom, after)) = self.taken
            && self.clients[after].starts > 0
            && let Some(client) = self.clients.get_mut(whom)
        {
            client.place = Place::Out;
            client.runs = client.runs.filter(|_| !self.is_taken_down);
            self.taken = None;
        }
    }

    /// Does something to a client, unless an accident comes first.
    fn act(&mut self, name: &str, act: impl FnOnce(&mut Simulated, u64)) -> Result<(), String> {
        self.acts += 1;
        self.pass(self.now + SECOND / 20);
        let at = |number: usize| number == self.acts;
        match self.accident {
            Some(Accident::KillBefore(number)) if at(number) => kill(),
            Some(Accident::Failure(number) | Accident::Lateness(number)) if at(number) => {
                return Err("an accident".to_owned());
            }
            _ => {}
        }
        let now = self.now;
        if let Some(client) = self.clients.get_mut(name) {
            act(client, now);
        }
        self.fewest = self.fewest.min(self.serving());
        self.after();
        Ok(())
    }

    /// The kill that comes after what was done.
    fn after(&self) {
        if let Some(Accident::KillAfter(number)) = self.accident
            && number == self.acts
        {
            kill();
        }
    }

    /// Lets time go by, so that what was started is up.
    fn wait(&mut self) {
        (self.accident, self.asked_after) = (None, None);
        self.now += 5 * SECOND;
        for name in std::mem::take(&mut self.ending) {
            self.clients.entry(name).and_modify(|client| client.runs = None);
        }
    }

    /// What must hold after a repair: who is good serves, and who is out is written down.
    fn holds(&self) -> Result<(), String> {
        for (name, client) in &self.clients {
            let written = self.journal().get(name).cloned();
            let is_right = match (self.is_good(name), client.place) {
                (true, Place::In) => written.is_none(),
                (true, _) => false,
                (false, Place::In) => true,
                (false, _) => matches!(written, Some(Why::Failed(_))),
            };
            if !is_right {
                return Err(format!("{name}: {client:?}, written down as {written:?}; {:#?}", self.tales));
            }
        }
        Ok(())
    }
}

impl Site for Cluster {
    fn now(&self) -> Mono {
        Mono(self.now)
    }

    fn asked(&mut self) -> Option<Asked> {
        let has_come = self.asked_after.is_some_and(|number| self.acts >= number);
        has_come.then_some(Asked { name: "SIGINT", number: 2 })
    }

    fn sleep(&mut self, until: Mono) {
        self.pass(until.0);
        self.clients.values_mut().for_each(|client| client.connections = client.connections.saturating_sub(1));
    }

    fn record(&mut self, journal: &Journal) -> Result<(), String> {
        let text = journal.written();
        self.act("", |_, _| ())?;
        self.disk = text;
        self.after();
        Ok(())
    }

    fn drain(&mut self, client: &str) -> Result<(), String> {
        self.act(client, |client, _| client.place = Place::Draining)
    }

    fn left(&mut self, client: &str) -> Result<u64, String> {
        self.act(client, |_, _| ())?;
        Ok(self.clients[client].connections)
    }

    fn close(&mut self, client: &str) -> Result<(), String> {
        self.act(client, |client, _| client.place = Place::Out)
    }

    fn put_back(&mut self, client: &str) -> Result<(), String> {
        self.act(client, |client, _| client.place = Place::In)
    }

    fn serves(&mut self, client: &str) -> Result<bool, String> {
        self.act(client, |_, _| ())?;
        Ok(self.clients[client].place == Place::In && self.is_good(client))
    }

    fn survey(&mut self, closely: &BTreeSet<String>) -> Result<Survey, String> {
        self.act("", |_, _| ())?;
        let sight = |(name, client): (&String, &Simulated)| {
            let sight = match client.place {
                Place::In if client.runs.is_none() => Sight::Dead,
                Place::In if self.is_good(name) => Sight::Serves,
                Place::In => Sight::Bad,
                Place::Draining | Place::Out => Sight::Out { is_good: closely.contains(name) && self.is_good(name) },
            };
            (name.clone(), sight)
        };
        Ok(self.clients.iter().map(sight).collect())
    }

    fn stop(&mut self, client: &str) -> Result<(), Unturned> {
        if matches!(self.accident, Some(Accident::Lateness(number)) if number == self.acts + 1) {
            self.acts += 1;
            self.ending.insert(client.to_owned());
            return Err(Unturned::so_far("no answer".to_owned()));
        }
        Ok(self.act(client, |client, _| client.runs = None)?)
    }

    fn start(&mut self, client: &str) -> Result<(), String> {
        let helps = self.does_restart_help;
        self.act(client, |client, now| {
            client.is_broken &= !helps;
            client.starts += 1;
            client.connections = 2;
            client.runs.get_or_insert(now);
        })
    }

    fn check(&mut self, client: &str) -> Result<(), Flaw> {
        self.act(client, |_, _| ())?;
        if self.is_good(client) { Ok(()) } else { Err("cant connect".to_owned().into()) }
    }

    fn feed(&mut self, client: &str) -> Result<(), String> {
        self.act(client, |_, _| ())
    }

    fn tell(&mut self, tale: &Tale) {
        self.tales.push(tale.to_string());
    }
}

#[test]
fn all_are_restarted_one_after_the_other() {
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    assert!(cluster.run(Aim::Start, &[], TERMS));
    assert_eq!((cluster.fewest, cluster.serving()), (2, 3));
    assert!(cluster.clients.values().all(|client| client.starts == 1));
    assert!(cluster.journal().is_empty());
    let told: Vec<&str> = cluster.tales.iter().map(String::as_str).take_while(|tale| !tale.contains("2/3")).collect();
    let expected = [
        "[1/3] a: taken out of the balancer",
        "[1/3] a: draining, 2 connections left",
        "[1/3] a: draining, 1 connection left",
        "[1/3] a: stopping",
        "[1/3] a: starting",
        "[1/3] a: checking",
        "[1/3] a: checking",
        "[1/3] a: checking",
        "[1/3] a: checking",
        "[1/3] a: checking",
        "[1/3] a: fetching the feed url",
        "[1/3] a: put back into the balancer",
        "[1/3] a: waiting until the balancer finds it good",
        "a serves again after 2 s",
        "[1/3] a: waiting before the next one",
    ];
    assert_eq!(told, expected);
}

#[test]
fn one_that_does_not_come_up_stays_out_and_stops_the_run_in_time() {
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    cluster.clients.get_mut("a").unwrap().is_broken = true;
    assert!(!cluster.run(Aim::Start, &[], Terms { least: 2, ..TERMS }));
    assert_eq!((cluster.fewest, cluster.serving()), (2, 2));
    assert_eq!(cluster.clients["b"].starts, 0);
    let tail = &cluster.tales[cluster.tales.len() - 2..];
    let expected = [
        "a stays out of the balancer: cant connect",
        "the rolling start stops before b: without it 1 client would serve, and min_serving is 2",
    ];
    assert_eq!(tail, expected);
    // Where fewer may serve, it goes on.
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    cluster.clients.get_mut("a").unwrap().is_broken = true;
    assert!(!cluster.run(Aim::Start, &[], TERMS));
    assert_eq!((cluster.fewest, cluster.serving(), cluster.clients["c"].starts), (1, 2, 1));
}

#[test]
fn one_that_dies_after_its_turn_counts_no_more() {
    let of = |names: &[&str], lives: u64| {
        let mut cluster = Cluster::new(names);
        cluster.clients.values_mut().for_each(|client| client.lives = Some(lives));
        cluster
    };
    // A new release that lives for three seconds: the third client keeps the old one.
    let mut cluster = of(&["a", "b", "c"], 3 * SECOND);
    assert!(!cluster.run(Aim::Start, &[], Terms { least: 2, ..TERMS }));
    assert_eq!((cluster.clients["b"].starts, cluster.clients["c"].starts, cluster.serving()), (1, 0, 2));
    let died = "a stays out of the balancer: it was good, and cannot be connected to any more";
    let few = "the rolling start stops before c: without it 1 client would serve, and min_serving is 2";
    assert!(cluster.tales.iter().any(|tale| tale == died) && cluster.tales.last().is_some_and(|tale| tale == few));
    // Where fewer may serve, it is known in the end.
    let mut cluster = of(&["a", "b"], 3 * SECOND);
    assert!(!cluster.run(Aim::Start, &[], TERMS));
    assert!(
        matches!(cluster.journal().get("a"), Some(Why::Failed(_))) && cluster.tales.iter().any(|tale| tale == died)
    );
}

#[test]
fn one_that_is_taken_out_meanwhile_is_left_alone() {
    for (whom, starts) in [("c", 0), ("a", 1)] {
        let mut cluster = Cluster::new(&["a", "b", "c"]);
        cluster.taken = Some((whom, "b"));
        assert!(cluster.run(Aim::Start, &[], TERMS));
        let client = &cluster.clients[whom];
        assert_eq!((client.place, client.starts, cluster.serving()), (Place::Out, starts, 2), "{whom}");
        let told =
            format!("{whom} is good, but out of the balancer, and it was not ctl that took it out: it is left alone");
        assert_eq!(cluster.tales.iter().filter(|tale| tale.starts_with(&told)).count(), 1, "{:#?}", cluster.tales);
    }
    // It is told as what it is: somebody may be at it.
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    (cluster.taken, cluster.is_taken_down) = (Some(("c", "b")), true);
    assert!(cluster.run(Aim::Start, &[], TERMS));
    let told = "c is not good, and out of the balancer, and it was not ctl that took it out: it is left alone";
    assert_eq!(cluster.tales.iter().filter(|tale| tale.starts_with(told)).count(), 1, "{:#?}", cluster.tales);
    // Those that serve have to be enough without it.
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    cluster.taken = Some(("a", "b"));
    assert!(!cluster.run(Aim::Start, &[], Terms { least: 2, ..TERMS }));
    assert_eq!((cluster.clients["c"].starts, cluster.serving()), (0, 2));
}

#[test]
fn one_that_dies_before_its_turn_is_well_after_it() {
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    let dying = cluster.clients.get_mut("c").unwrap();
    (dying.starts, dying.lives) = (1, Some(1000 * SECOND + 1));
    cluster.run(Aim::Start, &[], TERMS);
    let died = "c stays out of the balancer: ";
    assert!(cluster.tales.iter().any(|tale| tale.starts_with(died)), "{:#?}", cluster.tales);
    assert_eq!((cluster.clients["c"].starts, cluster.serving()), (2, 3), "{:#?}", cluster.tales);
}

#[test]
fn what_is_recovered_by_a_restart_is_not_restarted_once_more() {
    // One that is written down, and good, until somebody looks at it again.
    let mut cluster = Cluster::new(&["a", "b"]);
    let mut journal = Journal::default();
    journal.set("a", Why::InHand);
    cluster.disk = journal.written();
    let dying = cluster.clients.get_mut("a").unwrap();
    (dying.place, dying.starts, dying.lives) = (Place::Out, 1, Some(1000 * SECOND + 1));
    // It is needed before anybody else leaves.
    assert!(!cluster.run(Aim::Start, &[], Terms { least: 2, ..TERMS }));
    assert_eq!((cluster.clients["a"].starts, cluster.serving()), (2, 2), "{:#?}", cluster.tales);
    assert!(cluster.journal().is_empty());
    let few = "the rolling start stops before b: without it 1 client would serve, and min_serving is 2";
    assert_eq!(cluster.tales.last().map(String::as_str), Some(few));
}

#[test]
fn what_serves_is_not_taken_out_if_nobody_else_does() {
    let mut cluster = Cluster::new(&["a"]);
    assert!(!cluster.run(Aim::Start, &[], TERMS));
    assert_eq!((cluster.fewest, cluster.clients["a"].starts), (1, 0));
    assert!(cluster.run(Aim::Start, &[], Terms { least: 0, ..TERMS }));
    assert_eq!(cluster.clients["a"].starts, 1);
}

#[test]
fn checks_that_fail_everywhere_do_not_take_everybody_out() {
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    // They serve, but no check finds them good: it may be the check.
    cluster.clients.values_mut().for_each(|client| (client.is_broken, client.starts) = (true, 1));
    assert!(!cluster.run(Aim::Repair, &[], TERMS));
    let places: Vec<Place> = cluster.clients.values().map(|client| client.place).collect();
    assert_eq!(places, [Place::Out, Place::In, Place::In]);
    // If the restart helps, all are restarted.
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    cluster.clients.values_mut().for_each(|client| (client.is_broken, client.starts) = (true, 1));
    cluster.does_restart_help = true;
    assert!(cluster.run(Aim::Repair, &[], TERMS));
    assert_eq!((cluster.serving(), cluster.holds()), (3, Ok(())));
}

#[test]
fn a_cluster_that_does_not_run_is_started() {
    let mut cluster = Cluster::new(&["a", "b"]);
    cluster.clients.values_mut().for_each(|client| client.runs = None);
    assert!(cluster.run(Aim::Start, &[], Terms { least: 2, ..TERMS }));
    assert_eq!(cluster.serving(), 2);
}

#[test]
fn a_stop_leaves_a_word_and_a_start_takes_it_back() {
    let mut cluster = Cluster::new(&["a", "b"]);
    assert!(cluster.run(Aim::Stop, &["a"], TERMS));
    assert_eq!(cluster.journal().get("a"), Some(&Why::Stopped));
    assert!(cluster.clients["a"].runs.is_none() && cluster.clients["a"].place == Place::Out);
    assert!(cluster.run(Aim::Start, &["b"], Terms { least: 0, ..TERMS }));
    assert!(cluster.clients["a"].runs.is_none());
    assert!(cluster.run(Aim::Start, &["a"], TERMS));
    assert_eq!(cluster.holds(), Ok(()));
}

#[test]
fn the_dead_leave_the_balancer_and_come_back_by_a_repair() {
    let mut cluster = Cluster::new(&["a", "b", "c"]);
    cluster.clients.get_mut("c").unwrap().runs = None;
    assert!(!cluster.run(Aim::Start, &["a"], TERMS));
    assert_eq!(cluster.clients["c"].place, Place::Out);
    assert_eq!(cluster.journal().get("c"), Some(&Why::Failed("cant connect".to_owned())));
    assert!(cluster.run(Aim::Repair, &[], TERMS));
    assert_eq!((cluster.holds(), cluster.serving()), (Ok(()), 3));
}

#[test]
fn what_hangs_on_is_cut_when_its_time_is_over() {
    let mut cluster = Cluster::new(&["a", "b"]);
    cluster.clients.get_mut("a").unwrap().connections = 1000;
    // That is not what was promised.
    assert!(!cluster.run(Aim::Start, &["a"], TERMS));
    assert!(cluster.tales.iter().any(|tale| tale.starts_with("a: 9") && tale.contains("connections are cut")));
    assert_eq!(cluster.serving(), 2);
    // One that does not answer has nothing to lose.
    let mut cluster = Cluster::new(&["a", "b"]);
    let hung = cluster.clients.get_mut("a").unwrap();
    (hung.connections, hung.is_broken, hung.starts) = (1000, true, 1);
    cluster.does_restart_help = true;
    assert!(cluster.run(Aim::Repair, &[], TERMS));
    assert!(cluster.tales.iter().any(|tale| tale.contains("connections are cut")));
}

/// How many acts a run has without accidents.
fn acts(cluster: &Cluster, aim: Aim) -> usize {
    let mut whole = Cluster { clients: cluster.clients.clone(), disk: cluster.disk.clone(), ..Cluster::new(&[]) };
    whole.run(aim, &[], TERMS);
    whole.acts
}

#[test]
fn a_kill_at_any_act_leaves_nobody_out_after_a_repair() {
    for broken in [None, Some("a"), Some("b")] {
        let mut fresh = Cluster::new(&["a", "b", "c"]);
        if let Some(name) = broken {
            fresh.clients.get_mut(name).unwrap().is_broken = true;
        }
        for number in 1..=acts(&fresh, Aim::Start) {
            for accident in [Accident::KillBefore(number), Accident::KillAfter(number)] {
                let mut cluster = Cluster { clients: fresh.clients.clone(), ..Cluster::new(&[]) };
                cluster.accident = Some(accident);
                assert!(!cluster.run(Aim::Start, &[], TERMS) || broken.is_some());
                assert!(cluster.fewest >= 1, "{accident:?}: nobody served");
                cluster.wait();
                cluster.run(Aim::Repair, &[], TERMS);
                assert!(cluster.fewest >= 1, "{accident:?}: nobody served during the repair");
                assert_eq!(cluster.holds(), Ok(()), "{accident:?} with {broken:?} broken");
            }
        }
    }
}

#[test]
fn a_signal_at_any_act_ends_the_run_when_that_is_done_and_who_is_out_is_written_down() {
    for broken in [None, Some("a")] {
        let mut fresh = Cluster::new(&["a", "b", "c"]);
        if let Some(name) = broken {
            fresh.clients.get_mut(name).unwrap().is_broken = true;
        }
        for number in 0..acts(&fresh, Aim::Start) {
            let mut cluster = Cluster { clients: fresh.clients.clone(), ..Cluster::new(&[]) };
            cluster.asked_after = Some(number);
            assert!(!cluster.run(Aim::Start, &[], TERMS) || number > 0, "signal after {number}");
            // What was done last is undone, if it can be, and written down.
            assert!(cluster.acts <= number + 5, "signal after {number}: {} acts; {:?}", cluster.acts, cluster.tales);
            let journal = cluster.journal();
            for (name, client) in &cluster.clients {
                let is_out = client.place != Place::In;
                assert_eq!(journal.get(name).is_some(), is_out, "signal after {number}: {:?}", cluster.tales);
                // One that was at its end is whole.
                let said = cluster.tales.last().and_then(|tale| tale.split("not done; ").nth(1));
                let is_told = said.is_none_or(|said| said.split([' ', ',']).any(|word| word == name));
                assert!(!is_out || is_told, "signal after {number}: {:?}", cluster.tales);
            }
            assert!(cluster.tales.last().unwrap().starts_with("SIGINT came: ") || cluster.clients["c"].starts == 1);
            cluster.wait();
            cluster.run(Aim::Repair, &[], TERMS);
            assert_eq!(cluster.holds(), Ok(()), "signal after {number}");
        }
    }
}

#[test]
fn a_signal_says_who_is_out_and_puts_back_whom_it_can() {
    let after = |stage: &str| {
        let ended = |number| {
            let mut cluster = Cluster { asked_after: Some(number), ..Cluster::new(&["a", "b", "c"]) };
            cluster.run(Aim::Start, &[], TERMS);
            cluster
        };
        let stage = format!("[1/3] a: {stage}");
        (0..20).map(ended).find(|cluster| cluster.tales.contains(&stage)).unwrap()
    };
    let draining = after("draining, 2 connections left");
    let told =
        "SIGINT came: the rolling start ends here, 3 of 3 turns are not done; nobody is left out of the balancer";
    assert_eq!(draining.tales.last().map(String::as_str), Some(told));
    assert_eq!((draining.clients["a"].place, draining.clients["a"].starts), (Place::In, 0));
    let stopped = after("starting");
    let told = "SIGINT came: the rolling start ends here, 3 of 3 turns are not done; a is out of the balancer until the next \
                `start` or `repair`";
    assert_eq!(stopped.tales.last().map(String::as_str), Some(told));
    assert_eq!(stopped.journal().get("a"), Some(&Why::InHand));
    let between = after("waiting before the next one");
    assert!(between.tales.last().unwrap().contains("2 of 3 turns are not done; nobody"), "{:?}", between.tales);
}

#[test]
fn a_failure_of_any_act_leaves_nobody_out_after_a_repair() {
    let fresh = Cluster::new(&["a", "b", "c"]);
    for number in 1..=acts(&fresh, Aim::Start) {
        let mut cluster = Cluster { clients: fresh.clients.clone(), ..Cluster::new(&[]) };
        cluster.accident = Some(Accident::Failure(number));
        cluster.run(Aim::Start, &[], TERMS);
        assert!(cluster.fewest >= 1, "failure at {number}: nobody served");
        for (name, client) in &cluster.clients {
            let is_told =
                cluster.tales.iter().any(|tale| tale.starts_with(name) || tale.contains(&format!("at {name}")));
            assert!(client.place == Place::In || is_told, "failure at {number}: {name} is out, and nobody knows");
        }
        cluster.wait();
        cluster.run(Aim::Repair, &[], TERMS);
        assert_eq!(cluster.holds(), Ok(()), "failure at {number}");
    }
}

#[test]
fn one_that_stops_late_stays_out_and_is_recovered_by_the_next_run() {
    let mut cluster = Cluster::new(&["a", "b"]);
    let stop = (1..50).find(|number| {
        cluster = Cluster::new(&["a", "b"]);
        cluster.accident = Some(Accident::Lateness(*number));
        cluster.run(Aim::Start, &["a"], TERMS);
        !cluster.ending.is_empty()
    });
    assert_eq!((cluster.clients["a"].place, cluster.serving()), (Place::Out, 1));
    assert_eq!(cluster.journal().get("a"), Some(&Why::Ending("no answer".to_owned())));
    let told = "a stays out of the balancer, as it may stop at any moment: no answer";
    assert_eq!(cluster.tales.last().map(String::as_str), Some(told));
    cluster.wait();
    // Even one that is asked for something else.
    assert!(cluster.run(Aim::Start, &["b"], TERMS));
    assert_eq!((cluster.holds(), cluster.serving()), (Ok(()), 2));
    // Somebody has to serve.
    let mut cluster = Cluster::new(&["a"]);
    cluster.accident = stop.map(Accident::Lateness);
    assert!(!cluster.run(Aim::Start, &[], Terms { least: 0, ..TERMS }));
    assert_eq!(cluster.clients["a"].place, Place::In);
    assert!(matches!(cluster.journal().get("a"), Some(Why::Ending(_))));
    let told = "a is not restarted, and serves as before, but may stop at any moment: no answer";
    assert_eq!(cluster.tales.last().map(String::as_str), Some(told));
    cluster.wait();
    assert!(cluster.run(Aim::Repair, &[], Terms { least: 0, ..TERMS }));
    assert_eq!((cluster.holds(), cluster.serving()), (Ok(()), 1));
    // One that was to be stopped is, for whoever comes next. Nobody is looked at before that.
    let mut cluster = Cluster::new(&["a", "b"]);
    cluster.accident = stop.map(|number| Accident::Lateness(number - 1));
    assert!(!cluster.run(Aim::Stop, &["a"], TERMS));
    cluster.wait();
    assert_eq!((cluster.clients["a"].place, cluster.journal().get("a")), (Place::Out, Some(&Why::Stopped)));
}

proptest! {
    #[test]
    fn whatever_happened_before_a_repair_ends_well(
        runs in proptest::collection::vec((0..3_u8, 0..4_u8, 1..60_usize, 0..3_u8), 0..5),
        broken in proptest::option::of(0..3_usize),
    ) {
        let names = ["a", "b", "c"];
        let mut cluster = Cluster::new(&names);
        if let Some(at) = broken {
            cluster.clients.get_mut(names[at]).unwrap().is_broken = true;
        }
        for (aim, kind, number, asked) in runs {
            let aim = [Aim::Start, Aim::Repair, Aim::Stop][usize::from(aim)];
            let accidents = [
                Accident::KillBefore(number),
                Accident::KillAfter(number),
                Accident::Failure(number),
                Accident::Lateness(number),
            ];
            cluster.accident = Some(accidents[usize::from(kind)]);
            let before = cluster.serving();
            cluster.run(aim, &names[..usize::from(asked)], TERMS);
            // Only a stop, or a failure that is no kill, ends what serves.
            prop_assert!(aim == Aim::Stop || cluster.fewest >= before.min(1));
            cluster.now += 5 * SECOND;
        }
        cluster.wait();
        cluster.run(Aim::Repair, &[], TERMS);
        prop_assert_eq!(cluster.holds(), Ok(()));
    }
}
