//! Which file is the manifest.

use camino::{Utf8Path, Utf8PathBuf};

/// Names under which a manifest is found, in order.
pub(super) const NAMES: [&str; 3] = ["recipe.toml", "recipe.yaml", "buildout.cfg"];

/// Why there is no one manifest.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotFound {
    /// None of the names is there.
    None,
    /// Several are.
    Several(Vec<&'static str>),
}

/// The manifest named on the command line, else the one in the current folder.
pub(super) fn manifest(named: Option<&Utf8Path>, exists: &dyn Fn(&str) -> bool) -> Result<Utf8PathBuf, NotFound> {
    if let Some(path) = named {
        return Ok(path.to_owned());
    }
    let found: Vec<&str> = NAMES.into_iter().filter(|name| exists(name)).collect();
    match found.as_slice() {
        [] => Err(NotFound::None),
        [one] => Ok(Utf8PathBuf::from(one)),
        _ => Err(NotFound::Several(found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_found_and_two_are_refused() {
        let there = |names: &'static [&'static str]| move |name: &str| names.contains(&name);
        assert_eq!(manifest(None, &there(&["recipe.yaml", "x"])), Ok("recipe.yaml".into()));
        assert_eq!(manifest(None, &there(&[])), Err(NotFound::None));
        let two = &there(&["buildout.cfg", "recipe.toml"]);
        assert_eq!(manifest(None, two), Err(NotFound::Several(vec!["recipe.toml", "buildout.cfg"])));
        assert_eq!(manifest(Some("other.cfg".into()), two), Ok("other.cfg".into()));
    }
}
