//! `recipe lint`: everything that is wrong, doubtful or worth knowing about a manifest or a configuration.
//!
//! Words are files and folders, else parts and values of the manifest. Without any the manifest of the folder is checked.
//! All of it is read from a view of the disk in which fixes can be made before they are written ([`texts`]).

mod fixing;
mod formats;
mod manifest;
mod paths;
mod read;
mod settings;
mod texts;

use std::io::Read as _;

use super::args::{Common, ExplainArgs, FailOn, LintArgs, LintFormat};
use super::exit::Exit;
use super::find;
use super::terminal::Terminal;
use super::words;
use crate::base::seams::Files as _;
use crate::base::{Diagnostic, FileId, Safety, Severity, Sources, list};
use crate::lint;
use crate::lint::settings::Settings;
use crate::sources::disk::Disk;
use texts::Texts;

/// What came of a check.
#[derive(Default)]
struct Run {
    sources: Sources,
    /// What is told, by place.
    found: Vec<Diagnostic>,
    /// The files that were checked.
    files: Vec<FileId>,
    /// What could not be looked at, and why.
    unread: Vec<String>,
    /// Whether something could not be read whole, so that not all was looked at.
    is_unread: bool,
}

/// What is to be checked.
struct Asked<'a> {
    args: &'a LintArgs,
    common: &'a Common,
    terminal: &'a Terminal,
    settings: Settings,
    /// Parts and values of the manifest, or paths.
    words: words::Split,
    /// Whether the names are paths.
    are_paths: bool,
}

/// Checks, and prints what it finds to stdout.
pub(super) fn run(args: &LintArgs, common: &Common, terminal: &Terminal) -> Exit {
    if args.list {
        return list_rules(terminal);
    }
    match checked(args, common, terminal) {
        Ok(exit) | Err(exit) => exit,
    }
}

fn checked(args: &LintArgs, common: &Common, terminal: &Terminal) -> Result<Exit, Exit> {
    let mut words = words::split(&args.words);
    let stdin = paths::stdin(&mut words.names, args.stdin_filename.as_deref());
    // Without a manifest a word names no part of one.
    let no_manifest =
        || find::manifest(common.config.as_deref(), &|name| Disk.exists(name)) == Err(find::NotFound::None);
    let is_lone = || !words.names.is_empty() && no_manifest();
    let are_paths = stdin.is_some() || words.names.iter().any(|word| paths::is_path(word)) || is_lone();
    let settings = settings::of(args, common, terminal)?;
    let asked = Asked { args, common, terminal, settings, words, are_paths };
    let mut texts = Texts::new(args.here);
    if let Some(name) = stdin {
        let mut text = Vec::new();
        std::io::stdin().read_to_end(&mut text).map_err(|e| terminal.fail(format_args!("cannot read stdin: {e}")))?;
        texts.set_input(&name, text);
    }
    let mut run = asked.look(&texts, terminal)?;
    for line in &run.unread {
        terminal.fail(format_args!("{line}"));
    }
    let most = if args.unsafe_fixes { Some(Safety::Unsafe) } else { None };
    let most = most.or((args.fix || args.diff).then_some(Safety::Safe));
    if let Some(most) = most {
        let quiet = Terminal::new(true, super::args::Color::Never);
        let count = fixing::fix(&mut run, &mut texts, most, &|texts| asked.look(texts, &quiet))?;
        if args.diff {
            let is_same = texts.changed().next().is_none();
            terminal.print(&fixing::diff(&texts));
            return Ok(if is_same { Exit::Done } else { Exit::Found });
        }
        fixing::write(&texts, terminal)?;
        if count > 0 {
            let many = list::count(count, "finding", "findings");
            terminal.say(format_args!("recipe: mended {many}"));
        }
    }
    print(&asked, &run, texts.input().is_some() && most.is_some())
}

impl Asked<'_> {
    fn look(&self, texts: &Texts, terminal: &Terminal) -> Result<Run, Exit> {
        if self.are_paths { read::paths(self, texts, terminal) } else { manifest::project(self, texts, terminal) }
    }
}

/// Findings go to stdout, unless `is_taken` by a text that was mended.
fn print(asked: &Asked<'_>, run: &Run, is_taken: bool) -> Result<Exit, Exit> {
    let (args, terminal) = (asked.args, asked.terminal);
    let format = args.format.unwrap_or_else(LintFormat::of_surroundings);
    let text = formats::text(format, run, terminal.colour_stdout());
    if is_taken {
        if !text.trim().is_empty() {
            terminal.say(format_args!("{}", text.trim_end()));
        }
    } else if terminal.print(&text) == Exit::Failed {
        return Err(Exit::Failed);
    }
    let summary = super::report::summary(&run.found);
    if !summary.is_empty() && matches!(format, LintFormat::Text | LintFormat::Concise) {
        terminal.say(format_args!("recipe: {summary}"));
    }
    Ok(exit(asked, run))
}

/// 2 where something could not be read whole, so that it was not looked at.
fn exit(asked: &Asked<'_>, run: &Run) -> Exit {
    let least = asked.args.fail_on.map(FailOn::severity).or(asked.settings.fail_on).unwrap_or(Severity::Warning);
    if run.is_unread {
        Exit::Failed
    } else if run.found.iter().any(|finding| finding.severity >= least) && !asked.args.exit_zero {
        Exit::Found
    } else {
        Exit::Done
    }
}

fn list_rules(terminal: &Terminal) -> Exit {
    let rules = lint::rules();
    let width = rules.iter().map(|rule| rule.code.len()).max().unwrap_or(0);
    let lines = rules.iter().map(|r| format!("{:<width$}  {:<7}  {}\n", r.code, r.severity.name(), r.finds));
    terminal.print(&lines.collect::<String>())
}

/// `recipe explain CODE`
pub(super) fn explain(args: &ExplainArgs, terminal: &Terminal) -> Exit {
    if let Some(rule) = lint::find(&args.code) {
        return terminal.print(&rule.page());
    }
    let unknown = lint::settings::UnknownCode(args.code.clone());
    terminal.fail(format_args!("there is no rule `{}`; {}", args.code, unknown.help()))
}
