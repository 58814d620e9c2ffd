//! What a file is. A name tells for manifests; for `*.conf`, `*.ini` and `*.cfg` the sections tell.

use crate::base::suggest::nearest;
use crate::compile::document::Syntax;
use crate::conf::options::Section;
use crate::conf::zconfig::zdaemon;

/// A kind of file that can be checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `recipe.toml`, `recipe.yaml`, `buildout.cfg`.
    Manifest(Syntax),
    /// `supervisord.conf`, or what one includes.
    Supervisord,
    /// zdaemon.conf.
    Zdaemon,
    /// `cluster.ini` of the cluster monitor.
    Monitor,
}

/// The kind of a file by its name and text; none for a file that is nobody's here.
pub fn of(path: &str, text: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    if matches!(name, "recipe.toml" | "recipe.yaml" | "recipe.yml") {
        return Some(Kind::Manifest(Syntax::of(name)));
    }
    match ending(name) {
        // Others have sections of that name as well.
        "conf" | "ini" | "cfg" => of_text(text).filter(|kind| *kind != Kind::Monitor || name == "cluster.ini"),
        _ => None,
    }
}

/// The kind of a file that was named by hand: it is one of them, whatever is in it.
pub fn of_named(path: &str, text: &str) -> Kind {
    let name = path.rsplit('/').next().unwrap_or(path);
    match ending(name) {
        "toml" | "yaml" | "yml" => Kind::Manifest(Syntax::of(name)),
        ending => {
            of_text(text).unwrap_or(if ending == "cfg" { Kind::Manifest(Syntax::Cfg) } else { Kind::Supervisord })
        }
    }
}

/// The kind of a piece of a configuration under a name that tells nothing, such as `web.inc`, by its sections.
pub fn of_piece(path: &str, text: &str) -> Option<Kind> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let may_be = matches!(ending(name), "" | "inc" | "include" | "conf" | "ini");
    of_text(text).filter(|kind| may_be && matches!(kind, Kind::Supervisord | Kind::Zdaemon))
}

/// Whether a file of this name may be one that can be checked: others are not opened.
pub fn may_be(name: &str) -> bool {
    matches!(name, "recipe.toml" | "recipe.yaml" | "recipe.yml") || matches!(ending(name), "conf" | "ini" | "cfg")
}

fn ending(name: &str) -> &str {
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

/// By the first section that tells.
fn of_text(text: &str) -> Option<Kind> {
    if zdaemon::looks_like(text) {
        let is_runner = |line: &str| line.trim_start().to_ascii_lowercase().starts_with("<runner");
        return text.lines().any(is_runner).then_some(Kind::Zdaemon);
    }
    let headers = text.lines().filter_map(header);
    headers.into_iter().find_map(of_header).or_else(|| of_others(text))
}

fn of_header(header: &str) -> Option<Kind> {
    match header {
        "buildout" => Some(Kind::Manifest(Syntax::Cfg)),
        "cluster" => Some(Kind::Monitor),
        header => is_supervisors(header).then_some(Kind::Supervisord),
    }
}

/// Whether a text without a section that tells is Supervisor's all the same: `[include]` is all that there is, with `files`, or
/// it holds a slip of a program with its command.
fn of_others(text: &str) -> Option<Kind> {
    let sets = |names: &[&str]| {
        let name = |line: &str| line.split_once(['=', ':']).map(|(name, _)| name.trim_end().to_ascii_lowercase());
        text.lines().filter_map(name).any(|name| names.contains(&name.as_str()))
    };
    let mut headers = text.lines().filter_map(header).peekable();
    let is_include = headers.peek().is_some() && headers.all(|header| header == "include") && sets(&["files"]);
    let is_slip = || text.lines().filter_map(header).any(is_slip) && sets(&["command", "programs"]);
    (is_include || is_slip()).then_some(Kind::Supervisord)
}

/// Whether a header is nearly one of Supervisor's that has a name: `[progam:web]`, `[ program:web ]`.
fn is_slip(header: &str) -> bool {
    let kinds = Section::ALL.iter().filter(|kind| kind.is_named()).map(|kind| kind.word());
    let word = header.split_once(':').map(|(word, _)| word.trim());
    word.is_some_and(|word| kinds.clone().any(|kind| kind == word) || nearest(word, kinds).is_some())
}

fn header(line: &str) -> Option<&str> {
    let inner = line.trim_start_matches(['\u{feff}', ' ', '\t']).strip_prefix('[')?;
    inner.split(']').next()
}

/// Sections that nobody else has.
fn is_supervisors(header: &str) -> bool {
    Section::of(header).is_some_and(|(kind, _)| !matches!(kind, Section::Include))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_told_by_name_and_text() {
        let cases = [
            ("a/recipe.toml", "", Some(Kind::Manifest(Syntax::Toml))),
            ("recipe.yml", "x", Some(Kind::Manifest(Syntax::Yaml))),
            ("Cargo.toml", "[package]", None),
            ("x.conf", "; no\n  [program:a]\n", Some(Kind::Supervisord)),
            ("x.ini", "\u{feff}[supervisord]", Some(Kind::Supervisord)),
            ("x.ini", "[loggers]\n[include]\n", None),
            ("x.ini", "; all\n[include]\nfiles = a.ini\n", Some(Kind::Supervisord)),
            ("x.conf", "[include]\npath = a\n", None),
            ("x.conf", "[include]\nfiles = a\n[core]\n", None),
            ("x.conf", "[progam:a]\ncommand=a\n", Some(Kind::Supervisord)),
            ("x.conf", "[ program:a ]\nCommand = a\n", Some(Kind::Supervisord)),
            ("x.ini", "[program-x]\ncommand = a\n", None),
            ("x.ini", "[composite:a]\ncommand = a\n", None),
            ("x.ini", "[progam:a]\n", None),
            ("zope.conf", "%define x y\n<runner>\n", Some(Kind::Zdaemon)),
            ("zope.conf", "<zodb_db main>\n", None),
            ("setup.cfg", "[metadata]", None),
            ("base.cfg", "[buildout]", Some(Kind::Manifest(Syntax::Cfg))),
            ("cluster.ini", "[cluster]\n", Some(Kind::Monitor)),
            ("mysql.ini", "[cluster]\n", None),
            ("x.conf", "server { }", None),
        ];
        for (path, text, kind) in cases {
            assert_eq!(of(path, text), kind, "{path}");
            assert!(kind.is_none() || may_be(path.rsplit('/').next().unwrap()), "{path}");
        }
        assert_eq!(of_piece("a/web.inc", "[program:web]"), Some(Kind::Supervisord));
        assert_eq!(of_piece("web", "<runner>"), Some(Kind::Zdaemon));
        assert_eq!(of_piece("web.md", "[program:web]"), None);
        assert_eq!(of_piece("web.inc", "[loggers]"), None);
        assert_eq!(of_named("x", "[progam:x]"), Kind::Supervisord);
        assert_eq!(of_named("x.cfg", "[versions]"), Kind::Manifest(Syntax::Cfg));
        assert_eq!(of_named("my.toml", ""), Kind::Manifest(Syntax::Toml));
    }
}
