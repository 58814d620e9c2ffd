//! Which files a Python buildout made, from its `.installed.cfg`: a build may replace those as if they were its own.
//!
//! The file is what `ConfigParser` writes: per part its options and `__buildout_installed__`, one path a line. Runs
//! append further `[buildout]` blocks, whose last `parts` counts. White space at the ends of lines is spelled
//! `%(__buildout_space__)s`. Only these two options are read; anything else, and any file at all, is taken as it comes.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};

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
}

impl Installed {
    /// What `text` lists for the parts that are still installed; relative paths are relative to `project`.
    pub fn read(text: &str, project: &Utf8Path) -> Self {
        let mut parts = None;
        let mut made: BTreeMap<&str, String> = BTreeMap::new();
        for (section, key, value) in options(text) {
            match (section, key) {
                ("buildout", "parts") => parts = Some(value),
                (part, "__buildout_installed__") => {
                    made.insert(part, value);
                }
                _ => {}
            }
        }
        let wanted: Option<BTreeSet<&str>> = parts.as_deref().map(|parts| parts.split_whitespace().collect());
        let made = made.iter().filter(|(part, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(*part)));
        let paths = made.flat_map(|(_, value)| value.lines()).filter(|line| !line.is_empty());
        Self { paths: paths.map(|path| normalised(&project.join(path))).collect() }
    }

    /// Whether the buildout made `path`, or a folder that holds it.
    pub fn lists(&self, path: &Utf8Path) -> bool {
        !self.paths.is_empty() && path.ancestors().any(|ancestor| self.paths.contains(ancestor))
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
