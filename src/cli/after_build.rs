//! This host as it will be after a build: folders that the outputs make count as there.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::base::seams::World;
use crate::compile::output::{Content, Output};
use crate::conf::check::Question;
use crate::sources::host::Host;

/// This host, once the outputs are built.
pub(super) struct AfterBuild<'a> {
    outputs: &'a [Output],
    /// Answers that were given: ten thousand programs may have one user.
    known: RefCell<HashMap<Question, bool>>,
}

impl<'a> AfterBuild<'a> {
    /// The host as it is now, and what `outputs` will make of it.
    pub(super) fn new(outputs: &'a [Output]) -> Self {
        Self { outputs, known: RefCell::default() }
    }

    /// Whether a file is there.
    pub(super) fn is_file(&self, path: &str) -> bool {
        let is_made = |output: &Output| matches!(output.content, Content::File { .. }) && output.path == path;
        std::path::Path::new(path).exists() || self.outputs.iter().any(is_made)
    }

    /// The answer to a question of the daemon.
    pub(super) fn answer(&self, question: &Question) -> bool {
        if let Some(answer) = self.known.borrow().get(question) {
            return *answer;
        }
        let answer = question.ask(self);
        self.known.borrow_mut().insert(question.clone(), answer);
        answer
    }
}

impl World for AfterBuild<'_> {
    fn is_directory(&self, path: &str) -> bool {
        let is_made = |output: &Output| {
            let from = usize::from(matches!(output.content, Content::File { .. }));
            output.path.ancestors().skip(from).any(|folder| folder == path)
        };
        Host.is_directory(path) || self.outputs.iter().any(is_made)
    }

    fn uid(&self, name: &str) -> Option<u32> {
        Host.uid(name)
    }

    fn has_uid(&self, uid: u32) -> bool {
        Host.has_uid(uid)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        Host.gid(name)
    }

    fn has_gid(&self, gid: u32) -> bool {
        Host.has_gid(gid)
    }
}
