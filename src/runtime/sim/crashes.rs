//! Programs that crash again and again and are restarted by the fleet itself: how often, and that nothing is left of it.

use super::*;

/// Crashes of each schedule.
const CRASHES: usize = 10_000;
/// Immediate restarts that a program has at first.
const AT_ONCE: usize = 10;

/// A fleet with one program that crashes, and a listener to which nothing can be sent.
struct Loop {
    fleet: Fleet,
    now: Mono,
    /// When it was started.
    starts: Vec<Mono>,
    /// When it crashed.
    crashes: Vec<Mono>,
    child: Option<(ProcessId, SpawnId)>,
}

impl Loop {
    fn new() -> Self {
        let program =
            model::Process { startsecs: 0, autorestart: Autorestart::Unexpected, ..testing::process("program") };
        let listener = testing::pool("deaf", &["PROCESS_STATE"], 10, vec![testing::process("deaf")]);
        let fleet = Fleet::new(vec![testing::group("program", vec![program]), listener]);
        let mut new = Self { fleet, now: Mono(0), starts: Vec::new(), crashes: Vec::new(), child: None };
        new.feed(Input::Begin);
        new
    }

    fn feed(&mut self, input: Input) {
        let mut fx = Effects::new();
        self.fleet.handle(Now { mono: self.now, wall: Wall(self.now.0.cast_signed()) }, input, &mut fx);
        let spawn_of =
            |effect| if let Effect::Spawn { process, spawn } = effect { Some((process, spawn)) } else { None };
        let spawns: Vec<_> = fx.drain().filter_map(spawn_of).collect();
        for (process, spawn) in spawns {
            if **self.fleet.process(process).unwrap().name() == *"program" {
                self.starts.push(self.now);
                self.child = Some((process, spawn));
            }
            let report = Report::Spawned(i32::try_from(self.starts.len()).unwrap());
            self.feed(Input::Child { process, spawn, report });
        }
    }

    /// It crashes after `life`, and time passes until it was started again.
    fn crash(&mut self, life: Duration) {
        let end = self.now + life;
        self.pass(end);
        self.now = end;
        self.crashes.push(end);
        let (process, spawn) = self.child.take().unwrap();
        let report = Report::Exited(ExitStatus::Signal { signal: 11, core: false });
        self.feed(Input::Child { process, spawn, report });
        while self.child.is_none() {
            self.now = self.fleet.deadline().expect("it is to be restarted");
            self.feed(Input::Due);
        }
    }

    /// Lets everything happen that is due before `end`.
    fn pass(&mut self, end: Mono) {
        while let Some(at) = self.fleet.deadline().filter(|at| *at <= end) {
            self.now = at;
            self.feed(Input::Due);
        }
    }

    /// How long each restart was held back.
    fn waits(&self) -> impl Iterator<Item = Duration> {
        self.starts[1..].iter().zip(&self.crashes).map(|(start, crash)| *start - *crash)
    }

    /// All that the fleet holds, whatever the numbers are.
    fn shape(&self) -> String {
        format!("{:?}", self.fleet).chars().filter(|c| !c.is_ascii_digit()).collect()
    }
}

#[test]
fn a_hot_loop_is_braked_to_one_start_a_second() {
    let mut hot = Loop::new();
    for _ in 0..CRASHES {
        hot.crash(Duration::ZERO);
    }
    let waits: Vec<_> = hot.waits().collect();
    assert!(waits[..AT_ONCE].iter().all(Duration::is_zero));
    assert!(waits[AT_ONCE..].iter().all(|wait| *wait == Duration::from_secs(1)));
    assert_eq!(waits.len(), CRASHES);
}

#[test]
fn no_span_of_time_has_more_starts_than_the_bucket_gives() {
    for (seed, longest) in [(1, 20), (2, 300), (3, 900), (4, 3_000)] {
        let mut rng = Rng::new(seed);
        let mut program = Loop::new();
        let mut early = String::new();
        for n in 0..CRASHES {
            let life = rng.millis(longest);
            program.crash(life);
            if n == CRASHES / 10 {
                early = program.shape();
            }
        }
        assert_eq!(program.shape(), early, "nothing is left of a crash");
        let waits: Vec<_> = program.waits().collect();
        assert!(waits[..AT_ONCE].iter().all(Duration::is_zero));
        assert!(waits.iter().all(|wait| wait.is_zero() || *wait == Duration::from_secs(1)));
        // At once: ten, and two for each second. Later: one for each second, and one whose second has begun before. The
        // excess of a span is the difference of what its ends have over that.
        let mut least = i64::MAX;
        for (n, start) in (0_i64..).zip(&program.starts) {
            let over = n * 1_000 - 3 * i64::try_from(start.0 / 1_000_000).unwrap();
            least = least.min(over);
            assert!(over - least <= (i64::try_from(AT_ONCE).unwrap() + 1) * 1_000, "seed {seed}, start {n}");
        }
    }
}
