//! `cluster`: starts, stops and restarts what belongs together, as plone.recipe.cluster's script did.
//!
//! ```text
//! bin/NAME start ── controller ── lock ── daemon: runs the commands, stays ── programs
//!                       ↑ its output, and whether it is alive ┘
//! ```
//!
//! The *controller* is what the user calls. It holds the [lock](site), finds out how things [stand](standing), and does
//! what it is asked to. A start is done by the *daemon*, which the controller makes: it is the parent of all programs, and
//! takes in those that part from their own parents, so that nothing is lost. Once the cluster is alive, it leaves the
//! terminal and stays for as long as the cluster does. A stop is done by the controller, which works on what it finds in
//! the system, so that it works when the daemon has died, too.
//!
//! # Which processes are the cluster's
//!
//! A pid says little, as it is used again. A [`Process`](super::identity::Process) is a pid and the time at which it began; it is
//! looked at again, through a descriptor that cannot come to mean another one, when it gets a signal. The cluster's are
//! those that are written down in the pid file, what descends from the daemon, what carries the cluster's
//! [mark](process::Mark) in its environment, and what descends from any of these.
//!
//! | module | holds | touches the world |
//! |---|---|---|
//! | [`process`] | marks, who belongs to whom | no |
//! | [`standing`] | what is alive, what is left over, in which order it is ended | no |
//! | [`ladder`] | TERM, a wait, KILL | no |
//! | [`ending`] | the ladder, climbed on a [`world`] | through it |
//! | [`world`] | the seam: processes, signals, waiting, the clock | it is it |
//! | [`runner`], [`spawn`] | commands and their output; the real world | yes |
//! | [`site`] | the lock, the pid file, the log | yes |
//! | [`steps`], [`stopping`] | the lines of a list; all of a stop | yes |
//! | [`controller`], [`daemon`] | the two processes | yes |
//! | [`problem`] | all words for what can go wrong | no |

mod controller;
mod daemon;
mod ending;
mod ladder;
mod problem;
mod process;
mod procfs;
mod runner;
mod site;
mod spawn;
mod standing;
mod steps;
mod stopping;
mod world;

pub use controller::{Action, run};
pub use daemon::{Handed, List, run as run_daemon};
