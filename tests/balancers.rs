//! Rolling starts behind real balancers, under load of which not one request may fail, and real caches that forget.
//!
//! A test whose server is not installed is reported as ignored: `.ci/run` installs them all.

#[path = "balancers/apache.rs"]
mod apache;
#[path = "balancers/caches.rs"]
mod caches;
#[path = "balancers/cut_off.rs"]
mod cut_off;
#[path = "balancers/endless.rs"]
mod endless;
#[path = "balancers/haproxy.rs"]
mod haproxy;
#[path = "balancers/killed.rs"]
mod killed;
#[path = "balancers/logs.rs"]
mod logs;
#[path = "balancers/nginx.rs"]
mod nginx;
#[path = "balancers/passwords.rs"]
mod passwords;
#[path = "balancers/pound.rs"]
mod pound;
#[path = "balancers/proxy.rs"]
mod proxy;
#[path = "balancers/restarts.rs"]
mod restarts;
#[path = "balancers/stack.rs"]
mod stack;
#[path = "balancers/states.rs"]
mod states;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::{Failed, Trial};

use crate::harness::{project, session};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let balancers = [haproxy::trials(), killed::trials(), cut_off::trials(), pound::trials(), nginx::trials()];
    let held = [states::trials(), endless::trials(), logs::trials(), passwords::trials(), proxy::trials()];
    let others = [caches::trials(), apache::trials()];
    balancers.into_iter().chain(held).chain(others).flatten().collect()
}

/// The program of this name, where Debian's packages put it.
fn program(name: &str) -> Option<PathBuf> {
    let path = Path::new("/usr/sbin").join(name);
    path.exists().then_some(path)
}

/// The folders of cases below `fixtures/NAME`.
fn cases(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(project().join("fixtures").join(name)).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

/// The name of a case.
fn called(folder: &Path) -> String {
    folder.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The file `before.EXTENSION`, edited by the words of each line of `edit`, is `after.EXTENSION`. `BLESS=1` writes it.
fn golden(
    folder: &Path,
    extension: &str,
    edit: impl Fn(&str, &[&str]) -> Result<String, Failed>,
) -> crate::harness::Outcome {
    let mut text = fs::read_to_string(folder.join("before").with_extension(extension))?;
    for line in fs::read_to_string(folder.join("edit"))?.lines() {
        text = edit(&text, &line.split(' ').collect::<Vec<_>>())?;
    }
    let file = folder.join("after").with_extension(extension);
    let wanted = fs::read_to_string(&file).unwrap_or_default();
    if text == wanted {
        return Ok(());
    }
    if std::env::var_os("BLESS").is_some() {
        return Ok(fs::write(file, text)?);
    }
    Err(session::difference(&wanted, &text).into())
}

/// A trial that needs some programs, and a Python for the clients.
fn trial(name: &str, is_possible: bool, run: impl FnOnce() -> crate::harness::Outcome + Send + 'static) -> Trial {
    let has_python = ["/usr/bin/python3", "/usr/local/bin/python3"].iter().any(|path| Path::new(path).exists());
    Trial::test(format!("balancers::{name}"), run).with_ignored_flag(!(is_possible && has_python))
}
