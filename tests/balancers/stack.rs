//! A cluster on this machine: three clients and what stands before them, run by our supervisord, and its cluster.ini.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::harness::load;
use crate::harness::ports::free;
use crate::harness::scratch::Scratch;
use crate::harness::smtp::{Manners, Smtp};
use crate::harness::{project, recipe};

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// The names of the clients.
pub const CLIENTS: [&str; 3] = ["web1", "web2", "web3"];

/// What a kind of balancer adds.
pub struct Front {
    /// Files: name and text.
    pub files: Vec<(&'static str, String)>,
    /// Programs of supervisord besides the clients: name and command.
    pub programs: Vec<(&'static str, String)>,
    /// Sections of cluster.ini besides those of the clients.
    pub sections: String,
    /// The names of those that are frontends.
    pub frontends: &'static str,
}

/// Ports on which nobody listens.
pub struct Ports {
    /// Those of the clients.
    pub clients: [u16; 3],
    /// That of the balancer.
    pub front: u16,
    /// Others.
    pub other: u16,
    /// Another one.
    pub inner: u16,
}

impl Ports {
    /// Any.
    pub fn free() -> Self {
        Self { clients: [free(), free(), free()], front: free(), other: free(), inner: free() }
    }
}

/// A running cluster.
pub struct Stack {
    scratch: Scratch,
    daemon: Child,
    /// Where its mails arrive.
    pub smtp: Smtp,
    /// Where it listens.
    pub ports: Ports,
}

impl Stack {
    /// Starts one; all of it is up when this comes back.
    pub fn start(front: impl FnOnce(&Path, &Ports) -> Front) -> Result<Self, Failed> {
        Self::start_with(front, |conf| conf)
    }

    /// Starts one whose supervisord.conf is made another one.
    pub fn start_with(
        front: impl FnOnce(&Path, &Ports) -> Front,
        edit: impl FnOnce(String) -> String,
    ) -> Result<Self, Failed> {
        let (scratch, ports, smtp) = (Scratch::new(), Ports::free(), Smtp::start(Manners::default()));
        let folder = scratch.path();
        // Some servers give up their rights, and still need to get here.
        fs::set_permissions(&folder, std::os::unix::fs::PermissionsExt::from_mode(0o777))?;
        let front = front(&folder, &ports);
        for (name, text) in &front.files {
            fs::write(folder.join(name), text)?;
        }
        fs::write(folder.join("supervisord.conf"), edit(supervisord(&ports, &front)))?;
        fs::write(folder.join("cluster.ini"), cluster(&ports, smtp.port, &front))?;
        let daemon = Command::new(recipe())
            .args(["supervisord", "-n", "-c", "supervisord.conf"])
            .current_dir(&folder)
            // Its log says when what happened.
            .env("TZ", "UTC")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::inherit())
            .spawn()?;
        let stack = Self { scratch, daemon, smtp, ports };
        for port in stack.ports.clients.into_iter().chain([stack.ports.front]) {
            stack.until(&format!("a page on port {port}"), || load::page(port, "/").is_ok())?;
        }
        Ok(stack)
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path()
    }

    /// Waits for something.
    pub fn until(&self, what: &str, mut is: impl FnMut() -> bool) -> Result<(), Failed> {
        let end = Instant::now() + DEADLINE;
        while !is() {
            if Instant::now() > end {
                let log = fs::read_to_string(self.folder().join("main.log")).unwrap_or_default();
                return Err(format!("waited in vain for {what}\n{log}").into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// What runs ctl, with signals that do what they do by default: who runs the tests may have ignored some.
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new("env");
        command
            .arg("--default-signal=HUP,INT,TERM")
            .arg(recipe())
            .arg("ctl")
            .args(words)
            .current_dir(self.folder())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null());
        command
    }

    /// Runs ctl to its end: its exit status, and all that it says.
    pub fn ctl(&self, words: &[&str]) -> Result<(i32, String), Failed> {
        let Output { status, stdout, stderr } = self.command(words).output()?;
        let said = String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr);
        Ok((status.code().unwrap_or(-1), said))
    }

    /// Runs ctl to its end, and does something when it says `line`, which it must; how it ended, and all that it said.
    pub fn ctl_at(
        &self,
        words: &[&str],
        line: &str,
        act: impl FnOnce(&mut Child) -> Result<(), Failed>,
    ) -> Result<(ExitStatus, String), Failed> {
        let mut command = self.command(words);
        command.stdout(Stdio::null());
        run_at(command, line, act)
    }

    /// What asks its supervisord.
    pub fn supervisorctl(&self, words: &[&str]) -> Command {
        let mut command = Command::new(recipe());
        command.args(["supervisorctl", "-c", "supervisord.conf"]).args(words).current_dir(self.folder());
        command
    }

    /// Waits until its supervisord says that `web1` is stopping.
    pub fn until_stopping(&self) -> Result<(), Failed> {
        let said = || self.supervisorctl(&["status", "web1"]).output().map(|output| output.stdout).unwrap_or_default();
        self.until("the state STOPPING", || String::from_utf8_lossy(&said()).contains("STOPPING"))
    }

    /// Sends a signal to a program of the supervisord; to that itself where none is named.
    pub fn signal(&self, program: Option<&str>, signal: &str) -> Result<(), Failed> {
        let pid = match program {
            None => self.daemon.id().to_string(),
            Some(name) => {
                let output = self.supervisorctl(&["pid", name]).output()?;
                String::from_utf8(output.stdout)?.trim().to_owned()
            }
        };
        let sent = Command::new("kill").args([&format!("-{signal}"), &pid]).status()?;
        if sent.success() { Ok(()) } else { Err(format!("no {signal} for {pid}").into()) }
    }

    /// The pids of the clients.
    pub fn pids(&self) -> Result<Vec<String>, Failed> {
        let pid = |name: &&str| fs::read_to_string(self.folder().join(format!("{name}.pid")));
        Ok(CLIENTS.iter().map(pid).collect::<Result<_, _>>()?)
    }

    /// Makes a client come up broken from now on, or well again.
    pub fn set_broken(&self, name: &str, is_broken: bool) -> Result<(), Failed> {
        let path = self.folder().join(format!("{name}.broken"));
        let done = if is_broken { fs::write(path, "") } else { fs::remove_file(path) };
        Ok(done?)
    }

    /// Whether it is written down that somebody is out of the balancer.
    pub fn has_journal(&self) -> bool {
        self.folder().join("ctl.lock.roll").exists()
    }

    /// Replaces a text in its cluster.ini, which has it.
    pub fn edit(&self, from: &str, to: &str) -> Result<(), Failed> {
        let text = self.read("cluster.ini");
        if !text.contains(from) {
            return Err(format!("no {from} in\n{text}").into());
        }
        Ok(fs::write(self.folder().join("cluster.ini"), text.replace(from, to))?)
    }

    /// The text of a file.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder().join(name)).unwrap_or_default()
    }
}

/// Runs a command to its end, and does something when it says `line`, which it must; how it ended, and all that it said.
pub fn run_at(
    mut command: Command,
    line: &str,
    act: impl FnOnce(&mut Child) -> Result<(), Failed>,
) -> Result<(ExitStatus, String), Failed> {
    let mut child = command.stderr(Stdio::piped()).spawn()?;
    let mut lines = BufReader::new(child.stderr.take().ok_or("no stderr")?).lines().map_while(Result::ok);
    let mut said = String::new();
    let is_said = lines.by_ref().any(|own| {
        let is_it = own.contains(line);
        said.extend([own, "\n".to_owned()]);
        is_it
    });
    let done = if is_said { act(&mut child) } else { Err(format!("it did not say {line}\n{said}").into()) };
    if done.is_err() {
        child.kill()?;
    }
    said.extend(lines.flat_map(|own| [own, "\n".to_owned()]));
    let status = child.wait()?;
    done.map(|()| (status, said))
}

impl Drop for Stack {
    fn drop(&mut self) {
        // It ends its programs, even if it was held still.
        let _ = Command::new("kill").args(["-CONT", &self.daemon.id().to_string()]).status();
        let _ = Command::new("kill").arg(self.daemon.id().to_string()).status();
        let end = Instant::now() + Duration::from_secs(20);
        while matches!(self.daemon.try_wait(), Ok(None)) && Instant::now() < end {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

fn supervisord(ports: &Ports, front: &Front) -> String {
    let head = "[supervisord]\nlogfile = %(here)s/main.log\nloglevel = debug\npidfile = %(here)s/pid\nchildlogdir = %(here)s\n\
                [unix_http_server]\nfile = %(here)s/sock\n\
                [supervisorctl]\nserverurl = unix://%(here)s/sock\n\
                [rpcinterface:supervisor]\n\
                supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n";
    let script = project().join("tests/balancers/zeoclient.py");
    let clients = CLIENTS.iter().zip(ports.clients);
    let clients = clients.map(|(name, port)| (*name, format!("python3 {} {name} {port}", script.display())));
    let others = front.programs.iter().map(|(name, command)| (*name, command.clone()));
    let program = |(name, command): (&str, String)| {
        format!("[program:{name}]\ncommand = {command}\ndirectory = %(here)s\nstartsecs = 0\nstopwaitsecs = 5\n")
    };
    clients.chain(others).map(program).fold(head.to_owned(), |text, section| text + &section)
}

fn cluster(ports: &Ports, mail: u16, front: &Front) -> String {
    let client = |(name, port): (&&str, u16)| {
        format!(
            "[{name}]\nip = 127.0.0.1\nport = {port}\npool = 1\ncontrol = supervisor:{name}\n\
             log_file = {name}.log\npid_file = {name}.pid\n"
        )
    };
    let clients: String = CLIENTS.iter().zip(ports.clients).map(client).collect();
    format!(
        "[DEFAULT]\ntimeout = 5\nstart_timeout = 5\ndrain_timeout = 5\nmin_serving = 2\nsupervisor_conf = supervisord.conf\n\
         max_process_size = 500MB\ncritical_errors = MemoryError\nlock_file = ctl.lock\n\
         mailhost = 127.0.0.1:{mail}\nfromaddr = ctl@example.org\ntoaddrs = admin@example.org\n\
         [cluster]\nzeoclients = {}\nfrontend = {}\n[connect]\n[feedcache]\nurl = /feed\n{clients}{}",
        CLIENTS.join(", "),
        front.frontends,
        front.sections
    )
}
