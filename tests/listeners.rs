//! Event listeners in Python, unchanged, under our daemon: superlance's, and one that tells what it gets, which gets the
//! same under Supervisor. Reported as ignored where there is no Python.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, peers, project, recipe, session};

/// How long a test waits for what it wants to hear.
const DEADLINE: Duration = Duration::from_secs(30);

/// A test, given the folder of the originals' scripts.
type Test = fn(&Path) -> Outcome;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 2] =
        [("get_what_they_get_under_supervisor", compared), ("of_superlance_run_unchanged", superlance)];
    let trial = |(name, test): (&str, Test)| {
        Trial::test(format!("listeners::{name}"), move || match peers::venv() {
            Some(bin) => test(bin),
            None => Err("the pinned packages could not be installed".into()),
        })
        .with_ignored_flag(!peers::possible())
    };
    tests.into_iter().map(trial).collect()
}

/// Two words and what they are about: an event's header and payload, or `mail` and its text.
type News = (String, String);

/// A daemon, and what is told at its socket `news`.
struct Stage {
    scratch: Scratch,
    bin: PathBuf,
    daemon: Child,
    news: Receiver<News>,
    told: Vec<News>,
}

impl Stage {
    /// Starts `supervisord` with the configuration of a fixture.
    fn new(bin: &Path, mut supervisord: Command, fixture: &str, url: &str) -> Result<Self, Failed> {
        let fixtures = project().join("fixtures/listeners");
        let scratch = Scratch::copy_of(&fixtures.join(fixture));
        for script in ["listen.py", "call.py", "mail.py"] {
            fs::copy(fixtures.join(script), scratch.path().join(script))?;
        }
        let news = gather(UnixListener::bind(scratch.path().join("news"))?);
        let daemon = supervisord
            .args(["-n", "-s", "-c", "supervisord.conf"])
            .current_dir(scratch.path())
            .envs([("LC_ALL", "C.UTF-8"), ("URL", url)])
            .envs([("BIN", bin), ("PYTHON", &bin.join("python"))])
            .spawn()?;
        Ok(Self { scratch, bin: bin.to_owned(), daemon, news, told: Vec::new() })
    }

    /// Waits for the news that `is_it`.
    fn until(&mut self, what: &str, is_it: impl Fn(&News) -> bool) -> Result<News, Failed> {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let Ok(news) = self.news.recv_timeout(deadline.saturating_duration_since(Instant::now())) else {
                let log = fs::read_to_string(self.scratch.path().join("supervisord.log")).unwrap_or_default();
                return Err(format!("no {what} in {:#?}\n{log}", self.told).into());
            };
            self.told.push(news.clone());
            if is_it(&news) {
                return Ok(news);
            }
        }
    }

    /// Waits until the pool `l` gets an event of that type with that text in it.
    fn event(&mut self, kind: &str, text: &str) -> Result<(), Failed> {
        let is_it = |(header, payload): &News| {
            header.contains(" pool:l ") && header.contains(&format!(" eventname:{kind} ")) && payload.contains(text)
        };
        self.until(&format!("{kind} {text}"), is_it).map(drop)
    }

    fn call(&self, method: &str, arguments: &str) -> Outcome {
        let call = Command::new(self.bin.join("python"))
            .args(["call.py", "sock", method, arguments])
            .current_dir(self.scratch.path())
            .output()?;
        let errors = String::from_utf8_lossy(&call.stderr).into_owned();
        if call.status.success() { Ok(()) } else { Err(format!("{method}{arguments}: {errors}").into()) }
    }

    /// Tells it to leave, and waits for that.
    fn leave(&mut self) -> Outcome {
        self.call("shutdown", "[]")?;
        let status = self.daemon.wait()?;
        if status.success() { Ok(()) } else { Err(status.to_string().into()) }
    }
}

/// The lines that come in over all connections.
fn gather(listener: UnixListener) -> Receiver<News> {
    fn read(lines: impl Read, sender: &Sender<News>) {
        for line in BufReader::new(lines).lines().map_while(Result::ok) {
            let _ = sender.send(serde_json::from_str(&line).expect("two words in JSON"));
        }
    }
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let sender = sender.clone();
            std::thread::spawn(move || read(connection, &sender));
        }
    });
    receiver
}

/// What a day in the life of a daemon gives its listeners, one thing after another; what its log says of them; and the
/// first words of its next life, in which it goes on counting.
fn a_day(bin: &Path, supervisord: Command) -> Result<[String; 4], Failed> {
    let mut stage = Stage::new(bin, supervisord, "compared", "")?;
    rustix::fs::mkfifoat(rustix::fs::CWD, stage.scratch.path().join("go"), rustix::fs::Mode::RWXU)?;
    stage.event("PROCESS_STATE_RUNNING", "processname:slow")?;
    stage.call("startProcess", r#"["cat"]"#)?;
    stage.event("PROCESS_STATE_RUNNING", "processname:cat")?;
    stage.call("sendProcessStdin", r#"["cat", "gr\u00fc\u00df \u20ac\n"]"#)?;
    stage.event("PROCESS_LOG_STDOUT", "grüß €\n")?;
    stage.call("signalProcess", r#"["cat", "KILL"]"#)?;
    stage.event("PROCESS_STATE_RUNNING", "processname:cat")?;
    stage.call("stopProcess", r#"["cat"]"#)?;
    stage.event("PROCESS_STATE_STOPPED", "processname:cat")?;
    stage.call("startProcess", r#"["bad"]"#)?;
    stage.event("PROCESS_STATE_FATAL", "processname:bad")?;
    stage.call("sendRemoteCommEvent", r#"["a", "b\nc"]"#)?;
    stage.event("REMOTE_COMMUNICATION", "type:a\nb\nc")?;
    stage.call("sendRemoteCommEvent", r#"["reject", "\u20ac"]"#)?;
    stage.event("REMOTE_COMMUNICATION", "type:reject\n€")?;
    stage.event("REMOTE_COMMUNICATION", "type:reject\n€")?;
    stage.call("sendRemoteCommEvent", r#"["die", ""]"#)?;
    stage.event("PROCESS_STATE_RUNNING", "processname:l ")?;
    stage.call("sendRemoteCommEvent", r#"["junk", ""]"#)?;
    stage.event("REMOTE_COMMUNICATION", "type:junk")?;
    stage.call("stopProcess", r#"["l"]"#)?;
    stage.call("startProcess", r#"["l"]"#)?;
    stage.event("PROCESS_STATE_RUNNING", "processname:l ")?;
    stage.call("removeProcessGroup", r#"["bad"]"#)?;
    stage.call("addProcessGroup", r#"["bad"]"#)?;
    stage.event("PROCESS_GROUP_ADDED", "groupname:bad")?;
    stage.call("restart", "[]")?;
    stage.event("PROCESS_STATE_STOPPING", "processname:slow")?;
    if !stage.told.iter().any(|news| is_last_of(news, "twice")) {
        stage.until("the last event", |news| is_last_of(news, "twice"))?;
    }
    let log = fs::read_to_string(stage.scratch.path().join("supervisord.log"))?;
    let day = [of_pool(&stage.told, "l")?, of_pool(&stage.told, "twice")?, about_l(&log)?];
    fs::write(stage.scratch.path().join("go"), "go\n")?;
    let is_new = |(header, _): &News| header.contains(" eventname:SUPERVISOR_STATE_CHANGE_RUNNING ");
    let (next_life, _) = stage.until("the next life", is_new)?;
    let [l, twice, log] = day;
    Ok([l, twice, log, next_life])
}

/// The last event of the day, after which it is chance who still gets what.
fn is_last_of((header, payload): &News, pool: &str) -> bool {
    header.contains(&format!(" pool:{pool} ")) && payload.contains("processname:slow groupname:slow from_state:RUNNING")
}

/// What a pool was told until the shutdown was on its way, without what differs from one run to another.
fn of_pool(told: &[News], pool: &str) -> Result<String, Failed> {
    let mut lines = Vec::new();
    for news in told.iter().filter(|(header, _)| header.contains(&format!(" pool:{pool} "))) {
        let (header, payload) = news;
        let (start, len) = header.split_once(" len:").ok_or("no length")?;
        if len != payload.chars().count().to_string() {
            return Err(format!("{header} does not fit {payload:?}").into());
        }
        lines.push(format!("{start}\n  {}\n", without_pids(payload).replace('\n', "\n  ")));
        if is_last_of(news, pool) {
            break;
        }
    }
    Ok(lines.concat())
}

fn without_pids(text: &str) -> String {
    let mut parts = text.split("pid:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "pid:[PID]" + part.trim_start_matches(|c: char| c.is_ascii_digit()))
}

/// What the log says about the listener `l` up to the shutdown, but for what depends on how its output was cut and on
/// how many events had come meanwhile.
fn about_l(log: &str) -> Result<String, Failed> {
    let first_words = "DEBG 'l' stdout output:\nb'READY\\n'\n";
    let (day, _) = log.split_once("killing slow").ok_or("no shutdown")?;
    let (day, _) = day.rsplit_once("BUSY -> ACKNOWLEDGED").ok_or("no event was processed")?;
    if !day.contains(first_words) {
        return Err(format!("no {first_words:?} in\n{day}").into());
    }
    let is_about = |line: &&str| (line.contains(" l: ") && !line.contains("-> READY")) || line.ends_with(" listener l");
    Ok(day.lines().filter_map(|line| line.get(24..)).filter(is_about).map(|line| line.to_owned() + "\n").collect())
}

fn compared(bin: &Path) -> Outcome {
    let theirs = a_day(bin, Command::new(bin.join("supervisord")))?;
    let mut supervisord = Command::new(recipe());
    supervisord.arg("supervisord");
    let ours = a_day(bin, supervisord)?;
    for (theirs, ours) in theirs.iter().zip(&ours) {
        if theirs != ours {
            return Err(session::difference(theirs, ours).into());
        }
    }
    Ok(())
}

/// A web server that is out of order.
pub fn out_of_order() -> Result<String, Failed> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/", listener.local_addr()?);
    std::thread::spawn(move || {
        for mut connection in listener.incoming().map_while(Result::ok) {
            let mut line = String::new();
            let _ = BufReader::new(&connection).read_line(&mut line);
            let _ = connection.write_all(b"HTTP/1.0 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n");
        }
    });
    Ok(url)
}

fn superlance(bin: &Path) -> Outcome {
    let mut supervisord = Command::new(recipe());
    supervisord.arg("supervisord");
    let mut stage = Stage::new(bin, supervisord, "superlance", &out_of_order()?)?;
    let mail = |subject: &'static str| move |(kind, text): &News| kind == "mail" && text.contains(subject);
    let mut wanted = vec!["memmon [hog]: process hog:hog restarted", "crash crashed at", ": bad status returned"];
    while !stage.scratch.path().join("sock").exists() {
        std::thread::yield_now();
    }
    stage.call("sendProcessStdin", r#"["crash", "go\n"]"#)?;
    while !wanted.is_empty() {
        let news =
            stage.until(&format!("mail about {wanted:?}"), |news| wanted.iter().any(|subject| mail(subject)(news)))?;
        wanted.retain(|subject| !mail(subject)(&news));
    }
    stage.leave()?;
    let log = fs::read_to_string(stage.scratch.path().join("supervisord.log"))?;
    for line in
        ["stopped: hog (terminated by SIGTERM)", "stopped: web (terminated by SIGTERM)", "memmon: event was processed"]
    {
        if !log.contains(line) {
            return Err(format!("no {line:?} in\n{log}").into());
        }
    }
    Ok(())
}
