//! Whether a conditional section `[name: expression]` of a `.cfg` counts.
//!
//! buildout first reads the expression as an environment marker (PEP 508), else as Python. Here one grammar takes
//! markers, the names that buildout hands to Python (`python3`, `linux`, `bits64`, …), `'X' in os.environ`, and all of
//! them combined with `and`, `or`, `not` and parentheses. Other Python is an error at its place: there is no
//! interpreter to ask.
//!
//! Deliberately absent: where the facts come from. They are handed in as [`Conditions`], so that the same manifest and
//! the same facts give the same build on any machine.

mod expression;
mod token;
mod version;

use std::collections::BTreeSet;

use crate::base::Span;

use super::problem::Problem;

/// The facts that conditions ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conditions {
    /// Such as `3.13.1`; `python_version` is its first two numbers.
    pub python_full_version: String,
    /// Such as `cpython`.
    pub implementation_name: String,
    /// Such as `3.13.1`.
    pub implementation_version: String,
    /// Such as `CPython`.
    pub platform_python_implementation: String,
    /// Such as `posix`.
    pub os_name: String,
    /// Such as `linux`.
    pub sys_platform: String,
    /// Such as `x86_64`.
    pub platform_machine: String,
    /// Such as `Linux`.
    pub platform_system: String,
    /// The release of the kernel.
    pub platform_release: String,
    /// Its build.
    pub platform_version: String,
    /// Size of a pointer in bits.
    pub bits: u32,
    /// The order of bytes.
    pub little_endian: bool,
    /// Names of the environment variables that are set.
    pub environment: BTreeSet<String>,
}

impl Default for Conditions {
    /// `CPython` 3.13 on 64-bit Linux, with an empty environment.
    fn default() -> Self {
        Self {
            python_full_version: "3.13.0".into(),
            implementation_name: "cpython".into(),
            implementation_version: "3.13.0".into(),
            platform_python_implementation: "CPython".into(),
            os_name: "posix".into(),
            sys_platform: "linux".into(),
            platform_machine: "x86_64".into(),
            platform_system: "Linux".into(),
            platform_release: String::new(),
            platform_version: String::new(),
            bits: 64,
            little_endian: true,
            environment: BTreeSet::new(),
        }
    }
}

/// Environment markers, as they are written with underscores.
pub(super) const VARIABLES: [&str; 13] = [
    "python_version",
    "python_full_version",
    "os_name",
    "sys_platform",
    "platform_release",
    "platform_system",
    "platform_version",
    "platform_machine",
    "platform_python_implementation",
    "python_implementation",
    "implementation_name",
    "implementation_version",
    "extra",
];

/// buildout's names that are true or false; `python24` to `python319` are told apart by their digits.
pub(super) const FLAGS: [&str; 18] = [
    "python2",
    "python3",
    "cpython",
    "pypy",
    "jython",
    "ironpython",
    "linux",
    "windows",
    "cygwin",
    "solaris",
    "macosx",
    "posix",
    "bits32",
    "bits64",
    "little_endian",
    "big_endian",
    "True",
    "False",
];

/// The minor versions of Python that have a name of their own.
const PYTHONS: [&str; 24] = [
    "24", "25", "26", "27", "30", "31", "32", "33", "34", "35", "36", "37", "38", "39", "310", "311", "312", "313",
    "314", "315", "316", "317", "318", "319",
];

impl Conditions {
    /// The value of an environment marker, by its name with underscores.
    fn variable(&self, name: &str) -> Option<&str> {
        Some(match name {
            "python_version" => self.python_version(),
            "python_full_version" => &self.python_full_version,
            "os_name" => &self.os_name,
            "sys_platform" => &self.sys_platform,
            "platform_release" => &self.platform_release,
            "platform_system" => &self.platform_system,
            "platform_version" => &self.platform_version,
            "platform_machine" => &self.platform_machine,
            "platform_python_implementation" | "python_implementation" => &self.platform_python_implementation,
            "implementation_name" => &self.implementation_name,
            "implementation_version" => &self.implementation_version,
            "extra" => "",
            _ => return None,
        })
    }

    /// Whether one of buildout's names holds.
    fn flag(&self, name: &str) -> Option<bool> {
        let platform = self.sys_platform.to_ascii_lowercase();
        let other = ["pypy", "jython", "ironpython"];
        Some(match name {
            "python2" | "python3" => self.python_full_version.split('.').next() == name.strip_prefix("python"),
            "cpython" => !other.contains(&self.implementation_name.as_str()),
            "pypy" | "jython" | "ironpython" => self.implementation_name == name,
            "linux" => platform.contains("linux"),
            "windows" => platform.contains("win32"),
            "cygwin" => platform.contains("cygwin"),
            "solaris" => platform.contains("sunos"),
            "macosx" => platform.contains("darwin"),
            "posix" => self.os_name.to_ascii_lowercase().contains("posix"),
            "bits32" => self.bits == 32,
            "bits64" => self.bits == 64,
            "little_endian" => self.little_endian,
            "big_endian" => !self.little_endian,
            "True" => true,
            "False" => false,
            _ => {
                let digits = name.strip_prefix("python").filter(|d| PYTHONS.contains(d))?;
                self.python_version().replace('.', "") == digits
            }
        })
    }

    fn python_version(&self) -> &str {
        let full = &self.python_full_version;
        full.match_indices('.').nth(1).map_or(full.as_str(), |(at, _)| &full[..at])
    }
}

/// The longest expression that is looked at, in bytes.
pub(super) const LENGTH: usize = 10_000;

/// Whether `expression`, which stands at `span`, holds.
pub(super) fn evaluate(expression: &str, span: Span, conditions: &Conditions) -> Result<bool, Problem> {
    let result = if expression.len() > LENGTH {
        Err((Fault::TooLong, 0..expression.len()))
    } else {
        expression::evaluate(expression, conditions)
    };
    result.map_err(|(fault, range)| {
        let end = range.end.min(expression.len());
        Problem::Condition { fault, span: span.part(range.start.min(end), end) }
    })
}

/// A result, or what is wrong and where.
type Answer<T> = Result<T, (Fault, std::ops::Range<usize>)>;

/// Why an expression cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A character or word that the grammar has no place for.
    NotUnderstood(Box<str>),
    /// A name that is neither a marker nor one of buildout's.
    UnknownName(Box<str>),
    /// A quote without its partner.
    OpenQuote,
    /// A bracket without its partner.
    OpenBracket,
    /// The expression ends, or an operator comes, where something to judge should be.
    Missing,
    /// A marker that is not compared with anything.
    NotCompared(Box<str>),
    /// A name that is true or false, and is compared.
    Compared(Box<str>),
    /// Two texts are compared, and no marker.
    NoMarker,
    /// An operator that is for versions only.
    NotAVersion(Box<str>),
    /// Brackets in brackets beyond reason.
    TooDeep,
    /// More than [`LENGTH`] bytes.
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::super::problem::Problem;
    use super::*;
    use crate::base::Sources;

    fn ask(expression: &str, conditions: &Conditions) -> Result<bool, (Fault, usize, usize)> {
        let file = Sources::new().add("x", expression);
        evaluate(expression, Span::new(file, 0, expression.len()), conditions).map_err(|problem| match problem {
            Problem::Condition { fault, span } => (fault, span.start as usize, span.end as usize),
            other => panic!("{other:?}"),
        })
    }

    fn holds(expression: &str) -> bool {
        let mut conditions = Conditions { python_full_version: "3.11.7".into(), ..Conditions::default() };
        conditions.environment.insert("HOME".into());
        ask(expression, &conditions).unwrap()
    }

    #[test]
    fn markers_compare_versions_and_texts() {
        assert!(holds(r#"python_version >= "3.9" and python_version < "3.12""#));
        assert!(holds(r#"python_version > "3.9""#), "numbers, not texts");
        assert!(!holds("python_version == '3.1'"));
        assert!(holds("python_full_version ~= '3.11.2'"));
        assert!(holds("'3.11.*' == python_full_version or python_full_version == '3.11.*'"));
        assert!(holds("sys_platform == 'linux' and os.name == 'posix'"));
        assert!(holds("'linux' in sys.platform and 'win' not in sys_platform"));
        assert!(holds("python_version in '3.10 3.11'"));
        assert!(!holds("platform_machine < 'z'"), "texts have no order");
        assert!(holds("platform_machine >= 'x86_64'"));
        assert!(holds("python_implementation == 'CPython' and extra == ''"));
    }

    #[test]
    fn buildouts_names_combine() {
        assert!(holds(" python3 and python311 and not python310 "));
        assert!(holds("linux and posix and (bits64 or bits32) and little_endian and cpython"));
        assert!(!holds("windows or macosx or cygwin or solaris or pypy or python2 or big_endian"));
        assert!(holds("not windows and 'HOME' in os.environ"));
        assert!(holds("'NOPE' not in os.environ"));
        assert!(holds("not 'NOPE' in os.environ"));
        assert!(holds("linux and python_version > '3'"), "both grammars in one");
        assert!(holds("not not (True and not False)"));
    }

    #[test]
    fn and_binds_tighter_than_or() {
        assert!(holds("linux or linux and windows"));
        assert!(!holds("(linux or linux) and windows"));
    }

    #[test]
    fn escaped_comment_signs_are_meant() {
        let mut conditions = Conditions::default();
        conditions.environment.insert("a#;".into());
        assert_eq!(ask(r"'a\x23\x3b' in os.environ", &conditions), Ok(true));
    }

    #[test]
    fn what_is_not_understood_is_named_at_its_place() {
        let fault = |e: &str| ask(e, &Conditions::default()).unwrap_err();
        assert_eq!(fault("lnux"), (Fault::UnknownName("lnux".into()), 0, 4));
        assert_eq!(fault("linux and sys.version_info > (3,)"), (Fault::UnknownName("sys.version_info".into()), 10, 26));
        assert_eq!(fault("platform.machine() == 'x'"), (Fault::NotUnderstood("(".into()), 16, 17));
        assert_eq!(fault("linux and"), (Fault::Missing, 9, 9));
        assert_eq!(fault("(linux"), (Fault::OpenBracket, 0, 1));
        assert_eq!(fault("'x"), (Fault::OpenQuote, 0, 2));
        assert_eq!(fault("sys_platform"), (Fault::NotCompared("sys_platform".into()), 0, 12));
        assert_eq!(fault("linux == 'x'"), (Fault::Compared("linux".into()), 0, 5));
        assert_eq!(fault("'a' == 'b'"), (Fault::NoMarker, 0, 10));
        assert_eq!(fault("sys_platform ~= '1.0'"), (Fault::NotAVersion("~=".into()), 13, 15));
        assert_eq!(fault("linux linux"), (Fault::NotUnderstood("linux".into()), 6, 11));
        assert_eq!(fault(&"(".repeat(10_000)).0, Fault::TooDeep);
        assert_eq!(fault(&"not ".repeat(2_500)).0, Fault::TooDeep);
        assert_eq!(fault(&"(".repeat(10_001)).0, Fault::TooLong);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_answered(expression in "\\PC{0,40}|[()'\"a-z0-9 .<>=!~_]{0,40}") {
            let _ = ask(&expression, &Conditions::default());
        }
    }
}
