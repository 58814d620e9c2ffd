//! Users and their groups, without the C library's resolver, which a static binary has not: `/etc/passwd` and
//! `/etc/group` first, then `getent` for users that only the name service knows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nix::unistd::{Gid, Uid, chown};

use crate::conf::python::repr;

use super::sys::Identity;

/// Why somebody cannot be become, in the words of `couldn't setuid to …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// No user of that name.
    Name(String),
    /// No user of that number.
    Id(u32),
}

impl std::fmt::Display for Unknown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Name(name) => write!(f, "Can't find username {}", repr(name)),
            Self::Id(id) => write!(f, "Can't find uid {id}"),
        }
    }
}

/// The identity of a user given by name or number.
pub(super) fn identity(user: &str) -> Result<Identity, Unknown> {
    let user = user.trim();
    let wanted = user.parse::<u32>().ok();
    let unknown = || wanted.map_or_else(|| Unknown::Name(user.to_owned()), Unknown::Id);
    let fits = |record: &Record| wanted.map_or(record.name == user, |uid| record.uid == uid);
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    if let Some(record) = text.lines().filter_map(Record::parse).find(fits) {
        let groups = fs::read_to_string("/etc/group").unwrap_or_default();
        return Ok(record.with_groups(memberships(&groups, &record.name)));
    }
    let line = getent("passwd", user).ok_or_else(unknown)?;
    let record = line.lines().find_map(Record::parse).ok_or_else(unknown)?;
    let groups = getent("initgroups", &record.name).unwrap_or_default();
    let ids = groups.split_whitespace().skip(1).filter_map(|id| id.parse().ok()).collect();
    Ok(record.with_groups(ids))
}

/// The name of the user of a number, or the number if there is none.
pub(super) fn name(uid: u32) -> String {
    let text = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let fits = |record: &Record| record.uid == uid;
    let found = text.lines().filter_map(Record::parse).find(fits);
    let found = found.or_else(|| getent("passwd", &uid.to_string())?.lines().filter_map(Record::parse).find(fits));
    found.map_or_else(|| uid.to_string(), |record| record.name)
}

/// The number of a group given by name or number; of the latter it need not exist.
pub(super) fn group(group: &str) -> Option<u32> {
    let group = group.trim();
    if let Ok(number) = group.parse() {
        return Some(number);
    }
    let number = |line: &str| {
        let mut fields = line.split(':');
        (fields.next()? == group).then(|| fields.nth(1)?.parse().ok())?
    };
    let text = fs::read_to_string("/etc/group").unwrap_or_default();
    text.lines().find_map(number).or_else(|| getent("group", group)?.lines().find_map(number))
}

/// Whom a file is given to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    /// User.
    pub(super) uid: u32,
    /// Group, if it is to change.
    pub(super) gid: Option<u32>,
}

impl Owner {
    /// Of `user` or `user:group`, each a name or a number. None if there is no such user or group.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (user, group) = text.split_once(':').map_or((text, None), |(user, group)| (user, Some(group)));
        let gid = group.map(self::group);
        if gid == Some(None) {
            return None;
        }
        Some(Self { uid: identity(user).ok()?.uid, gid: gid.flatten() })
    }

    /// Gives a file away.
    pub(super) fn give(self, file: &Path) -> nix::Result<()> {
        chown(file, Some(Uid::from_raw(self.uid)), self.gid.map(Gid::from_raw))
    }
}

/// What is needed of a line of `/etc/passwd`.
#[derive(Debug, PartialEq, Eq)]
struct Record {
    name: String,
    uid: u32,
    gid: u32,
}

impl Record {
    fn parse(line: &str) -> Option<Self> {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Self { name, uid, gid })
    }

    /// The primary group comes first: some systems let `setgid` replace the first one.
    fn with_groups(&self, others: Vec<u32>) -> Identity {
        let mut groups = vec![self.gid];
        groups.extend(others.into_iter().filter(|gid| *gid != self.gid));
        Identity { uid: self.uid, gid: self.gid, groups }
    }
}

/// Numbers of the groups in the text of `/etc/group` that list `user`.
fn memberships(groups: &str, user: &str) -> Vec<u32> {
    let lists = |members: &str| members.split(',').any(|member| member.trim() == user);
    let group = |line: &str| {
        let mut fields = line.split(':').skip(2);
        let gid = fields.next()?.parse().ok()?;
        lists(fields.next()?).then_some(gid)
    };
    groups.lines().filter_map(group).collect()
}

fn getent(database: &str, key: &str) -> Option<String> {
    let output = Command::new("getent").args([database, "--", key]).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_and_memberships() {
        let record = Record::parse("www-data:x:33:34:www:/var/www:/bin/false").unwrap();
        assert_eq!(record, Record { name: "www-data".into(), uid: 33, gid: 34 });
        assert_eq!(Record::parse("# a comment"), None);
        let groups = "a:x:1:www-data\nb:x:2:other,www-data\nc:x:34:www-data\nd:x:4:www\nbroken";
        let identity = record.with_groups(memberships(groups, "www-data"));
        assert_eq!(identity.groups, [34, 1, 2]);
    }

    #[test]
    fn groups_are_known_by_name_and_number() {
        assert_eq!((group("root"), group("12345"), group("no such group")), (Some(0), Some(12345), None));
    }

    #[test]
    fn owners_are_a_user_and_perhaps_a_group() {
        assert_eq!(Owner::parse("root"), Some(Owner { uid: 0, gid: None }));
        assert_eq!(Owner::parse("0:12345"), Some(Owner { uid: 0, gid: Some(12345) }));
        assert_eq!((Owner::parse("root:no such group"), Owner::parse("no such user:0")), (None, None));
    }

    #[test]
    fn root_is_known_by_name_and_number() {
        assert_eq!(name(0), "root");
        let root = identity("root").unwrap();
        assert_eq!((root.uid, root.gid), (0, 0));
        assert_eq!(identity("0"), Ok(root));
        let nobody = identity("no such user").unwrap_err();
        assert_eq!(nobody.to_string(), "Can't find username 'no such user'");
        assert_eq!(identity("4294967294").unwrap_err().to_string(), "Can't find uid 4294967294");
    }
}
