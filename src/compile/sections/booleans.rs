//! Options of `[buildout]` that are `true` or `false`: zc.buildout takes no other word, in any case or spelling.
//!
//! It looks at some before references are replaced and at some after that. `newest` has no meaning without the network,
//! and is not looked at then.

use crate::base::Diagnostics;
use crate::compile::document::Table;

use super::directories::without_references;
use super::problem::Problem;

/// Looked at as they are written; `recipe-references` is ours.
const WRITTEN: [&str; 3] = ["recipe-references", "offline", "newest"];
/// Looked at when they are resolved; the last two by zc.recipe.egg, with which recipes make their scripts.
const RESOLVED: [&str; 8] = [
    "prefer-final",
    "use-dependency-links",
    "allow-picked-versions",
    "show-picked-versions",
    "abi-tag-eggs",
    "install-from-cache",
    "allow-unknown-extras",
    "relative-paths",
];

/// Before references are replaced.
pub(super) fn check_written(buildout: &Table, found: &mut Diagnostics) {
    let is_offline = buildout.scalar("offline").is_some_and(|offline| &*offline.text == "true");
    let names = WRITTEN.into_iter().filter(|name| !is_offline || *name != "newest");
    check(buildout, names, |_| true, found);
}

/// After that. A reference that could not be replaced has been reported.
pub(super) fn check_resolved(buildout: &Table, found: &mut Diagnostics) {
    check(buildout, RESOLVED, without_references, found);
}

fn check(
    buildout: &Table,
    names: impl IntoIterator<Item = &'static str>,
    is_whole: fn(&str) -> bool,
    found: &mut Diagnostics,
) {
    for name in names {
        let Some(scalar) = buildout.scalar(name) else { continue };
        if !matches!(&*scalar.text, "true" | "false") && is_whole(&scalar.text) {
            found.push(Problem::NoBoolean { span: scalar.span, name, value: scalar.text.to_string() });
        }
    }
}
