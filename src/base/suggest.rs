//! "Did you mean": the nearest of the names that would have been right.

/// The candidate nearest to `name` by edit distance (insert, delete, replace, swap of neighbours, case apart from the
/// rest), if it is near enough to be a slip: at most a third of the name's length, and at least one.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|c| *c != name)
        .map(|c| (distance(name, c), c))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, c)| c)
}

/// `did you mean `x`?` for [`nearest`], ready to be a line of help.
pub fn did_you_mean<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(name, candidates).map(|c| format!("did you mean `{c}`?"))
}

/// Optimal string alignment distance; `-`, `_` and case count as the same letter.
fn distance(a: &str, b: &str) -> usize {
    let fold =
        |s: &str| -> Vec<char> { s.chars().map(|c| if c == '_' { '-' } else { c.to_ascii_lowercase() }).collect() };
    let (a, b) = (fold(a), fold(b));
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    rows[0] = (0..=b.len()).collect();
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let cost = usize::from(a[i - 1] != b[j - 1]);
            let mut best = (rows[i - 1][j] + 1).min(rows[i][j - 1] + 1).min(rows[i - 1][j - 1] + cost);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
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
}
