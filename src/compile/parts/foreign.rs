//! A `.cfg` part of a recipe that is not ours: its options are data for others, it builds nothing.

use super::builder::Builder;
use super::problem::Problem;
use super::{KINDS, Kind};
use crate::base::suggest::{self, Meant};
use crate::compile::document::Node;
use crate::compile::project::Part;

/// Warns that nothing is made.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    let span = part.table.get("recipe").map_or(part.span, Node::span);
    let nearest = nearest(&part.recipe);
    builder.report(Problem::ForeignRecipe { part: part.name.clone(), recipe: part.recipe.clone(), nearest, span });
}

/// The recipe of ours that `recipe` is a slip of. Many recipes begin alike (`collective.recipe.`), so that what follows
/// the last dot must be near as well.
fn nearest(recipe: &str) -> Option<Meant> {
    let last = |name: &str| name.rsplit('.').next().unwrap_or_default().to_owned();
    let own = last(recipe);
    let is_near = |name: &str| last(name) == own || suggest::nearest(&own, [&*last(name)]).is_some();
    let ours = KINDS.iter().filter(|kind| !kind.recipe.is_empty() && !kind.is_foreign()).map(named);
    let ours: Vec<String> = ours.filter(|name| is_near(name)).collect();
    suggest::nearest(recipe, ours.iter().map(String::as_str))
}

/// What a manifest writes for a kind.
fn named(kind: &Kind) -> String {
    if kind.entry == "default" { kind.recipe.to_owned() } else { format!("{}:{}", kind.recipe, kind.entry) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_told_from_other_recipes() {
        let cases = [
            ("collective.recipe.supervisr", Some("collective.recipe.supervisor")),
            ("colective.recipe.supervisor", Some("collective.recipe.supervisor")),
            ("collective.recipe.supervisorprogram", Some("collective.recipe.supervisorprograms")),
            ("collective.recipe.supervisorprograms:multiply", Some("collective.recipe.supervisorprograms:multiplier")),
            ("collective.recipe.template", None),
            ("collective.recipe.omelette", None),
            ("zc.recipe.egg", None),
            ("zc.zdaemonrecipe", None),
            ("", None),
        ];
        for (recipe, expected) in cases {
            assert_eq!(nearest(recipe).as_deref(), expected, "{recipe}");
        }
    }
}
