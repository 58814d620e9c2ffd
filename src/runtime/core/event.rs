//! Events and the exact text of their payloads, as event listeners read it.
//!
//! Events are data; [`Event::payload`] is made only when somebody listens. Who subscribes to what, and how an event is
//! handed over, is not here.

use std::fmt;
use std::rc::Rc;

use super::ids::Pid;
use super::repr;
use super::state::State;

/// Names of event types, the abstract ones included: a subscription to those takes all below them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "they are the names of the wire in another case")]
pub enum EventType {
    Event,
    ProcessState,
    ProcessStateStopped,
    ProcessStateExited,
    ProcessStateStarting,
    ProcessStateStopping,
    ProcessStateBackoff,
    ProcessStateFatal,
    ProcessStateRunning,
    ProcessStateUnknown,
    ProcessCommunication,
    ProcessCommunicationStdout,
    ProcessCommunicationStderr,
    ProcessLog,
    ProcessLogStdout,
    ProcessLogStderr,
    RemoteCommunication,
    SupervisorStateChange,
    SupervisorStateChangeRunning,
    SupervisorStateChangeStopping,
    Tick,
    Tick5,
    Tick60,
    Tick3600,
    ProcessGroup,
    ProcessGroupAdded,
    ProcessGroupRemoved,
}

/// Each type, its name on the wire and the abstract type above it.
const TYPES: [(EventType, &str, EventType); 27] = [
    (EventType::Event, "EVENT", EventType::Event),
    (EventType::ProcessState, "PROCESS_STATE", EventType::Event),
    (EventType::ProcessStateStopped, "PROCESS_STATE_STOPPED", EventType::ProcessState),
    (EventType::ProcessStateExited, "PROCESS_STATE_EXITED", EventType::ProcessState),
    (EventType::ProcessStateStarting, "PROCESS_STATE_STARTING", EventType::ProcessState),
    (EventType::ProcessStateStopping, "PROCESS_STATE_STOPPING", EventType::ProcessState),
    (EventType::ProcessStateBackoff, "PROCESS_STATE_BACKOFF", EventType::ProcessState),
    (EventType::ProcessStateFatal, "PROCESS_STATE_FATAL", EventType::ProcessState),
    (EventType::ProcessStateRunning, "PROCESS_STATE_RUNNING", EventType::ProcessState),
    (EventType::ProcessStateUnknown, "PROCESS_STATE_UNKNOWN", EventType::ProcessState),
    (EventType::ProcessCommunication, "PROCESS_COMMUNICATION", EventType::Event),
    (EventType::ProcessCommunicationStdout, "PROCESS_COMMUNICATION_STDOUT", EventType::ProcessCommunication),
    (EventType::ProcessCommunicationStderr, "PROCESS_COMMUNICATION_STDERR", EventType::ProcessCommunication),
    (EventType::ProcessLog, "PROCESS_LOG", EventType::Event),
    (EventType::ProcessLogStdout, "PROCESS_LOG_STDOUT", EventType::ProcessLog),
    (EventType::ProcessLogStderr, "PROCESS_LOG_STDERR", EventType::ProcessLog),
    (EventType::RemoteCommunication, "REMOTE_COMMUNICATION", EventType::Event),
    (EventType::SupervisorStateChange, "SUPERVISOR_STATE_CHANGE", EventType::Event),
    (EventType::SupervisorStateChangeRunning, "SUPERVISOR_STATE_CHANGE_RUNNING", EventType::SupervisorStateChange),
    (EventType::SupervisorStateChangeStopping, "SUPERVISOR_STATE_CHANGE_STOPPING", EventType::SupervisorStateChange),
    (EventType::Tick, "TICK", EventType::Event),
    (EventType::Tick5, "TICK_5", EventType::Tick),
    (EventType::Tick60, "TICK_60", EventType::Tick),
    (EventType::Tick3600, "TICK_3600", EventType::Tick),
    (EventType::ProcessGroup, "PROCESS_GROUP", EventType::Event),
    (EventType::ProcessGroupAdded, "PROCESS_GROUP_ADDED", EventType::ProcessGroup),
    (EventType::ProcessGroupRemoved, "PROCESS_GROUP_REMOVED", EventType::ProcessGroup),
];

impl EventType {
    /// The type of that name, upper case.
    pub fn parse(name: &str) -> Option<Self> {
        TYPES.iter().find(|(_, n, _)| *n == name).map(|(kind, _, _)| *kind)
    }

    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// Whether a subscription to `wanted` takes events of this type.
    pub fn is_a(self, wanted: Self) -> bool {
        let parent = self.row().2;
        self == wanted || (parent != self && parent.is_a(wanted))
    }

    fn row(self) -> &'static (Self, &'static str, Self) {
        &TYPES[self as usize]
    }
}

/// An output channel of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stream {
    /// Descriptor 1.
    Stdout,
    /// Descriptor 2.
    Stderr,
}

impl Stream {
    /// `stdout` or `stderr`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
        }
    }
}

/// Whose event it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Process name.
    pub process: Rc<str>,
    /// Group name.
    pub group: Rc<str>,
    /// Its pid, 0 without one.
    pub pid: Pid,
}

/// What an event of a state change says besides the states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The state it left.
    pub from: State,
    /// The state it entered.
    pub to: State,
    /// Failed attempts so far, for STARTING and BACKOFF.
    pub tries: u32,
    /// Whether the exit code is among `exitcodes`, for EXITED.
    pub expected: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A process entered a state.
    ProcessState(Origin, Change),
    /// A process wrote something.
    Log(Origin, Stream, Rc<[u8]>),
    /// A process wrote something between the tokens of a communication.
    Communication(Origin, Stream, Rc<[u8]>),
    /// An RPC client sent something.
    Remote {
        /// Its type, in the client's words.
        kind: String,
        /// Its text.
        data: String,
    },
    /// A group is supervised.
    GroupAdded(Rc<str>),
    /// A group is not supervised any more.
    GroupRemoved(Rc<str>),
    /// The daemon is up.
    SupervisorRunning,
    /// The daemon begins to stop everything.
    SupervisorStopping,
    /// A multiple of a period was reached.
    Tick {
        /// One of the three.
        period: TickPeriod,
        /// Seconds since 1970, a multiple of the period.
        when: i64,
    },
}

/// How often a tick comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TickPeriod {
    /// Every 5 seconds.
    Five,
    /// Every minute.
    Minute,
    /// Every hour.
    Hour,
}

impl TickPeriod {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Five, Self::Minute, Self::Hour];

    /// Its length in seconds.
    pub fn seconds(self) -> i64 {
        match self {
            Self::Five => 5,
            Self::Minute => 60,
            Self::Hour => 3600,
        }
    }
}

impl Event {
    /// Its type, never an abstract one.
    pub fn kind(&self) -> EventType {
        match self {
            Self::ProcessState(_, change) => state_type(change.to),
            Self::Log(_, Stream::Stdout, _) => EventType::ProcessLogStdout,
            Self::Log(_, Stream::Stderr, _) => EventType::ProcessLogStderr,
            Self::Communication(_, Stream::Stdout, _) => EventType::ProcessCommunicationStdout,
            Self::Communication(_, Stream::Stderr, _) => EventType::ProcessCommunicationStderr,
            Self::Remote { .. } => EventType::RemoteCommunication,
            Self::GroupAdded(_) => EventType::ProcessGroupAdded,
            Self::GroupRemoved(_) => EventType::ProcessGroupRemoved,
            Self::SupervisorRunning => EventType::SupervisorStateChangeRunning,
            Self::SupervisorStopping => EventType::SupervisorStateChangeStopping,
            Self::Tick { period: TickPeriod::Five, .. } => EventType::Tick5,
            Self::Tick { period: TickPeriod::Minute, .. } => EventType::Tick60,
            Self::Tick { period: TickPeriod::Hour, .. } => EventType::Tick3600,
        }
    }

    /// The body that a listener reads after the header line.
    pub fn payload(&self) -> String {
        match self {
            Self::ProcessState(origin, change) => format!("{} {change}{}", Names(origin), pid_part(origin, *change)),
            Self::Log(origin, stream, data) => {
                format!("{} pid:{} channel:{}\n{}", Names(origin), origin.pid, stream.name(), repr::output(data))
            }
            Self::Communication(origin, _, data) => {
                format!("{} pid:{}\n{}", Names(origin), origin.pid, repr::output(data))
            }
            Self::Remote { kind, data } => format!("type:{kind}\n{data}"),
            Self::GroupAdded(group) | Self::GroupRemoved(group) => format!("groupname:{group}\n"),
            Self::SupervisorRunning | Self::SupervisorStopping => String::new(),
            Self::Tick { when, .. } => format!("when:{when}"),
        }
    }
}

/// The type of the event of entering a state.
fn state_type(entered: State) -> EventType {
    match entered {
        State::Stopped => EventType::ProcessStateStopped,
        State::Starting => EventType::ProcessStateStarting,
        State::Running => EventType::ProcessStateRunning,
        State::Backoff => EventType::ProcessStateBackoff,
        State::Stopping => EventType::ProcessStateStopping,
        State::Exited => EventType::ProcessStateExited,
        State::Fatal => EventType::ProcessStateFatal,
        State::Unknown => EventType::ProcessStateUnknown,
    }
}

/// `processname:N groupname:G`.
struct Names<'a>(&'a Origin);

impl fmt::Display for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "processname:{} groupname:{}", self.0.process, self.0.group)
    }
}

/// `from_state:S` and what the entered state adds, but for the pid.
impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "from_state:{}", self.from)?;
        match self.to {
            State::Starting | State::Backoff => write!(f, " tries:{}", self.tries),
            State::Exited => write!(f, " expected:{}", u8::from(self.expected)),
            State::Stopped | State::Running | State::Stopping | State::Fatal | State::Unknown => Ok(()),
        }
    }
}

/// ` pid:P` for the states that have one.
fn pid_part(origin: &Origin, change: Change) -> String {
    match change.to {
        State::Running | State::Stopping | State::Stopped | State::Exited => format!(" pid:{}", origin.pid),
        State::Starting | State::Backoff | State::Fatal | State::Unknown => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        Origin { process: "cat".into(), group: "pets".into(), pid: 7 }
    }

    fn entered(to: State) -> String {
        let change = Change { from: State::Starting, to, tries: 2, expected: true };
        let event = Event::ProcessState(origin(), change);
        format!("{} {}", event.kind().name(), event.payload())
    }

    #[test]
    fn the_table_is_in_the_order_of_the_types() {
        for (at, (kind, name, _)) in TYPES.iter().enumerate() {
            assert_eq!(*kind as usize, at);
            assert_eq!(EventType::parse(name), Some(*kind));
        }
        assert_eq!(EventType::parse("event"), None);
    }

    #[test]
    fn abstract_types_take_all_below_them() {
        assert!(EventType::Tick5.is_a(EventType::Tick) && EventType::Tick5.is_a(EventType::Event));
        assert!(!EventType::Tick5.is_a(EventType::Tick60) && !EventType::Event.is_a(EventType::Tick));
    }

    #[test]
    fn state_payloads() {
        assert_eq!(
            entered(State::Backoff),
            "PROCESS_STATE_BACKOFF processname:cat groupname:pets from_state:STARTING tries:2"
        );
        assert_eq!(
            entered(State::Running),
            "PROCESS_STATE_RUNNING processname:cat groupname:pets from_state:STARTING pid:7"
        );
        assert_eq!(
            entered(State::Exited),
            "PROCESS_STATE_EXITED processname:cat groupname:pets from_state:STARTING expected:1 pid:7"
        );
        assert_eq!(entered(State::Fatal), "PROCESS_STATE_FATAL processname:cat groupname:pets from_state:STARTING");
    }

    #[test]
    fn other_payloads() {
        let data: Rc<[u8]> = Rc::from(&b"x\xff"[..]);
        assert_eq!(
            Event::Log(origin(), Stream::Stderr, data.clone()).payload(),
            "processname:cat groupname:pets pid:7 channel:stderr\nUndecodable: b'x\\xff'"
        );
        let said = Event::Communication(origin(), Stream::Stdout, Rc::from(&b"hi"[..]));
        assert_eq!(said.payload(), "processname:cat groupname:pets pid:7\nhi");
        assert_eq!(Event::GroupAdded("g".into()).payload(), "groupname:g\n");
        assert_eq!(Event::Remote { kind: "a".into(), data: "b".into() }.payload(), "type:a\nb");
        let tick = Event::Tick { period: TickPeriod::Minute, when: 120 };
        assert_eq!((tick.kind().name(), tick.payload()), ("TICK_60", "when:120".to_owned()));
    }
}
