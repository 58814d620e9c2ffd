//! `$name`, `${name}` for what `%define` says, `$(NAME)` for the environment, `$$` for a dollar sign.

use std::collections::HashMap;

use super::problem::Problem;
use crate::conf::expand::Environ;

/// What `%define` has said so far, by name in lower case.
pub type Defines = HashMap<String, String>;

/// `text` with all names replaced; or the first problem, and the bytes of `text` that it is about.
pub fn substitute(
    text: &str,
    defines: &Defines,
    environ: &Environ,
) -> Result<String, (Problem, std::ops::Range<usize>)> {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(dollar) = text[at..].find('$').map(|found| at + found) {
        out.push_str(&text[at..dollar]);
        let after = &text[dollar + 1..];
        if after.starts_with('$') {
            out.push('$');
            at = dollar + 2;
            continue;
        }
        let (name, length, from_environment) = reference(after).map_err(|why| (why, dollar..text.len()))?;
        at = dollar + 1 + length;
        let value = if from_environment { environ.get(name) } else { defines.get(&name.to_lowercase()).map(|v| &**v) };
        match value {
            Some(value) => out.push_str(value),
            None => return Err((Problem::NoReplacement { name: name.to_owned(), from_environment }, dollar..at)),
        }
    }
    out.push_str(&text[at..]);
    Ok(out)
}

/// The name after a `$`, how long all of it is, and whether the environment is meant.
fn reference(after: &str) -> Result<(&str, usize, bool), Problem> {
    let (open, close) = match after.chars().next() {
        None => return Err(Problem::LoneDollar),
        Some('{') => ("{", "}"),
        Some('(') => ("(", ")"),
        Some(_) => ("", ""),
    };
    let name = name_at(&after[open.len()..]);
    if name.is_empty() {
        return Err(Problem::NoName { open });
    }
    let length = open.len() + name.len();
    if !after[length..].starts_with(close) {
        return Err(Problem::NotClosed { open, name: name.to_owned(), close });
    }
    Ok((name, length + close.len(), open == "("))
}

fn name_at(text: &str) -> &str {
    let starts = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    if starts { &text[..end] } else { "" }
}

/// Whether a name can be one of `%define`.
pub fn is_name(text: &str) -> bool {
    !text.is_empty() && name_at(text).len() == text.len()
}

/// The text that stands for `value`: each dollar sign doubled.
pub fn escape(value: &str) -> String {
    value.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<String, String> {
        let defines = Defines::from([("home".to_owned(), "/srv".to_owned())]);
        let mut environ = Environ::default();
        environ.set("USER", "joe");
        substitute(text, &defines, &environ).map_err(|(why, range)| format!("{why} at {}", &text[range]))
    }

    #[test]
    fn names_are_replaced() {
        assert_eq!(of("a $home/b ${Home}c $(USER) $$x"), Ok("a /srv/b /srvc joe $x".to_owned()));
        assert_eq!(of("no"), Ok("no".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_said_as_zconfig_says_it() {
        let wrong = [
            ("a $", "illegal lone '$' at end of source at $"),
            ("a $-", "'$' not followed by '$' or name at $-"),
            ("${}", "'${' not followed by name at ${}"),
            ("${a", "'${a' not followed by '}' at ${a"),
            ("$(a}", "'$(a' not followed by ')' at $(a}"),
            ("x $No y", "no replacement for 'No' at $No"),
            ("$(NO)", "no replacement for 'NO' at $(NO)"),
        ];
        for (text, why) in wrong {
            assert_eq!(of(text), Err(why.to_owned()));
        }
    }

    #[test]
    fn what_is_escaped_stands_for_itself() {
        let text = "a $x ${y} $$ é$";
        assert_eq!(of(&escape(text)), Ok(text.to_owned()));
    }
}
