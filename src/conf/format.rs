//! One conversion of Python's `%` formatting: `%(name)02d` without its name.

use super::python;

/// Widths and precisions above this are refused, as the text would only fill memory.
const MAX_WIDTH: usize = 1_024;

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// A text.
    Text(&'a str),
    /// A number.
    Integer(i64),
    /// No name was given: the table of all names, which nothing but a mistake asks for.
    Table,
}

impl Value<'_> {
    fn type_name(self) -> &'static str {
        match self {
            Self::Text(_) => "str",
            Self::Integer(_) => "int",
            Self::Table => "dict",
        }
    }
}

/// Flags, width, precision and letter of a conversion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spec {
    alternate: bool,
    zero: bool,
    left: bool,
    blank: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

/// Why a conversion could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpecError {
    /// The text ends within it.
    Incomplete,
    /// `*` as width or precision.
    Star,
    /// A number that is too big: `width` or `precision`.
    TooBig(&'static str),
}

impl Spec {
    /// Reads the conversion at the start of `text`: it and its length.
    pub fn parse(text: &str) -> Result<(Self, usize), SpecError> {
        let mut spec = Self::default();
        let mut rest = text.trim_start_matches(|c| spec.flag(c));
        spec.width = number(&mut rest, "width")?.unwrap_or(0);
        if let Some(after) = rest.strip_prefix('.') {
            rest = after;
            spec.precision = Some(number(&mut rest, "precision")?.unwrap_or(0));
        }
        rest = rest.strip_prefix(['h', 'l', 'L']).unwrap_or(rest);
        spec.letter = rest.chars().next().ok_or(SpecError::Incomplete)?;
        Ok((spec, text.len() - rest.len() + spec.letter.len_utf8()))
    }

    /// The letter.
    pub fn letter(self) -> char {
        self.letter
    }

    fn flag(&mut self, c: char) -> bool {
        match c {
            '#' => self.alternate = true,
            '0' => self.zero = true,
            '-' => self.left = true,
            ' ' => self.blank = true,
            '+' => self.plus = true,
            _ => return false,
        }
        true
    }

    /// Appends `value`, converted. The error is Python's text; none where the letter is unknown.
    pub fn format(self, value: Value<'_>, out: &mut String) -> Result<(), Option<String>> {
        match self.letter {
            's' | 'r' | 'a' => self.text(value, out),
            'd' | 'i' | 'u' => self.integer(value, "a real number", out),
            'o' | 'x' | 'X' => self.integer(value, "an integer", out),
            'e' | 'E' | 'f' | 'F' | 'g' | 'G' => self.float(value, out),
            'c' => self.character(value, out),
            _ => Err(None),
        }
    }

    fn text(self, value: Value<'_>, out: &mut String) -> Result<(), Option<String>> {
        let text = match (value, self.letter) {
            (Value::Text(text), 's') => {
                if self.width == 0 && self.precision.is_none() {
                    out.push_str(text);
                    return Ok(());
                }
                text.to_owned()
            }
            (Value::Text(text), 'r') => python::repr(text),
            (Value::Text(text), _) => python::ascii(text),
            (Value::Integer(number), _) => number.to_string(),
            // Python would print all names and values here, secrets included.
            (Value::Table, _) => return Err(Some("not enough arguments for format string".to_owned())),
        };
        self.pad(&cut(&text, self.precision), out);
        Ok(())
    }

    fn integer(self, value: Value<'_>, wanted: &str, out: &mut String) -> Result<(), Option<String>> {
        let Value::Integer(number) = value else {
            let (letter, is) = (self.letter, value.type_name());
            return Err(Some(format!("%{letter} format: {wanted} is required, not {is}")));
        };
        let size = number.unsigned_abs();
        let (prefix, digits) = match self.letter {
            'o' => ("0o", format!("{size:o}")),
            'x' => ("0x", format!("{size:x}")),
            'X' => ("0X", format!("{size:X}")),
            _ => ("", size.to_string()),
        };
        let zeros = "0".repeat(self.precision.unwrap_or(0).saturating_sub(digits.len()));
        let prefix = if self.alternate { prefix } else { "" };
        self.signed(number < 0, prefix, &(zeros + &digits), out);
        Ok(())
    }

    #[expect(clippy::cast_precision_loss, reason = "as Python converts an integer to a float")]
    fn float(self, value: Value<'_>, out: &mut String) -> Result<(), Option<String>> {
        let Value::Integer(number) = value else {
            return Err(Some(format!("must be real number, not {}", value.type_name())));
        };
        let size = number.unsigned_abs() as f64;
        let precision = self.precision.unwrap_or(6);
        let digits = match self.letter.to_ascii_lowercase() {
            'f' => self.fixed(size, precision),
            'e' => self.scientific(size, precision),
            _ => self.general(size, precision.max(1)),
        };
        let upper = self.letter.is_ascii_uppercase();
        self.signed(number < 0, "", &if upper { digits.to_uppercase() } else { digits }, out);
        Ok(())
    }

    fn fixed(self, size: f64, precision: usize) -> String {
        let point = if self.alternate && precision == 0 { "." } else { "" };
        format!("{size:.precision$}{point}")
    }

    fn scientific(self, size: f64, precision: usize) -> String {
        let text = format!("{size:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let point = if self.alternate && precision == 0 { "." } else { "" };
        format!("{mantissa}{point}e+{exponent:0>2}")
    }

    /// The shorter of both, without trailing zeros; the sizes are whole, so exponents are never negative.
    fn general(self, size: f64, precision: usize) -> String {
        let exponent = format!("{size:.0$e}", precision - 1);
        let exponent = exponent.split_once('e').and_then(|(_, e)| e.parse::<usize>().ok()).unwrap_or(0);
        let text = if exponent < precision {
            self.fixed(size, precision - 1 - exponent)
        } else {
            self.scientific(size, precision - 1)
        };
        if self.alternate || !text.contains('.') {
            return text;
        }
        let (mantissa, exponent) = text.split_at(text.find('e').unwrap_or(text.len()));
        format!("{}{exponent}", mantissa.trim_end_matches('0').trim_end_matches('.'))
    }

    fn character(self, value: Value<'_>, out: &mut String) -> Result<(), Option<String>> {
        let character = match value {
            Value::Text(text) => {
                let mut all = text.chars();
                all.next().filter(|_| all.next().is_none())
            }
            Value::Integer(number) => Some(
                u32::try_from(number)
                    .ok()
                    .and_then(char::from_u32)
                    .ok_or_else(|| Some("%c arg not in range(0x110000)".to_owned()))?,
            ),
            Value::Table => None,
        };
        let character = character.ok_or_else(|| Some("%c requires int or char".to_owned()))?;
        self.pad(character.encode_utf8(&mut [0; 4]), out);
        Ok(())
    }

    /// Sign, prefix, zeros up to the width, digits.
    fn signed(self, negative: bool, prefix: &str, digits: &str, out: &mut String) {
        let sign = match (negative, self.plus, self.blank) {
            (true, _, _) => "-",
            (false, true, _) => "+",
            (false, false, true) => " ",
            (false, false, false) => "",
        };
        let length = sign.len() + prefix.len() + digits.len();
        let zeros = if self.zero && !self.left { self.width.saturating_sub(length) } else { 0 };
        self.pad(&format!("{sign}{prefix}{}{digits}", "0".repeat(zeros)), out);
    }

    fn pad(self, text: &str, out: &mut String) {
        let blanks = " ".repeat(self.width.saturating_sub(text.chars().count()));
        let (before, after) = if self.left { ("", blanks.as_str()) } else { (blanks.as_str(), "") };
        out.extend([before, text, after]);
    }
}

/// The first `limit` characters of `text`.
fn cut(text: &str, limit: Option<usize>) -> String {
    limit.map_or_else(|| text.to_owned(), |limit| text.chars().take(limit).collect())
}

/// Takes the digits from the start of `rest`.
fn number(rest: &mut &str, what: &'static str) -> Result<Option<usize>, SpecError> {
    if rest.starts_with('*') {
        return Err(SpecError::Star);
    }
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, after) = rest.split_at(end);
    *rest = after;
    if digits.is_empty() {
        return Ok(None);
    }
    let number = digits.parse().ok().filter(|n| *n <= MAX_WIDTH);
    number.map(Some).ok_or(SpecError::TooBig(what))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(spec: &str, value: Value<'_>) -> String {
        let (spec, length) = Spec::parse(spec).unwrap();
        let mut out = String::new();
        match spec.format(value, &mut out) {
            Ok(()) => out,
            Err(why) => format!("{length}: {why:?}"),
        }
    }

    #[test]
    fn integers() {
        for (spec, text) in [
            ("02d", "03"),
            ("d", "3"),
            ("+05d", "+0003"),
            (" d", " 3"),
            ("-05d", "3    "),
            (".3d", "003"),
            ("#x", "0x3"),
            ("#o", "0o3"),
            ("s", "3"),
            ("5c", "    \u{3}"),
            ("f", "3.000000"),
            ("e", "3.000000e+00"),
            ("g", "3"),
            ("#g", "3.00000"),
            ("08.2f", "00003.00"),
            ("#.0f", "3."),
            ("ld", "3"),
        ] {
            assert_eq!(format(spec, Value::Integer(3)), text, "{spec}");
        }
        assert_eq!(format("#X", Value::Integer(-10)), "-0XA");
        assert_eq!(format("g", Value::Integer(1_234_567)), "1.23457e+06");
        assert_eq!(format("E", Value::Integer(10)), "1.000000E+01");
    }

    #[test]
    fn texts() {
        assert_eq!(format("s", Value::Text("/h")), "/h");
        assert_eq!(format("5.1s", Value::Text("/h")), "    /");
        assert_eq!(format("05s", Value::Text("/h")), "   /h");
        assert_eq!(format("-5s", Value::Text("/h")), "/h   ");
        assert_eq!(format("a", Value::Text("é")), "'\\xe9'");
        assert_eq!(format(".0s", Value::Text("/h")), "");
    }

    #[test]
    fn faults() {
        assert_eq!(Spec::parse("5"), Err(SpecError::Incomplete));
        assert_eq!(Spec::parse(".*d"), Err(SpecError::Star));
        assert_eq!(Spec::parse("99999999999999999999d"), Err(SpecError::TooBig("width")));
        assert_eq!(format("d", Value::Text("x")), "1: Some(\"%d format: a real number is required, not str\")");
        assert_eq!(format("U", Value::Text("x")), "1: None");
    }
}
