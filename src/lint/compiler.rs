//! The rules that the compiler needs anyway: it finds them while it reads, merges, resolves, builds, plans and writes.
//!
//! Those of the readers of configurations have examples.
//!
//! `tests/rules.rs` compares this table with the codes that stand in the sources.

use super::Rule;
use super::rule::Family::{
    self, Building, Interpolation, Listeners, Logs, Names, Portability, Ports, Programs, Security, Syntax,
};
use crate::base::Severity::{self, Error, Info, Warning};

const fn rule(code: &'static str, family: Family, severity: Severity, finds: &'static str, why: &'static str) -> Rule {
    Rule::new(code, family, severity, finds, why)
}

/// All of them, by stage.
pub static STAGES: &[&[Rule]] = &[READ, EXTENDS, MERGE, RESOLVE, PARTS, CONF, MONITOR, PLAN, APPLY, CALLS];

/// The text of one file.
const READ: &[Rule] = &[
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
    ),
    rule(
        "reserved-character",
        Syntax,
        Error,
        "a character that Unicode reserves for internal use",
        "It marks text that is rendered as it is, and means nothing to a program. Leave it out.",
    ),
    rule(
        "byte-order-mark",
        Syntax,
        Warning,
        "a byte order mark at the start of a `.cfg`",
        "zc.buildout refuses such a file. Save it as UTF-8 without one.",
    ),
    rule(
        "nested-too-deep",
        Syntax,
        Error,
        "tables and lists in each other beyond any use",
        "Such a file is damaged or hostile. Name the right file.",
    ),
    rule(
        "no-section",
        Syntax,
        Error,
        "a line of a `.cfg` before the first section",
        "An option belongs to a section. Begin with `[buildout]`.",
    ),
    rule(
        "bad-line",
        Syntax,
        Error,
        "a line that has none of the forms that may stand there",
        "A program line with a wrong field would run something else. Write it as the grammar below the finding says.",
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
    ),
    rule(
        "toml-syntax",
        Syntax,
        Error,
        "text that is no TOML",
        "What follows cannot be understood either. Mend it where the finding points.",
    ),
    rule(
        "yaml-syntax",
        Syntax,
        Error,
        "text that is no YAML",
        "What follows cannot be understood either. Mend it where the finding points.",
    ),
    rule(
        "duplicate-key",
        Names,
        Error,
        "a key or table that is defined twice",
        "One of the two would be lost without a word. Delete one, or join them.",
    ),
    rule(
        "not-a-table",
        Syntax,
        Error,
        "a manifest that is one list or one word",
        "A manifest is a table of sections. Start with `project:` and `parts:`.",
    ),
    rule(
        "second-document",
        Syntax,
        Error,
        "a second YAML document in one file",
        "It would be ignored. Use one file each, and `extends`.",
    ),
    rule(
        "unknown-alias",
        Syntax,
        Error,
        "a YAML alias without its anchor",
        "An alias stands for what is marked `&name` before it. Mark it, or mend the name.",
    ),
    rule(
        "alias-in-itself",
        Syntax,
        Error,
        "a YAML alias inside of what it names",
        "Its value would have no end. Name something else.",
    ),
    rule(
        "too-many-aliases",
        Syntax,
        Error,
        "YAML aliases of aliases that grow beyond any use",
        "A few lines of them fill all memory. Share values by references or `inherit` instead.",
    ),
    rule(
        "unknown-tag",
        Syntax,
        Error,
        "a YAML tag that has no meaning here",
        "It asks for a type that there is not. Leave it out.",
    ),
    rule(
        "tag-mismatch",
        Syntax,
        Error,
        "a value that is not what its YAML tag says",
        "One of the two is wrong. Leave out the tag, or mend the value.",
    ),
    rule("complex-key", Syntax, Error, "a list or table as a YAML key", "A key is a name. Write it as text."),
    rule(
        "bad-merge",
        Syntax,
        Error,
        "a YAML `<<` of something that is no table",
        "Only the keys of a table can be taken over. Name an anchor that stands before a table.",
    ),
];

/// Files that extend files.
const EXTENDS: &[Rule] = &[
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

/// Files merged to sections.
const MERGE: &[Rule] = &[
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

/// References, parts, ports, credentials.
const RESOLVE: &[Rule] = &[
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

/// Parts and what they make.
const PARTS: &[Rule] = &[
    rule(
        "unknown-recipe",
        Names,
        Error,
        "a part of a kind that there is not",
        "Nothing can be made of it. `program`, `supervisor` and `template` are kinds.",
    ),
    rule(
        "foreign-recipe",
        Portability,
        Warning,
        "a part of a `.cfg` that another recipe would build",
        "Its files are not made. Build it with zc.buildout if they are needed; references to its options work.",
    ),
    rule(
        "bad-name",
        Names,
        Error,
        "a part or section whose name cannot be used",
        "Files, or sections of supervisord.conf, are named for it. Leave out blanks, `:`, `/` and brackets.",
    ),
    rule(
        "missing-option",
        Names,
        Error,
        "an option without which a part cannot be built",
        "There is no default for it. Set it.",
    ),
    rule(
        "wrong-type",
        Names,
        Error,
        "a value of the wrong type",
        "A list is no text, and a table no number. Write the type that is named.",
    ),
    rule(
        "bad-value",
        Names,
        Error,
        "a value that its option does not take",
        "supervisord would refuse it, or read something else. Write one of what is expected.",
    ),
    rule(
        "unknown-program",
        Programs,
        Error,
        "a `programs` that names something that is no program",
        "supervisord would not start. Mend the name, or add the program.",
    ),
    rule(
        "unlisted-program",
        Programs,
        Warning,
        "a program part that no supervisor runs",
        "It is never started, though it looks as if it were. Add it to `programs`.",
    ),
    rule(
        "unknown-plugin",
        Listeners,
        Error,
        "a plugin that is not built in",
        "No script can be made for it. Mend the name; other listeners need no plugin, only a command.",
    ),
    rule(
        "foreign-plugin",
        Listeners,
        Warning,
        "a plugin of a `.cfg` that is not built in",
        "Its scripts are not made. Install it by other means if an event listener needs it.",
    ),
    rule(
        "expansion-slip",
        Interpolation,
        Warning,
        "a text that is almost one of supervisord's expansions, such as `%(progam_name)s`",
        "Texts mean themselves, but for the expansions that there are; this one is none, and supervisord gets it as text.",
    ),
    rule(
        "said-twice",
        Names,
        Error,
        "something that is said in two ways, such as a port and a server for it",
        "Only one can hold. Delete one.",
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
    ),
    rule(
        "ignored-text",
        Programs,
        Warning,
        "text at the end of a program line that is no field of it",
        "collective.recipe.supervisor drops it without a word. Put arguments between `[` and `]`.",
    ),
    rule(
        "cut-process-option",
        Programs,
        Warning,
        "an option of a collected program that does not fit into a program line",
        "What follows its first blank would be lost. Quote it, or use `environment`.",
    ),
    rule(
        "unquotable-value",
        Security,
        Error,
        "a credential that `environment` has no way to write",
        "Event listeners would get another one. Choose one without both kinds of quotes.",
    ),
    rule(
        "no-template",
        Building,
        Error,
        "a template that is not there",
        "Nothing can be rendered. Paths start at the templates folder, then at the project folder.",
    ),
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
    ),
    rule(
        "path-made-twice",
        Building,
        Error,
        "two parts that make one file",
        "One of the two would be lost. Give one of them another path.",
    ),
];

/// What supervisord would say about its configuration.
const CONF: &[Rule] = &[
    rule(
        "conf-syntax",
        Syntax,
        Error,
        "a line that supervisord.conf cannot hold",
        "supervisord would not start. Write `[section]` or `option = value`.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\npriority\n",
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\n",
    ),
    rule(
        "conf-unreadable",
        Syntax,
        Error,
        "a configuration that cannot be read",
        "supervisord would not start. Mend its path or its permissions.",
    ),
    rule(
        "conf-include-empty",
        Syntax,
        Warning,
        "a pattern of `[include]` that matches no file",
        "It has no effect. Mend it if files are meant to be there.",
    )
    .example("[supervisord]\n[include]\nfiles = conf.d/*.conf\n", "[supervisord]\n"),
    rule(
        "conf-include-unreadable",
        Syntax,
        Warning,
        "an included file that cannot be read",
        "What it holds is missing. Mend its permissions.",
    ),
    rule(
        "conf-missing",
        Names,
        Error,
        "an option or section without which supervisord would not start",
        "There is no default for it. Add it.",
    )
    .example("[program:web]\nautostart = true\n", "[program:web]\ncommand = /srv/bin/web\nautostart = true\n"),
    rule(
        "conf-expansion",
        Interpolation,
        Error,
        "a `%(name)s` that supervisord cannot expand",
        "supervisord would not start. Mend the name; a `%` that is meant as such is doubled.",
    )
    .fix("doubles the `%` (unsafe: it may have been meant as an expansion)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nenvironment = RATE=\"50%\"\n",
        "[program:web]\ncommand = /srv/bin/web\nenvironment = RATE=\"50%%\"\n",
    ),
    rule(
        "conf-unknown-program",
        Programs,
        Error,
        "a group of a program that there is not, or that two sections make",
        "supervisord would not start. Mend the name.",
    )
    .example(
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[group:all]\nprograms = wbe\n",
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[group:all]\nprograms = web\n",
    ),
    rule(
        "conf-conflict",
        Names,
        Error,
        "options of one section that contradict each other",
        "supervisord would not start, or would ignore one. Change one of them.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopasgroup = true\nkillasgroup = false\n",
        "[program:web]\ncommand = /srv/bin/web\nstopasgroup = true\n",
    ),
    rule(
        "conf-no-directory",
        Logs,
        Error,
        "a folder that is not there",
        "supervisord would not start. Make the folder, or mend the path.",
    ),
    rule(
        "conf-no-user",
        Security,
        Error,
        "a user or group that this host does not know",
        "supervisord would not start. Mend the name, or add the account.",
    ),
    rule(
        "conf-foreign-function",
        Portability,
        Warning,
        "a function of a Python module that is not built in",
        "The bundled supervisord does not start with it. To keep it, run Python's: `runtime = \"python\"`.",
    )
    .example(
        "[rpcinterface:laforge]\nsupervisor.rpcinterface_factory = mr.laforge.rpcinterface:make_laforge_rpcinterface\n",
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ),
    rule(
        "conf-inexpressible",
        Names,
        Error,
        "a value that supervisord.conf has no way to write",
        "supervisord would read something else. Pass it in a file.",
    ),
    rule(
        "conf-deprecated",
        Logs,
        Warning,
        "a way to say something that a later Supervisor will not understand",
        "It works until the next update. The message says what to write instead.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = syslog\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_syslog = true\n",
    ),
    rule(
        "conf-auto-log-without-rollover",
        Logs,
        Warning,
        "an `AUTO` log that is never rotated",
        "Nobody looks for it in its folder until the disk is full. Set `maxbytes`, or name a file.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile_maxbytes = 0\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /srv/log/web.log\nstdout_logfile_maxbytes = 0\n",
    ),
    rule(
        "conf-ignored-log",
        Logs,
        Warning,
        "a `stderr_logfile` beside `redirect_stderr = true`",
        "The file stays empty. Delete one of the two.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nredirect_stderr = true\nstderr_logfile = /srv/log/web.err\n",
        "[program:web]\ncommand = /srv/bin/web\nredirect_stderr = true\nstdout_logfile = /srv/log/web.log\n",
    ),
    rule(
        "conf-unknown-key",
        Names,
        Error,
        "a key or section that zdaemon's configuration does not have there",
        "zdaemon would not start. Mend the name, or move it to where it belongs.",
    )
    .example(
        "<runner>\n  program /srv/bin/web\n  demon on\n</runner>\n",
        "<runner>\n  program /srv/bin/web\n  daemon on\n</runner>\n",
    ),
    rule(
        "conf-unsupported",
        Portability,
        Error,
        "something of a zdaemon.conf that only the original does",
        "It would do nothing here, so it is refused. Use what the help names instead.",
    )
    .example(
        "%import ZConfig.components.basic\n<runner>\n  program /srv/bin/web\n</runner>\n",
        "<runner>\n  program /srv/bin/web\n</runner>\n",
    ),
    rule(
        "conf-value",
        Names,
        Error,
        "a value that supervisord would refuse",
        "supervisord would not start. Write one of what is expected.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = TREM\n",
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = TERM\n",
    ),
];

/// What `ctl` would say of a cluster.ini.
const MONITOR: &[Rule] = &[
    rule(
        "monitor-syntax",
        Syntax,
        Error,
        "a line of a cluster.ini that is none",
        "ctl would not run. Write `[NAME]`, `KEY = VALUE` or a comment; what continues a value is indented.",
    ),
    rule(
        "monitor-interpolation",
        Interpolation,
        Error,
        "a `%(NAME)s` in a cluster.ini that cannot be filled in",
        "ctl would not run. Name a key of the section or of `[DEFAULT]`.",
    ),
    rule(
        "monitor-unknown-service",
        Names,
        Error,
        "a service without a section, or no service at all",
        "ctl would watch less than is meant. Mend the name in `zeoclients` or `frontend`.",
    ),
    rule(
        "monitor-missing-key",
        Names,
        Error,
        "a service that lacks what its type needs",
        "ctl would not know how to reach it. Add the key.",
    ),
    rule(
        "monitor-unknown-key",
        Names,
        Warning,
        "a key of a cluster.ini that means nothing",
        "It may be a slip, and what it should change stays as it is. Mend the name, or leave it out.",
    ),
    rule(
        "monitor-no-sender",
        Names,
        Warning,
        "recipients of mails, but no sender",
        "No mail could be sent, so nobody would learn what is critical. Add `fromaddr`.",
    ),
    rule(
        "monitor-second-balancer",
        Names,
        Warning,
        "two balancers in one cluster",
        "Clients are only taken out of the first. Watch the second as a `TCPServer`.",
    ),
    rule(
        "monitor-bad-value",
        Names,
        Error,
        "a value that ctl would refuse",
        "ctl would not run. Write one of what is expected.",
    ),
];

/// What a build finds on disk.
const PLAN: &[Rule] = &[
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

/// What goes wrong while a build writes.
const APPLY: &[Rule] = &[
    rule(
        "io",
        Building,
        Error,
        "what the system refused",
        "The outputs are as they were before. Mend what the message says and build again.",
    ),
    rule(
        "unwritable",
        Building,
        Error,
        "a folder that may not be written in",
        "Nothing was changed. Mend its permissions, or build as its owner.",
    ),
    rule(
        "bad-state",
        Building,
        Error,
        "a `.recipe` that cannot be understood",
        "It says which files are ours. Restore it; without it, files that differ are kept until `--force`.",
    ),
    rule(
        "bad-journal",
        Building,
        Error,
        "the journal of a cut-off build that cannot be understood",
        "It says what is half done. Remove it and build again.",
    ),
    rule(
        "cut-off",
        Building,
        Warning,
        "a build that was killed before its end",
        "Its outputs are completed, or taken back, by the next build.",
    ),
];

/// Words of the command line.
const CALLS: &[Rule] = &[
    rule(
        "unknown-part",
        Building,
        Error,
        "a word of the command line that names no part",
        "Nothing would be done. Mend it; values are set with `section:key=value`.",
    ),
    rule(
        "nothing-to-start",
        Building,
        Error,
        "an `up` without a supervisor that it could start",
        "Nothing would run. Add a `supervisor` part, or name the one that is meant.",
    ),
    rule(
        "no-git",
        Building,
        Error,
        "a `git` that does not run",
        "Revisions cannot be read without it. Install it, or compare with a folder.",
    ),
    rule(
        "no-repository",
        Building,
        Error,
        "a project that is in no git repository",
        "It has no revisions. Compare with a folder.",
    ),
    rule(
        "no-revision",
        Building,
        Error,
        "a revision that the repository has not",
        "There is nothing to compare with. In CI, fetch the history first.",
    ),
];
