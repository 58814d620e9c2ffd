//! Passwords: runs use every one that ctl knows, rightly and wrongly, and nobody but the files that say it has seen one.
//!
//! Searched are the command lines and environments of all processes while a run lasts, all files that it makes (logs, what is
//! written down of clients and logs, drafts and waiting mails), the mails, and all that it says. Mails are sent without a
//! login: cluster.ini has none for them.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use libtest_mimic::{Failed, Trial};

use super::haproxy::{front, is, serves_all};
use super::stack::{CLIENTS, Ports, Stack};
use super::{program, trial};
use crate::harness::Outcome;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![trial("passwords_of_ctl_are_seen_nowhere", program("haproxy").is_some(), unseen)]
}

/// What every password holds, and no other test's does.
const MARK: &str = "n3ver-seen";
/// Users and passwords: of the site, of the page of `[feedcache]`, of the supervisor, and one that is not right.
const LOGINS: [&str; 4] =
    ["me:n3ver-seen-site", "feeder:n3ver-seen-feed", "boss:n3ver-seen-boss", "me:n3ver-seen-wrong"];
/// The files that say them, and no others may.
const INPUTS: [&str; 4] = ["cluster.ini", "supervisord.conf", "wrong.conf", "login"];

/// The passwords in a text, in clear or as HTTP sends them.
fn secret_in(text: &str) -> Option<String> {
    let mut sent = LOGINS.iter().map(|login| STANDARD.encode(login));
    sent.find(|login| text.contains(login)).or_else(|| text.contains(MARK).then(|| MARK.to_owned()))
}

/// What was searched, and found.
#[derive(Default)]
struct Seen {
    files: BTreeSet<String>,
    leaks: BTreeSet<String>,
}

impl Seen {
    /// Looks at a text.
    fn look(&mut self, place: &str, text: &[u8]) {
        let text = String::from_utf8_lossy(text);
        let leak = |line| secret_in(line).map(|secret| format!("{place} has {secret}: {line}"));
        self.leaks.extend(text.split(['\n', '\0']).filter_map(leak));
    }

    /// Looks at all processes that run now.
    fn processes(&mut self) {
        for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
            for name in ["cmdline", "environ"] {
                let path = process.path().join(name);
                // One may have ended by now.
                let text = fs::read(&path).unwrap_or_default();
                self.look(&path.to_string_lossy(), &text);
            }
        }
    }

    /// Looks at all files that are there now.
    fn files(&mut self, folder: &Path) {
        for entry in walkdir::WalkDir::new(folder).into_iter().flatten().filter(|entry| entry.file_type().is_file()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(text) = fs::read(entry.path()) else { continue };
            if !INPUTS.contains(&name.as_str()) {
                self.look(&name, &text);
                self.files.insert(name);
            }
        }
    }
}

/// Looks at processes and files again and again.
struct Watch {
    ends: Arc<AtomicBool>,
    /// How often it has looked at all.
    rounds: Arc<AtomicUsize>,
    thread: JoinHandle<Seen>,
}

impl Watch {
    fn on(folder: PathBuf) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = ends.clone();
        let rounds = Arc::new(AtomicUsize::new(0));
        let looked = rounds.clone();
        let thread = spawn(move || {
            let mut seen = Seen::default();
            while !is_over.load(Ordering::Relaxed) {
                seen.processes();
                seen.files(&folder);
                looked.fetch_add(1, Ordering::Relaxed);
                sleep(Duration::from_millis(2));
            }
            seen
        });
        Self { ends, rounds, thread }
    }

    /// Waits until it has seen all that is there now: the round that goes on may have passed it.
    fn sees(&self, stack: &Stack) -> Outcome {
        let before = self.rounds.load(Ordering::Relaxed);
        stack.until("all is looked at", || self.rounds.load(Ordering::Relaxed) > before + 1)
    }

    fn off(self) -> Seen {
        self.ends.store(true, Ordering::Relaxed);
        self.thread.join().expect("the watch")
    }
}

/// What a run starts keeps what it was given, and what it sees of who started it.
const PING: &str = "#!/bin/sh\ncat /proc/$$/cmdline /proc/$$/environ /proc/$PPID/cmdline >> ping.seen\n";

/// A cluster in which everything wants a password.
fn locked() -> Result<Stack, Failed> {
    let stack = Stack::start_with(
        |folder, ports: &Ports| {
            fs::write(folder.join("login"), LOGINS[0]).expect("a file");
            front(folder, ports)
        },
        |conf| {
            let login = "username = boss\npassword = n3ver-seen-boss\n";
            conf.replace("[supervisorctl]\n", &format!("{login}[supervisorctl]\n{login}"))
        },
    )?;
    let (folder, port) = (stack.folder(), stack.ports.clients[0]);
    fs::write(
        folder.join("wrong.conf"),
        stack.read("supervisord.conf").replace("n3ver-seen-boss", "n3ver-seen-wrong"),
    )?;
    fs::write(folder.join("ping"), PING)?;
    fs::set_permissions(folder.join("ping"), fs::Permissions::from_mode(0o755))?;
    let connect = "[connect]\nlogin = me\npasswd = n3ver-seen-site\nentity = site\npublic_name = www.example.org\n";
    stack.edit("[connect]\n", connect)?;
    stack.edit("url = /feed", &format!("url = http://feeder:n3ver-seen-feed@127.0.0.1:{port}/feed"))?;
    stack.edit("timeout = 5\nstart", "ping_command = ./ping\nlogfile = ctl.log\nperfdir = .\ntimeout = 5\nstart")?;
    Ok(stack)
}

fn unseen() -> Outcome {
    let stack = locked()?;
    let watch = Watch::on(stack.folder());
    let mut said = Seen::default();
    let mut ctl = |words: &[&str], expected: i32, part: &str| -> Outcome {
        let (status, text) = stack.ctl(&[words, &["-v", "--json", "-c", "cluster.ini"]].concat())?;
        said.look("what it says", text.as_bytes());
        is(&format!("{words:?} ends with {expected}: {part}"), status == expected && text.contains(part), &text)
    };
    ctl(&["-a", "check"], 0, "\"state\":\"ok\"")?;
    ctl(&["-a", "start"], 0, "[3/3] web3: ")?;
    // The mail server is away, and all that can be wrong is wrong.
    let (well, mailhost) = (stack.read("cluster.ini"), format!("127.0.0.1:{}", stack.smtp.port));
    let away = Ports::free().other;
    stack.edit(&mailhost, &format!("127.0.0.1:{away}"))?;
    stack.edit("/feed\n", "/round\n")?;
    stack.edit("timeout = 5\nstart", "follow_redirection = True\ntimeout = 5\nstart")?;
    ctl(&["-a", "start", "-s", "web1"], 1, "/round more than 5 redirections")?;
    fs::write(stack.folder().join("login"), LOGINS[3])?;
    ctl(&["-a", "check"], 1, "/VirtualHostRoot/ 401")?;
    stack.edit("supervisor_conf = supervisord.conf", "supervisor_conf = wrong.conf")?;
    ctl(&["-a", "start", "-s", "web2"], 1, "the supervisor does not answer: ")?;
    fs::write(stack.folder().join("cluster.ini"), &well)?;
    ctl(&["-a", "start"], 1, "web1 stays out of the balancer: error in URL")?;
    killed_with_a_draft(&stack, &watch)?;
    fs::write(stack.folder().join("login"), LOGINS[0])?;
    ctl(&["-a", "repair"], 0, "web1")?;
    is("all serve", serves_all(&stack, &CLIENTS), "")?;
    let seen = watch.off();
    let mut mails = String::new();
    while !mails.contains("401") || !mails.contains("/round") {
        mails += &stack.smtp.mail()?.text;
    }
    said.look("a mail", mails.as_bytes());
    is("nobody has seen one", seen.leaks.is_empty() && said.leaks.is_empty(), &leaks(&seen, &said))?;
    for kind in ["ctl.log", "perf_", "ctl.lock.roll", "ctl.lock.marks", "ctl.lock.mail", ".mail.draft-", "ping.seen"] {
        is(kind, seen.files.iter().any(|name| name.contains(kind)), &format!("{:?}", seen.files))?;
    }
    Ok(())
}

fn leaks(seen: &Seen, said: &Seen) -> String {
    seen.leaks.union(&said.leaks).cloned().collect::<Vec<_>>().join("\n")
}

/// A run that is killed when it has found something, and still waits for a client.
fn killed_with_a_draft(stack: &Stack, watch: &Watch) -> Outcome {
    stack.signal(Some("web3"), "STOP")?;
    let found = stack.ctl_at(&["-a", "check", "-c", "cluster.ini"], "error in URL", |ctl| {
        let has_draft = || {
            let names = fs::read_dir(stack.folder()).into_iter().flatten().flatten().map(|entry| entry.file_name());
            names.into_iter().any(|name| name.to_string_lossy().contains(".mail.draft-"))
        };
        stack.until("a draft", has_draft)?;
        watch.sees(stack)?;
        Ok(ctl.kill()?)
    });
    stack.signal(Some("web3"), "CONT")?;
    found.map(drop)
}
