//! A supervisord in the foreground, ours or the original, in a folder of its own.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::recipe;
use super::scratch::Scratch;

/// How long anything may take before a test fails.
const DEADLINE: Duration = Duration::from_secs(30);

/// What every configuration begins with.
const HEAD: &str = "\
[supervisord]
logfile = %(here)s/main.log
pidfile = %(here)s/pid
childlogdir = %(here)s
loglevel = debug

[unix_http_server]
file = %(here)s/sock

[supervisorctl]
serverurl = unix://%(here)s/sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface

";

/// A running daemon.
pub struct Daemon {
    scratch: Scratch,
    child: Child,
    lines: Receiver<String>,
}

impl Daemon {
    /// Ours, with the sections in `conf` beside those of the daemon itself, and with as many descriptors as is usual.
    pub fn ours(conf: &str) -> Self {
        Self::limited("ulimit -Sn 1024", conf)
    }

    /// Ours, with limits as a shell sets them.
    pub fn limited(limits: &str, conf: &str) -> Self {
        let limited = format!("{limits}; exec \"$0\" \"$@\"");
        Self::start(Command::new("sh").args(["-c", &limited]).arg(recipe()).arg("supervisord"), conf)
    }

    /// Ours as another binary, with as many descriptors as it may have.
    pub fn of(binary: &Path, conf: &str) -> Self {
        let limited = "ulimit -Sn \"$(ulimit -Hn)\"; exec \"$0\" \"$@\"";
        Self::start(Command::new("sh").args(["-c", limited]).arg(binary).arg("supervisord"), conf)
    }

    /// The original, given the folder of its scripts.
    pub fn theirs(bin: &Path, conf: &str) -> Self {
        Self::start(&mut Command::new(bin.join("supervisord")), conf)
    }

    fn start(program: &mut Command, conf: &str) -> Self {
        let scratch = Scratch::new();
        let file = scratch.path().join("supervisord.conf");
        fs::write(&file, format!("{HEAD}{conf}")).expect("a configuration");
        let mut child = program
            .args(["-n", "-c"])
            .arg(&file)
            .current_dir(scratch.path())
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("a daemon");
        let stdout = child.stdout.take().expect("its standard output");
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            // Read to the end even if nobody listens, so that the daemon is not held up.
            BufReader::new(stdout).lines().map_while(Result::ok).for_each(|line| drop(sender.send(line)));
        });
        let daemon = Self { scratch, child, lines };
        daemon.until("supervisord started with pid");
        daemon
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.scratch.path()
    }

    /// Its pid.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until the log says `text`, after what was waited for before.
    pub fn until(&self, text: &str) {
        self.until_all(&[text]);
    }

    /// Waits until the log has said all of `texts`, in any order.
    pub fn until_all(&self, texts: &[&str]) {
        let end = Instant::now() + DEADLINE;
        let mut left = texts.to_vec();
        while !left.is_empty() {
            let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|e| panic!("{left:?} is not logged: {e}"));
            left.retain(|text| !line.contains(text));
        }
    }

    /// Waits until the log says `text`, and fails if it says `wrong` before.
    pub fn until_not(&self, wrong: &str, text: &str) {
        let end = Instant::now() + DEADLINE;
        loop {
            let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()));
            let line = line.unwrap_or_else(|e| panic!("{text:?} is not logged: {e}"));
            assert!(!line.contains(wrong), "{line}");
            if line.contains(text) {
                return;
            }
        }
    }

    /// Waits until it has left.
    pub fn end(&mut self) -> ExitStatus {
        let end = Instant::now() + DEADLINE;
        loop {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return self.child.wait().expect("an exit status"),
                Err(RecvTimeoutError::Timeout) => panic!("it does not end"),
            }
        }
    }

    /// A connection to its control server.
    pub fn connect(&self) -> UnixStream {
        let stream = UnixStream::connect(self.scratch.path().join("sock")).expect("a control server");
        stream.set_read_timeout(Some(DEADLINE)).expect("a deadline");
        stream
    }

    /// A client that follows the log of a program, and has read that it begins. Nothing is in it before.
    pub fn follow(&self, program: &str, log: &Path) -> std::io::Result<UnixStream> {
        fs::write(log, "begin\n")?;
        let mut follower = self.connect();
        follower.write_all(format!("GET /logtail/{program} HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes())?;
        let (mut head, mut room) = (String::new(), [0; 1024]);
        while !head.ends_with("begin\n\r\n") {
            let count = follower.read(&mut room)?;
            head += &String::from_utf8_lossy(&room[..count]);
        }
        Ok(follower)
    }

    /// The answer to a request after which the connection is closed.
    pub fn ask(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).expect("a request");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap_or_else(|e| panic!("{request}: {e}"));
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// The answer to a call of XML-RPC with these strings.
    pub fn call(&self, method: &str, strings: &[&str]) -> String {
        let param = |text: &&str| format!("<param><value><string>{text}</string></value></param>");
        let params: String = strings.iter().map(param).collect();
        let body = format!(
            "<?xml version='1.0'?><methodCall><methodName>supervisor.{method}</methodName><params>{params}</params>\
             </methodCall>"
        );
        let head = format!("POST /RPC2 HTTP/1.0\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", body.len());
        self.ask(&(head + &body))
    }
}

/// A call of XML-RPC, on a connection that goes on.
pub fn posted(call: &str) -> String {
    let length = call.len();
    format!("POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{call}")
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
