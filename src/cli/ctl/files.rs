//! The cluster.ini, and the files that say how services are started and stopped, for a reader that waits for nobody: a pipe that one
//! of them includes has nobody at its other end.

use std::cell::RefCell;
use std::path::Path;

use crate::agents::plain;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::sources::host::Host;

/// This host, without what is no plain file.
#[derive(Debug, Default)]
pub(super) struct Plain {
    refused: RefCell<Option<String>>,
}

impl Plain {
    /// What was to be read and was not, in words.
    pub(super) fn refused(self) -> Option<String> {
        self.refused.into_inner()
    }
}

impl Files for Plain {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        if let Err(why) = plain::is_given(Path::new(path)) {
            self.refused.borrow_mut().get_or_insert_with(|| format!("{path} {why}"));
            return Err(ReadError::Other(why.to_string()));
        }
        Host.read(path)
    }

    fn exists(&self, path: &str) -> bool {
        Host.exists(path)
    }
}

impl ConfFiles for Plain {
    fn list(&self, directory: &str) -> Vec<String> {
        Host.list(directory)
    }

    fn home(&self, user: &str) -> Option<String> {
        Host.home(user)
    }
}
