//! The project's folders, made absolute against the project folder.
//!
//! In a `.cfg` this happens where buildout does it: before references are looked at where the value holds none, and
//! again once `[buildout]` is resolved. `eggs-directory-version` is appended after that, so that other sections see it.

use camino::{Utf8Path, Utf8PathBuf};

use crate::compile::document::{Node, Table};
use crate::compile::project::normalised;

/// Options of `[buildout]` that are folders.
const CFG: [&str; 4] = ["bin-directory", "parts-directory", "eggs-directory", "develop-eggs-directory"];
/// Keys of `[project]` that are folders.
const NATIVE: [&str; 3] = ["bin-directory", "parts-directory", "templates-directory"];

/// Makes `directory` absolute against `base`, and the folders against it. `when` decides by a value's text.
pub(super) fn make_absolute(project: &mut Table, is_cfg: bool, base: &Utf8Path, when: fn(&str) -> bool) {
    let names: &[&str] = if is_cfg { &CFG } else { &NATIVE };
    if let Some(Node::Scalar(scalar)) = project.get_mut("directory")
        && when(&scalar.text)
    {
        scalar.text = normalised(&base.join(&*scalar.text)).into_string().into();
    }
    let Some(home) = project.scalar("directory").map(|s| s.text.clone()).filter(|home| when(home)) else { return };
    for name in names {
        if let Some(Node::Scalar(scalar)) = project.get_mut(name)
            && when(&scalar.text)
        {
            join(&mut scalar.text, &home);
        }
    }
}

/// Before references are looked at.
pub(super) fn without_references(text: &str) -> bool {
    !text.contains("${") && !text.contains("$<")
}

/// After that. What still looks like a reference of buildout stays relative, as there.
pub(super) fn when_resolved(text: &str) -> bool {
    !text.contains("${")
}

/// What buildout does with `[buildout]` itself once it is resolved.
pub(super) fn join_installed(buildout: &mut Table) {
    let Some(home) = buildout.scalar("directory").map(|s| s.text.clone()) else { return };
    if let Some(Node::Scalar(scalar)) = buildout.get_mut("installed")
        && !scalar.text.is_empty()
    {
        join(&mut scalar.text, &home);
    }
}

/// Eggs of buildout 5 and later have a folder of their own.
pub(super) fn join_eggs_version(buildout: &mut Table) {
    let version = buildout.scalar("eggs-directory-version").map(|s| s.text.clone()).filter(|v| !v.is_empty());
    if let (Some(version), Some(Node::Scalar(scalar))) = (version, buildout.get_mut("eggs-directory")) {
        let home = std::mem::take(&mut scalar.text);
        scalar.text = version;
        join(&mut scalar.text, &home);
    }
}

/// As Python's `os.path.join`: nothing is normalised.
fn join(text: &mut Box<str>, home: &str) {
    if !text.starts_with('/') {
        let slash = if home.ends_with('/') || home.is_empty() { "" } else { "/" };
        *text = format!("{home}{slash}{text}").into();
    }
}

/// A folder of the resolved project; `fallback` where the manifest has none.
pub(super) fn folder(project: Option<&Table>, key: &str, base: &Utf8Path, fallback: &str) -> Utf8PathBuf {
    let text = project.and_then(|p| p.scalar(key)).map_or(fallback, |s| &s.text);
    normalised(&base.join(text))
}
