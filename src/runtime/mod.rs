//! Supervision: the pure core, and what drives it.

pub mod control;
pub mod core;
pub mod http;
pub mod logread;
pub mod rpc;

#[cfg(test)]
mod fake;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod testing;
