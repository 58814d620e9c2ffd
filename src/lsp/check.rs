//! The findings of a root and of all files that belong to it: what the compiler, the readers of configurations and the
//! rules say, as the settings of the linter want it. This host is not asked.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use memchr::memmem;

use super::documents::{Documents, Overlay};
use super::site::Site;
use crate::base::seams::Files;
use crate::base::{Diagnostic, Diagnostics, FileId, Sources};
use crate::compile::document::{Node, Syntax};
use crate::compile::read::read;
use crate::compile::sections::{self, Merged, Request, World};
use crate::conf::include::{self, Context};
use crate::conf::zconfig;
use crate::lint::kind::{self, Kind};
use crate::lint::manifest::{self, Made};
use crate::lint::settings::Settings;
use crate::lint::view::Given;
use crate::lint::{self, LINT_SECTION, built, daemon, monitor, supervisord};

/// Names of manifests.
const MANIFESTS: [&str; 3] = ["recipe.toml", "recipe.yaml", "buildout.cfg"];
/// Names of configurations that are roots.
const CONFIGURATIONS: [&str; 1] = ["supervisord.conf"];
/// The settings of the linter, beside a root.
const SETTINGS: &str = "recipe-lint.toml";
/// How many folders above a file its root is looked for in.
const ABOVE: usize = 3;

/// What a text is, by its name and by what is in it; none where it is nothing of ours. A native manifest may have any
/// name that ends as one does, and a file that is called as ours are is ours before anything is in it.
pub(super) fn kind_of(path: &str, text: &str) -> Option<Kind> {
    let begins = |words: &[&str]| text.lines().any(|line| words.iter().any(|word| line.starts_with(word)));
    kind::of(path, text).or_else(|| match Syntax::of(path) {
        Syntax::Toml => begins(&["[parts."]).then_some(Kind::Manifest(Syntax::Toml)),
        Syntax::Yaml => (begins(&["parts:"]) && text.contains("recipe:")).then_some(Kind::Manifest(Syntax::Yaml)),
        Syntax::Cfg => match path.rsplit('/').next() {
            Some(name) if CONFIGURATIONS.contains(&name) => Some(Kind::Supervisord),
            Some(name) if MANIFESTS.contains(&name) => Some(Kind::Manifest(Syntax::Cfg)),
            _ => kind::of_piece(path, text),
        },
    })
}

/// How much is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// What a keystroke has time for: large configurations that a manifest makes are not read back.
    Key,
    /// All of it.
    Whole,
}

/// How long a manifest is of which what it makes is read back at each keystroke, in bytes.
const AT_EACH_KEY: usize = 64 * 1024;

/// What was found.
#[derive(Debug)]
pub(super) struct Checked {
    /// The texts that findings point into, named by their paths.
    pub(super) sources: Sources,
    /// By place.
    pub(super) findings: Vec<Diagnostic>,
}

/// Checks a root. Nothing is found of a text that is nothing of ours.
pub(super) fn check(root: &str, documents: &Documents, site: &Site<'_>, depth: Depth) -> Checked {
    let files = documents.over(site.files);
    let text = files.read(root).unwrap_or_default();
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let Some(kind) = kind_of(root, &text) else { return Checked { sources, findings: Vec::new() } };
    let settings = settings(root, &files, site, &mut sources, &mut found);
    let before = sources.files().count();
    let given = Given { settings: &settings, context: context(&files, site), here: None };
    let mut made = BTreeSet::new();
    let findings = match kind {
        Kind::Manifest(_) => {
            let mut found = Diagnostics::new();
            made = of_manifest(root, &files, site, given, depth, &mut sources, &mut found);
            found.sorted()
        }
        Kind::Supervisord => supervisord::check(&mut sources, root, text, given).found,
        Kind::Zdaemon => daemon::check(&mut sources, root, &text, given).0,
        Kind::Monitor => monitor::check(&mut sources, root, &text, None).0,
    };
    let read: Vec<FileId> = sources.files().skip(before).filter(|file| !made.contains(file)).collect();
    found.extend(lint::told(&sources, read.into_iter(), &settings, findings));
    Checked { sources, findings: found.sorted() }
}

/// What `recipe-lint.toml` beside the root says, else `[lint]` of a manifest.
fn settings(
    root: &str,
    files: &Overlay<'_>,
    site: &Site<'_>,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Settings {
    let own = Utf8Path::new(root).with_file_name(SETTINGS);
    let (path, section) = if files.exists(own.as_str()) { (own.as_str(), None) } else { (root, Some(LINT_SECTION)) };
    let text = files.read(path).unwrap_or_default();
    // The name is looked for faster than each line.
    let is_head = |line: &str| line.trim_start_matches('[').starts_with(LINT_SECTION);
    let has_head = || memmem::find(text.as_bytes(), LINT_SECTION.as_bytes()).is_some() && text.lines().any(is_head);
    if section.is_some() && !has_head() {
        return Settings::default();
    }
    let mut of_file = Diagnostics::new();
    let file = sources.add(path, text);
    let document = read(file, Syntax::of(path), sources, site.conditions, &mut of_file);
    let table = if let Some(section) = section {
        document.root.get(section).and_then(Node::as_table)
    } else {
        found.extend(of_file);
        Some(&document.root)
    };
    table.map_or_else(Settings::default, |table| Settings::read(table, found))
}

/// The texts that came of what the manifest makes; no editor has them open.
fn of_manifest(
    root: &str,
    files: &Overlay<'_>,
    site: &Site<'_>,
    given: Given<'_>,
    depth: Depth,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> BTreeSet<FileId> {
    let mut texts = BTreeSet::new();
    with_world(root, files, site, &mut |world| {
        let Some(merged) = merge(root, world, site, sources, found) else { return };
        let length: usize = sources.files().map(|file| sources.text(file).len()).sum();
        let made = if depth == Depth::Whole || length <= AT_EACH_KEY { Made::Written } else { Made::Checked };
        let manifest::Checked { project, outputs } = manifest::check(merged, world, made, sources, found);
        if found.has_errors() || made == Made::Checked {
            return;
        }
        let before = sources.files().count();
        built::check(&project, &outputs, given, sources, found);
        texts = sources.files().skip(before).collect();
    });
    for file in &texts {
        let name = sources.name(*file).trim_start_matches('/').to_owned();
        sources.rename(*file, name);
    }
    texts
}

/// What a manifest is laid together to; none where a file of it is broken.
pub(super) fn merge(
    root: &str,
    world: &World<'_>,
    site: &Site<'_>,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Option<Merged> {
    let request = Request {
        manifest: root,
        working_directory: site.directory,
        directory: None,
        overrides: &[],
        user_defaults: None,
        conditions: site.conditions,
        python: None,
        offline: true,
        history: false,
    };
    sections::merge(&request, world, sources, found)
}

/// Calls `act` with the world of a project.
pub(super) fn with_world(root: &str, files: &Overlay<'_>, site: &Site<'_>, act: &mut dyn FnMut(&World<'_>)) {
    let folder = Utf8Path::new(root).parent().map_or("", Utf8Path::as_str);
    let fetch = (site.fetch)(folder);
    act(&World { files, fetch: &*fetch, secrets: site.secrets, allow_fetched_commands: false, python: site.python });
}

/// What reading a configuration depends on.
pub(super) fn context<'a>(files: &'a Overlay<'a>, site: &Site<'a>) -> Context<'a> {
    Context {
        files,
        environ: site.environ,
        host_node_name: site.host_node_name,
        directory: site.directory,
        tempdir: site.tempdir,
    }
}

/// The root that a file belongs to: the nearest manifest or configuration that reads it, or itself.
pub(super) fn root_of(path: &str, documents: &Documents, site: &Site<'_>) -> String {
    let files = documents.over(site.files);
    let own = Utf8Path::new(path);
    let names: Vec<&str> = match files.read(path).ok().and_then(|text| kind_of(path, &text)) {
        Some(Kind::Supervisord) => CONFIGURATIONS.into(),
        Some(Kind::Zdaemon) => Vec::new(),
        Some(Kind::Monitor) => return path.to_owned(),
        Some(Kind::Manifest(_)) => MANIFESTS.into(),
        None => MANIFESTS.into_iter().chain(CONFIGURATIONS).collect(),
    };
    if own.file_name().is_some_and(|name| names.contains(&name)) || !own.is_absolute() {
        return path.to_owned();
    }
    let folders = own.ancestors().skip(1).take(ABOVE);
    let candidates = folders.flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    // Others may be called anything; those that are open are known.
    let candidates = candidates.chain(documents.0.keys().map(Utf8PathBuf::from));
    let mut candidates = candidates.filter(|candidate| candidate != own && files.exists(candidate.as_str()));
    let reads = |candidate: &Utf8PathBuf| texts(candidate.as_str(), &files, site).iter().any(|p| p == path);
    candidates.find(reads).map_or_else(|| path.to_owned(), Utf8PathBuf::into_string)
}

/// The files that a root reads.
fn texts(root: &str, files: &Overlay<'_>, site: &Site<'_>) -> Vec<String> {
    let mut sources = Sources::new();
    let text = files.read(root).unwrap_or_default();
    let context = context(files, site);
    match kind_of(root, &text) {
        Some(Kind::Supervisord) => _ = include::load(&mut sources, root, text, &context),
        Some(Kind::Zdaemon) => _ = zconfig::read::read(&mut sources, root, &text, &context),
        Some(Kind::Manifest(_)) => with_world(root, files, site, &mut |world| {
            let _ = merge(root, world, site, &mut sources, &mut Diagnostics::new());
        }),
        Some(Kind::Monitor) | None => {}
    }
    sources.files().map(|file| sources.name(file).to_owned()).collect()
}
