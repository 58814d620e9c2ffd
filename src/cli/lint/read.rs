//! From paths to findings: each file is read as what it is. The one place where a kind of file is handed to its reader.

use std::collections::BTreeSet;

use super::super::exit::Exit;
use super::super::surroundings::Surroundings;
use super::super::terminal::Terminal;
use super::paths::{self, Found};
use super::texts::Texts;
use super::{Asked, Run, manifest};
use crate::base::seams::{Files as _, Here, ReadError};
use crate::base::{Diagnostic, FileId, Sources, Span, diagnostic};
use crate::conf::ini::Ini;
use crate::conf::path;
use crate::lint::kind::{self, Kind};
use crate::lint::view::Given;
use crate::lint::{daemon, monitor, supervisord};
use crate::sources::host::Host;

/// A file with its text.
struct File {
    path: String,
    kind: Kind,
    text: Result<String, ReadError>,
}

/// All files that the words name.
pub(super) fn paths(asked: &Asked<'_>, texts: &Texts, terminal: &Terminal) -> Result<Run, Exit> {
    let (mut found, unread) = paths::files(&asked.words.names);
    if let Some(name) = texts.input() {
        found.insert(0, Found { path: name.to_owned(), is_named: true });
    }
    let mut run = Run { is_unread: !unread.is_empty(), unread, ..Run::default() };
    let mut files = Vec::new();
    for Found { path, is_named } in found {
        match file(path, is_named && !asked.args.skip_others, texts) {
            Ok(file) => files.extend(file),
            Err(line) => {
                run.unread.push(line);
                run.is_unread = true;
            }
        }
    }
    if files.is_empty() && !run.is_unread && !asked.args.skip_others {
        return Err(terminal.fail(format_args!("there is no configuration in {}", asked.words.names.join(", "))));
    }
    let surroundings = if asked.args.here { Surroundings::now() } else { Surroundings::unknown() };
    let looking = Looking { asked, texts, surroundings: &surroundings, terminal };
    looking.all(files, &mut run)?;
    for line in texts.refused() {
        if !run.unread.contains(&line) {
            run.unread.push(line);
        }
        run.is_unread = true;
    }
    by_name(&mut run);
    Ok(run)
}

/// Files were read in another order, as some include others.
fn by_name(run: &mut Run) {
    diagnostic::sort(&mut run.found);
    let sources = &run.sources;
    let name = |finding: &Diagnostic| finding.span.map(|span| sources.name(span.file));
    run.found.sort_by(|a, b| name(a).is_none().cmp(&name(b).is_none()).then_with(|| name(a).cmp(&name(b))));
}

/// A file, if it is one of ours; or why it cannot be read.
fn file(path: String, is_named: bool, texts: &Texts) -> Result<Option<File>, String> {
    let text = texts.read(&path);
    let shown = match &text {
        Ok(text) => text,
        Err(ReadError::NotUtf8 { shown, .. }) => shown,
        Err(why) => return Err(format!("{path}: {why}")),
    };
    let kind = if is_named { Some(kind::of_named(&path, shown)) } else { kind::of(&path, shown) };
    Ok(kind.map(|kind| File { path, kind, text }))
}

struct Looking<'a> {
    asked: &'a Asked<'a>,
    texts: &'a Texts,
    surroundings: &'a Surroundings,
    terminal: &'a Terminal,
}

impl Looking<'_> {
    /// Those that others include or extend are looked at with them, and not by themselves.
    fn all(&self, mut files: Vec<File>, run: &mut Run) -> Result<(), Exit> {
        let extended = manifest::extended(&files.iter().filter_map(as_manifest).collect::<Vec<_>>());
        files.sort_by_key(|file| !is_main(file));
        let mut included = BTreeSet::new();
        for file in files {
            let absolute = path::absolute(self.surroundings.directory(), &file.path);
            if included.contains(&absolute) || extended.contains(&absolute) {
                continue;
            }
            let first = run.files.len();
            self.one(file, run)?;
            for id in &run.files[first..] {
                included.insert(path::absolute(self.surroundings.directory(), run.sources.name(*id)));
            }
        }
        Ok(())
    }

    fn one(&self, file: File, run: &mut Run) -> Result<(), Exit> {
        let File { path, kind, text } = file;
        let text = match text {
            Ok(text) => text,
            Err(why) => {
                let (finding, id) = unreadable(&mut run.sources, &path, &why);
                self.add(run, vec![finding], vec![id]);
                return Ok(());
            }
        };
        let given = Given {
            settings: &self.asked.settings,
            context: self.surroundings.context_with(self.texts),
            here: self.asked.args.here.then_some(&Host as &dyn Here),
        };
        let (found, files) = match kind {
            Kind::Manifest(_) => return manifest::named(self.asked, self.texts, &path, run, self.terminal),
            Kind::Supervisord => {
                let checked = supervisord::check(&mut run.sources, &path, text, given);
                (checked.found, checked.files)
            }
            Kind::Zdaemon => daemon::check(&mut run.sources, &path, &text, given),
            Kind::Monitor => {
                let (found, file) = monitor::check(&mut run.sources, &path, &text, given.here);
                (found, vec![file])
            }
        };
        for id in &files {
            let name = run.sources.name(*id);
            let below = name.strip_prefix(self.surroundings.directory()).and_then(|name| name.strip_prefix('/'));
            let name = paths::plain(below.unwrap_or(name));
            run.sources.rename(*id, name);
        }
        self.add(run, found, files);
        Ok(())
    }

    fn add(&self, run: &mut Run, found: Vec<Diagnostic>, files: Vec<FileId>) {
        run.found.extend(crate::lint::told(&run.sources, files.iter().copied(), &self.asked.settings, found));
        run.files.extend(files);
    }
}

fn as_manifest(file: &File) -> Option<(&str, &str)> {
    let text = file.text.as_deref().ok()?;
    matches!(file.kind, Kind::Manifest(_)).then_some((file.path.as_str(), text))
}

/// Whether a file may include others.
fn is_main(file: &File) -> bool {
    let Ok(text) = &file.text else { return false };
    let mut sources = Sources::new();
    let id = sources.add("", "");
    let mut ini = Ini::new();
    let is_ini = file.kind == Kind::Supervisord && memchr::memmem::find(text.as_bytes(), b"[include]").is_some();
    if is_ini {
        ini.read(id, "", text);
    }
    ini.section("include").is_some()
}

/// The finding of a text that is not UTF-8, at its first bad byte.
fn unreadable(sources: &mut Sources, path: &str, why: &ReadError) -> (Diagnostic, FileId) {
    let (line, column, shown) = match why {
        ReadError::NotUtf8 { line, column, shown } => (*line, *column, shown.as_str()),
        _ => (1, 1, ""),
    };
    let text = format!("{}{shown}", "\n".repeat(line - 1));
    let at = shown.char_indices().nth(column - 1).map_or(shown.len(), |(at, _)| at) + line - 1;
    let length = text[at..].chars().next().map_or(0, char::len_utf8);
    let file = sources.add(path, text);
    let finding = Diagnostic::error("conf-unreadable", Span::new(file, at, at + length), "this is not UTF-8");
    (finding.help("save the file as UTF-8"), file)
}
