//! Logs that are followed: the last bytes, then whatever comes, until the daemon leaves.
//!
//! While somebody follows, the file is looked at ten times a second, whatever else becomes of it: rotated (another
//! file has its name), emptied, removed. When nobody does, nothing happens.

use std::fs::{File, Metadata};
use std::future::Future;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime};

use hyper::body::Bytes;
use tokio::time::{Sleep, sleep};

use crate::runtime::logread;

/// How many bytes are shown at first.
const FIRST: u64 = 1024;
/// Most bytes sent at once.
const MOST: u64 = 64 * 1024;
/// How often a file is looked at.
const PERIOD: Duration = Duration::from_millis(100);
const TRUNCATED: &[u8] = b"==> File truncated <==\n";

/// A file that is followed.
pub(super) struct Tail {
    path: PathBuf,
    file: File,
    inode: u64,
    /// How much of it was sent.
    position: u64,
    pause: Option<Pin<Box<Sleep>>>,
    /// Ends it.
    closed: Pin<Box<dyn Future<Output = ()>>>,
}

impl Tail {
    /// Starts at the last bytes, and ends when `closed` does.
    pub(super) fn open(path: &Path, closed: impl Future<Output = ()> + 'static) -> io::Result<Self> {
        let mut file = logread::open(path)?;
        let metadata = file.metadata()?;
        let position = metadata.len().saturating_sub(FIRST);
        // A pipe cannot be followed.
        file.seek(SeekFrom::Start(position))?;
        Ok(Self { path: path.to_owned(), file, inode: metadata.ino(), position, pause: None, closed: Box::pin(closed) })
    }

    /// When the file was last written to.
    pub(super) fn modified(&self) -> io::Result<SystemTime> {
        self.file.metadata().and_then(|metadata| metadata.modified())
    }

    /// What has come since the last time, once something has; nothing at the end.
    pub(super) fn poll_more(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(None);
        }
        loop {
            if let Some(pause) = &mut self.pause {
                std::task::ready!(pause.as_mut().poll(cx));
                self.pause = None;
            }
            // A file that cannot be read now may be read later.
            if let Ok(Some(more)) = self.more() {
                return Poll::Ready(Some(more));
            }
            self.pause = Some(Box::pin(sleep(PERIOD)));
        }
    }

    fn more(&mut self) -> io::Result<Option<Bytes>> {
        let rest = self.rest(&self.file.metadata()?)?;
        if rest.is_some() || !self.was_replaced() {
            return Ok(rest);
        }
        self.file = logread::open(&self.path)?;
        let metadata = self.file.metadata()?;
        (self.inode, self.position) = (metadata.ino(), 0);
        self.rest(&metadata)
    }

    /// What the open file holds behind the position.
    fn rest(&mut self, metadata: &Metadata) -> io::Result<Option<Bytes>> {
        let size = metadata.len();
        if size < self.position {
            self.position = 0;
            return Ok(Some(Bytes::from_static(TRUNCATED)));
        }
        let mut bytes = Vec::new();
        self.file.seek(SeekFrom::Start(self.position))?;
        Read::by_ref(&mut self.file).take(MOST.min(size - self.position)).read_to_end(&mut bytes)?;
        self.position += bytes.len() as u64;
        Ok(if bytes.is_empty() { None } else { Some(bytes.into()) })
    }

    /// Whether another file has the name.
    fn was_replaced(&self) -> bool {
        std::fs::metadata(&self.path).is_ok_and(|metadata| metadata.ino() != self.inode)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn more(tail: &mut Tail) -> Option<String> {
        tail.more().unwrap().map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[test]
    fn a_file_is_followed_through_all_that_befalls_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let append = |text: &str| {
            let file = File::options().append(true).create(true).open(&path);
            file.unwrap().write_all(text.as_bytes()).unwrap();
        };
        append(&format!("{}x", "a".repeat(2000)));
        let mut tail = Tail::open(&path, std::future::pending()).unwrap();
        let first = more(&mut tail).unwrap();
        assert_eq!((first.len(), first.ends_with("ax")), (1024, true));
        assert_eq!(more(&mut tail), None);
        append("more");
        assert_eq!(more(&mut tail).as_deref(), Some("more"));
        std::fs::write(&path, "new").unwrap();
        assert_eq!(more(&mut tail).as_deref(), Some("==> File truncated <==\n"));
        assert_eq!(more(&mut tail).as_deref(), Some("new"));
        append("last");
        std::fs::rename(&path, folder.path().join("log.1")).unwrap();
        assert_eq!(more(&mut tail).as_deref(), Some("last"));
        assert_eq!(more(&mut tail), None);
        append("rotated");
        assert_eq!(more(&mut tail).as_deref(), Some("rotated"));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(more(&mut tail), None);
    }
}
