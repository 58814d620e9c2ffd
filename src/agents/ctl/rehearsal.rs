//! The world of a rolling start of which nothing is done: all goes well that can. So a dry run shows what a run would do, and what
//! it would refuse.

use std::collections::{BTreeMap, BTreeSet};

use super::roll::{Client, Flaw, Journal, Plan, Site, Survey, Tale};
use super::world::{Asked, Unturned};
use crate::base::time::Mono;

/// What would be done.
pub(super) struct Rehearsal {
    /// How many turns would begin.
    pub(super) begun: usize,
    /// What would be told of clients that do not get their turn, or nothing by it.
    pub(super) told: Vec<Tale>,
    now: Mono,
    /// What is wrong with those that have yet to be started.
    flaws: BTreeMap<String, String>,
    /// Why the balancer cannot be told anything, if that is known.
    deaf: Option<String>,
    /// Who is not taken out, and why.
    refused: BTreeMap<String, String>,
}

impl Rehearsal {
    /// Before a plan has begun.
    pub(super) fn new(plan: &Plan, deaf: Option<String>, refused: BTreeMap<String, String>) -> Self {
        let flaw = |client: &Client| Some((client.name.clone(), client.flaw.clone()?));
        let flaws = plan.turns.iter().filter_map(|turn| flaw(&turn.client)).collect();
        Self { begun: 0, told: Vec::new(), now: Mono::default(), flaws, deaf, refused }
    }
}

impl Site for Rehearsal {
    fn now(&self) -> Mono {
        self.now
    }

    fn asked(&mut self) -> Option<Asked> {
        None
    }

    fn sleep(&mut self, until: Mono) {
        self.now = until;
    }

    fn record(&mut self, _: &Journal) -> Result<(), String> {
        Ok(())
    }

    fn drain(&mut self, client: &str) -> Result<(), String> {
        self.deaf.as_ref().or(self.refused.get(client)).cloned().map_or(Ok(()), Err)
    }

    fn left(&mut self, _: &str) -> Result<u64, String> {
        Ok(0)
    }

    fn close(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn put_back(&mut self, _: &str) -> Result<(), String> {
        self.deaf.clone().map_or(Ok(()), Err)
    }

    fn serves(&mut self, _: &str) -> Result<bool, String> {
        Ok(true)
    }

    fn survey(&mut self, _: &BTreeSet<String>) -> Result<Survey, String> {
        // Nothing changes meanwhile.
        Ok(Survey::new())
    }

    fn stop(&mut self, _: &str) -> Result<(), Unturned> {
        Ok(())
    }

    fn start(&mut self, client: &str) -> Result<(), String> {
        self.flaws.remove(client);
        Ok(())
    }

    fn check(&mut self, client: &str) -> Result<(), Flaw> {
        self.flaws.get(client).map_or(Ok(()), |flaw| Err(flaw.clone().into()))
    }

    fn feed(&mut self, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn tell(&mut self, tale: &Tale) {
        match tale {
            Tale::At { number, .. } => self.begun = *number,
            Tale::TooFew { .. } | Tale::Balancer { .. } | Tale::OutByOthers { .. } => self.told.push(tale.clone()),
            // A dead client that leaves the balancer has failed: that is its turn.
            _ => {}
        }
    }
}
