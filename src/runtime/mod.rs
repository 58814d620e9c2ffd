//! Supervision.

pub mod core;
