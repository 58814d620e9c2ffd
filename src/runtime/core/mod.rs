//! The pure core of supervision: inputs and the time in, effects out.
//!
//! ```text
//!               Now, Input                    Effect
//! driver ───────────────────► Fleet::handle ──────────► driver
//!    ▲  requests, children        │ deadline()             │ children, signals,
//!    └────────────────────────────┴───────── answers ──────┘ logs, replies
//! ```
//!
//! A [`fleet::Fleet`] holds groups of processes. A [`process::Process`] does what [`table::action`] says about an
//! input in its state. Effects that can fail are answered with an input; each attempt to start a process has a number
//! of its own, for pids recur. Decisions use the monotonic clock, reports the wall clock.
//!
//! [`pool`] hands events to event listeners; `ticks` makes those of the passing of time.
//!
//! Deliberately absent: files, sockets, children, threads, clocks, the environment, randomness, and panics: an input
//! that makes no sense gives [`effect::Effect::Ignored`].

mod brake;
mod calls;
pub mod diff;
pub mod effect;
pub mod event;
pub mod fleet;
pub mod group;
pub mod ids;
pub mod input;
mod ladder;
mod listeners;
pub mod output;
pub mod pool;
pub mod process;
pub mod repr;
pub mod request;
pub mod state;
pub mod status;
pub mod table;
mod ticks;
mod timers;
