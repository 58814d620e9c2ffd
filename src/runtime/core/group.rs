//! A group of processes: a name, a priority, and its members in their order.

use std::rc::Rc;

use crate::conf::model;

use super::ids::ProcessId;
use super::process::Process;

/// A supervised group.
#[derive(Debug)]
pub struct Group {
    name: Rc<str>,
    config: Rc<model::Group>,
    processes: Vec<Process>,
}

impl Group {
    /// The group and its processes, numbered from `first` on, in order of priority, then name.
    pub fn new(config: model::Group, first: ProcessId) -> Self {
        let config = Rc::new(config);
        let name: Rc<str> = Rc::from(config.name.as_str());
        let mut members: Vec<_> = config.processes.iter().cloned().map(Rc::new).collect();
        members.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        let processes = (first.0..).zip(members).map(|(id, p)| Process::new(ProcessId(id), name.clone(), p)).collect();
        Self { name, config, processes }
    }

    /// Its name.
    pub fn name(&self) -> &Rc<str> {
        &self.name
    }

    /// How it was configured when it was added.
    pub fn config(&self) -> &Rc<model::Group> {
        &self.config
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
