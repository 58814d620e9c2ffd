//! Turns the result of [`recipe::cli::main`] into an exit status; nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    recipe::cli::main()
}
