//! What is checked, under stable names.
//!
//! A finding comes from one of three places. What the compiler refuses or doubts anyway it finds itself, wherever it is
//! in the pipeline, and so do the readers of configurations; those rules stand in one table, [`compiler`]. What only a
//! check wants to know is a file in `rules`, which holds its [`Rule`] and the function that looks: it sees the resolved
//! project, or a configuration as written and as read ([`view`]), and nothing of the world but what is handed in. The
//! linter's own comments and settings have rules, too ([`own`]).
//!
//! ```text
//! path, text → kind → read (conf, compile) → view → rules → findings
//! findings → settings (select, ignore, severity) → suppress (comments) → told
//! told → fix → text
//! ```
//!
//! To add a rule: a file in `rules`, its name in [`RULES`].

pub mod built;
pub mod compiler;
pub mod daemon;
pub mod fix;
pub mod kind;
pub mod manifest;
pub mod monitor;
pub mod own;
pub mod rule;
mod rules;
pub mod settings;
pub mod supervisord;
pub mod suppress;
pub mod target;
mod unsaid;
pub mod view;

use crate::base::seams::Here;
use crate::base::{Diagnostic, FileId, Sources};
use crate::compile::project::Project;
pub use rule::{Example, Family, Rule};
pub use rules::RULES;
use settings::Settings;
use view::{Conf, Daemon};

/// The section of a native manifest that holds the settings of the linter.
pub const LINT_SECTION: &str = "lint";

/// A rule with a check of its own: on a manifest, on a supervisord.conf, on a zdaemon.conf.
#[derive(Debug)]
pub struct Checked {
    /// The rule.
    pub rule: Rule,
    /// Its findings on a resolved project.
    pub project: Option<fn(&Project) -> Vec<Diagnostic>>,
    /// Its findings on a supervisord.conf.
    pub conf: Option<fn(&Conf<'_>, &mut Vec<Diagnostic>)>,
    /// Its findings on a zdaemon.conf.
    pub daemon: Option<fn(&Daemon<'_>, &mut Vec<Diagnostic>)>,
    /// Whether it looks at the supervisord.conf that a manifest makes as well: what the compiler does not find anyway, and
    /// what needs no password, as there is none in it yet.
    pub is_of_built: bool,
}

impl Checked {
    /// A rule about manifests.
    const fn project(rule: Rule, check: fn(&Project) -> Vec<Diagnostic>) -> Self {
        Self { rule, project: Some(check), conf: None, daemon: None, is_of_built: false }
    }

    /// A rule about a supervisord.conf.
    const fn conf(rule: Rule, check: fn(&Conf<'_>, &mut Vec<Diagnostic>)) -> Self {
        Self { rule, project: None, conf: Some(check), daemon: None, is_of_built: false }
    }

    /// And about a supervisord.conf.
    const fn also_conf(mut self, check: fn(&Conf<'_>, &mut Vec<Diagnostic>)) -> Self {
        self.conf = Some(check);
        self
    }

    /// And about a zdaemon.conf.
    const fn daemon(mut self, check: fn(&Daemon<'_>, &mut Vec<Diagnostic>)) -> Self {
        self.daemon = Some(check);
        self
    }

    /// And about what a manifest makes.
    const fn built(mut self) -> Self {
        self.is_of_built = true;
        self
    }
}

/// All rules, in no order.
fn all() -> impl Iterator<Item = &'static Rule> {
    let checked = RULES.iter().map(|checked| &checked.rule);
    checked.chain(compiler::STAGES.iter().copied().flatten()).chain(own::RULES.iter().copied())
}

/// All rules, by name.
pub fn rules() -> Vec<&'static Rule> {
    let mut all: Vec<&Rule> = all().collect();
    all.sort_by_key(|rule| rule.code);
    all
}

/// The rule of a finding.
pub fn find(code: &str) -> Option<&'static Rule> {
    all().find(|rule| rule.code == code)
}

/// What the rules with a check of their own find in a manifest.
pub fn check(project: &Project) -> Vec<Diagnostic> {
    RULES.iter().filter_map(|rule| rule.project).flat_map(|check| check(project)).collect()
}

/// What they find on the host that is to run it, if that is this one.
pub fn check_here(project: &Project, here: &dyn Here) -> Vec<Diagnostic> {
    rules::bad_certificates_of_project(here, project)
}

/// What of `found` is told: as the settings want it, without what comments of `files` keep quiet.
pub fn told(
    sources: &Sources,
    files: impl Iterator<Item = FileId>,
    settings: &Settings,
    mut found: Vec<Diagnostic>,
) -> Vec<Diagnostic> {
    let wanted = |finding: &Diagnostic| settings.wants(finding.code, finding.span.map(|span| sources.name(span.file)));
    found.retain(wanted);
    suppress::apply(sources, files, settings, &mut found);
    found.retain(wanted);
    for finding in &mut found {
        if finding.fix.is_none() {
            finding.fix = fix::slip(sources, finding).map(Box::new);
        }
        finding.severity = settings.severity_of(finding);
    }
    found
}

#[cfg(test)]
mod tests;
