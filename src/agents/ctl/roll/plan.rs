//! Who gets a turn, for what, and in which order.
//!
//! First come those that a run before this one has left out of the balancer, then the dead leave it, then those are
//! restarted that do not serve, then all others, pool after pool. So there are as many that serve as can be, when the first
//! of them is taken out.
//!
//! What somebody else has taken out is his: only who names it restarts it and puts it back.

use std::collections::BTreeSet;
use std::time::Duration;

use super::journal::{Journal, Why};

/// What is done with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Task {
    /// Out, stop, start, check, in.
    Restart,
    /// In, if it is good; restarted, if it is not.
    Recover,
    /// In, if it is good.
    PutBack,
    /// Out, because it is dead.
    TakeOut,
    /// Out, and stop.
    Stop,
}

/// What the run is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Aim {
    /// Those that are asked for are restarted.
    Start,
    /// Those that are asked for are stopped.
    Stop,
    /// Those that are not good are restarted.
    Repair,
}

/// A client as it is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Client {
    /// Its name.
    pub(in crate::agents::ctl) name: String,
    /// Its pool.
    pub(in crate::agents::ctl) pool: u32,
    /// Whether the run is asked to work on it.
    pub(in crate::agents::ctl) is_asked: bool,
    /// Whether it is asked for by its name.
    pub(in crate::agents::ctl) is_named: bool,
    /// Why it is not good, by our own checks, if it is not.
    pub(in crate::agents::ctl) flaw: Option<String>,
    /// Whether it cannot even be connected to.
    pub(in crate::agents::ctl) is_dead: bool,
    /// How long it may take to be good once it was started, and the balancer to find so.
    pub(in crate::agents::ctl) patience: Duration,
    /// Whether the balancer has it among those that get requests.
    pub(in crate::agents::ctl) is_in: bool,
    /// Whether the balancer has no place for it yet, so that nobody has taken it out.
    pub(in crate::agents::ctl) is_new: bool,
}

impl Client {
    /// Whether it is good.
    pub(in crate::agents::ctl) fn is_good(&self) -> bool {
        self.flaw.is_none()
    }

    /// Whether it serves.
    pub(in crate::agents::ctl) fn serves(&self) -> bool {
        self.is_good() && self.is_in
    }
}

/// A client's turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Turn {
    /// As it is found.
    pub(in crate::agents::ctl) client: Client,
    /// What is done.
    pub(in crate::agents::ctl) task: Task,
}

impl Turn {
    fn of(client: &Client, task: Task) -> Self {
        Self { client: client.clone(), task }
    }

    /// Whether its client is started or stopped in it, as far as is known.
    pub(in crate::agents::ctl) fn needs_control(&self) -> bool {
        match self.task {
            Task::Restart | Task::Stop => true,
            Task::Recover => !self.client.is_good(),
            Task::PutBack | Task::TakeOut => false,
        }
    }
}

/// A client that is out of the balancer and left alone: by somebody else's will, because it was stopped, or as it has never
/// been in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Other {
    /// Its name.
    pub(in crate::agents::ctl) name: String,
    /// Whether it is good.
    pub(in crate::agents::ctl) is_good: bool,
    /// Whether it was stopped by a `ctl`, and somebody else has started it.
    pub(in crate::agents::ctl) was_stopped: bool,
    /// Whether it is put back all the same, as nobody serves, and nobody else would come back.
    pub(in crate::agents::ctl) is_overruled: bool,
}

/// What there is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Plan {
    /// The turns, in their order.
    pub(in crate::agents::ctl) turns: Vec<Turn>,
    /// Who serves before the first of them.
    pub(in crate::agents::ctl) serving: BTreeSet<String>,
    /// Who is out of the balancer and left alone: those that are good, and those that the run is asked to work on.
    pub(in crate::agents::ctl) others: Vec<Other>,
}

impl Plan {
    /// Strikes the turns of those that can be neither started nor stopped, and gives the first of each. The dead leave the
    /// balancer for all that, and a good one that a run has left out comes back to it.
    pub(in crate::agents::ctl) fn strike(&mut self, is_unready: impl Fn(&str) -> bool, written: &Journal) -> Vec<Turn> {
        let is_struck = |turn: &Turn| turn.needs_control() && is_unready(&turn.client.name);
        let (mut struck, left): (Vec<Turn>, Vec<Turn>) =
            std::mem::take(&mut self.turns).into_iter().partition(is_struck);
        let mut seen = BTreeSet::new();
        struck.retain(|turn| seen.insert(turn.client.name.clone()));
        let has_turn = |client: &Client| left.iter().any(|turn| turn.client.name == client.name);
        let early = struck.iter().map(|turn| &turn.client).filter(|client| !has_turn(client)).filter_map(|client| {
            let task = match written.get(&client.name) {
                _ if client.is_dead && client.is_in => Task::TakeOut,
                Some(Why::InHand | Why::Ending(_)) if client.is_good() && !client.is_in => Task::Recover,
                _ => return None,
            };
            Some(Turn::of(client, task))
        });
        self.turns = early.chain(left.iter().cloned()).collect();
        struck
    }
}

/// Makes the plan; so many must serve at any time.
pub(in crate::agents::ctl) fn plan(clients: &[Client], journal: &Journal, aim: Aim, least: usize) -> Plan {
    let serving: BTreeSet<String> =
        clients.iter().filter(|client| client.serves()).map(|client| client.name.clone()).collect();
    let are_enough = serving.len() >= least.max(1);
    let mut early = Vec::new();
    let mut late: Vec<(&Client, Task)> = Vec::new();
    let mut others: Vec<(&Client, bool)> = Vec::new();
    let mut stopped = Vec::new();
    for client in clients {
        let why = journal.get(&client.name);
        let turn = |task| Turn::of(client, task);
        let is_due = match aim {
            Aim::Start | Aim::Stop => client.is_asked,
            Aim::Repair => client.is_asked && !client.is_good(),
        };
        if aim == Aim::Stop && is_due {
            late.push((client, Task::Stop));
            continue;
        }
        let is_others = why.is_none() && !client.is_in;
        if is_others && if is_due { !client.is_named && !client.is_new } else { client.is_good() } {
            others.push((client, is_due));
            continue;
        }
        match why {
            // Good ones serve while the others are worked on. One that is out and to be restarted comes back by that, unless it
            // is needed before.
            Some(Why::InHand | Why::Ending(_)) if !is_due || client.is_good() && !are_enough => {
                early.push(turn(Task::Recover));
            }
            Some(Why::Failed(_)) if client.is_good() => early.push(turn(Task::PutBack)),
            Some(Why::Stopped) if client.is_good() && aim == Aim::Repair => early.push(turn(Task::PutBack)),
            Some(Why::Stopped) if client.is_good() && !is_due => stopped.push(client),
            None if client.is_dead && client.is_in && !is_due => early.push(turn(Task::TakeOut)),
            _ => {}
        }
        if is_due {
            late.push((client, Task::Restart));
        }
    }
    let is_nobody_else = serving.is_empty() && early.is_empty();
    let are_good = aim == Aim::Repair && others.iter().any(|(client, _)| client.is_good());
    let others = others.into_iter().map(|(client, is_due)| {
        let is_overruled = is_nobody_else && if are_good { client.is_good() } else { late.is_empty() && is_due };
        (client, is_overruled)
    });
    let others: Vec<(&Client, bool)> = others.collect();
    for (client, _) in others.iter().filter(|(_, is_overruled)| *is_overruled) {
        if are_good {
            early.push(Turn::of(client, Task::PutBack));
        } else {
            late.push((client, Task::Restart));
        }
    }
    early.sort_by_key(|turn| turn.task == Task::TakeOut);
    if aim != Aim::Stop {
        late.sort_by_key(|(client, _)| (client.serves(), client.pool));
    }
    let late = late.into_iter().map(|(client, task)| Turn::of(client, task));
    let stopped = stopped.into_iter().map(|client| (client, false, true));
    let others = others.into_iter().map(|(client, is_overruled)| (client, is_overruled, false)).chain(stopped);
    let others = others.map(|(client, is_overruled, was_stopped)| Other {
        name: client.name.clone(),
        is_good: client.is_good(),
        was_stopped,
        is_overruled,
    });
    Plan { turns: early.into_iter().chain(late).collect(), serving, others: others.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name pool` and letters: asked for, named, good, bad but not dead, in, without a place.
    fn client(text: &str) -> Client {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let (name, pool, letters) = (word().to_owned(), word().parse().unwrap(), word());
        let has = |letter| letters.contains(letter);
        let flaw = (!has('g')).then(|| "cant connect".to_owned());
        let (is_dead, patience) = (!has('g') && !has('b'), Duration::from_secs(60));
        let (is_asked, is_named) = (has('a') || has('n'), has('n'));
        Client { name, pool, is_asked, is_named, flaw, is_dead, is_in: has('i'), is_new: has('w'), patience }
    }

    fn planned(clients: &[&str], journal: &[(&str, Why)], aim: Aim) -> Vec<String> {
        let clients: Vec<Client> = clients.iter().map(|text| client(text)).collect();
        let mut written = Journal::default();
        for (name, why) in journal {
            written.set(name, why.clone());
        }
        let plan = plan(&clients, &written, aim, 1);
        let turns = plan.turns.iter().map(|turn| format!("{:?} {}", turn.task, turn.client.name));
        let others = plan
            .others
            .iter()
            .map(|other| format!("others {}{}", other.name, if other.is_overruled { ", overruled" } else { "" }));
        turns.chain(others).collect()
    }

    fn failed() -> Why {
        Why::Failed("cant connect".to_owned())
    }

    #[test]
    fn a_start_goes_by_pools_and_begins_with_those_that_do_not_serve() {
        let clients = ["a 2 agi", "b 1 agi", "c 2 ai", "d 1 agi", "e 0 gi"];
        assert_eq!(planned(&clients, &[], Aim::Start), ["Restart c", "Restart b", "Restart d", "Restart a"]);
    }

    #[test]
    fn the_dead_leave_even_if_nobody_names_them() {
        assert_eq!(planned(&["a 1 agi", "b 1 i", "c 1 ", "d 1 bi"], &[], Aim::Start), ["TakeOut b", "Restart a"]);
    }

    #[test]
    fn what_a_run_has_left_out_comes_back_first() {
        let out = [("a", Why::InHand), ("b", failed()), ("c", failed()), ("d", Why::InHand), ("e", Why::Stopped)];
        let clients = ["a 1 g", "b 1 g", "c 1 ", "d 1 ", "e 1 g", "f 1 agi"];
        let expected = ["Recover a", "PutBack b", "Recover d", "Restart f", "others e"];
        assert_eq!(planned(&clients, &out, Aim::Start), expected);
        let clients = ["a 1 ag", "d 1 a"];
        assert_eq!(planned(&clients, &out, Aim::Start), ["Recover a", "Restart a", "Restart d"]);
    }

    #[test]
    fn what_a_run_had_in_hand_has_one_turn_if_it_is_restarted_anyway_and_others_serve() {
        let out = [("a", Why::InHand), ("b", Why::Ending("no answer".to_owned()))];
        let clients = ["a 1 ag", "b 1 ag", "c 1 agi"];
        assert_eq!(planned(&clients, &out, Aim::Start), ["Restart a", "Restart b", "Restart c"]);
        assert_eq!(planned(&["a 1 ag", "c 1 gi"], &out, Aim::Repair), ["Recover a"]);
    }

    #[test]
    fn who_cannot_be_turned_is_struck_but_the_dead_leave_and_the_good_come_back() {
        let out = [("a", Why::InHand), ("b", failed()), ("c", Why::InHand), ("g", Why::InHand)];
        let clients = ["a 1 ag", "b 1 ag", "c 1 a", "d 1 ai", "e 1 abi", "f 1 agi", "g 1 g"].map(client);
        let mut written = Journal::default();
        for (name, why) in out {
            written.set(name, why);
        }
        let mut plan = plan(&clients, &written, Aim::Start, 1);
        let struck = plan.strike(|name| name != "f", &written);
        let shown = |turns: &[Turn]| -> Vec<String> {
            turns.iter().map(|turn| format!("{:?} {}", turn.task, turn.client.name)).collect()
        };
        assert_eq!(shown(&plan.turns), ["Recover a", "TakeOut d", "PutBack b", "Recover g", "Restart f"]);
        let struck: BTreeSet<String> = shown(&struck).into_iter().collect();
        assert_eq!(struck, ["Restart a", "Restart b", "Restart c", "Restart d", "Restart e"].map(str::to_owned).into());
    }

    #[test]
    fn a_repair_restarts_what_is_not_good_and_puts_back_what_is() {
        let out = [("a", Why::InHand), ("b", failed()), ("c", failed()), ("d", Why::InHand), ("e", Why::Stopped)];
        let clients = ["a 1 ag", "b 1 ag", "c 1 a", "d 1 a", "e 1 ag", "f 1 agi", "h 1 ai"];
        let expected = ["Recover a", "PutBack b", "PutBack e", "Restart c", "Restart d", "Restart h"];
        assert_eq!(planned(&clients, &out, Aim::Repair), expected);
    }

    #[test]
    fn a_repair_of_some_restarts_no_others() {
        let clients = ["a 1 abi", "b 1 bi", "c 1 i", "d 1 "];
        let expected = ["Recover d", "TakeOut c", "Restart a"];
        assert_eq!(planned(&clients, &[("d", Why::InHand)], Aim::Repair), expected);
    }

    #[test]
    fn a_stop_stops_whom_it_is_asked_to_and_recovers_the_others() {
        let clients = ["a 2 agi", "b 1 agi", "c 1 g"];
        assert_eq!(planned(&clients, &[("c", Why::InHand)], Aim::Stop), ["Recover c", "Stop a", "Stop b"]);
    }

    #[test]
    fn what_others_took_out_is_told_and_left_unless_it_is_named() {
        assert_eq!(planned(&["a 1 g", "b 1 ng", "c 1 gi"], &[], Aim::Start), ["Restart b", "others a"]);
        assert_eq!(planned(&["a 1 g", "c 1 gi"], &[], Aim::Repair), ["others a"]);
        // Even one that is not good: whoever took it out may be at it.
        let clients = ["a 1 ag", "b 1 a", "c 1 agi", "d 1 ab"];
        assert_eq!(planned(&clients, &[], Aim::Start), ["Restart c", "others a", "others b", "others d"]);
        assert_eq!(planned(&clients, &[], Aim::Repair), ["others a", "others b", "others d"]);
        assert_eq!(planned(&["b 1 n", "c 1 gi"], &[], Aim::Repair), ["Restart b"]);
        // What the balancer does not know yet is nobody's.
        assert_eq!(planned(&["a 1 agw", "c 1 agi"], &[], Aim::Start), ["Restart a", "Restart c"]);
        assert_eq!(planned(&["a 1 gw", "c 1 ngi"], &[], Aim::Start), ["Restart c", "others a"]);
        assert_eq!(planned(&["a 1 ag", "c 1 agi"], &[], Aim::Stop), ["Stop a", "Stop c"]);
    }

    #[test]
    fn what_others_took_out_comes_back_if_nobody_serves() {
        let expected = ["PutBack a", "Restart b", "others a, overruled"];
        assert_eq!(planned(&["a 1 ag", "b 1 ai"], &[], Aim::Repair), expected);
        assert_eq!(planned(&["a 1 g", "b 1 ng"], &[], Aim::Start), ["Restart b", "others a"]);
        let clients = ["a 1 ag", "b 2 a"];
        assert_eq!(planned(&clients, &[], Aim::Repair), ["PutBack a", "others a, overruled", "others b"]);
        let expected = ["Restart a", "Restart b", "others a, overruled", "others b, overruled"];
        assert_eq!(planned(&clients, &[], Aim::Start), expected);
        assert_eq!(planned(&["a 1 a", "b 2 a"], &[], Aim::Repair), expected);
        // One that a run has left out comes back, which is enough.
        assert_eq!(planned(&["a 1 g", "b 1 g"], &[("b", failed())], Aim::Repair), ["PutBack b", "others a"]);
    }
}
