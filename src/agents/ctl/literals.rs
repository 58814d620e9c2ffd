//! Literals of a regular expression: texts of which each of its matches holds one. A log is searched for them much faster than
//! for the expression, which then has to look at a few lines only.
//!
//! What is not understood has none, which costs time and nothing else. It is `regex-lite`'s syntax, by which the expression has
//! been read already.

/// More would take as long as the expression.
const MOST: usize = 16;
/// A shorter one is on every other line.
const SHORTEST: usize = 2;
/// As deep as groups are looked into.
const DEEPEST: usize = 50;

/// Texts of which each match holds one; none where nothing is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Literals {
    /// The texts.
    pub any: Vec<String>,
    /// Whether ASCII letters may be in upper or in lower case; then they are in lower case here.
    pub is_caseless: bool,
}

impl Literals {
    /// Those of an expression.
    pub fn of(pattern: &str) -> Self {
        let (is_caseless, rest) = pattern.strip_prefix("(?i)").map_or((false, pattern), |rest| (true, rest));
        let known = Reader { rest }.all().flatten().unwrap_or_default();
        // What cannot be decoded is a U+FFFD by the time that the expression sees it.
        let is_good = |text: &String| text.len() >= SHORTEST && !text.contains('\u{fffd}');
        if known.len() > MOST || !known.iter().all(is_good) {
            return Self::default();
        }
        let cased = |text: String| if is_caseless { text.to_ascii_lowercase() } else { text };
        Self { any: known.into_iter().map(cased).collect(), is_caseless }
    }
}

/// Texts of which one is in each match, if that is known.
type Known = Option<Vec<String>>;

enum Atom {
    Char(char),
    Group(Known),
    /// Any of several characters, or none.
    Other,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Times {
    One,
    /// One or more.
    Some,
    /// Perhaps not at all.
    Any,
}

/// Reads an expression; nothing where it does not understand it.
struct Reader<'p> {
    rest: &'p str,
}

impl Reader<'_> {
    fn all(mut self) -> Option<Known> {
        let known = self.alternation(0)?;
        self.rest.is_empty().then_some(known)
    }

    fn eats(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let next = chars.next();
        self.rest = chars.as_str();
        next
    }

    /// Goes behind the next `end`.
    fn pass(&mut self, end: &str) -> Option<()> {
        self.rest = self.rest.split_once(end)?.1;
        Some(())
    }

    fn alternation(&mut self, depth: usize) -> Option<Known> {
        let mut known = Some(Vec::new());
        loop {
            let branch = self.branch(depth)?;
            known = known.zip(branch).map(|(all, own)| [all, own].concat());
            if !self.eats("|") {
                return Some(known);
            }
        }
    }

    fn branch(&mut self, depth: usize) -> Option<Known> {
        let (mut best, mut run) = (None, String::new());
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            let atom = self.atom(depth)?;
            let times = self.times()?;
            let mut inner = None;
            match (atom, times) {
                (Atom::Char(own), Times::One) => {
                    run.push(own);
                    continue;
                }
                // What comes next may be another one.
                (Atom::Char(own), Times::Some) => run.push(own),
                (Atom::Group(known), Times::One | Times::Some) => inner = known,
                _ => {}
            }
            best = better(better(best, Some(vec![std::mem::take(&mut run)])), inner);
        }
        Some(better(best, Some(vec![run])))
    }

    fn atom(&mut self, depth: usize) -> Option<Atom> {
        Some(match self.next()? {
            '(' if depth == DEEPEST => return None,
            '(' => {
                if self.eats("?P<") || self.eats("?<") {
                    self.pass(">")?;
                } else if !self.eats("?:") && self.rest.starts_with('?') {
                    return None;
                }
                let known = self.alternation(depth + 1)?;
                self.eats(")").then_some(Atom::Group(known))?
            }
            '[' => {
                self.class()?;
                Atom::Other
            }
            '\\' => self.escape()?,
            '.' | '^' | '$' => Atom::Other,
            '*' | '+' | '?' | '{' => return None,
            own => Atom::Char(own),
        })
    }

    fn escape(&mut self) -> Option<Atom> {
        Some(match self.next()? {
            'b' if self.rest.starts_with('{') => return None,
            'd' | 'D' | 's' | 'S' | 'w' | 'W' | 'b' | 'B' | 'A' | 'z' | '<' | '>' => Atom::Other,
            't' => Atom::Char('\t'),
            own if own.is_ascii_punctuation() => Atom::Char(own),
            _ => return None,
        })
    }

    /// Goes behind a class.
    fn class(&mut self) -> Option<()> {
        self.eats("^");
        // The first one may be a bracket itself.
        if !self.eats("]") && self.rest.starts_with('-') {
            return None;
        }
        loop {
            match self.next()? {
                ']' => return Some(()),
                '\\' => drop(self.next()?),
                '[' if self.eats(":") => self.pass(":]")?,
                '[' => return None,
                _ => {}
            }
        }
    }

    /// How often the atom before it is there.
    fn times(&mut self) -> Option<Times> {
        let mut times = Times::One;
        loop {
            let is_optional = match self.rest.chars().next() {
                Some('*' | '?') => true,
                Some('+') => false,
                Some('{') => self.rest[1..].split(['}', ',']).next()?.trim().parse::<usize>().ok()? == 0,
                _ => return Some(times),
            };
            if self.rest.starts_with('{') {
                self.pass("}")?;
            } else {
                self.next();
            }
            // As few as possible.
            self.eats("?");
            times = if is_optional || times == Times::Any { Times::Any } else { Times::Some };
        }
    }
}

/// The one that says more: its shortest text is longer.
fn better(one: Known, other: Known) -> Known {
    let worth = |known: &Known| known.as_ref().and_then(|all| all.iter().map(String::len).min()).unwrap_or(0);
    if worth(&other) > worth(&one) { other } else { one }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex_lite::Regex;

    use super::*;

    fn of(pattern: &str) -> String {
        assert!(Regex::new(pattern).is_ok(), "{pattern}");
        Literals::of(pattern).any.join(" or ")
    }

    #[test]
    fn a_match_holds_one_of_them() {
        for (pattern, literals) in [
            ("MemoryError", "MemoryError"),
            ("ERROR|CRITICAL|Traceback", "ERROR or CRITICAL or Traceback"),
            (r"^\S+ ERROR (\w+) at .*\.py$", " ERROR "),
            ("(Conflict|Read)Error: .*", "Error: "),
            ("(Conflict|Read)Er.*", "Conflict or Read"),
            ("a(?:bc)+de?f*", "bc"),
            ("[[:alpha:]x]y{2}zzz[^]a]", "zzz"),
            (r"\bout\.of\b", "out.of"),
            ("(?i)Error", "error"),
            ("x{0}yes", "yes"),
            ("ab|", ""),
            ("ab|c", ""),
            ("(ab)?|(cd)*", ""),
            (".*", ""),
            ("", ""),
            (r"\x41BC", ""),
            ("(?x)a b c", ""),
            ("ab(?i)cd", ""),
            ("(?i:ab)cd", ""),
            ("aa+?bbb", "bbb"),
            ("\u{fffd}ab", ""),
        ] {
            assert_eq!(of(pattern), literals, "{pattern}");
        }
        assert!(Literals::of("(?i)x1").is_caseless && !Literals::of("x1").is_caseless);
    }

    proptest! {
        #[test]
        fn what_holds_none_is_no_match(pattern in "(\\(\\?i\\))?[abA|()?*+.\\[\\]^{}1,\\\\:-]{0,14}", text in "[abA1:-]{0,12}") {
            let literals = Literals::of(&pattern);
            if let Ok(regex) = Regex::new(&pattern)
                && regex.is_match(&text)
                && !literals.any.is_empty()
            {
                let text = if literals.is_caseless { text.to_ascii_lowercase() } else { text };
                prop_assert!(literals.any.iter().any(|own| text.contains(own)), "{:?} {:?}", literals, text);
            }
        }
    }
}
