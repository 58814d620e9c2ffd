//! What zdaemon's schema allows where: one table. It says names only; types are the reader's affair.

/// A type of section.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name.
    pub name: &'static str,
    /// Its keys.
    pub keys: &'static [&'static str],
    /// Whether it takes any key, as written, besides.
    pub any_key: bool,
    /// What may stand in it.
    pub sections: &'static [&'static str],
    /// Of which there may be more than one.
    pub many: bool,
    /// Keys of which there may be more than one.
    pub many_keys: &'static [&'static str],
    /// Keys that must be there.
    pub required: &'static [&'static str],
}

/// The handlers of an `<eventlog>`.
pub const HANDLERS: &[&str] = &["logfile", "syslog", "http-logger", "email-notifier", "win32-eventlog"];

const NONE: Kind =
    Kind { name: "", keys: &[], any_key: false, sections: &[], many: false, many_keys: &[], required: &[] };

const HANDLER: Kind = Kind { many: true, ..NONE };

/// All types; the first is the text itself.
pub const KINDS: &[Kind] = &[
    Kind { sections: &["runner", "environment", "eventlog"], ..NONE },
    Kind {
        name: "runner",
        keys: &[
            "program",
            "python",
            "zdrun",
            "socket-name",
            "daemon",
            "directory",
            "backoff-limit",
            "forever",
            "exit-codes",
            "start-test-program",
            "start-timeout",
            "stop-timeout",
            "user",
            "umask",
            "hang-around",
            "default-to-interactive",
            "logfile",
            "transcript",
            "prompt",
        ],
        sections: &["eventlog"],
        required: &["program"],
        ..NONE
    },
    Kind { name: "environment", any_key: true, ..NONE },
    Kind { name: "eventlog", keys: &["level"], sections: HANDLERS, ..NONE },
    // Known to the schema, and allowed nowhere in it.
    Kind { name: "logger", ..NONE },
    Kind {
        name: "logfile",
        keys: &[
            "formatter",
            "dateformat",
            "level",
            "style",
            "arbitrary-fields",
            "path",
            "old-files",
            "max-size",
            "when",
            "interval",
            "format",
            "encoding",
            "delay",
        ],
        required: &["path"],
        ..HANDLER
    },
    Kind {
        name: "syslog",
        keys: &["formatter", "dateformat", "level", "style", "arbitrary-fields", "facility", "address", "format"],
        ..HANDLER
    },
    Kind {
        name: "http-logger",
        keys: &["formatter", "dateformat", "level", "style", "arbitrary-fields", "url", "method", "format"],
        ..HANDLER
    },
    Kind {
        name: "email-notifier",
        keys: &[
            "formatter",
            "dateformat",
            "level",
            "style",
            "arbitrary-fields",
            "from",
            "to",
            "subject",
            "smtp-server",
            "smtp-username",
            "smtp-password",
            "format",
        ],
        many_keys: &["to"],
        required: &["from", "to"],
        ..HANDLER
    },
    Kind {
        name: "win32-eventlog",
        keys: &["formatter", "dateformat", "level", "style", "arbitrary-fields", "appname", "format"],
        ..HANDLER
    },
];

/// The type of this name.
pub fn kind(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

/// The names of all types.
pub fn names() -> Vec<&'static str> {
    let is_allowed = |kind: &&Kind| KINDS.iter().any(|outer| outer.sections.contains(&kind.name));
    KINDS.iter().filter(is_allowed).map(|kind| kind.name).collect()
}

/// Whether this can be the name of a key: a letter, then letters, digits, `-`, `.` and `_`.
pub fn is_key(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}
