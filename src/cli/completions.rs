//! `recipe completions`: a script for the user's shell, made from the definitions of the command line.

use clap::CommandFactory as _;

use super::args::{Cli, CompletionsArgs};
use super::exit::Exit;
use super::terminal::Terminal;

/// Prints the script.
pub(super) fn run(args: &CompletionsArgs, terminal: &Terminal) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "recipe", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))
}
