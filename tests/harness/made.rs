//! Documents that are made from a table of the sources.

use std::fs;

use super::{Outcome, project, session};

/// That the document `name` is what the table makes of it; `BLESS=1` writes it.
pub fn check(name: &str, wanted: &str) -> Outcome {
    let file = project().join(name);
    let current = fs::read_to_string(&file).unwrap_or_default();
    if current == wanted {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(file, wanted)?);
    }
    Err(session::difference(wanted, &current).into())
}
