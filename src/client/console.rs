//! Where lines are written to and answers come from, handed in by the caller.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};

/// The user's side of a command.
pub struct Console<'io> {
    out: &'io mut dyn Write,
    err: &'io mut dyn Write,
    input: Input<'io>,
    /// Why results could not be written.
    lost: Option<io::Error>,
}

impl<'io> Console<'io> {
    /// A console over the given sinks and descriptor.
    pub fn new(out: &'io mut dyn Write, err: &'io mut dyn Write, input: BorrowedFd<'io>) -> Self {
        Self { out, err, input: Input::new(input), lost: None }
    }

    /// Writes a line of results. That nobody reads them any more is no error: the command still runs to its end.
    pub fn line(&mut self, text: &str) {
        let written = writeln!(self.out, "{text}");
        self.note(written);
    }

    /// Writes results as they are, and at once.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let written = self.out.write_all(bytes);
        self.note(written);
        self.flush();
    }

    /// Writes a line of complaint.
    pub fn complain(&mut self, text: &str) {
        self.flush();
        let _ = writeln!(self.err, "{text}");
    }

    /// Hands on what was written so far.
    pub fn flush(&mut self) {
        let flushed = self.out.flush();
        self.note(flushed);
    }

    /// Why results could not be written since this was asked last; not that nobody reads them.
    pub fn take_lost(&mut self) -> Option<io::Error> {
        self.lost.take()
    }

    fn note(&mut self, written: io::Result<()>) {
        if let Err(why) = written
            && why.kind() != io::ErrorKind::BrokenPipe
        {
            self.lost.get_or_insert(why);
        }
    }

    /// Lines from the user.
    pub fn input(&mut self) -> &mut Input<'io> {
        &mut self.input
    }

    /// Asks for a line; `None` at the end of the input.
    pub fn ask(&mut self, prompt: &str) -> io::Result<Option<String>> {
        self.bytes(prompt.as_bytes());
        self.input.line()
    }

    /// Asks for a line that is not shown as it is typed.
    pub fn ask_secret(&mut self, prompt: &str) -> io::Result<Option<String>> {
        let shown = self.input.hide();
        let answer = self.ask(prompt);
        if let Some(shown) = shown {
            let _ = tcsetattr(self.input.fd, OptionalActions::Flush, &shown);
            self.line("");
        }
        answer
    }
}

/// Lines from a descriptor, without reading past what is asked for into hidden buffers.
pub struct Input<'io> {
    fd: BorrowedFd<'io>,
    buffer: Vec<u8>,
}

impl<'io> Input<'io> {
    fn new(fd: BorrowedFd<'io>) -> Self {
        Self { fd, buffer: Vec::new() }
    }

    /// Waits for a line, given without its end; `None` at the end of the input.
    pub fn line(&mut self) -> io::Result<Option<String>> {
        loop {
            if let Some(line) = self.buffered_line() {
                return Ok(Some(line));
            }
            if !self.fill()? {
                return Ok(self.rest());
            }
        }
    }

    /// What was read of a last line without an end.
    pub(super) fn rest(&mut self) -> Option<String> {
        let rest = std::mem::take(&mut self.buffer);
        if rest.is_empty() { None } else { Some(String::from_utf8_lossy(&rest).into_owned()) }
    }

    /// A line that has been read already.
    pub fn buffered_line(&mut self) -> Option<String> {
        let end = memchr::memchr(b'\n', &self.buffer)?;
        let line: Vec<u8> = self.buffer.drain(..=end).collect();
        Some(String::from_utf8_lossy(&line[..end]).into_owned())
    }

    /// Reads once, waiting if it must; whether there was anything before the end.
    pub fn fill(&mut self) -> io::Result<bool> {
        let mut bytes = [0; 4096];
        let count = rustix::io::retry_on_intr(|| rustix::io::read(self.fd, &mut bytes))?;
        self.buffer.extend_from_slice(&bytes[..count]);
        Ok(count > 0)
    }

    /// Stops the terminal's echo; the modes to go back to, if it is a terminal.
    fn hide(&self) -> Option<rustix::termios::Termios> {
        let shown = tcgetattr(self.fd).ok()?;
        let mut hidden = shown.clone();
        hidden.local_modes.remove(LocalModes::ECHO);
        tcsetattr(self.fd, OptionalActions::Flush, &hidden).ok()?;
        Some(shown)
    }
}

impl AsFd for Input<'_> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_the_last_needs_no_end() {
        let (reader, writer) = io::pipe().unwrap();
        (&writer).write_all(b"a\n\nb\nc").unwrap();
        drop(writer);
        let mut input = Input::new(reader.as_fd());
        let lines: Vec<_> = std::iter::from_fn(|| input.line().unwrap()).collect();
        assert_eq!(lines, ["a", "", "b", "c"]);
    }
}
