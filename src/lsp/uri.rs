//! `file://` URIs and paths.

use camino::Utf8Path;

use crate::compile::project::normalised;
use crate::wire::url;

const SCHEME: &str = "file://";

/// The path that a URI names, normalised; any other URI, such as that of a text without a file, is its own name.
pub(super) fn path(uri: &str) -> String {
    let Some(rest) = uri.strip_prefix(SCHEME) else { return uri.to_owned() };
    let path = rest.find('/').map_or(rest, |at| &rest[at..]);
    normalised(Utf8Path::new(&url::unquote(path))).into_string()
}

/// The URI of a path or of what has no path.
pub(super) fn of_path(path: &str) -> String {
    if path.starts_with('/') { format!("{SCHEME}{}", url::quote(path)) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uris_are_paths_and_back() {
        assert_eq!(path("file:///srv/a%20b/../%C3%BC.toml"), "/srv/ü.toml");
        assert_eq!(path("file://localhost/srv/x"), "/srv/x");
        assert_eq!(path("untitled:Untitled-1"), "untitled:Untitled-1");
        assert_eq!(of_path("/srv/a b/ü"), "file:///srv/a%20b/%C3%BC");
        assert_eq!(path(&of_path("/srv/100% sure")), "/srv/100% sure");
    }
}
