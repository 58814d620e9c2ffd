//! Logs, read backwards: from the end to the line by which a program says that it has started, or to where it ended before
//! that. Neither the file nor a line is ever in memory as a whole, however large they are.
//!
//! A log that was renamed since goes on in `LOG.1`, or further ones, down to the one that holds the mark.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;

use memchr::memmem::Finder;

use super::mark;
use crate::agents::ctl::literals::Literals;
use crate::agents::ctl::marks::Mark;
use crate::agents::ctl::world::Extent;

/// So much is read at once.
const BLOCK: usize = 256 * 1024;
/// A longer line is seen in pieces.
const LONGEST: usize = 1024 * 1024;
/// So much of a log is searched at most.
const MOST: u64 = 1024 * 1024 * 1024;
/// So many renamed ones are looked for.
const OLDEST: u32 = 99;

/// Shows each line that holds one of the literals, or each if there are none, to `see`, the last one first, until it has seen
/// enough, a line holds `ready`, or the mark is reached, if the log fits it.
pub(super) fn backwards(
    log: &str,
    ready: &str,
    mark: Option<Mark>,
    literals: &Literals,
    see: &mut dyn FnMut(&str) -> bool,
) -> io::Result<Extent> {
    let file = File::open(log)?;
    let length = file.metadata()?.len();
    let mut lines = |line: &[u8]| {
        let line = String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(line));
        see(&line) || line.contains(ready)
    };
    let mut search = Search { wanted: Wanted::new(literals, ready), left: MOST, see: &mut lines };
    let start = match mark {
        Some(mark) if mark::fits(&file, &file.metadata()?, mark)? => Some(mark.size),
        _ => None,
    };
    let mut extent = search.through(&file, length, start)?;
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
        let path = format!("{log}.{number}");
        // What is opened may be a pipe, which waits for its writer.
        let is_file = fs::metadata(&path).is_ok_and(|there| there.is_file());
        let Some(file) = is_file.then(|| File::open(&path).ok()).flatten() else { return Vec::new() };
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

/// What a line has to hold to be shown.
struct Wanted<'l> {
    any: Vec<Finder<'l>>,
    /// Whether only lower case is looked for.
    is_caseless: bool,
    lowered: Vec<u8>,
}

impl<'l> Wanted<'l> {
    fn new(literals: &'l Literals, ready: &str) -> Self {
        let is_caseless = literals.is_caseless;
        let ready = if is_caseless { ready.to_ascii_lowercase() } else { ready.to_owned() };
        let any = literals.any.iter().map(Finder::new);
        let ready = (!literals.any.is_empty()).then(|| Finder::new(ready.as_bytes()).into_owned());
        Self { any: any.chain(ready).collect(), is_caseless, lowered: Vec::new() }
    }

    fn is_in(&mut self, bytes: &[u8]) -> bool {
        let mut bytes = bytes;
        if self.is_caseless {
            self.lowered.clear();
            self.lowered.extend_from_slice(bytes);
            self.lowered.make_ascii_lowercase();
            bytes = &self.lowered;
        }
        self.any.is_empty() || self.any.iter().any(|own| own.find(bytes).is_some())
    }
}

/// A search: it may go through several files.
struct Search<'w, 's> {
    wanted: Wanted<'w>,
    /// How much is searched at most.
    left: u64,
    see: &'s mut dyn FnMut(&[u8]) -> bool,
}

impl Search<'_, '_> {
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
                if self.shows(&tail) {
                    return Ok(Extent::SinceStart);
                }
                tail.clear();
            }
        }
        // The first line of all; of one that is cut off, its end.
        let is_line = !tail.is_empty() || least == 0 && !is_last;
        Ok(match () {
            () if is_line && self.shows(&tail) || start == Some(least) => Extent::SinceStart,
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
        if !self.wanted.is_in(lines) {
            return false;
        }
        let mut end = lines.len();
        for start in memchr::memrchr_iter(b'\n', lines) {
            if self.shows(&lines[start + 1..end]) {
                return true;
            }
            end = start;
        }
        self.shows(&lines[..end])
    }

    fn shows(&mut self, line: &[u8]) -> bool {
        self.wanted.is_in(line) && (self.see)(line)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use proptest::prelude::*;

    use super::*;

    static ALL: Literals = Literals { any: Vec::new(), is_caseless: false };

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
        let wanted = Wanted::new(&ALL, "");
        let extent = Search { wanted, left: most, see: &mut see }.through(&file(bytes), bytes.len() as u64, None);
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
        let extent = backwards(&path.display().to_string(), "Ready", None, &ALL, &mut |line| {
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
            let extent = backwards(&path.display().to_string(), "Ready", mark, &ALL, &mut |line| {
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
            let extent = backwards(&log, "Ready", Some(mark), &ALL, &mut |line| {
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
        let mut search = Search { wanted: Wanted::new(&ALL, ""), left: 64 << 20, see: &mut see };
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

        #[test]
        fn with_literals_it_is_the_lines_that_hold_one(
            text in "[aAbR\n]{0,40}", pad in 0..3_usize, is_caseless in any::<bool>()
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("log");
            let long = "b\n".repeat(pad * (BLOCK / 2 - 7));
            let text = format!("{text}{long}{text}");
            std::fs::write(&path, &text).unwrap();
            let literals = Literals { any: vec!["ab".to_owned(), "bb".to_owned()], is_caseless };
            let mut seen = Vec::new();
            backwards(&path.display().to_string(), "RR", None, &literals, &mut |line| {
                seen.push(line.to_owned());
                false
            }).unwrap();
            let cased = |line: &str| if is_caseless { line.to_ascii_lowercase() } else { line.to_owned() };
            let is_held = |line: &str| ["ab", "bb"].iter().any(|own| cased(line).contains(own));
            let mut expected = Vec::new();
            for line in text.lines().rev() {
                let is_ready = line.contains("RR");
                if is_held(line) || is_ready || is_caseless && cased(line).contains("rr") {
                    expected.push(line.to_owned());
                }
                if is_ready {
                    break;
                }
            }
            prop_assert_eq!(seen, expected);
        }
    }
}
