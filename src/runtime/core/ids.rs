//! Numbers by which the core and its driver speak of things. None is given twice in the life of a fleet.

/// A process that a fleet supervises, from the activation of its group until its removal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProcessId(pub u32);

/// One attempt to start a process. Pids recur, these do not: what the driver reports carries the attempt it belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpawnId(pub u64);

/// A request that waits for its reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(pub u64);

/// A process id of the system.
pub type Pid = i32;
