//! A load client: requests at a steady rate, each over a connection of its own, of which none may fail.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep, spawn};
use std::time::{Duration, Instant, SystemTime};

/// How many send requests at the same time.
const SENDERS: usize = 4;
/// How often each of them sends one.
const BETWEEN: Duration = Duration::from_millis(40);
/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a request may be tried again.
const RETRIES: Duration = Duration::from_secs(5);

/// From when to when a request was under way.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    /// It began.
    pub from: SystemTime,
    /// It ended.
    pub to: SystemTime,
}

/// What came of the requests.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many were answered by a page.
    pub good: usize,
    /// How many were, when they were tried again.
    pub retried: usize,
    /// The others.
    pub failed: Vec<String>,
    /// Each that was answered by a page.
    pub answered: Vec<Span>,
    /// Each that nobody took.
    pub untaken: Vec<Span>,
}

/// Running load.
pub struct Load {
    ends: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    senders: Vec<JoinHandle<()>>,
}

impl Load {
    /// Begins. A connection that nobody has taken may be tried again if `may_retry`; a request that is cut, or a page that
    /// tells of an error, is a failure in any case.
    pub fn on(port: u16, may_retry: bool) -> Self {
        let (ends, tally) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Tally::default())));
        let sender = |_| {
            let (ends, tally) = (ends.clone(), tally.clone());
            spawn(move || {
                let mut due = Instant::now();
                while !ends.load(Ordering::Relaxed) {
                    send(port, may_retry, &tally);
                    due += BETWEEN;
                    sleep(due.saturating_duration_since(Instant::now()));
                }
            })
        };
        let senders = (0..SENDERS).map(sender).collect();
        Self { ends, tally, senders }
    }

    /// Ends.
    pub fn off(self) -> Tally {
        self.ends.store(true, Ordering::Relaxed);
        self.senders.into_iter().for_each(|sender| sender.join().expect("a sender"));
        self.tally.lock().expect("a tally").clone()
    }
}

fn send(port: u16, may_retry: bool, tally: &Mutex<Tally>) {
    let until = Instant::now() + RETRIES;
    let (mut answer, mut span) = timed(port);
    let mut untaken = Vec::new();
    while may_retry && matches!(answer, Err(Failure::Untaken(_))) && Instant::now() < until {
        untaken.push(span);
        sleep(Duration::from_millis(20));
        (answer, span) = timed(port);
    }
    let mut tally = tally.lock().expect("a tally");
    match answer {
        Ok(_) => tally.good += 1,
        Err(Failure::Untaken(why) | Failure::Cut(why) | Failure::Page(why)) => return tally.failed.push(why),
    }
    tally.answered.push(span);
    tally.retried += usize::from(!untaken.is_empty());
    tally.untaken.extend(untaken);
}

fn timed(port: u16) -> (Result<String, Failure>, Span) {
    let from = SystemTime::now();
    let answer = page(port, "/");
    (answer, Span { from, to: SystemTime::now() })
}

/// Why there is no page.
#[derive(Debug)]
pub enum Failure {
    /// Nobody listens; or whoever did has closed his socket before he took this connection from its queue, which resets it.
    /// One that was taken ends in order, as its request has been read, even if its server dies.
    Untaken(String),
    /// The request was taken, and not answered to its end.
    Cut(String),
    /// The answer was another one.
    Page(String),
}

/// Asks for a page; its text.
pub fn page(port: u16, path: &str) -> Result<String, Failure> {
    let cut = |why: std::io::Error| Failure::Cut(why.to_string());
    let untaken = |why: std::io::Error| match why.kind() {
        ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => {
            Failure::Untaken(why.to_string())
        }
        _ => cut(why),
    };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).map_err(untaken)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(cut)?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).map_err(untaken)?;
    let mut answer = Vec::new();
    if let Err(why) = stream.read_to_end(&mut answer) {
        return Err(if answer.is_empty() { untaken(why) } else { cut(why) });
    }
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(|| Failure::Cut(format!("cut: {answer:?}")))?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(Failure::Page(format!("status {status}")));
    }
    if !body.ends_with('\n') {
        return Err(Failure::Cut("the page is cut".to_owned()));
    }
    Ok(body.to_owned())
}
