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
    let first = words.first()?;
    let word = if QUICK.contains(&base(&first.text)) { Some(first) } else { task(words).filter(|_| !quick) };
    word.filter(|_| !super::runs_shell(words)).cloned()
}

/// The word that names the task of a program, which is the first or second word.
fn task(words: &[Placed]) -> Option<&Placed> {
    let of = |word: &Placed| TASKS.iter().find(|(program, _)| *program == base(&word.text));
    let (at, (_, tasks)) = words.iter().take(2).enumerate().find_map(|(at, word)| Some((at, of(word)?)))?;
    words.get(at + 1).filter(|word| tasks.contains(&word.text.as_str()))
}
