//! Mails about single events: sent at once, or kept until the next event if that may help.

use std::collections::VecDeque;

use super::world::World;
use crate::agents::mail::Mail;

/// How many mails are kept. When there are more, the oldest is lost, and that is said.
const ROOM: usize = 100;

/// Mails that could not be sent yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    kept: VecDeque<Mail>,
    /// Whether each mail that is sent is shown.
    shows: bool,
}

impl Outbox {
    /// One that shows each mail that is sent.
    pub(super) fn showing() -> Self {
        Self { shows: true, ..Self::default() }
    }

    /// Sends a mail, or keeps it: it does not overtake one that is kept.
    pub(super) fn post(&mut self, mail: Mail, world: &mut dyn World) {
        if !self.kept.is_empty() || !self.send(&mail, world) {
            self.keep(mail, world);
        }
    }

    /// Sends what is kept, the oldest first, as far as it goes.
    pub(super) fn try_again(&mut self, world: &mut dyn World) {
        while let Some(mail) = self.kept.pop_front() {
            if !self.send(&mail, world) {
                self.kept.push_front(mail);
                return;
            }
        }
    }

    /// Whether there is nothing left to do about it.
    fn send(&self, mail: &Mail, world: &mut dyn World) -> bool {
        match world.mail(mail) {
            Ok(refused) => {
                for refusal in refused {
                    world.say(&refusal.to_string());
                }
                if self.shows {
                    world.say(&format!("Mailed:\n\n{}", mail.text()));
                }
                true
            }
            Err(problem) => {
                world.say(&format!("Error sending email: {problem}"));
                !problem.may_pass()
            }
        }
    }

    fn keep(&mut self, mail: Mail, world: &mut dyn World) {
        world.say("The mail is kept, and sent again at the next event");
        self.kept.push_back(mail);
        if self.kept.len() > ROOM {
            let lost = self.kept.pop_front().and_then(|mail| mail.subject).unwrap_or_default();
            world.say(&format!("A mail is lost, as {ROOM} others are kept:{lost}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::Fake;

    fn mail(number: usize) -> Mail {
        Mail { from: None, to: vec!["a".to_owned()], subject: Some(number.to_string()), body: String::new() }
    }

    fn subjects(world: &Fake) -> Vec<&str> {
        world.mails.iter().map(|mail| mail.subject.as_deref().unwrap_or_default()).collect()
    }

    #[test]
    fn what_cannot_be_sent_is_sent_later_in_its_order() {
        let (mut outbox, mut world) = (Outbox::default(), Fake { mail_fails: Some(75), ..Fake::default() });
        outbox.post(mail(1), &mut world);
        outbox.post(mail(2), &mut world);
        outbox.try_again(&mut world);
        world.mail_fails = None;
        outbox.try_again(&mut world);
        outbox.post(mail(3), &mut world);
        assert_eq!(subjects(&world), ["1", "2", "3"]);
    }

    #[test]
    fn what_would_fail_again_is_not_kept() {
        let (mut outbox, mut world) = (Outbox::default(), Fake { mail_fails: Some(64), ..Fake::default() });
        outbox.post(mail(1), &mut world);
        assert_eq!(world.said, ["Error sending email: the command failed: exit status 64"]);
        assert!(outbox.kept.is_empty());
    }

    #[test]
    fn there_is_an_end_to_keeping() {
        let (mut outbox, mut world) = (Outbox::default(), Fake { mail_fails: Some(75), ..Fake::default() });
        (0..=ROOM).for_each(|number| outbox.post(mail(number), &mut world));
        assert_eq!((outbox.kept.len(), outbox.kept[0].subject.as_deref()), (ROOM, Some("1")));
        assert!(world.said.iter().any(|line| line == "A mail is lost, as 100 others are kept:0"), "{:?}", world.said);
    }
}
