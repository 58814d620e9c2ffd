//! What 2.0.0 wrote without a word and supervisord refuses, or what 2.0.0 never looked at: warnings, since the text that
//! is made stays the same.

use super::super::options::without_effect;
use super::super::problem::Problem;
use super::lines;
use super::services::written;
use super::settings::{Layout, Settings, Socket};
use crate::base::{Span, secret, suggest};
use crate::compile::document::Scalar;
use crate::compile::project::Part;
use crate::conf::options::{self, Section};
use crate::conf::problem::Finding;
use crate::conf::{together, values};

/// All options that the recipe knows, but for those of zc.recipe.egg.
pub(in super::super) const KNOWN: &[&str] = &[
    "recipe",
    "location",
    "sections",
    "plugins",
    "http-socket",
    "file",
    "chmod",
    "chown",
    "port",
    "user",
    "password",
    "serverurl",
    "supervisord-conf",
    "logfile",
    "pidfile",
    "childlogdir",
    "logfile-maxbytes",
    "logfile-backups",
    "loglevel",
    "umask",
    "nodaemon",
    "nocleanup",
    "supervisord-user",
    "supervisord-directory",
    "supervisord-environment",
    "env-path",
    "programs",
    "eventlisteners",
    "groups",
    "include",
    "layout",
    "runtime",
];

/// Words of `sections`.
const SECTIONS: [&str; 5] = ["global", "ctl", "http", "rpc", "services"];

/// Options whose values go to a section of supervisord.conf as they are, under this name.
const CHECKED: [(&str, Section, &str); 6] = [
    ("logfile-maxbytes", Section::Supervisord, "logfile_maxbytes"),
    ("logfile-backups", Section::Supervisord, "logfile_backups"),
    ("loglevel", Section::Supervisord, "loglevel"),
    ("umask", Section::Supervisord, "umask"),
    ("nodaemon", Section::Supervisord, "nodaemon"),
    ("nocleanup", Section::Supervisord, "nocleanup"),
];

/// The doubtful options of a part.
pub(super) fn of_options(part: &Part, settings: &Settings<'_>, is_fragment: bool) -> Vec<Problem> {
    let keys = part.table.entries().iter().map(|entry| &entry.key);
    let mut all: Vec<Problem> = keys.filter_map(|key| without_effect(part, key, KNOWN, is_fragment)).collect();
    if let Some(scalar) = settings.text("sections") {
        all.extend(unknown_sections(part, scalar));
    }
    let server = match settings.socket {
        Some(Socket::Inet) => Some(("port", Section::InetHttpServer, "port")),
        Some(Socket::Unix) => Some(("chmod", Section::UnixHttpServer, "chmod")),
        None => None,
    };
    let server = server.filter(|_| settings.sections.http);
    let main = CHECKED.into_iter().filter(|_| settings.sections.global);
    let main = main.filter(|(_, _, name)| settings.layout == Layout::Current || *name != "umask");
    for (option, section, name) in main.chain(server) {
        let scalar = settings.text(option);
        all.extend(scalar.and_then(|scalar| refused(section, name, &scalar.text, scalar.span)));
    }
    all
}

/// The doubtful options between the round brackets of the line that makes the section of this name.
pub(super) fn of_line(section: Section, name: &str, text: Option<&str>, span: Span) -> Vec<Problem> {
    let Some(pairs) = text.map(lines::options) else { return Vec::new() };
    let header = format!("{}:{name}", section.word());
    let get = |name| pairs.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| *value);
    let together = together::check(section, &header, get).into_iter();
    let together: Vec<Problem> = together.map(|(_, why)| Problem::Doubtful(Finding::new(why, span))).collect();
    let doubt = |(key, value): (&str, &str)| {
        if options::find(section, key).is_some() {
            return refused(section, key, value, span)
                .or_else(|| unexpandable(section, key, &written(key, value), span));
        }
        let nearest = suggest::nearest(key, options::options(section).map(|option| option.name));
        let nearest = nearest.map(|meant| meant.unless(|name| pairs.iter().any(|(key, _)| *key == name)));
        Some(Problem::DoubtfulKey { section: section.word(), key: key.to_owned(), nearest, span })
    };
    pairs.iter().copied().filter_map(doubt).chain(together).collect()
}

/// A value that supervisord refuses. What holds a `%` is looked at by supervisord alone; a comment is told as such, and
/// so is a reference to nothing.
pub(super) fn refused(section: Section, name: &str, value: &str, span: Span) -> Option<Problem> {
    if value.contains('%')
        || [" ;", " #", "${", "$<"].iter().any(|mark| value.contains(mark))
        || secret::is_marked(value)
    {
        return None;
    }
    let problem = values::check_option(options::find(section, name)?, section, value).err()?;
    Some(Problem::Doubtful(Finding::new(problem, span)))
}

/// A text, as it is written, with a name between `%(` and `)` that supervisord does not know. Variables are known to it
/// alone.
pub(super) fn unexpandable(section: Section, name: &str, text: &str, span: Span) -> Option<Problem> {
    if !text.contains('%') || !text.contains("%(") || secret::is_marked(text) {
        return None;
    }
    let problem = values::check_option(options::find(section, name)?, section, text).err()?;
    Some(Problem::Doubtful(Finding::new(problem, span)))
}

fn unknown_sections(part: &Part, scalar: &Scalar) -> Vec<Problem> {
    let words = scalar.text.split_whitespace().filter(|word| !SECTIONS.contains(word));
    let problem = |word: &str| Problem::DoubtfulWord {
        part: part.name.clone(),
        option: "sections",
        value: word.to_owned(),
        expected: &SECTIONS,
        nearest: suggest::nearest(word, SECTIONS),
        span: scalar.span,
    };
    words.map(problem).collect()
}
