//! A supervisord.conf: read as the daemon reads it, and looked at by the rules.
//!
//! The host is not asked unless it is the one that is to run it. Then a variable of the environment is not known either:
//! what depends on one is not judged.

use super::rules::{self, RULES};
use super::unsaid::without_secrets;
use super::view::{Block, Conf, Given};
use crate::base::{Diagnostic, FileId, Severity, Sources, Span};
use crate::conf::check::{Question, WorldCheck};
use crate::conf::expand::{Environ, Label, Scope, expand};
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
    let of_client = conf.client.iter().flat_map(|client| &client.errors);
    found.extend(of_client.filter_map(|finding| of_client_reader(conf, finding)));
    let noticed = conf.reading.noticed().filter(|notice| is_known(conf, notice));
    found.extend(noticed.map(|notice| rules::syslog_as_file(conf, &notice).into_iter().fold(notice, Diagnostic::fix)));
    let foreign_checks = checks.iter().filter(|check| !rules::is_no_function(check));
    found.extend(foreign_checks.filter_map(WorldCheck::foreign_function).map(foreign));
    let Some(here) = conf.given.here else { return found };
    let asked = checks.iter().filter(|check| !matches!(check.question, Question::Factory(..)));
    found.extend(asked.filter(|check| !check.question.ask(here)).map(|check| check.finding.clone().shown()));
    found
}

/// What is wrong by the original's own lights, as far as that is known.
fn of_reader(conf: &Conf<'_>, finding: &Finding) -> Option<Diagnostic> {
    if let Some(name) = finding.problem.unset_variable() {
        if let Some(certain) = whatever_it_is(finding) {
            return Some(with_fix(conf, &certain, certain.clone().shown()));
        }
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

/// What is wrong by supervisorctl's lights: it has another environment, which is not known.
fn of_client_reader(conf: &Conf<'_>, finding: &Finding) -> Option<Diagnostic> {
    let certain = match finding.problem.unset_variable() {
        Some(_) => whatever_it_is(finding)?,
        None => finding.clone(),
    };
    Some(with_fix(conf, &certain, certain.clone().shown()))
}

/// What is wrong with an expansion whatever the variables of the environment are.
fn whatever_it_is(finding: &Finding) -> Option<Finding> {
    let mut certain = finding.clone();
    let problem = certain.problem.innermost_mut();
    let Problem::UnknownExpansion { text, label, available, .. } = &*problem else { return None };
    let environ = Environ::default();
    let names = available.iter().filter(|name| !name.starts_with("ENV_"));
    let scope = names.fold(Scope::new(&environ).with_any_variable(), |scope, name| scope.with_some(name));
    *problem = expand(text, &scope, Label::Bare(label)).err()?;
    // One character would do.
    let is_doubtful = matches!(problem, Problem::BadFormat { reason, .. } if reason.starts_with("%c "));
    (!is_doubtful).then_some(certain)
}

/// Of a `%` that is meant as such the fix is known, and of a comment that is none.
fn with_fix(conf: &Conf<'_>, finding: &Finding, shown: Diagnostic) -> Diagnostic {
    let Some(span) = finding.span else { return shown };
    let problem = innermost(&finding.problem);
    let fix = match problem {
        Problem::BadFormat { .. } => super::fix::doubled(conf.sources, span),
        _ if problem.code() == "conf-value" => rules::glued_comment(conf.sources, span),
        _ => None,
    };
    match fix {
        Some(fix) if problem.code() == "conf-value" => shown.help(rules::GLUED).fix(fix),
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

    #[test]
    fn what_no_environment_makes_right_is_an_error() {
        let told = |text: &str| {
            let found = crate::lint::tests::lint(text, &Settings::default()).1;
            found.into_iter().filter(|f| f.code == "conf-expansion").map(|f| f.message).collect::<Vec<_>>()
        };
        let program = |text: &str| told(&format!("[program:a]\ncommand = {text}\n"));
        let refused = |text: &str, why: &str| {
            vec![format!(
                "Format string '{text}' for 'program:a.command' {why} in section 'program:a' (file: '/srv/web.conf')"
            )]
        };
        assert_eq!(program("%(ENV_X)s %(process_num)d %(ENV_Y)5s %(ENV_Z)c"), Vec::<String>::new());
        assert_eq!(program("%(ENV_X)"), refused("%(ENV_X)", "is badly formatted: incomplete format"));
        let reason = "is badly formatted: %d format: a real number is required, not str";
        assert_eq!(program("%(ENV_X)s %(ENV_Y)d"), refused("%(ENV_X)s %(ENV_Y)d", reason));
        let names = "group_name, here, host_node_name, numprocs, process_num, program_name";
        let reason = format!("contains names ('nope') which cannot be expanded. Available names: {names}");
        assert_eq!(program("%(ENV_X)s %(nope)s"), refused("%(ENV_X)s %(nope)s", &reason));
        let client = |text: &str| told(&format!("[supervisorctl]\nserverurl = http://a\n{text}\n"));
        assert_eq!(
            client("prompt = 100%"),
            ["Format string '100%' for 'supervisorctl.prompt' is badly formatted: incomplete format"]
        );
        assert_eq!(
            client("prompt = %(here)s"),
            ["Format string '%(here)s' for 'supervisorctl.prompt' contains names ('here') which cannot be expanded. \
              Available names: "]
        );
        assert_eq!(client("prompt = %(ENV_X)s\nhistory_file = %(here)s/h"), Vec::<String>::new());
        assert_eq!(client("username = %(ENV_X)").len(), 1);
    }
}
