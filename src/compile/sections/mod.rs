//! From the files of a manifest to one resolved project.
//!
//! ```text
//! extends     root file        → Loaded    every file that it extends, in the order of their application
//! merge_*     Loaded           → Merged    one table per section; buildout's rules for `.cfg`, ours for native
//! touch       Merged           → order     which sections count, and what comes before what
//! references  sections         → sections  `${section:option}` and `$<section:key>` replaced, in place
//! ```
//!
//! A manifest that could not be read whole stops before references are looked at, as every name of the missing file
//! would be reported; all later stages report all that they find and go on.
//!
//! Deliberately absent: buildout's pins of its own version in `[versions]`, `develop`, extensions and everything else
//! that has to do with installing Python packages.

pub mod history;
mod problem;

use crate::base::seams::{Fetch, Files, Secrets};
use crate::base::{Diagnostics, Sources};
use crate::compile::project::Project;

pub use history::{History, Operation, Step};

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
    /// The Python version that conditions (`[section:expression]`) see, such as `3.11`. Without it: what
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
    /// `X.Y` of the `python3` on PATH; asked only when a condition depends on it and nothing else says it.
    pub python: &'a dyn Fn() -> Option<String>,
}

/// A manifest with all files merged and no reference resolved: what `annotate` and `query --raw` show.
#[derive(Debug)]
pub struct Merged {}

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
    resolve(merged, world, sources, diagnostics)
}

/// The first half of [`load`]: reads and merges.
pub fn merge(
    _request: &Request<'_>,
    _world: &World<'_>,
    _sources: &mut Sources,
    _diagnostics: &mut Diagnostics,
) -> Option<Merged> {
    None
}

/// The second half of [`load`]: references, ports, credentials, and the order of the parts.
pub fn resolve(
    _merged: Merged,
    _world: &World<'_>,
    _sources: &mut Sources,
    _diagnostics: &mut Diagnostics,
) -> Option<Project> {
    None
}
