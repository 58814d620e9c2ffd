//! What the core does in the cases that users know, to the second and to the letter.

mod listeners;

use std::time::Duration;

use crate::base::time::{Mono, Now, Wall};
use crate::conf::model::{self, Autorestart};

use super::core::effect::{Effect, Effects};
use super::core::event::Event;
use super::core::fleet::Fleet;
use super::core::ids::{RequestId, SpawnId};
use super::core::input::{Delivery, Input, Report};
use super::core::request::{Request, Target};
use super::core::state::State;
use super::core::status::ExitStatus;
use super::testing;

/// A fleet, a clock, and what happened as lines.
struct Stage {
    fleet: Fleet,
    now: Mono,
    lines: Vec<String>,
    requests: u64,
}

impl Stage {
    fn of(groups: Vec<model::Group>) -> Self {
        Self { fleet: Fleet::new(groups), now: Mono(0), lines: Vec::new(), requests: 0 }
    }

    fn one(process: model::Process) -> Self {
        let name = process.name.clone();
        Self::of(vec![testing::group(&name, vec![process])])
    }

    fn feed(&mut self, input: Input) {
        let mut fx = Effects::new();
        self.fleet.handle(Now { mono: self.now, wall: Wall(0) }, input, &mut fx);
        let lines: Vec<_> = fx.drain().filter_map(|effect| self.line(&effect)).collect();
        self.lines.extend(lines);
    }

    fn line(&self, effect: &Effect) -> Option<String> {
        let name = |id| self.fleet.process(id).unwrap().name().to_string();
        Some(match effect {
            Effect::Spawn { process, .. } => format!("spawn {}", name(*process)),
            Effect::Signal { process, signal, group, .. } => {
                format!("signal {} {signal}{}", name(*process), if *group { " group" } else { "" })
            }
            Effect::Probe { process, .. } => format!("probe {}", name(*process)),
            Effect::Log { level, line } => format!("{level:?} {line}"),
            Effect::Emit(event @ Event::ProcessState(origin, _)) => {
                format!("{} {}", origin.process, event.kind().name().trim_start_matches("PROCESS_STATE_"))
            }
            Effect::Emit(event) => event.kind().name().to_owned(),
            Effect::Reply { request, reply } => format!("reply {} {reply:?}", request.0),
            Effect::Finished(mood) => format!("finished {}", mood.name()),
            Effect::Deliver { process, notice, .. } => {
                format!(
                    "deliver {} {}/{} {}",
                    name(*process),
                    notice.serial,
                    notice.poolserial,
                    notice.event.kind().name()
                )
            }
            Effect::Added(_) | Effect::Removed(_) | Effect::Ignored { .. } => return None,
        })
    }

    fn child(&mut self, name: &str, report: Report) {
        let process = self.fleet.processes().find(|p| **p.name() == *name).unwrap();
        let (process, spawn) = (process.id(), process.spawn());
        self.feed(Input::Child { process, spawn, report });
    }

    fn ask(&mut self, request: Request) {
        self.requests += 1;
        self.feed(Input::Request { id: RequestId(self.requests), request });
    }

    /// Goes to the deadline, which is given in milliseconds.
    fn wait(&mut self, millis: u64) {
        let at = self.fleet.deadline().expect("a deadline");
        let got = (at - self.now).as_micros();
        assert_eq!(got / 1000, u128::from(millis));
        self.now = at;
        self.feed(Input::Due);
    }

    fn at(&mut self, name: &str) -> State {
        self.fleet.processes().find(|p| **p.name() == *name).unwrap().state()
    }

    /// What happened since the last look.
    #[track_caller]
    fn saw(&mut self, expected: &[&str]) {
        assert_eq!(std::mem::take(&mut self.lines), expected);
    }
}

fn target(name: &str) -> Target {
    Target::Process { group: name.to_owned(), name: name.to_owned(), given: name.to_owned() }
}

fn up(name: &str) -> Stage {
    let mut stage = Stage::one(testing::process(name));
    stage.feed(Input::Begin);
    stage.child(name, Report::Spawned(7));
    stage.wait(1000);
    stage.lines.clear();
    stage
}

#[test]
fn a_start_as_the_log_tells_it() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.feed(Input::Begin);
    stage.saw(&["PROCESS_GROUP_ADDED", "SUPERVISOR_STATE_CHANGE_RUNNING", "cat STARTING", "spawn cat"]);
    stage.child("cat", Report::Spawned(7));
    stage.saw(&["Info spawned: 'cat' with pid 7"]);
    stage.wait(1000);
    stage.saw(&[
        "cat RUNNING",
        "Info success: cat entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)",
    ]);
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn startretries_attempts_one_second_more_apart_each_time() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.feed(Input::Begin);
    for wait in [1000, 2000, 3000] {
        stage.child("cat", Report::SpawnFailed("can't find command 'cat'".into()));
        stage.wait(wait);
    }
    stage.lines.clear();
    stage.child("cat", Report::SpawnFailed("can't find command 'cat'".into()));
    stage.saw(&[
        "Info spawnerr: can't find command 'cat'",
        "cat BACKOFF",
        "cat FATAL",
        "Info gave up: cat entered FATAL state, too many start retries too quickly",
    ]);
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn an_early_exit_is_a_failed_start_whatever_its_code() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.feed(Input::Begin);
    stage.child("cat", Report::Spawned(7));
    stage.lines.clear();
    stage.now = Mono(999_999_999);
    stage.child("cat", Report::Exited(ExitStatus::Code(0)));
    stage.saw(&["Warn exited: cat (exit status 0; not expected)", "cat BACKOFF"]);
    let process = stage.fleet.find("cat", "cat").unwrap();
    assert_eq!(process.spawnerr(), Some("Exited too quickly (process log may have details)"));
}

#[test]
fn an_exit_at_startsecs_passes_through_running() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.feed(Input::Begin);
    stage.child("cat", Report::Spawned(7));
    stage.lines.clear();
    stage.now = Mono(1_000_000_000);
    stage.child("cat", Report::Exited(ExitStatus::Code(0)));
    assert_eq!(stage.lines[0], "cat RUNNING");
    assert_eq!(stage.lines[2..], ["Info exited: cat (exit status 0; expected)", "cat EXITED"]);
}

#[test]
fn a_crash_is_restarted_at_once_and_a_hot_loop_once_a_second() {
    let mut stage =
        Stage::one(model::Process { startsecs: 0, autorestart: Autorestart::Always, ..testing::process("cat") });
    stage.feed(Input::Begin);
    stage.child("cat", Report::Spawned(7));
    for _ in 0..10 {
        stage.child("cat", Report::Exited(ExitStatus::Code(0)));
        stage.child("cat", Report::Spawned(7));
    }
    stage.lines.clear();
    stage.child("cat", Report::Exited(ExitStatus::Signal { signal: 9, core: false }));
    stage.saw(&[
        "Warn exited: cat (terminated by SIGKILL; not expected)",
        "cat EXITED",
        "Warn cat exits again and again, restarting it once a second",
    ]);
    stage.wait(1000);
    stage.saw(&["cat STARTING", "spawn cat"]);
    stage.child("cat", Report::Spawned(8));
    stage.child("cat", Report::Exited(ExitStatus::Code(0)));
    stage.lines.clear();
    stage.ask(Request::Stop { target: target("cat"), wait: true });
    stage.saw(&["cat STOPPED", "reply 1 Done"]);
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn a_stop_ends_in_sigkill() {
    let mut stage = up("cat");
    stage.ask(Request::Stop { target: target("cat"), wait: true });
    stage.saw(&[
        "cat STOPPING",
        "Debug killing cat (pid 7) with signal SIGTERM",
        "signal cat 15",
        "Info waiting for cat to stop",
    ]);
    stage.child("cat", Report::Signalled(Delivery::Sent));
    for _ in 0..4 {
        stage.wait(2000);
        stage.saw(&["Info waiting for cat to stop"]);
    }
    stage.wait(2000);
    stage.saw(&[
        "Warn killing 'cat' (7) with SIGKILL",
        "Debug killing cat (pid 7) with signal SIGKILL",
        "signal cat 9",
        "Info waiting for cat to stop",
    ]);
    stage.child("cat", Report::Exited(ExitStatus::Signal { signal: 9, core: false }));
    stage.saw(&["Warn stopped: cat (terminated by SIGKILL)", "cat STOPPED", "reply 1 Done"]);
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn a_refused_signal_leaves_an_unknown_process() {
    let mut stage = up("cat");
    stage.ask(Request::Stop { target: target("cat"), wait: true });
    stage.lines.clear();
    stage.child("cat", Report::Signalled(Delivery::Refused("EPERM".into())));
    stage.saw(&["reply 1 Fault(Failed(\"EPERM\"))", "Critical unknown problem killing cat (7):EPERM", "cat UNKNOWN"]);
    stage.ask(Request::Stop { target: target("cat"), wait: true });
    stage.saw(&["reply 2 Fault(NotRunning(\"cat\"))"]);
}

#[test]
fn a_waiting_start_is_answered_when_it_is_settled() {
    let mut stage = Stage::one(model::Process { autostart: false, ..testing::process("cat") });
    stage.feed(Input::Begin);
    stage.lines.clear();
    stage.ask(Request::Start { target: target("cat"), wait: true });
    stage.saw(&["probe cat"]);
    let process = stage.fleet.find("cat", "cat").unwrap().id();
    stage.feed(Input::Probed { request: RequestId(1), process, result: Ok(()) });
    stage.child("cat", Report::Spawned(7));
    stage.saw(&["cat STARTING", "spawn cat", "Info spawned: 'cat' with pid 7"]);
    stage.ask(Request::Start { target: target("cat"), wait: true });
    stage.feed(Input::Probed { request: RequestId(2), process, result: Ok(()) });
    stage.saw(&["probe cat", "reply 2 Fault(AlreadyStarted(\"cat\"))"]);
    stage.wait(1000);
    assert_eq!(stage.lines.last().unwrap(), "reply 1 Done");
}

#[test]
fn a_start_that_dies_early_is_a_spawn_error() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.ask(Request::Start { target: target("cat"), wait: true });
    let process = stage.fleet.find("cat", "cat").unwrap().id();
    stage.feed(Input::Probed { request: RequestId(1), process, result: Ok(()) });
    stage.child("cat", Report::Spawned(7));
    stage.child("cat", Report::Exited(ExitStatus::Code(1)));
    assert_eq!(stage.lines.last().unwrap(), "reply 1 Fault(SpawnError(\"cat\"))");
    assert_eq!(stage.at("cat"), State::Backoff);
    stage.lines.clear();
    stage.ask(Request::Stop { target: target("cat"), wait: true });
    stage.saw(&["cat STOPPED", "reply 2 Done"]);
}

#[test]
fn a_group_is_answered_in_order_of_completion() {
    let mut stage = Stage::of(vec![testing::group("g", vec![testing::process("a"), testing::process("b")])]);
    stage.feed(Input::Begin);
    stage.child("a", Report::Spawned(1));
    stage.child("b", Report::Spawned(2));
    stage.ask(Request::Stop { target: Target::Group("g".into()), wait: true });
    stage.child("b", Report::Exited(ExitStatus::Code(0)));
    stage.child("a", Report::Exited(ExitStatus::Code(0)));
    let reply = stage.lines.last().unwrap();
    assert_eq!(
        reply,
        "reply 1 Outcomes([Outcome { group: \"g\", name: \"b\", fault: None }, \
         Outcome { group: \"g\", name: \"a\", fault: None }])"
    );
}

#[test]
fn groups_of_one_priority_stop_together() {
    let group = |name: &str, process: &str| testing::group(name, vec![testing::process(process)]);
    let mut stage = Stage::of(vec![group("one", "a"), group("two", "b")]);
    stage.feed(Input::Begin);
    stage.child("a", Report::Spawned(1));
    stage.child("b", Report::Spawned(2));
    stage.ask(Request::Shutdown);
    let signals =
        |stage: &Stage| stage.lines.iter().filter(|line| line.starts_with("signal")).cloned().collect::<Vec<_>>();
    assert_eq!(signals(&stage), ["signal b 15", "signal a 15"]);
    stage.child("a", Report::Exited(ExitStatus::Code(0)));
    stage.lines.clear();
    stage.child("b", Report::Exited(ExitStatus::Code(0)));
    stage.saw(&["Info stopped: b (exit status 0)", "b STOPPED", "finished SHUTDOWN"]);
}

#[test]
fn who_is_being_stopped_cannot_be_started() {
    let mut stage = up("cat");
    let process = stage.fleet.find("cat", "cat").unwrap().id();
    stage.ask(Request::Stop { target: target("cat"), wait: false });
    stage.ask(Request::Start { target: target("cat"), wait: true });
    stage.lines.clear();
    stage.feed(Input::Probed { request: RequestId(2), process, result: Ok(()) });
    stage.saw(&["Warn process 'cat' already running", "reply 2 Fault(AbnormalTermination(\"cat\"))"]);
}

#[test]
fn the_shutdown_ends_retries_without_a_word() {
    let mut stage = Stage::one(testing::process("cat"));
    stage.feed(Input::Begin);
    stage.child("cat", Report::SpawnFailed("can't find command 'cat'".into()));
    stage.lines.clear();
    stage.ask(Request::Shutdown);
    stage.saw(&["SUPERVISOR_STATE_CHANGE_STOPPING", "reply 1 Done", "cat FATAL", "finished SHUTDOWN"]);
}

#[test]
fn the_shutdown_takes_one_priority_at_a_time() {
    let low = model::Group { priority: 1, ..testing::group("low", vec![testing::process("l")]) };
    let high = model::Group { priority: 2, ..testing::group("high", vec![testing::process("h")]) };
    let mut stage = Stage::of(vec![high, low]);
    stage.feed(Input::Begin);
    stage.child("l", Report::Spawned(1));
    stage.child("h", Report::Spawned(2));
    stage.lines.clear();
    stage.ask(Request::Shutdown);
    stage.saw(&[
        "SUPERVISOR_STATE_CHANGE_STOPPING",
        "reply 1 Done",
        "h STOPPING",
        "Debug killing h (pid 2) with signal SIGTERM",
        "signal h 15",
        "Info waiting for h, l to die",
    ]);
    stage.now = stage.now + Duration::from_millis(10);
    stage.child("h", Report::Exited(ExitStatus::Code(0)));
    stage.saw(&[
        "Info stopped: h (exit status 0)",
        "h STOPPED",
        "l STOPPING",
        "Debug killing l (pid 1) with signal SIGTERM",
        "signal l 15",
    ]);
    stage.ask(Request::Start { target: Target::All, wait: true });
    stage.saw(&["reply 2 Fault(ShutdownState)"]);
    stage.child("l", Report::Exited(ExitStatus::Code(0)));
    stage.saw(&["Info stopped: l (exit status 0)", "l STOPPED", "finished SHUTDOWN"]);
}

#[test]
fn groups_come_and_go() {
    let mut stage = up("cat");
    stage.ask(Request::AddGroup(Box::new(testing::group("cat", vec![]))));
    stage.ask(Request::RemoveGroup("cat".into()));
    stage.ask(Request::RemoveGroup("dog".into()));
    stage.saw(&[
        "reply 1 Fault(AlreadyAdded(\"cat\"))",
        "reply 2 Fault(StillRunning(\"cat\"))",
        "reply 3 Fault(BadName(\"dog\"))",
    ]);
    stage.ask(Request::AddGroup(Box::new(testing::group("dog", vec![testing::process("d")]))));
    stage.saw(&["PROCESS_GROUP_ADDED", "reply 4 Done", "d STARTING", "spawn d"]);
    let wanted = vec![testing::group("ant", vec![]), testing::group("dog", vec![testing::process("e")])];
    let difference = stage.fleet.difference(&wanted);
    assert_eq!(
        (difference.added, difference.changed, difference.removed),
        (vec!["ant".to_owned()], vec!["dog".to_owned()], vec!["cat".to_owned()])
    );
}

#[test]
fn reports_about_an_earlier_attempt_are_ignored() {
    let mut stage = up("cat");
    let process = stage.fleet.find("cat", "cat").unwrap().id();
    let report = Report::Exited(ExitStatus::Code(0));
    stage.feed(Input::Child { process, spawn: SpawnId(99), report });
    stage.saw(&[]);
    assert_eq!(stage.at("cat"), State::Running);
}
