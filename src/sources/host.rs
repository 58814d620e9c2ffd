//! The real disk and host, as reading a `supervisord.conf` needs them.

use std::path::Path;

use super::accounts::{Database, by_id, by_name};
use super::disk::Disk;
use crate::base::seams::{ConfFiles, Files, Here, ReadError, World};

/// This host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Host;

impl Files for Host {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        Disk.read(path)
    }

    fn exists(&self, path: &str) -> bool {
        Disk.exists(path)
    }
}

impl ConfFiles for Host {
    fn list(&self, directory: &str) -> Vec<String> {
        let directory = if directory.is_empty() { "." } else { directory };
        let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }

    fn home(&self, user: &str) -> Option<String> {
        let entry = match user {
            "" => by_id(Database::Passwd, rustix::process::getuid().as_raw()),
            name => by_name(Database::Passwd, name),
        };
        entry?.home
    }
}

impl World for Host {
    fn is_directory(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }

    fn uid(&self, name: &str) -> Option<u32> {
        by_name(Database::Passwd, name).map(|user| user.id)
    }

    fn has_uid(&self, uid: u32) -> bool {
        by_id(Database::Passwd, uid).is_some()
    }

    fn gid(&self, name: &str) -> Option<u32> {
        by_name(Database::Group, name).map(|group| group.id)
    }

    fn has_gid(&self, gid: u32) -> bool {
        by_id(Database::Group, gid).is_some()
    }
}

impl Here for Host {
    fn is_executable(&self, path: &str) -> Option<bool> {
        use std::os::unix::fs::PermissionsExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some(metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
    }

    fn mode(&self, path: &str) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt as _;
        Some(std::fs::metadata(path).ok()?.permissions().mode() & 0o7777)
    }

    fn is_free(&self, host: &str, port: u16) -> Option<bool> {
        let host = if host.is_empty() { "0.0.0.0" } else { host };
        match std::net::TcpListener::bind((host, port)) {
            Ok(_) => Some(true),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Some(false),
            Err(_) => None,
        }
    }

    fn bad_certificate(&self, host: &str, port: u16) -> Option<String> {
        let trusted = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
        super::handshake::fault(host, port, trusted.as_deref())
    }

    fn now(&self) -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.ok().and_then(|since| i64::try_from(since.as_secs()).ok()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_or_refused_with_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
        std::fs::write(path("a"), "text").unwrap();
        std::fs::write(path("b"), b"ab\xff").unwrap();
        assert_eq!(Host.read(&path("a")).as_deref(), Ok("text"));
        assert!(matches!(Host.read(&path("b")), Err(ReadError::NotUtf8 { line: 1, column: 3, .. })));
        assert_eq!(Host.read(&path("c")), Err(ReadError::NotFound));
        let mut names = Host.list(folder.path().to_str().unwrap());
        names.sort();
        assert_eq!(names, ["a", "b"]);
        assert!(Host.is_directory("/") && !Host.is_directory(&path("a")));
        assert!(Host.home("root").is_some());
    }
}
