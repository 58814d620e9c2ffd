//! Telling of a log that cannot be written: when it begins and, with what was lost, when it is over; not every time.

use std::fmt::Display;
use std::io;

use super::errno;

/// What goes wrong with a log, and since when nobody was told.
#[derive(Debug, Default)]
pub(super) struct Mishap {
    /// What was tried in vain, as it was said last.
    said: Option<&'static str>,
    /// How much was lost since.
    lost: u64,
}

/// Something that was tried in vain.
#[derive(Debug)]
pub(super) struct Failed {
    /// What was tried: `write` or `rotate`.
    pub(super) what: &'static str,
    /// Why it failed.
    pub(super) why: io::Error,
    /// How much was lost by it.
    pub(super) lost: u64,
}

impl Failed {
    /// This, after what has failed before.
    pub(super) fn after(mut self, former: Option<Self>) -> Self {
        self.lost += former.map_or(0, |former| former.lost);
        self
    }
}

impl Mishap {
    /// How it went this time with `place`. Gives lines for the main log.
    pub(super) fn after(&mut self, result: Result<(), Failed>, place: impl Display) -> Vec<String> {
        let mut lines = Vec::new();
        let lost = result.as_ref().map_or_else(|failed| failed.lost, |()| 0);
        if lost == 0 && self.lost > 0 {
            let bytes = if self.lost == 1 { "byte was" } else { "bytes were" };
            lines.push(format!("{place} is written again; {} {bytes} lost", self.lost));
            self.lost = 0;
        }
        self.lost += lost;
        let failed = result.err();
        let what = failed.as_ref().map(|failed| failed.what);
        if let Some(failed) = failed.filter(|_| self.said != what) {
            lines.push(format!("could not {} {place}: {}", failed.what, errno::name(&failed.why)));
        }
        self.said = what;
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginning_and_end_are_said() {
        let mut mishap = Mishap::default();
        let failed = |what, lost| Err(Failed { what, why: io::Error::from_raw_os_error(28), lost });
        let mut after = |result| mishap.after(result, "log file x");
        assert!(after(Ok(())).is_empty());
        assert_eq!(after(failed("write", 2)), ["could not write log file x: ENOSPC"]);
        assert!(after(failed("write", 3)).is_empty());
        let written = "log file x is written again; 5 bytes were lost";
        assert_eq!(after(failed("rotate", 0)), [written, "could not rotate log file x: ENOSPC"]);
        assert!(after(failed("rotate", 0)).is_empty());
        assert!(after(Ok(())).is_empty());
        assert_eq!(after(failed("write", 1)), ["could not write log file x: ENOSPC"]);
        assert_eq!(after(Ok(())), ["log file x is written again; 1 byte was lost"]);
    }
}
