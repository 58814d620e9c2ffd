//! `recipe build`: outputs become files.

use std::env;

use camino::{Utf8Path, Utf8PathBuf};

use crate::apply::disk::RealDisk;
use crate::apply::site::Site;
use crate::apply::{Request, build};
use crate::base::Diagnostics;
use crate::cli::daemons;
use crate::cli::running::left_behind;
use crate::compile::output::Output;
use crate::compile::plan::summary::Tense;
use crate::compile::plan::{Options, Plan};

/// What a build, or a look at one, needs beyond its outputs.
#[derive(Debug)]
pub struct Settings {
    /// The project folder, absolute.
    pub project: Utf8PathBuf,
    /// `--root`: the folder that stands for `/`.
    pub root: Option<Utf8PathBuf>,
    /// `--force`
    pub force: bool,
    /// `--allow-outside`
    pub allow_outside: bool,
    /// Of a `.cfg`: its parts of other recipes.
    pub foreign: Option<Vec<String>>,
    /// The parts to which the outputs belong, if not all were built.
    pub parts: Option<Vec<String>>,
}

impl Settings {
    /// Where it is on disk.
    pub(super) fn site(&self) -> Site {
        Site { project: self.project.clone(), root: self.root.clone() }
    }

    /// How to plan for it.
    pub(super) fn options(&self) -> Options {
        Options {
            project: self.project.clone(),
            force: self.force,
            allow_outside: self.allow_outside,
            is_clean: false,
            foreign: self.foreign.clone(),
            parts: self.parts.clone(),
        }
    }
}

/// Makes the disk match `outputs` and tells `say`, line by line, what changed. Where the findings hold an error, it
/// failed.
pub fn run(outputs: Vec<Output>, settings: &Settings, say: &dyn Fn(&str)) -> Diagnostics {
    let (site, program) = (settings.site(), program());
    let request = Request { site: &site, options: settings.options(), program: program.as_deref() };
    let outcome = build(outputs, &request, &RealDisk, &mut || say(WAITING));
    if let Some(plan) = outcome.plan {
        tell(&plan, say);
    }
    outcome.found
}

/// What is said while another build has the lock.
pub(super) const WAITING: &str = "waiting for another build of this project";

/// Says what was done.
pub(super) fn tell(plan: &Plan, say: &dyn Fn(&str)) {
    for line in plan.lines() {
        say(&line);
    }
    say(&plan.summary(Tense::Done));
    if let Err(error) = daemons::keep(plan) {
        say(&format!("what running supervisords were started with cannot be kept: {error}"));
    }
    for (conf, pid) in left_behind(plan) {
        say(&format!("the supervisord of {conf} still runs (pid {pid}): `kill {pid}` ends it and its programs"));
    }
}

/// The program that runs, for the project's scripts; none while it is being replaced.
fn program() -> Option<Utf8PathBuf> {
    let path = Utf8PathBuf::from_path_buf(env::current_exe().ok()?).ok()?;
    Some(path).filter(|path: &Utf8PathBuf| Utf8Path::exists(path))
}
