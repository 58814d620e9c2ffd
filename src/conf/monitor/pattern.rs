//! Regular expressions that are looked for in logs, read as Python 2 read them in texts of bytes: classes such as `\\w`, and
//! upper and lower case, are those of ASCII.

use regex::bytes::{Regex, RegexBuilder};

/// Compiles an expression; the words for one that is none are a line.
pub fn pattern(text: &str) -> Result<Regex, String> {
    // What comes before the last line of the words shows the expression.
    let reason = |why: regex::Error| {
        let words = why.to_string();
        let last = words.lines().last().unwrap_or_default();
        last.strip_prefix("error: ").unwrap_or(last).to_owned()
    };
    RegexBuilder::new(text).unicode(false).build().map_err(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_is_one_of_bytes() {
        let is_in = |text, line: &[u8]| pattern(text).unwrap().is_match(line);
        assert!(is_in("(?i)error|Größe", b"ERROR"));
        assert!(is_in("error|Größe", "Größe 7".as_bytes()));
        assert!(is_in("^a.+b$", b"a\xff\xfeb"));
        assert!(!is_in(r"\w", "ü".as_bytes()));
        assert!(!is_in("(?i)GRÖSSE", "größe".as_bytes()));
    }

    #[test]
    fn what_is_none_says_why_in_a_line() {
        let why = |text| pattern(text).unwrap_err();
        assert_eq!(why("("), "unclosed group");
        assert_eq!(why("(?=a)"), "look-around, including look-ahead and look-behind, is not supported");
        assert_eq!(why("a{1000}{1000}{1000}"), "Compiled regex exceeds size limit of 10485760 bytes.");
    }
}
