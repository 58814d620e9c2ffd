//! The socket on which a manager listens. It is bound under another name and then linked to its own, so that of two
//! managers that are started together one wins. While that is done the folder is locked, so that neither takes the
//! other's new socket for an old one.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::FlockOperation;

use crate::conf::path::dirname;
use crate::conf::python::repr;
use crate::runtime::errno;

/// Bytes of a path that the system takes for a socket.
const LONGEST: usize = 107;
/// How long another manager has for its answer, and whoever locks the folder to let it go.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait before it is tried again to lock.
const PAUSE: Duration = Duration::from_millis(5);

/// The socket of a manager.
#[derive(Debug)]
pub(super) struct Socket {
    /// Where clients come in; it does not block.
    pub(super) listener: UnixListener,
    path: String,
    /// Its device and file number, by which it is known.
    file: Option<(u64, u64)>,
}

impl Socket {
    /// Removes the file, if it still is ours.
    pub(super) fn remove(&self) {
        if self.file.is_some() && number(&self.path) == self.file {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn number(path: &str) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

/// What is at the path of a socket.
enum Found {
    /// A manager, and what it says of itself.
    Manager(String),
    /// The socket of one that is no more.
    Stale,
    /// Something else, in words.
    Else(String),
}

/// Makes the socket; `say` is told of a stale one. An error is in the words for whoever starts the manager.
pub(super) fn open(path: &str, say: &mut dyn FnMut(&str)) -> Result<Socket, String> {
    let temporary = temporary(path)?;
    let cannot = |what: &str, why: &io::Error| format!("cannot {what} socket {}: {}", repr(path), errno::text(why));
    let _lock = lock(dirname(path));
    let _ = fs::remove_file(&temporary);
    let listener = UnixListener::bind(&temporary).map_err(|why| cannot("make", &why))?;
    let named = fs::set_permissions(&temporary, fs::Permissions::from_mode(0o700))
        .map_err(|why| cannot("make", &why))
        .and_then(|()| {
            loop {
                match link(&temporary, path) {
                    Ok(()) => return Ok(()),
                    Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(cannot("make", &why)),
                    Err(_) => {}
                }
                match look(path) {
                    Found::Manager(status) => {
                        let status = status.trim_end_matches('\n');
                        return Err(format!("Another zrdun is already up using socket {}:\n{status}", repr(path)));
                    }
                    Found::Else(why) => return Err(why),
                    Found::Stale => {
                        // It says so because it always has; there is nothing to sleep for.
                        say(&format!("Unlinking stale socket {path}; sleep 1"));
                        match fs::remove_file(path) {
                            Err(why) if why.kind() != io::ErrorKind::NotFound => return Err(cannot("remove", &why)),
                            _ => {}
                        }
                    }
                }
            }
        });
    let _ = fs::remove_file(&temporary);
    named?;
    listener.set_nonblocking(true).map_err(|why| cannot("use", &why))?;
    Ok(Socket { listener, path: path.to_owned(), file: number(path) })
}

/// The name under which it is bound first: as the original has it, or a shorter one if that is too long.
fn temporary(path: &str) -> Result<String, String> {
    let length = path.len();
    if length > LONGEST {
        let path = repr(path);
        return Err(format!("the path of the socket has {length} bytes, the system takes {LONGEST}: {path}"));
    }
    let pid = std::process::id();
    let long = format!("{path}.{pid}");
    let short = format!("{}/.{pid}", dirname(path));
    Ok(if long.len() > LONGEST { short } else { long })
}

/// Links, or renames where the file system knows no links.
fn link(temporary: &str, path: &str) -> io::Result<()> {
    match fs::hard_link(temporary, path) {
        Err(why) if why.kind() != io::ErrorKind::AlreadyExists && !Path::new(path).exists() => {
            fs::rename(temporary, path)
        }
        linked => linked,
    }
}

/// Holds the folder for as long as it lives. Whoever cannot lock it, goes on without.
fn lock(folder: &str) -> Option<File> {
    let folder = File::open(folder).ok()?;
    let end = Instant::now() + PATIENCE;
    while let Err(why) = rustix::fs::flock(&folder, FlockOperation::NonBlockingLockExclusive) {
        if why != rustix::io::Errno::WOULDBLOCK || Instant::now() > end {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
    Some(folder)
}

fn look(path: &str) -> Found {
    match fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => return Found::Else(format!("{} is no socket", repr(path))),
        _ => {}
    }
    match UnixStream::connect(path) {
        Ok(stream) => Found::Manager(status(stream).unwrap_or_default()),
        Err(why) => match why.kind() {
            io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => Found::Stale,
            _ => Found::Else(format!("cannot use socket {}: {}", repr(path), errno::text(&why))),
        },
    }
}

fn status(mut stream: UnixStream) -> io::Result<String> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"status\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(path: &Path) -> (Result<Socket, String>, Vec<String>) {
        let mut said = Vec::new();
        let socket = open(path.to_str().unwrap(), &mut |line| said.push(line.to_owned()));
        (socket, said)
    }

    #[test]
    fn one_that_lives_is_left_alone_and_one_that_is_dead_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let (first, said) = opened(&path);
        let first = first.unwrap();
        assert!(said.is_empty());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        drop(first);
        let (second, said) = opened(&path);
        assert_eq!(said, [format!("Unlinking stale socket {}; sleep 1", path.display())]);
        let second = second.unwrap();
        fs::remove_file(&path).unwrap();
        fs::write(&path, "other").unwrap();
        second.remove();
        let (third, _) = opened(&path);
        assert!(third.unwrap_err().ends_with("is no socket"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "other");
    }

    #[test]
    fn of_many_that_are_made_together_one_wins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        drop(UnixListener::bind(&path).unwrap());
        let make = || {
            let (socket, _) = opened(&path);
            // Whoever asks gets an answer, as from a manager.
            socket.map(|socket| {
                socket.listener.set_nonblocking(false).unwrap();
                std::thread::spawn(move || {
                    for mut client in socket.listener.incoming().flatten() {
                        let _ = client.read(&mut [0; 10]);
                        let _ = client.write_all(b"status=running\n");
                    }
                });
            })
        };
        // They are in one process, and so have one name to bind to.
        let results = [make(), make(), make()];
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        let said = results[1].as_ref().unwrap_err();
        assert!(said.starts_with("Another zrdun is already up") && said.ends_with("\nstatus=running"), "{said}");
    }

    #[test]
    fn long_paths_are_refused_and_those_that_fit_used() {
        let folder = tempfile::tempdir().unwrap();
        let length = LONGEST - folder.path().as_os_str().len() - 1;
        assert!(opened(&folder.path().join("s".repeat(length))).0.is_ok());
        let why = opened(&folder.path().join("s".repeat(length + 1))).0.unwrap_err();
        assert!(why.starts_with("the path of the socket has 108 bytes, the system takes 107: '/"), "{why}");
    }
}
