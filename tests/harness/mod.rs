//! What the tests share: a scratch folder that leaves no process behind, daemons in it, sessions (transcripts), documents
//! made from tables, a mail server, pinned peers.

pub mod daemon;
pub mod load;
pub mod made;
pub mod peers;
pub mod pty;
pub mod scratch;
pub mod session;
pub mod smtp;

use std::path::{Path, PathBuf};

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The binary under test.
pub fn recipe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_recipe"))
}

/// What a failed test says.
pub type Outcome = Result<(), libtest_mimic::Failed>;
