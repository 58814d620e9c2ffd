//! The first half: which files, under which Python version, and what they come to together.
//!
//! Conditional sections may depend on the version of Python, which a file may set (`[buildout] python-version`). So files
//! are read for 3.13 first; only if one of them asks for a version, and another one than 3.13 is meant, they are read
//! again.

use std::collections::HashMap;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Diagnostics, FileId, Sources, Span};
use crate::compile::document::{Entry, Node, Op, Scalar, Syntax, Table};
use crate::compile::project::normalised;
use crate::compile::read::condition::Conditions;

use super::builtin;
use super::extends::{Loaded, Loader};
use super::history::{History, Operation};
use super::location::Location;
use super::merge_cfg::{self, Recorder};
use super::merge_native;
use super::overrides::{self, Override};
use super::problem::Problem;
use super::words;
use super::{Merged, Request, World};

/// Options of `[buildout]` that are relative to the file that sets them.
const CACHES: [&str; 3] = ["download-cache", "eggs-directory", "extends-cache"];

pub(super) fn merge(
    request: &Request<'_>,
    world: &World<'_>,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Option<Merged> {
    let mut run = Run {
        request,
        world,
        overrides: overrides::parse(request.overrides, sources, found),
        texts: HashMap::new(),
        sources,
    };
    let loaded = run.load(found)?;
    Some(run.merge(loaded, found))
}

struct Run<'a> {
    request: &'a Request<'a>,
    world: &'a World<'a>,
    overrides: Vec<Override>,
    texts: HashMap<Location, FileId>,
    sources: &'a mut Sources,
}

impl Run<'_> {
    fn load(&mut self, found: &mut Diagnostics) -> Option<Loaded> {
        let mut conditions = self.request.conditions.clone();
        if let Some(version) = self.request.python {
            set_python(&mut conditions, version);
        }
        let (loaded, first) = self.load_for(&conditions);
        let meant = match &loaded {
            Some(loaded) if self.request.python.is_none() && self.asks_for_python(loaded) => self.python(loaded),
            _ => None,
        };
        if meant.is_some_and(|version| set_python(&mut conditions, &version)) {
            let (loaded, second) = self.load_for(&conditions);
            found.extend(second);
            return loaded;
        }
        found.extend(first);
        loaded
    }

    fn load_for(&mut self, conditions: &Conditions) -> (Option<Loaded>, Diagnostics) {
        let mut found = Diagnostics::new();
        let root = Location::given(self.request.manifest);
        let is_cfg = !Syntax::of(root.named()).is_native();
        let mut loader = Loader::new(self.world, conditions, self.sources, &mut self.texts, &mut found);
        loader.offline = match set_by(&self.overrides, "offline") {
            _ if self.request.offline => Some(true),
            Some(value) => Some(value.value.text == "true"),
            None => None,
        };
        if let Some(defaults) = self.request.user_defaults.filter(|_| is_cfg) {
            loader.root(&Location::given(defaults), None);
        }
        loader.root(&root, None);
        if let Some(more) = set_by(&self.overrides, "extends") {
            let scalar = Scalar::string(more.value.text.as_str(), more.value.span);
            for word in words::of(&scalar, loader.sources) {
                loader.root(&Location::given(&word.text), Some(word.span));
            }
        }
        (loader.finish(), found)
    }

    /// Whether the head of some section may hold a condition on the version. Native manifests have none.
    fn asks_for_python(&self, loaded: &Loaded) -> bool {
        let asks = |text: &str| {
            let heads = text.lines().filter(|line| line.starts_with('['));
            heads
                .filter_map(|line| line.split_once(':'))
                .any(|(_, rest)| rest.contains("python") || rest.contains("version"))
        };
        let is_cfg = loaded.files.iter().any(|file| file.document.syntax == Syntax::Cfg);
        is_cfg && self.texts.values().any(|file| asks(self.sources.text(*file)))
    }

    /// The version that the manifest or the host names.
    fn python(&self, loaded: &Loaded) -> Option<String> {
        if let Some(one) = set_by(&self.overrides, "python-version") {
            return Some(one.value.text.clone());
        }
        let of = |at: &usize| {
            let buildout = loaded.files[*at].document.root.get("buildout")?.as_table()?;
            buildout.scalar("python-version").map(|s| s.text.trim().to_owned())
        };
        loaded.order.iter().rev().find_map(of).or_else(|| (self.world.python)())
    }

    fn merge(&mut self, loaded: Loaded, found: &mut Diagnostics) -> Merged {
        let root = Location::given(self.request.manifest);
        let syntax = Syntax::of(root.named());
        let directory = self.directory();
        let defaults = builtin::document(syntax, directory.as_str(), self.sources);
        let mut history = self.request.history.then(History::default);
        let locations: HashMap<FileId, Location> = loaded.files.iter().map(|f| (f.file, f.location.clone())).collect();
        let sections = if syntax.is_native() {
            self.native(defaults.root, loaded, history.as_mut(), found)
        } else {
            self.cfg(defaults.root, loaded, &locations, &directory, history.as_mut(), found)
        };
        let fetched = locations.iter().filter(|(_, l)| l.is_url()).map(|(file, _)| *file).collect();
        Merged {
            is_cfg: !syntax.is_native(),
            manifest: self.request.manifest.to_owned(),
            directory,
            sections,
            history,
            fetched,
        }
    }

    /// The project folder: what was asked for, else the manifest's own.
    fn directory(&self) -> Utf8PathBuf {
        let own = || Utf8Path::new(self.request.manifest).parent().unwrap_or(Utf8Path::new(""));
        let directory = self.request.directory.map_or_else(own, Utf8Path::new);
        normalised(&Utf8Path::new(self.request.working_directory).join(directory))
    }

    fn native(
        &mut self,
        mut all: Table,
        loaded: Loaded,
        mut history: Option<&mut History>,
        found: &mut Diagnostics,
    ) -> Table {
        if let Some(history) = history.as_deref_mut() {
            for section in all.entries() {
                let table = section.node.as_table();
                if let Some(table) = table {
                    merge_native::record(history, &section.key.text, "", table);
                }
            }
        }
        for document in loaded.into_documents() {
            merge_native::update(&mut all, document.root, history.as_deref_mut(), found);
        }
        for one in self.overrides.iter().filter(|one| !is_extends(one)) {
            if let Some(root) = overrides::as_native(one, &all, self.sources, found) {
                merge_native::update(&mut all, root, history.as_deref_mut(), found);
            }
        }
        all
    }

    fn cfg(
        &mut self,
        mut all: Table,
        loaded: Loaded,
        locations: &HashMap<FileId, Location>,
        directory: &Utf8Path,
        mut history: Option<&mut History>,
        found: &mut Diagnostics,
    ) -> Table {
        record_defaults(history.as_deref_mut(), &all);
        let mut files = Table::new(all.span);
        for document in loaded.into_documents() {
            merge_cfg::update(&mut files, document.root, history.as_deref_mut());
        }
        lay_over(&mut all, files);
        for one in self.overrides.iter().filter(|one| !is_extends(one)) {
            merge_cfg::update(&mut all, overrides::as_cfg(one), history.as_deref_mut());
        }
        add_versions(&mut all);
        self.absolute_caches(&mut all, locations, directory, history, found);
        all
    }

    /// Makes the caches absolute, against the file that names them. A value that holds references stays.
    fn absolute_caches(
        &self,
        all: &mut Table,
        locations: &HashMap<FileId, Location>,
        directory: &Utf8Path,
        mut history: Option<&mut History>,
        found: &mut Diagnostics,
    ) {
        let Some(Node::Table(buildout)) = all.get_mut("buildout") else { return };
        let home = buildout.scalar("directory").map_or(directory.as_str(), |s| &s.text).to_owned();
        for name in CACHES {
            let Some(Node::Scalar(scalar)) = buildout.get_mut(name) else { continue };
            if scalar.text.contains("${") || scalar.text.starts_with('/') {
                continue;
            }
            let base = match locations.get(&scalar.span.file) {
                None => Utf8PathBuf::from(&home),
                Some(Location::Path(path)) => {
                    let folder = Utf8Path::new(path).parent().unwrap_or(Utf8Path::new(""));
                    Utf8Path::new(self.request.working_directory).join(folder)
                }
                Some(Location::Url(_)) => {
                    let value = scalar.text.to_string();
                    found.push(Problem::CacheInRemoteFile { span: scalar.span, name, value });
                    continue;
                }
            };
            let value = self.home(&scalar.text).unwrap_or_else(|| scalar.text.to_string());
            scalar.text = normalised(&base.join(value)).into_string().into();
            if let Some(history) = history.as_deref_mut() {
                history.record("buildout", name, Operation::Directory, &scalar.text, scalar.span);
            }
        }
    }

    /// `~` and `~/x` with the user's home folder.
    fn home(&self, path: &str) -> Option<String> {
        let rest = path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/'))?;
        self.world.secrets.env("HOME").map(|home| format!("{home}{rest}"))
    }
}

/// The last word that sets an option of the project's own section.
fn set_by<'a>(overrides: &'a [Override], key: &str) -> Option<&'a Override> {
    overrides.iter().rev().find(|one| {
        let section = one.section.as_ref().map(|s| s.text.as_str());
        one.op == Op::Set && one.key.text == key && matches!(section, None | Some("buildout" | "project"))
    })
}

fn is_extends(one: &Override) -> bool {
    let section = one.section.as_ref().map(|s| s.text.as_str());
    one.op == Op::Set && one.key.text == "extends" && matches!(section, None | Some("buildout" | "project"))
}

/// Whether that changed anything. A version that is none changes nothing: conditions have no use for it.
fn set_python(conditions: &mut Conditions, version: &str) -> bool {
    let is_version = version.split('.').count() > 1
        && version.split('.').take(2).all(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    let full = if version.split('.').count() == 2 { format!("{version}.0") } else { version.to_owned() };
    if !is_version || conditions.python_full_version == full {
        return false;
    }
    conditions.python_full_version.clone_from(&full);
    conditions.implementation_version = full;
    true
}

fn record_defaults(history: Option<&mut History>, defaults: &Table) {
    let Some(history) = history else { return };
    let options = defaults.get("buildout").and_then(Node::as_table).into_iter().flat_map(Table::entries);
    for entry in options {
        if let Some(scalar) = entry.node.as_scalar() {
            history.record("buildout", &entry.key.text, Operation::Set, &scalar.text, scalar.span);
        }
    }
}

/// Puts what the files say over the defaults, which are one section.
fn lay_over(defaults: &mut Table, files: Table) {
    for entry in files.into_entries() {
        match (defaults.get_mut(&entry.key.text), entry.node) {
            (Some(Node::Table(old)), Node::Table(new)) => {
                old.span = new.span;
                merge_cfg::update_section(old, new, true, &mut Recorder { history: None, section: &entry.key.text });
            }
            (_, node) => defaults.push(Entry { key: entry.key, op: Op::Set, node }),
        }
    }
}

/// The section that `versions` names by default may be missing.
fn add_versions(all: &mut Table) {
    let buildout = all.get("buildout").and_then(Node::as_table);
    let is_default = buildout.and_then(|b| b.scalar("versions")).is_some_and(|s| &*s.text == "versions");
    if is_default && all.get("versions").is_none() {
        let span = Span { end: all.span.start, ..all.span };
        all.push(Entry { key: builtin::key("versions", span), op: Op::Set, node: Node::Table(Table::new(span)) });
    }
}
