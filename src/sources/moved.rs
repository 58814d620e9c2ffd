//! Another project folder, read as if it stood in the place of this one: so that what it builds can be compared, with
//! no difference that comes from where it lies.

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::seams::{Files, ReadError};

/// Files below one folder, from another.
pub struct MovedFiles<'a> {
    from: Utf8PathBuf,
    to: Utf8PathBuf,
    here: Utf8PathBuf,
    files: &'a dyn Files,
}

impl<'a> MovedFiles<'a> {
    /// What `files` has below `from` is read below `to`; both are absolute, and relative paths are relative to `here`.
    pub fn new(from: &Utf8Path, to: &Utf8Path, here: &Utf8Path, files: &'a dyn Files) -> Self {
        Self { from: from.to_owned(), to: to.to_owned(), here: here.to_owned(), files }
    }

    fn moved(&self, path: &str) -> String {
        let path = self.here.join(path);
        match path.strip_prefix(&self.from) {
            Ok(rest) => self.to.join(rest).into_string(),
            Err(_) => path.into_string(),
        }
    }
}

impl std::fmt::Debug for MovedFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MovedFiles").field("from", &self.from).field("to", &self.to).finish_non_exhaustive()
    }
}

impl Files for MovedFiles<'_> {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        self.files.read(&self.moved(path))
    }

    fn exists(&self, path: &str) -> bool {
        self.files.exists(&self.moved(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what it was asked for.
    struct Echo;

    impl Files for Echo {
        fn read(&self, path: &str) -> Result<String, ReadError> {
            Ok(path.to_owned())
        }

        fn exists(&self, _path: &str) -> bool {
            true
        }
    }

    #[test]
    fn only_the_project_moves() {
        let files = MovedFiles::new("/srv/shop".into(), "/tmp/other".into(), "/srv/shop/sub".into(), &Echo);
        let cases = [
            ("/srv/shop/recipe.toml", "/tmp/other/recipe.toml"),
            ("x.toml", "/tmp/other/sub/x.toml"),
            ("/srv/shopping/x", "/srv/shopping/x"),
            ("/etc/x", "/etc/x"),
        ];
        for (path, read) in cases {
            assert_eq!(files.read(path), Ok(read.into()));
        }
    }
}
