//! The end of a log, and what is written to it after that.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::AsFd;

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::super::console::Console;
use super::super::interrupt::Interrupt;

/// How many lines are shown first, and of how many bytes at most.
const LINES: usize = 10;
const BYTES: u64 = 1024;
/// How often it is looked whether there is more.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 250_000_000 };

/// Shows it until it is interrupted.
pub(super) fn follow(path: &str, console: &mut Console<'_>) -> io::Result<()> {
    let mut file = File::open(path)?;
    let interrupt = Interrupt::new()?;
    let mut size = last_lines(&mut file, console)?;
    loop {
        let mut waited = [PollFd::from_borrowed_fd(interrupt.as_fd(), PollFlags::IN)];
        if poll(&mut waited, Some(&PAUSE))? > 0 {
            console.line("");
            return Ok(());
        }
        let now = file.metadata()?.len();
        if now < size {
            console.line("==> File truncated <==");
            size = 0;
        }
        if now > size {
            size = show(&mut file, size, now, console)?;
        }
    }
}

/// The last complete lines; how long the file is.
fn last_lines(file: &mut File, console: &mut Console<'_>) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let start = size.saturating_sub(BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    Read::by_ref(file).take(size - start).read_to_end(&mut end)?;
    console.bytes(last(&end, start == 0));
    Ok(start + end.len() as u64)
}

/// The last lines of the end of a file, the first of them whole.
fn last(end: &[u8], is_all: bool) -> &[u8] {
    let body = end.strip_suffix(b"\n").unwrap_or(end);
    let mut starts: Vec<usize> = memchr::memrchr_iter(b'\n', body).take(LINES).map(|at| at + 1).collect();
    if starts.len() < LINES && is_all {
        starts.push(0);
    }
    starts.last().map_or(&[], |start| &end[*start..])
}

fn show(file: &mut File, from: u64, to: u64, console: &mut Console<'_>) -> io::Result<u64> {
    file.seek(SeekFrom::Start(from))?;
    let mut added = Vec::new();
    Read::by_ref(file).take(to - from).read_to_end(&mut added)?;
    console.bytes(&added);
    Ok(from + added.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_whole() {
        assert_eq!(last(b"", true), b"");
        assert_eq!(last(b"a\nb\n", true), b"a\nb\n");
        assert_eq!(last(b"lf\nb\nc", false), b"b\nc");
        let many = (0..20).map(|n| n.to_string()).collect::<Vec<_>>().join("\n") + "\n";
        assert_eq!(last(many.as_bytes(), true), b"10\n11\n12\n13\n14\n15\n16\n17\n18\n19\n");
    }
}
