//! The loop: does one act after the other, on a [`Site`].

use std::collections::BTreeSet;

use super::journal::{Journal, Why};
use super::machine::{Act, Answer, Roll, Survey, Terms};
use super::plan::{Other, Plan};
use super::tale::Tale;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::world::{Asked, Unturned};
use crate::base::time::Mono;

/// The seam between the rolling start and the world. What fails is told in words.
pub(in crate::agents::ctl) trait Site {
    /// The clock for decisions.
    fn now(&self) -> Mono;
    /// The signal that wants this to end.
    fn asked(&mut self) -> Option<Asked>;
    /// Waits, but not when somebody begins to want this to end.
    fn sleep(&mut self, until: Mono);
    /// Writes the journal, for good.
    fn record(&mut self, journal: &Journal) -> Result<(), String>;
    /// Tells the balancer to give a client nothing new.
    fn drain(&mut self, client: &str) -> Result<(), String>;
    /// How many connections a client has from the balancer.
    fn left(&mut self, client: &str) -> Result<u64, String>;
    /// Tells the balancer to let go of a client.
    fn close(&mut self, client: &str) -> Result<(), String>;
    /// Tells the balancer to give a client requests.
    fn put_back(&mut self, client: &str) -> Result<(), String>;
    /// Whether the balancer gives a client requests.
    fn serves(&mut self, client: &str) -> Result<bool, String>;
    /// How all clients are found now; of `closely`, whether they are good if they are out.
    fn survey(&mut self, closely: &BTreeSet<String>) -> Result<Survey, String>;
    /// Stops a client, and waits until it has ended.
    fn stop(&mut self, client: &str) -> Result<(), Unturned>;
    /// Starts a client.
    fn start(&mut self, client: &str) -> Result<(), String>;
    /// Connection, HTTP, memory and log.
    fn check(&mut self, client: &str) -> Result<(), Flaw>;
    /// Fetches the feed URL.
    fn feed(&mut self, client: &str) -> Result<(), String>;
    /// Tells what goes on.
    fn tell(&mut self, tale: &Tale);
}

/// Why a client is not good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Flaw {
    /// In words.
    pub(in crate::agents::ctl) why: String,
    /// Whether it will not be good by waiting.
    pub(in crate::agents::ctl) is_final: bool,
}

impl From<String> for Flaw {
    fn from(why: String) -> Self {
        Self { why, is_final: false }
    }
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::agents::ctl) struct Outcome {
    /// Who serves again.
    pub(in crate::agents::ctl) serves: Vec<String>,
    /// Who stays out at the end.
    pub(in crate::agents::ctl) failed: Vec<String>,
    /// Who is left alone, as somebody else has taken it out.
    pub(in crate::agents::ctl) left: Vec<String>,
    /// Who was good, and has lost connections.
    pub(in crate::agents::ctl) cut: Vec<String>,
    /// Whether all had their turn, and went through it well.
    pub(in crate::agents::ctl) is_complete: bool,
    /// The signal that has ended it before that.
    pub(in crate::agents::ctl) interrupted: Option<Asked>,
}

/// Runs a plan to its end.
pub(in crate::agents::ctl) fn run(plan: Plan, journal: Journal, terms: Terms, site: &mut dyn Site) -> Outcome {
    let mut written = journal.clone();
    let mut roll = Roll::new(plan, journal, terms);
    let mut outcome = Outcome { is_complete: true, ..Outcome::default() };
    let mut answer = Answer::Done;
    loop {
        if let Some(asked) = site.asked() {
            roll.interrupt(asked);
        }
        let act = roll.next(site.now(), answer);
        let mut told = roll.told();
        if act == Act::End {
            let out = written.iter().filter(|(_, why)| **why != Why::Stopped).map(|(name, _)| name.to_owned());
            told.extend(roll.interruption(out.collect()));
        }
        for tale in told {
            match &tale {
                Tale::Serves { name, .. } => {
                    // One that was dead may have been restarted at its turn.
                    outcome.failed.retain(|failed| failed != name);
                    outcome.serves.push(name.clone());
                }
                Tale::Failed { name, .. } => outcome.failed.push(name.clone()),
                Tale::OutByOthers(Other { name, is_overruled: false, .. }) => outcome.left.push(name.clone()),
                Tale::Interrupted { asked, .. } => {
                    outcome.is_complete = false;
                    outcome.interrupted = Some(*asked);
                }
                Tale::Cut { name, was_good: true, .. } => outcome.cut.push(name.clone()),
                _ => {}
            }
            outcome.is_complete &= tale.level() < Level::Critical;
            site.tell(&tale);
        }
        if act == Act::End {
            return outcome;
        }
        answer = done(&act, site);
        if let (Act::Record(journal), Answer::Done) = (act, &answer) {
            written = journal;
        }
    }
}

fn done(act: &Act, site: &mut dyn Site) -> Answer {
    let plainly = |result: Result<(), String>| result.map_or_else(Answer::Failed, |()| Answer::Done);
    match act {
        Act::Record(journal) => plainly(site.record(journal)),
        Act::Drain(client) => plainly(site.drain(client)),
        Act::Count(client) => site.left(client).map_or_else(Answer::Failed, Answer::Left),
        Act::Close(client) => plainly(site.close(client)),
        Act::Stop(client) => site.stop(client).map_or_else(unstopped, |()| Answer::Done),
        Act::Start(client) => plainly(site.start(client)),
        Act::Check(client) => site.check(client).map_or_else(found, |()| Answer::Done),
        Act::Feed(client) => plainly(site.feed(client)),
        Act::PutBack(client) => plainly(site.put_back(client)),
        Act::Look(client) => site.serves(client).map_or_else(Answer::Failed, Answer::Serves),
        Act::Survey(closely) => site.survey(closely).map_or_else(Answer::Failed, Answer::Found),
        Act::Sleep(until) => {
            site.sleep(*until);
            Answer::Done
        }
        Act::End => Answer::Done,
    }
}

fn found(Flaw { why, is_final }: Flaw) -> Answer {
    if is_final { Answer::Over(why) } else { Answer::Failed(why) }
}

fn unstopped(Unturned { why, may_come }: Unturned) -> Answer {
    if may_come { Answer::Late(why) } else { Answer::Failed(why) }
}
