//! `recipe clean`: what builds made goes.

use crate::apply::disk::RealDisk;
use crate::apply::{Request, clean};
use crate::base::Diagnostics;
use crate::cli::build::{Settings, WAITING, tell};
use crate::cli::daemons;

/// Removes what builds of the project made, and tells `say` what it was. Where the findings hold an error, it failed.
pub fn run(settings: &Settings, say: &dyn Fn(&str)) -> Diagnostics {
    // A record of nobody would keep its folder.
    let _ = daemons::forget_ended(&settings.project);
    let site = settings.site();
    let request = Request { site: &site, options: settings.options(), program: None };
    let outcome = clean(&request, &RealDisk, &mut || say(WAITING));
    if let Some(plan) = outcome.plan {
        tell(&plan, say);
    }
    outcome.found
}
