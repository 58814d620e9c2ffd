//! Exit statuses of the compiler's verbs, in one table. The drop-in programs have their originals'.

use std::process::ExitCode;

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// It did what was asked; `diff`: nothing differs; `lint`: nothing found.
    Done,
    /// `diff`: something differs; `lint`: something found.
    Found,
    /// It could not.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
        })
    }
}
