//! What can be wrong between the files of a manifest and its resolved sections, and in which words it is said.

use crate::base::seams::{FetchError, ReadError};
use crate::base::suggest::{self, Meant};
use crate::base::{Diagnostic, Fix, Safety, Severity, Span, list};

use super::lookup::Miss;
use super::template::Fault;

/// Where a URL is named.
#[derive(Debug)]
pub(super) enum Place {
    /// In a line that may be shown.
    Shown(Span),
    /// In a line that holds a password; as `file:line:column`.
    Named(String),
    /// Nowhere.
    None,
}

/// One value of a circle of references, and the reference in it to the next.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) name: String,
    pub(super) span: Span,
}

/// What is there, where a file is not.
#[derive(Debug)]
pub(super) enum Nearest {
    File(String),
    Folder(String),
}

/// Why a password could not be had.
#[derive(Debug)]
pub(super) enum SecretFault {
    NoVariable(String),
    VariableName(String),
    File(String, ReadError),
    Failed(String),
    Quotes(String),
    Length(usize, usize),
    Type(&'static str),
    Empty,
    Reserved,
}

/// All problems of this layer.
#[derive(Debug)]
pub(super) enum Problem {
    // Files.
    Unreadable {
        span: Option<Span>,
        name: String,
        error: ReadError,
        nearest: Option<Nearest>,
    },
    /// The place, and who extends the file.
    NotUtf8 {
        span: Span,
        named: Option<Span>,
    },
    ExtendsLoop {
        span: Span,
        chain: Vec<String>,
        places: Vec<Span>,
    },
    ExtendsTooDeep {
        span: Option<Span>,
        limit: usize,
    },
    ExtendsTooMany {
        span: Option<Span>,
        limit: usize,
    },
    ExtendsMixed {
        span: Option<Span>,
        name: String,
        is_native: bool,
    },
    ExtendsShape {
        span: Span,
        kind: &'static str,
    },
    ExtendedBy {
        span: Span,
    },
    OptionalExtendsMissing {
        span: Option<Span>,
        name: String,
    },
    UrlScheme {
        place: Place,
        name: String,
    },
    FetchSkipped {
        place: Place,
        name: String,
    },
    FetchFailed {
        place: Place,
        name: String,
        error: FetchError,
    },
    // Merging.
    CacheInRemoteFile {
        span: Span,
        name: &'static str,
        value: String,
    },
    MacroMissing {
        span: Span,
        name: String,
        nearest: Option<Meant>,
    },
    MacroLoop {
        span: Span,
        name: String,
        chain: Vec<(String, Span)>,
        too_deep: bool,
    },
    NotASection {
        span: Span,
        name: String,
        kind: &'static str,
        /// The table that holds it; empty for the top.
        within: &'static str,
    },
    NoTableOfParts {
        span: Span,
        kind: &'static str,
    },
    EditShape {
        span: Span,
        key: String,
        kind: &'static str,
    },
    EditOfNoList {
        span: Span,
        key: String,
        kind: &'static str,
        earlier: Span,
    },
    NothingToRemove {
        span: Span,
        key: String,
    },
    InheritShape {
        span: Span,
        kind: &'static str,
    },
    InheritMissing {
        span: Span,
        name: String,
        nearest: Option<Meant>,
    },
    InheritLoop {
        span: Span,
        name: String,
        chain: Vec<(String, Span)>,
        too_deep: bool,
    },
    OverrideShape {
        span: Span,
    },
    OverrideOfNothing {
        span: Span,
        section: String,
        nearest: Option<Meant>,
    },
    OverrideInVain {
        span: Span,
        key: String,
        meant: Option<String>,
    },
    SupervisorSection {
        span: Span,
        kind: String,
        name: Option<String>,
    },
    OverrideType {
        span: Span,
        kind: &'static str,
    },
    NameTaken {
        span: Span,
        name: String,
    },
    NameTwice {
        span: Span,
        name: String,
        first: Span,
    },
    NoRecipe {
        span: Span,
        name: String,
    },
    RecipeInData {
        span: Span,
        name: String,
    },
    PartsMisspelt {
        span: Span,
        name: String,
        part: String,
        is_parts: bool,
    },
    NoBoolean {
        span: Span,
        name: &'static str,
        value: String,
    },
    // Parts.
    NoSuchPart {
        span: Span,
        name: String,
        nearest: Option<Meant>,
    },
    PartWithoutRecipe {
        span: Span,
        name: String,
        section: Span,
    },
    NamesNoSection {
        span: Span,
        name: String,
        nearest: Option<Meant>,
    },
    MadeTwice {
        span: Span,
        name: String,
        first: Span,
    },
    // References.
    Malformed {
        span: Span,
        text: String,
        why: Fault,
    },
    Dangling {
        span: Span,
        miss: Miss,
    },
    /// A value of another recipe's making.
    Foreign {
        span: Span,
        miss: Miss,
        is_needed: bool,
    },
    Cycle {
        chain: Vec<Step>,
    },
    NoText {
        span: Span,
        kind: &'static str,
    },
    Explosion {
        span: Span,
        limit: usize,
    },
    // Ports and credentials.
    PortsShape {
        span: Span,
        part: String,
        kind: &'static str,
    },
    CredentialsShape {
        span: Span,
        part: String,
        kind: &'static str,
    },
    PortShape {
        span: Span,
        name: String,
        kind: &'static str,
    },
    PortRange {
        span: Span,
        name: String,
        value: String,
    },
    PortHost {
        span: Span,
        severity: Severity,
        name: String,
        value: String,
        host: String,
        port: u16,
    },
    PortTaken {
        span: Span,
        severity: Severity,
        port: u16,
        one: String,
        other: String,
        /// Its place, and whether it is there by default.
        first: (Span, bool),
        is_default: bool,
    },
    LiteralPassword {
        span: Span,
        part: String,
        /// A `.cfg` knows no forms of passwords, only references.
        is_cfg: bool,
    },
    LiteralVariable {
        span: Span,
        part: String,
        name: String,
    },
    PasswordShape {
        span: Span,
        part: String,
        kind: &'static str,
    },
    PasswordForm {
        span: Span,
        part: String,
    },
    ProjectShape {
        span: Span,
        key: &'static str,
        kind: &'static str,
    },
    ProjectKey {
        span: Span,
        key: String,
        nearest: Meant,
    },
    CredentialsKey {
        span: Span,
        part: String,
        key: String,
        nearest: Option<Meant>,
    },
    PasswordKey {
        span: Span,
        part: String,
        key: String,
        nearest: Option<Meant>,
    },
    PasswordAt {
        span: Span,
        value: String,
        form: String,
    },
    FetchedCommand {
        span: Span,
        part: String,
    },
    Password {
        span: Span,
        part: String,
        fault: SecretFault,
    },
}

/// Where passwords may come from.
const FORMS: &str = "write `{ env = … }`, `{ file = … }`, `{ command = … }` or `{ generate = 20 }`";

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        use Problem as P;
        match problem {
            P::Unreadable { span, name, error, nearest } => unreadable(span, &name, &error, nearest),
            P::NotUtf8 { span, named } => {
                let diagnostic =
                    Diagnostic::error("unreadable-file", span, "the file is not UTF-8").help("save it as UTF-8");
                named.into_iter().fold(diagnostic, |d, place| d.label(place, "extended here"))
            }
            P::ExtendsLoop { span, chain, places } => {
                let text = format!("files extend each other in a circle: {}", chain.join(" → "));
                let diagnostic = Diagnostic::error("extends-loop", span, text).note("extended again here");
                places.into_iter().filter(|p| *p != span).fold(diagnostic, |d, place| d.label(place, "extended here"))
            }
            P::ExtendsTooDeep { span, limit } => {
                Diagnostic::error("extends-loop", span, format!("more than {limit} files extend each other in a row"))
            }
            P::ExtendsTooMany { span, limit } => {
                Diagnostic::error("extends-loop", span, format!("files are applied more than {limit} times"))
                    .help("a file that two others extend is applied twice: extend it in one place")
            }
            P::ExtendsMixed { span, name, is_native } => {
                let (own, other) = if is_native { ("native", "buildout") } else { ("buildout", "native") };
                let text = format!("a {own} manifest cannot extend `{name}`, which is a {other} one");
                Diagnostic::error("extends-mixed", span, text)
                    .help("native manifests end in `.toml`, `.yaml` or `.yml`; any other file is read as buildout's")
            }
            P::ExtendsShape { span, kind } => {
                Diagnostic::error("bad-extends", span, format!("`extends` takes names of files, not {kind}"))
            }
            P::ExtendedBy { span } => {
                Diagnostic::error("extended-by", span, "`extended-by` is no longer supported, as in zc.buildout 2")
                    .help("extend this file in the other one")
            }
            P::OptionalExtendsMissing { span, name } => {
                let text = format!("optional-extends file not found: {name}");
                Diagnostic::new(Severity::Info, "optional-extends-missing", span, text)
            }
            P::UrlScheme { place, name } => {
                let text = format!("`{name}` is neither http:// nor https://");
                at(place, Diagnostic::error("fetch-failed", None, text))
            }
            P::FetchSkipped { place, name } => {
                let text = format!("`{name}` is taken as empty, because remote files are skipped");
                at(place, Diagnostic::warning("fetch-skipped", None, text))
            }
            P::FetchFailed { place, name, error } => at(place, fetch_failed(&name, &error)),
            P::MacroMissing { span, name, nearest } => {
                Diagnostic::error("no-such-section", span, format!("no section named `{name}`"))
                    .meant(nearest.as_ref())
                    .help("`<=` takes one section per line")
            }
            P::MacroLoop { span, name, chain, too_deep } => {
                let text = if too_deep {
                    format!("`{name}` is taken in through too many sections")
                } else {
                    format!("section `{name}` takes in itself")
                };
                with_chain(Diagnostic::error("macro-loop", span, text), &chain)
            }
            P::InheritShape { span, kind } => Diagnostic::error(
                "bad-inherit",
                span,
                format!("`inherit` takes names of parts or sections, not {kind}"),
            ),
            P::InheritMissing { span, name, nearest } => {
                let text = format!("no part and no section named `{name}`");
                Diagnostic::error("no-such-section", span, text).meant(nearest.as_ref())
            }
            P::InheritLoop { span, name, chain, too_deep } => {
                let text = if too_deep {
                    format!("`{name}` is inherited through too many sections")
                } else {
                    format!("`{name}` inherits from itself")
                };
                with_chain(Diagnostic::error("inherit-loop", span, text), &chain)
            }
            P::CacheInRemoteFile { span, name, value } => {
                let text =
                    format!("`{name}` is relative (`{value}`) in a file that came from a URL, so its place is unclear");
                Diagnostic::error("ambiguous-directory", span, text).help("write an absolute path")
            }
            P::NotASection { span, name, kind, within: "" } => {
                let text = format!("`{name}` is {kind}, but the top of a manifest holds only tables");
                let finding = Diagnostic::error("not-a-section", span, text);
                match suggest::did_you_mean(&name, ["extends"]) {
                    Some(help) => finding.help(help),
                    None => finding.help("options of the project stand under `[project]`"),
                }
            }
            P::NotASection { span, name, kind, within } => {
                Diagnostic::error("not-a-section", span, format!("`{within}.{name}` is {kind}, not a table"))
                    .help(format!("a part is a table with a `recipe`: `[{within}.{name}]`"))
            }
            P::NoTableOfParts { span, kind } => {
                Diagnostic::error("not-a-section", span, format!("`parts` is {kind}, not a table of parts"))
                    .help("each part is a table of its own: `[parts.NAME]`")
            }
            P::EditShape { span, key, kind } => {
                Diagnostic::error("bad-edit", span, format!("the edit of `{key}` is {kind}, not a list"))
            }
            P::EditOfNoList { span, key, kind, earlier } => {
                Diagnostic::error("bad-edit", span, format!("`{key}` is {kind}, and only a list can be edited"))
                    .label(earlier, "set here")
            }
            P::NothingToRemove { span, key } => Diagnostic::warning(
                "nothing-to-remove",
                span,
                format!("`{key}` does not hold this, so nothing is removed"),
            ),
            P::OverrideShape { span } => {
                Diagnostic::error("bad-override", span, "this is not of the form `section:key=value`")
            }
            P::OverrideOfNothing { span, section, nearest } => {
                let text = format!("there is no part and no section `{section}` to set a key in");
                Diagnostic::error("bad-override", span, text).meant(nearest.as_ref())
            }
            P::OverrideInVain { span, key, meant } => {
                let text = format!(
                    "`{key}` has no effect: without a section it is set in `[project]`, where nothing refers to it"
                );
                let section = meant.unwrap_or_else(|| format!("PART:{key}"));
                Diagnostic::error("bad-override", span, text).help(format!("did you mean `{section}=…`?"))
            }
            P::SupervisorSection { span, kind, name } => {
                let header = name.as_ref().map_or_else(|| kind.clone(), |name| format!("{kind}.{name}"));
                let text = format!("`[{header}]` is a section of supervisord.conf, and of no effect here");
                let help = match name.filter(|_| kind == "program") {
                    Some(name) => format!(
                        "programs are parts: write `[parts.{name}]` with `recipe = \"program\"`, and name it in the \
                         `programs` of a part with `recipe = \"supervisor\"`"
                    ),
                    None => format!(
                        "it belongs to the part that makes the configuration: write `[parts.supervisor.{header}]`, and \
                         `[parts.supervisor]` with `recipe = \"supervisor\"`"
                    ),
                };
                Diagnostic::error("misplaced-section", span, text).help(help)
            }
            P::OverrideType { span, kind } => {
                Diagnostic::error("bad-override", span, format!("this is not {kind}, as the value that it replaces"))
                    .help("write it as in TOML, such as `key=[\"a\", \"b\"]`")
            }
            P::NameTaken { span, name } => {
                Diagnostic::error("name-taken", span, format!("`{name}` has a meaning of its own: choose another name"))
            }
            P::NameTwice { span, name, first } => {
                let text = format!("`{name}` is a part and a section, so references to it are ambiguous");
                Diagnostic::error("name-taken", span, text).label(first, "the other one")
            }
            P::NoBoolean { span, name, value } => {
                let shown = if value.is_empty() { "empty".to_owned() } else { format!("`{value}`") };
                let finding =
                    Diagnostic::error("no-boolean", span, format!("`{name}` is `true` or `false`, not {shown}"));
                let meant = match &*value.to_ascii_lowercase() {
                    "true" | "yes" | "on" | "1" => "true",
                    "false" | "no" | "off" | "0" => "false",
                    _ => return finding.meant(suggest::nearest(&value, ["true", "false"]).as_ref()),
                };
                let fix = Fix::replace(Safety::Safe, format!("write `{meant}`"), span, meant);
                finding.fix(fix)
            }
            P::NoRecipe { span, name } => {
                let known = list::one_of(crate::compile::parts::native_names());
                Diagnostic::error("no-recipe", span, format!("part `{name}` has no `recipe`"))
                    .help(format!("a part is one of {known}"))
            }
            P::RecipeInData { span, name } => Diagnostic::error(
                "recipe-outside-parts",
                span,
                format!("section `{name}` has a `recipe` but is no part"),
            )
            .help(match name.strip_prefix("parts.") {
                Some(part) => format!("in YAML a dot does not make a table: write `parts: {{{part}: …}}`"),
                None => format!("write `[parts.{name}]`"),
            }),
            P::PartsMisspelt { span, name, part, is_parts } => Diagnostic::error(
                "recipe-outside-parts",
                span,
                format!("`{part}` in section `{name}` has a `recipe` but is no part"),
            )
            .help(if is_parts {
                "did you mean `parts`?".to_owned()
            } else {
                format!("write `[parts.{part}]`")
            }),
            P::NoSuchPart { span, name, nearest } => {
                let text = format!("part `{name}` is listed, but there is no section `[{name}]`");
                Diagnostic::error("no-such-part", span, text).meant(nearest.as_ref())
            }
            P::PartWithoutRecipe { span, name, section } => {
                Diagnostic::error("no-recipe", span, format!("part `{name}` has no `recipe`"))
                    .label(section, "its section")
            }
            P::NamesNoSection { span, name, nearest } => {
                Diagnostic::error("no-such-section", span, format!("no section named `{name}`")).meant(nearest.as_ref())
            }
            P::MadeTwice { span, name, first } => {
                let text = format!("this part makes a section `{name}`, which is there already");
                Diagnostic::error("section-made-twice", span, text).label(first, "the one that is there")
            }
            P::Malformed { span, text, why } => malformed(span, &text, why),
            P::Dangling { span, miss } | P::Foreign { span, miss, is_needed: true } => dangling(span, miss),
            P::Foreign { span, miss, is_needed: false } => {
                Self { severity: Severity::Info, code: "foreign-key", ..dangling(span, miss) }
            }
            P::Cycle { chain } => cycle(&chain),
            P::NoText { span, kind } => Self::error("reference-type", span, format!("{kind} cannot stand in a text"))
                .help("let the reference be the whole value, or name a key in it"),
            P::Explosion { span, limit } => {
                let mib = limit / (1024 * 1024);
                Self::error("reference-size", span, format!("references bring more than {mib} MiB of text"))
                    .note("the limit is reached here")
            }
            P::PortsShape { span, part, kind } => {
                Diagnostic::error("bad-port", span, format!("`ports` of `{part}` is {kind}, not a table"))
                    .help("write `ports = { main = 8080 }`")
            }
            P::CredentialsShape { span, part, kind } => {
                Diagnostic::error("bad-credentials", span, format!("`credentials` of `{part}` is {kind}, not a table"))
                    .help("write `credentials = { username = \"admin\", password = { env = \"NAME\" } }`")
            }
            P::PortShape { span, name, kind } => {
                Diagnostic::error("bad-port", span, format!("port `{name}` is {kind}, not a number or `host:port`"))
            }
            P::PortRange { span, name, value } => {
                let text =
                    format!("port `{name}` is `{value}`, which is neither a port from 1 to 65535 nor `host:port`");
                let finding = Diagnostic::error("bad-port", span, text);
                if value.starts_with("unix:") || value.contains('/') {
                    return finding
                        .help("a unix socket is `unix_http_server.file` of a supervisor, and what it has by default");
                }
                finding
            }
            P::PortHost { span, severity, name, value, host, port } => {
                let text =
                    format!("port `{name}` is `{value}`, but `{host}` is neither the name nor the address of a host");
                let finding = Diagnostic::new(severity, "bad-port", span, text);
                match host.split_once("://") {
                    Some((_, rest)) => finding.help(format!("did you mean `{rest}:{port}`?")),
                    None => {
                        finding.help(format!("write `localhost:{port}`, `127.0.0.1:{port}`, or `*:{port}` for all"))
                    }
                }
            }
            P::PortTaken { span, severity, port, one, other, first: (first, is_first_default), is_default } => {
                let text = format!("`{other}` and `{one}` listen on the same port {port}");
                let by_default = if is_first_default { ", by default" } else { "" };
                Diagnostic::new(severity, "port-taken", span, text)
                    .note(if is_default { format!("`{other}`, by default") } else { String::new() })
                    .label(first, format!("`{one}`{by_default}"))
            }
            P::LiteralPassword { span, part, is_cfg } => {
                let text = format!("the password of `{part}` stands in the manifest, for all who read it");
                let help =
                    if is_cfg { "write `$<env:NAME>` to take it from the environment of the build" } else { FORMS };
                Diagnostic::warning("literal-password", span, text).help(help)
            }
            P::LiteralVariable { span, part, name } => {
                let text = format!(
                    "the variable `{name}` of `{part}` is a secret and stands in the manifest, for all who read it"
                );
                Diagnostic::warning("literal-password", span, text).help(format!(
                    "write `$<env:{name}>` to take it from the environment of the build, `%(ENV_{name})s` from that of \
                     supervisord"
                ))
            }
            P::PasswordShape { span, part, kind } => {
                Diagnostic::error("bad-credentials", span, format!("the password of `{part}` is {kind}")).help(FORMS)
            }
            P::PasswordForm { span, part } => {
                let text = format!("the password of `{part}` must come from exactly one place");
                Diagnostic::error("bad-credentials", span, text).help(FORMS)
            }
            P::ProjectShape { span, key, kind } => {
                Diagnostic::error("wrong-type", span, format!("`{key}` of `[project]` is {kind}, not a text"))
            }
            P::ProjectKey { span, key, nearest } => {
                let text = format!("`[project]` has no option `{key}`, and nothing refers to it");
                Diagnostic::error("unknown-option", span, text).meant(Some(&nearest))
            }
            P::CredentialsKey { span, part, key, nearest } => {
                let text = format!("`credentials` of `{part}` has an unknown key `{key}`");
                Diagnostic::error("unknown-option", span, text)
                    .meant(nearest.as_ref())
                    .note("not `username` or `password`")
            }
            P::PasswordKey { span, part, key, nearest } => {
                let text = format!("the password of `{part}` has an unknown key `{key}`");
                Diagnostic::error("bad-credentials", span, text).meant(nearest.as_ref())
            }
            P::PasswordAt { span, value, form } => {
                Diagnostic::error("bad-credentials", span, format!("`at` is `{value}`, which `{form}` does not know"))
                    .help("`at` is `build`, or with `env` also `start`")
            }
            P::FetchedCommand { span, part } => {
                let text = format!("the password of `{part}` is a command that a file from a URL says");
                Diagnostic::error("fetched-command", span, text)
                    .note("not run")
                    .help("write it in a file of your own, or allow it with `--allow-fetched-commands`")
            }
            P::Password { span, part, fault } => {
                let text = format!("the password of `{part}` cannot be had: {}", secret_fault(&fault));
                Diagnostic::error("bad-credentials", span, text)
            }
        }
    }
}

/// How many links of a chain are shown at each of its ends.
const LINKS: usize = 8;

/// The first and the last links of a chain, and how many between them are too many to be shown.
fn ends<T>(chain: &[T]) -> (&[T], usize, &[T]) {
    match chain.len().checked_sub(2 * LINKS) {
        Some(between @ 1..) => (&chain[..LINKS], between, &chain[LINKS + between..]),
        _ => (chain, 0, &[]),
    }
}

/// A label for each link that is shown; `says` makes its words of the link's name.
fn with_links<'t>(
    mut diagnostic: Diagnostic,
    links: impl Iterator<Item = (&'t str, Span)>,
    says: impl Fn(&str) -> String,
) -> Diagnostic {
    let links: Vec<_> = links.collect();
    let (first, between, last) = ends(&links);
    for (name, span) in first.iter().chain(last) {
        diagnostic = diagnostic.label(*span, says(name));
    }
    if between == 0 { diagnostic } else { diagnostic.help(format!("{between} links of the chain are not shown")) }
}

fn with_chain(diagnostic: Diagnostic, chain: &[(String, Span)]) -> Diagnostic {
    with_links(diagnostic, chain.iter().map(|(name, span)| (&**name, *span)), |name| format!("named by `{name}`"))
}

fn unreadable(span: Option<Span>, name: &str, error: &ReadError, nearest: Option<Nearest>) -> Diagnostic {
    let text = match error {
        ReadError::NotFound => format!("`{name}` does not exist"),
        ReadError::TooLarge(limit) => format!("`{name}` is larger than {} MiB", limit / (1024 * 1024)),
        ReadError::NotUtf8 { line, column, .. } => format!("`{name}` is not UTF-8: see line {line}, column {column}"),
        ReadError::Other(why) => format!("`{name}` cannot be read: {why}"),
    };
    let diagnostic = Diagnostic::error("unreadable-file", span, text);
    match nearest.filter(|_| *error == ReadError::NotFound) {
        Some(Nearest::Folder(folder)) if !folder.is_empty() => {
            diagnostic.help(format!("the nearest folder that exists is `{folder}`"))
        }
        Some(Nearest::File(file)) => diagnostic.help(format!("did you mean `{file}`?")),
        _ => diagnostic,
    }
}

/// Shows the place of a URL, if that may be shown.
fn at(place: Place, diagnostic: Diagnostic) -> Diagnostic {
    match place {
        Place::Shown(span) => Diagnostic { span: Some(span), ..diagnostic },
        Place::Named(place) => diagnostic.help(format!("it is named at {place}")),
        Place::None => diagnostic,
    }
}

fn fetch_failed(name: &str, error: &FetchError) -> Diagnostic {
    match error {
        FetchError::Failed(why) => {
            Diagnostic::error("fetch-failed", None, format!("`{name}` cannot be fetched: {why}"))
        }
        FetchError::Untrusted { trusted } => {
            let why = "the server's certificate is signed by itself, or by an authority that is not trusted";
            let finding = Diagnostic::error("fetch-failed", None, format!("`{name}` cannot be fetched: {why}"));
            match trusted {
                Some(file) => finding
                    .note(format!("only the authorities in `{file}` are trusted, as `SSL_CERT_FILE` says"))
                    .help("add the certificate of the server's authority to that file, or unset the variable"),
                None => finding
                    .note("the well-known authorities of the web are trusted, not those that the system adds")
                    .help(
                        "to trust another one, set `SSL_CERT_FILE` to a PEM file of its certificate: \
                           `SSL_CERT_FILE=ca.pem recipe …`; for all of the system's, to \
                           `/etc/ssl/certs/ca-certificates.crt`",
                    ),
            }
        }
        FetchError::OfflineNotCached | FetchError::Skipped => {
            let text = format!("`{name}` is not in the cache, and the network may not be used");
            Diagnostic::error("fetch-failed", None, text)
                .help("run once without `--offline` and `offline = true`, or skip remote files")
        }
    }
}

fn malformed(span: Span, text: &str, why: Fault) -> Diagnostic {
    let is_native = text.starts_with("$<");
    let (form, escape) = if is_native { ("$<section:key>", "$$<") } else { ("${section:option}", "$${") };
    let what = match why {
        Fault::NoColon => "doesn't contain a colon",
        Fault::Colons => "has too many colons",
        Fault::SectionName => "has a section name with invalid characters",
        Fault::OptionName => "has an option name with invalid characters",
        Fault::Open => "has no `>`",
    };
    let text = text.replace('\n', " ");
    Diagnostic::error("bad-reference", span, format!("the reference `{text}` {what}"))
        .help(format!("a reference is `{form}`; `{escape}` is no reference"))
}

fn dangling(span: Span, miss: Miss) -> Diagnostic {
    match miss {
        Miss::Section { name, nearest } => {
            Diagnostic::error("no-such-section", span, format!("there is no section `{name}`")).meant(nearest.as_ref())
        }
        Miss::Key { section, key, nearest, foreign } => {
            let text = format!("`{section}` has no `{key}`");
            let diagnostic = Diagnostic::error("no-such-key", span, text).meant(nearest.as_ref());
            match foreign {
                Some(recipe) => diagnostic.help(format!(
                    "`{recipe}` may set it when it runs, which it does not here: write `{key} = …` into `[{section}]`"
                )),
                None => diagnostic,
            }
        }
        Miss::Variable { name } => {
            Diagnostic::error("no-such-variable", span, format!("the environment variable `{name}` is not set"))
        }
        Miss::Unreadable { name } => {
            let text = format!("the environment variable `{name}` holds a character that no text may hold");
            Diagnostic::error("no-such-variable", span, text)
        }
        Miss::Wait(_) | Miss::Failed => Diagnostic::error("reference-loop", span, "this could not be worked out"),
    }
}

fn cycle(chain: &[Step]) -> Diagnostic {
    let names: Vec<&str> = chain.iter().map(|s| s.name.as_str()).collect();
    let first = names.first().copied().unwrap_or_default();
    let text = match ends(&names) {
        ([one], ..) => format!("`{one}` refers to itself"),
        (all, 0, _) => format!("references go in a circle: {} → {first}", all.join(" → ")),
        (begin, _, end) => {
            format!("references go in a circle: {} → … → {} → {first}", begin.join(" → "), end.join(" → "))
        }
    };
    let last = chain.last().map(|s| s.span);
    let diagnostic = Diagnostic::error("reference-loop", last, text).note("and so on, from the first");
    let others = &chain[..chain.len().saturating_sub(1)];
    with_links(diagnostic, others.iter().map(|s| (&*s.name, s.span)), |name| format!("`{name}` needs this"))
}

fn secret_fault(fault: &SecretFault) -> String {
    match fault {
        SecretFault::NoVariable(name) => format!("the environment variable `{name}` is not set, or empty"),
        SecretFault::VariableName(name) => format!("`{name}` is no name of an environment variable"),
        SecretFault::File(path, error) => format!("`{path}`: {error}"),
        SecretFault::Failed(why) => why.clone(),
        SecretFault::Quotes(line) => format!("the quotes of `{line}` do not match"),
        SecretFault::Length(from, to) => format!("`generate` is a length from {from} to {to}"),
        SecretFault::Type(kind) => format!("this is {kind}"),
        SecretFault::Empty => "it is empty".to_owned(),
        SecretFault::Reserved => "it holds a character that no text may hold".to_owned(),
    }
}
