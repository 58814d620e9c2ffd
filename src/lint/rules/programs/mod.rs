//! Rules on programs and their commands.

pub(super) mod background_command;
pub(super) mod bad_command;
pub(super) mod command_not_found;
pub(super) mod empty_group;
pub(super) mod hard_stop;
pub(super) mod hot_loop;
pub(super) mod never_started;
pub(super) mod no_foreground;
pub(super) mod one_shot_restart;
pub(super) mod one_shot_startsecs;
pub(super) mod quoted_words;
pub(super) mod relative_command;
pub(super) mod retries_too_short;
pub(super) mod shell_syntax;
pub(super) mod start_order;

mod one_shot;

use crate::lint::view::Placed;

/// The last part of a path.
fn base(path: &str) -> &str {
    memchr::memrchr(b'/', path.as_bytes()).map_or(path, |slash| &path[slash + 1..])
}

/// Names of shells.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox", "fish"];

/// Whether any word of a command is a shell, or gives a script to one.
fn runs_shell(words: &[Placed]) -> bool {
    let is_shell = |word: &Placed| SHELLS.contains(&base(&word.text));
    words.iter().any(|word| is_shell(word) || matches!(word.text.as_str(), "-c" | "-lc" | "-ec" | "-exc"))
}

/// Whether a shell is given a script as a word, or some other program that may be one.
fn reads_script(words: &[Placed]) -> bool {
    let is_flag = |word: &Placed| {
        let letters = word.text.strip_prefix('-').unwrap_or_default();
        letters.ends_with('c') && letters.len() < 5 && letters.bytes().all(|b| b.is_ascii_lowercase())
    };
    let is_reader = |word: &Placed| SHELLS.contains(&base(&word.text)) || GIVERS.contains(&base(&word.text));
    let Some(reader) = words.iter().position(is_reader) else { return false };
    words[reader..].iter().any(|word| is_flag(word) || word.text == "--command")
}

/// Programs that give a word to a shell.
const GIVERS: [&str; 5] = ["su", "runuser", "script", "flock", "sg"];
