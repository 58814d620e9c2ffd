//! The filters that templates have beside Tera's own: quoting for the places where values go.
//!
//! | filter | of | makes |
//! |---|---|---|
//! | `sh` | a text | one word of a shell script |
//! | `conf` | a text | a value of supervisord.conf that is read as this text |
//! | `command` | a text or a list | one word, or all words, of a `command` of supervisord.conf |
//! | `environment` | a table | `KEY="value",…` for supervisord.conf |
//!
//! Built-in templates need none of them, as their values come quoted; they are for the templates of projects. Marks of
//! secrets pass through. What cannot be expressed is an error at the place of the filter.

use tera::{Kwargs, State, Tera, TeraResult, Value};

use crate::conf::problem::Problem;
use crate::conf::{command, environment, expand, quote};

/// Adds all filters.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("sh", |value: &Value, _: Kwargs, _: &State<'_>| shell_word(&text(value)));
    tera.register_filter("conf", |value: &Value, _: Kwargs, _: &State<'_>| {
        result(quote::quote_value(&expand::escape(&text(value))))
    });
    tera.register_filter("command", |value: &Value, _: Kwargs, _: &State<'_>| result(command::quote(&words(value))));
    tera.register_filter("environment", |value: &Value, _: Kwargs, _: &State<'_>| variables(value));
}

fn text(value: &Value) -> String {
    value.to_string()
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().map_or_else(|| vec![text(value)], |words| words.iter().map(text).collect())
}

fn variables(value: &Value) -> TeraResult<String> {
    let Some(map) = value.as_map() else {
        return Err(tera::Error::message("`environment` takes a table"));
    };
    let mut pairs: Vec<(String, String)> = map.iter().map(|(key, value)| (key.to_string(), text(value))).collect();
    pairs.sort();
    let quoted = environment::quote(&pairs).map(|text| expand::escape(&text).into_owned());
    result(quoted.and_then(|text| quote::quote_value(&text)))
}

fn result(quoted: Result<String, Problem>) -> TeraResult<String> {
    quoted.map_err(|problem| tera::Error::message(problem.to_string()))
}

/// `text` as one word of a POSIX shell: as it is where no character is special, else in single quotes.
pub(in crate::compile) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_shell_word_is_one_word(text in "\\PC{0,9}|[a-c '\"$`\\\\;\n~=]{0,9}") {
            prop_assert_eq!(shell_words::split(&shell_word(&text)).unwrap(), [text]);
        }
    }
}
