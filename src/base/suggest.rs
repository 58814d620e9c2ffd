//! "Did you mean": the nearest of the names that would have been right.

/// The candidate nearest to `name` by edit distance (insert, delete, replace, swap of neighbours, case apart from the
/// rest), if it is near enough to be a slip: at most a third of the name's length, and at least one.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let mut distance = Distance::from(name);
    candidates
        .into_iter()
        .filter(|c| *c != name)
        .map(|c| (distance.to(c, limit), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

/// `did you mean `x`?` for [`nearest`], ready to be a line of help.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|c| format!("did you mean `{c}`?"))
}

/// Optimal string alignment distance; `-`, `_` and case count as the same letter. Its rows are kept from one candidate
/// to the next, as a large manifest has many candidates and may have many slips.
struct Distance {
    from: Vec<char>,
    to: Vec<char>,
    /// The row that is worked out, and the two before it.
    rows: [Vec<usize>; 3],
}

impl Distance {
    fn from(name: &str) -> Self {
        Self { from: folded(name).collect(), to: Vec::new(), rows: Default::default() }
    }

    /// The distance to `name`; any number above `limit` where it is above.
    fn to(&mut self, name: &str, limit: usize) -> usize {
        let Self { from, to, rows: [row, last, before] } = self;
        to.clear();
        to.extend(folded(name));
        if from.len().abs_diff(to.len()) > limit {
            return usize::MAX;
        }
        row.clear();
        row.extend(0..=to.len());
        for buffer in [&mut *last, &mut *before] {
            buffer.clear();
            buffer.resize(to.len() + 1, 0);
        }
        for i in 1..=from.len() {
            std::mem::swap(last, before);
            std::mem::swap(row, last);
            row[0] = i;
            for j in 1..=to.len() {
                let cost = usize::from(from[i - 1] != to[j - 1]);
                let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
                if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                    best = best.min(before[j - 2] + 1);
                }
                row[j] = best;
            }
            if row.iter().min().is_some_and(|least| *least > limit) && last.iter().min().is_some_and(|l| *l > limit) {
                return usize::MAX;
            }
        }
        row[to.len()]
    }
}

fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["command", "autostart", "stdout_logfile"];
        assert_eq!(nearest("comand", names), Some("command"));
        assert_eq!(nearest("stdout-logfile", names), Some("stdout_logfile"));
        assert_eq!(nearest("autosatrt", names), Some("autostart"));
        assert_eq!(nearest("umask", names), None);
        assert_eq!(nearest("x", ["y"]), Some("y"));
    }

    #[test]
    fn distances_count_edits() {
        let distance = |a, b| Distance::from(a).to(b, 9);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
        assert_eq!(distance("abcd", "acbd"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("A_b", "a-B"), 0);
        assert!(Distance::from("kitten").to("sitting", 2) > 2);
        let mut one = Distance::from("kitten");
        assert_eq!((one.to("mitten-and-more", 20), one.to("kitte", 20), one.to("smitten", 20)), (10, 1, 2));
    }
}
