//! What a configuration that was read anew would change: the answer to `reloadConfig`.

use std::collections::{HashMap, HashSet};

use crate::conf::model;

use super::group::Group;
use super::process::Process;

/// Names of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New ones, in the order of the configuration.
    pub added: Vec<String>,
    /// Those that any option of which differs, in the order of the configuration.
    pub changed: Vec<String>,
    /// Those that are gone, in the order in which they were added.
    pub removed: Vec<String>,
}

/// Compares what is supervised with what is configured.
pub fn difference(active: &[Group], wanted: &[model::Group]) -> Difference {
    let mut found = Difference::default();
    let supervised: HashMap<&str, &Group> = active.iter().map(|group| (&**group.name(), group)).collect();
    for group in wanted {
        match supervised.get(&*group.name) {
            None => found.added.push(group.name.clone()),
            Some(a) if !a.is_configured_as(group) => found.changed.push(group.name.clone()),
            Some(_) => {}
        }
    }
    let configured: HashSet<&str> = wanted.iter().map(|group| &*group.name).collect();
    let mut gone: Vec<_> = active.iter().filter(|a| !configured.contains(&**a.name())).collect();
    gone.sort_by_key(|a| a.processes().iter().map(Process::id).min());
    found.removed = gone.into_iter().map(|a| a.name().to_string()).collect();
    found
}
