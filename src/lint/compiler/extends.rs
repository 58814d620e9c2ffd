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
    )
    .fix_anywhere("writes the name of a file beside it that is nearest (unsafe)")
    .example_in(
        "recipe.toml",
        "extends = [\"bse.toml\"]\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "extends = [\"base.toml\"]\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    )
    .beside("base.toml", "[project]\nname = \"shop\"\n"),
    rule(
        "extends-loop",
        Syntax,
        Error,
        "files that extend each other in a circle, or beyond any use",
        "No order of them is right. Move what they share to a file that extends neither.",
    )
    .example_in(
        "recipe.toml",
        "extends = [\"recipe.toml\"]\n\n[parts.web]\nrecipe = \"program\"\n\
         command = \"/srv/bin/web\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "extends-mixed",
        Syntax,
        Error,
        "a native manifest that extends a `.cfg`, or the other way round",
        "The two have different rules for lists and references. Translate one of them.",
    )
    .example_in(
        "recipe.toml",
        "extends = [\"base.cfg\"]\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    )
    .beside("base.cfg", "[buildout]\n"),
    rule(
        "bad-extends",
        Syntax,
        Error,
        "an `extends` that is not names of files",
        "Nothing could be read. Write a text, or a list of texts.",
    )
    .example_in(
        "recipe.toml",
        "extends = 1\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "extended-by",
        Syntax,
        Error,
        "buildout 1.x's `extended-by`",
        "zc.buildout 2 dropped it too. Extend this file in the other one.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nextended-by = more.cfg\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "optional-extends-missing",
        Syntax,
        Info,
        "a file of `optional-extends` that is not there",
        "It is optional; but a misspelt name looks the same.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\noptional-extends = lcoal.cfg\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
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
    )
    .example_in(
        "recipe.toml",
        "extends = [\"https://example.com/base.toml\"]\n\n[parts.web]\nrecipe = \"program\"\n\
         command = \"/srv/bin/web\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
];
