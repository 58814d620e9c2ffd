//! `never-started`: a program, pool or group of which supervisord makes no process.
//!
//! Each `[program:NAME]` that is in no group makes one of its own name, and of groups with one name the first by
//! priority is made; of the programs of a group whose processes have one name, the last. The others are passed over without
//! a word.

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
        "a program without processes: of two groups of one name, of two in a group whose processes have one name, or with \
         `numprocs` below 1",
        "supervisord says nothing, and starts nothing. A program that no group takes in is a group of its own name: call one \
         of the two differently. In a group, programs with one `process_name`, and one that is listed twice, are run once.",
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
    let mut programs = HashMap::new();
    for block in conf.programs().filter(may_be_member) {
        programs.entry(block.name).or_insert(block);
    }
    conf.of(Section::Group).for_each(|group| members(group, &programs, found));
}

/// Whether a group may take it in.
fn may_be_member(block: &Block<'_>) -> bool {
    matches!(block.kind, Section::Program | Section::FcgiProgram)
}

/// Members of a group whose processes have the name of a later one's.
fn members(group: Block<'_>, programs: &HashMap<&str, Block<'_>>, found: &mut Vec<Diagnostic>) {
    let (Some(value), Some(listed)) = (group.value("programs"), group.known("programs")) else { return };
    let listed: Vec<_> = values::list(&listed).collect();
    let mut started = HashMap::new();
    for (at, name) in listed.into_iter().rev() {
        let place = value.part(at, at + name.len());
        let Some(process) = programs.get(name).and_then(process) else { continue };
        let Some(other) = started.get(&process) else {
            started.insert(process, place);
            continue;
        };
        let message = format!("this `{name}` is never started: a later process of `[{}]` has its name", group.header());
        found.push(RULE.rule.finding(place, message).label(*other, "this one is started"));
    }
}

/// What the processes of a program are called; none where it is not known. With numbers in it, it is the program's own: the
/// numbers of two need not meet.
fn process(block: &Block<'_>) -> Option<String> {
    if block.text("process_name").is_none() {
        return Some(block.name.to_owned());
    }
    let name = block.filled("process_name")?;
    Some(if name.contains('%') { format!("{name} of {}", block.name) } else { name.into_owned() })
}

/// All groups with their priorities, as they are made; none where that depends on what is not known.
fn groups<'v>(conf: &'v Conf<'v>) -> Option<Vec<(i64, Block<'v>)>> {
    let mut taken = HashSet::new();
    for group in conf.of(Section::Group) {
        let programs = group.known("programs")?;
        taken.extend(values::list(&programs).map(|(_, name)| name.to_owned()));
    }
    let is_taken = |block: &Block<'_>| may_be_member(block) && taken.contains(block.name);
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
        let named = |name: &str, more: &str| format!("[program:{name}]\ncommand = /{name}\n{more}");
        let (a, b) = (named("a", "process_name = x\n"), named("b", "process_name = x\n"));
        assert_eq!(never(&format!("{a}{b}[group:g]\nprograms = b, a\n")), 1);
        assert_eq!(never(&format!("{a}[group:g]\nprograms = a,a\n[group:h]\nprograms = a\n")), 1);
        let (a, b) = (named("a", "process_name = x-%(program_name)s\n"), named("b", "process_name = x\n"));
        assert_eq!(never(&format!("{a}{b}[group:g]\nprograms = a,b\n")), 0);
        let number = |first: u8| format!("numprocs = 2\nnumprocs_start = {first}\nprocess_name = %(process_num)s\n");
        let (a, b) = (named("a", &number(0)), named("b", &number(2)));
        assert_eq!(never(&format!("{a}{b}[group:g]\nprograms = a,b\n")), 0);
    }
}
