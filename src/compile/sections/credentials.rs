//! `credentials = { username = …, password = … }` of a part: where its password comes from.
//!
//! | password | is |
//! |---|---|
//! | `"text"` | that text, which is then readable by all who can read the manifest: a warning |
//! | `{ env = "NAME" }` | a variable of the build's environment |
//! | `{ env = "NAME", at = "start" }` | `%(ENV_NAME)s`, which the daemon replaces when it starts |
//! | `{ file = "path" }` | the first line of a file, relative to the project folder |
//! | `{ command = "words" }` | the first line that a command prints, run without a shell in the project folder; not of a file that came from a URL |
//! | `{ generate = 20 }` | made once, of so many letters and digits, and kept |
//!
//! The text takes the place of the table, so that `$<supervisor:credentials.password>` is the password itself. It is
//! marked as a secret ([`crate::base::secret`]); what is left to the daemon is no secret, but must keep its `%`
//! ([`crate::base::verbatim`]).

use crate::base::seams::Secrets;
use crate::base::{Diagnostics, FileId, secret, suggest, verbatim};
use crate::compile::document::{Entry, Node, Scalar, Table};
use crate::compile::project::normalised;

use super::problem::{Problem, SecretFault};
use super::template;

const FORMS: [&str; 4] = ["env", "file", "command", "generate"];
const AT: &str = "at";
/// Shorter passwords are guessed, longer ones do not fit anywhere.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=256;

/// Gets the password of one part.
pub(super) struct Maker<'a> {
    pub(super) part: &'a str,
    pub(super) directory: &'a str,
    pub(super) secrets: &'a dyn Secrets,
    /// The files whose commands are not run, as they came from a URL.
    pub(super) distrusted: &'a [FileId],
}

impl Maker<'_> {
    /// The password that `node`, its references resolved, asks for. `is_literal`: it holds none.
    pub(super) fn password(&self, node: &Node, is_literal: bool, found: &mut Diagnostics) -> Option<Scalar> {
        match node {
            Node::Scalar(scalar) => Some(self.literal(scalar, is_literal, found)),
            Node::Table(table) => self.table(table, found),
            Node::List(list) => {
                found.push(Problem::PasswordShape { span: list.span, part: self.part.to_owned(), kind: node.kind() });
                None
            }
        }
    }

    fn literal(&self, scalar: &Scalar, is_literal: bool, found: &mut Diagnostics) -> Scalar {
        if secret::is_marked(&scalar.text) || verbatim::is_marked(&scalar.text) {
            return scalar.clone();
        }
        if is_literal && !scalar.text.is_empty() {
            found.push(Problem::LiteralPassword { span: scalar.span, part: self.part.to_owned(), is_cfg: false });
        }
        Scalar::string(secret::mark(&scalar.text), scalar.span)
    }

    fn table(&self, table: &Table, found: &mut Diagnostics) -> Option<Scalar> {
        self.report_unknown(table, found);
        let mut forms = table.entries().iter().filter(|e| FORMS.contains(&&*e.key.text));
        let (Some(form), None) = (forms.next(), forms.next()) else {
            found.push(Problem::PasswordForm { span: table.span, part: self.part.to_owned() });
            return None;
        };
        let at_start = Self::at_start(table, form, found)?;
        if &*form.key.text == "command" && self.is_distrusted(form) {
            found.push(Problem::FetchedCommand { span: form.node.span(), part: self.part.to_owned() });
            return None;
        }
        let text = match &*form.key.text {
            "env" => self.env(form, at_start),
            "file" => self.file(form),
            "command" => self.command(form),
            _ => self.generate(form),
        };
        match text {
            Ok(text) if secret::holds_reserved(&text) => {
                found.push(self.fault(form, SecretFault::Reserved));
                None
            }
            Ok(text) => {
                Some(Scalar::string(if at_start { verbatim::mark(&text) } else { secret::mark(&text) }, table.span))
            }
            Err(fault) => {
                found.push(self.fault(form, fault));
                None
            }
        }
    }

    /// Whether any of a command stands in a file that is not trusted with one.
    fn is_distrusted(&self, form: &Entry) -> bool {
        let words = form.node.as_list().map_or(&[][..], |list| &list.items);
        let spans = words.iter().map(Node::span).chain([form.key.span, form.node.span()]);
        spans.into_iter().any(|span| self.distrusted.contains(&span.file))
    }

    fn fault(&self, form: &Entry, fault: SecretFault) -> Problem {
        Problem::Password { span: form.node.span(), part: self.part.to_owned(), fault }
    }

    fn report_unknown(&self, table: &Table, found: &mut Diagnostics) {
        let known = || FORMS.into_iter().chain([AT]);
        for entry in table.entries().iter().filter(|e| !known().any(|k| *k == *e.key.text)) {
            let nearest = suggest::nearest(&entry.key.text, known());
            let nearest = nearest.map(|meant| meant.unless(|name| table.has_beside(name, entry.key.span)));
            let (span, key) = (entry.key.span, entry.key.text.to_string());
            found.push(Problem::PasswordKey { span, part: self.part.to_owned(), key, nearest });
        }
    }

    /// Whether the daemon is to fill in the password; none if that is said wrongly.
    fn at_start(table: &Table, form: &Entry, found: &mut Diagnostics) -> Option<bool> {
        let Some(entry) = table.entry(AT) else { return Some(false) };
        let value = entry.node.as_scalar().map(|s| &*s.text);
        match value {
            Some("build") => Some(false),
            Some("start") if &*form.key.text == "env" => Some(true),
            _ => {
                let value = value.unwrap_or(entry.node.kind()).to_owned();
                found.push(Problem::PasswordAt { span: entry.node.span(), value, form: form.key.text.to_string() });
                None
            }
        }
    }

    fn env(&self, form: &Entry, at_start: bool) -> Result<String, SecretFault> {
        let name = text(&form.node)?;
        if at_start {
            let is_name = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            return if is_name {
                Ok(format!("%(ENV_{name})s"))
            } else {
                Err(SecretFault::VariableName(name.to_owned()))
            };
        }
        let value = self.secrets.secret_env(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| SecretFault::NoVariable(name.to_owned()))
    }

    fn file(&self, form: &Entry) -> Result<String, SecretFault> {
        let path = normalised(&camino::Utf8Path::new(self.directory).join(text(&form.node)?));
        let line = self.secrets.file(path.as_str());
        not_empty(line.map_err(|error| SecretFault::File(path.into_string(), error))?)
    }

    fn command(&self, form: &Entry) -> Result<String, SecretFault> {
        let words = match &form.node {
            Node::List(list) => list.items.iter().map(|n| text(n).map(str::to_owned)).collect::<Result<Vec<_>, _>>()?,
            other => {
                let line = text(other)?;
                shell_words::split(line).map_err(|_| SecretFault::Quotes(line.to_owned()))?
            }
        };
        if words.is_empty() {
            return Err(SecretFault::Empty);
        }
        not_empty(self.secrets.command(&words, self.directory).map_err(SecretFault::Failed)?)
    }

    fn generate(&self, form: &Entry) -> Result<String, SecretFault> {
        let length = text(&form.node)?;
        let length = length.parse().ok().filter(|n| LENGTHS.contains(n));
        let length = length.ok_or(SecretFault::Length(*LENGTHS.start(), *LENGTHS.end()))?;
        self.secrets.generated(self.part, length).map_err(SecretFault::Failed)
    }
}

fn text(node: &Node) -> Result<&str, SecretFault> {
    node.as_scalar().map(|s| &*s.text).ok_or(SecretFault::Type(node.kind()))
}

/// An empty password would open the door to all.
fn not_empty(text: String) -> Result<String, SecretFault> {
    if text.is_empty() { Err(SecretFault::Empty) } else { Ok(text) }
}

/// Reports `credentials` of a part that are no table, and what is in them besides user name and password.
pub(super) fn check_keys(part: &str, table: &Table, found: &mut Diagnostics) {
    const KNOWN: [&str; 2] = ["username", "password"];
    let credentials = match table.get("credentials") {
        Some(Node::Table(credentials)) => credentials,
        Some(Node::Scalar(scalar)) if template::may_refer(&scalar.text) => return,
        Some(other) => {
            found.push(Problem::CredentialsShape { span: other.span(), part: part.to_owned(), kind: other.kind() });
            return;
        }
        None => return,
    };
    for entry in credentials.entries().iter().filter(|entry| !KNOWN.contains(&&*entry.key.text)) {
        let key = entry.key.text.to_string();
        let nearest = suggest::nearest(&key, KNOWN);
        let nearest = nearest.map(|meant| meant.unless(|name| credentials.has_beside(name, entry.key.span)));
        found.push(Problem::CredentialsKey { span: entry.key.span, part: part.to_owned(), key, nearest });
    }
}
