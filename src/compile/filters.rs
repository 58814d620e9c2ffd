//! The filters that templates have beside Tera's own: quoting for the places where values go.
//!
//! Built-in templates need none of them, as their values come quoted; they are for the templates of projects. Marks of
//! secrets pass through.

use tera::{Kwargs, State, Tera};

/// Adds all filters.
pub(super) fn register(tera: &mut Tera) {
    tera.register_filter("sh", |value: &str, _: Kwargs, _: &State<'_>| shell_word(value));
}

/// `text` as one word of a POSIX shell: as it is where no character is special, else in single quotes.
pub(in crate::compile) fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
