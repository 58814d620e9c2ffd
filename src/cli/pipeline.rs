//! The compiler, run on the real world: which manifest, read how, compiled to what.

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{Common, Words, WriteArgs};
use super::build::Settings;
use super::exit::Exit;
use super::facts;
use super::find::{self, NotFound};
use super::terminal::Terminal;
use super::words::{self, Split};
use crate::base::seams::Files;
use crate::base::{Diagnostic, Diagnostics, Sources, suggest};
use crate::compile::document::{Entry, Node, Table};
use crate::compile::output::Output;
use crate::compile::parts;
use crate::compile::project::{Part, Project};
use crate::compile::render::Templates;
use crate::compile::sections::{self, Merged, Request, World};
use crate::sources::disk::Disk;
use crate::sources::http::{Http, Options};
use crate::sources::standins::Standins;
use crate::sources::vault::Vault;

/// Where the compiler runs and what it may use.
pub(super) struct Compiler<'a> {
    common: &'a Common,
    /// The folder of the process, absolute.
    pub(super) here: Utf8PathBuf,
    /// The folder of the manifest, absolute.
    folder: Utf8PathBuf,
    /// The manifest as the user named it, or as it was found.
    manifest: Utf8PathBuf,
    vault: Vault,
    remote: Http,
}

/// What came of a manifest.
pub(super) struct Compiled {
    /// The texts that findings point into.
    pub(super) sources: Sources,
    /// What is wrong with it, so far.
    pub(super) found: Diagnostics,
    /// The project, if the manifest could be read whole.
    pub(super) project: Option<Project>,
    /// What it makes.
    pub(super) outputs: Vec<Output>,
}

/// A manifest whose files are merged, with its references as they are written.
pub(super) struct Unresolved {
    /// The texts that findings point into.
    pub(super) sources: Sources,
    /// What is wrong with it, so far.
    pub(super) found: Diagnostics,
    /// None if it could not be read whole.
    pub(super) merged: Option<Merged>,
}

impl<'a> Compiler<'a> {
    /// Finds the manifest.
    pub(super) fn new(common: &'a Common, terminal: &Terminal) -> Result<Self, Exit> {
        let here = here(terminal)?;
        let manifest = find::manifest(common.config.as_deref(), &|name| Disk.exists(name))
            .map_err(|why| not_found(&why, &here, terminal))?;
        Ok(Self::with(common, here, manifest))
    }

    /// For the manifest at this path.
    pub(super) fn of(common: &'a Common, manifest: Utf8PathBuf, terminal: &Terminal) -> Result<Self, Exit> {
        Ok(Self::with(common, here(terminal)?, manifest))
    }

    fn with(common: &'a Common, here: Utf8PathBuf, manifest: Utf8PathBuf) -> Self {
        let project = here.join(&manifest).parent().map_or_else(|| here.clone(), Utf8Path::to_owned);
        let project = crate::compile::project::normalised(&project);
        let options = Options {
            cache: Some(project.join(".recipe/extends-cache").into()),
            offline: common.offline,
            skip: common.skip_remote_extends,
            certificates: std::env::var_os("SSL_CERT_FILE").map(Into::into),
        };
        Self { common, vault: Vault::new(&project), remote: Http::new(options), here, manifest, folder: project }
    }

    /// Finds the manifest and compiles it: what most verbs begin with.
    pub(super) fn begin(
        words: &Words,
        common: &'a Common,
        terminal: &Terminal,
    ) -> Result<(Self, Compiled, Split), Exit> {
        let words = words::split(&words.words);
        let compiler = Self::new(common, terminal)?;
        let compiled = compiler.compile(&words.assignments);
        Ok((compiler, compiled, words))
    }

    /// The project folder as far as it is known before the manifest is read.
    pub(super) fn project(&self) -> Utf8PathBuf {
        self.folder.clone()
    }

    /// Reads and merges; references stay as they are written.
    pub(super) fn merge(&self, assignments: &[String], history: bool) -> Unresolved {
        let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
        let merged = self.merge_from(&self.world(&Disk), assignments, history, &mut sources, &mut found);
        Unresolved { sources, found, merged }
    }

    /// As [`Compiler::merge`], with what sections have from others in them and all marked that passwords are taken from.
    pub(super) fn written(&self, assignments: &[String], history: bool) -> Unresolved {
        let mut unresolved = self.merge(assignments, history);
        if let Some(merged) = &mut unresolved.merged {
            merged.expand(&mut unresolved.found);
            let look = World { secrets: &Standins, ..self.world(&Disk) };
            sections::mark_sources(merged, &look, &unresolved.sources);
        }
        unresolved
    }

    /// Keeps the passwords that were generated: before outputs that hold them are written. False if another build was
    /// first, so that the outputs have to be made again.
    pub(super) fn keep_passwords(&self) -> Result<bool, String> {
        self.vault.keep_made()
    }

    /// One section of what [`Compiler::merge`] gave, with its references resolved. Passwords are had only if what is wanted
    /// of the section `holds_secret`: whoever asks for something else needs none.
    pub(super) fn section(
        &self,
        unresolved: &mut Unresolved,
        name: &str,
        holds_secret: impl Fn(&Table) -> bool,
    ) -> Option<Table> {
        let merged = unresolved.merged.take()?;
        let look = World { secrets: &Standins, allow_fetched_commands: true, ..self.world(&Disk) };
        let mut found = Diagnostics::new();
        let table = sections::section(merged.clone(), name, &look, &unresolved.sources, &mut found)?;
        if !holds_secret(&table) {
            unresolved.found.extend(found);
            return Some(table);
        }
        sections::section(merged, name, &self.world(&Disk), &unresolved.sources, &mut unresolved.found)
    }

    /// The whole way, from the files of the disk.
    pub(super) fn compile(&self, assignments: &[String]) -> Compiled {
        self.compile_with(&self.world(&Disk), assignments, Sources::new())
    }

    /// The whole way, from other files.
    pub(super) fn compile_from(&self, files: &dyn Files, assignments: &[String]) -> Compiled {
        self.compile_with(&self.world(files), assignments, Sources::new())
    }

    /// The whole way for those who only look: no password is had, something else stands for each. Its texts are added to
    /// `sources`.
    pub(super) fn compile_to_check(&self, files: &dyn Files, assignments: &[String], sources: Sources) -> Compiled {
        self.compile_with(&World { secrets: &Standins, ..self.world(files) }, assignments, sources)
    }

    fn compile_with(&self, world: &World<'_>, assignments: &[String], mut sources: Sources) -> Compiled {
        let mut found = Diagnostics::new();
        let merged = self.merge_from(world, assignments, false, &mut sources, &mut found);
        let project = merged.map(|m| sections::resolve(m, world, &sources, &mut found));
        let outputs = project.as_ref().map_or_else(Vec::new, |project| {
            let templates = Templates::read(project, world.files, &mut sources, &mut found);
            parts::build(project, &templates, &mut found)
        });
        Compiled { sources, found, project, outputs }
    }

    fn merge_from(
        &self,
        world: &World<'_>,
        assignments: &[String],
        history: bool,
        sources: &mut Sources,
        found: &mut Diagnostics,
    ) -> Option<Merged> {
        let conditions = facts::conditions();
        let request = Request {
            manifest: self.manifest.as_str(),
            working_directory: self.here.as_str(),
            directory: None,
            overrides: assignments,
            user_defaults: None,
            conditions: &conditions,
            python: self.common.python.as_deref(),
            offline: self.common.offline,
            history,
        };
        sections::merge(&request, world, sources, found)
    }

    fn world<'w>(&'w self, files: &'w dyn Files) -> World<'w> {
        World {
            files,
            fetch: &self.remote,
            secrets: &self.vault,
            allow_fetched_commands: self.common.allow_fetched_commands,
            python: &facts::python,
        }
    }
}

impl Compiled {
    /// Whether there is nothing to build, as the manifest lists no parts; it is said.
    pub(super) fn is_fragment(&self, terminal: &Terminal) -> bool {
        let is_fragment = self.project.as_ref().is_some_and(|project| project.is_fragment);
        if is_fragment {
            terminal.say(format_args!(
                "`[buildout]` has no `parts`, so there is nothing to build: a fragment, for others to extend; its sections \
                 were checked"
            ));
        }
        is_fragment
    }

    /// Keeps only the outputs of the parts that are chosen. A name that is no part is an error.
    pub(super) fn select(&mut self, names: &[String]) {
        let Some(project) = self.project.as_ref().filter(|_| !names.is_empty()) else { return };
        for name in names.iter().filter(|name| parts::named(project, name).is_none()) {
            self.found.push(no_such_part(name, project));
        }
        let chosen = chosen(project, names);
        self.outputs.retain(|output| chosen.contains(&output.part));
    }

    /// Where and how the outputs are written: below `root`, if there is one.
    pub(super) fn target(&self, write: &WriteArgs, root: Option<&Utf8Path>, words: &Split) -> Option<Settings> {
        let project = self.project.as_ref()?;
        let foreign = project.parts.iter().filter(|part| part.kind.is_foreign());
        Some(Settings {
            project: project.directory.clone(),
            root: root.map(project_root),
            force: write.force,
            allow_outside: write.allow_outside,
            foreign: project.is_cfg.then(|| foreign.map(|part| part.name.clone()).collect()),
            parts: (!words.names.is_empty()).then(|| chosen(project, &words.names)),
        })
    }
}

/// The folder of the process.
fn here(terminal: &Terminal) -> Result<Utf8PathBuf, Exit> {
    let here = std::env::current_dir().map_err(|e| terminal.fail(format_args!("no current folder: {e}")))?;
    Utf8PathBuf::from_path_buf(here)
        .map_err(|path| terminal.fail(format_args!("the current folder {} is not UTF-8", path.display())))
}

/// The groups of a native supervisor part that have `program` in them.
pub(super) fn groups_with(part: &Part, program: &str) -> Vec<String> {
    let groups = part.table.get("group").and_then(Node::as_table).map_or(&[][..], Table::entries);
    let has_it = |entry: &&Entry| {
        let programs = entry.node.as_table().and_then(|table| table.get("programs"));
        programs.is_some_and(|programs| names_it(programs, program))
    };
    groups.iter().filter(has_it).map(|entry| entry.key.text.to_string()).collect()
}

fn names_it(programs: &Node, program: &str) -> bool {
    parts::names(programs).any(|(name, _)| name == program)
}

/// The parts that are named, and the supervisors of the programs that are: these have no files but theirs.
fn chosen(project: &Project, names: &[String]) -> Vec<String> {
    let supervisors = project.parts.iter().filter(|part| part.kind.name == "supervisor");
    let theirs = supervisors.filter(|part| names.iter().any(|name| parts::lists(part, name)));
    names.iter().cloned().chain(theirs.map(|part| part.name.clone())).collect()
}

fn no_such_part(name: &str, project: &Project) -> Diagnostic {
    let names = project.parts.iter().map(|part| part.name.as_str());
    let finding = Diagnostic::error("unknown-part", None, format!("there is no part `{name}`"));
    match suggest::did_you_mean(name, names) {
        Some(help) => finding.help(help),
        None => finding.help("`section:key=value` sets a value, any other word names a part"),
    }
}

/// `--root`, absolute.
pub(super) fn project_root(root: &Utf8Path) -> Utf8PathBuf {
    let here = std::env::current_dir().ok().and_then(|d| Utf8PathBuf::from_path_buf(d).ok()).unwrap_or_default();
    crate::compile::project::normalised(&here.join(root))
}

fn not_found(why: &NotFound, here: &Utf8Path, terminal: &Terminal) -> Exit {
    match why {
        NotFound::None => terminal.fail(format_args!(
            "there is no {} in {here}; `recipe init` writes one, `-c FILE` names another",
            crate::base::list::one_of(find::NAMES).replace('`', "")
        )),
        NotFound::Several(names) => terminal.fail(format_args!(
            "{} are both here; say which with `-c FILE`",
            crate::base::list::all_of(names).replace('`', "")
        )),
    }
}
