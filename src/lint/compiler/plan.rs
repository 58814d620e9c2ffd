//! What a build finds on disk.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::Building;

pub(super) const RULES: &[Rule] = &[
    rule(
        "duplicate-output",
        Building,
        Error,
        "two outputs at one path",
        "One of the two would be lost. Give one of them another path.",
    ),
    rule(
        "nothing-left",
        Building,
        Error,
        "a build that would remove all that builds have made, and make nothing",
        "Such a manifest was cut off, or lost its parts. Restore it; `recipe clean` removes all, if that is meant.",
    ),
    rule(
        "nested-output",
        Building,
        Error,
        "an output below another one, which is a file",
        "A file cannot hold files. Give one of them another path.",
    ),
    rule(
        "reserved-output",
        Building,
        Error,
        "an output in `.recipe`",
        "That is where builds keep what they know. Choose another path.",
    ),
    rule(
        "not-a-file",
        Building,
        Error,
        "a folder or device where a file is to be written",
        "Nothing is removed that was not built. Move it away, or choose another path.",
    ),
    rule(
        "not-a-folder",
        Building,
        Error,
        "a file where a folder is needed",
        "Nothing is removed that was not built. Move it away, or choose another path.",
    ),
    rule(
        "unreadable-output",
        Building,
        Error,
        "a place that cannot be looked at",
        "It cannot be said whether it would change. Mend its permissions.",
    ),
    rule(
        "edited-by-hand",
        Building,
        Warning,
        "a built file that was edited since",
        "It is kept, so that nobody's work is lost; but it is not what the manifest says. Move the change to the \
         manifest, then build with `--force`.",
    ),
    rule(
        "not-made-here",
        Building,
        Warning,
        "a file that someone else made where one is to be built, or that a Python buildout left and someone edited",
        "It is kept. Move it away, or build with `--force`.",
    ),
    rule(
        "outside-project",
        Building,
        Error,
        "an output that leaves the project folder by `..`, a link or a fetched file",
        "It could overwrite anything. Write an absolute path in the manifest itself, or use `--allow-outside`.",
    ),
];
