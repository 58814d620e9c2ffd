//! Supervision: the pure core, and what drives it.

pub mod control;
pub mod core;
pub mod logread;

#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sim;
#[cfg(test)]
mod testing;
