//! What a configuration asks of the host. The reader only writes down the questions; the daemon asks them before it
//! accepts the configuration, lint may, `show` does not.
//!
//! Not among them: the user of `[supervisord]`, who can also be named on the command line, and whom the daemon looks up
//! when it becomes that user.

use super::problem::{Finding, Problem};
use super::python;
use crate::base::Diagnostic;
use crate::base::seams::World;

/// The only `supervisor.rpcinterface_factory` that is built in.
pub const RPC_FACTORY: &str = "supervisor.rpcinterface:make_main_rpcinterface";

/// The only `result_handler` that is built in.
pub const RESULT_HANDLER: &str = "supervisor.dispatchers:default_handler";

/// One question.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// Is there a folder of this path?
    Directory(String),
    /// Is there a user of this name or number?
    User(String),
    /// Is there this `user` or `user:group`?
    UserGroup(String),
    /// Is this function built in? The second is the one that is; none where no one is.
    Factory(String, Option<&'static str>),
}

impl Question {
    /// The answer.
    pub fn ask(&self, world: &dyn World) -> bool {
        match self {
            Self::Directory(path) => world.is_directory(path),
            Self::User(name) => has_user(name, world),
            Self::UserGroup(owner) => match owner.split_once(':') {
                Some((user, group)) => has_user(user, world) && has_group(group, world),
                None => has_user(owner, world),
            },
            Self::Factory(..) => !self.is_foreign_function(),
        }
    }

    /// Whether it is about a Python function that is not built in, for which nothing of the host need be asked.
    fn is_foreign_function(&self) -> bool {
        matches!(self, Self::Factory(spec, built_in) if Some(spec.as_str()) != *built_in)
    }
}

fn has_user(name: &str, world: &dyn World) -> bool {
    match python::int(name, 10) {
        Ok(number) => u32::try_from(number).is_ok_and(|uid| world.has_uid(uid)),
        Err(_) => world.uid(name).is_some(),
    }
}

fn has_group(name: &str, world: &dyn World) -> bool {
    match python::int(name, 10) {
        Ok(number) => u32::try_from(number).is_ok_and(|gid| world.has_gid(gid)),
        Err(_) => world.gid(name).is_some(),
    }
}

/// A question, and what is wrong if the answer is no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorldCheck {
    /// What is asked.
    pub question: Question,
    /// The header of the section.
    pub section: String,
    /// The option.
    pub option: &'static str,
    /// What is wrong if the answer is no, with its place.
    pub finding: Finding,
    /// How many errors the reader had found before it came here: the original stops at whatever it meets first.
    pub errors_before: usize,
}

impl WorldCheck {
    /// Asks, and gives the error if the answer is no.
    pub fn run(&self, world: &dyn World) -> Option<Diagnostic> {
        if self.question.ask(world) { None } else { Some(self.finding.clone().into()) }
    }

    /// The finding of a Python function that is not built in; the host is not asked.
    pub fn foreign_function(&self) -> Option<Diagnostic> {
        self.question.is_foreign_function().then(|| self.finding.clone().into())
    }
}

/// The problem of a user that is not known.
pub fn unknown_user(name: &str) -> Problem {
    let is_number = python::int(name, 10) != Err(python::NotInteger::Malformed);
    Problem::UnknownUser { name: name.to_owned(), is_number }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A host with the folders `/` and `/tmp`, user and group `alice`, 1000.
    pub(in super::super) struct Host;

    impl World for Host {
        fn is_directory(&self, path: &str) -> bool {
            ["/", "/tmp"].contains(&path)
        }
        fn uid(&self, name: &str) -> Option<u32> {
            (name == "alice").then_some(1000)
        }
        fn has_uid(&self, uid: u32) -> bool {
            uid == 1000
        }
        fn gid(&self, name: &str) -> Option<u32> {
            (name == "alice").then_some(1000)
        }
        fn has_gid(&self, gid: u32) -> bool {
            gid == 1000
        }
    }

    #[test]
    fn users_are_known_by_name_or_number() {
        let user = |name: &str| Question::User(name.to_owned()).ask(&Host);
        assert!(user("alice") && user("1000"));
        assert!(!user("bob") && !user("1001") && !user("-1"));
        let owner = |text: &str| Question::UserGroup(text.to_owned()).ask(&Host);
        assert!(owner("alice") && owner("alice:1000"));
        assert!(!owner("alice:bob") && !owner("alice:") && !owner("bob:alice"));
    }

    #[test]
    fn functions_are_those_built_in() {
        assert!(Question::Factory(RPC_FACTORY.to_owned(), Some(RPC_FACTORY)).ask(&Host));
        assert!(!Question::Factory("a:b".to_owned(), Some(RPC_FACTORY)).ask(&Host));
        assert!(!Question::Factory("a:b".to_owned(), None).ask(&Host));
    }
}
