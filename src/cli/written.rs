//! From a line of a built supervisord.conf back to the value of the manifest that it was made of.

use super::pipeline::lists;
use crate::base::{Diagnostic, Label, Sources, Span};
use crate::compile::document::{Node, Table};
use crate::compile::project::{Part, Project};

/// Where a finding in a built configuration comes from, as far as it is known.
pub(super) struct Built<'a> {
    /// The part that makes the configuration.
    pub(super) part: &'a Part,
    /// The project, with the parts of the programs.
    pub(super) project: &'a Project,
    /// The variable of the environment that is asked for in vain.
    pub(super) variable: Option<&'a str>,
}

impl Built<'_> {
    /// The finding at the place in the manifest that is to be mended; where that is not known, as it is, with `otherwise`
    /// beside it.
    pub(super) fn written(&self, finding: Diagnostic, otherwise: Label, sources: &Sources) -> Diagnostic {
        let built = finding.span.filter(|_| !self.project.is_cfg);
        let place = built.and_then(|span| {
            let (section, option) = section_and_option(sources.text(span.file), span.range().start);
            self.place(section, option)
        });
        match (place, built) {
            (Some(place), Some(built)) => {
                let label = format!("part `{}` makes this of it", self.part.name);
                Diagnostic { span: Some(place), ..finding }.label(built, label)
            }
            _ => finding.label(otherwise.span, otherwise.text),
        }
    }

    /// A finding that has no place in the configuration, at the option of the manifest that it is about.
    pub(super) fn of_option(&self, finding: Diagnostic, section: &str, option: &str, otherwise: Label) -> Diagnostic {
        match self.place(section, option).filter(|_| !self.project.is_cfg) {
            Some(place) => Diagnostic { span: Some(place), ..finding },
            None => finding.label(otherwise.span, otherwise.text),
        }
    }

    /// Where the manifest says the option of the section; else where it says the section.
    fn place(&self, section: &str, option: &str) -> Option<Span> {
        let (kind, name) = section.split_once(':').unwrap_or((section, ""));
        if kind == "program" && lists(self.part, name) {
            let program = self.project.parts.iter().find(|program| program.name == name)?;
            return Some(self.value(&program.table, option).unwrap_or(program.span));
        }
        let table = self.part.table.get(kind)?.as_table()?;
        let table = if name.is_empty() { table } else { table.get(name)?.as_table()? };
        Some(self.value(table, option).unwrap_or(table.span))
    }

    /// Where the value is, or that of its values that asks for the variable.
    fn value(&self, table: &Table, option: &str) -> Option<Span> {
        let node = table.get(option)?;
        let asks = |node: &Node| {
            let expansion = format!("%(ENV_{})", self.variable?);
            node.as_scalar().is_some_and(|scalar| scalar.text.contains(&expansion)).then(|| node.span())
        };
        let inner = node.as_table().and_then(|inner| inner.entries().iter().find_map(|entry| asks(&entry.node)));
        Some(inner.unwrap_or(node.span()))
    }
}

/// The header of the section that `at` stands in, and the name of the option; empty where there is none.
fn section_and_option(text: &str, at: usize) -> (&str, &str) {
    let end = text[at..].find('\n').map_or(text.len(), |n| at + n);
    let mut option = "";
    for line in text[..end].lines().rev() {
        if let Some(header) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            return (header, option);
        }
        let is_continued = line.starts_with([' ', '\t']) || line.is_empty();
        if option.is_empty() && !is_continued {
            option = line.split(['=', ':']).next().unwrap_or("").trim();
        }
    }
    ("", option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_is_found_by_its_line() {
        let text = "; head\n[supervisord]\nlogfile = /x\n\n[program:a]\ncommand = x\n  y: z\nuser = me\n";
        let at = |what: &str| section_and_option(text, text.find(what).unwrap());
        assert_eq!(at("/x"), ("supervisord", "logfile"));
        assert_eq!(at("command"), ("program:a", "command"));
        assert_eq!(at("z"), ("program:a", "command"));
        assert_eq!(at("me\n"), ("program:a", "user"));
        assert_eq!(at("program:a"), ("program:a", ""));
        assert_eq!(at("head"), ("", "; head"));
    }
}
