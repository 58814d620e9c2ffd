//! "Did you mean": the nearest of the names that would have been right.
//!
//! Each miss is compared with each name, so that many of both would take for ever: [`Hints`] bounds what a run spends on
//! it. A handful of slips is explained in any manifest; of a thousand in ten thousand names only the first ones are, and
//! the others are found as well, but without a suggestion.

use std::cell::Cell;

/// How many letters, and pairs of letters, a run compares: more than any manifest with a few slips needs, and nothing
/// that anybody waits for.
const WORK: usize = 4_000_000;
/// How many edits are a slip, in a name of any length.
const MOST: usize = 8;

/// What may still be spent on suggestions.
#[derive(Debug)]
pub struct Hints {
    left: Cell<usize>,
}

impl Default for Hints {
    fn default() -> Self {
        Self { left: Cell::new(WORK) }
    }
}

impl Hints {
    /// The candidate nearest to `name` by edit distance (insert, delete, replace, swap of neighbours, case apart from the
    /// rest), if it is near enough to be a slip: at most a third of the name's length, and at least one. None, too,
    /// once too much has been compared.
    pub fn nearest<'a>(&self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Meant> {
        let mut best: Option<(usize, &str)> = None;
        let mut rival: Option<(usize, &str)> = None;
        let mut left = self.left.get();
        if left > 0 {
            let limit = (name.chars().count() / 3).clamp(1, MOST);
            let mut distance = Distance::from(name);
            for candidate in candidates.into_iter().filter(|c| *c != name) {
                let found = distance.to(candidate, best.map_or(limit, |(least, _)| least));
                let found = found.map(|distance| (distance, candidate));
                if let Some(found) = found {
                    let lost = best.map_or(Some(found), |best| (found != best).then(|| found.max(best)));
                    best = best.into_iter().chain([found]).min();
                    rival = lost.filter(|lost| Some(*lost) != best).or(rival);
                }
                left = left.saturating_sub(std::mem::take(&mut distance.work));
                if left == 0 {
                    best = None;
                    break;
                }
            }
            self.left.set(left);
        }
        let (least, name) = best?;
        let rival = rival.filter(|(distance, _)| *distance == least).map(|(_, other)| other.to_owned());
        Some(Meant(Box::new(Inner { word: name.to_owned(), rival, is_there: false })))
    }
}

/// What was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    word: String,
    /// Another one that is as near.
    rival: Option<String>,
    /// Whether what was meant is there as well: it cannot be written once more.
    is_there: bool,
}

impl Meant {
    /// The one that was meant, beyond doubt.
    pub fn surely(name: impl Into<String>) -> Self {
        Self(Box::new(Inner { word: name.into(), rival: None, is_there: false }))
    }

    /// Of which `is_there` says whether it is there already.
    #[must_use]
    pub fn unless(mut self, is_there: impl FnOnce(&str) -> bool) -> Self {
        self.0.is_there = is_there(&self.0.word);
        self
    }

    /// Whether nothing else can be meant.
    pub fn is_sure(&self) -> bool {
        self.0.rival.is_none() && !self.0.is_there
    }

    /// With more behind it.
    #[must_use]
    pub fn then(mut self, more: &str) -> Self {
        self.0.word.push_str(more);
        self.0.rival.iter_mut().for_each(|rival| rival.push_str(more));
        self
    }

    /// A line of help.
    pub fn help(&self) -> String {
        let Inner { word, rival, is_there } = &*self.0;
        match rival {
            _ if *is_there => format!("did you mean `{word}`, which is there already?"),
            Some(rival) => format!("did you mean `{word}` or `{rival}`?"),
            None => format!("did you mean `{word}`?"),
        }
    }
}

impl std::ops::Deref for Meant {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0.word
    }
}

/// [`Hints::nearest`] for one name, or for a few that are looked for among few.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Meant> {
    Hints::default().nearest(name, candidates)
}

/// The help of [`Meant`] for [`nearest`].
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|meant| meant.help())
}

/// The one name in a line of help of [`Meant`]; none where there is doubt.
pub fn meant(help: &str) -> Option<&str> {
    help.strip_prefix("did you mean `")?.strip_suffix("`?").filter(|name| !name.contains('`'))
}

/// Optimal string alignment distance; `-`, `_` and case count as the same letter. Its rows are kept from one candidate
/// to the next.
struct Distance {
    from: Vec<char>,
    to: Vec<char>,
    /// The row that is worked out, and the two before it.
    rows: [Vec<usize>; 3],
    /// How many letters, and pairs of letters, were looked at.
    work: usize,
}

impl Distance {
    fn from(name: &str) -> Self {
        Self { from: folded(name).collect(), to: Vec::new(), rows: Default::default(), work: 0 }
    }

    /// The distance to `name`, if it is not above `limit`.
    fn to(&mut self, name: &str, limit: usize) -> Option<usize> {
        self.to.clear();
        self.to.extend(folded(name));
        self.work += self.to.len() + 1;
        if self.from.len().abs_diff(self.to.len()) > limit {
            return None;
        }
        let (from, to) = without_common_ends(&self.from, &self.to);
        let far = limit + 1;
        let [row, last, before] = &mut self.rows;
        for buffer in [&mut *row, &mut *last, &mut *before] {
            buffer.clear();
            buffer.resize(to.len() + 2, far);
        }
        row.iter_mut().zip(0..=to.len()).for_each(|(cell, j)| *cell = j);
        let mut least = 0;
        for i in 1..=from.len() {
            // What is further from the diagonal takes more than `limit` edits.
            let (low, high) = (i.saturating_sub(limit).max(1), (i + limit).min(to.len()));
            std::mem::swap(last, before);
            std::mem::swap(row, last);
            row[low - 1] = if low == 1 { i } else { far };
            let least_of_last = std::mem::replace(&mut least, row[low - 1]);
            for j in low..=high {
                let cost = usize::from(from[i - 1] != to[j - 1]);
                let mut best = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + cost);
                if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                    best = best.min(before[j - 2] + 1);
                }
                row[j] = best;
                least = least.min(best);
            }
            self.work += high + 1 - low;
            if least > limit && least_of_last > limit {
                return None;
            }
        }
        Some(row[to.len()]).filter(|distance| *distance <= limit)
    }
}

/// Both without what they begin and end with alike, which costs no edit.
fn without_common_ends<'s>(a: &'s [char], b: &'s [char]) -> (&'s [char], &'s [char]) {
    let start = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let (a, b) = (&a[start..], &b[start..]);
    let end = a.iter().rev().zip(b.iter().rev()).take_while(|(a, b)| a == b).count();
    (&a[..a.len() - end], &b[..b.len() - end])
}

/// Whether two names differ in case, `-` and `_` alone.
pub fn is_same(one: &str, other: &str) -> bool {
    folded(one).eq(folded(other))
}

fn folded(name: &str) -> impl Iterator<Item = char> {
    name.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slips_are_found_and_strangers_are_not() {
        let names = ["command", "autostart", "stdout_logfile"];
        assert_eq!(nearest("comand", names).as_deref(), Some("command"));
        assert_eq!(nearest("stdout-logfile", names).as_deref(), Some("stdout_logfile"));
        assert_eq!(nearest("autosatrt", names).as_deref(), Some("autostart"));
        assert_eq!(nearest("umask", names).as_deref(), None);
        assert_eq!(nearest("x", ["y"]).as_deref(), Some("y"));
        assert_eq!(nearest("web", ["wec", "wea", "web"]).as_deref(), Some("wea"));
    }

    #[test]
    fn what_is_meant_can_be_doubted() {
        let help = |name, names: &[&'static str]| nearest(name, names.iter().copied()).unwrap().help();
        assert_eq!(help("web11", &["web1", "web12", "web1"]), "did you mean `web1` or `web12`?");
        assert_eq!(help("web11", &["wab21", "web1", "web1"]), "did you mean `web1`?");
        assert_eq!(help("web11", &["web12", "web1", "wab12"]), "did you mean `web1` or `web12`?");
        let there = nearest("wbe", ["web"]).unwrap().unless(|name| name == "web").help();
        assert_eq!(there, "did you mean `web`, which is there already?");
        assert_eq!((meant(&there), meant(&help("wbe", &["web"]))), (None, Some("web")));
        assert_eq!(meant(&help("web11", &["web1", "web12"])), None);
    }

    #[test]
    fn distances_count_edits() {
        let distance = |a, b| Distance::from(a).to(b, 9);
        assert_eq!(distance("", "abc"), Some(3));
        assert_eq!(distance("abc", "abc"), Some(0));
        assert_eq!(distance("abcd", "acbd"), Some(1));
        assert_eq!(distance("kitten", "sitting"), Some(3));
        assert_eq!(distance("A_b", "a-B"), Some(0));
        assert_eq!(Distance::from("kitten").to("sitting", 2), None);
        let mut one = Distance::from("kitten");
        let all = [one.to("mitten-and-more", 20), one.to("kitte", 20), one.to("smitten", 20)];
        assert_eq!(all, [Some(10), Some(1), Some(2)]);
    }

    #[test]
    fn many_slips_among_many_names_are_bounded() {
        let names: Vec<String> = (0..10_000).map(|n| format!("program-{n:05}")).collect();
        let hints = Hints::default();
        let looked_at = Cell::new(0_usize);
        let found = (0..10_000).filter(|n| {
            let candidates = names.iter().map(String::as_str).inspect(|_| looked_at.set(looked_at.get() + 1));
            hints.nearest(&format!("progam-{n:05}"), candidates).is_some()
        });
        let found = found.count();
        assert!((5..500).contains(&found), "{found}");
        assert!(looked_at.get() < 500_000, "{looked_at:?}");
        assert!(hints.nearest("progam-00001", ["program-00001"]).is_none());
        assert_eq!(nearest("progam-00001", ["program-00001"]).as_deref(), Some("program-00001"));
    }

    #[test]
    fn long_names_are_bounded_too() {
        let (name, other) = ("ab".repeat(200_000), "ba".repeat(200_000));
        assert!(nearest(&name, [other.as_str()]).is_none());
    }

    /// By the definition, all cells.
    fn plain(a: &str, b: &str) -> usize {
        let (a, b): (Vec<char>, Vec<char>) = (folded(a).collect(), folded(b).collect());
        let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                rows[i][j] = if i == 0 || j == 0 {
                    i + j
                } else {
                    let cost = usize::from(a[i - 1] != b[j - 1]);
                    (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost)
                };
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    rows[i][j] = rows[i][j].min(rows[i - 2][j - 2] + 1);
                }
            }
        }
        rows[a.len()][b.len()]
    }

    proptest! {
        #[test]
        fn shortcuts_change_no_distance(a in "[abc_-]{0,12}", b in "[abcA-]{0,12}", limit in 1_usize..9) {
            let expected = Some(plain(&a, &b)).filter(|distance| *distance <= limit);
            prop_assert_eq!(Distance::from(&a).to(&b, limit), expected);
        }
    }
}
