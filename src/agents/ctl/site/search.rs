//! Logs, read backwards: from the end to the line by which a program says that it has started, or to where it ended before
//! that. Neither the file nor a line is ever in memory as a whole, however large they are.
//!
//! A log that was renamed since goes on in `LOG.1`, or further ones, down to the one that holds the mark.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use memchr::memmem::Finder;

use super::mark;
use crate::agents::ctl::marks::Mark;
use crate::agents::ctl::world::Extent;
use crate::agents::plain;

/// So much is read at once.
const BLOCK: usize = 256 * 1024;
/// A longer line is seen in pieces.
const LONGEST: usize = 1024 * 1024;
/// So much of a log is searched at most.
const MOST: u64 = 1024 * 1024 * 1024;
/// So many renamed ones are looked for.
const OLDEST: u32 = 99;

/// Shows each line to `see`, the last one first, until it has seen enough, a line holds `ready`, or the mark is reached, if the
/// log fits it.
pub(super) fn backwards(
    log: &str,
    ready: &str,
    mark: Option<Mark>,
    see: &mut dyn FnMut(&str) -> bool,
) -> io::Result<Extent> {
    let file = plain::open(Path::new(log))?;
    let there = file.metadata()?;
    let ready = Finder::new(ready);
    let mut lines = |line: &[u8]| {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        see(&line) || ready.find(line.as_bytes()).is_some()
    };
    let mut search = Search { left: MOST, see: &mut lines };
    let start = match mark {
        Some(mark) if mark::fits(&file, &there, mark)? => Some(mark.size),
        _ => None,
    };
    let mut extent = search.through(&file, there.len(), start)?;
    let older = mark.filter(|_| extent == Extent::Whole).map(|mark| older(log, mark)).unwrap_or_default();
    for (file, length, start) in older {
        if extent == Extent::Whole {
            extent = search.through(&file, length, start)?;
        }
    }
    Ok(extent)
}

/// The files in which a log that was renamed goes on, with their lengths, the newest first; the last one from the mark on. None
/// if none holds the mark.
fn older(log: &str, mark: Mark) -> Vec<(File, u64, Option<u64>)> {
    let mut files = Vec::new();
    for number in 1..=OLDEST {
        let Ok(file) = plain::open(Path::new(&format!("{log}.{number}"))) else { return Vec::new() };
        let Ok(there) = file.metadata() else { return Vec::new() };
        // It may be a copy.
        if mark.size > 0 && mark::holds(&file, &there, mark).unwrap_or(false) {
            files.push((file, there.len(), Some(mark.size)));
            return files;
        }
        files.push((file, there.len(), None));
    }
    Vec::new()
}

/// A search: it may go through several files.
struct Search<'s> {
    /// How much is searched at most.
    left: u64,
    see: &'s mut dyn FnMut(&[u8]) -> bool,
}

impl Search<'_> {
    /// Shows each line of the first `length` bytes, the last one first, down to `start` if that is known.
    fn through(&mut self, file: &File, length: u64, start: Option<u64>) -> io::Result<Extent> {
        let most = self.left;
        let least = length.saturating_sub(most).max(start.unwrap_or(0));
        self.left -= length - least.min(length);
        let mut at = length;
        // What is read, and behind it the rest of a line of which the beginning was not read yet.
        let (mut bytes, mut tail) = (Vec::new(), Vec::new());
        let mut is_last = true;
        while at > least {
            let size = usize::try_from((at - least).min(BLOCK as u64)).unwrap_or(BLOCK);
            at -= size as u64;
            bytes.resize(size, 0);
            file.read_exact_at(&mut bytes, at)?;
            let first = memchr::memchr(b'\n', &bytes);
            bytes.append(&mut tail);
            if let Some(first) = first {
                if self.lines(&bytes[first + 1..], std::mem::take(&mut is_last)) {
                    return Ok(Extent::SinceStart);
                }
                bytes.truncate(first);
            }
            std::mem::swap(&mut bytes, &mut tail);
            if tail.len() > LONGEST {
                is_last = false;
                if (self.see)(&tail) {
                    return Ok(Extent::SinceStart);
                }
                tail.clear();
            }
        }
        // The first line of all; of one that is cut off, its end.
        let is_line = !tail.is_empty() || least == 0 && !is_last;
        Ok(match () {
            () if is_line && (self.see)(&tail) || start == Some(least) => Extent::SinceStart,
            () if least == 0 => Extent::Whole,
            () => Extent::Cut(MOST.min(most)),
        })
    }

    /// Shows whole lines. Whether that is enough.
    fn lines(&mut self, lines: &[u8], are_last: bool) -> bool {
        // What stands behind the last line break is a line if there is anything.
        let lines = match lines.strip_suffix(b"\n").filter(|_| are_last) {
            None if are_last && lines.is_empty() => return false,
            stripped => stripped.unwrap_or(lines),
        };
        let mut end = lines.len();
        for start in memchr::memrchr_iter(b'\n', lines) {
            if (self.see)(&lines[start + 1..end]) {
                return true;
            }
            end = start;
        }
        (self.see)(&lines[..end])
    }
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
        let mut see = |line: &[u8]| {
            seen.push(String::from_utf8_lossy(line).into_owned());
            false
        };
        let extent = Search { left: most, see: &mut see }.through(&file(bytes), bytes.len() as u64, None);
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
    fn a_log_that_was_renamed_goes_on_in_the_older_ones_to_its_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = |end: &str| folder.path().join(format!("log{end}"));
        let seen = |mark| {
            let mut seen = Vec::new();
            let log = path("").display().to_string();
            let extent = backwards(&log, "Ready", Some(mark), &mut |line| {
                seen.push(line.to_owned());
                false
            });
            (extent.unwrap(), seen.join(" "))
        };
        std::fs::write(path(""), "old\n").unwrap();
        let mark = mark::end_of(&path("")).unwrap();
        std::fs::write(path(""), "old\nerror\n").unwrap();
        std::fs::rename(path(""), path(".1")).unwrap();
        std::fs::write(path(""), "new\n").unwrap();
        let of = |extent, lines: &str| (extent, lines.to_owned());
        assert_eq!(seen(mark), of(Extent::SinceStart, "new error"));
        std::fs::rename(path(".1"), path(".2")).unwrap();
        assert_eq!(seen(mark), of(Extent::Whole, "new"));
        std::fs::write(path(".1"), "middle\n").unwrap();
        assert_eq!(seen(mark), of(Extent::SinceStart, "new middle error"));
        std::fs::write(path(".1"), "Ready\nmiddle\n").unwrap();
        assert_eq!(seen(mark), of(Extent::SinceStart, "new middle Ready"));
        // A copy of it does as well, anything else does not.
        std::fs::write(path(".1"), "old\ncopied\n").unwrap();
        assert_eq!(seen(mark), of(Extent::SinceStart, "new copied"));
        std::fs::write(path(".1"), "what\n").unwrap();
        std::fs::write(path(".2"), "what\n").unwrap();
        assert_eq!(seen(mark), of(Extent::Whole, "new"));
        assert_eq!(seen(Mark::EMPTY), of(Extent::SinceStart, "new"));
    }

    #[test]
    fn a_log_of_ten_gigabytes_needs_little_memory_and_an_end() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"Ready\n").unwrap();
        // A hole, which reads as one long line.
        file.set_len(10 << 30).unwrap();
        let (mut longest, mut count) = (0, 0);
        let mut see = |line: &[u8]| {
            longest = longest.max(line.len());
            count += 1;
            false
        };
        let mut search = Search { left: 64 << 20, see: &mut see };
        let extent = search.through(&file, 10 << 30, None);
        assert_eq!(extent.unwrap(), Extent::Cut(64 << 20));
        assert!(longest <= LONGEST + BLOCK && count >= 50, "{longest} {count}");
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
