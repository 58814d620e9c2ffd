//! What a configuration that was read anew would change: the answer to `reloadConfig`.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::conf::model;

use super::group::Group;
use super::process::Process;

/// Names of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// New ones, in the order of the configuration.
    pub added: Vec<String>,
    /// Those of which any option differs, in the order of the configuration.
    pub changed: Vec<String>,
    /// Those that are gone, in the order in which they were added.
    pub removed: Vec<String>,
}

/// Compares what is supervised with what is configured.
pub fn difference(active: &[Group], wanted: &[model::Group]) -> Difference {
    let mut found = Difference::default();
    let supervised = by_name(active);
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

/// Makes of what is configured as it is supervised one thing, so that it is kept in memory once.
pub fn share(active: &[Group], wanted: &mut [model::Group]) {
    let supervised = by_name(active);
    for group in wanted {
        let Some(ours) = supervised.get(&*group.name) else { continue };
        let ours = ours.processes().iter().map(Process::config);
        let ours: HashMap<&str, &Rc<model::Process>> = ours.map(|process| (&*process.name, process)).collect();
        for process in &mut group.processes {
            if let Some(ours) = ours.get(&*process.name).filter(|ours| **ours == process) {
                *process = Rc::clone(ours);
            }
        }
    }
}

fn by_name(groups: &[Group]) -> HashMap<&str, &Group> {
    groups.iter().map(|group| (&**group.name(), group)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::core::ids::ProcessId;
    use crate::runtime::testing::{group, process};

    #[test]
    fn what_is_configured_alike_is_kept_once() {
        let active = [Group::new(group("g", vec![process("a"), process("b")]), ProcessId(1))];
        let changed = model::Process { command: "other".into(), ..process("b") };
        let mut wanted = [group("g", vec![process("a"), changed, process("c")]), group("new", vec![process("a")])];
        let read = wanted.clone();
        share(&active, &mut wanted);
        assert_eq!(wanted, read);
        let is_ours = |process: &Rc<_>| active[0].processes().iter().any(|ours| Rc::ptr_eq(ours.config(), process));
        let ours: Vec<_> = wanted.iter().flat_map(|group| group.processes.iter().map(is_ours)).collect();
        assert_eq!(ours, [true, false, false, false]);
    }
}
