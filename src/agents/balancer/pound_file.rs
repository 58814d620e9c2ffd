//! Pound by its configuration, as the original's `ctl` had it: a block is commented out or in, and Pound is restarted.
//!
//! The new text is checked by Pound before it takes the place of the old one. The restart is the caller's. It is due even if
//! the text is right already: nobody knows whether the Pound that runs has read it.

use std::fs;
use std::path::Path;

use super::{Balancer, Client, PATIENCE, Problem, Standing, connections};
use crate::agents::replace;
use crate::agents::shell::{self, Ended, Output};
use crate::conf::pound::{self, Place};

/// One Pound.
#[derive(Clone, Debug)]
pub struct PoundFile {
    /// Its configuration.
    pub conf: String,
    /// The program, which checks a configuration with `-c -f FILE`; one that cannot be found checks nothing.
    pub exe: String,
}

impl PoundFile {
    fn text(&self) -> Result<String, Problem> {
        fs::read_to_string(&self.conf).map_err(|why| Problem::File { verb: "read", path: self.conf.clone(), why })
    }

    fn wrong(&self) -> impl Fn(pound::Problem) -> Problem + '_ {
        |why| Problem::PoundFile { path: self.conf.clone(), why }
    }

    fn set(&self, client: &Client, place: Place) -> Result<(), Problem> {
        let text = self.text()?;
        let date = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let edited = pound::edit(&text, &[(&known(client), place)], &date).map_err(self.wrong())?;
        // It is about to be restarted: it must not stay away because of something else in its file.
        if edited == text { self.check(Path::new(&self.conf)) } else { self.write(&edited) }
    }

    fn write(&self, text: &str) -> Result<(), Problem> {
        let failed = |why| Problem::File { verb: "write", path: self.conf.clone(), why };
        let path = fs::canonicalize(&self.conf).map_err(failed)?;
        let beside = replace::beside(&path);
        replace::write(&path, &beside, text.as_bytes()).map_err(failed)?;
        let checked = self.check(&beside);
        if checked.is_err() {
            let _ = fs::remove_file(&beside);
            return checked;
        }
        replace::rename(&beside, &path).map_err(failed)
    }

    /// Lets Pound look at a file.
    fn check(&self, file: &Path) -> Result<(), Problem> {
        let quoted = |word: &str| shell_words::quote(word).into_owned();
        let command = format!("{} -c -f {} 2>&1", quoted(&self.exe), quoted(&file.to_string_lossy()));
        let run = shell::run(&command, b"", Output::Kept, PATIENCE);
        let (ended, says) = run.map_err(|why| Problem::NotRun { command: command.clone(), why })?;
        match ended {
            Ended::Exit(0 | NOT_FOUND) => Ok(()),
            ended => {
                let says = String::from_utf8_lossy(&says);
                let says = says.lines().next().unwrap_or_default().replace(&*file.to_string_lossy(), &self.conf);
                Err(Problem::Failed { command: format!("{} -c -f {}", self.exe, self.conf), ended, says })
            }
        }
    }
}

/// The shell's status for a program that is not there.
const NOT_FOUND: i32 = 127;

fn known(client: &Client) -> pound::Client {
    pound::Client { name: client.name.clone(), address: client.host.clone(), port: client.port }
}

impl Balancer for PoundFile {
    fn reads_at_start(&self) -> bool {
        true
    }

    fn standing(&mut self, client: &Client) -> Result<Standing, Problem> {
        let place = pound::place(&self.text()?, &known(client)).map_err(self.wrong())?;
        // One that is not in the file yet is added when it is put back.
        Ok(if place == Some(Place::In) { Standing::In } else { Standing::Out })
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, Place::Out)
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        connections::to(client)
    }

    fn close(&mut self, _: &Client) -> Result<(), Problem> {
        Ok(())
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, Place::In)
    }
}
