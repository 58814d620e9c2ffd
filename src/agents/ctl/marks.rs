//! Where the logs of services ended when `ctl` started them last: the text of a file that outlives the run.
//!
//! What stands in a log before its mark is older than the start. A log that has been emptied or replaced since does not fit its
//! mark, so that all of it counts: it is another file, it is smaller, or what stands before the mark is something else.

use std::collections::BTreeMap;

/// The first line.
const HEAD: &str = "recipe ctl marks 1";

/// An end of a log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mark {
    /// The device that the file is on.
    pub device: u64,
    /// The number of the file on it.
    pub inode: u64,
    /// How many bytes it had.
    pub size: u64,
    /// A hash of the last of them.
    pub tail: u64,
}

impl Mark {
    /// Of a log that was empty, or not there: nothing in it is older, whichever file it is.
    pub const EMPTY: Self = Self { device: 0, inode: 0, size: 0, tail: 0 };
}

/// The marks, by the names of the services.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks(BTreeMap<String, Mark>);

impl Marks {
    /// The one of this service.
    pub(super) fn get(&self, name: &str) -> Option<Mark> {
        self.0.get(name).copied()
    }

    /// Marks the log of a service.
    pub(super) fn set(&mut self, name: &str, mark: Mark) {
        self.0.insert(name.to_owned(), mark);
    }

    /// Drops those of other services.
    pub(super) fn retain(&mut self, is_service: impl Fn(&str) -> bool) {
        self.0.retain(|name, _| is_service(name));
    }

    /// The text: a line for each service.
    pub(super) fn written(&self) -> String {
        let line = |(name, mark): (&String, &Mark)| {
            format!("{} {} {} {:016x} {name}\n", mark.device, mark.inode, mark.size, mark.tail)
        };
        format!("{HEAD}\n{}", self.0.iter().map(line).collect::<String>())
    }

    /// Reads a text; nothing where it is none of ours.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.split_terminator('\n');
        if lines.next()? != HEAD {
            return None;
        }
        lines.map(entry).collect::<Option<_>>().map(Self)
    }
}

fn entry(line: &str) -> Option<(String, Mark)> {
    let mut words = line.splitn(5, ' ');
    let mut word = || words.next();
    let (device, inode, size) = (word()?.parse().ok()?, word()?.parse().ok()?, word()?.parse().ok()?);
    let tail = u64::from_str_radix(word()?, 16).ok()?;
    Some((word()?.to_owned(), Mark { device, inode, size, tail }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_mark_is_a_line_and_anything_else_is_rubbish() {
        let mut marks = Marks::default();
        marks.set("web 2", Mark { device: 1, inode: 2, size: 3, tail: 255 });
        marks.set("old", Mark::EMPTY);
        marks.retain(|name| name != "old");
        let text = "recipe ctl marks 1\n1 2 3 00000000000000ff web 2\n";
        assert_eq!(marks.written(), text);
        for rubbish in ["", "1 2 3 ff a\n", "recipe ctl marks 2\n", &format!("{text}1 2 3 ff\n"), &format!("{text}\n")]
        {
            assert_eq!(Marks::read(rubbish), None, "{rubbish:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            marks in proptest::collection::btree_map("[^\n]{0,9}", any::<(u64, u64, u64, u64)>(), 0..4)
        ) {
            let mark = |(device, inode, size, tail)| Mark { device, inode, size, tail };
            let marks = Marks(marks.into_iter().map(|(name, parts)| (name, mark(parts))).collect());
            prop_assert_eq!(Marks::read(&marks.written()), Some(marks));
        }

        #[test]
        fn any_text_can_be_read(text in "(recipe ctl marks 1\n)?([0-9]{1,21} ){0,5}.*") {
            let _ = Marks::read(&text);
        }
    }
}
