//! Who gets a turn, for what, and in which order.
//!
//! First come those that a run before this one has left out of the balancer, then the dead leave it, then those are
//! restarted that do not serve, then all others, pool after pool. So there are as many that serve as can be, when the first
//! of them is taken out.

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
    /// Why it is not good, by our own checks, if it is not.
    pub(in crate::agents::ctl) flaw: Option<String>,
    /// Whether it cannot even be connected to.
    pub(in crate::agents::ctl) is_dead: bool,
    /// How long it may take to be good once it was started, and the balancer to find so.
    pub(in crate::agents::ctl) patience: Duration,
    /// Whether the balancer has it among those that get requests.
    pub(in crate::agents::ctl) is_in: bool,
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
}

/// What there is to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Plan {
    /// The turns, in their order.
    pub(in crate::agents::ctl) turns: Vec<Turn>,
    /// Who serves before the first of them.
    pub(in crate::agents::ctl) serving: BTreeSet<String>,
    /// Who is out of the balancer though good, by somebody else's will.
    pub(in crate::agents::ctl) out_by_others: Vec<String>,
    /// Whether they are put back all the same: a repair finds that nobody serves, and that nobody else would come back.
    pub(in crate::agents::ctl) are_others_overruled: bool,
}

/// Makes the plan.
pub(in crate::agents::ctl) fn plan(clients: &[Client], journal: &Journal, aim: Aim) -> Plan {
    let mut early = Vec::new();
    let mut late: Vec<(&Client, Task)> = Vec::new();
    let mut out_by_others: Vec<&Client> = Vec::new();
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
        match why {
            // Good ones serve while the others are worked on.
            Some(Why::InHand | Why::Ending(_)) if !is_due || client.is_good() => early.push(turn(Task::Recover)),
            Some(Why::Failed(_)) if client.is_good() => early.push(turn(Task::PutBack)),
            Some(Why::Stopped) if client.is_good() && aim == Aim::Repair => early.push(turn(Task::PutBack)),
            None if client.is_good() && !client.is_in && !is_due => out_by_others.push(client),
            None if client.is_dead && client.is_in && !is_due => early.push(turn(Task::TakeOut)),
            _ => {}
        }
        if is_due {
            late.push((client, Task::Restart));
        }
    }
    let serving: BTreeSet<String> =
        clients.iter().filter(|client| client.serves()).map(|client| client.name.clone()).collect();
    let are_others_overruled = aim == Aim::Repair && serving.is_empty() && early.is_empty();
    if are_others_overruled {
        early.extend(out_by_others.iter().map(|client| Turn::of(client, Task::PutBack)));
    }
    let out_by_others = out_by_others.into_iter().map(|client| client.name.clone()).collect();
    early.sort_by_key(|turn| turn.task == Task::TakeOut);
    if aim != Aim::Stop {
        late.sort_by_key(|(client, _)| (client.serves(), client.pool));
    }
    let late = late.into_iter().map(|(client, task)| Turn::of(client, task));
    Plan { turns: early.into_iter().chain(late).collect(), serving, out_by_others, are_others_overruled }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `name pool` and letters: asked for, good, bad but not dead, in.
    fn client(text: &str) -> Client {
        let mut words = text.split(' ');
        let mut word = || words.next().unwrap_or_default();
        let (name, pool, letters) = (word().to_owned(), word().parse().unwrap(), word());
        let has = |letter| letters.contains(letter);
        let flaw = (!has('g')).then(|| "cant connect".to_owned());
        let (is_dead, patience) = (!has('g') && !has('b'), Duration::from_secs(60));
        Client { name, pool, is_asked: has('a'), flaw, is_dead, is_in: has('i'), patience }
    }

    fn planned(clients: &[&str], journal: &[(&str, Why)], aim: Aim) -> Vec<String> {
        let clients: Vec<Client> = clients.iter().map(|text| client(text)).collect();
        let mut written = Journal::default();
        for (name, why) in journal {
            written.set(name, why.clone());
        }
        let plan = plan(&clients, &written, aim);
        let turns = plan.turns.iter().map(|turn| format!("{:?} {}", turn.task, turn.client.name));
        turns.chain(plan.out_by_others.iter().map(|name| format!("others {name}"))).collect()
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
        assert_eq!(planned(&clients, &out, Aim::Start), ["Recover a", "PutBack b", "Recover d", "Restart f"]);
        let clients = ["a 1 ag", "d 1 a"];
        assert_eq!(planned(&clients, &out, Aim::Start), ["Recover a", "Restart a", "Restart d"]);
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
    fn what_others_took_out_is_told_and_left() {
        assert_eq!(planned(&["a 1 g", "b 1 ag", "c 1 gi"], &[], Aim::Start), ["Restart b", "others a"]);
        assert_eq!(planned(&["a 1 g", "c 1 gi"], &[], Aim::Repair), ["others a"]);
    }

    #[test]
    fn a_repair_puts_back_what_others_took_out_if_nobody_serves() {
        assert_eq!(planned(&["a 1 ag", "b 1 ai"], &[], Aim::Repair), ["PutBack a", "Restart b", "others a"]);
        assert_eq!(planned(&["a 1 g", "b 1 ag"], &[], Aim::Start), ["Restart b", "others a"]);
        // One that a run has left out comes back, which is enough.
        assert_eq!(planned(&["a 1 g", "b 1 g"], &[("b", failed())], Aim::Repair), ["PutBack b", "others a"]);
    }
}
