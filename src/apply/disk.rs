//! Every way in which a build changes the disk, so that tests can cut it off at each of them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt, fchown, symlink};

use camino::Utf8Path;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::durable::sync_all;

/// The user and group that own a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
}

/// Changing the disk.
pub trait Disk {
    /// Makes one folder, 0755 less the umask.
    fn make_folder(&self, path: &Utf8Path) -> io::Result<()>;
    /// Removes a folder if it is empty.
    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()>;
    /// Makes a file of exactly this mode, which was never more open than it is in the end. One that is there already is
    /// replaced. The file is returned, to be synced.
    fn write(&self, path: &Utf8Path, bytes: &[u8], mode: u32, owner: Option<Owner>) -> io::Result<File>;
    /// Makes a symbolic link.
    fn link(&self, to: &Utf8Path, path: &Utf8Path) -> io::Result<()>;
    /// Renames a file, over what is there.
    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()>;
    /// Two files change places at once. [`ErrorKind::Unsupported`] where the file system cannot do that.
    fn exchange(&self, one: &Utf8Path, other: &Utf8Path) -> io::Result<()>;
    /// Removes a file; it is no error if there is none.
    fn remove(&self, path: &Utf8Path) -> io::Result<()>;
    /// Opens a folder whose names shall be synced.
    fn open_folder(&self, path: &Utf8Path) -> io::Result<File>;
    /// Makes what is in files, and the names in folders, durable; one result for each.
    fn sync(&self, files: &[File]) -> Vec<io::Result<()>>;
}

/// The disk itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl Disk for RealDisk {
    fn make_folder(&self, path: &Utf8Path) -> io::Result<()> {
        fs::DirBuilder::new().mode(0o755).create(path)
    }

    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8], mode: u32, owner: Option<Owner>) -> io::Result<File> {
        let mut file = create_new(path)?;
        if let Some(owner) = owner {
            fchown(&file, Some(owner.uid), Some(owner.gid))?;
        }
        file.write_all(bytes)?;
        file.set_permissions(fs::Permissions::from_mode(mode))?;
        Ok(file)
    }

    fn link(&self, to: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
        symlink(to, path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn exchange(&self, one: &Utf8Path, other: &Utf8Path) -> io::Result<()> {
        match renameat_with(CWD, one.as_std_path(), CWD, other.as_std_path(), RenameFlags::EXCHANGE) {
            Err(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP) => Err(ErrorKind::Unsupported.into()),
            result => result.map_err(io::Error::from),
        }
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        absent_is_fine(fs::remove_file(path))
    }

    fn open_folder(&self, path: &Utf8Path) -> io::Result<File> {
        File::open(path)
    }

    fn sync(&self, files: &[File]) -> Vec<io::Result<()>> {
        sync_all(files)
    }
}

/// A new file for its owner alone. A file of that name is one that a build left behind: the name is ours.
fn create_new(path: &Utf8Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            fs::remove_file(path)?;
            create()
        }
        result => result,
    }
}

/// Nothing where there is nothing.
pub(super) fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_its_mode_whatever_the_umask() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("x");
        for mode in [0o600, 0o644, 0o755, 0o777] {
            RealDisk.write(&path, b"x", mode, None).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, mode);
        }
    }

    #[test]
    fn two_files_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let (one, other) = (folder.join("one"), folder.join("other"));
        fs::write(&one, "1").unwrap();
        fs::write(&other, "2").unwrap();
        RealDisk.exchange(&one, &other).unwrap();
        assert_eq!(fs::read_to_string(one).unwrap(), "2");
    }
}
