//! Processes that nobody looks after: what a program leaves behind when it ends, and what a manager that was killed has
//! left running. They are told of, and left alone.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use crate::runtime::inherited::Inherited;

/// Lets processes whose parent ends become ours rather than the system's, so that they are seen.
pub(super) fn adopt() {
    // A kernel that cannot do that tells us of less.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
}

/// A line about the processes that are still ours though the program is not, but for `test`; none if there are none.
pub(super) fn behind(test: Option<i32>) -> Option<String> {
    let pid = std::process::id();
    let children = fs::read_to_string(format!("/proc/self/task/{pid}/children")).ok()?;
    let all = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    let left: Vec<String> = all.filter(|pid| Some(*pid) != test).filter_map(named).collect();
    (!left.is_empty()).then(|| format!("processes that the program left behind are still running: {}", left.join(", ")))
}

/// `12 (sleep)`; none for one that is only a number still.
fn named(pid: i32) -> Option<String> {
    let stat = Stat::of(pid)?;
    stat.is_alive().then(|| format!("{pid} ({})", stat.name))
}

struct Stat {
    name: String,
    state: char,
    parent: i32,
    /// Clock ticks since the system began.
    began: u64,
    /// Bytes of its address space.
    memory: u64,
}

impl Stat {
    fn of(pid: i32) -> Option<Self> {
        Self::parse(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
    }

    fn parse(text: &str) -> Option<Self> {
        let (head, rest) = text.rsplit_once(')')?;
        let mut fields = rest.split_whitespace();
        let name = head.split_once('(')?.1.to_owned();
        let state = fields.next()?.chars().next()?;
        let parent = fields.next()?.parse().ok()?;
        // The 22nd of all.
        let began = fields.nth(17)?.parse().ok()?;
        let memory = fields.next()?.parse().ok()?;
        Some(Self { name, state, parent, began, memory })
    }

    /// Whether it is more than a number. Who is killed gives back its memory first, then closes its files, which is when
    /// others hear of it, and only then ceases to be called running.
    fn is_alive(&self) -> bool {
        self.memory > 0 && self.state != 'Z'
    }
}

/// The variable that marks a program and all that descends from it: which manager runs it, and on which socket.
const VARIABLE: &str = "RECIPE_ZDAEMON";

/// What a value of [`VARIABLE`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Mark {
    /// The manager's process.
    manager: i32,
    /// When that began: clock ticks since the system did.
    began: u64,
    /// Its socket.
    socket: String,
}

impl Mark {
    fn written(&self) -> String {
        format!("{}-{}:{}", self.manager, self.began, self.socket)
    }

    fn read(text: &str) -> Option<Self> {
        let (who, socket) = text.split_once(':')?;
        let (manager, began) = who.split_once('-')?;
        Some(Self { manager: manager.parse().ok()?, began: began.parse().ok()?, socket: socket.to_owned() })
    }

    fn of(pid: i32) -> Option<Self> {
        let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let value = |variable| -> Option<&[u8]> {
            let rest: &[u8] = <[u8]>::strip_prefix(variable, VARIABLE.as_bytes())?;
            rest.strip_prefix(b"=")
        };
        let value = environ.split(|byte| *byte == 0).find_map(value)?;
        Self::read(std::str::from_utf8(value).ok()?)
    }

    fn is_manager_alive(&self) -> bool {
        Stat::of(self.manager).is_some_and(|stat| stat.began == self.began && stat.is_alive())
    }
}

/// The variables of what this process, a manager, runs: what it has itself, and the mark.
pub(super) fn marked(inherited: Inherited, socket: &str) -> io::Result<Inherited> {
    let manager = rustix::process::getpid().as_raw_pid();
    let began = Stat::of(manager).map_or(0, |stat| stat.began);
    let mark = Mark { manager, began, socket: socket.to_owned() };
    Ok(inherited.and(VARIABLE, &mark.written())?)
}

/// Lines about processes that a manager of this socket has run and that run still, though the manager does not, or cannot
/// be reached over the socket any more.
pub fn told(socket: &str) -> Vec<String> {
    told_but(socket, &|_| false)
}

/// The same, for who starts a manager: but for those of that manager, and of any that began later than this process.
pub(super) fn told_by_starter(socket: &str) -> Vec<String> {
    let own = rustix::process::getpid().as_raw_pid();
    let began = Stat::of(own).map_or(u64::MAX, |stat| stat.began);
    // Ticks are long: the child may have begun in the same one.
    let is_child = |pid: i32| Stat::of(pid).is_some_and(|stat| stat.parent == own);
    told_but(socket, &|mark| mark.began > began || is_child(mark.manager))
}

fn told_but(socket: &str, is_known: &dyn Fn(&Mark) -> bool) -> Vec<String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let is_meant = |mark: &Mark| mark.socket == socket && !is_known(mark);
    let mut of_managers: BTreeMap<Option<i32>, Vec<String>> = BTreeMap::new();
    for (pid, mark) in pids.filter_map(|pid| Some((pid, Mark::of(pid).filter(is_meant)?))) {
        let manager = mark.is_manager_alive().then_some(mark.manager);
        of_managers.entry(manager).or_default().extend(named(pid));
    }
    let told = |(manager, processes): (Option<i32>, Vec<String>)| {
        let processes = Some(processes.join(", ")).filter(|processes| !processes.is_empty())?;
        Some(match manager {
            None => format!("still running without a manager: {processes}"),
            Some(manager) => {
                format!("still running under the manager {manager}, which has lost its socket: {processes}")
            }
        })
    };
    of_managers.into_iter().filter_map(told).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = Mark { manager: 12, began: 345, socket: "/a:b-c/s".to_owned() };
        assert_eq!(Mark::read(&mark.written()), Some(mark));
        assert_eq!(["", "12:s", "x-1:s", "1-x:s"].map(Mark::read), [const { None }; 4]);
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = Stat::parse("12 (a) (b)) S 1 5 7 0 -1 64 1 2 3 4 5 6 7 8 20 0 1 0 999 10 11").unwrap();
        assert_eq!((stat.name.as_str(), stat.state, stat.parent, stat.began), ("a) (b)", 'S', 1, 999));
        assert_eq!(stat.memory, 10);
        assert!(Stat::of(i32::try_from(std::process::id()).unwrap()).is_some_and(|stat| stat.is_alive()));
    }

    #[test]
    fn who_is_ending_lives_no_more() {
        let ending = |state: &str, memory: u64| {
            let text = format!("12 (a) {state} 1 5 7 0 -1 64 1 2 3 4 5 6 7 8 20 0 1 0 999 {memory} 11");
            !Stat::parse(&text).unwrap().is_alive()
        };
        assert_eq!([ending("S", 10), ending("R", 0), ending("Z", 0)], [false, true, true]);
    }
}
