//! Signal names and numbers of Linux, as Python's `signal` module knows them there.

/// Name without `SIG`, number. Of several names of one number the first is the one that is written.
const SIGNALS: &[(&str, i32)] = &[
    ("HUP", 1),
    ("INT", 2),
    ("QUIT", 3),
    ("ILL", 4),
    ("TRAP", 5),
    ("ABRT", 6),
    ("IOT", 6),
    ("BUS", 7),
    ("FPE", 8),
    ("KILL", 9),
    ("USR1", 10),
    ("SEGV", 11),
    ("USR2", 12),
    ("PIPE", 13),
    ("ALRM", 14),
    ("TERM", 15),
    ("STKFLT", 16),
    ("CHLD", 17),
    ("CLD", 17),
    ("CONT", 18),
    ("STOP", 19),
    ("TSTP", 20),
    ("TTIN", 21),
    ("TTOU", 22),
    ("URG", 23),
    ("XCPU", 24),
    ("XFSZ", 25),
    ("VTALRM", 26),
    ("PROF", 27),
    ("WINCH", 28),
    ("IO", 29),
    ("POLL", 29),
    ("PWR", 30),
    ("SYS", 31),
    ("RTMIN", 34),
    ("RTMAX", 64),
];

/// Names of Python's `signal` module that begin as those of signals do: the original takes them for such.
const OTHERS: [(&str, i32); 5] = [("_DFL", 0), ("_IGN", 1), ("_BLOCK", 0), ("_UNBLOCK", 1), ("_SETMASK", 2)];

/// As [`number`], also of what the original takes for a signal: `SIG_DFL` is 0, which no process feels.
pub fn number_by_attribute(name: &str) -> Option<i32> {
    let bare = name.strip_prefix("SIG").unwrap_or(name);
    number(name).or_else(|| OTHERS.iter().find(|(known, _)| *known == bare).map(|(_, number)| *number))
}

/// The number of a signal named in upper case, with or without `SIG`.
pub fn number(name: &str) -> Option<i32> {
    let name = name.strip_prefix("SIG").unwrap_or(name);
    SIGNALS.iter().find(|(known, _)| *known == name).map(|(_, number)| *number)
}

/// The name of a signal without `SIG`.
pub fn name(number: i32) -> Option<&'static str> {
    SIGNALS.iter().find(|(_, known)| *known == number).map(|(name, _)| *name)
}

/// All names without `SIG`.
pub fn names() -> impl Iterator<Item = &'static str> {
    SIGNALS.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_agree() {
        assert_eq!(number("TERM"), Some(15));
        assert_eq!(number("SIGRTMIN"), Some(34));
        assert_eq!(number("FOO"), None);
        for signal in names() {
            let number = number(signal).unwrap();
            assert_eq!(super::number(name(number).unwrap()), Some(number));
        }
    }
}
