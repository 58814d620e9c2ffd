//! Files that a run writes, and cannot: told before anything is done, not when a client is out of the balancer.

use std::path::Path;

use rustix::fs::{Access, access};

use crate::agents::ctl::request::Request;
use crate::agents::plain;
use crate::base::{Diagnostic, Severity};
use crate::conf::monitor::problem::Problem;
use crate::conf::monitor::{Kind, Monitor, Said};

/// What is wrong with them. For a check, which needs none, it is worth a warning.
pub(super) fn unwritable(monitor: &Monitor, request: &Request) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    if let Some(said) = &monitor.mail.spool {
        found.extend(spool(&said.value).map(|expected| bad("mail_spool", said, expected)));
    }
    if let Some(Kind::HaProxy(own)) = monitor.balancer().map(|service| &service.kind) {
        let said = own.server_state.as_ref();
        found.extend(said.and_then(|said| Some(bad("server_state", said, state(&said.value)?))));
    }
    for finding in &mut found {
        if !request.action.turns_clients() {
            finding.severity = Severity::Warning;
        }
    }
    found
}

fn bad(key: &'static str, said: &Said<String>, expected: &str) -> Diagnostic {
    Problem::BadValue { key, value: said.value.clone(), expected: expected.to_owned() }.at(said.span)
}

/// What is wrong with where mails wait: beside it stands what is not mailed yet, which is nothing for a folder of devices.
fn spool(path: &str) -> Option<&'static str> {
    let path = Path::new(path);
    (path.starts_with("/dev/") && !path.starts_with("/dev/shm/") && !plain::swallows(path))
        .then_some("a file in which mails wait, or `/dev/null` if none is to")
}

/// What is wrong with the file of states, which is made anew beside itself.
fn state(path: &str) -> Option<&'static str> {
    let path = Path::new(path);
    if plain::swallows(path) {
        return None;
    }
    if plain::is_or_may_be(path).is_err() {
        return Some("a plain file");
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Some("a file in a folder that is there");
    }
    access(folder, Access::WRITE_OK | Access::EXEC_OK).is_err().then_some("a file in a folder to which ctl may write")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_states_needs_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str| state(&folder.path().join(name).to_string_lossy());
        assert_eq!((of("states"), state("states"), state("/dev/null")), (None, None, None));
        assert_eq!(of("none/states"), Some("a file in a folder that is there"));
        assert_eq!(of("."), Some("a plain file"));
    }

    #[test]
    fn mails_do_not_wait_in_a_device() {
        assert_eq!(["mails", "/var/mails", "/dev/null", "/dev/shm/mails"].map(spool), [None; 4]);
        assert!(["/dev/full", "/dev/stderr", "/dev/mails"].iter().all(|path| spool(path).is_some()));
    }
}
