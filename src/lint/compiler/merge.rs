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
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\n<= supervisor\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "inherit-loop",
        Names,
        Error,
        "a part that inherits from itself",
        "It would have no end. Inherit from a part or section that does not lead back.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\ninherit = \"web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "bad-inherit",
        Names,
        Error,
        "an `inherit` that is not names of parts or sections",
        "Nothing could be inherited. Write a name, or a list of names.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         inherit = { from = \"common\" }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\ninherit = \"common\"\n\n\
         [common]\numask = \"022\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
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
    )
    .example_in(
        "recipe.toml",
        "name = \"shop\"\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[project]\nname = \"shop\"\n\n[parts.web]\nrecipe = \"program\"\n\
         command = \"/srv/bin/web\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "bad-edit",
        Names,
        Error,
        "an `append.KEY` or `remove.KEY` that is no list, or edits none",
        "Only lists can be edited. Set the key itself instead.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nappend.umask = \"022\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\numask = \"022\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "nothing-to-remove",
        Names,
        Warning,
        "a `remove.KEY` of something that the list does not hold",
        "It has no effect: the name is misspelt, or was removed below. Mend or delete it.",
    )
    .example_in(
        "recipe.toml",
        "extends = [\"base.toml\"]\n\n[parts.supervisor]\nremove.plugins = [\"superlnce\"]\n",
        "extends = [\"base.toml\"]\n\n[parts.supervisor]\nremove.plugins = [\"superlance\"]\n",
    )
    .beside("base.toml", "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nplugins = [\"superlance\"]\n"),
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
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[supervisord]\nloglevel = \"debug\"\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nsupervisord = { loglevel = \"debug\" }\n",
    ),
    rule(
        "name-taken",
        Names,
        Error,
        "a section whose name has another meaning",
        "References to it could not be told from references to the other. Choose another name.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[web]\nport = 80\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "no-boolean",
        Names,
        Error,
        "an option that is neither `true` nor `false`",
        "`yes` and `1` are not understood by zc.buildout either. Write `true` or `false`.",
    )
    .fix_anywhere("writes `true` for `yes`, `on` and `1`, and `false` for their opposites")
    .example_in(
        "buildout.cfg",
        "[buildout]\noffline = yes\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\noffline = true\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
];
