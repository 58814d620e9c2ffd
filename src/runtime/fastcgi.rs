//! The sockets of `FastCGI` groups. One is opened for the first child of its group, handed to each as descriptor 0, and
//! closed when the last of them has ended; who is started again at once finds it open.

use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::Path;
use std::rc::Rc;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, listen, socket_with, sockopt};

use crate::conf::model::{Config, FastCgiSocket, Group, GroupKind};

use super::account::{self, Owner};
use super::core::group::first_of_name;
use super::errno;

/// Length of the queue of connections unless one is set, `SOMAXCONN`.
const BACKLOG: i32 = 4096;

/// The open sockets.
#[derive(Debug, Default)]
pub(super) struct Sockets(Vec<Open>);

#[derive(Debug)]
struct Open {
    group: Rc<str>,
    url: String,
    socket: Rc<OwnedFd>,
}

impl Sockets {
    /// The socket of a group, which is opened if it is not yet; `user` is that of its program. `say` gets lines for the
    /// log, an error is the text of `spawnerr`.
    pub(super) fn get(
        &mut self,
        group: &Rc<str>,
        config: &FastCgiSocket,
        user: Option<&str>,
        say: &mut dyn FnMut(&str),
    ) -> Result<Rc<OwnedFd>, String> {
        if let Some(open) = self.0.iter().find(|open| open.group == *group) {
            return Ok(Rc::clone(&open.socket));
        }
        let socket = Rc::new(create(config, user, say)?);
        self.0.push(Open { group: Rc::clone(group), url: config.url.clone(), socket: Rc::clone(&socket) });
        Ok(socket)
    }

    /// Closes those that no child has.
    pub(super) fn close_unused(&mut self, say: &mut dyn FnMut(&str)) {
        self.0.retain(|open| {
            let used = Rc::strong_count(&open.socket) > 1;
            if !used {
                say(&closing(&open.url));
            }
            used
        });
    }
}

/// Opens and closes the socket of each group that is run, the first of its name, so that one that cannot be opened is known
/// early.
pub(super) fn try_all(config: &Config, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    let mut is_run = first_of_name();
    config.groups.iter().filter(|group| is_run(group)).try_for_each(|group| try_one(group, say))
}

/// The same for one group.
pub(super) fn try_one(group: &Group, say: &mut dyn FnMut(&str)) -> Result<(), String> {
    let GroupKind::FastCgi(socket) = &group.kind else { return Ok(()) };
    let user = group.processes.first().and_then(|process| process.user.as_deref());
    drop(create(socket, user, say)?);
    say(&closing(&socket.url));
    Ok(())
}

fn closing(url: &str) -> String {
    format!("Closing socket {url}")
}

fn create(config: &FastCgiSocket, user: Option<&str>, say: &mut dyn FnMut(&str)) -> Result<OwnedFd, String> {
    let url = &config.url;
    say(&format!("Creating socket {url}"));
    let bound = match (url.strip_prefix("unix://"), url.strip_prefix("tcp://")) {
        (Some(path), _) => bound_to_path(Path::new(path), config, user),
        (None, Some(address)) => bound_to_address(address),
        (None, None) => Err("Bad socket format".to_owned()),
    };
    let backlog = config.backlog.map_or(BACKLOG, |backlog| i32::try_from(backlog).unwrap_or(i32::MAX));
    let ready = |socket: OwnedFd| listen(&socket, backlog).map(|()| socket).map_err(reason);
    bound.and_then(ready).map_err(|why| format!("Could not create FastCGI socket {url}: {why}"))
}

/// `[Errno 98] Address already in use`.
fn reason(error: impl Into<io::Error>) -> String {
    errno::text(&error.into())
}

fn bound_to_address(address: &str) -> Result<OwnedFd, String> {
    let mut addresses: Vec<SocketAddr> = address.to_socket_addrs().map_err(reason)?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let first = addresses.first().ok_or("no address")?;
    let family = if first.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let socket = socket_with(family, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(reason)?;
    sockopt::set_socket_reuseaddr(&socket, true).map_err(reason)?;
    bind(&socket, first).map_err(reason)?;
    Ok(socket)
}

fn bound_to_path(path: &Path, config: &FastCgiSocket, user: Option<&str>) -> Result<OwnedFd, String> {
    let owner = owner(config, user)?;
    let address = SocketAddrUnix::new(path).map_err(reason)?;
    if std::fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket()) {
        std::fs::remove_file(path).map_err(reason)?;
    }
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None).map_err(reason)?;
    bind(&socket, &address).map_err(reason)?;
    match dress(path, owner, config.mode) {
        Ok(()) => Ok(socket),
        Err(why) => {
            let _ = std::fs::remove_file(path);
            Err(why)
        }
    }
}

/// Whom a unix socket is given to: as configured, or else the user of the program, if that is somebody else.
fn owner(config: &FastCgiSocket, user: Option<&str>) -> Result<Option<Owner>, String> {
    if let Some(owner) = &config.owner {
        return Owner::parse(owner).map(Some).ok_or_else(|| format!("Invalid socket_owner value {owner}"));
    }
    let Some(user) = user else { return Ok(None) };
    let identity = account::identity(user).map_err(|why| why.to_string())?;
    let differs = identity.uid != rustix::process::getuid().as_raw();
    Ok(differs.then_some(Owner { uid: identity.uid, gid: Some(identity.gid) }))
}

fn dress(path: &Path, owner: Option<Owner>, mode: Option<u32>) -> Result<(), String> {
    let about = |error: io::Error| errno::about(&error, &path.to_string_lossy());
    if let Some(owner) = owner {
        let given = owner.give(path).map_err(io::Error::from);
        given.map_err(|error| format!("Could not change ownership of socket file: {}", about(error)))?;
    }
    let Some(mode) = mode else { return Ok(()) };
    let set = std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    set.map_err(|error| format!("Could not change permissions of socket file: {}", about(error)))
}

/// The descriptor for a child.
pub(super) fn for_child(socket: &OwnedFd) -> io::Result<OwnedFd> {
    socket.as_fd().try_clone_to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn socket(url: String) -> FastCgiSocket {
        FastCgiSocket { url, owner: None, mode: Some(0o700), backlog: Some(7) }
    }

    #[test]
    fn opened_once_and_closed_with_the_last_child() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let url = format!("unix://{}", path.display());
        let (mut sockets, mut lines, group) = (Sockets::default(), Vec::new(), Rc::from("g"));
        let mut say = |line: &str| lines.push(line.to_owned());
        let first = sockets.get(&group, &socket(url.clone()), None, &mut say).unwrap();
        let second = sockets.get(&group, &socket(url.clone()), None, &mut say).unwrap();
        drop(first);
        sockets.close_unused(&mut say);
        assert!(std::os::unix::net::UnixStream::connect(&path).is_ok());
        drop(second);
        sockets.close_unused(&mut say);
        assert!(std::os::unix::net::UnixStream::connect(&path).is_err());
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o700);
        // What it left behind is in nobody's way.
        drop(sockets.get(&group, &socket(url.clone()), None, &mut say).unwrap());
        assert_eq!(
            lines,
            [format!("Creating socket {url}"), format!("Closing socket {url}"), format!("Creating socket {url}")]
        );
    }

    #[test]
    fn refusals_read_as_the_originals() {
        let refused = |socket: &FastCgiSocket| create(socket, None, &mut |_| ()).unwrap_err();
        let missing = socket("unix:///no/such/s".into());
        let why = "Could not create FastCGI socket unix:///no/such/s: [Errno 2] No such file or directory";
        assert_eq!(refused(&missing), why);
        let busy = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("tcp://{}", busy.local_addr().unwrap());
        let why = format!("Could not create FastCGI socket {url}: [Errno 98] Address already in use");
        assert_eq!(refused(&socket(url)), why);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "precious").unwrap();
        refused(&socket(format!("unix://{}", file.display())));
        assert_eq!(std::fs::read_to_string(file).unwrap(), "precious");
    }

    #[test]
    fn a_unix_socket_gets_its_owner() {
        if !rustix::process::getuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let url = format!("unix://{}", path.display());
        let owners = [(Some("1:2"), None, (1, 2)), (None, Some("nobody"), (65534, 65534)), (Some("1"), None, (1, 0))];
        for (owner, user, expected) in owners {
            let config = FastCgiSocket { owner: owner.map(str::to_owned), ..socket(url.clone()) };
            create(&config, user, &mut |_| ()).unwrap();
            let found = path.metadata().unwrap();
            assert_eq!((found.uid(), found.gid()), expected);
        }
    }
}
