//! The registry is sound, and every example is what it says.

use super::settings::Settings;
use super::view::Given;
use super::*;
use crate::base::Diagnostics;
use crate::base::memory::Memory;
use crate::compile::document::Syntax;
use crate::compile::read;
use crate::compile::sections::{self, Request, World};
use crate::conf::expand::Environ;
use crate::conf::include::Context;
use proptest::prelude::*;

pub(super) fn settings(text: &str) -> Settings {
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let file = sources.add("recipe-lint.toml", text);
    let document = read::read(file, Syntax::Toml, &sources, &read::condition::Conditions::default(), &mut found);
    let settings = Settings::read(&document.root, &mut found);
    assert!(found.is_empty(), "{found:?}");
    settings
}

/// What is told of the text of a configuration.
pub(super) fn lint(text: &str, settings: &Settings) -> (Sources, Vec<Diagnostic>) {
    lint_file("web.conf", text, None, settings)
}

/// What is told of a file of a project, with another one beside it.
fn lint_file(name: &str, text: &str, beside: Option<(&str, &str)>, settings: &Settings) -> (Sources, Vec<Diagnostic>) {
    let path = format!("/srv/{name}");
    let beside = beside.map(|(name, text)| (format!("/srv/{name}"), text));
    let texts: Vec<(&str, &str)> = beside.iter().map(|(name, text)| (&**name, *text)).chain([(&*path, text)]).collect();
    let files = Memory::of(&texts);
    let environ = Environ::default();
    let context =
        Context { files: &files, environ: &environ, host_node_name: "host", directory: "/srv", tempdir: "/tmp" };
    let given = Given { settings, context, here: None };
    let mut sources = Sources::new();
    let (found, files) = match kind::of_named(name, text) {
        kind::Kind::Zdaemon => daemon::check(&mut sources, &path, text, given),
        kind::Kind::Monitor => {
            let (found, file) = monitor::check(&mut sources, &path, text, None);
            (found, vec![file])
        }
        kind::Kind::Supervisord => {
            let checked = supervisord::check(&mut sources, &path, text.to_owned(), given);
            (checked.found, checked.files)
        }
        kind::Kind::Manifest(_) => {
            let found = manifest(&path, &files, &mut sources);
            (found, sources.files().collect())
        }
    };
    let found = told(&sources, files.into_iter(), settings, found);
    (sources, found)
}

fn manifest(path: &str, files: &Memory, sources: &mut Sources) -> Vec<Diagnostic> {
    made(manifest::Made::Written, path, files, sources)
}

fn made(made: manifest::Made, path: &str, files: &Memory, sources: &mut Sources) -> Vec<Diagnostic> {
    let conditions = read::condition::Conditions::default();
    let request = Request {
        manifest: path,
        working_directory: "/srv",
        directory: None,
        overrides: &[],
        user_defaults: None,
        conditions: &conditions,
        python: None,
        offline: true,
        history: false,
    };
    let world = World { files, fetch: files, secrets: files, allow_fetched_commands: false, python: &|| None };
    let mut found = Diagnostics::new();
    if let Some(merged) = sections::merge(&request, &world, sources, &mut found) {
        manifest::check(merged, &world, made, sources, &mut found);
    }
    found.sorted()
}

/// Of a supervisord.conf.
pub(super) fn codes(text: &str, settings: &Settings) -> Vec<&'static str> {
    codes_of("web.conf", text, None, settings)
}

fn codes_of(name: &str, text: &str, beside: Option<(&str, &str)>, settings: &Settings) -> Vec<&'static str> {
    lint_file(name, text, beside, settings).1.iter().map(|finding| finding.code).collect()
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
    let mut wrong = Vec::new();
    for rule in rules() {
        let Some(example) = rule.example else { continue };
        let settings = settings(example.given);
        let Example { name, beside, .. } = example;
        let told = |text| lint_file(name, text, beside, &settings).1.into_iter().map(|one| (one.code, one.message));
        let (bad, good): (Vec<_>, Vec<_>) = (told(example.bad).collect(), told(example.good).collect());
        if bad.len() != 1 || bad[0].0 != rule.code || !good.is_empty() {
            wrong.push(format!("{}: {bad:?} {good:?}", rule.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn only_what_no_text_shows_has_no_example() {
    let lacking: Vec<_> = rules().into_iter().filter(|rule| rule.example.is_none()).map(|rule| rule.code).collect();
    assert_eq!(lacking, WITHOUT_EXAMPLE);
}

/// What depends on sizes, the host, URLs, the command line or what a build finds: no text of a page shows it.
const WITHOUT_EXAMPLE: &[&str] = &[
    "ambiguous-directory",
    "bad-certificate",
    "bad-journal",
    "bad-override",
    "bad-settings",
    "bad-state",
    "command-not-found",
    "conf-include-unreadable",
    "conf-no-directory",
    "conf-no-user",
    "cut-off",
    "duplicate-output",
    "edited-by-hand",
    "fetch-failed",
    "fetched-command",
    "file-too-large",
    "io",
    "more-errors",
    "more-findings",
    "nested-output",
    "no-git",
    "no-repository",
    "no-revision",
    "not-a-file",
    "not-a-folder",
    "not-made-here",
    "nothing-left",
    "nothing-to-start",
    "outside-project",
    "port-in-use",
    "reserved-output",
    "template-unread",
    "unknown-part",
    "unreadable-output",
    "unwritable",
    "user-cannot-write",
    "world-readable-secret",
];

#[test]
fn references_and_expansions_are_a_family() {
    let of = |family| rules().into_iter().filter(move |rule| rule.family == family).map(|rule| rule.code);
    let expected = [
        "bad-reference",
        "conf-expansion",
        "expansion-slip",
        "foreign-key",
        "monitor-interpolation",
        "no-such-key",
        "no-such-section",
        "no-such-variable",
        "reference-loop",
        "reference-size",
        "reference-type",
    ];
    assert!(of(Family::Interpolation).eq(expected));
}

#[test]
fn what_a_fix_mends_is_gone() {
    for rule in rules().into_iter().filter(|rule| rule.fix.is_some()) {
        let Some(example) = rule.example else { continue };
        let settings = settings(example.given);
        let Example { name, beside, .. } = example;
        let (sources, found) = lint_file(name, example.bad, beside, &settings);
        let fixed = fix::apply(&sources, &found, crate::base::Safety::Unsafe);
        let text = fixed.texts.values().next().unwrap_or_else(|| panic!("{}: no fix", rule.code));
        assert!(codes_of(name, text, beside, &settings).is_empty(), "{}:\n{text}", rule.code);
    }
}

/// Fixes a text until there is nothing left to fix.
fn fixed(text: &str, most: crate::base::Safety) -> String {
    fixed_of("web.conf", text, most)
}

fn fixed_of(name: &str, text: &str, most: crate::base::Safety) -> String {
    let mut text = text.to_owned();
    for _ in 0..20 {
        let (sources, found) = lint_file(name, &text, None, &Settings::default());
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
        "stdout_logfile = syslog",
        "stderr_logfile=SysLog ; x",
        "stdout_syslog = no",
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

/// Manifests with slips: of each kind of file lines that make many findings together.
fn manifests() -> impl Strategy<Value = (&'static str, String)> {
    const TOML: &[&str] = &[
        "[project]",
        "nmae = \"x\"",
        "[parts.web]",
        "[parts.zeo]",
        "[parts.supervisor]",
        "[parst.b]",
        "recipe = \"program\"",
        "recipe = \"progam\"",
        "recipe = \"supervisor\"",
        "recipe = \"zdaemon\"",
        "command = \"/bin/cat $<wbe:ports.htpp>\"",
        "command = \"/bin/cat $<:ports.htpp>\"",
        "command = \"x %(progam_name)s\"",
        "comand = \"/bin/cat\"",
        "ports = { http = 8080 }",
        "ports = { http = \"http://localhost:80\" }",
        "programs = [\"wbe\", \"web\"]",
        "programs = [\"zoe\"]",
        "prorgams = [\"web\"]",
        "autorestart = Yes",
        "autorestart = \"unexpcted\"",
        "autorestrat = true",
        "stdout-logfile = \"/x\"",
        "stdout_logfile = \"/x\"",
        "stopsignal = \"TREM\"",
        "stdout_logfile_maxbytes = \"10 MB\"",
        "credentials = { usrname = \"a\" }",
        "inherit = \"wbe\"",
        "offline = \"yes\"",
        "umask = \"022\" # recipe: ignore[hot-loop, io]",
        "# recipe: ignore[io]",
        "runtime = \"pyton\"",
        "",
        "\r",
        "]",
    ];
    const CFG: &[&str] = &[
        "[buildout]",
        "parts = supervisor",
        "parts = supervisr",
        "offline = yes",
        "newest = FALSE",
        "[supervisor]",
        "recipe = collective.recipe.supervisor",
        "recipe = collective.recipe.supervisr",
        "recipe = zc.zdaemonrecipe",
        "[web]",
        "port = 80",
        "port = ${wbe:port}",
        "port = ${web:prot}",
        "programs =",
        "    10 web /bin/web",
        "    20 zeo (autorestrat=true stopsignal=TREM) /bin/zeo",
        "groups =",
        "    10 all wbe",
        "logelvel = debug",
        "loglevel = debug",
        "loglevel = dbeug",
        "sections = globl",
        "http-socket = uinx",
        "<= wbe",
        "port: 81",
        "    more",
        "# a comment ; recipe: ignore[io]",
        "; recipe: ignore[io, hot-loop]",
        "",
        "\u{feff}[a]",
    ];
    let of = |name: &'static str, lines: &'static [&'static str]| {
        let line = prop::sample::select(lines);
        prop::collection::vec(line, 0..16).prop_map(move |lines| (name, lines.join("\n")))
    };
    let yaml = |(_, text): (&str, String)| {
        let line = |line: &str| match line.strip_prefix("[parts.") {
            Some(part) => format!("  {}:", part.trim_end_matches(']')),
            None if line.starts_with('[') => format!("{}:", line.trim_matches(['[', ']'])),
            None => format!("    {}", line.replacen(" = ", ": ", 1).replace(" = ", ": ")),
        };
        let lines: Vec<String> = text.lines().map(line).collect();
        ("recipe.yaml", format!("parts:\n{}\n", lines.join("\n")))
    };
    prop_oneof![of("recipe.toml", TOML), of("recipe.toml", TOML).prop_map(yaml), of("buildout.cfg", CFG)]
}

/// What is told of a text, but for its places.
fn messages(name: &str, text: &str) -> Vec<(&'static str, String)> {
    let (_, found) = lint_file(name, text, None, &Settings::default());
    found.into_iter().map(|finding| (finding.code, finding.message)).collect()
}

/// Codes of what a clumsy fix would make.
const CLUMSY: [&str; 6] = ["toml-syntax", "yaml-syntax", "duplicate-key", "option-set-twice", "said-twice", "bad-line"];

#[test]
fn slips_of_a_manifest_are_mended_where_they_are() {
    let text = "# what runs\n[parts.web]\nrecipe = \"progam\"   # one\ncomand = \"/bin/web $<:ports.htpp>\"\n\
                ports = { http = 8080 }\nstdout-logfile = '/var/log/web'\nstopsignal = \"TREM\"\n\n[parts.s]\n\
                recipe = \"supervisor\"\nprograms = [\n  \"wbe\", # it\n]\n# recipe: ignore[io] no more\n";
    let unsafely = "# what runs\n[parts.web]\nrecipe = \"program\"   # one\ncommand = \"/bin/web $<:ports.http>\"\n\
                ports = { http = 8080 }\nstdout_logfile = '/var/log/web'\nstopsignal = \"TERM\"\n\n[parts.s]\n\
                recipe = \"supervisor\"\nprograms = [\n  \"web\", # it\n]\n";
    assert_eq!(fixed_of("recipe.toml", text, crate::base::Safety::Unsafe), unsafely);
    let yaml = "parts:\n  web:\n    recipe: program # x\n    stdout-logfile: /x\n    command: /bin/web\n    autorestart: ture\n";
    let safely = yaml.replace("stdout-logfile", "stdout_logfile");
    assert_eq!(fixed_of("recipe.yaml", yaml, crate::base::Safety::Safe), safely);
    let unsafely = safely.replace("ture", "true");
    assert_eq!(fixed_of("recipe.yaml", yaml, crate::base::Safety::Unsafe), unsafely);
    let cfg = "\u{feff}[buildout]\nparts = supervisr\noffline = yes\n[supervisor]\n# whose\nrecipe = collective.recipe.supervisor\n\
               logelvel = info\nprograms =\n    10 zeo (autorestrat=true) /bin/zeo\nport = 1\n# two\nport = 2\n";
    let safely = "[buildout]\nparts = supervisr\noffline = true\n[supervisor]\n# whose\nrecipe = collective.recipe.supervisor\n\
               logelvel = info\nprograms =\n    10 zeo (autorestrat=true) /bin/zeo\n# two\nport = 2\n";
    assert_eq!(fixed_of("buildout.cfg", cfg, crate::base::Safety::Safe), safely);
    let unsafely = safely.replace("supervisr", "supervisor").replace("logelvel", "loglevel").replace("strat", "start");
    assert_eq!(fixed_of("buildout.cfg", cfg, crate::base::Safety::Unsafe), unsafely);
}

proptest! {
    #[test]
    fn what_is_not_written_is_checked_all_the_same((name, text) in manifests()) {
        let path = format!("/srv/{name}");
        let files = Memory::of(&[(&path, &text)]);
        let [written, checked] = [manifest::Made::Written, manifest::Made::Checked]
            .map(|wanted| made(wanted, &path, &files, &mut Sources::new()));
        prop_assert_eq!(written, checked);
    }

    #[test]
    fn a_fix_of_a_manifest_mends_and_breaks_nothing((name, text) in manifests()) {
        let (sources, found) = lint_file(name, &text, None, &Settings::default());
        let count = |messages: &[(&str, String)], wanted: &dyn Fn(&str) -> bool| {
            messages.iter().filter(|(code, _)| wanted(code)).count()
        };
        let before: Vec<_> = found.iter().map(|finding| (finding.code, finding.message.clone())).collect();
        for finding in found.iter().filter(|finding| finding.fix.is_some()) {
            let fixed = fix::apply(&sources, std::slice::from_ref(finding), crate::base::Safety::Unsafe);
            let Some(fixed) = fixed.texts.into_values().next() else { continue };
            let after = messages(name, &fixed);
            let same = |all: &[(&str, String)]| all.iter().filter(|one| one.1 == finding.message).count();
            // Of an option of a `.cfg` that stands twice in a section, the other one is told of then.
            let option = finding.span.map_or("", |span| sources.slice(span));
            let is_twice = name == "buildout.cfg" && text.lines().filter(|line| line.starts_with(option)).count() > 1;
            let is_mended = same(&after) < same(&before) || finding.code == "unknown-option" && is_twice;
            prop_assert!(is_mended, "{finding:?} is not mended:\n{text}\n{fixed}");
            // What was no option before may be one that is set already.
            for code in CLUMSY.into_iter().filter(|code| finding.code != "bad-line" || *code != "option-set-twice") {
                let wanted = |other: &str| other == code;
                prop_assert!(count(&after, &wanted) <= count(&before, &wanted), "{code} by {finding:?}:\n{text}\n{fixed}");
            }
        }
        for most in [crate::base::Safety::Safe, crate::base::Safety::Unsafe] {
            let once = fixed_of(name, &text, most);
            prop_assert_eq!(fixed_of(name, &once, most), once);
        }
    }

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
