//! `crashmail`: a mail for each process that ends unexpectedly.

use super::listener::{Fatal, Program};
use super::outbox::Outbox;
use super::stamp;
use super::world::World;
use crate::agents::mail::Mail;
use crate::conf::namespec::namespec;
use crate::wire::listener::{Notification, tokens};

/// What is set on the command line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Processes that are meant, by `NAME` or `GROUP:NAME`; all if none are named.
    pub programs: Vec<String>,
    /// Whether all are meant, whatever is named.
    pub any: bool,
    /// What subjects begin with.
    pub prefix: Option<String>,
    /// Who gets mails; nobody does if none.
    pub email: Option<String>,
}

/// The program.
pub struct CrashMail {
    options: Options,
    outbox: Outbox,
}

/// A process that has ended, as an event tells it.
pub(super) struct Exit<'e> {
    pub(super) name: &'e str,
    pub(super) group: &'e str,
    pub(super) from_state: &'e str,
    pub(super) pid: &'e str,
}

impl<'e> Exit<'e> {
    /// The process of an event about one.
    pub(super) fn of(event: &'e Notification) -> Self {
        let line = event.payload.lines().next().unwrap_or_default();
        let value = |key: &str| tokens(line).find_map(|(k, value)| (k == key).then_some(value)).unwrap_or_default();
        Self {
            name: value("processname"),
            group: value("groupname"),
            from_state: value("from_state"),
            pid: value("pid"),
        }
    }

    /// The process that an event says has ended unexpectedly.
    pub(super) fn unexpected(event: &'e Notification) -> Option<Self> {
        let is_unexpected = || {
            let line = event.payload.lines().next().unwrap_or_default();
            tokens(line).any(|(key, value)| key == "expected" && value == "0")
        };
        (event.header.eventname == "PROCESS_STATE_EXITED" && is_unexpected()).then(|| Self::of(event))
    }
}

impl CrashMail {
    /// With these options.
    pub fn new(options: Options) -> Self {
        Self { options, outbox: Outbox::showing() }
    }

    fn is_meant(&self, exit: &Exit<'_>) -> bool {
        let Options { programs, any, .. } = &self.options;
        let shown = namespec(exit.group, exit.name);
        *any || programs.is_empty() || programs.iter().any(|name| name == exit.name || *name == shown)
    }
}

impl Program for CrashMail {
    fn handle(&mut self, event: &Notification, world: &mut dyn World) -> Result<(), Fatal> {
        self.outbox.try_again(world);
        let Some(exit) = Exit::unexpected(event).filter(|exit| self.is_meant(exit)) else { return Ok(()) };
        let Exit { name, group, from_state, pid } = exit;
        let body = format!("Process {name} in group {group} exited unexpectedly (pid {pid}) from state {from_state}");
        // Without a prefix the blank before the name stays.
        let prefix = self.options.prefix.as_ref().filter(|prefix| !prefix.is_empty());
        let prefix = prefix.map_or(String::new(), |prefix| format!("{prefix}:"));
        let subject = format!("{prefix} {name} crashed at {}", stamp::now(world));
        world.say("unexpected exit, mailing");
        if let Some(email) = &self.options.email {
            self.outbox.post(Mail { from: None, to: vec![email.clone()], subject: Some(subject), body }, world);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::Fake;

    fn exited(group: &str, name: &str, expected: u8) -> String {
        format!("processname:{name} groupname:{group} from_state:RUNNING expected:{expected} pid:42")
    }

    fn mails(programs: &[&str], any: bool, payloads: &[String]) -> Vec<String> {
        let programs = programs.iter().map(|name| (*name).to_owned()).collect();
        let options = Options { programs, any, prefix: None, email: Some("a@b".to_owned()) };
        let (mut crashmail, mut world) = (CrashMail::new(options), Fake { seconds: 86_400, ..Fake::default() });
        for payload in payloads {
            world.event(&mut crashmail, "PROCESS_STATE_EXITED", payload).unwrap();
            world.event(&mut crashmail, "PROCESS_STATE_FATAL", payload).unwrap();
        }
        world.mails.iter().map(Mail::text).collect()
    }

    #[test]
    fn an_unexpected_exit_is_a_mail() {
        assert_eq!(
            mails(&[], false, &[exited("g", "b", 0), exited("g", "c", 1)]),
            ["To: a@b\nSubject:  b crashed at 1970-01-02 00:00:00,042\n\n\
              Process b in group g exited unexpectedly (pid 42) from state RUNNING"]
        );
    }

    #[test]
    fn only_those_who_are_named_count() {
        let all = [exited("g", "b", 0), exited("a", "a", 0), exited("h", "b", 0), exited("z", "z", 0)];
        assert_eq!(mails(&["a", "g:b"], false, &all).len(), 2);
        assert_eq!(mails(&["b"], false, &all).len(), 2);
        assert_eq!(mails(&["b"], true, &all).len(), 4);
    }

    #[test]
    fn a_prefix_stands_before_and_nobody_gets_nothing() {
        let mut world = Fake::default();
        let prefix = Some("host".to_owned());
        let mut crashmail = CrashMail::new(Options { prefix, email: Some("a@b".to_owned()), ..Options::default() });
        world.event(&mut crashmail, "PROCESS_STATE_EXITED", &exited("a", "a", 0)).unwrap();
        assert!(world.mails[0].subject.as_ref().unwrap().starts_with("host: a crashed at 1970-01-01 "));
        assert_eq!(
            world.said,
            ["unexpected exit, mailing".to_owned(), format!("Mailed:\n\n{}", world.mails[0].text())]
        );
        let (mut world, mut nobody) = (Fake::default(), CrashMail::new(Options::default()));
        world.event(&mut nobody, "PROCESS_STATE_EXITED", &exited("a", "a", 0)).unwrap();
        assert_eq!(world.said, ["unexpected exit, mailing"]);
    }
}
