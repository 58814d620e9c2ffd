//! Users and groups, without the C library's resolver, which a static binary has not: `/etc/passwd` and `/etc/group`
//! first, then `getent` for those that only the name service knows.

use std::process::{Command, Stdio};

/// The databases that are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Database {
    /// name:password:uid:gid:gecos:home:shell
    Passwd,
    /// name:password:gid:members
    Group,
}

impl Database {
    fn name(self) -> &'static str {
        match self {
            Self::Passwd => "passwd",
            Self::Group => "group",
        }
    }

    fn file(self) -> &'static str {
        match self {
            Self::Passwd => "/etc/passwd",
            Self::Group => "/etc/group",
        }
    }
}

/// What is known of a user or group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) name: String,
    /// Of the user or of the group.
    pub(super) id: u32,
    /// Of a user.
    pub(super) home: Option<String>,
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, id, ..] = fields.as_slice() else { return None };
        Some(Self {
            name: (*name).to_owned(),
            id: id.parse().ok()?,
            home: fields.get(5).map(|home| (*home).to_owned()),
        })
    }
}

/// The user or group of this name.
pub(super) fn by_name(database: Database, name: &str) -> Option<Entry> {
    find(database, name, |entry| entry.name == name)
}

/// The user or group of this number.
pub(super) fn by_id(database: Database, id: u32) -> Option<Entry> {
    find(database, &id.to_string(), |entry| entry.id == id)
}

fn find(database: Database, key: &str, fits: impl Fn(&Entry) -> bool) -> Option<Entry> {
    let text = std::fs::read_to_string(database.file()).unwrap_or_default();
    let local = text.lines().filter_map(Entry::parse).find(&fits);
    local.or_else(|| getent(database, key)?.lines().filter_map(Entry::parse).find(&fits))
}

fn getent(database: Database, key: &str) -> Option<String> {
    let output = Command::new("getent").args([database.name(), "--", key]).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let entry = Entry::parse("www:x:33:34:w w w:/var/www:/bin/false").unwrap();
        assert_eq!((entry.name.as_str(), entry.id, entry.home.as_deref()), ("www", 33, Some("/var/www")));
        assert_eq!(Entry::parse("wheel:x:10:a,b").unwrap().id, 10);
        assert_eq!(Entry::parse("# comment"), None);
    }

    #[test]
    fn root_is_known() {
        assert_eq!(by_name(Database::Passwd, "root").unwrap().id, 0);
        assert_eq!(by_id(Database::Passwd, 0).unwrap().name, "root");
        assert_eq!(by_id(Database::Group, 0).unwrap().id, 0);
        assert_eq!(by_name(Database::Passwd, "no such user"), None);
    }
}
