//! From a command line to a file that can be executed: split as a shell does, looked for on the path, and checked. A
//! bad command line is an error of the start, not of the configuration.

use std::path::{Path, PathBuf};

use rustix::fs::Access;

use crate::conf::command::split;
use crate::conf::python::repr;

use super::core::request::Fault;

/// Where programs are looked for when no `PATH` is set.
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

/// What to execute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Program {
    /// The file.
    pub(super) file: PathBuf,
    /// The words of the command line, at least one.
    pub(super) words: Vec<String>,
}

/// Why a command cannot be executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The command line cannot be split: why.
    Unparsable(String, String),
    /// It holds no word.
    Empty,
    /// There is no such file.
    Missing(PathBuf),
    /// It is a folder.
    Folder(PathBuf),
    /// Nobody may execute it.
    NotExecutable(PathBuf),
    /// We may not execute it.
    NoPermission(PathBuf),
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let quoted = |path: &Path| repr(&path.to_string_lossy());
        match self {
            Self::Unparsable(command, why) => write!(f, "can't parse command {}: {why}", repr(command)),
            Self::Empty => f.write_str("command is empty"),
            Self::Missing(file) => write!(f, "can't find command {}", quoted(file)),
            Self::Folder(file) => write!(f, "command at {} is a directory", quoted(file)),
            Self::NotExecutable(file) => write!(f, "command at {} is not executable", quoted(file)),
            Self::NoPermission(file) => write!(f, "no permission to run command {}", quoted(file)),
        }
    }
}

impl From<Refusal> for Fault {
    fn from(refusal: Refusal) -> Self {
        let text = refusal.to_string();
        match refusal {
            Refusal::Missing(_) => Self::NoFile(text),
            Refusal::Unparsable(..)
            | Refusal::Empty
            | Refusal::Folder(_)
            | Refusal::NotExecutable(_)
            | Refusal::NoPermission(_) => Self::NotExecutable(text),
        }
    }
}

/// The program of a command line, looked for on `path` if its first word has no slash. The first file of that name
/// counts, even if it cannot be executed.
pub(super) fn resolve(command: &str, path: Option<&str>) -> Result<Program, Refusal> {
    let words = split(command).map_err(|why| Refusal::Unparsable(command.to_owned(), why.to_string()))?;
    let name = words.first().ok_or(Refusal::Empty)?;
    let file = if name.contains('/') { PathBuf::from(name) } else { search(name, path.unwrap_or(DEFAULT_PATH)) };
    check(&file)?;
    Ok(Program { file, words })
}

fn search(name: &str, path: &str) -> PathBuf {
    path.split(':').map(|folder| Path::new(folder).join(name)).find(|file| file.exists()).unwrap_or_else(|| name.into())
}

fn check(file: &Path) -> Result<(), Refusal> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(found) = std::fs::metadata(file) else { return Err(Refusal::Missing(file.to_owned())) };
    if found.is_dir() {
        Err(Refusal::Folder(file.to_owned()))
    } else if found.permissions().mode() & 0o111 == 0 {
        Err(Refusal::NotExecutable(file.to_owned()))
    } else if rustix::fs::access(file, Access::EXEC_OK).is_err() {
        Err(Refusal::NoPermission(file.to_owned()))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(command: &str, path: Option<&str>) -> Fault {
        resolve(command, path).unwrap_err().into()
    }

    #[test]
    fn words_and_file() {
        let program = resolve("sh -c 'a b'", None).unwrap();
        assert_eq!(program.file, Path::new("/bin/sh"));
        assert_eq!(program.words, ["sh", "-c", "a b"]);
    }

    #[test]
    fn refusals_read_as_the_originals() {
        let not_executable = |why: &str| Fault::NotExecutable(why.to_owned());
        assert_eq!(refused("", None), not_executable("command is empty"));
        let unparsable = "can't parse command \"cat 'x\": No closing quotation";
        assert_eq!(refused("cat 'x", None), not_executable(unparsable));
        assert_eq!(refused("nope", Some("/bin")), Fault::NoFile("can't find command 'nope'".to_owned()));
        assert_eq!(refused("/etc", None), not_executable("command at '/etc' is a directory"));
        assert_eq!(refused("/etc/passwd", None), not_executable("command at '/etc/passwd' is not executable"));
    }

    #[test]
    fn the_first_on_the_path_counts() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("sh"), "").unwrap();
        let path = format!("{}:/bin", folder.path().display());
        assert!(matches!(resolve("sh", Some(&path)), Err(Refusal::NotExecutable(_))));
    }
}
