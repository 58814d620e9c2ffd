//! `late-listener`: a listener that is started after programs whose events it asks for.

use std::collections::HashSet;

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "late-listener",
        Family::Listeners,
        Severity::Warning,
        "a listener of process states whose `priority` is above that of a program",
        "It is started after that program, and hears of its start late or never. Leave `priority` out: it is -1 for \
         listeners.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\n\
         [eventlistener:mail]\ncommand = /srv/bin/mail\nevents = PROCESS_STATE\npriority = 20\n",
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\n\
         [eventlistener:mail]\ncommand = /srv/bin/mail\nevents = PROCESS_STATE\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    // What belongs to a group starts with the group.
    let groups: Vec<_> = conf.of(Section::Group).filter_map(|group| group.text("programs")).collect();
    let grouped: HashSet<&str> = groups.iter().flat_map(|text| values::list(text)).map(|(_, name)| name).collect();
    let programs =
        conf.programs().filter(|block| block.kind != Section::EventListener && !grouped.contains(block.name));
    let programs: Vec<_> = programs.filter(|block| block.boolean("autostart") == Some(true)).collect();
    for block in conf.of(Section::EventListener) {
        let (Some(setting), Some(own)) = (block.setting("priority"), block.integer("priority")) else { continue };
        let events = block.known("events").unwrap_or_default();
        if !values::event_types(&events).any(|(_, name)| name == "EVENT" || name.starts_with("PROCESS_STATE")) {
            continue;
        }
        let earlier = programs.iter().filter_map(|program| Some((program, program.integer("priority")?)));
        if let Some((program, priority)) = earlier.filter(|(_, priority)| *priority < own).min_by_key(|(_, p)| *p) {
            let message = format!("`{}` starts after `{}`, whose events it is to hear", block.name, program.name);
            let finding = RULE.rule.finding(setting.value.span(), message);
            let finding = finding.label(program.place_of("priority"), format!("starts first, with {priority}"));
            found.push(finding.help("leave `priority` out: it is -1 for listeners"));
        }
    }
}
