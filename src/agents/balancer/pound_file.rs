//! Pound by its configuration, as the original's `ctl` had it: a block is commented out or in, and Pound is restarted.
//!
//! The new text is checked by Pound before it takes the place of the old one. The restart is the caller's. It is due even if
//! the text is right already: nobody knows whether the Pound that runs has read it.

use std::fs;
use std::path::Path;

use super::{Balancer, Client, PATIENCE, Place, Problem, Standing, View, connections};
use crate::agents::failure::Failure;
use crate::agents::plain;
use crate::agents::replace;
use crate::agents::shell::{self, Ended, Output};
use crate::conf::pound;

/// One Pound.
#[derive(Clone, Debug)]
pub struct PoundFile {
    /// Its configuration.
    pub conf: String,
    /// The program, which checks a configuration with `-c -f FILE`; one that cannot be found checks nothing.
    pub exe: String,
}

impl PoundFile {
    fn text(&self) -> Result<String, Failure> {
        plain::text(Path::new(&self.conf)).map_err(|why| Failure::File { verb: "read", path: self.conf.clone(), why })
    }

    fn wrong(&self) -> impl Fn(pound::Problem) -> Problem + '_ {
        |why| Problem::PoundFile { path: self.conf.clone(), why }
    }

    /// The client under each address that its blocks are written with, `localhost` or `127.0.0.1`; as we would write it,
    /// where it has no block.
    fn own(&self, text: &str, client: &Client) -> Result<Vec<pound::Client>, Problem> {
        let mut own: Vec<pound::Client> = Vec::new();
        let mut may_be_another = false;
        for (address, port) in pound::ends(text).map_err(self.wrong())?.into_iter().filter(|end| end.1 == client.port) {
            may_be_another |= !connections::has_address(&address, port);
            let known = pound::Client { name: client.name.clone(), address, port };
            if !own.contains(&known) && connections::are_same(&known.address, &client.host, port) {
                own.push(known);
            }
        }
        if own.is_empty() && may_be_another {
            return Err(Problem::Unknown { place: self.conf.clone(), client: client.address() });
        }
        if own.is_empty() {
            own.push(pound::Client { name: client.name.clone(), address: client.host.clone(), port: client.port });
        }
        Ok(own)
    }

    /// The text with a client in its place. One without a block gets one.
    fn edited(&self, text: &str, client: &Client, place: pound::Place) -> Result<String, Problem> {
        let own = self.own(text, client)?;
        let date = jiff::Zoned::now().strftime("%Y-%m-%dT%H:%M:%S").to_string();
        let places: Vec<(&pound::Client, pound::Place)> = own.iter().map(|known| (known, place)).collect();
        pound::edit(text, &places, &date).map_err(self.wrong())
    }

    fn set(&self, client: &Client, place: pound::Place) -> Result<(), Problem> {
        let text = self.text()?;
        let edited = self.edited(&text, client, place)?;
        // It is about to be restarted: it must not stay away because of something else in its file.
        let done = if edited == text { self.check(Path::new(&self.conf)) } else { self.write(&edited) };
        Ok(done?)
    }

    fn write(&self, text: &str) -> Result<(), Failure> {
        let failed = |why| Failure::File { verb: "write", path: self.conf.clone(), why };
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
    fn check(&self, file: &Path) -> Result<(), Failure> {
        let quoted = |word: &str| shell_words::quote(word).into_owned();
        let command = format!("{} -c -f {} 2>&1", quoted(&self.exe), quoted(&file.to_string_lossy()));
        let run = shell::run(&command, b"", Output::Kept, PATIENCE);
        let (ended, says) = run.map_err(|why| Failure::NotRun { command: command.clone(), why })?;
        match ended {
            Ended::Exit(0 | NOT_FOUND) => Ok(()),
            ended => {
                let says = String::from_utf8_lossy(&says);
                let says = says.lines().next().unwrap_or_default().replace(&*file.to_string_lossy(), &self.conf);
                Err(Failure::Failed { command: format!("{} -c -f {}", self.exe, self.conf), ended, says })
            }
        }
    }
}

/// The shell's status for a program that is not there.
const NOT_FOUND: i32 = 127;

impl Balancer for PoundFile {
    fn reads_at_start(&self) -> bool {
        true
    }

    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem> {
        Ok(Box::new(Seen { text: self.text()?, by: self }))
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, pound::Place::Out)
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        connections::to(client)
    }

    fn close(&mut self, _: &Client) -> Result<(), Problem> {
        Ok(())
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.set(client, pound::Place::In)
    }
}

/// What its file has at one moment.
struct Seen<'p> {
    by: &'p PoundFile,
    text: String,
}

impl View for Seen<'_> {
    fn standing(&self, client: &Client) -> Result<Standing, Problem> {
        let (by, text) = (self.by, &self.text);
        let mut standing = Standing::Absent;
        for known in by.own(text, client)? {
            match pound::place(text, &known).map_err(by.wrong())? {
                Some(pound::Place::In) => return Ok(Standing::In),
                Some(pound::Place::Out) => standing = Standing::Out,
                None => {}
            }
        }
        // One that is not in the file yet is added when its turn comes, if it is known where.
        by.edited(text, client, pound::Place::Out).map(|_| standing)
    }

    fn places(&self) -> Result<Vec<Place>, Problem> {
        let ends = pound::ends(&self.text).map_err(self.by.wrong())?;
        Ok(ends.into_iter().map(|end| Place { name: None, end: Some(end) }).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(conf: &str, act: impl FnOnce(&mut PoundFile, &Client)) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pound.cfg");
        fs::write(&path, conf).unwrap();
        let mut pound = PoundFile { conf: path.display().to_string(), exe: "/nowhere/pound".to_owned() };
        let client = Client { name: "a".into(), server: "a".into(), host: "localhost".into(), port: 81 };
        act(&mut pound, &client);
        fs::read_to_string(&path).unwrap()
    }

    const BLOCK: &str = "Service\n    BackEnd\n        Address 127.0.0.1\n        Port 81\n    End\nEnd\n";

    #[test]
    fn a_client_is_found_by_where_it_is_not_by_how_that_is_written() {
        let after = with(BLOCK, |pound, client| {
            assert_eq!(pound.standing(client).unwrap(), Standing::In);
            pound.drain(client).unwrap();
            assert_eq!(pound.standing(client).unwrap(), Standing::Out);
        });
        assert!(after.contains("#Address 127.0.0.1") && !after.contains("localhost"), "{after}");
        let after = with(&after, |pound, client| pound.put_back(client).unwrap());
        assert_eq!(after.matches("BackEnd").count(), 1, "{after}");
        assert!(!after.contains("#Address"), "{after}");
    }

    #[test]
    fn one_without_a_block_gets_one() {
        let other = BLOCK.replace("81", "82");
        let after = with(&other, |pound, client| {
            assert_eq!(pound.standing(client).unwrap(), Standing::Absent);
            pound.drain(client).unwrap();
            assert_eq!(pound.standing(client).unwrap(), Standing::Out);
            pound.put_back(client).unwrap();
            assert_eq!(pound.standing(client).unwrap(), Standing::In);
        });
        assert_eq!(after.matches("Address").count(), 2, "{after}");
    }

    #[test]
    fn one_that_may_have_a_block_or_of_which_nobody_knows_where_it_belongs_is_told_before_anything_is_done() {
        for (conf, why) in [
            // It may be this one, by a name that cannot be found now.
            (BLOCK.replace("127.0.0.1", "nowhere.invalid"), "pound.cfg has no server localhost:81"),
            (BLOCK.replace("81", "82").repeat(2), "which of 2 `Service`s it belongs to"),
        ] {
            let after = with(&conf, |pound, client| {
                for problem in [pound.standing(client).map(|_| ()), pound.drain(client)] {
                    let problem = problem.unwrap_err().to_string();
                    assert!(problem.contains(why), "{problem}");
                }
            });
            assert_eq!(after, conf);
        }
    }
}
