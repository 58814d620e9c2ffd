//! `unused-section`: a data section of a native manifest that nothing refers to.
//!
//! Not for a `.cfg`: its sections are also read by tools and recipes that are not ours.

use crate::base::{Diagnostic, Severity};
use crate::compile::project::Project;
use crate::lint::{Checked, Rule};

pub(in crate::lint) static RULE: Checked = Checked {
    rule: Rule {
        code: "unused-section",
        severity: Severity::Warning,
        finds: "a data section that nothing refers to",
        why: "It says something that has no effect, so that the next reader trusts it in vain. Refer to it, or delete it.",
    },
    check,
};

fn check(project: &Project) -> Vec<Diagnostic> {
    if project.is_cfg {
        return Vec::new();
    }
    let finding = |name: &str, span| {
        RULE.rule
            .finding(span, format!("nothing refers to section `{name}`"))
            .help(format!("refer to it with `$<{name}:KEY>`, or delete it"))
    };
    project.unused.iter().map(|unused| finding(&unused.name, unused.span)).collect()
}
