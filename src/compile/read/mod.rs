//! Text → [`Document`]: one reader per syntax, all with the same promises.
//!
//! - Whatever the text, there is a document: what could be read. What could not is in the diagnostics, all of it, but
//!   no error that another one caused.
//! - Every key and value keeps its place, and numbers keep their text.
//! - Nothing is interpreted: references, `extends` and option names are for later stages.
//! - Time and memory grow with the text and not faster: nesting is bounded, and so is what aliases expand to.
//!
//! Deliberately absent: reading files ([`crate::base::seams::Files`] hands in the text, already UTF-8) and writing them.

mod cfg;
pub mod condition;
mod problem;
mod python;
mod report;
#[cfg(test)]
mod testing;
mod toml;
mod yaml;

use memchr::memmem;

use self::condition::Conditions;
use self::problem::Problem;
use super::document::{Document, Syntax, Table};
use crate::base::secret::{CLOSE, OPEN};
use crate::base::{Diagnostics, FileId, Sources, Span, verbatim};

/// What no manifest may hold: NUL, and the marks that texts carry through the stages.
const FORBIDDEN: [char; 5] = ['\0', OPEN, CLOSE, verbatim::OPEN, verbatim::CLOSE];

/// How many tables and lists may stand in each other.
const DEPTH: usize = 64;

/// The byte order mark.
const MARK: char = '\u{feff}';

/// Forbidden characters named one by one.
const NAMED_CHARACTERS: usize = 3;

/// Reads a text of `sources`. `conditions` decide about the conditional sections of a `.cfg`.
pub fn read(
    file: FileId,
    syntax: Syntax,
    sources: &Sources,
    conditions: &Conditions,
    diagnostics: &mut Diagnostics,
) -> Document {
    let text = sources.text(file);
    let readable = fits(file, text, diagnostics) & !holds_forbidden(file, text, diagnostics);
    let root =
        if readable { tree(file, syntax, text, conditions, diagnostics) } else { Table::new(Span::new(file, 0, 0)) };
    Document { syntax, root }
}

fn tree(file: FileId, syntax: Syntax, text: &str, conditions: &Conditions, diagnostics: &mut Diagnostics) -> Table {
    let start = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
    match syntax {
        Syntax::Cfg => {
            if start > 0 {
                diagnostics.push(Problem::ByteOrderMark { span: Span::new(file, 0, start) });
            }
            cfg::read(file, text, start, conditions, diagnostics)
        }
        Syntax::Toml => toml::read(file, text, diagnostics),
        Syntax::Yaml => yaml::read(file, text, diagnostics),
    }
}

fn fits(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> bool {
    let fits = u32::try_from(text.len()).is_ok();
    if !fits {
        diagnostics.push(Problem::TooLarge { span: Span::new(file, 0, 0) });
    }
    fits
}

/// Reports forbidden characters. A text that holds any is not read: it is no manifest, or it would forge a mark.
fn holds_forbidden(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> bool {
    let mut found = 0;
    for character in FORBIDDEN {
        let mut bytes = [0; 4];
        let needle = character.encode_utf8(&mut bytes).as_bytes();
        for at in memmem::find_iter(text.as_bytes(), needle).take(NAMED_CHARACTERS) {
            let span = Span::new(file, at, at + needle.len());
            diagnostics.push(Problem::Forbidden { character, escaped: false, span });
            found += 1;
        }
    }
    found > 0
}

/// The first character of a text behind escapes that no manifest may hold.
fn forbidden_in(text: &str) -> Option<char> {
    text.chars().find(|c| FORBIDDEN.contains(c))
}
