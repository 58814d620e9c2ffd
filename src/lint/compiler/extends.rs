//! Files that extend files.

use super::{Rule, rule};
use crate::base::Severity::{Error, Info, Warning};
use crate::lint::Family::{Building, Syntax};

pub(super) const RULES: &[Rule] = &[
    rule(
        "unreadable-file",
        Syntax,
        Error,
        "a file that is missing, not UTF-8, too large or not permitted to be read",
        "Half a manifest would build half a set-up. A relative path starts at the file that names it.",
    ),
    rule(
        "extends-loop",
        Syntax,
        Error,
        "files that extend each other in a circle, or beyond any use",
        "No order of them is right. Move what they share to a file that extends neither.",
    ),
    rule(
        "extends-mixed",
        Syntax,
        Error,
        "a native manifest that extends a `.cfg`, or the other way round",
        "The two have different rules for lists and references. Translate one of them.",
    ),
    rule(
        "bad-extends",
        Syntax,
        Error,
        "an `extends` that is not names of files",
        "Nothing could be read. Write a text, or a list of texts.",
    ),
    rule(
        "extended-by",
        Syntax,
        Error,
        "buildout 1.x's `extended-by`",
        "zc.buildout 2 dropped it too. Extend this file in the other one.",
    ),
    rule(
        "optional-extends-missing",
        Syntax,
        Info,
        "a file of `optional-extends` that is not there",
        "It is optional; but a misspelt name looks the same.",
    ),
    rule(
        "fetch-failed",
        Building,
        Error,
        "a file that cannot be fetched, or is not in the cache when offline",
        "Half a manifest would build half a set-up. Run once with a network; later runs can be `--offline`.",
    ),
    rule(
        "fetch-skipped",
        Building,
        Warning,
        "a remote file that was taken as empty, as `--skip-remote-extends` asked",
        "What it sets is missing. Do not deploy such a build.",
    ),
];
