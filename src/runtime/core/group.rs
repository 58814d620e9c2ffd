//! A group of processes: a name, a priority, and its members in their order.

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
    /// The group and its processes, numbered from `first` on, in order of priority, then name.
    pub fn new(mut config: model::Group, first: ProcessId) -> Self {
        let name: Rc<str> = Rc::from(config.name.as_str());
        let mut members = std::mem::take(&mut config.processes);
        members.sort_by(|a, b| rank(a).cmp(&rank(b)));
        let process = |(id, p)| Process::new(ProcessId(id), Rc::clone(&name), p);
        let processes = (first.0..).zip(members).map(process).collect();
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

    /// Whether it is configured as `wanted`, the options of its processes included.
    pub fn is_configured_as(&self, wanted: &model::Group) -> bool {
        let model::Group { name, priority, kind, processes } = wanted;
        let mut wanted: Vec<_> = processes.iter().collect();
        wanted.sort_by(|a, b| rank(a).cmp(&rank(b)));
        (&self.config.name, &self.config.priority, &self.config.kind) == (name, priority, kind)
            && self.processes.iter().map(Process::config).eq(wanted)
    }

    /// Its processes, in ascending priority, then name.
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

    /// Groups are in this order.
    pub(super) fn rank(&self) -> (i64, &str) {
        (self.config.priority, &self.name)
    }
}

/// Processes are in this order.
fn rank(process: &model::Process) -> (i64, &str) {
    (process.priority, &process.name)
}
