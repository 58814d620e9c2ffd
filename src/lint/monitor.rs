//! A `cluster.ini`: of it only the syntax is known so far.

use crate::base::{Diagnostic, FileId, Sources};
use crate::conf::ini::Ini;

/// What is wrong with `text`, which the user calls `path`.
pub fn check(sources: &mut Sources, path: &str, text: &str) -> (Vec<Diagnostic>, FileId) {
    let file = sources.add(path, text);
    let mut ini = Ini::new();
    ini.read(file, path, sources.text(file));
    let found = ini.problems().iter().map(|finding| finding.clone().shown()).collect();
    (found, file)
}
