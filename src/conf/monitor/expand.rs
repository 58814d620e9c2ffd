//! `%(name)s` in values, as Python 2's `ConfigParser` fills them in: what a name stands for is filled in as well, up to
//! ten deep. A text without `%(` is left as it is; in one that has it, `%%` is a single `%`.
//!
//! A lone `%` beside a `%(name)s` stays, where the original failed on it. No value can hold `%(` itself.

use std::borrow::Cow;

use super::problem::Problem;

/// How deep names may stand in what names stand for.
const DEEPEST: usize = 10;

/// The longest text that a value may become.
const LONGEST: usize = 1 << 20;

/// What a name, in lower case, stands for.
pub type Lookup<'l, 'a> = &'l mut dyn FnMut(&str) -> Option<Cow<'a, str>>;

/// `text` with its names filled in.
pub fn expand(text: &str, lookup: Lookup<'_, '_>) -> Result<String, Problem> {
    let mut text = text.to_owned();
    for _ in 0..DEEPEST {
        if !text.contains("%(") {
            return Ok(text);
        }
        text = once(&text, lookup)?;
    }
    if text.contains("%(") { Err(Problem::TooDeep) } else { Ok(text) }
}

fn once(text: &str, lookup: Lookup<'_, '_>) -> Result<String, Problem> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((name, after)) = name_at(rest) {
            let name = name.to_lowercase();
            let value = lookup(&name).ok_or_else(|| Problem::UnknownName { name: name.clone() })?;
            out.push_str(&value);
            rest = after;
        } else if rest.starts_with("%(") {
            return Err(Problem::BadName);
        } else {
            let length = if rest.starts_with("%%") { 2 } else { 1 };
            out.push('%');
            rest = &rest[length..];
        }
        if out.len() > LONGEST {
            return Err(Problem::TooLong);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// The name with which `text` begins, and what follows it.
fn name_at(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix("%(")?.split_once(')')?;
    Some((name, after.strip_prefix('s')?))
}

/// The names that `text` uses, in lower case.
pub fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("%(").filter_map(|(at, _)| name_at(&text[at..])).map(|(name, _)| name.to_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn filled(text: &str) -> Result<String, Problem> {
        expand(text, &mut |name| {
            Some(match name {
                "a" => "%(b)s!".into(),
                "b" => "B".into(),
                "loop" => "%(loop)s".into(),
                "twice" => "%(twice)s%(twice)s%(twice)s%(twice)s%(twice)s%(twice)s%(twice)s%(twice)s".into(),
                _ => return None,
            })
        })
    }

    #[test]
    fn names_are_filled_in_to_the_end() {
        assert_eq!(filled("100% %d"), Ok("100% %d".to_owned()));
        assert_eq!(filled("%%"), Ok("%%".to_owned()));
        assert_eq!(filled("x%(A)s 5%% 6%"), Ok("xB! 5% 6%".to_owned()));
        assert_eq!(filled("%(c)s"), Err(Problem::UnknownName { name: "c".to_owned() }));
        assert_eq!(filled("%(loop)s"), Err(Problem::TooDeep));
        assert_eq!(filled("%(twice)s"), Err(Problem::TooLong));
        assert_eq!(filled("%(a"), Err(Problem::BadName));
        assert_eq!(filled("%(a)d"), Err(Problem::BadName));
        assert_eq!(names("%(A)s %(b)d %(c)s").collect::<Vec<_>>(), ["a", "c"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_filled_in(text in "[%()sab ]{0,40}") {
            let _ = filled(&text);
        }
    }
}
