//! `recipe lint`: everything that is wrong, doubtful or worth knowing about the manifest.

use super::args::{Common, FailOn, LintArgs, LintFormat};
use super::exit::Exit;
use super::pipeline::Compiler;
use super::readback::{self, Daemon};
use super::report;
use super::terminal::Terminal;
use super::words;
use crate::base::{Diagnostic, Severity};
use crate::lint;

/// Checks the manifest and prints what it finds to stdout.
pub(super) fn run(args: &LintArgs, common: &Common, terminal: &Terminal) -> Exit {
    if args.list {
        return list(terminal);
    }
    let words = words::split(&args.words.words);
    let mut compiled = match Compiler::new(common, terminal) {
        Ok(compiler) => compiler.compile_without_passwords(&words.assignments),
        Err(exit) => return exit,
    };
    compiled.select(&words.names);
    if let Some(project) = &compiled.project {
        compiled.found.extend(lint::check(project));
    }
    if !compiled.found.has_errors() {
        readback::add(&mut compiled, Severity::Info, &|project, _| Daemon::anywhere(project));
    }
    let unread = compiled.project.is_none();
    let findings = compiled.found.sorted();
    let mut text = Vec::new();
    let written = match args.format {
        LintFormat::Text => report::text(&mut text, &compiled.sources, &findings, terminal.colour_stdout()),
        LintFormat::Json => report::json(&mut text, &compiled.sources, &findings),
    };
    if written.is_ok() && terminal.print(&String::from_utf8_lossy(&text)) == Exit::Failed {
        return Exit::Failed;
    }
    let summary = report::summary(&findings);
    if !summary.is_empty() && args.format == LintFormat::Text {
        terminal.say(format_args!("recipe: {summary}"));
    }
    exit(&findings, args.fail_on, unread)
}

/// 2 where the manifest could not be read whole, so that its parts were not looked at.
fn exit(findings: &[Diagnostic], fail_on: FailOn, unread: bool) -> Exit {
    let least = match fail_on {
        FailOn::Error => Severity::Error,
        FailOn::Warning => Severity::Warning,
        FailOn::Info => Severity::Info,
    };
    if unread {
        Exit::Failed
    } else if findings.iter().any(|finding| finding.severity >= least) {
        Exit::Found
    } else {
        Exit::Done
    }
}

fn list(terminal: &Terminal) -> Exit {
    let rules = lint::rules();
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let lines = rules.iter().map(|r| format!("{:<width$}  {:<7}  {}\n", r.code, r.severity.name(), r.finds));
    terminal.print(&lines.collect::<String>())
}
