//! The program: where its file is, and whether it can be run.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::Access;

use crate::conf::python::repr;

/// A program that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// Its file, whatever the working folder.
    pub(super) file: PathBuf,
    /// Its file, as messages name it.
    pub(super) filename: String,
    /// Its words.
    pub(super) words: Vec<String>,
}

/// Where programs are looked for where nothing says so.
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

impl Program {
    /// Looks for it now, from the folder where the manager was started.
    pub(super) fn find(words: &[String]) -> Result<Self, String> {
        let path = std::env::var("PATH").ok().filter(|path| !path.is_empty());
        Self::find_on(words, path.as_deref().unwrap_or(DEFAULT_PATH))
    }

    fn find_on(words: &[String], path: &str) -> Result<Self, String> {
        let name = words.first().ok_or("no program specified (use positional args)")?;
        let filename = if name.contains('/') {
            if Path::new(name).metadata().is_err() {
                return Err(format!("can't stat program {}", repr(name)));
            }
            name.clone()
        } else {
            search(name, path).ok_or_else(|| {
                let folders: Vec<String> = path.split(':').map(repr).collect();
                format!("can't find program {} on PATH [{}]", repr(name), folders.join(", "))
            })?
        };
        if rustix::fs::access(&*filename, Access::EXEC_OK).is_err() {
            return Err(format!("no permission to run program {}", repr(&filename)));
        }
        let file = std::path::absolute(&filename).unwrap_or_else(|_| PathBuf::from(&filename));
        Ok(Self { file, filename, words: words.to_vec() })
    }
}

/// The first file of this name that somebody may execute.
fn search(name: &str, path: &str) -> Option<String> {
    let is_executable = |file: &Path| file.metadata().is_ok_and(|found| found.permissions().mode() & 0o111 != 0);
    let file = path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| is_executable(file))?;
    Some(file.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(name: &str, path: &str) -> Result<String, String> {
        Program::find_on(&[name.to_owned()], path).map(|program| program.filename)
    }

    #[test]
    fn it_is_found_or_the_original_says_why_not() {
        assert_eq!(find("sh", "/nowhere:/bin"), Ok("/bin/sh".to_owned()));
        assert_eq!(find("/bin/sh", ""), Ok("/bin/sh".to_owned()));
        assert_eq!(find("nosuch", "/a:/b"), Err("can't find program 'nosuch' on PATH ['/a', '/b']".to_owned()));
        assert_eq!(find("/no/such", ""), Err("can't stat program '/no/such'".to_owned()));
        assert_eq!(find("/etc/passwd", ""), Err("no permission to run program '/etc/passwd'".to_owned()));
        assert_eq!(Program::find_on(&[], ""), Err("no program specified (use positional args)".to_owned()));
    }
}
