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
            // What follows a `;` may be meant as a comment.
            found.push(match wrapped(block).filter(|_| !is_end(&word.text)) {
                Some(fix) => finding.fix(fix),
                None => finding,
            });
        }
    }
}

fn check_daemon(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    for name in ["program", "start-test-program"] {
        let Some(words) = daemon.words(name) else { continue };
        // Quotes that are none are told by themselves.
        if super::runs_shell(&words) {
            continue;
        }
        if let Some((word, message)) = fault(&words) {
            found.push(RULE.rule.finding(word.span, message).help(r#"write `["/bin/sh", "-c", "…"]`, or a script"#));
        }
    }
}

/// The first word that only a shell understands, and what happens to it.
fn fault(words: &[Placed]) -> Option<(&Placed, String)> {
    let is_read = || words.iter().any(|word| READERS.contains(&super::base(&word.text)));
    of_shell(words).filter(|_| !is_read())
}

/// As [`fault`], if no program reads such words itself.
fn of_shell(words: &[Placed]) -> Option<(&Placed, String)> {
    let first = words.first()?;
    if BUILT_IN.contains(&first.text.as_str()) {
        return Some((first, format!("`{}` is a command of the shell: there is no such program", first.text)));
    }
    if is_assignment(first) {
        return Some((first, "no shell sets this variable: it is taken for the name of the program".to_owned()));
    }
    let mut bare = words.iter().enumerate().filter(|(_, word)| !word.is_quoted && !is_plain(&word.text)).peekable();
    bare.peek()?;
    let (is_in_shell, is_script) = (super::reads_script(words), |word: &Placed| is_flag_of_script(&word.text));
    let (at, word) = bare.find(|(at, word)| {
        let is_last = at + 1 == words.len();
        let is_end = !is_last && is_end(&word.text) && !words[..*at].iter().any(is_script);
        is_end || is_operator(&word.text, is_last) || (!is_in_shell && is_expanded(&word.text))
    })?;
    let message = if at == 0 {
        format!("no shell reads this command: there is no program of the name `{}`", word.text)
    } else {
        format!("no shell reads this command: `{}` is handed to the program as it is", word.text)
    };
    Some((word, message))
}

/// Whether a word means the same to a shell, by its letters alone: most do.
fn is_plain(word: &str) -> bool {
    word.bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b':' | b'=' | b',' | b'@' | b'%'))
}

/// `NAME=value` where the program should stand.
fn is_assignment(word: &Placed) -> bool {
    let name = word.text.split_once('=').map_or("", |(name, _)| name);
    !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && is_name(name)
}

fn is_name(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a shell would end or redirect something at a word. Of some the blank before what follows is left out.
fn is_operator(word: &str, is_last: bool) -> bool {
    let is_address = word.contains(['?', '=']);
    OPERATORS.contains(&word)
        || ["/", "&1", "&2"].iter().any(|to| REDIRECTIONS.iter().any(|sign| starts_with_both(word, sign, to)))
        || word.starts_with("</dev/")
        || (!is_address && (word.contains("&&") || is_last && word.ends_with('&')))
}

/// What stands before a file or a descriptor.
const REDIRECTIONS: [&str; 7] = [">", ">>", "1>", "1>>", "2>", "2>>", "&>"];

fn starts_with_both(word: &str, sign: &str, to: &str) -> bool {
    word.strip_prefix(sign).is_some_and(|rest| rest.starts_with(to))
}

/// Whether a command ends with a word before others: one that is a path by itself is looked at elsewhere.
fn is_end(word: &str) -> bool {
    word.len() > 1 && word.ends_with(';') && !word.starts_with('/') && !word.contains(['(', '{', '&'])
}

/// Whether a program is given a text in a language of its own by a word.
fn is_flag_of_script(word: &str) -> bool {
    matches!(word, "-e" | "-r" | "-E" | "-g" | "-c" | "-x" | "--eval" | "--execute" | "--run" | "--command")
}

/// Whether a shell would put something else for a word.
fn is_expanded(word: &str) -> bool {
    word.starts_with("~/")
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
        word if word.starts_with("&>") || word.trim_start_matches(['1', '2']).starts_with('>') => {
            "set `stdout_logfile` and `redirect_stderr`, or run `/bin/sh -c '…'`"
        }
        word if word.len() > 1 && word.ends_with(';') => {
            "a comment needs a blank before its `;`; for two commands run `/bin/sh -c '…'`"
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
            "a >=1 <x> http://a/?b=1&&c=2 http://a/?b=1& x;y",
            "php -r phpinfo(); x",
            "mysql -e a; b",
            "bash -c $A \"$B\" $C",
            "nginx -g daemon off;",
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
            ("bash x && y", "&&"),
            ("bash -c 'x' && y", "&&"),
            ("bash -x $A", "$A"),
            ("gunicorn -c conf.py a:b && y", "&&"),
            ("gunicorn -c $A", "$A"),
            ("$HOME/bin/x y", "$HOME/bin/x"),
            ("~/bin/x", "~/bin/x"),
            ("a --b=$HOME/c", "--b=$HOME/c"),
            ("a b; c", "b;"),
            ("a; b", "a;"),
            ("a b&", "b&"),
            ("a&&b c", "a&&b"),
            ("a b&&c", "b&&c"),
            ("a >/dev/null 2>&1", ">/dev/null"),
            ("a 2>>/x", "2>>/x"),
            ("a </dev/null", "</dev/null"),
            ("cd /x && bash -c y", "cd"),
            ("A=b bash -c y", "A=b"),
        ] {
            assert_eq!(fault(text).as_deref(), Some(word), "{text}");
        }
    }
}
