//! A group of processes: a name, a priority, and its members in their order.
//!
//! A name stands for one process: of several that are configured with it, in one group, the last is run, as in Supervisor.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use crate::conf::model;

use super::ids::ProcessId;
use super::process::Process;

/// A supervised group.
#[derive(Debug)]
pub struct Group {
    name: Rc<str>,
    /// Without the processes, which hold their own.
    config: model::Group,
    processes: Vec<Process>,
}

impl Group {
    /// The group and its processes, numbered from `first` on in their order.
    pub fn new(mut config: model::Group, first: ProcessId) -> Self {
        let name: Rc<str> = Rc::from(config.name.as_str());
        let configured = std::mem::take(&mut config.processes);
        let process = |(id, p): (u32, &Rc<model::Process>)| Process::new(ProcessId(id), Rc::clone(&name), Rc::clone(p));
        let processes = (first.0..).zip(members(&configured)).map(process).collect();
        Self { name, config, processes }
    }

    /// Its name.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// Its priority among groups.
    pub fn priority(&self) -> i64 {
        self.config.priority
    }

    /// What its processes are.
    pub fn kind(&self) -> &model::GroupKind {
        &self.config.kind
    }

    /// Whether its processes are event listeners.
    pub(super) fn is_pool(&self) -> bool {
        matches!(self.config.kind, model::GroupKind::EventListener { .. })
    }

    /// Whether it is configured as `wanted`, the options of its processes included.
    pub fn is_configured_as(&self, wanted: &model::Group) -> bool {
        let model::Group { name, priority, kind, processes } = wanted;
        (&self.config.name, &self.config.priority, &self.config.kind) == (name, priority, kind)
            && self.processes.iter().map(Process::config).eq(members(processes))
    }

    /// Its processes, in ascending priority and as listed.
    pub fn processes(&self) -> &[Process] {
        &self.processes
    }

    pub(super) fn processes_mut(&mut self) -> &mut [Process] {
        &mut self.processes
    }

    /// Whether all its processes are stopped.
    pub fn is_stopped(&self) -> bool {
        self.processes.iter().all(|p| p.state().is_stopped())
    }
}

/// Which of the groups that it is asked about, in order, are run: the first of each name.
pub fn first_of_name() -> impl FnMut(&model::Group) -> bool {
    let mut names = HashSet::new();
    move |group| names.insert(group.name.clone())
}

/// Those that are run, in ascending priority and as listed; of several of one name the last, where the first of them stands.
fn members(configured: &[Rc<model::Process>]) -> Vec<&Rc<model::Process>> {
    let mut places = HashMap::with_capacity(configured.len());
    let mut members: Vec<&Rc<model::Process>> = Vec::with_capacity(configured.len());
    for process in configured {
        let place = *places.entry(process.name.as_str()).or_insert(members.len());
        match members.get_mut(place) {
            Some(member) => *member = process,
            None => members.push(process),
        }
    }
    members.sort_by_key(|process| process.priority);
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing::{group, process};

    fn listed(names: &[(&str, &str, i64)]) -> model::Group {
        let process = |&(name, command, priority): &(&str, &str, i64)| model::Process {
            command: command.to_owned(),
            priority,
            ..process(name)
        };
        group("g", names.iter().map(process).collect())
    }

    #[test]
    fn members_are_in_order_of_priority_and_as_listed_and_the_last_of_a_name_is_run() {
        let config = listed(&[("z", "1", 9), ("x", "2", 9), ("b", "3", 1), ("x", "4", 9), ("a", "5", 9)]);
        let made = Group::new(config.clone(), ProcessId(1));
        let commands: Vec<_> = made.processes().iter().map(|process| process.config().command.as_str()).collect();
        assert_eq!(commands, ["3", "1", "4", "5"]);
        assert!(made.is_configured_as(&config));
        let other = listed(&[("z", "1", 9), ("x", "2", 9), ("b", "3", 1), ("x", "6", 9), ("a", "5", 9)]);
        assert!(!made.is_configured_as(&other));
    }
}
