//! Opening the files that a configuration names. What has such a name may be no plain file: nobody waits for the other end of a
//! pipe, and nothing is read that has no end.

use std::fs::{File, Metadata, OpenOptions, metadata};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::OFlags;

/// The largest file that is read as a whole.
const LARGEST: u64 = 64 << 20;

/// Opens a plain file, or `/dev/null`, to read it.
pub(super) fn open(path: &Path) -> io::Result<File> {
    open_as(OpenOptions::new().read(true), path)
}

/// Opens a plain file, or `/dev/null`, like this.
pub(super) fn open_as(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    opened(options, path, |there| there.is_file() || is_null(there))
}

/// Opens a log to write at its end: a plain file, or a device. What stands in `/dev`, such as `/dev/stderr`, is taken for what it
/// is, which may be a pipe.
pub(super) fn append(path: &Path) -> io::Result<File> {
    let is_own: fn(&Metadata) -> bool = |there| there.is_file() || there.file_type().is_char_device();
    let takes = if path.starts_with("/dev") { |_: &Metadata| true } else { is_own };
    let file = opened(OpenOptions::new().create(true).append(true), path, takes)?;
    // Whoever reads it may be slow.
    rustix::fs::fcntl_setfl(&file, rustix::fs::fcntl_getfl(&file)? - OFlags::NONBLOCK)?;
    Ok(file)
}

/// What a plain file holds.
pub(super) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let (file, mut bytes) = (open(path)?, Vec::new());
    if file.metadata()?.len() > LARGEST {
        return Err(io::Error::other(format!("is larger than {} MiB", LARGEST >> 20)));
    }
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The text of a plain file.
pub(super) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?).map_err(|_| io::Error::new(ErrorKind::InvalidData, "is not UTF-8"))
}

/// Whether it is `/dev/null`, however it is called.
pub fn swallows(path: &Path) -> bool {
    metadata(path).is_ok_and(|there| is_null(&there))
}

/// That there is a plain file, or nothing at all.
pub fn is_or_may_be(path: &Path) -> io::Result<()> {
    match metadata(path) {
        Ok(there) => taken(&there, Metadata::is_file),
        Err(_) => Ok(()),
    }
}

/// The same for a file that the user names to be read. What stands in `/dev` or `/proc` is taken for what it is: whoever names it
/// may mean a pipe, such as that of a shell's `<(…)`.
pub fn is_given(path: &Path) -> io::Result<()> {
    if path.starts_with("/dev") || path.starts_with("/proc") { Ok(()) } else { is_or_may_be(path) }
}

fn opened(options: &mut OpenOptions, path: &Path, takes: fn(&Metadata) -> bool) -> io::Result<File> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    match options.custom_flags(flags).open(path) {
        Ok(file) => taken(&file.metadata()?, takes).map(|()| file),
        // One to which nobody listens, or a folder that is to be written to, says so in other words.
        Err(why) => match metadata(path) {
            Ok(there) if !there.is_dir() => taken(&there, takes).and(Err(why)),
            _ => Err(why),
        },
    }
}

fn taken(there: &Metadata, takes: fn(&Metadata) -> bool) -> io::Result<()> {
    if takes(there) { Ok(()) } else { Err(io::Error::other(format!("is {}, no plain file", kind(there)))) }
}

fn kind(there: &Metadata) -> &'static str {
    let kind = there.file_type();
    match () {
        () if kind.is_fifo() => "a pipe",
        () if kind.is_socket() => "a socket",
        () if kind.is_dir() => "a folder",
        () if kind.is_file() => "a file",
        () => "a device",
    }
}

/// Whether it is what holds nothing, and keeps nothing.
fn is_null(there: &Metadata) -> bool {
    there.file_type().is_char_device() && there.rdev() == rustix::fs::makedev(1, 3)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use rustix::fs::{CWD, FileType, Mode};

    use super::*;

    #[test]
    fn only_what_is_plain_is_opened_and_nobody_waits() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, file) = (folder.path().join("pipe"), folder.path().join("file"));
        rustix::fs::mknodat(CWD, &pipe, FileType::Fifo, Mode::RWXU, 0).unwrap();
        fs::write(&file, "text").unwrap();
        let why = |done: io::Result<File>| done.map(|_| ()).map_err(|why| why.to_string());
        let no = |what: &str| Err(format!("is {what}, no plain file"));
        for done in [open(&pipe), append(&pipe), open_as(OpenOptions::new().read(true).write(true), &pipe)] {
            assert_eq!(why(done), no("a pipe"));
        }
        assert_eq!(why(open(folder.path())), no("a folder"));
        assert_eq!(why(open(Path::new("/dev/zero"))), no("a device"));
        assert!(append(folder.path()).is_err() && open(&folder.path().join("none")).is_err());
        assert!(open(Path::new("/dev/null")).is_ok() && append(Path::new("/dev/null")).is_ok());
        assert!(is_or_may_be(&pipe).is_err() && is_or_may_be(&file).is_ok() && is_or_may_be(&file.join("x")).is_ok());
        assert!(is_given(&pipe).is_err() && is_given(&file).is_ok() && is_given(Path::new("/dev/stdin")).is_ok());
        assert_eq!((text(&file).unwrap().as_str(), text(Path::new("/dev/null")).unwrap().as_str()), ("text", ""));
        File::create(&file).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(text(&file).unwrap_err().to_string(), "is larger than 64 MiB");
    }
}
