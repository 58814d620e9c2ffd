//! Manifests: compiled, and what they make read back as the daemon reads it.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::super::exit::Exit;
use super::super::facts;
use super::super::pipeline::{Compiled, Compiler};
use super::super::surroundings::Surroundings;
use super::super::terminal::Terminal;
use super::texts::Texts;
use super::{Asked, Run};
use crate::base::{Diagnostics, FileId, Sources, diagnostic};
use crate::compile::document::{Node, Syntax, Table};
use crate::compile::project::normalised;
use crate::compile::read;
use crate::lint;
use crate::lint::view::Given;
use crate::sources::host::Host;

/// The manifest of the folder, or that of `-c`.
pub(super) fn project(asked: &Asked<'_>, texts: &Texts, terminal: &Terminal) -> Result<Run, Exit> {
    let compiler = Compiler::new(asked.common, terminal)?;
    let mut run = Run::default();
    check(asked, texts, &compiler, &asked.words.names, &mut run);
    diagnostic::sort(&mut run.found);
    Ok(run)
}

/// One that is named by its path.
pub(super) fn named(
    asked: &Asked<'_>,
    texts: &Texts,
    path: &str,
    run: &mut Run,
    terminal: &Terminal,
) -> Result<(), Exit> {
    let compiler = Compiler::of(asked.common, Utf8PathBuf::from(path), terminal)?;
    check(asked, texts, &compiler, &[], run);
    Ok(())
}

fn check(asked: &Asked<'_>, texts: &Texts, compiler: &Compiler<'_>, names: &[String], run: &mut Run) {
    let before = run.sources.files().count();
    let sources = std::mem::take(&mut run.sources);
    let mut compiled = compiler.compile_to_check(texts, &asked.words.assignments, sources);
    compiled.select(names);
    let Compiled { sources, found, project, outputs } = &mut compiled;
    if let Some(project) = project {
        found.extend(lint::check(project));
        if asked.args.here {
            found.extend(lint::check_here(project, &Host));
        }
        if !found.has_errors() {
            let surroundings = Surroundings::now();
            let given = Given { settings: &asked.settings, context: surroundings.context(), here: None };
            lint::built::check(project, outputs, given, sources, found);
        }
    }
    run.is_unread |= compiled.project.is_none();
    let files: Vec<FileId> = files(&compiled, before).collect();
    run.sources = compiled.sources;
    let found = compiled.found.sorted();
    run.found.extend(lint::told(&run.sources, files.iter().copied(), &asked.settings, found));
    run.files.extend(files);
}

/// The files that it was read from; not what it makes.
fn files(compiled: &Compiled, before: usize) -> impl Iterator<Item = FileId> {
    let is_made = |file: &FileId| compiled.outputs.iter().any(|output| output.path == compiled.sources.name(*file));
    compiled.sources.files().skip(before).filter(move |file| !is_made(file))
}

/// The absolute paths of the files that any of the manifests, given with their texts, extends.
pub(super) fn extended(manifests: &[(&str, &str)]) -> BTreeSet<String> {
    let here = std::env::current_dir().ok().and_then(|d| Utf8PathBuf::from_path_buf(d).ok()).unwrap_or_default();
    let mut all = BTreeSet::new();
    let conditions = if manifests.is_empty() { read::condition::Conditions::default() } else { facts::conditions() };
    for (path, text) in manifests {
        let mut sources = Sources::new();
        let file = sources.add(*path, *text);
        let document = read::read(file, Syntax::of(path), &sources, &conditions, &mut Diagnostics::new());
        let folder = here.join(path).parent().map(Utf8Path::to_owned).unwrap_or_default();
        let names = names(&document.root);
        all.extend(names.into_iter().map(|name| normalised(&folder.join(name)).into_string()));
    }
    all
}

fn names(root: &Table) -> Vec<String> {
    let tables = ["buildout", "project"].into_iter().filter_map(|name| root.get(name)?.as_table());
    let mut all = Vec::new();
    for table in std::iter::once(root).chain(tables) {
        for key in ["extends", "optional-extends"] {
            match table.get(key) {
                Some(Node::Scalar(text)) => all.extend(text.text.split_whitespace().map(str::to_owned)),
                Some(Node::List(list)) => {
                    all.extend(list.items.iter().filter_map(Node::as_scalar).map(|text| text.text.to_string()));
                }
                _ => {}
            }
        }
    }
    all
}
