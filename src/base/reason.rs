//! Why the system would not do something, in its words.

use std::io;

/// The system's words for a failure, without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_lowercase()
}
