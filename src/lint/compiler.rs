//! The rules that the compiler needs anyway: it finds them while it reads, merges, resolves and builds.

use super::Rule;
use crate::base::Severity::Error;

const fn rule(code: &'static str, severity: crate::base::Severity, finds: &'static str, why: &'static str) -> Rule {
    Rule { code, severity, finds, why }
}

/// All of them, by stage.
pub static RULES: &[Rule] = &[rule(
    "file-too-large",
    Error,
    "a file that cannot be a manifest",
    "It would take all memory. Name the right file.",
)];
