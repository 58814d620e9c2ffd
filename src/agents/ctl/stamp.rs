//! Times as they stand in files and their names.

use std::borrow::Cow;

use super::report::Level;
use super::world::Stamp;

/// A line of the log: `2011-03-04 05:06:07,089  INFO: what`. It is one line, whatever a page or a log says.
pub(super) fn line(at: Stamp, level: Level, message: &str) -> String {
    let (date, time, message) = (date(at), time(at), shown(message));
    format!("{date} {time},{:03}  {}: {message}", at.millisecond, level.name())
}

/// `2011-03-04T05:06:07`.
pub(super) fn iso(at: Stamp) -> String {
    format!("{}T{}", date(at), time(at))
}

/// The folders of a month: `2011/3`.
pub(super) fn month(at: Stamp) -> String {
    format!("{}/{}", at.year, at.month)
}

/// `04-05-06-07`, for names of archived logs.
pub(super) fn moment(at: Stamp) -> String {
    format!("{:02}-{:02}-{:02}-{:02}", at.day, at.hour, at.minute, at.second)
}

/// A text without control characters other than tabs.
pub fn shown(text: &str) -> String {
    text.replace(|c: char| c.is_control() && c != '\t', "?")
}

/// So many characters of a line of somebody else's log are told.
const LONGEST: usize = 4096;

/// A line of a log, of which the end is cut off if it is too long to be told.
pub(super) fn cut(line: &str) -> Cow<'_, str> {
    match line.char_indices().nth(LONGEST) {
        Some((end, _)) => Cow::Owned(format!("{} ... (the rest of the line is left out)", &line[..end])),
        None => Cow::Borrowed(line),
    }
}

fn date(at: Stamp) -> String {
    format!("{:04}-{:02}-{:02}", at.year, at.month, at.day)
}

fn time(at: Stamp) -> String {
    format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_the_originals() {
        let at = Stamp { year: 2011, month: 3, day: 4, hour: 5, minute: 6, second: 7, millisecond: 89 };
        assert_eq!(line(at, Level::Info, "x"), "2011-03-04 05:06:07,089  INFO: x");
        assert!(line(at, Level::Error, "a\tb\nc").ends_with("  ERROR: a\tb?c"));
        assert_eq!(iso(at), "2011-03-04T05:06:07");
        assert_eq!(month(at), "2011/3");
        assert_eq!(moment(at), "04-05-06-07");
    }

    #[test]
    fn a_line_is_told_up_to_a_length() {
        let line = "ä".repeat(LONGEST);
        assert_eq!(cut(&line), line);
        assert_eq!(cut(&format!("{line}ö")), format!("{line} ... (the rest of the line is left out)"));
    }
}
