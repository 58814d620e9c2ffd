//! A file's new text, whole or not at all.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::plain;

/// Gives the file at `path` this text, durably. One that is there keeps its mode and, if that can be, its owner; a link stays
/// one. What is no plain file is refused, but for `/dev/null`, which stays what it is.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    replace_or_make(path, text, SHARED)
}

/// As [`replace`]; one that is not there yet is for its owner alone.
pub(super) fn replace_private(path: &Path, text: &[u8]) -> io::Result<()> {
    replace_or_make(path, text, PRIVATE)
}

/// The mode of a new file that is for whomever the umask lets.
const SHARED: u32 = 0o666;
/// The mode of a new file that is for its owner alone.
const PRIVATE: u32 = 0o600;

fn replace_or_make(path: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if plain::swallows(&path) {
        return Ok(());
    }
    plain::is_or_may_be(&path)?;
    let beside = beside(&path);
    let done = write_or_make(&path, &beside, text, mode).and_then(|()| rename(&beside, &path));
    if done.is_err() {
        let _ = fs::remove_file(&beside);
    }
    done
}

/// Puts the file `beside` in the place of `path`, durably.
pub(super) fn rename(beside: &Path, path: &Path) -> io::Result<()> {
    fs::rename(beside, path)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Where the new text is written first.
pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    name.into()
}

/// Writes `text` to the file `beside`, which becomes as `path` is.
pub(super) fn write(path: &Path, beside: &Path, text: &[u8]) -> io::Result<()> {
    write_or_make(path, beside, text, SHARED)
}

fn write_or_make(path: &Path, beside: &Path, text: &[u8], mode: u32) -> io::Result<()> {
    let old = fs::metadata(path).ok();
    // What is left of a run that was cut off may belong to somebody else by now.
    let _ = fs::remove_file(beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(old.as_ref().map_or(mode, |old| old.mode() & 0o7777));
    let mut file = options.open(beside)?;
    if let Some(old) = old {
        file.set_permissions(old.permissions())?;
        // Only root may give files away.
        let _ = fchown(&file, Some(old.uid()), Some(old.gid()));
    }
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_file_keeps_its_mode_and_a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("f"), folder.path().join("l"));
        replace(&file, b"one").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
        symlink(&file, &link).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(fs::read(&file).unwrap(), b"two");
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(replace(&folder.path().join("none/f"), b"").is_err());
        let pipe = folder.path().join("pipe");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
        assert_eq!(replace(&pipe, b"").unwrap_err().to_string(), "is a pipe, no plain file");
        fs::remove_file(&pipe).unwrap();
        let private = folder.path().join("p");
        replace_private(&private, b"three").unwrap();
        assert_eq!(fs::metadata(&private).unwrap().mode() & 0o777, 0o600);
    }
}
