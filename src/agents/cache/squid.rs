//! Squid is stopped, its folder goes aside, an empty one is made, Squid is started, and the old folder is deleted.
//!
//! A purge that was cut off is done again from the beginning: a folder that is aside is deleted, whose ever it was.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use super::Problem;
use crate::agents::ctl::world::Turn;
use crate::agents::failure::Failure;
use crate::agents::shell::{self, Ended, Output};

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
        turn(Turn::Off).map_err(|why| vec![Problem::NotStopped(why)])?;
        let mut problems = Vec::new();
        if let Err(problem) = self.make_anew() {
            problems.push(problem.into());
        }
        if let Err(why) = turn(Turn::On) {
            problems.push(Problem::NotStarted(why));
        }
        if let Err(problem) = self.delete_aside() {
            problems.push(problem.into());
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    /// Beside the folder, under the original's name.
    fn aside(&self) -> String {
        format!("{}old", self.cache_dir.trim_end_matches('/'))
    }

    fn delete_aside(&self) -> Result<(), Failure> {
        let path = self.aside();
        match fs::remove_dir_all(&path) {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(Failure::File { verb: "delete", path, why }),
            _ => Ok(()),
        }
    }

    fn make_anew(&self) -> Result<(), Failure> {
        self.delete_aside()?;
        match fs::rename(&self.cache_dir, self.aside()) {
            // A purge that was cut off has got so far.
            Err(why) if why.kind() == ErrorKind::NotFound => {}
            Err(why) => return Err(Failure::File { verb: "rename", path: self.cache_dir.clone(), why }),
            Ok(()) => self.like_before()?,
        }
        // Without -N it goes on in the background, and holds the pid file against the one that is to be started.
        let command = format!("{} -N -f {} -z", shell_words::quote(&self.exe), shell_words::quote(&self.conf));
        let run = shell::run(&command, b"", Output::ToStderr, PATIENCE);
        match run.map_err(|why| Failure::NotRun { command: command.clone(), why })?.0 {
            Ended::Exit(0) => Ok(()),
            ended => Err(Failure::Failed { command, ended, says: String::new() }),
        }
    }

    /// Squid fills folders, but may not be allowed to make this one: it gets the owner and mode of the old one.
    fn like_before(&self) -> Result<(), Failure> {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let (old, new) = (self.aside(), Path::new(&self.cache_dir));
        let made = fs::metadata(old).and_then(|old| {
            fs::create_dir(new)?;
            fs::set_permissions(new, old.permissions())?;
            // Only root may give folders away.
            let _ = chown(new, Some(old.uid()), Some(old.gid()));
            Ok(())
        });
        made.map_err(|why| Failure::File { verb: "make", path: self.cache_dir.clone(), why })
    }
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
        fs::create_dir_all(folder.path().join("cache/old entries")).unwrap();
        // A purge before this one was cut off.
        fs::create_dir_all(folder.path().join("cacheold/x")).unwrap();
        let mut turns = Vec::new();
        let mut note = |turn| {
            turns.push(turn);
            Ok(())
        };
        squid.purge(&mut note).unwrap();
        assert_eq!(turns, [Turn::Off, Turn::On]);
        assert!(folder.path().join("cache/00").exists() && !folder.path().join("cache/old entries").exists());
        assert!(!folder.path().join("cacheold").exists());
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
        fs::create_dir_all(folder.path().join("cache/kept")).unwrap();
        assert_eq!(squid.purge(&mut |_| Err("no".to_owned())).unwrap_err().len(), 1);
        assert!(folder.path().join("cache/kept").exists());
    }
}
