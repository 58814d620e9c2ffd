//! `recipe clean`: what builds made goes.

use crate::apply::disk::RealDisk;
use crate::apply::{Request, clean};
use crate::base::Diagnostics;
use crate::cli::build::{Target, WAITING, tell};

/// Removes what builds of the project made, and tells `say` what it was. Where the findings hold an error, it failed.
pub fn run(target: &Target, say: &dyn Fn(&str)) -> Diagnostics {
    let site = target.site();
    let request = Request { site: &site, options: target.options(), program: None };
    let outcome = clean(&request, &RealDisk, &mut || say(WAITING));
    if let Some(plan) = outcome.plan {
        tell(&plan, say);
    }
    outcome.found
}
