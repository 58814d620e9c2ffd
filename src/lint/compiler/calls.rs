//! Words of the command line.

use super::{Rule, rule};
use crate::base::Severity::Error;
use crate::lint::Family::Building;

pub(super) const RULES: &[Rule] = &[
    rule(
        "unknown-part",
        Building,
        Error,
        "a word of the command line that names no part",
        "Nothing would be done. Mend it; values are set with `section:key=value`.",
    ),
    rule(
        "nothing-to-start",
        Building,
        Error,
        "an `up` without a supervisor that it could start",
        "Nothing would run. Add a `supervisor` part, or name the one that is meant.",
    ),
    rule(
        "no-git",
        Building,
        Error,
        "a `git` that does not run",
        "Revisions cannot be read without it. Install it, or compare with a folder.",
    ),
    rule(
        "no-repository",
        Building,
        Error,
        "a project that is in no git repository",
        "It has no revisions. Compare with a folder.",
    ),
    rule(
        "no-revision",
        Building,
        Error,
        "a revision that the repository has not",
        "There is nothing to compare with. In CI, fetch the history first.",
    ),
];
