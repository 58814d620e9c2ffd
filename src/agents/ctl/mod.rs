//! `ctl`: the cluster monitor.

pub mod roll;
