//! zdaemon in trouble: programs that are missing, die, hang, fork away or flood; disks that are full; sockets that are
//! stale, foreign or too long; managers that are killed. No output is lost, and nothing is left running unsaid.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::pty::Pty;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let tests: &[(&str, Test)] = &[
        ("a_missing_program_is_named", missing_program),
        ("a_program_that_dies_at_once_is_told_with_its_last_words", dies_at_once),
        ("a_transcript_that_cannot_be_written_is_named", unwritable_transcript),
        ("a_socket_path_that_is_too_long_is_refused", long_socket),
        ("a_stale_socket_is_replaced", stale_socket),
        ("who_is_killed_in_mid_start_leaves_a_program_that_is_told_of", killed_in_mid_start),
        ("what_runs_without_a_manager_is_told_of", orphans),
        ("signals_that_the_caller_ignores_reach_the_program", ignored_signals),
        ("who_has_ended_writes_no_more", nobody_writes),
        ("a_program_that_ignores_sigterm_is_killed", ignores_term),
        ("what_a_program_leaves_behind_is_told_and_its_output_kept", forks_away),
        ("a_full_disk_stops_nobody", full_disk),
        ("of_many_starts_one_wins", many_starts),
        ("no_line_is_lost_when_the_transcript_is_reopened", reopened),
        ("clients_that_say_nothing_or_nonsense_keep_nobody", strange_clients),
        ("a_signal_ends_the_manager_and_leaves_the_program", signalled),
        ("on_a_terminal_there_is_a_shell", shell),
    ];
    let mut trials: Vec<Trial> =
        tests.iter().map(|(name, test)| Trial::test(format!("zdaemon::{name}"), *test)).collect();
    let foreign = Trial::test("zdaemon::the_socket_of_another_user_is_left_alone", foreign_socket);
    trials.push(foreign.with_ignored_flag(!can_be_nobody()));
    trials
}

/// A test.
type Test = fn() -> Outcome;

const DEADLINE: Duration = Duration::from_secs(30);

/// A folder with a configuration: keys of `<runner>` besides the socket, and whether there is an event log.
fn folder(runner: &str) -> Result<Scratch, Failed> {
    let scratch = Scratch::new();
    let text = format!(
        "<runner>\n  socket-name {0}/s\n  directory {0}\n{runner}\n</runner>\n<eventlog>\n  <logfile>\n    path {0}/events\n    \
         format %(levelname)s %(message)s\n  </logfile>\n</eventlog>\n",
        scratch.path().display()
    );
    fs::write(scratch.path().join("conf"), text)?;
    Ok(scratch)
}

fn command(folder: &Path, words: &[&str]) -> Command {
    let mut command = Command::new(recipe());
    command.args(["zdaemon", "-C", "conf"]).args(words).current_dir(folder).stdin(Stdio::null());
    command
}

/// The exit status, the standard output without dots, and the standard error.
fn zdaemon(scratch: &Scratch, words: &[&str]) -> Result<(i32, String, String), Failed> {
    let output = command(&scratch.path(), words).output()?;
    Ok(said(&output))
}

fn said(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let out = text(&output.stdout).replace(". ", "");
    (output.status.code().unwrap_or(-1), out.trim().to_owned(), text(&output.stderr).trim().to_owned())
}

fn expect(what: &str, is_so: bool, told: impl std::fmt::Debug) -> Outcome {
    if is_so { Ok(()) } else { Err(format!("{what}: {told:?}").into()) }
}

fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Outcome {
    let deadline = Instant::now() + DEADLINE;
    while !is_so() {
        if Instant::now() > deadline {
            return Err(format!("it does not happen: {what}").into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

fn read(scratch: &Scratch, name: &str) -> String {
    fs::read_to_string(scratch.path().join(name)).unwrap_or_default()
}

/// A value of the raw status.
fn status(scratch: &Scratch, key: &str) -> Result<String, Failed> {
    let (_, out, _) = zdaemon(scratch, &["status", "-l"])?;
    let value = out.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='));
    value.map(str::to_owned).ok_or_else(|| format!("no {key} in {out}").into())
}

fn kill(signal: &str, pid: &str) -> Outcome {
    let killed = Command::new("kill").args([signal, pid]).status()?;
    expect("kill", killed.success(), pid)
}

fn start(scratch: &Scratch) -> Outcome {
    let told = zdaemon(scratch, &["start"])?;
    expect("started", told.0 == 0 && told.1.starts_with("daemon process started, pid="), told)
}

fn missing_program() -> Outcome {
    let scratch = folder("program no-such-program")?;
    let (code, out, err) = zdaemon(&scratch, &["start"])?;
    let named = err.starts_with("Error: can't find program 'no-such-program' on PATH [");
    expect("named", code == 1 && out == "daemon manager not running" && named, (code, out, err))?;
    expect("no socket", !scratch.path().join("s").exists(), ())
}

fn dies_at_once() -> Outcome {
    let scratch = folder("program [\"sh\", \"-c\", \"echo last words; exit 3\"]\nbackoff-limit 1\ntranscript log")?;
    let told = zdaemon(&scratch, &["start"])?;
    expect("told", told == (1, "daemon manager not running".to_owned(), String::new()), &told)?;
    expect("kept", read(&scratch, "log") == "last words\n", read(&scratch, "log"))?;
    let events = read(&scratch, "events");
    let is_told = events.contains("exit status 3") && events.contains("CRITICAL restarting too frequently; quit");
    expect("logged", is_told, events)
}

fn unwritable_transcript() -> Outcome {
    let scratch = folder("program sleep 1000\ntranscript .")?;
    let (code, out, err) = zdaemon(&scratch, &["start"])?;
    let named = err.starts_with("Error: cannot open transcript: [Errno 21] Is a directory: '/");
    expect("named", code == 1 && out == "daemon manager not running" && named, (code, out, err))
}

fn long_socket() -> Outcome {
    let scratch = folder("program sleep 1000")?;
    let socket = scratch.path().join("s".repeat(108 - scratch.path().as_os_str().len()));
    let (code, out, err) = zdaemon(&scratch, &["-s", &socket.to_string_lossy(), "start"])?;
    let named = err.contains("bytes, the system takes 107: '/");
    expect("named", code == 1 && out == "daemon manager not running" && named, (code, out, err))
}

fn stale_socket() -> Outcome {
    let scratch = folder("program sleep 86403")?;
    let socket = scratch.path().join("s");
    drop(UnixListener::bind(&socket)?);
    let (code, out, err) = zdaemon(&scratch, &["start"])?;
    let named = err == format!("Unlinking stale socket {}; sleep 1", socket.display());
    expect("replaced", code == 0 && out.starts_with("daemon process started") && named, (code, out, err))?;
    expect("logged", read(&scratch, "events").contains("WARNING Unlinking stale socket"), ())?;
    fs::remove_file(&socket)?;
    fs::write(&socket, "precious")?;
    let (code, _, err) = zdaemon(&scratch, &["start"])?;
    expect("left alone", code == 1 && err.contains("is no socket") && read(&scratch, "s") == "precious", (code, err))
}

const NOBODY: [&str; 3] = ["--reuid=65534", "--regid=65534", "--clear-groups"];

fn can_be_nobody() -> bool {
    let told = Command::new("setpriv").args(NOBODY).arg(recipe()).arg("--version").output();
    told.is_ok_and(|output| output.status.success())
}

fn foreign_socket() -> Outcome {
    let scratch = folder("program sleep 1000\ntranscript log")?;
    fs::set_permissions(scratch.path(), fs::Permissions::from_mode(0o777))?;
    start(&scratch)?;
    fs::remove_file(scratch.path().join("events"))?;
    let as_nobody = |word: &str| -> Result<_, Failed> {
        let mut command = Command::new("setpriv");
        command.args(NOBODY).arg(recipe()).args(["zdaemon", "-C", "conf", "-t", "/dev/null", word]);
        Ok(said(&command.current_dir(scratch.path()).stdin(Stdio::null()).output()?))
    };
    let (code, out, err) = as_nobody("status")?;
    let named = err.contains("/s: permission denied");
    expect("told", code == 3 && out == "daemon manager not running" && named, (code, out, err))?;
    let (code, out, err) = as_nobody("start")?;
    let named = err.contains("cannot use socket '/") && err.contains("[Errno 13] Permission denied");
    expect("refused", code == 1 && out == "daemon manager not running" && named, (code, out, err))?;
    expect("it lives", status(&scratch, "status")? == "running", ())
}

fn killed_in_mid_start() -> Outcome {
    let scratch = folder("program sleep 1000\nstart-test-program false\ntranscript log")?;
    let starting = command(&scratch.path(), &["start"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    until("it tests", || status(&scratch, "testing").is_ok_and(|testing| testing == "1"))?;
    let (manager, program) = (status(&scratch, "manager")?, status(&scratch, "application")?);
    kill("-9", &manager)?;
    let line = format!("still running without a manager: {program} (sleep)");
    let told = said(&starting.wait_with_output()?);
    expect("told", told == (1, "daemon manager not running".to_owned(), line.clone()), &told)?;
    let conf = read(&scratch, "conf").replace("start-test-program false\n", "");
    fs::write(scratch.path().join("conf"), conf)?;
    let (code, out, err) = zdaemon(&scratch, &["start"])?;
    let named = err.starts_with("Unlinking stale socket ") && err.lines().any(|told| told == line);
    expect("told later", code == 0 && named, (code, out, err))?;
    expect("logged", read(&scratch, "events").contains(&line), ())
}

/// Whatever became of the socket, and whatever the program has made of itself.
fn orphans() -> Outcome {
    let scratch = folder("program [\"sh\", \"-c\", \"sleep 1000 & exec sleep 2000\"]")?;
    start(&scratch)?;
    let (manager, first) = (status(&scratch, "manager")?, status(&scratch, "application")?);
    fs::remove_file(scratch.path().join("s"))?;
    let (code, out, err) = zdaemon(&scratch, &["start"])?;
    let line = format!("still running under the manager {manager}, which has lost its socket: ");
    let named = err.starts_with(&line) && err.contains(&format!("{first} (sleep)"));
    expect("another", code == 0 && named, (code, out, err))?;
    kill("-9", &manager)?;
    zdaemon(&scratch, &["stop"])?;
    for (words, status) in [("status", 3), ("stop", 0), ("kill", 0), ("reopen_transcript", 0)] {
        let (code, out, err) = zdaemon(&scratch, &[words])?;
        let all = err.strip_prefix("still running without a manager: ").unwrap_or_default();
        let named = all.contains(&format!("{first} (sleep)")) && err.matches("(sleep)").count() >= 2;
        expect(words, code == status && out.ends_with(" not running") && named, (code, out, err))?;
    }
    Ok(())
}

/// What was started with `nohup` or from a shell that ignores signals is told and ended by them.
fn ignored_signals() -> Outcome {
    let scratch =
        folder("program [\"sh\", \"-c\", \"grep SigIgn /proc/self/status; exec sleep 1000\"]\ntranscript log")?;
    let line = format!("trap '' HUP INT TERM; exec '{}' zdaemon -C conf start", recipe().display());
    let output = Command::new("sh").args(["-c", &line]).current_dir(scratch.path()).stdin(Stdio::null()).output()?;
    expect("started", output.status.success(), said(&output))?;
    until("it told", || read(&scratch, "log").ends_with('\n'))?;
    let ignored = read(&scratch, "log").split_whitespace().last().unwrap_or_default().to_owned();
    let ignored = u64::from_str_radix(&ignored, 16)?;
    let bits = [1, 2, 15].iter().fold(0, |bits, signal| bits | 1_u64 << (signal - 1));
    expect("heeded", ignored & bits == 0, format!("{ignored:x}"))?;
    zdaemon(&scratch, &["stop"])?;
    expect("by SIGTERM", read(&scratch, "events").contains("terminated by SIGTERM"), read(&scratch, "events"))
}

/// A program that has just ended is nobody who still writes.
fn nobody_writes() -> Outcome {
    let scratch = folder("program sh -c exit\ntranscript log")?;
    for _ in 0..5 {
        zdaemon(&scratch, &["start"])?;
    }
    expect("no copier", !read(&scratch, "events").contains("others still write"), read(&scratch, "events"))
}

fn ignores_term() -> Outcome {
    let script = "trap '' TERM; echo ready; while :; do sleep 1; done";
    let scratch = folder(&format!("program [\"sh\", \"-c\", \"{script}\"]\nstop-timeout 1\ntranscript log"))?;
    start(&scratch)?;
    until("it is ready", || read(&scratch, "log") == "ready\n")?;
    let told = zdaemon(&scratch, &["stop"])?;
    expect("stopped", told == (0, "daemon process stopped".to_owned(), String::new()), &told)?;
    expect("killed", read(&scratch, "events").contains("terminated by SIGKILL"), read(&scratch, "events"))
}

fn forks_away() -> Outcome {
    let script = "(until [ -e go ]; do sleep 0.05; done; echo late) & echo early; exec sleep 0.3";
    let scratch = folder(&format!("program [\"sh\", \"-c\", \"{script}\"]\ntranscript log"))?;
    start(&scratch)?;
    until("the manager leaves", || !scratch.path().join("s").exists())?;
    let events = read(&scratch, "events");
    let is_told = events.contains("WARNING processes that the program left behind are still running: ")
        && events.contains(" (sh)")
        && events.contains("WARNING others still write to the transcript; it is copied until they end");
    expect("told", is_told, events)?;
    expect("early", read(&scratch, "log") == "early\n", read(&scratch, "log"))?;
    fs::write(scratch.path().join("go"), "")?;
    until("it is late", || read(&scratch, "log") == "early\nlate\n")
}

fn full_disk() -> Outcome {
    let script = "head -c 1000000 /dev/zero; touch done; exec sleep 1000";
    let scratch = folder(&format!("program [\"sh\", \"-c\", \"{script}\"]\ntranscript /dev/full"))?;
    start(&scratch)?;
    until("the program goes on", || scratch.path().join("done").exists())?;
    let wanted = "WARNING could not write the transcript: ENOSPC";
    until("it is told", || read(&scratch, "events").contains(wanted))?;
    let told = zdaemon(&scratch, &["stop"])?;
    expect("stopped", told.0 == 0 && told.1 == "daemon process stopped", told)
}

fn many_starts() -> Outcome {
    let scratch = folder("program sleep 86402")?;
    // One that is stale makes it harder.
    drop(UnixListener::bind(scratch.path().join("s"))?);
    let start = || command(&scratch.path(), &["start"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let children: Vec<Child> = (0..6).map(|_| start()).collect::<Result<_, _>>()?;
    let told: Vec<_> = children
        .into_iter()
        .map(|child| child.wait_with_output().map(|output| said(&output)))
        .collect::<Result<_, _>>()?;
    let pid = status(&scratch, "application")?;
    for told in &told {
        let is_one = told.0 == 0 && told.1.ends_with(&format!("pid={pid}"));
        expect("all say the same", is_one, told)?;
    }
    let running = processes().into_iter().filter(|(_, line)| line == "sleep 86402").count();
    expect("one runs", running == 1, running)
}

/// Processes and their command lines.
fn processes() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let line = |path: &Path| fs::read_to_string(path.join("cmdline")).unwrap_or_default().replace('\0', " ");
    entries.map(|entry| (entry.path(), line(&entry.path()).trim().to_owned())).collect()
}

fn reopened() -> Outcome {
    let script = "i=0; while [ $$i -lt 20000 ]; do echo $$i; i=$$((i + 1)); done; touch done; exec sleep 1000";
    let scratch = folder(&format!("program [\"sh\", \"-c\", \"{script}\"]\ntranscript log"))?;
    let starting = command(&scratch.path(), &["start"]).stdout(Stdio::piped()).spawn()?;
    until("it runs", || scratch.path().join("s").exists())?;
    let mut parts = Vec::new();
    while !scratch.path().join("done").exists() {
        let name = format!("log.{}", parts.len());
        if fs::rename(scratch.path().join("log"), scratch.path().join(&name)).is_ok() {
            parts.push(name);
        }
        zdaemon(&scratch, &["reopen_transcript"])?;
    }
    let told = said(&starting.wait_with_output()?);
    expect("started", told.0 == 0, told)?;
    zdaemon(&scratch, &["stop"])?;
    parts.push("log".to_owned());
    let text: String = parts.iter().map(|name| read(&scratch, name)).collect();
    let wanted = (0..20000).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
    expect("all lines, in order", text == wanted && parts.len() > 2, (parts.len(), text.len(), wanted.len()))
}

fn strange_clients() -> Outcome {
    let scratch = folder("program sleep 1000")?;
    start(&scratch)?;
    let connect = || UnixStream::connect(scratch.path().join("s"));
    let silent: Vec<UnixStream> = (0..40).map(|_| connect()).collect::<Result<_, _>>()?;
    expect("it answers", status(&scratch, "status")? == "running", ())?;
    let mut first = String::new();
    (&silent[0]).read_to_string(&mut first)?;
    expect("superseded", first == "Command superseded by new command\n", first)?;
    for (sent, answer) in [
        (&b"help\n"[..], "Unknown command 'help'; 'help' for a list\n"),
        (b"\n", "Empty command\n"),
        (b"kill nine\n", "Bad signal 'nine'\n"),
        (b"kill 0\n", "Signal 0 sent\n"),
        (b"kill 999\n", "Kill 999 failed: [Errno 22] Invalid argument\n"),
        (b"\xff\xfe", "Command not terminated by newline\n"),
        ("x".repeat(20_000).as_bytes(), "Command exceeds 10 KB\n"),
    ] {
        let mut client = connect()?;
        // It may have its answer before all was sent.
        let _ = client.write_all(sent);
        let _ = client.shutdown(std::net::Shutdown::Write);
        let mut told = String::new();
        let _ = client.read_to_string(&mut told);
        expect("answer", told == answer, (answer, told))?;
    }
    expect("it still answers", status(&scratch, "status")? == "running", ())
}

fn signalled() -> Outcome {
    let scratch = folder("program sleep 1000\ntranscript log")?;
    start(&scratch)?;
    let (manager, program) = (status(&scratch, "manager")?, status(&scratch, "application")?);
    kill("-HUP", &manager)?;
    until("the manager leaves", || !scratch.path().join("s").exists())?;
    let events = read(&scratch, "events");
    let is_told = events.contains("CRITICAL daemon manager killed by SIGHUP")
        && events.contains(&format!("WARNING the program is left running, pid={program}"));
    expect("told", is_told, events)?;
    kill("-9", &program)
}

fn shell() -> Outcome {
    let scratch = folder("program sleep 1000")?;
    let mut pty = Pty::start(&recipe(), &["zdaemon", "-C", "conf"], &scratch.path(), "dumb")?;
    pty.expect("program: sleep 1000\ndaemon manager not running\nzdaemon> ")?;
    pty.send("start\n")?;
    pty.expect("daemon process started, pid=")?;
    pty.expect("zdaemon> ")?;
    pty.send("stop\n")?;
    pty.expect("daemon process stopped\nzdaemon> ")?;
    pty.send("\x04")?;
    let (status, shown) = pty.end()?;
    expect("left", status.success(), shown)?;
    let conf = read(&scratch, "conf").replace("</runner>", "default-to-interactive off\n</runner>");
    fs::write(scratch.path().join("conf"), conf)?;
    let mut pty = Pty::start(&recipe(), &["zdaemon", "-C", "conf"], &scratch.path(), "dumb")?;
    pty.expect("Error: an action argument is required\nFor help, use zdaemon -h\n")?;
    let (status, _) = pty.end()?;
    expect("refused", status.code() == Some(2), status)
}
