//! References, parts, ports, credentials.

use super::{Rule, rule};
use crate::base::Severity::{Error, Info, Warning};
use crate::lint::Family::{Interpolation, Names, Ports, Security};

pub(super) const RULES: &[Rule] = &[
    rule(
        "no-such-section",
        Interpolation,
        Error,
        "a reference to a section that there is not",
        "There is no value to take. Mend the name; if the section is in another file, extend that.",
    ),
    rule(
        "no-such-key",
        Interpolation,
        Error,
        "a reference to a key that its section has not",
        "There is no value to take. Mend the name, or set the key.",
    ),
    rule(
        "no-such-variable",
        Interpolation,
        Error,
        "a reference to an environment variable that is not set",
        "There is no value to take. Set it for the build, or write the value into the manifest.",
    ),
    rule(
        "foreign-key",
        Interpolation,
        Info,
        "a reference to something that only a recipe of zc.buildout would set",
        "Nothing that is built here needs it. If something shall, write the value into the section.",
    ),
    rule(
        "bad-reference",
        Interpolation,
        Error,
        "a `$<` or `${` that begins no reference",
        "It would stand in the result as it is. Write `section:key` in it, or double the `$`.",
    ),
    rule(
        "reference-loop",
        Interpolation,
        Error,
        "references that lead back to where they began",
        "No value can come of it. Set one of them to a value.",
    ),
    rule(
        "reference-type",
        Interpolation,
        Error,
        "a list or table in the middle of a text",
        "There is no one way to write it there. Let the reference be the whole value, or name one of its keys.",
    ),
    rule(
        "reference-size",
        Interpolation,
        Error,
        "references to references that grow beyond any use",
        "A few lines of them fill all memory. Refer to the parts instead of to the whole.",
    ),
    rule(
        "no-such-part",
        Names,
        Error,
        "a name in `parts` that has no section",
        "There is nothing to build under this name. Mend it, or delete it.",
    ),
    rule(
        "no-recipe",
        Names,
        Error,
        "a part that does not say of which kind it is",
        "Nothing can be made of it. Set `recipe`; a section that is only data is no part.",
    ),
    rule(
        "recipe-outside-parts",
        Names,
        Error,
        "a `recipe` in a data section",
        "The section would be built by nothing. Move it below `parts`.",
    ),
    rule(
        "section-made-twice",
        Names,
        Error,
        "a part that makes a section which is there already",
        "One of the two would be lost. Give one of them another name.",
    ),
    rule(
        "bad-port",
        Ports,
        Error,
        "a port that is no number from 1 to 65535, nor `host:port` with a host that can be one",
        "Nothing can listen on it. Write a number, or an address and a number.",
    ),
    rule(
        "literal-password",
        Security,
        Warning,
        "a password in clear in the manifest",
        "Everyone who can read the repository has it, for ever. Take it from a variable, a file or a command, or let it \
         be generated.",
    ),
    rule(
        "bad-credentials",
        Security,
        Error,
        "a password that cannot be had",
        "A server without its password would be open. Say one of `env`, `file`, `command` and `generate`.",
    ),
    rule(
        "fetched-command",
        Security,
        Error,
        "a password command that a file from a URL says",
        "Whoever can change that file could run anything here. Write the command in a file of your own, or allow it with \
         `--allow-fetched-commands`.",
    ),
];
