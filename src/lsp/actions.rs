//! Quick fixes: what the findings of the lines in question say would mend them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::check::Checked;
use super::diagnostics::{Texts, shown};
use super::position::{Encoding, Range};
use crate::base::{Diagnostic, Fix, Safety};

/// The answer to `textDocument/codeAction` for a range of the file `path`. `uri_of` names files as the editor does;
/// `is_good` says whether the fix of a finding may be made.
pub(super) fn actions(
    checked: &Checked,
    root: &str,
    path: &str,
    range: Range,
    encoding: Encoding,
    uri_of: &dyn Fn(&str) -> String,
    is_good: &dyn Fn(&Diagnostic) -> bool,
) -> Value {
    let mut texts = Texts::new(checked, root, encoding);
    let mut all = Vec::new();
    for finding in &checked.findings {
        let Some(span) = finding.span.filter(|span| texts.path(*span) == Some(path)) else { continue };
        let Some(fix) = finding.fix.as_deref() else { continue };
        let place = texts.range(span);
        if place.end.line < range.start.line || range.end.line < place.start.line {
            continue;
        }
        if let Some(edit) = edit(fix, &mut texts, uri_of).filter(|_| is_good(finding)) {
            all.push(json!({
                "title": title(&fix.title, fix.safety),
                "kind": "quickfix",
                "isPreferred": fix.safety == Safety::Safe,
                "diagnostics": [shown(finding, &mut texts)],
                "edit": edit,
            }));
        }
    }
    Value::Array(all)
}

/// With a capital letter, as editors show it; a fix that may change what runs says so.
fn title(text: &str, safety: Safety) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    let title = format!("{first}{}", letters.as_str());
    if safety == Safety::Safe { title } else { format!("{title} (may change what runs)") }
}

/// All edits of a fix, by file; none where one is not in a local file.
fn edit(fix: &Fix, texts: &mut Texts<'_>, uri_of: &dyn Fn(&str) -> String) -> Option<Value> {
    let mut changes: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let uri = uri_of(texts.path(edit.span)?);
        let change = json!({ "range": texts.range(edit.span), "newText": edit.text });
        changes.entry(uri).or_default().push(change);
    }
    Some(json!({ "changes": changes }))
}
