//! A plan as text: per change one line that says what happens, and a unified diff. Secrets are masked; a line in which
//! only a secret differs says so.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::ops::Range;

use similar::{Algorithm, DiffOp, DiffTag, capture_diff_slices, group_diff_ops};

use super::mask::{self, MASK};
use super::{Action, Change, OldFile, Plan};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Whether the text goes to a terminal that takes colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Text alone.
    #[default]
    Plain,
    /// With ANSI colours.
    Coloured,
}

/// What `plan` changes; empty if that is nothing.
pub fn write(plan: &Plan, style: Style) -> String {
    let mut printer = Printer { plan, style, secrets: mask::secrets_of(plan), out: String::new() };
    for change in plan.changes.iter().filter(|change| change.action != Action::Keep) {
        printer.change(change);
    }
    printer.out
}

struct Printer<'a> {
    plan: &'a Plan,
    style: Style,
    secrets: BTreeSet<&'a str>,
    out: String,
}

impl Printer<'_> {
    fn line(&mut self, colour: &str, text: &str) {
        match self.style {
            Style::Plain => self.out.push_str(text),
            Style::Coloured => {
                let _ = write!(self.out, "\x1b[{colour}m{text}\x1b[0m");
            }
        }
        self.out.push('\n');
    }

    fn change(&mut self, change: &Change) {
        let title = title(self.plan, change);
        self.line("1", &title);
        if matches!(change.action, Action::SetMode | Action::MakeFolder) {
            return;
        }
        if let Some(why) = unshown(change.old.as_ref()) {
            return self.line("2", &why);
        }
        let secrets = self.secrets_of(change);
        let old_bytes = change.old.as_ref().and_then(|old| old.bytes.as_deref()).unwrap_or_default();
        let old = Side::new(old_bytes, secrets);
        let new = change.new.as_ref();
        let new_secrets = new.map(|new| new.secrets.clone()).unwrap_or_default();
        let new_side = Side::new(new.map_or(&[], |new| new.text.as_bytes()), new_secrets);
        let path = escaped(self.plan.shown(&change.path).as_str());
        let name = |is_there: bool| if is_there { path.as_str() } else { "/dev/null" };
        self.line("1", &format!("--- {}", name(change.old.is_some())));
        self.line("1", &format!("+++ {}", name(new.is_some())));
        self.hunks(&old, &new_side);
    }

    fn secrets_of(&self, change: &Change) -> Vec<Range<usize>> {
        let Some(OldFile { bytes: Some(bytes), secrets, .. }) = &change.old else { return Vec::new() };
        match secrets {
            Some(known) => mask::with_new(bytes, known, &self.secrets),
            None => mask::guess(bytes, change.new.as_ref(), &self.secrets),
        }
    }

    fn hunks(&mut self, old: &Side, new: &Side) {
        let ops = capture_diff_slices(Algorithm::Myers, &old.raw(), &new.raw());
        for hunk in group_diff_ops(ops, CONTEXT) {
            if let (Some(first), Some(last)) = (hunk.first(), hunk.last()) {
                let range = |start: usize, end: usize| match end - start {
                    0 => format!("{start},0"),
                    1 => format!("{}", start + 1),
                    length => format!("{},{length}", start + 1),
                };
                let (from, to) = (
                    range(first.old_range().start, last.old_range().end),
                    range(first.new_range().start, last.new_range().end),
                );
                self.line("36", &format!("@@ -{from} +{to} @@"));
            }
            for op in &hunk {
                self.op(op, old, new);
            }
        }
    }

    fn op(&mut self, op: &DiffOp, old: &Side, new: &Side) {
        if op.tag() == DiffTag::Equal {
            for at in op.new_range() {
                let text = format!(" {}", new.shown(at, MASK));
                self.line("0", &text);
                self.missing_newline(new, at);
            }
            return;
        }
        let mut gone: HashMap<String, VecDeque<usize>> = HashMap::new();
        for at in op.old_range() {
            let text = old.shown(at, MASK);
            self.line("31", &format!("-{text}"));
            self.missing_newline(old, at);
            gone.entry(text).or_default().push_back(at);
        }
        for at in op.new_range() {
            let mut text = new.shown(at, MASK);
            if let Some(was) = gone.get_mut(&text).and_then(VecDeque::pop_front) {
                text = new.shown_since(at, old, was);
            }
            self.line("32", &format!("+{text}"));
            self.missing_newline(new, at);
        }
    }

    fn missing_newline(&mut self, side: &Side, at: usize) {
        if !side.bytes[side.lines[at].clone()].ends_with(b"\n") {
            self.line("0", "\\ No newline at end of file");
        }
    }
}

/// What happens to the path of `change`, in one line.
fn title(plan: &Plan, change: &Change) -> String {
    let path = escaped(plan.shown(&change.path).as_str());
    let old = change.old.as_ref().map(|old| old.mode);
    let new = change.new.as_ref().map(|new| new.mode);
    let modes = match (old, new) {
        (Some(old), Some(new)) if old != new => format!(" (mode {old:04o} -> {new:04o})"),
        (None, Some(new)) => format!(" (mode {new:04o})"),
        _ => String::new(),
    };
    match change.action {
        Action::Create => format!("create {path}{modes}"),
        Action::Rewrite => format!("change {path}{modes}"),
        Action::SetMode => format!("set mode of {path}{modes}"),
        Action::Remove => format!("remove {path}"),
        Action::MakeFolder => format!("create folder {path}"),
        Action::Keep => format!("keep {path}"),
        Action::KeepEdited => format!("keep {path}, edited by hand; with --force:"),
        Action::KeepForeign => format!("keep {path}, not made by a build; with --force:"),
    }
}

/// Why the old file cannot be shown, if it cannot.
fn unshown(old: Option<&OldFile>) -> Option<String> {
    match &old?.bytes {
        None => Some("the file that is there is too large to be shown".to_owned()),
        Some(bytes) if memchr::memchr(0, bytes).is_some() => {
            Some("the file that is there is binary and not shown".to_owned())
        }
        Some(_) => None,
    }
}

/// One side of a diff.
struct Side<'a> {
    bytes: &'a [u8],
    lines: Vec<Range<usize>>,
    secrets: Vec<Range<usize>>,
}

impl<'a> Side<'a> {
    fn new(bytes: &'a [u8], mut secrets: Vec<Range<usize>>) -> Self {
        secrets.extend(mask::variables(bytes));
        Self { bytes, lines: mask::lines(bytes), secrets: mask::united(secrets) }
    }

    fn raw(&self) -> Vec<&'a [u8]> {
        self.lines.iter().map(|line| &self.bytes[line.clone()]).collect()
    }

    /// Line `at` as it may be shown, without its line end, `mask` in place of each secret.
    fn shown(&self, at: usize, mask: &str) -> String {
        self.shown_with(at, |_, _| mask.to_owned())
    }

    /// As [`Self::shown`], of a line that is shown like line `was` of the `old` side: which of its secrets changed, and what
    /// they are of where the line itself does not say.
    fn shown_since(&self, at: usize, old: &Side<'_>, was: usize) -> String {
        let before: Vec<&[u8]> = mask::in_line(&old.secrets, &old.lines[was]).map(|range| &old.bytes[range]).collect();
        let key = self.key_above(at).map_or(String::new(), |key| format!(" of {key}"));
        self.shown_with(at, |number, secret| match before.get(number) {
            Some(before) if *before == secret => MASK.to_owned(),
            _ => format!("(secret changed{key})"),
        })
    }

    /// The key that line `at` belongs to, if it has none itself: that of the last line above that is not indented.
    fn key_above(&self, at: usize) -> Option<String> {
        let key = |line: &str| Some(line.split_once(['=', ':'])?.0.trim().to_owned());
        if key(&self.shown(at, "")).is_some() {
            return None;
        }
        let above = (0..at).rev().map(|at| self.shown(at, "")).find(|line| !line.starts_with([' ', '\t']))?;
        key(&above).filter(|_| self.bytes[self.lines[at].start].is_ascii_whitespace())
    }

    /// Line `at` without its line end, with what `mask` makes of the number and the bytes of each secret.
    fn shown_with(&self, at: usize, mask: impl Fn(usize, &[u8]) -> String) -> String {
        let mut line = self.lines[at].clone();
        if self.bytes[line.clone()].ends_with(b"\n") {
            line.end -= 1;
        }
        let mut out = String::new();
        let mut from = line.start;
        for (number, secret) in mask::in_line(&self.secrets, &line).enumerate() {
            out.push_str(&escaped(&String::from_utf8_lossy(&self.bytes[from..secret.start])));
            out.push_str(&mask(number, &self.bytes[secret.clone()]));
            from = secret.end;
        }
        out.push_str(&escaped(&String::from_utf8_lossy(&self.bytes[from..line.end])));
        out
    }
}

/// `text` with control characters spelled out: it goes to terminals.
fn escaped(text: &str) -> String {
    if !text.contains(|c: char| c.is_control() && c != '\t') {
        return text.to_owned();
    }
    text.chars().fold(String::with_capacity(text.len() + 8), |mut out, c| {
        if c.is_control() && c != '\t' {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use std::iter::once;

    use proptest::prelude::*;

    use super::*;
    use crate::compile::plan::NewFile;

    fn changed(old: &[u8], new: &str, secret: &str, known: bool) -> Plan {
        let ranges = |text: &str| text.match_indices(secret).map(|(at, _)| at..at + secret.len()).collect();
        let secrets = known.then(|| ranges(std::str::from_utf8(old).unwrap_or("")));
        let old = OldFile { bytes: Some(old.to_vec()), mode: 0o644, secrets };
        let new = NewFile { text: new.into(), mode: 0o644, secrets: ranges(new) };
        plan_of(Action::Rewrite, Some(old), Some(new))
    }

    fn plan_of(action: Action, old: Option<OldFile>, new: Option<NewFile>) -> Plan {
        let path = "/p/a.conf".into();
        let change = Change { path, part: "x".into(), action, real: None, outside: false, old, new };
        Plan { project: "/p".into(), changes: vec![change], ..Plan::default() }
    }

    #[test]
    fn a_change_is_a_unified_diff() {
        let plan = changed(b"1\n2\n3\n4\n5\n6\n7\n8\n9\nend", "1\n2\n3\n4\nfive\n6\n7\n8\n9\nend\n", "no such", true);
        assert_eq!(
            write(&plan, Style::Plain),
            "change a.conf\n--- a.conf\n+++ a.conf\n@@ -2,9 +2,9 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n-end\n\
             \\ No newline at end of file\n+end\n"
        );
    }

    #[test]
    fn files_come_and_go() {
        let new = NewFile { text: "a\n".into(), mode: 0o600, secrets: vec![] };
        assert_eq!(
            write(&plan_of(Action::Create, None, Some(new)), Style::Plain),
            "create a.conf (mode 0600)\n--- /dev/null\n+++ a.conf\n@@ -0,0 +1 @@\n+a\n"
        );
        let old = OldFile { bytes: Some(b"a\nb\n".to_vec()), mode: 0o600, secrets: None };
        assert_eq!(
            write(&plan_of(Action::Remove, Some(old), None), Style::Plain),
            "remove a.conf\n--- a.conf\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n"
        );
    }

    #[test]
    fn a_secret_is_never_shown() {
        let old = OldFile {
            bytes: Some(b"user = a\npassword = old1\n".to_vec()),
            mode: 0o600,
            secrets: Some(once(20..24).collect()),
        };
        let new = NewFile { text: "user = a\npassword = new22\n".into(), mode: 0o600, secrets: once(20..25).collect() };
        assert_eq!(
            write(&plan_of(Action::Rewrite, Some(old), Some(new)), Style::Plain),
            "change a.conf\n--- a.conf\n+++ a.conf\n@@ -1,2 +1,2 @@\n user = a\n-password = (secret)\n\
             +password = (secret changed)\n"
        );
        let edited = changed(b"url=x\npassword = old1\nnote=hunter2\n", "password = hunter2\n", "hunter2", false);
        let text = write(&edited, Style::Plain);
        assert!(!text.contains("old1") && !text.contains("hunter2"), "{text}");
        assert!(text.contains("-url=x\n"), "{text}");
    }

    #[test]
    fn it_is_told_which_secret_changed() {
        let side = |text: &str, secrets: [&str; 4]| -> Vec<Range<usize>> {
            secrets
                .iter()
                .map(|secret| text.find(secret).unwrap())
                .zip(secrets)
                .map(|(at, s)| at..at + s.len())
                .collect()
        };
        let was = "env = A=aaa1,B=bbb1\nlong = x\n  ccc1\nddd1\n";
        let is = "env = A=aaa1,B=bbb22\nlong = x\n  ccc2\nddd2\n";
        let old = OldFile {
            bytes: Some(was.as_bytes().to_vec()),
            mode: 0o600,
            secrets: Some(side(was, ["aaa1", "bbb1", "ccc1", "ddd1"])),
        };
        let new = NewFile { text: is.into(), mode: 0o600, secrets: side(is, ["aaa1", "bbb22", "ccc2", "ddd2"]) };
        let text = write(&plan_of(Action::Rewrite, Some(old), Some(new)), Style::Plain);
        let added: Vec<&str> = text.lines().filter(|line| line.starts_with('+')).skip(1).collect();
        let expected = ["+env = A=(secret),B=(secret changed)", "+  (secret changed of long)", "+(secret changed)"];
        assert_eq!(added, expected);
    }

    #[test]
    fn what_has_become_a_secret_is_masked_in_the_old_text_too() {
        let text = write(&changed(b"key = s3kret\nx\n", "key = $PASS\n", "none", true), Style::Plain);
        assert!(text.contains("s3kret"), "nobody said that it is one: {text}");
        let mut plan = changed(b"key = s3kret\nx\n", "pass = s3kret\n", "s3kret", true);
        plan.changes[0].old.as_mut().unwrap().secrets = Some(vec![]);
        let text = write(&plan, Style::Plain);
        assert!(!text.contains("s3kret"), "{text}");
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let text = write(&changed(b"\x1b[2Jx\r\n", "\tx\n", "none", true), Style::Plain);
        assert!(text.contains("-\\u{1b}[2Jx\\r\n+\tx\n"), "{text}");
        let coloured = write(&changed(b"a\n", "b\n", "none", true), Style::Coloured);
        assert!(coloured.contains("\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n"), "{coloured}");
    }

    #[test]
    fn what_is_no_text_is_not_shown() {
        let text = write(&changed(b"\0\xff", "x\n", "none", false), Style::Plain);
        assert_eq!(text, "change a.conf\nthe file that is there is binary and not shown\n");
    }

    #[test]
    fn a_big_diff_takes_no_time() {
        let lines = |step: usize, modulus: usize| -> String {
            (0..100_000).flat_map(|n| ["line ".to_owned(), (n * step % modulus).to_string(), "\n".into()]).collect()
        };
        let (old, new) = (lines(7, 5003), lines(11, 5009));
        let text = write(&changed(old.as_bytes(), &new, "none", true), Style::Plain);
        assert!(text.lines().count() > 50_000);
    }

    proptest! {
        #[test]
        fn any_old_bytes_can_be_shown_without_the_secret(
            old in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'='), 97..100_u8, any::<u8>()], 0..60),
            new in "[a-c=\n]{0,20}pass=s3kret\n",
            ranges in proptest::collection::vec((0_usize..90, 0_usize..90), 0..4),
        ) {
            let mut plan = changed(&old, &new, "s3kret", false);
            let text = write(&plan, Style::Plain);
            prop_assert!(!text.contains("s3kret"));
            let ranges = ranges.into_iter().map(|(a, b)| a..b).collect();
            plan.changes[0].old.as_mut().unwrap().secrets = Some(ranges);
            write(&plan, Style::Plain);
        }
    }
}
