//! `recipe lsp`: the language server on stdin and stdout.
//!
//! Whatever has come is taken before anything is done, so that changes that come together are checked once and a request
//! can be cancelled.

use std::cell::OnceCell;
use std::io::{ErrorKind, Write as _};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::stdio::stdin;

use super::exit::Exit;
use super::facts;
use super::surroundings::Surroundings;
use super::terminal::Terminal;
use crate::base::seams::{Fetch, FetchError};
use crate::lsp::{Server, Site};
use crate::sources::disk::reason;
use crate::sources::host::Host;
use crate::sources::http::{Http, Options};
use crate::sources::standins::Standins;
use crate::wire::lsp::{self, Next};

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// Serves one editor until it goes.
pub(super) fn run(terminal: &Terminal) -> Exit {
    let surroundings = Surroundings::now();
    let (conditions, version) = (facts::conditions(), OnceCell::new());
    let context = surroundings.context();
    let python = || version.get_or_init(facts::python).clone();
    let server = Server::new(Site {
        files: &Host,
        fetch: &cached,
        secrets: &Standins,
        conditions: &conditions,
        python: &python,
        environ: context.environ,
        host_node_name: context.host_node_name,
        directory: context.directory,
        tempdir: context.tempdir,
    });
    let mut wire = Wire { server, bytes: Vec::new(), is_open: true };
    match wire.serve() {
        Ok(()) if wire.server.ended() == Some(true) => Exit::Done,
        Ok(()) => Exit::Found,
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Exit::Found,
        Err(error) => terminal.fail(format_args!("cannot talk to the editor: {}", reason(&error))),
    }
}

/// What a project has fetched before; an editor waits for no network.
fn cached(project: &str) -> Box<dyn Fetch> {
    let cache = Some(format!("{project}/.recipe/extends-cache").into());
    Box::new(Cached(Http::new(Options { cache, offline: true, ..Options::default() })))
}

/// What is not in the cache is told as skipped.
struct Cached(Http);

impl Fetch for Cached {
    fn fetch(&self, url: &str, offline: bool) -> Result<String, FetchError> {
        self.0.fetch(url, offline).map_err(|error| match error {
            FetchError::OfflineNotCached => FetchError::Skipped,
            other => other,
        })
    }
}

struct Wire<'a> {
    server: Server<'a>,
    /// What has come and is not understood yet.
    bytes: Vec<u8>,
    is_open: bool,
}

impl Wire<'_> {
    fn serve(&mut self) -> std::io::Result<()> {
        while self.server.ended().is_none() {
            self.take()?;
            if self.is_open && is_ready(false)? {
                self.read()?;
            } else if let Some(messages) = self.server.step() {
                send(&messages)?;
            } else if self.is_open {
                is_ready(true)?;
                self.read()?;
            } else {
                self.server.hang_up();
            }
        }
        Ok(())
    }

    /// Hands on all messages that are complete.
    fn take(&mut self) -> std::io::Result<()> {
        let mut at = 0;
        while at < self.bytes.len() {
            match lsp::next(&self.bytes[at..]) {
                Next::More => break,
                Next::Body { body } => {
                    send(&self.server.receive(&self.bytes[at..][body.clone()]))?;
                    at += body.end;
                }
                Next::Bad { skip, problem } => {
                    send(&[Server::refuse(&problem.to_string())])?;
                    at += skip;
                }
            }
        }
        self.bytes.drain(..at);
        Ok(())
    }

    fn read(&mut self) -> std::io::Result<()> {
        let mut piece = vec![0; PIECE];
        let length = rustix::io::retry_on_intr(|| rustix::io::read(stdin(), &mut piece[..]))?;
        self.bytes.extend_from_slice(&piece[..length]);
        self.is_open = length > 0;
        Ok(())
    }
}

/// Whether there is something to read; waits for it if it is to.
fn is_ready(waits: bool) -> std::io::Result<bool> {
    let stdin = stdin();
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
    let count = rustix::io::retry_on_intr(|| poll(&mut fds, if waits { None } else { Some(&at_once) }))?;
    Ok(count > 0)
}

fn send(messages: &[String]) -> std::io::Result<()> {
    if messages.is_empty() {
        return Ok(());
    }
    let mut out = std::io::stdout().lock();
    for message in messages {
        out.write_all(&lsp::frame(message))?;
    }
    out.flush()
}
