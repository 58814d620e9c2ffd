//! Becoming the user that `[supervisord]` names. It comes first, so that everything made later is that user's.

use nix::unistd::{Gid, Uid};

use crate::conf::model::{LogLevel, Supervisord};

use super::account;
use super::errno;

/// What the log says of a daemon that stays root without having been told to.
const AS_ROOT: &str = "Supervisor is running as root.  Privileges were not dropped because no user is specified in \
                       the config file.  If you intend to run as root, you can set user=root in the config file to \
                       avoid this message.";

/// Becomes the user. Gives a line for the log, or the words of a usage error.
pub(super) fn drop_to(options: &Supervisord) -> Result<Option<(LogLevel, String)>, String> {
    let ours = nix::unistd::getuid();
    let Some(user) = &options.user else {
        return Ok(ours.is_root().then(|| (LogLevel::Critical, AS_ROOT.to_owned())));
    };
    let identity = account::identity(user).map_err(|why| why.to_string())?;
    if identity.uid != ours.as_raw() {
        if !ours.is_root() {
            return Err("Can't drop privilege as nonroot user".to_owned());
        }
        let groups: Vec<Gid> = identity.groups.iter().map(|gid| Gid::from_raw(*gid)).collect();
        let gid = Gid::from_raw(identity.gid);
        nix::unistd::setgroups(&groups).map_err(|_| "Could not set groups of effective user")?;
        nix::unistd::setgid(gid).map_err(|_| "Could not set group id of effective user")?;
        nix::unistd::setuid(Uid::from_raw(identity.uid)).map_err(|why| errno::name(&why.into()))?;
    }
    Ok(Some((LogLevel::Info, format!("Set uid to user {} succeeded", identity.uid))))
}
