//! What a rule is.

use crate::base::{Diagnostic, Severity, Span};

/// What rules are about; the headings of the manual, and words that `select` and `ignore` take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// Texts that cannot be read.
    Syntax,
    /// Names of sections and options, and their values.
    Names,
    /// References and expansions.
    Interpolation,
    /// Programs and their commands.
    Programs,
    /// Where output goes.
    Logs,
    /// Event listeners.
    Listeners,
    /// Ports and sockets.
    Ports,
    /// Who may do what, and who sees what.
    Security,
    /// What works here and not there.
    Portability,
    /// What a build finds and writes.
    Building,
    /// The linter itself.
    Lint,
}

impl Family {
    /// All of them, in the order of the manual.
    pub const ALL: [Self; 11] = [
        Self::Syntax,
        Self::Names,
        Self::Interpolation,
        Self::Programs,
        Self::Logs,
        Self::Listeners,
        Self::Ports,
        Self::Security,
        Self::Portability,
        Self::Building,
        Self::Lint,
    ];

    /// Its name.
    pub fn word(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::Names => "names",
            Self::Interpolation => "interpolation",
            Self::Programs => "programs",
            Self::Logs => "logs",
            Self::Listeners => "listeners",
            Self::Ports => "ports",
            Self::Security => "security",
            Self::Portability => "portability",
            Self::Building => "building",
            Self::Lint => "lint",
        }
    }

    /// Its heading.
    pub fn title(self) -> &'static str {
        match self {
            Self::Syntax => "Syntax",
            Self::Names => "Names and values",
            Self::Interpolation => "References and expansions",
            Self::Programs => "Programs and commands",
            Self::Logs => "Logs",
            Self::Listeners => "Event listeners",
            Self::Ports => "Ports and sockets",
            Self::Security => "Security",
            Self::Portability => "Portability",
            Self::Building => "Building",
            Self::Lint => "The linter itself",
        }
    }
}

/// A rule: its name and what it is for.
#[derive(Debug)]
pub struct Rule {
    /// Stable name, as it stands in every finding.
    pub code: &'static str,
    /// What it is about.
    pub family: Family,
    /// How bad its findings are, at worst.
    pub severity: Severity,
    /// What it finds, as a noun phrase.
    pub finds: &'static str,
    /// Why that is worth a finding, and what to do instead: one or two sentences.
    pub why: &'static str,
    /// What `--fix` or `--unsafe-fixes` does about it.
    pub fix: Option<&'static str>,
    /// Whether it does so in manifests, too.
    pub is_fixed_anywhere: bool,
    /// What it looks like.
    pub example: Option<Example>,
}

/// A text with the fault and one without; tests run both.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What the file is called: what it is.
    pub name: &'static str,
    /// A `recipe-lint.toml`, where the rule needs one.
    pub given: &'static str,
    /// Another file beside it, by its name.
    pub beside: Option<(&'static str, &'static str)>,
    /// Gives exactly this finding.
    pub bad: &'static str,
    /// Gives nothing.
    pub good: &'static str,
}

impl Example {
    /// For people.
    fn page(&self) -> String {
        let Self { name, given, beside, bad, good } = self;
        let given = (!given.is_empty()).then_some(("recipe-lint.toml", *given));
        let with = |(name, text)| format!("\nWith this in `{name}`:\n\n```{}\n{text}```\n", language(name));
        let with: String = given.into_iter().chain(*beside).map(with).collect();
        let language = language(name);
        format!("{with}\nFound:\n\n```{language}\n{bad}```\n\nRight:\n\n```{language}\n{good}```\n")
    }
}

/// How a file of this name is coloured.
fn language(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("toml") => "toml",
        Some("yaml") => "yaml",
        _ => "ini",
    }
}

impl Rule {
    /// One without an example.
    pub const fn new(
        code: &'static str,
        family: Family,
        severity: Severity,
        finds: &'static str,
        why: &'static str,
    ) -> Self {
        Self { code, family, severity, finds, why, fix: None, is_fixed_anywhere: false, example: None }
    }

    /// What fixing does, in manifests as well.
    #[must_use]
    pub const fn fix_anywhere(mut self, fix: &'static str) -> Self {
        self.is_fixed_anywhere = true;
        self.fix(fix)
    }

    /// What fixing does, in a configuration.
    #[must_use]
    pub const fn fix(mut self, fix: &'static str) -> Self {
        self.fix = Some(fix);
        self
    }

    /// With what it looks like.
    #[must_use]
    pub const fn example(self, bad: &'static str, good: &'static str) -> Self {
        self.example_in("web.conf", bad, good)
    }

    /// As [`Self::example`], in a file of this name.
    #[must_use]
    pub const fn example_in(mut self, name: &'static str, bad: &'static str, good: &'static str) -> Self {
        self.example = Some(Example { name, given: "", beside: None, bad, good });
        self
    }

    /// The example is of these settings.
    #[must_use]
    pub const fn given(mut self, settings: &'static str) -> Self {
        if let Some(example) = &mut self.example {
            example.given = settings;
        }
        self
    }

    /// Beside the example there is another file.
    #[must_use]
    pub const fn beside(mut self, name: &'static str, text: &'static str) -> Self {
        if let Some(example) = &mut self.example {
            example.beside = Some((name, text));
        }
        self
    }

    /// All of it, for people: a section of the manual.
    pub fn page(&self) -> String {
        let (severity, finds, why) = (self.severity.name(), self.finds, self.why);
        let head = format!("### `{}`\n\n{severity}: {finds}. {why}\n", self.code);
        let fixing = if self.is_fixed_anywhere { "Fixing" } else { "In a configuration, fixing" };
        let fix = self.fix.map(|fix| format!("\n{fixing} {fix}.\n")).unwrap_or_default();
        head + &fix + &self.example.map(|example| example.page()).unwrap_or_default()
    }

    /// A finding of this rule, as bad as it gets.
    pub fn finding(&self, span: impl Into<Option<Span>>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.severity, self.code, span, message)
    }
}
