//! The actions, one file each.

mod check;
mod log;
mod mem;
mod purge;
mod rotate;
pub(super) mod start;
pub(super) mod stop;
pub(super) mod turned;

use super::outside;
use super::report::Level;
use super::request::Action;
use super::session::Session;

/// Does what is asked for.
pub(super) fn run(session: &mut Session<'_>) {
    let name = session.request.action.name();
    session.world.record(Level::Info, &format!("BEGIN {name}"));
    match session.request.action {
        Action::Start => start::run(session),
        Action::Stop => stop::run(session),
        Action::Check => {
            check::run(session);
            outside::tell(session);
        }
        Action::Repair => start::repair(session),
        Action::Mem => mem::run(session),
        Action::Log => log::run(session),
        Action::Rotate => rotate::run(session),
        Action::Purge => purge::run(session),
    }
    session.world.record(Level::Info, &format!("END {name}"));
}
