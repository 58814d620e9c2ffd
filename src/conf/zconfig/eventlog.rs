//! `<eventlog>`: where the manager's own messages go, and in which form.

use std::fmt::Write as _;

use super::problem::Problem;
use super::values::Address;
use crate::conf::format::{Spec, Value};

/// An event log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLog {
    /// Messages below this level go nowhere; 0 takes all.
    pub level: i64,
    /// Where they go.
    pub handlers: Vec<Handler>,
}

/// One place where messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handler {
    /// Messages below this level do not go there.
    pub level: i64,
    /// Where.
    pub target: Target,
    /// How a message is written.
    pub format: Format,
}

/// Where messages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A file.
    File {
        /// As written.
        path: String,
        /// When it is rotated.
        rotation: Option<Rotation>,
        /// Whether it is made only when there is something to write.
        delay: bool,
    },
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// The system log.
    Syslog {
        /// The number of the facility.
        facility: u8,
        /// Where it listens.
        address: Address,
    },
}

/// When a log is rotated, and how many old ones are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// When it has grown.
    Size {
        /// Bytes from which on it is rotated.
        bytes: i64,
        /// How many are kept.
        old_files: i64,
    },
    /// When it is time.
    Time {
        /// How often.
        when: When,
        /// After how many of these.
        interval: i64,
        /// How many are kept.
        old_files: i64,
    },
}

/// A measure of time for rotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// `S`.
    Second,
    /// `M`.
    Minute,
    /// `H`.
    Hour,
    /// `D`: every 24 hours.
    Day,
    /// `midnight`.
    Midnight,
    /// `W0`, Monday, to `W6`, Sunday: at the end of that day.
    Weekday(u8),
}

impl When {
    /// Its seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Second => 1,
            Self::Minute => 60,
            Self::Hour => 60 * 60,
            Self::Day | Self::Midnight => 24 * 60 * 60,
            Self::Weekday(_) => 7 * 24 * 60 * 60,
        }
    }

    /// What is behind the name of an old log, in the terms of `strftime`.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Second => "%Y-%m-%d_%H-%M-%S",
            Self::Minute => "%Y-%m-%d_%H-%M",
            Self::Hour => "%Y-%m-%d_%H",
            Self::Day | Self::Midnight | Self::Weekday(_) => "%Y-%m-%d",
        }
    }
}

/// A measure by name, in any case.
pub fn when(text: &str) -> Result<When, Problem> {
    match text.to_uppercase().as_str() {
        "S" => Ok(When::Second),
        "M" => Ok(When::Minute),
        "H" => Ok(When::Hour),
        "D" => Ok(When::Day),
        "MIDNIGHT" => Ok(When::Midnight),
        other => {
            let day = other.strip_prefix('W').and_then(|day| day.parse().ok()).filter(|day| *day <= 6);
            day.map(When::Weekday).ok_or_else(|| Problem::BadWhen { text: text.to_owned() })
        }
    }
}

/// Facilities of the system log.
pub const FACILITIES: [(&str, u8); 20] = [
    ("auth", 4),
    ("authpriv", 10),
    ("cron", 9),
    ("daemon", 3),
    ("kern", 0),
    ("lpr", 6),
    ("mail", 2),
    ("news", 7),
    ("security", 4),
    ("syslog", 5),
    ("user", 1),
    ("uucp", 8),
    ("local0", 16),
    ("local1", 17),
    ("local2", 18),
    ("local3", 19),
    ("local4", 20),
    ("local5", 21),
    ("local6", 22),
    ("local7", 23),
];

/// A facility by name, in any case.
pub fn facility(text: &str) -> Result<u8, Problem> {
    let lower = text.to_lowercase();
    FACILITIES.iter().find(|(name, _)| *name == lower).map(|(_, number)| *number).ok_or(Problem::BadFacility)
}

/// How names stand in a `format`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `%(name)s`.
    Classic,
    /// `{name}`.
    Format,
    /// `$name` and `${name}`.
    Template,
    /// The same, where names that there are not stand for themselves.
    SafeTemplate,
}

/// A style by name, in any case.
pub fn style(text: &str) -> Result<Style, Problem> {
    match text.to_lowercase().as_str() {
        "classic" => Ok(Style::Classic),
        "format" => Ok(Style::Format),
        "template" => Ok(Style::Template),
        "safe-template" => Ok(Style::SafeTemplate),
        _ => Err(Problem::BadStyle { text: text.to_owned() }),
    }
}

/// What becomes of names in a format that messages do not have (`arbitrary-fields`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Others {
    /// They are errors.
    Refused,
    /// Somebody will know them.
    Taken,
}

/// How a message is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    pieces: Vec<Piece>,
    /// How `asctime` is written, in the terms of `strftime`.
    pub dateformat: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(String),
    Field(Field, Option<Spec>),
}

/// What is known of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Name,
    LevelNumber,
    LevelName,
    /// `pathname` and `filename`.
    File,
    Module,
    Function,
    Line,
    Created,
    Time,
    Millis,
    /// Milliseconds since the manager was started.
    Relative,
    /// `thread` and `process`.
    Process,
    ThreadName,
    ProcessName,
    /// `message` and `msg`.
    Message,
    /// What messages here never have: `exc_info`, `exc_text`, `stack_info`.
    None,
}

/// A message, as a format writes it.
#[derive(Clone, Copy, Debug)]
pub struct Record<'a> {
    /// Its level.
    pub level: i64,
    /// Its text.
    pub message: &'a str,
    /// When, as `dateformat` has it.
    pub time: &'a str,
    /// When, in milliseconds since 1970.
    pub millis: i64,
    /// The manager.
    pub process: i64,
    /// Milliseconds since it was started.
    pub uptime: i64,
}

/// `INFO` and the like.
pub fn level_name(level: i64) -> &'static str {
    match level {
        50.. => "CRITICAL",
        40..50 => "ERROR",
        30..40 => "WARNING",
        20..30 => "INFO",
        _ => "DEBUG",
    }
}

fn field(name: &str) -> Option<Field> {
    Some(match name {
        "name" => Field::Name,
        "levelno" => Field::LevelNumber,
        "levelname" => Field::LevelName,
        "pathname" | "filename" => Field::File,
        "module" => Field::Module,
        "funcName" => Field::Function,
        "lineno" => Field::Line,
        "created" => Field::Created,
        "asctime" => Field::Time,
        "msecs" => Field::Millis,
        "relativeCreated" => Field::Relative,
        "thread" | "process" => Field::Process,
        "threadName" => Field::ThreadName,
        "processName" => Field::ProcessName,
        "message" | "msg" => Field::Message,
        "exc_info" | "exc_text" | "stack_info" => Field::None,
        _ => return None,
    })
}

impl Format {
    /// Reads a `format`, in which `\n`, `\t`, `\b`, `\f` and `\r` stand for what they name, and a `dateformat`.
    ///
    /// Names of `others` are not known here, as no message has them: they are written as they stand there. (The original
    /// loses each message then.)
    pub fn parse(text: &str, style: Style, others: Others, dateformat: &str) -> Result<Self, Problem> {
        let text = unescape(text);
        let pieces = match style {
            Style::Classic => classic(&text, others),
            Style::Format => braces(&text, others),
            Style::Template => template(&text, others, false),
            Style::SafeTemplate => template(&text, others, true),
        };
        let pieces = pieces.map_err(|why| Problem::BadFormat { why })?;
        Ok(Self { pieces, dateformat: dateformat.to_owned() })
    }

    /// A message, written.
    pub fn write(&self, record: &Record<'_>) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Field(field, spec) => field.write(*spec, record, &mut out),
            }
        }
        out
    }
}

impl Field {
    fn write(self, spec: Option<Spec>, record: &Record<'_>, out: &mut String) {
        let value = self.value(record);
        let plain = |out: &mut String| match value {
            Value::Text(text) => out.push_str(text),
            Value::Integer(number) => {
                let _ = write!(out, "{number}");
            }
            Value::Table => {}
        };
        // A conversion was tried when it was read.
        match spec {
            Some(spec) if spec.format(value, out).is_ok() => {}
            _ => plain(out),
        }
    }

    fn value<'a>(self, record: &Record<'a>) -> Value<'a> {
        match self {
            Self::Name => Value::Text("root"),
            Self::LevelNumber => Value::Integer(record.level),
            Self::LevelName => Value::Text(level_name(record.level)),
            Self::File => Value::Text("zdrun.py"),
            Self::Module => Value::Text("zdrun"),
            Self::Function => Value::Text("run"),
            Self::Line => Value::Integer(0),
            Self::Created => Value::Integer(record.millis.div_euclid(1000)),
            Self::Time => Value::Text(record.time),
            Self::Millis => Value::Integer(record.millis.rem_euclid(1000)),
            Self::Relative => Value::Integer(record.uptime),
            Self::Process => Value::Integer(record.process),
            Self::ThreadName => Value::Text("MainThread"),
            Self::ProcessName => Value::Text("MainProcess"),
            Self::Message => Value::Text(record.message),
            Self::None => Value::Text("None"),
        }
    }
}

fn unescape(text: &str) -> String {
    let pairs = [("\\n", "\n"), ("\\t", "\t"), ("\\b", "\u{8}"), ("\\f", "\u{c}"), ("\\r", "\r")];
    pairs.iter().fold(text.to_owned(), |text, (written, meant)| text.replace(written, meant))
}

fn push_text(pieces: &mut Vec<Piece>, text: &str) {
    match pieces.last_mut() {
        _ if text.is_empty() => {}
        Some(Piece::Text(last)) => last.push_str(text),
        _ => pieces.push(Piece::Text(text.to_owned())),
    }
}

/// The field of a name, or nothing if it is another's.
fn known(name: &str, others: Others) -> Result<Option<Field>, String> {
    match (field(name), others) {
        // A `KeyError` of Python, as the original prints it.
        (None, Others::Refused) => Err(crate::conf::python::repr(name)),
        (field, _) => Ok(field),
    }
}

fn classic(text: &str, others: Others) -> Result<Vec<Piece>, String> {
    let trial = Record { level: 20, message: "m", time: "t", millis: 1, process: 1, uptime: 1 };
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        push_text(&mut pieces, &rest[..percent]);
        let after = &rest[percent + 1..];
        if let Some(after) = after.strip_prefix('%') {
            push_text(&mut pieces, "%");
            rest = after;
            continue;
        }
        let name = after.strip_prefix('(').ok_or("format requires a mapping")?;
        let end = name.find(')').ok_or("incomplete format key")?;
        let (spec, length) = Spec::parse(&name[end + 1..]).map_err(|_| "incomplete format")?;
        let field = known(&name[..end], others)?;
        // The original tries others' with this number.
        let value = field.map_or(Value::Integer(42), |field| field.value(&trial));
        spec.format(value, &mut String::new()).map_err(|why| {
            why.unwrap_or_else(|| {
                format!("unsupported format character {}", crate::conf::python::repr(&spec.letter().to_string()))
            })
        })?;
        let (written, after) = rest[percent..].split_at("%()".len() + end + length);
        match field {
            Some(field) => pieces.push(Piece::Field(field, Some(spec))),
            None => push_text(&mut pieces, written),
        }
        rest = after;
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

fn braces(text: &str, others: Others) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(brace) = rest.find(['{', '}']) {
        push_text(&mut pieces, &rest[..brace]);
        let (mark, after) = rest[brace..].split_at(1);
        if let Some(after) = after.strip_prefix(mark) {
            push_text(&mut pieces, mark);
            rest = after;
            continue;
        }
        if mark == "}" {
            return Err("Single '}' encountered in format string".to_owned());
        }
        let end = after.find('}').ok_or("expected '}' before end of string")?;
        let name = &after[..end];
        if name.contains([':', '!', '.', '[']) {
            return Err(format!("conversions such as {{{name}}} are not built in"));
        }
        match known(name, others)? {
            Some(field) => pieces.push(Piece::Field(field, None)),
            None => push_text(&mut pieces, &rest[brace..brace + end + 2]),
        }
        rest = &after[end + 1..];
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

fn template(text: &str, others: Others, is_safe: bool) -> Result<Vec<Piece>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        push_text(&mut pieces, &rest[..dollar]);
        let after = &rest[dollar + 1..];
        if let Some(after) = after.strip_prefix('$') {
            push_text(&mut pieces, "$");
            rest = after;
            continue;
        }
        let braced = after.strip_prefix('{');
        let name = braced.unwrap_or(after);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(name.len());
        let is_whole = end > 0 && !name.starts_with(|c: char| c.is_ascii_digit());
        let is_closed = braced.is_none() || name[end..].starts_with('}');
        let length = 1 + end + if braced.is_some() { 2 } else { 0 };
        match field(&name[..end]).filter(|_| is_whole && is_closed) {
            Some(field) => {
                pieces.push(Piece::Field(field, None));
                rest = &rest[dollar + length..];
            }
            None if is_safe => {
                push_text(&mut pieces, "$");
                rest = after;
            }
            None if is_whole && is_closed && others == Others::Taken => {
                push_text(&mut pieces, &rest[dollar..dollar + length]);
                rest = &rest[dollar + length..];
            }
            None if is_whole && is_closed => return Err(crate::conf::python::repr(&name[..end])),
            None => return Err("Invalid placeholder in string".to_owned()),
        }
    }
    push_text(&mut pieces, rest);
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const RECORD: Record<'_> = Record { level: 20, message: "hello", time: "T", millis: 1234, process: 7, uptime: 5 };

    fn of(text: &str, style: Style) -> Result<String, String> {
        Format::parse(text, style, Others::Refused, "")
            .map(|format| format.write(&RECORD))
            .map_err(|why| why.to_string())
    }

    #[test]
    fn styles_write_what_they_name() {
        let classic = r"------\n%(asctime)s %(levelname)-8s %(name)s %(msecs)03d%% %(message)s";
        assert_eq!(of(classic, Style::Classic).unwrap(), "------\nT INFO     root 234% hello");
        assert_eq!(of("{levelno} {{{message}}}", Style::Format).unwrap(), "20 {hello}");
        assert_eq!(of("$process ${message}$$", Style::Template).unwrap(), "7 hello$");
        assert_eq!(of("$nobody $message ${", Style::SafeTemplate).unwrap(), "$nobody hello ${");
    }

    #[test]
    fn names_that_there_are_not_are_refused() {
        assert_eq!(of("%(nobody)s", Style::Classic).unwrap_err(), "'nobody'");
        assert_eq!(of("%(message)d", Style::Classic).unwrap_err(), "%d format: a real number is required, not str");
        assert_eq!(of("%d", Style::Classic).unwrap_err(), "format requires a mapping");
        assert_eq!(of("{nobody}", Style::Format).unwrap_err(), "'nobody'");
        assert_eq!(of("$-", Style::Template).unwrap_err(), "Invalid placeholder in string");
    }

    #[test]
    fn names_of_others_stay_as_they_are() {
        let of = |text: &str, style| {
            let format = Format::parse(text, style, Others::Taken, "");
            format.map(|format| format.write(&RECORD)).map_err(|why| why.to_string())
        };
        assert_eq!(of("a %(nobody)5.1f%% %(message)s", Style::Classic).unwrap(), "a %(nobody)5.1f% hello");
        assert_eq!(of("%(nobody)y", Style::Classic).unwrap_err(), "unsupported format character 'y'");
        assert_eq!(of("{{é{nobody} {message}", Style::Format).unwrap(), "{é{nobody} hello");
        assert_eq!(of("é${nobody} $nobody.$message", Style::Template).unwrap(), "é${nobody} $nobody.hello");
        assert_eq!(of("$-", Style::Template).unwrap_err(), "Invalid placeholder in string");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_format_panic(text in "([%(){}$]|message|\\PC){0,12}") {
            for style in [Style::Classic, Style::Format, Style::Template, Style::SafeTemplate] {
                let _ = of(&text, style);
                let _ = Format::parse(&text, style, Others::Taken, "");
            }
        }
    }
}
