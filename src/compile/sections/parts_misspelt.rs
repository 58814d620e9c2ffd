//! Parts below a name that is nearly `parts`, or nearly `project`: they would be data, and built by nothing.
//!
//! Tables with a `recipe` below any other name are left alone: data may look like anything.

use crate::base::Diagnostics;
use crate::compile::document::{Entry, Table};

use super::merge_native::PARTS;
use super::problem::Problem;

/// The names that have a meaning at the top of a native manifest.
const KNOWN: [&str; 2] = [PARTS, "project"];

/// Reports sections of a native manifest whose names are slips, once each.
pub(super) fn check(sections: &Table, found: &mut Diagnostics) {
    for Entry { key, node, .. } in sections.entries().iter().filter(|entry| !KNOWN.contains(&&*entry.key.text)) {
        let Some(part) = node.as_table().and_then(first_with_recipe) else { continue };
        if let Some(nearest) = found.nearest(&key.text, KNOWN) {
            let (name, part, is_parts) = (key.text.to_string(), part.to_owned(), &*nearest == PARTS);
            found.push(Problem::PartsMisspelt { span: key.span, name, part, is_parts });
        }
    }
}

fn first_with_recipe(table: &Table) -> Option<&str> {
    let has_recipe = |entry: &&Entry| entry.node.as_table().is_some_and(|table| table.scalar("recipe").is_some());
    table.entries().iter().find(has_recipe).map(|entry| &*entry.key.text)
}
