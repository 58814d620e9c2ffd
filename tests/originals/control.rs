//! Every command of supervisorctl, in one long sequence: by our client to Supervisor's daemon, and by Supervisor's client to
//! ours, with the same configuration. Both must say the same and end alike.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::lines;
use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, recipe};

const CONF: &str = "\
[program:cat]
command = /bin/cat
startsecs = 0
priority = 5
[program:off]
command = /bin/sleep 1000
autostart = false
startsecs = 0
[program:missing]
command = /no/such/program
autostart = false
[program:plain]
command = %(here)s/supervisord.conf
autostart = false
[program:fails]
command = /bin/false
autostart = false
startretries = 0
[program:ends]
command = /bin/true
startsecs = 0
autorestart = false
[program:talk]
command = /bin/sh -c 'echo one; echo two >&2; exec /bin/sleep 1000'
stdout_logfile = %(here)s/talk.log
stderr_logfile = %(here)s/talk.err
[program:silent]
command = /bin/sleep 1000
stdout_logfile = NONE
startsecs = 0
[program:ga]
command = /bin/sleep 1000
startsecs = 0
[program:gb]
command = /bin/sleep 1000
startsecs = 0
[program:a-name-that-is-longer-than-the-column-is-wide]
command = /bin/sleep 1000
autostart = false
[group:g]
programs = ga,gb
priority = 10
";

/// What changes, and how.
const MORE: &str = "[program:new]\ncommand = /bin/sleep 1000\nstartsecs = 0\n";

/// What comes first by its priority, though it was added last.
const LATE: &str = "[program:late]\ncommand = /bin/sleep 1000\nstartsecs = 0\npriority = 1\n";

/// One step of both.
enum Step {
    /// A command, all of whose output is compared.
    Same(&'static str),
    /// A command whose lines come in any order.
    Sorted(&'static str),
    /// A command that ends with a help text, of which each has words of its own: the first line is compared.
    First(&'static str),
    /// Another text in place of one in the configuration, or one more at its end.
    Edit(&'static str, &'static str),
    /// Nothing goes on before a process is in this state.
    Until(&'static str, &'static str),
}

use Step::{Edit, First, Same, Sorted, Until};

const STEPS: &[Step] = &[
    Until("ends", "EXITED"),
    Until("talk", "RUNNING"),
    Until("silent", "RUNNING"),
    Until("g:gb", "RUNNING"),
    Same("status"),
    Same("status all"),
    Same("status cat"),
    Same("status off"),
    Same("status cat talk g:ga"),
    Same("status g:*"),
    Same("status g:"),
    Same("status g"),
    Same("status zz"),
    Same("status q:*"),
    Same("status cat zz q:* off"),
    Same("status cat cat"),
    Same("  status   cat  "),
    Same("pid"),
    Same("pid all"),
    Same("pid cat"),
    Same("pid off"),
    Same("pid zz"),
    Same("pid off zz cat"),
    Same("pid g:ga"),
    Same("avail"),
    First("avail x"),
    First("start"),
    Same("start cat"),
    Same("start off"),
    Same("start off"),
    Same("start zz"),
    Same("start zz:*"),
    Same("start zz:a"),
    Same("start missing"),
    Same("start plain"),
    Same("start fails"),
    Same("start cat missing zz off"),
    Same("start fails cat"),
    Same("status fails missing plain"),
    Same("start g:ga"),
    Same("start g:*"),
    First("stop"),
    Same("stop off"),
    Same("stop off"),
    Same("stop zz"),
    Same("stop zz:*"),
    Same("stop cat zz off"),
    Sorted("stop g:*"),
    Same("start g:*"),
    Same("stop g:ga g:gb"),
    Same("start g:* cat"),
    First("restart"),
    Same("restart cat"),
    Same("restart off"),
    Same("restart zz"),
    Sorted("restart g:*"),
    Same("restart zz:*"),
    Same("restart missing"),
    First("signal"),
    First("signal HUP"),
    Same("signal CONT cat"),
    Same("signal 18 cat"),
    Same("signal sigcont cat"),
    Same("signal FOO cat"),
    Same("signal 99 cat"),
    Same("signal CONT zz"),
    Same("signal CONT zz:*"),
    Same("signal CONT fails"),
    Sorted("signal CONT g:*"),
    Same("signal FOO g:*"),
    Sorted("signal CONT all"),
    Same("tail talk"),
    Same("tail talk stdout"),
    Same("tail talk stderr"),
    Same("tail talk STDERR"),
    Same("tail -2 talk"),
    Same("tail -0 talk"),
    Same("tail --5 talk"),
    Same("tail -2 talk stderr"),
    First("tail"),
    First("tail a b c d"),
    Same("tail -5"),
    Same("tail -x talk"),
    Same("tail - talk"),
    Same("tail talk nowhere"),
    Same("tail zz"),
    Same("tail silent"),
    Same("tail fails stderr"),
    Same("tail -f zz"),
    Same("tail -f silent"),
    Same("tail -f talk nowhere"),
    Same("maintail -1"),
    Same("maintail -x"),
    Same("maintail x"),
    First("maintail a b"),
    First("clear"),
    Same("clear talk"),
    Same("tail talk"),
    Same("clear zz"),
    Same("clear talk zz"),
    Sorted("clear all"),
    First("fg"),
    Same("fg a b"),
    Same("fg zz"),
    Same("fg fails"),
    Same("open"),
    Same("open ftp://x"),
    Same("open foo"),
    Same("version"),
    First("version x"),
    Same("help"),
    Same("?"),
    Same("help nonsense"),
    Same("nonsense"),
    Same("nonsense words"),
    Same("status-x"),
    Same("Status"),
    Same("!ls"),
    Same(""),
    Same("quit"),
    Same("exit"),
    Same("EOF"),
    First("reread x"),
    Same("reread"),
    Same("update"),
    Edit("", MORE),
    Same("reread"),
    Same("avail"),
    Same("start new"),
    Same("add new"),
    Same("add new"),
    Same("add zz"),
    Same("add new zz"),
    Until("new", "RUNNING"),
    Same("status new"),
    Same("remove new"),
    Same("remove zz"),
    Same("stop new"),
    Same("remove new"),
    Same("remove new zz"),
    Same("add"),
    Same("remove"),
    Same("update new"),
    Same("update zz"),
    Same("update new zz"),
    Edit("command = /bin/sleep 1000\nstdout_logfile = NONE", "command = /bin/sleep 2000\nstdout_logfile = NONE"),
    Edit("[program:ends]", "[program:finishes]"),
    Same("reread"),
    Same("update zz"),
    Same("update silent"),
    Same("update all"),
    Same("update"),
    Until("finishes", "EXITED"),
    Same("status finishes silent ends"),
    Edit("", LATE),
    Same("update"),
    Edit(LATE, ""),
    Edit("[program:silent]", "[x-silent]"),
    Edit("[program:off]", "[x-off]"),
    Same("reread"),
    Same("update"),
    Edit("programs = ga,gb\npriority = 10", "programs = ga\npriority = 20"),
    Same("update"),
    Edit("startretries = 0", "startretries = none"),
    Same("reread"),
    Same("update"),
    Same("avail"),
    Edit("startretries = none", "startretries = 0"),
    Same("reread"),
    First("reload x"),
    First("shutdown x"),
    Same("reload"),
    Until("cat", "RUNNING"),
    Until("talk", "RUNNING"),
    Until("finishes", "EXITED"),
    Same("status"),
    Same("stop cat talk"),
    Sorted("stop all"),
    Same("status"),
    // Whether Python has taken in who ends at once before it answers is by chance.
    Edit("[program:fails]", "[x-fails]"),
    Edit("[program:finishes]", "[x-finishes]"),
    Same("update"),
    Same("start all"),
    Same("shutdown"),
    Until("", "gone"),
    Same("status"),
    Same("start cat"),
    Same("shutdown"),
    Same("pid"),
    Same("reload"),
    Same("avail"),
    Same("fg cat"),
    Same("tail -f cat"),
];

/// A client and its daemon's folder.
struct Side {
    folder: PathBuf,
    client: PathBuf,
    words: &'static [&'static str],
}

/// Names that stand for several: two groups, two programs of a group, one program in two groups and twice in one. In groups, what
/// comes first by name is listed last.
const TWICE: &str = "\
[group:both]
programs = inner
[program:both]
command = /bin/sleep 1001
startsecs = 0
[program:inner]
command = /bin/sleep 1002
startsecs = 0
[eventlistener:told]
command = /bin/cat
events = TICK_3600
startsecs = 0
[program:told]
command = /bin/sleep 1003
startsecs = 0
priority = 5
[group:g]
programs = z,b,c,a,a
[group:h]
programs = z,a
[program:a]
command = /bin/sleep 1004
startsecs = 0
[program:b]
command = /bin/sleep 1005
process_name = x
startsecs = 0
[program:c]
command = /bin/sleep 1006
process_name = x
startsecs = 0
[program:z]
command = /bin/sleep 1007
startsecs = 0
";

const OF_TWICE: &[Step] = &[
    Until("g:a", "RUNNING"),
    Same("status"),
    Same("avail"),
    Same("reread"),
    Same("stop g:x"),
    Same("status"),
    Same("start g:x"),
    Sorted("stop all"),
    Same("status"),
    Same("start g:*"),
    Same("start all"),
    Edit("programs = z,b,c,a,a", "programs = z,a,b,c"),
    Edit("[program:told]", "[x-told]"),
    Same("reread"),
    Same("update"),
    Until("g:x", "RUNNING"),
    Same("status"),
    Edit("[group:both]", "[group:one]"),
    Same("update"),
    Until("one:inner", "RUNNING"),
    Same("status"),
    Same("remove g"),
    Sorted("stop g:*"),
    Same("remove g"),
    Same("add g"),
    Same("status"),
];

/// Our client with Supervisor's daemon, and Supervisor's client with ours.
pub fn says_the_same_crosswise(bin: &Path) -> Outcome {
    crosswise(bin, CONF, STEPS)
}

/// The same, of names that stand for several.
pub fn runs_a_name_once(bin: &Path) -> Outcome {
    crosswise(bin, TWICE, OF_TWICE)
}

fn crosswise(bin: &Path, conf: &str, steps: &[Step]) -> Outcome {
    let daemons = [Daemon::theirs(bin, conf), Daemon::ours(conf)];
    let [for_ours, for_theirs] = daemons.each_ref().map(Daemon::folder);
    let ours = Side { folder: for_ours, client: recipe(), words: &["supervisorctl"] };
    let theirs = Side { folder: for_theirs, client: bin.join("supervisorctl"), words: &[] };
    let mut wrong = Vec::new();
    for step in steps {
        let (ours, theirs) = std::thread::scope(|scope| {
            let theirs = scope.spawn(|| theirs.take(step).map_err(|e| format!("{e:?}")));
            (ours.take(step), theirs.join())
        });
        let theirs = theirs.map_err(|_| "a step panicked")?;
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) if ours == theirs => {}
            (Ok(ours), Ok(theirs)) => wrong.push(format!("{}\n  ours:   {ours}\n  theirs: {theirs}", step.text())),
            (Err(why), _) => wrong.push(format!("{}: {why:?}", step.text())),
            (_, Err(why)) => wrong.push(format!("{}: theirs: {why}", step.text())),
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failed::from(wrong.join("\n"))) }
}

impl Step {
    fn text(&self) -> &str {
        match self {
            Same(text) | Sorted(text) | First(text) | Edit(_, text) | Until(text, _) => text,
        }
    }
}

impl Side {
    /// Takes the step; what is compared.
    fn take(&self, step: &Step) -> Result<String, Failed> {
        match step {
            Same(line) => self.said(line),
            Sorted(line) => {
                let said = self.said(line)?;
                let mut lines: Vec<&str> = said.lines().collect();
                lines.sort_unstable();
                Ok(lines.join("\n"))
            }
            First(line) => {
                let said = self.said(line)?;
                Ok(said.lines().take(2).collect::<Vec<_>>().join("\n"))
            }
            Edit(old, new) => self.edit(old, new),
            Until(name, state) => self.wait(name, state),
        }
    }

    /// Exit status, output and complaints of a command, without what differs from run to run.
    fn said(&self, line: &str) -> Result<String, Failed> {
        let folder = &self.folder;
        let output = Command::new(&self.client)
            .args(self.words)
            .args(["-c", "supervisord.conf", line])
            .current_dir(folder)
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()?;
        let text = |bytes: &[u8]| lines::plain(&String::from_utf8_lossy(bytes), folder);
        let (out, err) = (text(&output.stdout), text(&output.stderr));
        Ok(format!("exit {}\n{out}{err}", output.status.code().unwrap_or(-1)))
    }

    fn edit(&self, old: &str, new: &str) -> Result<String, Failed> {
        let path = self.folder.join("supervisord.conf");
        let text = fs::read_to_string(&path)?;
        let changed = if old.is_empty() { format!("{text}{new}") } else { text.replace(old, new) };
        if changed == text {
            return Err(format!("`{old}` is not in the configuration").into());
        }
        fs::write(path, changed)?;
        Ok(String::new())
    }

    fn wait(&self, name: &str, state: &str) -> Result<String, Failed> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            let output = Command::new(recipe())
                .args(["supervisorctl", "-c", "supervisord.conf", "status", name])
                .current_dir(&self.folder)
                .stdin(Stdio::null())
                .output()?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            let reached = if state == "gone" { said.contains("no such file") } else { said.contains(state) };
            if reached {
                return Ok(String::new());
            }
            if Instant::now() > deadline {
                return Err(format!("{name} is not {state}: {said}").into());
            }
        }
    }
}
