//! What can be wrong with the text of a manifest, and all words about it.

use crate::base::list::count;
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Fix, Safety, Span};

use super::cfg::LineFault;
use super::condition::{FLAGS, Fault as ConditionFault, LENGTH, VARIABLES};

/// The start of a line, short enough for a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Excerpt(Box<str>);

impl Excerpt {
    /// At most forty characters of `line`.
    pub(super) fn of(line: &str) -> Self {
        let line = line.trim();
        match line.char_indices().nth(40) {
            Some((end, _)) => Self(format!("{}…", &line[..end]).into()),
            None => Self(line.into()),
        }
    }
}

/// One finding of a reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Problem {
    /// The text does not fit our spans.
    TooLarge { span: Span },
    /// A character that no manifest may hold; whether it is written as an escape.
    Forbidden { character: char, escaped: bool, span: Span },
    /// A byte order mark in a `.cfg`.
    ByteOrderMark { span: Span },
    /// Tables and lists in each other beyond reason.
    TooDeep { limit: usize, span: Span },
    /// A line of a `.cfg` before any section.
    BeforeHeader { line: Excerpt, span: Span },
    /// A line of a `.cfg` that has none of its forms; `above` is the option that is open.
    BadLine { fault: LineFault, line: Excerpt, above: Option<Box<str>>, span: Span },
    /// Errors that are not named one by one.
    MoreErrors { count: usize, span: Span },
    /// An option set twice under one header of a `.cfg`.
    /// With all lines of the first, and whether there is a comment among them.
    SetTwice { key: Box<str>, first: Span, lost: (Span, bool), span: Span },
    /// A conditional section that cannot be judged.
    Condition { fault: ConditionFault, span: Span },
    /// What a TOML parser says; `within` is what it was reading.
    TomlSyntax { what: Box<str>, help: Option<Box<str>>, within: Option<Span>, span: Span },
    /// A word that is no value of TOML; `list` is the bracket of the list that it is in.
    TomlValue { text: Excerpt, why: Box<str>, list: Option<Span>, span: Span },
    /// What a YAML parser says; `bracket` is the last one that is still open.
    YamlSyntax { what: Box<str>, help: Option<&'static str>, bracket: Option<Span>, span: Span },
    /// A manifest that is one list or one word.
    NotATable { what: &'static str, span: Span },
    /// `---` after the first document.
    SecondDocument { span: Span },
    /// `*name` without `&name` before it.
    UnknownAlias { name: Box<str>, span: Span },
    /// `*name` in what `&name` stands before.
    AliasInItself { span: Span },
    /// Aliases of aliases beyond reason.
    TooManyAliases { limit: usize, span: Span },
    /// `!name` that is none of ours.
    UnknownTag { tag: Box<str>, span: Span },
    /// `!!int yes`
    TagMismatch { tag: Box<str>, span: Span },
    /// A list or table as a key.
    ComplexKey { what: &'static str, span: Span },
    /// `<<: 1`
    MergeOfNoTable { what: &'static str, span: Span },
    /// A key with two values.
    SameKey { key: Box<str>, first: Span, span: Span },
    /// A table with two headers, or one that is something else already.
    SameTable { name: Box<str>, first: Span, span: Span },
    /// A dotted key or header into what is complete.
    Closed { key: Box<str>, what: &'static str, first: Span, span: Span },
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::TooLarge { span } => Self::error("file-too-large", span, "the file is larger than 4 GiB"),
            Problem::Forbidden { character, escaped, span } => forbidden(character, escaped, span),
            Problem::ByteOrderMark { span } => {
                Self::warning("byte-order-mark", span, "the file starts with a byte order mark")
                    .help("zc.buildout takes it for an option before the first section: save the file without it")
                    .fix(Fix::replace(Safety::Safe, "remove it", span, ""))
            }
            Problem::TooDeep { limit, span } => {
                Self::error("nested-too-deep", span, format!("nested deeper than {limit} levels"))
            }
            Problem::BeforeHeader { line, span } => {
                let text = format!("`{}` stands before the first section", line.0);
                Self::error("no-section", span, text).help("start the file with a `[section]`, such as `[buildout]`")
            }
            Problem::BadLine { fault, line, above, span } => bad_line(fault, &line.0, above.as_deref(), span),
            Problem::MoreErrors { count: number, span } => {
                let errors = count(number, "further error", "further errors");
                Self::error("more-errors", span, format!("{errors} in this file"))
            }
            Problem::SetTwice { key, first, lost: (lines, has_comment), span } => Self::warning(
                "option-set-twice",
                span,
                format!("`{key}` is set twice in this section; this value wins"),
            )
            .label(first, "first set here, without effect")
            .fix(Fix::replace(
                if has_comment { Safety::Unsafe } else { Safety::Safe },
                "remove the value that is lost",
                lines,
                "",
            )),
            Problem::Condition { fault, span } => condition(&fault, span),
            Problem::TomlSyntax { what, help, within, span } => toml_syntax(&what, help, within, span),
            Problem::TomlValue { text, why, list, span } => toml_value(&text.0, &why, list, span),
            Problem::YamlSyntax { what, help, bracket, span } => yaml_syntax(&what, help, bracket, span),
            Problem::NotATable { what, span } => {
                Self::error("not-a-table", span, format!("the manifest is {what}, and should be a table"))
                    .help("start with sections such as `project:` and `parts:`")
            }
            Problem::SecondDocument { span } => Self::error("second-document", span, "a second document starts here")
                .help("a manifest is one document: use `extends` to share what several have in common"),
            Problem::UnknownAlias { name, span } => {
                Self::error("unknown-alias", span, format!("no `&{name}` stands before `*{name}`"))
            }
            Problem::AliasInItself { span } => {
                Self::error("alias-in-itself", span, "this alias is part of what it names")
            }
            Problem::TooManyAliases { limit, span } => Self::error(
                "too-many-aliases",
                span,
                format!("the aliases of this file expand to more than {limit} values"),
            )
            .help("this is where the limit is passed; this and further aliases are left out"),
            Problem::UnknownTag { tag, span } => {
                Self::error("unknown-tag", span, format!("`{tag}` is not a known tag"))
                    .help("known are `!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!map`, and `!!seq`")
            }
            Problem::TagMismatch { tag, span } => {
                Self::error("tag-mismatch", span, format!("the value is not what its tag `{tag}` says"))
            }
            Problem::ComplexKey { what, span } => {
                Self::error("complex-key", span, format!("this key is {what}")).help("a key is a text")
            }
            Problem::MergeOfNoTable { what, span } => {
                Self::error("bad-merge", span, format!("`<<` merges tables, and this is {what}"))
            }
            Problem::SameKey { key, first, span } => {
                Self::error("duplicate-key", span, format!("`{key}` is set twice")).label(first, "first set here")
            }
            Problem::SameTable { name, first, span } => {
                Self::error("duplicate-key", span, format!("`{name}` is defined twice"))
                    .label(first, "first defined here")
            }
            Problem::Closed { key, what, first, span } => {
                Self::error("duplicate-key", span, format!("`{key}` is {what} already, and takes no keys here"))
                    .label(first, "defined here")
            }
        }
    }
}

fn forbidden(character: char, escaped: bool, span: Span) -> Diagnostic {
    let written = if escaped { "written as an escape" } else { "in the text" };
    if character == '\0' {
        return Diagnostic::error("nul-character", span, format!("a NUL character, {written}"))
            .help("no path, argument or environment variable can hold one; is the file UTF-16?");
    }
    let text = format!("the character U+{:04X}, {written}, is reserved", u32::from(character));
    Diagnostic::error("reserved-character", span, text).help("Unicode keeps it for internal use: leave it out")
}

fn bad_line(fault: LineFault, line: &str, above: Option<&str>, span: Span) -> Diagnostic {
    let error = |text: String| Diagnostic::error("bad-line", span, text);
    match fault {
        LineFault::NoSectionName => error(format!("`{line}` names no section")).help("write `[name]`"),
        LineFault::Unclosed => error(format!("`{line}` lacks its `]`"))
            .help("write `[name]`; in a condition, `#` and `;` are written `\\x23` and `\\x3b`"),
        LineFault::SectionName(c) => error(format!("{} in the section name of `{line}`", character(c)))
            .help("a section name holds no space and none of `# [ ] : ; { }`"),
        LineFault::AfterHeader => {
            error(format!("text behind the section header `{line}`")).help("only a comment may follow: `[name] # …`")
        }
        LineFault::Colon => error(format!("`{line}` sets an option with a colon"))
            .help(colon_help(line))
            // It may as well be text that has lost its indentation.
            .fix(Fix::replace(Safety::Unsafe, "write `=`", span, " =")),
        LineFault::NoOptionName => error(format!("`{line}` has no option name")).help("write `name = value`"),
        LineFault::OptionName(c) => error(format!("{} in the option name of `{line}`", character(c)))
            .help("an option name holds no space and none of `{ } [ ] = :`"),
        LineFault::Indented => error(format!("`{line}` is indented, and no option is above it"))
            .help("an indented line goes on with a value; start options and sections in the first column"),
        LineFault::Neither => {
            let error = error(format!("`{line}` is neither `[section]` nor `option = value`"));
            match above {
                Some(option) => error.help(format!("indent it to make it part of the value of `{option}`")),
                None => error,
            }
        }
    }
}

fn colon_help(line: &str) -> String {
    match line.split_once(':') {
        Some((key, value)) if !line.ends_with('…') => {
            format!("buildout 1.x wrote `key: value`; write `{} = {}`", key.trim(), value.trim())
        }
        _ => "buildout 1.x wrote `key: value`; write `key = value`".to_owned(),
    }
}

fn character(c: char) -> String {
    if c.is_whitespace() { "white space".to_owned() } else { format!("`{c}`") }
}

fn toml_syntax(what: &str, help: Option<Box<str>>, within: Option<Span>, span: Span) -> Diagnostic {
    let mut error = Diagnostic::error("toml-syntax", span, what);
    if let Some(within) = within {
        error = error.label(within, "while reading this");
    }
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn toml_value(text: &str, why: &str, list: Option<Span>, span: Span) -> Diagnostic {
    let error = Diagnostic::error("toml-syntax", span, format!("`{text}` is not a value of TOML: {why}"));
    let quoted = format!("\"{}\"", text.replace('"', "\\\""));
    let is_plain =
        !text.contains(['"', '\\', '…', '#', '=', '[', ']', '{', '}']) && !text.chars().any(char::is_control);
    let error = match list {
        Some(bracket) => error.label(bracket, "in this list; is its `]` missing?"),
        None if is_plain => error.fix(Fix::replace(Safety::Unsafe, "quote it", span, &*quoted)),
        None => error,
    };
    error.help(format!("to keep it as it is written, quote it: `{quoted}`"))
}

fn yaml_syntax(what: &str, help: Option<&str>, bracket: Option<Span>, span: Span) -> Diagnostic {
    let mut error = Diagnostic::error("yaml-syntax", span, what);
    if let Some(bracket) = bracket {
        error = error.label(bracket, "this bracket is still open");
    }
    match help {
        Some(help) => error.help(help),
        None => error,
    }
}

fn condition(fault: &ConditionFault, span: Span) -> Diagnostic {
    let error = |text: String| Diagnostic::error("bad-condition", span, text);
    let understood = "understood are markers (`python_version >= \"3.9\"`, `sys_platform == \"linux\"`), buildout's names \
                      (`python3`, `linux`, `bits64`), `'X' in os.environ`, `and`, `or`, `not` and brackets";
    match fault {
        ConditionFault::NotUnderstood(text) => {
            error(format!("`{text}` is not understood in a condition")).help(understood)
        }
        ConditionFault::UnknownName(name) => {
            let error = error(format!("`{name}` is not a name that conditions know"));
            if name.starts_with(|c: char| c.is_ascii_digit()) {
                return error.help(format!("quote it: `\"{name}\"`"));
            }
            match did_you_mean(name, VARIABLES.into_iter().chain(FLAGS)) {
                Some(nearest) => error.help(nearest),
                None => error.help(understood),
            }
        }
        ConditionFault::OpenQuote => error("this quote is not closed".to_owned()),
        ConditionFault::OpenBracket => error("this bracket is not closed".to_owned()),
        ConditionFault::Missing => error("the condition lacks something to judge here".to_owned()).help(understood),
        ConditionFault::NotCompared(name) => {
            error(format!("`{name}` is a text, neither true nor false")).help("compare it: `sys_platform == \"linux\"`")
        }
        ConditionFault::Compared(name) => error(format!("`{name}` is true or false, and cannot be compared"))
            .help(format!("write `{name}` or `not {name}`")),
        ConditionFault::NoMarker => error("one side of a comparison must be a marker".to_owned()).help(understood),
        ConditionFault::NotAVersion(operator) => error(format!("`{operator}` compares versions, and this is none"))
            .help("write `==`, `!=`, `in` or `not in`"),
        ConditionFault::TooLong => error(format!("a condition of more than {LENGTH} bytes")),
        ConditionFault::TooDeep => error("too many brackets or `not`s in each other".to_owned()),
    }
}
