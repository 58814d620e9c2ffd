//! The positional words of a verb: names of parts or sections, and values to set.

/// Words by what they are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Split {
    /// Without a `=`.
    pub(super) names: Vec<String>,
    /// `section:key=value`, `section:key+=value`.
    pub(super) assignments: Vec<String>,
}

/// A word with a `=` sets a value, any other is a name.
pub(super) fn split(words: &[String]) -> Split {
    let (assignments, names) = words.iter().cloned().partition(|word| word.contains('='));
    Split { names, assignments }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_with_an_equals_sign_set_values() {
        let words = ["web", "web:port=80", "parts+=x"].map(str::to_owned);
        let split = split(&words);
        assert_eq!(split.names, ["web"]);
        assert_eq!(split.assignments, ["web:port=80", "parts+=x"]);
    }
}
