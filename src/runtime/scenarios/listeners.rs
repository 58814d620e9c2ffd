//! What event listeners get and what the log says about them, to the letter.

use super::*;
use crate::runtime::core::event::Event;
use crate::runtime::core::ids::ProcessId;

/// A pool of listeners of `REMOTE_COMMUNICATION`, up and silent yet.
fn pool(buffer_size: i64, members: &[&str]) -> Stage {
    pool_of(&["REMOTE_COMMUNICATION"], buffer_size, members)
}

fn pool_of(events: &[&str], buffer_size: i64, members: &[&str]) -> Stage {
    let member = |name: &&str| model::Process { startsecs: 0, ..testing::process(name) };
    let mut stage = Stage::of(vec![testing::pool("p", events, buffer_size, members.iter().map(member).collect())]);
    stage.feed(Input::Begin);
    for name in members {
        stage.child(name, Report::Spawned(7));
    }
    stage.lines.clear();
    stage
}

impl Stage {
    fn said(&mut self, name: &str, words: &str) {
        self.child(name, Report::Said(words.as_bytes().to_vec()));
    }

    fn took(&mut self, name: &str) {
        self.child(name, Report::Delivered { is_taken: true });
    }

    fn remote(&mut self, times: u32) {
        for _ in 0..times {
            self.feed(Input::Event(Event::Remote { kind: "a".into(), data: String::new() }));
        }
        self.lines.retain(|line| line != "REMOTE_COMMUNICATION");
    }

    fn waiting(&self) -> Vec<u64> {
        self.fleet.pools().iter().flat_map(|pool| pool.waiting().map(|notice| notice.serial)).collect()
    }
}

#[test]
fn one_event_after_another() {
    let mut stage = pool(10, &["l"]);
    stage.remote(2);
    stage.saw(&[]);
    stage.said("l", "READY\n");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "deliver l 0/0 REMOTE_COMMUNICATION"]);
    stage.took("l");
    stage.saw(&["Debug event 0 sent to listener l", "Debug rebuffering event 1 for pool p (buf size=0, max=10)"]);
    stage.said("l", "RESULT 2\nOKREADY\n");
    stage.saw(&[
        "Debug l: event was processed",
        "Debug l: BUSY -> ACKNOWLEDGED",
        "Debug l: ACKNOWLEDGED -> READY",
        "deliver l 1/1 REMOTE_COMMUNICATION",
    ]);
    stage.took("l");
    stage.said("l", "RESULT 2\nOK");
    stage.saw(&["Debug event 1 sent to listener l", "Debug l: event was processed", "Debug l: BUSY -> ACKNOWLEDGED"]);
    assert_eq!((stage.waiting(), stage.fleet.deadline()), (vec![], None));
}

#[test]
fn a_full_buffer_loses_the_oldest() {
    let mut stage = pool(3, &["l"]);
    stage.remote(5);
    stage.saw(&[
        "Error pool p event buffer overflowed, discarding event 0",
        "Error pool p event buffer overflowed, discarding event 1",
    ]);
    assert_eq!(stage.waiting(), [2, 3, 4]);
}

#[test]
fn a_rejected_event_comes_first_again_with_its_numbers() {
    let mut stage = pool(2, &["l"]);
    stage.remote(1);
    stage.said("l", "READY\n");
    stage.took("l");
    stage.remote(2);
    stage.lines.clear();
    stage.said("l", "RESULT 4\nFAIL");
    stage.saw(&[
        "Warn l: event was rejected",
        "Debug l: BUSY -> ACKNOWLEDGED",
        "Debug rebuffering event 0 for pool p (buf size=2, max=2)",
        "Error pool p event buffer overflowed, discarding event 1",
    ]);
    assert_eq!(stage.waiting(), [0, 2]);
    stage.said("l", "READY\n");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "deliver l 0/0 REMOTE_COMMUNICATION"]);
}

#[test]
fn who_dies_with_an_event_gives_it_back() {
    let mut stage = pool(10, &["l"]);
    stage.remote(1);
    stage.said("l", "READY\n");
    stage.took("l");
    stage.lines.clear();
    stage.child("l", Report::Exited(ExitStatus::Code(1)));
    stage.saw(&[
        "Warn exited: l (exit status 1; not expected)",
        "l EXITED",
        "l STARTING",
        "spawn l",
        "Debug rebuffering event 0 for pool p (buf size=0, max=10)",
    ]);
    stage.child("l", Report::Spawned(8));
    stage.lines.clear();
    stage.said("l", "READY\n");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "deliver l 0/0 REMOTE_COMMUNICATION"]);
}

const UNKNOWN: &str = "Warn l: has entered the UNKNOWN state and will no longer receive events, this usually \
                       indicates the process violated the eventlistener protocol";

#[test]
fn who_breaks_the_protocol_gets_nothing_until_it_is_started_again() {
    let mut stage = pool(10, &["l"]);
    stage.said("l", "hello!");
    stage.saw(&["Debug l: ACKNOWLEDGED -> UNKNOWN", UNKNOWN]);
    stage.remote(1);
    stage.said("l", "READY\n");
    stage.saw(&[]);
    stage.child("l", Report::Exited(ExitStatus::Code(1)));
    stage.child("l", Report::Spawned(8));
    stage.lines.clear();
    stage.said("l", "READY\n");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "deliver l 0/0 REMOTE_COMMUNICATION"]);
}

#[test]
fn words_out_of_turn_and_bad_results() {
    let mut stage = pool(10, &["l"]);
    stage.said("l", "READY\n");
    stage.said("l", "x");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "Debug l: READY -> UNKNOWN", UNKNOWN]);

    let mut stage = pool(10, &["l"]);
    stage.remote(1);
    stage.said("l", "READY\n");
    stage.took("l");
    stage.lines.clear();
    stage.said("l", "READY\nREADY\n");
    stage.saw(&[
        "Warn l: bad result line: 'READY'",
        "Debug l: BUSY -> UNKNOWN",
        UNKNOWN,
        "Debug rebuffering event 0 for pool p (buf size=0, max=10)",
    ]);
    assert_eq!(stage.waiting(), [0]);
}

#[test]
fn who_has_closed_its_input_is_passed_over() {
    let mut stage = pool(10, &["a", "b"]);
    stage.said("a", "READY\n");
    stage.said("b", "READY\n");
    stage.lines.clear();
    stage.remote(2);
    stage.saw(&["deliver a 0/0 REMOTE_COMMUNICATION"]);
    stage.child("a", Report::Delivered { is_taken: false });
    stage.saw(&[
        "Debug epipe occurred while sending event 0 to listener a, listener state unchanged",
        "deliver b 0/0 REMOTE_COMMUNICATION",
    ]);
    stage.child("b", Report::Delivered { is_taken: false });
    stage.saw(&[
        "Debug epipe occurred while sending event 0 to listener b, listener state unchanged",
        "Debug rebuffering event 0 for pool p (buf size=1, max=10)",
    ]);
    stage.remote(1);
    assert_eq!((stage.lines.len(), stage.waiting()), (0, vec![0, 1, 2]));
}

#[test]
fn the_first_that_is_ready_is_asked_first() {
    let mut stage = pool(10, &["a", "b"]);
    stage.said("b", "READY\n");
    stage.said("a", "READY\n");
    stage.lines.clear();
    stage.remote(3);
    stage.took("a");
    stage.took("b");
    stage.saw(&[
        "deliver a 0/0 REMOTE_COMMUNICATION",
        "Debug event 0 sent to listener a",
        "deliver b 1/1 REMOTE_COMMUNICATION",
        "Debug event 1 sent to listener b",
        "Debug rebuffering event 2 for pool p (buf size=0, max=10)",
    ]);
}

#[test]
fn a_parent_and_its_child_give_an_event_twice() {
    let mut stage = pool_of(&["EVENT", "REMOTE_COMMUNICATION"], 10, &["l"]);
    let before = stage.waiting().len();
    stage.remote(1);
    let waiting = stage.waiting();
    assert_eq!(waiting[before..], [waiting[before], waiting[before]]);
    stage.saw(&[&format!("Debug rebuffering event {} for pool p (buf size={}, max=10)", waiting[before], before + 1)]);
}

#[test]
fn a_listener_that_is_not_running_gets_nothing() {
    let mut stage = Stage::of(vec![testing::pool("p", &["EVENT"], 10, vec![testing::process("l")])]);
    stage.feed(Input::Begin);
    stage.child("l", Report::Spawned(7));
    stage.said("l", "READY\n");
    stage.lines.clear();
    stage.wait(1000);
    assert_eq!(stage.lines.pop().unwrap(), "deliver l 0/0 PROCESS_GROUP_ADDED");
    stage.took("l");
    stage.lines.clear();
    stage.ask(Request::Stop { target: Target::Group("p".into()), wait: false });
    stage.said("l", "RESULT 2\nOKREADY\n");
    assert_eq!(stage.lines.last().unwrap(), "Debug l: ACKNOWLEDGED -> READY");
}

/// A program at priority −2, a pool at −1, a program at 999.
fn three_groups() -> Stage {
    let member = model::Process { startsecs: 0, ..testing::process("l") };
    let early = model::Group { priority: -2, ..testing::group("early", vec![testing::process("early")]) };
    let late = testing::group("late", vec![testing::process("late")]);
    Stage::of(vec![late, early, testing::pool("p", &["PROCESS_GROUP", "SUPERVISOR_STATE_CHANGE"], 10, vec![member])])
}

fn kinds(stage: &Stage) -> Vec<String> {
    let of = |event: &Event| format!("{} {}", event.kind().name(), event.payload().trim());
    stage.fleet.pools().iter().flat_map(|pool| pool.waiting().map(|notice| of(&notice.event))).collect()
}

#[test]
fn a_pool_hears_of_itself_and_of_what_comes_after_it() {
    let mut stage = three_groups();
    stage.feed(Input::Begin);
    assert_eq!(
        kinds(&stage),
        ["PROCESS_GROUP_ADDED groupname:p", "PROCESS_GROUP_ADDED groupname:late", "SUPERVISOR_STATE_CHANGE_RUNNING "]
    );
    stage.ask(Request::Shutdown);
    assert_eq!(kinds(&stage).last().unwrap(), "SUPERVISOR_STATE_CHANGE_STOPPING ");
    assert_eq!(stage.at("l"), State::Starting);
}

/// A pool of one listener, which gets the event of the shutdown and then another one.
fn hearing() -> Stage {
    let mut stage = pool_of(&["SUPERVISOR_STATE_CHANGE_STOPPING", "REMOTE_COMMUNICATION"], 10, &["l"]);
    stage.said("l", "READY\n");
    stage.lines.clear();
    stage.ask(Request::Shutdown);
    stage.saw(&[
        "SUPERVISOR_STATE_CHANGE_STOPPING",
        "reply 1 Done",
        "deliver l 0/0 SUPERVISOR_STATE_CHANGE_STOPPING",
        "Info waiting for l to die",
    ]);
    stage.took("l");
    stage.remote(1);
    stage.saw(&["Debug event 0 sent to listener l"]);
    stage
}

const TOLD: [&str; 3] = ["l STOPPING", "Debug killing l (pid 7) with signal SIGTERM", "signal l 15"];

#[test]
fn who_deals_with_an_event_is_stopped_when_there_is_no_other() {
    let mut stage = hearing();
    stage.said("l", "RESULT 2\nOK");
    stage.saw(&["Debug l: event was processed", "Debug l: BUSY -> ACKNOWLEDGED"]);
    stage.said("l", "READY\n");
    stage.saw(&["Debug l: ACKNOWLEDGED -> READY", "deliver l 1/1 REMOTE_COMMUNICATION"]);
    stage.took("l");
    stage.lines.clear();
    stage.said("l", "RESULT 2\nOK");
    stage.saw(&[&["Debug l: event was processed", "Debug l: BUSY -> ACKNOWLEDGED"], &TOLD[..]].concat());
}

#[test]
fn who_deals_with_an_event_for_too_long_is_stopped() {
    let mut stage = hearing();
    assert_eq!(stage.fleet.deadline(), Some(stage.now + Duration::from_secs(1)));
    stage.now = stage.now + Duration::from_secs(1);
    stage.feed(Input::Due);
    stage.saw(&TOLD);
    stage.child("l", Report::Exited(ExitStatus::Signal { signal: 15, core: false }));
    assert!(stage.lines.iter().any(|line| line == "finished SHUTDOWN"));
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn who_dies_of_an_event_is_not_waited_for() {
    let mut stage = hearing();
    stage.child("l", Report::Exited(ExitStatus::Code(1)));
    assert!(stage.lines.iter().any(|line| line == "finished SHUTDOWN"));
}

#[test]
fn groups_that_come_and_go_subscribe_and_unsubscribe() {
    let mut stage = Stage::of(vec![testing::group("g", vec![])]);
    stage.feed(Input::Begin);
    assert!(!stage.fleet.listens_to(Event::SupervisorRunning.kind()));
    let listener = model::Process { autostart: false, ..testing::process("l") };
    stage.ask(Request::AddGroup(Box::new(testing::pool("p", &["PROCESS_GROUP", "TICK_5"], 10, vec![listener]))));
    stage.ask(Request::RemoveGroup("g".into()));
    assert_eq!(kinds(&stage), ["PROCESS_GROUP_ADDED groupname:p", "PROCESS_GROUP_REMOVED groupname:g"]);
    assert!(stage.fleet.is_listener(ProcessId(1)) && stage.fleet.deadline().is_some());
    stage.lines.clear();
    stage.ask(Request::RemoveGroup("p".into()));
    stage.saw(&["PROCESS_GROUP_REMOVED", "reply 3 Done"]);
    assert!(stage.fleet.pools().is_empty());
    assert_eq!(stage.fleet.deadline(), None);
}

#[test]
fn numbers_are_the_pools_and_everybodys() {
    let quiet = |name: &str| vec![model::Process { autostart: false, ..testing::process(name) }];
    let mut stage = Stage::of(vec![
        testing::pool("p", &["REMOTE_COMMUNICATION"], 10, quiet("a")),
        testing::pool("q", &["REMOTE_COMMUNICATION", "PROCESS_GROUP"], 10, quiet("b")),
    ]);
    stage.fleet.count_events_from(40);
    stage.feed(Input::Begin);
    stage.remote(1);
    let numbers = |notice: &crate::runtime::core::pool::Notice| (notice.serial, notice.poolserial);
    let all: Vec<Vec<_>> = stage.fleet.pools().iter().map(|pool| pool.waiting().map(numbers).collect()).collect();
    assert_eq!(all, [vec![(41, 0)], vec![(40, 0), (41, 1)]]);
}
