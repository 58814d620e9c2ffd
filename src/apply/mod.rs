//! The only writer of the compiler: carries plans out.
//!
//! [`build()`] makes the disk match the outputs, [`look`] says what it would do, [`clean()`] takes it all back. All three
//! plan with the same code; `build` and `clean` hold the lock of the project while they plan and write.
//!
//! What a project remembers is in its folder `.recipe`:
//!
//! | file | holds |
//! |---|---|
//! | `state.toml` | what the last build made, with keyed hashes; 0600 as soon as it tells where secrets are |
//! | `key` | the key of the hashes, 0600 |
//! | `journal.new`, `journal` | what a build is preparing, or doing |
//! | `lock` | keeps builds apart |
//! | `runtime` | a link to the program that built, which the project's scripts run |
//! | `secrets/`, `running` | generated passwords, and what running supervisords were started with: others write these |
//! | `.gitignore` | keeps all of it out of repositories |
//!
//! A file is replaced, never written into: whoever reads it sees the old or the new one, and a daemon that has it open
//! keeps the old one. The owner of a replaced file stays its owner where the build may say so (as root).

mod build;
mod check;
mod clean;
pub mod disk;
mod durable;
mod journal;
pub mod lock;
pub mod problem;
pub mod site;
mod store;
pub mod target;
mod transaction;

use camino::Utf8Path;

pub use self::build::{build, look};
pub use self::clean::clean;
use self::site::Site;
use crate::base::Diagnostics;
use crate::compile::plan::{Options, Plan};

/// What to build, look at or clean.
#[derive(Debug)]
pub struct Request<'a> {
    /// Where.
    pub site: &'a Site,
    /// How to plan.
    pub options: Options,
    /// The program that `.recipe/runtime` shall lead to, if any.
    pub program: Option<&'a Utf8Path>,
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// What was done, or would be. None if it could not be: then everything is as before, or, where the disk failed in
    /// the very end, as the next build makes it.
    pub plan: Option<Plan>,
    /// Why not, and which files were kept.
    pub found: Diagnostics,
}

impl Outcome {
    /// Nothing could be done.
    fn failed(mut found: Diagnostics, problem: problem::Problem) -> Self {
        found.push(problem);
        Self { plan: None, found }
    }

    /// With the findings of before.
    fn after(self, mut found: Diagnostics) -> Self {
        found.extend(self.found);
        Self { found, ..self }
    }
}

#[cfg(test)]
mod faults;
#[cfg(test)]
mod ordeals;
#[cfg(test)]
mod tests;
