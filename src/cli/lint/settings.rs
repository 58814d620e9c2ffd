//! Where the settings of a run come from: `recipe-lint.toml` beside the manifest, else `[lint]` of the manifest, and the
//! command line over them. What is wrong with them ends the run.

use camino::{Utf8Path, Utf8PathBuf};

use super::super::args::{Common, LintArgs};
use super::super::exit::Exit;
use super::super::find;
use super::super::terminal::Terminal;
use crate::base::seams::Files as _;
use crate::base::{Diagnostics, FileId, Sources};
use crate::compile::document::{Node, Syntax, Table};
use crate::compile::read;
use crate::lint::settings::{Selector, Settings};
use crate::lint::{LINT_SECTION, own};
use crate::sources::disk::Disk;

/// The file that holds nothing else.
const FILE: &str = "recipe-lint.toml";

/// The settings of this run.
pub(super) fn of(args: &LintArgs, common: &Common, terminal: &Terminal) -> Result<Settings, Exit> {
    let mut settings = written(args, common, terminal)?;
    if let Some(words) = &args.select {
        settings.select = Some(selectors(words, terminal)?);
    }
    settings.ignore.extend(selectors(&args.ignore, terminal)?);
    if let Some(target) = &args.target {
        settings.target = Some(target.parse().map_err(|why: String| terminal.fail(format_args!("{why}")))?);
    }
    settings.boot_time = args.boot_time.map(i64::from).or(settings.boot_time);
    Ok(settings)
}

fn selectors(words: &[String], terminal: &Terminal) -> Result<Vec<Selector>, Exit> {
    let selector = |word: &String| {
        Selector::of(word).map_err(|unknown| terminal.fail(format_args!("{unknown}; {}", unknown.help())))
    };
    words.iter().map(selector).collect()
}

/// What a file says.
fn written(args: &LintArgs, common: &Common, terminal: &Terminal) -> Result<Settings, Exit> {
    let folder = common.config.as_deref().and_then(Utf8Path::parent).unwrap_or(Utf8Path::new(""));
    if let Some(file) = &args.settings {
        return read(file, Whole::Yes, terminal);
    }
    let own = folder.join(FILE);
    if Disk.exists(own.as_str()) {
        return read(&own, Whole::Yes, terminal);
    }
    match find::manifest(common.config.as_deref(), &|name| Disk.exists(name)) {
        Ok(manifest) if holds_settings(&manifest) => read(&manifest, Whole::No, terminal),
        _ => Ok(Settings::default()),
    }
}

/// Whether the file is about nothing else, or has a section for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// Whether it is worth reading a manifest once more.
fn holds_settings(manifest: &Utf8PathBuf) -> bool {
    Disk.read(manifest.as_str()).is_ok_and(|text| text.contains(LINT_SECTION))
}

fn read(path: &Utf8Path, whole: Whole, terminal: &Terminal) -> Result<Settings, Exit> {
    let text = match Disk.read(path.as_str()) {
        Ok(text) => text,
        // What is wrong with a manifest is said when it is read as one.
        Err(_) if whole == Whole::No => return Ok(Settings::default()),
        Err(why) => return Err(terminal.fail(format_args!("{path}: {why}"))),
    };
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let file = sources.add(path.as_str(), text);
    let table = table(file, path, whole, &sources, &mut found);
    let settings = table.map_or_else(Settings::default, |table| Settings::read(&table, &mut found));
    if terminal.findings(&sources, found) {
        return Err(terminal
            .fail(format_args!("nothing was checked: the settings in {path} are wrong [{}]", own::BAD_SETTINGS.code)));
    }
    Ok(settings)
}

fn table(file: FileId, path: &Utf8Path, whole: Whole, sources: &Sources, found: &mut Diagnostics) -> Option<Table> {
    let syntax = if whole == Whole::Yes { Syntax::Toml } else { Syntax::of(path.as_str()) };
    let mut of_file = Diagnostics::new();
    let conditions = super::super::facts::conditions();
    let document = read::read(file, syntax, sources, &conditions, &mut of_file);
    if whole == Whole::Yes {
        found.extend(of_file);
        return Some(document.root);
    }
    match document.root.get(LINT_SECTION) {
        Some(Node::Table(table)) => Some(table.clone()),
        _ => None,
    }
}
