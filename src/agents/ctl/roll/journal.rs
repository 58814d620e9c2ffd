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

    /// Reads a text; nothing where it is none of ours.
    pub(in crate::agents::ctl) fn read(text: &str) -> Option<Self> {
        let mut lines = text.split_terminator('\n');
        if lines.next()? != HEAD {
            return None;
        }
        let mut journal = Self::default();
        for line in lines {
            let (word, rest) = line.split_once('\t')?;
            let reasoned =
                |why: fn(String) -> Why| rest.split_once('\t').map(|(name, reason)| (name, why(reason.to_owned())));
            let (name, why) = match word {
                "in-hand" => (rest, Why::InHand),
                "stopped" => (rest, Why::Stopped),
                "failed" => reasoned(Why::Failed)?,
                "ending" => reasoned(Why::Ending)?,
                _ => return None,
            };
            journal.0.insert(name.to_owned(), why);
        }
        Some(journal)
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
        assert_eq!(Journal::read("in-hand\ta\n"), None);
        assert_eq!(Journal::read("recipe ctl roll 1\nlost\ta\n"), None);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(clients in proptest::collection::vec(("[^\\t\\n]{0,9}", 0..4_u8, any::<String>()), 0..4)) {
            let mut journal = Journal::default();
            for (name, kind, reason) in clients {
                let why = [Why::InHand, Why::Stopped, Why::Failed(reason.clone()), Why::Ending(reason)][usize::from(kind)].clone();
                journal.set(&name, why);
            }
            prop_assert_eq!(Journal::read(&journal.written()), Some(journal));
        }

        #[test]
        fn any_text_can_be_read(text in "(recipe ctl roll 1\n)?.*") {
            let _ = Journal::read(&text);
        }
    }
}
