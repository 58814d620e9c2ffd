//! `recipe diff`: what a build would change, on disk or against what another manifest would build.

use crate::apply::{Request, look};
use crate::base::Diagnostics;
use crate::cli::build::Settings;
use crate::compile::output::Output;
use crate::compile::plan::compare::compare;
use crate::compile::plan::diff::{Style, write};
use crate::compile::plan::summary::Tense;
use crate::compile::plan::{Action, Plan};

/// What `diff` has to say.
#[derive(Debug)]
pub struct Comparison {
    /// The diff, for stdout.
    pub text: String,
    /// The line that counts, for stderr.
    pub summary: String,
    /// Whether anything differs.
    pub differs: bool,
}

impl Comparison {
    fn new(plan: &Plan, style: Style) -> Self {
        Self { text: write(plan, style), summary: plan.summary(Tense::Due), differs: plan.differs() }
    }
}

/// Compares `outputs` with the disk; none where a build would not be possible, and the findings say why.
pub fn run(outputs: Vec<Output>, settings: &Settings, style: Style) -> (Option<Comparison>, Diagnostics) {
    let (plan, found) = plan(outputs, settings);
    (plan.map(|plan| Comparison::new(&plan, style)), found)
}

/// What a build of `outputs` would do.
pub(super) fn plan(outputs: Vec<Output>, settings: &Settings) -> (Option<Plan>, Diagnostics) {
    let site = settings.site();
    let outcome = look(outputs, &Request { site: &site, options: settings.options(), program: None });
    (outcome.plan, outcome.found)
}

/// Compares `outputs` with `others`, which another manifest makes for the same project folder. With `parts` in the
/// settings only those are compared.
pub fn against(others: Vec<Output>, outputs: Vec<Output>, settings: &Settings, style: Style) -> Comparison {
    let mut plan = compare(others, outputs, &settings.project);
    if let Some(parts) = &settings.parts {
        plan.changes.retain(|change| change.action != Action::Remove || parts.contains(&change.part));
    }
    Comparison::new(&plan, style)
}
