//! Commands that do one thing and end.

use super::base;
use crate::lint::view::{Block, Placed};

/// Those that end within a moment.
const QUICK: [&str; 14] =
    ["echo", "printf", "true", "false", "mkdir", "chmod", "chown", "cp", "mv", "rm", "ln", "touch", "date", "sysctl"];

/// A program, and the words with which it does one thing.
const TASKS: &[(&str, &[&str])] = &[
    ("manage.py", &["migrate", "collectstatic", "makemigrations", "syncdb", "compilemessages", "loaddata"]),
    ("alembic", &["upgrade", "downgrade"]),
    ("npm", &["install", "ci"]),
    ("pip", &["install"]),
    ("pip3", &["install"]),
    ("composer", &["install"]),
    ("apt-get", &["update", "install", "upgrade"]),
];

/// The word that says so; quick ones only, if wanted.
pub(super) fn word(block: Block<'_>, quick: bool) -> Option<Placed> {
    let words = block.words()?;
    if super::runs_shell(words) {
        return None;
    }
    let first = words.first()?;
    if QUICK.contains(&base(&first.text)) {
        return Some(first.clone());
    }
    let at = words.iter().position(|word| TASKS.iter().any(|(program, _)| *program == base(&word.text)));
    let at = at.filter(|at| !quick && *at <= 1)?;
    let (_, tasks) = TASKS.iter().find(|(program, _)| *program == base(&words[at].text))?;
    words.get(at + 1).filter(|word| tasks.contains(&word.text.as_str())).cloned()
}
