//! What a manifest says without saying it. These texts are sources like any other, so that every value has a place.

use crate::base::{FileId, Sources, Span};
use crate::compile::document::{Document, Entry, Key, Node, Op, Scalar, Syntax, Table};

/// The name of the text that holds defaults.
pub(super) const DEFAULT: &str = "default values";
/// The name of the text that holds what is worked out from where the manifest lies.
pub(super) const COMPUTED: &str = "computed values";
/// The name of the text that holds the words of the command line.
pub(super) const COMMAND_LINE: &str = "command line";

/// `[buildout]` of zc.buildout 6.0.1. `executable` is the Python that runs buildout: there is none here, so the name is
/// left to PATH.
const CFG: &str = "\
allow-hosts = *
allow-picked-versions = true
allow-unknown-extras = false
bin-directory = bin
develop-eggs-directory = develop-eggs
eggs-directory = eggs
eggs-directory-version = v5
executable = python3
find-links =
install-from-cache = false
installed = .installed.cfg
log-format =
log-level = INFO
newest = true
offline = false
parts-directory = parts
prefer-final = true
python = buildout
show-picked-versions = false
socket-timeout =
update-versions-file =
use-dependency-links = true
versions = versions
";

/// `[project]` of a native manifest.
const NATIVE: &str = "\
bin-directory = bin
parts-directory = parts
templates-directory = recipe-templates
";

/// The defaults of the project's own section, and `directory`.
pub(super) fn document(syntax: Syntax, directory: &str, sources: &mut Sources) -> Document {
    let (section, text) = if syntax.is_native() { ("project", NATIVE) } else { ("buildout", CFG) };
    let defaults = sources.add(DEFAULT, text);
    let computed = sources.add(COMPUTED, directory);
    let header = Span::new(defaults, 0, 0);
    let mut table = Table::new(header);
    for entry in entries(defaults, text) {
        table.push(entry);
    }
    table.push(string("directory", directory, Span::new(computed, 0, directory.len())));
    if syntax.is_native() {
        let name = directory.rsplit('/').find(|part| !part.is_empty()).unwrap_or("project");
        table.push(string(
            "name",
            name,
            Span::new(computed, directory.len() - name.len().min(directory.len()), directory.len()),
        ));
    }
    let mut root = Table::new(header);
    root.push(Entry { key: key(section, header), op: Op::Set, node: Node::Table(table) });
    Document { syntax, root }
}

/// An entry that holds a string.
pub(super) fn string(name: &str, value: &str, span: Span) -> Entry {
    Entry { key: key(name, span), op: Op::Set, node: Node::Scalar(Scalar::string(value, span)) }
}

pub(super) fn key(name: &str, span: Span) -> Key {
    Key { text: name.into(), span }
}

/// `key = value` lines.
fn entries(file: FileId, text: &str) -> impl Iterator<Item = Entry> {
    let mut at = 0;
    text.split_inclusive('\n').filter_map(move |line| {
        let start = at;
        at += line.len();
        let (name, value) = line.trim_end().split_once(" =")?;
        let value_start = start + name.len() + 2;
        let value = value.trim_start();
        let name_span = Span::new(file, start, start + name.len());
        let value_span = Span::new(file, value_start + usize::from(!value.is_empty()), start + line.trim_end().len());
        let node = Node::Scalar(Scalar::string(value, value_span));
        Some(Entry { key: key(name, name_span), op: Op::Set, node })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_has_its_place() {
        for (syntax, section) in [(Syntax::Cfg, "buildout"), (Syntax::Toml, "project")] {
            let mut sources = Sources::new();
            let document = document(syntax, "/srv/shop", &mut sources);
            let table = document.root.get(section).unwrap().as_table().unwrap();
            for entry in table.entries() {
                let scalar = entry.node.as_scalar().unwrap();
                assert_eq!(sources.slice(scalar.span), &*scalar.text, "{}", entry.key.text);
            }
            assert_eq!(&*table.scalar("directory").unwrap().text, "/srv/shop");
        }
    }

    #[test]
    fn a_project_at_the_root_has_a_name() {
        let mut sources = Sources::new();
        let document = document(Syntax::Toml, "/", &mut sources);
        let project = document.root.get("project").unwrap().as_table().unwrap();
        assert_eq!(&*project.scalar("name").unwrap().text, "project");
    }
}
