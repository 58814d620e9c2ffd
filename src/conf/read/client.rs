//! `[supervisorctl]` and `[ctlplugin:NAME]`: what the client reads. It knows no `[include]`.

use std::fmt;

use super::fetch::Options;
use super::main_scope;
use super::sink::Sink;
use crate::base::seams::World;
use crate::base::{Diagnostic, Sources, Span};
use crate::conf::check::WorldCheck;
use crate::conf::expand::Scope;
use crate::conf::include::{Context, here};
use crate::conf::ini::{self, Ini};
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};

const FACTORY: &str = "supervisor.ctl_factory";

/// How to reach a daemon, and how to look meanwhile.
#[derive(Clone, PartialEq, Eq)]
pub struct Client {
    /// `http://host:port` or `unix:///path`, the path absolute. Otherwise as written.
    pub serverurl: String,
    /// User name for the server.
    pub username: Option<String>,
    /// Password for the server.
    pub password: Option<String>,
    /// Prompt of the shell.
    pub prompt: String,
    /// File of the lines typed, absolute.
    pub history_file: Option<String>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("serverurl", &self.serverurl).finish_non_exhaustive()
    }
}

/// A client's configuration as read.
#[derive(Debug)]
pub struct ClientReading {
    /// What it means; with defaults in the place of what is wrong.
    pub client: Client,
    /// Plugins, none of which is built in.
    pub checks: Vec<WorldCheck>,
    /// All errors, in the order in which the original would meet them. Their messages are the original's.
    pub errors: Vec<Finding>,
}

impl ClientReading {
    /// What the original would stop at, if it would not accept this configuration.
    pub fn first_error(&self, world: &dyn World) -> Option<Diagnostic> {
        super::first_error(&self.checks, &self.errors, world)
    }
}

/// Reads the client's part of the file that the user calls `path` and that holds `text`.
pub fn read_client(sources: &mut Sources, path: &str, text: impl Into<String>, context: &Context<'_>) -> ClientReading {
    let file = sources.add(path, text);
    let mut ini = Ini::new();
    ini.read(file, path, sources.text(file));
    read_client_of(&ini, Span::new(file, 0, 0), path, context)
}

/// As [`read_client`], of sections that are read already, for those who look at them as well. `start` is the place to blame
/// for what is missing.
pub fn read_client_of(ini: &Ini<'_>, start: Span, path: &str, context: &Context<'_>) -> ClientReading {
    let mut sink = Sink::new(Vec::new());
    ini.problems().iter().cloned().for_each(|finding| sink.error(finding));
    let client = client(ini, start, &here(path, context), context, &mut sink);
    for section in ini.sections() {
        if let Some((Section::CtlPlugin, _)) = Section::of(section.name) {
            plugin(Options { ini, kind: Section::CtlPlugin, section }, context, &mut sink);
        }
    }
    ClientReading { client, checks: sink.checks, errors: sink.errors }
}

fn client(ini: &Ini<'_>, start: Span, here: &str, context: &Context<'_>, sink: &mut Sink) -> Client {
    let absent = ini::Section::default();
    let section = ini.section("supervisorctl").unwrap_or_else(|| {
        let problem = Problem::NoMainSection { section: Section::Supervisorctl };
        sink.error(Finding::new(problem, start));
        &absent
    });
    let options = Options { ini, kind: Section::Supervisorctl, section };
    let (plain, with_here) = (Scope::new(context.environ), main_scope(context.environ, here));
    let url = options.with(&with_here, sink).string("serverurl").unwrap_or_default();
    let mut get = options.with(&plain, sink);
    let prompt = get.string("prompt").unwrap_or_default();
    let (username, password) = (get.string("username"), get.string("password"));
    let history = options.with(&with_here, sink).string("history_file").filter(|path| !path.is_empty());
    Client {
        serverurl: match url.strip_prefix("unix://") {
            Some(path) => format!("unix://{}", context.normalize(path)),
            None => url,
        },
        username,
        password,
        prompt,
        history_file: history.map(|path| context.normalize(&path)),
    }
}

fn plugin(options: Options<'_>, context: &Context<'_>, sink: &mut Sink) {
    if options.raw(FACTORY).is_none() {
        let problem = Problem::NoFactory { section: options.header().to_owned(), option: FACTORY };
        sink.error(Finding::new(problem, options.section.span));
    } else {
        options.with(&Scope::new(context.environ), sink).function(FACTORY, None);
    }
}
