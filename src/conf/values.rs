//! Option values from text: the converters of Supervisor, each refusing what the original refuses, in its words.
//!
//! What needs the host (does this folder, this user exist) is no matter of these functions; see [`super::check`].

use super::environment;
use super::events;
use super::expand::{self, Environ, Label, Scope, expand};
use super::format::Value;
use super::model::{Autorestart, LogLevel};
use super::options::{Opt, Section, Type};
use super::problem::Problem;
use super::python::{NotInteger, int, strip};
use super::signals;

const TRUTHY: [&str; 4] = ["yes", "true", "on", "1"];
const FALSY: [&str; 4] = ["no", "false", "off", "0"];

/// Whether `text` would be accepted as the value of `option` in a section of this kind, as far as that can be told
/// without the host and the environment: its expansions are well-formed and use known names, and, where they are numbers
/// or there are none, it is of the option's type.
pub fn check_option(option: &Opt, section: Section, text: &str) -> Result<(), Problem> {
    let environ = Environ::default();
    let scope = option.names(section).iter().fold(Scope::new(&environ).with_any_variable(), |scope, name| {
        scope.with(name, if is_number(name) { Value::Integer(0) } else { Value::Text("") })
    });
    let label = Label::Option { section: section.word(), option: option.name };
    let mut expanded = text.to_owned();
    for _ in 0..option.expansions {
        expanded = expand(&expanded, &scope, label)?.into_owned();
    }
    let is_settled = expand::names(text).iter().all(|(name, _)| is_number(name));
    if is_settled { check_expanded(option.ty, &expanded) } else { Ok(()) }
}

/// Whether an expansion is a number, whatever else is not known.
fn is_number(name: &str) -> bool {
    matches!(name, "process_num" | "numprocs")
}

/// As [`check_option`], where only the type is known: a text that holds `%(` is taken for good.
pub fn check(ty: Type, text: &str) -> Result<(), Problem> {
    if text.contains("%(") { Ok(()) } else { check_expanded(ty, &text.replace("%%", "%")) }
}

/// Whether `text`, already expanded, would be accepted for an option of type `ty`, as far as that can be told without
/// the host.
pub fn check_expanded(ty: Type, text: &str) -> Result<(), Problem> {
    match ty {
        Type::Integer => integer(text).map(drop),
        Type::Boolean => boolean(text).map(drop),
        Type::ByteSize => byte_size(text).map(drop),
        Type::Octal => octal(text).map(drop),
        Type::ExitCodes => exit_codes(text).map(drop),
        Type::Signal => signal(text).map(drop),
        Type::Name => name(text).map(drop),
        Type::LogLevel => log_level(text).map(drop),
        Type::Autorestart => autorestart(text).map(drop),
        Type::InetAddress => inet_address(text).map(drop),
        Type::Backlog => backlog(text).map(drop),
        Type::Environment => environment::parse(text).map(drop),
        Type::EventTypes => event_types(text).try_for_each(|(_, name)| event_type(&name)),
        Type::Socket => socket(text).map(drop),
        Type::Text
        | Type::Command
        | Type::List
        | Type::Path
        | Type::Directory
        | Type::MainLog
        | Type::ChildLog
        | Type::User
        | Type::UserGroup
        | Type::Url
        | Type::Factory
        | Type::Patterns => Ok(()),
    }
}

/// The words that a value of a type can be, where they are few: the usual ones first.
pub fn words(ty: Type) -> Vec<&'static str> {
    match ty {
        Type::Boolean => ["true", "false"].into_iter().chain(unusual()).collect(),
        Type::Autorestart => ["true", "false", "unexpected"].into_iter().chain(unusual()).collect(),
        Type::LogLevel => LOG_LEVELS.iter().map(|(name, _)| *name).collect(),
        Type::EventTypes => events::EVENT_TYPES.to_vec(),
        Type::Signal => signals::names().collect(),
        Type::ChildLog => vec!["AUTO", "NONE"],
        Type::MainLog => vec!["syslog"],
        _ => Vec::new(),
    }
}

/// Other words for `true` and `false`.
fn unusual() -> impl Iterator<Item = &'static str> {
    TRUTHY.into_iter().chain(FALSY).filter(|word| !["true", "false"].contains(word))
}

/// A whole number. Those of Python know no bounds: one that does not fit is the largest, or the least, that does.
pub fn integer(text: &str) -> Result<i64, Problem> {
    let digits = || text.chars().filter(char::is_ascii_digit).count();
    match int(text, 10) {
        Err(NotInteger::Malformed) => Err(Problem::NotAnInteger { text: text.to_owned() }),
        _ if text.len() > MOST_DIGITS && digits() > MOST_DIGITS => Err(Problem::IntegerTooLong { digits: digits() }),
        Err(NotInteger::TooLarge) if strip(text).starts_with('-') => Ok(i64::MIN),
        Err(NotInteger::TooLarge) => Ok(i64::MAX),
        Ok(number) => Ok(number),
    }
}

/// Python reads no number of more digits.
const MOST_DIGITS: usize = 4300;

/// `yes`, `true`, `on`, `1` or `no`, `false`, `off`, `0`, in any case.
pub fn boolean(text: &str) -> Result<bool, Problem> {
    truth(text).ok_or_else(|| Problem::NotABoolean { text: text.to_owned() })
}

fn truth(text: &str) -> Option<bool> {
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if TRUTHY.iter().any(is) {
        Some(true)
    } else if FALSY.iter().any(is) {
        Some(false)
    } else {
        None
    }
}

/// Bytes, with an optional unit `kb`, `mb` or `gb` in any case. Blanks may stand before the unit.
pub fn byte_size(text: &str) -> Result<i64, Problem> {
    let lower = text.to_lowercase();
    let number = |number: &str| {
        integer(number).map_err(|problem| match problem {
            Problem::NotAnInteger { text: number } => Problem::NotAByteSize { number, text: text.to_owned() },
            other => other,
        })
    };
    for (unit, factor) in UNITS {
        if let Some(digits) = lower.strip_suffix(unit) {
            return Ok(number(digits)?.saturating_mul(factor));
        }
    }
    number(&lower)
}

/// Units of [`byte_size`] and what they count.
const UNITS: [(&str, i64); 3] = [("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30)];

/// The size that a text which [`byte_size`] does not read may mean: `5M`, `5 MiB`, `1.5GB`.
pub fn nearest_byte_size(text: &str) -> Option<String> {
    let lower = text.trim().to_lowercase();
    let (number, unit) = lower.split_at(lower.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(lower.len()));
    let unit = unit.trim_start();
    let (at, factor) = match unit {
        "" | "b" | "byte" | "bytes" => (None, 1),
        _ => {
            let is_unit = |(name, _): &(&str, i64)| [&name[..1], name, &format!("{}ib", &name[..1])].contains(&unit);
            let (name, factor) = UNITS.into_iter().find(is_unit)?;
            (Some(name.to_uppercase()), factor)
        }
    };
    if let Ok(number) = number.parse::<i64>() {
        return Some(format!("{number}{}", at.unwrap_or_default()));
    }
    let (whole, fraction) = number.split_once('.')?;
    let thousandths = format!("{fraction:0<3}").get(..3)?.parse::<i64>().ok()?;
    let bytes = whole.parse::<i64>().ok()?.checked_mul(factor)?.checked_add(thousandths.checked_mul(factor)? / 1000)?;
    Some(byte_size_text(bytes))
}

/// The shortest text that [`byte_size`] reads as `bytes`.
pub fn byte_size_text(bytes: i64) -> String {
    for (unit, factor) in UNITS.into_iter().rev() {
        if bytes != 0 && bytes % factor == 0 {
            return format!("{}{}", bytes / factor, unit.to_uppercase());
        }
    }
    bytes.to_string()
}

/// A number in base 8: a file mode or a mask.
pub fn octal(text: &str) -> Result<u32, Problem> {
    let number = int(text, 8).ok().and_then(|n| u32::try_from(n).ok());
    number.ok_or_else(|| Problem::NotOctal { text: text.to_owned() })
}

/// Exit codes 0 to 255 between commas; none in an empty text.
pub fn exit_codes(text: &str) -> Result<Vec<i64>, Problem> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let code = |item: &str| int(item, 10).ok().filter(|code| (0..=255).contains(code));
    let codes: Option<Vec<i64>> = text.split(',').map(code).collect();
    codes.ok_or_else(|| Problem::NotExitCodes { text: text.to_owned() })
}

/// The number of a signal: a known number (0, which no process feels, counts as known), or a name in any case with
/// or without `SIG`.
pub fn signal(text: &str) -> Result<i32, Problem> {
    if let Ok(number) = int(text, 10) {
        let known = i32::try_from(number).ok().filter(|n| *n == 0 || signals::name(*n).is_some());
        return known.ok_or_else(|| Problem::UnknownSignalNumber { text: text.to_owned() });
    }
    let name = strip(text).to_uppercase();
    signals::number_by_attribute(&name).ok_or_else(|| Problem::UnknownSignalName { text: text.to_owned() })
}

/// The text that [`signal`] reads as `number`.
pub fn signal_text(number: i32) -> String {
    signals::name(number).map_or_else(|| number.to_string(), str::to_owned)
}

/// Items between commas without the blanks around them, each with its offset in `text`; none in an empty text.
pub fn list(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    text.split(',').filter(move |_| !text.is_empty()).map(move |item| {
        let start = at + (item.len() - item.trim_start_matches(super::python::is_space).len());
        at += item.len() + 1;
        (start, strip(item))
    })
}

/// The name of a program, group or process, without the blanks around it.
pub fn name(text: &str) -> Result<&str, Problem> {
    let stripped = strip(text);
    match [' ', ':', '/'].into_iter().find(|c| stripped.contains(*c)) {
        Some(character) => Err(Problem::InvalidName { name: text.to_owned(), character }),
        None => Ok(stripped),
    }
}

/// Levels by the names that the file uses, most urgent first.
pub const LOG_LEVELS: [(&str, LogLevel); 7] = [
    ("critical", LogLevel::Critical),
    ("error", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Trace),
    ("blather", LogLevel::Blather),
];

/// A level of the main log, in any case.
pub fn log_level(text: &str) -> Result<LogLevel, Problem> {
    let level = LOG_LEVELS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name));
    level.map(|(_, level)| *level).ok_or_else(|| Problem::UnknownLogLevel { text: text.to_owned() })
}

/// The name of a level.
pub fn log_level_text(level: LogLevel) -> &'static str {
    LOG_LEVELS.iter().find(|(_, l)| *l == level).map_or("info", |(name, _)| name)
}

/// A truth value or `unexpected`, in any case.
pub fn autorestart(text: &str) -> Result<Autorestart, Problem> {
    match truth(text) {
        Some(true) => Ok(Autorestart::Always),
        Some(false) => Ok(Autorestart::Never),
        None if text.eq_ignore_ascii_case("unexpected") => Ok(Autorestart::Unexpected),
        None => Err(Problem::BadAutorestart { text: text.to_lowercase() }),
    }
}

/// The text that [`autorestart`] reads as `value`.
pub fn autorestart_text(value: Autorestart) -> &'static str {
    match value {
        Autorestart::Always => "true",
        Autorestart::Never => "false",
        Autorestart::Unexpected => "unexpected",
    }
}

/// `PORT` or `HOST:PORT`: the host in lower case, empty for all interfaces (also written `*`), and the port.
pub fn inet_address(text: &str) -> Result<(String, u16), Problem> {
    let Some((host, port)) = text.rsplit_once(':') else {
        let port = port(text).map_err(|_| Problem::BadPort { text: text.to_owned() })?;
        return Ok((String::new(), port));
    };
    if port.is_empty() {
        return Err(Problem::NoPort);
    }
    let port = self::port(port)?;
    Ok((if host == "*" { String::new() } else { host.to_lowercase() }, port))
}

/// A port, 1 to 65535.
fn port(text: &str) -> Result<u16, Problem> {
    match integer(text)? {
        number if number < 1 => Err(Problem::BelowBound { number, bound: 1 }),
        number => u16::try_from(number).map_err(|_| Problem::AboveBound { number, bound: 65535 }),
    }
}

/// `socket_backlog`: 1 to 65535.
pub fn backlog(text: &str) -> Result<i64, Problem> {
    let number = integer(text)?;
    if (1..=65535).contains(&number) { Ok(number) } else { Err(Problem::BadBacklog { number }) }
}

/// Event type names between commas, in upper case, each with its offset in `text`.
pub fn event_types(text: &str) -> impl Iterator<Item = (usize, String)> {
    list(text).map(|(at, name)| (at, name.to_uppercase()))
}

fn event_type(name: &str) -> Result<(), Problem> {
    if events::is_event_type(name) {
        Ok(())
    } else {
        Err(Problem::UnknownEventType { name: name.to_owned(), section: "eventlistener".to_owned() })
    }
}

/// What `socket` of a `[fcgi-program:NAME]` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketName {
    /// `tcp://host:port`, the host in lower case.
    Tcp(String, u16),
    /// `unix:///path`, as written.
    Unix(String),
}

/// `tcp://host:port` or `unix:///path`.
pub fn socket(text: &str) -> Result<SocketName, Problem> {
    if let Some(path) = text.strip_prefix("unix://") {
        if !path.starts_with('/') {
            return Err(Problem::RelativeSocketPath { path: path.to_owned() });
        }
        return Ok(SocketName::Unix(path.to_owned()));
    }
    let bad = || Problem::BadSocketFormat { text: text.to_owned() };
    let (host, digits) = text.strip_prefix("tcp://").and_then(|t| t.split_once(':')).ok_or_else(bad)?;
    let host_is_good = !host.is_empty() && !host.contains(super::python::is_space);
    if !host_is_good || digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    Ok(SocketName::Tcp(host.to_lowercase(), port(digits)?))
}

/// What a `stdout_logfile` or `stderr_logfile` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChildLogName<'a> {
    /// `none` or `off`.
    None,
    /// `auto`.
    Auto,
    /// `syslog`, a deprecated way to say `stdout_syslog=true`.
    Syslog,
    /// A path, not yet expanded.
    Path(&'a str),
}

/// `none`, `off`, `auto`, `syslog`, in any case, or a path.
pub fn child_log(text: &str) -> ChildLogName<'_> {
    match text.to_ascii_lowercase().as_str() {
        "none" | "off" => ChildLogName::None,
        "auto" => ChildLogName::Auto,
        "syslog" => ChildLogName::Syslog,
        _ => ChildLogName::Path(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::options;
    use super::*;
    use proptest::prelude::*;

    fn text<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn numbers() {
        assert_eq!(integer(" 1_0 "), Ok(10));
        assert_eq!(integer("99999999999999999999"), Ok(i64::MAX));
        assert_eq!(integer(" -99999999999999999999"), Ok(i64::MIN));
        assert_eq!(integer(&"0".repeat(4300)), Ok(0));
        let message = "Exceeds the limit (4300 digits) for integer string conversion: value has 4301 digits; use \
                       sys.set_int_max_str_digits() to increase the limit";
        assert_eq!(text(integer("0_".repeat(4301).trim_end_matches('_'))), message);
        assert_eq!(byte_size("99999999999GB"), Ok(i64::MAX));
        assert_eq!(text(integer("q")), "invalid literal for int() with base 10: 'q'");
        assert_eq!(byte_size("50 mb"), Ok(50 << 20));
        assert_eq!(byte_size("-1KB"), Ok(-1024));
        assert_eq!(text(byte_size("1.5MB")), "invalid literal for int() with base 10: '1.5'");
        assert_eq!(text(byte_size("1B")), "invalid literal for int() with base 10: '1b'");
        assert_eq!(octal("0o22"), Ok(18));
        assert_eq!(text(octal("9")), "9 can not be converted to an octal type");
        assert_eq!(exit_codes(""), Ok(vec![]));
        assert_eq!(exit_codes(" 0, 2"), Ok(vec![0, 2]));
        assert_eq!(text(exit_codes("256")), "not a valid list of exit codes: '256'");
        assert_eq!(text(exit_codes("1,")), "not a valid list of exit codes: '1,'");
        assert_eq!(text(backlog("0")), "Invalid socket_backlog value 0");
    }

    #[test]
    fn words() {
        assert_eq!(boolean("YES"), Ok(true));
        assert_eq!(text(boolean("foo")), "not a valid boolean value: 'foo'");
        assert_eq!(signal(" sigrtmin "), Ok(34));
        assert_eq!(signal("9"), Ok(9));
        assert_eq!(signal("0"), Ok(0));
        assert_eq!((signal("_dfl"), signal("SIG_SETMASK")), (Ok(0), Ok(2)));
        assert_eq!(text(signal("FOO")), "value 'FOO' is not a valid signal name");
        assert_eq!(text(signal("40")), "value '40' is not a valid signal number");
        assert_eq!(autorestart("Unexpected"), Ok(Autorestart::Unexpected));
        assert_eq!(text(autorestart("Foo")), "invalid 'autorestart' value 'foo'");
        assert_eq!(text(log_level("foo")), "bad logging level name 'foo'");
        assert_eq!(name(" a "), Ok("a"));
        assert_eq!(text(name("a b")), "Invalid name: 'a b' because of character: ' '");
        assert_eq!(list("a, b,").collect::<Vec<_>>(), [(0, "a"), (3, "b"), (5, "")]);
        assert_eq!(list("").count(), 0);
    }

    #[test]
    fn addresses() {
        assert_eq!(inet_address("*:9001"), Ok((String::new(), 9001)));
        assert_eq!(inet_address("LocalHost:9001"), Ok(("localhost".to_owned(), 9001)));
        assert_eq!(inet_address("::1:9001"), Ok(("::1".to_owned(), 9001)));
        assert_eq!(text(inet_address("foo")), "not a valid port number: 'foo' ");
        assert_eq!(text(inet_address("a:")), "no port number specified in ''");
        assert_eq!(text(inet_address("a:70000")), "70000 is above upper bound (65535)");
        assert_eq!(text(inet_address("a:0")), "0 is below lower bound (1)");
        assert_eq!(socket("tcp://H:80"), Ok(SocketName::Tcp("h".to_owned(), 80)));
        assert_eq!(text(socket("foo")), "('Bad socket format %s', 'foo')");
        assert_eq!(text(socket("unix://x")), "('Unix socket path %s is not an absolute path', 'x')");
    }

    #[test]
    fn a_type_is_checked_as_far_as_it_can_be() {
        assert_eq!(check(Type::Integer, "%(ENV_X)s"), Ok(()));
        assert!(check(Type::Integer, "x").is_err());
        assert!(check(Type::EventTypes, "TICK_5,foo").is_err());
        assert!(check(Type::Environment, "A").is_err());
        assert!(check(Type::Text, "x").is_ok());
    }

    #[test]
    fn a_value_is_checked_with_its_expansions() {
        let check = |section: Section, name: &str, text: &str| {
            check_option(options::find(section, name).unwrap(), section, text).map_err(|problem| problem.to_string())
        };
        assert_eq!(check(Section::Program, "startsecs", "%(ENV_X)s"), Ok(()));
        assert_eq!(check(Section::Program, "stdout_logfile", "/l/%(process_num)02d"), Ok(()));
        assert!(check(Section::Program, "startsecs", "%%").is_err());
        assert!(check(Section::Program, "stdout_logfile", "50%%").is_err());
        assert_eq!(check(Section::Program, "stdout_logfile", "50%%%%"), Ok(()));
        let message = "Format string '%(here)s' for 'inet_http_server.port' contains names ('here') which cannot be \
                       expanded. Available names: ";
        assert_eq!(check(Section::InetHttpServer, "port", "%(here)s"), Err(message.to_owned()));
    }

    proptest! {
        #[test]
        fn no_text_makes_a_converter_panic(text in "\\PC{0,12}|[0-9_+:,*/ -]{0,12}") {
            for ty in Type::ALL {
                let _ = check(*ty, &text);
            }
            for option in options::OPTIONS {
                let _ = check_option(option, option.sections[0], &text);
            }
        }

        #[test]
        fn what_is_written_is_read(bytes: i64, number in 1..=31) {
            prop_assert_eq!(byte_size(&byte_size_text(bytes)), Ok(bytes));
            prop_assert_eq!(signal(&signal_text(number)), Ok(number));
        }
    }

    #[test]
    fn sizes_that_are_none_may_mean_one() {
        let cases =
            [("5M", "5MB"), ("5 MiB", "5MB"), ("1.5GB", "1536MB"), ("10 bytes", "10"), ("7k", "7KB"), ("0.5", "0")];
        for (text, nearest) in cases {
            assert_eq!(nearest_byte_size(text).as_deref(), Some(nearest), "{text}");
            assert!(byte_size(nearest).is_ok());
        }
        for text in ["5XB", "MB", "", "1.2.3MB", "ü", ".5MB", "99999999999999999999.5GB", "five MB"] {
            assert_eq!(nearest_byte_size(text), None, "{text}");
        }
    }
}
