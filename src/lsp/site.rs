//! The world as far as the language server needs it.

use crate::base::seams::{ConfFiles, Fetch, Secrets};
use crate::compile::read::condition::Conditions;
use crate::conf::expand::Environ;

/// Where the server runs.
#[derive(Clone, Copy)]
pub struct Site<'a> {
    /// The files of the disk.
    pub files: &'a dyn ConfFiles,
    /// What a project, given by its folder, extends at URLs.
    pub fetch: &'a dyn Fn(&str) -> Box<dyn Fetch>,
    /// What stands for passwords.
    pub secrets: &'a dyn Secrets,
    /// What conditions of a `.cfg` ask for.
    pub conditions: &'a Conditions,
    /// The version of Python, where a condition depends on it.
    pub python: &'a dyn Fn() -> Option<String>,
    /// The environment.
    pub environ: &'a Environ,
    /// The name of the host.
    pub host_node_name: &'a str,
    /// The folder of the process, absolute.
    pub directory: &'a str,
    /// The system's folder for temporary files.
    pub tempdir: &'a str,
}
