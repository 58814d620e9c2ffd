//! Where a build stands on disk.

use camino::{Utf8Path, Utf8PathBuf};

use crate::compile::plan::RECIPE_FOLDER;

/// A project folder, and the root below which all of its outputs are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The project folder, absolute, as outputs know it.
    pub project: Utf8PathBuf,
    /// The folder that stands for `/` when a package is built; outputs keep their texts.
    pub root: Option<Utf8PathBuf>,
}

impl Site {
    /// The project in the absolute folder `project`, on this host.
    pub fn new(project: impl Into<Utf8PathBuf>) -> Self {
        Self { project: project.into(), root: None }
    }

    /// Where the absolute path `path` of an output is on disk.
    pub fn on_disk(&self, path: &Utf8Path) -> Utf8PathBuf {
        match &self.root {
            None => path.to_owned(),
            Some(root) => root.join(path.strip_prefix("/").unwrap_or(path)),
        }
    }

    /// The project folder on disk.
    pub fn folder(&self) -> Utf8PathBuf {
        self.on_disk(&self.project)
    }

    /// The folder in which builds remember, on disk.
    pub fn recipe_folder(&self) -> Utf8PathBuf {
        self.folder().join(RECIPE_FOLDER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_stands_before_every_path() {
        let site = Site { project: "/srv/shop".into(), root: Some("/tmp/pkg".into()) };
        assert_eq!(site.on_disk("/etc/x".into()), "/tmp/pkg/etc/x");
        assert_eq!(site.recipe_folder(), "/tmp/pkg/srv/shop/.recipe");
        assert_eq!(Site::new("/srv/shop").recipe_folder(), "/srv/shop/.recipe");
    }
}
