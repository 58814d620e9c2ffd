//! Commands against a daemon that answers by rote, over a real socket.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

use super::*;
use crate::client::console::Console;
use crate::client::supervisorctl::{PATIENCE, Settings};
use crate::client::transport::Server;
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::{Call, Value, read_call, write_fault, write_response};

type Script = fn(&Call) -> Result<Value, Fault>;

/// Answers calls on a socket for as long as the test runs.
fn daemon(path: &Path, script: Script) {
    let listener = UnixListener::bind(path).unwrap();
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            std::thread::spawn(move || while answer(&stream, script).is_some() {});
        }
    });
}

fn answer(stream: &UnixStream, script: Script) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|count| *count > 0)?;
        if let Some(digits) = line.strip_prefix("Content-Length: ") {
            length = digits.trim().parse().unwrap();
        }
        if line == "\r\n" {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let call = read_call(std::str::from_utf8(&body).unwrap()).unwrap();
    let text = match script(&call) {
        Ok(value) => write_response(value).collect(),
        Err(fault) => write_fault(&fault),
    };
    write!(&*stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{text}", text.len()).ok()
}

/// What a line writes, and its exit status. The user types `input`.
fn run_with(script: Option<Script>, line: &str, input: Option<&str>) -> (String, u8) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    if let Some(script) = script {
        daemon(&path, script);
    }
    let server = Server { url: format!("unix://{}", path.display()), username: None, password: None };
    let settings = Settings {
        server,
        prompt: String::new(),
        history_file: None,
        interactive: input.is_some(),
        patience: PATIENCE,
    };
    let (reader, mut writer) = std::io::pipe().unwrap();
    writer.write_all(input.unwrap_or_default().as_bytes()).unwrap();
    drop(writer);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut controller = Controller::new(settings, Console::new(&mut out, &mut err, reader.as_fd()));
    controller.run(line);
    let status = controller.exit_status();
    (String::from_utf8(out).unwrap().replace(path.to_str().unwrap(), "S"), status)
}

fn run(script: Script, line: &str) -> (String, u8) {
    run_with(Some(script), line, None)
}

fn info(group: &str, name: &str, state: i64, statename: &str, description: &str) -> Value {
    Value::members([
        ("group", group.into()),
        ("name", name.into()),
        ("state", state.into()),
        ("statename", statename.into()),
        ("pid", i64::from(state == 20).into()),
        ("description", description.into()),
    ])
}

fn status(group: &str, name: &str, status: i64, description: &str) -> Value {
    Value::members([
        ("group", group.into()),
        ("name", name.into()),
        ("status", status.into()),
        ("description", description.into()),
    ])
}

/// A daemon with `cat` that runs and `g:a` that does not.
fn usual(call: &Call) -> Result<Value, Fault> {
    let name = call.params.first().and_then(Value::as_str).unwrap_or_default();
    let names = |names: &[&str]| Value::Array(names.iter().map(|name| (*name).into()).collect());
    Ok(match (call.method.trim_start_matches("supervisor."), name) {
        ("getVersion", _) => "3.0".into(),
        ("getAllProcessInfo", _) => vec![
            info("cat", "cat", 20, "RUNNING", "pid 1, uptime 0:00:01"),
            info("g", "a", 0, "STOPPED", "Not started"),
        ]
        .into(),
        ("getProcessInfo", "cat") => info("cat", "cat", 20, "RUNNING", ""),
        ("startProcess", "cat") => return Err(Fault::with(FaultCode::AlreadyStarted, name)),
        ("startProcess", "g:a") => return Err(Fault::with(FaultCode::SpawnError, name)),
        ("stopProcessGroup", "old" | "g") => vec![status("g", "a", 80, "OK"), status("g", "b", 70, "")].into(),
        ("stopProcessGroup", "stuck") => vec![status("stuck", "x", 30, "FAILED")].into(),
        ("reloadConfig", _) => vec![vec![names(&["new"]), names(&["changed"]), names(&["old", "stuck"])].into()].into(),
        ("stopProcess" | "startProcess", "g:b")
        | ("removeProcessGroup" | "addProcessGroup", "old" | "changed" | "new") => true.into(),
        ("stopProcessGroup", "changed") => Value::Array(vec![]),
        ("readProcessStdoutLog", "cat") => "logged".into(),
        ("readProcessStdoutLog", "g:a") => return Err(FaultCode::NoFile.into()),
        ("shutdown", _) => return Err(FaultCode::ShutdownState.into()),
        _ => return Err(Fault::with(FaultCode::BadName, name)),
    })
}

#[test]
fn states_are_shown_in_columns() {
    let cat = "cat                              RUNNING   pid 1, uptime 0:00:01\n";
    let a = "g:a                              STOPPED   Not started\n";
    assert_eq!(run(usual, "status"), (format!("{cat}{a}"), 3));
    assert_eq!(run(usual, "status cat"), (cat.to_owned(), 0));
    assert_eq!(run(usual, "status g:*"), (a.to_owned(), 3));
    let complaints = "zz: ERROR (no such process)\nq: ERROR (no such group)\n";
    assert_eq!(run(usual, "status zz q:* cat"), (format!("{complaints}{cat}"), 4));
    assert_eq!(run(usual, "pid cat zz"), ("1\nNo such process zz\n".to_owned(), 1));
}

#[test]
fn each_process_has_its_line() {
    assert_eq!(run(usual, "start cat"), ("cat: ERROR (already started)\n".to_owned(), 0));
    let lines = "g:a: ERROR (spawn error)\ng:b: started\nzz: ERROR (no such process)\n";
    assert_eq!(run(usual, "start g:a g:b zz"), (lines.to_owned(), 1));
    assert_eq!(run(usual, "start g:a g:b"), (lines[..38].to_owned(), 7));
    assert_eq!(run(usual, "start zz:*"), ("zz: ERROR (no such group)\n".to_owned(), 2));
    assert_eq!(run(usual, "stop g:*"), ("g:a: stopped\ng:b: ERROR (not running)\n".to_owned(), 0));
    assert_eq!(run(usual, "stop zz:*"), ("zz: ERROR (no such group)\n".to_owned(), 1));
    assert!(run(usual, "start").0.starts_with("Error: start requires a process name\nstart <name>"));
}

#[test]
fn an_update_takes_away_replaces_and_adds() {
    let lines = "old: stopped\nold: removed process group\nstuck: stopped\nstuck: has problems; not removing\n\
                 changed: stopped\nchanged: updated process group\nnew: added process group\n";
    assert_eq!(run(usual, "update"), (lines.to_owned(), 1));
    assert_eq!(run(usual, "update new"), ("new: added process group\n".to_owned(), 0));
    assert_eq!(run(usual, "update zz"), ("ERROR: no such group: zz\n".to_owned(), 1));
    let lines = "changed: changed\nnew: available\nold: disappeared\nstuck: disappeared\n";
    assert_eq!(run(usual, "reread"), (lines.to_owned(), 0));
}

#[test]
fn a_reread_tells_of_a_name_once() {
    let twice = |call: &Call| match &*call.method {
        "supervisor.reloadConfig" => {
            let names = |names: &[&str]| Value::Array(names.iter().map(|name| (*name).into()).collect());
            Ok(vec![vec![names(&["b"]), names(&["b", "a", "b"]), names(&["e", "a"])].into()].into())
        }
        _ => usual(call),
    };
    assert_eq!(run(twice, "reread"), ("a: disappeared\nb: changed\ne: disappeared\n".to_owned(), 0));
}

#[test]
fn logs_are_shown_or_missed() {
    assert_eq!(run(usual, "tail cat"), ("logged\n".to_owned(), 0));
    assert_eq!(run(usual, "tail g:a"), ("g:a: ERROR (no log file)\n".to_owned(), 1));
    assert_eq!(run(usual, "tail zz"), ("zz: ERROR (no such process name)\n".to_owned(), 1));
    assert_eq!(run(usual, "tail cat nowhere"), ("Error: bad channel 'nowhere'\n".to_owned(), 1));
    assert_eq!(run(usual, "tail -x cat"), ("Error: bad argument -x\n".to_owned(), 1));
    assert_eq!(run(usual, "tail -5"), ("Error: tail requires process name\n".to_owned(), 1));
}

#[test]
fn a_daemon_may_be_away_or_another() {
    assert_eq!(run_with(None, "status", None), ("unix://S no such file\n".to_owned(), 4));
    assert_eq!(run_with(None, "start x", None), ("unix://S no such file\n".to_owned(), 7));
    let gone = "ERROR: unix://S no such file (already shut down?)\n";
    assert_eq!(run_with(None, "shutdown", None), (gone.to_owned(), 1));
    assert_eq!(run(usual, "shutdown"), ("ERROR: already shutting down\n".to_owned(), 0));
    let other = run(|_| Ok("9.9".into()), "version");
    assert!(other.0.contains("API version 3.0, but the remote version is 9.9."), "{other:?}");
    assert_eq!(other.1, 5);
    let none = run(|_| Err(FaultCode::UnknownMethod.into()), "pid");
    assert!(none.0.starts_with("Sorry, supervisord responded but did not recognize"), "{none:?}");
    assert_eq!(none.1, 3);
}

#[test]
fn one_who_listens_and_says_nothing_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let _listener = UnixListener::bind(&path).unwrap();
    let server = Server { url: format!("unix://{}", path.display()), username: None, password: None };
    let patience = Duration::from_millis(10);
    let settings = Settings { server, prompt: String::new(), history_file: None, interactive: false, patience };
    let (reader, _writer) = std::io::pipe().unwrap();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut controller = Controller::new(settings, Console::new(&mut out, &mut err, reader.as_fd()));
    controller.run("status");
    assert_eq!(controller.exit_status(), 4);
    controller.run("shutdown");
    assert_eq!(controller.exit_status(), 1);
    let text = String::from_utf8(out).unwrap().replace(path.to_str().unwrap(), "S");
    let lines = "unix://S has said nothing for 0 seconds\nerror: <class 'TimeoutError'>, timed out: file: ";
    assert!(text.starts_with(lines), "{text}");
}

#[test]
fn what_no_command_foresees_is_an_error_line() {
    let (line, status) = run(|_| Err(Fault::with(FaultCode::CantReread, "it's")), "update");
    let start = "error: <class 'xmlrpc.client.Fault'>, <Fault 92: \"CANT_REREAD: it's\">: file: ";
    assert!(line.starts_with(start), "{line}");
    assert_eq!(status, 1);
    assert_eq!(run(usual, "nonsense x"), ("*** Unknown syntax: nonsense x\n".to_owned(), 1));
}

#[test]
fn a_session_asks_before_it_ends_the_daemon() {
    let question = "Really shut the remote supervisord process down y/N? ";
    assert_eq!(run_with(Some(usual), "shutdown", Some("n\n")), (question.to_owned(), 0));
    let ended = format!("{question}ERROR: already shutting down\n");
    assert_eq!(run_with(Some(usual), "shutdown", Some("Yes\n")), (ended, 0));
}

#[test]
fn help_lists_and_explains() {
    let (index, _) = run_with(None, "help", None);
    assert_eq!(
        index,
        "\ndefault commands (type help <topic>):\n=====================================\n\
         add    exit      open  reload  restart   start   tail   \n\
         avail  fg        pid   remove  shutdown  status  update \n\
         clear  maintail  quit  reread  signal    stop    version\n\n"
    );
    assert!(run_with(None, "help pid", None).0.starts_with("pid\t\t\t"));
    assert_eq!(run_with(None, "help zz", None).0, "*** No help on zz\n");
}

#[test]
fn the_table_is_sorted() {
    assert!(COMMANDS.is_sorted_by_key(|command| command.name));
}
