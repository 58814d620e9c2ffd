//! Parts and what they make.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::{Building, Interpolation, Listeners, Names, Portability, Programs, Security};

pub(super) const RULES: &[Rule] = &[
    rule(
        "unknown-recipe",
        Names,
        Error,
        "a part of a kind that there is not",
        "Nothing can be made of it. `program`, `supervisor` and `template` are kinds.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"progam\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "foreign-recipe",
        Portability,
        Warning,
        "a part of a `.cfg` that another recipe would build",
        "Its files are not made. Build it with zc.buildout if they are needed; references to its options work.",
    )
    .fix_anywhere("writes the recipe that is nearest to it (unsafe: its files are then made)")
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisr\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "bad-name",
        Names,
        Error,
        "a part or section whose name cannot be used",
        "Files, or sections of supervisord.conf, are named for it. Leave out blanks, `:`, `/` and brackets.",
    )
    .example_in(
        "recipe.toml",
        "[parts.\"we b\"]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"we b\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "missing-option",
        Names,
        Error,
        "an option without which a part cannot be built",
        "There is no default for it. Set it.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "wrong-type",
        Names,
        Error,
        "a value of the wrong type",
        "A list is no text, and a table no number. Write the type that is named.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\numask = [\"022\"]\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\numask = \"022\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "bad-value",
        Names,
        Error,
        "a value that its option does not take",
        "supervisord would refuse it, or read something else. Write one of what is expected.",
    )
    .fix_anywhere("writes the word that is nearest to it (unsafe)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nruntime = \"pyton\"\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nruntime = \"python\"\n",
    ),
    rule(
        "unknown-program",
        Programs,
        Error,
        "a `programs` that names something that is no program",
        "supervisord would not start. Mend the name, or add the program.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\ngroup.all.programs = [\"wbe\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\ngroup.all.programs = [\"web\"]\n",
    ),
    rule(
        "unlisted-program",
        Programs,
        Warning,
        "a program part that no supervisor runs",
        "It is never started, though it looks as if it were. Add it to `programs`.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "unknown-plugin",
        Listeners,
        Error,
        "a plugin that is not built in",
        "No script can be made for it. Mend the name; other listeners need no plugin, only a command.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe, but where case and dashes are all that differs)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nplugins = [\"superlnce\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nplugins = [\"superlance\"]\n",
    ),
    rule(
        "foreign-plugin",
        Listeners,
        Warning,
        "a plugin of a `.cfg` that is not built in",
        "Its scripts are not made. Install it by other means if an event listener needs it.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\nplugins = superlnce\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\nplugins = superlance\n",
    ),
    rule(
        "expansion-slip",
        Interpolation,
        Warning,
        "a text that is almost one of supervisord's expansions, such as `%(progam_name)s`",
        "Texts mean themselves, but for the expansions that there are; this one is none, and supervisord gets it as text.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe: it then counts)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         stdout_logfile = \"/var/log/%(progam_name)s.log\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         stdout_logfile = \"/var/log/%(program_name)s.log\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "said-twice",
        Names,
        Error,
        "something that is said in two ways, such as a port and a server for it",
        "Only one can hold. Delete one.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nports = { control = 9001 }\n\
         inet_http_server = { port = \"127.0.0.1:9001\" }\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nports = { control = \"127.0.0.1:9001\" }\n\
         credentials = { username = \"admin\", password = { env = \"SHOP_PASSWORD\" } }\n",
    ),
    rule(
        "user-cannot-write",
        Security,
        Error,
        "a supervisord of this host whose `user` cannot write its log, its pid file or its socket",
        "It would end as soon as it is started. Give the folders to that user, or name others.",
    ),
    rule(
        "secret-in-path",
        Security,
        Error,
        "a password in the path of an output",
        "Names of files are shown everywhere. Use another name.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\
         supervisord-conf = \"/etc/$<:credentials.password>.conf\"\n\
         credentials = { username = \"admin\", password = { env = \"SHOP_PASSWORD\" } }\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\nsupervisord-conf = \"/etc/shop.conf\"\n",
    ),
    rule(
        "ignored-text",
        Programs,
        Warning,
        "text at the end of a program line that is no field of it",
        "collective.recipe.supervisor drops it without a word. Put arguments between `[` and `]`.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web [ -v ] /srv true web more\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "cut-process-option",
        Programs,
        Warning,
        "an option of a collected program that does not fit into a program line",
        "What follows its first blank would be lost. Quote it, or use `environment`.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[programs]\n\
         recipe = collective.recipe.supervisorprograms\n\n[web-program]\npriority = 10\n\
         command = /srv/bin/web\nstdout_logfile = /var/log/my web.log\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\n\
         programs = ${programs:programs}\n",
        "[buildout]\nparts = supervisor\n\n[programs]\n\
         recipe = collective.recipe.supervisorprograms\n\n[web-program]\npriority = 10\n\
         command = /srv/bin/web\nstdout_logfile = /var/log/web.log\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\n\
         programs = ${programs:programs}\n",
    ),
    rule(
        "unquotable-value",
        Security,
        Error,
        "a credential that `environment` has no way to write",
        "Event listeners would get another one. Choose one without both kinds of quotes.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nuser = \"the admin's\"\npassword = $<env:SHOP_PASSWORD>\nprograms =\n    10 web /srv/bin/web\n\
         eventlisteners =\n    watch TICK_60 /srv/bin/watch\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nuser = admin\npassword = $<env:SHOP_PASSWORD>\nprograms =\n    10 web /srv/bin/web\n\
         eventlisteners =\n    watch TICK_60 /srv/bin/watch\n",
    ),
    rule(
        "no-template",
        Building,
        Error,
        "a template that is not there",
        "Nothing can be rendered. Paths start at the templates folder, then at the project folder.",
    )
    .example_in(
        "recipe.toml",
        "[parts.motd]\nrecipe = \"template\"\ntemplate = \"mtod\"\noutput = \"motd\"\n",
        "[parts.motd]\nrecipe = \"template\"\ntemplate = \"motd\"\noutput = \"motd\"\n",
    )
    .beside("recipe-templates/motd", "Hello\n"),
    rule(
        "template-unread",
        Building,
        Error,
        "a template that cannot be read",
        "Nothing can be rendered. Mend its permissions or its encoding, UTF-8.",
    ),
    rule(
        "template",
        Building,
        Error,
        "a template that cannot be rendered",
        "A file with holes is worse than none. The message says where; all options of the part can be used.",
    )
    .example_in(
        "recipe.toml",
        "[parts.motd]\nrecipe = \"template\"\ntemplate = \"motd\"\noutput = \"motd\"\n",
        "[parts.motd]\nrecipe = \"template\"\ntemplate = \"motd\"\noutput = \"motd\"\n\
         host = \"web1\"\n",
    )
    .beside("recipe-templates/motd", "This is {{ host }}.\n"),
    rule(
        "path-made-twice",
        Building,
        Error,
        "two parts that make one file",
        "One of the two would be lost. Give one of them another path.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[parts.motd]\nrecipe = \"template\"\n\
         template = \"motd\"\noutput = \"bin/supervisord\"\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"web\"]\n\n[parts.motd]\nrecipe = \"template\"\n\
         template = \"motd\"\noutput = \"bin/motd\"\n",
    )
    .beside("recipe-templates/motd", "Hello\n"),
];
