//! The mail of a run: its critical events together. It waits until it is sent, so that one that cannot be, because the server
//! is away or this process is killed, is sent with the next run, whatever that run finds. So are the events of a run that
//! was killed before its mail ([`super::draft`]).
//!
//! A mail that can never be sent, as its server refuses it or nobody is named to send it from, is lost: that is told, and of
//! those of earlier runs each line, as this one's events have been told already. So is one that can be sent later, but for which
//! there is no place to wait: neither the file, nor the draft.
//!
//! What waits stands in a file, a mail a line, readable by its owner alone. Of more than a hundred the oldest are dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::draft;
use super::report::Level;
use crate::agents::inode;
use crate::agents::mail::{Mail, Mailer};
use crate::agents::plain;

/// So many mails wait at most.
const MOST: usize = 100;
/// The largest file of them that is read.
const LARGEST: u64 = 64 * 1024 * 1024;

/// How much of a line that is no mail is shown, in characters.
const SHOWN: usize = 60;

/// Where mails go.
#[derive(Debug)]
pub struct Post {
    /// The way; the reason why there is none.
    pub mailer: Result<Mailer, String>,
    /// The sender.
    pub from: Option<String>,
    /// Who gets them; nobody: there are no mails.
    pub to: Vec<String>,
    /// Their subject.
    pub subject: String,
    /// Where they wait.
    pub spool: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct Waiting {
    from: Option<String>,
    to: Vec<String>,
    subject: Option<String>,
    body: String,
}

impl Post {
    /// Sends what waits, what runs that were killed have left, then the events; what is worth telling of that. `safe` is called
    /// once the events are where the next run finds them, or with their recipients. Until then the next run finds them if they
    /// are kept by this one, `is_kept`.
    pub(super) fn deliver(&self, critical: &[String], is_kept: bool, safe: &mut dyn FnMut()) -> Vec<(Level, String)> {
        let mut told = Vec::new();
        if self.to.is_empty() {
            return told;
        }
        if plain::swallows(&self.spool) {
            return self.deliver_now(critical);
        }
        let mut orphans = draft::orphans(&self.spool);
        let left = orphans.iter().map(|(text, _)| text.clone());
        let own = (!critical.is_empty()).then(|| critical.join("\n") + "\n");
        let may_be_lost = own.is_some() && !is_kept;
        let new: Vec<Mail> = left.chain(own).filter(|text| !text.is_empty()).map(|body| self.mail(body)).collect();
        let mut all_safe = || {
            for (_, draft) in &mut orphans {
                draft.discard();
            }
            safe();
        };
        if new.is_empty() && !self.spool.exists() {
            all_safe();
            return told;
        }
        let (unsent, is_spooled) = match self.open() {
            Ok(mut spool) => self.send_all(&mut spool, new, critical, &mut all_safe, &mut told),
            Err(why) => {
                told.push((Level::Error, format!("cannot open {}: {why}", self.spool.display())));
                (self.send(new, critical, &mut told), false)
            }
        };
        if unsent.mails.is_empty() || is_spooled {
            all_safe();
        }
        let is_lost = may_be_lost && !is_spooled;
        told.extend(unsent.why.map(|why| {
            if is_lost {
                cannot_wait(&why)
            } else {
                (Level::Error, format!("cannot send the mail, it waits for the next run: {why}"))
            }
        }));
        told
    }

    /// As [`Self::deliver`], where nothing waits.
    fn deliver_now(&self, critical: &[String]) -> Vec<(Level, String)> {
        let mut told = Vec::new();
        let own = (!critical.is_empty()).then(|| self.mail(critical.join("\n") + "\n"));
        let unsent = self.send(own.into_iter().collect(), critical, &mut told);
        told.extend(unsent.why.as_deref().map(cannot_wait));
        told
    }

    fn mail(&self, body: String) -> Mail {
        Mail { from: self.from.clone(), to: self.to.clone(), subject: Some(self.subject.clone()), body }
    }

    /// With a file in which they wait: what has yet to be sent, and whether it stands there.
    fn send_all(
        &self,
        spool: &mut File,
        new: Vec<Mail>,
        critical: &[String],
        safe: &mut dyn FnMut(),
        told: &mut Vec<(Level, String)>,
    ) -> (Unsent, bool) {
        let (mut mails, broken) = read(spool);
        told.extend(
            broken.iter().map(|line| {
                (Level::Error, format!("{}: what is no mail is passed over: {line:?}", self.spool.display()))
            }),
        );
        let before = mails.len();
        let cannot_write = |why: &io::Error| (Level::Error, format!("cannot write {}: {why}", self.spool.display()));
        let added = new.iter().try_for_each(|new| add(spool, new));
        match &added {
            Ok(()) => safe(),
            Err(why) => told.push(cannot_write(why)),
        }
        mails.extend(new);
        let unsent = self.send(mails, critical, told);
        if before == 0 && unsent.mails.is_empty() {
            // What is empty need not stay.
            let _ = std::fs::remove_file(&self.spool);
            return (unsent, true);
        }
        let dropped = unsent.mails.len().saturating_sub(MOST);
        if dropped > 0 {
            told.push((Level::Critical, format!("{dropped} mails that waited are lost, as more than {MOST} wait")));
            told.extend(unsent.mails[..dropped].iter().flat_map(|mail| lost(mail, critical)));
        }
        let written = write(spool, &unsent.mails[dropped..]);
        if unsent.mails.is_empty() && written.is_ok() {
            let _ = std::fs::remove_file(&self.spool);
        }
        // Once, if it is the same each time.
        told.extend(written.as_ref().err().filter(|_| added.is_ok()).map(cannot_write));
        (unsent, added.is_ok() || written.is_ok())
    }

    /// Sends the mails in order. After the first that may pass later, the server is not asked again.
    fn send(&self, mails: Vec<Mail>, critical: &[String], told: &mut Vec<(Level, String)>) -> Unsent {
        let mut unsent = Unsent::default();
        for mail in mails {
            if unsent.why.is_some() {
                unsent.mails.push(mail);
                continue;
            }
            let sent = match &self.mailer {
                Ok(mailer) => mailer.send(&mail),
                Err(why) => {
                    told.push((Level::Critical, format!("cannot send the mail, it is lost: {why}")));
                    told.extend(lost(&mail, critical));
                    continue;
                }
            };
            match sent {
                Ok(refused) => told.extend(refused.iter().map(|refusal| (Level::Error, format!("mail: {refusal}")))),
                Err(problem) if problem.may_pass() => {
                    unsent.why = Some(problem.to_string());
                    unsent.mails.push(mail);
                }
                Err(problem) => {
                    told.push((Level::Critical, format!("cannot send the mail, it is lost: {problem}")));
                    told.extend(lost(&mail, critical));
                }
            }
        }
        unsent
    }

    /// The file of those that wait, locked. Another run may have removed it meanwhile: then there is a new one.
    fn open(&self) -> io::Result<File> {
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600);
            let file = plain::open_as(&mut options, &self.spool)?;
            file.lock()?;
            if inode::is_at(&file, &self.spool) {
                return Ok(file);
            }
        }
    }
}

/// What has yet to be sent.
#[derive(Default)]
struct Unsent {
    mails: Vec<Mail>,
    /// Why the first of them could not be.
    why: Option<String>,
}

fn cannot_wait(why: &str) -> (Level, String) {
    (Level::Critical, format!("cannot send the mail, and it cannot wait, so it is lost: {why}"))
}

/// What a mail would have told, line by line, but for what this run has told itself.
fn lost(mail: &Mail, critical: &[String]) -> Vec<(Level, String)> {
    let unsaid = mail.body.lines().filter(|line| !critical.iter().any(|own| own == line));
    unsaid.map(|line| (Level::Error, format!("lost: {line}"))).collect()
}

/// Those that wait, and how other lines begin: what was cut off, or was written by somebody else. One such line is no harm to the
/// others.
fn read(spool: &mut File) -> (Vec<Mail>, Vec<String>) {
    let (mut bytes, mut mails, mut broken) = (Vec::new(), Vec::new(), Vec::new());
    let _ = spool.take(LARGEST).read_to_end(&mut bytes);
    for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
        match serde_json::from_slice::<Waiting>(line) {
            Ok(Waiting { from, to, subject, body }) => mails.push(Mail { from, to, subject, body }),
            Err(_) => broken.push(String::from_utf8_lossy(line).chars().take(SHOWN).collect()),
        }
    }
    (mails, broken)
}

fn line(mail: &Mail) -> io::Result<String> {
    let Mail { from, to, subject, body } = mail.clone();
    Ok(serde_json::to_string(&Waiting { from, to, subject, body })? + "\n")
}

/// Adds one behind all others. What a run that was killed has left of a line is none.
fn add(spool: &mut File, mail: &Mail) -> io::Result<()> {
    spool.seek(io::SeekFrom::End(0))?;
    spool.write_all(format!("\n{}", line(mail)?).as_bytes())?;
    spool.sync_all()
}

fn write(spool: &mut File, mails: &[Mail]) -> io::Result<()> {
    let text = mails.iter().map(line).collect::<io::Result<String>>()?;
    spool.rewind()?;
    spool.write_all(text.as_bytes())?;
    // Cut last: whoever is killed before that has a mail twice rather than not at all.
    spool.set_len(u64::try_from(text.len()).unwrap_or(u64::MAX))?;
    spool.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_mail_is_no_harm_to_those_that_are() {
        let mut spool = tempfile::tempfile().unwrap();
        let mail = |body: &str| Mail { from: None, to: vec!["a@b".to_owned()], subject: None, body: body.to_owned() };
        add(&mut spool, &mail("one")).unwrap();
        spool.write_all(b"\ngarbage \xff\n{\"from\":null").unwrap();
        add(&mut spool, &mail("two \u{fc}")).unwrap();
        spool.write_all(b"\xc3").unwrap();
        spool.rewind().unwrap();
        let (mails, broken) = read(&mut spool);
        assert_eq!(mails.iter().map(|mail| mail.body.as_str()).collect::<Vec<_>>(), ["one", "two \u{fc}"]);
        assert_eq!(broken, ["garbage \u{fffd}", "{\"from\":null", "\u{fffd}"]);
    }
}
