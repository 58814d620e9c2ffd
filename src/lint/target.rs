//! The version of Supervisor that a configuration is for.

use std::fmt;
use std::str::FromStr;

/// A version, such as `4.2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    major: u32,
    minor: u32,
    patch: u32,
}

impl Version {
    /// Whether something that came with `since` is in it. `4.2` is all of 4.2.
    pub fn has(self, since: Self) -> bool {
        (since.major, since.minor) <= (self.major, self.minor)
    }
}

impl FromStr for Version {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no version of Supervisor; expected one such as `4.2`");
        let mut numbers = text.split('.').map(|part| part.parse::<u32>().map_err(|_| wrong()));
        let major = numbers.next().ok_or_else(wrong)??;
        let minor = numbers.next().unwrap_or(Ok(0))?;
        let patch = numbers.next().unwrap_or(Ok(0))?;
        if numbers.next().is_some() || !(3..=4).contains(&major) {
            Err(wrong())
        } else {
            Ok(Self { major, minor, patch })
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.patch {
            0 => write!(f, "{}.{}", self.major, self.minor),
            patch => write!(f, "{}.{}.{patch}", self.major, self.minor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_their_first_two_numbers() {
        let version = |text: &str| text.parse::<Version>().unwrap();
        assert!(version("4.2").has(version("4.2.0")) && version("4.2.1").has(version("3.4.0")));
        assert!(!version("3.3").has(version("3.4.0")) && !version("4.1").has(version("4.2.0")));
        assert_eq!(version("4").to_string(), "4.0");
        for text in ["", "x", "4.x", "5.0", "2.0", "4.2.1.0"] {
            assert!(text.parse::<Version>().is_err(), "{text}");
        }
    }
}
