//! The command line of the compiler's verbs. The drop-in programs have their own, with getopt's rules.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::base::Severity;

/// Compiles a project manifest into supervisord configurations and scripts, shows and lints what changes, and runs the
/// result
#[derive(Debug, Parser)]
#[command(name = "recipe", version, max_term_width = 100, subcommand_required = true, arg_required_else_help = true)]
#[command(after_help = RUNTIME_HELP)]
pub(super) struct Cli {
    /// What every verb takes
    #[command(flatten)]
    pub(super) common: Common,
    /// What to do
    #[command(subcommand)]
    pub(super) verb: Verb,
}

const RUNTIME_HELP: &str = "The bundled programs are run as `recipe supervisord …` and `recipe supervisorctl …`, or by a \
link of that name; each has its own --help.";

/// Options of every verb.
#[derive(Debug, Args)]
pub(super) struct Common {
    /// Do everything as if started in DIR
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(super) directory: Option<Utf8PathBuf>,
    /// The manifest; by default recipe.toml, recipe.yaml or buildout.cfg, whichever is there
    #[arg(short = 'c', long = "config", visible_short_alias = 'f', value_name = "FILE", global = true)]
    pub(super) config: Option<Utf8PathBuf>,
    /// Python version for section conditions of a .cfg [default: that of python3 on PATH, else 3.13]
    #[arg(long, value_name = "X.Y", global = true, value_parser = python_version)]
    pub(super) python: Option<String>,
    /// Use no network: read what is extended by URL from the cache
    #[arg(long, global = true)]
    pub(super) offline: bool,
    /// Take what is extended by URL as empty
    #[arg(long, global = true)]
    pub(super) skip_remote_extends: bool,
    /// Run the password commands that files extended by URL say
    #[arg(long, global = true)]
    pub(super) allow_fetched_commands: bool,
    /// Print only errors
    #[arg(short = 'q', long, global = true)]
    pub(super) quiet: bool,
    /// When to use colour; `NO_COLOR` is honoured
    #[arg(long, value_name = "WHEN", default_value = "auto", global = true)]
    pub(super) color: Color,
}

/// `X.Y` or `X.Y.Z`.
fn python_version(text: &str) -> Result<String, &'static str> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let is_version = matches!(text.split('.').count(), 2 | 3) && text.split('.').all(is_number);
    if is_version { Ok(text.to_owned()) } else { Err("expected a version, such as 3.13") }
}

/// A folder's name. None may be empty: it is a variable that is not set, and would be the folder where we are.
fn root(text: &str) -> Result<Utf8PathBuf, &'static str> {
    if text.is_empty() { Err("expected a folder; is a variable not set?") } else { Ok(text.into()) }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Write a small commented manifest that builds and runs as it is
    Init(InitArgs),
    /// Write what the manifest says
    Build(BuildArgs),
    /// Show what a build would change
    Diff(DiffArgs),
    /// Build, then start the result, or make the running one match
    Up(UpArgs),
    /// Check the manifest, or any supervisord.conf or zdaemon.conf
    Lint(LintArgs),
    /// Print what a rule of `lint` finds, why, and what it looks like
    Explain(ExplainArgs),
    /// Print a value of the manifest
    Query(QueryArgs),
    /// Print every value of the manifest with the files and lines that set it
    Annotate(AnnotateArgs),
    /// Print what a supervisord.conf means, all options and defaults, asking nothing of this host
    Show(ShowArgs),
    /// Remove what builds have written
    Clean(CleanArgs),
    /// Serve an editor: diagnostics, hover, completion, definitions and quick fixes
    Lsp(LspArgs),
    /// Print the JSON Schema of recipe.toml and recipe.yaml, for editors
    Schema,
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Words of a verb that reads the manifest.
#[derive(Debug, Args)]
pub(super) struct Words {
    /// Parts to act on [default: all], and values to set: SECTION:KEY=VALUE
    #[arg(value_name = "PART|SECTION:KEY=VALUE")]
    pub(super) words: Vec<String>,
}

/// `init`
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// The syntax of the new manifest [default: toml, or what the name of `-c FILE` says]
    #[arg(long, value_name = "SYNTAX")]
    pub(super) syntax: Option<InitSyntax>,
    /// The name of the project [default: that of the folder]
    #[arg(long)]
    pub(super) name: Option<String>,
}

/// Syntaxes that `init` writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum InitSyntax {
    /// recipe.toml
    Toml,
    /// recipe.yaml
    Yaml,
}

/// `build`
#[derive(Debug, Args)]
pub(super) struct BuildArgs {
    #[command(flatten)]
    pub(super) words: Words,
    #[command(flatten)]
    pub(super) write: WriteArgs,
    #[command(flatten)]
    pub(super) root: RootArgs,
}

/// How outputs are written.
#[derive(Debug, Args)]
pub(super) struct WriteArgs {
    /// Overwrite files that were changed by hand
    #[arg(long)]
    pub(super) force: bool,
    /// Let outputs leave the project folder by `..`, a link or a fetched file
    #[arg(long)]
    pub(super) allow_outside: bool,
}

/// Where outputs are written.
#[derive(Debug, Args)]
pub(super) struct RootArgs {
    /// Write below DIR instead of /, for packages
    #[arg(long, value_name = "DIR", value_parser = root)]
    pub(super) root: Option<Utf8PathBuf>,
}

/// `diff`
#[derive(Debug, Args)]
pub(super) struct DiffArgs {
    #[command(flatten)]
    pub(super) words: Words,
    #[command(flatten)]
    pub(super) write: WriteArgs,
    #[command(flatten)]
    pub(super) root: RootArgs,
    /// Compare with what another project folder or git revision would build, not with what is on disk
    #[arg(long, value_name = "DIR|REV")]
    pub(super) against: Option<String>,
}

/// `up`
#[derive(Debug, Args)]
pub(super) struct UpArgs {
    #[command(flatten)]
    pub(super) words: Words,
    #[command(flatten)]
    pub(super) write: WriteArgs,
    /// Leave the supervisor in the background
    #[arg(short = 'd', long)]
    pub(super) detach: bool,
    /// Only wait for the supervisor of this configuration, and print its table
    #[arg(long, hide = true, value_name = "CONF")]
    pub(super) settled: Option<Utf8PathBuf>,
}

/// `lint`
#[derive(Debug, Args)]
pub(super) struct LintArgs {
    /// Files and folders to check [default: the manifest of this folder]; else parts of the manifest, and values to set:
    /// SECTION:KEY=VALUE
    #[arg(value_name = "PATH|PART|SECTION:KEY=VALUE")]
    pub(super) words: Vec<String>,
    /// How findings are printed [default: text; github on GitHub Actions]
    #[arg(long, value_name = "FORMAT")]
    pub(super) format: Option<LintFormat>,
    /// The least severity that makes the exit status 1 [default: warning]
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,
    /// Exit with 0 whatever is found
    #[arg(long)]
    pub(super) exit_zero: bool,
    /// Only these rules or families of rules
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub(super) select: Option<Vec<String>>,
    /// Not these rules or families of rules
    #[arg(long, value_name = "CODE,…", value_delimiter = ',')]
    pub(super) ignore: Vec<String>,
    /// The version of Supervisor that a configuration is for, such as 4.2
    #[arg(long, value_name = "VERSION")]
    pub(super) target: Option<String>,
    /// Seconds until what programs need is up
    #[arg(long, value_name = "SECONDS")]
    pub(super) boot_time: Option<u32>,
    /// Ask this host as well: commands, folders, users, ports, modes of files, certificates
    #[arg(long)]
    pub(super) here: bool,
    /// Mend what can be mended without changing what runs
    #[arg(long)]
    pub(super) fix: bool,
    /// Mend, too, what may change what runs
    #[arg(long)]
    pub(super) unsafe_fixes: bool,
    /// Print what fixing would change, and change nothing
    #[arg(long)]
    pub(super) diff: bool,
    /// Pass over files that are no configuration of a known kind, also where they are named
    #[arg(long)]
    pub(super) skip_others: bool,
    /// Check stdin as if it were this file
    #[arg(long, value_name = "NAME")]
    pub(super) stdin_filename: Option<String>,
    /// The settings [default: recipe-lint.toml, else `[lint]` of the manifest]
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<Utf8PathBuf>,
    /// List all rules and exit
    #[arg(long)]
    pub(super) list: bool,
}

/// `explain`
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The code that a finding shows
    pub(super) code: String,
}

/// Formats of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LintFormat {
    /// For people, with the lines
    Text,
    /// A line each
    Concise,
    /// One JSON array
    Json,
    /// SARIF 2.1.0
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// GitLab's code quality
    Gitlab,
    /// XML of `JUnit`
    Junit,
}

impl LintFormat {
    /// The one for whoever runs us.
    pub(super) fn of_surroundings() -> Self {
        match std::env::var_os("GITHUB_ACTIONS") {
            Some(is) if is == "true" => Self::Github,
            _ => Self::Text,
        }
    }
}

/// Severities that can fail a lint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum FailOn {
    /// Errors only.
    Error,
    /// Warnings too.
    Warning,
    /// Everything.
    Info,
}

impl FailOn {
    /// As a severity.
    pub(super) fn severity(self) -> Severity {
        match self {
            Self::Error => Severity::Error,
            Self::Warning => Severity::Warning,
            Self::Info => Severity::Info,
        }
    }
}

/// `query`
#[derive(Debug, Args)]
pub(super) struct QueryArgs {
    /// The value; a section alone prints all its values, a key alone is looked up in `project` (`buildout` in a .cfg)
    #[arg(value_name = "SECTION:KEY")]
    pub(super) key: String,
    /// As written, references and all
    #[arg(long)]
    pub(super) raw: bool,
    /// Values to set first
    #[arg(value_name = "SECTION:KEY=VALUE")]
    pub(super) assignments: Vec<String>,
}

/// `annotate`
#[derive(Debug, Args)]
pub(super) struct AnnotateArgs {
    /// Sections to print [default: all], and values to set: SECTION:KEY=VALUE
    #[arg(value_name = "SECTION|SECTION:KEY=VALUE")]
    pub(super) words: Vec<String>,
}

/// `show`
#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    /// The supervisord.conf
    #[arg(value_name = "CONF")]
    pub(super) conf: Utf8PathBuf,
    /// As one JSON object for programs, with every value in clear
    #[arg(long)]
    pub(super) json: bool,
    /// Do not mask passwords in the text
    #[arg(long)]
    pub(super) show_secrets: bool,
}

/// `clean`
#[derive(Debug, Args)]
pub(super) struct CleanArgs {
    /// Remove files that were changed by hand, too
    #[arg(long)]
    pub(super) force: bool,
    /// Clean below DIR
    #[arg(long, value_name = "DIR", value_parser = root)]
    pub(super) root: Option<Utf8PathBuf>,
}

/// `lsp`
#[derive(Debug, Args)]
pub(super) struct LspArgs {
    /// Over stdin and stdout, as without it
    #[arg(long)]
    pub(super) stdio: bool,
}

/// `completions`
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    pub(super) shell: clap_complete::Shell,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_options_stand_before_or_after_the_verb() {
        let before = Cli::try_parse_from(["recipe", "-C", "x", "up", "-d"]).unwrap();
        let after = Cli::try_parse_from(["recipe", "up", "-d", "-C", "x", "-f", "a.cfg", "web", "a:b=c"]).unwrap();
        assert_eq!(before.common.directory, after.common.directory);
        assert_eq!(after.common.config.unwrap(), "a.cfg");
    }
}
