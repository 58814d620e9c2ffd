//! `unused-value`: a value in `[project]` of a native manifest that is none of its own and that nothing refers to.
//!
//! Not for a `.cfg`: `[buildout]` is also read by extensions and recipes that are not ours.

use crate::base::{Diagnostic, Severity};
use crate::compile::project::Project;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};

pub(in crate::lint) static RULE: Checked = Checked::project(
    Rule::new(
        "unused-value",
        Family::Names,
        Severity::Warning,
        "a value in `[project]` that nothing refers to, and that is no option of it",
        "It has no effect, though it looks like an option. Refer to it, or delete it.",
    )
    .example_in(
        "recipe.toml",
        "[project]\nmask = \"022\"\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[project]\nmask = \"022\"\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         umask = \"$<project:mask>\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\n\
         programs = [\"web\"]\n",
    ),
    check,
);

fn check(project: &Project) -> Vec<Diagnostic> {
    let finding = |name: &str, span| {
        RULE.rule
            .finding(span, format!("`{name}` is no option of `[project]`, and nothing refers to it"))
            .help(format!("refer to it with `$<project:{name}>`, or delete it"))
    };
    project.unused_values.iter().map(|unused| finding(&unused.name, unused.span)).collect()
}
