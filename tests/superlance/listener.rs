//! One of the programs as a child of the test, which is its daemon as far as events go.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::harness::daemon::Daemon;
use crate::harness::recipe;
use crate::harness::scratch::Scratch;

/// How long an answer may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a program answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    Ready,
    Ok,
}

/// A program that is ready for events.
pub struct Listener {
    child: Child,
    stdin: Option<ChildStdin>,
    words: Receiver<Word>,
    folder: Scratch,
}

impl Listener {
    /// Starts a program, by its name, for a daemon at `url`.
    pub fn start(program: &str, args: &[&str], url: &str) -> Self {
        Self::start_with(program, args, &[("SUPERVISOR_SERVER_URL", url)])
    }

    /// Starts a program for a daemon.
    pub fn of(daemon: &Daemon, program: &str, args: &[&str]) -> Self {
        Self::start(program, args, &url(daemon))
    }

    /// Starts a program with these variables.
    pub fn start_with(program: &str, args: &[&str], environment: &[(&str, &str)]) -> Self {
        Self::of_binary(&recipe(), program, args, environment)
    }

    /// Starts a program of this binary.
    pub fn of_binary(binary: &Path, program: &str, args: &[&str], environment: &[(&str, &str)]) -> Self {
        let folder = Scratch::new();
        let stderr = fs::File::create(folder.path().join("stderr")).expect("a file");
        let mut child = Command::new(binary)
            .arg0(format!("/somewhere/{program}"))
            .args(args)
            .env_remove("SSL_CERT_FILE")
            .envs([("TZ", "UTC")])
            .envs(environment.iter().copied())
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .expect("a program");
        let mut stdout = child.stdout.take().expect("its output");
        let (sender, words) = channel();
        std::thread::spawn(move || {
            let (mut said, mut byte) = (Vec::new(), [0]);
            while stdout.read(&mut byte).is_ok_and(|n| n > 0) {
                said.push(byte[0]);
                let word = match &said[..] {
                    b"READY\n" => Word::Ready,
                    b"RESULT 2\nOK" => Word::Ok,
                    _ => continue,
                };
                said.clear();
                let _ = sender.send(word);
            }
        });
        let stdin = child.stdin.take();
        let listener = Self { child, stdin, words, folder };
        listener.expect(Word::Ready);
        listener
    }

    fn expect(&self, word: Word) {
        let said = self.words.recv_timeout(DEADLINE);
        assert_eq!(said.ok(), Some(word), "{}", self.stderr());
    }

    /// Sends an event, and waits until it is done.
    pub fn event(&mut self, kind: &str, payload: &str) {
        self.send(kind, payload);
        self.expect(Word::Ok);
        self.expect(Word::Ready);
    }

    /// Sends an event that is the program's end; how it ended.
    pub fn last_event(&mut self, kind: &str, payload: &str) -> ExitStatus {
        self.send(kind, payload);
        self.child.wait().expect("its end")
    }

    fn send(&mut self, kind: &str, payload: &str) {
        let length = payload.chars().count();
        let event = format!("ver:3.0 server:s serial:1 pool:l poolserial:1 eventname:{kind} len:{length}\n{payload}");
        let stdin = self.stdin.as_mut().expect("not ended");
        stdin.write_all(event.as_bytes()).expect("it reads");
    }

    /// Says that there are no more events; how it ended.
    pub fn end(&mut self) -> ExitStatus {
        self.stdin = None;
        self.child.wait().expect("its end")
    }

    /// What it has said on standard error.
    pub fn stderr(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).expect("a file")
    }

    /// Its folder.
    pub fn folder(&self) -> PathBuf {
        self.folder.path()
    }

    /// Its pid.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Where a daemon listens.
pub fn url(daemon: &Daemon) -> String {
    format!("unix://{}/sock", daemon.folder().display())
}
