//! A command as the list of its words: between blanks, as the original has it, or, where a word holds blanks or is empty,
//! as a list: `["sh", "-c", "echo hello"]`, in which `\"`, `\\`, `\n`, `\r` and `\t` mean what they mean in JSON.
//!
//! The original would take such a list for a program whose name begins with `["`, so no configuration of its own is read
//! differently. `[` alone is a program on every host: `[ -e ready ]` is four words.

use super::problem::Problem;
use crate::conf::python::is_space;

/// The words of a value.
pub fn parse(text: &str) -> Result<Vec<String>, Problem> {
    let bad = || Problem::NotAList { text: text.to_owned() };
    let list = text.starts_with('[').then(|| serde_json::from_str(text));
    match list {
        Some(Ok(words)) => Ok(words),
        Some(Err(_)) if text.starts_with("[\"") && text.ends_with(']') => Err(bad()),
        _ => Ok(text.split(is_space).filter(|word| !word.is_empty()).map(str::to_owned).collect()),
    }
}

/// The value that stands for the words: plain if it can be.
pub fn text(words: &[String]) -> String {
    let is_plain = |word: &String| !word.is_empty() && !word.chars().any(is_space);
    if words.iter().all(is_plain) && !words.first().is_some_and(|word| word.starts_with('[')) {
        return words.join(" ");
    }
    let quoted: Vec<String> = words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}]", quoted.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_between_blanks_or_in_a_list() {
        assert_eq!(parse(" sleep  100\t'a b'"), Ok(vec!["sleep".into(), "100".into(), "'a".into(), "b'".into()]));
        assert_eq!(parse(r#"["sh", "-c", "a b"]"#), Ok(vec!["sh".into(), "-c".into(), "a b".into()]));
        assert_eq!(parse(r#"["sh", 1]"#), Err(Problem::NotAList { text: r#"["sh", 1]"#.into() }));
        assert_eq!(parse("[ x"), Ok(vec!["[".into(), "x".into()]));
        assert_eq!(parse("[ -e ready ]"), Ok(["[", "-e", "ready", "]"].map(Into::into).to_vec()));
        assert_eq!(parse(r#"[ "a" ]"#), Ok(vec!["a".into()]));
        assert_eq!(text(&["a".into(), "b".into()]), "a b");
        assert_eq!(text(&["a".into(), "b c".into()]), r#"["a", "b c"]"#);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(words in proptest::collection::vec("([\\[\\]\" a$\\n\\\\]|\\PC){0,6}", 1..5)) {
            let written = text(&words);
            prop_assert!(!written.contains('\n'));
            prop_assert_eq!(parse(&written), Ok(words));
        }
    }
}
