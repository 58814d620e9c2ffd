//! What a drop-in program finds around it when it starts, and its configuration file in it. It is kept, so that the
//! file means the same when it is read again.

use crate::base::seams::{ConfFiles, Files as _, ReadError};
use crate::conf::expand::Environ;
use crate::conf::include::Context;
use crate::conf::path;
use crate::sources::host::Host;

/// Environment, host name and folders at the start.
pub(super) struct Surroundings {
    environ: Environ,
    host_node_name: String,
    directory: String,
    tempdir: String,
}

impl Surroundings {
    /// As they are now. Variables that are not UTF-8 are not known to configurations.
    pub(super) fn now() -> Self {
        let variables = std::env::vars_os().filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?)));
        Self::with(variables.collect())
    }

    /// Those of the process `pid`, if it lets us see its environment: as it was at its start.
    pub(super) fn of_process(pid: i64) -> Option<Self> {
        let block = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
        let variables =
            block.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry).ok()?.split_once('='));
        Some(Self::with(variables.collect()))
    }

    /// Those of a daemon of which nothing is known.
    pub(super) fn unknown() -> Self {
        Self { host_node_name: "host".to_owned(), tempdir: "/tmp".to_owned(), ..Self::with(Environ::default()) }
    }

    fn with(environ: Environ) -> Self {
        let directory = std::env::current_dir().unwrap_or_default();
        Self {
            environ,
            host_node_name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            directory: directory.to_string_lossy().into_owned(),
            tempdir: std::env::temp_dir().to_string_lossy().into_owned(),
        }
    }

    /// The folder of the process.
    pub(super) fn directory(&self) -> &str {
        &self.directory
    }

    /// A variable.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environ.get(name)
    }

    /// What reading a configuration depends on.
    pub(super) fn context(&self) -> Context<'_> {
        self.context_with(&Host)
    }

    /// As [`Self::context`], with other files.
    pub(super) fn context_with<'a>(&'a self, files: &'a dyn ConfFiles) -> Context<'a> {
        Context {
            files,
            environ: &self.environ,
            host_node_name: &self.host_node_name,
            directory: &self.directory,
            tempdir: &self.tempdir,
        }
    }

    /// `path` with `~` at its start replaced.
    pub(super) fn expand_user(&self, path: &str) -> String {
        path::expand_user(path, self.environ.get("HOME"), &Host)
    }

    /// `path` with `~` replaced, absolute and normalised.
    pub(super) fn normalize(&self, path: &str) -> String {
        path::absolute(&self.directory, &self.expand_user(path))
    }

    /// The text of the configuration that the user calls `path`, or what the original says.
    pub(super) fn read(&self, path: &str) -> Result<String, String> {
        Host.read(&path::absolute(&self.directory, path)).map_err(|error| match error {
            ReadError::NotFound => format!("could not find config file {path}"),
            ReadError::Other(_) => format!("could not read config file {path}"),
            ReadError::TooLarge(_) | ReadError::NotUtf8 { .. } => format!("could not read config file {path}: {error}"),
        })
    }
}
