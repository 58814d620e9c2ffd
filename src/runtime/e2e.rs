//! The driver with real children. Each test runs in a process of its own, since a daemon takes in whatever children
//! its process has: the test starts itself again. Nothing sleeps: a test waits for events, with a deadline.

use std::cell::{Cell, RefCell};
use std::fs;
use std::future::Future;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use rustix::stdio::{dup2_stdout, stdout};
use tokio::sync::Notify;
use tokio::task::LocalSet;

mod faults;

use crate::conf::model::{self, Autorestart, ChildLog, Config, LogLevel};

use super::control::{Control, StdinError};
use super::core::event::{Event, Stream};
use super::core::ids::ProcessId;
use super::core::request::{Fault, Reply, Request, Target};
use super::core::state::Mood;
use super::daemon::{self, Launch, Servers};
use super::daemonize;
use super::driver::{Driver, Reading};
use super::limits;
use super::mainlog::MainLog;
use super::signals::Signals;
use super::sys;
use super::syslog::Syslog;
use super::testing;
use super::watch::Watch;

const DEADLINE: Duration = Duration::from_secs(20);

/// Runs `body` in a process of its own, which is this test run again.
fn isolated(name: &str, body: impl FnOnce()) {
    if std::env::var("RECIPE_ISOLATED").is_ok_and(|it| it == name) {
        return body();
    }
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([&format!("runtime::e2e::{name}"), "--exact", "--nocapture", "--test-threads=1"])
        .env("RECIPE_ISOLATED", name)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}{errors}");
}

/// A running daemon and what it has told.
struct Rig {
    driver: Rc<Driver>,
    told: Rc<RefCell<Vec<String>>>,
    news: Rc<Notify>,
    seen: RefCell<usize>,
}

impl Rig {
    fn new(config: Config, syslog: Syslog) -> Self {
        let log = MainLog::open(&config.supervisord, &syslog, None).unwrap();
        let again = config.clone();
        let reader = move || Ok(Reading { config: again.clone(), notes: Vec::new() });
        let driver =
            Driver::new(Rc::new(config), log, syslog, Rc::new(Box::new(reader)), Rc::new(Watch::new().unwrap()));
        let (told, news) = (Rc::<RefCell<Vec<String>>>::default(), Rc::new(Notify::new()));
        let (lines, bell) = (Rc::clone(&told), Rc::clone(&news));
        driver.watch(Box::new(move |event| {
            lines.borrow_mut().push(line(event));
            bell.notify_one();
        }));
        Self { driver, told, news, seen: RefCell::new(0) }
    }

    /// Waits until the daemon tells `wanted`, after what was waited for before.
    async fn until(&self, wanted: &str) {
        let found = async {
            loop {
                let at = self.told.borrow()[*self.seen.borrow()..].iter().position(|line| line == wanted);
                if let Some(at) = at {
                    *self.seen.borrow_mut() += at + 1;
                    return;
                }
                self.news.notified().await;
            }
        };
        let found = tokio::time::timeout(DEADLINE, found).await.is_ok();
        assert!(found, "no {wanted:?} in {:#?}\n{}", self.told.borrow(), self.log());
    }

    async fn ask(&self, request: Request) -> Reply {
        tokio::time::timeout(DEADLINE, self.driver.submit(request)).await.expect("a reply in time").unwrap()
    }

    fn id(&self, name: &str) -> ProcessId {
        self.driver.fleet().processes().find(|p| **p.name() == *name).unwrap().id()
    }

    fn pid(&self, name: &str) -> i32 {
        self.pid_of(name).unwrap()
    }

    fn pid_of(&self, name: &str) -> Option<i32> {
        self.driver.fleet().processes().find(|p| **p.name() == *name)?.pid()
    }

    /// The main log without stamps.
    fn log(&self) -> String {
        let text = fs::read_to_string(self.driver.main_log().unwrap()).unwrap();
        text.lines().map(|line| line.get(24..).unwrap_or(line)).collect::<Vec<_>>().join("\n")
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::ProcessState(origin, change) => format!("{} {}", origin.process, change.to.name()),
        Event::Log(origin, stream, data) => {
            format!("{} {}: {}", origin.process, stream.name(), String::from_utf8_lossy(data).trim_end())
        }
        Event::Communication(origin, stream, data) => {
            format!("{} {} says {}", origin.process, stream.name(), String::from_utf8_lossy(data))
        }
        other => other.kind().name().to_owned(),
    }
}

/// Runs a daemon of `processes`, each in a group of its own, tells it what `script` says, and shuts it down.
fn play<F: Future<Output = ()>>(processes: Vec<model::Process>, folder: &Path, script: impl FnOnce(Rc<Rig>) -> F) {
    play_with(processes, folder, |options| options, script);
}

/// The same, with other options.
fn play_with<F: Future<Output = ()>>(
    processes: Vec<model::Process>,
    folder: &Path,
    change: impl FnOnce(model::Supervisord) -> model::Supervisord,
    script: impl FnOnce(Rc<Rig>) -> F,
) {
    let groups = processes.into_iter().map(|p| testing::group(&p.name.clone(), vec![p])).collect();
    let supervisord = change(model::Supervisord { loglevel: LogLevel::Debug, ..testing::supervisord(folder) });
    run(Config { supervisord, servers: Vec::new(), rpcinterfaces: Vec::new(), groups }, script);
}

/// Runs a daemon, tells it what `script` says, and shuts it down.
fn run<F: Future<Output = ()>>(config: Config, script: impl FnOnce(Rc<Rig>) -> F) {
    sys::be_frugal();
    daemonize::keep_descriptors();
    limits::outlive_full_files();
    let syslog = Syslog::new(Path::new(&config.supervisord.childlogdir).join("syslog"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let mut signals = Signals::new().unwrap();
        let rig = Rc::new(Rig::new(config, syslog));
        let driver = Rc::clone(&rig.driver);
        let daemon = tokio::task::spawn_local(async move { driver.run(&mut signals).await });
        script(Rc::clone(&rig)).await;
        assert_eq!(rig.ask(Request::Shutdown).await, Reply::Done);
        let mood = tokio::time::timeout(DEADLINE, daemon).await.expect("a shutdown in time").unwrap();
        assert_eq!(mood, Mood::Shutdown);
    });
}

fn sh(name: &str, script: &str) -> model::Process {
    let command = format!("sh -c '{}'", script.replace('\'', "'\\''"));
    model::Process { command, startsecs: 0, autorestart: Autorestart::Never, ..testing::process(name) }
}

fn logged(path: &Path) -> model::Channel {
    let logfile = ChildLog::Path(path.to_str().unwrap().to_owned());
    model::Channel { logfile, events_enabled: true, ..testing::channel() }
}

fn heard() -> model::Channel {
    model::Channel { events_enabled: true, ..testing::channel() }
}

fn target(name: &str) -> Target {
    Target::Process { group: name.to_owned(), name: name.to_owned(), given: name.to_owned() }
}

fn kill(pid: i32, signal: rustix::process::Signal) {
    rustix::process::kill_process(rustix::process::Pid::from_raw(pid).unwrap(), signal).unwrap();
}

#[test]
fn a_killed_program_is_started_again_at_once() {
    isolated("a_killed_program_is_started_again_at_once", || {
        let folder = tempfile::tempdir().unwrap();
        let sleep = model::Process {
            command: "sleep 1000".into(),
            startsecs: 0,
            autorestart: Autorestart::Unexpected,
            ..testing::process("sleep")
        };
        play(vec![sleep], folder.path(), async |rig| {
            rig.until("sleep RUNNING").await;
            let first = rig.pid("sleep");
            kill(first, rustix::process::Signal::KILL);
            rig.until("sleep EXITED").await;
            rig.until("sleep RUNNING").await;
            assert_ne!(rig.pid("sleep"), first);
            assert!(rig.log().contains("WARN exited: sleep (terminated by SIGKILL; not expected)"));
            assert!(rig.log().contains(&format!("INFO spawned: 'sleep' with pid {}", rig.pid("sleep"))));
        });
    });
}

#[test]
fn the_child_finds_what_it_was_promised() {
    isolated("the_child_finds_what_it_was_promised", || {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo $SUPERVISOR_ENABLED $SUPERVISOR_PROCESS_NAME $SUPERVISOR_GROUP_NAME $OWN; \
                      umask; pwd; ls /proc/self/fd | tr '\\n' ' '; ps -o pgid= -p $$ | tr -d ' '; echo $$";
        let child = model::Process {
            environment: vec![("OWN".into(), "common".into()), ("OWN".into(), "own".into())],
            umask: Some(0o27),
            directory: Some("/usr".into()),
            stdout: logged(&folder.path().join("out")),
            ..sh("child", script)
        };
        play(vec![child], folder.path(), async |rig| rig.until("child EXITED").await);
        let text = fs::read_to_string(folder.path().join("out")).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[..3], ["1 child child own", "0027", "/usr"]);
        // 3 is the folder that `ls` reads; and the child leads its process group.
        let (descriptors, group) = lines[3].rsplit_once(' ').unwrap();
        assert_eq!((descriptors, group), ("0 1 2 3", lines[4]));
    });
}

#[test]
fn output_goes_to_logs_that_rotate() {
    isolated("output_goes_to_logs_that_rotate", || {
        let folder = tempfile::tempdir().unwrap();
        let script = "for n in 1 2 3; do echo line $n; read answer; done; echo oops >&2";
        let mut child = model::Process {
            stdout: model::Channel { logfile_maxbytes: 7, logfile_backups: 2, ..logged(&folder.path().join("out")) },
            stderr: logged(&folder.path().join("err")),
            ..sh("child", script)
        };
        child.priority = 1;
        play(vec![child], folder.path(), async |rig| {
            for n in 1..=3 {
                rig.until(&format!("child stdout: line {n}")).await;
                rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            }
            rig.until("child stderr: oops").await;
            rig.until("child EXITED").await;
            assert_eq!(rig.driver.write_stdin(rig.id("child"), b"go\n"), Err(StdinError::NotRunning));
            assert!(rig.log().contains("DEBG 'child' stderr output:\noops"), "{}", rig.log());
        });
        let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!((read("out").as_str(), read("out.1").as_str()), ("", "line 3\n"));
        assert_eq!((read("out.2").as_str(), read("err").as_str()), ("line 2\n", "oops\n"));
        assert!(!folder.path().join("out.3").exists());
    });
}

#[test]
fn who_is_made_with_others_is_not_mistaken_for_them() {
    isolated("who_is_made_with_others_is_not_mistaken_for_them", || {
        let folder = tempfile::tempdir().unwrap();
        let all = (0..100).map(|at| {
            let one = sh(&format!("p{at:03}"), "echo $SUPERVISOR_PROCESS_NAME; read line; echo $line; exec sleep 1000");
            let directory = (at % 10 == 4).then(|| "/nowhere".to_owned());
            // The last of each priority takes longer than the next ones: for it all memory is copied.
            let user = (at % 20 == 19 && rustix::process::getuid().is_root()).then(|| "nobody".to_owned());
            model::Process { stdout: heard(), priority: at / 20, directory, user, ..one }
        });
        play(all.collect(), folder.path(), async |rig| {
            let name = |at: i64| format!("p{at:03}");
            rig.until("p099 RUNNING").await;
            for at in (0..100).filter(|at| at % 10 != 4) {
                *rig.seen.borrow_mut() = 0;
                rig.until(&format!("{} stdout: {}", name(at), name(at))).await;
                rig.driver.write_stdin(rig.id(&name(at)), format!("told {at}\n").as_bytes()).unwrap();
                rig.until(&format!("{} stdout: told {at}", name(at))).await;
            }
            let pids = |rank: i64| (rank * 20..(rank + 1) * 20).filter_map(|at| rig.pid_of(&name(at)));
            for rank in 1..5 {
                let (former, latter) = (pids(rank - 1).max(), pids(rank).min());
                // Numbers begin anew somewhere.
                let is_anew = pids(0).max().unwrap() > 10_000 + pids(4).min().unwrap();
                assert!(former < latter || is_anew, "{rank} before {}", rank - 1);
            }
            let log = rig.log();
            let spawned: Vec<_> = log.lines().filter_map(|line| line.split("spawned: '").nth(1)?.get(..4)).collect();
            assert!(spawned.is_sorted() && spawned.len() == 90, "{log}");
            assert!(log.contains("spawnerr: couldn't chdir to /nowhere: ENOENT"), "{log}");
        });
    });
}

#[test]
fn who_ends_with_its_parent_lives_as_long_as_the_daemon() {
    isolated("who_ends_with_its_parent_lives_as_long_as_the_daemon", || {
        let folder = tempfile::tempdir().unwrap();
        let script = "exec setpriv --pdeathsig KILL sh -c \"echo up; read line; echo told; exec sleep 1000\"";
        let all = (0..60).map(|at| model::Process { stdout: heard(), ..sh(&format!("p{at}"), script) });
        play(all.collect(), folder.path(), async |rig| {
            for said in ["up", "told"] {
                for name in (0..60).map(|at| format!("p{at}")) {
                    *rig.seen.borrow_mut() = 0;
                    rig.until(&format!("{name} stdout: {said}")).await;
                    rig.driver.write_stdin(rig.id(&name), b"x\n").unwrap();
                }
            }
        });
    });
}

#[test]
fn a_communication_is_told_and_not_logged() {
    isolated("a_communication_is_told_and_not_logged", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let stdout = model::Channel { capture_maxbytes: 10, ..logged(&path) };
        let script =
            "printf 'before<!--XSUPERVISOR:BEG'; read x; printf 'IN-->0123456789abc<!--XSUPERVISOR:END-->after<'";
        play(vec![model::Process { stdout, ..sh("child", script) }], folder.path(), async |rig| {
            // What may be a token is kept back, nothing else.
            rig.until("child stdout: before").await;
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: 0123456789abc").await;
            rig.until("child stdout says 3456789abc").await;
            rig.until("child stdout: after").await;
            rig.until("child EXITED").await;
            assert!(rig.log().contains("DEBG 'child' stdout emitted a comm event"), "{}", rig.log());
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "beforeafter<");
    });
}

#[test]
fn output_goes_to_the_system_log() {
    isolated("output_goes_to_the_system_log", || {
        let folder = tempfile::tempdir().unwrap();
        let device = std::os::unix::net::UnixDatagram::bind(folder.path().join("syslog")).unwrap();
        device.set_read_timeout(Some(DEADLINE)).unwrap();
        let path = folder.path().join("out");
        let child = model::Process {
            stdout: model::Channel { syslog: true, ..logged(&path) },
            stderr: model::Channel { syslog: true, ..heard() },
            ..sh("child", "printf 'one\ntw'; read x; printf 'o\nthree' >&1; echo oops >&2")
        };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: one\ntw").await;
            assert_eq!(rig.driver.child_log(rig.id("child"), Stream::Stderr), None);
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child EXITED").await;
            let mut buffer = [0; 100];
            let mut next = || {
                let size = device.recv(&mut buffer).unwrap();
                String::from_utf8_lossy(&buffer[..size]).into_owned()
            };
            let mut lines: Vec<_> = (0..4).map(|_| next()).collect();
            lines.sort();
            let expected = ["one", "oops", "three", "two"].map(|line| format!("<14>supervisord: child {line}"));
            assert_eq!(lines, expected);
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\nthree");
    });
}

#[test]
fn without_a_system_log_it_is_said_once() {
    isolated("without_a_system_log_it_is_said_once", || {
        let folder = tempfile::tempdir().unwrap();
        let child = model::Process {
            stdout: model::Channel { syslog: true, ..heard() },
            ..sh("child", "echo one; read x; echo two; read x; echo three; read x")
        };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: one").await;
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: two").await;
            let _device = std::os::unix::net::UnixDatagram::bind(folder.path().join("syslog")).unwrap();
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: three").await;
            assert_eq!(rig.log().matches("WARN could not write output of child to the system log: ENOENT").count(), 1);
            assert!(rig.log().contains("WARN output of child to the system log is written again; 8 bytes were lost"));
        });
    });
}

#[test]
fn escape_sequences_are_taken_out() {
    isolated("escape_sequences_are_taken_out", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let script = "printf 'a\\033[1'; read x; printf ';31mb\\033[0mc'";
        let child = model::Process { stdout: logged(&path), ..sh("child", script) };
        let options = |options| model::Supervisord { strip_ansi: true, ..options };
        play_with(vec![child], folder.path(), options, async |rig| {
            rig.until("child stdout: a").await;
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: bc").await;
        });
        assert_eq!(fs::read_to_string(&path).unwrap(), "abc");
    });
}

#[test]
fn the_last_words_of_a_child_are_kept_and_errors_may_be_redirected() {
    isolated("the_last_words_of_a_child_are_kept_and_errors_may_be_redirected", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let child = model::Process {
            redirect_stderr: true,
            stdout: logged(&path),
            ..sh("child", "echo out; echo err >&2; head -c 50000 /dev/zero; kill -9 $$")
        };
        play(vec![child], folder.path(), async |rig| rig.until("child EXITED").await);
        let text = fs::read(&path).unwrap();
        assert_eq!((&text[..8], text.len()), (&b"out\nerr\n"[..], 50_008));
    });
}

#[test]
fn what_cannot_be_started_says_why() {
    isolated("what_cannot_be_started_says_why", || {
        let folder = tempfile::tempdir().unwrap();
        let no_program = folder.path().join("text");
        fs::write(&no_program, "neither binary nor script").unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(&no_program, mode).unwrap();
        let once = |name: &str, command: &str| model::Process {
            command: command.into(),
            startretries: 0,
            stderr: logged(&folder.path().join("err")),
            ..testing::process(name)
        };
        let text = no_program.to_str().unwrap();
        let processes = vec![
            once("missing", "/no/such"),
            model::Process { directory: Some("/no/such".into()), ..once("folder", "sleep 1") },
            once("format", text),
            model::Process { user: Some("nobody at all".into()), ..once("user", "sleep 1") },
            model::Process { stdout: logged(Path::new("/no/such/log")), ..once("log", "sleep 1") },
            once("quick", "false"),
        ];
        play(processes, folder.path(), async |rig| {
            rig.until("quick FATAL").await;
            for line in [
                "spawnerr: can't find command '/no/such'",
                "spawnerr: couldn't chdir to /no/such: ENOENT",
                &format!("spawnerr: couldn't exec {text}: ENOEXEC"),
                "spawnerr: couldn't setuid to nobody at all: Can't find username 'nobody at all'",
                "spawnerr: unknown error making dispatchers for 'log': ENOENT",
                "exited: quick (exit status 1; not expected)",
                "gave up: quick entered FATAL state, too many start retries too quickly",
            ] {
                assert!(rig.log().contains(line), "{line} in {}", rig.log());
            }
            let reply = rig.ask(Request::Start { target: target("missing"), wait: true }).await;
            assert_eq!(reply, Reply::Fault(Fault::NoFile("can't find command '/no/such'".into())));
            let reply = rig.ask(Request::Start { target: target("format"), wait: true }).await;
            assert_eq!(reply, Reply::Fault(Fault::SpawnError("format".into())));
        });
        let words = fs::read_to_string(folder.path().join("err")).unwrap();
        assert!(
            words.contains(
                "supervisor: couldn't chdir to /no/such: ENOENT\nsupervisor: child process was not spawned\n"
            )
        );
    });
}

#[test]
fn who_does_not_stop_is_killed_with_its_group() {
    isolated("who_does_not_stop_is_killed_with_its_group", || {
        let folder = tempfile::tempdir().unwrap();
        let child = model::Process {
            stopwaitsecs: 1,
            killasgroup: true,
            stdout: heard(),
            ..sh("child", "trap '' TERM; sleep 1000 & echo $!; wait")
        };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child RUNNING").await;
            let grandchild: i32 = loop {
                let last = rig.told.borrow().last().cloned().unwrap_or_default();
                match last.strip_prefix("child stdout: ") {
                    Some(pid) => break pid.parse().unwrap(),
                    None => rig.news.notified().await,
                }
            };
            let reply = rig.ask(Request::Stop { target: target("child"), wait: true }).await;
            assert_eq!(reply, Reply::Done);
            assert!(rig.log().contains("WARN killing 'child' ("), "{}", rig.log());
            assert!(rig.log().contains("WARN stopped: child (terminated by SIGKILL)"), "{}", rig.log());
            let grandchild = rustix::process::Pid::from_raw(grandchild).unwrap();
            let gone = async {
                while let Ok(state) = fs::read_to_string(format!("/proc/{}/stat", grandchild.as_raw_nonzero())) {
                    if state.contains(") Z ") {
                        break;
                    }
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(DEADLINE, gone).await.unwrap();
        });
    });
}

#[test]
fn auto_logs_are_named_and_cleared() {
    isolated("auto_logs_are_named_and_cleared", || {
        let folder = tempfile::tempdir().unwrap();
        let auto = model::Channel { logfile: ChildLog::Auto, events_enabled: true, ..testing::channel() };
        let child = model::Process { stdout: auto, ..sh("child", "echo one; read x; echo two; read x") };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: one").await;
            let path = rig.driver.child_log(rig.id("child"), Stream::Stdout).unwrap();
            assert!(path.file_name().unwrap().to_str().unwrap().starts_with("child-stdout---supervisor-"));
            assert_eq!(fs::read_to_string(&path).unwrap(), "one\n");
            rig.driver.clear_child_logs(rig.id("child")).unwrap();
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: two").await;
            assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
            assert_eq!(rig.driver.child_log(rig.id("child"), Stream::Stderr), None);
        });
    });
}

#[test]
fn the_files_of_many_auto_logs_are_made_in_time() {
    isolated("the_files_of_many_auto_logs_are_made_in_time", || {
        let folder = tempfile::tempdir().unwrap();
        let auto = || model::Channel { logfile: ChildLog::Auto, ..testing::channel() };
        let quiet = |n| model::Process { stdout: auto(), ..sh(&format!("p{n:03}"), "read x") };
        play((0..150).map(quiet).collect(), folder.path(), async |rig| {
            let logs = || fs::read_dir(folder.path()).unwrap().filter(|entry| is_auto(entry.as_ref().unwrap())).count();
            let last = rig.id("p149");
            while rig.driver.children.borrow().of(last).is_none() {
                tokio::task::yield_now().await;
            }
            let named = rig.driver.child_log(last, Stream::Stdout).unwrap();
            assert!(logs() < 150 && !named.exists());
            assert_eq!(rig.driver.readable_child_log(last, Stream::Stdout).as_ref(), Some(&named));
            assert!(named.exists());
            let all = async {
                while logs() < 150 {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(DEADLINE, all).await.unwrap();
        });
    });
}

#[test]
fn memory_is_given_back_when_nothing_else_comes() {
    isolated("memory_is_given_back_when_nothing_else_comes", || {
        let folder = tempfile::tempdir().unwrap();
        play(vec![sh("child", "read x")], folder.path(), async |rig| {
            rig.until("child RUNNING").await;
            rig.driver.tidy_up_later();
            let given_back = async {
                while rig.driver.untidy.get().is_some() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(DEADLINE, given_back).await.unwrap();
        });
    });
}

fn is_auto(entry: &fs::DirEntry) -> bool {
    entry.file_name().to_string_lossy().contains("---supervisor-")
}

#[test]
fn a_full_disk_is_said_once_and_stops_nothing() {
    isolated("a_full_disk_is_said_once_and_stops_nothing", || {
        let folder = tempfile::tempdir().unwrap();
        let full = model::Channel { logfile_maxbytes: 0, ..logged(Path::new("/dev/full")) };
        let child = model::Process { stdout: full, ..sh("child", "echo one; read x; echo two; read x") };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: one").await;
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: two").await;
            assert_eq!(rig.log().matches("WARN could not write log file /dev/full: ENOSPC").count(), 1);
        });
    });
}

/// Accepts connections on descriptor 0 and tells each who it is.
const ACCEPT: &str = "python3 -c \"import os, socket
listener = socket.socket(fileno=0)
while True: listener.accept()[0].sendall(str(os.getpid()).encode())\"";

fn fastcgi(folder: &Path, count: usize, command: &str) -> Config {
    let url = format!("unix://{}", folder.join("s").display());
    let socket = model::FastCgiSocket { url, owner: None, mode: Some(0o700), backlog: None };
    let processes = (0..count).map(|n| model::Process {
        command: command.into(),
        startsecs: 0,
        startretries: 1,
        ..testing::process(&format!("f{n}"))
    });
    let group = testing::group("f", processes.collect());
    let group = model::Group { kind: model::GroupKind::FastCgi(socket), ..group };
    let supervisord = testing::supervisord(folder);
    Config { supervisord, servers: Vec::new(), rpcinterfaces: Vec::new(), groups: vec![group] }
}

/// Who answers on a socket; nobody if it is closed. To be called where blocking is no harm: the daemon is not needed.
fn answer(folder: &Path) -> Option<i32> {
    use std::io::Read;
    let mut connection = std::os::unix::net::UnixStream::connect(folder.join("s")).ok()?;
    connection.set_read_timeout(Some(DEADLINE)).unwrap();
    let mut text = String::new();
    connection.read_to_string(&mut text).unwrap();
    Some(text.parse().unwrap())
}

#[test]
fn children_share_the_socket_of_their_group() {
    isolated("children_share_the_socket_of_their_group", || {
        if std::process::Command::new("python3").arg("--version").output().is_err() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        run(fastcgi(folder.path(), 2, ACCEPT), async |rig| {
            rig.until("f0 RUNNING").await;
            rig.until("f1 RUNNING").await;
            let (first, second) = (rig.pid("f0"), rig.pid("f1"));
            let who = answer(folder.path()).unwrap();
            assert!(who == first || who == second);
            assert_eq!(rig.driver.write_stdin(rig.id("f0"), b"x"), Err(StdinError::Closed));
            let member = |name: &str| Target::Process { group: "f".into(), name: name.into(), given: name.into() };
            assert_eq!(rig.ask(Request::Stop { target: member("f0"), wait: true }).await, Reply::Done);
            assert_eq!(answer(folder.path()), Some(second));
            // Who crashes finds it open, and whoever has called in the meantime.
            kill(second, rustix::process::Signal::KILL);
            rig.until("f1 EXITED").await;
            rig.until("f1 RUNNING").await;
            assert_eq!(answer(folder.path()), Some(rig.pid("f1")));
            assert_eq!(rig.ask(Request::Stop { target: member("f1"), wait: true }).await, Reply::Done);
            assert_eq!(answer(folder.path()), None);
            let count = |line: &str| rig.log().matches(line).count();
            assert_eq!((count("INFO Creating socket unix://"), count("INFO Closing socket unix://")), (1, 1));
            assert_eq!(rig.ask(Request::Start { target: member("f1"), wait: true }).await, Reply::Done);
            assert_eq!(answer(folder.path()), Some(rig.pid("f1")));
        });
    });
}

#[test]
fn who_is_not_root_becomes_nobody_else() {
    isolated("who_is_not_root_becomes_nobody_else", || {
        if rustix::process::getuid().is_root() {
            nix::unistd::setuid(nix::unistd::Uid::from_raw(65534)).unwrap();
        }
        let folder = tempfile::tempdir().unwrap();
        let errors = folder.path().join("errors");
        let child = model::Process {
            user: Some("root".into()),
            stderr: logged(&errors),
            startretries: 0,
            ..sh("child", "read x")
        };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child FATAL").await;
            let why = "couldn't setuid to 0: Can't drop privilege as nonroot user";
            assert!(rig.log().contains(&format!("INFO spawnerr: {why}")), "{}", rig.log());
            let last_words = format!("supervisor: {why}\nsupervisor: child process was not spawned\n");
            assert_eq!(fs::read_to_string(&errors).unwrap(), last_words);
        });
    });
}

#[test]
fn a_socket_that_cannot_be_opened_is_a_failed_start() {
    isolated("a_socket_that_cannot_be_opened_is_a_failed_start", || {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("s")).unwrap();
        run(fastcgi(folder.path(), 1, "sleep 1000"), async |rig| {
            rig.until("f0 BACKOFF").await;
            let line = "INFO spawnerr: Could not create FastCGI socket unix://";
            assert!(rig.log().contains(line), "{}", rig.log());
            let mut other = fastcgi(folder.path(), 1, "sleep 1000").groups.remove(0);
            other.name = "other".into();
            let reply = rig.ask(Request::AddGroup(Box::new(other))).await;
            assert!(
                matches!(&reply, Reply::Fault(Fault::Failed(why)) if why.contains("Could not create")),
                "{reply:?}"
            );
            assert!(rig.driver.fleet().group("other").is_none());
            fs::remove_dir(folder.path().join("s")).unwrap();
            rig.until("f0 RUNNING").await;
        });
    });
}

#[test]
fn our_own_output_is_a_log_whatever_it_is() {
    use std::io::{Read, Seek};
    isolated("our_own_output_is_a_log_whatever_it_is", || {
        let folder = tempfile::tempdir().unwrap();
        let (socket, their_socket) = std::os::unix::net::UnixStream::pair().unwrap();
        let (pipe, their_pipe) = std::io::pipe().unwrap();
        let mut file = fs::File::create_new(folder.path().join("file")).unwrap();
        let their_file = file.try_clone().unwrap();
        let ours: [(OwnedFd, OwnedFd); 2] = [(socket.into(), their_socket.into()), (pipe.into(), their_pipe.into())];
        for maxbytes in [0, 4] {
            let all = ours.iter().map(|(_, theirs)| theirs.as_fd()).chain([their_file.as_fd()]);
            for theirs in all {
                with_stdout(theirs, || {
                    let stdout = model::Channel { logfile_maxbytes: maxbytes, ..logged(Path::new("/dev/stdout")) };
                    let child = model::Process { stdout, ..sh("child", "echo one; read x; echo two") };
                    play(vec![child], folder.path(), async |rig| {
                        rig.until("child stdout: one").await;
                        rig.driver.clear_child_logs(rig.id("child")).unwrap();
                        rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
                        rig.until("child EXITED").await;
                        assert!(!rig.log().contains("WARN could not"), "{}", rig.log());
                    });
                });
            }
        }
        file.rewind().unwrap();
        let readers = ours.into_iter().map(|(ours, _)| fs::File::from(ours)).chain([file]);
        for mut reader in readers {
            let mut text = String::new();
            reader.read_to_string(&mut text).unwrap();
            assert_eq!(text, "one\ntwo\none\ntwo\n");
        }
        assert!(Path::new("/dev/stdout").exists() && !Path::new("/dev/stdout.1").exists());
    });
}

/// With another standard output.
fn with_stdout(other: BorrowedFd<'_>, act: impl FnOnce()) {
    let former = rustix::io::fcntl_dupfd_cloexec(stdout(), 3).unwrap();
    dup2_stdout(other).unwrap();
    act();
    dup2_stdout(former).unwrap();
}

#[test]
fn input_waits_until_it_is_read() {
    isolated("input_waits_until_it_is_read", || {
        let folder = tempfile::tempdir().unwrap();
        let reader = model::Process { stdout: heard(), ..sh("reader", "echo ready; head -c 300000 | wc -c") };
        let deaf = model::Process { stdout: heard(), ..sh("deaf", "exec 0<&-; echo deaf; exec sleep 1000") };
        play(vec![deaf, reader], folder.path(), async |rig| {
            rig.until("deaf stdout: deaf").await;
            assert_eq!(rig.driver.write_stdin(rig.id("deaf"), b"x"), Err(StdinError::Closed));
            for _ in 0..3 {
                rig.driver.write_stdin(rig.id("reader"), &vec![b'x'; 100_000]).unwrap();
            }
            rig.until("reader EXITED").await;
            assert!(rig.told.borrow().iter().any(|line| line == "reader stdout: 300000"), "{:?}", rig.told.borrow());
        });
    });
}

#[test]
fn listeners_get_events_as_fast_as_they_read() {
    isolated("listeners_get_events_as_fast_as_they_read", || {
        let folder = tempfile::tempdir().unwrap();
        let script = "echo READY; read -r header; head -c ${header##*len:} | wc -c >&2; printf 'RESULT 8\\n\\033[1mFAIL'; read x";
        let out = logged(&folder.path().join("out"));
        let reader = model::Process { stdout: out, stderr: heard(), ..sh("reader", script) };
        let deaf = sh("deaf", "exec 0<&-; echo READY; exec sleep 1000");
        let pool =
            |process: model::Process| testing::pool(&process.name.clone(), &["REMOTE_COMMUNICATION"], 1, vec![process]);
        let groups = vec![pool(reader), pool(deaf)];
        let options = testing::supervisord(folder.path());
        let supervisord = model::Supervisord { loglevel: LogLevel::Debug, strip_ansi: true, ..options };
        let config = Config { supervisord, servers: Vec::new(), rpcinterfaces: Vec::new(), groups };
        run(config, async |rig| {
            rig.until("reader RUNNING").await;
            rig.driver.emit(Event::Remote { kind: "big".into(), data: "x".repeat(300_000) });
            rig.until("reader stderr: 300009").await;
            let lines = [
                "DEBG reader: ACKNOWLEDGED -> READY",
                "DEBG event 0 sent to listener reader",
                "WARN reader: event was rejected",
                "DEBG rebuffering event 0 for pool reader (buf size=0, max=1)",
                "DEBG epipe occurred while sending event 0 to listener deaf, listener state unchanged",
            ];
            let said = async {
                while !lines.iter().all(|line| rig.log().contains(line)) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            assert!(tokio::time::timeout(DEADLINE, said).await.is_ok(), "{}", rig.log());
            assert!(rig.log().contains("DEBG 'reader' stdout output:\nb'READY\\n'"), "{}", rig.log());
        });
        assert_eq!(fs::read_to_string(folder.path().join("out")).unwrap(), "READY\nRESULT 8\nFAIL");
    });
}

#[test]
fn strangers_are_taken_in() {
    isolated("strangers_are_taken_in", || {
        let folder = tempfile::tempdir().unwrap();
        rustix::process::set_child_subreaper(Some(rustix::process::Pid::INIT)).unwrap();
        let child = sh("child", "(true &); exec sleep 1000");
        play(vec![child], folder.path(), async |rig| {
            rig.until("child RUNNING").await;
            let reaped = async {
                while !rig.log().contains("INFO reaped unknown pid") {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(DEADLINE, reaped).await.unwrap();
        });
    });
}

#[test]
fn who_has_ended_before_is_taken_in_first() {
    isolated("who_has_ended_before_is_taken_in_first", || {
        let folder = tempfile::tempdir().unwrap();
        let stranger = std::process::Command::new("true").spawn().unwrap().id();
        until_zombie(stranger);
        play(vec![sh("child", "true")], folder.path(), async |rig| {
            rig.until("child EXITED").await;
            let log = rig.log();
            let reaped = log.find(&format!("INFO reaped unknown pid {stranger} (exit status 0)"));
            assert!(reaped.is_some_and(|at| at < log.find("INFO spawned").unwrap()), "{log}");
        });
    });
}

#[test]
fn who_ends_with_others_is_taken_in_though_its_outputs_stay_open() {
    isolated("who_ends_with_others_is_taken_in_though_its_outputs_stay_open", || {
        let folder = tempfile::tempdir().unwrap();
        let silent = sh("silent", "exec >&- 2>&-; exec sleep 1000");
        let open = sh("open", "sleep 1000 & exec sleep 1000");
        play(vec![silent, open], folder.path(), async |rig| {
            let is_silent = |name| rig.driver.children.borrow().is_silent(rig.id(name));
            faults::in_time("end of outputs", || is_silent("silent")).await;
            let (silent, open) = (rig.pid("silent"), rig.pid("open"));
            for pid in [silent, open] {
                kill(pid, rustix::process::Signal::KILL);
                until_zombie(pid.cast_unsigned());
            }
            // One signal tells of both, and the first is known by name.
            rig.until("silent EXITED").await;
            rig.until("open EXITED").await;
            sys::kill(open, true, nix::libc::SIGKILL).unwrap();
        });
    });
}

/// Waits until a child has ended, and leaves it to others to take it in.
fn until_zombie(pid: u32) {
    let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
    let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::Pid(pid), options).unwrap();
}

#[test]
fn a_child_becomes_its_user() {
    isolated("a_child_becomes_its_user", || {
        if !rustix::process::getuid().is_root() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let child = model::Process {
            user: Some("nobody".into()),
            directory: Some("/".into()),
            stdout: heard(),
            ..sh("child", "id -un; read x; id -G; read x")
        };
        fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
        let denied = model::Process {
            user: Some("nobody".into()),
            directory: Some(folder.path().to_str().unwrap().into()),
            startretries: 0,
            ..sh("denied", "true")
        };
        play(vec![child, denied], folder.path(), async |rig| {
            rig.until("denied FATAL").await;
            rig.until("child stdout: nobody").await;
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: 65534").await;
            let line = format!("spawnerr: couldn't chdir to {}: EACCES", folder.path().display());
            assert!(rig.log().contains(&line), "{}", rig.log());
        });
    });
}

#[test]
fn a_flood_is_logged_whole() {
    isolated("a_flood_is_logged_whole", || {
        let folder = tempfile::tempdir().unwrap();
        let flood = |name: &str, script: &str| {
            let stdout = model::Channel { logfile_maxbytes: 0, ..logged(&folder.path().join(name)) };
            let stdout = model::Channel { events_enabled: false, ..stdout };
            model::Process { stdout, ..sh(name, script) }
        };
        let blocks = flood("blocks", "seq 1 200000");
        let lines = flood("lines", "for n in $(seq 1 20000); do echo $n; done; sleep 0.1; echo 20001; sleep 0.1");
        play(vec![blocks, lines], folder.path(), async |rig| rig.until("lines EXITED").await);
        let numbers = |name: &str| {
            let text = fs::read_to_string(folder.path().join(name)).unwrap();
            text.lines().map(|line| line.parse::<u32>().unwrap()).collect::<Vec<_>>()
        };
        assert!(numbers("blocks").into_iter().eq(1..=200_000));
        assert!(numbers("lines").into_iter().eq(1..=20_001));
    });
}

/// Control servers that serve nobody: they carry out a script in each life.
struct Plan {
    script: Rc<dyn Fn(usize, Rc<dyn Control>)>,
    lives: usize,
    closed: Rc<Cell<usize>>,
}

impl Servers for Plan {
    fn open(&mut self, config: &Config, log: &mut dyn FnMut(LogLevel, &str)) -> Result<(), String> {
        log(LogLevel::Info, &format!("opened for {}", config.supervisord.identifier));
        if config.supervisord.identifier == "bad" { Err("bad identifier".to_owned()) } else { Ok(()) }
    }

    fn serve(&mut self, control: Rc<dyn Control>) {
        self.lives += 1;
        (self.script)(self.lives, control);
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        self.closed.set(self.closed.get() + 1);
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn a_daemon_lives_again_with_what_is_configured_then() {
    isolated("a_daemon_lives_again_with_what_is_configured_then", || {
        let folder = tempfile::tempdir().unwrap();
        let stale = folder.path().join("x-stdout---supervisor-abcdefgh.log");
        fs::write(&stale, "").unwrap();
        let supervisord = testing::supervisord(folder.path());
        let group = testing::group("cat", vec![testing::process("cat")]);
        let config = Config { supervisord, servers: Vec::new(), rpcinterfaces: Vec::new(), groups: vec![group] };
        let identifiers = Cell::new(["second", "bad"].iter());
        let again = config.clone();
        let reader = move || {
            let mut left = identifiers.take();
            let identifier = (*left.next().ok_or("no more of them")?).to_owned();
            identifiers.set(left);
            let mut config = again.clone();
            config.supervisord.identifier = identifier;
            Ok(Reading { config, notes: vec![(LogLevel::Warn, "read again".into())] })
        };
        let pidfile = folder.path().join("supervisord.pid");
        let file = pidfile.clone();
        let plan = move |life: usize, control: Rc<dyn Control>| {
            assert_eq!(fs::read_to_string(&file).unwrap(), format!("{}\n", control.pid()));
            let identifier = control.config().supervisord.identifier.clone();
            assert_eq!(identifier, ["supervisor", "second", "second", "second"][life - 1]);
            tokio::task::spawn_local(async move {
                let request = if life < 4 { Request::Restart } else { Request::Shutdown };
                assert_eq!(control.submit(request).await, Ok(Reply::Done));
            });
        };
        let closed = Rc::<Cell<usize>>::default();
        let servers = Plan { script: Rc::new(plan), lives: 0, closed: Rc::clone(&closed) };
        let notes = [(LogLevel::Info, "well"), (LogLevel::Warn, "read"), (LogLevel::Critical, "grave")];
        let notes = notes.map(|(level, text)| (level, text.to_owned())).to_vec();
        let reading = Reading { config, notes };
        let (reader, servers) = (Box::new(reader), Box::new(servers));
        let (stdout, syslog) = (Box::new(std::io::sink()), Syslog::new("/no/such"));
        daemon::run(Launch { reading, reader, servers, stdout, syslog }).unwrap();
        assert!(!pidfile.exists() && !stale.exists());
        assert_eq!(closed.get(), 4);
        let log = fs::read_to_string(folder.path().join("supervisord.log")).unwrap();
        let count = |text: &str| log.matches(text).count();
        let lines: Vec<_> = log.lines().filter_map(|line| line.get(24..)).collect();
        let at = |text: &str| lines.iter().position(|line| *line == text);
        assert!(at("CRIT grave") < at("WARN read") && at("WARN read") < at("INFO well"), "{log}");
        assert_eq!((count("WARN read\n"), count("WARN read again\n"), count("INFO supervisord started")), (1, 2, 4));
        assert_eq!((count("keeping the former one: bad identifier"), count("keeping the former one: no more")), (1, 1));
        assert_eq!(count("spawned: 'cat'"), 4, "{log}");
    });
}

#[test]
fn signals_stop_and_reopen() {
    isolated("signals_stop_and_reopen", || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("out");
        let us = i32::try_from(std::process::id()).unwrap();
        let child = model::Process { stdout: logged(&path), ..sh("child", "echo one; read x; echo two; read x") };
        play(vec![child], folder.path(), async |rig| {
            rig.until("child stdout: one").await;
            fs::rename(&path, folder.path().join("old")).unwrap();
            fs::rename(rig.driver.main_log().unwrap(), folder.path().join("main.old")).unwrap();
            kill(us, rustix::process::Signal::USR2);
            let reopened = async {
                while !path.exists() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            };
            tokio::time::timeout(DEADLINE, reopened).await.unwrap();
            rig.driver.write_stdin(rig.id("child"), b"go\n").unwrap();
            rig.until("child stdout: two").await;
            kill(us, rustix::process::Signal::TERM);
            rig.until("SUPERVISOR_STATE_CHANGE_STOPPING").await;
            assert!(rig.log().contains("WARN received SIGTERM indicating exit request"));
            assert!(!rig.log().contains("reopen"), "{}", rig.log());
        });
        let main = fs::read_to_string(folder.path().join("main.old")).unwrap();
        assert!(main.ends_with("INFO supervisord logreopen\n"), "{main}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
    });
}
