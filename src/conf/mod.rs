//! The shared model of supervisord.conf: read, checked, expanded, written. Pure.

pub mod model;
