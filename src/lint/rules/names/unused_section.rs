//! `unused-section`: a data section of a native manifest that nothing refers to.
//!
//! Not for a `.cfg`: its sections are also read by tools and recipes that are not ours. `[lint]` is the linter's own.

use crate::base::{Diagnostic, Severity};
use crate::compile::project::Project;
use crate::lint::rule::{Family, Rule};
use crate::lint::{Checked, LINT_SECTION};

pub(in crate::lint) static RULE: Checked = Checked::project(
    Rule::new(
        "unused-section",
        Family::Names,
        Severity::Warning,
        "a data section that nothing refers to",
        "It says something that has no effect, so that the next reader trusts it in vain. Refer to it, or delete it.",
    )
    .example_in(
        "recipe.toml",
        "[common]\numask = \"022\"\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\n\
         [parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
        "[common]\numask = \"022\"\n\n[parts.web]\nrecipe = \"program\"\ncommand = \"/srv/bin/web\"\n\
         inherit = \"common\"\n\n[parts.supervisor]\nrecipe = \"supervisor\"\nprograms = [\"web\"]\n",
    ),
    check,
);

fn check(project: &Project) -> Vec<Diagnostic> {
    if project.is_cfg {
        return Vec::new();
    }
    let finding = |name: &str, span| {
        RULE.rule
            .finding(span, format!("nothing refers to section `{name}`"))
            .help(format!("refer to it with `$<{name}:KEY>`, or delete it"))
    };
    let unused = project.unused.iter().filter(|unused| unused.name != LINT_SECTION);
    unused.map(|unused| finding(&unused.name, unused.span)).collect()
}
