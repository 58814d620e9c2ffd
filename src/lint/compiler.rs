//! The rules that the compiler needs anyway: it finds them while it reads, merges, resolves, builds, plans and writes.
//!
//! `tests/rules.rs` compares this table with the codes that stand in the sources.

use super::Rule;
use crate::base::Severity::{self, Error, Info, Warning};

const fn rule(code: &'static str, severity: Severity, finds: &'static str, why: &'static str) -> Rule {
    Rule { code, severity, finds, why }
}

/// All of them, by stage.
pub static STAGES: &[&[Rule]] = &[READ, EXTENDS, MERGE, RESOLVE, PARTS, CONF, MONITOR, PLAN, APPLY, CALLS];

/// The text of one file.
const READ: &[Rule] = &[
    rule("file-too-large", Error, "a file that cannot be a manifest", "It would take all memory. Name the right file."),
    rule(
        "nul-character",
        Error,
        "a NUL character",
        "No path, argument or variable can hold one. A file full of them is UTF-16: save it as UTF-8.",
    ),
    rule(
        "reserved-character",
        Error,
        "a character that Unicode reserves for internal use",
        "It marks text that is rendered as it is, and means nothing to a program. Leave it out.",
    ),
    rule(
        "byte-order-mark",
        Warning,
        "a byte order mark at the start of a `.cfg`",
        "zc.buildout refuses such a file. Save it as UTF-8 without one.",
    ),
    rule(
        "nested-too-deep",
        Error,
        "tables and lists in each other beyond any use",
        "Such a file is damaged or hostile. Name the right file.",
    ),
    rule(
        "no-section",
        Error,
        "a line of a `.cfg` before the first section",
        "An option belongs to a section. Begin with `[buildout]`.",
    ),
    rule(
        "bad-line",
        Error,
        "a line that has none of the forms that may stand there",
        "A program line with a wrong field would run something else. Write it as the grammar below the finding says.",
    ),
    rule(
        "more-errors",
        Error,
        "how many errors of a file are not shown",
        "A file of another format gives one on each line. Mend the first ones and look again.",
    ),
    rule(
        "more-findings",
        Error,
        "how many findings of one severity are not shown",
        "One fault seldom comes alone a thousand times. Mend the first ones and look again.",
    ),
    rule(
        "option-set-twice",
        Warning,
        "an option that stands twice under one header",
        "The first value has no effect, though it looks as if it had. Delete one; to add lines, write `+=`.",
    ),
    rule(
        "bad-condition",
        Error,
        "a condition of a section that cannot be judged",
        "A guess could drop a whole section. Write a marker such as `sys_platform == \"linux\"`.",
    ),
    rule(
        "toml-syntax",
        Error,
        "text that is no TOML",
        "What follows cannot be understood either. Mend it where the finding points.",
    ),
    rule(
        "yaml-syntax",
        Error,
        "text that is no YAML",
        "What follows cannot be understood either. Mend it where the finding points.",
    ),
    rule(
        "duplicate-key",
        Error,
        "a key or table that is defined twice",
        "One of the two would be lost without a word. Delete one, or join them.",
    ),
    rule(
        "not-a-table",
        Error,
        "a manifest that is one list or one word",
        "A manifest is a table of sections. Start with `project:` and `parts:`.",
    ),
    rule(
        "second-document",
        Error,
        "a second YAML document in one file",
        "It would be ignored. Use one file each, and `extends`.",
    ),
    rule(
        "unknown-alias",
        Error,
        "a YAML alias without its anchor",
        "An alias stands for what is marked `&name` before it. Mark it, or mend the name.",
    ),
    rule(
        "alias-in-itself",
        Error,
        "a YAML alias inside of what it names",
        "Its value would have no end. Name something else.",
    ),
    rule(
        "too-many-aliases",
        Error,
        "YAML aliases of aliases that grow beyond any use",
        "A few lines of them fill all memory. Share values by references or `inherit` instead.",
    ),
    rule(
        "unknown-tag",
        Error,
        "a YAML tag that has no meaning here",
        "It asks for a type that there is not. Leave it out.",
    ),
    rule(
        "tag-mismatch",
        Error,
        "a value that is not what its YAML tag says",
        "One of the two is wrong. Leave out the tag, or mend the value.",
    ),
    rule("complex-key", Error, "a list or table as a YAML key", "A key is a name. Write it as text."),
    rule(
        "bad-merge",
        Error,
        "a YAML `<<` of something that is no table",
        "Only the keys of a table can be taken over. Name an anchor that stands before a table.",
    ),
];

/// Files that extend files.
const EXTENDS: &[Rule] = &[
    rule(
        "unreadable-file",
        Error,
        "a file that is missing, not UTF-8, too large or not permitted to be read",
        "Half a manifest would build half a set-up. A relative path starts at the file that names it.",
    ),
    rule(
        "extends-loop",
        Error,
        "files that extend each other in a circle, or beyond any use",
        "No order of them is right. Move what they share to a file that extends neither.",
    ),
    rule(
        "extends-mixed",
        Error,
        "a native manifest that extends a `.cfg`, or the other way round",
        "The two have different rules for lists and references. Translate one of them.",
    ),
    rule(
        "bad-extends",
        Error,
        "an `extends` that is not names of files",
        "Nothing could be read. Write a text, or a list of texts.",
    ),
    rule(
        "extended-by",
        Error,
        "buildout 1.x's `extended-by`",
        "zc.buildout 2 dropped it too. Extend this file in the other one.",
    ),
    rule(
        "optional-extends-missing",
        Info,
        "a file of `optional-extends` that is not there",
        "It is optional; but a misspelt name looks the same.",
    ),
    rule(
        "fetch-failed",
        Error,
        "a file that cannot be fetched, or is not in the cache when offline",
        "Half a manifest would build half a set-up. Run once with a network; later runs can be `--offline`.",
    ),
    rule(
        "fetch-skipped",
        Warning,
        "a remote file that was taken as empty, as `--skip-remote-extends` asked",
        "What it sets is missing. Do not deploy such a build.",
    ),
];

/// Files merged to sections.
const MERGE: &[Rule] = &[
    rule(
        "macro-loop",
        Error,
        "a section that takes in itself with `<=`",
        "It would have no end. Take in a section that does not lead back.",
    ),
    rule(
        "inherit-loop",
        Error,
        "a part that inherits from itself",
        "It would have no end. Inherit from a part or section that does not lead back.",
    ),
    rule(
        "bad-inherit",
        Error,
        "an `inherit` that is not names of parts or sections",
        "Nothing could be inherited. Write a name, or a list of names.",
    ),
    rule(
        "ambiguous-directory",
        Error,
        "a relative cache folder in a file that came from a URL",
        "It is relative to that file, which is in no folder. Write an absolute path.",
    ),
    rule(
        "not-a-section",
        Error,
        "a value at the top of a native manifest",
        "Values stand in sections. Those of the project stand under `[project]`.",
    ),
    rule(
        "bad-edit",
        Error,
        "an `append.KEY` or `remove.KEY` that is no list, or edits none",
        "Only lists can be edited. Set the key itself instead.",
    ),
    rule(
        "nothing-to-remove",
        Warning,
        "a `remove.KEY` of something that the list does not hold",
        "It has no effect: the name is misspelt, or was removed below. Mend or delete it.",
    ),
    rule(
        "bad-override",
        Error,
        "a `section:key=value` of the command line that cannot be applied",
        "Its effect would not be the one that was meant. Mend section, key or type.",
    ),
    rule(
        "misplaced-section",
        Error,
        "a section of supervisord.conf at the top of a native manifest, where nothing refers to it",
        "It would be data and have no effect. Programs are parts of their own, all else belongs to a `supervisor` part.",
    ),
    rule(
        "name-taken",
        Error,
        "a section whose name has another meaning",
        "References to it could not be told from references to the other. Choose another name.",
    ),
    rule(
        "no-boolean",
        Error,
        "an option that is neither `true` nor `false`",
        "`yes` and `1` are not understood by zc.buildout either. Write `true` or `false`.",
    ),
];

/// References, parts, ports, credentials.
const RESOLVE: &[Rule] = &[
    rule(
        "no-such-section",
        Error,
        "a reference to a section that there is not",
        "There is no value to take. Mend the name; if the section is in another file, extend that.",
    ),
    rule(
        "no-such-key",
        Error,
        "a reference to a key that its section has not",
        "There is no value to take. Mend the name, or set the key.",
    ),
    rule(
        "no-such-variable",
        Error,
        "a reference to an environment variable that is not set",
        "There is no value to take. Set it for the build, or write the value into the manifest.",
    ),
    rule(
        "foreign-key",
        Info,
        "a reference to something that only a recipe of zc.buildout would set",
        "Nothing that is built here needs it. If something shall, write the value into the section.",
    ),
    rule(
        "bad-reference",
        Error,
        "a `$<` or `${` that begins no reference",
        "It would stand in the result as it is. Write `section:key` in it, or double the `$`.",
    ),
    rule(
        "reference-loop",
        Error,
        "references that lead back to where they began",
        "No value can come of it. Set one of them to a value.",
    ),
    rule(
        "reference-type",
        Error,
        "a list or table in the middle of a text",
        "There is no one way to write it there. Let the reference be the whole value, or name one of its keys.",
    ),
    rule(
        "reference-size",
        Error,
        "references to references that grow beyond any use",
        "A few lines of them fill all memory. Refer to the parts instead of to the whole.",
    ),
    rule(
        "no-such-part",
        Error,
        "a name in `parts` that has no section",
        "There is nothing to build under this name. Mend it, or delete it.",
    ),
    rule(
        "no-recipe",
        Error,
        "a part that does not say of which kind it is",
        "Nothing can be made of it. Set `recipe`; a section that is only data is no part.",
    ),
    rule(
        "recipe-outside-parts",
        Error,
        "a `recipe` in a data section",
        "The section would be built by nothing. Move it below `parts`.",
    ),
    rule(
        "section-made-twice",
        Error,
        "a part that makes a section which is there already",
        "One of the two would be lost. Give one of them another name.",
    ),
    rule(
        "bad-port",
        Error,
        "a port that is no number from 1 to 65535, nor `host:port` with a host that can be one",
        "Nothing can listen on it. Write a number, or an address and a number.",
    ),
    rule(
        "port-taken",
        Error,
        "two that listen on one address and port: ports of parts, servers of supervisors, sockets of programs",
        "The second to start would fail. Give one of them another port, or let it refer to the other's, which is a use of it. \
         In a `.cfg`, where perhaps only one of them is run, it is a warning.",
    ),
    rule(
        "literal-password",
        Warning,
        "a password in clear in the manifest",
        "Everyone who can read the repository has it, for ever. Take it from a variable, a file or a command, or let it \
         be generated.",
    ),
    rule(
        "bad-credentials",
        Error,
        "a password that cannot be had",
        "A server without its password would be open. Say one of `env`, `file`, `command` and `generate`.",
    ),
    rule(
        "fetched-command",
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
        Error,
        "a part of a kind that there is not",
        "Nothing can be made of it. `program`, `supervisor` and `template` are kinds.",
    ),
    rule(
        "foreign-recipe",
        Warning,
        "a part of a `.cfg` that another recipe would build",
        "Its files are not made. Build it with zc.buildout if they are needed; references to its options work.",
    ),
    rule(
        "bad-name",
        Error,
        "a part or section whose name cannot be used",
        "Files, or sections of supervisord.conf, are named for it. Leave out blanks, `:`, `/` and brackets.",
    ),
    rule(
        "unknown-option",
        Error,
        "an option that its part, `[project]`, or its section of supervisord.conf has not",
        "It would have no effect, and what was meant keeps its default. Mend the name; data goes to a section of its own.",
    ),
    rule(
        "missing-option",
        Error,
        "an option without which a part cannot be built",
        "There is no default for it. Set it.",
    ),
    rule(
        "wrong-type",
        Error,
        "a value of the wrong type",
        "A list is no text, and a table no number. Write the type that is named.",
    ),
    rule(
        "bad-value",
        Error,
        "a value that its option does not take",
        "supervisord would refuse it, or read something else. Write one of what is expected.",
    ),
    rule(
        "unknown-program",
        Error,
        "a `programs` that names something that is no program",
        "supervisord would not start. Mend the name, or add the program.",
    ),
    rule(
        "unlisted-program",
        Warning,
        "a program part that no supervisor runs",
        "It is never started, though it looks as if it were. Add it to `programs`.",
    ),
    rule(
        "unknown-plugin",
        Error,
        "a plugin that is not built in",
        "No script can be made for it. Mend the name; other listeners need no plugin, only a command.",
    ),
    rule(
        "foreign-plugin",
        Warning,
        "a plugin of a `.cfg` that is not built in",
        "Its scripts are not made. Install it by other means if an event listener needs it.",
    ),
    rule(
        "expansion-slip",
        Warning,
        "a text that is almost one of supervisord's expansions, such as `%(progam_name)s`",
        "Texts mean themselves, but for the expansions that there are; this one is none, and supervisord gets it as text.",
    ),
    rule(
        "said-twice",
        Error,
        "something that is said in two ways, such as a port and a server for it",
        "Only one can hold. Delete one.",
    ),
    rule(
        "section-twice",
        Error,
        "two parts, or two lines of a `.cfg`, that make one section of supervisord.conf",
        "supervisord would not run both: it reads the second over the first. Rename one.",
    ),
    rule(
        "socket-path-too-long",
        Error,
        "a unix socket at a path that the system cannot bind",
        "The daemon would not start. Choose a shorter path, or a port.",
    ),
    rule(
        "command-not-found",
        Warning,
        "a program that `up` is to start, whose command is not on this host",
        "supervisord would try it in vain. Mend the name, install it, or set `autostart = false`.",
    ),
    rule(
        "user-cannot-write",
        Error,
        "a supervisord of this host whose `user` cannot write its log, its pid file or its socket",
        "It would end as soon as it is started. Give the folders to that user, or name others.",
    ),
    rule(
        "secret-in-command",
        Error,
        "a password in a command",
        "Everyone on the host can read the arguments of a process. Pass it in `environment`, or in a file.",
    ),
    rule(
        "secret-in-path",
        Error,
        "a password in the path of an output",
        "Names of files are shown everywhere. Use another name.",
    ),
    rule(
        "bad-command",
        Error,
        "a command that cannot be split into words",
        "It would run something else. Close its quotes, or write a list of words.",
    ),
    rule(
        "ignored-text",
        Warning,
        "text at the end of a program line that is no field of it",
        "collective.recipe.supervisor drops it without a word. Put arguments between `[` and `]`.",
    ),
    rule(
        "cut-value",
        Warning,
        "a value with ` ;` or ` #` in it",
        "supervisord takes what follows for a comment. Leave out the blank, or the rest.",
    ),
    rule(
        "cut-process-option",
        Warning,
        "an option of a collected program that does not fit into a program line",
        "What follows its first blank would be lost. Quote it, or use `environment`.",
    ),
    rule(
        "unquotable-value",
        Error,
        "a credential that `environment` has no way to write",
        "Event listeners would get another one. Choose one without both kinds of quotes.",
    ),
    rule(
        "no-template",
        Error,
        "a template that is not there",
        "Nothing can be rendered. Paths start at the templates folder, then at the project folder.",
    ),
    rule(
        "template-unread",
        Error,
        "a template that cannot be read",
        "Nothing can be rendered. Mend its permissions or its encoding, UTF-8.",
    ),
    rule(
        "template",
        Error,
        "a template that cannot be rendered",
        "A file with holes is worse than none. The message says where; all options of the part can be used.",
    ),
    rule(
        "path-made-twice",
        Error,
        "two parts that make one file",
        "One of the two would be lost. Give one of them another path.",
    ),
];

/// What supervisord would say about its configuration.
const CONF: &[Rule] = &[
    rule(
        "conf-syntax",
        Error,
        "a line that supervisord.conf cannot hold",
        "supervisord would not start. Write `[section]` or `option = value`.",
    ),
    rule(
        "conf-unreadable",
        Error,
        "a configuration that cannot be read",
        "supervisord would not start. Mend its path or its permissions.",
    ),
    rule(
        "conf-include-empty",
        Warning,
        "a pattern of `[include]` that matches no file",
        "It has no effect. Mend it if files are meant to be there.",
    ),
    rule(
        "conf-include-unreadable",
        Warning,
        "an included file that cannot be read",
        "What it holds is missing. Mend its permissions.",
    ),
    rule(
        "conf-missing",
        Error,
        "an option or section without which supervisord would not start",
        "There is no default for it. Add it.",
    ),
    rule(
        "conf-expansion",
        Error,
        "a `%(name)s` that supervisord cannot expand",
        "supervisord would not start. Mend the name; a `%` that is meant as such is doubled.",
    ),
    rule(
        "conf-unknown-program",
        Error,
        "a group of a program that there is not, or that two sections make",
        "supervisord would not start. Mend the name.",
    ),
    rule(
        "conf-conflict",
        Error,
        "options of one section that contradict each other",
        "supervisord would not start, or would ignore one. Change one of them.",
    ),
    rule(
        "conf-no-directory",
        Error,
        "a folder that is not there",
        "supervisord would not start. Make the folder, or mend the path.",
    ),
    rule(
        "conf-no-user",
        Error,
        "a user or group that this host does not know",
        "supervisord would not start. Mend the name, or add the account.",
    ),
    rule(
        "conf-foreign-function",
        Warning,
        "a function of a Python module that is not built in",
        "The bundled supervisord does not start with it. To keep it, run Python's: `runtime = \"python\"`.",
    ),
    rule(
        "conf-inexpressible",
        Error,
        "a value that supervisord.conf has no way to write",
        "supervisord would read something else. Pass it in a file.",
    ),
    rule(
        "conf-unknown-key",
        Error,
        "a key or section that zdaemon's configuration does not have there",
        "zdaemon would not start. Mend the name, or move it to where it belongs.",
    ),
    rule(
        "conf-unsupported",
        Error,
        "something of a zdaemon.conf that only the original does",
        "It would do nothing here, so it is refused. Use what the help names instead.",
    ),
    rule(
        "conf-value",
        Error,
        "a value that supervisord would refuse",
        "supervisord would not start. Write one of what is expected.",
    ),
];

/// What `ctl` would say of a cluster.ini.
const MONITOR: &[Rule] = &[
    rule(
        "monitor-syntax",
        Error,
        "a line of a cluster.ini that is none",
        "ctl would not run. Write `[NAME]`, `KEY = VALUE` or a comment; what continues a value is indented.",
    ),
    rule(
        "monitor-interpolation",
        Error,
        "a `%(NAME)s` in a cluster.ini that cannot be filled in",
        "ctl would not run. Name a key of the section or of `[DEFAULT]`.",
    ),
    rule(
        "monitor-unknown-service",
        Error,
        "a service without a section, or no service at all",
        "ctl would watch less than is meant. Mend the name in `zeoclients` or `frontend`.",
    ),
    rule(
        "monitor-missing-key",
        Error,
        "a service that lacks what its type needs",
        "ctl would not know how to reach it. Add the key.",
    ),
    rule(
        "monitor-unknown-key",
        Warning,
        "a key of a cluster.ini that means nothing",
        "It may be a slip, and what it should change stays as it is. Mend the name, or leave it out.",
    ),
    rule(
        "monitor-second-balancer",
        Warning,
        "two balancers in one cluster",
        "Clients are only taken out of the first. Watch the second as a `TCPServer`.",
    ),
    rule(
        "monitor-bad-value",
        Error,
        "a value that ctl would refuse",
        "ctl would not run. Write one of what is expected.",
    ),
];

/// What a build finds on disk.
const PLAN: &[Rule] = &[
    rule(
        "duplicate-output",
        Error,
        "two outputs at one path",
        "One of the two would be lost. Give one of them another path.",
    ),
    rule(
        "nothing-left",
        Error,
        "a build that would remove all that builds have made, and make nothing",
        "Such a manifest was cut off, or lost its parts. Restore it; `recipe clean` removes all, if that is meant.",
    ),
    rule(
        "nested-output",
        Error,
        "an output below another one, which is a file",
        "A file cannot hold files. Give one of them another path.",
    ),
    rule(
        "reserved-output",
        Error,
        "an output in `.recipe`",
        "That is where builds keep what they know. Choose another path.",
    ),
    rule(
        "not-a-file",
        Error,
        "a folder or device where a file is to be written",
        "Nothing is removed that was not built. Move it away, or choose another path.",
    ),
    rule(
        "not-a-folder",
        Error,
        "a file where a folder is needed",
        "Nothing is removed that was not built. Move it away, or choose another path.",
    ),
    rule(
        "unreadable-output",
        Error,
        "a place that cannot be looked at",
        "It cannot be said whether it would change. Mend its permissions.",
    ),
    rule(
        "edited-by-hand",
        Warning,
        "a built file that was edited since",
        "It is kept, so that nobody's work is lost; but it is not what the manifest says. Move the change to the \
         manifest, then build with `--force`.",
    ),
    rule(
        "not-made-here",
        Warning,
        "a file that someone else made where one is to be built, or that a Python buildout left and someone edited",
        "It is kept. Move it away, or build with `--force`.",
    ),
    rule(
        "outside-project",
        Error,
        "an output that leaves the project folder by `..`, a link or a fetched file",
        "It could overwrite anything. Write an absolute path in the manifest itself, or use `--allow-outside`.",
    ),
];

/// What goes wrong while a build writes.
const APPLY: &[Rule] = &[
    rule(
        "io",
        Error,
        "what the system refused",
        "The outputs are as they were before. Mend what the message says and build again.",
    ),
    rule(
        "unwritable",
        Error,
        "a folder that may not be written in",
        "Nothing was changed. Mend its permissions, or build as its owner.",
    ),
    rule(
        "bad-state",
        Error,
        "a `.recipe` that cannot be understood",
        "It says which files are ours. Restore it; without it, files that differ are kept until `--force`.",
    ),
    rule(
        "bad-journal",
        Error,
        "the journal of a cut-off build that cannot be understood",
        "It says what is half done. Remove it and build again.",
    ),
    rule(
        "cut-off",
        Warning,
        "a build that was killed before its end",
        "Its outputs are completed, or taken back, by the next build.",
    ),
];

/// Words of the command line.
const CALLS: &[Rule] = &[
    rule(
        "unknown-part",
        Error,
        "a word of the command line that names no part",
        "Nothing would be done. Mend it; values are set with `section:key=value`.",
    ),
    rule(
        "nothing-to-start",
        Error,
        "an `up` without a supervisor that it could start",
        "Nothing would run. Add a `supervisor` part, or name the one that is meant.",
    ),
    rule(
        "no-git",
        Error,
        "a `git` that does not run",
        "Revisions cannot be read without it. Install it, or compare with a folder.",
    ),
    rule(
        "no-repository",
        Error,
        "a project that is in no git repository",
        "It has no revisions. Compare with a folder.",
    ),
    rule(
        "no-revision",
        Error,
        "a revision that the repository has not",
        "There is nothing to compare with. In CI, fetch the history first.",
    ),
];
