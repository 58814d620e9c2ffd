//! The text of the pid file.
//!
//! The first line is the original's: the pids of the daemon and of its programs in the background, with colons between. A
//! second one says when each of them began, and since which start of the system that counts, so that a pid that is used
//! again is recognised. A file that lacks it is the original's. A third has those processes, pid and beginning, that nobody
//! but the daemon would find.

use super::identity::Process;

/// The processes of a cluster as they are written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The daemon.
    pub(super) daemon: Process,
    /// The programs in the background, in the order of their start.
    pub(super) children: Vec<Process>,
    /// What has parted from its parents, and carries no mark.
    pub(super) strays: Vec<Process>,
}

/// What a pid file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The daemon's, then those of the programs.
    pub(super) pids: Vec<i32>,
    /// Which start of the system, and when each of them began.
    pub(super) known: Option<(String, Vec<u64>)>,
    /// Those that are in it besides.
    pub(super) strays: Vec<Process>,
}

impl Record {
    /// The text, on a system that was started as `boot`.
    pub(super) fn written(&self, boot: &str) -> String {
        let all = || std::iter::once(&self.daemon).chain(&self.children);
        let list = |numbers: Vec<String>| numbers.join(":");
        let pids = list(all().map(|process| process.pid.to_string()).collect());
        let starts = list(all().map(|process| process.start.to_string()).collect());
        let strays: Vec<String> = self.strays.iter().map(|stray| format!("{}:{}", stray.pid, stray.start)).collect();
        let strays = if strays.is_empty() { String::new() } else { format!("with {}\n", strays.join(" ")) };
        format!("{pids}\nsince {boot} {starts}\n{strays}")
    }
}

/// Reads a pid file; nothing where it is none.
pub(super) fn read(text: &str) -> Option<Written> {
    let mut lines = text.lines();
    let pids = numbers::<i32>(lines.next()?.trim())?;
    if pids.iter().any(|pid| *pid <= 0) {
        return None;
    }
    let Some(line) = lines.next() else { return Some(Written { pids, known: None, strays: Vec::new() }) };
    let (boot, starts) = line.strip_prefix("since ")?.split_once(' ')?;
    let starts = numbers(starts)?;
    let strays = match lines.next() {
        None => Vec::new(),
        Some(line) => line.strip_prefix("with ")?.split(' ').map(stray).collect::<Option<_>>()?,
    };
    (starts.len() == pids.len()).then(|| Written { pids, known: Some((boot.to_owned(), starts)), strays })
}

fn stray(text: &str) -> Option<Process> {
    let (pid, start) = text.split_once(':')?;
    Some(Process { start: start.parse().ok()?, pid: pid.parse().ok()? })
}

fn numbers<N: std::str::FromStr>(text: &str) -> Option<Vec<N>> {
    text.split(':').map(|number| number.trim().parse().ok()).collect()
}

impl Written {
    /// Those that are in it besides, as far as they can still be.
    pub(super) fn strays(&self, boot: &str) -> Vec<Process> {
        let is_same = self.known.as_ref().is_some_and(|(same, _)| same == boot);
        if is_same { self.strays.clone() } else { Vec::new() }
    }

    /// The processes, as far as they can still be. `begun` says when the process that has a pid now began, if it can be one
    /// that is meant in a file that does not say so.
    pub(super) fn processes(&self, boot: &str, begun: &dyn Fn(i32) -> Option<u64>) -> Vec<Option<Process>> {
        let start = |n: usize, pid: i32| match &self.known {
            Some((same, starts)) => (same == boot).then(|| starts[n]),
            None => begun(pid),
        };
        self.pids.iter().enumerate().map(|(n, pid)| Some(Process { start: start(n, *pid)?, pid: *pid })).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn nothing(_: i32) -> Option<u64> {
        None
    }

    #[test]
    fn the_first_line_is_the_original_s() {
        let process = |pid, start| Process { start, pid };
        let record = Record { daemon: process(7, 70), children: vec![process(8, 80), process(9, 90)], strays: vec![] };
        assert_eq!(record.written("b"), "7:8:9\nsince b 70:80:90\n");
        let original = read("7:8:9\n").unwrap();
        assert_eq!((original.pids.as_slice(), &original.known), (&[7, 8, 9][..], &None));
        let begun = |pid| (pid != 8).then_some(5);
        assert_eq!(original.processes("b", &begun), [Some(process(7, 5)), None, Some(process(9, 5))]);
    }

    #[test]
    fn nobody_is_left_after_another_start_of_the_system() {
        let written = read("7\nsince before 70\n").unwrap();
        assert_eq!(written.processes("now", &|_| Some(70)), [None]);
        assert_eq!(written.processes("before", &nothing), [Some(Process { start: 70, pid: 7 })]);
    }

    #[test]
    fn what_is_no_pid_file_is_not_taken_for_one() {
        for text in [
            "",
            "\n",
            "x",
            "7:x",
            "0",
            "-1",
            "7:",
            "7\nsince b\n",
            "7\nsince b 1:2\n",
            "7\nold b 1\n",
            "1 2",
            "7\nsince b 1\nwith\n",
            "7\nsince b 1\nwith 8\n",
        ] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }

    fn processes() -> impl Strategy<Value = Vec<Process>> {
        let process = (1..i32::MAX, any::<u64>()).prop_map(|(pid, start)| Process { start, pid });
        proptest::collection::vec(process, 0..4)
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(daemon in 1..i32::MAX, start: u64, children in processes(), strays in processes()) {
            let record = Record { daemon: Process { start, pid: daemon }, children, strays };
            prop_assert_eq!(&read(&record.written("b-1")).unwrap().strays("b-1"), &record.strays);
            prop_assert_eq!(read(&record.written("b-1")).unwrap().strays("b-2"), []);
            let all: Option<Vec<Process>> =
                read(&record.written("b-1")).unwrap().processes("b-1", &nothing).into_iter().collect();
            prop_assert_eq!(all.unwrap(), [vec![record.daemon], record.children].concat());
        }

        #[test]
        fn any_text_can_be_read(text in any::<String>()) {
            let _ = read(&text);
        }
    }
}
