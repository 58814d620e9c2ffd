//! From a line of a built supervisord.conf back to the value of the manifest that it was made of.

use crate::base::{Diagnostic, Label, Severity, Sources, Span, verbatim};
use crate::compile::document::{Node, Table};
use crate::compile::output::Output;
use crate::compile::parts::lists;
use crate::compile::project::{Part, Project};

/// A built configuration, and what it was made from.
#[derive(Debug)]
pub struct Built<'a> {
    /// The part that makes it.
    pub part: &'a Part,
    /// The project, with the parts of the programs.
    pub project: &'a Project,
    /// It.
    pub output: &'a Output,
    /// The texts of both.
    pub sources: &'a Sources,
}

impl Built<'_> {
    /// The finding at the place in the manifest that is to be mended; where that is not known, as it is, with the part
    /// beside it. `variable` is the one of the environment that is asked for in vain.
    pub fn written(&self, finding: Diagnostic, variable: Option<&str>) -> Diagnostic {
        if let Some((place, variable)) = variable.and_then(|variable| self.password_at_start(variable)) {
            return not_set(place, variable, finding.severity, &self.part.name);
        }
        let built = finding.span.filter(|span| self.sources.name(span.file) == self.output.path);
        let place = built.and_then(|span| self.source(span, variable));
        match (place, built) {
            (Some(place), Some(span)) => {
                let mut finding = Diagnostic { span: Some(place), ..finding };
                let text = format!("part `{}` makes this of it", self.part.name);
                finding.labels.insert(0, Label { span, text });
                finding
            }
            _ => self.unplaced(finding),
        }
    }

    /// As [`Self::written`], with the other places of the finding. What would mend the built text mends nothing.
    pub fn looked_up(&self, finding: Diagnostic) -> Diagnostic {
        let place = |span: Span| self.source(span, None).unwrap_or(span);
        let others = finding.labels.iter().map(|label| Label { span: place(label.span), text: label.text.clone() });
        let others: Vec<Label> = others.collect();
        let mut finding = self.written(Diagnostic { labels: Vec::new(), fix: None, ..finding }, None);
        finding.labels.splice(0..0, others);
        finding
    }

    /// The password that supervisord takes from a variable when it starts, if that is the one.
    fn password_at_start<'v>(&self, variable: &'v str) -> Option<(Span, &'v str)> {
        let password = self.part.table.get("credentials")?.as_table()?.get("password")?;
        let expansion = format!("%(ENV_{variable})s");
        let is_it = verbatim::is_marked(&password.as_scalar()?.text) && password.as_scalar()?.text.contains(&expansion);
        is_it.then(|| (password.span(), variable))
    }

    /// A finding that has no place in the configuration, at the option of the manifest that it is about.
    pub fn of_option(&self, finding: Diagnostic, section: &str, option: &str) -> Diagnostic {
        match self.place(section, option, None).filter(|_| !self.project.is_cfg) {
            Some(place) => Diagnostic { span: Some(place), ..finding },
            None => self.unplaced(finding),
        }
    }

    /// A finding about the command of a program that may have one of these names.
    pub fn of_program(&self, finding: Diagnostic, names: &[&str]) -> Diagnostic {
        const KINDS: [&str; 3] = ["program", "eventlistener", "fcgi-program"];
        let sections = names.iter().flat_map(|name| KINDS.map(|kind| format!("{kind}:{name}")));
        let place = sections.filter(|_| !self.project.is_cfg).find_map(|section| self.place(&section, "command", None));
        match place {
            Some(place) => Diagnostic { span: Some(place), ..finding },
            None => self.unplaced(finding),
        }
    }

    fn unplaced(&self, finding: Diagnostic) -> Diagnostic {
        finding.label(self.output.origin, format!("part `{}` makes it", self.part.name))
    }

    /// What a place in the configuration was made from: the option of a native manifest by its name, else what the
    /// writer has noted.
    fn source(&self, built: Span, variable: Option<&str>) -> Option<Span> {
        let at = built.range().start;
        let named = || {
            let (section, option) = section_and_option(self.sources.text(built.file), at);
            self.place(section, option, variable)
        };
        let named = if self.project.is_cfg { None } else { named() };
        named.or_else(|| self.output.source(at))
    }

    /// Where the manifest says the option of the section; else where it says the section.
    fn place(&self, section: &str, option: &str, variable: Option<&str>) -> Option<Span> {
        let (kind, name) = section.split_once(':').unwrap_or((section, ""));
        if kind == "program" && lists(self.part, name) {
            let program = self.project.parts.iter().find(|program| program.name == name)?;
            return Some(value(&program.table, option, variable).unwrap_or(program.span));
        }
        let table = self.part.table.get(kind)?.as_table()?;
        let table = if name.is_empty() { table } else { table.get(name)?.as_table()? };
        Some(value(table, option, variable).unwrap_or(table.span))
    }
}

/// The finding that supervisord cannot have its password, as it would say in many words at each place of it.
fn not_set(place: Span, variable: &str, severity: Severity, part: &str) -> Diagnostic {
    let message =
        format!("`{variable}` is not set, and supervisord takes the password of `{part}` from it when it starts");
    Diagnostic::new(severity, "conf-expansion", place, message)
        .help(format!("set it for `recipe up`, and for `{part}ctl`, which asks with the same password"))
}

/// Where the value is, or that of its values that asks for the variable.
fn value(table: &Table, option: &str, variable: Option<&str>) -> Option<Span> {
    let node = table.get(option)?;
    let asks = |node: &Node| {
        let expansion = format!("%(ENV_{})", variable?);
        node.as_scalar().is_some_and(|scalar| scalar.text.contains(&expansion)).then(|| node.span())
    };
    let inner = node.as_table().and_then(|inner| inner.entries().iter().find_map(|entry| asks(&entry.node)));
    Some(inner.unwrap_or(node.span()))
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
