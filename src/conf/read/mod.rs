//! From the text of a supervisord.conf to the model, with everything that is wrong on the way.
//!
//! Options are fetched in the order in which the original fetches them, so that the first error found is the one it
//! would stop at. Reading goes on after an error with the option's default, to find the others; the model is then good
//! for nothing but looking.
//!
//! The host is not asked here: what would have to be asked is written down ([`super::check`]).

mod client;
mod fetch;
mod groups;
mod plugins;
mod processes;
mod servers;
mod sink;
mod supervisord;

use std::rc::Rc;

use super::check::WorldCheck;
use super::expand::{Environ, Scope};
use super::format::Value;
use super::include::{self, Context, Loaded, Notice};
use super::ini::{self, Ini};
use super::model::Config;
use super::options::Section;
use super::problem::Finding;
use crate::base::seams::World;
use crate::base::{Diagnostic, Diagnostics, Severity, Sources};
pub use client::{Client, ClientReading, read_client, read_client_of};
use sink::Sink;

/// A configuration as read.
#[derive(Debug)]
pub struct Reading {
    /// What it means; with defaults in the place of what is wrong.
    pub config: Config,
    /// What it asks of the host, in order.
    pub checks: Vec<WorldCheck>,
    /// What the original warns of, in order, to be logged at start.
    pub warnings: Vec<Notice>,
    /// What the original tells at level INFO, in order.
    pub infos: Vec<String>,
    /// All errors, in the order in which the original would meet them. Their messages are the original's.
    pub errors: Vec<Finding>,
}

impl Reading {
    /// What the original would print after `Error: `, if it would not accept this configuration on this host.
    pub fn first_error(&self, world: &dyn World) -> Option<Diagnostic> {
        first_error(&self.checks, &self.errors, world)
    }

    /// Errors, and warnings as such, with their places. Nothing of the host.
    pub fn diagnostics(&self) -> Diagnostics {
        let mut all = Diagnostics::new();
        all.extend(self.errors.iter().cloned().map(Diagnostic::from));
        all.extend(self.noticed());
        all
    }

    /// The warnings, with their places.
    pub fn noticed(&self) -> impl Iterator<Item = Diagnostic> {
        self.warnings.iter().map(|n| Diagnostic::new(Severity::Warning, n.code, n.span, n.text.as_str()))
    }

    /// The Python functions that are named but not built in, in order.
    pub fn foreign_functions(&self) -> impl Iterator<Item = Diagnostic> {
        self.checks.iter().filter_map(WorldCheck::foreign_function)
    }
}

/// The error that is met first when the host is asked along the way.
fn first_error(checks: &[WorldCheck], errors: &[Finding], world: &dyn World) -> Option<Diagnostic> {
    let asked_first = checks.iter().take_while(|check| check.errors_before == 0);
    asked_first.into_iter().find_map(|check| check.run(world)).or_else(|| errors.first().cloned().map(Diagnostic::from))
}

/// Reads a configuration. `path` is what the user calls the file and is relative to the directory of the process;
/// `text` is what is in it. The texts of all files are added to `sources`.
pub fn read(sources: &mut Sources, path: &str, text: impl Into<String>, context: &Context<'_>) -> Reading {
    let loaded = include::load(sources, path, text.into(), context);
    read_loaded(&loaded, &loaded.ini(sources, context), path, context)
}

/// As [`read`], of texts that are loaded already, for those who look at the sections as well.
pub fn read_loaded(loaded: &Loaded, ini: &Ini<'_>, path: &str, context: &Context<'_>) -> Reading {
    let mut sink = Sink::new(loaded.warnings.clone());
    for finding in ini.problems().iter().chain(&loaded.findings) {
        sink.error(finding.clone());
    }
    let here = include::here(path, context);
    let mut reader = Reader {
        here: &here,
        context,
        ini,
        loaded,
        environ: context.environ.clone(),
        sink,
        processes: 0,
        programs: None,
    };
    let config = reader.config();
    let Sink { errors, checks, warnings, .. } = reader.sink;
    Reading { config, checks, warnings, infos: loaded.infos.clone(), errors }
}

/// What is needed to read a section.
struct Reader<'r> {
    context: &'r Context<'r>,
    ini: &'r Ini<'r>,
    loaded: &'r Loaded,
    /// The folder of the main file.
    here: &'r str,
    /// The daemon's environment and, once read, the variables of `[supervisord]`.
    environ: Environ,
    sink: Sink,
    /// Processes made so far.
    processes: i64,
    /// The names of all programs, once an error needs them.
    programs: Option<Rc<[String]>>,
}

impl<'r> Reader<'r> {
    fn config(&mut self) -> Config {
        let supervisord = self.supervisord();
        for (name, value) in &supervisord.environment {
            self.environ.set(name, value);
        }
        let environ = std::mem::take(&mut self.environ);
        let rpcinterfaces = self.rpcinterfaces(&environ);
        let groups = self.groups(&environ, &supervisord.environment);
        let servers = self.servers(&environ);
        Config { supervisord, servers, rpcinterfaces, groups }
    }

    /// The sections of a kind, in order, each with the NAME after its first colon.
    fn sections(&self, kind: Section) -> Vec<(&'r ini::Section<'r>, &'r str)> {
        let sections = self.ini.sections().iter();
        let named = sections.filter_map(|section| Some((section, Section::of(section.name)?)));
        named.filter(|(_, (k, _))| *k == kind).map(|(section, (_, name))| (section, name.unwrap_or_default())).collect()
    }
}

/// `here` and the environment.
fn main_scope<'s>(environ: &'s Environ, here: &'s str) -> Scope<'s> {
    Scope::new(environ).with("here", Value::Text(here))
}

#[cfg(test)]
mod tests;
