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
use crate::base::{Diagnostic, FileId, Safety, Severity};
use crate::lint::fix;
use crate::sources::disk::reason;

/// A fix that brings up another finding which can be fixed takes a round; none is known that takes more than a few.
const ROUNDS: usize = 20;

/// Of fixes that together bring errors, so many are tried one by one.
const TRIED: usize = 100;

/// How a text is looked at again.
type Look<'l> = &'l dyn Fn(&Texts) -> Result<Run, Exit>;

/// Makes all fixes that are at most as risky as `most`, but for those that bring errors; how many findings were mended. What
/// is found behind an error that is mended was there before.
pub(super) fn fix(run: &mut Run, texts: &mut Texts, most: Safety, look: Look<'_>) -> Result<usize, Exit> {
    let mut count = 0;
    for _ in 0..ROUNDS {
        let own: BTreeSet<FileId> = run.files.iter().copied().collect();
        let is_own = |finding: &&Diagnostic| {
            let fix = finding.fix.as_ref().filter(|fix| fix.safety <= most);
            fix.is_some_and(|fix| fix.edits.iter().all(|edit| own.contains(&edit.span.file)))
        };
        let found = run.found.iter().filter(is_own).cloned();
        let (wrong, doubtful): (Vec<Diagnostic>, Vec<Diagnostic>) =
            found.partition(|finding| finding.severity == Severity::Error);
        let mended = match made(run, texts, &wrong, look)? {
            None => match made(run, texts, &doubtful, look)? {
                None => one_by_one(run, texts, &doubtful, look)?,
                mended => mended,
            },
            mended => mended,
        };
        let Some((next, number)) = mended else { break };
        count += number;
        *run = next;
    }
    Ok(count)
}

/// What is found after the fixes of `found`, all errors or none of them; none, and the texts as they were, where there is
/// nothing to fix, or where they bring errors.
fn made(run: &Run, texts: &mut Texts, found: &[Diagnostic], look: Look<'_>) -> Result<Option<(Run, usize)>, Exit> {
    let Some(first) = found.first() else { return Ok(None) };
    let most = fix::most_errors(first.severity, &run.found);
    let fixed = fix::apply(&run.sources, found, Safety::Unsafe);
    if fixed.texts.is_empty() {
        return Ok(None);
    }
    let before = texts.kept();
    for (file, text) in fixed.texts {
        texts.set(run.sources.name(file), text);
    }
    let next = look(texts)?;
    if fix::errors(&next.found) <= most {
        return Ok(Some((next, fixed.count)));
    }
    texts.restore(before);
    Ok(None)
}

/// As [`made`], without those that bring errors.
fn one_by_one(
    run: &Run,
    texts: &mut Texts,
    found: &[Diagnostic],
    look: Look<'_>,
) -> Result<Option<(Run, usize)>, Exit> {
    let mut good = Vec::new();
    let mut best = None;
    for finding in found.iter().take(TRIED) {
        good.push(finding.clone());
        match made(run, texts, &good, look)? {
            None => drop(good.pop()),
            mended => best = mended,
        }
    }
    Ok(best)
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
