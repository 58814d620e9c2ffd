//! A manifest: compiled, as a build would do it, and looked at by the rules.

use crate::base::{Diagnostics, Sources};
use crate::compile::output::Output;
use crate::compile::parts;
use crate::compile::project::Project;
use crate::compile::render::Templates;
use crate::compile::sections::{self, Merged, World};

/// What came of a manifest.
#[derive(Debug)]
pub struct Checked {
    /// Its sections, resolved.
    pub project: Project,
    /// What it makes.
    pub outputs: Vec<Output>,
}

/// Whether the configurations that are made are to be read back, or findings on the way are all that is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// They are written.
    Written,
    /// Their sections are left out, as it takes less time.
    Checked,
}

/// Checks what a manifest was merged to.
pub fn check(merged: Merged, world: &World<'_>, made: Made, sources: &mut Sources, found: &mut Diagnostics) -> Checked {
    let project = sections::resolve(merged, world, sources, found);
    let templates = Templates::read(&project, world.files, sources, found);
    let outputs = match made {
        Made::Written => parts::build(&project, &templates, found),
        Made::Checked => parts::check(&project, &templates, found),
    };
    found.extend(super::check(&project));
    Checked { project, outputs }
}
