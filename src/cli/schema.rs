//! `recipe schema`: the JSON Schema of the native manifest, for editors.

use super::exit::Exit;
use super::terminal::Terminal;
use crate::compile::schema;

/// Prints it.
pub(super) fn run(terminal: &Terminal) -> Exit {
    terminal.print(&format!("{:#}\n", schema::schema()))
}
