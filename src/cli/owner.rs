//! Whether the user that a supervisord is to become may write what it writes: its log, its pid file, its socket, and the
//! logs of its programs. It opens them as that user; the folders that a build makes are those of whoever builds.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt as _;

use camino::Utf8Path;

use crate::base::seams::World as _;
use crate::base::{Diagnostic, list};
use crate::conf::model::{Address, ChildLog, Config, MainLog};
use crate::sources::host::Host;

/// What is wrong with the user of the configuration on this host; nothing where it does not change its user.
pub(super) fn check(config: &Config, project: &Utf8Path) -> Option<Diagnostic> {
    let user = config.supervisord.user.as_deref()?;
    let uid = user.parse().ok().or_else(|| Host.uid(user))?;
    if uid == 0 || !rustix::process::geteuid().is_root() {
        return None;
    }
    let shut = shut(config, uid);
    if shut.is_empty() {
        return None;
    }
    let shown: Vec<&str> = shut.iter().map(|path| shown(Utf8Path::new(path), project)).collect();
    let message = format!("supervisord becomes `{user}`, who cannot write {}", list::all_of(shown.iter().copied()));
    let help = format!(
        "`recipe build` makes the folders, `chown {user} {}` gives them to that user; or name others by `logfile`, \
         `childlogdir` and `pidfile`",
        shown.join(" ")
    );
    Some(Diagnostic::error("user-cannot-write", None, message).help(help))
}

fn shown<'p>(path: &'p Utf8Path, project: &Utf8Path) -> &'p str {
    let inner = path.strip_prefix(project).unwrap_or(path).as_str();
    if inner.is_empty() { "." } else { inner }
}

/// The files and folders that the user cannot write.
fn shut(config: &Config, uid: u32) -> BTreeSet<String> {
    let main = &config.supervisord;
    let mut files: BTreeSet<&str> = BTreeSet::from([main.pidfile.as_str()]);
    if let MainLog::Path(path) = &main.logfile {
        files.insert(path);
    }
    let mut folders = BTreeSet::new();
    for server in &config.servers {
        if let Address::Unix { file, .. } = &server.address {
            folders.insert(folder_of(file));
        }
    }
    for process in config.groups.iter().flat_map(|group| &group.processes) {
        for channel in [&process.stdout, &process.stderr] {
            match &channel.logfile {
                ChildLog::Auto => _ = folders.insert(main.childlogdir.as_str()),
                ChildLog::Path(path) => _ = files.insert(path),
                ChildLog::None => {}
            }
        }
    }
    let mut shut = BTreeSet::new();
    for file in files {
        match fs::metadata(file) {
            Ok(there) => shut.extend((!may_write(&there, uid)).then(|| file.to_owned())),
            Err(_) => _ = folders.insert(folder_of(file)),
        }
    }
    let cannot_write = |folder: &&str| fs::metadata(folder).map_or(true, |there| !may_write(&there, uid));
    shut.extend(folders.into_iter().filter(cannot_write).map(str::to_owned));
    shut
}

fn folder_of(file: &str) -> &str {
    Utf8Path::new(file).parent().map_or("/", Utf8Path::as_str)
}

/// Whether a user may write there, as far as can be told: groups may have any members.
fn may_write(there: &fs::Metadata, uid: u32) -> bool {
    let by_owner = there.uid() == uid && there.mode() & 0o200 != 0;
    by_owner || there.mode() & 0o022 != 0 || !(there.is_file() || there.is_dir())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::show::testing::config;
    use super::*;

    #[test]
    fn folders_and_files_of_others_are_shut() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().to_str().unwrap();
        let text = format!(
            "[supervisord]\nlogfile={at}/logs/d.log\npidfile={at}/d.pid\nchildlogdir={at}\n[unix_http_server]\n\
             file={at}/run/s\n[program:a]\ncommand=x\nstdout_logfile={at}/own.log\nstderr_logfile=/dev/null\n"
        );
        let config = config(&text);
        fs::create_dir(format!("{at}/logs")).unwrap();
        fs::write(format!("{at}/d.pid"), "").unwrap();
        let own = fs::metadata(at).unwrap().uid();
        let names = |uid| shut(&config, uid).into_iter().map(|path| path.replace(at, "")).collect::<Vec<_>>();
        assert_eq!(names(own), ["/run"]);
        assert_eq!(names(own + 1), ["", "/d.pid", "/logs", "/run"]);
        fs::set_permissions(format!("{at}/logs"), fs::Permissions::from_mode(0o770)).unwrap();
        assert_eq!(names(own + 1), ["", "/d.pid", "/run"]);
    }
}
