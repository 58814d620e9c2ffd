//! The kinds of parts: one file each, found by `recipe`.
//!
//! A kind turns one resolved [`Part`] into [`Output`]s. It sees the whole [`Project`], but nothing of the world: what a
//! part makes depends on the manifest and the templates alone. Findings are collected; a part that is wrong makes what
//! it can, so that one run tells all. A new kind is one file and one row of [`KINDS`].
//!
//! A `.cfg` names kinds as buildout does (`collective.recipe.supervisor`), a native manifest by their native names
//! (`supervisor`); a kind that both have stands twice in [`KINDS`], because its options are spelt differently.

mod builder;
mod cluster;
mod foreign;
mod monitor;
mod options;
mod passwords;
pub(super) mod problem;
mod program;
pub mod rebuilt;
mod scripts;
mod supervisor;
mod supervisor_cfg;
mod supervisorprograms;
pub(super) mod template;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod zdaemon;

use std::borrow::Cow;

use camino::Utf8PathBuf;

use super::document::{Entry, Table};
use super::known::Options;
use super::output::Output;
use super::project::{Part, Project};
use super::render::Templates;
use crate::base::suggest::{self, Meant};
use crate::base::{Diagnostic, Diagnostics, Span};
use builder::Builder;
use problem::Problem;
pub use program::names;
pub use scripts::RUNTIMES;

/// A kind of part, and under which name manifests ask for it.
#[derive(Debug)]
pub struct Kind {
    /// The native name, such as `supervisor`; `foreign` for any recipe that is not ours.
    pub name: &'static str,
    /// The buildout recipe (before the `:`), such as `collective.recipe.supervisor`; empty for a kind of native
    /// manifests.
    pub recipe: &'static str,
    /// Its entry point (after the `:`), `default` where the manifest names none.
    pub entry: &'static str,
    /// Which options it has.
    pub options: Options,
    /// Options that the part sets when its manifest does not, as text that may hold references: other sections refer
    /// to them.
    pub exports: &'static [(&'static str, &'static str)],
    /// Options that it sets whatever its manifest says, worked out of the others as they are written.
    pub overrides: Option<Overrides>,
    /// Options that it sets instead when one of its own names another section.
    pub elsewhere: Option<Elsewhere>,
    /// Options and sections that are worked out from other sections, when there are any.
    pub computed: Option<Computed>,
    /// Turns a part into outputs.
    build: for<'a> fn(&'a Part, &mut Builder<'a>),
}

/// From the options of a part to those that it sets: names, and texts that may hold references.
pub type Overrides = fn(&Table) -> Vec<(&'static str, String)>;

/// What a part takes over from another section, such as zc.zdaemonrecipe from a deployment.
#[derive(Clone, Copy, Debug)]
pub struct Elsewhere {
    /// The option that names the section.
    pub option: &'static str,
    /// The options, as text in which `{of}` stands for that section, and `{name}` for its option `name` or, if it has
    /// none, for the section's name.
    pub exports: &'static [(&'static str, &'static str)],
}

/// What a part adds to the manifest while its references are resolved. It is worked out when the part is first
/// touched, as buildout does when it constructs a recipe.
#[derive(Clone, Copy, Debug)]
pub enum Computed {
    /// Options of the part itself, from all sections whose names are accepted, resolved, in the manifest's order.
    Options {
        /// Whether the section of this name is wanted.
        collects: fn(&str) -> bool,
        /// Works them out.
        compute: ComputeOptions,
    },
    /// New sections, from one other section.
    Sections {
        /// The option that names the other section.
        of: &'static str,
        /// Works them out.
        compute: ComputeSections,
    },
}

/// From sections' names and options, and the place of the part, to the options to set.
pub type ComputeOptions = fn(&[(String, Table)], Span, &mut Diagnostics) -> Vec<Entry>;

/// From a part's own options, and another section's name and options, to the names and options of new sections.
pub type ComputeSections = fn(&Table, &str, &Table, &mut Diagnostics) -> Vec<(String, Table)>;

impl Kind {
    /// Whether its files are made by somebody else.
    pub fn is_foreign(&self) -> bool {
        self.name == "foreign"
    }
}

const NO_EXPORTS: &[(&str, &str)] = &[];

/// All kinds that are built in. [`FOREIGN`] is not among them.
pub static KINDS: &[Kind] = &[
    native("supervisor", supervisor::OPTIONS, SUPERVISOR_EXPORTS, supervisor::build),
    native("program", program::OPTIONS, NO_EXPORTS, nothing),
    native("template", template::OPTIONS, NO_EXPORTS, template::build),
    native("zdaemon", zdaemon::NATIVE, NO_EXPORTS, zdaemon::build_native),
    native("cluster", cluster::OPTIONS, NO_EXPORTS, cluster::build),
    native("monitor", monitor::OPTIONS, NO_EXPORTS, monitor::build),
    Kind {
        name: "supervisor",
        recipe: "collective.recipe.supervisor",
        entry: "default",
        options: Options::Cfg(&[supervisor_cfg::KNOWN]),
        exports: &[("supervisord-conf", "${buildout:parts-directory}/${:_buildout_section_name_}/supervisord.conf")],
        overrides: None,
        elsewhere: None,
        computed: None,
        build: supervisor_cfg::build,
    },
    Kind {
        name: "supervisorprograms",
        recipe: "collective.recipe.supervisorprograms",
        entry: "default",
        options: Options::Cfg(&[&["recipe", "location"]]),
        exports: NO_EXPORTS,
        overrides: None,
        elsewhere: None,
        computed: Some(Computed::Options {
            collects: supervisorprograms::collects,
            compute: supervisorprograms::programs,
        }),
        build: nothing,
    },
    Kind {
        name: "supervisorprograms-multiplier",
        recipe: "collective.recipe.supervisorprograms",
        entry: "multiplier",
        options: Options::Cfg(&[&["recipe", "location", "program-section"]]),
        exports: NO_EXPORTS,
        overrides: None,
        elsewhere: None,
        computed: Some(Computed::Sections { of: "program-section", compute: supervisorprograms::multiply }),
        build: nothing,
    },
    Kind {
        name: "zdaemon",
        recipe: "zc.zdaemonrecipe",
        entry: "default",
        options: Options::Cfg(&[zdaemon::KNOWN_CFG]),
        exports: &[("eggs", "zdaemon")],
        overrides: Some(zdaemon::overrides),
        elsewhere: Some(Elsewhere { option: "deployment", exports: DEPLOYMENT_EXPORTS }),
        computed: None,
        build: zdaemon::build_cfg,
    },
    Kind {
        name: "cluster",
        recipe: "plone.recipe.cluster",
        entry: "default",
        options: Options::Cfg(&[cluster::KNOWN_CFG]),
        exports: CLUSTER_EXPORTS,
        overrides: None,
        elsewhere: None,
        computed: None,
        build: cluster::build,
    },
];

type Exports = &'static [(&'static str, &'static str)];

const fn native(
    name: &'static str,
    options: Options,
    exports: Exports,
    build: for<'a> fn(&'a Part, &mut Builder<'a>),
) -> Kind {
    Kind {
        name,
        recipe: "",
        entry: "default",
        options,
        exports,
        overrides: None,
        elsewhere: None,
        computed: None,
        build,
    }
}

const SUPERVISOR_EXPORTS: Exports = &[("supervisord-conf", "$<:location>/supervisord.conf")];

const DEPLOYMENT_EXPORTS: Exports = &[
    ("rc-directory", "${{of}:rc-directory}"),
    ("run-directory", "${{of}:run-directory}"),
    ("log-directory", "${{of}:log-directory}"),
    ("etc-directory", "${{of}:etc-directory}"),
    ("logrotate", "${{of}:logrotate-directory}/{name}-${:_buildout_section_name_}"),
    ("user", "${{of}:user}"),
];

const CLUSTER_EXPORTS: Exports = &[("bin-directory", "${buildout:bin-directory}")];

/// For parts whose work is done when their references are resolved, or by other parts.
fn nothing(_: &Part, _: &mut Builder<'_>) {}

/// A `.cfg` part of another recipe: its options are data, it builds nothing.
pub static FOREIGN: Kind = Kind {
    name: "foreign",
    recipe: "",
    entry: "default",
    options: Options::Cfg(&[&["recipe", "location"]]),
    exports: NO_EXPORTS,
    overrides: None,
    elsewhere: None,
    computed: None,
    build: foreign::build,
};

/// A native part whose recipe is missing or wrong, which has been reported. It makes nothing, but is there for all that
/// name it, with the options that it might have.
pub static UNKNOWN: Kind =
    native("unknown", Options::Native { own: &[], section: None, tables: &[], any: true }, SUPERVISOR_EXPORTS, nothing);

/// The kind that `recipe` asks for: `DIST` or `DIST:ENTRY` in a `.cfg`, a native name elsewhere. In a `.cfg` any other
/// recipe is [`FOREIGN`]; in a native manifest it is an error at `span`.
#[expect(clippy::result_large_err, reason = "asked once for each part")]
pub fn find(recipe: &str, is_cfg: bool, span: Span) -> Result<&'static Kind, Diagnostic> {
    if is_cfg {
        return Ok(find_dist(recipe).unwrap_or(&FOREIGN));
    }
    let native = || KINDS.iter().filter(|k| k.recipe.is_empty());
    native().find(|k| k.name == recipe).ok_or_else(|| {
        let by_dist = find_dist(recipe).map(|k| Meant::surely(k.name));
        let nearest = by_dist.or_else(|| suggest::nearest(recipe, native().map(|k| k.name)));
        Problem::UnknownRecipe { recipe: recipe.to_owned(), span, nearest }.into()
    })
}

/// The part of this name.
pub fn named<'p>(project: &'p Project, name: &str) -> Option<&'p Part> {
    project.parts.iter().find(|part| part.name == name)
}

/// Whether a native supervisor part names `program` among its programs.
pub fn lists(part: &Part, program: &str) -> bool {
    part.table.get("programs").is_some_and(|programs| names(programs).any(|(name, _)| name == program))
}

/// Where the configuration of a supervisor part goes; none for any other part.
pub fn supervisord_conf(part: &Part, project: &Project) -> Option<Utf8PathBuf> {
    let conf = part.table.scalar("supervisord-conf").filter(|_| part.kind.name == "supervisor")?;
    Some(project.absolute(&conf.text))
}

/// Options of a kind in a `.cfg` whose values are secrets.
pub fn secret_options(kind: &Kind) -> &'static [&'static str] {
    match kind.recipe {
        "collective.recipe.supervisor" => &["password"],
        _ => &[],
    }
}

/// A server that a part starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server<'t> {
    /// What says where it listens: a path from the part, such as `inet_http_server.port`.
    pub option: Cow<'t, str>,
    /// `host:port`, or a port.
    pub address: &'t str,
    /// The place of the address, or of the part where the address is its default.
    pub span: Span,
    /// Whether it is the default.
    pub is_default: bool,
}

/// The servers on the network that a part of this kind starts, but for those of its `ports`.
pub fn servers<'t>(kind: &Kind, table: &'t Table) -> Vec<Server<'t>> {
    match (kind.name, kind.recipe) {
        ("supervisor", "") => supervisor::network_servers(table),
        ("supervisor", _) => supervisor_cfg::network_server(table).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The kind that a `recipe` of a `.cfg` asks for, if it is one of ours.
pub fn find_cfg(recipe: &str) -> Option<&'static Kind> {
    find_dist(recipe)
}

fn find_dist(recipe: &str) -> Option<&'static Kind> {
    let (dist, entry) = recipe.split_once(':').unwrap_or((recipe, "default"));
    let (dist, entry) = (dist.trim(), entry.trim());
    KINDS.iter().find(|k| !k.recipe.is_empty() && k.recipe.eq_ignore_ascii_case(dist) && k.entry == entry)
}

/// Whether files and folders can be named for a part.
fn is_file_name(name: &str) -> bool {
    !matches!(name, "" | "." | "..") && !name.contains(|c: char| c == '/' || c.is_control())
}

/// Names of all kinds that a native manifest can ask for.
pub fn native_names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().filter(|k| k.recipe.is_empty()).map(|k| k.name)
}

/// Builds all parts: every output of the project, in the order of the parts. Two parts that make one path are an error
/// that names both.
pub fn build(project: &Project, templates: &Templates, found: &mut Diagnostics) -> Vec<Output> {
    build_with(Builder::new(project, templates, found))
}

/// As [`build`], for those who want the findings alone: the sections of programs are not written into the outputs.
pub fn check(project: &Project, templates: &Templates, found: &mut Diagnostics) -> Vec<Output> {
    build_with(Builder::new(project, templates, found).for_check())
}

fn build_with(mut builder: Builder<'_>) -> Vec<Output> {
    let project = builder.project;
    for part in &project.parts {
        if part.kind.name != FOREIGN.name && !is_file_name(&part.name) {
            builder.report(Problem::BadPartName { name: part.name.clone(), span: part.span });
        } else {
            (part.kind.build)(part, &mut builder);
        }
    }
    program::warn_of_unlisted(&mut builder);
    builder.finish()
}
