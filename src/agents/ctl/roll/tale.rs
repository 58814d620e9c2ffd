//! What a run tells while it goes on, and in which words.

use std::fmt;
use std::time::Duration;

use super::plan::{Other, Task};
use crate::agents::ctl::report::Level;
use crate::agents::ctl::world::Asked;

/// What is being done with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Stage {
    /// The balancer is told to give it nothing new.
    TakingOut,
    /// It ends what it has: so many connections.
    Draining(u64),
    /// It is stopped.
    Stopping,
    /// It is started.
    Starting,
    /// It is checked.
    Checking,
    /// The feed URL is fetched.
    Feeding,
    /// The balancer is told to give it requests again.
    PuttingBack,
    /// The balancer has yet to find it good.
    Awaiting,
    /// It serves; the next one's turn comes after a while.
    Pausing,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TakingOut => f.write_str("taken out of the balancer"),
            Self::Draining(1) => f.write_str("draining, 1 connection left"),
            Self::Draining(left) => write!(f, "draining, {left} connections left"),
            Self::Stopping => f.write_str("stopping"),
            Self::Starting => f.write_str("starting"),
            Self::Checking => f.write_str("checking"),
            Self::Feeding => f.write_str("fetching the feed url"),
            Self::PuttingBack => f.write_str("put back into the balancer"),
            Self::Awaiting => f.write_str("waiting until the balancer finds it good"),
            Self::Pausing => f.write_str("waiting before the next one"),
        }
    }
}

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Tale {
    /// A client's turn is at this stage.
    At {
        /// The number of the turn, from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// The client.
        name: String,
        /// The stage.
        stage: Stage,
    },
    /// A client still had so many connections when its time to drain was over.
    Cut {
        /// The client.
        name: String,
        /// How many.
        left: u64,
        /// Whether it was good, so that nothing should have been cut.
        was_good: bool,
    },
    /// A client serves again.
    Serves {
        /// The client.
        name: String,
        /// Since its turn began.
        after: Duration,
        /// Whether it was restarted in it.
        is_restarted: bool,
    },
    /// A client has been stopped.
    Stopped {
        /// The client.
        name: String,
    },
    /// A client stays out.
    Failed {
        /// The client.
        name: String,
        /// The reason.
        why: String,
    },
    /// A client that served is not found good by the balancer any more.
    Lost {
        /// The client.
        name: String,
    },
    /// The feed URL could not be fetched from a client, which is put back as nobody else serves.
    Unfed {
        /// The client.
        name: String,
        /// The reason.
        why: String,
    },
    /// A client serves as before, as it could not be stopped.
    NotRestarted {
        /// The client.
        name: String,
        /// The reason.
        why: String,
        /// Whether it may stop at any moment.
        may_end: bool,
    },
    /// A client stays out, as it was told to stop, has not so far, and may at any moment.
    Late {
        /// The client.
        name: String,
        /// The reason.
        why: String,
    },
    /// A client is out of the balancer, and that is somebody's will.
    OutByOthers(Other),
    /// The run ends before this client, as too few would serve.
    TooFew {
        /// The client.
        name: String,
        /// How many others serve.
        serving: usize,
        /// How many must.
        least: usize,
    },
    /// The run ends, as the balancer does not do what it is told.
    Balancer {
        /// The client that it was told about.
        name: String,
        /// The reason.
        why: String,
        /// Whether the client is as it was before.
        is_undone: bool,
    },
    /// The run ends, as a signal came.
    Interrupted {
        /// The signal.
        asked: Asked,
        /// Who is written down to be out of the balancer.
        out: Vec<String>,
        /// How many turns are not done.
        undone: usize,
        /// Of how many.
        of: usize,
    },
    /// The run ends, as the journal cannot be written.
    Journal {
        /// The reason.
        why: String,
    },
}

impl Tale {
    /// Whether it is the same stage of the same turn as `before`, whatever is left to drain.
    pub(in crate::agents::ctl) fn goes_on(&self, before: &Self) -> bool {
        let of = |tale: &Self| match tale {
            Self::At { number, stage, .. } => Some((*number, std::mem::discriminant(stage))),
            _ => None,
        };
        of(self).is_some() && of(self) == of(before)
    }

    /// The client that it is about.
    pub(in crate::agents::ctl) fn client(&self) -> Option<&str> {
        match self {
            Self::At { name, .. }
            | Self::Cut { name, .. }
            | Self::Serves { name, .. }
            | Self::Stopped { name }
            | Self::Lost { name }
            | Self::Failed { name, .. }
            | Self::Unfed { name, .. }
            | Self::NotRestarted { name, .. }
            | Self::Late { name, .. }
            | Self::OutByOthers(Other { name, .. })
            | Self::TooFew { name, .. }
            | Self::Balancer { name, .. } => Some(name),
            Self::Interrupted { .. } | Self::Journal { .. } => None,
        }
    }

    /// How bad it is. What is critical is mailed.
    pub(in crate::agents::ctl) fn level(&self) -> Level {
        match self {
            Self::At { .. } | Self::Serves { .. } | Self::Stopped { .. } => Level::Info,
            Self::Unfed { .. } | Self::Cut { was_good: false, .. } => Level::Warning,
            Self::OutByOthers(Other { is_overruled: false, .. }) => Level::Error,
            Self::Interrupted { out, .. } if out.is_empty() => Level::Error,
            _ => Level::Critical,
        }
    }
}

impl fmt::Display for Tale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At { number, of, name, stage } => write!(f, "[{number}/{of}] {name}: {stage}"),
            Self::Cut { name, left, .. } => {
                write!(
                    f,
                    "{name}: {} cut, as the time to drain is over",
                    counted(*left, "connection is", "connections are")
                )
            }
            Self::Serves { name, after, .. } => write!(f, "{name} serves again after {} s", after.as_secs()),
            Self::Stopped { name } => write!(f, "{name} is out of the balancer, and stopped"),
            Self::Failed { name, why } => write!(f, "{name} stays out of the balancer: {why}"),
            Self::Lost { name } => write!(f, "{name} does not serve any more: the balancer does not find it good"),
            Self::Unfed { name, why } => write!(f, "{name} is put back all the same, as nobody else serves: {why}"),
            Self::NotRestarted { name, why, may_end } => {
                let end = if *may_end { ", but may stop at any moment" } else { "" };
                write!(f, "{name} is not restarted, and serves as before{end}: {why}")
            }
            Self::Late { name, why } => {
                write!(f, "{name} stays out of the balancer, as it may stop at any moment: {why}")
            }
            Self::OutByOthers(Other { name, is_overruled: true, .. }) => {
                write!(f, "nobody serves: {name} is put back, though it was not ctl that took it out")
            }
            Self::OutByOthers(Other { name, is_good, was_stopped, .. }) => write!(
                f,
                "{name} is {} out of the balancer, {}: it is left alone; `start -s {name}` restarts it and puts it back",
                if *is_good { "good, but" } else { "not good, and" },
                if *was_stopped { "as it was stopped" } else { "and it was not ctl that took it out" },
            ),
            Self::TooFew { name, serving, least } => write!(
                f,
                "the rolling start stops before {name}: without it {} serve, and min_serving is {least}",
                counted(*serving as u64, "client would", "clients would")
            ),
            Self::Balancer { name, why, is_undone } => {
                let state = if *is_undone { "it serves as before" } else { "it may be out of the balancer" };
                write!(f, "the rolling start stops at {name}: {why}; {state}")
            }
            Self::Interrupted { asked, out, undone, of } => {
                write!(f, "{} came: the rolling start ends here, {undone} of {of} turns are not done; ", asked.name)?;
                if out.is_empty() {
                    return f.write_str("nobody is left out of the balancer");
                }
                let is = if out.len() == 1 { "is" } else { "are" };
                write!(f, "{} {is} out of the balancer until the next `start` or `repair`", out.join(", "))
            }
            Self::Journal { why } => write!(f, "the rolling start stops: {why}"),
        }
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Restart => "restart",
            Self::Recover | Self::PutBack => "recover",
            Self::TakeOut => "take out",
            Self::Stop => "stop",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_agree_with_their_nouns() {
        let at = |stage| Tale::At { number: 2, of: 3, name: "web".to_owned(), stage };
        assert_eq!(at(Stage::Draining(1)).to_string(), "[2/3] web: draining, 1 connection left");
        assert_eq!(at(Stage::Draining(2)).to_string(), "[2/3] web: draining, 2 connections left");
        let cut = |left| Tale::Cut { name: "web".to_owned(), left, was_good: true }.to_string();
        assert_eq!(cut(1), "web: 1 connection is cut, as the time to drain is over");
        assert_eq!(cut(7), "web: 7 connections are cut, as the time to drain is over");
        let few = |serving| Tale::TooFew { name: "web".to_owned(), serving, least: 2 }.to_string();
        assert_eq!(few(1), "the rolling start stops before web: without it 1 client would serve, and min_serving is 2");
    }
}
