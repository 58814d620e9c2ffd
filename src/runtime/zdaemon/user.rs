//! The user that a controller becomes before it starts a manager.

use nix::unistd::{Gid, Uid};

use crate::conf::python::repr;
use crate::runtime::account::{self, Unknown};
use crate::runtime::sys::Identity;

/// A user that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User(Identity);

impl User {
    /// By name or number; the error is the original's.
    pub fn find(user: &str) -> Result<Self, String> {
        account::identity(user).map(Self).map_err(|unknown| match unknown {
            Unknown::Name(_) => format!("username {} not found", repr(user)),
            Unknown::Id(_) => format!("uid {} not found", repr(user)),
        })
    }

    /// Gives a folder that root has made to the user.
    pub fn give(&self, path: &str) -> Result<(), String> {
        if !nix::unistd::geteuid().is_root() {
            return Ok(());
        }
        let (uid, gid) = (Uid::from_raw(self.0.uid), Gid::from_raw(self.0.gid));
        nix::unistd::chown(path, Some(uid), Some(gid)).map_err(|why| why.desc().to_owned())
    }

    /// Becomes the user, if it is another one.
    pub fn become_it(&self) -> Result<(), String> {
        let ours = nix::unistd::geteuid();
        if !ours.is_root() {
            let is_other = ours.as_raw() != self.0.uid;
            return if is_other { Err("only root can use -u USER to change users".to_owned()) } else { Ok(()) };
        }
        let groups: Vec<Gid> = self.0.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
        nix::unistd::setgroups(&groups)
            .and_then(|()| nix::unistd::setgid(Gid::from_raw(self.0.gid)))
            .and_then(|()| nix::unistd::setuid(Uid::from_raw(self.0.uid)))
            .map_err(|why| format!("cannot become user {}: {}", self.0.uid, why.desc()))
    }
}
