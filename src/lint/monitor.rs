//! A `cluster.ini`, as `ctl` reads it.

use super::rules;
use crate::base::seams::Here;
use crate::base::{Diagnostic, FileId, Sources, Span};
use crate::conf::monitor::read::read;

/// What is wrong with `text`, which the user calls `path`. `here` is the host that is to run it, if that is this one.
pub fn check(sources: &mut Sources, path: &str, text: &str, here: Option<&dyn Here>) -> (Vec<Diagnostic>, FileId) {
    let file = sources.add(path, text);
    let mut found = read(file, text).found;
    if let Some(here) = here {
        rules::bad_certificates_of_cluster(here, text, Span::new(file, 0, text.len()), &mut found);
    }
    (found, file)
}
