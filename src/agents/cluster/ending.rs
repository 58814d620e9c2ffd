//! Ending what is the cluster's: group after group, last come first served, each by the [ladder](super::ladder).

use std::collections::HashSet;
use std::time::Duration;

use super::ladder::{Ladder, Move};
use super::problem::Problem;
use super::process::{self, Group, Known, Member, Process, Seen};
use super::standing::{self, Which};
use super::world::World;

/// Ends the members that are meant. What could not be ended is told at the end.
pub(super) fn end(world: &mut dyn World, known: &Known, which: Which, patience: Duration) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut tried: HashSet<Group> = HashSet::new();
    loop {
        let all = match world.processes() {
            Ok(all) => all,
            Err(why) => {
                problems.push(Problem::Processes(why));
                return problems;
            }
        };
        let family = process::family(&all, known);
        let meant = family.members.iter().filter(|member| which.means(member, &known.children));
        let Some((group, first)) = standing::next_group(meant.filter(|member| !tried.contains(&member.group))) else {
            return problems;
        };
        world.say(&format!("Stopping PID {}", first.pid));
        let of_group = |all: &[Seen]| -> Vec<Process> {
            let members = process::family(all, known).members.into_iter();
            // One that was about to become its program had no mark at that moment, and has one now.
            let is_meant = |member: &Member| member.group == group || member.process == first;
            members.filter(is_meant).map(|member| member.process).collect()
        };
        if let Err(problem) = climb(world, patience, &of_group) {
            problems.push(problem);
        }
        tried.insert(group);
    }
}

/// Ends one process, and nothing that descends from it.
pub(super) fn end_one(world: &mut dyn World, process: Process, patience: Duration) -> Result<(), Problem> {
    climb(world, patience, &|all| {
        all.iter().filter(|seen| !seen.has_ended && seen.process == process).map(|seen| seen.process).collect()
    })
}

fn climb(world: &mut dyn World, patience: Duration, choose: &dyn Fn(&[Seen]) -> Vec<Process>) -> Result<(), Problem> {
    let mut ladder = Ladder::new(world.now(), patience);
    loop {
        let alive = choose(&world.processes().map_err(Problem::Processes)?);
        match ladder.next(world.now(), &alive) {
            Move::Send(rung, processes) => {
                for process in processes {
                    world.send(rung, process).map_err(|why| Problem::NotSent { pid: process.pid, why })?;
                }
            }
            Move::Wait(until) => world.wait(&alive, until).map_err(Problem::Processes)?,
            Move::Done => return Ok(()),
            Move::GiveUp => return Err(Problem::Survived { pids: alive.iter().map(|process| process.pid).collect() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::super::ladder::Rung;
    use super::super::process::Mark;
    use super::*;
    use crate::base::time::Mono;

    /// What a process does when it is asked to end.
    #[derive(Clone, Copy, Debug, PartialEq)]
    enum Temper {
        Obeys,
        Ignores,
        Forks,
        Immortal,
        NotOurs,
    }

    struct Fake {
        now: Mono,
        all: Vec<(Seen, Temper)>,
        said: Vec<String>,
        /// One that is about to become its program when it is looked at first.
        unmarked: Option<i32>,
    }

    impl World for Fake {
        fn now(&self) -> Mono {
            self.now
        }

        fn processes(&mut self) -> io::Result<Vec<Seen>> {
            let unmarked = self.unmarked.take();
            let mut all: Vec<Seen> = self.all.iter().map(|(seen, _)| seen.clone()).collect();
            all.iter_mut().filter(|seen| Some(seen.process.pid) == unmarked).for_each(|seen| seen.mark = None);
            Ok(all)
        }

        fn send(&mut self, rung: Rung, process: Process) -> io::Result<()> {
            self.said.push(format!("{rung:?} {}", process.pid));
            let at = self.all.iter().position(|(seen, _)| seen.process == process).expect("only what is there");
            match (rung, self.all[at].1) {
                (_, Temper::NotOurs) => return Err(io::Error::from_raw_os_error(1)),
                (Rung::Term, Temper::Ignores) | (_, Temper::Immortal) => {}
                (Rung::Term, Temper::Forks) => {
                    let seen = &mut self.all[at];
                    seen.0.process = Process { start: 1000, pid: process.pid + 100 };
                    seen.1 = Temper::Obeys;
                }
                _ => drop(self.all.remove(at)),
            }
            Ok(())
        }

        fn wait(&mut self, _: &[Process], until: Mono) -> io::Result<()> {
            self.now = until;
            Ok(())
        }

        fn say(&mut self, line: &str) {
            self.said.push(line.to_owned());
        }
    }

    fn ended(processes: &[(i32, Group, Temper)], which: Which) -> (Vec<String>, Vec<String>) {
        ended_unless(processes, which, None)
    }

    fn ended_unless(
        processes: &[(i32, Group, Temper)],
        which: Which,
        unmarked: Option<i32>,
    ) -> (Vec<String>, Vec<String>) {
        let seen = |pid: i32, group: &Group| Seen {
            process: Process { start: u64::try_from(pid).unwrap(), pid },
            parent: 1,
            has_ended: false,
            mark: Some(Mark { group: group.clone(), cluster: "/c".to_owned() }),
        };
        let all = processes.iter().map(|(pid, group, temper)| (seen(*pid, group), *temper)).collect();
        let mut world = Fake { now: Mono(0), all, said: Vec::new(), unmarked };
        let children = processes.iter().map(|(pid, group, _)| seen(*pid, group).process).collect();
        let known = Known { cluster: "/c".to_owned(), children, ..Known::default() };
        let problems = end(&mut world, &known, which, Duration::from_secs(10));
        (world.said, problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn all_are_ended_in_reverse_and_nobody_is_forgotten() {
        let (said, problems) = ended(
            &[
                (2, Group::Command(0), Temper::Forks),
                (3, Group::Background(1), Temper::Ignores),
                (4, Group::Background(2), Temper::Obeys),
            ],
            Which::All,
        );
        let expected =
            ["Stopping PID 4", "Term 4", "Stopping PID 3", "Term 3", "Kill 3", "Stopping PID 2", "Term 2", "Term 102"];
        assert_eq!(said, expected);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn one_that_is_about_to_become_its_program_is_told_once() {
        let processes = [(2, Group::Background(0), Temper::Obeys), (3, Group::Background(1), Temper::Obeys)];
        let (said, problems) = ended_unless(&processes, Which::All, Some(3));
        assert_eq!(said, ["Stopping PID 3", "Term 3", "Stopping PID 2", "Term 2"]);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn what_cannot_be_ended_is_told_and_holds_up_nobody() {
        let (said, problems) = ended(
            &[
                (2, Group::Background(0), Temper::Obeys),
                (3, Group::Background(1), Temper::Immortal),
                (4, Group::Background(2), Temper::NotOurs),
            ],
            Which::Background,
        );
        assert_eq!(said.last().unwrap(), "Term 2");
        assert_eq!(
            problems,
            ["PID 4 could not be stopped: operation not permitted", "PID 3 could not be stopped: it outlives KILL"]
        );
    }
}
