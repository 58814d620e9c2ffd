//! What the tests share: a scratch folder that leaves no process behind, daemons in it, sessions (transcripts), documents
//! made from tables, a mail server, pinned peers.

pub mod daemon;
pub mod load;
pub mod made;
pub mod peers;
pub mod ports;
pub mod pty;
pub mod scratch;
pub mod session;
pub mod smtp;

use std::fs;
use std::path::{Path, PathBuf};

/// The project's own folder.
pub fn project() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The binary under test.
pub fn recipe() -> PathBuf {
    PathBuf::from(env!("CARGO_BIN_EXE_recipe"))
}

/// The binary that is shipped, where it has been built: optimized, and in need of no library.
pub fn shipped() -> Option<PathBuf> {
    let target = recipe().parent()?.parent()?.to_owned();
    let triples = fs::read_dir(target).ok()?.flatten().map(|entry| entry.path().join("release/recipe"));
    triples.into_iter().find(|path| path.exists())
}

/// What a failed test says.
pub type Outcome = Result<(), libtest_mimic::Failed>;

/// What the descriptors of a process are of, as far as it has a name.
pub fn descriptors(pid: u32) -> Result<Vec<PathBuf>, libtest_mimic::Failed> {
    let all = fs::read_dir(format!("/proc/{pid}/fd"))?;
    // One may be closed meanwhile.
    Ok(all.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok()).collect())
}

/// The memory that a process has in use, in KiB.
pub fn resident(pid: u32) -> Result<u64, libtest_mimic::Failed> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
