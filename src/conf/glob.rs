//! File patterns as Python's `glob` knows them: `*`, `?`, `[a-z]`, `[!a-z]` within a part of a path. What starts with
//! a dot is matched only by a part that does, too. There is no `**`.

use super::path;
use crate::base::seams::ConfFiles;

/// The paths that match `pattern`, sorted. A pattern without wildcards matches itself if it exists.
pub fn glob(pattern: &str, files: &dyn ConfFiles) -> Vec<String> {
    let mut found = find(pattern, files);
    found.sort_unstable();
    found
}

fn find(pattern: &str, files: &dyn ConfFiles) -> Vec<String> {
    if !is_magic(pattern) {
        return if files.exists(pattern) { vec![pattern.to_owned()] } else { Vec::new() };
    }
    let directory = path::dirname(pattern);
    let base = &pattern[pattern.rfind('/').map_or(0, |slash| slash + 1)..];
    let directories = if is_magic(directory) { find(directory, files) } else { vec![directory.to_owned()] };
    directories.iter().flat_map(|directory| in_directory(directory, base, files)).collect()
}

fn in_directory(directory: &str, base: &str, files: &dyn ConfFiles) -> Vec<String> {
    if !is_magic(base) {
        let path = path::join(directory, base);
        return if files.exists(&path) { vec![path] } else { Vec::new() };
    }
    let names = files.list(directory).into_iter();
    let matching = names.filter(|name| (base.starts_with('.') || !name.starts_with('.')) && matches(base, name));
    matching.map(|name| path::join(directory, &name)).collect()
}

fn is_magic(pattern: &str) -> bool {
    pattern.contains(['*', '?', '['])
}

/// Whether `name` matches `pattern`; both are parts of a path.
pub fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut p, mut n) = (0, 0);
    // Where to go on when what follows the last `*` does not match: it takes in one character more.
    let mut retry: Option<(usize, usize)> = None;
    while n < name.len() {
        match pattern.get(p) {
            Some('*') => {
                retry = Some((p + 1, n));
                p += 1;
                continue;
            }
            Some(_) => {
                if let Some(length) = one(&pattern[p..], name[n]) {
                    (p, n) = (p + length, n + 1);
                    continue;
                }
            }
            None => {}
        }
        let Some((after_star, taken)) = retry else { return false };
        retry = Some((after_star, taken + 1));
        (p, n) = (after_star, taken + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// The length of the start of `pattern` that `c` matches.
fn one(pattern: &[char], c: char) -> Option<usize> {
    match pattern[0] {
        '?' => Some(1),
        '[' => match set_end(pattern) {
            Some(end) => in_set(&pattern[1..end], c).then_some(end + 1),
            None => (c == '[').then_some(1),
        },
        literal => (literal == c).then_some(1),
    }
}

/// The bracket that closes the set at the start of `pattern`; one that is first in the set belongs to it.
fn set_end(pattern: &[char]) -> Option<usize> {
    let first = if pattern.get(1) == Some(&'!') { 2 } else { 1 };
    (first + 1..pattern.len()).find(|at| pattern[*at] == ']')
}

fn in_set(set: &[char], c: char) -> bool {
    let (negated, mut rest) = match set {
        ['!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let mut found = false;
    while let [first, after @ ..] = rest {
        rest = match after {
            ['-', last, after @ ..] => {
                found |= (*first..=*last).contains(&c);
                after
            }
            after => {
                found |= *first == c;
                after
            }
        };
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn wildcards() {
        for (pattern, name) in [
            ("*.conf", "a.conf"),
            ("*", ""),
            ("a*b*c", "aXbYbZc"),
            ("?", "é"),
            ("[a-c]x", "bx"),
            ("[!a-c]x", "dx"),
            ("[]]", "]"),
            ("[a", "[a"),
            ("[a-]", "-"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("*.conf", "a.con"), ("?", ""), ("[a-c]", "d"), ("a", "ab"), ("[!a]", "a")] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in "[a*?\\[\\]!-]{0,12}", name in "[ab\\]-]{0,6}") {
            let _ = matches(&pattern, &name);
        }

        #[test]
        fn a_name_matches_itself(name in "[a-z.é]{0,8}") {
            prop_assert!(matches(&name, &name));
            prop_assert!(matches("*", &name));
        }
    }
}
