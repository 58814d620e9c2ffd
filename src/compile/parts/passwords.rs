//! The passwords of a project, to find one that is written where it can be seen instead of referred to.

use std::ops::Range;

use crate::base::secret;
use crate::compile::document::{Node, Table};
use crate::compile::project::Project;

/// Shorter ones may be any word.
const SHORTEST: usize = 5;

/// The passwords that can be told from other words.
#[derive(Debug, Default)]
pub(super) struct Passwords(Vec<String>);

impl Passwords {
    /// Those of all parts. One that is also a user name, or the name of the project, would be found where that is meant.
    pub(super) fn of(project: &Project) -> Self {
        let mut passwords = Vec::new();
        for part in &project.parts {
            let of_native = part.table.get("credentials").and_then(Node::as_table);
            let of_cfg = super::secret_options(part.kind).iter().map(|option| (&part.table, *option, "user"));
            for (table, option, user) in
                of_native.map(|table| (table, "password", "username")).into_iter().chain(of_cfg)
            {
                passwords.extend(password(table, option, user).filter(|text| *text != project.name));
            }
        }
        passwords.sort_unstable();
        passwords.dedup();
        Self(passwords)
    }

    /// Where `text`, a command line, holds one as a word of its own: ascending, not overlapping.
    pub(super) fn places(&self, text: &str) -> Vec<Range<usize>> {
        let is_edge = |c: char| c.is_whitespace() || "\"'=:@,".contains(c);
        let mut found = Vec::new();
        for password in &self.0 {
            for at in memchr::memmem::find_iter(text.as_bytes(), password.as_bytes()) {
                let end = at + password.len();
                if text[..at].ends_with(is_edge) && (end == text.len() || text[end..].starts_with(is_edge)) {
                    found.push(at..end);
                }
            }
        }
        found.sort_by_key(|range| range.start);
        found.dedup_by(|later, first| later.start < first.end);
        found
    }
}

fn password(table: &Table, option: &str, user: &str) -> Option<String> {
    let marked = &table.scalar(option)?.text;
    let text = secret::is_marked(marked).then(|| secret::reveal(marked))?;
    let is_user = table.scalar(user).is_some_and(|user| *user.text == *text);
    (text.len() >= SHORTEST && !is_user).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_as_a_word() {
        let passwords = Passwords(vec!["hunter2".to_owned()]);
        let found = |text: &str| secret::mask_ranges(text, &passwords.places(text)).replace("(secret)", "*");
        let cases = [
            ("x -p hunter2", "x -p *"),
            ("x --db=a:hunter2@h 'hunter2'", "x --db=a:*@h '*'"),
            ("hunter2 -x /hunter2 hunter22", "hunter2 -x /hunter2 hunter22"),
        ];
        for (text, shown) in cases {
            assert_eq!(found(text), shown);
        }
    }
}
