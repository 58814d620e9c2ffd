//! The environment of the daemon, as children get it: made once, as the texts that the kernel takes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ffi::{CStr, CString, NulError, OsString};
use std::os::unix::ffi::OsStringExt;

/// Variables as they were when this was made.
#[derive(Debug)]
pub(super) struct Inherited(Vec<Variable>);

#[derive(Debug)]
struct Variable {
    /// `KEY=value`.
    pair: CString,
    /// Bytes of the key.
    key: usize,
}

impl Inherited {
    /// The variables of this process.
    pub(super) fn now() -> Self {
        Self::of(std::env::vars_os())
    }

    fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let variable = |(key, value): (OsString, OsString)| {
            let length = key.len();
            // They come from the kernel, where a zero ends a text, so that none holds one.
            let pair = CString::new([key.into_vec(), value.into_vec()].join(&b'=')).ok()?;
            Some(Variable { pair, key: length })
        };
        Self(variables.filter_map(variable).collect())
    }

    /// All but one.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.0.retain(|variable| &variable.pair.to_bytes()[..variable.key] != name.as_bytes());
        self
    }

    /// With this one, which takes the place of what has its name.
    pub(super) fn and(self, name: &str, value: &str) -> Result<Self, NulError> {
        let pair = CString::new(format!("{name}={value}"))?;
        let mut all = self.without(name);
        all.0.push(Variable { pair, key: name.len() });
        Ok(all)
    }

    /// All of them.
    pub(super) fn all(&self) -> Vec<Cow<'_, CStr>> {
        self.0.iter().map(|variable| Cow::Borrowed(&*variable.pair)).collect()
    }

    /// All, and those of a child's own, which come before others of the same name. An error is one that cannot be told
    /// to a program.
    pub(super) fn with(&self, own: &BTreeMap<&str, &str>) -> Result<Vec<Cow<'_, CStr>>, NulError> {
        let is_own = |key: &[u8]| std::str::from_utf8(key).is_ok_and(|key| own.contains_key(key));
        let kept = self.0.iter().filter(|variable| !is_own(&variable.pair.to_bytes()[..variable.key]));
        let kept = kept.map(|variable| Ok(Cow::Borrowed(&*variable.pair)));
        let own = own.iter().map(|(key, value)| Ok(Cow::Owned(CString::new(format!("{key}={value}"))?)));
        kept.chain(own).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_childs_own_comes_before_what_it_inherits() {
        let ours = [("PATH", "/bin"), ("A", "=="), ("B", "")].map(|(key, value)| (key.into(), value.into()));
        let inherited = Inherited::of(ours.into_iter());
        let own = BTreeMap::from([("A", "1"), ("C", "x y")]);
        assert_eq!(inherited.with(&own).unwrap(), [c"PATH=/bin", c"B=", c"A=1", c"C=x y"]);
        assert!(inherited.with(&BTreeMap::from([("A", "a\0b")])).is_err());
        assert_eq!(inherited.without("B").and("A", "2").unwrap().all(), [c"PATH=/bin", c"A=2"]);
    }
}
