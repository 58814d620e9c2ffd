//! The files of a project as a git revision has them: one `git cat-file --batch` answers all questions, and nothing is
//! checked out.
//!
//! Paths in the repository are read from the revision, symbolic links included. What lies outside of it (a shared base
//! manifest, a user's defaults) has no revision and is read as it is now.

use std::cell::RefCell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::Diagnostic;
use crate::base::seams::{Files, ReadError};

/// Larger files are no manifests, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Why a revision cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitError {
    /// `git` does not run, in the system's words.
    NoGit(String),
    /// The folder is in no repository.
    NoRepository(Utf8PathBuf),
    /// The repository has no such revision.
    NoRevision(String),
}

impl From<GitError> for Diagnostic {
    fn from(error: GitError) -> Self {
        match error {
            GitError::NoGit(why) => Self::error("no-git", None, format!("cannot run `git`: {why}")),
            GitError::NoRepository(folder) => {
                Self::error("no-repository", None, format!("`{folder}` is in no git repository"))
                    .help("compare with a folder: `--against DIR`")
            }
            GitError::NoRevision(name) => Self::error(
                "no-revision",
                None,
                format!("`{name}` is neither a folder nor a revision of this repository"),
            )
            .help("`git log --oneline` lists revisions; in CI the history may have to be fetched"),
        }
    }
}

/// Files of one revision.
pub struct GitFiles<'a> {
    /// The repository's folder, spelled as the project's paths are.
    top: Utf8PathBuf,
    /// The directory of the process.
    here: Utf8PathBuf,
    /// The commit's full name.
    commit: String,
    batch: RefCell<Batch>,
    outside: &'a dyn Files,
}

impl fmt::Debug for GitFiles<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitFiles").field("top", &self.top).field("commit", &self.commit).finish_non_exhaustive()
    }
}

impl<'a> GitFiles<'a> {
    /// The files of `revision` (a commit, branch, tag, `HEAD~2`) in the repository that holds the folder `project`, an
    /// absolute path. `outside` reads what is not in the repository, relative paths are relative to `here`.
    pub fn open(project: &Utf8Path, revision: &str, here: &Utf8Path, outside: &'a dyn Files) -> Result<Self, GitError> {
        let prefix =
            git(project, &["rev-parse", "--show-prefix"])?.ok_or_else(|| GitError::NoRepository(project.to_owned()))?;
        let name = format!("{revision}^{{commit}}");
        let is_option = revision.starts_with('-');
        let commit = if is_option { None } else { git(project, &["rev-parse", "--quiet", "--verify", &name])? };
        let commit = commit.ok_or_else(|| GitError::NoRevision(revision.to_owned()))?;
        let top = project.ancestors().nth(Utf8Path::new(&prefix).components().count()).unwrap_or(project);
        let batch = Batch::start(project).map_err(|error| GitError::NoGit(error.to_string()))?;
        let (top, here) = (top.to_owned(), here.to_owned());
        Ok(Self { top, here, commit, batch: RefCell::new(batch), outside })
    }

    /// The commit's full name.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// `path` relative to the repository; none if it is not in it.
    fn inside(&self, path: &str) -> Option<String> {
        let path = normalised(&self.here.join(path));
        path.strip_prefix(&self.top).ok().map(ToString::to_string)
    }

    fn object(&self, path: &str) -> Result<Object, ReadError> {
        if path.contains('\n') {
            return Err(ReadError::NotFound);
        }
        let answer = self.batch.borrow_mut().ask(&format!("{}:{path}", self.commit));
        answer.map_err(|error| ReadError::Other(format!("git cat-file: {error}")))
    }

    /// Where a symbolic link out of the repository leads; git gives it relative to the repository's folder.
    fn beyond(&self, target: &str) -> String {
        normalised(&self.top.join(target)).into_string()
    }
}

impl Files for GitFiles<'_> {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        let Some(inside) = self.inside(path) else { return self.outside.read(path) };
        match self.object(&inside)? {
            Object::Blob(bytes) => Ok(String::from_utf8(bytes)?),
            Object::Tree => Err(ReadError::Other("is a directory".into())),
            Object::Large => Err(ReadError::TooLarge(LARGEST)),
            Object::Outside(target) => self.outside.read(&self.beyond(&target)),
            Object::Missing => Err(ReadError::NotFound),
        }
    }

    fn exists(&self, path: &str) -> bool {
        let Some(inside) = self.inside(path) else { return self.outside.exists(path) };
        match self.object(&inside) {
            Ok(Object::Outside(target)) => self.outside.exists(&self.beyond(&target)),
            Ok(object) => object != Object::Missing,
            Err(_) => false,
        }
    }
}

/// What git has under a name.
#[derive(Debug, PartialEq, Eq)]
enum Object {
    Blob(Vec<u8>),
    Tree,
    /// More than [`LARGEST`] bytes.
    Large,
    /// A symbolic link that leaves the repository.
    Outside(String),
    Missing,
}

/// A running `git cat-file --batch`.
struct Batch {
    child: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Batch {
    fn start(folder: &Utf8Path) -> io::Result<Self> {
        let mut command = Command::new("git");
        command.args(["-C", folder.as_str(), "cat-file", "--batch", "--follow-symlinks"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        let questions = child.stdin.take();
        let answers = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { child, questions, answers: BufReader::new(answers) })
    }

    fn ask(&mut self, name: &str) -> io::Result<Object> {
        let questions = self.questions.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        questions.write_all(format!("{name}\n").as_bytes())?;
        questions.flush()?;
        let mut head = String::new();
        if self.answers.read_line(&mut head)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.object(head.trim_end())
    }

    /// The object after its heading: `ID blob SIZE`, `symlink SIZE`, or an excuse such as `NAME missing`, `dangling SIZE`.
    fn object(&mut self, head: &str) -> io::Result<Object> {
        let Some(size) = head.rsplit(' ').next().and_then(|size| size.parse().ok()) else {
            return Ok(Object::Missing);
        };
        let words: Vec<&str> = head.split(' ').collect();
        match words.as_slice() {
            [_, "blob", _] if size > LARGEST => self.skip(size).map(|()| Object::Large),
            [_, "blob", _] => self.content(size).map(Object::Blob),
            [_, "tree", _] => self.skip(size).map(|()| Object::Tree),
            ["symlink", _] => {
                let target = self.content(size)?;
                Ok(Object::Outside(String::from_utf8_lossy(&target).into_owned()))
            }
            ["dangling" | "loop" | "notdir", _] => self.skip(size).map(|()| Object::Missing),
            [.., "missing"] => Ok(Object::Missing),
            _ => self.skip(size).map(|()| Object::Missing),
        }
    }

    /// `size` bytes and the line end after them.
    fn content(&mut self, size: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        (&mut self.answers).take(size).read_to_end(&mut bytes)?;
        self.answers.read_exact(&mut [0])?;
        Ok(bytes)
    }

    fn skip(&mut self, size: u64) -> io::Result<()> {
        io::copy(&mut (&mut self.answers).take(size + 1), &mut io::sink()).map(drop)
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        // It ends when its input does; a zombie would stay if nobody asked how.
        self.questions = None;
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The first line that a `git` command prints in `folder`; none if it fails.
fn git(folder: &Utf8Path, arguments: &[&str]) -> Result<Option<String>, GitError> {
    let output = Command::new("git").args(["-C", folder.as_str()]).args(arguments).output();
    let output = output.map_err(|error| GitError::NoGit(error.to_string()))?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(output.status.success().then(|| text.lines().next().unwrap_or_default().to_owned()))
}

/// `path`, absolute, without `.` and `..`.
fn normalised(path: &Utf8Path) -> Utf8PathBuf {
    path.components().fold(Utf8PathBuf::new(), |mut out, component| {
        match component.as_str() {
            "." => {}
            ".." => drop(out.pop()),
            name => out.push(name),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    /// Nothing but one file, so that it shows who was asked.
    struct Outside;

    impl Files for Outside {
        fn read(&self, path: &str) -> Result<String, ReadError> {
            Ok(format!("outside: {path}"))
        }

        fn exists(&self, _path: &str) -> bool {
            true
        }
    }

    fn run(folder: &Utf8Path, arguments: &[&str]) {
        let identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"];
        let status = Command::new("git").args(["-C", folder.as_str()]).args(identity).args(arguments).output().unwrap();
        assert!(status.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&status.stderr));
    }

    /// A repository with the project `deploy/shop`, whose second revision differs from the first.
    fn repository() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let top = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap().join("top");
        let project = top.join("deploy/shop");
        fs::create_dir_all(project.join("templates")).unwrap();
        run(&top, &["init", "-q"]);
        fs::write(project.join("recipe.toml"), "first").unwrap();
        fs::write(project.join("templates/a.tera"), "a").unwrap();
        fs::write(project.join("bytes"), b"ab\xff").unwrap();
        fs::write(top.join("base.toml"), "base").unwrap();
        symlink("../../base.toml", project.join("link.toml")).unwrap();
        symlink("../../../beyond.toml", project.join("out.toml")).unwrap();
        symlink("nowhere", project.join("dangling.toml")).unwrap();
        run(&top, &["add", "-A"]);
        run(&top, &["commit", "-q", "-m", "first"]);
        fs::write(project.join("recipe.toml"), "second").unwrap();
        fs::write(project.join("new.toml"), "new").unwrap();
        run(&top, &["add", "-A"]);
        run(&top, &["commit", "-q", "-m", "second"]);
        (folder, project)
    }

    #[test]
    fn files_are_as_the_revision_has_them() {
        let (_keep, project) = repository();
        let files = GitFiles::open(&project, "HEAD~1", &project, &Outside).unwrap();
        assert_eq!(files.read("recipe.toml"), Ok("first".into()));
        assert_eq!(files.read(project.join("recipe.toml").as_str()), Ok("first".into()));
        assert_eq!(files.read("../../base.toml"), Ok("base".into()));
        assert_eq!(files.read("link.toml"), Ok("base".into()));
        assert_eq!(files.read("new.toml"), Err(ReadError::NotFound));
        assert_eq!(files.read("dangling.toml"), Err(ReadError::NotFound));
        assert_eq!(files.read("recipe.toml/x"), Err(ReadError::NotFound));
        assert!(matches!(files.read("bytes"), Err(ReadError::NotUtf8 { line: 1, column: 3, .. })));
        assert_eq!(files.read("templates"), Err(ReadError::Other("is a directory".into())));
        assert!(files.exists("templates/a.tera") && files.exists("templates") && !files.exists("new.toml"));
        assert_eq!(files.read("recipe.toml"), Ok("first".into()), "answers stay in step");
    }

    #[test]
    fn what_is_not_in_the_repository_is_read_as_it_is() {
        let (_keep, project) = repository();
        let files = GitFiles::open(&project, "main", &project, &Outside).unwrap();
        let beyond = project.ancestors().nth(3).unwrap().join("beyond.toml");
        assert_eq!(files.read("../../../beyond.toml"), Ok("outside: ../../../beyond.toml".into()));
        assert_eq!(files.read("out.toml"), Ok(format!("outside: {beyond}")));
        assert_eq!(files.read("/etc/x"), Ok("outside: /etc/x".into()));
    }

    #[test]
    fn what_is_no_revision_is_said() {
        let (keep, project) = repository();
        let open = |folder: &Utf8Path, revision: &str| GitFiles::open(folder, revision, folder, &Outside).map(drop);
        assert_eq!(open(&project, "nope"), Err(GitError::NoRevision("nope".into())));
        assert_eq!(open(&project, "--all"), Err(GitError::NoRevision("--all".into())));
        let above = Utf8Path::from_path(keep.path()).unwrap();
        assert_eq!(open(above, "HEAD"), Err(GitError::NoRepository(above.to_owned())));
    }
}
