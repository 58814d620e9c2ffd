//! Who is out of the balancer because of us: the text of a file that outlives the run.
//!
//! A client is written down before it is taken out, and struck off once it serves again. So whoever finds the file knows
//! what a run that was cut off has left behind, and a client that has failed is not forgotten.

use std::collections::BTreeMap;
use std::fmt;

/// The first line.
const HEAD: &str = "recipe ctl roll 1";

/// Why a client is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Why {
    /// It is, or was, being worked on.
    InHand,
    /// It was not good: the reason.
    Failed(String),
    /// Somebody wanted it to be stopped.
    Stopped,
    /// It was told to stop, to be started again, and had not in time: the reason. So it may stop at any moment, and may be in
    /// the balancer as there is nobody else.
    Ending(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InHand => f.write_str("a run that was cut off has left it out, and `repair` takes care of it"),
            Self::Failed(reason) => f.write_str(reason),
            Self::Ending(reason) => write!(f, "it may stop at any moment, and `repair` takes care of it: {reason}"),
            Self::Stopped => f.write_str("it was stopped"),
        }
    }
}

/// Who is out, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Journal(BTreeMap<String, Why>);

impl Journal {
    /// Writes a client down.
    pub(in crate::agents::ctl) fn set(&mut self, name: &str, why: Why) {
        let why = match why {
            Why::Failed(reason) => Why::Failed(one_line(&reason)),
            Why::Ending(reason) => Why::Ending(one_line(&reason)),
            why => why,
        };
        self.0.insert(name.to_owned(), why);
    }

    /// Strikes a client off.
    pub(in crate::agents::ctl) fn strike(&mut self, name: &str) {
        self.0.remove(name);
    }

    /// Why this client is out, if it is.
    pub(in crate::agents::ctl) fn get(&self, name: &str) -> Option<&Why> {
        self.0.get(name)
    }

    /// Whether nobody is out.
    pub(in crate::agents::ctl) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are out, with the reason.
    pub(in crate::agents::ctl) fn iter(&self) -> impl Iterator<Item = (&str, &Why)> {
        self.0.iter().map(|(name, why)| (name.as_str(), why))
    }

    /// The text.
    pub(in crate::agents::ctl) fn written(&self) -> String {
        let line = |(name, why): (&String, &Why)| match why {
            Why::InHand => format!("in-hand\t{name}\n"),
            Why::Failed(reason) => format!("failed\t{name}\t{reason}\n"),
            Why::Ending(reason) => format!("ending\t{name}\t{reason}\n"),
            Why::Stopped => format!("stopped\t{name}\n"),
        };
        format!("{HEAD}\n{}", self.0.iter().map(line).collect::<String>())
    }

    /// Reads a text: what it says, and each line of it that is none of ours. One with another head says nothing.
    pub(in crate::agents::ctl) fn read(text: &str) -> (Self, Vec<Flaw>) {
        let (mut journal, mut flaws) = (Self::default(), Vec::new());
        let mut lines = text.split_terminator('\n').enumerate();
        let head = lines.next().map_or("", |(_, line)| line);
        if head != HEAD {
            flaws.push(Flaw::of(0, head));
            return (journal, flaws);
        }
        for (at, line) in lines {
            match entry(line) {
                Some((name, why)) => drop(journal.0.insert(name.to_owned(), why)),
                None => flaws.push(Flaw::of(at, line)),
            }
        }
        (journal, flaws)
    }
}

/// The client of a line, and why it is out.
fn entry(line: &str) -> Option<(&str, Why)> {
    let (word, rest) = line.split_once('\t')?;
    let reasoned = |why: fn(String) -> Why| rest.split_once('\t').map(|(name, reason)| (name, why(reason.to_owned())));
    match word {
        "in-hand" => Some((rest, Why::InHand)),
        "stopped" => Some((rest, Why::Stopped)),
        "failed" => reasoned(Why::Failed),
        "ending" => reasoned(Why::Ending),
        _ => None,
    }
}

/// A line that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Flaw {
    /// Its number, from 1.
    line: usize,
    /// How it begins.
    text: String,
}

/// So many characters of a line are shown.
const SHOWN: usize = 60;

impl Flaw {
    fn of(at: usize, line: &str) -> Self {
        Self { line: at + 1, text: line.chars().take(SHOWN).collect() }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, text } = self;
        match line {
            1 => write!(f, "line 1: {text:?}, expected `{HEAD}`: nothing of it is heeded"),
            _ => write!(
                f,
                "line {line}: {text:?}, expected `in-hand` or `stopped` and a client, or `failed` or `ending`, a client and a \
                 reason, between tabs: the line is not heeded"
            ),
        }
    }
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_journal_is_a_line_for_each_client() {
        let mut journal = Journal::default();
        journal.set("b", Why::Failed("error in URL\n404".to_owned()));
        journal.set("a", Why::InHand);
        journal.set("c", Why::Stopped);
        journal.set("d", Why::InHand);
        journal.strike("d");
        assert_eq!(journal.written(), "recipe ctl roll 1\nin-hand\ta\nfailed\tb\terror in URL 404\nstopped\tc\n");
    }

    #[test]
    fn lines_that_are_none_are_told_and_the_others_heeded() {
        let read = |text: &str| {
            let (journal, flaws) = Journal::read(text);
            (journal.written().replace(HEAD, ""), flaws.iter().map(Flaw::to_string).collect::<Vec<_>>())
        };
        let head = |text: &str| format!("line 1: {text:?}, expected `recipe ctl roll 1`: nothing of it is heeded");
        assert_eq!(read("in-hand\ta\n"), ("\n".to_owned(), vec![head("in-hand\ta")]));
        assert_eq!(read(""), ("\n".to_owned(), vec![head("")]));
        let (written, told) = read("recipe ctl roll 1\nlost\ta\nin-hand\tb\nfailed\tc\n");
        assert_eq!((&*written, told.len()), ("\nin-hand\tb\n", 2));
        assert!(told[0].starts_with("line 2: \"lost\\ta\", expected ") && told[1].starts_with("line 4: "), "{told:?}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(clients in proptest::collection::vec(("[^\\t\\n]{0,9}", 0..4_u8, any::<String>()), 0..4)) {
            let mut journal = Journal::default();
            for (name, kind, reason) in clients {
                let why = [Why::InHand, Why::Stopped, Why::Failed(reason.clone()), Why::Ending(reason)][usize::from(kind)].clone();
                journal.set(&name, why);
            }
            prop_assert_eq!(Journal::read(&journal.written()), (journal, vec![]));
        }

        #[test]
        fn any_text_can_be_read(text in "(recipe ctl roll 1\n)?.*") {
            let _ = Journal::read(&text);
        }
    }
}
