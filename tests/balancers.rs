//! Rolling starts behind real balancers, under load of which not one request may fail, and real caches that forget.
//!
//! A test whose server is not installed is reported as ignored: `.ci/run` installs them all.

#[path = "balancers/apache.rs"]
mod apache;
#[path = "balancers/caches.rs"]
mod caches;
#[path = "balancers/cut_off.rs"]
mod cut_off;
#[path = "balancers/haproxy.rs"]
mod haproxy;
#[path = "balancers/nginx.rs"]
mod nginx;
#[path = "balancers/pound.rs"]
mod pound;
#[path = "balancers/stack.rs"]
mod stack;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let balancers = [haproxy::trials(), cut_off::trials(), pound::trials(), nginx::trials()];
    let others = [caches::trials(), apache::trials()];
    balancers.into_iter().chain(others).flatten().collect()
}

/// The program of this name, where Debian's packages put it.
fn program(name: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/sbin").join(name);
    path.exists().then_some(path)
}

/// A trial that needs some programs, and a Python for the clients.
fn trial(name: &str, is_possible: bool, run: impl FnOnce() -> crate::harness::Outcome + Send + 'static) -> Trial {
    let has_python = ["/usr/bin/python3", "/usr/local/bin/python3"].iter().any(|path| Path::new(path).exists());
    Trial::test(format!("balancers::{name}"), run).with_ignored_flag(!(is_possible && has_python))
}
