//! Log files that the daemon names itself (`AUTO`): `NAME-stdout---IDENTIFIER-abcdefgh.log` in `childlogdir`. Those of
//! earlier runs are removed at the start.
//!
//! A file is made when something is first written to it or somebody wants to read it, or else when the daemon has time:
//! to make the files of a thousand programs can take longer than to start these.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz_01234";

/// A new name for a file.
pub(super) fn name(folder: &Path, process: &str, stream: &str, identifier: &str) -> io::Result<PathBuf> {
    Ok(folder.join(format!("{process}-{stream}---{identifier}-{}.log", random()?)))
}

/// Makes the file of a name, readable by its owner only. One that is there already is somebody else's.
pub(super) fn make(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path).map(drop)
}

/// Eight random letters.
fn random() -> io::Result<String> {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).map_err(|why| io::Error::other(why.to_string()))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

/// What could not be cleaned up.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// The folder cannot be listed.
    All,
    /// A file cannot be removed.
    File(PathBuf),
}

/// Removes the files that earlier runs of the daemon `identifier` have made, their rotated ones included.
pub(super) fn clean(folder: &Path, identifier: &str) -> Vec<Left> {
    let Ok(entries) = fs::read_dir(folder) else { return vec![Left::All] };
    let ours = |name: &str| is_old(name, identifier);
    let files = entries.flatten().filter(|entry| entry.file_name().to_str().is_some_and(ours));
    files.map(|entry| entry.path()).filter(|path| fs::remove_file(path).is_err()).map(Left::File).collect()
}

/// Whether `name` begins as the pattern `.+?---IDENTIFIER-\S+\.log\.{0,1}\d{0,4}` says.
fn is_old(name: &str, identifier: &str) -> bool {
    let marker = format!("---{identifier}-");
    name.match_indices(&marker).any(|(at, _)| {
        let rest = &name[at + marker.len()..];
        let word = rest.split(char::is_whitespace).next().unwrap_or_default();
        at > 0 && word.match_indices(".log").any(|(dot, _)| dot > 0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_files_are_known_by_their_names() {
        for old in
            ["cat-stdout---supervisor-abcdefgh.log", "cat-stdout---supervisor-abcdefgh.log.12", "c---supervisor-x.log"]
        {
            assert!(is_old(old, "supervisor"), "{old}");
        }
        for other in
            ["---supervisor-x.log", "cat---other-x.log", "cat---supervisor-.log", "cat---supervisor-x y.log", "x.log"]
        {
            assert!(!is_old(other, "supervisor"), "{other}");
        }
    }

    #[test]
    fn made_and_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        let path = name(folder.path(), "cat", "stdout", "me").unwrap();
        assert!(path.file_name().unwrap().to_str().unwrap().starts_with("cat-stdout---me-"));
        assert!(!path.exists());
        make(&path).unwrap();
        assert_eq!(make(&path).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        fs::write(folder.path().join("kept"), "").unwrap();
        assert_eq!(clean(folder.path(), "me"), []);
        assert!(!path.exists() && folder.path().join("kept").exists());
        assert_eq!(clean(&folder.path().join("no"), "me"), [Left::All]);
    }
}
