//! `/proc/PID/stat`: what the system says of a process in one line.

/// What is used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    /// Which process.
    pub(super) pid: i32,
    /// Its parent.
    pub(super) parent: i32,
    /// Whether it has ended, and is only not waited for.
    pub(super) has_ended: bool,
    /// When it began, in ticks since the start of the system.
    pub(super) start: u64,
    /// Its memory (RSS), in pages.
    pub(super) pages: u64,
}

impl Stat {
    /// Reads the line.
    pub(super) fn parse(text: &str) -> Option<Self> {
        // The name, in parentheses, may hold anything.
        let (head, tail) = text.rsplit_once(')')?;
        let pid = head.split(' ').next()?.parse().ok()?;
        let mut fields = tail.split_ascii_whitespace();
        let has_ended = matches!(fields.next()?, "Z" | "X");
        let parent = fields.next()?.parse().ok()?;
        let start = fields.nth(17)?.parse().ok()?;
        // It may be below zero for a moment, as it is counted on several processors.
        let pages =
            fields.nth(1).map_or(0, |pages| pages.parse::<i64>().map_or(0, |pages| pages.max(0).unsigned_abs()));
        Some(Self { pid, parent, has_ended, start, pages })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_read_whatever_the_name_is() {
        let text = "42 (a) b) (c) S 7 1 1 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 99 8192 123 18446744073709551615 1\n";
        let stat = Stat { pid: 42, parent: 7, has_ended: false, start: 99, pages: 123 };
        assert_eq!(Stat::parse(text), Some(stat));
        let own = Stat::parse(&std::fs::read_to_string("/proc/self/stat").unwrap()).unwrap();
        assert!(own.pages > 0 && own.pid == i32::try_from(std::process::id()).unwrap());
        assert_eq!(Stat::parse("1 (x S"), None);
    }
}
