//! Squid is stopped, its folder goes aside, an empty one is made, Squid is started, and the old folder is deleted.
//!
//! Only a folder in which there is nothing but what a Squid makes is moved, and only one that was moved by this is deleted: a mark in
//! it says so, which it gets before it goes aside. A purge that was cut off is done again from the beginning: what is aside by our
//! mark comes back, or is deleted if there is a new folder already. If the empty one cannot be made, the old one comes back.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Problem;
use crate::agents::ctl::world::Turn;
use crate::agents::failure::Failure;
use crate::agents::shell::{self, Ended, Output};

/// The file that marks a folder as one that a purge moves.
const MARK: &str = ".purge";

/// How long the making of an empty folder may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// One Squid.
#[derive(Clone, Debug)]
pub struct Squid {
    /// The folder of what is cached.
    pub cache_dir: String,
    /// The program.
    pub exe: String,
    /// Its configuration.
    pub conf: String,
}

impl Squid {
    /// Makes it forget; `turn` stops it, and comes back when it has ended, or starts it. Once it is stopped it is started
    /// again, whatever goes wrong in between; all that does is told.
    pub fn purge(&self, turn: &mut dyn FnMut(Turn) -> Result<(), String>) -> Result<(), Vec<Problem>> {
        let folder = Folder::of(&self.cache_dir);
        folder.may_be_moved().map_err(|problem| vec![problem])?;
        turn(Turn::Off).map_err(|why| vec![Problem::NotStopped(why)])?;
        let mut problems = self.make_anew(&folder).err().unwrap_or_default();
        // What could not be put back is all that there is.
        let is_made = problems.is_empty();
        if let Err(why) = turn(Turn::On) {
            problems.push(Problem::NotStarted(why));
        }
        let deleted = if is_made { folder.delete_aside() } else { Ok(()) };
        problems.extend(deleted.err().map(Problem::from));
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn make_anew(&self, folder: &Folder) -> Result<(), Vec<Problem>> {
        let is_moved = folder.move_aside().map_err(|failure| vec![failure.into()])?;
        let made = if is_moved { folder.like_before() } else { Ok(()) };
        let Err(failure) = made.and_then(|()| self.fill()) else { return Ok(()) };
        if !is_moved {
            return Err(vec![failure.into()]);
        }
        let back = folder.put_back().map_or_else(Problem::from, |()| Problem::PutBack(self.cache_dir.clone()));
        Err(vec![failure.into(), back])
    }

    /// Lets Squid make an empty cache.
    fn fill(&self) -> Result<(), Failure> {
        // Without -N it goes on in the background, and holds the pid file against the one that is to be started.
        let command = format!("{} -N -f {} -z", shell_words::quote(&self.exe), shell_words::quote(&self.conf));
        let run = shell::run(&command, b"", Output::ToStderr, PATIENCE);
        match run.map_err(|why| Failure::NotRun { command: command.clone(), why })?.0 {
            Ended::Exit(0) => Ok(()),
            ended => Err(Failure::Failed { command, ended, says: String::new() }),
        }
    }
}

/// The folder of a cache, and the one beside it to which it goes.
struct Folder {
    path: PathBuf,
    aside: PathBuf,
}

impl Folder {
    /// A link stays one: what it names is the folder.
    fn of(cache_dir: &str) -> Self {
        let path = fs::canonicalize(cache_dir).unwrap_or_else(|_| PathBuf::from(cache_dir.trim_end_matches('/')));
        let mut aside = path.clone().into_os_string();
        // The original's name.
        aside.push("old");
        Self { path, aside: aside.into() }
    }

    /// Whether nothing is lost by it that is not the cache's.
    fn may_be_moved(&self) -> Result<(), Problem> {
        if exists(&self.aside) && !self.is_aside() {
            return Err(Problem::Occupied { path: shown(&self.aside) });
        }
        let unread = |why| Problem::from(failed("read", &self.path, why));
        let entries = match fs::read_dir(&self.path) {
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(unread)?,
        };
        for entry in entries {
            let entry = entry.map_err(unread)?;
            let is_folder = entry.file_type().map_err(unread)?.is_dir();
            let name = entry.file_name().to_string_lossy().into_owned();
            if !is_of_cache(&name, is_folder) {
                return Err(Problem::NotCache { path: shown(&self.path), holds: name });
            }
        }
        Ok(())
    }

    /// Whether the folder aside is one that a purge has moved there.
    fn is_aside(&self) -> bool {
        exists(&self.aside.join(MARK))
    }

    /// Moves it, if it is there.
    fn move_aside(&self) -> Result<bool, Failure> {
        // Such a purge has got so far, and was cut off.
        if self.is_aside() && !exists(&self.path) {
            fs::rename(&self.aside, &self.path).map_err(|why| failed("rename", &self.aside, why))?;
        }
        self.delete_aside()?;
        if !exists(&self.path) {
            return Ok(false);
        }
        let mark = self.path.join(MARK);
        fs::write(&mark, "").map_err(|why| failed("write", &mark, why))?;
        fs::rename(&self.path, &self.aside).map_err(|why| {
            let _ = fs::remove_file(&mark);
            failed("rename", &self.path, why)
        })?;
        Ok(true)
    }

    /// Squid fills folders, but may not be allowed to make this one: it gets the owner and mode of the old one.
    fn like_before(&self) -> Result<(), Failure> {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let made = fs::metadata(&self.aside).and_then(|old| {
            fs::create_dir(&self.path)?;
            fs::set_permissions(&self.path, old.permissions())?;
            // Only root may give folders away.
            let _ = chown(&self.path, Some(old.uid()), Some(old.gid()));
            Ok(())
        });
        made.map_err(|why| failed("make", &self.path, why))
    }

    /// Undoes the move. What is in its place was made since.
    fn put_back(&self) -> Result<(), Failure> {
        delete(&self.path)?;
        fs::rename(&self.aside, &self.path).map_err(|why| failed("rename", &self.aside, why))?;
        let _ = fs::remove_file(self.path.join(MARK));
        Ok(())
    }

    /// Deletes what was moved aside.
    fn delete_aside(&self) -> Result<(), Failure> {
        if self.is_aside() { delete(&self.aside) } else { Ok(()) }
    }
}

fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn delete(path: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(path) {
        Err(why) if why.kind() != ErrorKind::NotFound => Err(failed("delete", path, why)),
        _ => Ok(()),
    }
}

fn failed(verb: &'static str, path: &Path, why: io::Error) -> Failure {
    Failure::File { verb, path: shown(path), why }
}

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Whether a Squid, or a purge, makes an entry of this name in the folder of a cache: the folders `00` to `FF` of ufs, aufs and
/// diskd, the file of rock, the index, what is known of the network, and what a crash leaves.
fn is_of_cache(name: &str, is_folder: bool) -> bool {
    if is_folder {
        return name.len() == 2 && name.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
    }
    let is = |word: &str| name == word || name.strip_prefix(word).is_some_and(|rest| rest.starts_with('.'));
    name == MARK || name == "rock" || ["swap.state", "netdb.state", "core"].into_iter().any(is)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A squid whose program does what `script` says.
    fn squid(folder: &Path, script: &str) -> Squid {
        let exe = folder.join("squid");
        fs::write(&exe, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&exe, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        Squid { cache_dir: path("cache"), exe: path("squid"), conf: path("a b.conf") }
    }

    #[test]
    fn a_purge_makes_the_folder_anew() {
        let folder = tempfile::tempdir().unwrap();
        let squid = squid(folder.path(), "cd \"$(dirname \"$0\")\" && test \"$1$2$4\" = -N-f-z && mkdir cache/00");
        // A purge before this one was cut off.
        for path in ["cache/00/0A", "cacheold/00"] {
            fs::create_dir_all(folder.path().join(path)).unwrap();
        }
        for path in ["cache/swap.state", "cache/netdb.state", "cacheold/.purge"] {
            fs::write(folder.path().join(path), "").unwrap();
        }
        let mut turns = Vec::new();
        let mut note = |turn| {
            turns.push(turn);
            Ok(())
        };
        squid.purge(&mut note).unwrap();
        assert_eq!(turns, [Turn::Off, Turn::On]);
        assert_eq!(all(folder.path()), ["cache", "cache/00", "squid"]);
    }

    /// What is below a folder.
    fn all(folder: &Path) -> Vec<String> {
        let mut found = Vec::new();
        let mut left = vec![folder.to_owned()];
        while let Some(below) = left.pop() {
            for entry in fs::read_dir(below).unwrap().flatten() {
                found.push(entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned());
                left.extend(entry.file_type().unwrap().is_dir().then(|| entry.path()));
            }
        }
        found.sort();
        found
    }

    fn words(problems: &[Problem]) -> Vec<String> {
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn only_a_folder_of_a_squid_is_moved_and_only_what_was_moved_is_deleted() {
        for (foreign, why) in [
            ("cache/thesis.odt", "cache holds `thesis.odt`, which no Squid has made there"),
            ("cache/ssl_db/index", "cache holds `ssl_db`, which no Squid has made there"),
            ("cacheold/thesis.odt", "cacheold is there already, and no purge has put it there"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            let squid = squid(folder.path(), "exit 0");
            for path in ["cache/00", "cache/FF"].into_iter().chain(Path::new(foreign).parent().and_then(Path::to_str)) {
                fs::create_dir_all(folder.path().join(path)).unwrap();
            }
            fs::write(folder.path().join(foreign), "years").unwrap();
            let before = all(folder.path());
            let problems = squid.purge(&mut |turn| panic!("{turn:?}")).unwrap_err();
            assert!(words(&problems)[0].contains(why), "{problems:?}");
            assert_eq!(all(folder.path()), before);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_anew_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let squid = squid(folder.path(), "cd \"$(dirname \"$0\")\"; mkdir cache/00; exit 3");
        fs::create_dir_all(folder.path().join("cache/0A")).unwrap();
        let mut turns = Vec::new();
        let mut note = |turn| {
            // It is back before Squid is.
            turns.push((turn, folder.path().join("cache/0A").exists()));
            Ok(())
        };
        let told = words(&squid.purge(&mut note).unwrap_err());
        assert!(
            told[0].ends_with("-z` failed, exit status 3") && told[1].ends_with("cache keeps what it had"),
            "{told:?}"
        );
        assert_eq!(turns, [(Turn::Off, true), (Turn::On, true)]);
        assert_eq!(all(folder.path()), ["cache", "cache/0A", "squid"]);
    }

    #[test]
    fn one_that_was_cut_off_while_the_folder_was_aside_begins_with_that() {
        let folder = tempfile::tempdir().unwrap();
        let squid = squid(folder.path(), "exit 3");
        fs::create_dir_all(folder.path().join("cacheold/0A")).unwrap();
        fs::write(folder.path().join("cacheold/.purge"), "").unwrap();
        squid.purge(&mut |_| Ok(())).unwrap_err();
        assert_eq!(all(folder.path()), ["cache", "cache/0A", "squid"]);
    }

    #[test]
    fn it_is_started_whatever_goes_wrong_but_not_if_it_never_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let squid = squid(folder.path(), "exit 3");
        let mut turns = Vec::new();
        let mut note = |turn| {
            turns.push(turn);
            Ok(())
        };
        let problems = squid.purge(&mut note).unwrap_err();
        assert!(problems[0].to_string().ends_with("-z` failed, exit status 3"), "{}", problems[0]);
        assert_eq!(turns, [Turn::Off, Turn::On]);
        fs::create_dir_all(folder.path().join("cache/00")).unwrap();
        assert_eq!(squid.purge(&mut |_| Err("no".to_owned())).unwrap_err().len(), 1);
        assert_eq!(all(folder.path()), ["cache", "cache/00", "squid"]);
    }
}
