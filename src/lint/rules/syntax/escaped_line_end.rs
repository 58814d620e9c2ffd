//! `escaped-line-end`: a `\` at the end of a line of a command, as shells want it where a command goes on.

use crate::base::{Diagnostic, Edit, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "escaped-line-end",
        Family::Syntax,
        Severity::Warning,
        "a `\\` at the end of a line of a command",
        "A deeper line goes on with the command as it is. The `\\` makes the end of the line a part of the word behind it: the \
         program is given a word that begins with a newline. Leave the `\\` out.",
    )
    .fix("takes out each of them (unsafe: the words of the command are others)")
    .example(
        "[program:web]\ncommand = /srv/bin/web \\\n    --port 8080\n",
        "[program:web]\ncommand = /srv/bin/web\n    --port 8080\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    found.extend(conf.programs().filter_map(finding));
}

fn finding(block: Block<'_>) -> Option<Diagnostic> {
    let value = block.value("command")?;
    let text = value.text();
    let ends = ends(&text);
    let first = *ends.first()?;
    let place = |at: usize| value.part(at, at + 1);
    let message = "this `\\` makes the end of the line a part of the next word";
    let finding = RULE.rule.finding(place(first), message).help("leave it out: a deeper line goes on anyway");
    let edits: Vec<Edit> = ends.iter().map(|at| Edit { span: place(*at), text: String::new() }).collect();
    let is_plain = edits.iter().all(|edit| block.conf.sources.slice(edit.span) == "\\");
    let fix = Fix { title: "leave out each `\\`".to_owned(), safety: Safety::Unsafe, edits };
    Some(if is_plain { finding.fix(fix) } else { finding })
}

/// Where each `\` stands before the end of a line, outside quotes. Within double quotes a shell that is given the text
/// reads it over.
fn ends(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('\''), '\'') | (Some('"'), '"') => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, '\\') if text[at + 1..].starts_with('\n') => found.push(at),
            (None | Some('"'), '\\') => drop(chars.next()),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::ends;

    #[test]
    fn line_ends_in_quotes_are_the_shells() {
        let cases: [(&str, &[usize]); 7] = [
            ("a \\\nb", &[2]),
            ("a\\\nb \\\n-c", &[1, 5]),
            ("a \\\\\nb", &[]),
            ("sh -c \"a \\\n b\"", &[]),
            ("sh -c 'a \\\n b' \\\nc", &[15]),
            ("a \"\\\"\" \\\nb", &[7]),
            ("a \\", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(ends(text), expected, "{text}");
        }
    }
}
