//! The rules that the compiler needs anyway: it finds them while it reads, merges, resolves, builds, plans and writes. One file
//! for each stage.
//!
//! `tests/rules.rs` compares this table with the codes that stand in the sources.

mod apply;
mod calls;
mod conf;
mod extends;
mod merge;
mod monitor;
mod parts;
mod plan;
mod read;
mod resolve;

use super::rule::{Family, Rule};
use crate::base::Severity;

const fn rule(code: &'static str, family: Family, severity: Severity, finds: &'static str, why: &'static str) -> Rule {
    Rule::new(code, family, severity, finds, why)
}

/// All of them, by stage.
pub static STAGES: &[&[Rule]] = &[
    read::RULES,
    extends::RULES,
    merge::RULES,
    resolve::RULES,
    parts::RULES,
    conf::RULES,
    monitor::RULES,
    plan::RULES,
    apply::RULES,
    calls::RULES,
];
