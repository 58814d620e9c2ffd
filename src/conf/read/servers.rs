//! `[inet_http_server]` and `[unix_http_server]`: first all of the one, then all of the other.

use super::Reader;
use super::fetch::{Fetch, Options};
use crate::conf::expand::{Environ, Scope};
use crate::conf::format::Value;
use crate::conf::include::Context;
use crate::conf::ini;
use crate::conf::model::{Address, Auth, Server};
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};
use crate::conf::python::strip;
use crate::conf::{together, values};

impl<'r> Reader<'r> {
    pub(super) fn servers(&mut self, environ: &Environ) -> Vec<Server> {
        let mut servers = Vec::new();
        for kind in [Section::InetHttpServer, Section::UnixHttpServer] {
            for (section, _) in self.sections(kind) {
                servers.extend(self.server(kind, section, environ));
            }
        }
        servers
    }

    fn server(&mut self, kind: Section, section: &'r ini::Section<'r>, environ: &Environ) -> Option<Server> {
        let options = Options { ini: self.ini, kind, section };
        let scope = Scope::new(environ);
        let here = self.here;
        let (address, auth) = if kind == Section::InetHttpServer {
            let mut get = options.with(&scope, &mut self.sink);
            let auth = auth(&mut get);
            (inet(&mut get), auth)
        } else {
            let with_here = scope.clone().with("here", Value::Text(here));
            let file = file(&mut options.with(&with_here, &mut self.sink), self.context);
            let mut get = options.with(&scope, &mut self.sink);
            let auth = auth(&mut get);
            let chown = get.owner("chown", "sockchown");
            let chmod = mode(&mut get, "chmod").unwrap_or(0o700);
            (file.map(|file| Address::Unix { file, chmod, chown }), auth)
        };
        Some(Server { section: section.name.to_owned(), address: address?, auth })
    }
}

fn inet(get: &mut Fetch<'_, '_>) -> Option<Address> {
    require(get, "port")?;
    let (host, port) = get.value("port", values::inet_address)?;
    Some(Address::Inet { host, port })
}

fn file(get: &mut Fetch<'_, '_>, context: &Context<'_>) -> Option<String> {
    require(get, "file")?;
    let file = get.string("file")?;
    Some(context.normalize(strip(&file)))
}

fn require(get: &mut Fetch<'_, '_>, option: &'static str) -> Option<()> {
    if get.options.raw(option).is_some() {
        return Some(());
    }
    let problem = Problem::NoAddress { section: get.options.header().to_owned(), option };
    get.sink.error(Finding::new(problem, get.options.section.span));
    None
}

/// An octal number with a message of its own.
pub(super) fn mode(get: &mut Fetch<'_, '_>, option: &'static str) -> Option<u32> {
    get.value(option, |text| values::octal(text).map_err(|_| Problem::BadMode { option, text: text.to_owned() }))
}

/// Both or none. With an empty user name the original asks for no authentication.
fn auth(get: &mut Fetch<'_, '_>) -> Option<Auth> {
    let (has_name, has_password) = (get.options.raw("username"), get.options.raw("password"));
    let (username, password) = (get.string("username"), get.string("password"));
    let checked = together::credentials(get.options.header(), has_name.is_some(), has_password.is_some());
    if let Err(problem) = checked {
        let place = has_name.or(has_password).and_then(|fetched| fetched.span);
        get.sink.error(Finding::new(problem, place));
    }
    Some(Auth { username: username.filter(|name| !name.is_empty())?, password: password? })
}
