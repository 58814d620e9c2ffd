//! zdaemon beside us: each side's controller with each side's manager, what both say of bad configurations, and what
//! zc.zdaemonrecipe makes of a part.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use libtest_mimic::Failed;

use super::{run, succeeded};
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe, session};

/// The manager of the original: the interpreter and the program to give it.
fn their_manager(bin: &Path) -> Result<(PathBuf, PathBuf), Failed> {
    let lib = bin.join("../lib");
    for entry in fs::read_dir(&lib)?.flatten() {
        let zdrun = entry.path().join("site-packages/zdaemon/zdrun.py");
        if zdrun.exists() {
            return Ok((bin.join("python"), zdrun.canonicalize()?));
        }
    }
    Err("no zdrun.py".into())
}

/// What the commands print and how they end, one after another, without dots and numbers.
fn played(controller: &[&Path], folder: &Path) -> Result<String, Failed> {
    let mut told = String::new();
    for words in [
        "status",
        "start",
        "start",
        "status",
        "fg",
        "kill CONT",
        "kill ded",
        "reopen_transcript",
        "logreopen",
        "restart",
        "status -l",
        "stop",
        "stop",
        "status",
        "kill",
        "foo",
    ] {
        let mut command = Command::new(controller[0]);
        command.args(&controller[1..]).args(["-C", "conf"]).args(words.split(' '));
        command.env("LC_ALL", "C.UTF-8").env("PYTHONWARNINGS", "ignore");
        let output = command.current_dir(folder).stdin(Stdio::null()).output()?;
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).replace(". ", "");
        let text = text.replace(&*folder.to_string_lossy(), "[DIR]");
        writeln!(told, "$ {words}\n{}= {:?}", neutral(&text), output.status.code())?;
    }
    Ok(told)
}

/// Without what differs from run to run: digits, the times of the raw status, blank lines.
fn neutral(text: &str) -> String {
    let line = |line: &str| -> String {
        let line = line.trim_end();
        match line.split_once('=') {
            Some((key @ ("now" | "lasttime" | "application" | "manager"), _)) => format!("{key}=N"),
            _ => line.replace(|c: char| c.is_ascii_digit(), "").replace("pid=", "pid=N"),
        }
    };
    text.lines().filter(|text| !text.trim().is_empty()).map(|text| line(text) + "\n").collect()
}

/// The transcript tells that the program ran, and was opened anew.
pub(super) fn pairs_say_the_same(bin: &Path) -> Outcome {
    let (python, zdrun) = their_manager(bin)?;
    let (ours, theirs) = (recipe(), bin.join("zdaemon"));
    let word = PathBuf::from("zdaemon");
    let mut all: Vec<(&str, String)> = Vec::new();
    for (name, controller, is_ours) in [
        ("their controller, their manager", vec![&*theirs], false),
        ("their controller, our manager", vec![&*theirs], true),
        ("our controller, their manager", vec![&*ours, &*word], false),
        ("our controller, our manager", vec![&*ours, &*word], true),
    ] {
        let scratch = Scratch::new();
        let folder = scratch.path();
        let wrapper = folder.join("manager");
        fs::write(&wrapper, format!("exec {} zdrun \"$@\"\n", ours.display()))?;
        let (python, zdrun) = if is_ours { (Path::new("/bin/sh"), &wrapper) } else { (&*python, &zdrun) };
        let conf = format!(
            "<runner>\n  program sh {0}/program\n  socket-name {0}/s\n  transcript {0}/log\n  python {1}\n  zdrun {2}\n\
             </runner>\n<eventlog>\n  <logfile>\n    path {0}/events\n    format %(levelname)s %(message)s\n  </logfile>\n\
             </eventlog>\n",
            folder.display(),
            python.display(),
            zdrun.display()
        );
        fs::write(folder.join("conf"), conf)?;
        fs::write(folder.join("data"), "said\n")?;
        // `logreopen` sends it a signal.
        fs::write(folder.join("program"), format!("trap '' USR2\nexec tail -f {}/data\n", folder.display()))?;
        let told = played(&controller, &folder)?;
        let events = neutral(&fs::read_to_string(folder.join("events"))?);
        let transcript = fs::read_to_string(folder.join("log"))?;
        all.push((name, format!("{told}events:\n{events}transcript:\n{transcript}")));
    }
    let (_, wanted) = &all[0];
    if !wanted.contains("daemon process restarted, pid=N") || !wanted.contains("filename='/") {
        return Err(wanted.as_str().into());
    }
    for (name, told) in &all[1..] {
        if told != wanted {
            return Err(format!("{name}:\n{}", session::difference(wanted, told)).into());
        }
    }
    Ok(())
}

/// Configurations, and command lines behind `-C conf`.
const REFUSED: &[(&str, &str)] = &[
    ("<runner>\n</runner>", ""),
    ("<runner>\n  program a\n  bogus 1\n</runner>", ""),
    ("<runner>\n  program a\n", ""),
    ("<runner>\n  program a\n</runne>", ""),
    ("<runner>\n  program a\n  program b\n</runner>", ""),
    ("<runner>\n  program a\n  daemon maybe\n</runner>", ""),
    ("<runner>\n  program a\n  umask 9\n</runner>", ""),
    ("<runner>\n  program a\n  backoff-limit x\n</runner>", ""),
    ("<runner>\n  program a\n  exit-codes 1,\n</runner>", ""),
    ("<runner>\n  program a\n  -k v\n</runner>", ""),
    ("<runner>\n  program a\n  (k v\n</runner>", ""),
    ("<runner>\n  program $a\n</runner>", ""),
    ("<runner>\n  program a$\n</runner>", ""),
    ("<runner>\n  program ${a\n</runner>", ""),
    ("<runner>\n  program $(NO_SUCH_VARIABLE)\n</runner>", ""),
    ("%define a 1\n%define a 2\n", ""),
    ("%define 1 2\n", ""),
    ("%define\n", ""),
    ("%foo x\n", ""),
    ("%\n", ""),
    ("</runner>\n", ""),
    ("<runner\n", ""),
    ("<runner a b>\n", ""),
    ("<zeo>\n</zeo>\n", ""),
    ("<logfile>\n</logfile>\n", ""),
    ("<runner>\n  program a\n  transcript /no/such/log\n</runner>", ""),
    ("<runner>\n  program a\n  socket-name /no/such/dir/s\n</runner>", ""),
    ("<runner>\n  program a\n  directory /no/such/dir\n</runner>", ""),
    ("<runner>\n  program a\n  python /no/such\n</runner>", ""),
    ("<runner>\n  program a\n</runner>\n<runner>\n  program b\n</runner>", ""),
    ("<runner x>\n  program a\n</runner>\n<environment x>\n</environment>", ""),
    ("<runner>\n  program a\n</runner>\n<eventlog>\n  level x\n</eventlog>", ""),
    ("<runner>\n  program a\n</runner>\n<eventlog>\n  level 51\n</eventlog>", ""),
    ("<runner>\n  program a\n</runner>\n<eventlog>\n  <logfile>\n  </logfile>\n</eventlog>", ""),
    ("<runner>\n  program a\n</runner>\n<eventlog>\n  <syslog>\n    facility x\n  </syslog>\n</eventlog>", ""),
    ("<runner>\n  program a\n</runner>\n<environment>\n  A 1\n  A 2\n</environment>", ""),
    ("<runner>\n  program a\n</runner>\n<logger>\n</logger>", ""),
    ("# nothing\n", ""),
    ("<runner>\n  program a\n</runner>", "-X runner status"),
    ("<runner>\n  program a\n</runner>", "-X a//b=1 status"),
    ("<runner>\n  program a\n</runner>", "-X zeo/b=1 status"),
    ("<runner>\n  program a\n</runner>", "-b x status"),
    ("<runner>\n  program a\n</runner>", "-x 1,x status"),
    ("<runner>\n  program a\n</runner>", "-m 9 status"),
    ("<runner>\n  program a\n</runner>", "-s a/b/c status"),
    ("<runner>\n  program a\n</runner>", "-z /no/such/dir status"),
    ("<runner>\n  program a\n</runner>", "-q status"),
    ("<runner>\n  program a\n</runner>", "--dir"),
    ("<runner>\n  program a\n</runner>", "-C other status"),
    ("<runner>\n  program a\n</runner>", "-u no-such-user status"),
    ("<runner>\n  program a\n</runner>", ""),
];

/// Its message comes first and is the same; what we say beside it is ours.
pub(super) fn are_refused_alike(bin: &Path) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    let mut differences = Vec::new();
    for (conf, words) in REFUSED {
        fs::write(folder.join("conf"), conf)?;
        let words: Vec<&str> = ["-C", "conf"].into_iter().chain(words.split_whitespace()).collect();
        let said = |program: &Path, first: &[&str]| {
            let output = run(program, &[first, &words].concat(), &folder);
            let text = String::from_utf8_lossy(&output.stderr).into_owned();
            let message = text.split("\nFor help, use").next().unwrap_or_default().to_owned();
            format!("{:?} {message}", output.status.code())
        };
        let (theirs, ours) = (said(&bin.join("zdaemon"), &[]), said(&recipe(), &["zdaemon"]));
        if theirs != ours {
            differences.push(format!("{conf:?} {words:?}\n  theirs: {theirs}\n  ours:   {ours}"));
        }
    }
    if differences.is_empty() { Ok(()) } else { Err(differences.join("\n").into()) }
}

const CFG: &str = "\
[buildout]
parts = web site shell
offline = true
newest = false

[deployment]
name = shop
rc-directory = ${buildout:directory}/rc
run-directory = run
log-directory = ${buildout:directory}/log
etc-directory = ${buildout:directory}/etc
logrotate-directory = ${buildout:directory}/rotate
user = joe

[web]
recipe = zc.zdaemonrecipe
program =
    /bin/sleep
    100
zdaemon.conf =
    %import zdaemon
    top x
    <environment>
      B b  b
      A
    </environment>
    <runner Name>
      transcript /dev/null
      stop-timeout 7
      <eventlog/>
    </runner>
    <eventlog>
      level debug
      <logfile>
        path STDOUT
      </logfile>
      <syslog x/>
    </eventlog>

[site]
recipe = zc.zdaemonrecipe
program = /bin/cat ${web:run-directory}
deployment = deployment
zdaemon.conf = <eventlog/>

[shell]
recipe = zc.zdaemonrecipe
program = /bin/cat ${site:logrotate}
shell-script = true
";

/// Configurations and the logrotate file; the control scripts are there, and can be run.
pub(super) fn parts_are_rendered_alike(bin: &Path) -> Outcome {
    let made = |program: &Path, words: &[&str]| -> Result<String, Failed> {
        let scratch = Scratch::new();
        let folder = scratch.path();
        for name in ["rc", "log", "etc", "rotate", "run"] {
            fs::create_dir(folder.join(name))?;
        }
        fs::write(folder.join("buildout.cfg"), CFG)?;
        succeeded("build", run(program, words, &folder))?;
        let mut all = String::new();
        for name in ["parts/web/zdaemon.conf", "etc/site-zdaemon.conf", "rotate/shop-site", "parts/shell/zdaemon.conf"]
        {
            write!(all, "{name}\n{}", fs::read_to_string(folder.join(name))?)?;
        }
        for name in ["bin/web", "rc/shop-site", "bin/shell", "bin/zdaemon"] {
            writeln!(all, "{name} {:o}", fs::metadata(folder.join(name))?.permissions().mode() & 0o777)?;
        }
        Ok(all.replace(&*folder.to_string_lossy(), "[DIR]"))
    };
    let theirs = made(&bin.join("buildout"), &[])?;
    let ours = made(&recipe(), &["build"])?;
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}
