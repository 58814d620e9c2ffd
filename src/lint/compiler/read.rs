//! The text of one file.

use super::{Rule, rule};
use crate::base::Severity::{Error, Warning};
use crate::lint::Family::{Names, Syntax};

pub(super) const RULES: &[Rule] = &[
    rule(
        "file-too-large",
        Syntax,
        Error,
        "a file that cannot be a manifest",
        "It would take all memory. Name the right file.",
    ),
    rule(
        "nul-character",
        Syntax,
        Error,
        "a NUL character",
        "No path, argument or variable can hold one. A file full of them is UTF-16: save it as UTF-8.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\numask = \"\\u0000\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\numask = \"022\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "reserved-character",
        Syntax,
        Error,
        "a character that Unicode reserves for internal use",
        "It marks text that is rendered as it is, and means nothing to a program. Leave it out.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { NAME = \"\\uFDD0\" }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { NAME = \"web\" }\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "byte-order-mark",
        Syntax,
        Warning,
        "a byte order mark at the start of a `.cfg`",
        "zc.buildout refuses such a file. Save it as UTF-8 without one.",
    )
    .fix_anywhere("removes it")
    .example_in(
        "buildout.cfg",
        "\u{feff}[buildout]\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "nested-too-deep",
        Syntax,
        Error,
        "tables and lists in each other beyond any use",
        "Such a file is damaged or hostile. Name the right file.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { WORDS = [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"x\"]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]] }\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         environment = { WORDS = \"x\" }\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "no-section",
        Syntax,
        Error,
        "a line of a `.cfg` before the first section",
        "An option belongs to a section. Begin with `[buildout]`.",
    )
    .example_in(
        "buildout.cfg",
        "parts = supervisor\n\n[buildout]\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "bad-line",
        Syntax,
        Error,
        "a line that has none of the forms that may stand there",
        "A program line with a wrong field would run something else. Write it as the grammar below the finding says.",
    )
    .fix_anywhere("writes `=` for the colon of buildout 1.x (unsafe: it may be text that has lost its indentation)")
    .example_in(
        "buildout.cfg",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port: 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\n\
         port = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "more-errors",
        Syntax,
        Error,
        "how many errors of a file are not shown",
        "A file of another format gives one on each line. Mend the first ones and look again.",
    ),
    rule(
        "more-findings",
        Syntax,
        Error,
        "how many findings of one severity are not shown",
        "One fault seldom comes alone a thousand times. Mend the first ones and look again.",
    ),
    rule(
        "bad-condition",
        Syntax,
        Error,
        "a condition of a section that cannot be judged",
        "A guess could drop a whole section. Write a marker such as `sys_platform == \"linux\"`.",
    )
    .example_in(
        "buildout.cfg",
        "[buildout:linus]\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
        "[buildout:linux]\nparts = supervisor\n\n[supervisor]\n\
         recipe = collective.recipe.supervisor\nport = 127.0.0.1:9001\nprograms =\n    10 web /srv/bin/web\n",
    ),
    rule(
        "toml-syntax",
        Syntax,
        Error,
        "text that is no TOML",
        "What follows cannot be understood either. Mend it where the finding points.",
    )
    .fix_anywhere("quotes a word that is no value (unsafe)")
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\nautorestart = unexpected\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         autorestart = \"unexpected\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    rule(
        "yaml-syntax",
        Syntax,
        Error,
        "text that is no YAML",
        "What follows cannot be understood either. Mend it where the finding points.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n  supervisor:\n    recipe: supervisor\n    programs: [web\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "duplicate-key",
        Names,
        Error,
        "a key or table that is defined twice",
        "One of the two would be lost without a word. Delete one, or join them.",
    )
    .example_in(
        "recipe.toml",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\npriority = 10\n\
         priority = 20\n\n[parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\npriority = 20\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    rule(
        "not-a-table",
        Syntax,
        Error,
        "a manifest that is one list or one word",
        "A manifest is a table of sections. Start with `project:` and `parts:`.",
    )
    .example_in(
        "recipe.yaml",
        "- web\n- zeo\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "second-document",
        Syntax,
        Error,
        "a second YAML document in one file",
        "It would be ignored. Use one file each, and `extends`.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n\
         ---\nproject:\n  name: shop\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "unknown-alias",
        Syntax,
        Error,
        "a YAML alias without its anchor",
        "An alias stands for what is marked `&name` before it. Mark it, or mend the name.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: *mode\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: &mode { MODE: production }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "alias-in-itself",
        Syntax,
        Error,
        "a YAML alias inside of what it names",
        "Its value would have no end. Name something else.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: &mode { MODE: *mode }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: &mode { MODE: production }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "too-many-aliases",
        Syntax,
        Error,
        "YAML aliases of aliases that grow beyond any use",
        "A few lines of them fill all memory. Share values by references or `inherit` instead.",
    )
    .example_in(
        "recipe.yaml",
        "a: &a [x, x, x, x, x, x, x, x, x, x]\n\
         b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n\
         c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n\
         d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n\
         e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n\
         parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: { WORDS: *e }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    environment: { WORDS: x }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "unknown-tag",
        Syntax,
        Error,
        "a YAML tag that has no meaning here",
        "It asks for a type that there is not. Leave it out.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    umask: !octal 022\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    umask: 022\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "tag-mismatch",
        Syntax,
        Error,
        "a value that is not what its YAML tag says",
        "One of the two is wrong. Leave out the tag, or mend the value.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    priority: !!int ten\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    priority: !!int 10\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule("complex-key", Syntax, Error, "a list or table as a YAML key", "A key is a name. Write it as text.")
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    ? [umask]\n    : 022\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    umask: 022\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
    rule(
        "bad-merge",
        Syntax,
        Error,
        "a YAML `<<` of something that is no table",
        "Only the keys of a table can be taken over. Name an anchor that stands before a table.",
    )
    .example_in(
        "recipe.yaml",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    <<: 022\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
        "parts:\n  web:\n    recipe: program\n    command: /srv/bin/web\n    <<: { umask: 022 }\n  supervisor:\n    recipe: supervisor\n    programs: [web]\n",
    ),
];
