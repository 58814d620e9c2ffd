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
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<wbe:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<web:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "no-such-key",
        Interpolation,
        Error,
        "a reference to a key that its section has not",
        "There is no value to take. Mend the name, or set the key.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports.htpp>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "no-such-variable",
        Interpolation,
        Error,
        "a reference to an environment variable that is not set",
        "There is no value to take. Set it for the build, or write the value into the manifest.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<env:WEB_PORT>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "foreign-key",
        Interpolation,
        Info,
        "a reference to something that only a recipe of zc.buildout would set",
        "Nothing that is built here needs it. If something shall, write the value into the section.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = scripts\n\n[scripts]\nrecipe = zc.recipe.egg\nhome = ${zope:instance-home}\n\n\
         [zope]\nrecipe = plone.recipe.zope2instance\n",
        "[buildout]\nparts = scripts\n\n[scripts]\nrecipe = zc.recipe.egg\nhome = ${zope:instance-home}\n\n\
         [zope]\nrecipe = plone.recipe.zope2instance\ninstance-home = ${buildout:directory}/zope\n",
    )
    .given("ignore = [\"foreign-recipe\"]\n"),
    rule(
        "bad-reference",
        Interpolation,
        Error,
        "a `$<` or `${` that begins no reference",
        "It would stand in the result as it is. Write `section:key` in it, or double the `$`.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "reference-loop",
        Interpolation,
        Error,
        "references that lead back to where they began",
        "No value can come of it. Set one of them to a value.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { HOME = \"$<:environment.HOME>\" }\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { HOME = \"/srv\" }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "reference-type",
        Interpolation,
        Error,
        "a list or table in the middle of a text",
        "There is no one way to write it there. Let the reference be the whole value, or name one of its keys.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web --port $<:ports.http>\"\n\
         ports = { http = 8080 }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "reference-size",
        Interpolation,
        Error,
        "references to references that grow beyond any use",
        "A few lines of them fill all memory. Refer to the parts instead of to the whole.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nenvironment = { ALL = \"$<all:g>\" }\n\n[all]\n\
         a = \"a hundred letters: .................................................................................\"\n\
         b = \"$<:a>$<:a>$<:a>$<:a>$<:a>$<:a>$<:a>$<:a>$<:a>$<:a>\"\n\
         c = \"$<:b>$<:b>$<:b>$<:b>$<:b>$<:b>$<:b>$<:b>$<:b>$<:b>\"\n\
         d = \"$<:c>$<:c>$<:c>$<:c>$<:c>$<:c>$<:c>$<:c>$<:c>$<:c>\"\n\
         e = \"$<:d>$<:d>$<:d>$<:d>$<:d>$<:d>$<:d>$<:d>$<:d>$<:d>\"\n\
         f = \"$<:e>$<:e>$<:e>$<:e>$<:e>$<:e>$<:e>$<:e>$<:e>$<:e>\"\n\
         g = \"$<:f>$<:f>$<:f>$<:f>$<:f>$<:f>$<:f>$<:f>$<:f>$<:f>\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nenvironment = { ALL = \"$<all:a>\" }\n\n[all]\n\
         a = \"a hundred letters: .................................................................................\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "no-such-part",
        Names,
        Error,
        "a name in `parts` that has no section",
        "There is nothing to build under this name. Mend it, or delete it.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisr\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "no-recipe",
        Names,
        Error,
        "a part that does not say of which kind it is",
        "Nothing can be made of it. Set `recipe`; a section that is only data is no part.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[parts.data]\nport = 80\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[data]\nport = 80\n\n[project]\n\
         name = \"$<data:port>\"\n",
    ),
    rule(
        "recipe-outside-parts",
        Names,
        Error,
        "a `recipe` in a data section",
        "The section would be built by nothing. Move it below `parts`.",
    )
    .example_in(
        "recipe.toml",
        "[web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = []\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "section-made-twice",
        Names,
        Error,
        "a part that makes a section which is there already",
        "One of the two would be lost. Give one of them another name.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = copies supervisor\n\n[programs]\n\
         recipe = collective.recipe.supervisorprograms\n\n[web-program]\npriority = 10\n\
         command = /srv/bin/web\n\n[copies]\n\
         recipe = collective.recipe.supervisorprograms:multiplier\nprogram-section = web-program\n\
         count = 2\n\n[web-1-program]\npriority = 20\ncommand = /srv/bin/other\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\n\
         programs = ${programs:programs}\n",
        "[buildout]\nparts = copies supervisor\n\n[programs]\n\
         recipe = collective.recipe.supervisorprograms\n\n[web-program]\npriority = 10\n\
         command = /srv/bin/web\n\n[copies]\n\
         recipe = collective.recipe.supervisorprograms:multiplier\nprogram-section = web-program\n\
         count = 2\n\n[other-program]\npriority = 20\ncommand = /srv/bin/other\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\n\
         programs = ${programs:programs}\n",
    ),
    rule(
        "bad-port",
        Ports,
        Error,
        "a port that is no number from 1 to 65535, nor `host:port` with a host that can be one",
        "Nothing can listen on it. Write a number, or an address and a number.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nports = { http = 80800 }\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nports = { http = 8080 }\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "literal-password",
        Security,
        Warning,
        "a password in clear in the manifest",
        "Everyone who can read the repository has it, for ever. Take it from a variable, a file or a command, or let it \
         be generated.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\
         credentials = { username = \"admin\", password = \"secret-of-9\" }\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\
         credentials = { username = \"admin\", password = { env = \"SHOP_PASSWORD\" } }\n",
    ),
    rule(
        "bad-credentials",
        Security,
        Error,
        "a password that cannot be had",
        "A server without its password would be open. Say one of `env`, `file`, `command` and `generate`.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\
         credentials = { username = \"admin\", password = { env = \"A\", file = \"b\" } }\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\
         credentials = { username = \"admin\", password = { env = \"SHOP_PASSWORD\" } }\n",
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
