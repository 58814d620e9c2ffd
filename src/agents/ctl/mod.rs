//! `ctl`: watches a cluster of services, mails what is critical, and starts and stops them, as aws.windowsplonecluster's
//! `ctl` did.
//!
//! ```text
//! Request, Monitor → session → actions → check, control, rotation ── through a World ── Report → exit status, JSON
//!                                  └─ critical events → one mail for the run
//! ```
//!
//! What is decided stands in [`actions`] and [`check`] and is tried on a world of paper; the real one is [`site`].
//!
//! | module | holds | touches the world |
//! |---|---|---|
//! | [`request`] | the command line, understood | no |
//! | [`report`] | lines, states, the sum of a run | no |
//! | [`session`] | a run: all of this at hand | through it |
//! | [`check`] | one check a file | through it |
//! | [`actions`] | one action a file | through it |
//! | [`roll`] | the rolling start: who, when, what if | no |
//! | [`balanced`], [`behind`] | clients behind a balancer; the rolling start's world | through it |
//! | [`elsewhere`](mod@elsewhere) | clients that the balancer has at another address | asks the balancer |
//! | [`outside`] | who is out of the balancer, as a check tells it | through it |
//! | [`rehearsal`] | a rolling start's world in which all goes well, for a dry run | no |
//! | [`stream`] | the balancer, and who is out of it, as it is written down | through it |
//! | [`marks`] | where logs ended when services were started, as it is written down | no |
//! | [`noted`] | the same, kept up to date | through it |
//! | [`keeper`] | small texts in files | yes |
//! | [`world`] | the seam | it is it |
//! | [`site`] | the real world: sockets, HTTP, `/proc`, logs | yes |
//! | [`control`] | starting and stopping, one way a file | yes |
//! | [`lock`] | who may change things | yes |
//! | [`logfile`] | the log of `ctl` itself | yes |
//! | [`draft`] | events that are in no mail yet | yes |
//! | [`notice`] | the mail, and those that wait | yes |

mod actions;
mod balanced;
mod behind;
mod check;
mod control;
mod draft;
mod elsewhere;
pub mod keeper;
mod lock;
mod logfile;
mod marks;
mod noted;
mod notice;
mod outside;
mod rehearsal;
pub mod report;
pub mod request;
mod roll;
mod session;
mod site;
mod stamp;
pub mod stream;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_balanced;
pub mod world;

pub use check::no_url;
pub use control::{Helpers, Resolve};
pub use draft::Draft;
pub use elsewhere::elsewhere;
pub use lock::{Held, Holder, Lock};
pub use logfile::LogFile;
pub use notice::Post;
pub use session::Session;
pub use site::{Found, Site};
pub use stamp::shown;
pub use stream::Stream;

use keeper::Keeper;
use report::{Level, Report};
use request::Request;
use world::{Cache, World};

use crate::conf::monitor::Monitor;

/// Does what is asked for, by a rolling start where there is a stream; the report, and the critical events as lines for a mail.
/// `marks` keeps where logs ended when services were started.
pub fn run(
    monitor: &Monitor,
    request: &Request,
    world: &mut dyn World,
    cache: &mut dyn Cache,
    marks: Box<dyn Keeper + '_>,
    stream: Option<Stream<'_>>,
) -> (Report, Vec<String>) {
    let mut session = Session::new(monitor, request, world, cache, marks, stream);
    actions::run(&mut session);
    session.finish()
}

/// Mails the critical events of a run, and what waits from earlier ones. What goes wrong is told and counts.
pub fn mail(post: &Post, critical: &[String], report: &mut Report, world: &mut dyn World) {
    let is_kept = world.keeps();
    for (level, message) in post.deliver(critical, is_kept, &mut || world.let_go()) {
        world.record(level, &message);
        if level >= Level::Warning {
            report.events.push(report::Event { level, message });
        }
    }
    report.sum_up();
}
