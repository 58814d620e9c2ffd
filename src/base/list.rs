//! Lists and plurals in prose.

/// `` `a` ``, `` `a` or `b` ``, `` `a`, `b`, or `c` ``.
pub fn one_of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    joined(names, "or")
}

/// `` `a` ``, `` `a` and `b` ``, `` `a`, `b`, and `c` ``.
pub fn all_of<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    joined(names, "and")
}

/// `1 file`, `2 files`; `plural` is what is written for any number but one.
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    format!("{number} {}", if number == 1 { singular } else { plural })
}

fn joined<S: AsRef<str>>(names: impl IntoIterator<Item = S>, word: &str) -> String {
    let names: Vec<String> = names.into_iter().map(|n| format!("`{}`", n.as_ref())).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [one, two] => format!("{one} {word} {two}"),
        [most @ .., last] => format!("{}, {word} {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_prose() {
        assert_eq!(one_of(["a"]), "`a`");
        assert_eq!(one_of(["a", "b"]), "`a` or `b`");
        assert_eq!(all_of(["a", "b", "c"]), "`a`, `b`, and `c`");
        assert_eq!(count(1, "file", "files"), "1 file");
        assert_eq!(count(0, "file", "files"), "0 files");
    }
}
