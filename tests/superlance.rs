//! superlance's programs: beside the originals under both daemons, by their command lines, and alone, with events from the
//! test itself.

mod alone;
mod beside;
mod command_lines;
mod listener;
mod small;

use std::path::Path;

use libtest_mimic::Trial;

use crate::harness::{Outcome, peers, shipped};

/// A test, given the folder of the originals' scripts.
type Compared = fn(&Path) -> Outcome;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let compared: [(&str, Compared); 2] =
        [("do_what_the_originals_do", beside::compared), ("command_lines_are_the_originals", command_lines::compared)];
    let trial = |(name, test): (&str, Compared)| {
        Trial::test(format!("superlance::{name}"), move || match peers::venv() {
            Some(bin) => test(bin),
            None => Err("the pinned packages could not be installed".into()),
        })
        .with_ignored_flag(!peers::possible())
    };
    let alone = alone::TESTS.iter().map(|(name, test)| Trial::test(format!("superlance::{name}"), *test));
    let small = Trial::test("superlance::as_shipped_they_are_small_and_ready_at_once", alone::as_shipped);
    let stays = Trial::test("superlance::as_shipped_they_stay_small_after_what_they_do", small::after_events);
    let as_shipped = [small, stays].map(|trial| trial.with_ignored_flag(shipped().is_none()));
    compared.into_iter().map(trial).chain(alone).chain(as_shipped).collect()
}
