//! `small-buffer`: a listener that cannot keep the events of one start of all programs.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "small-buffer",
        Family::Listeners,
        Severity::Warning,
        "a listener of process states whose `buffer_size` is below the number of processes",
        "When all start at once, while the listener is still coming up, the oldest events are dropped. Raise `buffer_size` \
         to twice their number: each tells that it starts and that it runs.",
    )
    .fix("raises `buffer_size` (unsafe: more is kept in memory)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nprocess_name = web%(process_num)d\nnumprocs = 12\n\
         [eventlistener:mail]\ncommand = /srv/bin/mail\nevents = PROCESS_STATE\n",
        "[program:web]\ncommand = /srv/bin/web\nprocess_name = web%(process_num)d\nnumprocs = 12\n\
         [eventlistener:mail]\ncommand = /srv/bin/mail\nevents = PROCESS_STATE\nbuffer_size = 24\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let count = |block: Block<'_>| block.integer("numprocs").unwrap_or(1).max(0);
    let started = conf.programs().filter(|block| block.boolean("autostart") != Some(false));
    let processes: i64 = started.map(count).fold(0, i64::saturating_add);
    for block in conf.of(Section::EventListener).filter(|block| hears_starts(*block)) {
        let Some(size) = block.integer("buffer_size").filter(|size| (1..processes).contains(size)) else { continue };
        let own = count(block);
        if processes - own <= size {
            continue;
        }
        let wanted = processes.saturating_mul(2);
        let message =
            format!("`{}` keeps {size} events, but {} processes start with supervisord", block.name, processes - own);
        let fix = match block.setting("buffer_size") {
            Some(setting) => Fix::replace(Safety::Unsafe, "raise it", setting.value.span(), wanted.to_string()),
            None => Fix {
                title: format!("set `buffer_size = {wanted}`"),
                safety: Safety::Unsafe,
                edits: vec![block.insert(Some("events"), &format!("buffer_size = {wanted}"))],
            },
        };
        found.push(
            RULE.rule
                .finding(block.place_of("buffer_size"), message)
                .help(format!("set `buffer_size = {wanted}`"))
                .fix(fix),
        );
    }
}

/// Whether a start of a program is an event to it.
fn hears_starts(block: Block<'_>) -> bool {
    let hears = ["EVENT", "PROCESS_STATE", "PROCESS_STATE_STARTING", "PROCESS_STATE_RUNNING"];
    let text = block.known("events").unwrap_or_default();
    values::event_types(&text).any(|(_, name)| hears.contains(&name.as_str()))
}
