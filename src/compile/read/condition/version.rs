//! Versions and their specifiers, as PEP 440 orders them.

use std::cmp::Ordering;

/// A version that follows PEP 440.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Version {
    epoch: u64,
    /// Without zeros at its end.
    release: Vec<u64>,
    /// How many numbers were written.
    written: usize,
    /// `a`, `b` or `rc` as 0 to 2, and its number.
    pre: Option<(u8, u64)>,
    post: Option<u64>,
    dev: Option<u64>,
    local: Vec<Local>,
}

/// A segment of a local version; numbers come after words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Local {
    Word(String),
    Number(u64),
}

/// Operator and version, such as `>= 3.9` or `== 3.*`.
#[derive(Debug)]
pub(super) struct Specifier<'a> {
    operator: &'a str,
    text: &'a str,
    version: Option<Version>,
    wildcard: bool,
}

impl<'a> Specifier<'a> {
    /// `None` where the two do not make one, so that texts are to be compared.
    pub(super) fn new(operator: &'a str, text: &'a str) -> Option<Self> {
        let text = text.trim();
        if operator == "===" {
            let plain = !text.contains(|c: char| c.is_whitespace() || c == ';' || c == ')');
            return plain.then_some(Self { operator, text, version: None, wildcard: false });
        }
        let equality = matches!(operator, "==" | "!=");
        let (number, wildcard) = text.strip_suffix(".*").filter(|_| equality).map_or((text, false), |t| (t, true));
        let version = Version::parse(number)?;
        let fits = match operator {
            "==" | "!=" => !wildcard || version.is_plain(),
            "~=" => version.written > 1 && version.local.is_empty(),
            "<" | "<=" | ">" | ">=" => version.local.is_empty(),
            _ => false,
        };
        fits.then_some(Self { operator, text, version: Some(version), wildcard })
    }

    /// Whether `candidate` meets it; what is no version meets none.
    pub(super) fn contains(&self, candidate: &str) -> bool {
        let Some(wanted) = &self.version else { return candidate.eq_ignore_ascii_case(self.text) };
        let Some(version) = Version::parse(candidate) else { return false };
        match self.operator {
            "==" => self.equals(&version, wanted),
            "!=" => !self.equals(&version, wanted),
            "~=" => version.public().compare(wanted).is_ge() && version.has_prefix(wanted, wanted.written - 1),
            "<=" => version.public().compare(wanted).is_le(),
            ">=" => version.public().compare(wanted).is_ge(),
            "<" => version.is_before(wanted),
            _ => version.is_after(wanted),
        }
    }

    fn equals(&self, version: &Version, wanted: &Version) -> bool {
        if self.wildcard {
            return version.has_prefix(wanted, wanted.written);
        }
        let version = if wanted.local.is_empty() { &version.public() } else { version };
        version.compare(wanted).is_eq()
    }
}

impl Version {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim().to_ascii_lowercase();
        let mut rest = Rest(text.strip_prefix('v').unwrap_or(&text));
        let mut first = rest.number()?;
        let mut epoch = 0;
        if rest.take("!") {
            epoch = first;
            first = rest.number()?;
        }
        let mut release = vec![first];
        while let Some(number) = rest.dotted_number() {
            release.push(number);
        }
        let written = release.len();
        while release.len() > 1 && release.last() == Some(&0) {
            release.pop();
        }
        let pre = rest.pre();
        let post = rest.post();
        let dev = rest.named(&["dev"]).map(|(_, n)| n);
        let local = rest.local()?;
        rest.0.is_empty().then_some(Self { epoch, release, written, pre, post, dev, local })
    }

    fn is_plain(&self) -> bool {
        self.pre.is_none() && self.post.is_none() && self.dev.is_none() && self.local.is_empty()
    }

    fn is_prerelease(&self) -> bool {
        self.pre.is_some() || self.dev.is_some()
    }

    fn public(&self) -> Self {
        Self { local: Vec::new(), ..self.clone() }
    }

    fn same_release(&self, other: &Self) -> bool {
        self.epoch == other.epoch && self.release == other.release
    }

    fn has_prefix(&self, other: &Self, length: usize) -> bool {
        let number = |v: &Self, n| v.release.get(n).copied().unwrap_or(0);
        self.epoch == other.epoch && (0..length).all(|n| number(self, n) == number(other, n))
    }

    /// `<`: an early version of a finished `other` is not before it.
    fn is_before(&self, other: &Self) -> bool {
        let bound = if other.is_prerelease() { other.clone() } else { Self { dev: Some(0), ..other.public() } };
        self.compare(&bound).is_lt()
    }

    /// `>`: a correction or a local build of `other` is not after it.
    fn is_after(&self, other: &Self) -> bool {
        if let Some(dev) = other.dev {
            return self.compare(&Self { dev: Some(dev.saturating_add(1)), ..other.public() }).is_ge();
        }
        if let Some(post) = other.post {
            let next = Self { post: Some(post.saturating_add(1)), dev: Some(0), ..other.public() };
            return self.compare(&next).is_ge();
        }
        self.compare(other).is_gt() && !(self.same_release(other) && self.pre == other.pre)
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.epoch
            .cmp(&other.epoch)
            .then_with(|| self.release.cmp(&other.release))
            .then_with(|| self.pre_key().cmp(&other.pre_key()))
            .then_with(|| self.post.cmp(&other.post))
            .then_with(|| self.dev.unwrap_or(u64::MAX).cmp(&other.dev.unwrap_or(u64::MAX)))
            .then_with(|| self.local.cmp(&other.local))
    }

    /// `1.dev1` comes before `1a1`, and both before `1`.
    fn pre_key(&self) -> (u8, u64) {
        match (self.pre, self.post, self.dev) {
            (Some((letter, number)), _, _) => (letter + 1, number),
            (None, None, Some(_)) => (0, 0),
            _ => (u8::MAX, 0),
        }
    }
}

/// What of a version is still to be read.
struct Rest<'a>(&'a str);

impl Rest<'_> {
    fn take(&mut self, prefix: &str) -> bool {
        let found = self.0.strip_prefix(prefix);
        self.0 = found.unwrap_or(self.0);
        found.is_some()
    }

    fn number(&mut self) -> Option<u64> {
        let length = self.0.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.0.len());
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        (!digits.is_empty()).then(|| digits.parse().unwrap_or(u64::MAX))
    }

    fn dotted_number(&mut self) -> Option<u64> {
        let digit = self.0.strip_prefix('.').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_digit()));
        self.0 = &self.0[usize::from(digit)..];
        if digit { self.number() } else { None }
    }

    fn separator(&mut self) {
        self.0 = self.0.strip_prefix(['-', '_', '.']).unwrap_or(self.0);
    }

    /// One of `words`, with separators around it, and its number, which may be left out.
    fn named(&mut self, words: &[&'static str]) -> Option<(&'static str, u64)> {
        let mut rest = Rest(self.0);
        rest.separator();
        let word = *words.iter().find(|w| rest.take(w))?;
        let mut number = Rest(rest.0);
        number.separator();
        let value = number.number();
        self.0 = if value.is_some() || number.0.len() < rest.0.len() { number.0 } else { rest.0 };
        Some((word, value.unwrap_or(0)))
    }

    fn pre(&mut self) -> Option<(u8, u64)> {
        let (word, number) = self.named(&["alpha", "beta", "preview", "pre", "a", "b", "c", "rc"])?;
        let letter = match word {
            "alpha" | "a" => 0,
            "beta" | "b" => 1,
            _ => 2,
        };
        Some((letter, number))
    }

    fn post(&mut self) -> Option<u64> {
        let mut implicit = Rest(self.0);
        if implicit.take("-")
            && let Some(number) = implicit.number()
        {
            self.0 = implicit.0;
            return Some(number);
        }
        self.named(&["post", "rev", "r"]).map(|(_, n)| n)
    }

    fn local(&mut self) -> Option<Vec<Local>> {
        if !self.take("+") {
            return Some(Vec::new());
        }
        let text = std::mem::take(&mut self.0);
        text.split(['-', '_', '.'])
            .map(|segment| {
                let plain = !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric());
                let number = segment.bytes().all(|b| b.is_ascii_digit());
                plain.then(|| {
                    if number {
                        Local::Number(segment.parse().unwrap_or(u64::MAX))
                    } else {
                        Local::Word(segment.to_owned())
                    }
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meets(version: &str, operator: &str, wanted: &str) -> bool {
        Specifier::new(operator, wanted).unwrap().contains(version)
    }

    #[test]
    fn versions_are_ordered() {
        let order =
            ["1.dev1", "1a1.dev1", "1a1", "1b2", "1rc1", "1", "1+a", "1+1", "1.post1.dev1", "1.post1", "1.1", "1!0"];
        for pair in order.windows(2) {
            let [a, b] = [pair[0], pair[1]].map(|v| Version::parse(v).unwrap());
            assert!(a.compare(&b).is_lt(), "{pair:?}");
        }
        for same in ["1.0", "v1", "1.0.0", "0!1"] {
            assert!(Version::parse(same).unwrap().compare(&Version::parse("1").unwrap()).is_eq(), "{same}");
        }
        assert_eq!(Version::parse("1-1"), Version::parse("1.post1"));
        assert_eq!(Version::parse("1C"), Version::parse("1.rc.0"));
        for bad in ["", "x", "1..2", "1+", "1.*", "1 2"] {
            assert_eq!(Version::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn specifiers_follow_the_exceptions() {
        assert!(meets("3.11.7", "==", "3.11.*"));
        assert!(!meets("3.1", "==", "3.11.*"));
        assert!(meets("3.11", "!=", "3.1.*"));
        assert!(meets("3.11.7", "~=", "3.10"));
        assert!(!meets("4.0", "~=", "3.10"));
        assert!(!meets("3.12.0", "~=", "3.11.2"));
        assert!(!meets("3.12rc1", "<", "3.12"));
        assert!(meets("3.12rc1", "<", "3.12rc2"));
        assert!(meets("1rc1", "<", "1.post1"));
        assert!(!meets("1.post1", ">", "1"));
        assert!(meets("1.post1", ">", "1rc1"));
        assert!(!meets("1rc1.post1", ">", "1rc1"));
        assert!(meets("1.post2", ">", "1.post1"));
        assert!(!meets("1.dev1+x", ">", "1.dev1"));
        assert!(!meets("1+x", ">", "1"));
        assert!(meets("1+x", "==", "1"));
        assert!(meets("1+x", "<=", "1"));
        assert!(meets("5.10.0-8-amd64", "===", "5.10.0-8-AMD64"));
        assert!(!meets("5.10.0-8-amd64", ">=", "4"), "not a version");
    }

    #[test]
    fn what_is_no_specifier_is_text() {
        for (operator, text) in [("~=", "3"), (">=", "3.*"), ("==", "3a1.*"), ("<", "1+x"), ("in", "3"), ("==", "x")] {
            assert!(Specifier::new(operator, text).is_none(), "{operator}{text}");
        }
    }
}
