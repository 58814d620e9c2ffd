use super::*;

const RULES: Rules = Rules {
    backoff_limit: 3,
    forever: false,
    exit_codes: Vec::new(),
    stop_timeout: 5,
    hang_around: false,
    is_tested: false,
    shares_terminal: false,
};

/// A core on a clock that is turned by hand, and the pids that its programs get.
struct Play {
    core: Core,
    millis: u64,
    pid: i32,
}

impl Play {
    fn new(rules: Rules) -> Self {
        let mut play = Self { core: Core::new(rules), millis: 0, pid: 100 };
        assert_eq!(play.put(Input::Begin), "log daemon manager started; log spawned process pid=101");
        play
    }

    fn now(&self) -> Now {
        let nanos = self.millis * 1_000_000;
        Now { mono: Mono(nanos), wall: Wall(i64::try_from(nanos).unwrap()) }
    }

    /// What comes of it; programs run at once.
    fn put(&mut self, input: Input) -> String {
        let mut shown = Vec::new();
        let mut effects = self.core.handle(self.now(), input);
        while !effects.is_empty() {
            match effects.remove(0) {
                Effect::Spawn => {
                    self.pid += 1;
                    effects.extend(self.core.handle(self.now(), Input::Spawned(self.pid)));
                }
                Effect::Log(_, text) => shown.push(format!("log {text}")),
                Effect::Reply(text) => shown.push(format!("reply {text}")),
                other => shown.push(format!("{other:?}")),
            }
        }
        shown.join("; ")
    }

    /// The same, at the next deadline.
    fn wait(&mut self) -> String {
        self.millis = self.core.deadline().expect("something is due").0 / 1_000_000;
        self.put(Input::Tick)
    }

    fn ends(&mut self, code: i32) -> String {
        self.put(Input::Ended(self.pid, Ended::Code(code)))
    }
}

#[test]
fn a_program_that_ends_too_soon_is_run_again_later_and_later() {
    let mut play = Play::new(RULES);
    assert_eq!(play.ends(1), "log sleep 1 to avoid rapid restarts; log pid 101: exit status 1");
    assert_eq!(play.wait(), "log spawned process pid=102");
    assert_eq!(play.millis, 1000);
    assert_eq!(play.ends(1), "log sleep 2 to avoid rapid restarts; log pid 102: exit status 1");
    assert_eq!(play.wait(), "log spawned process pid=103");
    assert_eq!(play.ends(1), "log pid 103: exit status 1; log restarting too frequently; quit; Leave(1)");
}

#[test]
fn or_for_ever_and_at_once_if_it_has_lived() {
    let mut play = Play::new(Rules { forever: true, ..RULES });
    for _ in 0..5 {
        play.ends(1);
        play.wait();
    }
    assert_eq!(play.core.status(play.now()).backoff, 3);
    play.millis += 3000;
    assert_eq!(play.ends(1), "log pid 106: exit status 1; log spawned process pid=107");
    assert_eq!(play.core.status(play.now()).backoff, 0);
}

#[test]
fn some_exit_codes_end_it() {
    let mut play = Play::new(Rules { exit_codes: vec![0, 2], ..RULES });
    assert_eq!(play.ends(2), "log sleep 1 to avoid rapid restarts; log pid 101: exit status 2; exiting now; Leave(2)");
}

#[test]
fn stop_kills_in_the_end() {
    let mut play = Play::new(Rules { exit_codes: vec![0], ..RULES });
    assert_eq!(play.put(Input::Command(Command::Stop)), "Signal(15); reply Sent SIGTERM");
    assert_eq!(play.wait(), "Signal(9)");
    assert_eq!(play.millis, 5000);
    assert_eq!(play.wait(), "Signal(9)");
    assert_eq!(play.millis, 8000);
    let killed = Input::Ended(101, Ended::Signal(9, false));
    assert_eq!(play.put(killed), "log pid 101: terminated by SIGKILL; log Exiting; Leave(0)");
}

#[test]
fn restart_runs_it_again_whatever_its_exit_code() {
    let mut play = Play::new(Rules { exit_codes: vec![0], ..RULES });
    assert_eq!(play.put(Input::Command(Command::Restart)), "Signal(15); reply Sent SIGTERM; will restart later");
    assert_eq!(play.ends(0), "log pid 101: exit status 0; log spawned process pid=102");
    assert_eq!(play.core.deadline(), None);
}

#[test]
fn start_does_not_wait_and_stop_needs_no_program() {
    let mut play = Play::new(RULES);
    assert_eq!(play.put(Input::Command(Command::Start)), "reply Application already started");
    play.ends(1);
    assert_eq!(play.put(Input::Command(Command::Start)), "reply Application started; log spawned process pid=102");
    play.ends(1);
    let stopped = "reply Application already stopped; log Exiting; Leave(0)";
    assert_eq!(play.put(Input::Command(Command::Stop)), stopped);
}

#[test]
fn it_may_hang_around() {
    let mut play = Play::new(Rules { hang_around: true, ..RULES });
    play.put(Input::Command(Command::Stop));
    assert_eq!(play.ends(0), "log pid 101: exit status 0");
    assert_eq!(play.put(Input::Command(Command::Stop)), "reply Application already stopped");
    assert_eq!(play.put(Input::Command(Command::Kill(None))), "reply Application not running");
    assert_eq!(play.put(Input::Command(Command::Start)), "reply Application started; log spawned process pid=102");
}

#[test]
fn a_test_says_when_it_is_up() {
    let mut play = Play { core: Core::new(Rules { is_tested: true, ..RULES }), millis: 0, pid: 100 };
    assert_eq!(play.put(Input::Begin), "log daemon manager started; log spawned process pid=101; Test(101)");
    assert!(play.core.status(play.now()).testing);
    assert_eq!(play.put(Input::Tested(101, false)), "log start test failed");
    assert_eq!(play.wait(), "Test(101)");
    assert_eq!(play.put(Input::Tested(101, true)), "log start test succeeded");
    assert!(!play.core.status(play.now()).testing && play.core.deadline().is_none());
    assert_eq!(play.put(Input::Tested(99, false)), "log start test failed");
    assert!(!play.core.status(play.now()).testing);
}

#[test]
fn what_cannot_be_run_counts_as_ended() {
    let mut play = Play::new(RULES);
    play.ends(1);
    let failed = play.put(Input::NotRun("can't exec 'x': why".to_owned()));
    assert_eq!(failed, "log sleep 2 to avoid rapid restarts; log can't exec 'x': why");
    play.put(Input::NotForked);
    assert_eq!(play.core.deadline(), Some(play.now().mono + Duration::from_secs(3)));
}

#[test]
fn who_kills_the_manager_leaves_the_program() {
    let mut play = Play::new(RULES);
    let said = "log daemon manager killed by SIGHUP; log the program is left running, pid=101; Leave(1)";
    assert_eq!(play.put(Input::Killed(1)), said);
}

#[test]
fn any_schedule_ends_with_nothing_due_or_a_program() {
    use proptest::prelude::*;
    let inputs = proptest::collection::vec((0..9_u8, 0..4000_u64), 0..40);
    proptest!(|(inputs in inputs, hang_around: bool, is_tested: bool)| {
        let rules = Rules { hang_around, is_tested, exit_codes: vec![0], ..RULES };
        let mut play = Play { core: Core::new(rules), millis: 0, pid: 100 };
        play.put(Input::Begin);
        for (what, wait) in inputs {
            play.millis += wait;
            let pid = play.core.pid();
            let input = match what {
                0 => Input::Command(Command::Start),
                1 => Input::Command(Command::Stop),
                2 => Input::Command(Command::Restart),
                3 => Input::Command(Command::Kill(Some(wait.cast_signed()))),
                4 if pid != 0 => Input::Ended(pid, Ended::Code(1)),
                5 if pid != 0 => Input::Ended(pid, Ended::Signal(15, true)),
                6 => Input::Tested(pid, wait % 2 == 0),
                _ => Input::Tick,
            };
            let said = play.put(input);
            if said.contains("Leave") {
                break;
            }
            let is_idle = play.core.pid() == 0 && play.core.deadline().is_none();
            prop_assert!(!is_idle || hang_around, "{}", said);
        }
    });
}
