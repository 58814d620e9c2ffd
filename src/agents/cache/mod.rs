//! Proxy caches, which are made to forget all that they keep.
//!
//! - [`squid`]: its folder is made anew while it is stopped.
//! - [`varnish`]: by its management, or by a request.

mod problem;
pub mod squid;
pub mod varnish;

pub use problem::Problem;

use crate::agents::ctl::world::{Cache, Turn};
use crate::conf::monitor::{Kind, Said, Service};

/// The caches of a cluster.
#[derive(Clone, Copy, Debug)]
pub struct Caches;

impl Cache for Caches {
    fn purge(&mut self, service: &Service, turn: &mut dyn FnMut(Turn) -> Result<(), String>) -> Result<(), String> {
        let name = service.name();
        match &service.kind {
            Kind::Squid(own) => {
                let all = |all: &[Problem]| all.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                named(name, own)?.purge(turn).map_err(|problems| all(&problems))
            }
            Kind::Varnish(own) => forget(own).map_err(|problem| problem.to_string()),
            kind => Err(format!("a {} is no cache", kind.word())),
        }
    }
}

fn named(name: &str, own: &crate::conf::monitor::Squid) -> Result<squid::Squid, String> {
    let said = |key: &str, said: &Option<Said<String>>| {
        said.as_ref().map(|said| said.value.clone()).ok_or_else(|| format!("expected `{key}` in [{name}]"))
    };
    Ok(squid::Squid {
        cache_dir: said("cache_dir", &own.cache_dir)?,
        exe: said("exe", &own.exe)?,
        conf: said("conf", &own.conf)?,
    })
}

fn forget(own: &crate::conf::monitor::Varnish) -> Result<(), Problem> {
    if let Some(url) = &own.purge_url {
        return varnish::request(own.method.value.word(), &url.value);
    }
    let admin = own.admin.as_ref().map(|said| said.value.clone()).unwrap_or_default();
    let secret_file = own.secret_file.as_ref().map(|said| said.value.clone());
    varnish::Varnish { admin, secret_file }.ban(&own.ban.value)
}
