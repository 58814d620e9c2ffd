//! Rules about what is written for the linter.

use super::rule::{Family, Rule};
use crate::base::Severity::{Error, Warning};

/// All of them.
pub static RULES: &[&Rule] = &[&BAD_SETTINGS, &BAD_SUPPRESSION, &UNUSED_SUPPRESSION];

/// `recipe-lint.toml`, `[lint]`.
pub static BAD_SETTINGS: Rule = Rule::new(
    "bad-settings",
    Family::Lint,
    Error,
    "a `recipe-lint.toml`, or a `[lint]` of a manifest, that cannot be understood",
    "What it was to keep quiet, or to raise, would not be. Mend it; the status is 2, as nothing was checked.",
);

/// A comment that names no rule.
pub static BAD_SUPPRESSION: Rule = Rule::new(
    "bad-suppression",
    Family::Lint,
    Warning,
    "a comment `recipe: ignore` that names no rule, or one that there is not",
    "It keeps nothing quiet. Write `recipe: ignore[CODE] reason`.",
)
.example(
    "[program:web]\ncommand = /srv/bin/web ; recipe: ignore\n",
    "[program:web]\ncommand = /srv/bin/web\nstartsecs = 0\nautorestart = true ; recipe: ignore[hot-loop] it waits for its work\n",
);

/// A comment that keeps nothing quiet.
pub static UNUSED_SUPPRESSION: Rule = Rule::new(
    "unused-suppression",
    Family::Lint,
    Warning,
    "a comment `recipe: ignore[CODE]` where that rule finds nothing",
    "It would hide the next fault of that kind. Remove it.",
)
.fix_anywhere("removes the comment")
.example(
    "[program:web]\ncommand = /srv/bin/web ; recipe: ignore[hot-loop] no more\n",
    "[program:web]\ncommand = /srv/bin/web\n",
);
