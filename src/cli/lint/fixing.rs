//! Fixing: rounds of fixes and checks until there is nothing left to fix, then written or shown.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::Path;

use similar::TextDiff;

use super::super::exit::Exit;
use super::super::hidden;
use super::super::terminal::Terminal;
use super::Run;
use super::texts::Texts;
use crate::base::seams::Files as _;
use crate::base::{FileId, Safety};
use crate::lint::fix;
use crate::sources::disk::reason;

/// A fix that brings up another finding which can be fixed takes a round; none is known that takes more than a few.
const ROUNDS: usize = 20;

/// Makes all fixes that are at most as risky as `most`; how many findings were mended.
pub(super) fn fix(
    run: &mut Run,
    texts: &mut Texts,
    most: Safety,
    look: &dyn Fn(&Texts) -> Result<Run, Exit>,
) -> Result<usize, Exit> {
    let mut count = 0;
    for _ in 0..ROUNDS {
        let own: BTreeSet<FileId> = run.files.iter().copied().collect();
        let is_own = |finding: &&crate::base::Diagnostic| {
            finding.fix.as_ref().is_some_and(|fix| fix.edits.iter().all(|edit| own.contains(&edit.span.file)))
        };
        let found: Vec<_> = run.found.iter().filter(is_own).cloned().collect();
        let fixed = fix::apply(&run.sources, &found, most);
        if fixed.texts.is_empty() {
            break;
        }
        count += fixed.count;
        for (file, text) in fixed.texts {
            texts.set(run.sources.name(file), text);
        }
        *run = look(texts)?;
    }
    Ok(count)
}

/// What is different, without secrets.
pub(super) fn diff(texts: &Texts) -> String {
    let mut out = String::new();
    for (name, text) in texts.changed() {
        let Ok(before) = texts.before(name) else { continue };
        let diff = TextDiff::from_lines(before.as_str(), text);
        let shown = diff.unified_diff().header(name, name).to_string();
        for line in shown.split_inclusive('\n') {
            // The sign before the line is none of it.
            let (sign, line) = line.split_at(line.chars().next().map_or(0, char::len_utf8));
            out.push_str(sign);
            out.push_str(&hidden::hide(line));
        }
    }
    out
}

/// Writes what is different: beside the file, then in its place, with its mode. What came from stdin goes to stdout.
pub(super) fn write(texts: &Texts, terminal: &Terminal) -> Result<(), Exit> {
    if let Some(input) = texts.input() {
        let text = texts.read(input).unwrap_or_default();
        if terminal.print(&text) == Exit::Failed {
            return Err(Exit::Failed);
        }
    }
    for (name, text) in texts.changed().filter(|(name, _)| Some(*name) != texts.input()) {
        replace(Path::new(name), text)
            .map_err(|e| terminal.fail(format_args!("cannot write {name}: {}", reason(&e))))?;
    }
    Ok(())
}

fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    // A link stays one.
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{}.new", std::process::id()));
    let beside = path.with_file_name(name);
    let written = (|| {
        let mut file = fs::File::create_new(&beside)?;
        file.set_permissions(metadata.permissions())?;
        std::os::unix::fs::fchown(
            &file,
            Some(std::os::unix::fs::MetadataExt::uid(&metadata)),
            Some(std::os::unix::fs::MetadataExt::gid(&metadata)),
        )?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, &path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&beside);
    }
    written
}
