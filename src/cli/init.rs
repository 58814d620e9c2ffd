//! `recipe init`: a small commented manifest that builds and runs as it is.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use camino::{Utf8Path, Utf8PathBuf};
use tera::{Context, Tera};

use super::args::{Common, InitArgs, InitSyntax};
use super::exit::Exit;
use super::find;
use super::terminal::Terminal;
use crate::sources::disk::reason;

const TOML: &str = include_str!("../../templates/init/recipe.toml");
const YAML: &str = include_str!("../../templates/init/recipe.yaml");

/// Writes the manifest into the current folder, or where `-c` says; never over one that is there.
pub(super) fn run(args: &InitArgs, common: &Common, terminal: &Terminal) -> Exit {
    let (path, template) = match target(args.syntax, common.config.as_deref()) {
        Ok(target) => target,
        Err(why) => return terminal.fail(format_args!("{why}")),
    };
    let there = find::NAMES.iter().copied().filter(|_| common.config.is_none()).chain([path.as_str()]);
    if let Some(there) = there.into_iter().find(|name| Path::new(name).exists()) {
        return terminal.fail(format_args!("{there} is already there; init writes only where there is no manifest"));
    }
    let name = args.name.clone().unwrap_or_else(folder_name);
    let text = render(template, &name);
    let written =
        OpenOptions::new().write(true).create_new(true).open(&path).and_then(|mut f| f.write_all(text.as_bytes()));
    match written {
        Ok(()) => {
            let named = if common.config.is_some() { format!(" -c {path}") } else { String::new() };
            terminal.say(format_args!("wrote {path}; next: recipe{named} up -d"));
            Exit::Done
        }
        Err(e) => terminal.fail(format_args!("cannot write {path}: {}", reason(&e))),
    }
}

/// The file to write, and the template for it: the name tells the syntax, and has to fit to one that is asked for.
fn target(syntax: Option<InitSyntax>, named: Option<&Utf8Path>) -> Result<(Utf8PathBuf, &'static str), String> {
    let Some(path) = named else {
        let syntax = syntax.unwrap_or(InitSyntax::Toml);
        return Ok((if syntax == InitSyntax::Toml { "recipe.toml" } else { "recipe.yaml" }.into(), text_of(syntax)));
    };
    let its = match path.extension() {
        Some("toml") => Some(InitSyntax::Toml),
        Some("yaml" | "yml") => Some(InitSyntax::Yaml),
        _ => None,
    };
    match its.filter(|its| syntax.is_none_or(|syntax| syntax == *its)) {
        Some(its) => Ok((path.to_owned(), text_of(its))),
        None => {
            Err(format!("{path} does not have the ending of what init writes: .toml, or .yaml with `--syntax yaml`"))
        }
    }
}

fn text_of(syntax: InitSyntax) -> &'static str {
    match syntax {
        InitSyntax::Toml => TOML,
        InitSyntax::Yaml => YAML,
    }
}

/// The manifest for a project of this name. The template is our own, and its one variable is given.
fn render(template: &str, name: &str) -> String {
    let mut context = Context::new();
    context.insert("name", &escaped(name));
    Tera::one_off(template, &context, false).expect("invariant: the template is sound")
}

/// The name of the current folder.
fn folder_name() -> String {
    let folder = std::env::current_dir().ok().and_then(|d| d.file_name().map(|n| n.to_string_lossy().into_owned()));
    folder.unwrap_or_else(|| "project".to_owned())
}

/// As it stands in a double-quoted string of TOML and of YAML, and refers to nothing.
fn escaped(name: &str) -> String {
    name.replace("$<", "$$<")
        .chars()
        .flat_map(|c| match c {
            '"' | '\\' => vec!['\\', c],
            c if c.is_control() => vec!['-'],
            c => vec![c],
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_name_gives_a_manifest_that_can_be_read() {
        for name in ["shop", "a \"b\" \\ c", "tab\there", "ünï"] {
            let toml: toml::Table = render(TOML, name).parse().unwrap();
            assert!(toml["project"]["name"].is_str());
        }
    }
}
