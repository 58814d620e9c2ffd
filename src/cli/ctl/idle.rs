//! Options that change nothing, as they belong to other actions. That is no mistake, as the original took them, but worth a word.

use crate::agents::ctl::request::{Action, Request};
use crate::conf::monitor::Monitor;

/// What is said of them.
pub(super) fn idle(monitor: &Monitor, request: &Request) -> Vec<String> {
    let action = request.action;
    let is_start = action == Action::Start;
    let has_cache = monitor.frontends().any(|service| service.kind.is_cache());
    let name = action.name();
    let told = [
        (request.pattern.is_some() && action != Action::Log)
            .then(|| format!("-p has no effect on {name}: it is what `log` searches")),
        (request.purge && !is_start && action != Action::Purge)
            .then(|| format!("-P has no effect on {name}: it is `start` that purges by it")),
        (request.purge && is_start && !has_cache)
            .then(|| "-P has no effect: there is no proxy cache among the frontends".to_owned()),
        (request.rotate && !is_start && action != Action::Rotate)
            .then(|| format!("-R has no effect on {name}: it is `start` that rotates by it")),
    ];
    told.into_iter().flatten().collect()
}
