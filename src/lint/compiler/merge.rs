//! Files merged to sections.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::Names;

pub(super) const RULES: &[Rule] = &[
    rule(
        "macro-loop",
        Names,
        Error,
        "a section that takes in itself with `<=`",
        "It would have no end. Take in a section that does not lead back.",
    ),
    rule(
        "inherit-loop",
        Names,
        Error,
        "a part that inherits from itself",
        "It would have no end. Inherit from a part or section that does not lead back.",
    ),
    rule(
        "bad-inherit",
        Names,
        Error,
        "an `inherit` that is not names of parts or sections",
        "Nothing could be inherited. Write a name, or a list of names.",
    ),
    rule(
        "ambiguous-directory",
        Names,
        Error,
        "a relative cache folder in a file that came from a URL",
        "It is relative to that file, which is in no folder. Write an absolute path.",
    ),
    rule(
        "not-a-section",
        Names,
        Error,
        "a value at the top of a native manifest",
        "Values stand in sections. Those of the project stand under `[project]`.",
    ),
    rule(
        "bad-edit",
        Names,
        Error,
        "an `append.KEY` or `remove.KEY` that is no list, or edits none",
        "Only lists can be edited. Set the key itself instead.",
    ),
    rule(
        "nothing-to-remove",
        Names,
        Warning,
        "a `remove.KEY` of something that the list does not hold",
        "It has no effect: the name is misspelt, or was removed below. Mend or delete it.",
    ),
    rule(
        "bad-override",
        Names,
        Error,
        "a `section:key=value` of the command line that cannot be applied",
        "Its effect would not be the one that was meant. Mend section, key or type.",
    ),
    rule(
        "misplaced-section",
        Names,
        Error,
        "a section of supervisord.conf at the top of a native manifest, where nothing refers to it",
        "It would be data and have no effect. Programs are parts of their own, all else belongs to a `supervisor` part.",
    ),
    rule(
        "name-taken",
        Names,
        Error,
        "a section whose name has another meaning",
        "References to it could not be told from references to the other. Choose another name.",
    ),
    rule(
        "no-boolean",
        Names,
        Error,
        "an option that is neither `true` nor `false`",
        "`yes` and `1` are not understood by zc.buildout either. Write `true` or `false`.",
    ),
];
