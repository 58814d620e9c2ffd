//! `shell-syntax`: what only a shell understands, in a command that no shell sees.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf, Daemon, Placed};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "shell-syntax",
        Family::Programs,
        Severity::Warning,
        "something of a shell in a command that is run without one",
        "supervisord and zdaemon start the program themselves: `&&`, `>`, `$VAR` and the like are handed to it as they are. \
         Run `/bin/sh -c '…'`, or use the option for it: `directory`, `environment`, `stdout_logfile`.",
    )
    .fix("runs the command in `/bin/sh -c` (unsafe: a shell then reads all of it)")
    .example(
        "[program:web]\ncommand = cd /srv && bin/web\n",
        "[program:web]\ncommand = /bin/sh -c 'cd /srv && exec bin/web'\n",
    ),
    check,
)
.daemon(check_daemon)
.built();

/// Words that a shell acts on.
const OPERATORS: [&str; 13] = ["&&", "||", "|", ";", "&", ">", ">>", "<", "2>", "2>>", "2>&1", "1>&2", "&>"];

/// What a shell has, and no folder of programs.
const BUILT_IN: [&str; 7] = ["cd", "source", ".", "export", "exec", "eval", "ulimit"];

/// Programs that read such words themselves.
const READERS: [&str; 8] = ["find", "xargs", "ssh", "awk", "gawk", "expr", "test", "parallel"];

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let Some(words) = block.words() else { continue };
        if let Some((word, message)) = fault(words) {
            let finding = RULE.rule.finding(word.span, message).help(help(&word.text));
            found.push(match wrapped(block) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

fn check_daemon(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    for name in ["program", "start-test-program"] {
        let Some(words) = daemon.words(name) else { continue };
        if let Some((word, message)) = fault(&words) {
            found.push(RULE.rule.finding(word.span, message).help(r#"write `["/bin/sh", "-c", "…"]`, or a script"#));
        }
    }
}

/// The first word that only a shell understands, and what happens to it.
fn fault(words: &[Placed]) -> Option<(&Placed, String)> {
    let first = words.first()?;
    if super::runs_shell(words) || words.iter().any(|word| READERS.contains(&super::base(&word.text))) {
        return None;
    }
    if BUILT_IN.contains(&first.text.as_str()) {
        return Some((first, format!("`{}` is a command of the shell: there is no such program", first.text)));
    }
    if is_assignment(first) {
        return Some((first, "no shell sets this variable: it is taken for the name of the program".to_owned()));
    }
    let word = words.iter().skip(1).find(|word| !word.is_quoted && is_shells(&word.text))?;
    Some((word, format!("no shell reads this command: `{}` is handed to the program as it is", word.text)))
}

/// `NAME=value` where the program should stand.
fn is_assignment(word: &Placed) -> bool {
    let name = word.text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && is_name(name)
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn is_shells(word: &str) -> bool {
    OPERATORS.contains(&word)
        || word.starts_with("~/")
        || word.starts_with('`')
        || word.contains("$(")
        || word.match_indices('$').any(|(at, _)| is_variable(&word[at + 1..]))
}

/// Whether a variable is named behind the `$`.
fn is_variable(rest: &str) -> bool {
    let inner = rest.strip_prefix('{').and_then(|rest| rest.split_once('}')).map(|(inner, _)| inner);
    let name = inner.unwrap_or(rest);
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && inner.is_none_or(is_name)
}

fn help(word: &str) -> &'static str {
    match word {
        "cd" => "set `directory`, or run `/bin/sh -c '…'`",
        ">" | ">>" | "2>" | "2>>" | "2>&1" | "1>&2" | "&>" => {
            "set `stdout_logfile` and `redirect_stderr`, or run `/bin/sh -c '…'`"
        }
        word if word.contains('$') => {
            "write `%(ENV_NAME)s` for a variable of supervisord's environment, or run `/bin/sh -c '…'`"
        }
        word if word.contains('=') => "set `environment`, or run `/bin/sh -c '…'`",
        "&" => "leave it out: supervisord runs it in the background anyway",
        _ => "run `/bin/sh -c '…'`",
    }
}

/// The command in a shell, where it can be quoted as it is.
fn wrapped(block: Block<'_>) -> Option<Fix> {
    let value = block.setting("command").map(|setting| &setting.value)?;
    let text = value.text();
    let is_plain = value.line_spans().count() == 1 && !text.contains('\'') && !text.trim_end().ends_with('&');
    let fixed = format!("/bin/sh -c '{text}'");
    is_plain.then(|| Fix::replace(Safety::Unsafe, "run it in a shell", value.span(), fixed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Sources, Span};
    use crate::conf::command;

    #[test]
    fn shells_and_those_who_read_such_words_are_left_alone() {
        let file = Sources::new().add("a", "");
        let fault = |text: &str| {
            let words = command::words(text).unwrap();
            let placed = |word| Placed::new(word, |start, end| Span::new(file, start, end));
            let words: Vec<Placed> = words.into_iter().map(placed).collect();
            super::fault(&words).map(|(word, _)| word.text.clone())
        };
        for text in [
            "bash -c 'a && b'",
            "env bash -lc 'a | b'",
            "su - joe -c 'a > b'",
            "find . -exec rm {} ;",
            "a 'x && y' \"$A\"",
            "a $1 $$ cost$",
            "a b=c",
            "ssh host a && b",
            "a %(ENV_X)s",
            "",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
        for (text, word) in [
            ("a && b", "&&"),
            ("a >> b", ">>"),
            ("a ${B}/c", "${B}/c"),
            ("a --p=$PORT", "--p=$PORT"),
            ("A=b c", "A=b"),
            ("cd /x", "cd"),
            ("a `b`", "`b`"),
            ("a $(b)", "$(b)"),
            ("a ~/b", "~/b"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(word), "{text}");
        }
    }
}
