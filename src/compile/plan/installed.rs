//! Which files a Python buildout made, from its `.installed.cfg`: a build may replace those as if they were its own, and
//! remove what parts of a recipe of ours have left.
//!
//! The file is what `ConfigParser` writes: per part its options and `__buildout_installed__`, one path a line. Runs
//! append further `[buildout]` blocks, whose last `parts` counts. White space at the ends of lines is spelled
//! `%(__buildout_space__)s`. Any file at all is taken as it comes.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

use crate::compile::parts::rebuilt::{RECIPE, is_own_script};
use crate::compile::project::normalised;

/// The spelled-out white space, longest names first.
const SPACES: &[(&str, &str)] = &[
    ("%(__buildout_space_n__)s", "\n"),
    ("%(__buildout_space_r__)s", "\r"),
    ("%(__buildout_space_f__)s", "\x0c"),
    ("%(__buildout_space_v__)s", "\x0b"),
    ("%(__buildout_space__)s", " "),
];

/// The files and folders that a buildout made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    paths: BTreeSet<Utf8PathBuf>,
    /// The parts whose recipe is ours.
    parts: Vec<InstalledPart>,
    /// What parts of other recipes made.
    foreign: BTreeSet<Utf8PathBuf>,
}

/// A part as a buildout installed it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InstalledPart {
    /// Its name.
    pub name: String,
    /// Its options, resolved.
    pub options: Vec<(String, String)>,
    /// What it made.
    paths: Vec<Utf8PathBuf>,
}

impl Installed {
    /// What `text` lists for the parts that are still installed; relative paths are relative to `project`.
    pub fn read(text: &str, project: &Utf8Path) -> Self {
        let mut wanted = None;
        let mut parts: BTreeMap<&str, InstalledPart> = BTreeMap::new();
        for (section, key, value) in options(text) {
            let part = || InstalledPart { name: section.to_owned(), ..InstalledPart::default() };
            match (section, key) {
                ("buildout", "parts") => wanted = Some(value),
                ("buildout", _) => {}
                (section, "__buildout_installed__") => {
                    let paths = value.lines().filter(|line| !line.is_empty());
                    let paths = paths.map(|path| normalised(&project.join(path))).collect();
                    parts.entry(section).or_insert_with(part).paths = paths;
                }
                (_, key) if key.starts_with("__buildout_") => {}
                (section, key) => parts.entry(section).or_insert_with(part).options.push((key.to_owned(), value)),
            }
        }
        let wanted: Option<BTreeSet<&str>> = wanted.as_deref().map(|parts| parts.split_whitespace().collect());
        let mut installed = Self::default();
        for (name, part) in parts {
            if wanted.as_ref().is_some_and(|wanted| !wanted.contains(name)) {
                continue;
            }
            installed.paths.extend(part.paths.iter().cloned());
            if part.option("recipe") == Some(RECIPE) {
                installed.parts.push(part);
            } else {
                installed.foreign.extend(part.paths);
            }
        }
        installed
    }

    /// Files that parts of our recipe made, as far as they are the recipe's own, with their parts.
    pub fn own(&self) -> impl Iterator<Item = (&InstalledPart, &Utf8Path)> {
        let all = self.parts.iter().flat_map(|part| part.paths.iter().map(move |path| (part, path.as_path())));
        all.filter(|(part, path)| {
            let is_script = path.file_name().is_some_and(|name| is_own_script(&part.name, name));
            (is_script || part.is_conf(path)) && !self.foreign.contains(*path)
        })
    }

    /// Whether the buildout made `path`, or a folder that holds it.
    pub fn lists(&self, path: &Utf8Path) -> bool {
        !self.paths.is_empty() && path.ancestors().any(|ancestor| self.paths.contains(ancestor))
    }
}

impl InstalledPart {
    fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether its configuration is at `path`.
    pub fn is_conf(&self, path: &Utf8Path) -> bool {
        self.option("supervisord-conf").is_some_and(|conf| conf == path)
    }
}

/// All options as (section, key, value), continuation lines joined, white space decoded.
fn options(text: &str) -> Vec<(&str, &str, String)> {
    let mut out: Vec<(&str, &str, String)> = Vec::new();
    let (mut section, mut open) = ("", false);
    for line in text.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            (section, open) = (name.0, false);
        } else if line.starts_with([' ', '\t']) {
            if let (true, Some((_, _, value))) = (open, out.last_mut()) {
                value.push('\n');
                value.push_str(&decoded(line.trim()));
            }
        } else if let Some((key, value)) = line.split_once('=') {
            out.push((section, key.trim(), decoded(value.trim())));
            open = true;
        } else {
            open = false;
        }
    }
    out
}

fn decoded(value: &str) -> String {
    SPACES.iter().fold(value.to_owned(), |value, (spelled, meant)| value.replace(spelled, meant))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "[buildout]\n\
        installed_develop_eggs = \n\
        parts = supervisor gone\n\
        \n\
        [supervisor]\n\
        __buildout_installed__ = /p/bin/supervisord\n\t/p/bin/supervisorctl\n\t/p/a%(__buildout_space__)sb\n\
        __buildout_signature__ = x\n\
        recipe = collective.recipe.supervisor\n\
        \n\
        [gone]\n\
        __buildout_installed__ = parts/gone\n\
        \n\
        [buildout]\n\
        parts = supervisor tree\n\
        \n\
        [tree]\n\
        __buildout_installed__ = parts/tree\n";

    #[test]
    fn the_last_parts_count_and_folders_hold_their_files() {
        let installed = Installed::read(TEXT, "/p".into());
        let lists = |path: &str| installed.lists(path.into());
        assert!(lists("/p/bin/supervisord") && lists("/p/bin/supervisorctl"));
        assert!(lists("/p/a b"));
        assert!(lists("/p/parts/tree/etc/x.conf"));
        assert!(!lists("/p/parts/gone/x"));
        assert!(!lists("/p/bin/other") && !lists("/p/bin"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in any::<String>()) {
            let _ = Installed::read(&text, "/p".into()).lists("/p/x".into());
        }
    }
}
