//! The layout of Debian's package: one main file under `etc/supervisor`, programs in `conf.d`, a unix socket, all logs in one
//! folder. Our daemon with our client, and Supervisor's with its own, are started, asked, changed, reloaded and stopped
//! alike; what they say, the files they leave and their main logs must be the same.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use super::lines;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe, session};

/// `ROOT` is where the system's own root would be.
const MAIN: &str = "\
; main file

[unix_http_server]
file=ROOT/var/run/supervisor.sock   ; (path of the socket)
chmod=0700                       ; mode (0700 is the default)

[supervisord]
logfile=ROOT/var/log/supervisor/supervisord.log ; (main log)
pidfile=ROOT/var/run/supervisord.pid ; (pid)
childlogdir=ROOT/var/log/supervisor            ; (logs without a path)

; what supervisorctl talks to
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://ROOT/var/run/supervisor.sock ; a unix socket

[include]
files = ROOT/etc/supervisor/conf.d/*.conf
";

const WEB: &str = "[program:web]\ncommand=/bin/sleep 1000 ; runs\nautostart=true\nautorestart=true\nstartsecs=0\n";
const WORKER: &str = "[program:worker]\ncommand=/bin/sleep 1000\nprocess_name=%(program_name)s_%(process_num)02d\n\
    numprocs=2\nstartsecs=0\nstdout_logfile=ROOT/var/log/worker.log\nredirect_stderr=true\n";

/// Compares the two.
pub fn layout_is_served_alike(bin: &Path) -> Outcome {
    let (ours, theirs) = std::thread::scope(|scope| {
        let theirs = scope.spawn(|| {
            let programs = (bin.join("supervisord"), bin.join("supervisorctl"));
            Host::new(programs, &[], &[]).and_then(Host::life).map_err(|e| format!("{e:?}"))
        });
        let programs = (recipe(), recipe());
        (Host::new(programs, &["supervisord"], &["supervisorctl"]).and_then(Host::life), theirs.join())
    });
    let (ours, theirs) = (ours?, theirs.map_err(|_| "Supervisor's life panicked")??);
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

/// One host with the package's layout.
struct Host {
    scratch: Scratch,
    client: (PathBuf, &'static [&'static str]),
    daemon: Child,
    /// All that was seen.
    seen: String,
}

impl Host {
    fn new(
        (daemon, client): (PathBuf, PathBuf),
        first: &[&str],
        client_first: &'static [&'static str],
    ) -> Result<Self, Failed> {
        let scratch = Scratch::new();
        let root = scratch.path();
        for folder in ["etc/supervisor/conf.d", "var/run", "var/log/supervisor"] {
            fs::create_dir_all(root.join(folder))?;
        }
        write(&root, "supervisord.conf", MAIN)?;
        write(&root, "conf.d/web.conf", WEB)?;
        write(&root, "conf.d/worker.conf", WORKER)?;
        write(&root, "conf.d/README", "not a configuration\n")?;
        let mut command = Command::new(daemon);
        command.args(first).args(["-n", "-c"]).arg(root.join("etc/supervisor/supervisord.conf")).current_dir("/");
        let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let daemon = quiet.spawn()?;
        Ok(Self { scratch, client: (client, client_first), daemon, seen: String::new() })
    }

    fn root(&self) -> PathBuf {
        self.scratch.path()
    }

    /// From the start to the end; all that was seen.
    fn life(mut self) -> Result<String, Failed> {
        self.until_running(&["web", "worker:worker_00", "worker:worker_01"], 0)?;
        self.ask(&["status", "avail", "pid nobody", "reread", "update"])?;
        self.look()?;
        self.add_change_and_remove()?;
        self.reload()?;
        self.ask(&["stop web", "status", "start web", "status web", "shutdown"])?;
        let status = self.daemon.wait()?;
        self.note(&format!("{status}\n"));
        self.ask(&["status"])?;
        self.look()?;
        self.main_log()?;
        Ok(self.seen)
    }

    fn add_change_and_remove(&mut self) -> Result<(), Failed> {
        write(&self.root(), "conf.d/new.conf", "[program:new]\ncommand=/bin/sleep 1000\nstartsecs=0\n")?;
        self.ask(&["reread", "status", "update"])?;
        self.until_running(&["new"], 0)?;
        let (web, worker) = (self.pid("web")?, self.pid("worker:worker_01")?);
        write(&self.root(), "conf.d/web.conf", &WEB.replace("1000", "2000"))?;
        self.ask(&["reread", "update"])?;
        self.until_running(&["web"], 0)?;
        let kept = (self.pid("web")? == web, self.pid("worker:worker_01")? == worker);
        self.note(&format!("pids kept by web and worker: {kept:?}\n"));
        fs::remove_file(self.root().join("etc/supervisor/conf.d/new.conf"))?;
        self.ask(&["update", "status"])?;
        write(&self.root(), "conf.d/bad.conf", "[program:bad]\ncommand=x\nautostart=maybe\n")?;
        self.ask(&["reread", "status"])?;
        Ok(fs::remove_file(self.root().join("etc/supervisor/conf.d/bad.conf"))?)
    }

    /// By HUP, as the service does it by `supervisorctl reload`, and by that.
    fn reload(&mut self) -> Result<(), Failed> {
        let before = self.pid("")?;
        for (round, by_signal) in [(1, true), (2, false)] {
            if by_signal {
                Command::new("kill").args(["-HUP", &before]).status()?;
            } else {
                self.ask(&["reload"])?;
            }
            self.until_running(&["web", "worker:worker_00", "worker:worker_01"], round)?;
            self.ask(&["status"])?;
        }
        let after = self.pid("")?;
        self.note(&format!("pid kept: {}, pid file right: {}\n", before == after, self.pid_file()? == after));
        Ok(())
    }

    /// Waits until these processes run, in the life of the daemon after so many reloads.
    fn until_running(&self, names: &[&str], reloads: usize) -> Outcome {
        let deadline = Instant::now() + Duration::from_secs(30);
        let log = self.root().join("var/log/supervisor/supervisord.log");
        loop {
            let started = fs::read_to_string(&log).unwrap_or_default().matches("supervisord started with pid").count();
            let running = started > reloads && {
                let said = self.said(&format!("status {}", names.join(" ")))?;
                said.lines().filter(|line| line.contains(" RUNNING ")).count() == names.len()
            };
            if running {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(format!("{names:?} do not run: {}", fs::read_to_string(&log)?).into());
            }
        }
    }

    fn note(&mut self, text: &str) {
        self.seen.push_str(text);
    }

    /// Runs commands, and notes what they say.
    fn ask(&mut self, commands: &[&str]) -> Outcome {
        for command in commands {
            let said = lines::plain(&self.said(command)?, &self.root());
            self.note(&format!("$ supervisorctl {command}\n{said}"));
        }
        Ok(())
    }

    fn said(&self, command: &str) -> Result<String, Failed> {
        let output = Command::new(&self.client.0)
            .args(self.client.1)
            .arg("-c")
            .arg(self.root().join("etc/supervisor/supervisord.conf"))
            .args(command.split_whitespace())
            .current_dir("/")
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .output()?;
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        Ok(format!("{text}= {:?}\n", output.status.code()))
    }

    fn pid(&self, name: &str) -> Result<String, Failed> {
        Ok(self.said(&format!("pid {name}"))?.lines().next().unwrap_or_default().to_owned())
    }

    fn pid_file(&self) -> Result<String, Failed> {
        Ok(fs::read_to_string(self.root().join("var/run/supervisord.pid"))?.trim().to_owned())
    }

    /// Notes the files of the daemon, without the random part of their names.
    fn look(&mut self) -> Outcome {
        let mut found = Vec::new();
        for entry in walkdir::WalkDir::new(self.root().join("var")) {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let name = match name.split_once("---supervisor-") {
                Some((before, after)) => format!("{before}---supervisor-[{}].log", after.len()),
                None => name,
            };
            let mode = entry.metadata()?.permissions().mode() & 0o777;
            let kind = if entry.file_type().is_socket() { " socket" } else { "" };
            found.push(format!("{name} {mode:o}{kind}\n"));
        }
        found.sort();
        self.note(&found.concat());
        Ok(())
    }

    /// Notes the lines of the main log, without times and pids. Lines of the same moment come in any order, and whether a
    /// process is waited for depends on how fast it ends.
    fn main_log(&mut self) -> Outcome {
        let text = fs::read_to_string(self.root().join("var/log/supervisor/supervisord.log"))?;
        let root = self.root();
        let mut all: Vec<String> = text.lines().map(|line| log_line(line, &root)).collect();
        all.retain(|line| !line.starts_with("INFO waiting for "));
        all.sort();
        self.note(&all.concat());
        Ok(())
    }
}

fn log_line(line: &str, root: &Path) -> String {
    let text = line.get(24..).unwrap_or(line).replace(&*root.to_string_lossy(), "[DIR]");
    let words = text.split(' ').map(|word| if word.parse::<u32>().is_ok_and(|n| n > 1) { "N" } else { word });
    words.collect::<Vec<_>>().join(" ") + "\n"
}

fn write(root: &Path, name: &str, text: &str) -> Outcome {
    Ok(fs::write(root.join("etc/supervisor").join(name), text.replace("ROOT", &root.to_string_lossy()))?)
}
