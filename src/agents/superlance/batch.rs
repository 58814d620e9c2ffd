//! `crashmailbatch`, `fatalmailbatch`, `crashsms`: one mail for all that happened in a while.
//!
//! Messages are said on standard error as they come. When enough ticks have come, they go into one mail. If it cannot be
//! sent, they stay for the mail of the next run, which superlance's do not.

use std::collections::VecDeque;

use super::crashmail::Exit;
use super::listener::{Fatal, Program};
use super::stamp;
use super::world::World;
use crate::agents::mail::Mail;
use crate::wire::listener::Notification;

/// Which of the three it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `crashmailbatch`: unexpected exits.
    Crashmail,
    /// `fatalmailbatch`: processes that could not be started.
    Fatalmail,
    /// `crashsms`: unexpected exits, in few words.
    Sms,
}

/// What is set on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Minutes of a batch.
    pub interval: f64,
    /// Who gets mails.
    pub to: Vec<String>,
    /// Who sends them.
    pub from: String,
    /// What they are about.
    pub subject: Option<String>,
    /// The type of the tick that counts.
    pub tick: String,
    /// How many minutes it stands for.
    pub minutes: f64,
}

/// How many messages are kept. When there are more, the oldest is lost, and the mail says how many were.
const ROOM: usize = 1000;
/// Characters of a body that are said on standard error.
const DIGEST: usize = 76;

/// The program.
pub struct Batch {
    kind: Kind,
    options: Options,
    messages: VecDeque<String>,
    /// Messages that had no room.
    lost: usize,
    minutes: f64,
}

impl Kind {
    /// The subject if none is set.
    pub fn subject(self) -> Option<&'static str> {
        match self {
            Self::Crashmail => Some("Crash alert from supervisord"),
            Self::Fatalmail => Some("Fatal start alert from supervisord"),
            Self::Sms => None,
        }
    }

    /// What there is to say about an event.
    fn message(self, event: &Notification, world: &dyn World) -> Option<String> {
        let stamp = || stamp::now(world);
        match self {
            Self::Crashmail => Exit::unexpected(event).map(|Exit { group, name, pid, .. }| {
                format!("{} -- Process {group}:{name} (pid {pid}) died unexpectedly", stamp())
            }),
            Self::Sms => Exit::unexpected(event).map(|Exit { group, name, pid, .. }| {
                format!("[{group}:{name}]({pid}) exited unexpectedly {}", stamp())
            }),
            Self::Fatalmail => (event.header.eventname == "PROCESS_STATE_FATAL").then(|| {
                let Exit { group, name, .. } = Exit::of(event);
                format!("{} -- Process {group}:{name} failed to start too many times", stamp())
            }),
        }
    }
}

impl Batch {
    /// With these options.
    pub fn new(kind: Kind, options: Options) -> Self {
        Self { kind, options, messages: VecDeque::new(), lost: 0, minutes: 0.0 }
    }

    fn add(&mut self, message: String) {
        if self.messages.len() == ROOM {
            self.messages.pop_front();
            self.lost += 1;
        }
        self.messages.push_back(message);
    }

    fn tick(&mut self, world: &mut dyn World) {
        self.minutes += self.options.minutes;
        if self.minutes >= self.options.interval {
            self.minutes = 0.0;
            if !self.messages.is_empty() {
                self.send(world);
            }
        }
    }

    fn send(&mut self, world: &mut dyn World) {
        let Options { to, from, subject, .. } = &self.options;
        let mail = Mail { from: Some(from.clone()), to: to.clone(), subject: subject.clone(), body: self.body() };
        match world.mail(&mail) {
            Ok(refused) => {
                for refusal in refused {
                    world.say(&refusal.to_string());
                }
                self.forget();
            }
            Err(problem) => {
                world.say(&format!("Error sending email: {problem}"));
                let count = self.messages.len();
                if problem.may_pass() {
                    world.say(&format!("{count} messages are kept, and sent in the next run"));
                } else {
                    world.say(&format!("{count} messages are not sent"));
                    self.forget();
                }
            }
        }
        world.say(&shown(&mail));
    }

    fn body(&self) -> String {
        let lost = (self.lost > 0).then(|| format!("({} older messages are lost)", self.lost));
        lost.iter().chain(&self.messages).map(String::as_str).collect::<Vec<_>>().join("\n")
    }

    fn forget(&mut self) {
        self.messages = VecDeque::new();
        self.lost = 0;
    }
}

/// A mail on standard error.
fn shown(mail: &Mail) -> String {
    let (to, from) = (mail.to.join(", "), mail.from.as_deref().unwrap_or("None"));
    let (subject, mut body) = (mail.subject.as_deref().unwrap_or("None"), mail.body.clone());
    if let Some((end, _)) = body.char_indices().nth(DIGEST) {
        body.truncate(end);
        body.push_str("...");
    }
    format!("Sending notification email:\nTo: {to}\nFrom: {from}\nSubject: {subject}\nBody:\n{body}")
}

impl Program for Batch {
    fn handle(&mut self, event: &Notification, world: &mut dyn World) -> Result<(), Fatal> {
        if event.header.eventname == self.options.tick {
            self.tick(world);
        } else if let Some(message) = self.kind.message(event, world) {
            world.say(&message);
            self.add(message);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::Fake;

    const EXITED: &str = "processname:a groupname:g from_state:RUNNING expected:0 pid:42";

    fn batch(kind: Kind, interval: f64) -> Batch {
        let options = Options {
            interval,
            to: vec!["a@b".to_owned(), "c@d".to_owned()],
            from: "me@b".to_owned(),
            subject: kind.subject().map(str::to_owned),
            tick: "TICK_60".to_owned(),
            minutes: 1.0,
        };
        Batch::new(kind, options)
    }

    fn after(batch: &mut Batch, world: &mut Fake, events: &[(&str, &str)]) {
        for (kind, payload) in events {
            world.event(batch, kind, payload).unwrap();
        }
    }

    #[test]
    fn what_happens_in_a_while_is_one_mail() {
        let (mut batch, mut world) = (batch(Kind::Crashmail, 2.0), Fake::default());
        let expected = EXITED.replace("expected:0", "expected:1");
        let exited = ("PROCESS_STATE_EXITED", EXITED);
        let tick = ("TICK_60", "when:0");
        after(&mut batch, &mut world, &[exited, tick, ("TICK_5", ""), ("PROCESS_STATE_EXITED", &expected), exited]);
        assert!(world.mails.is_empty());
        after(&mut batch, &mut world, &[tick, tick, tick]);
        let line = "1970-01-01 00:00:00,042 -- Process g:a (pid 42) died unexpectedly";
        assert_eq!(world.mails.len(), 1);
        assert_eq!(world.mails[0].body, format!("{line}\n{line}"));
        assert_eq!(world.said[..2], [line, line]);
        let body = &world.mails[0].body[..DIGEST];
        let said = format!(
            "Sending notification email:\nTo: a@b, c@d\nFrom: me@b\nSubject: Crash alert from supervisord\nBody:\n{body}..."
        );
        assert_eq!(world.said[2..], [said]);
    }

    #[test]
    fn each_kind_has_its_own_words() {
        let mut world = Fake::default();
        let both = [("PROCESS_STATE_EXITED", EXITED), ("PROCESS_STATE_FATAL", EXITED), ("TICK_60", "")];
        after(&mut batch(Kind::Fatalmail, 1.0), &mut world, &both);
        after(&mut batch(Kind::Sms, 1.0), &mut world, &both);
        assert_eq!(world.mails[0].body, "1970-01-01 00:00:00,042 -- Process g:a failed to start too many times");
        assert_eq!(world.mails[1].body, "[g:a](42) exited unexpectedly 1970-01-01 00:00:00,042");
        assert!(world.said.last().unwrap().contains("\nSubject: None\n"));
    }

    #[test]
    fn what_cannot_be_sent_goes_with_the_next_run() {
        let (mut batch, mut world) = (batch(Kind::Sms, 1.0), Fake { mail_fails: Some(75), ..Fake::default() });
        let events = [("PROCESS_STATE_EXITED", EXITED), ("TICK_60", "")];
        after(&mut batch, &mut world, &events);
        assert_eq!(world.said[1], "Error sending email: the command failed: exit status 75");
        assert_eq!(world.said[2], "1 messages are kept, and sent in the next run");
        world.mail_fails = None;
        after(&mut batch, &mut world, &events);
        assert_eq!(world.mails[0].body.lines().count(), 2);
        world.mail_fails = Some(1);
        after(&mut batch, &mut world, &events);
        assert!(world.said.contains(&"1 messages are not sent".to_owned()) && batch.messages.is_empty());
    }

    #[test]
    fn there_is_an_end_to_keeping() {
        let (mut batch, mut world) = (batch(Kind::Sms, 1.0), Fake::default());
        (0..ROOM + 5).for_each(|_| after(&mut batch, &mut world, &[("PROCESS_STATE_EXITED", EXITED)]));
        after(&mut batch, &mut world, &[("TICK_60", "")]);
        assert!(world.mails[0].body.starts_with("(5 older messages are lost)\n[g:a]"));
        assert_eq!(world.mails[0].body.lines().count(), ROOM + 1);
    }
}
