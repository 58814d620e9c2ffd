//! Opening the sockets of the control servers, before the daemon goes into the background.
//!
//! A unix socket is bound under a temporary name and linked to its own, so that it never stands there with a wrong
//! mode or owner, and so that of two daemons started at once only one gets it.

use std::fmt;
use std::io::{self, Write};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs as _};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::unistd::Uid;
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, connect, socket_with};

use crate::base::reason::{PATH_TOO_LONG, is_path_too_long};
use crate::conf::model::{Address, Server};
use crate::runtime::account::{self, Owner};

/// Length of the queue of connections.
const BACKLOG: i32 = 1024;
/// Pause before a socket is bound whose stale predecessor was removed.
const STALE_PAUSE: Duration = Duration::from_millis(300);

/// An open control server that does not answer yet.
#[derive(Debug)]
pub(super) struct Listener {
    /// What it was configured to be.
    pub(super) server: Server,
    pub(super) socket: OwnedFd,
}

impl Listener {
    /// Removes the file of a unix socket, at the daemon's end.
    pub(super) fn unlink(&self) {
        if let Address::Unix { file, .. } = &self.server.address {
            // It may be gone already.
            let _ = std::fs::remove_file(file);
        }
    }
}

/// Why a control server cannot be opened; the words are Supervisor's.
#[derive(Debug)]
pub enum OpenError {
    /// Somebody listens there.
    Busy,
    /// The system refuses.
    System(Errno),
    /// The address is none that could be asked for.
    Address(String),
    /// `chown` of a unix socket is not for us.
    Chown {
        /// The socket.
        file: String,
        /// User and group number, -1 for none.
        owner: (i64, i64),
        /// Who we are.
        user: String,
    },
    /// `chown` names nobody.
    Owner(String),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str(
                "Another program is already listening on a port that one of our HTTP servers is configured to use.  \
                 Shut this program down first before starting supervisord.",
            ),
            Self::System(errno) => {
                write!(f, "Cannot open an HTTP server: socket.error reported errno.{errno:?} ({})", *errno as i32)
            }
            Self::Address(why) => write!(f, "Cannot open an HTTP server: socket.error reported {why}"),
            Self::Chown { file, owner: (uid, gid), user } => write!(
                f,
                "Not permitted to chown {file} to uid/gid ({uid}, {gid}); adjust \"sockchown\" value in config file \
                 or on command line to values that the current user ({user}) can successfully chown"
            ),
            Self::Owner(owner) => write!(f, "Invalid sockchown value {owner}"),
        }
    }
}

impl std::error::Error for OpenError {}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EADDRINUSE) => Self::Busy,
            Some(errno) => Self::System(errno),
            None if is_path_too_long(&error) => Self::Address(PATH_TOO_LONG.to_owned()),
            None => Self::Address(error.to_string()),
        }
    }
}

/// Opens all servers, or none. What is to be told meanwhile goes to `stderr`.
pub(super) fn open(servers: &[Server], stderr: &mut dyn Write) -> Result<Vec<Listener>, OpenError> {
    let mut opened: Vec<Listener> = Vec::new();
    for server in servers {
        match open_one(server, stderr) {
            Ok(listener) => opened.push(listener),
            Err(error) => {
                opened.iter().for_each(Listener::unlink);
                return Err(error);
            }
        }
    }
    Ok(opened)
}

fn open_one(server: &Server, stderr: &mut dyn Write) -> Result<Listener, OpenError> {
    let socket = match &server.address {
        Address::Inet { host, port } => open_tcp(host, *port)?.into(),
        Address::Unix { file, chmod, chown } => {
            let owner = chown.as_deref().map(owner).transpose()?;
            open_unix(Path::new(file), *chmod, owner, stderr)?.into()
        }
    };
    Ok(Listener { server: server.clone(), socket })
}

/// IPv4 goes first: clients are told `localhost`, and those of Supervisor look there only.
fn open_tcp(host: &str, port: u16) -> Result<TcpListener, OpenError> {
    let host = if host.is_empty() { "0.0.0.0" } else { host };
    let mut addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    let listener = TcpListener::bind(addresses.as_slice())?;
    ready(&listener)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn ready(socket: impl AsFd) -> io::Result<()> {
    Ok(rustix::net::listen(socket, BACKLOG)?)
}

fn open_unix(file: &Path, mode: u32, owner: Option<Owner>, stderr: &mut dyn Write) -> Result<UnixListener, OpenError> {
    let temporary = temporary_name(file);
    loop {
        // Left over by a daemon that had our pid.
        let _ = std::fs::remove_file(&temporary);
        let listener = UnixListener::bind(&temporary)?;
        let placed = place(&temporary, file, mode, owner);
        let _ = std::fs::remove_file(&temporary);
        if placed? {
            ready(&listener)?;
            listener.set_nonblocking(true)?;
            return Ok(listener);
        }
        clear(file, stderr)?;
        std::thread::sleep(STALE_PAUSE);
    }
}

/// Takes a socket out of the way that nobody listens to.
fn clear(file: &Path, stderr: &mut dyn Write) -> Result<(), OpenError> {
    let cleared = is_live(file).and_then(|live| if live { Err(OpenError::Busy) } else { Ok(()) }).and_then(|()| {
        let _ = writeln!(stderr, "Unlinking stale socket {}", file.display());
        Ok(std::fs::remove_file(file)?)
    });
    match cleared {
        // Somebody else was faster.
        Err(OpenError::System(Errno::ENOENT)) => Ok(()),
        cleared => cleared,
    }
}

fn temporary_name(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    PathBuf::from(name)
}

/// Gives the socket its mode, name and owner; whether the name was free.
fn place(temporary: &Path, file: &Path, mode: u32, owner: Option<Owner>) -> Result<bool, OpenError> {
    std::fs::set_permissions(temporary, std::fs::Permissions::from_mode(mode))?;
    match std::fs::hard_link(temporary, file) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    let Some(owner) = owner else { return Ok(true) };
    give(owner, file).map(|()| true).inspect_err(|_| {
        let _ = std::fs::remove_file(file);
    })
}

/// Whether somebody listens behind the name. A queue that is full counts: whoever does not keep up is alive.
fn is_live(file: &Path) -> Result<bool, OpenError> {
    if !std::fs::symlink_metadata(file)?.file_type().is_socket() {
        return Err(OpenError::System(Errno::EEXIST));
    }
    let probe =
        socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None);
    let address = SocketAddrUnix::new(file).map_err(io::Error::from)?;
    let connected = connect(&probe.map_err(io::Error::from)?, &address);
    Ok(matches!(connected, Ok(()) | Err(rustix::io::Errno::AGAIN)))
}

fn owner(text: &str) -> Result<Owner, OpenError> {
    Owner::parse(text).ok_or_else(|| OpenError::Owner(text.to_owned()))
}

fn give(owner: Owner, file: &Path) -> Result<(), OpenError> {
    owner.give(file).map_err(|errno| match errno {
        Errno::EPERM => OpenError::Chown {
            file: file.display().to_string(),
            owner: (owner.uid.into(), owner.gid.map_or(-1, i64::from)),
            user: account::name(Uid::effective().as_raw()),
        },
        errno => OpenError::System(errno),
    })
}
