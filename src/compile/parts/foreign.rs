//! A `.cfg` part of a recipe that is not ours: its options are data for others, it builds nothing.

use super::builder::Builder;
use super::problem::Problem;
use crate::compile::document::Node;
use crate::compile::project::Part;

/// Warns that nothing is made.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    let span = part.table.get("recipe").map_or(part.span, Node::span);
    builder.report(Problem::ForeignRecipe { part: part.name.clone(), recipe: part.recipe.clone(), span });
}
