//! Values as a cluster.ini can hold them. Marks of secrets are left alone.

use crate::base::secret;
use crate::conf::python::{is_space, strip};

/// Why a value cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unwritable {
    /// Blanks at its ends are lost.
    Blanks,
    /// What follows a `;` behind a blank is a comment.
    Comment,
    /// `%(` begins a name.
    Name,
    /// A line that is empty, or begins as a comment does.
    Line,
    /// A value `""` is empty.
    Quotes,
}

impl Unwritable {
    /// What was expected.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Blanks => "a value without blanks at its ends, which cluster.ini cannot hold",
            Self::Comment => "a value without `;` behind a blank, which begins a comment in cluster.ini",
            Self::Name => "a value without `%(`, which begins a name in cluster.ini",
            Self::Line => "no empty line, and none that begins with `#` or `;`, as cluster.ini drops them",
            Self::Quotes => "a value other than `\"\"`, which is empty in cluster.ini",
        }
    }
}

/// `text` as the value of a key; further lines are indented.
pub fn value(text: &str) -> Result<String, Unwritable> {
    let clear = secret::reveal(text);
    if clear.is_empty() {
        return Ok(String::new());
    }
    if clear.contains("%(") {
        return Err(Unwritable::Name);
    }
    let mut lines = clear.split(['\n', '\r']);
    let first = lines.next().unwrap_or("");
    if first == "\"\"" {
        return Err(Unwritable::Quotes);
    }
    if first.find(';').is_some_and(|at| at == 0 || first[..at].ends_with(is_space)) {
        return Err(Unwritable::Comment);
    }
    let mut rest = lines.clone();
    if strip(first) != first || rest.any(|line| strip(line) != line) {
        return Err(Unwritable::Blanks);
    }
    if first.is_empty() || clear.contains('\r') || lines.any(|line| line.is_empty() || line.starts_with(['#', ';'])) {
        return Err(Unwritable::Line);
    }
    Ok(text.replace('\n', "\n    "))
}
