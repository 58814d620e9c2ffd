//! What a user wants to be told: `recipe-lint.toml`, or `[lint]` of a manifest, or the command line.

use super::rule::Family;
use super::target::Version;
use super::{find, rules};
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Diagnostics, Severity, Span, list};
use crate::compile::document::{Entry, Node, Scalar, Table};
use crate::conf::glob;

/// The keys that there are.
const KEYS: [&str; 7] = ["select", "ignore", "severity", "per-file-ignores", "target", "boot-time", "fail-on"];

/// What is to be told, and how bad it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Only these; none is all.
    pub select: Option<Vec<Selector>>,
    /// Not these.
    pub ignore: Vec<Selector>,
    /// Not these in files whose path matches.
    pub per_file: Vec<(String, Vec<Selector>)>,
    /// As bad as this instead.
    pub severity: Vec<(Selector, Severity)>,
    /// The version of Supervisor that it is for.
    pub target: Option<Version>,
    /// Seconds that what programs need takes to come up.
    pub boot_time: Option<i64>,
    /// The least severity that fails.
    pub fail_on: Option<Severity>,
}

/// Names some of the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selector {
    /// `all`
    All,
    /// All of a family.
    Family(Family),
    /// One.
    Code(&'static str),
}

impl Selector {
    /// What a word means.
    pub fn of(word: &str) -> Result<Self, UnknownCode> {
        let family = Family::ALL.into_iter().find(|family| family.word() == word);
        match (word, family, find(word)) {
            ("all", ..) => Ok(Self::All),
            (_, Some(family), _) => Ok(Self::Family(family)),
            (_, _, Some(rule)) => Ok(Self::Code(rule.code)),
            _ => Err(UnknownCode(word.to_owned())),
        }
    }

    /// How few it names.
    fn narrowness(self) -> u8 {
        match self {
            Self::All => 0,
            Self::Family(_) => 1,
            Self::Code(_) => 2,
        }
    }

    fn takes(self, code: &str) -> bool {
        match self {
            Self::All => true,
            Self::Family(family) => find(code).is_some_and(|rule| rule.family == family),
            Self::Code(own) => own == code,
        }
    }
}

/// A word that names no rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode(pub String);

impl std::fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "there is no rule or family of rules `{}`", self.0)
    }
}

impl UnknownCode {
    /// What may be meant.
    pub fn help(&self) -> String {
        let names = rules().into_iter().map(|rule| rule.code).chain(Family::ALL.map(Family::word)).chain(["all"]);
        let names: Vec<&str> = names.collect();
        did_you_mean(&self.0, names.iter().copied())
            .unwrap_or_else(|| "`recipe lint --list` lists all rules".to_owned())
    }
}

impl Settings {
    /// Reads them from a table.
    pub fn read(table: &Table, found: &mut Diagnostics) -> Self {
        let mut settings = Self::default();
        for entry in table.entries() {
            settings.entry(entry, found);
        }
        settings
    }

    fn entry(&mut self, entry: &Entry, found: &mut Diagnostics) {
        let node = &entry.node;
        match &*entry.key.text {
            "select" => self.select = Some(selectors(node, found)),
            "ignore" => self.ignore = selectors(node, found),
            "severity" => self.severity = each(node, found, severity).collect(),
            "per-file-ignores" => {
                self.per_file =
                    each(node, found, |entry, found| Some((entry.key.text.to_string(), selectors(&entry.node, found))))
                        .collect();
            }
            "target" => self.target = parsed(node, found, |text| text.parse().map_err(|why| vec![why])),
            "boot-time" => self.boot_time = parsed(node, found, seconds),
            "fail-on" => self.fail_on = parsed(node, found, |text| severity_of(text).ok_or_else(|| not_severe(text))),
            other => {
                let finding = wrong(entry.key.span, format!("`{other}` is no setting of the linter"));
                let expected = || format!("expected {}", list::one_of(KEYS));
                found.push(finding.help(did_you_mean(other, KEYS).unwrap_or_else(expected)));
            }
        }
    }

    /// Whether a finding of this code in the file of this name is wanted.
    pub fn wants(&self, code: &str, file: Option<&str>) -> bool {
        let among = |selectors: &[Selector]| selectors.iter().any(|selector| selector.takes(code));
        let here = |pattern: &str| file.is_some_and(|file| matches(pattern, file));
        self.select.as_deref().is_none_or(among)
            && !among(&self.ignore)
            && !self.per_file.iter().any(|(pattern, selectors)| here(pattern) && among(selectors))
    }

    /// How bad a finding is here. The narrowest word counts, in whatever order they stand.
    pub fn severity_of(&self, finding: &Diagnostic) -> Severity {
        let own = self.severity.iter().filter(|(selector, _)| selector.takes(finding.code));
        let own = own.max_by_key(|(selector, _)| selector.narrowness());
        own.map_or(finding.severity, |(_, severity)| *severity)
    }
}

/// Whether a path, or the end of it behind a slash, matches.
fn matches(pattern: &str, path: &str) -> bool {
    let path = path.strip_prefix("./").unwrap_or(path);
    let depth = pattern.matches('/').count();
    let tail = path.rmatch_indices('/').nth(depth).map_or(path, |(at, _)| &path[at + 1..]);
    let whole = pattern.split('/').zip(tail.split('/')).all(|(pattern, name)| glob::matches(pattern, name));
    whole && tail.matches('/').count() == depth
}

/// The severity of this name.
pub fn severity_of(name: &str) -> Option<Severity> {
    [Severity::Info, Severity::Warning, Severity::Error].into_iter().find(|severity| severity.name() == name)
}

fn wrong(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-settings", span, message)
}

fn not_severe(text: &str) -> Vec<String> {
    vec![format!("`{text}` is no severity"), "expected `error`, `warning` or `info`".to_owned()]
}

fn severity(entry: &Entry, found: &mut Diagnostics) -> Option<(Selector, Severity)> {
    let selector = selector(&entry.key.text, entry.key.span, found);
    let severity = parsed(&entry.node, found, |text| severity_of(text).ok_or_else(|| not_severe(text)));
    selector.zip(severity)
}

fn seconds(text: &str) -> Result<i64, Vec<String>> {
    let seconds = text.parse().ok().filter(|seconds| *seconds >= 0);
    seconds.ok_or_else(|| vec![format!("`{text}` is no number of seconds")])
}

fn scalar<'n>(node: &'n Node, found: &mut Diagnostics) -> Option<&'n Scalar> {
    let scalar = node.as_scalar();
    if scalar.is_none() {
        found.push(wrong(node.span(), format!("expected a text, not {}", node.kind())));
    }
    scalar
}

/// A value, or a finding of the first line of what is wrong with it, with the others as help.
fn parsed<T>(node: &Node, found: &mut Diagnostics, parse: impl Fn(&str) -> Result<T, Vec<String>>) -> Option<T> {
    let scalar = scalar(node, found)?;
    match parse(&scalar.text) {
        Ok(value) => Some(value),
        Err(mut lines) => {
            let help = lines.split_off(1);
            found.push(help.into_iter().fold(wrong(scalar.span, lines.remove(0)), Diagnostic::help));
            None
        }
    }
}

/// The entries of a table.
fn each<'n, T>(
    node: &'n Node,
    found: &mut Diagnostics,
    read: impl Fn(&'n Entry, &mut Diagnostics) -> Option<T>,
) -> std::vec::IntoIter<T> {
    let Some(table) = node.as_table() else {
        found.push(wrong(node.span(), format!("expected a table, not {}", node.kind())));
        return Vec::new().into_iter();
    };
    table.entries().iter().filter_map(|entry| read(entry, found)).collect::<Vec<_>>().into_iter()
}

/// A list of names; in a `.cfg` they stand in one text.
fn selectors(node: &Node, found: &mut Diagnostics) -> Vec<Selector> {
    let nodes = node.as_list().map_or_else(|| std::slice::from_ref(node), |list| &list.items);
    let mut all = Vec::new();
    for node in nodes {
        let Some(scalar) = scalar(node, found) else { continue };
        all.extend(scalar.text.split_whitespace().filter_map(|word| selector(word, scalar.span, found)));
    }
    all
}

fn selector(word: &str, span: Span, found: &mut Diagnostics) -> Option<Selector> {
    let selector = Selector::of(word);
    selector.map_err(|unknown| found.push(wrong(span, unknown.to_string()).help(unknown.help()))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::compile::document::Syntax;
    use crate::compile::read;

    fn read(text: &str) -> (Settings, Vec<String>) {
        let mut sources = Sources::new();
        let file = sources.add("recipe-lint.toml", text);
        let mut found = Diagnostics::new();
        let document = read::read(file, Syntax::Toml, &sources, &read::condition::Conditions::default(), &mut found);
        let settings = Settings::read(&document.root, &mut found);
        (settings, found.iter().map(|finding| finding.message.clone()).collect())
    }

    #[test]
    fn settings_choose_and_weigh() {
        let text = "select = ['all']\nignore = ['logs']\ntarget = '4.2'\nboot-time = 60\n[severity]\nhot-loop = 'error'\n\
                    [per-file-ignores]\n'conf.d/*.conf' = ['hot-loop']\n";
        let (settings, wrong) = read(text);
        assert_eq!(wrong, [""; 0]);
        assert!(!settings.wants("shared-logfile", None) && settings.wants("hot-loop", Some("x/y.conf")));
        assert!(
            !settings.wants("hot-loop", Some("etc/conf.d/a.conf"))
                && !settings.wants("hot-loop", Some("conf.d/a.conf"))
        );
        assert!(settings.wants("hot-loop", Some("a/conf.d/b/a.conf")));
        assert_eq!((settings.boot_time, settings.fail_on), (Some(60), None));
        assert_eq!(settings.severity_of(&Diagnostic::warning("hot-loop", None, "")), Severity::Error);
        assert_eq!(settings.severity_of(&Diagnostic::warning("io", None, "")), Severity::Warning);
    }

    #[test]
    fn the_narrower_word_weighs_more() {
        let finding = Diagnostic::warning("hot-loop", None, "");
        for text in [
            "hot-loop = 'error'\nprograms = 'info'\nall = 'info'\n",
            "all = 'info'\nprograms = 'info'\nhot-loop = 'error'\n",
        ] {
            let (settings, wrong) = read(&format!("[severity]\n{text}"));
            assert_eq!((settings.severity_of(&finding), wrong), (Severity::Error, Vec::new()));
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let text = "selct = 1\nignore = ['hot-lop', {}]\ntarget = 'x'\nboot-time = -1\nfail-on = 'bad'\nseverity = 1\n";
        let expected = [
            "`selct` is no setting of the linter",
            "there is no rule or family of rules `hot-lop`",
            "expected a text, not a table",
            "`x` is no version of Supervisor; expected one such as `4.2`",
            "`-1` is no number of seconds",
            "`bad` is no severity",
            "expected a table, not a number",
        ];
        assert_eq!(read(text).1, expected);
    }
}
