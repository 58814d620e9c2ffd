//! Where a file of a manifest is: a local path or a URL, and how a name in it becomes another one.

use camino::Utf8Path;

use crate::compile::project::normalised;

/// A local path, as the operating system is asked for it, or a URL.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Location {
    /// A path, relative to the folder of the process or absolute. `..` stands as written, as folders may be links.
    Path(String),
    /// An absolute URL without `.` and `..`.
    Url(String),
}

impl Location {
    /// What `name`, as written in the file at this location, stands for.
    pub(super) fn join(&self, name: &str) -> Self {
        if is_url(name) {
            return Self::Url(without_dots(name));
        }
        match self {
            Self::Url(url) if !name.starts_with('/') => Self::Url(without_dots(&format!("{}/{name}", parent_url(url)))),
            Self::Url(_) => Self::Path(name.to_owned()),
            Self::Path(path) => Self::Path(parent(path).join(name).into_string()),
        }
    }

    /// A name of the command line, which is relative to the folder of the process.
    pub(super) fn given(name: &str) -> Self {
        if is_url(name) { Self::Url(without_dots(name)) } else { Self::Path(name.to_owned()) }
    }

    /// The name under which users see it: paths normalised, URLs without user and password.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Path(path) => normalised(Utf8Path::new(path)).into_string(),
            Self::Url(url) => without_user(url),
        }
    }

    /// The part that ends in `.toml`, `.yaml` or anything else.
    pub(super) fn named(&self) -> &str {
        match self {
            Self::Path(path) => path,
            Self::Url(url) => url.split(['?', '#']).next().unwrap_or(url),
        }
    }

    /// Whether showing the text that names it would show a password.
    pub(super) fn holds_password(&self) -> bool {
        matches!(self, Self::Url(url) if user_range(url).is_some())
    }

    pub(super) fn is_url(&self) -> bool {
        matches!(self, Self::Url(_))
    }
}

/// Whether buildout takes `name` for a URL: letters, digits, `+`, `.` and `-` before `://`.
pub(super) fn is_url(name: &str) -> bool {
    let scheme_char = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '.' | '-');
    name.split_once("://").is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.chars().all(scheme_char))
}

fn parent(path: &str) -> &Utf8Path {
    Utf8Path::new(path).parent().unwrap_or(Utf8Path::new(""))
}

/// The URL up to its last `/`, which is not one of the two after the scheme.
fn parent_url(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    let host = path.find("://").map_or(0, |at| at + 3);
    path[host..].rfind('/').map_or(path, |at| &path[..host + at])
}

/// RFC 3986 5.2.4 on the path of an absolute URL; the query stays.
fn without_dots(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at + 3);
    let end = url.find(['?', '#']).unwrap_or(url.len()).max(host);
    let Some(start) = url[host..end].find('/').map(|at| host + at) else { return url.to_owned() };
    let mut kept: Vec<&str> = Vec::new();
    for segment in url[start + 1..end].split('/') {
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    format!("{}/{}{}", &url[..start], kept.join("/"), &url[end..])
}

fn without_user(url: &str) -> String {
    match user_range(url) {
        Some(range) => format!("{}(secret){}", &url[..range.start], &url[range.end..]),
        None => url.to_owned(),
    }
}

/// The bytes between `://` and the `@` of the host part.
fn user_range(url: &str) -> Option<std::ops::Range<usize>> {
    let start = url.find("://")? + 3;
    let end = url[start..].find(['/', '?', '#']).map_or(url.len(), |at| start + at);
    let at = url[start..end].rfind('@')?;
    Some(start..start + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_relative_to_the_file_that_holds_them() {
        let joined = |base: &str, name: &str| Location::given(base).join(name).shown();
        assert_eq!(joined("buildout.cfg", "base.cfg"), "base.cfg");
        assert_eq!(joined("sub/a.cfg", "../b.cfg"), "b.cfg");
        assert_eq!(joined("sub/a.cfg", "/etc/b.cfg"), "/etc/b.cfg");
        assert_eq!(joined("sub/a.cfg", "https://h/x/b.cfg"), "https://h/x/b.cfg");
        assert_eq!(joined("https://h/x/y/b.cfg", "../c.cfg"), "https://h/x/c.cfg");
        assert_eq!(joined("https://h", "c.cfg"), "https://h/c.cfg");
        assert_eq!(joined("https://h/a?q=1/2", "c.cfg?r"), "https://h/c.cfg?r");
        assert_eq!(joined("https://h/a.cfg", "/etc/b.cfg"), "/etc/b.cfg");
        assert_eq!(joined("https://h/a", "../../../c.cfg"), "https://h/c.cfg");
    }

    #[test]
    fn passwords_of_urls_are_not_shown() {
        let url = Location::given("https://me:pw@h/a@b.cfg");
        assert_eq!(url.shown(), "https://(secret)@h/a@b.cfg");
        assert!(url.holds_password());
        assert!(!Location::given("https://h/a@b.cfg").holds_password());
        assert_eq!(url.join("c.cfg").shown(), "https://(secret)@h/c.cfg");
    }

    #[test]
    fn endings_are_those_of_the_path() {
        assert_eq!(Location::given("https://h/a.toml?x=b.cfg").named(), "https://h/a.toml");
        assert!(!is_url("a b://c"));
        assert!(!is_url("://c"));
    }

    proptest::proptest! {
        #[test]
        fn any_name_joins(base in ".*", name in ".*") {
            let _ = Location::given(&base).join(&name).shown();
            let _ = Location::given(&format!("http://{base}")).join(&name).shown();
        }
    }
}
