//! What goes wrong while a build writes.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::Building;

pub(super) const RULES: &[Rule] = &[
    rule(
        "io",
        Building,
        Error,
        "what the system refused",
        "The outputs are as they were before. Mend what the message says and build again.",
    ),
    rule(
        "unwritable",
        Building,
        Error,
        "a folder that may not be written in",
        "Nothing was changed. Mend its permissions, or build as its owner.",
    ),
    rule(
        "bad-state",
        Building,
        Error,
        "a `.recipe` that cannot be understood",
        "It says which files are ours. Restore it; without it, files that differ are kept until `--force`.",
    ),
    rule(
        "bad-journal",
        Building,
        Error,
        "the journal of a cut-off build that cannot be understood",
        "It says what is half done. Remove it and build again.",
    ),
    rule(
        "cut-off",
        Building,
        Warning,
        "a build that was killed before its end",
        "Its outputs are completed, or taken back, by the next build.",
    ),
];
