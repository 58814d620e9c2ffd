//! The registry is sound, and every example is what it says.

use super::settings::Settings;
use super::view::Given;
use super::*;
use crate::base::Diagnostics;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::compile::document::Syntax;
use crate::compile::read;
use crate::conf::expand::Environ;
use crate::conf::include::Context;
use proptest::prelude::*;

/// A host without files.
pub(super) struct Nowhere;

impl Files for Nowhere {
    fn read(&self, _path: &str) -> Result<String, ReadError> {
        Err(ReadError::NotFound)
    }

    fn exists(&self, _path: &str) -> bool {
        false
    }
}

impl ConfFiles for Nowhere {
    fn list(&self, _directory: &str) -> Vec<String> {
        Vec::new()
    }

    fn home(&self, _user: &str) -> Option<String> {
        None
    }
}

pub(super) fn settings(text: &str) -> Settings {
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let file = sources.add("recipe-lint.toml", text);
    let document = read::read(file, Syntax::Toml, &sources, &read::condition::Conditions::default(), &mut found);
    let settings = Settings::read(&document.root, &mut found);
    assert!(found.is_empty(), "{found:?}");
    settings
}

/// What is told of a text.
pub(super) fn lint(text: &str, settings: &Settings) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let environ = Environ::default();
    let context =
        Context { files: &Nowhere, environ: &environ, host_node_name: "host", directory: "/srv", tempdir: "/tmp" };
    let given = Given { settings, context, here: None };
    let (found, files) = if kind::of_named("web.conf", text) == kind::Kind::Zdaemon {
        daemon::check(&mut sources, "web.conf", text, given)
    } else {
        let checked = supervisord::check(&mut sources, "web.conf", text.to_owned(), given);
        (checked.found, checked.files)
    };
    let found = told(&sources, files.into_iter(), settings, found);
    (sources, found)
}

pub(super) fn codes(text: &str, settings: &Settings) -> Vec<&'static str> {
    lint(text, settings).1.iter().map(|finding| finding.code).collect()
}

#[test]
fn names_are_unique_and_in_one_style() {
    let codes: Vec<_> = rules().iter().map(|r| r.code).collect();
    let mut unique = codes.clone();
    unique.dedup();
    assert_eq!(codes, unique);
    for rule in rules() {
        assert!(rule.code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.code);
        assert!(rule.why.ends_with(['.', ')']) && !rule.finds.ends_with('.'), "{}", rule.code);
    }
}

#[test]
fn a_bad_example_gives_its_code_and_a_good_one_nothing() {
    for rule in rules() {
        let Some(example) = rule.example else { continue };
        let settings = settings(example.given);
        let found = codes(example.bad, &settings);
        assert_eq!(found, [rule.code], "{}", example.bad);
        let (_, found) = lint(example.good, &settings);
        assert!(found.is_empty(), "{}: {found:?}", rule.code);
    }
}

#[test]
fn what_a_fix_mends_is_gone() {
    for rule in rules().into_iter().filter(|rule| rule.fix.is_some()) {
        let Some(example) = rule.example else { continue };
        let settings = settings(example.given);
        let (sources, found) = lint(example.bad, &settings);
        let fixed = fix::apply(&sources, &found, crate::base::Safety::Unsafe);
        let text = fixed.texts.values().next().unwrap_or_else(|| panic!("{}: no fix", rule.code));
        assert!(codes(text, &settings).is_empty(), "{}:\n{text}", rule.code);
    }
}

/// Fixes a text until there is nothing left to fix.
fn fixed(text: &str, most: crate::base::Safety) -> String {
    let mut text = text.to_owned();
    for _ in 0..20 {
        let (sources, found) = lint(&text, &Settings::default());
        let mut fixed = fix::apply(&sources, &found, most);
        match fixed.texts.pop_first() {
            Some((_, new)) => text = new,
            None => return text,
        }
    }
    panic!("fixing does not end:\n{text}");
}

#[test]
fn a_comment_between_the_lines_of_a_value_is_left_alone() {
    let text = "[unix_http_server]\nfile = /run/web  ; a;b\n  c;d\n";
    let once = "[unix_http_server]\nfile = /run/web  ; a;b\n  c ;d\n";
    assert_eq!(fixed(text, crate::base::Safety::Unsafe), once);
}

/// Lines that make many findings together.
fn lines() -> impl Strategy<Value = String> {
    let line = prop::sample::select(vec![
        "[supervisord]",
        "[program:a]",
        "[progam:b]",
        "[eventlistener:c]",
        "[group:g]",
        "[unix_http_server]",
        "[inet_http_server]",
        "[fcgi-program:f]",
        "[supervisorctl]",
        "programs = a",
        "command = /bin/cat;x",
        "command = a && b",
        "command = a \\",
        "[ program:d ]",
        "startsecs = 1;x",
        "command = /bin/mkdir x",
        "command=x/y",
        "  priority = 1",
        "directory = \"/srv\"",
        "directory = /srv",
        "stdout_logfile = /dev/stdout",
        "stderr_logfile=/dev/stderr",
        "logfile=/x  ; a;b",
        "  c",
        "  d;e 5% ; 6%",
        "stdout_logfile=/x",
        "startsecs = 0",
        "autorestart = true",
        "autorestrat = true",
        "user = \u{e9}",
        "events = PROCESS_STATE",
        "numprocs = 20",
        "process_name = %(process_num)d",
        "environment = A=\"50%\"",
        "port = *:9001",
        "nodaemon=false",
        "; recipe: ignore[hot-loop, io]",
        "priority = 2 ; recipe: ignore[io] x",
        "",
        "\r",
        "\tx",
    ]);
    prop::collection::vec(line, 0..24).prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn fixing_ends_and_leaves_nothing_to_fix(text in lines(), newline in any::<bool>()) {
        let text = if newline { format!("{text}\n") } else { text };
        for most in [crate::base::Safety::Safe, crate::base::Safety::Unsafe] {
            let once = fixed(&text, most);
            prop_assert_eq!(fixed(&once, most), once);
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*|([\\[\\]a=:; #\n\r\t%<>/\"'$]|program|command|runner){0,60}") {
        let (sources, found) = lint(&text, &Settings::default());
        for finding in found {
            if let Some(span) = finding.span {
                prop_assert!(sources.text(span.file).get(span.range()).is_some(), "{:?}", finding);
            }
        }
    }
}
