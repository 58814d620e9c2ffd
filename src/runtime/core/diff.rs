//! What a configuration that was read anew would change: the answer to `reloadConfig`.

use crate::conf::model;

use super::group::Group;

/// Names of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New ones, in the order of the configuration.
    pub added: Vec<String>,
    /// Those that any option of which differs, in the order of the configuration.
    pub changed: Vec<String>,
    /// Those that are gone, in the order of the supervised groups.
    pub removed: Vec<String>,
}

/// Compares what is supervised with what is configured.
pub fn difference(active: &[Group], wanted: &[model::Group]) -> Difference {
    let mut found = Difference::default();
    for group in wanted {
        match active.iter().find(|a| **a.name() == *group.name) {
            None => found.added.push(group.name.clone()),
            Some(a) if !a.is_configured_as(group) => found.changed.push(group.name.clone()),
            Some(_) => {}
        }
    }
    let gone = active.iter().filter(|a| wanted.iter().all(|w| *w.name != **a.name()));
    found.removed = gone.map(|a| a.name().to_string()).collect();
    found
}
