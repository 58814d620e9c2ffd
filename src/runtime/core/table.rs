//! What a process does about each input in each state: the one table, which [`Process`](super::process::Process)
//! executes and a golden test prints. No pair is left to a default, so a new state or input does not compile until
//! every answer is written.

use super::state::State;

/// Kinds of inputs of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InputKind {
    /// The daemon or the group is new.
    Autostart,
    /// Somebody wants it started.
    Start,
    /// Somebody wants it stopped.
    Stop,
    /// The shutdown has reached its group.
    Halt,
    /// The shutdown has begun: nothing starts by itself any more.
    Freeze,
    /// Somebody sends it a signal.
    Signal,
    /// Its child runs.
    Spawned,
    /// There is no child.
    SpawnFailed,
    /// A signal could not be sent.
    SignalRefused,
    /// Its child ended.
    Exited,
    /// Its deadline may be reached.
    Due,
}

impl InputKind {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Autostart,
        Self::Start,
        Self::Stop,
        Self::Halt,
        Self::Freeze,
        Self::Signal,
        Self::Spawned,
        Self::SpawnFailed,
        Self::SignalRefused,
        Self::Exited,
        Self::Due,
    ];
}

/// What a process does about an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Nothing, for this reason.
    Ignore(&'static str),
    /// Make an attempt if it is to start with the daemon and has never been started.
    SpawnFirst,
    /// Make an attempt: STARTING.
    Spawn,
    /// Send the stop signal: STOPPING.
    BeginStop,
    /// No further attempt: STOPPED.
    AbandonRetry,
    /// If a restart is pending, not that: STOPPED.
    AbandonRestart,
    /// No further attempt: FATAL.
    GiveUp,
    /// Disarm what would start it by itself.
    Hold,
    /// Send the signal.
    Send,
    /// Note the child; RUNNING if `startsecs` asks for no time.
    Adopt,
    /// Note the child and send it the stop signal that came too early for it.
    AdoptToStop,
    /// BACKOFF, or FATAL after the last attempt.
    FailSpawn,
    /// There is nothing to stop: STOPPED.
    FailToStop,
    /// What the child does is not known any more: UNKNOWN.
    LoseControl,
    /// BACKOFF (or FATAL) if it came too soon, else as from RUNNING.
    ExitWhileStarting,
    /// EXITED, and again STARTING where `autorestart` says so.
    ExitWhileRunning,
    /// STOPPED.
    ExitAsAsked,
    /// RUNNING if it has been up for long enough.
    ConfirmUp,
    /// The next attempt, if it is time: STARTING.
    Retry,
    /// SIGKILL after `stopwaitsecs`, and again each time they pass.
    KillHard,
    /// The restart that the brake held back, if it is time: STARTING.
    RestartBraked,
}

const NOT_RUNNING: &str = "it does not run";
const NO_CHILD: &str = "it has no child";
const HAS_CHILD: &str = "it has its child already";
const NO_TIMER: &str = "no timer is armed";
const STARTED: &str = "it is started already";
const STOPPING: &str = "it is being stopped already";
const ONLY_NEW: &str = "only a process that was never started starts by itself";
const UNKNOWN: &str = "what it does is not known";

/// The answer to `input` in `state`.
pub fn action(state: State, input: InputKind) -> Action {
    match state {
        State::Stopped => when_stopped(input),
        State::Starting => when_starting(input),
        State::Running => when_running(input),
        State::Backoff => when_backoff(input),
        State::Stopping => when_stopping(input),
        State::Exited => when_exited(input),
        State::Fatal => when_fatal(input),
        State::Unknown => when_unknown(input),
    }
}

fn when_stopped(input: InputKind) -> Action {
    match input {
        InputKind::Autostart => Action::SpawnFirst,
        InputKind::Start => Action::Spawn,
        InputKind::Stop | InputKind::Halt | InputKind::Signal => Action::Ignore(NOT_RUNNING),
        InputKind::Freeze => Action::Hold,
        InputKind::Spawned | InputKind::SpawnFailed | InputKind::SignalRefused | InputKind::Exited => {
            Action::Ignore(NO_CHILD)
        }
        InputKind::Due => Action::Ignore(NO_TIMER),
    }
}

fn when_starting(input: InputKind) -> Action {
    match input {
        InputKind::Autostart | InputKind::Start => Action::Ignore(STARTED),
        InputKind::Stop | InputKind::Halt => Action::BeginStop,
        InputKind::Freeze => Action::Hold,
        InputKind::Signal => Action::Send,
        InputKind::Spawned => Action::Adopt,
        InputKind::SpawnFailed => Action::FailSpawn,
        InputKind::SignalRefused => Action::LoseControl,
        InputKind::Exited => Action::ExitWhileStarting,
        InputKind::Due => Action::ConfirmUp,
    }
}

fn when_running(input: InputKind) -> Action {
    match input {
        InputKind::Autostart | InputKind::Start => Action::Ignore(STARTED),
        InputKind::Stop | InputKind::Halt => Action::BeginStop,
        InputKind::Freeze => Action::Hold,
        InputKind::Signal => Action::Send,
        InputKind::Spawned | InputKind::SpawnFailed => Action::Ignore(HAS_CHILD),
        InputKind::SignalRefused => Action::LoseControl,
        InputKind::Exited => Action::ExitWhileRunning,
        InputKind::Due => Action::Ignore(NO_TIMER),
    }
}

fn when_backoff(input: InputKind) -> Action {
    match input {
        InputKind::Autostart | InputKind::Start => Action::Ignore(STARTED),
        InputKind::Stop => Action::AbandonRetry,
        InputKind::Halt => Action::GiveUp,
        InputKind::Freeze => Action::Hold,
        InputKind::Signal => Action::Ignore(NOT_RUNNING),
        InputKind::Spawned | InputKind::SpawnFailed | InputKind::SignalRefused | InputKind::Exited => {
            Action::Ignore(NO_CHILD)
        }
        InputKind::Due => Action::Retry,
    }
}

fn when_stopping(input: InputKind) -> Action {
    match input {
        InputKind::Autostart | InputKind::Start | InputKind::Stop | InputKind::Halt => Action::Ignore(STOPPING),
        InputKind::Freeze => Action::Hold,
        InputKind::Signal => Action::Send,
        InputKind::Spawned => Action::AdoptToStop,
        InputKind::SpawnFailed => Action::FailToStop,
        InputKind::SignalRefused => Action::LoseControl,
        InputKind::Exited => Action::ExitAsAsked,
        InputKind::Due => Action::KillHard,
    }
}

fn when_exited(input: InputKind) -> Action {
    match input {
        InputKind::Autostart => Action::Ignore(ONLY_NEW),
        InputKind::Start => Action::Spawn,
        InputKind::Stop => Action::AbandonRestart,
        InputKind::Halt | InputKind::Signal => Action::Ignore(NOT_RUNNING),
        InputKind::Freeze => Action::Hold,
        InputKind::Spawned | InputKind::SpawnFailed | InputKind::SignalRefused | InputKind::Exited => {
            Action::Ignore(NO_CHILD)
        }
        InputKind::Due => Action::RestartBraked,
    }
}

fn when_fatal(input: InputKind) -> Action {
    match input {
        InputKind::Autostart => Action::Ignore(ONLY_NEW),
        InputKind::Start => Action::Spawn,
        InputKind::Stop | InputKind::Halt | InputKind::Signal => Action::Ignore(NOT_RUNNING),
        InputKind::Freeze => Action::Hold,
        InputKind::Spawned | InputKind::SpawnFailed | InputKind::SignalRefused | InputKind::Exited => {
            Action::Ignore(NO_CHILD)
        }
        InputKind::Due => Action::Ignore(NO_TIMER),
    }
}

fn when_unknown(input: InputKind) -> Action {
    match input {
        InputKind::Autostart | InputKind::Start | InputKind::Stop | InputKind::Halt | InputKind::Signal => {
            Action::Ignore(UNKNOWN)
        }
        InputKind::Freeze => Action::Hold,
        InputKind::Spawned | InputKind::SpawnFailed => Action::Ignore(HAS_CHILD),
        InputKind::SignalRefused => Action::Ignore(UNKNOWN),
        InputKind::Exited => Action::ExitAsAsked,
        InputKind::Due => Action::Ignore(NO_TIMER),
    }
}

/// The whole table as text: one block for each state, one line for each input.
pub fn render() -> String {
    let mut out = String::new();
    for state in State::ALL {
        out.push_str(state.name());
        out.push('\n');
        for input in InputKind::ALL {
            let line = match action(state, input) {
                Action::Ignore(why) => format!("  {:<14}-  {why}\n", format!("{input:?}")),
                other => format!("  {:<14}{other:?}\n", format!("{input:?}")),
            };
            out.push_str(&line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_as_agreed() {
        insta::assert_snapshot!(render());
    }
}
