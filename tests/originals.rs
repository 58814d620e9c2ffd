//! Beside the originals: zc.buildout renders the same configuration, Supervisor runs what is built, and each side's
//! client talks to the other's daemon. Reported as ignored where there is no Python.

mod added_again;
mod command_lines;
mod configurations;
mod control;
mod debian;
mod follow;
mod lines;
mod schedules;
mod shell;
mod strangers;
mod zdaemon;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::Trial;

use crate::harness::daemon::Daemon;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, peers, project, recipe, session};

/// A test, given the folder of the originals' scripts.
type Test = fn(&Path) -> Outcome;

/// All of them; the environment is made only when one is run.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("zc_buildout_renders_the_same", same_conf),
        ("what_zc_buildout_left_goes", left_goes),
        ("python_supervisord_runs_what_is_built", runs_in_python),
        ("our_supervisorctl_talks_to_pythons_daemon", our_client),
        ("pythons_supervisorctl_talks_to_our_daemon", their_client),
        ("supervisorctl_says_the_same_crosswise", control::says_the_same_crosswise),
        ("who_is_added_again_goes_on_with_its_logs", added_again::goes_on_with_its_logs),
        ("a_name_is_run_once", control::runs_a_name_once),
        ("strange_servers_are_told_alike", strangers::are_told_alike),
        ("shells_say_the_same", shell::say_the_same),
        ("logs_look_the_same_while_they_grow", follow::looks_the_same),
        ("the_main_log_looks_the_same_while_it_grows", follow::main_log_looks_the_same),
        ("schedules_come_to_the_same", schedules::come_to_the_same),
        ("debians_layout_is_served_alike", debian::layout_is_served_alike),
        ("fastcgi_sockets_come_and_go_as_in_python", same_sockets),
        ("a_group_that_is_not_run_opens_no_socket", no_socket_of_another),
        ("children_are_told_the_same_server", same_server_told),
        ("output_is_captured_and_cleaned_as_in_python", same_output),
        ("configurations_are_read_alike", configurations::are_read_alike),
        ("command_lines_of_supervisord", command_lines::of_supervisord),
        ("command_lines_of_supervisorctl", command_lines::of_supervisorctl),
        ("python_supervisord_takes_our_sample", their_sample),
        ("zdaemons_controllers_and_managers_are_one", zdaemon::pairs_say_the_same),
        ("zdaemons_configurations_are_refused_alike", zdaemon::are_refused_alike),
        ("zdaemon_parts_are_rendered_alike", zdaemon::parts_are_rendered_alike),
    ];
    let trial = |&(name, test): &(&str, Test)| {
        Trial::test(format!("originals::{name}"), move || match peers::venv() {
            Some(bin) => test(bin),
            None => Err("the pinned packages could not be installed".into()),
        })
        .with_ignored_flag(!peers::possible())
    };
    tests.iter().map(trial).collect()
}

fn run(program: &Path, words: &[&str], folder: &Path) -> Output {
    Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("RECIPE", recipe())
        .env("LC_ALL", "C.UTF-8")
        .output()
        .unwrap_or_else(|e| panic!("{}: {e}", program.display()))
}

fn succeeded(what: &str, output: Output) -> Result<String, libtest_mimic::Failed> {
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("{what}: {}\n{text}", output.status).into()) }
}

const CFG: &str = "\
[buildout]
parts = supervisor
offline = true
newest = false

[supervisor]
recipe = collective.recipe.supervisor
port = 127.0.0.1:9001
user = admin
password = secret
programs =
    10 a (startsecs=0 autorestart=false) /bin/sleep [100] /tmp true
    20 b /bin/cat [-u] true www-data
    30 c /bin/sleep
eventlisteners =
    L TICK_60 /bin/cat [-n]
groups =
    10 g a,b
";

fn same_conf(bin: &Path) -> Outcome {
    let conf = |program: &Path, words: &[&str]| -> Result<String, libtest_mimic::Failed> {
        let scratch = Scratch::new();
        fs::write(scratch.path().join("buildout.cfg"), CFG)?;
        succeeded("build", run(program, words, &scratch.path()))?;
        let text = fs::read_to_string(scratch.path().join("parts/supervisor/supervisord.conf"))?;
        Ok(text.replace(&*scratch.path().to_string_lossy(), "[DIR]"))
    };
    let theirs = conf(&bin.join("buildout"), &[])?;
    let ours = conf(&recipe(), &["build"])?;
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

/// A part that Python built and that is there no more; what was edited of it is kept.
fn left_goes(bin: &Path) -> Outcome {
    let scratch = Scratch::new();
    let manifest = scratch.path().join("buildout.cfg");
    let old =
        "[old]\nrecipe = collective.recipe.supervisor\nport = 9002\nplugins = superlance\nprograms =\n    1 a /bin/a\n";
    fs::write(&manifest, CFG.replace("parts = supervisor", "parts = supervisor old") + old)?;
    succeeded("buildout", run(&bin.join("buildout"), &[], &scratch.path()))?;
    fs::write(&manifest, CFG)?;
    let changes = |action: &str| -> Result<Vec<String>, libtest_mimic::Failed> {
        let text = succeeded("build", run(&recipe(), &["build"], &scratch.path()))?;
        let lines = text.lines().filter_map(|line| line.strip_prefix(action));
        Ok(lines.map(|path| path.trim().to_owned()).collect())
    };
    let control = scratch.path().join("bin/oldctl");
    let edited = fs::read_to_string(&control)? + "# mine\n";
    fs::write(&control, edited)?;
    let removed = changes("removed ")?;
    let plugins =
        ["crashmail", "crashmailbatch", "crashsms", "fatalmailbatch", "httpok"].map(|name| format!("bin/{name}"));
    let own = ["bin/oldd", "parts/old/supervisord.conf"].map(str::to_owned);
    if removed != [&plugins[..], &own].concat() {
        return Err(format!("removed: {removed:?}").into());
    }
    let kept = changes("kept ")?;
    if kept == ["bin/oldctl"] { Ok(()) } else { Err(format!("kept: {kept:?}").into()) }
}

/// The quick start, on the given runtime, up and settled.
fn up(runtime: &str) -> Result<Scratch, libtest_mimic::Failed> {
    let scratch = Scratch::copy_of(&project().join("fixtures/quickstart"));
    let manifest = scratch.path().join("recipe.toml");
    let text = fs::read_to_string(&manifest)?.replace(
        "recipe = \"supervisor\"\n",
        &format!("recipe = \"supervisor\"\nruntime = \"{runtime}\"\nsupervisord = {{ user = \"root\" }}\n"),
    );
    let text = if rustix::process::getuid().is_root() {
        text
    } else {
        text.replace("supervisord = { user = \"root\" }\n", "")
    };
    fs::write(&manifest, text)?;
    succeeded("up", run(&recipe(), &["up", "-d"], &scratch.path()))?;
    Ok(scratch)
}

fn status(program: &Path, words: &[&str], folder: &Path) -> Result<Vec<String>, libtest_mimic::Failed> {
    let text = succeeded("status", run(program, words, folder))?;
    Ok(text.lines().map(|line| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ")).collect())
}

fn compare_clients(scratch: &Scratch, bin: &Path) -> Outcome {
    let folder = scratch.path();
    let conf = "parts/supervisor/supervisord.conf";
    let theirs = bin.join("supervisorctl");
    for words in [&["status"][..], &["stop", "web"], &["avail"], &["start", "web"], &["pid", "nobody"], &["reread"]] {
        let ours_words = [&["supervisorctl", "-c", conf], words].concat();
        let theirs_words = [&["-c", conf], words].concat();
        let order = [(recipe(), &ours_words), (theirs.clone(), &theirs_words)];
        let undo: &[&str] = match words[0] {
            "stop" => &["start", "web"],
            "start" => &["stop", "web"],
            _ => &[],
        };
        let mut said = Vec::new();
        for (program, words) in order {
            let output = run(&program, words, &folder);
            said.push((output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned()));
            if !undo.is_empty() && said.len() == 1 {
                let _ = run(&recipe(), &[&["supervisorctl", "-c", conf], undo].concat(), &folder);
            }
        }
        let shown = |text: &str| text.split(", uptime").next().unwrap_or("").to_owned();
        let same = said[0].0 == said[1].0 && shown(&said[0].1) == shown(&said[1].1);
        if !same {
            return Err(format!("{words:?}\nours: {:?}\ntheirs: {:?}", said[0], said[1]).into());
        }
    }
    Ok(())
}

fn runs_in_python(bin: &Path) -> Outcome {
    let scratch = up(&bin.to_string_lossy())?;
    let shown = status(&scratch.path().join("bin/supervisorctl"), &["status"], &scratch.path())?;
    if shown == ["clock RUNNING", "web RUNNING"] { Ok(()) } else { Err(format!("{shown:?}").into()) }
}

fn our_client(bin: &Path) -> Outcome {
    compare_clients(&up(&bin.to_string_lossy())?, bin)
}

fn their_client(bin: &Path) -> Outcome {
    compare_clients(&up("recipe")?, bin)
}

const FASTCGI: &str = "\
[fcgi-program:web]
command=sleep 1000
process_name=web%(process_num)s
numprocs=2
startsecs=0
socket=unix://%(here)s/web
socket_mode=0750
[fcgi-program:bad]
command=/no/such
autostart=false
startretries=0
socket=unix://%(here)s/bad
";

/// What a daemon says of sockets, and in which order, while its programs are stopped, started, removed and added.
fn same_sockets(bin: &Path) -> Outcome {
    let up = "success: web1 entered RUNNING";
    let words = ["stop web:web0", "stop web:web1", "start web:web1", "start bad:bad", "remove bad", "add bad"];
    let about = ["socket ", "spawned: ", "stopped: ", "spawnerr: "];
    compare_daemons(bin, FASTCGI, up, &words, |folder, log| {
        let mode = fs::metadata(folder.join("web"))?.permissions().mode() & 0o777;
        let lines = log.lines().filter(|line| about.iter().any(|word| line.contains(word)));
        let lines: Vec<_> = lines.map(|line| line[24..].split(" with pid").next().unwrap_or("")).collect();
        Ok(format!("{mode:o}\n{}", lines.join("\n")))
    })
}

/// Two groups of one name, of which the first by priority is run, that without a socket.
const NAMED_AS_ANOTHER: &str = "\
[fcgi-program:web]
command=sleep 1000
socket=unix://%(here)s/web
[program:a]
command=sleep 1000
startsecs=0
[group:web]
programs=a
priority=1
";

fn no_socket_of_another(bin: &Path) -> Outcome {
    compare_daemons(bin, NAMED_AS_ANOTHER, "success: a entered RUNNING", &[], |folder, log| {
        let lines = log.lines().filter(|line| line.contains("socket ")).map(|line| &line[24..]);
        Ok(format!("{}\n{}", folder.join("web").exists(), lines.collect::<Vec<_>>().join("\n")))
    })
}

/// Programs that say which server they were told of: an empty `serverurl` is none.
const SERVERS: &str = r"
[program:own]
command=sh -c 'env >%(here)s/own; exec sleep 1000'
[program:other]
command=sh -c 'env >%(here)s/other; exec sleep 1000'
serverurl=http://other:1
[program:none]
command=sh -c 'env >%(here)s/none; exec sleep 1000'
serverurl=
";

fn same_server_told(bin: &Path) -> Outcome {
    compare_daemons(bin, SERVERS, "success: none entered RUNNING", &[], |folder, _| {
        let told = ["own", "other", "none"].map(|name| -> Result<String, libtest_mimic::Failed> {
            let text = fs::read_to_string(folder.join(name))?.replace(&*folder.to_string_lossy(), "[DIR]");
            let line = text.lines().find(|line| line.starts_with("SUPERVISOR_SERVER_URL"));
            Ok(format!("{name} {}", line.unwrap_or("nothing")))
        });
        Ok(told.into_iter().collect::<Result<Vec<_>, _>>()?.join("\n"))
    })
}

const OUTPUT: &str = r"
[supervisord]
strip_ansi=true
[program:child]
command=printf '\033[31mred\033[0m and <!--XSUPERVISOR:BEGIN-->said \033[1mso<!--XSUPERVISOR:END-->, and long enough to be logged\n'
autorestart=false
startsecs=0
stdout_capture_maxbytes=100
stdout_logfile=out
";

/// What is logged of the output of a child that says something to event listeners, in colour.
fn same_output(bin: &Path) -> Outcome {
    compare_daemons(bin, OUTPUT, "exited: child", &[], |folder, log| {
        let from = log.find("'child' stdout output:").ok_or("no output")?;
        let next = ["DEBG fd ", "success: ", "exited: "];
        let lines = log[from..].lines().take_while(|line| !next.iter().any(|word| line.contains(word)));
        // Without the time.
        let lines = lines.map(|line| line.split_once(" DEBG ").map_or(line, |(_, line)| line));
        let told = lines.collect::<Vec<_>>().join("\n");
        Ok(format!("{}{}", fs::read_to_string(folder.join("out"))?, told.trim_end()))
    })
}

/// Runs both daemons in the foreground until one line says that they are `up`, then lets the client do the same to
/// both, and compares what `inspect` finds in the folder and the log.
fn compare_daemons(
    bin: &Path,
    conf: &str,
    up: &str,
    words: &[&str],
    inspect: impl Fn(&Path, &str) -> Result<String, libtest_mimic::Failed>,
) -> Outcome {
    let client = bin.join("supervisorctl");
    let said = |mut daemon: Daemon| -> Result<String, libtest_mimic::Failed> {
        let folder = daemon.folder();
        daemon.until(up);
        for words in words.iter().chain(&["shutdown"]) {
            let words: Vec<_> = words.split(' ').collect();
            run(&client, &[&["-c", "supervisord.conf"], &words[..]].concat(), &folder);
        }
        let status = daemon.end();
        let log = fs::read_to_string(folder.join("main.log"))?.replace(&*folder.to_string_lossy(), "[DIR]");
        Ok(format!("{status}\n{}", inspect(&folder, &log)?))
    };
    let (theirs, ours) = (said(Daemon::theirs(bin, conf))?, said(Daemon::ours(conf))?);
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

/// Reads a configuration as supervisord does, and says which processes there are.
const READ: &str = "\
import sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(['-n', '-c', sys.argv[1]])
options.process_config()
print(sorted(group.name for group in options.process_group_configs), len(options.server_configs))
";

/// The sample as it is, and with all that it shows except for Python plugins and programs that are not there.
fn their_sample(bin: &Path) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let sample = succeeded("sample", run(&recipe(), &["echo_supervisord_conf"], &folder))?;
    let sample = sample.replace("/tmp/", &format!("{}/", folder.display()));
    let shown = |line: &str| {
        let bare = line.strip_prefix(';').filter(|bare| !bare.starts_with(' '))?;
        let value = bare.split(" ;").next()?.trim_end();
        let off =
            value.ends_with('=') || ["ctlplugin", "ctl_factory", "progname1"].iter().any(|word| value.contains(word));
        (!off).then(|| bare.to_owned())
    };
    let all: Vec<String> = sample.lines().map(|line| shown(line).unwrap_or_else(|| line.to_owned())).collect();
    let groups = "['theeventlistenername', 'thefcgiprogramname', 'thegroupname', 'theprogramname'] 2\n";
    for (name, text, wanted) in [("bare.conf", sample, "[] 1\n"), ("all.conf", all.join("\n"), groups)] {
        fs::write(folder.join(name), &text)?;
        let read = succeeded(name, run(&bin.join("python"), &["-W", "ignore", "-c", READ, name], &folder))?;
        if read != wanted {
            return Err(format!("{name}: {read}{text}").into());
        }
    }
    Ok(())
}
