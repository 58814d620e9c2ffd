//! Texts that came from URLs, kept in a folder: one file for each, named by the hash of its URL.
//!
//! A file starts with lines of `key value` and an empty line; the text follows as it came. What does not fit its own
//! hash is not taken: it counts as absent. Files are written beside and renamed, readable by their owner only, as what
//! was behind a password may hold some.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// The first line of a file.
const MAGIC: &str = "recipe extends-cache 1";

/// A folder of texts.
#[derive(Clone, Debug)]
pub(super) struct ExtendsCache {
    folder: PathBuf,
}

/// A text and what the server said about its age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Kept {
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    pub(super) body: Vec<u8>,
}

impl ExtendsCache {
    pub(super) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    fn path(&self, url: &str) -> PathBuf {
        self.folder.join(blake3::hash(url.as_bytes()).to_hex().as_str())
    }

    /// What is kept for a URL.
    pub(super) fn get(&self, url: &str) -> Option<Kept> {
        parse(&fs::read(self.path(url)).ok()?)
    }

    /// Keeps a text.
    pub(super) fn put(&self, url: &str, kept: &Kept) -> io::Result<()> {
        self.make_folder()?;
        let path = self.path(url);
        let beside = path.with_extension(format!("{}.new", std::process::id()));
        let written = write(&beside, kept).and_then(|()| fs::rename(&beside, &path));
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    }

    /// Only the folder itself is shut: in those above lies what others may read.
    fn make_folder(&self) -> io::Result<()> {
        if let Some(parent) = self.folder.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }
}

fn write(path: &Path, kept: &Kept) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(header(kept).as_bytes())?;
    file.write_all(&kept.body)?;
    file.sync_all()
}

fn header(kept: &Kept) -> String {
    let line = |key: &str, value: &Option<String>| value.as_ref().map_or(String::new(), |v| format!("{key} {v}\n"));
    let (etag, last_modified) = (line("etag", &kept.etag), line("last-modified", &kept.last_modified));
    format!("{MAGIC}\n{etag}{last_modified}blake3 {}\n\n", blake3::hash(&kept.body).to_hex())
}

fn parse(bytes: &[u8]) -> Option<Kept> {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n")?;
    let mut lines = std::str::from_utf8(&bytes[..end]).ok()?.lines();
    if lines.next() != Some(MAGIC) {
        return None;
    }
    let mut kept = Kept { body: bytes[end + 2..].to_vec(), ..Kept::default() };
    let mut hash = None;
    for (key, value) in lines.filter_map(|line| line.split_once(' ')) {
        match key {
            "etag" => kept.etag = Some(value.to_owned()),
            "last-modified" => kept.last_modified = Some(value.to_owned()),
            "blake3" => hash = Some(value),
            _ => {}
        }
    }
    (hash == Some(blake3::hash(&kept.body).to_hex().as_str())).then_some(kept)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_kept_comes_back_and_what_is_changed_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = ExtendsCache::new(folder.path().join("a/b"));
        let kept = Kept { etag: Some("\"x y\"".into()), last_modified: None, body: b"\n\n[a]\n".to_vec() };
        assert_eq!(cache.get("http://h/a"), None);
        cache.put("http://h/a", &kept).unwrap();
        assert_eq!(cache.get("http://h/a"), Some(kept));
        assert_eq!(cache.get("http://h/b"), None);
        let path = cache.path("http://h/a");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        fs::create_dir(folder.path().join("plain")).unwrap();
        let plain = mode(&folder.path().join("plain"));
        assert_eq!((mode(&folder.path().join("a")), mode(&cache.folder), mode(&path)), (plain, 0o700, 0o600));
        let mut bytes = fs::read(&path).unwrap();
        bytes.push(b'x');
        fs::write(&path, bytes).unwrap();
        assert_eq!(cache.get("http://h/a"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_file_is_a_danger(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }
    }
}
