//! How system errors are worded where the original's words are Python's.

use std::io;

/// `ENOENT`: the name of an error, or its number.
pub(super) fn name(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |raw| format!("{:?}", nix::errno::Errno::from_raw(raw)))
}

/// `[Errno 2] No such file or directory: 'path'`.
pub(super) fn about(error: &io::Error, path: &str) -> String {
    format!("{}: {}", text(error), crate::conf::python::repr(path))
}

/// `[Errno 98] Address already in use`.
pub(super) fn text(error: &io::Error) -> String {
    match error.raw_os_error() {
        Some(raw) => format!("[Errno {raw}] {}", nix::errno::Errno::from_raw(raw).desc()),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_words_them() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(name(&missing), "ENOENT");
        assert_eq!(text(&missing), "[Errno 2] No such file or directory");
        assert_eq!(about(&missing, "/x"), "[Errno 2] No such file or directory: '/x'");
    }
}
