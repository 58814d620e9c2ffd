//! `[rpcinterface:NAME]`.

use super::Reader;
use super::fetch::Options;
use crate::conf::check::RPC_FACTORY;
use crate::conf::expand::{Environ, Scope};
use crate::conf::ini;
use crate::conf::model::RpcInterface;
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};

const FACTORY: &str = "supervisor.rpcinterface_factory";

impl<'r> Reader<'r> {
    pub(super) fn rpcinterfaces(&mut self, environ: &Environ) -> Vec<RpcInterface> {
        let sections = self.sections(Section::RpcInterface);
        sections.into_iter().filter_map(|(section, name)| self.rpcinterface(section, name, environ)).collect()
    }

    fn rpcinterface(&mut self, section: &'r ini::Section<'r>, name: &str, environ: &Environ) -> Option<RpcInterface> {
        let scope = Scope::new(environ);
        let options = Options { ini: self.ini, kind: Section::RpcInterface, section };
        if options.raw(FACTORY).is_none() {
            let problem = Problem::NoFactory { section: section.name.to_owned(), option: FACTORY };
            self.sink.error(Finding::new(problem, section.span));
            return None;
        }
        let mut get = options.with(&scope, &mut self.sink);
        let factory = get.function(FACTORY, Some(RPC_FACTORY))?;
        let others = self.ini.all_options(section).filter(|option| option.name != FACTORY);
        let setting = |option: &ini::Setting<'_>| Some((option.name.to_string(), get.string(&option.name)?));
        Some(RpcInterface { name: name.to_owned(), factory, settings: others.filter_map(setting).collect() })
    }
}
