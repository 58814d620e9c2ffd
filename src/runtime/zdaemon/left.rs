//! Processes that nobody looks after: what a program leaves behind when it ends, and what a manager that was killed has
//! left running. They are told of, and left alone.

use std::fs;
use std::os::unix::fs::MetadataExt;

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
    (stat.state != 'Z').then(|| format!("{pid} ({})", stat.name))
}

struct Stat {
    name: String,
    state: char,
    session: i32,
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
        // Behind the state: parent, group, session.
        let session = fields.nth(2)?.parse().ok()?;
        Some(Self { name, state, session })
    }
}

/// Lines about processes that run the same words for the same user in a session whose leader is gone, as the program of
/// a manager that was killed does. This process, which may have been given the same words, is none of them.
pub(super) fn of_a_dead_manager(words: &[String]) -> Vec<String> {
    let uid = rustix::process::getuid().as_raw();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ourselves = rustix::process::getpid().as_raw_pid();
    let is_left = |pid: &i32| {
        let is_ours = fs::metadata(format!("/proc/{pid}")).is_ok_and(|found| found.uid() == uid);
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let is_alive = |leader: i32| Stat::of(leader).is_some_and(|stat| stat.state != 'Z');
        let leader_is_gone = || Stat::of(*pid).is_some_and(|stat| stat.session != *pid && !is_alive(stat.session));
        *pid != ourselves && is_ours && runs(&line, words) && leader_is_gone()
    };
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_left);
    pids.map(|pid| format!("the same program is running without a manager, pid={pid}")).collect()
}

/// Words that the kernel puts before those of a script: the interpreter and what its line says besides.
const OF_AN_INTERPRETER: usize = 2;

/// Whether a command line ends with these words; an interpreter may stand before them, and a path before the first. What
/// has more before them has them from a command line that tells a manager what to run.
fn runs(line: &[u8], words: &[String]) -> bool {
    let line: Vec<&[u8]> = line.strip_suffix(b"\0").unwrap_or(line).split(|b| *b == 0).collect();
    let Some(start) = line.len().checked_sub(words.len()) else { return false };
    if start > OF_AN_INTERPRETER {
        return false;
    }
    let Some((first, rest)) = words.split_first() else { return false };
    let name = |word: &[u8]| word.rsplit(|b| *b == b'/').next().map(<[u8]>::to_vec);
    name(line[start]) == name(first.as_bytes())
        && line[start + 1..].iter().zip(rest).all(|(found, word)| *found == word.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_known_by_its_words() {
        let words = ["x/web".to_owned(), "-p".to_owned(), "80".to_owned()];
        assert!(runs(b"x/web\0-p\080\0", &words));
        assert!(runs(b"/bin/sh\0/y/web\0-p\080\0", &words));
        assert!(!runs(b"web\0-p\081\0", &words));
        assert!(!runs(b"web\0", &words));
        assert!(runs(b"/usr/bin/python3\0-u\0/y/web\0-p\080\0", &words));
        assert!(!runs(b"recipe\0-C\0conf\0x/web\0-p\080\0", &words));
    }

    #[test]
    fn a_name_may_hold_anything() {
        let stat = Stat::parse("12 (a) (b)) S 1 5 7 0").unwrap();
        assert_eq!((stat.name.as_str(), stat.state, stat.session), ("a) (b)", 'S', 7));
        assert!(Stat::of(i32::try_from(std::process::id()).unwrap()).is_some());
    }
}
