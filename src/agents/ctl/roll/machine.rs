//! The rolling start itself: told how the last act went, it says which act is next. Time comes in as a value.
//!
//! ```text
//! survey ─ noted ─ drain ─ count … ─ close ─ stop ─ start ─ check … ─ feed ─ put back ─ look … ─ struck off ─ the next turn
//! ```
//!
//! One act is under way at any time. Whatever fails has its way on, written down at its state:
//!
//! - the journal cannot be written before a client is taken out: the run ends, and nothing has happened to the client;
//! - the balancer does not do what it is told: the client is put back if that can be, and the run ends;
//! - the client is not good: it is written down as failed, stays out, and the next turn comes;
//! - the feed URL cannot be fetched from it, and nobody else serves: it is put back all the same;
//! - it cannot be stopped: it goes back if it is good;
//! - it was told to stop, and had not in time: it is written down, as it may stop at any moment, and stays out; but it goes
//!   back if it is good and nobody else serves.
//!
//! A run that is interrupted ends when the act that is under way is done, and what came of it is written down. A client that
//! has not been told to stop by then goes back, and one that was put back has to be found good; any other stays out, written
//! down.
//!
//! One that a run before this has left out, and that was restarted to recover it, is not restarted once more.
//!
//! A client that serves is not taken out if fewer others than `least` serve: the run ends there. Once one has failed, that
//! counts as well for those that are not good but can be connected to.
//!
//! What was good when it was looked at last may have died since, or somebody else has taken it out. So all are looked at anew
//! before anybody is restarted, and once more when all is done: the dead leave the balancer, and what others have taken out is
//! theirs.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use super::journal::{Journal, Why};
use super::plan::{Client, Other, Plan, Task, Turn};
use super::tale::{Stage, Tale};
use crate::agents::ctl::world::Asked;
use crate::base::time::Mono;

/// How long to wait before something is asked for again.
const AGAIN: Duration = Duration::from_millis(200);

/// What a run heeds.
#[derive(Clone, Copy, Debug)]
pub(in crate::agents::ctl) struct Terms {
    /// How many must serve at any time.
    pub(in crate::agents::ctl) least: usize,
    /// How long a client may take to end its connections.
    pub(in crate::agents::ctl) drain: Duration,
    /// How long to wait between two turns.
    pub(in crate::agents::ctl) pause: Duration,
}

/// An act, to be done with the client whose turn it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Act {
    /// The journal is to be written.
    Record(Journal),
    /// The balancer is to give it nothing new.
    Drain(String),
    /// Its connections are to be counted.
    Count(String),
    /// The balancer is to let go of it.
    Close(String),
    /// It is to be stopped.
    Stop(String),
    /// It is to be started.
    Start(String),
    /// It is to be checked.
    Check(String),
    /// The feed URL is to be fetched from it.
    Feed(String),
    /// The balancer is to give it requests.
    PutBack(String),
    /// Whether the balancer finds it good.
    Look(String),
    /// Who serves is to be looked at; of these, whether they are good if they do not any more.
    Survey(BTreeSet<String>),
    /// There is nothing to do until then.
    Sleep(Mono),
    /// That is all.
    End,
}

/// How an act went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Answer {
    /// It is done.
    Done,
    /// It could not be done.
    Failed(String),
    /// It could not be done, nor can it be by waiting.
    Over(String),
    /// It is not done so far, but may be at any moment.
    Late(String),
    /// So many connections are left.
    Left(u64),
    /// Whether it serves.
    Serves(bool),
    /// How the clients are found.
    Found(Survey),
}

/// How clients are found in the middle of a run, by their names.
pub(in crate::agents::ctl) type Survey = BTreeMap<String, Sight>;

/// How a client is found in the middle of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) enum Sight {
    /// The balancer gives it requests, and it can be connected to.
    Serves,
    /// The balancer would give it requests, but does not find it good.
    Bad,
    /// The balancer would give it requests, and it cannot be connected to.
    Dead,
    /// The balancer is not to give it requests; whether it is good is known of those that were asked about.
    Out {
        /// It is.
        is_good: bool,
    },
}

/// What the act that is under way is for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    /// The next turn is to be chosen.
    Choosing,
    /// Who serves is being looked at before it is somebody's turn. Until then the balancer may find somebody bad.
    Surveying(Mono),
    SurveyingSoon(Mono),
    /// The same when all have had theirs.
    Reviewing(Mono),
    ReviewingSoon(Mono),
    /// It is being written down before anything happens to it.
    Noting,
    Draining,
    /// Until then it may have connections.
    Counting(Mono),
    CountingSoon(Mono),
    Closing,
    Stopping,
    Starting,
    /// A first look at one that may be good as it is.
    Probing,
    /// Until then it may be bad. If it was not stopped, the reason.
    Checking(Mono, Option<String>),
    CheckingSoon(Mono, Option<String>),
    Feeding(Option<String>),
    PuttingBack(Option<String>),
    /// Until then the balancer may find it bad.
    Looking(Mono, Option<String>),
    LookingSoon(Mono, Option<String>),
    /// Its turn is over, and that is being written down.
    Closed,
    Pausing,
    /// The balancer did not do something: it is put back.
    Undoing(String),
    /// That is being written down, and the run ends.
    Undone,
    Ended,
}

/// A run.
#[derive(Debug)]
pub(in crate::agents::ctl) struct Roll {
    terms: Terms,
    left: VecDeque<Turn>,
    of: usize,
    turn: Turn,
    began: Mono,
    state: State,
    serving: BTreeSet<String>,
    /// Whether one has failed.
    has_failed: bool,
    /// Whether one was restarted, so that all are looked at in the end.
    is_worked: bool,
    /// Whether the one whose turn it is was started in it.
    is_started: bool,
    journal: Journal,
    told: Vec<Tale>,
    /// What was written down of the client before its turn.
    before: Option<Why>,
    asked: Option<Asked>,
    /// How many turns are not done, as it was interrupted.
    undone: Option<usize>,
}

impl Roll {
    /// A run that has yet to begin; `journal` is what is written down.
    pub(in crate::agents::ctl) fn new(plan: Plan, journal: Journal, terms: Terms) -> Self {
        let told = plan.others.into_iter().map(Tale::OutByOthers).collect();
        Self {
            terms,
            of: plan.turns.len(),
            left: plan.turns.into(),
            turn: Turn { client: Client::default(), task: Task::TakeOut },
            began: Mono::default(),
            state: State::Choosing,
            serving: plan.serving,
            has_failed: false,
            is_worked: false,
            is_started: false,
            journal,
            told,
            before: None,
            asked: None,
            undone: None,
        }
    }

    /// It is to end as soon as it can.
    pub(in crate::agents::ctl) fn interrupt(&mut self, asked: Asked) {
        self.asked = Some(asked);
    }

    /// That it was interrupted, once it has ended for that; `out` are those that are written down.
    pub(in crate::agents::ctl) fn interruption(&self, out: Vec<String>) -> Option<Tale> {
        Some(Tale::Interrupted { asked: self.asked?, out, undone: self.undone?, of: self.of })
    }

    /// What has been told since this was asked last.
    pub(in crate::agents::ctl) fn told(&mut self) -> Vec<Tale> {
        std::mem::take(&mut self.told)
    }

    /// What is to be done now that the last act went like this; at the beginning it is [`Answer::Done`].
    pub(in crate::agents::ctl) fn next(&mut self, now: Mono, answer: Answer) -> Act {
        let act = self.step(now, answer);
        let is_half_done = matches!(
            self.state,
            State::Looking(..)
                | State::LookingSoon(..)
                | State::Closed
                | State::Undoing(_)
                | State::Undone
                | State::Reviewing(_)
                | State::ReviewingSoon(_)
        );
        match self.asked {
            Some(asked) if !is_half_done && act != Act::End => self.cut_short(asked),
            _ => act,
        }
    }

    fn cut_short(&mut self, asked: Asked) -> Act {
        self.undone = Some(self.left.len() + usize::from(self.state != State::Pausing));
        // What was about to begin does not.
        self.told.pop_if(|tale| matches!(tale, Tale::At { .. }));
        let was_serving = self.turn.client.is_in && !self.turn.client.is_dead;
        match self.state {
            State::Draining => {
                self.restore();
                self.go(State::Undone)
            }
            State::Counting(_) | State::CountingSoon(_) | State::Closing if was_serving => {
                self.go(State::Undoing(format!("{} came", asked.name)))
            }
            _ => {
                self.state = State::Ended;
                Act::End
            }
        }
    }

    /// What is written down of the client whose turn it is becomes what it was before that.
    fn restore(&mut self) {
        let name = &self.turn.client.name;
        match self.before.take() {
            Some(why) => self.journal.set(name, why),
            None => self.journal.strike(name),
        }
    }

    fn step(&mut self, now: Mono, answer: Answer) -> Act {
        match std::mem::replace(&mut self.state, State::Ended) {
            State::Choosing | State::Pausing => self.choose(now),
            State::Surveying(until) => self.surveyed(now, until, &answer),
            State::SurveyingSoon(until) => self.go(State::Surveying(until)),
            State::Reviewing(until) => self.reviewed(now, until, &answer),
            State::ReviewingSoon(until) => self.go(State::Reviewing(until)),
            State::Noting => self.noted(answer),
            State::Draining => self.draining(now, answer),
            State::Counting(until) => self.counted(now, until, answer),
            State::CountingSoon(until) => self.go(State::Counting(until)),
            State::Closing => self.closed(answer),
            State::Stopping => self.stopped(now, answer),
            State::Starting => self.started(now, answer),
            State::Probing => self.probed(answer),
            State::Checking(until, flaw) => self.checked(now, until, flaw, answer),
            State::CheckingSoon(until, flaw) => self.go(State::Checking(until, flaw)),
            State::Feeding(flaw) => self.fed(flaw, answer),
            State::PuttingBack(flaw) => self.put_back(now, flaw, answer),
            State::Looking(until, flaw) => self.looked(now, until, flaw, answer),
            State::LookingSoon(until, flaw) => self.go(State::Looking(until, flaw)),
            State::Closed => self.pause(now),
            State::Undoing(why) => self.undone(why, &answer),
            State::Undone | State::Ended => Act::End,
        }
    }

    /// Goes to a state, and begins its act.
    fn go(&mut self, state: State) -> Act {
        let name = self.turn.client.name.clone();
        let (stage, act) = match &state {
            State::Surveying(_) => (None, Act::Survey(self.serving.iter().cloned().chain([name]).collect())),
            State::Reviewing(_) => (None, Act::Survey(self.serving.clone())),
            State::Noting | State::Closed | State::Undone => (None, Act::Record(self.journal.clone())),
            State::Draining => (Some(Stage::TakingOut), Act::Drain(name)),
            State::Counting(_) => (None, Act::Count(name)),
            State::Closing => (None, Act::Close(name)),
            State::Stopping => (Some(Stage::Stopping), Act::Stop(name)),
            State::Starting => (Some(Stage::Starting), Act::Start(name)),
            State::Probing | State::Checking(..) => (Some(Stage::Checking), Act::Check(name)),
            State::Feeding(_) => (Some(Stage::Feeding), Act::Feed(name)),
            State::PuttingBack(_) | State::Undoing(_) => (Some(Stage::PuttingBack), Act::PutBack(name)),
            State::Looking(..) => (Some(Stage::Awaiting), Act::Look(name)),
            // They are not gone to: nothing, or a sleep, is under way in them.
            State::SurveyingSoon(_)
            | State::ReviewingSoon(_)
            | State::CountingSoon(_)
            | State::CheckingSoon(..)
            | State::LookingSoon(..)
            | State::Choosing
            | State::Pausing
            | State::Ended => (None, Act::End),
        };
        if let Some(stage) = stage {
            self.tell_stage(stage);
        }
        self.state = state;
        act
    }

    /// Waits a little before the act of `state`, but not past `until`.
    fn soon(&mut self, now: Mono, until: Mono, state: State) -> Act {
        self.state = state;
        Act::Sleep(until.min(now + AGAIN))
    }

    fn tell_stage(&mut self, stage: Stage) {
        let number = self.of - self.left.len();
        self.told.push(Tale::At { number, of: self.of, name: self.turn.client.name.clone(), stage });
    }

    fn choose(&mut self, now: Mono) -> Act {
        let Some(turn) = self.left.pop_front() else {
            let until = now + self.turn.client.patience;
            return if self.is_worked { self.go(State::Reviewing(until)) } else { Act::End };
        };
        self.turn = turn;
        (self.began, self.is_started) = (now, false);
        match self.turn.task {
            Task::Recover | Task::PutBack => self.go(State::Probing),
            Task::Restart => self.go(State::Surveying(now + self.turn.client.patience)),
            Task::TakeOut | Task::Stop => self.note(),
        }
    }

    /// Before a restart: what has become of the others, and of the client itself.
    fn surveyed(&mut self, now: Mono, until: Mono, answer: &Answer) -> Act {
        let Answer::Found(survey) = answer else { return self.begin() };
        let name = self.turn.client.name.clone();
        if now < until && self.may_recover(survey, &name) {
            return self.soon(now, until, State::SurveyingSoon(until));
        }
        let is_known = self.journal.get(&name).is_some() || self.turn.client.is_named;
        if let Some(Sight::Out { is_good }) = survey.get(&name)
            && self.turn.client.is_in
            && !is_known
        {
            self.taken_by_others(&name, *is_good);
            return self.choose(now);
        }
        let turn = self.turn.clone();
        let dead = self.heed(survey, &name);
        if dead.is_empty() {
            return self.begin();
        }
        self.left.push_front(turn);
        self.take_out(now, dead)
    }

    /// At the end: whether all that have served still do.
    fn reviewed(&mut self, now: Mono, until: Mono, answer: &Answer) -> Act {
        let Answer::Found(survey) = answer else { return Act::End };
        if now < until && self.may_recover(survey, "") {
            return self.soon(now, until, State::ReviewingSoon(until));
        }
        let dead = self.heed(survey, "");
        if dead.is_empty() { Act::End } else { self.take_out(now, dead) }
    }

    /// Whether nothing is wrong with those that serve but that the balancer does not find one good, which one check that has
    /// failed may do. It does not matter of `own`, whose turn it is.
    fn may_recover(&self, survey: &Survey, own: &str) -> bool {
        let mut sights = self.serving.iter().filter(|name| *name != own).filter_map(|name| survey.get(name));
        let are_there = sights.clone().all(|sight| matches!(sight, Sight::Serves | Sight::Bad));
        are_there && sights.any(|sight| *sight == Sight::Bad)
    }

    /// Strikes those off the list of those that serve that do not any more, and tells why; but for `own`, whose turn it is, and
    /// the dead, which it gives.
    fn heed(&mut self, survey: &Survey, own: &str) -> Vec<String> {
        let mut dead = Vec::new();
        for name in self.serving.clone() {
            match survey.get(&name) {
                Some(Sight::Serves) | None => continue,
                _ if name == own => {}
                Some(Sight::Bad) => {
                    self.has_failed = true;
                    self.told.push(Tale::Lost { name: name.clone() });
                }
                Some(Sight::Dead) => dead.push(name.clone()),
                Some(Sight::Out { is_good }) => self.taken_by_others(&name, *is_good),
            }
            self.serving.remove(&name);
        }
        dead
    }

    fn taken_by_others(&mut self, name: &str, is_good: bool) {
        self.serving.remove(name);
        let name = name.to_owned();
        self.told.push(Tale::OutByOthers(Other { name, is_good, was_stopped: false, is_overruled: false }));
    }

    /// The dead have their turn before all others: they leave the balancer.
    fn take_out(&mut self, now: Mono, dead: Vec<String>) -> Act {
        self.of += dead.len();
        for name in dead.into_iter().rev() {
            let flaw = Some("it was good, and cannot be connected to any more".to_owned());
            let client = Client { name, flaw, is_dead: true, is_in: true, ..Client::default() };
            self.left.push_front(Turn { client, task: Task::TakeOut });
        }
        self.choose(now)
    }

    /// Begins a restart, unless too few others would serve.
    fn begin(&mut self) -> Act {
        let name = &self.turn.client.name;
        let others = self.serving.iter().filter(|serving| *serving != name).count();
        // What cannot be connected to is no loss. What can, but is not good, may serve for all that: as one has failed
        // already, it could be that the checks are wrong.
        let may_serve = self.serving.contains(name) || (!self.turn.client.is_dead && self.has_failed);
        if may_serve && others < self.terms.least {
            let (name, least) = (name.clone(), self.terms.least);
            self.told.push(Tale::TooFew { name, serving: others, least });
            return Act::End;
        }
        self.is_worked = true;
        self.note()
    }

    fn do_others_serve(&self) -> bool {
        self.serving.iter().any(|name| *name != self.turn.client.name)
    }

    fn note(&mut self) -> Act {
        self.before = self.journal.get(&self.turn.client.name).cloned();
        self.journal.set(&self.turn.client.name, Why::InHand);
        self.go(State::Noting)
    }

    fn noted(&mut self, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => {
                self.told.push(Tale::Journal { why });
                Act::End
            }
            _ => self.go(State::Draining),
        }
    }

    fn draining(&mut self, now: Mono, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => self.undo(why),
            // Nobody waits for one that does not answer.
            _ if !self.turn.client.is_dead => self.go(State::Counting(now + self.terms.drain)),
            _ => self.go(State::Closing),
        }
    }

    fn counted(&mut self, now: Mono, until: Mono, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => self.undo(why),
            Answer::Left(left) if left > 0 && now < until => {
                self.tell_stage(Stage::Draining(left));
                self.soon(now, until, State::CountingSoon(until))
            }
            Answer::Left(left) if left > 0 => {
                let was_good = self.turn.client.is_good();
                self.told.push(Tale::Cut { name: self.turn.client.name.clone(), left, was_good });
                self.go(State::Closing)
            }
            _ => self.go(State::Closing),
        }
    }

    fn closed(&mut self, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => self.undo(why),
            _ if self.turn.task == Task::TakeOut => {
                let flaw = self.turn.client.flaw.take();
                self.fail(flaw.unwrap_or_default())
            }
            _ => {
                self.serving.remove(&self.turn.client.name);
                self.go(State::Stopping)
            }
        }
    }

    fn stopped(&mut self, now: Mono, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => self.go(State::Checking(now, Some(why))),
            Answer::Late(why) if self.turn.task == Task::Stop => {
                self.journal.set(&self.turn.client.name, Why::Stopped);
                self.late(why)
            }
            Answer::Late(why) => {
                self.journal.set(&self.turn.client.name, Why::Ending(why.clone()));
                if self.do_others_serve() { self.late(why) } else { self.go(State::Checking(now, Some(why))) }
            }
            _ if self.turn.task == Task::Stop => {
                self.journal.set(&self.turn.client.name, Why::Stopped);
                self.told.push(Tale::Stopped { name: self.turn.client.name.clone() });
                self.go(State::Closed)
            }
            _ => self.go(State::Starting),
        }
    }

    /// It may stop at any moment: it stays out.
    fn late(&mut self, why: String) -> Act {
        self.has_failed = true;
        self.told.push(Tale::Late { name: self.turn.client.name.clone(), why });
        self.go(State::Closed)
    }

    fn started(&mut self, now: Mono, answer: Answer) -> Act {
        if let Answer::Failed(why) = answer {
            return self.fail(why);
        }
        self.is_started = true;
        self.go(State::Checking(now + self.turn.client.patience, None))
    }

    fn probed(&mut self, answer: Answer) -> Act {
        match answer {
            Answer::Failed(_) | Answer::Over(_) if self.turn.task == Task::Recover => self.note(),
            // It was good a moment ago.
            Answer::Failed(why) | Answer::Over(why) => self.fail(why),
            _ => self.go(State::Feeding(None)),
        }
    }

    fn checked(&mut self, now: Mono, until: Mono, flaw: Option<String>, answer: Answer) -> Act {
        match answer {
            Answer::Failed(_) if now < until => self.soon(now, until, State::CheckingSoon(until, flaw)),
            Answer::Failed(why) | Answer::Over(why) => self.fail(flaw.unwrap_or(why)),
            // What was not stopped has no cache to be filled.
            _ if flaw.is_some() => self.go(State::PuttingBack(flaw)),
            _ => self.go(State::Feeding(flaw)),
        }
    }

    fn fed(&mut self, flaw: Option<String>, answer: Answer) -> Act {
        match answer {
            // An empty cache is better than nobody who answers.
            Answer::Failed(why) if !self.do_others_serve() => {
                self.told.push(Tale::Unfed { name: self.turn.client.name.clone(), why });
                self.go(State::PuttingBack(flaw))
            }
            Answer::Failed(why) => self.fail(why),
            _ => self.go(State::PuttingBack(flaw)),
        }
    }

    fn put_back(&mut self, now: Mono, flaw: Option<String>, answer: Answer) -> Act {
        match answer {
            Answer::Failed(why) => {
                self.told.push(Tale::Balancer { name: self.turn.client.name.clone(), why, is_undone: false });
                Act::End
            }
            _ => self.go(State::Looking(now + self.turn.client.patience, flaw)),
        }
    }

    fn looked(&mut self, now: Mono, until: Mono, flaw: Option<String>, answer: Answer) -> Act {
        match answer {
            Answer::Serves(false) | Answer::Failed(_) if now < until => {
                self.soon(now, until, State::LookingSoon(until, flaw))
            }
            Answer::Serves(false) => self.fail("the balancer does not find it good".to_owned()),
            Answer::Failed(why) => self.fail(why),
            _ => {
                let name = self.turn.client.name.clone();
                self.serving.insert(name.clone());
                let may_end = flaw.is_some() && matches!(self.journal.get(&name), Some(Why::Ending(_)));
                if !may_end {
                    self.journal.strike(&name);
                }
                if self.is_started {
                    // Whoever had it in hand before has not come to this: it has had the turn that is to come as well.
                    let before = self.left.len();
                    self.left.retain(|turn| turn.client.name != name || turn.task != Task::Restart);
                    self.of -= before - self.left.len();
                }
                self.told.push(match flaw {
                    None => Tale::Serves { name, after: now - self.began, is_restarted: self.is_started },
                    Some(why) => Tale::NotRestarted { name, why, may_end },
                });
                self.go(State::Closed)
            }
        }
    }

    /// The client is not good: it stays out.
    fn fail(&mut self, why: String) -> Act {
        let name = self.turn.client.name.clone();
        self.has_failed = true;
        self.journal.set(&name, Why::Failed(why.clone()));
        self.serving.remove(&name);
        self.told.push(Tale::Failed { name, why });
        self.go(State::Closed)
    }

    fn pause(&mut self, now: Mono) -> Act {
        if self.left.is_empty() || self.terms.pause.is_zero() || !self.serving.contains(&self.turn.client.name) {
            return self.choose(now);
        }
        self.tell_stage(Stage::Pausing);
        self.state = State::Pausing;
        Act::Sleep(now + self.terms.pause)
    }

    /// The balancer has not done what it was told. One that did not get requests anyway stays written down as it is.
    fn undo(&mut self, why: String) -> Act {
        if self.turn.client.is_in && !self.turn.client.is_dead {
            return self.go(State::Undoing(why));
        }
        self.told.push(Tale::Balancer { name: self.turn.client.name.clone(), why, is_undone: false });
        Act::End
    }

    fn undone(&mut self, why: String, answer: &Answer) -> Act {
        let name = self.turn.client.name.clone();
        let is_undone = *answer == Answer::Done;
        if is_undone {
            self.restore();
        }
        // One that is as it was before an interruption is not worth a word.
        if self.undone.is_none() || !is_undone {
            self.told.push(Tale::Balancer { name, why, is_undone });
        }
        self.go(State::Undone)
    }
}
