//! `never-started`: a program, pool or group of which supervisord makes no process.
//!
//! Each `[program:NAME]` that is in no group makes one of its own name, and of groups with one name the first by
//! priority is made. The others are passed over without a word.

use std::collections::{HashMap, HashSet};

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "never-started",
        Family::Programs,
        Severity::Warning,
        "a program without processes: of two groups of one name, or with `numprocs` below 1",
        "supervisord says nothing, and starts nothing. A program that no group takes in is a group of its own name: call one \
         of the two differently.",
    )
    .example(
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[program:worker]\n\
         command = /srv/bin/worker\n[group:web]\nprograms = worker\n",
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n[program:worker]\n\
         command = /srv/bin/worker\n[group:shop]\nprograms = worker\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        if let Some(number) = block.integer("numprocs").filter(|number| *number < 1) {
            let message = format!("`{}` has {number} processes: nothing is started", block.name);
            found.push(RULE.rule.finding(block.place_of("numprocs"), message));
        }
    }
    // What a group elsewhere takes in is not known.
    if !conf.is_all() {
        return;
    }
    let mut first: HashMap<&str, Block<'_>> = HashMap::new();
    for (_, block) in groups(conf).unwrap_or_default() {
        let Some(other) = first.get(block.name) else {
            first.insert(block.name, block);
            continue;
        };
        let message = format!("`[{}]` is never started: another group has this name", block.header());
        found.push(RULE.rule.finding(block.place, message).label(other.place, "this one is started"));
    }
}

/// All groups with their priorities, as they are made; none where that depends on what is not known.
fn groups<'v>(conf: &'v Conf<'v>) -> Option<Vec<(i64, Block<'v>)>> {
    let mut taken = HashSet::new();
    for group in conf.of(Section::Group) {
        let programs = group.known("programs")?;
        taken.extend(values::list(&programs).map(|(_, name)| name.to_owned()));
    }
    let is_taken =
        |block: &Block<'_>| matches!(block.kind, Section::Program | Section::FcgiProgram) && taken.contains(block.name);
    let kinds = [Section::Group, Section::Program, Section::EventListener, Section::FcgiProgram];
    let all = kinds.into_iter().flat_map(|kind| conf.of(kind)).filter(|block| !is_taken(block));
    let mut all = all.map(|block| Some((block.integer("priority")?, block))).collect::<Option<Vec<_>>>()?;
    all.sort_by_key(|(priority, _)| *priority);
    Some(all)
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{codes, settings};

    #[test]
    fn whoever_comes_later_is_never_started() {
        let never = |text: &str| {
            let text = format!("[supervisord]\nuser = web\n{text}");
            codes(&text, &settings("")).into_iter().filter(|code| *code == "never-started").count()
        };
        let program = "[program:e]\ncommand = /e\n";
        let listener = "[eventlistener:e]\ncommand = /e\nevents = TICK_5\n";
        assert_eq!(never(&format!("{program}{listener}")), 1);
        assert_eq!(never(&format!("{program}{listener}[group:x]\nprograms = e\n")), 0);
        assert_eq!(never(&format!("{program}[group:e]\nprograms = e\n")), 0);
        assert_eq!(never(&format!("{program}numprocs = 0\n")), 1);
        assert_eq!(never(&format!("{program}numprocs = -1\n")), 1);
    }
}
