//! Values of options.

use std::time::Duration;

use super::Stop;
use crate::base::python::{int, repr};
use crate::cli::getopt::Given;
use crate::conf::values::byte_size;

/// `NAME=SIZE`.
pub(super) fn name_and_size<K>(option: &Given<K>) -> Result<(String, i64), Stop> {
    let mut parts = option.value.split('=');
    match (parts.next(), parts.next(), parts.next()) {
        (Some(name), Some(text), None) => Ok((name.to_owned(), size(option, text)?)),
        _ => Err(Stop::Usage(Some(format!("Unparseable value {} for {}", repr(&option.value), repr(&option.name))))),
    }
}

/// Bytes, with an optional unit.
pub(super) fn size<K>(option: &Given<K>, text: &str) -> Result<i64, Stop> {
    let wrong = |_| Stop::Usage(Some(format!("Unparseable byte_size in {} for {}", repr(text), repr(&option.name))));
    byte_size(text).map_err(wrong)
}

/// Seconds, with an optional unit.
pub(super) fn seconds<K>(option: &Given<K>) -> Result<i64, Stop> {
    parse_seconds(&option.value).ok_or_else(|| {
        Stop::Usage(Some(format!("Unparseable value for time in {} for {}", repr(&option.value), option.name)))
    })
}

fn parse_seconds(text: &str) -> Option<i64> {
    let lower = text.to_lowercase();
    for (unit, factor) in [('s', 1), ('m', 60), ('h', 3600), ('d', 86_400)] {
        if let Some(number) = lower.strip_suffix(unit) {
            return int(number, 10).ok()?.checked_mul(factor);
        }
    }
    int(&lower, 10).ok()
}

/// A time that is not below zero.
pub(super) fn time<K>(option: &Given<K>) -> Result<Duration, Stop> {
    let time = u64::try_from(seconds(option)?).ok().map(Duration::from_secs);
    time.ok_or_else(|| {
        Stop::Usage(Some(format!("Unparseable value for time in {} for {}", repr(&option.value), option.name)))
    })
}

/// `COUNT/TIME`: so often in that time.
pub(super) fn restarts<K>(option: &Given<K>) -> Result<(usize, Duration), Stop> {
    let read = || {
        let (count, time) = option.value.split_once('/')?;
        let time = u64::try_from(parse_seconds(time)?).ok().filter(|time| *time > 0)?;
        Some((count.trim().parse().ok()?, Duration::from_secs(time)))
    };
    let wrong =
        || format!("Unparseable value {} for {}: expected COUNT/TIME, as in 3/1h", repr(&option.value), option.name);
    read().ok_or_else(|| Stop::Usage(Some(wrong())))
}

/// A whole number, as Python reads it.
pub(super) fn number(text: &str) -> Result<i64, Stop> {
    int(text, 10)
        .map_err(|_| Stop::Value(format!("ValueError: invalid literal for int() with base 10: {}", repr(text))))
}

/// A number, as Python reads it.
pub(super) fn float(text: &str) -> Option<f64> {
    let text = crate::base::python::strip(text);
    let is_between_digits = |at: usize| {
        let digit = |at: Option<usize>| at.and_then(|at| text.as_bytes().get(at)).is_some_and(u8::is_ascii_digit);
        digit(at.checked_sub(1)) && digit(at.checked_add(1))
    };
    let is_well_formed = text.match_indices('_').all(|(at, _)| is_between_digits(at));
    if is_well_formed { text.replace('_', "").parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(value: &str) -> Given<()> {
        Given { key: (), name: "--x".to_owned(), value: value.to_owned() }
    }

    #[test]
    fn times_have_units() {
        let of = |text: &str| seconds(&given(text)).ok();
        assert_eq!(
            [of("10"), of("10s"), of("2M"), of("1h"), of("1d")],
            [Some(10), Some(10), Some(120), Some(3600), Some(86_400)]
        );
        assert_eq!([of("1.5m"), of(""), of("x"), of("9999999999999999d")], [None; 4]);
        assert_eq!(time(&given("-1")).ok(), None);
    }

    #[test]
    fn restarts_have_a_count_and_a_time() {
        assert_eq!(restarts(&given("3/1h")), Ok((3, Duration::from_secs(3600))));
        assert_eq!(restarts(&given("0/10")), Ok((0, Duration::from_secs(10))));
        for bad in ["3", "3/", "/1h", "3/0", "3/-1", "-1/1h"] {
            assert!(restarts(&given(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_read_as_python_does() {
        assert_eq!(
            [float("1.5"), float(" 1_0 "), float("1e3"), float(".5")],
            [Some(1.5), Some(10.0), Some(1000.0), Some(0.5)]
        );
        assert_eq!([float("x"), float(""), float("_1"), float("1__0")], [None; 4]);
    }

    #[test]
    fn names_and_sizes_stand_around_one_sign() {
        assert_eq!(name_and_size(&given("g:a=1KB")), Ok(("g:a".to_owned(), 1024)));
        let line = |value: &str| match name_and_size(&given(value)) {
            Err(Stop::Usage(line)) => line.unwrap_or_default(),
            other => panic!("{other:?}"),
        };
        assert_eq!(line("a"), "Unparseable value 'a' for '--x'");
        assert_eq!(line("a=b=c"), "Unparseable value 'a=b=c' for '--x'");
        assert_eq!(line("a=1x"), "Unparseable byte_size in '1x' for '--x'");
    }
}
