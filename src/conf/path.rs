//! Paths as text, by the rules of Python's `os.path`.

use crate::base::seams::ConfFiles;

/// Bytes of the longest path of a unix socket; one more is for the NUL at its end.
pub const LONGEST_SOCKET: usize = 107;

/// The daemon binds `PATH.PID` first and renames it: a dot and the digits of a process id.
pub const PID_DIGITS: usize = ".4194304".len();

/// `path` relative to `base`, unless it is absolute.
pub fn join(base: &str, path: &str) -> String {
    if path.starts_with('/') || base.is_empty() {
        path.to_owned()
    } else if base.ends_with('/') {
        format!("{base}{path}")
    } else {
        format!("{base}/{path}")
    }
}

/// The folder that `path` is in: all before the last slash, without slashes at the end unless it is the root.
pub fn dirname(path: &str) -> &str {
    let head = &path[..path.rfind('/').map_or(0, |slash| slash + 1)];
    match head.trim_end_matches('/') {
        "" => head,
        trimmed => trimmed,
    }
}

/// `path` without empty parts, `.` and `..`, as far as that can be told without the disk. Two slashes at the start are
/// kept.
pub fn normalize(path: &str) -> String {
    let slashes = match path.len() - path.trim_start_matches('/').len() {
        2 => "//",
        0 => "",
        _ => "/",
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if !slashes.is_empty() => {}
            part => parts.push(part),
        }
    }
    match format!("{slashes}{}", parts.join("/")) {
        empty if empty.is_empty() => ".".to_owned(),
        normal => normal,
    }
}

/// `path` made absolute against `directory` and normalised.
pub fn absolute(directory: &str, path: &str) -> String {
    normalize(&join(directory, path))
}

/// `path` with `~` or `~user` at its start replaced by a home, if it is known. `home` is the variable HOME.
pub fn expand_user(path: &str, home: Option<&str>, files: &dyn ConfFiles) -> String {
    let Some(rest) = path.strip_prefix('~') else { return path.to_owned() };
    let (user, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let home = home.filter(|_| user.is_empty()).map(str::to_owned).or_else(|| files.home(user));
    let Some(home) = home else { return path.to_owned() };
    match format!("{}{rest}", home.trim_end_matches('/')) {
        empty if empty.is_empty() => "/".to_owned(),
        expanded => expanded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_split_and_normalised() {
        assert_eq!(join("/a", "b"), "/a/b");
        assert_eq!(join("/a/", "b"), "/a/b");
        assert_eq!(join("/a", "/b"), "/b");
        assert_eq!(dirname("/a/b"), "/a");
        assert_eq!(dirname("/b"), "/");
        assert_eq!(dirname("b"), "");
        assert_eq!(dirname("a//b"), "a");
        assert_eq!(normalize("/a/./b//../c"), "/a/c");
        assert_eq!(normalize("/../a"), "/a");
        assert_eq!(normalize("../../a/.."), "../..");
        assert_eq!(normalize("//a"), "//a");
        assert_eq!(normalize("///a"), "/a");
        assert_eq!(normalize(""), ".");
        assert_eq!(absolute("/w", "x/../y"), "/w/y");
    }
}
