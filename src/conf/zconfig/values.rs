//! The types of values, each from its text.

use super::problem::Problem;
use crate::conf::python::{self, is_space};

/// `yes`, `true`, `on`, `no`, `false`, `off`, in any case.
pub fn boolean(text: &str) -> Result<bool, Problem> {
    match text.to_lowercase().as_str() {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err(Problem::NotABoolean { text: text.to_owned() }),
    }
}

/// A whole number.
pub fn integer(text: &str) -> Result<i64, Problem> {
    in_base(text, text, 10)
}

fn in_base(text: &str, shown: &str, base: u32) -> Result<i64, Problem> {
    python::int(text, base).map_err(|why| Problem::NotAnInteger { text: shown.to_owned(), base, why })
}

/// Whole numbers between commas; none in an empty text.
pub fn integers(text: &str) -> Result<Vec<i64>, Problem> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(integer).collect()
}

/// A file mode mask in base 8.
pub fn umask(text: &str) -> Result<u32, Problem> {
    let why = python::NotInteger::TooLarge;
    let number = in_base(text, text, 8)?;
    u32::try_from(number).map_err(|_| Problem::NotAnInteger { text: text.to_owned(), base: 8, why })
}

/// Bytes, with an optional unit `kb`, `mb` or `gb` in any case.
pub fn byte_size(text: &str) -> Result<i64, Problem> {
    let lower = text.to_lowercase();
    for (unit, factor) in [("kb", 1_i64 << 10), ("mb", 1 << 20), ("gb", 1 << 30)] {
        if let Some(number) = lower.strip_suffix(unit) {
            let why = python::NotInteger::TooLarge;
            let too_large = Problem::NotAnInteger { text: text.to_owned(), base: 10, why };
            return integer(number)?.checked_mul(factor).ok_or(too_large);
        }
    }
    integer(&lower)
}

/// Levels by name, and their numbers.
const LEVELS: [(&str, i64); 11] = [
    ("critical", 50),
    ("fatal", 50),
    ("error", 40),
    ("warn", 30),
    ("warning", 30),
    ("info", 20),
    ("blather", 15),
    ("debug", 10),
    ("trace", 5),
    ("all", 1),
    ("notset", 0),
];

/// A level by name, in any case, or 0 to 50.
pub fn level(text: &str) -> Result<i64, Problem> {
    let lower = text.to_lowercase();
    if let Some((_, level)) = LEVELS.iter().find(|(name, _)| *name == lower) {
        return Ok(*level);
    }
    match integer(&lower)? {
        level @ 0..=50 => Ok(level),
        level => Err(Problem::LevelRange { level }),
    }
}

/// Where the system log listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The path of a socket.
    Unix(String),
    /// Host and port.
    Inet(String, u16),
}

/// The port of the system log.
const SYSLOG_PORT: u16 = 514;

/// A path, a host, a port or both.
pub fn address(text: &str) -> Result<Address, Problem> {
    if text.contains('/') {
        return Ok(Address::Unix(text.to_owned()));
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || (host.starts_with('[') && host.ends_with(']')) => {
            let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
            (host, if port.is_empty() { None } else { Some(self::port(port)?) })
        }
        Some(_) => (text, None),
        None => match self::port(text) {
            Ok(port) => ("", Some(port)),
            Err(Problem::NotAnInteger { .. }) if text.split(is_space).filter(|word| !word.is_empty()).count() == 1 => {
                (text, None)
            }
            Err(Problem::NotAnInteger { .. }) => return Err(Problem::BadHost { text: text.to_owned() }),
            Err(problem) => return Err(problem),
        },
    };
    Ok(Address::Inet(host.to_lowercase(), port.unwrap_or(SYSLOG_PORT)))
}

fn port(text: &str) -> Result<u16, Problem> {
    let port = integer(text)?;
    u16::try_from(port).map_err(|_| Problem::PortRange { port })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn why<T: std::fmt::Debug>(result: Result<T, Problem>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn texts_to_values() {
        assert_eq!(boolean("ON"), Ok(true));
        assert_eq!(why(boolean("1")), "not a valid boolean value: '1'");
        assert_eq!(why(integer("x")), "invalid literal for int() with base 10: 'x'");
        assert_eq!(integers("0, 2"), Ok(vec![0, 2]));
        assert_eq!(integers(""), Ok(vec![]));
        assert_eq!(why(integers("1,")), "invalid literal for int() with base 10: ''");
        assert_eq!(umask("0o22"), Ok(0o22));
        assert_eq!(why(umask("9")), "invalid literal for int() with base 8: '9'");
        assert_eq!(byte_size("2MB"), Ok(2 << 20));
        assert_eq!(why(byte_size("1.5MB")), "invalid literal for int() with base 10: '1.5'");
        assert_eq!(level("Warn"), Ok(30));
        assert_eq!(why(level("51")), "log level not in range: 51");
        assert_eq!(why(level("x")), "invalid literal for int() with base 10: 'x'");
    }

    #[test]
    fn addresses_of_the_system_log() {
        let inet = |host: &str, port| Ok(Address::Inet(host.to_owned(), port));
        assert_eq!(address("/dev/log"), Ok(Address::Unix("/dev/log".to_owned())));
        assert_eq!(address("LocalHost:514"), inet("localhost", 514));
        assert_eq!(address("host"), inet("host", 514));
        assert_eq!(address("99"), inet("", 99));
        assert_eq!(address("[::1]:9"), inet("::1", 9));
        assert_eq!(address("::1"), inet("::1", 514));
        assert_eq!(why(address("h:70000")), "70000 is above upper bound (65535)");
        assert_eq!(why(address("a b")), "not a valid host name: 'a b'");
    }

    proptest! {
        #[test]
        fn no_text_makes_a_type_panic(text in "\\PC{0,12}|[0-9_+:,*/ -]{0,12}") {
            let _ = (boolean(&text), integers(&text), umask(&text), byte_size(&text), level(&text), address(&text));
        }
    }
}
