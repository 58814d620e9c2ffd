//! The rolling start: one client after the other leaves the balancer, is restarted, and comes back, while the others serve.
//!
//! ```text
//! clients as found, journal → plan → machine (answer, now → act) → driver → site
//! ```
//!
//! | module | holds | touches the world |
//! |---|---|---|
//! | [`journal`] | who is out of the balancer because of us, as it is written down | no |
//! | [`mod@plan`] | who gets a turn, for what, in which order | no |
//! | [`machine`] | which act follows which, whatever goes wrong | no |
//! | [`tale`] | what is told meanwhile, and in which words | no |
//! | [`driver`] | the loop, and the seam to the world | through it |
//!
//! A run that is killed leaves its journal. The next one that changes anything begins with those who are written down in
//! it: who is good goes back, who is not is restarted. So nobody stays out of the balancer without a word.

mod driver;
mod journal;
mod machine;
mod plan;
mod tale;

#[cfg(test)]
mod simulation;

pub(super) use driver::{Flaw, Outcome, Site, run};
pub(super) use journal::{Journal, Why};
pub(super) use machine::{Sight, Survey, Terms};
pub(super) use plan::{Aim, Client, Plan, Task, Turn, plan};
pub(super) use tale::Tale;
