//! How system errors are worded where the original's words are Python's.

use std::io;

/// `ENOENT`: the name of an error, or its number.
pub(super) fn name(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(|| error.to_string(), |raw| format!("{:?}", nix::errno::Errno::from_raw(raw)))
}

/// `[Errno 2] No such file or directory: 'path'`.
pub(super) fn about(error: &io::Error, path: &str) -> String {
    let Some(raw) = error.raw_os_error() else { return format!("{error}: {path}") };
    let text = nix::errno::Errno::from_raw(raw).desc();
    format!("[Errno {raw}] {text}: {}", crate::conf::python::repr(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_words_them() {
        let missing = io::Error::from_raw_os_error(2);
        assert_eq!(name(&missing), "ENOENT");
        assert_eq!(about(&missing, "/x"), "[Errno 2] No such file or directory: '/x'");
    }
}
