//! A `cluster.ini`, as `ctl` reads it.

use crate::base::{Diagnostic, FileId, Sources};
use crate::conf::monitor::read::read;

/// What is wrong with `text`, which the user calls `path`.
pub fn check(sources: &mut Sources, path: &str, text: &str) -> (Vec<Diagnostic>, FileId) {
    let file = sources.add(path, text);
    (read(file, text).found, file)
}
