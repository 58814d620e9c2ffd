//! The pid file: written once the pid is final, removed at the end by whoever wrote it; but not `/dev/null`, which who
//! wants none names.

use std::fs;
use std::io;
use std::path::PathBuf;

use super::special;

/// A pid file that we wrote. It goes away with this value.
#[derive(Debug)]
pub(super) struct PidFile {
    path: PathBuf,
}

impl PidFile {
    /// Writes our pid.
    pub(super) fn write(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        fs::write(&path, format!("{}\n", std::process::id()))?;
        Ok(Self { path })
    }
}

impl Drop for PidFile {
    fn drop(&mut self) {
        if !special::is_special(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_pid_and_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        let file = PidFile::write(&path).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), format!("{}\n", std::process::id()));
        drop(file);
        assert!(!path.exists());
        assert!(PidFile::write(folder.path()).is_err());
    }

    #[test]
    fn a_device_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nothing");
        std::os::unix::fs::symlink("/dev/null", &path).unwrap();
        drop(PidFile::write(&path).unwrap());
        assert!(path.is_symlink());
    }
}
