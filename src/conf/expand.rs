//! `%(name)s` in values: Python's `%` formatting with a table of names, in its words.
//!
//! Names are those of the environment, `ENV_` before each, and a few that depend on the section (`here`,
//! `program_name`, …). What a name stands for is not expanded again.
//!
//! One thing is not done: a conversion without a name (`%s`) is refused, where Python prints the whole table.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;

use super::format::{Spec, SpecError, Value};
use super::problem::Problem;

/// The environment that `ENV_` names are looked up in: the daemon's own, and the variables of `[supervisord]`.
#[derive(Clone, Debug, Default)]
pub struct Environ(HashMap<String, String>);

impl Environ {
    /// Sets a variable.
    pub fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<S: Into<String>> FromIterator<(S, S)> for Environ {
    fn from_iter<T: IntoIterator<Item = (S, S)>>(pairs: T) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// The names that a value may use.
#[derive(Clone, Debug)]
pub struct Scope<'a> {
    environ: &'a Environ,
    names: Vec<(&'static str, Value<'a>)>,
    own: BTreeMap<String, String>,
    /// Whether all variables count as known, to check a text whose environment is not known.
    any_variable: bool,
}

impl<'a> Scope<'a> {
    /// `ENV_` names only.
    pub fn new(environ: &'a Environ) -> Self {
        Self { environ, names: Vec::new(), own: BTreeMap::new(), any_variable: false }
    }

    /// For checking only: knows all `ENV_` names, as some text.
    #[must_use]
    pub fn with_any_variable(mut self) -> Self {
        self.any_variable = true;
        self
    }

    /// With a further name; its value replaces one that it has already.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value<'a>) -> Self {
        self.set(name, value);
        self
    }

    /// For checking only: with a further name of which only its kind is known: numbers are 0, texts empty.
    #[must_use]
    pub fn with_some(self, name: &str) -> Self {
        const NAMES: [&str; 4] = ["here", "program_name", "group_name", "host_node_name"];
        let texts = NAMES.into_iter().map(|name| (name, Value::Text("")));
        let numbers = ["process_num", "numprocs"].into_iter().map(|name| (name, Value::Integer(0)));
        match texts.chain(numbers).find(|(known, _)| *known == name) {
            Some((name, value)) => self.with(name, value),
            None => self,
        }
    }

    /// Sets a name.
    pub fn set(&mut self, name: &'static str, value: Value<'a>) {
        self.names.retain(|(known, _)| *known != name);
        self.names.push((name, value));
    }

    /// Adds a process's own variables as `ENV_` names; they go before those of the environment.
    pub fn add_own(&mut self, variables: &[(String, String)]) {
        self.own.extend(variables.iter().cloned());
    }

    /// Takes back own variables that the environment has, too. (Others stay for the processes that follow.)
    pub fn reset_own(&mut self) {
        self.own.retain(|name, _| self.environ.get(name).is_none());
    }

    fn get(&self, name: &str) -> Option<Value<'_>> {
        if let Some(variable) = name.strip_prefix("ENV_") {
            let own = self.own.get(variable).map(String::as_str);
            let value = own.or_else(|| self.environ.get(variable));
            return value.or(self.any_variable.then_some("")).map(Value::Text);
        }
        self.names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// All names, sorted.
    fn available(&self) -> Vec<String> {
        let variables = self.environ.0.keys().chain(self.own.keys());
        let mut names: Vec<String> = variables.map(|name| format!("ENV_{name}")).collect();
        names.extend(self.names.iter().map(|(name, _)| (*name).to_owned()));
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// How a message names the value that is expanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Label<'a> {
    /// `section.option`
    Option {
        /// Header of the section.
        section: &'a str,
        /// Name of the option.
        option: &'a str,
    },
    /// The few that have a name of their own.
    Bare(&'a str),
}

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option { section, option } => write!(f, "{section}.{option}"),
            Self::Bare(name) => f.write_str(name),
        }
    }
}

/// `text` with all conversions replaced; borrowed where there are none.
pub fn expand<'t>(text: &'t str, scope: &Scope<'_>, label: Label<'_>) -> Result<Cow<'t, str>, Problem> {
    if memchr::memchr(b'%', text.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(text));
    }
    match (Expansion { text, scope, at: 0, used: false }).run() {
        Ok(out) => Ok(Cow::Owned(out)),
        Err(Fault::Unknown(name)) => Err(Problem::UnknownExpansion {
            text: text.to_owned(),
            label: label.to_string(),
            name,
            available: scope.available(),
        }),
        Err(Fault::Malformed(reason)) => {
            Err(Problem::BadFormat { text: text.to_owned(), label: label.to_string(), reason })
        }
    }
}

/// `text` as a value that is expanded to it: every `%` doubled.
pub fn escape(text: &str) -> Cow<'_, str> {
    if text.contains('%') { Cow::Owned(text.replace('%', "%%")) } else { Cow::Borrowed(text) }
}

/// The names used in `text`, each with the range of its conversion; up to the first malformed one.
pub fn names(text: &str) -> Vec<(&str, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('%').map(|n| at + n) {
        let rest = &text[start + 1..];
        if rest.starts_with('%') {
            at = start + 2;
            continue;
        }
        let key = rest.strip_prefix('(').and_then(|inner| Some((inner, closing(inner)?)));
        let (name, after) = key.map_or((None, rest), |(inner, end)| (Some(&inner[..end]), &inner[end + 1..]));
        let Ok((_, length)) = Spec::parse(after) else { break };
        at = text.len() - after.len() + length;
        found.extend(name.map(|name| (name, start..at)));
    }
    found
}

enum Fault {
    Unknown(String),
    Malformed(String),
}

fn malformed(reason: &str) -> Fault {
    Fault::Malformed(reason.to_owned())
}

const NO_ARGUMENT: &str = "not enough arguments for format string";

struct Expansion<'t, 's> {
    text: &'t str,
    scope: &'s Scope<'s>,
    at: usize,
    /// Whether a conversion has been made: then there is no argument left for one without a name.
    used: bool,
}

impl<'s> Expansion<'_, 's> {
    fn run(mut self) -> Result<String, Fault> {
        let mut out = String::with_capacity(self.text.len() + 32);
        while let Some(percent) = self.text[self.at..].find('%').map(|n| self.at + n) {
            out.push_str(&self.text[self.at..percent]);
            self.at = percent + 1;
            if self.text[self.at..].starts_with('%') {
                out.push('%');
                self.at += 1;
            } else {
                self.conversion(&mut out)?;
            }
        }
        out.push_str(&self.text[self.at..]);
        Ok(out)
    }

    fn conversion(&mut self, out: &mut String) -> Result<(), Fault> {
        let value = self.named()?;
        let spec = self.spec(value)?;
        if value.is_none() && self.used {
            return Err(malformed(NO_ARGUMENT));
        }
        self.used = true;
        let made = spec.format(value.unwrap_or(Value::Table), out);
        made.map_err(|why| Fault::Malformed(why.unwrap_or_else(|| self.unsupported(spec.letter()))))
    }

    /// The value of the name in parentheses at the cursor, if there is one.
    fn named(&mut self) -> Result<Option<Value<'s>>, Fault> {
        let Some(inner) = self.text[self.at..].strip_prefix('(') else { return Ok(None) };
        let end = closing(inner).ok_or_else(|| malformed("incomplete format key"))?;
        self.at += end + 2;
        let name = &inner[..end];
        let scope = self.scope;
        scope.get(name).map(Some).ok_or_else(|| Fault::Unknown(name.to_owned()))
    }

    fn spec(&mut self, value: Option<Value<'_>>) -> Result<Spec, Fault> {
        let (spec, length) = Spec::parse(&self.text[self.at..]).map_err(|why| match why {
            SpecError::Incomplete => malformed("incomplete format"),
            // A number would be taken for the width, and then be missing as the value.
            SpecError::Star if matches!(value, Some(Value::Integer(_))) => malformed(NO_ARGUMENT),
            SpecError::Star if value.is_none() && self.used => malformed(NO_ARGUMENT),
            SpecError::Star => malformed("* wants int"),
            SpecError::TooBig(what) => Fault::Malformed(format!("{what} too big")),
        })?;
        self.at += length;
        Ok(spec)
    }

    /// Names the letter just read and its place, counted in characters.
    fn unsupported(&self, letter: char) -> String {
        let index = self.text[..self.at].chars().count() - 1;
        let shown = if (' '..'\x7f').contains(&letter) { letter } else { '?' };
        format!("unsupported format character '{shown}' (0x{:x}) at index {index}", u32::from(letter))
    }
}

/// Where the parenthesis that is open before `text` is closed; parentheses may be nested.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 0 => return Some(at),
            b')' => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::python;
    use super::*;
    use proptest::prelude::*;

    const LABEL: Label<'_> = Label::Option { section: "program:a", option: "command" };

    fn environ() -> Environ {
        [("X", "é%s")].into_iter().collect()
    }

    fn expanded(text: &str) -> String {
        let environ = environ();
        let scope = Scope::new(&environ).with("here", Value::Text("/h")).with("process_num", Value::Integer(3));
        match expand(text, &scope, LABEL) {
            Ok(text) => text.into_owned(),
            Err(problem) => problem.to_string(),
        }
    }

    #[test]
    fn names_are_replaced_once() {
        assert_eq!(expanded("plain"), "plain");
        assert_eq!(expanded("%(here)s/x %(ENV_X)s %(process_num)02d 100%%"), "/h/x é%s 03 100%");
        assert_eq!(expanded("%%(here)s"), "%(here)s");
    }

    #[test]
    fn unknown_names_are_told_with_all_that_are_known() {
        assert_eq!(
            expanded("%(foo)s"),
            "Format string '%(foo)s' for 'program:a.command' contains names ('foo') which cannot be expanded. \
             Available names: ENV_X, here, process_num"
        );
        assert!(expanded("%(a(b)c)s").contains("('a(b)c')"));
    }

    #[test]
    fn malformed_conversions_are_told_in_the_words_of_python() {
        for (text, reason) in [
            ("%", "incomplete format"),
            ("%(foo", "incomplete format key"),
            ("%(here)", "incomplete format"),
            ("%(here)d", "%d format: a real number is required, not str"),
            ("%(here)x", "%x format: an integer is required, not str"),
            ("%(here)f", "must be real number, not str"),
            ("%(here)c", "%c requires int or char"),
            ("%U", "unsupported format character 'U' (0x55) at index 1"),
            ("é%\n", "unsupported format character '?' (0xa) at index 2"),
            ("%5%", "unsupported format character '%' (0x25) at index 2"),
            ("%(here)%", "unsupported format character '%' (0x25) at index 7"),
            ("100% of", "%o format: an integer is required, not dict"),
            ("%*d", "* wants int"),
            ("%(here)*d", "* wants int"),
            ("%(process_num)*d", "not enough arguments for format string"),
            ("%s %s", "not enough arguments for format string"),
            ("%(here)s %d", "not enough arguments for format string"),
            ("%(here)999999999999999999999d", "width too big"),
            ("%(here).999999999999999999999d", "precision too big"),
        ] {
            let label = "'program:a.command'";
            let message = format!("Format string {} for {label} is badly formatted: {reason}", python::repr(text));
            assert_eq!(expanded(text), message);
        }
    }

    #[test]
    fn names_in_use_are_found() {
        let found = names("%%(x)s %(here)s %d %(ENV_A)03d");
        assert_eq!(found, [("here", 7..15), ("ENV_A", 19..30)]);
        assert_eq!(names("%(here)"), []);
    }

    #[test]
    fn own_variables_go_first() {
        let environ = environ();
        let mut scope = Scope::new(&environ);
        scope.add_own(&[("X".to_owned(), "1".to_owned()), ("Y".to_owned(), "2".to_owned())]);
        assert_eq!(expand("%(ENV_X)s%(ENV_Y)s", &scope, LABEL).unwrap(), "12");
        scope.reset_own();
        assert_eq!(expand("%(ENV_X)s%(ENV_Y)s", &scope, LABEL).unwrap(), "é%s2");
    }

    proptest! {
        #[test]
        fn an_escaped_text_is_expanded_to_itself(text in "\\PC*|[%()s]*") {
            prop_assert_eq!(expanded(&escape(&text)), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[%()a-z0-9.*#+-]*") {
            let _ = expanded(&text);
            let _ = names(&text);
        }
    }
}
