//! One file per verb; the only place that prints or exits. Nobody imports it.
//!
//! A program is chosen by the name under which it is called, or by the first word: `supervisorctl status` and
//! `recipe supervisorctl status` are the same. Everything else is a verb of the compiler.

pub mod build;
pub mod clean;
pub mod diff;
pub mod report;
pub mod supervisorctl;
pub mod supervisord;

mod after_build;
mod annotate;
mod args;
mod cluster;
mod completions;
mod ctl;
mod daemons;
mod dropin;
mod echo_supervisord_conf;
mod editor;
mod effective;
mod exit;
mod facts;
mod find;
mod getopt;
mod hidden;
mod init;
mod lint;
mod lsp;
mod orphans;
mod owner;
mod pidproxy;
mod pipeline;
mod query;
mod readback;
mod running;
mod schema;
mod settle;
mod show;
mod shown;
mod startable;
mod superlance;
mod surroundings;
mod terminal;
mod up;
mod verbs;
mod words;
mod zdaemon;

use std::ffi::{OsStr, OsString};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Verb};
use exit::Exit;
use terminal::Terminal;

use crate::sources::disk::reason;

/// A bundled program: its arguments, and the name by which its messages call it.
type Program = fn(Vec<OsString>, &str) -> ExitCode;

/// The bundled programs.
const PROGRAMS: &[(&str, Program)] = &[
    ("cluster", cluster::main),
    ("crashmail", superlance::crashmail),
    ("crashmailbatch", superlance::crashmailbatch),
    ("crashsms", superlance::crashsms),
    ("ctl", ctl::main),
    ("echo_supervisord_conf", echo_supervisord_conf::main),
    ("fatalmailbatch", superlance::fatalmailbatch),
    ("httpok", superlance::httpok),
    ("memmon", superlance::memmon),
    ("pidproxy", pidproxy::main),
    ("supervisorctl", supervisorctl::main),
    ("supervisord", supervisord::main),
    ("zdaemon", zdaemon::main),
    ("zdrun", zdaemon::manager),
];

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    let words: Vec<OsString> = std::env::args_os().collect();
    let name = words.first().map_or("recipe".into(), |word| word.to_string_lossy().into_owned());
    if let Some(program) = words.first().and_then(|word| program(Path::new(word).file_name()?)) {
        return program(words[1..].to_vec(), &name);
    }
    if let Some(program) = words.get(1).and_then(|word| program(word)) {
        return program(words[2..].to_vec(), &words[1].to_string_lossy());
    }
    verb(words)
}

fn program(name: &OsStr) -> Option<Program> {
    PROGRAMS.iter().find(|(own, _)| name == *own).map(|(_, program)| *program)
}

fn verb(words: Vec<OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(usage) => {
            let _ = usage.print();
            return if usage.use_stderr() { Exit::Failed } else { Exit::Done }.into();
        }
    };
    let terminal = Terminal::new(cli.common.quiet, cli.common.color);
    if let Some(directory) = &cli.common.directory
        && let Err(e) = std::env::set_current_dir(directory)
    {
        return terminal.fail(format_args!("cannot go to {directory}: {}", reason(&e))).into();
    }
    run(&cli, &terminal).into()
}

fn run(cli: &Cli, terminal: &Terminal) -> Exit {
    let common = &cli.common;
    match &cli.verb {
        Verb::Init(args) => init::run(args, common, terminal),
        Verb::Build(args) => verbs::build(args, common, terminal),
        Verb::Diff(args) => verbs::diff(args, common, terminal),
        Verb::Lint(args) => lint::run(args, common, terminal),
        Verb::Lsp(_) => lsp::run(terminal),
        Verb::Schema => schema::run(terminal),
        Verb::Explain(args) => lint::explain(args, terminal),
        Verb::Show(args) => show::run(args, terminal),
        Verb::Annotate(args) => annotate::run(args, common, terminal),
        Verb::Clean(args) => verbs::clean(args, common, terminal),
        Verb::Completions(args) => completions::run(args, terminal),
        Verb::Up(args) => up::run(args, common, terminal),
        Verb::Query(args) => query::run(args, common, terminal),
    }
}
