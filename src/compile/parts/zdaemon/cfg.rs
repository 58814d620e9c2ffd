//! zc.zdaemonrecipe 1.0.0: its options, its paths, its texts.

use crate::base::memory::Memory;
use crate::base::{Sources, Span, suggest};
use crate::compile::document::{Scalar, Table};
use crate::compile::parts::builder::{Builder, Target};
use crate::compile::parts::options::without_effect;
use crate::compile::parts::problem::Problem;
use crate::compile::parts::scripts::{self, Runtime, Script};
use crate::compile::project::Part;
use crate::conf::expand::Environ;
use crate::conf::include;
use crate::conf::path::join;
use crate::conf::zconfig::read::{self, Text};
use crate::conf::zconfig::tree::Section;

use super::{findings, key, report};

/// All options that the recipe knows, but for those of zc.recipe.egg.
pub(in super::super) const KNOWN: &[&str] = &[
    "recipe",
    "location",
    "program",
    "zdaemon.conf",
    "deployment",
    "shell-script",
    "zdaemon",
    "eggs",
    "user",
    "rc-directory",
    "run-directory",
    "log-directory",
    "etc-directory",
    "logrotate",
    "runtime",
    "newest",
    "allow-unknown-extras",
    "_buildout_section_name_",
];

/// What the recipe sets whatever the part says: where its files are, unless a deployment says it, and the script that a
/// shell script runs.
pub(in super::super) fn overrides(table: &Table) -> Vec<(&'static str, String)> {
    let text = |option: &str| table.scalar(option).map(|scalar| scalar.text.trim());
    let mut set = Vec::new();
    if text("deployment").is_none_or(str::is_empty) {
        set.push(("rc-directory", "${buildout:bin-directory}".to_owned()));
        set.push(("run-directory", "${buildout:parts-directory}/${:_buildout_section_name_}".to_owned()));
    }
    if text("shell-script") == Some("true") {
        set.push(("zdaemon", join("${buildout:bin-directory}", text("zdaemon").unwrap_or("zdaemon"))));
    }
    set
}

/// Where the files of a part are, as the recipe writes their paths.
struct Paths {
    conf: String,
    log: String,
    socket: String,
    script: String,
    run: String,
}

impl Paths {
    fn of(part: &Part) -> Self {
        let text = |option: &str| part.table.scalar(option).map_or("", |scalar| &*scalar.text);
        let (name, run, rc) = (&part.name, text("run-directory"), text("rc-directory"));
        match deployment(part) {
            Some(_) => {
                let log = join(text("log-directory"), &format!("{name}.log"));
                let script = text("logrotate").rsplit('/').next().unwrap_or(name);
                Self {
                    conf: join(text("etc-directory"), &format!("{name}-zdaemon.conf")),
                    socket: join(run, &format!("{name}-zdaemon.sock")),
                    script: join(rc, script),
                    run: run.to_owned(),
                    log,
                }
            }
            None => Self {
                conf: join(run, "zdaemon.conf"),
                log: join(run, "transcript.log"),
                socket: join(run, "zdaemon.sock"),
                script: join(rc, name),
                run: run.to_owned(),
            },
        }
    }
}

fn deployment(part: &Part) -> Option<&Scalar> {
    part.table.scalar("deployment").filter(|scalar| !scalar.text.is_empty())
}

/// Builds the configuration, the control script and the logrotate file.
pub(in super::super) fn build(part: &Part, builder: &mut Builder<'_>) {
    unknown_options(part, builder);
    let paths = Paths::of(part);
    let Some(program) = part.table.scalar("program") else {
        let (part, option, span) = (part.name.clone(), "program".to_owned(), part.span);
        return builder.report(Problem::MissingOption { part, option, span });
    };
    let Text { mut top, imports, findings: wrong } = own(part);
    report(builder, wrong, false);
    complete(&mut top, part, program, &paths);
    report(builder, findings(&top), true);
    let place = |path: &str| Target::written(builder.project, path, place(part));
    let (conf, script) = (place(&paths.conf), place(&paths.script));
    let rotated = deployment(part).and_then(|_| part.table.scalar("logrotate")).map(|path| place(&path.text));
    if rotated.is_none() {
        let run = place(&paths.run);
        builder.folder(part, run);
    } else if let Some(target) = rotated {
        let named = [("logfile", &*paths.log), ("rc", &*paths.script), ("conf", &*paths.conf)];
        super::logrotate(part, builder, named, target);
    }
    super::configuration(part, builder, &top, &imports, conf.clone());
    scripts(part, builder, &conf, script);
}

/// What asks for the paths.
fn place(part: &Part) -> Span {
    deployment(part).map_or(part.span, |scalar| scalar.span)
}

/// The tree in `zdaemon.conf`, with the places of the manifest: of each its line.
fn own(part: &Part) -> Text {
    let option = part.table.scalar("zdaemon.conf");
    let text = option.map_or("", |scalar| &*scalar.text);
    let environ = Environ::default();
    let context = include::Context {
        files: &Memory::default(),
        environ: &environ,
        host_node_name: "",
        directory: "/",
        tempdir: "/tmp",
    };
    let mut read = read::read(&mut Sources::new(), "zdaemon.conf", text, &context);
    let place = |span: Span| {
        let before = text.get(..span.start as usize).unwrap_or("");
        option.map_or(part.span, |scalar| scalar.line_span(before.matches('\n').count()))
    };
    read.top.moved(&place);
    read.findings.iter_mut().for_each(|finding| finding.span = place(finding.span));
    read
}

/// Adds what the recipe adds: keys to the first `<runner>`, which is made if there is none, and an `<eventlog>`.
fn complete(top: &mut Section, part: &Part, program: &Scalar, paths: &Paths) {
    let span = program.span;
    if top.section("runner").is_none() {
        top.sections.insert(0, Section::new("runner", span));
    }
    let words: Vec<&str> = program.text.split_whitespace().collect();
    let mut defaults = vec![
        ("program", words.join(" ")),
        ("daemon", "on".to_owned()),
        ("transcript", paths.log.clone()),
        ("socket-name", paths.socket.clone()),
        ("directory", paths.run.clone()),
    ];
    if deployment(part).is_some() {
        defaults.extend(part.table.scalar("user").map(|user| ("user", user.text.to_string())));
    }
    if let Some(runner) = top.sections.iter_mut().find(|section| section.kind == "runner") {
        for (name, value) in defaults {
            if runner.key(name).is_none() {
                runner.keys.push(key(name, value, span));
            }
        }
    }
    if top.section("eventlog").is_none() {
        top.sections.push(super::eventlog(paths.log.clone(), span));
    }
}

fn scripts(part: &Part, builder: &mut Builder<'_>, conf: &Target, target: Target) {
    let runtime = Runtime::of(part, builder.project, part.table.scalar("runtime"));
    let runtime = builder.check(runtime).unwrap_or(Runtime::Recipe);
    let is_shell = match part.table.scalar("shell-script") {
        None => false,
        Some(scalar) => match &*scalar.text {
            "true" => true,
            "false" | "" => false,
            other => {
                let (part, option, value) = (part.name.clone(), "shell-script".to_owned(), other.to_owned());
                let expected = &["true", "false"];
                let nearest = suggest::nearest(other, ["true", "false"]);
                builder.report(Problem::UnknownWord { part, option, value, expected, nearest, span: scalar.span });
                false
            }
        },
    };
    let user = part.table.scalar("user").map(|scalar| &*scalar.text).filter(|user| is_shell && !user.is_empty());
    let own = Script {
        name: &part.name,
        program: "zdaemon",
        arguments: scripts::with_conf("-C", Some(conf.path())),
        span: part.span,
    };
    scripts::write_to(part, builder, &runtime, &own, target, user);
    if !builder.makes(&builder.project.bin_directory.join("zdaemon")) {
        scripts::write(
            part,
            builder,
            &runtime,
            &Script { name: "zdaemon", program: "zdaemon", arguments: String::new(), span: part.span },
        );
    }
}

/// Options that the recipe never looks at, unless something refers to them.
fn unknown_options(part: &Part, builder: &mut Builder<'_>) {
    let keys = part.table.entries().iter().map(|entry| &entry.key);
    builder.extend(keys.filter_map(|key| without_effect(part, key, KNOWN, false)));
}
