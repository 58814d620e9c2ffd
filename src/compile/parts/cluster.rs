//! `cluster`: one script that starts, stops and restarts what belongs together. In a `.cfg` it is plone.recipe.cluster.
//!
//! | option | what |
//! |---|---|
//! | `start` | commands, in order; a program that is left running begins with `background:` |
//! | `stop`, `restart` | the same; `pid:VALUE` ends a process, given its number or a pid file |
//! | `pid-file` | relative to the project folder, default `cluster.pid` |
//! | `control-script` | the script's name in the bin folder, default the part's |
//! | `startsecs`, `stopwaitsecs` | how long a program in the background must live, and has between TERM and KILL |
//! | `ports` | numbers to be referred to |
//! | `debug` | `0` or `1`: taken as the original took it, which is to say that `start` never waits for the cluster's end |
//!
//! A list is one text of several lines, or, in a native manifest, a list of texts, each of which may be a list of words.
//! Commands are for the shell, but for lists of words and programs in the background. They run in the project folder. The
//! script has no command in it: it hands `parts/NAME/cluster.toml` ([`crate::conf::cluster`]) to this program.

use tera::{Context, Value};

use super::builder::{Builder, Target, Text};
use super::options::{Options as Read, lines_of, without_effect};
use super::problem::Problem;
use super::scripts::{self, Runtime, Script};
use super::{Kind, is_file_name};
use crate::base::{Severity, Span, secret, suggest, verbatim};
use crate::compile::document::{List, Node, Scalar, Table};
use crate::compile::filters::shell_word;
use crate::compile::known::{self, Known, Options, Shape};
use crate::compile::project::Part;
use crate::conf::cluster::{self, Action, BadStep, Step};
use crate::conf::options::Type;

/// Options of the part.
const KNOWN: &[Known] = &[
    known::RECIPE,
    known::LOCATION,
    known::PORTS,
    Known::new(
        "start",
        Shape::Commands,
        "Commands, run in order; a program that is left running begins with `background:`.",
    )
    .required(),
    Known::new("stop", Shape::Commands, "Commands that stop it; `pid:VALUE` ends a process, by number or pid file."),
    Known::new("restart", Shape::Commands, "Commands that restart it; without them a restart is a stop and a start."),
    Known::new("debug", Shape::Word(DEBUG), "Taken as the original took it; `start` never waits for the end."),
    Known::new("pid-file", Shape::Value(Type::Path), "The pid file, relative to the project folder.").default(PID_FILE),
    Known::new("control-script", Shape::Value(Type::Name), "The name of the script, if not the part's."),
    Known::new("startsecs", Shape::Value(Type::Integer), "Seconds that a program in the background must live.")
        .default("1"),
    Known::new("stopwaitsecs", Shape::Value(Type::Integer), "Seconds between TERM and KILL.").default("10"),
];

/// All of them.
pub(super) const OPTIONS: Options = Options::only(KNOWN);

/// What a `.cfg` may say: also what the original read without saying so.
pub(super) const KNOWN_CFG: &[&str] = &[
    "recipe",
    "location",
    "ports",
    "start",
    "stop",
    "restart",
    "debug",
    "pid-file",
    "control-script",
    "startsecs",
    "stopwaitsecs",
    "bin-directory",
    "extra_paths",
];

/// What `debug` may be.
const DEBUG: &[&str] = &["0", "1", "false", "true"];

/// The pid file of a part that names none.
const PID_FILE: &str = "cluster.pid";

/// Supervisor's defaults for what has the same names there.
const SECONDS: [(&str, u32); 2] = [("startsecs", 1), ("stopwaitsecs", 10)];

/// Builds the script and its configuration.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    unknown_options(part, builder);
    let mut options = Read::of(part);
    let [pid_file, debug, control] = ["pid-file", "debug", "control-script"].map(|name| options.text(name));
    let seconds = SECONDS.map(|(name, default)| (options.text(name), name, default));
    builder.extend(options.finish());
    let ports = part.table.get("ports").filter(|ports| !builder.project.is_cfg && ports.as_table().is_none());
    builder.extend(ports.map(|ports| wrong_kind(part, "ports", "a table", ports)));
    builder.extend(debug.and_then(|scalar| unknown_debug(part, scalar, builder.project.is_cfg)));
    let lists = ["start", "stop", "restart"].map(|name| steps(part, name, builder));
    let seconds = seconds.map(|(scalar, name, default)| {
        let number = scalar.map_or(Ok(default), |scalar| number(part, name, scalar));
        builder.check(number).unwrap_or(default)
    });
    let pid_file = pid_path(part, pid_file, builder);
    let log = Target::project(builder.project.directory.join(format!("var/log/{}.log", part.name)), part.span);
    let mut context = Context::new();
    context.insert_value("manifest", builder.manifest().into());
    for (name, value) in [
        ("name", part.name.as_str()),
        ("directory", builder.project.directory.as_str()),
        ("pid_file", pid_file.as_str()),
        ("log", log.path().as_str()),
    ] {
        context.insert_value(name, cluster::quote(value).into());
    }
    for ((name, _), seconds) in SECONDS.into_iter().zip(seconds) {
        context.insert_value(name, u64::from(seconds).into());
    }
    for (name, steps) in ["start", "stop", "restart"].into_iter().zip(lists) {
        context.insert_value(name, Value::from(steps.iter().map(|s| Value::from(s.written())).collect::<Vec<_>>()));
    }
    builder.folder(part, log.parent());
    let mut text = Text::default();
    builder.render("cluster/cluster.toml", &context, part.span, &mut text);
    let conf = Target::project(builder.project.parts_directory.join(&part.name).join("cluster.toml"), part.span);
    script(part, control, &conf, builder);
    builder.file(part, conf, text, 0o644);
}

fn script(part: &Part, control: Option<&Scalar>, conf: &Target, builder: &mut Builder<'_>) {
    let (name, span) = control.map_or((&*part.name, part.span), |scalar| (scalar.text.trim(), scalar.span));
    if secret::is_marked(name) || verbatim::is_marked(name) {
        return builder.report(Problem::SecretInPath { part: part.name.clone(), span });
    }
    if !is_file_name(name) {
        return builder.report(bad_value(part, "control-script", name, "the name of a file, without `/`", span));
    }
    let arguments = format!("--name \"$0\" {}", shell_word(conf.path().as_str()));
    scripts::write(part, builder, &Runtime::Recipe, &Script { name, program: "cluster", arguments, span });
}

fn unknown_options(part: &Part, builder: &mut Builder<'_>) {
    let project = builder.project;
    for key in part.table.entries().iter().map(|entry| &entry.key) {
        if project.is_cfg {
            builder.extend(without_effect(part, key, KNOWN_CFG, project.is_fragment));
        } else if !known::has(KNOWN, &key.text) {
            builder.report(Problem::unknown_option(part, key, "", OPTIONS.names()));
        }
    }
}

/// A word that is none of the few is wrong in a native manifest; the original took any.
fn unknown_debug(part: &Part, scalar: &Scalar, is_cfg: bool) -> Option<Problem> {
    let value = scalar.text.trim();
    if value.is_empty() || DEBUG.contains(&value) {
        return None;
    }
    let nearest = suggest::nearest(value, DEBUG.iter().copied());
    let (part, value, span) = (part.name.clone(), secret::masked(value), scalar.span);
    Some(if is_cfg {
        Problem::DoubtfulWord { part, option: "debug", value, expected: DEBUG, nearest, span }
    } else {
        Problem::UnknownWord { part, option: "debug".to_owned(), value, expected: DEBUG, nearest, span }
    })
}

/// Seconds, up to a day.
fn number(part: &Part, name: &str, scalar: &Scalar) -> Result<u32, Problem> {
    let number = scalar.text.trim().parse::<u32>().ok().filter(|n| *n <= 86_400);
    let expected = "a whole number of seconds, up to 86400";
    number.ok_or_else(|| bad_value(part, name, &scalar.text, expected, scalar.span))
}

fn bad_value(part: &Part, option: &str, value: &str, expected: &'static str, span: Span) -> Problem {
    let (part, option, value) = (part.name.clone(), option.to_owned(), secret::masked(value));
    Problem::BadValue { part, option, value, expected, span }
}

/// The pid file as it is written, once its folder is seen to. Two clusters cannot have one.
fn pid_path(part: &Part, option: Option<&Scalar>, builder: &mut Builder<'_>) -> String {
    let Some(scalar) = option else {
        same_pid_file(part, PID_FILE, part.span, builder);
        return PID_FILE.to_owned();
    };
    let path = scalar.text.trim();
    if path.is_empty() || path.ends_with('/') {
        builder.report(bad_value(part, "pid-file", path, "the path of a file", scalar.span));
        return PID_FILE.to_owned();
    }
    let folder = builder.path(part, scalar).parent();
    if folder.path() != builder.project.directory {
        builder.folder(part, folder);
    }
    same_pid_file(part, path, scalar.span, builder);
    secret::reveal(&verbatim::reveal(path))
}

fn same_pid_file(part: &Part, path: &str, span: Span, builder: &mut Builder<'_>) {
    let project = builder.project;
    let path = project.absolute(path);
    let before = project.parts.iter().take_while(|other| other.name != part.name);
    let before = before.filter(|other| is_cluster(other.kind));
    let written = |table: &Table| table.scalar("pid-file").map_or(PID_FILE.to_owned(), |s| s.text.trim().to_owned());
    if let Some(first) = before.into_iter().find(|other| project.absolute(&written(&other.table)) == path) {
        let first_span = first.table.scalar("pid-file").map_or(first.span, |scalar| scalar.span);
        let (second, first) = (part.name.clone(), first.name.clone());
        builder.report(Problem::PidFileTwice { path, first, first_span, second, span });
    }
}

fn is_cluster(kind: &Kind) -> bool {
    kind.name == "cluster"
}

/// The steps of a list. Those that are wrong are reported.
fn steps(part: &Part, name: &'static str, builder: &mut Builder<'_>) -> Vec<Step> {
    let is_required = name == "start" || name == "stop" && builder.project.is_cfg;
    let mut steps = Vec::new();
    match part.table.get(name) {
        None if is_required => {
            let option = name.to_owned();
            builder.report(Problem::MissingOption { part: part.name.clone(), option, span: part.span });
        }
        None => {}
        Some(Node::Scalar(scalar)) => steps.extend(of_lines(part, name, scalar, builder)),
        Some(Node::List(list)) => {
            for item in &list.items {
                match item {
                    Node::Scalar(scalar) => steps.extend(of_lines(part, name, scalar, builder)),
                    Node::List(words) => steps.extend(of_words(part, name, words, builder)),
                    table @ Node::Table(_) => builder.report(wrong_kind(part, name, "a command", table)),
                }
            }
        }
        Some(table @ Node::Table(_)) => builder.report(wrong_kind(part, name, "a list of commands", table)),
    }
    steps
}

fn wrong_kind(part: &Part, name: &str, expected: &'static str, node: &Node) -> Problem {
    let (part, option) = (part.name.clone(), name.to_owned());
    Problem::WrongKind { part, option, expected, actual: node.kind(), span: node.span() }
}

fn of_lines(part: &Part, name: &'static str, scalar: &Scalar, builder: &mut Builder<'_>) -> Vec<Step> {
    let mut steps = Vec::new();
    for (line, span) in lines_of(scalar).filter(|(line, _)| !line.trim().is_empty()) {
        let whole = clear(part, line.trim(), span, builder);
        steps.extend(step(part, name, cluster::step_of_line(&whole), line.trim(), span, builder));
    }
    steps
}

fn of_words(part: &Part, name: &'static str, list: &List, builder: &mut Builder<'_>) -> Option<Step> {
    let mut words = Vec::new();
    for item in &list.items {
        let Some(scalar) = item.as_scalar() else {
            builder.report(wrong_kind(part, name, "a word", item));
            return None;
        };
        words.push(clear(part, &scalar.text, scalar.span, builder));
    }
    let shown = shell_words::join(&words);
    step(part, name, cluster::step_of_words(&words), &shown, list.span, builder)
}

/// The text as the command gets it, with marks of secrets. A secret in a command can be read by everyone on the host: an
/// error, but in a `.cfg` a warning, as the original took it. What only a supervisord fills in means nothing here.
fn clear(part: &Part, text: &str, span: Span, builder: &mut Builder<'_>) -> String {
    if secret::is_marked(text) || verbatim::is_marked(text) {
        let severity = if builder.project.is_cfg { Severity::Warning } else { Severity::Error };
        builder.report(Problem::SecretInCommand { part: part.name.clone(), severity, span });
    }
    verbatim::reveal(text)
}

fn step(
    part: &Part,
    name: &'static str,
    action: Result<Action, BadStep>,
    text: &str,
    span: Span,
    builder: &mut Builder<'_>,
) -> Option<Step> {
    let expected = match action {
        Ok(action) => {
            let (is_pid, written) = (matches!(action, Action::Pid(_)), cluster::prefix(text).1);
            let step = Step { action, shown: None };
            if secret::is_marked(text) {
                return Some(Step { shown: Some(secret::masked(written)), ..step });
            }
            // As it is written, where its words would not be put together to the same.
            let shown = Some(written.to_owned()).filter(|written| !is_pid && *written != step.shown());
            return Some(Step { shown, ..step });
        }
        Err(BadStep::Split(why)) => {
            builder.report(Problem::BadCommand { part: part.name.clone(), why, span });
            return None;
        }
        Err(BadStep::NoCommand) => "a command: a program, and its arguments",
        Err(BadStep::Pid(expected)) => expected,
    };
    builder.report(bad_value(part, name, text, expected, span));
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{file, findings, folders, outputs, project};
    use super::*;
    use crate::base::Sources;
    use crate::conf::cluster::{Cluster, Victim, read};

    fn cluster(text: &str) -> Cluster {
        read(Sources::new().add("cluster.toml", text), text).unwrap()
    }

    #[test]
    fn both_manifests_say_the_same() {
        let lists = ["bin/zeo start", "background:bin/web -p '8 0'", "pid:var/pound.pid"];
        let native = project(false, &json!({"c": {"recipe": "cluster", "start": lists, "stop": ["pid:7"]}}));
        let text = format!("\n{}\n\n", lists.join("\n"));
        let cfg =
            json!({"c": {"recipe": "plone.recipe.cluster", "start": text, "stop": "pid:7", "bin-directory": "b"}});
        let (native, cfg) = (outputs(&native), outputs(&project(true, &cfg)));
        assert_eq!(native, cfg);
        let (text, mode) = file(&native, "/p/parts/c/cluster.toml");
        assert_eq!(mode, 0o644);
        let cluster = cluster(text);
        let words = |words: &[&str]| words.iter().map(ToString::to_string).collect();
        let actions: Vec<Action> = cluster.start.into_iter().map(|step| step.action).collect();
        assert_eq!(
            actions,
            [
                Action::Shell("bin/zeo start".into()),
                Action::Background(words(&["bin/web", "-p", "8 0"])),
                Action::Pid(Victim::File("var/pound.pid".into())),
            ]
        );
        let quoted = [["c", "background:a \"b c\" $x"], ["c", "background:a 'b c' \"$x\""]];
        for [name, line] in quoted {
            let project = project(false, &json!({name: {"recipe": "cluster", "start": [line]}}));
            let outputs = outputs(&project);
            let cluster = super::tests::cluster(file(&outputs, "/p/parts/c/cluster.toml").0);
            assert_eq!(cluster.start[0].shown(), line.strip_prefix("background:").unwrap());
        }
        assert_eq!(cluster.stop, [Step { action: Action::Pid(Victim::Number(7)), shown: None }]);
        assert_eq!((&*cluster.directory, &*cluster.pid_file, &*cluster.log), ("/p", "cluster.pid", "/p/var/log/c.log"));
        assert_eq!((cluster.startsecs, cluster.stopwaitsecs), (1, 10));
        let (script, mode) = file(&native, "/p/bin/c");
        assert!(script.ends_with("exec \"$run\" cluster --name \"$0\" /p/parts/c/cluster.toml \"$@\"\n"), "{script}");
        assert_eq!(mode, 0o755);
        assert_eq!(folders(&native), ["/p/var/log"]);
    }

    #[test]
    fn options_go_where_they_belong() {
        let options = json!({"c": {"recipe": "cluster", "start": [["bin/x", "a b"]], "pid-file": "run/c.pid",
            "control-script": "ctl", "debug": 1, "startsecs": 0, "stopwaitsecs": 3}});
        let outputs = outputs(&project(false, &options));
        let cluster = cluster(file(&outputs, "/p/parts/c/cluster.toml").0);
        assert_eq!(cluster.start[0].action, Action::Run(vec!["bin/x".into(), "a b".into()]));
        assert_eq!((&*cluster.pid_file, cluster.startsecs, cluster.stopwaitsecs), ("run/c.pid", 0, 3));
        file(&outputs, "/p/bin/ctl");
        assert_eq!(folders(&outputs), ["/p/run", "/p/var/log"]);
    }

    #[test]
    fn what_is_wrong_is_told() {
        let native = json!({"c": {"recipe": "cluster", "strat": "x", "stop": {"a": 1}, "pid-file": "", "debug": "on",
            "control-script": "a/b", "startsecs": "soon", "restart": ["background:", "pid:0", [], ["a", ["b"]], {"a": 1},
            "background:'"]}});
        assert_eq!(
            findings(&project(false, &native)),
            [
                "bad-command: the command of part `c` cannot be split: No closing quotation",
                "bad-value: `control-script` of part `c` is `a/b`",
                "bad-value: `debug` of part `c` is `on`",
                "bad-value: `pid-file` of part `c` is ``",
                "bad-value: `restart` of part `c` is ``",
                "bad-value: `restart` of part `c` is `background:`",
                "bad-value: `restart` of part `c` is `pid:0`",
                "bad-value: `startsecs` of part `c` is `soon`",
                "missing-option: part `c` has no `start`",
                "unknown-option: part `c` has no option `strat`",
                "wrong-type: `restart` of part `c` is a list, not a word",
                "wrong-type: `restart` of part `c` is a table, not a command",
                "wrong-type: `stop` of part `c` is a table, not a list of commands",
            ]
        );
        let cfg = json!({"c": {"recipe": "plone.recipe.cluster", "strat": "x", "start": "y", "poundctl": "z"}});
        assert_eq!(
            findings(&project(true, &cfg)),
            [
                "missing-option: part `c` has no `stop`",
                "unknown-option: part `c` has no option `poundctl`",
                "unknown-option: part `c` has no option `strat`",
            ]
        );
    }

    #[test]
    fn two_clusters_have_two_pid_files() {
        let both = json!({"a": {"recipe": "cluster", "start": "x"},
            "b": {"recipe": "cluster", "start": "x", "pid-file": "./cluster.pid"}});
        let found = findings(&project(false, &both));
        assert_eq!(found, ["path-made-twice: clusters `a` and `b` have one pid file, `/p/cluster.pid`"]);
    }

    #[test]
    fn a_secret_is_not_shown() {
        let options =
            |recipe| json!({"c": {"recipe": recipe, "start": format!("x {}", secret::mark("pw'")), "stop": ""}});
        let found = findings(&project(false, &options("cluster")));
        let message = "the command of part `c` holds a secret, and everyone can read the arguments of a process";
        assert_eq!(found, [format!("secret-in-command: {message}")]);
        let project = project(true, &options("plone.recipe.cluster"));
        let (outputs, found) = super::super::testing::built(&project);
        assert_eq!(found[0].severity, Severity::Warning);
        let (text, mode) = file(&outputs, "/p/parts/c/cluster.toml");
        assert_eq!(mode, 0o600);
        assert_eq!(
            cluster(text).start[0],
            Step { action: Action::Shell("x pw'".into()), shown: Some("x (secret)".into()) }
        );
        assert!(!file(&outputs, "/p/bin/c").0.contains("pw"));
    }
}
