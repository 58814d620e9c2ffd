//! The files of a manifest: the root, and depth-first, left to right, all that they extend.
//!
//! As in buildout, a file that two others extend is applied twice; it is read once. What a file says in `extends` is
//! taken out of it.

use std::collections::HashMap;

use crate::base::seams::{FetchError, Files, ReadError};
use crate::base::{Diagnostics, FileId, Sources, Span, suggest};
use crate::compile::document::{Document, Node, Op, ScalarKind, Syntax, Table};
use crate::compile::read::condition::Conditions;
use crate::compile::read::read;

use super::World;
use super::location::Location;
use super::problem::{Nearest, Place, Problem};
use super::template::may_refer;
use super::words::{self, Word};

/// How deep files may extend each other: a chain of links could go on for ever.
const DEPTH: usize = 100;
/// How many times files may be applied: each level of files that extend the next one twice doubles the number.
const APPLICATIONS: usize = 10_000;

/// A file that was read.
#[derive(Debug)]
pub(super) struct LoadedFile {
    pub(super) file: FileId,
    pub(super) location: Location,
    pub(super) document: Document,
    extends: Vec<Extends>,
}

/// One name in an `extends`.
#[derive(Debug)]
struct Extends {
    name: String,
    span: Span,
    optional: bool,
}

/// All files, and the order in which they are applied.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    pub(super) files: Vec<LoadedFile>,
    /// Indexes of `files`.
    pub(super) order: Vec<usize>,
}

impl Loaded {
    /// The documents in the order of their application. A document that is applied several times is copied.
    pub(super) fn into_documents(self) -> impl Iterator<Item = Document> {
        let mut uses = vec![0_usize; self.files.len()];
        for at in &self.order {
            uses[*at] += 1;
        }
        let mut documents: Vec<Option<Document>> = self.files.into_iter().map(|f| Some(f.document)).collect();
        self.order.into_iter().filter_map(move |at| {
            uses[at] -= 1;
            if uses[at] == 0 { documents[at].take() } else { documents[at].clone() }
        })
    }
}

/// Reads files for one run. A text stays in `Sources` when it is read again under other conditions.
pub(super) struct Loader<'a> {
    pub(super) world: &'a World<'a>,
    pub(super) conditions: &'a Conditions,
    /// What the command line says about the network; else the root's own `offline` counts.
    pub(super) offline: Option<bool>,
    pub(super) sources: &'a mut Sources,
    /// The texts that earlier runs read.
    pub(super) texts: &'a mut HashMap<Location, FileId>,
    pub(super) diagnostics: &'a mut Diagnostics,
    loaded: Loaded,
    by_location: HashMap<Location, usize>,
    /// The files between the root and the current one: their indexes, and where the next one is named.
    chain: Vec<(usize, Option<Span>)>,
    is_native: bool,
    /// Whether some file could not be had, so that what is loaded is not whole.
    failed: bool,
}

impl<'a> Loader<'a> {
    pub(super) fn new(
        world: &'a World<'a>,
        conditions: &'a Conditions,
        sources: &'a mut Sources,
        texts: &'a mut HashMap<Location, FileId>,
        diagnostics: &'a mut Diagnostics,
    ) -> Self {
        Self {
            world,
            conditions,
            offline: None,
            sources,
            texts,
            diagnostics,
            loaded: Loaded::default(),
            by_location: HashMap::new(),
            chain: Vec::new(),
            is_native: false,
            failed: false,
        }
    }

    /// Loads a file that no other one names, and all that it extends. `span` is where the command line names it.
    pub(super) fn root(&mut self, location: &Location, span: Option<Span>) {
        self.is_native = Syntax::of(location.named()).is_native();
        self.visit(location, span, false);
    }

    /// What was loaded; none if it is not whole.
    pub(super) fn finish(self) -> Option<Loaded> {
        (!self.failed).then_some(self.loaded)
    }

    fn visit(&mut self, location: &Location, span: Option<Span>, optional: bool) {
        let Some(at) = self.file(location, span, optional) else { return };
        if self.is_loop(at, span) || self.is_too_much(span) {
            self.failed = true;
            return;
        }
        if self.chain.is_empty() && self.offline.is_none() {
            self.offline = self.says_offline(at);
        }
        self.chain.push((at, span));
        for next in 0..self.loaded.files[at].extends.len() {
            let Extends { name, span, optional } = &self.loaded.files[at].extends[next];
            let (location, span, optional) = (self.loaded.files[at].location.join(name), *span, *optional);
            self.visit(&location, Some(span), optional);
        }
        self.chain.pop();
        self.loaded.order.push(at);
    }

    /// It is asked before references are replaced, as it says where the files are taken from that they may lead to.
    fn says_offline(&mut self, at: usize) -> Option<bool> {
        let section = if self.is_native { "project" } else { "buildout" };
        let own = self.loaded.files[at].document.root.get(section)?.as_table()?;
        let offline = own.scalar("offline")?;
        if self.is_native && may_refer(&offline.text) {
            let value = offline.text.to_string();
            self.diagnostics.push(Problem::NoBoolean { span: offline.span, name: "offline", value });
        }
        Some(&*offline.text == "true")
    }

    fn is_loop(&mut self, at: usize, span: Option<Span>) -> bool {
        let Some(from) = self.chain.iter().position(|(open, _)| self.same_file(*open, at)) else { return false };
        let Some(span) = span else { return false };
        let named = |(index, _): &(usize, _)| self.loaded.files[*index].location.shown();
        let chain = self.chain[from..].iter().map(named).chain([self.loaded.files[at].location.shown()]).collect();
        let places = self.chain[from + 1..].iter().filter_map(|(_, span)| *span).collect();
        self.diagnostics.push(Problem::ExtendsLoop { span, chain, places });
        true
    }

    /// The same location, or the same name and text: a loop through `sub/..` has a new path each time round.
    fn same_file(&self, a: usize, b: usize) -> bool {
        let (a, b) = (&self.loaded.files[a], &self.loaded.files[b]);
        a.location == b.location
            || (a.location.shown() == b.location.shown() && self.sources.text(a.file) == self.sources.text(b.file))
    }

    fn is_too_much(&mut self, span: Option<Span>) -> bool {
        let limit = if self.chain.len() >= DEPTH {
            Problem::ExtendsTooDeep { span, limit: DEPTH }
        } else if self.loaded.order.len() >= APPLICATIONS {
            Problem::ExtendsTooMany { span, limit: APPLICATIONS }
        } else {
            return false;
        };
        // Each of the files that are open would say it again.
        if !self.failed {
            self.diagnostics.push(limit);
        }
        true
    }

    /// The index of the file at `location`, read if it was not.
    fn file(&mut self, location: &Location, span: Option<Span>, optional: bool) -> Option<usize> {
        if let Some(at) = self.by_location.get(location) {
            return Some(*at);
        }
        let syntax = Syntax::of(location.named());
        if syntax.is_native() != self.is_native {
            self.fail(Problem::ExtendsMixed { span, name: location.shown(), is_native: self.is_native });
            return None;
        }
        let file = match self.texts.get(location) {
            Some(file) => *file,
            None => self.text(location, span, optional)?,
        };
        Some(self.read(file, location, syntax))
    }

    fn read(&mut self, file: FileId, location: &Location, syntax: Syntax) -> usize {
        let mut found = Diagnostics::new();
        let mut document = read(file, syntax, self.sources, self.conditions, &mut found);
        self.failed |= found.has_errors();
        self.diagnostics.extend(found);
        let extends = self.extends(&mut document);
        let at = self.loaded.files.len();
        self.loaded.files.push(LoadedFile { file, location: location.clone(), document, extends });
        self.by_location.insert(location.clone(), at);
        at
    }

    /// Adds the text at `location` to the sources.
    fn text(&mut self, location: &Location, span: Option<Span>, optional: bool) -> Option<FileId> {
        let text = match location {
            Location::Path(path) => self.local(path, location, span, optional)?,
            Location::Url(url) => self.remote(url, location, span)?,
        };
        let file = self.sources.add(location.shown(), text);
        self.texts.insert(location.clone(), file);
        Some(file)
    }

    fn local(&mut self, path: &str, location: &Location, span: Option<Span>, optional: bool) -> Option<String> {
        match self.world.files.read(path) {
            Ok(text) => Some(text),
            Err(ReadError::NotFound) if optional => {
                self.diagnostics.push(Problem::OptionalExtendsMissing { span, name: location.shown() });
                None
            }
            Err(error) => {
                let nearest = nearest(self.world.files, path);
                let is_root = self.chain.is_empty();
                let problem = match error {
                    ReadError::NotUtf8 { line, column, shown } => self.not_utf8(location, span, line, column, &shown),
                    error => Problem::Unreadable { span, name: location.shown(), error, nearest },
                };
                // What else is missing without it is told in the same run.
                if is_root {
                    self.fail(problem);
                } else {
                    self.diagnostics.push(problem);
                }
                None
            }
        }
    }

    /// Shows the line, in a text of its own that has it in its place.
    fn not_utf8(
        &mut self,
        location: &Location,
        named: Option<Span>,
        line: usize,
        column: usize,
        shown: &str,
    ) -> Problem {
        let before = "\n".repeat(line - 1);
        let start = before.len() + shown.chars().take(column - 1).map(char::len_utf8).sum::<usize>();
        let file = self.sources.add(location.shown(), before + shown);
        Problem::NotUtf8 { span: Span::new(file, start, start + char::REPLACEMENT_CHARACTER.len_utf8()), named }
    }

    fn remote(&mut self, url: &str, location: &Location, span: Option<Span>) -> Option<String> {
        let place = self.place(location, span);
        let name = location.shown();
        if !url.starts_with("http://") && !url.starts_with("https://") {
            self.fail(Problem::UrlScheme { place, name });
            return None;
        }
        match self.world.fetch.fetch(url, self.offline == Some(true)) {
            Ok(text) => Some(text),
            Err(FetchError::Skipped) => {
                self.diagnostics.push(Problem::FetchSkipped { place, name });
                Some(String::new())
            }
            Err(error) => {
                self.fail(Problem::FetchFailed { place, name, error });
                None
            }
        }
    }

    /// Where a URL is named. The line is not shown when it holds a password.
    fn place(&self, location: &Location, span: Option<Span>) -> Place {
        match span {
            Some(span) if location.holds_password() => Place::Named(self.sources.place(span)),
            Some(span) => Place::Shown(span),
            None => Place::None,
        }
    }

    fn fail(&mut self, problem: Problem) {
        self.failed = true;
        self.diagnostics.push(problem);
    }

    /// Takes the names out of `document` that it extends.
    fn extends(&mut self, document: &mut Document) -> Vec<Extends> {
        if self.is_native {
            let mut all = self.native_extends(&mut document.root);
            if let Some(Node::Table(project)) = document.root.get_mut("project") {
                all.extend(self.native_extends(project));
            }
            return all;
        }
        match document.root.get_mut("buildout") {
            Some(Node::Table(buildout)) => self.cfg_extends(buildout),
            _ => Vec::new(),
        }
    }

    fn cfg_extends(&mut self, table: &mut Table) -> Vec<Extends> {
        if let Some(entry) = table.entry("extended-by") {
            let span = entry.key.span;
            self.fail(Problem::ExtendedBy { span });
        }
        let mut all = Vec::new();
        for (key, optional) in [("extends", false), ("optional-extends", true)] {
            let Some(node) = table.take(key, Op::Set).map(|e| e.node) else { continue };
            let Node::Scalar(scalar) = node else { continue };
            let words = words::of(&scalar, self.sources);
            all.extend(words.into_iter().map(|Word { text, span }| Extends { name: text, span, optional }));
        }
        all
    }

    /// At the top of a file or in `[project]`.
    fn native_extends(&mut self, table: &mut Table) -> Vec<Extends> {
        let Some(node) = table.remove("extends").map(|e| e.node) else { return Vec::new() };
        let nodes = match node {
            Node::List(list) => list.items,
            other => vec![other],
        };
        let mut all = Vec::new();
        for node in nodes {
            match node {
                Node::Scalar(scalar) if scalar.kind == ScalarKind::String => {
                    all.push(Extends { name: scalar.text.into(), span: scalar.span, optional: false });
                }
                other => self.fail(Problem::ExtendsShape { span: other.span(), kind: other.kind() }),
            }
        }
        all
    }
}

/// The file of its folder that `path` is a slip of; the deepest folder on the way to it, where its own does not exist.
fn nearest(files: &dyn Files, path: &str) -> Option<Nearest> {
    let path = camino::Utf8Path::new(path);
    let shown = |path: &camino::Utf8Path| Location::Path(path.as_str().to_owned()).shown();
    let own = path.parent()?;
    let folder = if own.as_str().is_empty() { "." } else { own.as_str() };
    if files.exists(folder) {
        let names = files.names(folder);
        let name = suggest::nearest(path.file_name()?, names.iter().map(String::as_str))?;
        return Some(Nearest::File(shown(&own.join(&*name))));
    }
    let mut folders = own.ancestors().skip(1).take_while(|folder| !folder.as_str().is_empty());
    folders.find(|folder| files.exists(folder.as_str())).map(|folder| Nearest::Folder(shown(folder)))
}
