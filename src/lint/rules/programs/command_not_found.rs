//! `command-not-found`: a command that this host does not have, if it is the one that is to run it.

use crate::base::{Diagnostic, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "command-not-found",
        Family::Programs,
        Severity::Warning,
        "a command that is not on this host, or that cannot be run (with `--here`, and by `up`)",
        "supervisord would try it in vain. Mend the name, install it, or set `autostart = false`.",
    ),
    check,
);

/// Where programs are looked for when no `PATH` is set.
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs().filter(|block| block.boolean("autostart") != Some(false)) {
        found.extend(finding(conf, block));
    }
}

fn finding(conf: &Conf<'_>, block: Block<'_>) -> Option<Diagnostic> {
    let here = conf.given.here?;
    let first = block.words()?.first().filter(|word| !word.text.contains(['%', '$', '=']))?;
    let name = first.text.as_str();
    let is_there = if name.starts_with('/') {
        here.is_executable(name)
    } else if name.contains('/') || block.text("environment").is_some_and(|text| text.contains("PATH")) {
        // It depends on where, and with which PATH, it is looked for.
        return None;
    } else {
        let path = conf.given.context.environ.get("PATH").unwrap_or(DEFAULT_PATH);
        path.split(':').find_map(|folder| here.is_executable(&format!("{folder}/{name}")).filter(|is| *is))
    };
    let message = match is_there {
        Some(true) => return None,
        Some(false) => format!("`{name}` may not be run: it is no executable file"),
        None => format!("there is no command `{name}` on this host"),
    };
    Some(RULE.rule.finding(first.span, message))
}
