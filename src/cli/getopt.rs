//! Command lines by the rules of Python's `getopt`, which the drop-in programs keep: options end at the first word that
//! is none, long names may be cut as long as they stay unique, short ones may be run together. The words of the errors
//! are Python's too, as scripts see them.
//!
//! Deliberately absent: what options mean; a table says only their names and whether a value follows.

use std::fmt;

/// One option of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opt<K> {
    /// What it is to the program; several options may be the same.
    pub(super) key: K,
    /// `-x`.
    pub(super) short: Option<char>,
    /// `--name`.
    pub(super) long: Option<&'static str>,
    /// Whether a value follows.
    pub(super) takes_value: bool,
}

/// One option as it stands on a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Given<K> {
    /// Which one.
    pub(super) key: K,
    /// Its full name with dashes, as messages show it.
    pub(super) name: String,
    /// Its value; empty where it takes none.
    pub(super) value: String,
}

/// What is wrong with a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No option has this name, dashes included.
    NotRecognized(String),
    /// Several options start like this.
    NotUnique(String),
    /// A value must follow.
    RequiresArgument(String),
    /// `--name=value` of an option without value.
    MustNotHaveArgument(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRecognized(name) => write!(f, "option {name} not recognized"),
            Self::NotUnique(name) => write!(f, "option {name} not a unique prefix"),
            Self::RequiresArgument(name) => write!(f, "option {name} requires argument"),
            Self::MustNotHaveArgument(name) => write!(f, "option {name} must not have an argument"),
        }
    }
}

/// The options in the order of the command line, and the words from the first one on that is no option.
pub(super) type Parsed<K> = (Vec<Given<K>>, Vec<String>);

/// Takes a command line, without the program's name, apart.
pub(super) fn parse<K: Copy + PartialEq>(table: &[Opt<K>], args: Vec<String>) -> Result<Parsed<K>, Problem> {
    let mut given = Vec::new();
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            return Ok((given, words.collect()));
        }
        if let Some(long) = word.strip_prefix("--") {
            given.push(long_option(table, long, &mut words)?);
        } else if word.starts_with('-') && word.len() > 1 {
            short_options(table, &word[1..], &mut words, &mut given)?;
        } else {
            return Ok((given, std::iter::once(word).chain(words).collect()));
        }
    }
    Ok((given, Vec::new()))
}

fn long_option<K: Copy + PartialEq>(
    table: &[Opt<K>],
    text: &str,
    words: &mut impl Iterator<Item = String>,
) -> Result<Given<K>, Problem> {
    let (start, value) = text.split_once('=').map_or((text, None), |(start, value)| (start, Some(value)));
    let option = find_long(table, start)?;
    let name = format!("--{}", option.long.unwrap_or_default());
    let value = match (option.takes_value, value) {
        (true, Some(value)) => value.to_owned(),
        (true, None) => words.next().ok_or_else(|| Problem::RequiresArgument(name.clone()))?,
        (false, Some(_)) => return Err(Problem::MustNotHaveArgument(name)),
        (false, None) => String::new(),
    };
    Ok(Given { key: option.key, name, value })
}

fn find_long<'t, K: PartialEq>(table: &'t [Opt<K>], start: &str) -> Result<&'t Opt<K>, Problem> {
    let mut possible = table.iter().filter(|o| o.long.is_some_and(|long| long.starts_with(start)));
    if let Some(exact) = table.iter().find(|o| o.long == Some(start)) {
        return Ok(exact);
    }
    let option = possible.next().ok_or_else(|| Problem::NotRecognized(format!("--{start}")))?;
    // Two names of one option are one.
    if possible.all(|other| other.key == option.key) {
        Ok(option)
    } else {
        Err(Problem::NotUnique(format!("--{start}")))
    }
}

fn short_options<K: Copy>(
    table: &[Opt<K>],
    letters: &str,
    words: &mut impl Iterator<Item = String>,
    given: &mut Vec<Given<K>>,
) -> Result<(), Problem> {
    for (at, letter) in letters.char_indices() {
        let name = format!("-{letter}");
        let Some(option) = table.iter().find(|o| o.short == Some(letter)) else {
            return Err(Problem::NotRecognized(name));
        };
        if !option.takes_value {
            given.push(Given { key: option.key, name, value: String::new() });
            continue;
        }
        let rest = &letters[at + letter.len_utf8()..];
        let value = if rest.is_empty() { words.next() } else { Some(rest.to_owned()) };
        let value = value.ok_or_else(|| Problem::RequiresArgument(name.clone()))?;
        given.push(Given { key: option.key, name, value });
        break;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[Opt<u8>] = &[
        Opt { key: 1, short: Some('n'), long: Some("nodaemon"), takes_value: false },
        Opt { key: 2, short: Some('k'), long: Some("nocleanup"), takes_value: false },
        Opt { key: 3, short: Some('c'), long: Some("configuration"), takes_value: true },
        Opt { key: 4, short: None, long: Some("min"), takes_value: true },
        Opt { key: 5, short: None, long: Some("minimum"), takes_value: true },
        Opt { key: 6, short: Some('?'), long: None, takes_value: false },
        Opt { key: 7, short: None, long: Some("old_name"), takes_value: false },
        Opt { key: 7, short: None, long: Some("old-name"), takes_value: false },
    ];

    fn shown(line: &str) -> String {
        match parse(TABLE, line.split_whitespace().map(str::to_owned).collect()) {
            Err(problem) => problem.to_string(),
            Ok((given, rest)) => {
                let given = given.iter().map(|g| format!("{}={}", g.name, g.value));
                format!("{} | {}", given.collect::<Vec<_>>().join(" "), rest.join(" "))
            }
        }
    }

    #[test]
    fn options_are_read_as_python_reads_them() {
        assert_eq!(shown("-nk -cX a -n"), "-n= -k= -c=X | a -n");
        assert_eq!(shown("-nc X -?"), "-n= -c=X -?= | ");
        assert_eq!(shown("--conf=a=b --nod -- -n"), "--configuration=a=b --nodaemon= | -n");
        assert_eq!(shown("--conf a --min 1"), "--configuration=a --min=1 | ");
        assert_eq!(shown("- -n"), " | - -n");
        assert_eq!(shown("--old --old-name"), "--old_name= --old-name= | ");
    }

    #[test]
    fn errors_are_worded_as_pythons() {
        assert_eq!(shown("-Z"), "option -Z not recognized");
        assert_eq!(shown("-nZ"), "option -Z not recognized");
        assert_eq!(shown("--zed=1"), "option --zed not recognized");
        assert_eq!(shown("--no"), "option --no not a unique prefix");
        assert_eq!(shown("-c"), "option -c requires argument");
        assert_eq!(shown("--conf"), "option --configuration requires argument");
        assert_eq!(shown("--nodaemon=1"), "option --nodaemon must not have an argument");
    }
}
