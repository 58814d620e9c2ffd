//! `shared-logfile`: one file for several logs, each of which rotates it as if it were its own.
//!
//! Where none of them rotates it they only add to it, which works.

use std::collections::BTreeMap;
use std::fmt;

use crate::base::{Diagnostic, Severity, Span};
use crate::conf::options::Section;
use crate::conf::values::{self, ChildLogName};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "shared-logfile",
        Family::Logs,
        Severity::Warning,
        "one log file for several programs, channels or processes, which rotate it",
        "Each rotates it when it likes: the others go on writing into a file that was renamed or removed. Give each its own, \
         or let something outside rotate it and set `maxbytes` to 0.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /srv/log/all.log\n\
         [program:worker]\ncommand = /srv/bin/worker\nstdout_logfile = /srv/log/all.log\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /srv/log/web.log\n\
         [program:worker]\ncommand = /srv/bin/worker\nstdout_logfile = /srv/log/worker.log\n",
    ),
    check,
)
.built();

/// One that writes to a file.
struct Writer<'v> {
    owner: Owner<'v>,
    span: Span,
    rotates: bool,
}

#[derive(PartialEq)]
enum Owner<'v> {
    Daemon,
    Program(&'v str),
    /// A further process of a program.
    Other(&'v str),
}

impl fmt::Display for Owner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Daemon => f.write_str("supervisord"),
            Self::Program(name) => write!(f, "`{name}`"),
            Self::Other(name) => write!(f, "another process of `{name}`"),
        }
    }
}

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let mut files: BTreeMap<String, Vec<Writer<'_>>> = BTreeMap::new();
    for block in conf.blocks() {
        for (path, writer) in writers(block) {
            files.entry(path).or_default().push(writer);
        }
    }
    for (path, writers) in files {
        let Some((first, others)) = writers.split_first() else { continue };
        if !writers.iter().any(|writer| writer.rotates) {
            continue;
        }
        for writer in others {
            let message = if first.owner == writer.owner {
                format!("`{path}` is both logs of {}, and each rotates it", first.owner)
            } else {
                format!("`{path}` is the log of {} as well: both rotate it", first.owner)
            };
            let finding = RULE.rule.finding(writer.span, message);
            found.push(if first.span == writer.span { finding } else { finding.label(first.span, "the other log") });
        }
    }
}

/// The files that a section logs to.
fn writers(block: Block<'_>) -> Vec<(String, Writer<'_>)> {
    if block.kind == Section::Supervisord {
        let path = block.text("logfile").filter(|path| !path.contains('%'));
        let rotates = block.bytes("logfile_maxbytes") != Some(0);
        let writer = Writer { owner: Owner::Daemon, span: block.place_of("logfile"), rotates };
        return path.filter(|path| is_file(path)).map(|path| (path.into_owned(), writer)).into_iter().collect();
    }
    if !block.kind.is_program_like() {
        return Vec::new();
    }
    let is_redirected = block.boolean("redirect_stderr") != Some(false);
    let channels = [("stdout_logfile", "stdout_logfile_maxbytes"), ("stderr_logfile", "stderr_logfile_maxbytes")];
    let mut all = Vec::new();
    for (file, size) in channels.into_iter().take(if is_redirected { 1 } else { 2 }) {
        let Some(path) = block.filled(file).filter(|path| is_file(path)) else { continue };
        let rotates = block.bytes(size) != Some(0);
        let of = |owner| Writer { owner, span: block.place_of(file), rotates };
        let is_numbered = path.contains("%(process_num)");
        if block.integer("numprocs").is_some_and(|n| n > 1) && !is_numbered {
            all.push((path.to_string(), of(Owner::Other(block.name))));
        }
        // Processes of two programs have their own numbers, and perhaps the same ones.
        if !is_numbered {
            all.push((path.into_owned(), of(Owner::Program(block.name))));
        }
    }
    all
}

/// Whether a text is a path of a file that could be rotated.
fn is_file(text: &str) -> bool {
    let is_path = matches!(values::child_log(text), ChildLogName::Path(path) if !path.is_empty());
    is_path && text != "syslog" && text != "/dev/null" && !super::is_device(text)
}
