//! Why the system would not do something, in its words.

use std::io;

/// The system's words for a failure, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}

/// Python's words for the path of a socket that does not fit into an address.
pub const PATH_TOO_LONG: &str = "AF_UNIX path too long";

/// Whether it is about such a path, for which the system is not asked at all.
pub fn is_path_too_long(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidInput && error.to_string().contains("SUN_LEN")
}
