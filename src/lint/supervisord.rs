//! A supervisord.conf: read as the daemon reads it, and looked at by the rules.
//!
//! The host is not asked unless it is the one that is to run it. Then a variable of the environment is not known either:
//! what depends on one is not judged.

use super::rules::{self, RULES};
use super::unsaid::without_secrets;
use super::view::{Block, Conf, Given};
use crate::base::{Diagnostic, FileId, Severity, Sources, Span};
use crate::conf::check::Question;
use crate::conf::include;
use crate::conf::ini::Ini;
use crate::conf::options;
use crate::conf::problem::{Finding, Problem};
use crate::conf::read::{self, Reading};

/// What came of a configuration.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong, by the order of its discovery.
    pub found: Vec<Diagnostic>,
    /// Its files, the main one first.
    pub files: Vec<FileId>,
}

/// Checks `text`, which the user calls `path`.
pub fn check(sources: &mut Sources, path: &str, text: String, given: Given<'_>) -> Checked {
    let loaded = include::load(sources, path, text, &given.context);
    let ini = loaded.ini(sources, &given.context);
    let reading = read::read_loaded(&loaded, &ini, path, &given.context);
    let is_fragment = is_fragment(&ini);
    let is_whole = reading.warnings.is_empty() || !reading.warnings.iter().any(|n| n.code.starts_with("conf-include"));
    let conf = Conf { is_fragment, is_whole, ..Conf::new(sources, &ini, &loaded, &reading, given) };
    let mut found = read_findings(&conf);
    for rule in RULES.iter().filter_map(|rule| rule.conf) {
        rule(&conf, &mut found);
    }
    let secrets = secrets(&conf);
    let found = found.into_iter().map(|finding| without_secrets(finding, &secrets)).collect();
    Checked { found, files: loaded.files().collect() }
}

/// What the rules find in a configuration that a manifest makes, and how it is read.
pub fn of_built(sources: &mut Sources, path: &str, text: String, given: Given<'_>) -> (Vec<Diagnostic>, Reading) {
    let loaded = include::load(sources, path, text, &given.context);
    let ini = loaded.ini(sources, &given.context);
    let reading = read::read_loaded(&loaded, &ini, path, &given.context);
    let is_whole = ini.section("include").is_none();
    let is_fragment = ini.section("supervisord").is_none();
    let conf = Conf { is_fragment, is_whole, ..Conf::new(sources, &ini, &loaded, &reading, given) };
    let mut found = Vec::new();
    for rule in RULES.iter().filter(|rule| rule.is_of_built).filter_map(|rule| rule.conf) {
        rule(&conf, &mut found);
    }
    (found, reading)
}

/// The values of passwords.
fn secrets(conf: &Conf<'_>) -> Vec<(Span, String)> {
    let of = |block: Block<'_>| {
        let names = options::options(block.kind).filter(|opt| opt.secret).map(|opt| opt.name);
        let values = names.filter_map(|name| block.setting(name)).map(|setting| &setting.value);
        values.map(|value| (value.span(), value.text().into_owned())).collect::<Vec<_>>()
    };
    conf.blocks().filter(|block| !block.kind.is_program_like()).flat_map(of).collect()
}

/// What supervisord reads over without a word, as those are told of it who only want to know what a file means.
pub fn passed_over(conf: &Conf<'_>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    rules::unknown_names(conf, &mut found);
    found.into_iter().map(|finding| Diagnostic { severity: Severity::Info, ..finding }).collect()
}

/// Whether the file is a piece that another one includes, or a client's own, however it is called.
fn is_fragment(ini: &Ini<'_>) -> bool {
    ini.section("supervisord").is_none() && !ini.sections().is_empty()
}

/// What the reader finds.
fn read_findings(conf: &Conf<'_>) -> Vec<Diagnostic> {
    let Reading { errors, checks, .. } = conf.reading;
    let mut found: Vec<Diagnostic> = errors.iter().filter_map(|finding| of_reader(conf, finding)).collect();
    found.extend(conf.reading.noticed().filter(|notice| is_known(conf, notice)));
    found.extend(conf.reading.foreign_functions().map(foreign));
    let Some(here) = conf.given.here else { return found };
    let asked = checks.iter().filter(|check| !matches!(check.question, Question::Factory(..)));
    found.extend(asked.filter(|check| !check.question.ask(here)).map(|check| check.finding.clone().shown()));
    found
}

/// What is wrong by the original's own lights, as far as that is known.
fn of_reader(conf: &Conf<'_>, finding: &Finding) -> Option<Diagnostic> {
    if let Some(name) = finding.problem.unset_variable() {
        conf.given.here?;
        let message = format!("`{name}` is not set here; supervisord must have it in its environment");
        return Some(Diagnostic { severity: Severity::Info, message, ..finding.clone().shown() });
    }
    let is_elsewhere = match finding.problem {
        // A text without any section says so already.
        Problem::NoMainSection { .. } => {
            conf.is_fragment || conf.ini.sections().is_empty() && !conf.ini.problems().is_empty()
        }
        Problem::UnknownProgram { .. } => !conf.is_all(),
        _ => false,
    };
    (!is_elsewhere).then(|| with_fix(conf, finding, finding.clone().shown()))
}

/// Of a `%` that is meant as such the fix is known.
fn with_fix(conf: &Conf<'_>, finding: &Finding, shown: Diagnostic) -> Diagnostic {
    let (Problem::BadFormat { .. }, Some(span)) = (innermost(&finding.problem), finding.span) else { return shown };
    match super::fix::doubled(conf.sources, span) {
        Some(fix) => shown.fix(fix),
        None => shown,
    }
}

fn innermost(problem: &Problem) -> &Problem {
    match problem {
        Problem::Within { problem, .. } | Problem::InSocket { problem, .. } => innermost(problem),
        problem => problem,
    }
}

/// Whether a warning of the reader holds anywhere. That an absolute pattern matches nothing is a fact of this host.
fn is_known(conf: &Conf<'_>, notice: &Diagnostic) -> bool {
    let is_absolute = notice.span.is_some_and(|span| conf.sources.slice(span).starts_with('/'));
    conf.given.here.is_some() || !notice.code.starts_with("conf-include") || !is_absolute
}

/// A Python plugin is no fault of a configuration that Python reads.
fn foreign(finding: Diagnostic) -> Diagnostic {
    let span = finding.span;
    let message = "this is a plugin in Python: the bundled supervisord does not start with it".to_owned();
    Diagnostic { severity: Severity::Info, message, span, ..finding }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;
    use crate::base::memory::Memory;
    use crate::conf::expand::Environ;
    use crate::conf::include::Context;

    #[test]
    fn no_message_quotes_a_secret() {
        let text = "[inet_http_server]\nport = 1\nusername = a\npassword = hunter%2\n[program:a]\ncommand = a \
                    --password hunter%2 %\nenvironment = PASSWORD=\"hunter%2\"\n[eventlistener:b]\ncommand = b\n\
                    events = X\nenvironment = TOKEN=hunter%2,\n";
        let mut sources = Sources::new();
        let environ = Environ::default();
        let context = Context {
            files: &Memory::default(),
            environ: &environ,
            host_node_name: "h",
            directory: "/srv",
            tempdir: "/tmp",
        };
        let given = Given { settings: &Settings::default(), context, here: None };
        let found = check(&mut sources, "a.conf", text.to_owned(), given).found;
        assert!(found.len() > 3);
        for finding in found {
            assert!(!format!("{} {:?}", finding.message, finding.help).contains("hunter"), "{finding:?}");
        }
    }
}
