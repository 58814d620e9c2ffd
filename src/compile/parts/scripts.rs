//! Scripts in the bin folder: small shell texts that find the runtime and hand over to it.
//!
//! They run `$RECIPE` if it is set, else the link that build keeps in `.recipe/runtime`, else `recipe` on PATH, so that
//! their text is the same on every machine. With `runtime = "python"` they run what an installed Supervisor put on
//! PATH, and with the path of a folder what is in there (the `bin` folder of a virtual environment, say).
//!
//! `-c CONF` comes before what the user gives: another `-c` is a conflict, and a word that is no option does not hide
//! it.

use camino::Utf8Path;
use tera::Context;

use super::builder::{Builder, Target, Text};
use super::problem::Problem;
use crate::base::{Span, suggest};
use crate::compile::document::Scalar;
use crate::compile::filters::shell_word;
use crate::compile::project::{Part, Project};

/// Words for what the scripts of a part run.
pub const RUNTIMES: &[&str] = &["recipe", "python"];

/// What the scripts of a part run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Runtime {
    /// This program.
    Recipe,
    /// Python's, by PATH.
    Python,
    /// Python's, in a folder.
    Folder(String),
}

impl Runtime {
    /// By the option `runtime`.
    pub(super) fn of(part: &Part, project: &Project, option: Option<&Scalar>) -> Result<Self, Problem> {
        let Some(scalar) = option else { return Ok(Self::Recipe) };
        match &*scalar.text {
            "recipe" => Ok(Self::Recipe),
            "python" => Ok(Self::Python),
            path if path.contains('/') => Ok(Self::Folder(project.absolute(path).into_string())),
            other => Err(Problem::UnknownWord {
                part: part.name.clone(),
                option: "runtime".to_owned(),
                value: other.to_owned(),
                expected: RUNTIMES,
                nearest: suggest::nearest(other, RUNTIMES.iter().copied()),
                span: scalar.span,
            }),
        }
    }
}

impl Runtime {
    /// Which of the three it is.
    fn name(&self) -> &'static str {
        match self {
            Self::Recipe => "recipe",
            Self::Python => "python",
            Self::Folder(_) => "folder",
        }
    }
}

/// A script to be written.
pub(super) struct Script<'a> {
    /// Its name in the bin folder.
    pub(super) name: &'a str,
    /// The program that it runs.
    pub(super) program: &'a str,
    /// What stands before the words of its user, quoted for the shell.
    pub(super) arguments: String,
    /// What asks for it.
    pub(super) span: Span,
}

/// The arguments that give a program its configuration by an option, if it is given one.
pub(super) fn with_conf(option: &str, conf: Option<&Utf8Path>) -> String {
    conf.map_or(String::new(), |conf| format!("{option} {}", shell_word(conf.as_str())))
}

/// Writes one script into the bin folder.
pub(super) fn write(part: &Part, builder: &mut Builder<'_>, runtime: &Runtime, script: &Script<'_>) {
    let target = Target::project(builder.project.bin_directory.join(script.name), script.span);
    write_to(part, builder, runtime, script, target, None);
}

/// Writes one script to any place. One for somebody becomes that user before it runs anything.
pub(super) fn write_to(
    part: &Part,
    builder: &mut Builder<'_>,
    runtime: &Runtime,
    script: &Script<'_>,
    target: Target,
    user: Option<&str>,
) {
    let mut context = Context::new();
    context.insert_value("manifest", builder.manifest().into());
    context.insert_value("program", script.program.into());
    context.insert_value("arguments", script.arguments.as_str().into());
    let template = match runtime {
        Runtime::Recipe => {
            let link = builder.project.directory.join(".recipe/runtime");
            context.insert_value("link", shell_word(link.as_str()).into());
            "script/recipe"
        }
        Runtime::Python => "script/python",
        Runtime::Folder(folder) => {
            context.insert_value("path", shell_word(Utf8Path::new(folder).join(script.program).as_str()).into());
            "script/folder"
        }
    };
    let template = match user {
        Some(user) => {
            context.insert_value("user", shell_word(user).into());
            context.insert_value("runtime", runtime.name().into());
            "script/su"
        }
        None => template,
    };
    let mut text = Text::default();
    builder.render(template, &context, script.span, &mut text);
    builder.file(part, target, text, 0o755);
}

/// Console scripts of superlance.
const SUPERLANCE: &[&str] = &["crashmail", "crashmailbatch", "crashsms", "fatalmailbatch", "httpok", "memmon"];

/// Console scripts of supervisor.
const SUPERVISOR: &[&str] = &["echo_supervisord_conf", "pidproxy", "supervisorctl", "supervisord"];

/// The scripts that a distribution brings, by its requirement (`superlance==1.0`); none where it is not ours, or where
/// there are several in a line, which buildout refuses.
pub(super) fn of_distribution(requirement: &str) -> Option<&'static [&'static str]> {
    let ends = |c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c));
    let (name, rest) = requirement.split_at(requirement.find(ends).unwrap_or(requirement.len()));
    if rest.trim_start().starts_with(|c: char| c.is_ascii_alphanumeric() || c == ',') {
        return None;
    }
    match name.to_ascii_lowercase().as_str() {
        "superlance" => Some(SUPERLANCE),
        "supervisor" => Some(SUPERVISOR),
        _ => None,
    }
}

/// The script in the bin folder that `program` is the path of, if there is one.
pub(super) fn at(program: &str, project: &Project) -> Option<&'static str> {
    named(program.strip_prefix(project.bin_directory.as_str())?.strip_prefix('/')?)
}

/// The script of this name, if there is one.
pub(super) fn named(name: &str) -> Option<&'static str> {
    names().find(|script| *script == name)
}

/// All scripts.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    SUPERLANCE.iter().chain(SUPERVISOR).copied()
}
