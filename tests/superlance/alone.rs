//! The programs alone: what they do otherwise than the originals, and what those do not have.

// A test is what a trial takes.
#![allow(clippy::unnecessary_wraps)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::harness::daemon::Daemon;
use crate::harness::ports;
use crate::harness::smtp::{Manners, Smtp};
use crate::harness::{Outcome, recipe, shipped};
use crate::listeners::out_of_order;
use crate::superlance::listener::Listener;

/// A test.
type Test = fn() -> Outcome;

/// All of them.
pub const TESTS: &[(&str, Test)] = &[
    ("memmon_knows_a_process_by_its_group_and_name", memmon_by_full_name),
    ("memmon_dies_of_who_cannot_be_stopped", memmon_dies),
    ("memmon_restarts_no_more_often_than_it_may", memmon_limited),
    ("memmon_sums_up_what_descends", memmon_cumulative),
    ("httpok_looks_for_a_text", httpok_body),
    ("httpok_waits_for_no_page_for_ever", httpok_in_time),
    ("httpok_writes_cores", httpok_cores),
    ("crashmail_tells_of_those_who_are_named", crashmail_named),
    ("a_sendmail_that_fails_for_now_is_asked_again", sendmail_later),
    ("a_mail_server_that_is_down_gets_all_later", server_down),
    ("a_password_is_sent_encrypted_and_said_nowhere", login),
    ("recipients_who_are_refused_are_told", refused),
    ("a_daemon_is_reached_by_tcp_with_a_password", over_tcp),
    ("all_are_ready_at_once_and_then_wait", ready),
];

/// Two programs in a group, and one alone, that sleep.
const SLEEPERS: &str = "\
[program:a]
command = sleep 1000
startsecs = 0
[program:b]
command = sleep 1000
startsecs = 0
[group:g]
programs = b
";

pub const MAIL: [&str; 4] = ["-m", "admin@example.org", "-s", "cat >> mails"];

pub fn daemon(conf: &str) -> Daemon {
    let daemon = Daemon::ours(conf);
    for _ in 0..conf.matches("[program:").count() {
        daemon.until("entered RUNNING state");
    }
    daemon
}

/// The pid of a process.
fn pid(daemon: &Daemon, name: &str) -> String {
    let answer = daemon.call("getProcessInfo", &[name]);
    let rest = answer.split_once("<name>pid</name>").unwrap_or_else(|| panic!("no pid in {answer}")).1;
    rest.chars().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect()
}

fn mails(listener: &Listener) -> String {
    fs::read_to_string(listener.folder().join("mails")).unwrap_or_default()
}

#[track_caller]
fn has(text: &str, part: &str) {
    assert!(text.contains(part), "no {part:?} in {text}");
}

fn memmon_by_full_name() -> Outcome {
    let daemon = daemon(SLEEPERS);
    let (a, b) = (pid(&daemon, "a"), pid(&daemon, "g:b"));
    let mut memmon = Listener::of(&daemon, "memmon", &[&["-p", "g:b=1KB", "-n", "x"], &MAIL[..]].concat());
    memmon.event("TICK_60", "when:60");
    assert!(pid(&daemon, "g:b") != b && pid(&daemon, "a") == a, "{}", memmon.stderr());
    has(&memmon.stderr(), "Checking programs g:b=1024\nRSS of g:b is ");
    has(&memmon.stderr(), "Restarting g:b\n");
    has(
        &mails(&memmon),
        "To: admin@example.org\nSubject: memmon [x]: process g:b restarted\n\nmemmon.py restarted the process",
    );
    assert_eq!(memmon.end().code(), Some(1));
    Ok(())
}

fn memmon_dies() -> Outcome {
    // Its daemon lists a process that it does not know when it is to be stopped.
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let own = std::process::id();
    thread::spawn(move || {
        let info = format!(
            "<params><param><value><array><data><value><struct>\
             <member><name>name</name><value><string>x</string></value></member>\
             <member><name>group</name><value><string>x</string></value></member>\
             <member><name>state</name><value><int>20</int></value></member>\
             <member><name>statename</name><value><string>RUNNING</string></value></member>\
             <member><name>pid</name><value><int>{own}</int></value></member>\
             <member><name>description</name><value><string></string></value></member>\
             </struct></value></data></array></value></param></params>"
        );
        let fault = "<fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member>\
                     <member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault>";
        for body in [info.as_str(), fault] {
            let Ok((mut stream, _)) = listener.accept() else { return };
            let mut head = [0; 2048];
            let _ = stream.read(&mut head);
            let body = format!("<?xml version='1.0'?><methodResponse>{body}</methodResponse>");
            let _ = write!(stream, "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    let mut memmon = Listener::start("memmon", &[&["-a", "1"], &MAIL[..]].concat(), &url);
    assert_eq!(memmon.last_event("TICK_60", "when:60").code(), Some(1));
    let rss: String =
        memmon.stderr().split("(RSS ").nth(1).unwrap_or_default().split(')').next().unwrap_or_default().into();
    let message = format!("Failed to stop process x:x (RSS {rss}), exiting: <Fault 10: 'BAD_NAME: x'>");
    has(&memmon.stderr(), &message);
    has(&mails(&memmon), &format!("Subject: memmon: failed to stop process x:x, exiting\n\n{message}"));
    Ok(())
}

fn memmon_limited() -> Outcome {
    let daemon = daemon(SLEEPERS);
    let a = pid(&daemon, "a");
    let mut young = Listener::of(&daemon, "memmon", &["-p", "a=1KB", "--warmup", "1h"]);
    young.event("TICK_60", "when:60");
    has(&young.stderr(), " seconds ago, NOT restarting\n");
    assert_eq!(pid(&daemon, "a"), a);
    let mut often = Listener::of(&daemon, "memmon", &[&["-p", "a=1KB", "--restarts", "1/1h"], &MAIL[..]].concat());
    often.event("TICK_60", "when:60");
    let next = pid(&daemon, "a");
    often.event("TICK_60", "when:120");
    often.event("TICK_60", "when:180");
    assert!(next != a && pid(&daemon, "a") == next);
    has(&often.stderr(), "a:a was restarted once within 3600 seconds, NOT restarting\n");
    assert_eq!(mails(&often).matches("Subject: ").count(), 2);
    Ok(())
}

fn memmon_cumulative() -> Outcome {
    let parent = "[program:a]\ncommand = sh -c 'sleep 1000 & wait'\nstartsecs = 0\nstopasgroup = true\n";
    let daemon = daemon(parent);
    let rss = |args: &[&str]| {
        let mut memmon = Listener::of(&daemon, "memmon", args);
        memmon.event("TICK_60", "when:60");
        let line = memmon.stderr().lines().last().unwrap_or_default().to_owned();
        line.strip_prefix("RSS of a:a is ").and_then(|rss| rss.parse::<u64>().ok()).unwrap_or_else(|| panic!("{line}"))
    };
    // The child may not be there yet.
    let end = Instant::now() + Duration::from_secs(30);
    while rss(&["-c", "-a", "1GB"]) <= rss(&["-a", "1GB"]) {
        assert!(Instant::now() < end);
    }
    Ok(())
}

/// A web server whose answers to `/` and `/endless` are good, and to all else lead in a circle.
fn web() -> Result<String, libtest_mimic::Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                let mut head = [0; 2048];
                let length = stream.read(&mut head).unwrap_or_default();
                let head = String::from_utf8_lossy(&head[..length]).into_owned();
                if head.starts_with("GET / ") {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nall is well");
                } else if head.starts_with("GET /endless ") {
                    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
                    while stream.write_all(&[b'.'; 1000]).is_ok() {}
                } else {
                    let _ = stream.write_all(b"HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n");
                }
            });
        }
    });
    Ok(url)
}

fn httpok_body() -> Outcome {
    let daemon = daemon(SLEEPERS);
    let (a, url) = (pid(&daemon, "a"), web()?);
    let mut good = Listener::of(&daemon, "httpok", &["-p", "a", "-b", "is well", &url]);
    good.event("TICK_60", "when:60");
    assert_eq!((good.stderr().as_str(), pid(&daemon, "a")), ("", a.clone()));
    let args = [&["-p", "a", "-p", "g:b", "-b", "is bad"], &MAIL[..], &[&url]].concat();
    let mut bad = Listener::of(&daemon, "httpok", &args);
    bad.event("TICK_60", "when:60");
    assert_ne!(pid(&daemon, "a"), a);
    has(&bad.stderr(), "Restarting selected processes ['a', 'g:b']\na is in RUNNING state, restarting\na restarted\n");
    has(
        &mails(&bad),
        &format!("Subject: httpok: {url}: bad body returned\n\nstatus contacting {url}: 200 OK\nRestarting"),
    );
    Ok(())
}

fn httpok_in_time() -> Outcome {
    let daemon = daemon(SLEEPERS);
    let url = web()?;
    for (path, why) in [("/endless", "error contacting"), ("/round", "status contacting")] {
        let page = format!("{url}{path}");
        let args = [&["-t", "1", "--restarts", "0/1h", "-p", "a"], &MAIL[..], &[&page]].concat();
        let mut httpok = Listener::of(&daemon, "httpok", &args);
        httpok.event("TICK_60", "when:60");
        has(&mails(&httpok), why);
        has(&httpok.stderr(), "a was restarted 0 times within 3600 seconds, NOT restarting");
    }
    Ok(())
}

fn httpok_cores() -> Outcome {
    let daemon = daemon(SLEEPERS);
    let (b, url) = (pid(&daemon, "g:b"), out_of_order()?);
    let mut httpok = Listener::of(&daemon, "httpok", &["-a", "-g", "echo dumped", "-d", "/cores", &url]);
    httpok.event("TICK_5", "when:5");
    has(
        &httpok.stderr(),
        &format!("gcore output for g:b:\n\n dumped /cores/g:b {b}\n\ng:b is in RUNNING state, restarting\n"),
    );
    Ok(())
}

pub const EXITED: &str = "processname:b groupname:g from_state:RUNNING expected:0 pid:42";

fn crashmail_named() -> Outcome {
    let mut crashmail =
        Listener::start("crashmail", &[&["-p", "g:b", "-p", "x"], &MAIL[..]].concat(), "unix:///nowhere");
    crashmail.event("PROCESS_STATE_EXITED", EXITED);
    crashmail.event("PROCESS_STATE_EXITED", &EXITED.replace("groupname:g", "groupname:h"));
    crashmail.event("PROCESS_STATE_EXITED", &EXITED.replace("expected:0", "expected:1"));
    assert_eq!(mails(&crashmail).matches("Subject:  b crashed at ").count(), 1);
    has(&mails(&crashmail), "\n\nProcess b in group g exited unexpectedly (pid 42) from state RUNNING");
    assert_eq!(crashmail.stderr(), format!("unexpected exit, mailing\nMailed:\n\n{}\n", mails(&crashmail)));
    Ok(())
}

fn sendmail_later() -> Outcome {
    let command = "[ -e up ] || exit 75; cat >> mails";
    let mut crashmail = Listener::start("crashmail", &["-m", "a@b", "-s", command], "unix:///nowhere");
    crashmail.event("PROCESS_STATE_EXITED", EXITED);
    crashmail.event("PROCESS_STATE_EXITED", EXITED);
    assert_eq!(mails(&crashmail), "");
    has(&crashmail.stderr(), "Error sending email: the command failed: exit status 75\nThe mail is kept");
    fs::write(crashmail.folder().join("up"), "")?;
    crashmail.event("PROCESS_STATE_STOPPED", "processname:a groupname:a from_state:STOPPING pid:1");
    assert_eq!(mails(&crashmail).matches("To: a@b\n").count(), 2);
    Ok(())
}

pub const BATCH: [&str; 4] = ["-t", "a@x.org, b@x.org", "-f", "me@x.org"];

fn server_down() -> Outcome {
    let port = ports::free();
    let host = format!("localhost:{port}");
    let mut batch = Listener::start("crashmailbatch", &[&BATCH[..], &["-H", &host]].concat(), "unix:///nowhere");
    batch.event("PROCESS_STATE_EXITED", EXITED);
    batch.event("TICK_60", "when:60");
    has(
        &batch.stderr(),
        "Error sending email: [Errno 111] Connection refused\n1 messages are kept, and sent in the next run\n",
    );
    has(
        &batch.stderr(),
        "Sending notification email:\nTo: a@x.org, b@x.org\nFrom: me@x.org\nSubject: Crash alert from supervisord\n",
    );
    let server = Smtp::start_at(port, Manners::default());
    batch.event("PROCESS_STATE_EXITED", &EXITED.replace(":b", ":c"));
    batch.event("TICK_60", "when:120");
    let mail = server.mail()?;
    assert_eq!((mail.from.as_str(), &mail.to[..]), ("me@x.org", &["a@x.org".to_owned(), "b@x.org".to_owned()][..]));
    let body: Vec<&str> = mail.text.split("\n\n").nth(1).unwrap_or_default().lines().collect();
    assert!(body.len() == 2 && body[0].contains("Process g:b") && body[1].contains("Process g:c"), "{body:?}");
    // A server that does not want a mail gets it once.
    server.behave(Manners { refusal: Some("554 no"), ..Manners::default() });
    batch.event("PROCESS_STATE_EXITED", EXITED);
    batch.event("TICK_60", "when:180");
    has(&batch.stderr(), "Error sending email: (554, b'no')\n1 messages are not sent\n");
    Ok(())
}

fn login() -> Outcome {
    let manners = Manners { starttls: true, login: Some(("me", "s3kret")), ..Manners::default() };
    let server = Smtp::start(manners.clone());
    let host = format!("localhost:{}", server.port);
    let args = [&BATCH[..], &["-H", &host, "-u", "me", "--tls", "--passwordFile", "password"]].concat();
    let mut batch = start_in(&args, "wr0ng\n", &[])?;
    batch.event("PROCESS_STATE_FATAL", EXITED);
    batch.event("TICK_60", "when:60");
    has(&batch.stderr(), "Error sending email: (535, b'5.7.8 that is not so')\n1 messages are kept");
    assert!(!batch.stderr().contains("wr0ng"));
    let mut batch = start_in(&args, "s3kret\n", &[])?;
    batch.event("PROCESS_STATE_FATAL", EXITED);
    batch.event("TICK_60", "when:60");
    let mail = server.mail()?;
    assert!(mail.is_encrypted && mail.login == Some(("me".to_owned(), "s3kret".to_owned())), "{mail:?}");
    // By the variable, and with the server's own certificate as the authority.
    let authority = tempfile::NamedTempFile::new()?;
    fs::write(authority.path(), &server.certificate)?;
    let trusted = authority.path().display().to_string();
    let args = [&BATCH[..], &["-H", &host, "-u", "me", "--tls"]].concat();
    let mut batch = start_in(&args, "", &[("SMTP_PASSWORD", "s3kret"), ("SSL_CERT_FILE", &trusted)])?;
    batch.event("PROCESS_STATE_FATAL", EXITED);
    batch.event("TICK_60", "when:60");
    assert!(server.mail()?.is_encrypted);
    // Another authority does not do, and without encryption no password is sent.
    fs::write(authority.path(), &Smtp::start(Manners::default()).certificate)?;
    let mut batch = start_in(&args, "", &[("SMTP_PASSWORD", "s3kret"), ("SSL_CERT_FILE", &trusted)])?;
    batch.event("PROCESS_STATE_FATAL", EXITED);
    batch.event("TICK_60", "when:60");
    has(&batch.stderr(), "Error sending email: the server's certificate is not trusted: ");
    server.behave(Manners { starttls: false, ..manners });
    batch.event("TICK_60", "when:120");
    has(&batch.stderr(), "Error sending email: STARTTLS extension not supported by server.\n");
    Ok(())
}

/// fatalmailbatch, with a file `password` beside it.
fn start_in(args: &[&str], password: &str, environment: &[(&str, &str)]) -> Result<Listener, libtest_mimic::Failed> {
    let file = tempfile::NamedTempFile::new()?;
    fs::write(file.path(), password)?;
    let path = file.path().display().to_string();
    let args: Vec<&str> = args.iter().map(|arg| if *arg == "password" { path.as_str() } else { *arg }).collect();
    let environment = [&[("SUPERVISOR_SERVER_URL", "unix:///nowhere")], environment].concat();
    Ok(Listener::start_with("fatalmailbatch", &args, &environment))
}

fn refused() -> Outcome {
    let server = Smtp::start(Manners { unknown: vec!["b@x.org"], ..Manners::default() });
    let host = format!("127.0.0.1:{}", server.port);
    let mut sms = Listener::start("crashsms", &[&BATCH[..], &["-H", &host]].concat(), "unix:///nowhere");
    sms.event("PROCESS_STATE_EXITED", EXITED);
    sms.event("TICK_60", "when:60");
    assert_eq!(server.mail()?.to, ["a@x.org"]);
    has(&sms.stderr(), "b@x.org was refused: (550, b'nobody is called so')\n");
    server.behave(Manners { unknown: vec!["a@x.org", "b@x.org"], ..Manners::default() });
    sms.event("PROCESS_STATE_EXITED", EXITED);
    sms.event("TICK_60", "when:120");
    let all = "{'a@x.org': (550, b'nobody is called so'), 'b@x.org': (550, b'nobody is called so')}";
    has(&sms.stderr(), &format!("Error sending email: {all}\n"));
    Ok(())
}

fn over_tcp() -> Outcome {
    let port = ports::free();
    let conf = format!("[inet_http_server]\nport = 127.0.0.1:{port}\nusername = me\npassword = s3kret\n{SLEEPERS}");
    let daemon = daemon(&conf);
    let a = pid(&daemon, "a");
    let url = format!("http://127.0.0.1:{port}");
    let address = ("SUPERVISOR_SERVER_URL", url.as_str());
    let mut stranger = Listener::start_with("memmon", &["-p", "a=1KB"], &[address]);
    stranger.event("TICK_60", "when:60");
    has(
        &stranger.stderr(),
        "Exception retrieving process info <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>, not acting",
    );
    let known = [address, ("SUPERVISOR_USERNAME", "me"), ("SUPERVISOR_PASSWORD", "s3kret")];
    let mut memmon = Listener::start_with("memmon", &["-p", "a=1KB"], &known);
    memmon.event("TICK_60", "when:60");
    assert_ne!(pid(&daemon, "a"), a, "{}", memmon.stderr());
    Ok(())
}

/// Each program, with what it needs.
const ALL: [(&str, &[&str]); 6] = [
    ("memmon", &["-a", "1GB"]),
    ("httpok", &["http://localhost/"]),
    ("crashmail", &["-a"]),
    ("crashmailbatch", &BATCH),
    ("fatalmailbatch", &BATCH),
    ("crashsms", &BATCH),
];

fn ready() -> Outcome {
    for (program, args) in ALL {
        let fastest = (0..10).map(|_| until_ready(&recipe(), program, args)).min().ok_or("no time")?;
        // A few milliseconds, of a program that is not optimized, on a machine that does other things too.
        assert!(fastest < Duration::from_millis(50), "{program} is ready after {fastest:?}");
        let listener = Listener::start(program, args, "unix:///nowhere");
        let process = format!("/proc/{}", listener.pid());
        assert_eq!(fs::read_dir(format!("{process}/task"))?.count(), 1, "{program} has threads");
        await_read(program, listener.pid())?;
    }
    Ok(())
}

/// Waits until a program waits for its input, and for nothing else that could wake it.
fn await_read(program: &str, pid: u32) -> Outcome {
    let path = format!("/proc/{pid}/syscall");
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let call = fs::read_to_string(&path)?;
        if is_read_of_stdin(&call) {
            return Ok(());
        }
        assert!(Instant::now() < end, "{program} does something else: {call}");
        thread::yield_now();
    }
}

/// What one of them may take, in KiB.
pub const RESIDENT: u64 = 3 * 1024;
/// Where there is no daemon.
pub fn url_of_none() -> (&'static str, &'static str) {
    ("SUPERVISOR_SERVER_URL", "unix:///nowhere")
}

/// Until when it has to be ready, so that no event buffer overflows when a daemon starts.
const AT_ONCE: Duration = Duration::from_millis(5);

/// As they are shipped: small, and ready at once. Those that wait while all this is measured do not wake up.
pub fn as_shipped() -> Outcome {
    let binary = shipped().ok_or("no binary that is shipped")?;
    let start = |(program, args): &(&str, &[&str])| {
        Listener::of_binary(&binary, program, args, &[("SUPERVISOR_SERVER_URL", "unix:///nowhere")])
    };
    let waiting: Vec<Listener> = ALL.iter().map(start).collect();
    let status = |listener: &Listener| fs::read_to_string(format!("/proc/{}/status", listener.pid()));
    let number = |status: &str, key: &str| -> u64 {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or_default();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap_or(u64::MAX)
    };
    let mut switches = Vec::new();
    for ((program, _), listener) in ALL.iter().zip(&waiting) {
        await_read(program, listener.pid())?;
        let status = status(listener)?;
        let resident = number(&status, "VmRSS:");
        assert!(resident <= RESIDENT, "{program} takes {resident} KiB");
        switches.push(number(&status, "voluntary_ctxt_switches:"));
    }
    for (program, args) in ALL {
        // However busy the machine is, one of them had it for itself.
        let fastest = (0..20).map(|_| until_ready(&binary, program, args)).min().ok_or("no time")?;
        assert!(fastest < AT_ONCE, "{program} is ready after {fastest:?}");
    }
    for (((program, _), listener), before) in ALL.iter().zip(&waiting).zip(switches) {
        let after = number(&status(listener)?, "voluntary_ctxt_switches:");
        assert_eq!(after, before, "{program} has woken up");
    }
    Ok(())
}

fn until_ready(binary: &Path, program: &str, args: &[&str]) -> Duration {
    let began = Instant::now();
    let mut child = Command::new(binary)
        .arg0(program)
        .args(args)
        .env("SUPERVISOR_SERVER_URL", "unix:///nowhere")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a program");
    let mut word = [0; 6];
    let read = child.stdout.as_mut().expect("its output").read_exact(&mut word);
    let took = began.elapsed();
    let _ = child.kill();
    let _ = child.wait();
    assert!(read.is_ok() && word == *b"READY\n");
    took
}

/// `read(0, …)`, by the number that it has here.
fn is_read_of_stdin(call: &str) -> bool {
    let read = if cfg!(target_arch = "x86_64") { "0 0x0 " } else { "63 0x0 " };
    call.starts_with(read)
}
