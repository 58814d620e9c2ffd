//! Supervision: the pure core, and what drives it.

pub mod control;
pub mod core;
pub mod logread;
