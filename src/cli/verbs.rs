//! From the command line to the verbs that deal with outputs: build, diff, clean.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{BuildArgs, CleanArgs, Common, DiffArgs, RootArgs, Words, WriteArgs};
use super::build::{self, Settings};
use super::daemons::{self, Record};
use super::exit::Exit;
use super::pipeline::{Compiled, Compiler, project_root};
use super::terminal::Terminal;
use super::words::Split;
use super::{clean as remove, diff as compare};
use crate::base::seams::Files;
use crate::base::{Diagnostic, Diagnostics, Severity, Sources, list};
use crate::compile::output::{Content, Output};
use crate::compile::plan::diff::Style;
use crate::sources::disk::Disk;
use crate::sources::git::GitFiles;
use crate::sources::moved::MovedFiles;

/// `recipe build`
pub(super) fn build(args: &BuildArgs, common: &Common, terminal: &Terminal) -> Exit {
    let prepared = Prepared::new(&args.words, &args.write, &args.root, common, terminal);
    prepared.map_or_else(|exit| exit, |p| write(&p.compiler, p.compiled, &p.settings, &p.words, terminal))
}

/// A manifest that was compiled without errors, and where its outputs go.
struct Prepared<'a> {
    compiler: Compiler<'a>,
    compiled: Compiled,
    settings: Settings,
    words: Split,
}

impl<'a> Prepared<'a> {
    /// Compiles, and shows what was found. The exit is the end of the verb: there are errors, or nothing to build.
    fn new(
        words: &Words,
        write: &WriteArgs,
        root: &RootArgs,
        common: &'a Common,
        terminal: &Terminal,
    ) -> Result<Self, Exit> {
        let (compiler, mut compiled, words) = Compiler::begin(words, common, terminal)?;
        compiled.select(&words.names);
        let settings = writable(&mut compiled, write, root.root.as_deref(), &words, terminal)?;
        if compiled.is_fragment(terminal) {
            return Err(Exit::Done);
        }
        Ok(Self { compiler, compiled, settings, words })
    }
}

/// Shows what was found in the manifest; the target of its outputs, if it is without errors.
pub(super) fn writable(
    compiled: &mut Compiled,
    write: &WriteArgs,
    root: Option<&Utf8Path>,
    words: &Split,
    terminal: &Terminal,
) -> Result<Settings, Exit> {
    let target = compiled.target(write, root, words);
    let mut found = std::mem::take(&mut compiled.found);
    if let Some(target) = target.as_ref().filter(|_| found.has_errors()) {
        found.extend(misplaced(compiled.outputs.clone(), target));
    }
    found.retain(|finding| finding.code != FOREIGN);
    let failed = terminal.findings(&compiled.sources, found);
    say_foreign(compiled, terminal);
    target.filter(|_| !failed).ok_or(Exit::Failed)
}

/// Outputs that cannot be where they are wanted: told with what is wrong in the manifest, not only once that is mended.
fn misplaced(outputs: Vec<Output>, target: &Settings) -> Vec<Diagnostic> {
    let (_, found) = compare::plan(outputs, target);
    found.iter().filter(|finding| finding.severity == Severity::Error && finding.span.is_some()).cloned().collect()
}

/// The finding that a part is not built here: `lint` shows each, all others count them.
const FOREIGN: &str = "foreign-recipe";

fn say_foreign(compiled: &Compiled, terminal: &Terminal) {
    let parts = compiled.project.iter().flat_map(|project| &project.parts).filter(|part| part.kind.is_foreign());
    let count = parts.count();
    if count > 0 {
        let parts = list::count(count, "part", "parts");
        terminal.say(format_args!("{parts} of recipes that are not built in: `recipe lint` names them"));
    }
}

/// Writes the outputs and says what changed.
pub(super) fn write(
    compiler: &Compiler<'_>,
    compiled: Compiled,
    settings: &Settings,
    words: &Split,
    terminal: &Terminal,
) -> Exit {
    let compiled = match compiler.keep_passwords() {
        Ok(true) => compiled,
        Ok(false) => {
            let mut again = compiler.compile(&words.assignments);
            again.select(&words.names);
            again
        }
        Err(why) => return terminal.fail(format_args!("{why}")),
    };
    let found = build::run(compiled.outputs, settings, &|line| terminal.say(format_args!("{line}")));
    let exit = finish(&compiled.sources, found, terminal);
    // The process ends here, and takes all memory along; to free a large manifest value by value takes a while.
    std::mem::forget(compiled.project);
    exit
}

fn finish(sources: &Sources, found: Diagnostics, terminal: &Terminal) -> Exit {
    if terminal.findings(sources, found) { Exit::Failed } else { Exit::Done }
}

/// `recipe diff`
pub(super) fn diff(args: &DiffArgs, common: &Common, terminal: &Terminal) -> Exit {
    let prepared = Prepared::new(&args.words, &args.write, &args.root, common, terminal);
    let Prepared { compiler, compiled, settings: target, words } = match prepared {
        Ok(prepared) => prepared,
        Err(exit) => return exit,
    };
    let waiting = if args.against.is_none() { waiting_for_restart(&compiled) } else { Vec::new() };
    let style = if terminal.colour_stdout() { Style::Coloured } else { Style::Plain };
    let (comparison, found) = match &args.against {
        None => compare::run(compiled.outputs, &target, style),
        Some(name) => match others(&compiler, name, &target, &words, terminal) {
            Ok(others) => (Some(compare::against(others, compiled.outputs, &target, style)), Diagnostics::new()),
            Err(exit) => return exit,
        },
    };
    let failed = terminal.findings(&compiled.sources, found);
    let Some(comparison) = comparison.filter(|_| !failed) else { return Exit::Failed };
    if terminal.print(&comparison.text) == Exit::Failed {
        return Exit::Failed;
    }
    terminal.say(format_args!("{}", comparison.summary));
    for told in waiting {
        terminal.say(format_args!("{told}"));
    }
    if comparison.differs { Exit::Found } else { Exit::Done }
}

/// Which supervisors run with options that are not those of the manifest any more, nor of what was built since.
fn waiting_for_restart(compiled: &Compiled) -> Vec<String> {
    let Some(project) = &compiled.project else { return Vec::new() };
    let waits = |record: &Record| {
        let output = compiled.outputs.iter().find(|output| *output.path == *record.conf)?;
        let Content::File { text, .. } = &output.content else { return None };
        let Record { pid, .. } = record;
        record.differs(text).then(|| {
            format!(
                "the supervisord of part `{}` (pid {pid}) runs with options of its own from before earlier builds; a restart, \
                 which stops all its programs, gives it the present ones: kill -HUP {pid}",
                output.part
            )
        })
    };
    daemons::read(&project.directory).iter().filter_map(waits).collect()
}

/// What the manifest of another folder or of a git revision makes, as if it stood in this folder.
fn others(
    compiler: &Compiler<'_>,
    name: &str,
    target: &Settings,
    words: &Split,
    terminal: &Terminal,
) -> Result<Vec<Output>, Exit> {
    let folder = compiler.here.join(name);
    if folder.is_dir() {
        let folder = folder.canonicalize_utf8().unwrap_or(folder);
        let files = MovedFiles::new(&target.project, &folder, &compiler.here, &Disk);
        return compile_others(compiler, &files, name, words, terminal);
    }
    match GitFiles::open(&target.project, name, &compiler.here, &Disk) {
        Ok(files) => compile_others(compiler, &files, name, words, terminal),
        Err(error) => {
            let mut found = Diagnostics::new();
            found.push(Diagnostic::from(error));
            terminal.findings(&Sources::new(), found);
            Err(Exit::Failed)
        }
    }
}

/// Nobody mends what `name` is: its warnings are not told.
fn compile_others(
    compiler: &Compiler<'_>,
    files: &dyn Files,
    name: &str,
    words: &Split,
    terminal: &Terminal,
) -> Result<Vec<Output>, Exit> {
    let mut compiled = compiler.compile_from(files, &words.assignments);
    let mut found = std::mem::take(&mut compiled.found);
    found.retain(|finding| finding.severity == Severity::Error);
    if terminal.findings(&compiled.sources, found) {
        return Err(terminal.fail(format_args!("that is in `{name}`, so nothing can be compared with it")));
    }
    compiled.outputs.retain(|output| words.names.is_empty() || words.names.contains(&output.part));
    Ok(compiled.outputs)
}

/// `recipe clean`
pub(super) fn clean(args: &CleanArgs, common: &Common, terminal: &Terminal) -> Exit {
    let project = match Compiler::new(common, terminal) {
        Ok(compiler) => compiler.project(),
        Err(exit) => return exit,
    };
    let root: Option<Utf8PathBuf> = args.root.as_deref().map(project_root);
    let target = Settings { project, root, force: args.force, allow_outside: false, foreign: None, parts: None };
    let found = remove::run(&target, &|line| terminal.say(format_args!("{line}")));
    finish(&Sources::new(), found, terminal)
}
