//! What a build makes: paths, modes, bytes.

use std::ops::Range;

use camino::Utf8PathBuf;

use crate::base::Span;

/// One thing on disk that a part makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Absolute and normalised.
    pub path: Utf8PathBuf,
    /// The part that makes it.
    pub part: String,
    /// What is there.
    pub content: Content,
    /// The place in the manifest that asks for this path, for messages.
    pub origin: Span,
    /// How the path came to be; decides whether it may lie outside the project folder.
    pub place: Place,
    /// Of a configuration: where its sections come from, in the order of the text.
    pub sources: Vec<Source>,
}

/// Where a section of a configuration comes from, or an option in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Where the section begins, in bytes of the text.
    pub at: usize,
    /// The option in supervisord.conf; empty for the section as a whole, which comes before its options.
    pub key: &'static str,
    /// The place in the manifest.
    pub span: Span,
}

impl Output {
    /// The place in the manifest that byte number `offset` of the text comes from.
    pub fn source(&self, offset: usize) -> Option<Span> {
        let Content::File { text, .. } = &self.content else { return None };
        let known = &self.sources[..self.sources.partition_point(|source| source.at <= offset)];
        let at = known.last()?.at;
        let section = &known[known.partition_point(|source| source.at < at)..];
        let key = key_at(text, offset);
        section.iter().find(|source| source.key == key).or(section.first()).map(|source| source.span)
    }
}

/// The option whose value holds the byte number `offset` of a configuration. An indented line goes on with the one before
/// it.
fn key_at(text: &str, offset: usize) -> &str {
    let mut rest = text.get(..offset).unwrap_or(text);
    loop {
        let start = rest.rfind('\n').map_or(0, |newline| newline + 1);
        let line = &text[start..];
        if start == 0 || !line.starts_with([' ', '\t']) {
            let line = line.split('\n').next().unwrap_or_default();
            return line.split(['=', ':']).next().unwrap_or_default().trim();
        }
        rest = &text[..start - 1];
    }
}

/// What an [`Output`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// Its text, secrets in clear.
        text: String,
        /// Permission bits: 0o644, 0o755 for scripts, 0o600 as soon as there is a secret.
        mode: u32,
        /// Byte ranges of `text` that no one may be shown, ascending.
        secrets: Vec<Range<usize>>,
    },
    /// A folder that must exist (`var/log`). Never removed.
    Folder,
}

/// How the path of an output came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Derived from the project's folders.
    Project,
    /// Written as an absolute path by the root manifest or local `.cfg` input: wanted, wherever it lies.
    Absolute,
    /// Written relative, or by a fetched file: must not leave the project folder without leave.
    Confined,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;

    #[test]
    fn bytes_of_a_configuration_lead_back_to_the_manifest() {
        let file = Sources::new().add("buildout.cfg", "");
        let span = |n| Span::new(file, n, n + 1);
        let text = "[a]\nx = 1\n\ty = 2\n z\nw=3\n[b]\nx = 4\n";
        let source = |at, key, n| Source { at, key, span: span(n) };
        let output = Output {
            path: "/p/c".into(),
            part: "p".into(),
            content: Content::File { text: text.into(), mode: 0o644, secrets: Vec::new() },
            origin: span(9),
            place: Place::Project,
            sources: vec![source(0, "", 0), source(0, "x", 1), source(0, "v", 2), source(24, "", 3)],
        };
        let lines = ["[a]", "x = 1", "y = 2", " z", "w=3", "[b]", "x = 4"];
        let found: Vec<_> = lines.iter().map(|line| output.source(text.find(line).unwrap() + 1)).collect();
        assert_eq!(found, [0, 1, 1, 1, 0, 3, 3].map(|n| Some(span(n))));
        assert_eq!(output.source(1000), Some(span(3)));
        assert_eq!(Output { sources: Vec::new(), ..output }.source(5), None);
    }
}
