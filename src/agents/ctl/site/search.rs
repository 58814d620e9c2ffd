//! Logs, read backwards: from the end to the line by which a program says that it has started, or to where it ended before
//! that. Neither the file nor a line
//! is ever in memory as a whole, however large they are.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::mark;
use crate::agents::ctl::marks::Mark;
use crate::agents::ctl::world::Extent;
use crate::agents::plain;

/// So much is read at once.
const BLOCK: usize = 64 * 1024;
/// A longer line is seen in pieces.
const LONGEST: usize = 1024 * 1024;
/// So much of a log is searched at most.
const MOST: u64 = 1024 * 1024 * 1024;

/// Shows each line to `see`, the last one first, until it has seen enough or has seen one that holds `ready`, or the mark is
/// reached, if the log fits it.
pub(super) fn backwards(
    log: &str,
    ready: &str,
    mark: Option<Mark>,
    see: &mut dyn FnMut(&str) -> bool,
) -> io::Result<Extent> {
    let file = plain::open(Path::new(log))?;
    let there = file.metadata()?;
    let start = match mark {
        Some(mark) if mark::fits(&file, &there, mark)? => Some(mark.size),
        _ => None,
    };
    let mut lines = |line: &[u8]| {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        see(&line) || line.contains(ready)
    };
    through(&file, there.len(), start, MOST, &mut lines)
}

/// Shows each line of the first `length` bytes, the last one first, down to `start` if that is known.
fn through(
    file: &File,
    length: u64,
    start: Option<u64>,
    most: u64,
    see: &mut dyn FnMut(&[u8]) -> bool,
) -> io::Result<Extent> {
    let least = length.saturating_sub(most).max(start.unwrap_or(0));
    let mut at = length;
    // The pieces of a line of which the beginning is not read yet, the last one first.
    let mut tail: Vec<u8> = Vec::new();
    let mut block = vec![0; BLOCK];
    let mut is_last = true;
    while at > least {
        let size = usize::try_from((at - least).min(BLOCK as u64)).unwrap_or(BLOCK);
        at -= size as u64;
        let block = &mut block[..size];
        file.read_exact_at(block, at)?;
        let mut end = size;
        for start in memchr::memrchr_iter(b'\n', block) {
            let line = joined(&block[start + 1..end], &mut tail);
            // What stands behind the last line break is a line if there is anything.
            if !(std::mem::take(&mut is_last) && line.is_empty()) && see(&line) {
                return Ok(Extent::SinceStart);
            }
            end = start;
        }
        // The tail is kept in the order of the file.
        tail.splice(..0, block[..end].iter().copied());
        if tail.len() > LONGEST {
            is_last = false;
            if see(&std::mem::take(&mut tail)) {
                return Ok(Extent::SinceStart);
            }
        }
    }
    // The first line of all; of one that is cut off, its end.
    let is_line = !tail.is_empty() || least == 0 && !is_last;
    Ok(match () {
        () if is_line && see(&tail) || start == Some(least) => Extent::SinceStart,
        () if least == 0 => Extent::Whole,
        () => Extent::Cut(most),
    })
}

fn joined(head: &[u8], tail: &mut Vec<u8>) -> Vec<u8> {
    let mut line = head.to_vec();
    line.append(tail);
    line
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn lines(bytes: &[u8], most: u64) -> (Vec<String>, Extent) {
        let mut seen = Vec::new();
        let extent = through(&file(bytes), bytes.len() as u64, None, most, &mut |line| {
            seen.push(String::from_utf8_lossy(line).into_owned());
            false
        });
        (seen, extent.unwrap())
    }

    #[test]
    fn the_last_line_comes_first() {
        assert_eq!(lines(b"a\n\nb\nc", 99), (["c", "b", "", "a"].map(str::to_owned).to_vec(), Extent::Whole));
        assert_eq!(lines(b"a\nb\n", 99).0, ["b", "a"]);
        assert_eq!(lines(b"", 99).0, [""; 0]);
        assert_eq!(lines(b"abcd\nef\n", 5), (["ef", "d"].map(str::to_owned).to_vec(), Extent::Cut(5)));
    }

    #[test]
    fn it_ends_where_the_program_started() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        std::fs::write(&path, "old\r\nReady 1\r\nnew \u{fffd}\r\n").unwrap();
        let mut seen = Vec::new();
        let extent = backwards(&path.display().to_string(), "Ready", None, &mut |line| {
            seen.push(line.to_owned());
            false
        });
        assert_eq!(
            (extent.unwrap(), seen),
            (Extent::SinceStart, vec!["new \u{fffd}".to_owned(), "Ready 1".to_owned()])
        );
    }

    #[test]
    fn it_ends_at_the_mark_or_at_the_line_whichever_is_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let seen = |text: &str, mark| {
            std::fs::write(&path, text).unwrap();
            let mut seen = Vec::new();
            let extent = backwards(&path.display().to_string(), "Ready", mark, &mut |line| {
                seen.push(line.to_owned());
                false
            });
            (extent.unwrap(), seen.join(" "))
        };
        let of = |extent, lines: &str| (extent, lines.to_owned());
        assert_eq!(seen("a\nb\n", None), of(Extent::Whole, "b a"));
        let mark = mark::end_of(&path).ok();
        assert_eq!(seen("a\nb\nc\n", mark), of(Extent::SinceStart, "c"));
        assert_eq!(seen("a\nb\n", mark), of(Extent::SinceStart, ""));
        assert_eq!(seen("a\nb\nc\nReady\nd\n", mark), of(Extent::SinceStart, "d Ready"));
        std::fs::write(&path, "a\nReady\nb").unwrap();
        let mark = mark::end_of(&path).ok();
        assert_eq!(seen("a\nReady\nb", mark), of(Extent::SinceStart, ""));
        // It ended within a line, which goes on.
        assert_eq!(seen("a\nReady\nb1\n2", mark), of(Extent::SinceStart, "2 1"));
        // One that does not fit.
        assert_eq!(seen("x\n", mark), of(Extent::Whole, "x"));
        assert_eq!(seen("x\n", Some(Mark::EMPTY)), of(Extent::SinceStart, "x"));
    }

    #[test]
    fn a_log_of_ten_gigabytes_needs_little_memory_and_an_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"Ready\n").unwrap();
        // A hole, which reads as one long line.
        file.set_len(10 << 30).unwrap();
        let (mut longest, mut count) = (0, 0);
        let extent = through(&file, 10 << 30, None, 64 << 20, &mut |line| {
            longest = longest.max(line.len());
            count += 1;
            false
        });
        assert_eq!(extent.unwrap(), Extent::Cut(64 << 20));
        assert!(longest <= LONGEST + BLOCK && count >= 60, "{longest} {count}");
    }

    proptest! {
        #[test]
        fn it_is_the_lines_backwards(text in "[a\n]{0,30}", pad in 0..3_usize) {
            // So that a block ends anywhere in it.
            let bytes = [text.as_bytes(), "b".repeat(pad * (BLOCK - 7)).as_bytes(), text.as_bytes()].concat();
            let mut expected: Vec<String> = String::from_utf8_lossy(&bytes).lines().map(str::to_owned).collect();
            expected.reverse();
            prop_assert_eq!(lines(&bytes, u64::MAX).0, expected);
        }
    }
}
