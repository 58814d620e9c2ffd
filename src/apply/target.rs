//! What stands on disk where a build wants to write: the real [`Target`].
//!
//! A look at an output costs an `open`, an `fstat` and a `read`; where its folder really is, is asked once per folder.

use std::cell::RefCell;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt, PermissionsExt};

use camino::{Utf8Path, Utf8PathBuf};
use rustix::fs::OFlags;
use rustix::io::Errno;

use super::problem::words;
use super::site::Site;
use crate::compile::plan::target::{Link, Seen, Target, What};

/// Files larger than this are no outputs and are not read.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The disk, below the root of a site.
#[derive(Debug)]
pub struct DiskTarget<'a> {
    site: &'a Site,
    /// The real folder of each folder that was asked for.
    folders: RefCell<HashMap<Utf8PathBuf, Utf8PathBuf>>,
    /// What a build that was cut off will put (or, none, remove) at real paths.
    pending: HashMap<Utf8PathBuf, Option<Utf8PathBuf>>,
}

impl<'a> DiskTarget<'a> {
    /// The disk as it is.
    pub fn new(site: &'a Site) -> Self {
        Self { site, folders: RefCell::default(), pending: HashMap::new() }
    }

    /// The disk as it will be once the build that was cut off is completed.
    pub(super) fn with_pending(mut self, pending: HashMap<Utf8PathBuf, Option<Utf8PathBuf>>) -> Self {
        self.pending = pending;
        self
    }

    /// Where `folder` (on disk) really is. What does not exist yet is where its nearest folder is.
    fn real_folder(&self, folder: &Utf8Path) -> Utf8PathBuf {
        if let Some(real) = self.folders.borrow().get(folder) {
            return real.clone();
        }
        let real = match (folder.canonicalize_utf8(), folder.parent(), folder.file_name()) {
            (Ok(real), ..) => real,
            (Err(_), Some(parent), Some(name)) => self.real_folder(parent).join(name),
            (Err(_), ..) => folder.to_owned(),
        };
        self.folders.borrow_mut().insert(folder.to_owned(), real.clone());
        real
    }

    /// The folder that `path` may not leave unseen: the project folder for what is in it, else the root.
    fn home(&self, path: &Utf8Path) -> (Utf8PathBuf, Utf8PathBuf) {
        let home = if path.starts_with(&self.site.project) { &*self.site.project } else { Utf8Path::new("/") };
        (home.to_owned(), self.real_folder(&self.site.on_disk(home)))
    }

    /// Whether the folder of `path` is elsewhere than its name says.
    fn folder_link(&self, path: &Utf8Path, disk: &Utf8Path) -> Option<Link> {
        let (home, real_home) = self.home(path);
        let folder = self.real_folder(disk.parent()?);
        let expected = real_home.join(path.parent()?.strip_prefix(&home).ok()?);
        if folder == expected || (self.site.root.is_none() && home == "/") {
            return None;
        }
        let inside = folder.starts_with(&real_home);
        Some(Link { to: folder.join(disk.file_name()?), inside, last: false })
    }

    /// What stands at a path whose last component is a symbolic link.
    fn linked(&self, path: &Utf8Path, disk: &Utf8Path) -> Seen {
        match disk.canonicalize_utf8() {
            Ok(to) => {
                let inside = to.starts_with(self.home(path).1);
                let what = self.look(&to).unwrap_or_else(|error| missing(&error));
                Seen { what, link: Some(Link { to, inside, last: true }) }
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Seen::plain(What::Other("a symbolic link to nothing")),
            Err(error) => Seen::plain(What::Unreadable(words(&error))),
        }
    }

    fn look(&self, real: &Utf8Path) -> io::Result<What> {
        match self.pending.get(real) {
            None => look(real),
            Some(None) => Ok(What::Nothing),
            Some(Some(temporary)) => match look(temporary) {
                Err(error) if error.kind() == ErrorKind::NotFound => look(real),
                result => result,
            },
        }
    }
}

impl Target for DiskTarget<'_> {
    fn observe(&self, path: &Utf8Path) -> Seen {
        let disk = self.site.on_disk(path);
        let link = self.folder_link(path, &disk);
        let real = link.as_ref().map_or(&disk, |link| &link.to);
        match self.look(real) {
            Ok(what) => Seen { what, link },
            Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => self.linked(path, &disk),
            Err(error) => Seen { what: missing(&error), link },
        }
    }
}

/// What an error of opening a path says about it. Where a file stands in place of a folder, nothing can be below it.
fn missing(error: &io::Error) -> What {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => What::Nothing,
        _ if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => What::Other("a socket"),
        _ => What::Unreadable(words(error)),
    }
}

/// What stands at `real`, without following a link or waiting for a pipe.
fn look(real: &Utf8Path) -> io::Result<What> {
    match open(real) {
        // A folder that may not be listed can be written in all the same.
        Err(error) if error.kind() == ErrorKind::PermissionDenied && real.is_dir() => Ok(What::Folder),
        result => result,
    }
}

fn open(real: &Utf8Path) -> io::Result<What> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
    let file = OpenOptions::new().read(true).custom_flags(flags).open(real)?;
    let meta = file.metadata()?;
    let mode = meta.permissions().mode() & 0o7777;
    let kind = meta.file_type();
    Ok(match meta.len() {
        _ if kind.is_dir() => What::Folder,
        _ if kind.is_fifo() => What::Other("a pipe"),
        _ if !kind.is_file() => What::Other("a device"),
        size if size > LARGEST => What::LargeFile { size, mode },
        size => What::File { bytes: read(file, size)?, mode },
    })
}

fn read(file: File, size: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0) + 1);
    file.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use super::*;

    fn folder() -> (tempfile::TempDir, Site) {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
        std::fs::create_dir(path.join("p")).unwrap();
        (folder, Site::new(path.join("p")))
    }

    fn what(site: &Site, name: &str) -> What {
        DiskTarget::new(site).observe(&site.project.join(name)).what
    }

    #[test]
    fn all_kinds_of_things_are_told_apart() {
        let (_keep, site) = folder();
        std::fs::write(site.project.join("file"), "x").unwrap();
        std::fs::set_permissions(site.project.join("file"), PermissionsExt::from_mode(0o640)).unwrap();
        File::create(site.project.join("large")).unwrap().set_len(LARGEST + 1).unwrap();
        let _socket = UnixListener::bind(site.project.join("socket")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            site.project.join("pipe").as_std_path(),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        symlink("nowhere", site.project.join("dangling")).unwrap();
        assert_eq!(what(&site, "file"), What::File { bytes: b"x".into(), mode: 0o640 });
        assert!(matches!(what(&site, "large"), What::LargeFile { size, .. } if size == LARGEST + 1));
        assert_eq!(what(&site, "socket"), What::Other("a socket"));
        assert_eq!(what(&site, "pipe"), What::Other("a pipe"));
        assert_eq!(what(&site, "dangling"), What::Other("a symbolic link to nothing"));
        assert_eq!(what(&site, "none"), What::Nothing);
        assert_eq!(what(&site, "file/below"), What::Nothing);
        assert_eq!(what(&site, ""), What::Folder);
    }

    #[test]
    fn links_are_followed_by_name() {
        let (_keep, site) = folder();
        let above = site.project.parent().unwrap().to_owned();
        std::fs::create_dir(above.join("out")).unwrap();
        std::fs::write(above.join("out/x"), "x").unwrap();
        std::fs::write(site.project.join("y"), "y").unwrap();
        symlink(above.join("out"), site.project.join("var")).unwrap();
        symlink("y", site.project.join("link")).unwrap();
        let link = |name: &str| DiskTarget::new(&site).observe(&site.project.join(name)).link;
        assert_eq!(link("var/x"), Some(Link { to: above.join("out/x"), inside: false, last: false }));
        assert_eq!(link("var/new/x"), Some(Link { to: above.join("out/new/x"), inside: false, last: false }));
        assert_eq!(link("link"), Some(Link { to: site.project.join("y"), inside: true, last: true }));
        assert_eq!(link("y"), None);
        assert_eq!(what(&site, "var"), What::Folder);
        assert_eq!(DiskTarget::new(&site).observe(&above.join("out/x")).link, None);
    }

    #[test]
    fn a_project_that_is_reached_through_a_link_is_where_it_is() {
        let (_keep, site) = folder();
        let above = site.project.parent().unwrap().to_owned();
        symlink("p", above.join("alias")).unwrap();
        let alias = Site::new(above.join("alias"));
        assert_eq!(DiskTarget::new(&alias).observe(&above.join("alias/bin/x")).link, None);
        let root = Site { project: "/alias".into(), root: Some(above.clone()) };
        assert_eq!(DiskTarget::new(&root).observe("/alias/bin/x".into()).link, None);
        symlink("/usr", above.join("usr")).unwrap();
        let seen = DiskTarget::new(&root).observe("/usr/none".into());
        assert_eq!(seen.link, Some(Link { to: "/usr/none".into(), inside: false, last: false }));
    }
}
