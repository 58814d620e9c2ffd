//! From the files of a manifest to one resolved project.
//!
//! ```text
//! extends     root file        → Loaded    every file that it extends, in the order of their application
//! merge_*     Loaded           → Merged    one table per section; buildout's rules for `.cfg`, ours for native
//! touch       Merged           → order     which sections count, and what comes before what
//! references  sections         → sections  `${section:option}` and `$<section:key>` replaced, in place
//! ```
//!
//! Stages report all that they find and go on: one run says everything that is wrong. Only a manifest whose text is not
//! of its syntax stops before references are looked at.
//!
//! In a `.cfg`, what counts is what the parts that are built here lead to; faults in parts of other recipes are told, but
//! do not keep ours from being built.
//!
//! Deliberately absent: buildout's pins of its own version in `[versions]`, `develop`, extensions and everything else
//! that has to do with installing Python packages.

mod booleans;
mod builtin;
mod credentials;
mod directories;
mod extends;
mod fill;
pub mod history;
mod inherit;
mod literals;
mod location;
mod lookup;
mod macros;
mod merge;
mod merge_cfg;
mod merge_native;
mod misplaced;
mod overrides;
mod parts_misspelt;
mod ports;
mod problem;
mod project_keys;
mod references;
mod resolve;
mod section;
mod taint;
mod template;
mod touch;
mod words;

#[cfg(test)]
mod tests;

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::seams::{Fetch, Files, Secrets};
use crate::base::{Diagnostics, FileId, Sources};
use crate::compile::document::{Node, Table};
use crate::compile::known::Known;
use crate::compile::project::Project;
use crate::compile::read::condition::Conditions;

pub use history::{History, Operation, Step};

/// The options of a native `[project]`.
pub fn project_options() -> &'static [Known] {
    project_keys::KNOWN
}

/// What is to be loaded, and how.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The manifest as the user named it: relative to [`Request::working_directory`], or absolute.
    pub manifest: &'a str,
    /// The folder of the process, absolute.
    pub working_directory: &'a str,
    /// The project folder, absolute; without it the manifest's own.
    pub directory: Option<&'a str>,
    /// `section:key=value` words of the command line, in their order; the last one of a key wins.
    pub overrides: &'a [String],
    /// The user's own buildout defaults (`~/.buildout/default.cfg`), read before all other files when given. Only for
    /// `.cfg`. Whether they are wanted is the caller's decision: they make a build depend on whose it is.
    pub user_defaults: Option<&'a str>,
    /// What conditions (`[section:expression]`) ask for, but the version of Python where the manifest says it.
    pub conditions: &'a Conditions,
    /// The Python version that conditions see, such as `3.11`. Without it: what
    /// `[buildout] python-version` says, then [`World::python`], then 3.13.
    pub python: Option<&'a str>,
    /// The network may not be used.
    pub offline: bool,
    /// Remember every step of every value, for `annotate`.
    pub history: bool,
}

/// The world as far as loading needs it.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Local files.
    pub files: &'a dyn Files,
    /// Remote files.
    pub fetch: &'a dyn Fetch,
    /// Environment variables and passwords.
    pub secrets: &'a dyn Secrets,
    /// Whether a password may be a command that a file from a URL says.
    pub allow_fetched_commands: bool,
    /// `X.Y.Z` of the `python3` on PATH; asked only when a condition depends on it and nothing else says it.
    pub python: &'a dyn Fn() -> Option<String>,
}

/// A manifest with all files merged and no reference resolved: what `annotate` and `query --raw` show.
#[derive(Clone, Debug)]
pub struct Merged {
    is_cfg: bool,
    manifest: String,
    directory: Utf8PathBuf,
    /// Native: `parts` holds the parts.
    sections: Table,
    history: Option<History>,
    fetched: Vec<FileId>,
}

impl Merged {
    /// Whether it is a `.cfg`.
    pub fn is_cfg(&self) -> bool {
        self.is_cfg
    }

    /// The name of the project's own section.
    pub fn own(&self) -> &'static str {
        if self.is_cfg { "buildout" } else { "project" }
    }

    /// The project folder, absolute, as the caller set it.
    pub fn directory(&self) -> &Utf8Path {
        &self.directory
    }

    /// How each value came to be, if it was asked for.
    pub fn history(&self) -> Option<&History> {
        self.history.as_ref()
    }

    /// Puts into each section what it has from others (`<=` in a `.cfg`, `inherit` in a native manifest).
    pub fn expand(&mut self, found: &mut Diagnostics) {
        let history = self.history.as_mut();
        if self.is_cfg {
            macros::expand(&mut self.sections, history, found);
        } else {
            inherit::expand(&mut self.sections, history, found);
        }
    }

    /// All sections by name, parts first. What they have from others is in them after [`Merged::expand`].
    pub fn sections(&self) -> impl Iterator<Item = (&str, &Table)> {
        let parts = self.sections.get(merge_native::PARTS).filter(|_| !self.is_cfg).and_then(Node::as_table);
        let is_section = |name: &str| self.is_cfg || name != merge_native::PARTS;
        let all = parts.into_iter().chain([&self.sections]).flat_map(Table::entries);
        all.filter_map(|e| Some((&*e.key.text, e.node.as_table()?))).filter(move |(name, _)| is_section(name))
    }

    /// The section of this name.
    pub fn section(&self, name: &str) -> Option<&Table> {
        self.sections().find(|(own, _)| *own == name).map(|(_, table)| table)
    }

    /// Makes the project's folders absolute where they hold no references, as zc.buildout's `query` shows them
    /// (`annotate` shows them as they are written).
    pub fn make_directories_absolute(&mut self) {
        if let Some(Node::Table(project)) = self.sections.get_mut(self.own()) {
            directories::make_absolute(project, self.is_cfg, &self.directory, directories::without_references);
        }
    }
}

/// Reads a manifest, merges what it extends and resolves its references.
///
/// None where it could not be read whole. Where `diagnostics` holds errors, the project is only good for finding more
/// of them.
pub fn load(
    request: &Request<'_>,
    world: &World<'_>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Project> {
    let merged = merge(request, world, sources, diagnostics)?;
    Some(resolve(merged, world, sources, diagnostics))
}

/// The first half of [`load`]: reads and merges. None where a file is missing or unreadable.
pub fn merge(
    request: &Request<'_>,
    world: &World<'_>,
    sources: &mut Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Merged> {
    merge::merge(request, world, sources, diagnostics)
}

/// The second half of [`load`]: references, ports, credentials, and the order of the parts.
pub fn resolve(merged: Merged, world: &World<'_>, sources: &Sources, diagnostics: &mut Diagnostics) -> Project {
    if !merged.is_cfg {
        parts_misspelt::check(&merged.sections, diagnostics);
    }
    resolve::resolve(merged, world, sources, diagnostics)
}

/// Marks the values that passwords are taken from, in what was merged and [`Merged::expand`]ed: for those who show it as it
/// is written.
pub fn mark_sources(merged: &mut Merged, world: &World<'_>, sources: &Sources) {
    resolve::mark_sources(merged, world, sources);
}

/// The second half for one section alone: what its values are once all references are resolved. None if there is no such
/// section.
pub fn section(
    merged: Merged,
    name: &str,
    world: &World<'_>,
    sources: &Sources,
    diagnostics: &mut Diagnostics,
) -> Option<Table> {
    resolve::section(merged, name, world, sources, diagnostics)
}
