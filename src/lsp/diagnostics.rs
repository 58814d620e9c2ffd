//! Findings as the editor shows them, by file.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check::Checked;
use super::position::{Encoding, Place, Range, Text};
use super::uri;
use crate::base::{Diagnostic, FileId, Severity, Span};

/// The texts of a check with their lines, each counted once.
pub(super) struct Texts<'a> {
    checked: &'a Checked,
    root: &'a str,
    encoding: Encoding,
    counted: BTreeMap<FileId, Text>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(checked: &'a Checked, root: &'a str, encoding: Encoding) -> Self {
        Self { checked, root, encoding, counted: BTreeMap::new() }
    }

    /// The path of the file of a place; none where the text is no local file.
    pub(super) fn path(&self, span: Span) -> Option<&'a str> {
        let name = self.checked.sources.name(span.file);
        (name.starts_with('/') || name == self.root).then_some(name)
    }

    pub(super) fn range(&mut self, span: Span) -> Range {
        let sources = &self.checked.sources;
        let text = self.counted.entry(span.file).or_insert_with(|| Text::new(sources.text(span.file).to_owned()));
        text.range(span.range(), self.encoding)
    }
}

/// All findings, by path. The root is there, and so is every file that it reads: what was wrong may be right by now.
pub(super) fn by_path(checked: &Checked, root: &str, encoding: Encoding) -> BTreeMap<String, Vec<Value>> {
    let mut texts = Texts::new(checked, root, encoding);
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::from([(root.to_owned(), Vec::new())]);
    for finding in &checked.findings {
        let path = finding.span.and_then(|span| texts.path(span)).unwrap_or(root);
        all.entry(path.to_owned()).or_default().push(shown(finding, &mut texts));
    }
    all
}

/// A finding without a place in a local file is at the start of the root.
pub(super) fn shown(finding: &Diagnostic, texts: &mut Texts<'_>) -> Value {
    let start = Place { line: 0, character: 0 };
    let local = finding.span.filter(|span| texts.path(*span).is_some());
    let range = local.map_or(Range { start, end: start }, |span| texts.range(span));
    let labels = finding.labels.iter().filter_map(|label| {
        let uri = uri::of_path(texts.path(label.span)?);
        Some(json!({ "location": { "uri": uri, "range": texts.range(label.span) }, "message": label.text }))
    });
    let labels: Vec<Value> = labels.collect();
    let mut value = json!({
        "range": range,
        "severity": severity(finding.severity),
        "code": finding.code,
        "source": "recipe",
        "message": message(finding, texts),
    });
    if !labels.is_empty() {
        value["relatedInformation"] = labels.into();
    }
    value
}

fn severity(severity: Severity) -> u8 {
    match severity {
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Info => 3,
    }
}

/// Message, note and help; the place too, where it cannot be marked.
fn message(finding: &Diagnostic, texts: &Texts<'_>) -> String {
    let mut text = finding.message.clone();
    if !finding.note.is_empty() {
        text = format!("{text}\n{}", finding.note);
    }
    if let Some(span) = finding.span.filter(|span| texts.path(*span).is_none()) {
        text = format!("{text}\nin {}", texts.checked.sources.place(span));
    }
    finding.help.iter().fold(text, |text, help| format!("{text}\nhelp: {help}"))
}
