//! Sections as the text of a conf, which the reader takes for exactly those sections.

use super::expand;
use super::options::{self, Section};
use super::problem::Problem;
use super::quote;
use crate::base::secret;

/// A section to be written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SectionText {
    /// What stands between the brackets.
    pub header: String,
    /// Names in lower case, each with its value.
    pub options: Vec<(String, Text)>,
}

/// A value to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// Means itself; each `%` is doubled, as often as the option is expanded.
    Literal(String),
    /// Is expanded when it is read.
    Template(String),
}

/// The text of `sections`, with a blank line between them; or the first thing that cannot be expressed. Marks of
/// secrets stay in place.
pub fn write(sections: &[SectionText]) -> Result<String, Problem> {
    let texts: Result<Vec<String>, Problem> = sections.iter().map(section).collect();
    Ok(texts?.join("\n"))
}

fn section(section: &SectionText) -> Result<String, Problem> {
    check_header(&section.header)?;
    let kind = Section::of(&section.header).map(|(kind, _)| kind);
    let mut out = format!("[{}]\n", section.header);
    for (name, text) in &section.options {
        check_name(name)?;
        let value = value(kind, name, text)?;
        out.push_str(name);
        // No blank is left at the end of a line.
        out.push_str(if value.is_empty() || value.starts_with('\n') { " =" } else { " = " });
        out.push_str(&value);
        out.push('\n');
    }
    Ok(out)
}

fn value(kind: Option<Section>, name: &str, text: &Text) -> Result<String, Problem> {
    let option = kind.and_then(|kind| options::find(kind, name));
    match (text, option) {
        (Text::Literal(text), Some(option)) => quote::quote_literal(option, text),
        (Text::Literal(text), None) => quote::quote_value(&expand::escape(text)),
        (Text::Template(text), Some(option)) if option.knows_here() => quote::quote_expanded(text),
        (Text::Template(text), _) => quote::quote_value(text),
    }
}

fn check_header(header: &str) -> Result<(), Problem> {
    let shown = secret::reveal(header);
    let problem = |reason| Problem::InexpressibleValue { value: header.to_owned(), reason };
    if shown.is_empty() || shown == "DEFAULT" {
        return Err(problem("a section needs a name, and `DEFAULT` is none"));
    }
    check_line(&shown).map_err(problem)
}

fn check_name(name: &str) -> Result<(), Problem> {
    let problem = |reason| Problem::InexpressibleValue { value: name.to_owned(), reason };
    if name.is_empty() || name.to_lowercase() != name {
        return Err(problem("the name of an option is in lower case"));
    }
    if name.contains(['=', ':']) || name.starts_with('[') || super::python::strip(name) != name {
        return Err(problem("the name of an option cannot hold `=` or `:`, or start with `[`"));
    }
    check_line(name).map_err(problem)
}

/// Whether `text` stays whole on a line.
fn check_line(text: &str) -> Result<(), &'static str> {
    if text.contains(['\n', '\r']) {
        return Err("it must be on one line");
    }
    if quote::starts_comment(text) {
        return Err("`;` or `#` after a blank starts a comment");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::expand::{Environ, Label, Scope};
    use super::super::format::Value;
    use super::super::ini::Ini;
    use super::*;
    use crate::base::Sources;
    use proptest::prelude::*;

    fn literal(header: &str, options: &[(&str, &str)]) -> SectionText {
        let option = |(name, value): &(&str, &str)| ((*name).to_owned(), Text::Literal((*value).to_owned()));
        SectionText { header: header.to_owned(), options: options.iter().map(option).collect() }
    }

    /// Reads and expands as often as the option is expanded.
    fn read(text: &str) -> Vec<SectionText> {
        let mut sources = Sources::new();
        let mut ini = Ini::new();
        ini.read(sources.add("conf", text), "conf", text);
        assert_eq!(ini.problems(), [], "{text}");
        let environ = Environ::default();
        let scope = Scope::new(&environ).with("here", Value::Text("/h"));
        let mut sections = Vec::new();
        for section in ini.sections() {
            let kind = Section::of(section.name).map(|(kind, _)| kind);
            let mut options = Vec::new();
            for option in section.options() {
                let row = kind.and_then(|kind| options::find(kind, &option.name));
                let mut value = option.value.text().into_owned();
                for _ in 0..row.map_or(1, |row| row.expansions) {
                    value = expand::expand(&value, &scope, Label::Bare("x")).unwrap().into_owned();
                }
                options.push((option.name.to_string(), Text::Literal(value)));
            }
            sections.push(SectionText { header: section.name.to_owned(), options });
        }
        sections
    }

    #[test]
    fn sections_are_written_as_one_would() {
        let mut program = literal("program:a", &[("command", "/bin/a 50%"), ("environment", "A=\"1\",\nB=\"2\"")]);
        program
            .options
            .push(("process_name".to_owned(), Text::Template("%(program_name)s_%(process_num)d".to_owned())));
        let text = write(&[literal("supervisord", &[("user", "")]), program]).unwrap();
        assert_eq!(
            text,
            "[supervisord]\nuser =\n\n[program:a]\ncommand = /bin/a 50%%\nenvironment = A=\"1\",\n    B=\"2\"\n\
             process_name = %(program_name)s_%(process_num)d\n"
        );
    }

    #[test]
    fn what_cannot_be_a_header_or_a_name_is_refused() {
        for header in ["", "DEFAULT", "a\nb", "a ;b"] {
            assert!(write(&[literal(header, &[])]).is_err(), "{header}");
        }
        for name in ["", "A", "a=b", "a:b", "[a", " a", ";a", "a #b"] {
            assert!(write(&[literal("x", &[(name, "")])]).is_err(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(
            name in "[a-z\\]é;# ]{1,6}",
            keys in prop::collection::btree_set("[a-z_#;\\[\\] .]{1,5}|command|stdout_logfile|environment", 0..4),
            values in prop::collection::vec("[a;# \n=%\\[\\]:]{0,8}|\\PC{0,8}", 4),
        ) {
            let options: Vec<_> = keys.into_iter().zip(values).map(|(k, v)| (k, Text::Literal(v))).collect();
            let sections = vec![SectionText { header: format!("program:{name}"), options }];
            if let Ok(text) = write(&sections) {
                prop_assert_eq!(read(&text), sections);
            }
        }

        #[test]
        fn all_options_take_any_value(at in 0..options::OPTIONS.len(), value in "[a;# \n=%]{0,8}") {
            let option = &options::OPTIONS[at];
            prop_assume!(option.knows_here());
            let header = match option.sections[0] {
                kind if kind.is_named() => format!("{}:x", kind.word()),
                kind => kind.word().to_owned(),
            };
            let sections = vec![literal(&header, &[(option.name, &value)])];
            prop_assert_eq!(read(&write(&sections).unwrap()), sections);
        }
    }
}
