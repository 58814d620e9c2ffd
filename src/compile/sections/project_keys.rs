//! What stands in `[project]`: its own keys, and values for others to refer to.
//!
//! A key that is none of its own, and that nothing refers to, has no effect. One that is nearly a key of `[project]` is a
//! slip, and an error as any unknown option; any other is left to `lint`.

use crate::base::Diagnostics;
use crate::compile::document::Table;
use crate::compile::project::Unused;

use super::inherit::INHERIT;
use super::problem::Problem;

/// The keys that mean something.
const KNOWN: [&str; 8] =
    ["name", "directory", "bin-directory", "parts-directory", "templates-directory", "extends", "offline", INHERIT];

/// Reports slips; the other keys without effect. `is_referred` says whether something refers to the entry of a number.
pub(super) fn check(project: &Table, is_referred: impl Fn(u32) -> bool, found: &mut Diagnostics) -> Vec<Unused> {
    let mut unused = Vec::new();
    for (at, entry) in (0_u32..).zip(project.entries()) {
        let (name, span) = (&*entry.key.text, entry.key.span);
        if KNOWN.contains(&name) || is_referred(at) {
            continue;
        }
        match found.nearest(name, KNOWN) {
            Some(nearest) => found.push(Problem::ProjectKey { span, key: name.to_owned(), nearest }),
            None => unused.push(Unused { name: name.to_owned(), span, recipe: None }),
        }
    }
    unused
}
