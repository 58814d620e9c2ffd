//! Endless answers of the daemon, shown as they come, beside the keyboard and Ctrl-C.

use std::io::Read;
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, poll};

use super::console::Console;
use super::http::{self, Decoder};
use super::interrupt::Interrupt;
use super::problem::Problem;
use super::transport::{Server, Stream};

/// One endless answer.
struct Source {
    url: String,
    stream: Stream,
    decoder: Decoder,
}

impl Source {
    fn open(server: &Server, path: &str) -> Result<Self, Problem> {
        use std::io::Write as _;
        let mut stream = server.connect()?;
        stream.write_all(&http::get(path, &server.host()?, server.auth().as_deref()))?;
        Ok(Self { url: format!("{}{path}", server.url), stream, decoder: Decoder::default() })
    }

    /// Shows what has come; whether more may.
    fn pump(&mut self, console: &mut Console<'_>) -> Result<bool, Problem> {
        let (mut bytes, mut body) = ([0; 16 * 1024], Vec::new());
        let count = self.stream.read(&mut bytes)?;
        self.decoder.push(&bytes[..count], &mut body)?;
        let status = self.decoder.head().status;
        if self.decoder.has_head() && status != 200 {
            console.complain(&format!("{} Cannot read, status code {status}", self.url));
            return Ok(false);
        }
        if !body.is_empty() {
            console.bytes(&body);
        }
        Ok(count > 0 && !self.decoder.is_done())
    }
}

/// Why an endless answer is no longer shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C.
    Interrupted,
    /// The user's input ended.
    InputEnded,
    /// The daemon has no more.
    Closed,
    /// The handler of lines said so.
    Answered,
}

/// Shows what stands at `path` until its end or Ctrl-C.
pub fn tail(server: &Server, path: &str, console: &mut Console<'_>) -> Result<End, Problem> {
    let mut sources = open_all(server, &[path], console);
    let interrupt = Interrupt::new().map_err(std::io::Error::from)?;
    loop {
        if sources.is_empty() {
            return Ok(End::Closed);
        }
        let ready = wait(&interrupt, None, &sources)?;
        if ready.interrupt {
            return Ok(End::Interrupted);
        }
        pump_ready(&mut sources, &ready.sources, console);
    }
}

/// Shows what stands at `paths` while lines of the user go to `answer`, until it returns `false`, the input ends or
/// Ctrl-C.
pub fn converse(
    server: &Server,
    paths: &[&str],
    console: &mut Console<'_>,
    mut answer: impl FnMut(&mut Console<'_>, String) -> Result<bool, Problem>,
) -> Result<End, Problem> {
    let mut sources = open_all(server, paths, console);
    let interrupt = Interrupt::new().map_err(std::io::Error::from)?;
    loop {
        while let Some(line) = console.input().buffered_line() {
            if !answer(console, line)? {
                return Ok(End::Answered);
            }
        }
        let ready = wait(&interrupt, Some(console), &sources)?;
        if ready.interrupt {
            return Ok(End::Interrupted);
        }
        pump_ready(&mut sources, &ready.sources, console);
        if ready.input && !console.input().fill()? {
            return Ok(End::InputEnded);
        }
    }
}

/// Those that can be opened; the others are complained about.
fn open_all(server: &Server, paths: &[&str], console: &mut Console<'_>) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in paths {
        match Source::open(server, path) {
            Ok(source) => sources.push(source),
            Err(problem) => cannot_connect(console, &format!("{}{path}", server.url), &problem),
        }
    }
    sources
}

fn cannot_connect(console: &mut Console<'_>, url: &str, problem: &Problem) {
    console.complain(&format!("{url} Cannot connect, error: <class '{}'> ({problem})", problem.class()));
}

fn pump_ready(sources: &mut Vec<Source>, ready: &[bool], console: &mut Console<'_>) {
    let mut flags = ready.iter();
    sources.retain_mut(|source| {
        if flags.next() != Some(&true) {
            return true;
        }
        source.pump(console).unwrap_or_else(|problem| {
            cannot_connect(console, &source.url, &problem);
            false
        })
    });
}

/// What can be read without waiting.
struct Ready {
    interrupt: bool,
    input: bool,
    sources: Vec<bool>,
}

/// Waits for the user; whether it is Ctrl-C that came.
pub(super) fn is_interrupted(interrupt: &Interrupt, console: &mut Console<'_>) -> std::io::Result<bool> {
    Ok(wait(interrupt, Some(console), &[])?.interrupt)
}

fn wait(interrupt: &Interrupt, console: Option<&mut Console<'_>>, sources: &[Source]) -> std::io::Result<Ready> {
    let input = console.map(|console| &*console.input());
    let mut fds = vec![PollFd::new(interrupt, PollFlags::IN)];
    fds.extend(sources.iter().map(|s| PollFd::new(&s.stream, PollFlags::IN)));
    if let Some(input) = input {
        fds.push(PollFd::from_borrowed_fd(input.as_fd(), PollFlags::IN));
    }
    rustix::io::retry_on_intr(|| poll(&mut fds, None))?;
    let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
    Ok(Ready {
        interrupt: ready[0],
        input: ready.get(sources.len() + 1).copied().unwrap_or(false),
        sources: ready[1..=sources.len()].to_vec(),
    })
}
