//! Reading pieces of log files, by the rules of `readLog` and `tailProcessStdoutLog`.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Why a piece cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFault {
    /// A negative length, or a length besides a negative offset.
    BadArguments,
    /// There is no such file.
    NoFile,
    /// It cannot be read.
    Failed,
}

impl From<io::Error> for ReadFault {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound { Self::NoFile } else { Self::Failed }
    }
}

/// Opens a log for reading, without waiting for who writes it if it is a FIFO.
pub(super) fn open(path: &Path) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    File::options().read(true).custom_flags(flags).open(path)
}

/// `length` bytes from `offset` on, to the end with length 0; the last `-offset` bytes with a negative offset, which
/// takes no length. A file that is not there is told first.
pub fn read(path: &Path, offset: i64, length: i64) -> Result<Vec<u8>, ReadFault> {
    let mut file = open(path)?;
    if length < 0 || (offset < 0 && length != 0) {
        return Err(ReadFault::BadArguments);
    }
    let start = match u64::try_from(offset) {
        Ok(offset) => offset,
        Err(_) => size(&file)?.saturating_sub(offset.unsigned_abs()),
    };
    let limit = if length == 0 { u64::MAX } else { length.unsigned_abs() };
    piece(&mut file, start, limit)
}

/// The end of a file, as a client that polls it wants it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// The last bytes, at most as many as asked for; none when nothing is new since the given offset.
    pub bytes: Vec<u8>,
    /// The size of the file: what to give next time.
    pub offset: u64,
    /// More than asked for is new: some of it is skipped.
    pub overflow: bool,
}

/// The last `length` bytes of a file whose first `offset` bytes are known. A file that is not there is empty; negative
/// numbers are odd but no fault, as in the original.
pub fn tail(path: &Path, offset: i64, length: i64) -> Result<Tail, ReadFault> {
    let mut file = match open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Tail::default()),
        Err(_) => return Err(ReadFault::Failed),
    };
    let size = size(&file)?;
    let new = i64::try_from(size).unwrap_or(i64::MAX);
    let wanted = if offset >= new { 0 } else { u64::try_from(length).unwrap_or(0).min(size) };
    let bytes = piece(&mut file, size - wanted, wanted)?;
    Ok(Tail { bytes, offset: size, overflow: new > offset.saturating_add(length) })
}

fn size(file: &File) -> io::Result<u64> {
    Ok(file.metadata()?.len())
}

fn piece(file: &mut File, start: u64, limit: u64) -> Result<Vec<u8>, ReadFault> {
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(start))?;
    file.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(text: &str, check: impl FnOnce(&Path)) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, text).unwrap();
        check(&path);
    }

    #[test]
    fn reading_by_offset_and_length() {
        with("0123456789", |path| {
            assert_eq!(read(path, 2, 3).unwrap(), b"234");
            assert_eq!(read(path, 2, 0).unwrap(), b"23456789");
            assert_eq!(read(path, -3, 0).unwrap(), b"789");
            assert_eq!(read(path, -30, 0).unwrap(), b"0123456789");
            assert_eq!(read(path, 30, 1).unwrap(), b"");
            assert_eq!(read(path, -3, 1), Err(ReadFault::BadArguments));
            assert_eq!(read(path, 0, -1), Err(ReadFault::BadArguments));
            assert_eq!(read(&path.join("no"), 0, 0), Err(ReadFault::Failed));
            let fifo = path.with_extension("fifo");
            nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
            assert_eq!(read(&fifo, 0, 0), Err(ReadFault::Failed));
            assert_eq!(tail(&fifo, 0, 9), Err(ReadFault::Failed));
            assert_eq!(read(&path.with_extension("no"), 0, 0), Err(ReadFault::NoFile));
            assert_eq!(read(&path.with_extension("no"), -3, 1), Err(ReadFault::NoFile));
        });
    }

    #[test]
    fn tailing_gives_the_last_bytes() {
        with("0123456789", |path| {
            let got = |offset, length| {
                let tail = tail(path, offset, length).unwrap();
                (String::from_utf8(tail.bytes).unwrap(), tail.offset, tail.overflow)
            };
            assert_eq!(got(0, 4), ("6789".into(), 10, true));
            assert_eq!(got(8, 4), ("6789".into(), 10, false));
            assert_eq!(got(0, 99), ("0123456789".into(), 10, false));
            assert_eq!(got(10, 4), (String::new(), 10, false));
            assert_eq!(got(0, 0), (String::new(), 10, true));
            assert_eq!(got(-3, 3), ("789".into(), 10, true));
            assert_eq!(got(0, -1), (String::new(), 10, true));
            assert_eq!(tail(&path.with_extension("no"), 0, 9), Ok(Tail::default()));
        });
    }
}
