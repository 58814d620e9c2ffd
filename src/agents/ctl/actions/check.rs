//! `check`: all checks of the services that `-s` names, or of all.

use crate::agents::ctl::check;
use crate::agents::ctl::session::Session;
use crate::conf::monitor::Service;

/// Those for which there was a critical event.
pub(super) fn run<'s>(session: &mut Session<'s>) -> Vec<&'s Service> {
    let mut failed = session.selected();
    failed.retain(|service| !check::all(session, service));
    failed
}
